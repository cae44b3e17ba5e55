/// Which repository on a host: its owner (user, organisation, project or nested groups) and its name.
public struct RepositoryPath: Sendable, Hashable, CustomStringConvertible {
  /// `acme`, or with nested groups `acme/platform`.
  public let owner: String
  /// `fleet`, without `.git`.
  public let name: String

  /// - Throws: ``GitHostError`` with code `validation` and field `repository`.
  public init(owner: some StringProtocol, name: some StringProtocol) throws(GitHostError) {
    self.owner = String(owner)
    self.name = String(name)
    let segments = self.owner.split(separator: "/", omittingEmptySubsequences: false) + [self.name[...]]
    for segment in segments {
      if let problem = Self.problem(in: segment) {
        throw GitHostError.validation(
          field: "repository", "the repository \(GitHostError.quote("\(owner)/\(name)")) \(problem)",
          remedy: "write it as owner/name, for instance acme/fleet")
      }
    }
  }

  /// `owner/name`; everything before the last slash is the owner.
  public init(_ text: some StringProtocol) throws(GitHostError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    try self.init(owner: parts.dropLast().joined(separator: "/"), name: parts.last ?? "")
  }

  /// `owner/name`.
  public var description: String { owner + "/" + name }

  private static func problem(in segment: Substring) -> String? {
    if segment.isEmpty { return "has an empty owner or name" }
    if segment == "." || segment == ".." { return "contains a dot segment" }
    if segment.utf8.first == UInt8(ascii: "-") { return "has a part that starts with a dash" }
    if segment.utf8.count > GitDefaults.maximumPathComponentBytes { return "has a part that is too long" }
    for scalar in segment.unicodeScalars {
      if scalar.value < 0x20 || scalar.value == 0x7f { return "contains a control character" }
      if "/\\:?#%\"<>|*".unicodeScalars.contains(scalar) { return "contains one of / \\ : ? # % \" < > | *" }
    }
    return nil
  }
}

extension RepositoryPath: Codable {
  /// Reads `owner/name`.
  public init(from decoder: any Decoder) throws { try self.init(decoder.singleValueContainer().decode(String.self)) }
  /// Writes `owner/name`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
