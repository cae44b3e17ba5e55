internal import Crypto
internal import CryptoExtras
internal import WGERego

/// A public key as certificates hold it (SubjectPublicKeyInfo).
struct PublicKey {
  enum Kind {
    case rsa(modulus: ArraySlice<UInt8>, exponent: ArraySlice<UInt8>)
    /// The uncompressed point.
    case elliptic(curve: EllipticCurve, point: ArraySlice<UInt8>)
    case ed25519(ArraySlice<UInt8>)
    case unknown
  }

  let info: ArraySlice<UInt8>
  let kind: Kind

  init(_ element: DER) throws {
    info = element.whole
    guard let parts = element.children(DER.sequence), parts.count == 2,
      let algorithm = parts[0].children(DER.sequence), let id = algorithm.first?.identifier, let bits = parts[1].bits
    else { throw CertificateError("x509: malformed public key") }
    switch id {
    case [1, 2, 840, 113_549, 1, 1, 1]:
      guard let numbers = DER(only: bits)?.children(DER.sequence), numbers.count == 2 else {
        throw CertificateError("x509: invalid RSA public key")
      }
      kind = .rsa(modulus: numbers[0].bytes, exponent: numbers[1].bytes)
    case [1, 2, 840, 10045, 2, 1]:
      guard algorithm.count == 2, let name = algorithm[1].identifier else {
        throw CertificateError("x509: invalid ECDSA parameters")
      }
      guard let curve = EllipticCurve(identifier: name) else {
        throw CertificateError("x509: unsupported elliptic curve")
      }
      guard bits.first == 4, bits.count == 2 * curve.size + 1 else {
        throw CertificateError("x509: failed to unmarshal elliptic curve point")
      }
      kind = .elliptic(curve: curve, point: bits)
    case [1, 3, 101, 112]: kind = .ed25519(bits)
    default: kind = .unknown
    }
  }

  /// The reference's number of the algorithm.
  var algorithm: Int {
    switch kind {
    case .rsa: 1
    case .elliptic: 3
    case .ed25519: 4
    case .unknown: 0
    }
  }

  var value: RegoValue {
    switch kind {
    case .rsa(let modulus, let exponent): return ["N": .big(modulus), "E": .big(exponent)]
    case .elliptic(let curve, let point):
      let coordinates = point.dropFirst()
      return [
        "Curve": [:], "X": .unsigned(coordinates.prefix(curve.size)), "Y": .unsigned(coordinates.suffix(curve.size)),
      ]
    case .ed25519(let bytes): return .base64(bytes)
    case .unknown: return .null
    }
  }

  /// True when the signature over the data is this key's.
  func verifies(_ signature: ArraySlice<UInt8>, of data: ArraySlice<UInt8>, _ algorithm: SignatureAlgorithm) -> Bool {
    switch (kind, algorithm) {
    case (.rsa, .rsa(let hash)), (.rsa, .pss(let hash)):
      guard let key = try? _RSA.Signing.PublicKey(unsafeDERRepresentation: Array(info)) else { return false }
      var padding = _RSA.Signing.Padding.insecurePKCS1v1_5
      if case .pss = algorithm { padding = .PSS }
      let value = _RSA.Signing.RSASignature(rawRepresentation: signature)
      return switch hash {
      case .sha256: key.isValidSignature(value, for: SHA256.hash(data: data), padding: padding)
      case .sha384: key.isValidSignature(value, for: SHA384.hash(data: data), padding: padding)
      case .sha512: key.isValidSignature(value, for: SHA512.hash(data: data), padding: padding)
      }
    case (.elliptic(let curve, let point), .ecdsa(let hash)):
      return switch hash {
      case .sha256: curve.verifies(signature, of: SHA256.hash(data: data), point)
      case .sha384: curve.verifies(signature, of: SHA384.hash(data: data), point)
      case .sha512: curve.verifies(signature, of: SHA512.hash(data: data), point)
      }
    case (.ed25519(let bytes), .ed25519):
      return (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes))?.isValidSignature(signature, for: data)
        ?? false
    default: return false
    }
  }
}

/// The curves of NIST that certificates use.
enum EllipticCurve: String {
  case p256 = "P-256"
  case p384 = "P-384"
  case p521 = "P-521"

  init?(identifier: [Int]) {
    switch identifier {
    case [1, 2, 840, 10045, 3, 1, 7]: self = .p256
    case [1, 3, 132, 0, 34]: self = .p384
    case [1, 3, 132, 0, 35]: self = .p521
    default: return nil
    }
  }

  /// Bytes of a coordinate.
  var size: Int {
    switch self {
    case .p256: 32
    case .p384: 48
    case .p521: 66
    }
  }

  func verifies(_ signature: ArraySlice<UInt8>, of digest: some Digest, _ point: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .p256:
      guard let key = try? P256.Signing.PublicKey(x963Representation: point),
        let value = try? P256.Signing.ECDSASignature(derRepresentation: signature)
      else { return false }
      return key.isValidSignature(value, for: digest)
    case .p384:
      guard let key = try? P384.Signing.PublicKey(x963Representation: point),
        let value = try? P384.Signing.ECDSASignature(derRepresentation: signature)
      else { return false }
      return key.isValidSignature(value, for: digest)
    case .p521:
      guard let key = try? P521.Signing.PublicKey(x963Representation: point),
        let value = try? P521.Signing.ECDSASignature(derRepresentation: signature)
      else { return false }
      return key.isValidSignature(value, for: digest)
    }
  }

  /// The public point of a private scalar; nil when it is not a key.
  func point(of scalar: [UInt8]) -> [UInt8]? {
    switch self {
    case .p256: (try? P256.Signing.PrivateKey(rawRepresentation: scalar)).map { Array($0.publicKey.x963Representation) }
    case .p384: (try? P384.Signing.PrivateKey(rawRepresentation: scalar)).map { Array($0.publicKey.x963Representation) }
    case .p521: (try? P521.Signing.PrivateKey(rawRepresentation: scalar)).map { Array($0.publicKey.x963Representation) }
    }
  }
}

/// How a certificate is signed.
enum SignatureAlgorithm {
  enum Hash: Int { case sha256, sha384, sha512 }
  case rsa(Hash)
  case pss(Hash)
  case ecdsa(Hash)
  case ed25519
  /// Known, and not trusted: the reference's number of it, or 0.
  case refused(Int)

  init(_ element: DER) {
    let parts = element.children(DER.sequence) ?? []
    switch parts.first?.identifier {
    case [1, 2, 840, 113_549, 1, 1, 4]: self = .refused(2)
    case [1, 2, 840, 113_549, 1, 1, 5]: self = .refused(3)
    case [1, 2, 840, 113_549, 1, 1, 11]: self = .rsa(.sha256)
    case [1, 2, 840, 113_549, 1, 1, 12]: self = .rsa(.sha384)
    case [1, 2, 840, 113_549, 1, 1, 13]: self = .rsa(.sha512)
    case [1, 2, 840, 113_549, 1, 1, 10]:
      let hash = parts.dropFirst().first?.children?.first { $0.tag == 0xA0 }?.children?.first?.children?.first
      switch hash?.identifier {
      case [2, 16, 840, 1, 101, 3, 4, 2, 1]: self = .pss(.sha256)
      case [2, 16, 840, 1, 101, 3, 4, 2, 2]: self = .pss(.sha384)
      case [2, 16, 840, 1, 101, 3, 4, 2, 3]: self = .pss(.sha512)
      default: self = .refused(0)
      }
    case [1, 2, 840, 10040, 4, 3]: self = .refused(7)
    case [2, 16, 840, 1, 101, 3, 4, 3, 2]: self = .refused(8)
    case [1, 2, 840, 10045, 4, 1]: self = .refused(9)
    case [1, 2, 840, 10045, 4, 3, 2]: self = .ecdsa(.sha256)
    case [1, 2, 840, 10045, 4, 3, 3]: self = .ecdsa(.sha384)
    case [1, 2, 840, 10045, 4, 3, 4]: self = .ecdsa(.sha512)
    case [1, 3, 101, 112]: self = .ed25519
    default: self = .refused(0)
    }
  }

  /// The reference's number.
  var code: Int {
    switch self {
    case .rsa(let hash): 4 + hash.rawValue
    case .pss(let hash): 13 + hash.rawValue
    case .ecdsa(let hash): 10 + hash.rawValue
    case .ed25519: 16
    case .refused(let code): code
    }
  }
}
