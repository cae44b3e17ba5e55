/// Paces the requests to a TLS origin, so that HTTP/2 shares connections from the first moment.
///
/// Whether an origin speaks HTTP/2 is known only after the first handshake, and how many requests
/// one connection carries only after its settings came. libcurl opens a connection for every
/// request that finds no room right now: five hundred at once would open hundreds. (Its own
/// CURLOPT_PIPEWAIT waits for the first connection only, before libcurl 8.0, and when that dial
/// fails it lets the waiting requests dial one after the other, each with its own connect time-out:
/// with a dead host that takes hours.)
///
/// Until a first connection stands, one request at a time may start. Then as many as any server
/// carries on one connection are free to start; beyond them again one at a time, the next when the
/// one before has found or made its connection. Once the origin is known to speak HTTP/1 only,
/// nobody waits. An origin is forgotten when its last request ends.
struct DialGate {
  /// Requests with the same key would make the same dial.
  struct Key: Hashable {
    var origin: HTTPURL.Origin
    var connectTimeout: Duration?
    var isCallersOrigin: Bool
  }

  /// Servers that allow fewer concurrent streams are rare (RFC 9113 advises no fewer than 100).
  private static let freeRequests = 64

  private struct State {
    /// Requests that were started and have not ended.
    var active = 0
    var waiting: [UInt64] = []
    /// The one started request that the next one waits for.
    var pace: UInt64?
    var hasConnected = false
    var isHTTP1 = false

    mutating func release() -> [UInt64] {
      var count = 0
      while count < waiting.count {
        if !isHTTP1, !(hasConnected && active < DialGate.freeRequests) {
          guard pace == nil else { break }
          pace = waiting[count]
        }
        active += 1
        count += 1
      }
      defer { waiting.removeFirst(count) }
      return Array(waiting.prefix(count))
    }
  }

  private var states: [Key: State] = [:]

  /// A new request: who may start now, at most itself.
  mutating func admit(_ id: UInt64, _ key: Key) -> [UInt64] {
    change(key) { $0.waiting.append(id) }
  }

  /// A started request has its connection: who may start now.
  mutating func connected(_ id: UInt64, _ key: Key) -> [UInt64] {
    change(key) { state in
      state.hasConnected = true
      if state.pace == id { state.pace = nil }
    }
  }

  /// The origin answered in HTTP/1: who may start now.
  mutating func speaksHTTP1(_ key: Key) -> [UInt64] {
    change(key) { $0.isHTTP1 = true }
  }

  /// A request is over, whether it was started or not: who may start now.
  mutating func ended(_ id: UInt64, _ key: Key) -> [UInt64] {
    change(key) { state in
      if let index = state.waiting.firstIndex(of: id) {
        state.waiting.remove(at: index)
      } else {
        state.active -= 1
        if state.pace == id { state.pace = nil }
      }
    }
  }

  private mutating func change(_ key: Key, _ body: (inout State) -> Void) -> [UInt64] {
    var state = states.removeValue(forKey: key) ?? State()
    body(&state)
    let started = state.release()
    if state.active > 0 || !state.waiting.isEmpty { states[key] = state }
    return started
  }
}
