internal import Synchronization

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
