internal import HTTPTypes
internal import WGECore
internal import WGEKube

/// Finds out who makes a request: a bearer token of the configuration or of a service account, the
/// identity of an in-process transport, or nobody.
struct Authenticator: Sendable {
  let cluster: Cluster

  func authenticate(_ request: KubeRequest, as identity: LocalCluster.Authentication) throws(APIStatus) -> UserInfo {
    if let header = request.headers[.authorization] {
      guard let token = Self.bearer(header) else { throw .unauthorized }
      guard let user = user(ofToken: token) else { throw .unauthorized }
      return user
    }
    switch identity {
    case .systemMasters: return .administrator
    case .user(let name, let groups, let uid, let extra):
      return UserInfo(name: name, uid: uid, groups: groups + ["system:authenticated"], extra: extra)
    case .anonymous:
      guard cluster.configuration.allowsAnonymous else { throw .unauthorized }
      return .anonymous
    }
  }

  private static func bearer(_ header: String) -> String? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1].drop { $0 == " " })
  }

  /// The user that a token stands for here; nil for a token that nobody has.
  private func user(ofToken token: String) -> UserInfo? {
    guard case .success((let user, _)) = review(token, audiences: [TokenSigner.issuer]) else { return nil }
    return user
  }

  /// The user that a token stands for towards these audiences, and which of them it is meant for.
  func review(_ token: String, audiences: [String]) -> Result<(UserInfo, [String]), TokenRefusal> {
    for known in cluster.configuration.tokens where known.token.matches(token) {
      // Static tokens name no audience: they are for everybody.
      return .success(
        (UserInfo(name: known.user, uid: known.uid, groups: known.groups + ["system:authenticated"]), audiences))
    }
    return cluster.signer.review(token, audiences: audiences, store: cluster.store, now: cluster.now)
  }
}

extension Secret<String> {
  /// Compares in a time that does not depend on where the two differ.
  func matches(_ other: String) -> Bool {
    let a = Array(reveal().utf8)
    let b = Array(other.utf8)
    var difference = a.count ^ b.count
    for index in 0..<min(a.count, b.count) { difference |= Int(a[index] ^ b[index]) }
    return difference == 0 && !a.isEmpty
  }
}
