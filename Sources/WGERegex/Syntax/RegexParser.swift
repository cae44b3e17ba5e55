// Parses RE2's syntax with Go's default flags (Perl classes, `(?flags)`, Unicode classes, `\Q...\E`).
//
// Parentheses are kept on an explicit stack, so that a hostile pattern cannot exhaust the thread's; the depth of the
// resulting tree is bounded, since later passes recurse over it. Mistakes are reported with the excerpt that Go
// reports.

struct RegexParser {
  static let maximumDepth = 1000
  /// RE2's limit on a repeat count, and on the product of nested ones.
  static let maximumRepeat = 1000

  struct Flags {
    var foldsCase = false
    var isMultiline = false
    var dotMatchesNewline = false
    var isLazy = false
  }

  private struct Frame {
    var alternatives: [RegexNode] = []
    var items: [Item] = []
    /// The flags to return to at the closing parenthesis.
    var outerFlags = Flags()
    /// Nil when the parenthesis does not capture.
    var group: Int?
  }

  struct Item {
    var node: RegexNode
    var depth: Int
    /// The largest product of nested repeat counts within.
    var repeats: Int
  }

  let text: [UInt32]
  var position = 0
  var flags = Flags()
  var groupNames: [String?] = [nil]
  private var frames: [Frame] = [Frame()]
  /// Named classes, with folding and negation done, which take long to make.
  var knownClasses: [String: ScalarSet] = [:]
  /// Bounds of ranges in all classes, made or joined.
  private var classWork = 0
  private var nodeCount = 0
  /// Past it a pattern is refused: 16 MB of ranges.
  static let maximumClassWork = 4_000_000

  init(_ pattern: String) { text = pattern.unicodeScalars.map(\.value) }

  var isAtEnd: Bool { position >= text.count }
  func peek(_ offset: Int = 0) -> UInt32? { position + offset < text.count ? text[position + offset] : nil }
  func excerpt(_ start: Int, _ end: Int) -> String {
    var result = String.UnicodeScalarView()
    for value in text[min(start, text.count)..<min(max(start, end), text.count)] {
      if let scalar = UnicodeScalar(value) { result.append(scalar) }
    }
    return String(result)
  }
  func error(_ code: LinearRegexError.Code, _ start: Int, _ end: Int) -> LinearRegexError {
    LinearRegexError(code: code, expression: excerpt(start, end))
  }

  /// Counts the bounds of a class that is kept or joined to another.
  mutating func countClass(_ bounds: Int) throws(LinearRegexError) {
    classWork += bounds
    if classWork > Self.maximumClassWork { throw error(.tooLarge, 0, text.count) }
  }

  private mutating func push(_ node: RegexNode) {
    nodeCount += 1
    frames[frames.count - 1].items.append(Item(node: node, depth: 1, repeats: 1))
  }

  mutating func parse() throws(LinearRegexError) -> RegexNode {
    /// Where the repetition that was just read began.
    var lastRepeat: Int?
    while let scalar = peek() {
      // It would compile to more instructions than are allowed.
      if nodeCount > RegexProgram.maximumSize { throw error(.tooLarge, 0, text.count) }
      var thisRepeat: Int?
      switch Character(UnicodeScalar(scalar) ?? " ") {
      case "(":
        if peek(1) == 0x3F {
          try parsePerlGroup()
        } else {
          groupNames.append(nil)
          open(group: groupNames.count - 1, outer: flags)
          position += 1
        }
      case "|":
        finishAlternative()
        position += 1
      case ")":
        try close()
        position += 1
      case "^":
        push(.assertion(flags.isMultiline ? .beginLine : .beginText))
        position += 1
      case "$":
        push(.assertion(flags.isMultiline ? .endLine : .endText))
        position += 1
      case ".":
        push(.set(flags.dotMatchesNewline ? .everything : .notNewline))
        position += 1
      case "[": try parseClass()
      case "*", "+", "?":
        let start = position
        position += 1
        let bounds: (Int, Int?) = scalar == 0x2A ? (0, nil) : scalar == 0x2B ? (1, nil) : (0, 1)
        try repeatLast(bounds.0, bounds.1, from: start, lastRepeat: lastRepeat, isCounted: false)
        thisRepeat = start
      case "{":
        let start = position
        guard let (minimum, maximum) = parseRepeat() else {
          position = start + 1
          push(.literal(scalar, foldsCase: false))
          break
        }
        if minimum < 0 || minimum > Self.maximumRepeat
          || maximum.map({ $0 > Self.maximumRepeat || $0 < minimum }) ?? false
        {
          throw error(.invalidRepeatSize, start, position)
        }
        try repeatLast(minimum, maximum, from: start, lastRepeat: lastRepeat, isCounted: true)
        thisRepeat = start
      case "\\": try parseEscape()
      default:
        push(.literal(scalar, foldsCase: flags.foldsCase))
        position += 1
      }
      lastRepeat = thisRepeat
    }
    if frames.count > 1 { throw error(.missingParenthesis, 0, text.count) }
    return try finish().node
  }

  // MARK: Groups and alternatives

  private mutating func open(group: Int?, outer: Flags) {
    frames.append(Frame(outerFlags: outer, group: group))
  }

  private mutating func finishAlternative() {
    let last = frames.count - 1
    let item = Self.concatenate(frames[last].items)
    frames[last].items = []
    frames[last].alternatives.append(item.node)
    alternativeDepth(item)
  }

  /// Depth and repeats of the alternatives finished so far, by frame.
  private var pending: [Int: (depth: Int, repeats: Int)] = [:]
  private mutating func alternativeDepth(_ item: Item) {
    let old = pending[frames.count] ?? (0, 1)
    pending[frames.count] = (max(old.depth, item.depth), max(old.repeats, item.repeats))
  }

  private static func concatenate(_ items: [Item]) -> Item {
    guard let first = items.first else { return Item(node: .empty, depth: 1, repeats: 1) }
    if items.count == 1 { return first }
    var depth = 0
    var repeats = 1
    for item in items {
      depth = max(depth, item.depth)
      repeats = max(repeats, item.repeats)
    }
    return Item(node: .concatenation(items.map(\.node)), depth: depth + 1, repeats: repeats)
  }

  private mutating func finish() throws(LinearRegexError) -> Item {
    finishAlternative()
    let last = frames.count - 1
    let alternatives = frames[last].alternatives
    let (depth, repeats) = pending.removeValue(forKey: frames.count) ?? (1, 1)
    guard depth < Self.maximumDepth else { throw error(.tooDeep, 0, text.count) }
    if alternatives.count == 1 { return Item(node: alternatives[0], depth: depth, repeats: repeats) }
    return Item(node: .alternation(alternatives), depth: depth + 1, repeats: repeats)
  }

  private mutating func close() throws(LinearRegexError) {
    guard frames.count > 1 else { throw error(.unexpectedParenthesis, 0, text.count) }
    var item = try finish()
    let frame = frames.removeLast()
    flags = frame.outerFlags
    if let group = frame.group {
      item.node = .capture(item.node, group: group)
      item.depth += 1
    }
    frames[frames.count - 1].items.append(item)
  }

  /// `(?P<name>`, `(?<name>`, `(?flags)` and `(?flags:`.
  private mutating func parsePerlGroup() throws(LinearRegexError) {
    let start = position
    let isP = peek(2) == 0x50 && peek(3) == 0x3C && peek(4) != nil
    if isP || (peek(2) == 0x3C && peek(3) != nil) {
      guard let end = text[start...].firstIndex(of: 0x3E) else {
        throw error(.invalidNamedCapture, start, text.count)
      }
      let nameStart = start + (isP ? 4 : 3)
      let name = excerpt(nameStart, end)
      let isValid = !name.isEmpty && text[nameStart..<end].allSatisfy { RegexAssertion.isWord($0) }
      guard isValid else { throw error(.invalidNamedCapture, start, end + 1) }
      groupNames.append(name)
      open(group: groupNames.count - 1, outer: flags)
      position = end + 1
      return
    }
    position += 2
    let outer = flags
    var isNegative = false
    var sawFlag = false
    scan: while let scalar = peek() {
      position += 1
      switch scalar {
      case 0x69: flags.foldsCase = !isNegative
      case 0x6D: flags.isMultiline = !isNegative
      case 0x73: flags.dotMatchesNewline = !isNegative
      case 0x55: flags.isLazy = !isNegative
      case 0x2D:
        if isNegative { break scan }
        isNegative = true
        sawFlag = false
        continue scan
      case 0x3A, 0x29:
        if isNegative, !sawFlag { break scan }
        if scalar == 0x3A { open(group: nil, outer: outer) }
        return
      default: break scan
      }
      sawFlag = true
    }
    throw error(.invalidPerlOperator, start, position)
  }

  // MARK: Repetition

  private mutating func repeatLast(
    _ minimum: Int, _ maximum: Int?, from start: Int, lastRepeat: Int?, isCounted: Bool
  ) throws(LinearRegexError) {
    var isGreedy = !flags.isLazy
    if peek() == 0x3F {
      position += 1
      isGreedy.toggle()
    }
    if let lastRepeat { throw error(.invalidRepeatOperator, lastRepeat, position) }
    let frame = frames.count - 1
    guard var item = frames[frame].items.popLast() else { throw error(.missingRepeatArgument, start, position) }
    item.node = .repetition(item.node, minimum: minimum, maximum: maximum, isGreedy: isGreedy)
    item.depth += 1
    if isCounted {
      let (product, overflow) = item.repeats.multipliedReportingOverflow(by: max(minimum, maximum ?? 0, 1))
      if overflow || product > Self.maximumRepeat, minimum >= 2 || (maximum ?? 0) >= 2 {
        throw error(.invalidRepeatSize, start, position)
      }
      item.repeats = product
    }
    guard item.depth < Self.maximumDepth else { throw error(.tooDeep, 0, text.count) }
    frames[frame].items.append(item)
  }

  /// `{n}`, `{n,}` or `{n,m}`; nil when the brace is a literal. A count that does not fit is -1.
  private mutating func parseRepeat() -> (Int, Int?)? {
    position += 1
    guard let minimum = parseCount() else { return nil }
    guard let next = peek() else { return nil }
    var maximum: Int? = minimum
    if next == 0x2C {
      position += 1
      if peek() == 0x7D {
        maximum = nil
      } else {
        guard let count = parseCount() else { return nil }
        maximum = count < 0 ? Self.maximumRepeat + 1 : count
      }
    }
    guard peek() == 0x7D else { return nil }
    position += 1
    return (minimum, maximum)
  }

  private mutating func parseCount() -> Int? {
    guard let first = peek(), first &- 0x30 < 10 else { return nil }
    if first == 0x30, let next = peek(1), next &- 0x30 < 10 { return nil }
    var value = 0
    while let digit = peek(), digit &- 0x30 < 10 {
      if value >= 100_000_000 { value = -1 }
      if value >= 0 { value = value * 10 + Int(digit - 0x30) }
      position += 1
    }
    return value
  }

  // MARK: Escapes

  private mutating func parseEscape() throws(LinearRegexError) {
    let start = position
    if let next = peek(1) {
      switch Character(UnicodeScalar(next) ?? " ") {
      case "A", "b", "B", "z":
        push(
          .assertion(
            next == 0x41 ? .beginText : next == 0x62 ? .wordBoundary : next == 0x42 ? .noWordBoundary : .endText))
        position += 2
        return
      case "C": throw error(.invalidEscape, start, start + 2)
      case "Q":
        position += 2
        while let scalar = peek() {
          if scalar == 0x5C, peek(1) == 0x45 {
            position += 2
            return
          }
          if nodeCount > RegexProgram.maximumSize { throw error(.tooLarge, 0, text.count) }
          push(.literal(scalar, foldsCase: flags.foldsCase))
          position += 1
        }
        return
      default: break
      }
    }
    if let set = try parseNamedEscape() {
      push(.set(set))
      return
    }
    push(.literal(try parseEscapedScalar(), foldsCase: flags.foldsCase))
  }

  mutating func addItem(_ set: ScalarSet) { push(.set(set)) }
}

extension ScalarSet {
  static let everything = ScalarSet([0...ScalarSet.maximum])
  static let notNewline = ScalarSet([0x0A...0x0A]).inverted
}
