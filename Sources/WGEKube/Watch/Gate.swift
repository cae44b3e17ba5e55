internal import Synchronization

/// A door that opens once and stays open: tasks wait until somebody opens it.
final class Gate: Sendable {
  fileprivate struct State {
    var isOpen = false
    var nextID: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
  }

  fileprivate let state = Mutex(State())

  init() {}

  var isOpen: Bool { state.withLock(\.isOpen) }

  /// Lets everyone through, now and later. Opening twice does nothing.
  func open() {
    let waiters = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
      state.isOpen = true
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: true) }
  }

  /// Returns when the gate is open.
  /// - Throws: `CancellationError` when the task is cancelled before.
  func wait() async throws {
    guard
      let id = state.withLock({ state -> UInt64? in
        if state.isOpen { return nil }
        state.nextID += 1
        return state.nextID
      })
    else { return }
    let opened = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = state.withLock { state -> Bool? in
          if state.isOpen { return true }
          // The cancellation handler may have run already; it then found nobody to wake.
          if Task.isCancelled { return false }
          state.waiters[id] = continuation
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: false)
    }
    if !opened { throw CancellationError() }
  }
}

extension Gate {
  /// Returns when the gate is open, also in a cancelled task. For waits whose end somebody else
  /// guarantees.
  func waitIgnoringCancellation() async {
    _ = await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if state.isOpen { return true }
        state.nextID += 1
        state.waiters[state.nextID] = continuation
        return false
      }
      if isOpen { continuation.resume(returning: true) }
    }
  }
}
