/// A line `Name: value` in the last paragraph of a commit's message, as `git interpret-trailers` writes it.
public struct CommitTrailer: Sendable, Hashable {
  /// `Requested-by`, `Co-authored-by`: ASCII letters, digits and hyphens.
  public var name: String
  /// One line, not empty.
  public var value: String

  /// A trailer; ``CommitRequest`` checks it.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  func validate() throws(GitHostError) {
    let isName =
      !name.isEmpty && name.utf8.count <= 100
      && name.utf8.allSatisfy { $0 == UInt8(ascii: "-") || Self.isLetterOrDigit($0) }
    guard isName else {
      throw .validation(field: "trailers", "\(GitHostError.quote(name)) is no name of a trailer")
    }
    guard !value.trimmed.isEmpty, value.utf8.count <= 1000, !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f })
    else { throw .validation(field: "trailers", "the value of \(name) is empty, too long or not one line") }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
  }

  private var line: String { "\(name): \(value)" }

  /// The message with the trailer at its end: in the block of trailers that is there, or in a new one.
  func appended(to message: String) -> String {
    let text = message.trimmed
    let (paragraphs, last) = Self.paragraphs(of: text)
    // A message of one paragraph is a subject, also when it looks like a trailer.
    let hasBlock = paragraphs > 1 && last.allSatisfy(Self.isTrailer)
    return text + (hasBlock ? "\n" : "\n\n") + line + "\n"
  }

  /// Whether the message's last paragraph has it.
  func isIn(_ message: String) -> Bool {
    Self.paragraphs(of: message.trimmed).last.contains { String($0).trimmed == line }
  }

  private static func paragraphs(of text: String) -> (count: Int, last: [Substring]) {
    var count = 0
    var current: [Substring] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isBlank = line.allSatisfy(\.isWhitespace)
      if !isBlank, !isInside {
        count += 1
        current = []
      }
      if !isBlank { current.append(line) }
      isInside = !isBlank
    }
    return (count, current)
  }

  private static func isTrailer(_ line: Substring) -> Bool {
    guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return false }
    return line[..<colon].utf8.allSatisfy { $0 == UInt8(ascii: "-") || isLetterOrDigit($0) }
  }
}
