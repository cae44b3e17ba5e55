internal import Crypto
internal import WGECore

/// With which credentials a mirror was lately fetched, so that it is read unasked only by those who have shown
/// that they may: who comes with another one must ask the remote first.
struct MirrorProofs: Sendable {
  /// A credential at a URL, told apart without being kept.
  struct Holder: Hashable, Sendable {
    fileprivate let digest: [UInt8]

    /// Good for this process alone, so that the digests tell nothing to who finds them.
    private static let key = SymmetricKey(size: .bits256)

    /// - Parameter credential: nil: nobody.
    init(_ credential: GitCredential?, at url: String) {
      let parts: [String] =
        switch credential {
        case nil: ["anonymous"]
        case .basic(let user, let password): ["basic", user, password.reveal()]
        case .bearer(let token): ["bearer", token.reveal()]
        case .sshKey(let key, let passphrase): ["key", key.reveal(), passphrase?.reveal() ?? ""]
        case .sshAgent(let socket): ["agent", socket ?? ""]
        }
      var code = HMAC<SHA256>(key: Self.key)
      for part in [url] + parts { code.update(data: Array("\(part.utf8.count):\(part)".utf8)) }
      digest = Array(code.finalize())
    }
  }

  private var times: [Holder: ContinuousClock.Instant] = [:]

  /// When the remote last took the holder's credential; nil: not lately.
  subscript(_ holder: Holder) -> ContinuousClock.Instant? { times[holder] }

  mutating func add(_ holder: Holder, at time: ContinuousClock.Instant) {
    times[holder] = time
    // Tokens change all the time; who was forgotten asks again.
    if times.count > GitDefaults.maximumMirrorProofs, let oldest = times.min(by: { $0.value < $1.value })?.key {
      times[oldest] = nil
    }
  }
}

extension GitRemote {
  /// The same remote with the credential that its source gives now, and who that is. The source may block, and is
  /// asked off the pool.
  func signedIn() async throws -> (remote: GitRemote, holder: MirrorProofs.Holder) {
    guard let credentials else { return (self, MirrorProofs.Holder(nil, at: url)) }
    let credential: GitCredential
    do {
      credential = try await GitExecutor().run(credentials)
    } catch let error as GitHostError {
      throw error
    } catch {
      // The source's own error might hold the secret.
      throw GitHostError(.unauthorized, "no credential could be had for \(reference.host)")
    }
    let remote = try GitRemote(
      url: url, transport: transport, knownHosts: knownHosts, allowsPlainHTTP: allowsPlainHTTP,
      credentials: { credential })
    return (remote, MirrorProofs.Holder(credential, at: url))
  }
}
