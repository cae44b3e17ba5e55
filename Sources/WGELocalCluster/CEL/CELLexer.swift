/// Cuts an expression into tokens.
struct CELLexer {
  enum Token: Equatable {
    case name(String)
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case symbol(String)
    case end
  }

  private let source: String
  private let text: [Unicode.Scalar]
  private var position = 0

  init(_ text: String) {
    source = text
    self.text = Array(text.unicodeScalars)
  }

  private func failure(_ problem: String, at offset: Int) -> CELCompileError {
    CELCompileError([.init(offset: offset, problem: problem)], in: source)
  }

  static func tokens(of text: String) throws(CELCompileError) -> [(token: Token, offset: Int)] {
    var lexer = CELLexer(text)
    var result: [(token: Token, offset: Int)] = []
    while true {
      lexer.skipSpace()
      let offset = lexer.position
      let token = try lexer.next()
      result.append((token, offset))
      if token == .end { return result }
    }
  }

  private var current: Unicode.Scalar? { position < text.count ? text[position] : nil }
  private func peek(_ offset: Int) -> Unicode.Scalar? { position + offset < text.count ? text[position + offset] : nil }

  private mutating func skipSpace() {
    while let scalar = current {
      if scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" {
        position += 1
      } else if scalar == "/", peek(1) == "/" {
        while let inner = current, inner != "\n" { position += 1 }
      } else {
        return
      }
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }

  private mutating func next() throws(CELCompileError) -> Token {
    guard let scalar = current else { return .end }
    if Self.isDigit(scalar) || (scalar == "." && peek(1).map(Self.isDigit) == true) { return try number() }
    if scalar == "\"" || scalar == "'" { return try string(raw: false) }
    if scalar == "r" || scalar == "R", peek(1) == "\"" || peek(1) == "'" {
      position += 1
      return try string(raw: true)
    }
    if scalar == "b" || scalar == "B", peek(1) == "\"" || peek(1) == "'" {
      position += 1
      guard case .string(let text) = try string(raw: false) else { return .end }
      // Escapes below 256 stand for the byte, other characters for their UTF-8.
      return .bytes(
        text.unicodeScalars.flatMap {
          $0.value < 0x100 && $0.value >= 0x80 ? [UInt8($0.value)] : Array(String($0).utf8)
        })
    }
    if Self.isLetter(scalar) {
      var name = ""
      while let inner = current, Self.isLetter(inner) || Self.isDigit(inner) {
        name.unicodeScalars.append(inner)
        position += 1
      }
      return .name(name)
    }
    for symbol in ["==", "!=", "<=", ">=", "&&", "||"] {
      let scalars = Array(symbol.unicodeScalars)
      if scalar == scalars[0], peek(1) == scalars[1] {
        position += 2
        return .symbol(symbol)
      }
    }
    if "+-*/%!<>?:.,()[]{}".unicodeScalars.contains(scalar) {
      position += 1
      return .symbol(String(Character(scalar)))
    }
    throw failure("Syntax error: token recognition error at: '\(scalar)'", at: position)
  }

  private mutating func number() throws(CELCompileError) -> Token {
    let start = position
    if current == "0", peek(1) == "x" || peek(1) == "X" {
      position += 2
      var digits = ""
      while let scalar = current, scalar.properties.isASCIIHexDigit {
        digits.unicodeScalars.append(scalar)
        position += 1
      }
      guard let value = Int64(digits, radix: 16) else {
        throw failure("invalid int literal", at: start)
      }
      return .integer(value)
    }
    var literal = ""
    var isDouble = false
    while let scalar = current {
      let previous = literal.unicodeScalars.last
      if Self.isDigit(scalar) {
        literal.unicodeScalars.append(scalar)
      } else if scalar == ".", !isDouble, peek(1).map(Self.isDigit) == true {
        isDouble = true
        literal.append(".")
      } else if scalar == "e" || scalar == "E" {
        isDouble = true
        literal.append("e")
      } else if scalar == "-" || scalar == "+", previous == "e" {
        literal.unicodeScalars.append(scalar)
      } else {
        break
      }
      position += 1
    }
    if isDouble, let value = Double(literal), value.isFinite { return .double(value) }
    if current == "u" || current == "U", let value = UInt64(literal) {
      position += 1
      return .unsigned(value)
    }
    guard !isDouble, let value = Int64(literal) else {
      throw failure("invalid number literal", at: start)
    }
    return .integer(value)
  }

  private mutating func string(raw: Bool) throws(CELCompileError) -> Token {
    let start = position
    guard let quote = current else { return .end }
    let isTriple = peek(1) == quote && peek(2) == quote
    position += isTriple ? 3 : 1
    var result = ""
    while let scalar = current {
      if scalar == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
        position += isTriple ? 3 : 1
        return .string(result)
      }
      position += 1
      if scalar == "\\", !raw {
        result.unicodeScalars.append(try escape())
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    throw failure("Syntax error: the string literal does not end", at: start)
  }

  private mutating func escape() throws(CELCompileError) -> Unicode.Scalar {
    guard let scalar = current else {
      throw failure("Syntax error: the string literal does not end", at: max(0, position - 1))
    }
    position += 1
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "v": "\u{0B}", "\\": "\\",
      "\"": "\"",
      "'": "'", "`": "`", "?": "?",
    ]
    if let known = simple[scalar] { return known }
    let length: Int
    switch scalar {
    case "x", "X": length = 2
    case "u": length = 4
    case "U": length = 8
    case "0"..."3":
      var value = scalar.value - 0x30
      for _ in 0..<2 {
        guard let digit = current, ("0"..."7").contains(digit) else {
          throw failure("Syntax error: not an octal escape", at: position)
        }
        value = value * 8 + digit.value - 0x30
        position += 1
      }
      return Unicode.Scalar(value) ?? " "
    default: throw failure("Syntax error: unknown escape '\\\(scalar)'", at: max(0, position - 1))
    }
    var digits = ""
    for _ in 0..<length {
      if let digit = current {
        digits.unicodeScalars.append(digit)
        position += 1
      }
    }
    guard digits.unicodeScalars.count == length, let code = UInt32(digits, radix: 16), let result = Unicode.Scalar(code)
    else {
      throw failure("Syntax error: not a code point", at: max(0, position - 1))
    }
    return result
  }
}
