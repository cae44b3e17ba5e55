// A scanner for YAML that keeps positions and drops meaning.
//
// Editing one scalar of a file that people wrote means knowing which bytes spell it, and a parser
// that returns values has forgotten. So this scanner walks the text as libyaml's does (the library
// that later reads the edited file): it knows indentation, flow collections, the four scalar styles,
// possible keys and comments, but builds no nodes. Whether the text is valid YAML is not decided
// here; the editor has it parsed before and after, and refuses when the values differ in any place
// but the intended one. The scanner therefore only has to be right about valid texts, and must
// neither trap nor hang on others.
//
// Invariants: `position` never moves back and each turn of the loop moves it; `lineStart` is the
// offset of the first byte of `line`; `indents.count` and `flowKeys.count` are bounded by the text's
// length because each push consumes a byte.

struct YAMLScanner {
  let bytes: [UInt8]
  var position = 0
  var line = 1
  var lineStart = 0
  var result = YAMLScan()

  /// The column of the innermost block collection, -1 outside of all.
  var indent = -1
  private var indents: [Int] = []
  /// Whether a key may start here: after a line break or an indicator, not after a scalar.
  var keyAllowed = true
  /// The possible key of the block context, then of each open flow collection.
  private var keys: [PossibleKey?] = [nil]
  private var tagged = false
  /// The line on which the last token ended; tells whether a comment is alone.
  var tokenLine = 0
  /// Set by a token that ended before the line on which it was noticed.
  var tokenEnd: Int?

  private struct PossibleKey {
    var line: Int
    var column: Int
    /// The first scalar that belongs to it.
    var firstScalar: Int
  }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  // MARK: Bytes

  func byte(_ offset: Int = 0) -> UInt8? {
    let index = position &+ offset
    return index >= 0 && index < bytes.count ? bytes[index] : nil
  }

  var column: Int { position - lineStart }
  var isInFlow: Bool { keys.count > 1 }

  func isBlank(_ offset: Int = 0) -> Bool { byte(offset) == 0x20 || byte(offset) == 0x09 }

  /// How many bytes the line break at a position has; 0 when there is none. YAML 1.1 also breaks
  /// lines at U+0085, U+2028 and U+2029.
  func breakLength(_ offset: Int = 0) -> Int {
    switch byte(offset) {
    case 0x0A?: 1
    case 0x0D?: byte(offset + 1) == 0x0A ? 2 : 1
    case 0xC2?: byte(offset + 1) == 0x85 ? 2 : 0
    case 0xE2?: byte(offset + 1) == 0x80 && (byte(offset + 2) == 0xA8 || byte(offset + 2) == 0xA9) ? 3 : 0
    default: 0
    }
  }

  /// White space, a line break or the end.
  func isSpaceOrEnd(_ offset: Int = 0) -> Bool { byte(offset) == nil || isBlank(offset) || breakLength(offset) > 0 }

  mutating func skipBreak() {
    position += breakLength()
    line += 1
    lineStart = position
  }

  func error(_ problem: String) -> YAMLScanError { YAMLScanError(line: line, problem: problem) }

  // MARK: The loop

  mutating func scan() throws(YAMLScanError) -> YAMLScan {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      position = 3
      lineStart = 3
    }
    while true {
      skipToToken()
      guard byte() != nil else { break }
      if !isInFlow { unroll(to: column) }
      tokenEnd = nil
      try token()
      tokenLine = tokenEnd ?? line
    }
    if isInFlow { throw error("a flow collection is not closed") }
    return result
  }

  private mutating func skipToToken() {
    while true {
      while isBlank() { position += 1 }
      if byte() == UInt8(ascii: "#") { comment() }
      guard breakLength() > 0 else { return }
      skipBreak()
      if !isInFlow { keyAllowed = true }
    }
  }

  /// Records the comment that starts here and moves to the end of the line.
  mutating func comment() {
    let start = position
    while byte() != nil, breakLength() == 0 { position += 1 }
    result.comments.append(YAMLComment(span: start..<position, line: line, isAlone: tokenLine != line))
  }

  private mutating func token() throws(YAMLScanError) {
    guard let first = byte() else { return }
    if column == 0 {
      if first == UInt8(ascii: "%"), !isInFlow { return directive() }
      if isDocumentMarker { return documentMarker() }
    }
    switch first {
    case UInt8(ascii: "["), UInt8(ascii: "{"): openFlow()
    case UInt8(ascii: "]"), UInt8(ascii: "}"): try closeFlow()
    case UInt8(ascii: ",") where isInFlow:
      keys[keys.count - 1] = nil
      keyAllowed = true
      tagged = false
      position += 1
    case UInt8(ascii: "-") where isSpaceOrEnd(1) && !isInFlow: entry()
    case UInt8(ascii: "?") where isSpaceOrEnd(1):
      if !isInFlow { roll(to: column) }
      keys[keys.count - 1] = nil
      keyAllowed = true
      position += 1
    case UInt8(ascii: ":") where isInFlow || isSpaceOrEnd(1): try value()
    case UInt8(ascii: "*"): alias()
    case UInt8(ascii: "&"):
      saveKey()
      property()
    case UInt8(ascii: "!"):
      saveKey()
      tagged = true
      property()
    case UInt8(ascii: "|") where !isInFlow, UInt8(ascii: ">") where !isInFlow: try block()
    case UInt8(ascii: "'"): try quoted(.singleQuoted)
    case UInt8(ascii: "\""): try quoted(.doubleQuoted)
    case UInt8(ascii: ","), UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"), UInt8(ascii: "|"),
      UInt8(ascii: ">"):
      throw error("unexpected '\(Character(UnicodeScalar(first)))'")
    default: try plain()
    }
  }

  // MARK: Structure

  private var isDocumentMarker: Bool {
    for mark in [UInt8(ascii: "-"), UInt8(ascii: ".")] {
      if byte() == mark, byte(1) == mark, byte(2) == mark, isSpaceOrEnd(3) { return true }
    }
    return false
  }

  /// Whether the text at the start of a line ends the document, also in the middle of a scalar.
  var isAtDocumentMarker: Bool { column == 0 && isDocumentMarker }

  private mutating func documentMarker() {
    unroll(to: -1)
    keys = [nil]
    keyAllowed = false
    tagged = false
    position += 3
  }

  private mutating func directive() {
    while byte() != nil, breakLength() == 0 { position += 1 }
  }

  private mutating func unroll(to column: Int) {
    while indent > column { indent = indents.popLast() ?? -1 }
  }

  private mutating func roll(to column: Int) {
    guard !isInFlow, indent < column else { return }
    indents.append(indent)
    indent = column
  }

  private mutating func entry() {
    roll(to: column)
    keys[keys.count - 1] = nil
    keyAllowed = true
    tagged = false
    position += 1
  }

  private mutating func openFlow() {
    saveKey()
    keys.append(nil)
    keyAllowed = true
    tagged = false
    position += 1
  }

  private mutating func closeFlow() throws(YAMLScanError) {
    guard isInFlow else { throw error("a flow collection is closed that was not opened") }
    keys.removeLast()
    keyAllowed = false
    tagged = false
    position += 1
  }

  /// A node starts here, which may turn out to be a key.
  mutating func saveKey() {
    guard keyAllowed else { return }
    keys[keys.count - 1] = PossibleKey(line: line, column: column, firstScalar: result.scalars.count)
    keyAllowed = false
  }

  private mutating func value() throws(YAMLScanError) {
    tagged = false
    if let key = keys[keys.count - 1], key.line == line || isInFlow {
      for index in key.firstScalar..<result.scalars.count { result.scalars[index].isKey = true }
      roll(to: key.column)
      keys[keys.count - 1] = nil
      keyAllowed = false
    } else {
      guard isInFlow || keyAllowed else { throw error("a mapping value is not allowed here") }
      roll(to: column)
      keyAllowed = !isInFlow
    }
    position += 1
  }

  // MARK: Properties and aliases

  private mutating func property() {
    keyAllowed = false
    skipName()
  }

  private mutating func alias() {
    saveKey()
    keyAllowed = false
    result.aliasLines.insert(line)
    skipName()
  }

  private mutating func skipName() {
    position += 1
    // A verbatim tag `!<...>` may hold flow indicators.
    if byte() == UInt8(ascii: "<") {
      while let next = byte(), !isSpaceOrEnd() {
        position += 1
        if next == UInt8(ascii: ">") { return }
      }
    }
    while let next = byte(), !isSpaceOrEnd() {
      if isInFlow, Self.flowIndicators.contains(next) { return }
      position += 1
    }
  }

  static let flowIndicators: [UInt8] = Array(",[]{}".utf8)

  // MARK: Scalars

  /// Records a scalar that ends at the given place.
  mutating func record(from start: Int, startLine: Int, end: Int, endLine: Int, style: YAMLScalarStyle) {
    result.scalars.append(
      YAMLScalar(
        span: start..<end, style: style, startLine: startLine, endLine: endLine, isKey: false, isTagged: tagged,
        isInFlow: isInFlow))
    tagged = false
  }
}
