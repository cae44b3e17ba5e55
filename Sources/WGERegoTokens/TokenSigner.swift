internal import Crypto
internal import CryptoExtras
internal import WGECore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Signs tokens with JSON web keys.
enum TokenSigner {
  static func sign(header: String, payload: String, key: String) throws -> String {
    if header.isEmpty {
      throw TokenError("missing or invalid 'alg' header: cannot parse JSON: cannot parse empty string")
    }
    // Text that is no object has no header at all.
    guard header.drop(while: \.isWhitespace).hasPrefix("{") else {
      throw TokenError("missing or invalid 'alg' header: jwsbb: header \"alg\" not found")
    }
    guard let json = try? JSON(parsing: header) else {
      throw TokenError("missing or invalid 'alg' header: cannot parse JSON")
    }
    guard let name = json["alg"]?.stringValue else {
      throw TokenError("missing or invalid 'alg' header: jwsbb: header \"alg\" not found")
    }
    guard let algorithm = TokenAlgorithm(rawValue: name) else { throw TokenError("unknown JWS algorithm: \(name)") }
    let type = json["typ"]?.stringValue
    if type == nil || type == "JWT", (try? JSON(parsing: payload)) == nil {
      throw TokenError("type is JWT but payload is not JSON")
    }
    guard let jwk = try? JSON(parsing: key) else { throw TokenError("failed to parse JWK") }
    let signed = Base64.encode(header.utf8, as: .url) + "." + Base64.encode(payload.utf8, as: .url)
    return signed + "." + Base64.encode(try signature(algorithm, Array(signed.utf8), jwk), as: .url)
  }

  private static func signature(_ algorithm: TokenAlgorithm, _ data: [UInt8], _ jwk: JSON) throws -> [UInt8] {
    func field(_ name: String) throws -> [UInt8] {
      guard let value = TokenAlgorithm.field(jwk, name) else { throw TokenError("JWK has no valid \(name)") }
      return value
    }
    switch algorithm {
    case .hs256: return Array(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: try field("k"))))
    case .hs384: return Array(HMAC<SHA384>.authenticationCode(for: data, using: SymmetricKey(data: try field("k"))))
    case .hs512: return Array(HMAC<SHA512>.authenticationCode(for: data, using: SymmetricKey(data: try field("k"))))
    case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512:
      let key = try _RSA.Signing.PrivateKey(
        n: try field("n"), e: try field("e"), d: try field("d"), p: try field("p"), q: try field("q"))
      let padding: _RSA.Signing.Padding = algorithm.rawValue.hasPrefix("PS") ? .PSS : .insecurePKCS1v1_5
      return switch algorithm {
      case .rs256, .ps256: Array(try key.signature(for: SHA256.hash(data: data), padding: padding).rawRepresentation)
      case .rs384, .ps384: Array(try key.signature(for: SHA384.hash(data: data), padding: padding).rawRepresentation)
      default: Array(try key.signature(for: SHA512.hash(data: data), padding: padding).rawRepresentation)
      }
    case .es256:
      return Array(
        try P256.Signing.PrivateKey(rawRepresentation: try field("d")).signature(for: data).rawRepresentation)
    case .es384:
      return Array(
        try P384.Signing.PrivateKey(rawRepresentation: try field("d")).signature(for: data).rawRepresentation)
    case .es512:
      return Array(
        try P521.Signing.PrivateKey(rawRepresentation: try field("d")).signature(for: data).rawRepresentation)
    case .eddsa: return Array(try Curve25519.Signing.PrivateKey(rawRepresentation: try field("d")).signature(for: data))
    }
  }
}
