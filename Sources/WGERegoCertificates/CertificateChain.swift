/// Checks of a chain from a leaf to a trusted root (RFC 5280, section 6).
///
/// Issuers are found by name and signature; each is tried, to a bounded number of signature checks. A chain holds when
/// all of its certificates are valid at the time, all issuers are authorities, no critical extension is unknown, names
/// stay inside of the constraints above them, and the chain allows one of the usages that are asked for.
struct CertificateChain {
  struct Options {
    var name: String?
    /// Seconds since 1970.
    var now: Int64
    /// Reference numbers; server authentication when none is given.
    var usages: [Int] = []
  }

  private let root: Certificate
  private let intermediates: [Certificate]
  private let options: Options
  private var checks = 0

  /// As many as the reference makes.
  private static let maximumChecks = 100
  private var comparisons = 0
  /// Comparisons of names with constraints, as many as the reference makes.
  private static let maximumComparisons = 250_000

  /// The first certificate is the root, the last one the leaf. Gives the chain from the leaf on, or nil.
  static func verify(_ certificates: [Certificate], _ options: Options) -> [Certificate]? {
    guard certificates.count >= 2, let root = certificates.first, let leaf = certificates.last else { return nil }
    var search = CertificateChain(
      root: root, intermediates: Array(certificates.dropFirst().dropLast()), options: options)
    guard search.isValid(leaf, below: []) else { return nil }
    if let name = options.name, !name.isEmpty, !hostMatches(leaf, name) { return nil }
    if leaf.raw.elementsEqual(root.raw) { return search.allowsUsage([leaf]) ? [leaf] : nil }
    return search.extend([leaf])
  }

  private init(root: Certificate, intermediates: [Certificate], options: Options) {
    self.root = root
    self.intermediates = intermediates
    self.options = options
  }

  private mutating func extend(_ chain: [Certificate]) -> [Certificate]? {
    guard let last = chain.last, chain.count < 20 else { return nil }
    for (candidate, isRoot) in [(root, true)] + intermediates.map({ ($0, false) }) {
      guard candidate.subject.raw.elementsEqual(last.issuer.raw), checks < Self.maximumChecks,
        !chain.contains(where: { $0.raw.elementsEqual(candidate.raw) }),
        isValid(candidate, below: chain)
      else { continue }
      checks += 1
      // Names after the signature: nobody can make the search compare names that no authority has signed.
      guard candidate.key.verifies(last.signature, of: last.signed, last.signatureAlgorithm),
        allowsNames(candidate, chain)
      else { continue }
      let longer = chain + [candidate]
      if isRoot {
        if allowsUsage(longer) { return longer }
      } else if let found = extend(longer) {
        return found
      }
    }
    return nil
  }

  private func isValid(_ certificate: Certificate, below chain: [Certificate]) -> Bool {
    let extensions = certificate.extensions
    guard extensions.unhandled.isEmpty, options.now >= certificate.notBefore.seconds,
      options.now <= certificate.notAfter.seconds
    else { return false }
    guard !chain.isEmpty else { return true }
    if certificate.version == 3 ? !extensions.isAuthority : extensions.hasBasicConstraints && !extensions.isAuthority {
      return false
    }
    // Signing of certificates is the sixth usage.
    if extensions.keyUsage != 0, extensions.keyUsage & 1 << 5 == 0 { return false }
    if let limit = extensions.pathLength, limit >= 0, chain.count - 1 > limit { return false }
    return true
  }

  /// The names of a chain stay inside of a certificate's constraints. False, too, when there are too many of them.
  private mutating func allowsNames(_ certificate: Certificate, _ chain: [Certificate]) -> Bool {
    let check = NameCheck(certificate.extensions)
    for link in chain {
      let (count, overflow) = comparisons.addingReportingOverflow(check.comparisons(with: link.extensions))
      guard !overflow, count <= Self.maximumComparisons else { return false }
      comparisons = count
      guard check.allows(link.extensions) else { return false }
    }
    return true
  }

  private func allowsUsage(_ chain: [Certificate]) -> Bool {
    var wanted = options.usages.isEmpty ? [1] : options.usages
    if wanted.contains(0) { return true }
    for certificate in chain.reversed() {
      let own = certificate.extensions.extendedUsages
      if own.isEmpty, certificate.extensions.unknownUsages.isEmpty || own.contains(0) { continue }
      if own.contains(0) { continue }
      wanted.removeAll { !own.contains($0) }
      if wanted.isEmpty { return false }
    }
    return true
  }

  // MARK: - Host names

  /// The leaf's names match a host name or, in brackets or not, an address.
  private static func hostMatches(_ leaf: Certificate, _ name: String) -> Bool {
    let address = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
    if address.contains(":") || address.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || $0 >= 0x30 && $0 <= 0x39 }) {
      return leaf.extensions.addresses.contains { CertificateExtensions.text(of: $0) == address.lowercased() }
    }
    var host = name.lowercased()
    if host.hasSuffix(".") { host.removeLast() }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    return leaf.extensions.dnsNames.contains { pattern in
      var pattern = pattern.lowercased()
      if pattern.hasSuffix(".") { pattern.removeLast() }
      let parts = pattern.split(separator: ".", omittingEmptySubsequences: false)
      guard !host.isEmpty, parts.count == labels.count else { return false }
      return zip(parts, labels).enumerated().allSatisfy {
        $0.offset == 0 && $0.element.0 == "*" || $0.element.0 == $0.element.1
      }
    }
  }
}

/// Names inside of the constraints of an authority.
private struct NameCheck {
  private let permitted: CertificateExtensions.NameConstraints
  private let excluded: CertificateExtensions.NameConstraints

  init(_ authority: CertificateExtensions) {
    permitted = authority.permitted
    excluded = authority.excluded
  }

  /// At most as many comparisons does ``allows(_:)`` make.
  func comparisons(with names: CertificateExtensions) -> Int {
    // Counts are bounded by the size of a certificate in memory: their products fit.
    names.dnsNames.count * (permitted.dns.count + excluded.dns.count)
      + names.emailAddresses.count * (permitted.email.count + excluded.email.count)
      + names.uris.count * (permitted.uri.count + excluded.uri.count)
      + names.addresses.count * (permitted.ranges.count + excluded.ranges.count)
  }

  func allows(_ names: CertificateExtensions) -> Bool {
    if permitted.isEmpty, excluded.isEmpty { return true }
    func holds<Name, Constraint>(
      _ names: [Name], _ permitted: [Constraint], _ excluded: [Constraint], _ match: (Name, Constraint) -> Bool
    ) -> Bool {
      names.allSatisfy { name in
        !excluded.contains { match(name, $0) } && (permitted.isEmpty || permitted.contains { match(name, $0) })
      }
    }
    return holds(names.dnsNames, permitted.dns, excluded.dns, Self.domain)
      && holds(names.emailAddresses, permitted.email, excluded.email, Self.email)
      && holds(names.uris, permitted.uri, excluded.uri) { Self.domain(CertificateURI($0).hostName, $1) }
      && holds(names.addresses, permitted.ranges, excluded.ranges) { address, range in
        address.count == range.address.count
          && zip(address, zip(range.address, range.mask)).allSatisfy { $0 & $1.1 == $1.0 & $1.1 }
      }
  }

  private static func domain(_ name: String, _ constraint: String) -> Bool {
    if constraint.isEmpty { return true }
    let (name, constraint) = (name.lowercased(), constraint.lowercased())
    if constraint.hasPrefix(".") { return name.hasSuffix(constraint) }
    return name == constraint || name.hasSuffix("." + constraint)
  }

  private static func email(_ address: String, _ constraint: String) -> Bool {
    if constraint.contains("@") { return address.lowercased() == constraint.lowercased() }
    guard let mark = address.lastIndex(of: "@") else { return false }
    let host = address[address.index(after: mark)...].lowercased()
    return constraint.hasPrefix(".") ? host.hasSuffix(constraint.lowercased()) : host == constraint.lowercased()
  }
}
