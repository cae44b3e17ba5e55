internal import Synchronization
internal import WGECore

/// What one request authenticates with.
struct KubeCredential: Sendable, Hashable {
  /// The whole value of the Authorization header.
  var authorization: Secret<String>?
  /// The client certificate.
  var identity: Identity?

  struct Identity: Sendable, Hashable {
    var certificate: [UInt8]
    var key: Secret<[UInt8]>
  }
}

/// Gives the credentials of an endpoint, fresh ones when the old are used up.
///
/// Tokens and certificates in files are read again when their last reading is older than
/// ``KubeDefaults/tokenFileLifetime``, since kubelet and other agents rotate them; a reading that
/// fails keeps the last good one. Plugins are run again shortly before their credential expires.
/// Concurrent requests share one reading or run.
final class CredentialProvider: Sendable {
  private struct Cached {
    var credential: KubeCredential
    var age: Elapsed
    var expires: Timestamp?
  }

  private let endpoint: KubeEndpoint
  private let clock: any Clock<Duration>
  private let wallClock: any WallClock
  private let execTimeout: Duration
  private let cached = Mutex<Cached?>(nil)
  private let flight = SingleFlight<KubeCredential>()

  init(
    _ endpoint: KubeEndpoint, clock: any Clock<Duration>, wallClock: any WallClock,
    execTimeout: Duration = KubeDefaults.execTimeout
  ) {
    self.endpoint = endpoint
    self.clock = clock
    self.wallClock = wallClock
    self.execTimeout = execTimeout
  }

  /// The credential for the next request.
  func current() async throws -> KubeCredential {
    if let kept = cached.withLock({ $0 }), isFresh(kept) { return kept.credential }
    return try await renew()
  }

  /// Called when the server refused a credential with 401.
  /// - Returns: Another one to try, or nil when there is none.
  func replacement(for refused: KubeCredential) async throws -> KubeCredential? {
    guard isRenewable else { return nil }
    let kept = cached.withLock { $0 }
    // Another request may have renewed it meanwhile.
    if let kept, kept.credential != refused { return kept.credential }
    // A plugin that has just run would say the same, and a server that refuses every request must
    // not make it run for each.
    if let kept, endpoint.user?.exec != nil, kept.age.duration < KubeDefaults.execMinimumInterval { return nil }
    let next = try await renew()
    return next == refused ? nil : next
  }

  private var isRenewable: Bool {
    guard let user = endpoint.user else { return false }
    return user.exec != nil || !Self.files(of: user).isEmpty
  }

  private static func files(of user: Kubeconfig.User) -> [String] {
    var files = user.tokenFile.map { [$0] } ?? []
    for case .file(let path)? in [user.clientCertificate, user.clientKey] { files.append(path) }
    return files
  }

  private func isFresh(_ kept: Cached) -> Bool {
    guard let user = endpoint.user else { return true }
    if user.exec != nil {
      guard let expires = kept.expires else { return true }
      // One that gives credentials which are as good as expired is not run for every request.
      return wallClock.now().advanced(by: KubeDefaults.execExpiryMargin) < expires
        || kept.age.duration < KubeDefaults.execMinimumInterval
    }
    return Self.files(of: user).isEmpty || kept.age.duration < KubeDefaults.tokenFileLifetime
  }

  private func renew() async throws -> KubeCredential {
    try await flight.run { [self] in
      let age = Elapsed(clock)
      let fresh = try await make()
      cached.withLock { $0 = Cached(credential: fresh.credential, age: age, expires: fresh.expires) }
      return fresh.credential
    }
  }

  private func make() async throws -> ExecPlugin.Answer {
    guard let user = endpoint.user else { return ExecPlugin.Answer(credential: KubeCredential(), expires: nil) }
    let last = cached.withLock { $0?.credential }
    var answer = ExecPlugin.Answer(credential: KubeCredential(), expires: nil)
    if let exec = user.exec {
      answer = try await ExecPlugin(config: exec, endpoint: endpoint, timeout: execTimeout).run()
    }
    if let certificate = user.clientCertificate, let key = user.clientKey, answer.credential.identity == nil {
      do {
        answer.credential.identity = KubeCredential.Identity(
          certificate: try read(certificate, "client-certificate", user).reveal(),
          key: try read(key, "client-key", user))
      } catch {
        guard let identity = last?.identity else { throw error }
        answer.credential.identity = identity
      }
    }
    if let file = user.tokenFile {
      answer.credential.authorization = try token(file, user, last: last)
    } else if let token = user.token {
      answer.credential.authorization = token.map { "Bearer " + $0 }
    } else if let name = user.username {
      let password = user.password?.reveal() ?? ""
      answer.credential.authorization = Secret("Basic " + Base64.encode(Array("\(name):\(password)".utf8)))
    }
    return answer
  }

  /// The token in the file, else the last good one, else the one in the kubeconfig.
  private func token(_ file: String, _ user: Kubeconfig.User, last: KubeCredential?) throws -> Secret<String> {
    do {
      let bytes = try read(.file(file), "tokenFile", user)
      let text = String(decoding: bytes.reveal(), as: UTF8.self).trimmingASCIIWhitespace()
      guard !text.isEmpty else {
        throw endpoint.problem("users[\(user.name)].user.tokenFile", "the file \(file) is empty")
      }
      return Secret("Bearer " + text)
    } catch {
      if let token = last?.authorization { return token }
      if let token = user.token { return token.map { "Bearer " + $0 } }
      throw error
    }
  }

  private func read(_ material: Material, _ field: String, _ user: Kubeconfig.User) throws -> Secret<[UInt8]> {
    try material.read { problem in
      var file = ""
      if case .file(let path) = material { file = " \(path)" }
      return KubeconfigProblem(
        file: user.source ?? endpoint.source, context: endpoint.context, field: "users[\(user.name)].user.\(field)",
        problem: "the file\(file): \(problem)", fix: "check the path and its permissions")
    }
  }
}
