/// Text to tokens.
///
/// The whole text is read at once; a template string holds the tokens of its expressions, so that the parser reads
/// them like any others. Invariants: `offset` never passes the end; template strings nest no deeper than
/// ``RegoDefaults/maximumNesting``.
struct Lexer {
  private let bytes: [UInt8]
  private let file: String
  private var offset = 0
  private var row = 1
  private var lineStart = 0
  private var nesting = 0
  private(set) var comments: [Comment] = []

  init(_ text: String, file: String) {
    bytes = Array(text.utf8)
    self.file = file
  }

  /// All tokens, the last one being `.end`.
  mutating func tokens() throws(RegoDiagnostic) -> [Token] {
    if bytes.count > RegoDefaults.maximumModuleBytes {
      throw error("module is larger than \(RegoDefaults.maximumModuleBytes) bytes")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      offset = 3
      lineStart = 3
    }
    var result = try run(untilBrace: false)
    result.append(
      Token(kind: .end, text: "eof", location: location, endOffset: offset, endRow: row))
    return result
  }

  private var location: SourceLocation {
    SourceLocation(file: file, row: row, column: offset - lineStart + 1, offset: offset)
  }

  private func error(_ message: String, at place: SourceLocation? = nil) -> RegoDiagnostic {
    RegoDiagnostic(.parse, message, at: place ?? location)
  }

  private func peek(_ ahead: Int = 0) -> UInt8 { offset + ahead < bytes.count ? bytes[offset + ahead] : 0 }

  private mutating func newline() {
    row += 1
    lineStart = offset
  }

  private static func isNameStart(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  /// Tokens to the end of the text, or to the brace that closes an expression of a template.
  private mutating func run(untilBrace: Bool) throws(RegoDiagnostic) -> [Token] {
    var result: [Token] = []
    var depth = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
      case UInt8(ascii: "\n"):
        offset += 1
        newline()
      case UInt8(ascii: "#"): comment()
      case _ where Self.isNameStart(byte):
        let start = location
        while Self.isNameStart(peek()) || Self.isDigit(peek()) { offset += 1 }
        result.append(token(.identifier, from: start))
      case _ where Self.isDigit(byte) || (byte == UInt8(ascii: ".") && Self.isDigit(peek(1)) && !follows(result)):
        result.append(try number())
      case UInt8(ascii: "\""): result.append(try string())
      case UInt8(ascii: "`"): result.append(try rawString())
      case UInt8(ascii: "$"):
        if peek(1) == UInt8(ascii: "\"") || peek(1) == UInt8(ascii: "`") {
          result.append(try template())
        } else {
          throw error("illegal token")
        }
      default:
        if untilBrace {
          if byte == UInt8(ascii: "{") { depth += 1 }
          if byte == UInt8(ascii: "}") {
            if depth == 0 { return result }
            depth -= 1
          }
        }
        result.append(try symbol())
      }
    }
    if untilBrace { throw error("non-terminated template expression") }
    return result
  }

  /// True when the dot here continues the reference that the last token ends.
  private func follows(_ tokens: [Token]) -> Bool {
    guard let last = tokens.last, last.endOffset == offset else { return false }
    switch last.kind {
    case .identifier, .string, .rawString, .template: return true
    case .symbol: return last.text == "]" || last.text == ")" || last.text == "}"
    default: return false
    }
  }

  private func token(_ kind: Token.Kind, from start: SourceLocation, text: String? = nil) -> Token {
    Token(
      kind: kind, text: text ?? String(decoding: bytes[start.offset..<offset], as: UTF8.self), location: start,
      endOffset: offset, endRow: row)
  }

  private mutating func comment() {
    let start = location
    offset += 1
    let first = offset
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
    var end = offset
    if end > first, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    comments.append(Comment(text: String(decoding: bytes[first..<end], as: UTF8.self), location: start))
  }

  private mutating func number() throws(RegoDiagnostic) -> Token {
    let start = location
    if peek() == UInt8(ascii: "0"), Self.isDigit(peek(1)) { throw error("illegal number format: leading zero") }
    while Self.isDigit(peek()) { offset += 1 }
    if peek() == UInt8(ascii: "."), Self.isDigit(peek(1)) || !Self.isNameStart(peek(1)) {
      offset += 1
      if !Self.isDigit(peek()) { throw error("illegal number format: expected digits after the point", at: start) }
      while Self.isDigit(peek()) { offset += 1 }
    }
    if peek() | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { offset += 1 }
      if !Self.isDigit(peek()) { throw error("illegal number format: expected exponent", at: start) }
      while Self.isDigit(peek()) { offset += 1 }
    }
    if Self.isNameStart(peek()) { throw error("illegal number format", at: start) }
    let result = token(.number, from: start)
    if RegoNumber(decimal: result.text) == nil { throw error("number too big", at: start) }
    return result
  }

  private mutating func string() throws(RegoDiagnostic) -> Token {
    let start = location
    offset += 1
    var value: [UInt8] = []
    while true {
      guard offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") else {
        throw error("non-terminated string", at: start)
      }
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\"") {
        offset += 1
        return token(.string, from: start, text: String(decoding: value, as: UTF8.self))
      }
      if byte == UInt8(ascii: "\\") {
        try escape(into: &value)
      } else {
        if byte < 0x20, byte != UInt8(ascii: "\t") { throw error("illegal character in string") }
        value.append(byte)
        offset += 1
      }
    }
  }

  private mutating func escape(into value: inout [UInt8]) throws(RegoDiagnostic) {
    let start = location
    offset += 1
    let byte = peek()
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): value.append(byte)
    case UInt8(ascii: "b"): value.append(8)
    case UInt8(ascii: "f"): value.append(12)
    case UInt8(ascii: "n"): value.append(10)
    case UInt8(ascii: "r"): value.append(13)
    case UInt8(ascii: "t"): value.append(9)
    case UInt8(ascii: "u"):
      var code = try hexadecimal(start)
      if code >= 0xD800, code < 0xDC00, peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
        offset += 2
        let low = try hexadecimal(start)
        code = low >= 0xDC00 && low < 0xE000 ? 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xFFFD
      }
      value.append(contentsOf: Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8))
    default: throw error("illegal escape sequence", at: start)
    }
  }

  private mutating func hexadecimal(_ start: SourceLocation) throws(RegoDiagnostic) -> UInt32 {
    guard offset + 4 <= bytes.count,
      bytes[offset..<offset + 4].allSatisfy({ Self.isDigit($0) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66) }),
      let code = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
    else { throw error("illegal escape sequence", at: start) }
    offset += 4
    return code
  }

  private mutating func rawString() throws(RegoDiagnostic) -> Token {
    let start = location
    offset += 1
    let first = offset
    while peek() != UInt8(ascii: "`") || offset >= bytes.count {
      guard offset < bytes.count else { throw error("non-terminated raw string", at: start) }
      offset += 1
      if bytes[offset - 1] == UInt8(ascii: "\n") { newline() }
    }
    let value = bytes[first..<offset]
    offset += 1
    return token(.rawString, from: start, text: String(decoding: value, as: UTF8.self))
  }

  private mutating func template() throws(RegoDiagnostic) -> Token {
    let start = location
    nesting += 1
    defer { nesting -= 1 }
    if nesting > 64 { throw error("template strings are nested too deeply") }
    offset += 1
    let quote = peek()
    let raw = quote == UInt8(ascii: "`")
    offset += 1
    var parts: [Token.Part] = []
    var text: [UInt8] = []
    func flush() { if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) } }
    while true {
      guard offset < bytes.count else { throw error("non-terminated template string", at: start) }
      let byte = bytes[offset]
      switch byte {
      case quote:
        offset += 1
        flush()
        var result = token(.template, from: start, text: "")
        result.parts = parts
        result.isRaw = raw
        return result
      case UInt8(ascii: "\n") where !raw: throw error("non-terminated template string", at: start)
      case UInt8(ascii: "\\") where peek(1) == UInt8(ascii: "{"):
        text.append(UInt8(ascii: "{"))
        offset += 2
      case UInt8(ascii: "\\") where !raw: try escape(into: &text)
      case UInt8(ascii: "{"):
        flush()
        text = []
        offset += 1
        let inner = try run(untilBrace: true)
        if inner.isEmpty { throw error("invalid template-string expression: expected an expression") }
        offset += 1
        var tokens = inner
        tokens.append(Token(kind: .end, text: "}", location: location, endOffset: offset, endRow: row))
        parts.append(.expression(tokens))
      default:
        text.append(byte)
        offset += 1
        if byte == UInt8(ascii: "\n") { newline() }
      }
    }
  }

  private mutating func symbol() throws(RegoDiagnostic) -> Token {
    let start = location
    let two = String(decoding: bytes[offset..<min(offset + 2, bytes.count)], as: UTF8.self)
    if [":=", "==", "!=", "<=", ">="].contains(two) {
      offset += 2
      return token(.symbol, from: start)
    }
    switch bytes[offset] {
    case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "."),
      UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "|"):
      offset += 1
      return token(.symbol, from: start)
    default:
      throw error("illegal token")
    }
  }
}
