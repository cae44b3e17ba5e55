internal import HeapModule

/// What is to be worked on, what is being worked on, and when: the work queue without its waiting.
///
/// The problem: many events about the same item must lead to little work, never to two workers on
/// one item at once, and never to a lost event.
///
/// The idea: an item is a row with at most one *pending* time and a *processing* mark. Adding an
/// item that is pending keeps the earlier time; adding one that is being processed leaves it
/// pending until the worker is done, then it is handed out once more, however often it was added.
///
/// Pending items lie in two heaps: `waiting`, ordered by time, and `ready`, ordered by priority,
/// then age. Heap entries are never searched: an item that is rescheduled gets a new ticket, and
/// entries with an old ticket are skipped when they surface; when most entries are old, the heaps
/// are rebuilt, so memory stays within a constant factor of the items.
///
/// Times are durations since any fixed start.
struct WorkQueueState<Item: Hashable & Sendable>: Sendable {
  /// How a queue ends.
  enum ShutDown: Sendable, Hashable {
    /// Hands out what is ready, then ends.
    case draining
    /// Hands out nothing more.
    case immediate
  }

  private struct Row: Sendable {
    var pending: Pending?
    var isProcessing = false
    var failures = 0

    var isIdle: Bool { pending == nil && !isProcessing && failures == 0 }
  }

  private struct Pending: Sendable {
    var due: Duration
    var priority: Priority
    var ticket: UInt64
    /// In the `ready` heap, not in `waiting`.
    var isReady = false
  }

  private struct ByTime: Sendable, Comparable {
    var due: Duration
    var ticket: UInt64
    var item: Item

    static func < (a: ByTime, b: ByTime) -> Bool { (a.due, a.ticket) < (b.due, b.ticket) }
    static func == (a: ByTime, b: ByTime) -> Bool { a.ticket == b.ticket }
  }

  private struct ByPriority: Sendable, Comparable {
    var priority: Priority
    var ticket: UInt64
    var due: Duration
    var item: Item

    /// The greatest is handed out first: high priority, then the one that has been due for longest.
    static func < (a: ByPriority, b: ByPriority) -> Bool {
      if a.priority != b.priority { return a.priority < b.priority }
      return (a.due, a.ticket) > (b.due, b.ticket)
    }
    static func == (a: ByPriority, b: ByPriority) -> Bool { a.ticket == b.ticket }
  }

  private var rows: [Item: Row] = [:]
  private var waiting: Heap<ByTime> = []
  private var ready: Heap<ByPriority> = []
  private var nextTicket: UInt64 = 0
  /// Items that are pending and not being processed: those that the heaps hold.
  private var scheduled = 0
  /// Those of them whose time has come.
  private var readyItems = 0

  let backoff: Backoff
  private(set) var shutDown: ShutDown?
  private(set) var processingCount = 0
  /// Items that wait for a worker or for their time.
  private(set) var pendingCount = 0

  init(backoff: Backoff) { self.backoff = backoff }

  // MARK: Adding

  /// Asks for work on an item, not before `due`.
  ///
  /// When the item is pending already, the earlier time and the higher priority win.
  /// - Returns: true when this made the item pending.
  @discardableResult
  mutating func add(_ item: Item, priority: Priority = .normal, due: Duration) -> Bool {
    guard shutDown == nil else { return false }
    var row = rows[item] ?? Row()
    let isNew = row.pending == nil
    if let pending = row.pending {
      if pending.due <= due, pending.priority >= priority { return false }
      if pending.isReady { readyItems -= 1 }
      row.pending = Pending(
        due: min(pending.due, due), priority: max(pending.priority, priority), ticket: newTicket())
    } else {
      row.pending = Pending(due: due, priority: priority, ticket: newTicket())
      pendingCount += 1
      if !row.isProcessing { scheduled += 1 }
    }
    rows[item] = row
    if !row.isProcessing { schedule(item, row.pending) }
    return isNew
  }

  /// Asks for another attempt after a failure: the more failures in a row, the later.
  /// - Returns: the delay, for logs.
  @discardableResult
  mutating func retry(_ item: Item, priority: Priority = .normal, now: Duration, random: Double) -> Duration {
    var row = rows[item] ?? Row()
    row.failures += row.failures < Int.max ? 1 : 0
    let delay = backoff.delay(afterFailures: row.failures, random: random)
    rows[item] = row
    add(item, priority: priority, due: now + delay)
    return delay
  }

  /// Ends a row of failures.
  mutating func forget(_ item: Item) {
    guard var row = rows[item] else { return }
    row.failures = 0
    rows[item] = row.isIdle ? nil : row
  }

  func failures(of item: Item) -> Int { rows[item]?.failures ?? 0 }

  // MARK: Working

  /// An item handed out.
  struct Taken: Sendable {
    var item: Item
    var priority: Priority
    /// How long it could have been worked on already.
    var waited: Duration
  }

  /// The next item to work on, if there is one at this time. The caller owes a ``done(_:)``.
  mutating func take(now: Duration) -> Taken? {
    if shutDown == .immediate { return nil }
    promote(now: now)
    while let top = ready.popMax() {
      guard var row = rows[top.item], let pending = row.pending, pending.ticket == top.ticket, !row.isProcessing
      else { continue }
      row.pending = nil
      row.isProcessing = true
      rows[top.item] = row
      pendingCount -= 1
      scheduled -= 1
      readyItems -= 1
      processingCount += 1
      return Taken(item: top.item, priority: pending.priority, waited: max(.zero, now - pending.due))
    }
    return nil
  }

  /// Work on the item has ended. If it was added meanwhile it becomes available again.
  mutating func done(_ item: Item) {
    guard var row = rows[item], row.isProcessing else { return }
    row.isProcessing = false
    processingCount -= 1
    rows[item] = row.isIdle ? nil : row
    if let pending = row.pending {
      scheduled += 1
      schedule(item, pending)
    }
  }

  /// When ``take(now:)`` may find something that it does not find now; nil when only an addition
  /// can change that.
  mutating func nextDue(now: Duration) -> Duration? {
    if shutDown != nil { return nil }
    promote(now: now)
    while let first = waiting.min {
      if isCurrent(first.item, first.ticket) { return first.due }
      waiting.removeMin()
    }
    return nil
  }

  /// How many items ``take(now:)`` could hand out. O(1) but for items that became due.
  mutating func readyCount(now: Duration) -> Int {
    if shutDown == .immediate { return 0 }
    promote(now: now)
    return readyItems
  }

  // MARK: Ending

  /// Accepts nothing more and forgets everything that is not due at this time.
  mutating func shutDown(_ mode: ShutDown, now: Duration) {
    promote(now: now)
    shutDown = mode
    waiting = []
    if mode == .immediate {
      ready = []
      readyItems = 0
    }
    let kept = Set(ready.unordered.filter { isCurrent($0.item, $0.ticket) }.map(\.item))
    for (item, row) in rows where row.pending != nil && !kept.contains(item) {
      if row.isProcessing, mode == .draining, let pending = row.pending, pending.due <= now { continue }
      var row = row
      if !row.isProcessing { scheduled -= 1 }
      row.pending = nil
      pendingCount -= 1
      rows[item] = row.isIdle ? nil : row
    }
  }

  /// True when the queue was shut down and owes nothing to anybody.
  var isDrained: Bool { shutDown != nil && pendingCount == 0 && processingCount == 0 }

  /// True when the queue was shut down and will hand out nothing more.
  var isExhausted: Bool {
    switch shutDown {
    case nil: false
    case .immediate: true
    case .draining: pendingCount == 0
    }
  }

  // MARK: Heaps

  private mutating func newTicket() -> UInt64 {
    nextTicket &+= 1
    return nextTicket
  }

  private func isCurrent(_ item: Item, _ ticket: UInt64) -> Bool {
    guard let row = rows[item] else { return false }
    return !row.isProcessing && row.pending?.ticket == ticket
  }

  private mutating func schedule(_ item: Item, _ pending: Pending?) {
    guard let pending else { return }
    waiting.insert(ByTime(due: pending.due, ticket: pending.ticket, item: item))
    if waiting.count + ready.count > 2 * scheduled + 64 { rebuild() }
  }

  private mutating func promote(now: Duration) {
    while let first = waiting.min, first.due <= now {
      waiting.removeMin()
      guard isCurrent(first.item, first.ticket), let pending = rows[first.item]?.pending else { continue }
      rows[first.item]?.pending?.isReady = true
      readyItems += 1
      ready.insert(
        ByPriority(priority: pending.priority, ticket: first.ticket, due: first.due, item: first.item))
    }
  }

  private mutating func rebuild() {
    waiting = Heap(waiting.unordered.filter { isCurrent($0.item, $0.ticket) })
    ready = Heap(ready.unordered.filter { isCurrent($0.item, $0.ticket) })
  }

  /// Entries of both heaps, old ones among them; for tests of the bound.
  var heapCount: Int { waiting.count + ready.count }
}
