internal import Synchronization

/// Runs an operation for no longer than a deadline, on an injected clock.
///
/// - Returns: The operation's value, or nil when the deadline passed first. The operation is then
///   cancelled and not waited for: one that ignores cancellation delays nobody.
/// - Throws: What the operation threw; `CancellationError` at once when the caller is cancelled.
func withDeadline<Value: Sendable>(
  _ deadline: Duration, clock: any Clock<Duration>, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
  let race = DeadlineRace<Value>()
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      race.start(continuation, deadline: deadline, clock: clock, operation)
      if Task.isCancelled { race.finish(.failure(CancellationError())) }
    }
  } onCancel: {
    race.finish(.failure(CancellationError()))
  }
}

/// The first to finish wins; the others are cancelled.
private final class DeadlineRace<Value: Sendable>: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Value?, any Error>?
    var tasks: [Task<Void, Never>] = []
  }

  private let state = Mutex(State())

  func start(
    _ continuation: CheckedContinuation<Value?, any Error>, deadline: Duration, clock: any Clock<Duration>,
    _ operation: @escaping @Sendable () async throws -> Value
  ) {
    state.withLock { state in
      state.continuation = continuation
      state.tasks = [
        Task {
          do { self.finish(.success(try await operation())) } catch { self.finish(.failure(error)) }
        },
        Task {
          do { try await clock.sleep(for: deadline) } catch { return }
          self.finish(.success(nil))
        },
      ]
    }
  }

  func finish(_ result: Result<Value?, any Error>) {
    let (continuation, tasks) = state.withLock { state in
      defer { state = State() }
      return (state.continuation, state.tasks)
    }
    for task in tasks { task.cancel() }
    continuation?.resume(with: result)
  }
}
