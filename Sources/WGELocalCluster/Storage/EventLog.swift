/// The latest events of one resource: what watches resume from and old lists are rebuilt from.
/// Bounded by the number of events and by the bytes of their objects.
///
/// Invariant: events ascend by revision, and every event of this resource with a revision above
/// ``compacted`` is here.
struct EventLog: Sendable {
  private(set) var events: [LogEvent] = []
  /// Events up to and including this revision may have been forgotten.
  private(set) var compacted: UInt64
  private let window: Int
  private let windowBytes: Int
  /// Of the new states of all events.
  private var bytes = 0

  init(compacted: UInt64, window: Int, windowBytes: Int) {
    self.compacted = compacted
    self.window = max(1, window)
    self.windowBytes = max(1, windowBytes)
  }

  mutating func append(_ event: LogEvent) {
    events.append(event)
    bytes += event.object.bytes.count
    // Trimming half at a time makes the cost per event constant.
    if events.count >= window * 2 || bytes >= windowBytes * 2 { trim() }
  }

  private mutating func trim() {
    var dropped = 0
    // The newest event always stays.
    while dropped < events.count - 1, events.count - dropped > window || bytes > windowBytes {
      bytes -= events[dropped].object.bytes.count
      dropped += 1
    }
    guard dropped > 0 else { return }
    compacted = events[dropped - 1].revision
    events.removeFirst(dropped)
  }

  /// Forgets everything up to a revision.
  mutating func compact(through revision: UInt64) {
    guard revision > compacted else { return }
    compacted = revision
    events.removeAll { $0.revision <= revision }
    bytes = events.reduce(0) { $0 + $1.object.bytes.count }
  }

  /// Takes back the events above a revision, which nobody outside has seen.
  mutating func undo(after revision: UInt64) {
    while let last = events.last, last.revision > revision {
      bytes -= last.object.bytes.count
      events.removeLast()
    }
    compacted = min(compacted, revision)
  }

  /// The index of the first event above the revision.
  func firstIndex(after revision: UInt64) -> Int {
    var low = 0
    var high = events.count
    while low < high {
      let middle = (low + high) / 2
      if events[middle].revision <= revision { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The objects as they were at an older revision, by undoing the events since.
  /// - Returns: nil when that revision has been compacted.
  func rewind(_ objects: ChunkedMap<StoredObject>, to revision: UInt64) -> ChunkedMap<StoredObject>? {
    guard revision >= compacted else { return nil }
    var result = objects
    for event in events[firstIndex(after: revision)...].reversed() { result[event.key] = event.previous }
    return result
  }
}
