internal import Synchronization

/// A fetch of a mirror that others wait for. Unlike those who await a task, they go at once when they are cancelled.
final class RunningFetch: Sendable {
  private struct State {
    var isOver = false
    var repository: GitRepository?
    var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
    var nextID: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Those that wait now.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// - Parameter repository: nil when it failed.
  func end(_ repository: GitRepository?) {
    let waiting = state.withLock { state in
      state.isOver = true
      state.repository = repository
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for waiter in waiting { waiter.resume(returning: true) }
  }

  /// What was fetched; nil when it failed.
  /// - Throws: `cancelled`.
  func outcome() async throws(GitHostError) -> GitRepository? {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let ended = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: CheckedContinuation<Bool, Never>) in
        let answer: Bool? = state.withLock { state in
          if state.isOver { return true }
          if Task.isCancelled { return false }
          state.waiting[id] = waiter
          return nil
        }
        if let answer { waiter.resume(returning: answer) }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: false)
    }
    if !ended { throw GitHostError(.cancelled, "waiting for a fetch was cancelled") }
    return state.withLock { $0.repository }
  }
}
