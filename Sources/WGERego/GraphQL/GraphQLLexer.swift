internal import WGEGoFormat

/// What is wrong with a GraphQL document, and where.
struct GraphQLProblem: Error {
  var message: String
  /// Line and column in characters, from 1; nil for nodes that were not read from a text.
  var position: GraphQLPosition?
}

struct GraphQLPosition {
  var line: Int
  var column: Int
}

/// One token of a GraphQL document.
struct GraphQLToken {
  enum Kind: String {
    case invalid = "<Invalid>"
    case end = "<EOF>"
    case bang = "!"
    case dollar = "$"
    case amp = "&"
    case parenOpen = "("
    case parenClose = ")"
    case spread = "..."
    case colon = ":"
    case equals = "="
    case at = "@"
    case bracketOpen = "["
    case bracketClose = "]"
    case braceOpen = "{"
    case braceClose = "}"
    case pipe = "|"
    case name = "Name"
    case int = "Int"
    case float = "Float"
    case string = "String"
    case blockString = "BlockString"
    case comment = "Comment"
  }
  var kind: Kind
  var value: String
  var position: GraphQLPosition
  /// Set for an invalid token; thrown when the token is taken, not when it is looked at.
  var problem: GraphQLProblem?

  /// As messages show it.
  var text: String { value.isEmpty ? kind.rawValue : kind.rawValue + " " + GoQuote.quote(value) }
}

/// Text to tokens (GraphQL specification, section 2.1). Places count characters, as the reference's messages do.
struct GraphQLLexer {
  private let bytes: [UInt8]
  private var at = 0
  /// Characters before `at`.
  private var runes = 0
  private var startRunes = 0
  private var line = 1
  private var lineStart = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  private func token(_ kind: GraphQLToken.Kind, _ value: String = "") -> GraphQLToken {
    GraphQLToken(
      kind: kind, value: value, position: GraphQLPosition(line: line, column: startRunes - lineStart + 1), problem: nil)
  }

  private func failure(_ message: String) -> GraphQLToken {
    let position = GraphQLPosition(line: line, column: runes - lineStart + 1)
    return GraphQLToken(
      kind: .invalid, value: "", position: position, problem: GraphQLProblem(message: message, position: position))
  }

  private func text(_ start: Int, _ end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

  private mutating func advance(_ count: Int = 1) {
    at += count
    runes += count
  }

  /// Moves over one character of any length and gives its bytes.
  private mutating func character() -> ArraySlice<UInt8> {
    let start = at
    at += 1
    while at < bytes.count, bytes[at] & 0xC0 == 0x80 { at += 1 }
    runes += 1
    return bytes[start..<at]
  }

  private func starts(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    return at + wanted.count <= bytes.count && bytes[at..<at + wanted.count].elementsEqual(wanted)
  }

  private mutating func skipBlank() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x09, 0x20, 0x2C: advance()
      case 0x0A:
        advance()
        line += 1
        lineStart = runes
      case 0x0D:
        advance()
        line += 1
        lineStart = runes
        if at < bytes.count, bytes[at] == 0x0A { advance() }
      case 0xEF:
        guard starts("\u{FEFF}") else { return }
        at += 3
        runes += 1
      default: return
      }
    }
  }

  mutating func next() -> GraphQLToken {
    skipBlank()
    startRunes = runes
    guard at < bytes.count else { return token(.end) }
    let start = at
    let byte = bytes[at]
    switch byte {
    case UInt8(ascii: "."):
      if starts("...") {
        advance(3)
        return token(.spread)
      }
    case UInt8(ascii: "#"):
      while at < bytes.count, bytes[at] > 0x1F || bytes[at] == 0x09 { _ = character() }
      return token(.comment, text(start, at))
    case UInt8(ascii: "_"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
      while at < bytes.count, Self.isNamePart(bytes[at]) { advance() }
      return token(.name, text(start, at))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    case UInt8(ascii: "\""): return starts("\"\"\"") ? blockString() : string()
    default:
      if byte < 0x80, let kind = GraphQLToken.Kind(rawValue: String(UnicodeScalar(byte))) {
        advance()
        return token(kind)
      }
    }
    if byte < 0x20 {
      return failure("Cannot contain the invalid character \"\\u\(Self.padded(byte))\"")
    }
    if byte == UInt8(ascii: "'") {
      return failure("Unexpected single quote character ('), did you mean to use a double quote (\")?")
    }
    return failure("Cannot parse the unexpected character \"\(String(UnicodeScalar(byte)))\".")
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39
  }

  /// Four decimal digits, as the reference writes the number of a control character.
  private static func padded(_ byte: UInt8) -> String {
    let digits = String(byte)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }

  // MARK: - Numbers

  private mutating func digits() -> Int {
    let start = at
    while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { advance() }
    return at - start
  }

  private mutating func take(_ choices: UInt8...) -> Bool {
    guard at < bytes.count, choices.contains(bytes[at]) else { return false }
    advance()
    return true
  }

  private var found: String { at < bytes.count ? "\"\(String(UnicodeScalar(bytes[at])))\"" : "<EOF>" }

  private mutating func number() -> GraphQLToken {
    let start = at
    var kind = GraphQLToken.Kind.int
    _ = take(UInt8(ascii: "-"))
    if take(UInt8(ascii: "0")) {
      let more = digits()
      if more > 0 {
        advance(-more)
        return failure("Invalid number, unexpected digit after 0: \(found).")
      }
    } else if digits() == 0 {
      return failure("Invalid number, expected digit but got: \(found).")
    }
    if take(UInt8(ascii: ".")) {
      kind = .float
      if digits() == 0 { return failure("Invalid number, expected digit but got: \(found).") }
    }
    if take(UInt8(ascii: "e"), UInt8(ascii: "E")) {
      kind = .float
      _ = take(UInt8(ascii: "-"), UInt8(ascii: "+"))
      if digits() == 0 { return failure("Invalid number, expected digit but got: \(found).") }
    }
    return token(kind, text(start, at))
  }

  // MARK: - Strings

  private mutating func string() -> GraphQLToken {
    advance()
    startRunes = runes
    var value: [UInt8] = []
    while at < bytes.count {
      let byte = bytes[at]
      if byte == 0x0A || byte == 0x0D { break }
      if byte < 0x20, byte != 0x09 { return failure("Invalid character within String: \"\\u\(Self.padded(byte))\".") }
      switch byte {
      case UInt8(ascii: "\""):
        let result = token(.string, String(decoding: value, as: UTF8.self))
        advance()
        return result
      case UInt8(ascii: "\\"):
        guard at + 1 < bytes.count else {
          advance()
          return failure("Invalid character escape sequence.")
        }
        if let problem = escape(into: &value) { return problem }
      default: value += character()
      }
    }
    return failure("Unterminated string.")
  }

  private mutating func escape(into value: inout [UInt8]) -> GraphQLToken? {
    let escape = bytes[at + 1]
    switch escape {
    case UInt8(ascii: "u"):
      guard at + 6 < bytes.count else {
        advance()
        return failure("Invalid character escape sequence: \\\(text(at, bytes.count)).")
      }
      guard let code = UInt32(text(at + 2, at + 6), radix: 16), bytes[at + 2] != UInt8(ascii: "+") else {
        advance()
        return failure("Invalid character escape sequence: \\\(text(at, at + 5)).")
      }
      value += Array(String(UnicodeScalar(code) ?? "\u{FFFD}").utf8)
      advance(6)
      return nil
    case UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "\\"): value.append(escape)
    case UInt8(ascii: "b"): value.append(0x08)
    case UInt8(ascii: "f"): value.append(0x0C)
    case UInt8(ascii: "n"): value.append(0x0A)
    case UInt8(ascii: "r"): value.append(0x0D)
    case UInt8(ascii: "t"): value.append(0x09)
    default:
      advance()
      return failure("Invalid character escape sequence: \\\(String(UnicodeScalar(escape))).")
    }
    advance(2)
    return nil
  }

  private mutating func blockString() -> GraphQLToken {
    advance(3)
    startRunes += 3
    var value: [UInt8] = []
    while at < bytes.count {
      let byte = bytes[at]
      if byte == UInt8(ascii: "\"") {
        let quotes = bytes[at...].prefix { $0 == UInt8(ascii: "\"") }.count
        if quotes >= 3 {
          value += [UInt8](repeating: UInt8(ascii: "\""), count: quotes - 3)
          let result = token(.blockString, Self.trimmed(value))
          advance(quotes)
          return result
        }
      }
      if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D {
        return failure("Invalid character within String: \"\\u\(Self.padded(byte))\".")
      }
      if starts("\\\"\"\"") {
        value += Array("\"\"\"".utf8)
        advance(4)
      } else if byte == 0x0D {
        if at + 1 < bytes.count, bytes[at + 1] == 0x0A { advance() }
        value.append(0x0A)
        advance()
        line += 1
        lineStart = runes
      } else {
        value += character()
        if byte == 0x0A {
          line += 1
          lineStart = runes
        }
      }
    }
    return failure("Unterminated string.")
  }

  /// The value of a block string: common indentation and blank lines at both ends are dropped (section 2.9.4).
  private static func trimmed(_ raw: [UInt8]) -> String {
    var lines = raw.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    func indent(_ line: [UInt8]) -> Int? { line.firstIndex { $0 != 0x20 && $0 != 0x09 } }
    if let common = lines.compactMap({ indent($0) }).min() {
      for index in lines.indices.dropFirst() { lines[index] = Array(lines[index].dropFirst(common)) }
    }
    var kept = lines[...]
    while let first = kept.first, indent(first) == nil { kept = kept.dropFirst() }
    while let last = kept.last, indent(last) == nil { kept = kept.dropLast() }
    return String(decoding: Array(kept.joined(separator: [0x0A])), as: UTF8.self)
  }
}
