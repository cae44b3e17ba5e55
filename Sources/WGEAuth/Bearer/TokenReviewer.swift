public import WGECore
public import WGEKube

/// Finds out whose a bearer token is.
public protocol TokenReviewer: Sendable {
  /// The token's user; nil when the token is not good.
  ///
  /// - Throws: when nobody could be asked.
  func review(_ token: Secret<String>) async throws -> UserInfo?
}

/// Asks the API server with a TokenReview, under the server's own identity.
///
/// Needs `create` on `tokenreviews.authentication.k8s.io`, as ClusterRole `system:auth-delegator`
/// grants.
public struct KubernetesTokenReviewer: TokenReviewer {
  private let client: KubeClient
  private let audiences: [String]

  /// - Parameter audiences: the token must be meant for one of them; the API server's own when empty.
  public init(client: KubeClient, audiences: [String] = []) {
    self.client = client
    self.audiences = audiences
  }

  /// One call to the API server.
  public func review(_ token: Secret<String>) async throws -> UserInfo? {
    var spec: JSON = ["token": .string(token.reveal())]
    if !audiences.isEmpty { spec.setValue(.array(audiences.map(JSON.string)), at: ["audiences"]) }
    guard
      let body = DynamicObject(["apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec])
    else { return nil }
    let answer = try await client.create(Self.resource, body)
    guard answer.value(at: ["status", "authenticated"])?.boolValue == true else { return nil }
    if !audiences.isEmpty {
      // An authenticator that knows nothing of audiences leaves the list empty: then it proves nothing.
      let meant = answer.value(at: ["status", "audiences"])?.arrayValue?.compactMap(\.stringValue) ?? []
      guard !Set(meant).isDisjoint(with: audiences) else { return nil }
    }
    return UserInfo(reviewed: answer.value(at: ["status", "user"]))
  }

  private static let resource = ResourceType(
    group: "authentication.k8s.io", version: "v1", kind: "TokenReview", plural: "tokenreviews", scope: .cluster)
}

/// Asks the API server with a SelfSubjectReview that carries the token itself. Needs no rights of
/// the server; cannot check audiences.
public struct SelfSubjectTokenReviewer: TokenReviewer {
  private let client: KubeClient

  /// - Parameter client: of the management cluster; the token takes the place of its credentials.
  public init(client: KubeClient) { self.client = client }

  /// One call to the API server.
  public func review(_ token: Secret<String>) async throws -> UserInfo? {
    guard
      let body = DynamicObject(["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"])
    else { return nil }
    do {
      let answer = try await client.withBearerToken(token).create(Self.resource, body)
      let user = UserInfo(reviewed: answer.value(at: ["status", "userInfo"]))
      // API servers that allow anonymous calls take a bad token for none on some paths.
      return user?.name == "system:anonymous" ? nil : user
    } catch let error as KubeError where error.isUnauthorized {
      return nil
    }
  }

  private static let resource = ResourceType(
    group: "authentication.k8s.io", version: "v1", kind: "SelfSubjectReview", plural: "selfsubjectreviews",
    scope: .cluster)
}

extension UserInfo {
  /// The user of a review's status; nil without a name.
  fileprivate init?(reviewed json: JSON?) {
    guard let json, let name = json["username"]?.stringValue, !name.isEmpty else { return nil }
    var extra: [String: [String]] = [:]
    for member in json["extra"]?.objectValue ?? JSONObject() {
      extra[member.key] = member.value.arrayValue?.compactMap(\.stringValue)
    }
    self.init(
      name: name, uid: json["uid"]?.stringValue, groups: json["groups"]?.arrayValue?.compactMap(\.stringValue) ?? [],
      extra: extra)
  }
}
