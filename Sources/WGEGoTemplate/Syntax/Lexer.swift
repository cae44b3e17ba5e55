internal import WGEGoFormat
internal import WGERegex

// Splits a template into tokens.
//
// Text runs to the next left delimiter; within an action spaces are tokens, for they separate operands. The first
// mistake ends the list with an error token, as in Go, unless the caller asks to go on at the next action.

struct Lexer {
  private let input: UnsafeBufferPointer<UInt8>
  private let left: [UInt8]
  private let right: [UInt8]
  private let keepsGoing: Bool
  private var position = 0
  private var start = 0
  private var line: Int32 = 1
  /// Where `line` was counted to.
  private var counted = 0
  private var parentheses = 0
  private(set) var tokens: [Token] = []
  /// Messages of error tokens by index of the token.
  private(set) var messages: [Int: String] = [:]

  init(_ input: UnsafeBufferPointer<UInt8>, left: String, right: String, keepsGoing: Bool = false) {
    self.input = input
    self.left = Array((left.isEmpty ? "{{" : left).utf8)
    self.right = Array((right.isEmpty ? "}}" : right).utf8)
    self.keepsGoing = keepsGoing
    tokens.reserveCapacity(input.count / 6 + 16)
  }

  private mutating func emit(_ kind: Token.Kind) {
    while counted < start {
      if input[counted] == 0x0A { line += 1 }
      counted += 1
    }
    tokens.append(Token(kind: kind, start: Int32(start), end: Int32(position), line: line))
    start = position
  }

  private mutating func fail(_ message: String) {
    messages[tokens.count] = message
    emit(.error)
  }

  private func has(_ word: [UInt8], at index: Int) -> Bool {
    guard index + word.count <= input.count else { return false }
    for offset in 0..<word.count where input[index + offset] != word[offset] { return false }
    return true
  }

  private func find(_ word: [UInt8], from index: Int) -> Int? {
    guard let first = word.first else { return nil }
    var index = index
    let last = input.count - word.count
    while index <= last {
      if input[index] == first, has(word, at: index) { return index }
      index += 1
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

  private func trimsBefore(_ index: Int) -> Bool {
    index + 1 < input.count && input[index] == 0x2D && Self.isSpace(input[index + 1])
  }

  /// Whether the right delimiter stands at an index, and whether it trims.
  private func rightDelimiter(at index: Int) -> (isThere: Bool, trims: Bool) {
    if index + 1 < input.count, Self.isSpace(input[index]), input[index + 1] == 0x2D, has(right, at: index + 2) {
      return (true, true)
    }
    return (has(right, at: index), false)
  }

  mutating func run() {
    while lexText() {
      guard lexAction() else {
        // Go on behind the action that is wrong.
        guard keepsGoing else { return }
        guard let next = find(right, from: position) else {
          // Who goes on must come to an end.
          start = input.count
          position = input.count
          return emit(.endOfFile)
        }
        start = next
        position = next + right.count
        emit(.rightDelimiter)
        continue
      }
    }
  }

  /// Text and comments up to an action, with its left delimiter; false at the end.
  private mutating func lexText() -> Bool {
    while true {
      guard let delimiter = find(left, from: position) else {
        position = input.count
        if position > start { emit(.text) }
        emit(.endOfFile)
        return false
      }
      let after = delimiter + left.count
      let trims = trimsBefore(after)
      var end = delimiter
      if trims { while end > start, Self.isSpace(input[end - 1]) { end -= 1 } }
      position = end
      if end > start { emit(.text) }
      start = delimiter
      position = after
      let body = after + (trims ? 2 : 0)
      if has([0x2F, 0x2A], at: body) {
        start = body
        position = body
        guard let close = find([0x2A, 0x2F], from: body + 2) else {
          fail("unclosed comment")
          return false
        }
        let (isThere, trimsRight) = rightDelimiter(at: close + 2)
        guard isThere else {
          fail("comment ends before closing delimiter")
          if keepsGoing {
            position = close + 2
            start = position
            continue
          }
          return false
        }
        position = close + 2 + (trimsRight ? 2 : 0) + right.count
        if trimsRight { while position < input.count, Self.isSpace(input[position]) { position += 1 } }
        start = position
        continue
      }
      emit(.leftDelimiter)
      position = body
      start = body
      parentheses = 0
      return true
    }
  }

  /// The tokens of an action with its right delimiter; false after an error.
  private mutating func lexAction() -> Bool {
    while true {
      let (isThere, trims) = rightDelimiter(at: position)
      if isThere {
        guard parentheses == 0 else {
          fail("unclosed left paren")
          return false
        }
        if trims {
          position += 2
          start = position
        }
        position += right.count
        emit(.rightDelimiter)
        if trims {
          while position < input.count, Self.isSpace(input[position]) { position += 1 }
          start = position
        }
        return true
      }
      guard position < input.count else {
        fail("unclosed action")
        return false
      }
      let byte = input[position]
      let errors = messages.count
      switch byte {
      case 0x20, 0x09, 0x0D, 0x0A: lexSpace()
      case UInt8(ascii: "="):
        position += 1
        emit(.assign)
      case UInt8(ascii: ":"):
        position += 1
        if position < input.count, input[position] == UInt8(ascii: "=") {
          position += 1
          emit(.declare)
        } else {
          if position < input.count { position += scalar(at: position).1 }
          fail("expected :=")
        }
      case UInt8(ascii: "|"):
        position += 1
        emit(.pipe)
      case UInt8(ascii: "\""): lexQuoted(UInt8(ascii: "\""), .string, "unterminated quoted string")
      case UInt8(ascii: "'"): lexQuoted(UInt8(ascii: "'"), .charConstant, "unterminated character constant")
      case UInt8(ascii: "`"): lexRaw()
      case UInt8(ascii: "$"):
        position += 1
        lexName(.variable, bare: .variable)
      case UInt8(ascii: ".") where position + 1 < input.count && input[position + 1] &- 0x30 >= 10:
        position += 1
        lexName(.field, bare: .dot)
      case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), 0x30...0x39: lexNumber()
      case UInt8(ascii: "("):
        position += 1
        parentheses += 1
        emit(.leftParenthesis)
      case UInt8(ascii: ")"):
        position += 1
        parentheses -= 1
        if parentheses < 0 { fail("unexpected right paren") } else { emit(.rightParenthesis) }
      default:
        let (value, length) = scalar(at: position)
        if Self.isAlphanumeric(value) {
          lexIdentifier()
        } else {
          position += length
          if value < 0x7F, value > 0x20 {
            emit(.char)
          } else {
            fail("unrecognized character in action: \(Self.describe(value))")
          }
        }
      }
      if messages.count > errors { return false }
    }
  }

  private func scalar(at index: Int) -> (UInt32, Int) { UTF8Scalar.decode(input, index) }

  static func isAlphanumeric(_ value: UInt32) -> Bool {
    value == 0x5F || UnicodeProperty.isLetter(value) || UnicodeProperty.isDigit(value)
  }

  /// Go's `%#U`.
  private static func describe(_ value: UInt32) -> String {
    var flags = FormatFlags()
    flags.sharp = true
    var formatter = GoFormatter(flags: flags)
    formatter.print(.int(Int(value)), UInt8(ascii: "U"))
    return String(decoding: formatter.out, as: UTF8.self)
  }

  private mutating func lexSpace() {
    while position < input.count, Self.isSpace(input[position]) { position += 1 }
    // The last space may belong to a right delimiter that trims.
    let (isThere, trims) = rightDelimiter(at: position - 1)
    if isThere, trims {
      position -= 1
      if position == start { return }
    }
    emit(.space)
  }

  /// What may follow a name.
  private func isTerminator() -> Bool {
    guard position < input.count else { return true }
    switch input[position] {
    case 0x20, 0x09, 0x0D, 0x0A, UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "|"), UInt8(ascii: ":"),
      UInt8(ascii: ")"), UInt8(ascii: "("):
      return true
    default: return has(right, at: position)
    }
  }

  private mutating func skipAlphanumeric() {
    while position < input.count {
      let (value, length) = scalar(at: position)
      guard Self.isAlphanumeric(value) else { return }
      position += length
    }
  }

  private mutating func failAtCharacter() {
    fail("bad character \(Self.describe(position < input.count ? scalar(at: position).0 : 0xFFFD))")
  }

  private mutating func lexName(_ kind: Token.Kind, bare: Token.Kind) {
    if isTerminator() { return emit(bare) }
    skipAlphanumeric()
    if isTerminator() { emit(kind) } else { failAtCharacter() }
  }

  private mutating func lexIdentifier() {
    skipAlphanumeric()
    guard isTerminator() else { return failAtCharacter() }
    let word = String(decoding: input[start..<position], as: UTF8.self)
    switch word {
    case "block": emit(.block)
    case "break": emit(.breakLoop)
    case "continue": emit(.continueLoop)
    case "define": emit(.define)
    case "else": emit(.elseBranch)
    case "end": emit(.end)
    case "if": emit(.ifBranch)
    case "nil": emit(.nilValue)
    case "range": emit(.range)
    case "template": emit(.template)
    case "with": emit(.with)
    case "true", "false": emit(.bool)
    default: emit(.identifier)
    }
  }

  private mutating func lexQuoted(_ quote: UInt8, _ kind: Token.Kind, _ message: String) {
    let opening = position
    position += 1
    while position < input.count, input[position] != 0x0A {
      if input[position] == quote {
        position += 1
        return emit(kind)
      }
      if input[position] == 0x5C {
        position += 1
        if position >= input.count || input[position] == 0x0A { break }
      }
      position += 1
    }
    fail(message)
    // The action that is wrong most likely ends in this line.
    if keepsGoing { position = opening + 1 }
  }

  private mutating func lexRaw() {
    position += 1
    while position < input.count {
      position += 1
      if input[position - 1] == 0x60 { return emit(.rawString) }
    }
    fail("unterminated raw quoted string")
  }

  private mutating func lexNumber() {
    guard scanNumber() else { return failNumber() }
    if position < input.count, input[position] == UInt8(ascii: "+") || input[position] == UInt8(ascii: "-") {
      guard scanNumber(), input[position - 1] == UInt8(ascii: "i") else { return failNumber() }
      return emit(.complex)
    }
    emit(.number)
  }

  private mutating func failNumber() {
    fail("bad number syntax: " + GoQuote.quote(String(decoding: input[start..<position], as: UTF8.self)))
  }

  private mutating func accept(_ bytes: StaticString) -> Bool {
    guard position < input.count else { return false }
    let byte = input[position]
    let isOne = bytes.withUTF8Buffer { $0.contains(byte) }
    if isOne { position += 1 }
    return isOne
  }

  private mutating func scanNumber() -> Bool {
    _ = accept("+-")
    var digits: StaticString = "0123456789_"
    var radix = 10
    if accept("0") {
      if accept("xX") {
        digits = "0123456789abcdefABCDEF_"
        radix = 16
      } else if accept("oO") {
        digits = "01234567_"
        radix = 8
      } else if accept("bB") {
        digits = "01_"
        radix = 2
      }
    }
    while accept(digits) {}
    if accept(".") { while accept(digits) {} }
    if radix == 10 ? accept("eE") : radix == 16 && accept("pP") {
      _ = accept("+-")
      while accept("0123456789_") {}
    }
    _ = accept("i")
    if position < input.count {
      let (value, length) = scalar(at: position)
      if Self.isAlphanumeric(value) {
        position += length
        return false
      }
    }
    return true
  }
}
