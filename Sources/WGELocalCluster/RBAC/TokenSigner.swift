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

  func issue(
    namespace: String, account: String, uid: String, audiences: [String], now: Timestamp, seconds: Int64
  ) throws -> String {
    let header: JSON = ["alg": "ES256", "typ": "JWT"]
    let claims: JSON = [
      "iss": .string(Self.issuer), "sub": .string("system:serviceaccount:\(namespace):\(account)"),
      "aud": .array(audiences.map(JSON.string)), "iat": .number(.int(now.seconds)), "nbf": .number(.int(now.seconds)),
      "exp": .number(.int(now.seconds &+ seconds)), "jti": .string(Cluster.makeUID()),
      "kubernetes.io": [
        "namespace": .string(namespace), "serviceaccount": ["name": .string(account), "uid": .string(uid)],
      ],
    ]
    let content = "\(Base64.encodeURL(header.serialized())).\(Base64.encodeURL(claims.serialized()))"
    let signature = try key.signature(for: Data(content.utf8))
    return "\(content).\(Base64.encodeURL([UInt8](signature.rawRepresentation)))"
  }

  /// The service account that a token speaks for; nil when it is not ours, is out of date, or its
  /// account is gone.
  func user(ofToken token: String, store: Store, now: Timestamp) -> UserInfo? {
    guard token.utf8.count <= 16_384 else { return nil }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let header = Base64.decodeURL(parts[0]), let body = Base64.decodeURL(parts[1]),
      let signatureBytes = Base64.decodeURL(parts[2]), (try? JSON(parsing: header))?["alg"]?.stringValue == "ES256",
      let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signatureBytes),
      key.publicKey.isValidSignature(signature, for: Data("\(parts[0]).\(parts[1])".utf8)),
      let claims = try? JSON(parsing: body)
    else { return nil }
    guard let expiry = claims["exp"]?.intValue, now.seconds < expiry, let start = claims["nbf"]?.intValue,
      start <= now.seconds &+ 60, claims["iss"]?.stringValue == Self.issuer,
      claims["aud"]?.arrayValue?.contains(.string(Self.issuer)) == true
    else { return nil }
    let bound = claims["kubernetes.io"] ?? [:]
    guard let namespace = bound["namespace"]?.stringValue, let name = bound["serviceaccount"]?["name"]?.stringValue,
      let uid = bound["serviceaccount"]?["uid"]?.stringValue,
      let account = store.object("serviceaccounts", "\(namespace)/\(name)"), account.uid == uid,
      account.metadata["deletionTimestamp"] == nil
    else { return nil }
    return UserInfo(
      name: "system:serviceaccount:\(namespace):\(name)", uid: uid,
      groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"])
  }
}
