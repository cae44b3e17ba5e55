/// A version as semver.org 2.0 orders it, with an optional `v` in front.
///
/// Numbers are kept as digits, so that no length of them can overflow.
public struct SemanticVersion: Sendable, Hashable {
  /// Major, minor and patch as decimal digits without leading zeros.
  private let numbers: [String]
  private let prerelease: [String]

  /// Reads `1.2.3`, `v1.2.3-rc.1+build`. Text from the first `@` on is ignored, so that a Flux
  /// revision such as `v1.2.3@sha256:…` compares by its tag. Nil for anything else.
  public init?(_ text: String) {
    var rest = Substring(text)
    if let at = rest.firstIndex(of: "@") { rest = rest[..<at] }
    if rest.first == "v" { rest = rest.dropFirst() }
    if let plus = rest.firstIndex(of: "+") {
      guard Self.identifiers(rest[rest.index(after: plus)...], numericZeros: true) != nil else { return nil }
      rest = rest[..<plus]
    }
    var prerelease: [String] = []
    if let dash = rest.firstIndex(of: "-") {
      guard let parts = Self.identifiers(rest[rest.index(after: dash)...], numericZeros: false) else { return nil }
      prerelease = parts
      rest = rest[..<dash]
    }
    let numbers = rest.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard numbers.count == 3, numbers.allSatisfy({ Self.isNumber($0) && Self.hasNoLeadingZero($0) }) else { return nil }
    self.numbers = numbers
    self.prerelease = prerelease
  }

  private static func identifiers(_ text: Substring, numericZeros: Bool) -> [String]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    for part in parts {
      guard !part.isEmpty, part.utf8.allSatisfy(isIdentifierByte) else { return nil }
      if !numericZeros, isNumber(part), !hasNoLeadingZero(part) { return nil }
    }
    return parts
  }

  private static func isIdentifierByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func hasNoLeadingZero(_ text: String) -> Bool {
    text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0")
  }

  private static func numberLess(_ a: String, _ b: String) -> Bool {
    if a.utf8.count != b.utf8.count { return a.utf8.count < b.utf8.count }
    return a.utf8.lexicographicallyPrecedes(b.utf8)
  }
}

extension SemanticVersion: Comparable {
  /// Precedence of section 11: build metadata does not count, so two versions may be neither less
  /// nor greater and yet come from different texts.
  public static func < (lhs: SemanticVersion, rhs: SemanticVersion) -> Bool {
    for (a, b) in zip(lhs.numbers, rhs.numbers) where a != b { return numberLess(a, b) }
    if lhs.prerelease.isEmpty || rhs.prerelease.isEmpty { return !lhs.prerelease.isEmpty && rhs.prerelease.isEmpty }
    for (a, b) in zip(lhs.prerelease, rhs.prerelease) where a != b {
      switch (isNumber(a), isNumber(b)) {
      case (true, true): return numberLess(a, b)
      case (true, false): return true
      case (false, true): return false
      case (false, false): return a.utf8.lexicographicallyPrecedes(b.utf8)
      }
    }
    return lhs.prerelease.count < rhs.prerelease.count
  }

  /// Whether promoting one revision over another would be a rollback. False when either is not a
  /// semantic version: such revisions have no order.
  public static func isRollback(from current: String, to candidate: String) -> Bool {
    guard let current = SemanticVersion(current), let candidate = SemanticVersion(candidate) else { return false }
    return candidate < current
  }
}
