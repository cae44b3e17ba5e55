internal import Synchronization
internal import WGECore

/// Bounds what one credential does at one host at once: so many requests in flight, and none before a
/// rate limit that one of them met is over.
final class RequestGovernor: Sendable {
  private struct State {
    var inFlight = 0
    var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    var nextID: UInt64 = 0
    var pausedUntil: Timestamp?
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) { self.limit = max(limit, 1) }

  /// Waits for a place. Every success must be followed by ``leave()``.
  /// - Throws: `cancelled`; `rateLimited` when the pause is longer than the host's patience.
  func enter(_ settings: GitHostSettings, _ request: RESTRequest) async throws(GitHostError) {
    while true {
      try await waitForPause(settings, request)
      try await takePlace(request)
      // The pause may have begun while this waited in the queue.
      if state.withLock({ $0.pausedUntil }) == nil { return }
      leave()
    }
  }

  /// Those that wait for a place.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  private func waitForPause(_ settings: GitHostSettings, _ request: RESTRequest) async throws(GitHostError) {
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

  private func takePlace(_ request: RESTRequest) async throws(GitHostError) {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let entered = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
        let answer: Bool? = state.withLock { state in
          if Task.isCancelled { return false }
          if state.inFlight < limit {
            state.inFlight += 1
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
    if !entered { throw cancelled(request) }
  }

  /// Gives the place to the next one.
  func leave() {
    let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
      if state.waiting.isEmpty {
        state.inFlight -= 1
        return nil
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume(returning: true)
  }

  /// Lets no request begin before then.
  func pause(until time: Timestamp) async {
    state.withLock { state in
      if let known = state.pausedUntil, known > time { return }
      state.pausedUntil = time
    }
  }

  private func cancelled(_ request: RESTRequest) -> GitHostError {
    GitHostError(.cancelled, "the attempt to \(request.doing) was cancelled")
  }
}

/// Answers that the host gave with an entity tag, the least recently used dropped first.
final class ConditionalCache: Sendable {
  private struct State {
    var entries: [String: (tag: String, answer: RESTAnswer, used: UInt64)] = [:]
    var bytes = 0
    var uses: UInt64 = 0
  }

  private let state = Mutex(State())

  func answer(for url: String) -> (tag: String, answer: RESTAnswer)? {
    state.withLock { state in
      guard let entry = state.entries[url] else { return nil }
      state.uses += 1
      state.entries[url]?.used = state.uses
      return (entry.tag, entry.answer)
    }
  }

  func keep(_ answer: RESTAnswer, tag: String, for url: String) {
    let size = answer.bytes.count + url.utf8.count
    guard size <= GitDefaults.conditionalCacheBytes / 4 else { return }
    state.withLock { state in
      if let old = state.entries.removeValue(forKey: url) { state.bytes -= old.answer.bytes.count + url.utf8.count }
      while state.bytes + size > GitDefaults.conditionalCacheBytes,
        let oldest = state.entries.min(by: { $0.value.used < $1.value.used })
      {
        state.bytes -= oldest.value.answer.bytes.count + oldest.key.utf8.count
        state.entries[oldest.key] = nil
      }
      state.uses += 1
      state.entries[url] = (tag, answer, state.uses)
      state.bytes += size
    }
  }
}
