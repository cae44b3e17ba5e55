internal import Synchronization

/// A queue of items to work on: each at most once at a time, failed ones later, urgent ones first.
///
/// ```swift
/// while let work = await queue.next() {
///   do { try await handle(work.item); queue.forget(work.item) }
///   catch { queue.retry(work.item) }
///   queue.done(work.item)
/// }
/// ```
/// Adding never waits. Items are deduplicated, so the queue is bounded by the number of different
/// items. The rules are those of ``WorkQueueState``; this type adds the clock and the waiting.
///
/// Safe to use from any task.
public final class WorkQueue<Item: Hashable & Sendable>: Sendable {
  /// How a queue ends.
  public enum ShutDown: Sendable, Hashable {
    /// Hands out what is ready; delayed items are dropped.
    case draining
    /// Hands out nothing more.
    case immediate
  }

  /// An item that was handed out; its worker owes a ``WorkQueue/done(_:)``.
  public struct Work: Sendable {
    /// What to work on.
    public let item: Item
    /// The priority it was added with.
    public let priority: Priority
    /// Failures in a row before this attempt.
    public let failures: Int
    /// How long the item was ready before a worker took it.
    public let waited: Duration
  }

  /// Numbers to watch a queue by.
  public struct Figures: Sendable, Hashable {
    /// Items that wait for a worker or for their time.
    public var depth: Int
    /// Items that are being worked on.
    public var processing: Int
    /// Additions, retries among them, that made an item pending since the queue was made.
    public var adds: Int
    /// Retries since the queue was made.
    public var retries: Int
  }

  private struct State: Sendable {
    var queue: WorkQueueState<Item>
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0
    /// Sleeps until the next delayed item is due.
    var timer: Task<Void, Never>?
    var timerDue: Duration?
    var adds = 0
    var retries = 0
  }

  private let timeline: Timeline
  private let random: RandomUnit
  private let state: Mutex<State>
  private let drained = Gate()

  /// - Parameters:
  ///   - backoff: the delay of items that failed. Default 5 ms doubling to 1000 s, as
  ///     controller-runtime has.
  ///   - clock: what delays are measured with.
  public convenience init(
    backoff: Backoff = KubeDefaults.retryBackoff, clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.init(backoff: backoff, clock: clock, random: systemRandomUnit)
  }

  init(backoff: Backoff, clock: any Clock<Duration>, random: @escaping RandomUnit) {
    timeline = Timeline(clock)
    self.random = random
    state = Mutex(State(queue: WorkQueueState(backoff: backoff)))
  }

  deinit { state.withLock { $0.timer }?.cancel() }

  // MARK: Adding

  /// Asks for work on an item: at once, or after a delay. When it is pending already the earlier
  /// time and the higher priority win. After a shut-down this does nothing.
  public func add(_ item: Item, priority: Priority = .normal, after delay: Duration = .zero) {
    change { state, now in
      if state.queue.add(item, priority: priority, due: now + max(.zero, delay)) { state.adds += 1 }
    }
  }

  /// Asks for another attempt at an item that failed.
  /// - Returns: the delay before it.
  @discardableResult
  public func retry(_ item: Item, priority: Priority = .normal) -> Duration {
    let unit = random()
    var delay = Duration.zero
    change { state, now in
      let pending = state.queue.pendingCount
      delay = state.queue.retry(item, priority: priority, now: now, random: unit)
      state.retries += 1
      if state.queue.pendingCount > pending { state.adds += 1 }
    }
    return delay
  }

  /// Ends an item's row of failures.
  public func forget(_ item: Item) { state.withLock { $0.queue.forget(item) } }

  /// Work on an item that ``next()`` handed out has ended.
  public func done(_ item: Item) { change { state, _ in state.queue.done(item) } }

  // MARK: Taking

  /// The next item, as soon as there is one. Nil when the queue was shut down and has nothing more
  /// to hand out, or the task was cancelled.
  public func next() async -> Work? {
    while !Task.isCancelled {
      var work: Work?
      var isExhausted = false
      change { state, now in
        if let taken = state.queue.take(now: now) {
          work = Work(
            item: taken.item, priority: taken.priority, failures: state.queue.failures(of: taken.item),
            waited: taken.waited)
        }
        isExhausted = state.queue.isExhausted
      }
      if let work { return work }
      if isExhausted { return nil }
      await waitForNews()
    }
    // An item may have become ready for this worker, which does not take it any more: another may.
    change { _, _ in }
    return nil
  }

  private func waitForNews() async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goOn = state.withLock { state in
          if Task.isCancelled || state.queue.isExhausted || hasReady(&state) { return true }
          state.waiters[id] = continuation
          return false
        }
        if goOn { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
  }

  private func hasReady(_ state: inout State) -> Bool { state.queue.readyCount(now: timeline.now) > 0 }

  // MARK: Ending

  /// Accepts nothing more. Items being worked on are finished by their workers.
  public func shutDown(_ mode: ShutDown) {
    change { state, now in state.queue.shutDown(mode == .draining ? .draining : .immediate, now: now) }
  }

  /// Returns when the queue was shut down, handed out everything it owed and every worker is done.
  /// - Throws: `CancellationError`.
  public func waitUntilDrained() async throws { try await drained.wait() }

  /// Numbers to watch the queue by.
  public var figures: Figures {
    state.withLock { state in
      Figures(
        depth: state.queue.pendingCount, processing: state.queue.processingCount, adds: state.adds,
        retries: state.retries)
    }
  }

  // MARK: Waking

  /// Makes a change, then wakes as many waiting workers as there are ready items and sets the timer
  /// for the next delayed one.
  private func change(_ body: (inout State, Duration) -> Void) {
    let now = timeline.now
    let (woken, isDrained) = state.withLock { state -> ([CheckedContinuation<Void, Never>], Bool) in
      body(&state, now)
      var woken: [CheckedContinuation<Void, Never>] = []
      var wanted = state.queue.isExhausted ? Int.max : state.queue.readyCount(now: now)
      while wanted > 0, let (id, waiter) = state.waiters.first {
        state.waiters[id] = nil
        woken.append(waiter)
        wanted -= 1
      }
      setTimer(&state, now: now)
      return (woken, state.queue.isDrained)
    }
    for waiter in woken { waiter.resume() }
    if isDrained { drained.open() }
  }

  private func setTimer(_ state: inout State, now: Duration) {
    let due = state.queue.nextDue(now: now)
    if due == state.timerDue { return }
    state.timer?.cancel()
    state.timer = nil
    state.timerDue = due
    guard let due else { return }
    state.timer = Task { [weak self, timeline] in
      do { try await timeline.sleep(until: due) } catch { return }
      self?.timerFired(due)
    }
  }

  private func timerFired(_ due: Duration) {
    change { state, _ in
      if state.timerDue == due {
        state.timerDue = nil
        state.timer = nil
      }
    }
  }
}
