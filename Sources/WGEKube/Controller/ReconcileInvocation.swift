internal import Synchronization

/// One call of a reconciler, which may take longer than anybody wants to wait.
///
/// The problem: cancellation is a request that a reconciler may ignore, and a worker that waits for
/// such a one is lost, as is a controller that is to stop.
///
/// The idea: the call runs in a task of its own. Its worker waits until the call is *settled*:
/// returned, or abandoned some time after it was cancelled. An abandoned call keeps its key (the
/// queue is told only when it returns), so two calls never work on one object; only the worker is
/// free again.
final class ReconcileInvocation: Sendable {
  enum CancellationReason: Sendable, Hashable {
    case timeout
    case stopping
    case leadershipLost
  }

  private struct State: Sendable {
    var work: Task<Void, Never>?
    var graceTimer: Task<Void, Never>?
    var reason: CancellationReason?
    var hasReturned = false
    var isAbandoned = false
  }

  private let state = Mutex(State())
  private let settled = Gate()

  /// How a call ended.
  struct Return: Sendable {
    var result: Result<Requeue, any Error>
    /// Why it was cancelled, if it was.
    var reason: CancellationReason?
    /// Nobody waited any more.
    var wasAbandoned: Bool
  }

  /// Starts the call.
  ///
  /// - Parameter returned: called once, when the call has returned.
  func start(
    _ call: @escaping @Sendable () async throws -> Requeue,
    returned: @escaping @Sendable (Return) -> Void
  ) {
    let work = Task { [self] in
      let result: Result<Requeue, any Error>
      do { result = .success(try await call()) } catch { result = .failure(error) }
      let (end, timer) = state.withLock { state in
        state.hasReturned = true
        state.work = nil
        defer { state.graceTimer = nil }
        return (
          Return(result: result, reason: state.reason, wasAbandoned: state.isAbandoned), state.graceTimer
        )
      }
      timer?.cancel()
      returned(end)
      settled.open()
    }
    let reason = state.withLock { state in
      if !state.hasReturned { state.work = work }
      return state.reason
    }
    if reason != nil { work.cancel() }
  }

  /// Asks the call to end, and gives up on it when it has not ended after the grace time.
  ///
  /// - Parameter abandon: asked, under a lock, when the time is over; false keeps waiting.
  func cancel(
    _ reason: CancellationReason, grace: Duration, timeline: Timeline, abandon: @escaping @Sendable () -> Bool
  ) {
    let work = state.withLock { state -> Task<Void, Never>? in
      guard !state.hasReturned, !state.isAbandoned else { return nil }
      state.reason = state.reason ?? reason
      state.graceTimer?.cancel()
      state.graceTimer = Task { [weak self] in
        do { try await timeline.sleep(for: grace) } catch { return }
        self?.giveUp(if: abandon)
      }
      return state.work
    }
    work?.cancel()
  }

  private func giveUp(if abandon: () -> Bool) {
    let gaveUp = state.withLock { state in
      guard !state.hasReturned, !state.isAbandoned, abandon() else { return false }
      state.isAbandoned = true
      return true
    }
    if gaveUp { settled.open() }
  }

  /// Returns when the call has returned or was given up. True when it has returned.
  func waitUntilSettled() async -> Bool {
    await settled.waitIgnoringCancellation()
    return state.withLock(\.hasReturned)
  }
}
