extension YAMLScanner {
  /// `'text'` or `"text"`, which may run over several lines.
  mutating func quoted(_ style: YAMLScalarStyle) throws(YAMLScanError) {
    saveKey()
    keyAllowed = false
    let start = position
    let startLine = line
    let quote: UInt8 = style == .singleQuoted ? UInt8(ascii: "'") : UInt8(ascii: "\"")
    position += 1
    while true {
      guard let next = byte() else { throw YAMLScanError(line: startLine, problem: "a quoted scalar is not closed") }
      if breakLength() > 0 {
        skipBreak()
        if isAtDocumentMarker { throw YAMLScanError(line: startLine, problem: "a quoted scalar is not closed") }
      } else if next == quote {
        guard style == .singleQuoted, byte(1) == quote else { break }
        position += 2
      } else if next == UInt8(ascii: "\\"), style == .doubleQuoted {
        position += 1
        if breakLength() > 0 { skipBreak() } else if byte() != nil { position += 1 }
      } else {
        position += 1
      }
    }
    position += 1
    record(from: start, startLine: startLine, end: position, endLine: line, style: style)
  }

  /// A scalar without quotes. It ends before `: `, before ` #`, in flow collections before their
  /// indicators, and before a line that is not indented deeper than the collection it is in.
  mutating func plain() throws(YAMLScanError) {
    saveKey()
    keyAllowed = false
    let start = position
    let startLine = line
    var end = start
    var endLine = line
    var crossedLine = false
    while !isAtDocumentMarker, byte() != UInt8(ascii: "#") || position == start {
      while let next = byte(), !isSpaceOrEnd() {
        if next == UInt8(ascii: ":"), isSpaceOrEnd(1) { break }
        if isInFlow, Self.flowIndicators.contains(next) { break }
        if isInFlow, next == UInt8(ascii: ":"), let after = byte(1), Self.flowIndicators.contains(after) { break }
        position += 1
      }
      // A multi-line scalar that goes on with nothing has ended before.
      guard position > end else { break }
      end = position
      endLine = line
      guard byte() != nil, isBlank() || breakLength() > 0 else { break }
      while isBlank() || breakLength() > 0 {
        if breakLength() > 0 {
          skipBreak()
          crossedLine = true
        } else {
          position += 1
        }
      }
      if !isInFlow, column <= indent { break }
    }
    guard end > start else { throw error("unexpected '\(Character(UnicodeScalar(bytes[start])))'") }
    record(from: start, startLine: startLine, end: end, endLine: endLine, style: .plain)
    if crossedLine { keyAllowed = true }
    tokenEnd = endLine
  }

  /// `|` or `>` with its lines.
  mutating func block() throws(YAMLScanError) {
    saveKey()
    let start = position
    let startLine = line
    position += 1
    var increment: Int?
    for _ in 0..<2 {
      if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") {
        position += 1
      } else if let digit = byte(), (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(digit), increment == nil {
        increment = Int(digit - UInt8(ascii: "0"))
        position += 1
      }
    }
    while isBlank() { position += 1 }
    tokenLine = line
    if byte() == UInt8(ascii: "#") { comment() }
    guard byte() == nil || breakLength() > 0 else { throw error("unexpected text after a block scalar's indicator") }
    if breakLength() > 0 { skipBreak() }
    let content = contentIndent(increment)
    var end = position
    var endLine = line
    while byte() != nil {
      // Spaces up to the content's column; a line that has fewer and is not empty ends the scalar.
      while column < content, byte() == 0x20 { position += 1 }
      if breakLength() > 0 {
        skipBreak()
        continue
      }
      guard column >= content, byte() != nil else { break }
      while byte() != nil, breakLength() == 0 { position += 1 }
      end = position
      endLine = line
      if breakLength() > 0 { skipBreak() }
    }
    record(from: start, startLine: startLine, end: max(end, start + 1), endLine: endLine, style: .block)
    tokenEnd = endLine
    keyAllowed = true
  }

  /// The column of a block scalar's text: told by its indicator, or that of its first line, which
  /// must be deeper than the collection around it.
  private func contentIndent(_ increment: Int?) -> Int {
    let parent = max(indent, 0)
    if let increment { return indent >= 0 ? parent + increment : increment }
    var probe = self
    var deepest = 0
    while probe.byte() != nil {
      while probe.byte() == 0x20 { probe.position += 1 }
      deepest = max(deepest, probe.column)
      guard probe.breakLength() > 0 else { break }
      probe.skipBreak()
    }
    return max(deepest, indent + 1, 1)
  }
}
