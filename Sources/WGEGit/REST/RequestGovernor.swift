internal import Synchronization
internal import WGECore

/// Bounds what one credential does at one host at once: so many requests in flight, fewer of them
/// writes, writes no closer to each other than the host wants them, none before a rate limit that one
/// of them met is over, and none at all for a while when the host keeps failing.
final class RequestGovernor: Sendable {
  private struct State {
    var pausedUntil: Timestamp?
    var lastWrite: Timestamp?
    var circuit = CircuitBreaker()
    /// Rate limits in a row that named no end.
    var unnamedLimits = 0
  }

  /// The ``GitHostError/reason`` of what is refused because the host kept failing.
  static let circuitReason = "circuitOpen"

  private let settings: GitHostSettings
  private let writeSpacing: Duration
  private let requests: AsyncSemaphore
  private let writes: AsyncSemaphore
  /// Held while a write waits for its distance to the one before.
  private let writeTurn = AsyncSemaphore(places: 1)
  private let state = Mutex(State())

  /// - Parameter writeSpacing: from the beginning of one write to that of the next.
  init(_ settings: GitHostSettings, writeSpacing: Duration = .zero) {
    self.settings = settings
    self.writeSpacing = writeSpacing
    requests = AsyncSemaphore(places: settings.concurrency)
    writes = AsyncSemaphore(places: settings.writeConcurrency)
  }

  /// Waits until the request may go. Every success must be followed by ``leave(_:_:)``.
  /// - Throws: `cancelled`; `rateLimited` when the pause is longer than the host's patience;
  ///   `unavailable` with ``circuitReason`` while the host is spared.
  func enter(_ request: RESTRequest) async throws(GitHostError) {
    while true {
      try await waitForPause(request)
      try checkCircuit(request)
      do {
        if !request.isRead { try await enterAsWrite() }
        do {
          try await requests.enter()
        } catch {
          if !request.isRead { writes.leave() }
          throw error
        }
      } catch {
        throw cancelled(request)
      }
      // Both may have changed while this waited in the queue.
      let now = settings.wallClock.now()
      let mayGo = state.withLock { state in
        guard state.pausedUntil == nil, state.circuit.remaining(at: now) == nil else { return false }
        state.circuit.admit()
        return true
      }
      if mayGo { return }
      leavePlaces(request)
    }
  }

  /// Gives the places to the next ones.
  func leave(_ request: RESTRequest, _ evidence: CircuitBreaker.Evidence) {
    let now = settings.wallClock.now()
    state.withLock { $0.circuit.record(evidence, at: now) }
    leavePlaces(request)
  }

  private func leavePlaces(_ request: RESTRequest) {
    requests.leave()
    if !request.isRead { writes.leave() }
  }

  /// Those that wait for a place.
  var waitingCount: Int { requests.waitingCount + writes.waitingCount }

  private func waitForPause(_ request: RESTRequest) async throws(GitHostError) {
    while let end = state.withLock({ $0.pausedUntil }) {
      let rest = end.duration(since: settings.wallClock.now())
      if rest > settings.patience {
        throw GitHostError(.rateLimited, "could not \(request.doing): a rate limit holds", retryAfter: rest)
      }
      if rest > .zero {
        do { try await settings.clock.sleep(for: rest) } catch { throw cancelled(request) }
      }
      // Whatever the wall clock says now: it may have been set back, and the pause was kept.
      state.withLock { if $0.pausedUntil == end { $0.pausedUntil = nil } }
    }
  }

  private func checkCircuit(_ request: RESTRequest) throws(GitHostError) {
    let now = settings.wallClock.now()
    guard let rest = state.withLock({ $0.circuit.remaining(at: now) }) else { return }
    throw GitHostError(
      .unavailable, "could not \(request.doing): the host failed \(GitDefaults.circuitFailures) times in a row",
      remedy: "try again in \(rest.components.seconds + 1) s", reason: Self.circuitReason, retryAfter: rest)
  }

  private func enterAsWrite() async throws {
    try await writes.enter()
    guard writeSpacing > .zero else { return }
    do {
      try await writeTurn.enter()
      defer { writeTurn.leave() }
      if let last = state.withLock({ $0.lastWrite }) {
        let since = settings.wallClock.now().duration(since: last)
        // A clock that was set back shows a negative time.
        let rest = writeSpacing - max(since, .zero)
        if rest > .zero { try await settings.clock.sleep(for: rest) }
      }
      let now = settings.wallClock.now()
      state.withLock { $0.lastWrite = now }
    } catch {
      writes.leave()
      throw error
    }
  }

  /// Lets no request begin before then.
  func pause(until time: Timestamp) {
    state.withLock { state in
      if let known = state.pausedUntil, known > time { return }
      state.pausedUntil = time
    }
  }

  /// How long a limit that names no end is taken to hold: twice as long each time in a row.
  func unnamedLimit() -> Duration {
    state.withLock { state in
      state.unnamedLimits += 1
      return GitDefaults.unnamedRateLimit * (1 << min(state.unnamedLimits - 1, 6))
    }
  }

  /// The host answered without a limit.
  func noLimit() { state.withLock { $0.unnamedLimits = 0 } }

  private func cancelled(_ request: RESTRequest) -> GitHostError {
    GitHostError(.cancelled, "the attempt to \(request.doing) was cancelled")
  }
}
