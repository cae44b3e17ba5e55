/// The latest events of one resource: what watches resume from and old lists are rebuilt from.
///
/// Invariant: events ascend by revision, and every event of this resource with a revision above
/// ``compacted`` is here.
struct EventLog: Sendable {
  private(set) var events: [LogEvent] = []
  /// Events up to and including this revision may have been forgotten.
  private(set) var compacted: UInt64
  private let window: Int

  init(compacted: UInt64, window: Int) {
    self.compacted = compacted
    self.window = max(1, window)
  }

  mutating func append(_ event: LogEvent) {
    events.append(event)
    // Trimming half at a time makes the cost per event constant.
    if events.count >= window * 2 {
      let dropped = events.count - window
      compacted = events[dropped - 1].revision
      events.removeFirst(dropped)
    }
  }

  /// Forgets everything up to a revision.
  mutating func compact(through revision: UInt64) {
    guard revision > compacted else { return }
    compacted = revision
    events.removeAll { $0.revision <= revision }
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
