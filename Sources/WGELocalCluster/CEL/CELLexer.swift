/// Cuts an expression into tokens.
struct CELLexer {
  enum Token: Equatable {
    case name(String)
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case symbol(String)
    case end
  }

  private let text: [Unicode.Scalar]
  private var position = 0

  init(_ text: String) { self.text = Array(text.unicodeScalars) }

  static func tokens(of text: String) throws(CELCompileError) -> [(token: Token, column: Int)] {
    var lexer = CELLexer(text)
    var result: [(Token, Int)] = []
    while true {
      lexer.skipSpace()
      let column = lexer.position + 1
      let token = try lexer.next()
      result.append((token, column))
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
    throw CELCompileError(column: position + 1, problem: "Syntax error: token recognition error at: '\(scalar)'")
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
        throw CELCompileError(column: start + 1, problem: "invalid int literal")
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
      throw CELCompileError(column: start + 1, problem: "invalid number literal")
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
    throw CELCompileError(column: start + 1, problem: "Syntax error: the string literal does not end")
  }

  private mutating func escape() throws(CELCompileError) -> Unicode.Scalar {
    guard let scalar = current else {
      throw CELCompileError(column: position, problem: "Syntax error: the string literal does not end")
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
    default: throw CELCompileError(column: position, problem: "Syntax error: unknown escape '\\\(scalar)'")
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
      throw CELCompileError(column: position, problem: "Syntax error: not a code point")
    }
    return result
  }
}
