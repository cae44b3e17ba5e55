internal import Crypto
internal import Foundation
internal import WGECore

/// Issues and reads the tokens of service accounts: JWTs signed with the cluster's own key (ES256).
/// Source: RFC 7519; Kubernetes, "Managing Service Accounts", bound tokens.
final class TokenSigner: Sendable {
  static let issuer = "https://kubernetes.default.svc"
  private static let setting = "token-signing-key"

  private let key: P256.Signing.PrivateKey

  /// Takes the key from the medium, or makes one and leaves it there.
  init(medium: any StorageMedium) throws {
    if let bytes = try medium.setting(Self.setting) {
      guard let key = try? P256.Signing.PrivateKey(rawRepresentation: bytes) else {
        throw LocalClusterError.configuration("the stored key for service account tokens is damaged")
      }
      self.key = key
      return
    }
    key = P256.Signing.PrivateKey()
    try medium.setSetting(Self.setting, [UInt8](key.rawRepresentation))
  }

  /// The public half of the key as a JSON Web Key Set (RFC 7517), for those who check tokens themselves.
  var keySet: JSON {
    let point = [UInt8](key.publicKey.rawRepresentation)
    return [
      "keys": [
        [
          "use": "sig", "kty": "EC", "crv": "P-256", "alg": "ES256",
          "x": .string(Base64.encode(Array(point.prefix(32)), as: .url)),
          "y": .string(Base64.encode(Array(point.suffix(32)), as: .url)),
        ]
      ]
    ]
  }

  /// What a token is bound to besides its account: it is good as long as the object is there.
  struct Binding: Sendable {
    /// `pod`, `secret` or `node`.
    var kind: String
    var name: String
    var uid: String
    /// The node of a pod, by name and uid.
    var node: (name: String, uid: String)?
  }

  func issue(
    namespace: String, account: String, uid: String, audiences: [String], now: Timestamp, seconds: Int64,
    binding: Binding? = nil
  ) throws -> String {
    let header: JSON = ["alg": "ES256", "typ": "JWT"]
    var claims: JSON = [
      "iss": .string(Self.issuer), "sub": .string("system:serviceaccount:\(namespace):\(account)"),
      "aud": .array(audiences.map(JSON.string)), "iat": .number(.int(now.seconds)), "nbf": .number(.int(now.seconds)),
      "exp": .number(.int(now.seconds &+ seconds)), "jti": .string(Cluster.makeUID()),
      "kubernetes.io": [
        "namespace": .string(namespace), "serviceaccount": ["name": .string(account), "uid": .string(uid)],
      ],
    ]
    if let binding {
      claims.setValue(
        ["name": .string(binding.name), "uid": .string(binding.uid)], at: ["kubernetes.io", binding.kind])
      if let node = binding.node {
        var bound: JSON = ["name": .string(node.name)]
        if !node.uid.isEmpty { bound["uid"] = .string(node.uid) }
        claims.setValue(bound, at: ["kubernetes.io", "node"])
      }
    }
    let content = "\(Base64.encode(header.serialized(), as: .url)).\(Base64.encode(claims.serialized(), as: .url))"
    let signature = try key.signature(for: Data(content.utf8))
    return "\(content).\(Base64.encode([UInt8](signature.rawRepresentation), as: .url))"
  }

  /// The service account that a token speaks for, and those of the audiences that it is meant for.
  ///
  /// A token is refused that is not ours, out of date, meant for others, or whose account or bound
  /// object is gone.
  func review(_ token: String, audiences: [String], store: Store, now: Timestamp)
    -> Result<(UserInfo, [String]), TokenRefusal>
  {
    guard let claims = claims(of: token) else { return .failure(.invalid) }
    guard let expiry = claims["exp"]?.intValue, now.seconds < expiry, let start = claims["nbf"]?.intValue,
      start <= now.seconds &+ 60, claims["iss"]?.stringValue == Self.issuer
    else { return .failure(.invalid) }
    let meant = (claims["aud"]?.arrayValue ?? []).compactMap(\.stringValue)
    let common = audiences.filter(meant.contains)
    if common.isEmpty { return .failure(.audience(meant, wanted: audiences)) }
    let bound = claims["kubernetes.io"] ?? [:]
    guard let namespace = bound["namespace"]?.stringValue, let name = bound["serviceaccount"]?["name"]?.stringValue,
      let uid = bound["serviceaccount"]?["uid"]?.stringValue,
      let account = store.object("serviceaccounts", "\(namespace)/\(name)"), account.uid == uid,
      account.metadata["deletionTimestamp"] == nil, Self.isBoundObjectThere(bound, namespace, store)
    else { return .failure(.invalid) }
    var extra = ["authentication.kubernetes.io/credential-id": ["JTI=\(claims["jti"]?.stringValue ?? "")"]]
    for kind in ["pod", "node"] {
      for field in ["name", "uid"] {
        guard let value = bound[kind]?[field]?.stringValue else { continue }
        extra["authentication.kubernetes.io/\(kind)-\(field)"] = [value]
      }
    }
    let user = UserInfo(
      name: "system:serviceaccount:\(namespace):\(name)", uid: uid,
      groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"], extra: extra)
    return .success((user, common))
  }

  private func claims(of token: String) -> JSON? {
    guard token.utf8.count <= 16_384 else { return nil }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let header = Base64.decode(parts[0], as: .url),
      let body = Base64.decode(parts[1], as: .url),
      let signatureBytes = Base64.decode(parts[2], as: .url),
      (try? JSON(parsing: header))?["alg"]?.stringValue == "ES256",
      let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signatureBytes),
      key.publicKey.isValidSignature(signature, for: Data("\(parts[0]).\(parts[1])".utf8))
    else { return nil }
    return try? JSON(parsing: body)
  }

  private static func isBoundObjectThere(_ bound: JSON, _ namespace: String, _ store: Store) -> Bool {
    let places = [("pod", "pods", "\(namespace)/"), ("secret", "secrets", "\(namespace)/")]
    for (kind, resource, prefix) in places {
      guard let name = bound[kind]?["name"]?.stringValue else { continue }
      return store.object(resource, prefix + name)?.uid == bound[kind]?["uid"]?.stringValue
    }
    // A node that only tells where a bound pod runs binds nothing.
    guard bound["pod"] == nil, let name = bound["node"]?["name"]?.stringValue else { return true }
    return store.object("nodes", name)?.uid == bound["node"]?["uid"]?.stringValue
  }
}

/// Why a token stands for nobody.
enum TokenRefusal: Error, Sendable {
  case invalid
  case audience([String], wanted: [String])

  /// In the words of a TokenReview.
  var text: String {
    func list(_ values: [String]) -> String { "[" + values.map(FieldError.quote).joined(separator: " ") + "]" }
    switch self {
    case .invalid: return "invalid bearer token"
    case .audience(let meant, let wanted):
      return
        "[invalid bearer token, token audiences \(list(meant)) is invalid for the target audiences \(list(wanted))]"
    }
  }
}
