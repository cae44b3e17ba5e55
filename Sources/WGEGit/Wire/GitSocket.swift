// For the constants of sockets: compiled as a whole, the module sees them as this one's, which has the headers too.
internal import CWGESystem
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A TCP connection that waits in slices of 50 ms and looks between them whether its exchange must stop.
final class GitSocket {
  let descriptor: Int32
  private let transfer: GitTransfer
  private let place: String

  private static let slice: Int32 = 50

  deinit { closeDescriptor(descriptor) }

  /// Resolves the name and connects to the first address of the host that answers.
  init(host: String, port: Int, _ transfer: GitTransfer) throws(GitHostError) {
    self.transfer = transfer
    place = transfer.place
    let resolution = HostResolution(host, port: port)
    guard let list = try resolution.addresses(transfer) else {
      throw GitHostError(.network, "the host \(host) cannot be resolved")
    }
    defer { freeaddrinfo(list) }
    var problem = "no address"
    var address: UnsafeMutablePointer<addrinfo>? = list
    while let info = address?.pointee {
      defer { address = info.ai_next }
      let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
      guard descriptor >= 0 else { continue }
      do throws(GitHostError) {
        let status = try Self.connect(descriptor, info, transfer)
        if status == 0 {
          self.descriptor = descriptor
          return
        }
        problem = String(cString: strerror(status))
        closeDescriptor(descriptor)
      } catch {
        closeDescriptor(descriptor)
        throw error
      }
    }
    throw GitHostError(.network, "cannot connect to \(place): \(problem)")
  }

  /// 0 or the error number.
  private static func connect(
    _ descriptor: Int32, _ info: addrinfo, _ transfer: GitTransfer
  ) throws(GitHostError) -> Int32 {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    #if canImport(Darwin)
      var on: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
    #endif
    if connectDescriptor(descriptor, info.ai_addr, info.ai_addrlen) == 0 { return 0 }
    guard errno == EINPROGRESS else { return errno }
    guard try wait(descriptor, Int16(POLLOUT), limit: transfer.limits.connectTimeout, transfer) else {
      return ETIMEDOUT
    }
    var status: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &length)
    return status
  }

  /// Ends both directions; the descriptor stays until this value goes.
  func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Waits until the connection can be read or written.
  /// - Throws: `timeout` after too much silence, and what stops the exchange.
  func wait(reading: Bool, writing: Bool) throws(GitHostError) {
    let events = Int16((reading ? POLLIN : 0) | (writing ? POLLOUT : 0))
    guard try Self.wait(descriptor, events, limit: transfer.limits.idleTimeout, transfer) else {
      throw GitHostError(.timeout, "\(place) was silent for \(transfer.limits.idleTimeout)")
    }
  }

  /// False when nothing happened within the limit.
  private static func wait(
    _ descriptor: Int32, _ events: Int16, limit: Duration, _ transfer: GitTransfer
  ) throws(GitHostError) -> Bool {
    let end = ContinuousClock.now + limit
    while true {
      if let reason = transfer.reasonToStop() { throw reason }
      var item = pollfd(fd: descriptor, events: events, revents: 0)
      let count = poll(&item, 1, slice)
      if count > 0 { return true }
      // The operation that follows meets the problem and names it.
      if count < 0, errno != EINTR { return true }
      if ContinuousClock.now >= end { return false }
    }
  }
}
