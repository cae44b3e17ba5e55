/// What is due when: a binary heap of instants.
///
/// Entries are never removed early. One that no longer matters (the exchange is over, or an idle
/// time-out was put off by traffic) is recognised when it comes due, so traffic itself costs
/// nothing here.
struct DeadlineQueue {
  enum Kind: Sendable {
    case head
    case idle
    case total
  }

  struct Entry {
    var due: ContinuousClock.Instant
    var id: UInt64
    var kind: Kind
  }

  private var heap: [Entry] = []

  var earliest: ContinuousClock.Instant? { heap.first?.due }

  mutating func add(_ entry: Entry) {
    heap.append(entry)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].due < heap[parent].due else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Forgets what is over, when that is most of the heap: so it stays in proportion to what is alive.
  mutating func prune(unlessAbout alive: Int, _ isAlive: (UInt64) -> Bool) {
    guard heap.count > 1024, heap.count > 8 * alive else { return }
    heap = heap.filter { isAlive($0.id) }
    // An ascending array is a heap.
    heap.sort { $0.due < $1.due }
  }

  /// The earliest entry, if it is due.
  mutating func popDue(at now: ContinuousClock.Instant) -> Entry? {
    guard let first = heap.first, first.due <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child].due < heap[least].due { least = child }
      }
      guard least != parent else { break }
      heap.swapAt(parent, least)
      parent = least
    }
    return first
  }
}
