internal import CWGEGit2
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

// The TCP connection under libgit2's http and https.
//
// libgit2 1.5 opens blocking sockets without time-outs: a silent server would hold the repository's
// thread for ever, and a cancelled task could not leave. It lets a program register its own plain
// stream, over which its TLS runs too, so this one waits with poll(2) in short slices and looks at
// the current GitTransfer between them: cancelled, deadline, silence.
//
// Memory: one allocation per connection whose first member is the C struct that libgit2 knows; made
// in `create`, given back in `free`, used by one thread in between.

enum GitSocketStream {
  static func register() throws(GitHostError) {
    var registration = git_stream_registration()
    registration.version = 1
    registration.`init` = { out, host, port in
      guard let out, let host, let port else { return -1 }
      return GitSocketStream.create(out, host, port)
    }
    try git("register the connection type") { git_stream_register(GIT_STREAM_STANDARD, &registration) }
  }

  private struct Connection {
    /// Must stay first: libgit2 sees only this.
    var parent: git_stream
    var descriptor: Int32
    var host: UnsafeMutablePointer<CChar>?
    var port: UnsafeMutablePointer<CChar>?
  }

  private static let slice: Int32 = 50

  private static func create(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_stream>?>, _ host: UnsafePointer<CChar>,
    _ port: UnsafePointer<CChar>
  ) -> Int32 {
    var parent = git_stream()
    parent.version = 1
    parent.connect = { GitSocketStream.connect($0) }
    parent.read = { GitSocketStream.read($0, $1, $2) }
    parent.write = { stream, bytes, count, _ in GitSocketStream.write(stream, bytes, count) }
    parent.close = { GitSocketStream.close($0) }
    parent.free = { GitSocketStream.free($0) }
    let connection = UnsafeMutablePointer<Connection>.allocate(capacity: 1)
    connection.initialize(to: Connection(parent: parent, descriptor: -1, host: strdup(host), port: strdup(port)))
    out.pointee = UnsafeMutableRawPointer(connection).assumingMemoryBound(to: git_stream.self)
    return 0
  }

  private static func connection(_ stream: UnsafeMutablePointer<git_stream>?) -> UnsafeMutablePointer<Connection>? {
    stream.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Connection.self) }
  }

  private static func free(_ stream: UnsafeMutablePointer<git_stream>?) {
    guard let connection = connection(stream) else { return }
    _ = close(stream)
    #if canImport(Glibc)
      Glibc.free(connection.pointee.host)
      Glibc.free(connection.pointee.port)
    #elseif canImport(Musl)
      Musl.free(connection.pointee.host)
      Musl.free(connection.pointee.port)
    #else
      Darwin.free(connection.pointee.host)
      Darwin.free(connection.pointee.port)
    #endif
    connection.deinitialize(count: 1)
    connection.deallocate()
  }

  private static func close(_ stream: UnsafeMutablePointer<git_stream>?) -> Int32 {
    guard let connection = connection(stream), connection.pointee.descriptor >= 0 else { return 0 }
    closeDescriptor(connection.pointee.descriptor)
    connection.pointee.descriptor = -1
    return 0
  }

  private static func fail(_ code: GitHostError.Code, _ message: String) -> Int32 {
    GitTransfer.current?.stop(GitHostError(code, message))
    git_error_set_str(Int32(GIT_ERROR_NET.rawValue), message)
    return -1
  }

  private static func connect(_ stream: UnsafeMutablePointer<git_stream>?) -> Int32 {
    guard let connection = connection(stream), let host = connection.pointee.host, let port = connection.pointee.port
    else { return -1 }
    let name = String(cString: host)
    var hints = addrinfo()
    #if canImport(Darwin)
      hints.ai_socktype = SOCK_STREAM
    #elseif canImport(Musl)
      hints.ai_socktype = SOCK_STREAM
    #else
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #endif
    hints.ai_family = AF_UNSPEC
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, port, &hints, &list) == 0 else {
      return fail(.network, "the host \(name) cannot be resolved")
    }
    defer { freeaddrinfo(list) }
    var problem = "no address"
    var address = list
    while let info = address?.pointee {
      defer { address = info.ai_next }
      let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
      guard descriptor >= 0 else { continue }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      var status = connectDescriptor(descriptor, info.ai_addr, info.ai_addrlen) == 0 ? 0 : errno
      if status == EINPROGRESS {
        switch wait(descriptor, Int16(POLLOUT), limit: GitTransfer.current?.limits.connectTimeout) {
        case .ready:
          var length = socklen_t(MemoryLayout<Int32>.size)
          getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &length)
        case .silent:
          status = ETIMEDOUT
        case .stopped:
          closeDescriptor(descriptor)
          return -1
        }
      }
      if status == 0 {
        connection.pointee.descriptor = descriptor
        return 0
      }
      problem = String(cString: strerror(status))
      closeDescriptor(descriptor)
    }
    return fail(.network, "cannot connect to \(name): \(problem)")
  }

  private static func read(
    _ stream: UnsafeMutablePointer<git_stream>?, _ buffer: UnsafeMutableRawPointer?, _ count: Int
  ) -> Int {
    guard let connection = connection(stream), connection.pointee.descriptor >= 0 else { return -1 }
    while true {
      let received = recv(connection.pointee.descriptor, buffer, count, 0)
      if received >= 0 { return received }
      guard retry(connection.pointee.descriptor, Int16(POLLIN)) else { return -1 }
    }
  }

  private static func write(
    _ stream: UnsafeMutablePointer<git_stream>?, _ buffer: UnsafePointer<CChar>?, _ count: Int
  ) -> Int {
    guard let connection = connection(stream), connection.pointee.descriptor >= 0 else { return -1 }
    while true {
      #if canImport(Darwin)
        let sent = send(connection.pointee.descriptor, buffer, count, 0)
      #else
        let sent = send(connection.pointee.descriptor, buffer, count, Int32(MSG_NOSIGNAL))
      #endif
      if sent >= 0 { return sent }
      guard retry(connection.pointee.descriptor, Int16(POLLOUT)) else { return -1 }
    }
  }

  /// After a failed read or write: whether to try again.
  private static func retry(_ descriptor: Int32, _ event: Int16) -> Bool {
    let problem = errno
    if problem == EINTR { return true }
    guard problem == EAGAIN || problem == EWOULDBLOCK else {
      _ = fail(.network, "the connection broke: \(String(cString: strerror(problem)))")
      return false
    }
    switch wait(descriptor, event, limit: GitTransfer.current?.limits.idleTimeout) {
    case .ready: return true
    case .stopped: return false
    case .silent:
      _ = fail(.timeout, "the server was silent for too long")
      return false
    }
  }

  private enum Wait { case ready, silent, stopped }

  private static func wait(_ descriptor: Int32, _ event: Int16, limit: Duration?) -> Wait {
    let end = ContinuousClock.now + (limit ?? GitDefaults.idleTimeout)
    while true {
      if let reason = GitTransfer.current?.reasonToStop() {
        GitTransfer.current?.stop(reason)
        return .stopped
      }
      var item = pollfd(fd: descriptor, events: event, revents: 0)
      let count = poll(&item, 1, slice)
      if count > 0 { return .ready }
      if count < 0, errno != EINTR { return .ready }
      if ContinuousClock.now >= end { return .silent }
    }
  }
}
