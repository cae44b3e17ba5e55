/// A branch name that Git accepts, without `refs/heads/`.
///
/// The rules are those of `git check-ref-format --branch` and two of our own: at most
/// ``GitDefaults/maximumBranchNameBytes`` bytes, and not `HEAD` in any case. Every operation takes
/// this type, so a bad name is refused before any I/O.
public struct BranchName: Sendable, CustomStringConvertible {
  /// The name as given: `main`, `promotion/delivery-shop-prod`.
  public let value: String

  /// - Throws: ``GitHostError`` with code `validation` and field `branch` that names the broken rule.
  public init(_ value: some StringProtocol) throws(GitHostError) {
    let text = String(value)
    if let problem = Self.problem(in: text) {
      throw GitHostError.validation(
        field: "branch", "the branch name \(GitHostError.quote(text)) \(problem)",
        remedy: "use a name that git check-ref-format accepts, for instance feature/new-version")
    }
    self.value = text
  }

  /// The name itself.
  public var description: String { value }

  /// The full reference: `refs/heads/main`.
  public var reference: String { "refs/heads/" + value }

  /// The branch of a full reference; nil when the reference is not a branch or breaks the rules.
  public init?(reference: some StringProtocol) {
    guard reference.hasPrefix("refs/heads/"), let name = try? BranchName(reference.dropFirst(11)) else { return nil }
    self = name
  }

  private static func problem(in text: String) -> String? {
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

// Git compares names byte by byte; Swift's strings would call two Unicode spellings of one letter equal.
extension BranchName: Hashable, Comparable {
  /// Equal byte by byte.
  public static func == (lhs: BranchName, rhs: BranchName) -> Bool { lhs.value.utf8.elementsEqual(rhs.value.utf8) }
  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    for byte in value.utf8 { hasher.combine(byte) }
  }
  /// Ordered by bytes.
  public static func < (lhs: BranchName, rhs: BranchName) -> Bool {
    lhs.value.utf8.lexicographicallyPrecedes(rhs.value.utf8)
  }
}

extension BranchName: Codable {
  /// Reads a name and checks it.
  public init(from decoder: any Decoder) throws { try self.init(decoder.singleValueContainer().decode(String.self)) }
  /// Writes the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}
