internal import Crypto
internal import WGECore
internal import WGERego

/// A private key of PKCS#1, PKCS#8 or SEC 1, and the two shapes in which policies see it.
enum PrivateKey {
  /// Version, modulus, exponents, primes and what is derived of them, in the order of RFC 8017.
  case rsa([ArraySlice<UInt8>])
  case elliptic(curve: EllipticCurve, scalar: [UInt8], point: [UInt8])
  case ed25519(seed: [UInt8], point: [UInt8])

  /// All keys of a text of PEM blocks, which may be in base64 as a whole.
  static func parseAll(_ text: String) throws -> [PrivateKey] {
    let plain = (try? PEM.decode(text)).map { String(decoding: $0, as: UTF8.self) } ?? text
    return try PEM.blocks(plain).compactMap { try parse($0) }
  }

  /// Nil for blocks that hold no key.
  static func parse(_ block: PEM.Block) throws -> PrivateKey? {
    switch block.type {
    case "RSA PRIVATE KEY": try pkcs1(block.bytes[...])
    case "PRIVATE KEY": try pkcs8(block.bytes)
    case "EC PRIVATE KEY": try sec1(block.bytes[...], curve: nil)
    default: nil
    }
  }

  private static func pkcs1(_ bytes: ArraySlice<UInt8>) throws -> PrivateKey {
    guard let parts = DER(only: bytes)?.children(DER.sequence), parts.count >= 9,
      parts.prefix(9).allSatisfy({ $0.tag == DER.integer })
    else { throw CertificateError("x509: failed to parse private key") }
    guard parts[0].int == 0 else { throw CertificateError("x509: unsupported private key version") }
    return .rsa(parts.prefix(9).map(\.bytes))
  }

  private static func pkcs8(_ bytes: [UInt8]) throws -> PrivateKey {
    guard let parts = DER(only: bytes[...])?.children(DER.sequence), parts.count >= 3,
      let algorithm = parts[1].children(DER.sequence), let id = algorithm.first?.identifier,
      parts[2].tag == DER.octetString
    else { throw CertificateError("x509: failed to parse private key") }
    switch id {
    case [1, 2, 840, 113_549, 1, 1, 1]: return try pkcs1(parts[2].bytes)
    case [1, 2, 840, 10045, 2, 1]:
      return try sec1(parts[2].bytes, curve: algorithm.dropFirst().first?.identifier)
    case [1, 3, 101, 112]:
      guard let seed = DER(only: parts[2].bytes), seed.tag == DER.octetString,
        let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed.bytes)
      else { throw CertificateError("x509: invalid Ed25519 private key") }
      return .ed25519(seed: Array(seed.bytes), point: Array(key.publicKey.rawRepresentation))
    default: throw CertificateError("x509: PKCS#8 wrapping contained private key with unknown algorithm")
    }
  }

  private static func sec1(_ bytes: ArraySlice<UInt8>, curve named: [Int]?) throws -> PrivateKey {
    guard let parts = DER(only: bytes)?.children(DER.sequence), parts.count >= 2, parts[1].tag == DER.octetString else {
      throw CertificateError("x509: failed to parse EC private key")
    }
    guard parts[0].int == 1 else { throw CertificateError("x509: unknown EC private key version") }
    let own = parts.first { $0.tag == 0xA0 }?.children?.first?.identifier
    guard let identifier = named ?? own, let curve = EllipticCurve(identifier: identifier) else {
      throw CertificateError("x509: unknown elliptic curve")
    }
    let trimmed = Array(parts[1].bytes.drop { $0 == 0 })
    guard trimmed.count <= curve.size else { throw CertificateError("x509: invalid private key length") }
    let scalar = [UInt8](repeating: 0, count: curve.size - trimmed.count) + trimmed
    guard let point = curve.point(of: scalar) else {
      throw CertificateError("x509: invalid elliptic curve private key value")
    }
    return .elliptic(curve: curve, scalar: scalar, point: point)
  }

  /// True when the public key belongs to this key.
  func matches(_ key: PublicKey) -> Bool {
    switch (self, key.kind) {
    case (.rsa(let numbers), .rsa(let modulus, _)): numbers[1].elementsEqual(modulus)
    case (.elliptic(_, _, let point), .elliptic(_, let other)): point.elementsEqual(other)
    case (.ed25519(_, let point), .ed25519(let other)): point.elementsEqual(other)
    default: false
    }
  }

  /// As Go writes keys in JSON.
  var value: RegoValue {
    switch self {
    case .rsa(let numbers):
      return [
        "N": .big(numbers[1]), "E": .big(numbers[2]), "D": .big(numbers[3]),
        "Primes": [.big(numbers[4]), .big(numbers[5])],
        "Precomputed": [
          "Dp": .big(numbers[6]), "Dq": .big(numbers[7]), "Qinv": .big(numbers[8]), "CRTValues": [],
        ],
      ]
    case .elliptic(let curve, let scalar, let point):
      return [
        "Curve": [:], "D": .unsigned(scalar), "X": .unsigned(point.dropFirst().prefix(curve.size)),
        "Y": .unsigned(point.suffix(curve.size)),
      ]
    case .ed25519(let seed, let point): return .base64(seed + point)
    }
  }

  /// As a JSON web key (RFC 7518, RFC 8037).
  var webKey: RegoValue {
    func text(_ bytes: some Collection<UInt8>) -> RegoValue { .string(Base64.encode(bytes, as: .url)) }
    switch self {
    case .rsa(let numbers):
      let fields = numbers.map { text($0.drop { $0 == 0 }) }
      return [
        "kty": "RSA", "n": fields[1], "e": fields[2], "d": fields[3], "p": fields[4], "q": fields[5],
        "dp": fields[6], "dq": fields[7], "qi": fields[8],
      ]
    case .elliptic(let curve, let scalar, let point):
      return [
        "kty": "EC", "crv": .string(curve.rawValue), "d": text(scalar),
        "x": text(point.dropFirst().prefix(curve.size)), "y": text(point.suffix(curve.size)),
      ]
    case .ed25519(let seed, let point):
      return ["kty": "OKP", "crv": "Ed25519", "d": text(seed), "x": text(point)]
    }
  }
}
