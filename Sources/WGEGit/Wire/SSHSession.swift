internal import CWGESSH2
internal import WGECore

// libssh2 directly, not through libgit2: its own ssh transport reads $HOME/.ssh/known_hosts, asks servers for a
// kind of host key that the caller may not know, and waits for sockets without end. Here the session does not
// block: each call is made again after GitSocket said that the connection is ready.

/// A signed-in ssh connection. Used by one thread.
final class SSHSession {
  private let socket: GitSocket
  private let transfer: GitTransfer
  private let session: OpaquePointer
  private var channel: OpaquePointer?

  /// Connects, checks the host's key and signs in.
  init(_ transfer: GitTransfer) throws(GitHostError) {
    guard Self.isStarted else { throw GitHostError(.unsupported, "libssh2 cannot be started") }
    let reference = transfer.remote.reference
    let port = reference.port ?? 22
    guard let knownHosts = transfer.remote.knownHosts else {
      throw .validation(
        field: "knownHosts", "it is not known by which key to recognise \(transfer.place)",
        remedy: "give its line of known_hosts, as ssh-keyscan writes it")
    }
    socket = try GitSocket(host: reference.host, port: port, transfer)
    self.transfer = transfer
    guard let session = libssh2_session_init_ex(nil, nil, nil, nil) else {
      throw GitHostError(.tooLarge, "out of memory")
    }
    self.session = session
    libssh2_session_set_blocking(session, 0)
    try prefer(knownHosts.types(host: reference.host, port: port))
    try call("agree with \(transfer.place) on a secure connection", .tls) {
      libssh2_session_handshake(session, socket.descriptor)
    }
    try check(knownHosts, host: reference.host, port: port)
    try signIn(as: transfer.remote.reference.user)
  }

  deinit {
    libssh2_session_disconnect_ex(session, 11, "done", "")
    // Freeing says good-bye to the other side and would wait for it. With the connection shut it cannot.
    socket.shutDown()
    for _ in 0..<100 where libssh2_session_free(session) != LIBSSH2_ERROR_EAGAIN { break }
  }

  /// libssh2's defaults, whose macros Swift does not see.
  private static let windowBytes: UInt32 = 2 << 20
  private static let packetBytes: UInt32 = 32_768
  private static let isStarted = libssh2_init(0) == 0

  // MARK: - Calls

  /// Makes a call until it no longer asks to wait.
  private func call(
    _ doing: @autoclosure () -> String, _ code: GitHostError.Code, _ body: () -> Int32
  ) throws(GitHostError) {
    while true {
      let result = body()
      if result >= 0 { return }
      guard result == LIBSSH2_ERROR_EAGAIN else { throw failure(doing(), code) }
      try wait()
    }
  }

  private func wait() throws(GitHostError) {
    let directions = libssh2_session_block_directions(session)
    let reading = directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0
    let writing = directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
    try socket.wait(reading: reading || !writing, writing: writing)
  }

  private func failure(_ doing: String, _ code: GitHostError.Code) -> GitHostError {
    var text: UnsafeMutablePointer<CChar>?
    let number = libssh2_session_last_error(session, &text, nil, 0)
    let detail = text.map { String(cString: $0) } ?? "error \(number)"
    let isBroken = [LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_SEND]
      .contains(number)
    return GitHostError(isBroken ? .network : code, "could not \(doing): \(detail)")
  }

  // MARK: - Who the server is

  /// Asks for a kind of host key that is known; without this a server would show one that we cannot judge.
  private func prefer(_ types: [String]) throws(GitHostError) {
    var wanted: [String] = []
    for type in types {
      if type == "ssh-rsa" { wanted += ["rsa-sha2-512", "rsa-sha2-256"] }
      wanted.append(type)
    }
    var list: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    let count = libssh2_session_supported_algs(session, LIBSSH2_METHOD_HOSTKEY, &list)
    guard count > 0, let list else { return }
    defer { libssh2_free(session, list) }
    let supported = (0..<Int(count)).compactMap { list[$0].map { String(cString: $0) } }
    let usable = wanted.filter(supported.contains)
    if wanted.isEmpty { return }
    guard !usable.isEmpty else {
      throw GitHostError(
        .unsupported,
        "\(transfer.place) is known by keys of kinds that cannot be checked here: \(types.joined(separator: ", "))",
        remedy: "add its ssh-ed25519 or ecdsa-sha2-nistp256 key to the known hosts")
    }
    libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, usable.joined(separator: ","))
  }

  private func check(_ knownHosts: SSHKnownHosts, host: String, port: Int) throws(GitHostError) {
    var count = 0
    var type: Int32 = 0
    guard let start = libssh2_session_hostkey(session, &count, &type), count > 0 else {
      throw failure("read the host key of \(transfer.place)", .tls)
    }
    let key = start.withMemoryRebound(to: UInt8.self, capacity: count) {
      [UInt8](UnsafeBufferPointer(start: $0, count: count))
    }
    let place = transfer.place
    switch knownHosts.verdict(host: host, port: port, key: key) {
    case .known: return
    case .unknownHost:
      throw GitHostError(
        .tls, "the host key of \(place) is not known",
        remedy: "check its fingerprint and add it to the known hosts", reason: "unknownHostKey")
    case .otherKey:
      throw GitHostError(
        .tls, "\(place) shows another host key than the one it is known by: somebody may be in between",
        remedy: "ask who runs it whether the key was changed", reason: "changedHostKey")
    case .revoked:
      throw GitHostError(.tls, "the host key of \(place) is revoked", reason: "revokedHostKey")
    }
  }

  // MARK: - Who we are

  private func signIn(as urlUser: String?) throws(GitHostError) {
    let user = urlUser ?? "git"
    guard let credential = try transfer.credential() else {
      throw GitHostError(
        .unauthorized, "\(transfer.place) wants a key", remedy: "give an ssh key for this repository")
    }
    switch credential {
    case .sshKey(let key, let passphrase): try signIn(user, key, passphrase)
    case .sshAgent(let socket): try signIn(user, agent: socket)
    case .basic(let name, let password):
      let name = urlUser ?? name
      let secret = password.reveal()
      try withRefusal("password") { () throws(GitHostError) in
        try call("sign in to \(transfer.place)", .unauthorized) {
          libssh2_userauth_password_ex(
            session, name, UInt32(clamping: name.utf8.count), secret, UInt32(clamping: secret.utf8.count), nil)
        }
      }
    case .bearer:
      throw .validation(
        field: "credentials", "a bearer token does not open \(transfer.place) over ssh",
        remedy: "give an ssh key, or use the repository's https URL")
    }
  }

  private func withRefusal(_ what: String, _ body: () throws(GitHostError) -> Void) throws(GitHostError) {
    do { try body() } catch  where error.code == .unauthorized {
      throw GitHostError(
        .unauthorized, "\(transfer.place) did not accept the \(what)",
        remedy: "check that it is registered there and may see the repository")
    }
  }

  private func signIn(_ user: String, _ key: Secret<String>, _ passphrase: Secret<String>?) throws(GitHostError) {
    let text = key.reveal()
    guard text.utf8.count < 1 << 16, text.contains("PRIVATE KEY-----") else {
      throw .validation(
        field: "credentials", "the ssh key is not a private key in PEM or OpenSSH form",
        remedy: "give the file that ssh-keygen wrote, not the one that ends with .pub")
    }
    // libssh2 wants the line break at the end that people lose when they paste.
    let pem = text.hasSuffix("\n") ? text : text + "\n"
    let secret = passphrase?.reveal()
    let place = transfer.place
    while true {
      let result = pem.withCString { pem in
        libssh2_userauth_publickey_frommemory(
          session, user, user.utf8.count, nil, 0, pem, strlenOf(pem), secret)
      }
      switch result {
      case 0: return
      case LIBSSH2_ERROR_EAGAIN: try wait()
      case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
        throw GitHostError(
          .unauthorized, "\(place) did not accept the ssh key",
          remedy: "register its public half there; RSA keys need a server that still takes ssh-rsa signatures")
      case LIBSSH2_ERROR_FILE, LIBSSH2_ERROR_KEYFILE_AUTH_FAILED, LIBSSH2_ERROR_PROTO, LIBSSH2_ERROR_METHOD_NONE,
        LIBSSH2_ERROR_DECRYPT, LIBSSH2_ERROR_ALLOC:
        throw GitHostError(
          .unauthorized, "the ssh key for \(place) cannot be read",
          remedy: passphrase == nil ? "give its passphrase if it has one" : "check its passphrase",
          field: "credentials", reason: "passphrase")
      default: throw failure("sign in to \(place)", .unauthorized)
      }
    }
  }

  private func signIn(_ user: String, agent path: String?) throws(GitHostError) {
    let agent = try SSHAgent(path: path, transfer)
    let identities = try agent.identities()
    // Servers hang up after a few keys that they do not like.
    for identity in identities.prefix(10) {
      var request = SSHAgentRequest(agent: agent, key: identity)
      var result: Int32
      repeat {
        result = withUnsafeMutablePointer(to: &request) { pointer in
          var abstract: UnsafeMutableRawPointer? = UnsafeMutableRawPointer(pointer)
          return identity.withUnsafeBufferPointer { key in
            libssh2_userauth_publickey(
              session, user, key.baseAddress, key.count,
              { session, signature, count, data, dataCount, abstract in
                guard let request = abstract?.pointee?.assumingMemoryBound(to: SSHAgentRequest.self), let data else {
                  return -1
                }
                return request.pointee.sign(
                  session, signature, count, UnsafeBufferPointer(start: data, count: dataCount))
              }, &abstract)
          }
        }
        if result == LIBSSH2_ERROR_EAGAIN { try wait() }
      } while result == LIBSSH2_ERROR_EAGAIN
      if result == 0 { return }
      if let failure = request.failure { throw failure }
      if libssh2_session_last_errno(session) == LIBSSH2_ERROR_SOCKET_DISCONNECT { break }
    }
    throw GitHostError(
      .unauthorized, "\(transfer.place) did not accept a key of the ssh agent",
      remedy: identities.isEmpty ? "add a key to the agent" : "register one of its keys there")
  }

  // MARK: - The channel

  /// Starts a program at the server.
  func run(_ command: String) throws(GitHostError) {
    while true {
      if let made = libssh2_channel_open_ex(
        session, "session", 7, Self.windowBytes, Self.packetBytes, nil, 0)
      {
        channel = made
        break
      }
      guard libssh2_session_last_errno(session) == LIBSSH2_ERROR_EAGAIN else {
        throw failure("open a channel to \(transfer.place)", .protocolViolation)
      }
      try wait()
    }
    try call("run \(command.prefix { $0 != " " }) at \(transfer.place)", .forbidden) {
      libssh2_channel_process_startup(
        channel, "exec", 4, command, UInt32(clamping: command.utf8.count))
    }
  }

  /// What the program wrote to its other stream, at most 4 KiB of it.
  private(set) var complaint: [UInt8] = []

  /// 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(GitHostError) -> Int {
    while true {
      // First, for this may take from the connection what the other stream wants. Both share one window, too:
      // what is never read here would block what is wanted.
      drainComplaint()
      let count = libssh2_channel_read_ex(
        channel, 0, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
      if count > 0 { return count }
      if count < 0, Int32(clamping: count) != LIBSSH2_ERROR_EAGAIN {
        throw failure("read from \(transfer.place)", .network)
      }
      if libssh2_channel_eof(channel) != 0 { return 0 }
      try wait()
    }
  }

  private func drainComplaint() {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { scratch in
      while true {
        let count = libssh2_channel_read_ex(
          channel, SSH_EXTENDED_DATA_STDERR, scratch.baseAddress?.assumingMemoryBound(to: CChar.self), scratch.count)
        guard count > 0 else { return }
        complaint += scratch[..<min(count, max(0, 4096 - complaint.count))]
      }
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(GitHostError) {
    var offset = 0
    while offset < bytes.count {
      let count = libssh2_channel_write_ex(
        channel, 0, bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self), bytes.count - offset)
      if count > 0 {
        offset += count
      } else if count == 0 || Int32(clamping: count) == LIBSSH2_ERROR_EAGAIN {
        try wait()
      } else {
        throw failure("write to \(transfer.place)", .network)
      }
    }
  }
}

private func strlenOf(_ text: UnsafePointer<CChar>) -> Int {
  var count = 0
  while text[count] != 0 { count += 1 }
  return count
}
