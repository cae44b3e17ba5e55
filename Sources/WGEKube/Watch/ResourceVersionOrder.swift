/// Which of two resource versions is the older one.
///
/// Kubernetes promises that the versions of one resource compare as decimal numbers (KEP-5504).
/// Versions of any other form, which foreign API servers may use, are not ordered: nothing is
/// concluded from them.
enum ResourceVersionOrder {
  /// True only when both are decimal numbers and the first is the smaller one.
  static func isOlder(_ version: String, than other: String) -> Bool {
    guard isNumber(version), isNumber(other) else { return false }
    let a = version.utf8.count
    let b = other.utf8.count
    return a == b ? version < other : a < b
  }

  /// Decimal without leading zeros; "0" means "any version" and is none.
  private static func isNumber(_ version: String) -> Bool {
    guard let first = version.utf8.first, first != UInt8(ascii: "0"), version.utf8.count <= 40 else { return false }
    return version.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
