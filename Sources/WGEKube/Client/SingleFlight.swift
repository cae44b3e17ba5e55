internal import Synchronization

/// Lets callers that want the same thing at the same time share one attempt.
///
/// The attempt runs in a task of its own, so one caller's cancellation does not fail the others:
/// a cancelled caller leaves at once, and when the last one left the attempt is cancelled too.
final class SingleFlight<Value: Sendable>: Sendable {
  private struct State {
    var generation: UInt64 = 0
    var task: Task<Void, Never>?
    var nextWaiter: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Value, any Error>] = [:]
  }

  private let state = Mutex(State())

  /// Joins the attempt under way, or starts one.
  func run(_ operation: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let waiter = state.withLock { state in
      state.nextWaiter &+= 1
      return state.nextWaiter
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        state.withLock { state in
          state.waiters[waiter] = continuation
          guard state.task == nil else { return }
          state.generation &+= 1
          let generation = state.generation
          state.task = Task {
            let result: Result<Value, any Error>
            do { result = .success(try await operation()) } catch { result = .failure(error) }
            self.finish(generation, result)
          }
        }
        // The handler may have run before the continuation was there.
        if Task.isCancelled { leave(waiter) }
      }
    } onCancel: {
      leave(waiter)
    }
  }

  private func finish(_ generation: UInt64, _ result: Result<Value, any Error>) {
    let waiters = state.withLock { state in
      // All waiters of this attempt left, and another may be under way.
      guard state.generation == generation, state.task != nil else {
        return [CheckedContinuation<Value, any Error>]()
      }
      state.task = nil
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(with: result) }
  }

  private func leave(_ waiter: UInt64) {
    let (continuation, abandoned) = state.withLock { state in
      let continuation = state.waiters.removeValue(forKey: waiter)
      guard continuation != nil, state.waiters.isEmpty else { return (continuation, Task<Void, Never>?.none) }
      defer { state.task = nil }
      return (continuation, state.task)
    }
    abandoned?.cancel()
    continuation?.resume(throwing: CancellationError())
  }
}
