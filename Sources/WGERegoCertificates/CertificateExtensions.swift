internal import WGERego

/// The extensions of a certificate that policies and chains need (RFC 5280, section 4.2).
struct CertificateExtensions {
  private var all: [(id: [Int], isCritical: Bool, value: ArraySlice<UInt8>)] = []
  private(set) var keyUsage = 0
  private(set) var extendedUsages: [Int] = []
  private(set) var unknownUsages: [[Int]] = []
  private(set) var hasBasicConstraints = false
  private(set) var isAuthority = false
  private(set) var pathLength: Int?
  private(set) var dnsNames: [String] = []
  private(set) var emailAddresses: [String] = []
  private(set) var addresses: [[UInt8]] = []
  private(set) var uris: [String] = []
  private(set) var unhandled: [[Int]] = []
  private(set) var permitted = NameConstraints()
  private(set) var excluded = NameConstraints()
  private var subjectKey: ArraySlice<UInt8>?
  private var authorityKey: ArraySlice<UInt8>?
  private var responders: [String] = []
  private var issuers: [String] = []
  private var revocationLists: [String] = []
  private var policies: [[Int]] = []
  private var constraintsAreCritical = false

  struct NameConstraints {
    var dns: [String] = []
    var email: [String] = []
    var uri: [String] = []
    /// Address and mask.
    var ranges: [(address: [UInt8], mask: [UInt8])] = []

    var isEmpty: Bool { dns.isEmpty && email.isEmpty && uri.isEmpty && ranges.isEmpty }
  }

  /// The reference's numbers of extended key usages.
  static let usages: [[Int]: Int] = [
    [2, 5, 29, 37, 0]: 0, [1, 3, 6, 1, 5, 5, 7, 3, 1]: 1, [1, 3, 6, 1, 5, 5, 7, 3, 2]: 2,
    [1, 3, 6, 1, 5, 5, 7, 3, 3]: 3, [1, 3, 6, 1, 5, 5, 7, 3, 4]: 4, [1, 3, 6, 1, 5, 5, 7, 3, 5]: 5,
    [1, 3, 6, 1, 5, 5, 7, 3, 6]: 6, [1, 3, 6, 1, 5, 5, 7, 3, 7]: 7, [1, 3, 6, 1, 5, 5, 7, 3, 8]: 8,
    [1, 3, 6, 1, 5, 5, 7, 3, 9]: 9, [1, 3, 6, 1, 4, 1, 311, 10, 3, 3]: 10,
    [2, 16, 840, 1, 113_730, 4, 1]: 11, [1, 3, 6, 1, 4, 1, 311, 2, 1, 22]: 12,
    [1, 3, 6, 1, 4, 1, 311, 61, 1, 1]: 13,
  ]

  mutating func add(_ element: DER) throws {
    guard let parts = element.children(DER.sequence), (2...3).contains(parts.count), let id = parts[0].identifier,
      let last = parts.last, last.tag == DER.octetString
    else { throw CertificateError("x509: malformed extension") }
    let isCritical = parts.count == 3 ? parts[1].boolean ?? false : false
    all.append((id, isCritical, last.bytes))
    if try !read(id, last.bytes, isCritical), isCritical { unhandled.append(id) }
  }

  /// False when the extension is not known.
  private mutating func read(_ id: [Int], _ bytes: ArraySlice<UInt8>, _ isCritical: Bool) throws -> Bool {
    func malformed(_ what: String) -> CertificateError { CertificateError("x509: invalid \(what)") }
    switch id {
    case [2, 5, 29, 15]:
      guard let bits = DER(only: bytes), bits.tag == DER.bitString, bits.bytes.count >= 1 else {
        throw malformed("key usage")
      }
      for (index, byte) in bits.bytes.dropFirst().prefix(2).enumerated() {
        for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 && index * 8 + bit < 9 {
          keyUsage |= 1 << (index * 8 + bit)
        }
      }
    case [2, 5, 29, 19]:
      guard let parts = DER(only: bytes)?.children(DER.sequence) else { throw malformed("basic constraints") }
      hasBasicConstraints = true
      isAuthority = parts.first?.boolean ?? false
      pathLength = parts.last?.int
    case [2, 5, 29, 17]: return try readNames(bytes)
    case [2, 5, 29, 30]: try readConstraints(bytes, isCritical)
    case [2, 5, 29, 31]:
      guard let points = DER(only: bytes)?.children(DER.sequence) else { throw malformed("CRL distribution points") }
      for point in points {
        // DistributionPoint > distributionPoint [0] > fullName [0] > GeneralName
        let names = point.children?.first { $0.tag == 0xA0 }?.children?.first { $0.tag == 0xA0 }?.children ?? []
        revocationLists += names.filter { $0.tag == 0x86 }.map { String(decoding: $0.bytes, as: UTF8.self) }
      }
    case [2, 5, 29, 35]:
      guard let parts = DER(only: bytes)?.children(DER.sequence) else { throw malformed("authority key identifier") }
      authorityKey = parts.first { $0.tag == 0x80 }?.bytes
    case [2, 5, 29, 14]:
      guard let key = DER(only: bytes), key.tag == DER.octetString else { throw malformed("subject key identifier") }
      subjectKey = key.bytes
    case [2, 5, 29, 37]:
      guard let list = DER(only: bytes)?.children(DER.sequence) else { throw malformed("extended key usages") }
      for entry in list {
        guard let usage = entry.identifier else { throw malformed("extended key usages") }
        if let known = Self.usages[usage] { extendedUsages.append(known) } else { unknownUsages.append(usage) }
      }
    case [2, 5, 29, 32]:
      guard let list = DER(only: bytes)?.children(DER.sequence) else { throw malformed("certificate policies") }
      policies += list.compactMap { $0.children?.first?.identifier }
    case [1, 3, 6, 1, 5, 5, 7, 1, 1]:
      guard let list = DER(only: bytes)?.children(DER.sequence) else { throw malformed("authority info access") }
      for entry in list {
        guard let pair = entry.children, pair.count == 2, pair[1].tag == 0x86 else { continue }
        let text = String(decoding: pair[1].bytes, as: UTF8.self)
        if pair[0].identifier == [1, 3, 6, 1, 5, 5, 7, 48, 1] { responders.append(text) }
        if pair[0].identifier == [1, 3, 6, 1, 5, 5, 7, 48, 2] { issuers.append(text) }
      }
    default: return false
    }
    return true
  }

  private mutating func readNames(_ bytes: ArraySlice<UInt8>) throws -> Bool {
    guard let names = DER(only: bytes)?.children(DER.sequence) else {
      throw CertificateError("x509: invalid subject alternative names")
    }
    for name in names {
      let text = String(decoding: name.bytes, as: UTF8.self)
      switch name.tag {
      case 0x81: emailAddresses.append(text)
      case 0x82: dnsNames.append(text)
      case 0x86: uris.append(text)
      case 0x87:
        guard name.bytes.count == 4 || name.bytes.count == 16 else {
          throw CertificateError("x509: cannot parse IP address of length \(name.bytes.count)")
        }
        addresses.append(Array(name.bytes))
      default: break
      }
    }
    return !(dnsNames.isEmpty && emailAddresses.isEmpty && addresses.isEmpty && uris.isEmpty)
  }

  private mutating func readConstraints(_ bytes: ArraySlice<UInt8>, _ isCritical: Bool) throws {
    guard let parts = DER(only: bytes)?.children(DER.sequence) else {
      throw CertificateError("x509: invalid NameConstraints extension")
    }
    constraintsAreCritical = isCritical
    for part in parts {
      var constraints = NameConstraints()
      for tree in part.children ?? [] {
        guard let base = tree.children?.first else {
          throw CertificateError("x509: invalid NameConstraints extension")
        }
        let text = String(decoding: base.bytes, as: UTF8.self)
        switch base.tag {
        case 0x81: constraints.email.append(text)
        case 0x82: constraints.dns.append(text)
        case 0x86: constraints.uri.append(text)
        case 0x87:
          let half = base.bytes.count / 2
          guard half == 4 || half == 16, base.bytes.count == 2 * half else {
            throw CertificateError("x509: IP constraint contained value of length \(base.bytes.count)")
          }
          constraints.ranges.append((Array(base.bytes.prefix(half)), Array(base.bytes.suffix(half))))
        default: if isCritical { unhandled.append([2, 5, 29, 30]) }
        }
      }
      if part.tag == 0xA0 { permitted = constraints } else if part.tag == 0xA1 { excluded = constraints }
    }
  }

  // MARK: - Values

  var pairs: [(RegoValue, RegoValue)] {
    func ranges(_ constraints: NameConstraints) -> RegoValue {
      .listed(
        constraints.ranges.map { ["IP": .string(Self.text(of: $0.address)), "Mask": .base64($0.mask)] })
    }
    var result: [(RegoValue, RegoValue)] = [
      ("KeyUsage", .whole(keyUsage)), ("Extensions", extensionValues), ("ExtraExtensions", .null),
      ("UnhandledCriticalExtensions", .listed(unhandled.map { .arcs($0) })),
      ("ExtKeyUsage", .listed(extendedUsages.map { .whole($0) })),
      ("UnknownExtKeyUsage", .listed(unknownUsages.map { .arcs($0) })),
      ("BasicConstraintsValid", .bool(hasBasicConstraints)), ("IsCA", .bool(isAuthority)),
      ("MaxPathLen", .whole(hasBasicConstraints ? pathLength ?? -1 : 0)), ("MaxPathLenZero", .bool(pathLength == 0)),
      ("SubjectKeyId", subjectKey.map { .base64($0) } ?? .null),
      ("AuthorityKeyId", authorityKey.map { .base64($0) } ?? .null),
      ("OCSPServer", .texts(responders)), ("IssuingCertificateURL", .texts(issuers)),
      ("PermittedDNSDomainsCritical", .bool(constraintsAreCritical)),
      ("PermittedDNSDomains", .texts(permitted.dns)), ("ExcludedDNSDomains", .texts(excluded.dns)),
      ("PermittedIPRanges", ranges(permitted)), ("ExcludedIPRanges", ranges(excluded)),
      ("PermittedEmailAddresses", .texts(permitted.email)), ("ExcludedEmailAddresses", .texts(excluded.email)),
      ("PermittedURIDomains", .texts(permitted.uri)), ("ExcludedURIDomains", .texts(excluded.uri)),
      ("CRLDistributionPoints", .texts(revocationLists)),
      ("PolicyIdentifiers", .listed(policies.map { .arcs($0) })),
      ("Policies", .texts(policies.map { $0.map(String.init).joined(separator: ".") })),
      ("InhibitAnyPolicy", 0), ("InhibitAnyPolicyZero", false), ("InhibitPolicyMapping", 0),
      ("InhibitPolicyMappingZero", false), ("RequireExplicitPolicy", 0), ("RequireExplicitPolicyZero", false),
      ("PolicyMappings", .null),
    ]
    result += namePairs
    return result
  }

  var extensionValues: RegoValue {
    .listed(all.map { ["Id": .arcs($0.id), "Critical": .bool($0.isCritical), "Value": .base64($0.value)] })
  }

  var namePairs: [(RegoValue, RegoValue)] {
    [
      ("DNSNames", .texts(dnsNames)), ("EmailAddresses", .texts(emailAddresses)),
      ("IPAddresses", .texts(addresses.map { Self.text(of: $0) })),
      ("URIs", .listed(uris.map { CertificateURI($0).value })),
    ]
  }

  /// An address as it is written: IPv6 with its longest run of zeros left out (RFC 5952).
  static func text(of address: [UInt8]) -> String {
    if address.count == 4 { return address.map { String($0) }.joined(separator: ".") }
    let groups = stride(from: 0, to: address.count - 1, by: 2).map {
      UInt16(address[$0]) << 8 | UInt16(address[$0 + 1])
    }
    var best = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - start > max(best.count, 1) { best = start..<end }
      start = max(end, start + 1)
    }
    func text(_ range: Range<Int>) -> String { groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
    return best.isEmpty
      ? text(0..<groups.count) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<groups.count)
  }
}
