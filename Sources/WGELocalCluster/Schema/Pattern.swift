internal import WGERegex

/// A compiled pattern of a schema or of an expression.
struct Pattern: Sendable {
  private let regex: LinearRegex

  var text: String { regex.pattern }

  /// Why a text is no pattern, in the words of Go's regexp.
  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  init(_ text: String) throws(Malformed) {
    do { regex = try LinearRegex(text) } catch { throw Malformed(description: error.description) }
  }

  /// Whether the pattern occurs in the text.
  func occurs(in text: String) -> Bool { regex.isMatch(text) }

  /// The first occurrence; nil when there is none.
  func first(in text: String) -> String? { all(in: text, limit: 1).first }

  /// The occurrences that do not overlap, from the left.
  /// - Parameter limit: how many at most; negative for all.
  func all(in text: String, limit: Int = -1) -> [String] {
    if limit == 0 { return [] }
    var text = text
    return text.withUTF8 { bytes in
      regex.matches(in: bytes, limit: limit < 0 ? nil : limit).map { match in
        String(decoding: UnsafeBufferPointer(rebasing: bytes[match.range]), as: UTF8.self)
      }
    }
  }
}
