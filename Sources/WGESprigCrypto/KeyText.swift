internal import Crypto
internal import CryptoExtras
internal import WGECore
internal import WGEGoTemplate
internal import X509

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A private key as Go's PEM has it: RSA as PKCS #1, elliptic curves as SEC 1, Ed25519 as PKCS #8.
enum PrivateKeyText {
  case rsa(_RSA.Signing.PrivateKey)
  case p256(P256.Signing.PrivateKey)
  case p384(P384.Signing.PrivateKey)
  case p521(P521.Signing.PrivateKey)
  case ed25519(Curve25519.Signing.PrivateKey)

  static func rsa(bits: Int) throws -> PrivateKeyText {
    .rsa(try _RSA.Signing.PrivateKey(keySize: _RSA.Signing.KeySize(bitCount: bits)))
  }

  /// Reads PEM of any of these forms.
  init(pem: String) throws {
    guard let block = PEMBlock(pem) else { throw TemplateFunctionError("no PEM data in input") }
    guard block.type == "PRIVATE KEY" || block.type.hasSuffix(" PRIVATE KEY") else {
      throw TemplateFunctionError("no private key data in PEM block of type \(block.type)")
    }
    let text = block.text
    if let key = try? _RSA.Signing.PrivateKey(pemRepresentation: text) {
      self = .rsa(key)
    } else if let key = try? P256.Signing.PrivateKey(pemRepresentation: text) {
      self = .p256(key)
    } else if let key = try? P384.Signing.PrivateKey(pemRepresentation: text) {
      self = .p384(key)
    } else if let key = try? P521.Signing.PrivateKey(pemRepresentation: text) {
      self = .p521(key)
    } else if block.type == "PRIVATE KEY", block.bytes.count == 48, block.bytes.starts(with: Self.ed25519Head),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: block.bytes.suffix(32))
    {
      self = .ed25519(key)
    } else {
      throw TemplateFunctionError("the \(block.type) is of no kind that is known: RSA, P-256, P-384, P-521, Ed25519")
    }
  }

  /// PKCS #8 up to the 32 bytes of the key (RFC 8410).
  private static let ed25519Head: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]

  /// For signing certificates.
  var signing: Certificate.PrivateKey {
    switch self {
    case .rsa(let key): Certificate.PrivateKey(key)
    case .p256(let key): Certificate.PrivateKey(key)
    case .p384(let key): Certificate.PrivateKey(key)
    case .p521(let key): Certificate.PrivateKey(key)
    case .ed25519(let key): Certificate.PrivateKey(key)
    }
  }

  /// The algorithm that Go chooses for the key.
  var algorithm: Certificate.SignatureAlgorithm {
    switch self {
    case .rsa: .sha256WithRSAEncryption
    case .p256: .ecdsaWithSHA256
    case .p384: .ecdsaWithSHA384
    case .p521: .ecdsaWithSHA512
    case .ed25519: .ed25519
    }
  }

  var pem: String {
    switch self {
    case .rsa(let key): PEMBlock(type: "RSA PRIVATE KEY", bytes: Array(key.derRepresentation)).text
    case .p256(let key):
      Self.curve(
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], key.rawRepresentation, key.publicKey.x963Representation)
    case .p384(let key):
      Self.curve([0x2B, 0x81, 0x04, 0x00, 0x22], key.rawRepresentation, key.publicKey.x963Representation)
    case .p521(let key):
      Self.curve([0x2B, 0x81, 0x04, 0x00, 0x23], key.rawRepresentation, key.publicKey.x963Representation)
    case .ed25519(let key):
      PEMBlock(type: "PRIVATE KEY", bytes: Self.ed25519Head + Array(key.rawRepresentation)).text
    }
  }

  /// ECPrivateKey of RFC 5915.
  private static func curve(_ name: [UInt8], _ key: Data, _ point: Data) -> String {
    func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      let length: [UInt8] = content.count < 0x80 ? [UInt8(content.count)] : [0x81, UInt8(content.count)]
      return [tag] + length + content
    }
    let content =
      element(0x02, [1]) + element(0x04, Array(key)) + element(0xA0, element(0x06, name))
      + element(0xA1, element(0x03, [0] + Array(point)))
    return PEMBlock(type: "EC PRIVATE KEY", bytes: element(0x30, content)).text
  }
}

/// One block of PEM, as Go writes and reads it.
struct PEMBlock {
  let type: String
  let bytes: [UInt8]

  init(type: String, bytes: [UInt8]) {
    self.type = type
    self.bytes = bytes
  }

  /// The first block of a text.
  init?(_ text: String) {
    var type: String?
    var body: [UInt8] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.trimmingPrefix { $0 == " " }
      if let found = type {
        if line.hasPrefix("-----END \(found)-----") {
          guard let bytes = try? Base64.bytes(of: body) else { return nil }
          self.init(type: found, bytes: bytes)
          return
        }
        body += line.utf8.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
      } else if line.hasPrefix("-----BEGIN "), line.dropFirst(11).contains("-----") {
        type = String(line.dropFirst(11).prefix { $0 != "-" })
      }
    }
    return nil
  }

  /// Lines of 64 characters, the last line ended.
  var text: String {
    var text = "-----BEGIN \(type)-----\n"
    var rest = Base64.encode(bytes)[...]
    while !rest.isEmpty {
      text += rest.prefix(64) + "\n"
      rest = rest.dropFirst(64)
    }
    return text + "-----END \(type)-----\n"
  }
}
