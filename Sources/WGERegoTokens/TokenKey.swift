#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import WGECore

/// A key that signs or verifies.
enum TokenKey {
  case secret([UInt8])
  /// A SubjectPublicKeyInfo in DER.
  case publicKey([UInt8])
  /// An RSA public key in PKCS#1 DER.
  case rsaPublicKey([UInt8])
  /// A JSON web key.
  case jwk(JSON)

  /// A certificate or public key in PEM, a JWK, or a set of JWKs.
  static func parse(_ text: String) throws -> [TokenKey] {
    let plain = text.drop { $0.isWhitespace }
    if plain.hasPrefix("{") {
      guard let json = try? JSON(parsing: text) else { throw TokenError("failed to parse a JWK key (set)") }
      if let keys = json["keys"]?.arrayValue { return keys.map { .jwk($0) } }
      guard let type = json["kty"]?.stringValue, ["RSA", "EC", "OKP", "oct"].contains(type) else {
        throw TokenError("failed to parse a JWK key (set)")
      }
      return [.jwk(json)]
    }
    guard let begin = plain.firstRange(of: "-----BEGIN "), let end = plain.firstRange(of: "-----END ") else {
      throw TokenError("failed to extract a Key from the PEM certificate")
    }
    guard begin.upperBound < end.lowerBound else {
      throw TokenError("failed to extract a Key from the PEM certificate")
    }
    let block = plain[begin.upperBound..<end.lowerBound]
    guard let mark = block.firstRange(of: "-----") else { throw TokenError("failed to parse a PEM certificate") }
    let kind = block[..<mark.lowerBound]
    let body = block[mark.upperBound...].filter { !$0.isWhitespace }
    guard let data = Data(base64Encoded: String(body)) else { throw TokenError("failed to parse a PEM certificate") }
    // PEM may hold trailing data after its block, which is refused.
    if let close = plain[end.upperBound...].firstRange(of: "-----"),
      plain[close.upperBound...].contains(where: { !$0.isWhitespace })
    {
      throw TokenError("extra data after a PEM certificate block")
    }
    let der = [UInt8](data)
    switch kind {
    case "CERTIFICATE":
      guard let key = CertificateReader.publicKey(der) else { throw TokenError("failed to parse a PEM certificate") }
      return [.publicKey(key)]
    case "PUBLIC KEY": return [.publicKey(der)]
    case "RSA PUBLIC KEY": return [.rsaPublicKey(der)]
    default: throw TokenError("failed to extract a Key from the PEM certificate")
    }
  }
}

/// Finds the public key in a certificate (RFC 5280): no more of it is read.
enum CertificateReader {
  static func publicKey(_ der: [UInt8]) -> [UInt8]? {
    guard let certificate = element(der, 0), certificate.tag == 0x30,
      let body = element(der, certificate.content.lowerBound),
      body.tag == 0x30
    else { return nil }
    var at = body.content.lowerBound
    // version (optional), serial, algorithm, issuer, validity, subject
    guard let first = element(der, at) else { return nil }
    if first.tag == 0xA0 { at = first.content.upperBound }
    for _ in 0..<5 {
      guard let field = element(der, at) else { return nil }
      at = field.content.upperBound
    }
    guard let key = element(der, at), key.tag == 0x30, key.content.upperBound <= body.content.upperBound else {
      return nil
    }
    return Array(der[at..<key.content.upperBound])
  }

  private static func element(_ bytes: [UInt8], _ at: Int) -> (tag: UInt8, content: Range<Int>)? {
    guard at >= 0, at + 2 <= bytes.count else { return nil }
    var start = at + 2
    var length = Int(bytes[at + 1])
    if length > 0x80 {
      let count = length - 0x80
      guard count <= 3, start + count <= bytes.count else { return nil }
      length = bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
      start += count
    } else if length == 0x80 {
      return nil
    }
    guard start + length <= bytes.count else { return nil }
    return (bytes[at], start..<start + length)
  }
}
