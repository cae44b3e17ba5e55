/// A tag's name that Git accepts, without `refs/tags/`, under the rules of ``BranchName``.
public struct TagName: Sendable, CustomStringConvertible {
  /// The name as given: `v1.2.0`.
  public let value: String

  /// - Throws: ``GitHostError`` with code `validation` and field `tag` that names the broken rule.
  public init(_ value: some StringProtocol) throws(GitHostError) {
    let text = String(value)
    if let problem = ReferenceRules.problem(in: text) {
      throw GitHostError.validation(
        field: "tag", "the tag name \(GitHostError.quote(text)) \(problem)",
        remedy: "use a name that git check-ref-format accepts, for instance v1.2.0")
    }
    self.value = text
  }

  /// The tag of a full reference; nil when the reference is no tag or breaks the rules.
  public init?(reference: some StringProtocol) {
    guard reference.hasPrefix("refs/tags/"), let name = try? TagName(reference.dropFirst(10)) else { return nil }
    self = name
  }

  /// The name itself.
  public var description: String { value }

  /// The full reference: `refs/tags/v1.2.0`.
  public var reference: String { "refs/tags/" + value }
}

extension TagName: Hashable, Comparable {
  /// Equal byte by byte.
  public static func == (lhs: TagName, rhs: TagName) -> Bool { lhs.value.utf8.elementsEqual(rhs.value.utf8) }
  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    for byte in value.utf8 { hasher.combine(byte) }
  }
  /// Ordered by bytes.
  public static func < (lhs: TagName, rhs: TagName) -> Bool {
    lhs.value.utf8.lexicographicallyPrecedes(rhs.value.utf8)
  }
}

/// The rules of `git check-ref-format` for what stands below `refs/heads/` and `refs/tags/`, and two of our own:
/// at most ``GitDefaults/maximumBranchNameBytes`` bytes, and not `HEAD` in any case.
enum ReferenceRules {
  /// What is wrong with the name; nil when nothing is.
  static func problem(in text: String) -> String? {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { return "is empty" }
    guard bytes.count <= GitDefaults.maximumBranchNameBytes else {
      return "is longer than \(GitDefaults.maximumBranchNameBytes) bytes"
    }
    if text.lowercased() == "head" || text == "@" { return "is reserved by Git" }
    if bytes[0] == UInt8(ascii: "-") { return "starts with a dash" }
    if bytes[bytes.count - 1] == UInt8(ascii: ".") { return "ends with a dot" }
    var previous: UInt8 = 0
    for byte in bytes {
      switch byte {
      case 0..<0x20, 0x7f: return "contains a control character"
      case UInt8(ascii: " "), UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: ":"), UInt8(ascii: "?"),
        UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "\\"):
        return "contains one of space ~ ^ : ? * [ \\"
      case UInt8(ascii: ".") where previous == UInt8(ascii: "."): return "contains .."
      case UInt8(ascii: "{") where previous == UInt8(ascii: "@"): return "contains @{"
      default: break
      }
      previous = byte
    }
    for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let first = component.first else { return "has an empty component" }
      if first == UInt8(ascii: ".") { return "has a component that starts with a dot" }
      if component.suffix(5).elementsEqual(".lock".utf8) { return "has a component that ends with .lock" }
    }
    return nil
  }
}
