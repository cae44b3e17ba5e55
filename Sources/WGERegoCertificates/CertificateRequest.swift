internal import WGERego

/// A request for a certificate (PKCS#10).
struct CertificateRequest {
  let value: RegoValue

  init(_ bytes: [UInt8]) throws {
    func malformed(_ what: String) -> CertificateError { CertificateError("asn1: structure error: \(what)") }
    guard let element = DER(only: bytes[...]), let parts = element.children(DER.sequence), parts.count == 3,
      let fields = parts[0].children(DER.sequence), fields.count >= 3, let version = fields[0].int
    else { throw malformed("tags don't match") }
    guard let signature = parts[2].bits else { throw malformed("signature is no bit string") }
    let subject = try DistinguishedName(fields[1])
    let key = try PublicKey(fields[2])
    var extensions = CertificateExtensions()
    var attributes: [RegoValue] = []
    for attribute in fields.dropFirst(3).first(where: { $0.tag == 0xA0 })?.children ?? [] {
      guard let pair = attribute.children(DER.sequence), pair.count == 2, let type = pair[0].identifier,
        let values = pair[1].children(DER.set)
      else { throw malformed("attribute") }
      guard type == [1, 2, 840, 113_549, 1, 9, 14] else { continue }
      var list: [RegoValue] = []
      for entry in values.first?.children(DER.sequence) ?? [] {
        try extensions.add(entry)
        let members = entry.children ?? []
        list.append([
          "Type": .arcs(members.first?.identifier ?? []), "Value": .base64(members.last?.bytes ?? []),
        ])
      }
      attributes.append(["Type": .arcs(type), "Value": [.array(RegoArray(list))]])
    }
    var pairs: [(RegoValue, RegoValue)] = [
      ("Raw", .base64(element.whole)), ("RawTBSCertificateRequest", .base64(parts[0].whole)),
      ("RawSubjectPublicKeyInfo", .base64(key.info)), ("RawSubject", .base64(subject.raw)),
      ("Version", .whole(version)), ("Signature", .base64(signature)),
      ("SignatureAlgorithm", .whole(SignatureAlgorithm(parts[1]).code)),
      ("PublicKeyAlgorithm", .whole(key.algorithm)), ("PublicKey", key.value), ("Subject", subject.value),
      ("Attributes", .listed(attributes)), ("Extensions", extensions.extensionValues), ("ExtraExtensions", .null),
    ]
    pairs += extensions.namePairs
    value = .object(RegoObject(pairs))
  }
}
