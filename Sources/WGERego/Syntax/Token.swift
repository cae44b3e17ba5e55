/// A token of Rego text.
struct Token: Sendable {
  enum Kind: Sendable, Equatable {
    case identifier
    case number
    case string
    case rawString
    /// `$"..."`; the parts are in ``Token/parts``.
    case template
    /// Brackets, separators and operators; ``Token/text`` tells which.
    case symbol
    case end
  }

  /// A part of a template string.
  enum Part: Sendable {
    case text(String)
    case expression([Token])
  }

  var kind: Kind
  /// The name, the number as written, the value of the string, or the symbol.
  var text: String
  var location: SourceLocation
  /// Offset of the first byte after the token.
  var endOffset: Int
  /// Row on which the token ends.
  var endRow: Int
  var parts: [Part] = []
  /// For a template string: written with backquotes.
  var isRaw = false
}

/// A comment, without its `#`.
struct Comment: Sendable {
  var text: String
  var location: SourceLocation
}
