/// The bytes of a streaming request body between the task that pumps its sequence and the event
/// loop, which sends them.
///
/// The pump waits while `capacity` bytes or more are queued; the transfer pauses while none are.
struct UploadQueue {
  typealias Writer = CheckedContinuation<Void, any Error>

  enum Take {
    case bytes(Int, wakes: Writer?)
    case end
    case starved
  }

  let capacity: Int
  private var queue: [UInt8] = []
  private var offset = 0
  private var writer: Writer?
  private var isStarved = false
  private var isClosed = false
  private var hasEnded = false

  init(capacity: Int) { self.capacity = capacity }

  private var count: Int { queue.count - offset }

  /// Bytes in memory, for tests of the bound.
  var storedBytes: Int { queue.count }

  /// Queues a chunk. Answers whether the paused transfer must be resumed.
  mutating func push(_ chunk: [UInt8]) -> Bool {
    guard !isClosed, !chunk.isEmpty else { return false }
    if offset == queue.count {
      queue = chunk
      offset = 0
    } else {
      // What was taken is dropped from time to time, else the array would grow to the whole body
      // when the queue never runs dry.
      if offset >= capacity {
        queue.removeFirst(offset)
        offset = 0
      }
      queue.append(contentsOf: chunk)
    }
    defer { isStarved = false }
    return isStarved
  }

  /// No more chunks come. Answers whether the paused transfer must be resumed.
  mutating func end() -> Bool {
    hasEnded = true
    defer { isStarved = false }
    return isStarved && !isClosed
  }

  /// Whether the pump may go on at once; else it waits with this continuation.
  mutating func waitForRoom(_ writer: Writer) -> Bool {
    if isClosed || count < capacity { return true }
    self.writer = writer
    return false
  }

  /// Moves bytes to the connection.
  mutating func take(into target: UnsafeMutableRawBufferPointer) -> Take {
    guard count > 0 else {
      if hasEnded { return .end }
      isStarved = true
      return .starved
    }
    let taken = min(count, target.count)
    queue.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + taken)])) }
    offset += taken
    if offset == queue.count {
      queue = []
      offset = 0
    }
    guard count < capacity, let writer else { return .bytes(taken, wakes: nil) }
    self.writer = nil
    return .bytes(taken, wakes: writer)
  }

  /// The exchange is over: forgets the bytes. Answers the pump that waits, to be woken.
  mutating func close() -> Writer? {
    isClosed = true
    queue = []
    offset = 0
    defer { writer = nil }
    return writer
  }
}
