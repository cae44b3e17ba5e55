internal import Crypto
internal import CryptoExtras
internal import WGECore

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The signature algorithms of RFC 7518.
enum TokenAlgorithm: String, CaseIterable {
  case hs256 = "HS256", hs384 = "HS384", hs512 = "HS512"
  case rs256 = "RS256", rs384 = "RS384", rs512 = "RS512"
  case ps256 = "PS256", ps384 = "PS384", ps512 = "PS512"
  case es256 = "ES256", es384 = "ES384", es512 = "ES512"
  case eddsa = "EdDSA"

  var isSymmetric: Bool { self == .hs256 || self == .hs384 || self == .hs512 }

  /// False for a key of another kind, too.
  func verifies(_ token: Token, with key: TokenKey) -> Bool {
    let (data, signature) = (token.signed, token.signature)
    switch self {
    case .hs256, .hs384, .hs512:
      guard let secret = Self.secret(key) else { return false }
      let symmetric = SymmetricKey(data: secret)
      return switch self {
      case .hs256: HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: data, using: symmetric)
      case .hs384: HMAC<SHA384>.isValidAuthenticationCode(signature, authenticating: data, using: symmetric)
      default: HMAC<SHA512>.isValidAuthenticationCode(signature, authenticating: data, using: symmetric)
      }
    case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512:
      guard let rsa = Self.rsa(key) else { return false }
      let value = _RSA.Signing.RSASignature(rawRepresentation: signature)
      let padding: _RSA.Signing.Padding = rawValue.hasPrefix("PS") ? .PSS : .insecurePKCS1v1_5
      return switch self {
      case .rs256, .ps256: rsa.isValidSignature(value, for: SHA256.hash(data: data), padding: padding)
      case .rs384, .ps384: rsa.isValidSignature(value, for: SHA384.hash(data: data), padding: padding)
      default: rsa.isValidSignature(value, for: SHA512.hash(data: data), padding: padding)
      }
    case .es256:
      guard let key = Self.p256(key), let value = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else {
        return false
      }
      return key.isValidSignature(value, for: data)
    case .es384:
      guard let key = Self.p384(key), let value = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else {
        return false
      }
      return key.isValidSignature(value, for: data)
    case .es512:
      guard let key = Self.p521(key), let value = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else {
        return false
      }
      return key.isValidSignature(value, for: data)
    case .eddsa: return Self.ed25519(key)?.isValidSignature(signature, for: data) ?? false
    }
  }

  // MARK: - Keys

  static func field(_ jwk: JSON, _ name: String) -> [UInt8]? {
    jwk[name]?.stringValue.flatMap { Base64.decode($0, as: $0.hasSuffix("=") ? .paddedURL : .url) }
  }

  private static func secret(_ key: TokenKey) -> [UInt8]? {
    switch key {
    case .secret(let bytes): bytes
    case .jwk(let jwk): jwk["kty"]?.stringValue == "oct" ? field(jwk, "k") : nil
    default: nil
    }
  }

  private static func rsa(_ key: TokenKey) -> _RSA.Signing.PublicKey? {
    switch key {
    case .publicKey(let der), .rsaPublicKey(let der): return try? _RSA.Signing.PublicKey(unsafeDERRepresentation: der)
    case .jwk(let jwk):
      guard jwk["kty"]?.stringValue == "RSA", let n = field(jwk, "n"), let e = field(jwk, "e") else { return nil }
      return try? _RSA.Signing.PublicKey(n: n, e: e)
    case .secret: return nil
    }
  }

  /// The uncompressed point of an elliptic curve's key.
  static func point(_ jwk: JSON, _ curve: String, _ size: Int) -> [UInt8]? {
    guard jwk["kty"]?.stringValue == "EC", jwk["crv"]?.stringValue == curve, let x = field(jwk, "x"),
      let y = field(jwk, "y"),
      x.count <= size, y.count <= size
    else { return nil }
    func padded(_ bytes: [UInt8]) -> [UInt8] { Array(repeating: 0, count: size - bytes.count) + bytes }
    return [4] + padded(x) + padded(y)
  }

  private static func p256(_ key: TokenKey) -> P256.Signing.PublicKey? {
    switch key {
    case .publicKey(let der): try? P256.Signing.PublicKey(derRepresentation: der)
    case .jwk(let jwk): point(jwk, "P-256", 32).flatMap { try? P256.Signing.PublicKey(x963Representation: $0) }
    default: nil
    }
  }

  private static func p384(_ key: TokenKey) -> P384.Signing.PublicKey? {
    switch key {
    case .publicKey(let der): try? P384.Signing.PublicKey(derRepresentation: der)
    case .jwk(let jwk): point(jwk, "P-384", 48).flatMap { try? P384.Signing.PublicKey(x963Representation: $0) }
    default: nil
    }
  }

  private static func p521(_ key: TokenKey) -> P521.Signing.PublicKey? {
    switch key {
    case .publicKey(let der): try? P521.Signing.PublicKey(derRepresentation: der)
    case .jwk(let jwk): point(jwk, "P-521", 66).flatMap { try? P521.Signing.PublicKey(x963Representation: $0) }
    default: nil
    }
  }

  private static let ed25519Prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

  private static func ed25519(_ key: TokenKey) -> Curve25519.Signing.PublicKey? {
    switch key {
    case .publicKey(let der):
      // The key's info is of one form (RFC 8410); the last bytes of another kind of key are no key.
      der.count == ed25519Prefix.count + 32 && der.starts(with: ed25519Prefix)
        ? try? Curve25519.Signing.PublicKey(rawRepresentation: der.suffix(32)) : nil
    case .jwk(let jwk):
      jwk["kty"]?.stringValue == "OKP" && jwk["crv"]?.stringValue == "Ed25519"
        ? field(jwk, "x").flatMap { try? Curve25519.Signing.PublicKey(rawRepresentation: $0) } : nil
    default: nil
    }
  }
}
