extension RegexParser {
  /// `[...]`
  mutating func parseClass() throws(LinearRegexError) {
    let start = position
    position += 1
    var set = ScalarSet()
    var isNegated = false
    if peek() == 0x5E {
      isNegated = true
      position += 1
    }
    var isFirst = true
    while peek() != 0x5D || isFirst {
      isFirst = false
      if peek() == 0x5B, peek(1) == 0x3A, peek(2) != nil, let named = try parseNamedClass() {
        try countClass(named.bounds.count)
        set.formUnion(named)
        continue
      }
      if let named = try parseNamedEscape() {
        try countClass(named.bounds.count)
        set.formUnion(named)
        continue
      }
      let rangeStart = position
      let low = try parseClassScalar(classStart: start)
      var high = low
      if peek() == 0x2D, let next = peek(1), next != 0x5D {
        position += 1
        high = try parseClassScalar(classStart: start)
        if high < low { throw error(.invalidCharacterRange, rangeStart, position) }
      }
      var range = ScalarSet([low...high])
      try countClass(flags.foldsCase ? UnicodeCase.closeUnderFolding(&range) + range.bounds.count : 2)
      set.formUnion(range)
    }
    position += 1
    set.normalise()
    addItem(isNegated ? set.inverted : set)
  }

  private mutating func parseClassScalar(classStart: Int) throws(LinearRegexError) -> UInt32 {
    guard let scalar = peek() else { throw error(.missingBracket, classStart, text.count) }
    if scalar == 0x5C { return try parseEscapedScalar() }
    position += 1
    return scalar
  }

  /// `\pL`, `\d` and the like; nil when something else stands here.
  mutating func parseNamedEscape() throws(LinearRegexError) -> ScalarSet? {
    if let set = try parseUnicodeClass() { return set }
    return try parsePerlClass()
  }

  /// `[:name:]` or `[:^name:]`; nil when the bracket is a literal.
  private mutating func parseNamedClass() throws(LinearRegexError) -> ScalarSet? {
    var end = position + 2
    while end + 1 < text.count, !(text[end] == 0x3A && text[end + 1] == 0x5D) { end += 1 }
    guard end + 1 < text.count else { return nil }
    var name = excerpt(position + 2, end)
    let isNegated = name.hasPrefix("^")
    if isNegated { name.removeFirst() }
    guard let ranges = Self.posixClasses[name] else { throw error(.invalidCharacterRange, position, end + 2) }
    position = end + 2
    return try finished(":" + name, isNegated: isNegated) { ScalarSet(ranges) }
  }

  /// A named class with folding and negation done. Each is made once and shared.
  private mutating func finished(
    _ name: String, isNegated: Bool, _ make: () -> ScalarSet
  ) throws(LinearRegexError) -> ScalarSet {
    let key = (isNegated ? "^" : "") + (flags.foldsCase ? "i" : "-") + name
    if let known = knownClasses[key] { return known }
    var set = make()
    try countClass(flags.foldsCase ? UnicodeCase.closeUnderFolding(&set) : 0)
    if isNegated { set = set.inverted }
    try countClass(set.bounds.count)
    knownClasses[key] = set
    return set
  }

  /// `\d`, `\S` and the like; nil when something else stands here.
  mutating func parsePerlClass() throws(LinearRegexError) -> ScalarSet? {
    guard peek() == 0x5C, let letter = peek(1) else { return nil }
    let ranges: [ClosedRange<UInt32>]
    switch letter | 0x20 {
    case 0x64: ranges = [0x30...0x39]
    case 0x73: ranges = [0x09...0x0A, 0x0C...0x0D, 0x20...0x20]
    case 0x77: ranges = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    default: return nil
    }
    guard letter &- 0x41 < 26 || letter &- 0x61 < 26 else { return nil }
    position += 2
    return try finished("\\\(letter | 0x20)", isNegated: letter & 0x20 == 0) { ScalarSet(ranges) }
  }

  /// `\pL`, `\p{Greek}`, `\P{^Lu}`; nil when something else stands here.
  mutating func parseUnicodeClass() throws(LinearRegexError) -> ScalarSet? {
    guard peek() == 0x5C, let letter = peek(1), letter | 0x20 == 0x70 else { return nil }
    let start = position
    var isNegated = letter == 0x50
    guard let next = peek(2) else { throw error(.invalidCharacterRange, start, text.count) }
    var name: String
    if next == 0x7B {
      guard let end = text[start...].firstIndex(of: 0x7D) else {
        throw error(.invalidCharacterRange, start, text.count)
      }
      name = excerpt(start + 3, end)
      position = end + 1
    } else {
      name = excerpt(start + 2, start + 3)
      position = start + 3
    }
    if name.hasPrefix("^") {
      isNegated.toggle()
      name.removeFirst()
    }
    if let known = knownClasses[(isNegated ? "^" : "") + (flags.foldsCase ? "i" : "-") + "p" + name] { return known }
    guard let set = UnicodeProperty.set(named: name) else { throw error(.invalidCharacterRange, start, position) }
    return try finished("p" + name, isNegated: isNegated) { set }
  }

  /// A backslash and what it makes of one character.
  mutating func parseEscapedScalar() throws(LinearRegexError) -> UInt32 {
    let start = position
    position += 1
    guard let scalar = peek() else { throw error(.trailingBackslash, start, start) }
    position += 1
    switch scalar {
    case 0x31...0x37:
      // A single digit would be a back-reference, which no linear-time matcher has.
      guard let next = peek(), (0x30...0x37).contains(next) else { break }
      return octal(scalar - 0x30)
    case 0x30: return octal(0)
    case 0x78:
      guard let first = peek() else { break }
      if first == 0x7B {
        position += 1
        var value: UInt32 = 0
        var digits = 0
        while let digit = peek(), digit != 0x7D {
          guard let number = Self.hex(digit) else { position += 1; throw error(.invalidEscape, start, position) }
          position += 1
          value = value * 16 + number
          digits += 1
          if value > ScalarSet.maximum { throw error(.invalidEscape, start, position) }
        }
        guard peek() == 0x7D else { break }
        position += 1
        if digits == 0 { break }
        return value
      }
      position += 1
      guard let high = Self.hex(first), let second = peek() else { break }
      position += 1
      guard let low = Self.hex(second) else { break }
      return high * 16 + low
    case 0x61: return 0x07
    case 0x66: return 0x0C
    case 0x6E: return 0x0A
    case 0x72: return 0x0D
    case 0x74: return 0x09
    case 0x76: return 0x0B
    default:
      if scalar < 0x80, !RegexAssertion.isWord(scalar) || scalar == 0x5F { return scalar }
    }
    throw error(.invalidEscape, start, position)
  }

  private mutating func octal(_ first: UInt32) -> UInt32 {
    var value = first
    for _ in 0..<2 {
      guard let digit = peek(), (0x30...0x37).contains(digit) else { break }
      value = value * 8 + digit - 0x30
      position += 1
    }
    return value
  }

  private static func hex(_ scalar: UInt32) -> UInt32? {
    switch scalar {
    case 0x30...0x39: scalar - 0x30
    case 0x41...0x46: scalar - 0x37
    case 0x61...0x66: scalar - 0x57
    default: nil
    }
  }

  private static let posixClasses: [String: [ClosedRange<UInt32>]] = [
    "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A], "alpha": [0x41...0x5A, 0x61...0x7A], "ascii": [0...0x7F],
    "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0...0x1F, 0x7F...0x7F], "digit": [0x30...0x39],
    "graph": [0x21...0x7E], "lower": [0x61...0x7A], "print": [0x20...0x7E],
    "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E], "space": [0x09...0x0D, 0x20...0x20],
    "upper": [0x41...0x5A], "word": [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A],
    "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
  ]
}
