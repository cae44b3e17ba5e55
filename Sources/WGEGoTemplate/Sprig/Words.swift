internal import WGEGoFormat
internal import WGERegex

// Words of identifiers, for `snakecase`, `kebabcase` and `camelcase`.
//
// A text is cut into runs: connectors, punctuation, capitals, a capital with small letters, small letters, digits,
// anything else. Runs are joined by the connector where a word begins.

extension Sprig {
  static let wordFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("snakecase", .string) { .text(Words.joined(bytes($1[0]), 0x5F)) })
    all.append(
      Function("kebabcase", .string) { .text(Words.joined(bytes($1[0]), 0x2D)) })
    all.append(
      Function("camelcase", .string) { .text(Words.camel(bytes($1[0]))) })
    all.append(
      Function("swapcase", .string) {
        .text(
          TextOperations.map(bytes($1[0])) { scalar in
            if UnicodeProperty.isUpper(scalar) || UnicodeProperty.isTitle(scalar) { return UnicodeCase.lower(scalar) }
            return UnicodeProperty.isLower(scalar) ? UnicodeCase.upper(scalar) : scalar
          })
      })
    return all
  }()
}

enum Words {
  private enum Kind { case connector, punctuation, capitals, word, lower, digits, other }

  private static func isConnector(_ scalar: UInt32) -> Bool {
    scalar == 0x2D || scalar == 0x5F || UnicodeProperty.isSpace(scalar)
  }

  private static func isDigit(_ scalar: UInt32) -> Bool { UnicodeProperty.isDigit(scalar) }

  /// The first run of the text and its kind.
  private static func next(_ text: ArraySlice<UInt32>) -> (ArraySlice<UInt32>, Kind) {
    guard let first = text.first else { return ([], .other) }
    if isConnector(first) { return (text.prefix(while: isConnector), .connector) }
    if UnicodeProperty.isPunctuation(first) {
      return (text.prefix { UnicodeProperty.isPunctuation($0) && !isConnector($0) }, .punctuation)
    }
    if UnicodeProperty.isUpper(first) {
      let capitals = text.prefix(while: UnicodeProperty.isUpper)
      let after = text.dropFirst(capitals.count)
      if capitals.count > 1 {
        // The last capital begins the next word if small letters follow.
        if let follower = after.first, UnicodeProperty.isLower(follower) { return (capitals.dropLast(), .capitals) }
        return (capitals, .capitals)
      }
      return (
        text.prefix(1 + after.prefix { !UnicodeProperty.isUpper($0) && isWordPart($0) && !isDigit($0) }.count), .word
      )
    }
    if isDigit(first) { return (text.prefix(while: isDigit), .digits) }
    if UnicodeProperty.isLower(first) { return (text.prefix(while: UnicodeProperty.isLower), .lower) }
    return (
      text.prefix {
        !isConnector($0) && !UnicodeProperty.isPunctuation($0) && !UnicodeProperty.isUpper($0) && !isDigit($0)
          && !UnicodeProperty.isLower($0)
      }, .other
    )
  }

  private static func isWordPart(_ scalar: UInt32) -> Bool {
    !isConnector(scalar) && !UnicodeProperty.isPunctuation(scalar)
  }

  static func joined(_ bytes: [UInt8], _ connector: UInt32) -> [UInt8] {
    var rest = TextOperations.scalars(bytes)[...]
    var out: [UInt8] = []
    var previous = Kind.connector
    /// A digit run joined the word before, as in `2m3s`.
    var isGlued = false
    func begin() { if previous != .connector, previous != .punctuation { GoQuote.append(connector, to: &out) } }
    while !rest.isEmpty {
      let (run, kind) = next(rest)
      rest = rest.dropFirst(run.count)
      switch kind {
      case .connector: for _ in run { GoQuote.append(connector, to: &out) }
      case .punctuation: for scalar in run { GoQuote.append(scalar, to: &out) }
      case .digits:
        let following = next(rest).1
        if previous == .word || previous == .capitals || previous == .lower {
          // Digits between words with capitals belong to the word before; before small letters they begin a word.
          if (following == .lower || following == .other) && !rest.isEmpty {
            begin()
            isGlued = true
          } else if previous == .capitals, following != .word, following != .capitals, !rest.isEmpty {
            begin()
          }
        } else {
          isGlued = following == .lower
        }
        for scalar in run { GoQuote.append(scalar, to: &out) }
      default:
        if !(previous == .digits && isGlued && kind == .lower) { begin() }
        for scalar in run { GoQuote.append(UnicodeCase.lower(scalar), to: &out) }
        if previous == .digits, isGlued, kind == .lower, next(rest).1 == .digits, !rest.isEmpty {
          // `2m3s` is one word.
          let (digits, _) = next(rest)
          rest = rest.dropFirst(digits.count)
          for scalar in digits { GoQuote.append(scalar, to: &out) }
          previous = .digits
          continue
        }
      }
      if kind != .digits { isGlued = false }
      previous = kind
    }
    return out
  }

  /// The first letter of every word becomes a capital, and single connectors between words go.
  static func camel(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var rest = TextOperations.scalars(bytes)[...]
    let leading = rest.prefix(while: isConnector)
    for scalar in leading { GoQuote.append(scalar, to: &out) }
    rest = rest.dropFirst(leading.count)
    var begins = true
    while let scalar = rest.first {
      if isConnector(scalar) {
        let run = rest.prefix(while: isConnector)
        rest = rest.dropFirst(run.count)
        for scalar in rest.isEmpty ? run : run.dropLast() { GoQuote.append(scalar, to: &out) }
        begins = true
        continue
      }
      GoQuote.append(begins ? UnicodeCase.upper(scalar) : scalar, to: &out)
      begins = false
      rest = rest.dropFirst()
    }
    return out
  }
}
