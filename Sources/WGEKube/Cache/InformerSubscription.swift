internal import DequeModule
internal import Synchronization

/// One consumer's view of an informer: first the whole collection, then each change.
///
/// The buffer between informer and consumer is bounded, and a slow consumer holds nobody up. When
/// the buffer is full, the changes of each object become one, from what the consumer knew to the
/// latest. When there are too many objects even for that, one ``InformerEvent/resync(_:)`` takes
/// their place, which says what the consumer knew and what there is now. So a slow consumer misses
/// nothing that still matters.
///
/// For one consuming task. Ends when the informer ends or the task is cancelled.
public final class InformerSubscription<Object: Sendable>: AsyncSequence, Sendable {
  /// The collection, or a change to it.
  public typealias Element = InformerEvent<Object>

  private struct State: Sendable {
    var buffer: Deque<StoreChange<Object>> = []
    /// What is left of a change that takes two events to tell.
    var half: InformerEvent<Object>?
    /// The version of the store that the consumer was told of.
    var seen: UInt64 = 0
    /// The version of the store that a resync must have reached: later changes came while it was
    /// waited for and were not kept.
    var awaited: UInt64 = 0
    /// What the consumer knew when the buffer overflowed.
    var previous: StoreSnapshot<Object> = .none
    /// The next event is a whole resync; single events are pointless until it was taken.
    var needsResync = true
    var isInitial = true
    /// The store has been complete at least once, so a resync can be had.
    var isSynced: Bool
    var isFinished = false
    var waiters: [CheckedContinuation<Void, Never>] = []

    var hasNews: Bool { isFinished || half != nil || !buffer.isEmpty || (needsResync && isSynced) }
  }

  private let limit: Int
  /// Nil when the informer is gone.
  private let current: @Sendable () -> StoreSnapshot<Object>?
  private let state: Mutex<State>

  /// - Parameter isSynced: whether `current` is complete already; ``synced()`` says so later.
  init(limit: Int, isSynced: Bool, current: @escaping @Sendable () -> StoreSnapshot<Object>?) {
    self.limit = Swift.max(1, limit)
    self.current = current
    state = Mutex(State(isSynced: isSynced))
  }

  // MARK: The informer's side

  /// - Parameter store: as it is after the changes.
  func deliver(_ changes: [StoreChange<Object>], _ store: ObjectStore<Object>) {
    wake { state in
      if state.needsResync {
        state.awaited = store.version
        return
      }
      for change in changes where change.version > state.seen { state.buffer.append(change) }
      guard state.buffer.count > limit else { return }
      let folded = StoreChange.folded(state.buffer)
      // Half of the room must be free again, or the next few changes would lead here once more.
      if folded.count <= limit / 2 {
        state.buffer = Deque(folded)
        return
      }
      var known = store
      for change in state.buffer.reversed() { known.undo(change) }
      state.previous = known.snapshot
      state.buffer.removeAll()
      state.awaited = store.version
      state.needsResync = true
    }
  }

  /// The informer's store became complete.
  func synced() { wake { $0.isSynced = true } }

  func finish() { wake { $0.isFinished = true } }

  private func wake(_ change: (inout State) -> Void) {
    let waiters = state.withLock { state in
      change(&state)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  // MARK: The consumer's side

  /// The position in the subscription. Further iterators share it.
  public func makeAsyncIterator() -> Iterator { Iterator(subscription: self) }

  /// The position in a subscription.
  public struct Iterator: AsyncIteratorProtocol {
    let subscription: InformerSubscription

    /// The next event; nil when the informer ended or the task was cancelled.
    public func next() async -> InformerEvent<Object>? { await subscription.next() }

    /// The next event; nil when the informer ended or the task was cancelled.
    public func next(isolation actor: isolated (any Actor)?) async throws(Never) -> InformerEvent<Object>? {
      await subscription.next()
    }
  }

  private enum Step {
    case event(InformerEvent<Object>)
    case end
    case wait
    case again
  }

  func next() async -> InformerEvent<Object>? {
    while !Task.isCancelled {
      switch take() {
      case .event(let event): return event
      case .end: return nil
      case .wait: await waitForNews()
      case .again: continue
      }
    }
    return nil
  }

  private func take() -> Step {
    let needsResync = state.withLock { $0.needsResync && $0.half == nil }
    // Taken outside of the lock: the informer delivers while it holds none, but reads take its own.
    let now = needsResync ? current() : nil
    // Nobody is left who could give the resync that is due, or say that it is over.
    if needsResync, now == nil { return .end }
    return state.withLock { state in
      if let half = state.half {
        state.half = nil
        return .event(half)
      }
      if let now, state.needsResync, now.isSynced {
        // The informer went on between the snapshot and this lock.
        if now.version < state.awaited { return .again }
        let resync = Resync(previous: state.previous, current: now, isInitial: state.isInitial)
        state.needsResync = false
        state.isInitial = false
        state.previous = .none
        state.seen = now.version
        return .event(.resync(resync))
      }
      while let change = state.buffer.popFirst() {
        state.seen = Swift.max(state.seen, change.version)
        let events = change.events
        guard let event = events.first else { continue }
        state.half = events.count > 1 ? events[1] : nil
        return .event(event)
      }
      return state.isFinished ? .end : .wait
    }
  }

  private func waitForNews() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goOn = state.withLock { state in
          if Task.isCancelled || state.hasNews { return true }
          state.waiters.append(continuation)
          return false
        }
        if goOn { continuation.resume() }
      }
    } onCancel: {
      // Wakes everybody; whoever was not cancelled goes back to wait.
      wake { _ in }
    }
  }
}
