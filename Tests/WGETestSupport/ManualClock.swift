internal import Synchronization

/// A clock that stands still until a test moves it.
///
/// ```swift
/// let clock = ManualClock()
/// let task = Task { try await clock.sleep(for: .seconds(30)); return "woken" }
/// try await clock.waitForSleepers()
/// clock.advance(by: .seconds(30))
/// await task.value
/// ```
/// Safe to use from any task. A sleeper whose task is cancelled wakes at once with
/// `CancellationError`; sleeps whose deadline has passed return at once.
public final class ManualClock: Clock {
  /// A point on the clock: the time since it was made.
  public struct Instant: InstantProtocol {
    /// Time since the clock was made.
    public let elapsed: Duration

    /// The instant that long after the clock was made.
    public init(elapsed: Duration) { self.elapsed = elapsed }

    /// The instant that far from this one.
    public func advanced(by duration: Duration) -> Instant { Instant(elapsed: elapsed + duration) }

    /// The time from this instant to another.
    public func duration(to other: Instant) -> Duration { other.elapsed - elapsed }

    /// Earlier is less.
    public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.elapsed < rhs.elapsed }
  }

  private struct Sleeper {
    let deadline: Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Instant(elapsed: .zero)
    var sleepers: [UInt64: Sleeper] = [:]
    /// Sleeps that were cancelled before they were entered in ``sleepers``.
    var cancelledEarly: Set<UInt64> = []
    var nextID: UInt64 = 0
  }

  private let state = Mutex(State())

  /// A clock at its zero.
  public init() {}

  /// Where the clock stands.
  public var now: Instant { state.withLock { $0.now } }

  /// Zero: sleeps end exactly when they are due.
  public var minimumResolution: Duration { .zero }

  /// How many tasks are asleep on this clock.
  public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  /// The deadline of the task that wakes next; nil when nobody sleeps.
  public var nextDeadline: Instant? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

  /// Moves the clock forwards and wakes, in order of their deadlines, everybody whose time came.
  /// A task that goes to sleep again measures from the new time, so a loop of one-second sleeps
  /// turns once per call, however far the clock moves.
  public func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let now = state.now
      let due = state.sleepers.filter { $0.value.deadline <= now }
      for id in due.keys { state.sleepers[id] = nil }
      return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
    }
    for (_, sleeper) in due { sleeper.continuation.resume() }
  }

  /// Suspends until the clock was moved to the deadline.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    // The handler has run or never will once the block below returns, so nothing stays behind.
    defer { state.withLock { _ = $0.cancelledEarly.remove(id) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result: Result<Void, any Error>? = state.withLock { state in
          if state.cancelledEarly.contains(id) { return .failure(CancellationError()) }
          if deadline <= state.now { return .success(()) }
          state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: id)
        if sleeper == nil { state.cancelledEarly.insert(id) }
        return sleeper
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Waits, in real time, until that many tasks are asleep on this clock.
  /// - Throws: ``TimeoutError`` when they are not within the time-out (default 100 s).
  public func waitForSleepers(_ count: Int = 1, timeout: Duration = .seconds(100)) async throws {
    try await eventually("\(count) tasks sleep on the clock", timeout: timeout) { self.sleeperCount >= count }
  }
}
