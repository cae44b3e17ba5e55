internal import HTTPTypes
public import WGECore

/// A token that an API server made for a service account.
public struct ServiceAccountToken: Sendable, Hashable {
  /// To be sent as a bearer token.
  public var token: Secret<String>
  /// When it ends. Servers may give a shorter or longer life than was asked for.
  public var expires: Timestamp

  /// With these values; the properties say what they mean.
  public init(token: Secret<String>, expires: Timestamp) {
    self.token = token
    self.expires = expires
  }
}

/// The object with which a token ends: a pod, a Secret or a node.
public struct TokenBinding: Sendable, Hashable {
  /// `v1`
  public var apiVersion: String
  /// `Pod`, `Secret`, `Node`.
  public var kind: String
  /// The object's name, in the service account's namespace where it has one.
  public var name: String
  /// Nil binds to whatever has the name now.
  public var uid: String?

  /// With these values; the properties say what they mean.
  public init(apiVersion: String = "v1", kind: String, name: String, uid: String? = nil) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.uid = uid
  }
}

extension KubeClient {
  /// Has a token made for a service account. (TokenRequest)
  ///
  /// - Parameters:
  ///   - audiences: Who is to accept the token; empty for the API server itself.
  ///   - expiration: How long it is to live; nil for the server's default of an hour. Servers
  ///     refuse less than ten minutes.
  ///   - boundTo: The token ends with this object.
  public func requestToken(
    for account: ObjectKey, audiences: [String] = [], expiration: Duration? = nil, boundTo: TokenBinding? = nil
  ) async throws -> ServiceAccountToken {
    let path = try ResourcePath.object(
      .serviceAccounts, namespace: namespace(account.namespace, .serviceAccounts), name: account.name,
      subresource: "token")
    var spec: JSONObject = ["audiences": .array(audiences.map(JSON.string))]
    if let expiration { spec["expirationSeconds"] = .number(.int(max(1, expiration.components.seconds))) }
    if let boundTo {
      var reference: JSONObject = [
        "apiVersion": .string(boundTo.apiVersion), "kind": .string(boundTo.kind), "name": .string(boundTo.name),
      ]
      if let uid = boundTo.uid { reference["uid"] = .string(uid) }
      spec["boundObjectRef"] = .object(reference)
    }
    let body: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": .object(spec)]
    // Another token does no harm, so this may be done twice.
    let answer = try await sender.json(
      Call(
        method: .post, path: path, contentType: "application/json", body: body.serialized(), isIdempotent: true))
    let what = "TokenRequest for ServiceAccount \(account)"
    guard let token = answer["status"]?["token"]?.stringValue, !token.isEmpty else {
      throw KubeError.decoding(what: what, problem: "status.token is missing")
    }
    guard let text = answer["status"]?["expirationTimestamp"]?.stringValue, let expires = try? Timestamp(parsing: text)
    else { throw KubeError.decoding(what: what, problem: "status.expirationTimestamp is missing or no time") }
    return ServiceAccountToken(token: Secret(token), expires: expires)
  }
}
