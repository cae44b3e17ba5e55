internal import Synchronization

/// A token bucket that calls of one or several clients share. Off by default: Kubernetes servers
/// protect themselves by priority and fairness, and answer 429 where they must. Use one where the
/// server has no such protection, or to leave room for others.
///
/// A call takes one token; with none left it waits its turn, first come first served. A wait that
/// is cancelled gives its token back. Retries take tokens like first attempts.
public final class RateLimit: Sendable {
  private struct State {
    /// May be negative: what is owed to those who wait.
    var tokens: Double
    var updated: Duration
    var waiting = 0
  }

  /// Calls per second, in the long run.
  public let queriesPerSecond: Double
  /// Calls at once after a quiet time.
  public let burst: Int
  private let timeline: Timeline
  private let observer: (@Sendable (Duration) -> Void)?
  private let state: Mutex<State>

  /// - Parameters:
  ///   - queriesPerSecond: More than 0.
  ///   - burst: At least 1.
  ///   - observer: Told of each wait before it begins, and how long it will be.
  public init(
    queriesPerSecond: Double, burst: Int, clock: any Clock<Duration> = ContinuousClock(),
    observer: (@Sendable (_ wait: Duration) -> Void)? = nil
  ) {
    precondition(queriesPerSecond > 0 && burst >= 1, "a rate limit needs a rate above 0 and a burst of at least 1")
    self.queriesPerSecond = queriesPerSecond
    self.burst = burst
    self.observer = observer
    timeline = Timeline(clock)
    state = Mutex(State(tokens: Double(burst), updated: .zero))
  }

  /// How many calls wait now.
  public var waiting: Int { state.withLock { $0.waiting } }

  /// Takes one token, waiting for it where there is none.
  /// - Returns: how long that took by plan; zero when there was no wait.
  /// - Throws: `CancellationError`.
  @discardableResult
  func acquire() async throws -> Duration {
    let wait = state.withLock { state -> Duration in
      refill(&state)
      state.tokens -= 1
      guard state.tokens < 0 else { return .zero }
      state.waiting += 1
      return .seconds(-state.tokens / queriesPerSecond)
    }
    guard wait > .zero else { return .zero }
    observer?(wait)
    do {
      try await timeline.sleep(for: wait)
    } catch {
      state.withLock { state in
        state.waiting -= 1
        refill(&state)
        state.tokens = min(Double(burst), state.tokens + 1)
      }
      throw error
    }
    state.withLock { $0.waiting -= 1 }
    return wait
  }

  private func refill(_ state: inout State) {
    let now = timeline.now
    let passed = max(0, (now - state.updated) / .seconds(1))
    state.tokens = min(Double(burst), state.tokens + passed * queriesPerSecond)
    state.updated = now
  }
}
