internal import Synchronization

/// So many places, given to tasks in the order in which they asked.
final class AsyncSemaphore: Sendable {
  private struct State {
    var free: Int
    var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    var nextID: UInt64 = 0
  }

  private let state: Mutex<State>

  /// - Parameter places: at least one.
  init(places: Int) { state = Mutex(State(free: max(places, 1))) }

  /// Those that wait for a place.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// Waits for a place. Every success must be followed by ``leave()``.
  /// - Throws: `CancellationError` when the task is cancelled before it has one.
  func enter() async throws(CancellationError) {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let entered = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
        let answer: Bool? = state.withLock { state in
          if Task.isCancelled { return false }
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.waiting.append((id, continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
      }
      waiter?.continuation.resume(returning: false)
    }
    if !entered { throw CancellationError() }
  }

  /// Gives the place to the next one.
  func leave() {
    let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
      if state.waiting.isEmpty {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume(returning: true)
  }
}
