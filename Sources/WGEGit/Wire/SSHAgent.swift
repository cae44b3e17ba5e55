// For the constants of sockets: compiled as a whole, the module sees them as this one's, which has the headers too.
internal import CWGESystem
internal import CWGESSH2
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The keys of an ssh agent (draft-miller-ssh-agent): it signs, and the keys stay with it.
final class SSHAgent {
  private let descriptor: Int32
  private let transfer: GitTransfer

  deinit { closeDescriptor(descriptor) }

  /// - Parameter path: the agent's socket; nil: what `SSH_AUTH_SOCK` says.
  init(path: String?, _ transfer: GitTransfer) throws(GitHostError) {
    self.transfer = transfer
    guard let path = path ?? getenv("SSH_AUTH_SOCK").map({ String(cString: $0) }), !path.isEmpty else {
      throw GitHostError(
        .unauthorized, "there is no ssh agent", remedy: "start one and set SSH_AUTH_SOCK, or give a key")
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < capacity else {
      throw .validation(field: "credentials", "the path of the ssh agent's socket is too long")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    descriptor = socket(AF_UNIX, stream, 0)
    guard descriptor >= 0 else { throw systemError("make a socket") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    // An agent may ask its person first; the exchange's own end is looked at between these.
    var patience = timeval(tv_sec: 0, tv_usec: 50_000)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connectDescriptor(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else {
      throw GitHostError(.unauthorized, "no ssh agent listens at \(path)", remedy: "start one, or give a key")
    }
  }

  /// The public keys, as they go over the wire.
  func identities() throws(GitHostError) -> [[UInt8]] {
    var answer = SSHBytes(try exchange([11]))
    guard answer.byte() == 12, let count = answer.number() else { throw broken }
    var keys: [[UInt8]] = []
    for _ in 0..<min(count, 1000) {
      guard let key = answer.string(), answer.string() != nil else { throw broken }
      keys.append(key)
    }
    return keys
  }

  /// What the agent signs with the key: the algorithm's name and the signature proper.
  func sign(_ data: [UInt8], with key: [UInt8]) throws(GitHostError) -> [UInt8] {
    var answer = SSHBytes(try exchange([13] + SSHBytes.string(key) + SSHBytes.string(data) + [0, 0, 0, 0]))
    guard answer.byte() == 14, let signature = answer.string() else { throw broken }
    var inner = SSHBytes(signature)
    guard inner.string() != nil, let bare = inner.string() else { throw broken }
    return bare
  }

  private var broken: GitHostError { GitHostError(.unauthorized, "the ssh agent did not answer as it should") }

  private func exchange(_ message: [UInt8]) throws(GitHostError) -> [UInt8] {
    let request = SSHBytes.string(message)
    var offset = 0
    while offset < request.count {
      #if canImport(Darwin)
        let flags: Int32 = 0
      #else
        let flags = Int32(MSG_NOSIGNAL)
      #endif
      let count = request[offset...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, flags) }
      if count > 0 { offset += count } else { try mayRetry() }
    }
    var head = SSHBytes(try receive(4))
    guard let length = head.number(), length > 0, length <= 1 << 18 else { throw broken }
    return try receive(length)
  }

  private func receive(_ count: Int) throws(GitHostError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var offset = 0
    while offset < count {
      let got = bytes[offset...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if got == 0 { throw broken }
      if got > 0 { offset += got } else { try mayRetry() }
    }
    return bytes
  }

  private func mayRetry() throws(GitHostError) {
    guard errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR else { throw broken }
    if let reason = transfer.reasonToStop() { throw reason }
  }
}

/// One question of libssh2 for a signature.
struct SSHAgentRequest {
  let agent: SSHAgent
  let key: [UInt8]
  var failure: GitHostError?

  init(agent: SSHAgent, key: [UInt8]) {
    self.agent = agent
    self.key = key
  }

  /// Gives libssh2 a signature in memory that it frees itself.
  mutating func sign(
    _ session: OpaquePointer?, _ signature: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
    _ count: UnsafeMutablePointer<Int>?, _ data: UnsafeBufferPointer<UInt8>
  ) -> Int32 {
    do throws(GitHostError) {
      let bytes = try agent.sign([UInt8](data), with: key)
      // libssh2 was started with its default allocator, which is malloc.
      guard let memory = malloc(max(bytes.count, 1)) else { return -1 }
      bytes.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
      signature?.pointee = memory.assumingMemoryBound(to: UInt8.self)
      count?.pointee = bytes.count
      return 0
    } catch {
      failure = error
      return -1
    }
  }
}

/// The strings and numbers that ssh's messages are made of (RFC 4251, section 5).
struct SSHBytes {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func number() -> Int? {
    guard rest.count >= 4 else { return nil }
    defer { rest = rest.dropFirst(4) }
    return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
  }

  mutating func string() -> [UInt8]? {
    guard let count = number(), count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  static func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

  static func string(_ bytes: [UInt8]) -> [UInt8] { number(bytes.count) + bytes }
  static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }
}
