internal import CWGESystem
internal import Foundation
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What differs between systems about sockets.
enum Socket {
  #if canImport(Glibc)
    static let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    static let noSignal = Int32(MSG_NOSIGNAL)
  #elseif canImport(Musl)
    static let stream = SOCK_STREAM | SOCK_CLOEXEC
    static let noSignal = MSG_NOSIGNAL
  #else
    static let stream = SOCK_STREAM
    static let noSignal: Int32 = 0
  #endif
}

/// A listening socket on a free port of 127.0.0.1; its connections are served by threads of their own.
///
/// No program that a test starts inherits its descriptors: a connection that a server closed would stay open as long
/// as that program runs.
public final class LoopbackListener: Sendable {
  /// Where it listens.
  public let port: UInt16
  private let descriptor: OpenDescriptor

  /// Listens.
  ///
  /// - Parameter serve: gets each connection on a thread of its own and closes it. Nil to accept none: peers then
  ///   connect and wait.
  /// - Throws: ``ProgramFailure`` when there is no port.
  public init(_ serve: (@Sendable (Int32) -> Void)?) throws {
    let listener = socket(AF_INET, Socket.stream, 0)
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) == 0 && listen(listener, 1024) == 0 && getsockname(listener, address, &size) == 0
      }
    }
    guard isBound else {
      close(listener)
      throw ProgramFailure(code: -1, message: "no port: \(String(cString: strerror(errno)))")
    }
    port = UInt16(bigEndian: address.sin_port)
    descriptor = OpenDescriptor(listener, hasThread: serve != nil)
    if let serve { Self.accept(descriptor, serve) }
  }

  deinit { stop() }

  /// Takes no further connections; those that are open stay so.
  public func stop() { descriptor.shut() }

  private static func accept(_ descriptor: OpenDescriptor, _ serve: @escaping @Sendable (Int32) -> Void) {
    Thread.detachNewThread {
      while let connection = descriptor.accept() { Thread.detachNewThread { serve(connection) } }
    }
  }
}

/// The listening socket. Who accepts on it closes it; shutting it down only wakes that thread.
private final class OpenDescriptor: Sendable {
  private let number: Int32
  private let hasThread: Bool
  private let isShut = Mutex(false)

  init(_ number: Int32, hasThread: Bool) {
    self.number = number
    self.hasThread = hasThread
  }

  /// The next connection; nil when the socket was shut, and closed now.
  func accept() -> Int32? {
    while true {
      let connection = wge_accept(number)
      if isShut.withLock({ $0 }) {
        if connection >= 0 { close(connection) }
        close(number)
        return nil
      }
      if connection >= 0 { return connection }
      // The peer left again, or the process has no descriptor free until another is closed: accept once more.
      usleep(1000)
    }
  }

  func shut() {
    isShut.withLock { isShut in
      if !isShut { _ = hasThread ? shutdown(number, Int32(SHUT_RDWR)) : close(number) }
      isShut = true
    }
  }
}
