import HTTPTypes

/// The bytes of a body between the event loop, which brings them, and the one task that reads.
///
/// libcurl brings a body in pieces of at most 16 KiB, many of them in one turn of the event loop. To
/// wake the reader for each costs more than to copy them, so it is woken when a turn ends, or when
/// there is enough to be worth it.
///
/// Invariants: at most `capacity` bytes plus one chunk wait here. Between the turns of the event
/// loop a reader waits only while nothing is buffered and the body has not ended. When the inbox
/// refused a chunk it is `paused` until a reader empties it, and it asks to be resumed exactly once.
struct ResponseInbox {
  typealias Reader = CheckedContinuation<[UInt8]?, any Error>

  /// What must happen after the lock is released.
  enum Delivery {
    case nothing
    case chunk(Reader, [UInt8])
    case end(Reader, Result<Void, any Error>)
  }

  enum Read {
    case chunk([UInt8], resumesTransfer: Bool)
    case end(Result<Void, any Error>)
    case waits
    /// Another task reads already.
    case occupied
  }

  let capacity: Int
  /// With so much a waiting reader is woken before the turn ends.
  private var worthWaking: Int { min(capacity / 2, 64 * 1024) }
  private var buffer: [UInt8] = []
  private var reader: Reader?
  private var isPaused = false
  private(set) var end: Result<Void, any Error>?
  /// Whether a reader was told that the body is whole.
  private(set) var wasReadToEnd = false

  init(capacity: Int) { self.capacity = capacity }

  /// Takes a chunk, or refuses it (`nil`) because the reader is too slow: then the same chunk is
  /// offered again after the transfer was resumed.
  mutating func offer(_ chunk: UnsafeRawBufferPointer) -> Delivery? {
    guard end == nil else { return .nothing }
    guard buffer.count < capacity else {
      isPaused = true
      return nil
    }
    buffer.append(contentsOf: chunk)
    return buffer.count >= worthWaking ? flush() : .nothing
  }

  /// Gives a reader that waits what there is. To be called when a turn of the event loop ends.
  mutating func flush() -> Delivery {
    guard let reader, !buffer.isEmpty else { return .nothing }
    self.reader = nil
    let chunk = buffer
    buffer = []
    return .chunk(reader, chunk)
  }

  /// What a reader gets without waiting.
  mutating func read() -> Read {
    if reader != nil { return .occupied }
    if !buffer.isEmpty {
      let chunk = buffer
      buffer = []
      let resumes = isPaused && end == nil
      isPaused = false
      return .chunk(chunk, resumesTransfer: resumes)
    }
    if let end {
      if case .success = end { wasReadToEnd = true }
      return .end(end)
    }
    return .waits
  }

  /// To be called when ``read()`` said so, under the same lock.
  mutating func wait(_ reader: Reader) { self.reader = reader }

  /// Ends the body; the first end stays. What is buffered can still be read, unless it is dropped.
  mutating func finish(_ result: Result<Void, any Error>, droppingBuffer: Bool) -> Delivery {
    guard end == nil else { return .nothing }
    end = result
    if droppingBuffer { buffer = [] }
    guard let reader else { return .nothing }
    if !buffer.isEmpty { return flush() }
    self.reader = nil
    if case .success = result { wasReadToEnd = true }
    return .end(reader, result)
  }
}

extension ResponseInbox.Delivery {
  func perform() {
    switch self {
    case .nothing: break
    case .chunk(let reader, let bytes): reader.resume(returning: bytes)
    case .end(let reader, .success): reader.resume(returning: nil)
    case .end(let reader, .failure(let error)): reader.resume(throwing: error)
    }
  }
}
