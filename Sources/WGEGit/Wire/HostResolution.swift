// For the constants of sockets; see GitSocket.
internal import CWGESystem
internal import Dispatch
internal import Synchronization
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A look at the addresses of a host. The system's resolver can neither be cancelled nor bounded in time, so it works
/// on a thread that is left to itself when nobody waits any more.
final class HostResolution: Sendable {
  private struct State {
    /// Freed by whoever takes it out; under the lock, so that one thread has it at a time.
    nonisolated(unsafe) var list: UnsafeMutablePointer<addrinfo>?
    var isAbandoned = false
  }

  private let state = Mutex(State())
  private let isDone = DispatchSemaphore(value: 0)

  /// - Parameter host: a name, an IPv4 address, or an IPv6 address in brackets.
  init(_ host: String, port: Int) {
    let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    DispatchQueue.global().async { [self] in
      var hints = addrinfo()
      #if canImport(Darwin) || canImport(Musl)
        hints.ai_socktype = SOCK_STREAM
      #else
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      #endif
      hints.ai_family = AF_UNSPEC
      var found: UnsafeMutablePointer<addrinfo>?
      if getaddrinfo(name, String(port), &hints, &found) != 0 { found = nil }
      // Handed over under the lock or freed here: only one thread has it at a time.
      nonisolated(unsafe) let list = found
      let isWanted = state.withLock { state in
        if !state.isAbandoned { state.list = list }
        return !state.isAbandoned
      }
      if !isWanted, let list { freeaddrinfo(list) }
      isDone.signal()
    }
  }

  /// The addresses, to be freed with `freeaddrinfo`; nil when there are none. Blocks, and looks every 50 ms whether
  /// its exchange must stop.
  /// - Throws: what stops the exchange; `timeout` after the time that a connection may take.
  func addresses(_ transfer: GitTransfer) throws(GitHostError) -> UnsafeMutablePointer<addrinfo>? {
    let end = ContinuousClock.now + transfer.limits.connectTimeout
    while isDone.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
      var reason = transfer.reasonToStop()
      if reason == nil, ContinuousClock.now >= end {
        reason = GitHostError(.timeout, "the name of \(transfer.place) was not resolved in time")
      }
      guard let reason else { continue }
      state.withLock { state in
        state.isAbandoned = true
        if let list = state.list { freeaddrinfo(list) }
        state.list = nil
      }
      throw reason
    }
    return state.withLock { state in
      defer { state.list = nil }
      return state.list
    }
  }
}
