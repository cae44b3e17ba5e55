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
    if let problem = ReferenceRules.problem(in: text) {
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
