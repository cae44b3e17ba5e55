#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A port on loopback that is kept for a server that starts later.
///
/// The problem: kubeconfigs and links name ports before anything listens on them. A port that is only
/// found free may be given to any other program until then.
///
/// The idea: a socket that is bound to the port and does not listen. The system gives such a port to
/// nobody who asks for a free one or binds it as usual, while a server that binds it for reuse, as ours
/// do, listens on it beside the socket. Where systems allow only one socket per port (all but Linux),
/// the port is let go of at once, and a server that finds it taken says so.
final class ReservedPort: Sendable {
  /// The port.
  let number: Int
  private let socket: Int32

  /// The wished port when it is free, else any free one.
  init(_ wished: Int?) throws {
    guard let bound = wished.flatMap({ Self.bind(to: $0) }) ?? Self.bind(to: 0) else {
      throw PlaygroundError("no free port on 127.0.0.1")
    }
    number = bound.port
    #if os(Linux)
      socket = bound.socket
    #else
      close(bound.socket)
      socket = -1
    #endif
  }

  deinit { if socket >= 0 { close(socket) } }

  private static func bind(to port: Int) -> (socket: Int32, port: Int)? {
    // One that another program listens on, or has bound without reuse, cannot be bound.
    guard let number = UInt16(exactly: port) else { return nil }
    #if canImport(Glibc)
      let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { return nil }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = number.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> Int? in
        guard systemBind(descriptor, generic, length) == 0, getsockname(descriptor, generic, &length) == 0 else {
          return nil
        }
        return Int(UInt16(bigEndian: pointer.pointee.sin_port))
      }
    }
    guard let bound else {
      close(descriptor)
      return nil
    }
    return (descriptor, bound)
  }
}

/// Outside of the type, whose own function of this name would be meant inside.
private func systemBind(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  bind(socket, address, length)
}
