/// Lets one request at a time open the first connection to a TLS origin.
///
/// Whether an origin speaks HTTP/2, and so needs one connection for all requests, is known only
/// after the first handshake. Five hundred requests that start at once would else open five
/// hundred connections. (libcurl's own CURLOPT_PIPEWAIT does the same, but when a dial fails it
/// lets the waiting requests dial one after the other, each with its own connect time-out: a dead
/// host would take hours.)
///
/// The first request leads; the others wait. When the leader is connected all go; when its dial
/// fails, all share the failure; when it ends otherwise (it was cancelled), the next one leads.
/// An origin is forgotten when its last request ends.
struct DialGate {
  /// Requests with the same key would make the same dial.
  struct Key: Hashable {
    var origin: HTTPURL.Origin
    var connectTimeout: Duration?
    var isCallersOrigin: Bool
  }

  enum End {
    case dialFailed
    case other
  }

  private struct Dialing {
    var leader: UInt64
    var waiting: [UInt64] = []
  }

  private enum State {
    case dialing(Dialing)
    case open(active: Int)
  }

  private var states: [Key: State] = [:]

  /// Whether the request may start now; else it waits.
  mutating func admit(_ id: UInt64, _ key: Key) -> Bool {
    switch states[key] {
    case nil:
      states[key] = .dialing(Dialing(leader: id))
      return true
    case .dialing(var dialing):
      dialing.waiting.append(id)
      states[key] = .dialing(dialing)
      return false
    case .open(let active):
      states[key] = .open(active: active + 1)
      return true
    }
  }

  /// A request that was admitted has its connection: who may start now.
  mutating func connected(_ id: UInt64, _ key: Key) -> [UInt64] {
    guard case .dialing(let dialing) = states[key], dialing.leader == id else { return [] }
    states[key] = .open(active: 1 + dialing.waiting.count)
    return dialing.waiting
  }

  /// A request that was admitted or waits is over: who fails with it, and who may start now.
  mutating func ended(_ id: UInt64, _ key: Key, _ end: End) -> (failed: [UInt64], started: [UInt64]) {
    switch states[key] {
    case nil: return ([], [])
    case .open(let active):
      states[key] = active > 1 ? .open(active: active - 1) : nil
      return ([], [])
    case .dialing(var dialing):
      guard dialing.leader == id else {
        dialing.waiting.removeAll { $0 == id }
        states[key] = .dialing(dialing)
        return ([], [])
      }
      switch end {
      case .dialFailed:
        states[key] = nil
        return (dialing.waiting, [])
      case .other:
        guard !dialing.waiting.isEmpty else {
          states[key] = nil
          return ([], [])
        }
        let next = dialing.waiting.removeFirst()
        states[key] = .dialing(Dialing(leader: next, waiting: dialing.waiting))
        return ([], [next])
      }
    }
  }
}
