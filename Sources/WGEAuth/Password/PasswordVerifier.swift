internal import Dispatch
internal import Synchronization
public import WGECore

/// Checks passwords off the cooperative pool, a few at a time.
///
/// bcrypt burns CPU for a tenth of a second and more. On the cooperative pool a few logins would
/// stop the whole server; without a bound an attacker's would. So a fixed number run on threads of
/// their own, a fixed number wait, and the rest are told to come back. Safe to use from any task.
public final class PasswordVerifier: Sendable {
  private struct State {
    var running = 0
    var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    var nextID: UInt64 = 0
    var cancelledEarly: Set<UInt64> = []
  }

  private let concurrency: Int
  private let queueLimit: Int
  private let state = Mutex(State())
  private let threads = DispatchQueue(label: "wge.passwords", qos: .utility, attributes: .concurrent)

  /// - Parameters:
  ///   - concurrency: computations at the same time.
  ///   - queueLimit: callers that may wait for one.
  public init(concurrency: Int = AuthDefaults.passwordConcurrency, queueLimit: Int = AuthDefaults.passwordQueue) {
    self.concurrency = max(1, concurrency)
    self.queueLimit = max(0, queueLimit)
  }

  /// Whether a password is the one of a hash. Without a hash the time of one is spent and the
  /// answer is no.
  ///
  /// - Throws: ``AuthError/busy`` when too many wait already; `CancellationError` when the task is
  ///   cancelled while it waits.
  public func verify(_ password: Secret<String>, against hash: BcryptHash?) async throws -> Bool {
    try await enter()
    defer { leave() }
    let matches = await run { (hash ?? .dummy).matches(password) }
    return matches && hash != nil
  }

  /// Hashes a password under the same bounds.
  public func hash(_ password: Secret<String>, cost: Int = AuthDefaults.bcryptStrongCost) async throws -> BcryptHash {
    try await enter()
    defer { leave() }
    return try await run { Result { try BcryptHash.make(password, cost: cost) } }.get()
  }

  private func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
      threads.async { continuation.resume(returning: work()) }
    }
  }

  private func enter() async throws {
    let id = state.withLock { state in
      state.nextID &+= 1
      return state.nextID
    }
    defer { state.withLock { _ = $0.cancelledEarly.remove(id) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result: Result<Void, any Error>? = state.withLock { state in
          if state.cancelledEarly.contains(id) { return .failure(CancellationError()) }
          if state.running < concurrency {
            state.running += 1
            return .success(())
          }
          guard state.waiting.count < queueLimit else { return .failure(AuthError.busy) }
          state.waiting.append((id, continuation))
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
          state.cancelledEarly.insert(id)
          return CheckedContinuation<Void, any Error>?.none
        }
        return state.waiting.remove(at: index).continuation
      }
      waiter?.resume(throwing: CancellationError())
    }
  }

  private func leave() {
    // The place goes straight to the next in line, so nobody can slip in between.
    let next = state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.running -= 1
        return CheckedContinuation<Void, any Error>?.none
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume()
  }
}
