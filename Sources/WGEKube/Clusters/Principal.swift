public import WGECore

/// On whose behalf a call is made.
public enum Principal: Sendable, Hashable {
  /// The host itself, with the credentials it was started with. Never for a user's request.
  case server
  /// A user whom the host has authenticated: requests impersonate them.
  case user(UserInfo)
  /// A user who brought a token: requests carry it in place of any other credential, and
  /// impersonate nobody. `identity` is who the host takes them for, for display and history.
  case bearer(Secret<String>, identity: UserInfo? = nil)

  /// A user to impersonate.
  public static func user(
    name: String, groups: [String] = [], uid: String? = nil, extra: [String: [String]] = [:]
  ) -> Principal {
    .user(UserInfo(name: name, uid: uid, groups: groups, extra: extra))
  }

  /// Who did it, for people: the user's name, or what stands in for it.
  public var displayName: String {
    switch self {
    case .server: "server"
    case .user(let user): user.name
    case .bearer(_, let identity): identity?.name ?? "bearer token"
    }
  }
}

extension KubeClient {
  /// A client of the same server for a principal. This client must have the server's own identity.
  /// - Throws: ``KubeError/request(_:)`` for a principal without name or token.
  public func acting(as principal: Principal) throws -> KubeClient {
    switch principal {
    case .server: return self
    case .user(let user):
      guard !user.name.isEmpty else { throw KubeError.request("the principal has neither a user name nor a token") }
      return impersonating(user)
    case .bearer(let token, _):
      guard !token.reveal().isEmpty else {
        throw KubeError.request("the principal has neither a user name nor a token")
      }
      return withBearerToken(token)
    }
  }
}
