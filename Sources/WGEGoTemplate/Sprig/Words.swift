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
  private enum Kind {
    case connector, punctuation
    /// A run of capitals, or a capital and what follows of its word.
    case capitals
    case letters, digits, other

    /// A connector is due before a word, unless there is something between already.
    var separates: Bool { self == .connector || self == .punctuation }
  }

  private static func isConnector(_ scalar: UInt32) -> Bool {
    scalar == 0x2D || scalar == 0x5F || UnicodeProperty.isSpace(scalar)
  }

  /// Letters, except Chinese characters.
  private static func isLetter(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3400...0x4D85, 0x4E00...0x9FCC, 0x20000...0x2B81D: false
    default: UnicodeProperty.isLetter(scalar)
    }
  }

  private static func isSmall(_ scalar: UInt32) -> Bool { isLetter(scalar) && !UnicodeProperty.isUpper(scalar) }

  private static func isOther(_ scalar: UInt32) -> Bool {
    !isConnector(scalar) && !UnicodeProperty.isPunctuation(scalar) && !isLetter(scalar)
      && !UnicodeProperty.isNumber(scalar)
  }

  /// Takes the first run off a text.
  private static func takeRun(_ text: inout ArraySlice<UInt32>) -> (run: ArraySlice<UInt32>, kind: Kind)? {
    guard let first = text.first else { return nil }
    let (count, kind): (Int, Kind) =
      if isConnector(first) { (text.prefix(while: isConnector).count, .connector) }
      // A connector within punctuation is punctuation.
      else if UnicodeProperty.isPunctuation(first) {
        (text.prefix(while: UnicodeProperty.isPunctuation).count, .punctuation)
      } else if UnicodeProperty.isUpper(first) { (capitals(text), .capitals) } else if isLetter(first) {
        (text.prefix(while: isSmall).count, .letters)
      } else if UnicodeProperty.isNumber(first) { (text.prefix(while: UnicodeProperty.isNumber).count, .digits) } else {
        (1 + text.dropFirst().prefix(while: isOther).count, .other)
      }
    defer { text = text.dropFirst(count) }
    return (text.prefix(count), kind)
  }

  private static func capitals(_ text: ArraySlice<UInt32>) -> Int {
    let count = text.prefix(while: UnicodeProperty.isUpper).count
    let small = text.dropFirst(count).prefix(while: isSmall).count
    if count == 1 { return 1 + small }
    // The last capital begins the next word if small letters follow.
    return small > 0 ? count - 1 : count
  }

  static func joined(_ bytes: [UInt8], _ connector: UInt32) -> [UInt8] {
    var rest = TextOperations.scalars(bytes)[...]
    var out: [UInt8] = []
    func write(_ word: (run: ArraySlice<UInt32>, kind: Kind)) {
      for scalar in word.run {
        switch word.kind {
        case .connector: GoQuote.append(connector, to: &out)
        case .capitals: GoQuote.append(UnicodeCase.lower(scalar), to: &out)
        default: GoQuote.append(scalar, to: &out)
        }
      }
    }
    func connect(to next: Kind?) { if let next, !next.separates { GoQuote.append(connector, to: &out) } }
    /// Small letters and digits after digits are one word: `2m3s`.
    func writeMixed(from first: (run: ArraySlice<UInt32>, kind: Kind)?) -> (run: ArraySlice<UInt32>, kind: Kind)? {
      var next = first
      while let word = next, word.kind == .letters || word.kind == .digits {
        write(word)
        next = takeRun(&rest)
      }
      connect(to: next?.kind)
      return next
    }
    var current = takeRun(&rest)
    while let word = current {
      write(word)
      if rest.isEmpty { break }
      current = takeRun(&rest)
      switch (word.kind, current?.kind) {
      case (.connector, _), (.punctuation, _): break
      case (.digits, _): current = writeMixed(from: current)
      case (_, .digits):
        guard let digits = current, !rest.isEmpty else { break }
        current = takeRun(&rest)
        if current?.kind == .letters {
          // Digits before small letters begin a word, others end one: `http_2xx`, `bld4_floor`.
          GoQuote.append(connector, to: &out)
          write(digits)
          current = writeMixed(from: current)
        } else {
          write(digits)
          connect(to: current?.kind)
        }
      case (_, let next): connect(to: next)
      }
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
    // Sprig's repeats the last one when there is nothing else.
    if rest.isEmpty, let last = leading.last { GoQuote.append(last, to: &out) }
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
