internal import WGERego

/// A certificate (RFC 5280): what chains are checked with, and the fields that policies see.
struct Certificate {
  let raw: ArraySlice<UInt8>
  let signed: ArraySlice<UInt8>
  let version: Int
  let serial: ArraySlice<UInt8>
  /// Bytes of the longest number that is written in decimal.
  static let maximumInteger = 8 << 10
  let issuer: DistinguishedName
  let subject: DistinguishedName
  let notBefore: (text: String, seconds: Int64)
  let notAfter: (text: String, seconds: Int64)
  let key: PublicKey
  let signatureAlgorithm: SignatureAlgorithm
  let signature: ArraySlice<UInt8>
  var extensions = CertificateExtensions()

  /// All certificates that stand one after the other.
  static func parseAll(_ bytes: [UInt8]) throws -> [Certificate] {
    var rest = bytes[...]
    var result: [Certificate] = []
    while !rest.isEmpty {
      guard let element = DER(&rest) else { throw CertificateError("x509: malformed certificate") }
      result.append(try Certificate(element))
    }
    return result
  }

  init(_ element: DER) throws {
    func malformed(_ what: String) -> CertificateError { CertificateError("x509: malformed \(what)") }
    guard let parts = element.children(DER.sequence), parts.count == 3,
      var fields = parts[0].children(DER.sequence)?[...]
    else { throw malformed("certificate") }
    raw = element.whole
    signed = parts[0].whole
    if let first = fields.first, first.tag == 0xA0 {
      guard let number = first.children?.first?.int, (0...2).contains(number) else { throw malformed("version") }
      version = number + 1
      fields = fields.dropFirst()
    } else {
      version = 1
    }
    guard fields.count >= 6 else { throw malformed("tbs certificate") }
    let at = fields.startIndex
    guard fields[at].tag == DER.integer, fields[at].bytes.count <= Self.maximumInteger else {
      throw malformed("serial number")
    }
    serial = fields[at].bytes
    guard fields[at + 1].whole.elementsEqual(parts[1].whole) else {
      throw CertificateError("x509: inner and outer signature algorithm identifiers don't match")
    }
    signatureAlgorithm = SignatureAlgorithm(parts[1])
    issuer = try DistinguishedName(fields[at + 2])
    guard let validity = fields[at + 3].children(DER.sequence), validity.count == 2, let begin = validity[0].time,
      let end = validity[1].time
    else { throw malformed("validity") }
    notBefore = begin
    notAfter = end
    subject = try DistinguishedName(fields[at + 4])
    key = try PublicKey(fields[at + 5])
    guard let bits = parts[2].bits else { throw malformed("signature") }
    signature = bits
    if let last = fields[(at + 6)...].first(where: { $0.tag == 0xA3 }) {
      guard let list = last.children?.first?.children(DER.sequence) else { throw malformed("extensions") }
      for entry in list { try extensions.add(entry) }
    }
  }

  /// As Go writes certificates in JSON; `URIStrings` is OPA's addition.
  func value(withStrings: Bool) -> RegoValue {
    var pairs: [(RegoValue, RegoValue)] = [
      ("Raw", .base64(raw)), ("RawTBSCertificate", .base64(signed)),
      ("RawSubjectPublicKeyInfo", .base64(key.info)), ("RawSubject", .base64(subject.raw)),
      ("RawIssuer", .base64(issuer.raw)), ("Signature", .base64(signature)),
      ("SignatureAlgorithm", .whole(signatureAlgorithm.code)), ("PublicKeyAlgorithm", .whole(key.algorithm)),
      ("PublicKey", key.value), ("Version", .whole(version)), ("SerialNumber", .big(serial)),
      ("Issuer", issuer.value), ("Subject", subject.value), ("NotBefore", .string(notBefore.text)),
      ("NotAfter", .string(notAfter.text)),
    ]
    pairs += extensions.pairs
    if withStrings { pairs.append(("URIStrings", .texts(extensions.uris))) }
    return .object(RegoObject(pairs))
  }
}

/// A name of X.500.
struct DistinguishedName {
  let raw: ArraySlice<UInt8>
  private var attributes: [(type: [Int], value: String)] = []

  init(_ element: DER) throws {
    raw = element.whole
    guard let sets = element.children(DER.sequence) else { throw CertificateError("x509: invalid RDNSequence") }
    for set in sets {
      guard let entries = set.children(DER.set) else { throw CertificateError("x509: invalid RDNSequence") }
      for entry in entries {
        guard let pair = entry.children(DER.sequence), pair.count == 2, let type = pair[0].identifier,
          let text = pair[1].text
        else { throw CertificateError("x509: invalid RDNSequence: invalid attribute value") }
        attributes.append((type, text))
      }
    }
  }

  private func values(_ arc: Int) -> [String] { attributes.filter { $0.type == [2, 5, 4, arc] }.map(\.value) }

  var commonName: String { values(3).last ?? "" }

  var value: RegoValue {
    [
      "Country": .texts(values(6)), "Organization": .texts(values(10)), "OrganizationalUnit": .texts(values(11)),
      "Locality": .texts(values(7)), "Province": .texts(values(8)), "StreetAddress": .texts(values(9)),
      "PostalCode": .texts(values(17)), "SerialNumber": .string(values(5).last ?? ""),
      "CommonName": .string(commonName),
      "Names": .listed(attributes.map { ["Type": .arcs($0.type), "Value": .string($0.value)] }),
      "ExtraNames": .null,
    ]
  }
}
