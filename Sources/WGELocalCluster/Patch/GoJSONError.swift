internal import WGECore

/// What encoding/json says of a broken text: the first byte that cannot go on from what came before.
struct GoJSONError: Error, CustomStringConvertible {
  let description: String

  /// - Parameter error: of the parser that refused the text; its place stands where Go would have read on.
  init(_ error: JSONParseError, _ bytes: [UInt8]) {
    var scan = Scan(bytes: bytes)
    do {
      try scan.whole()
      // Go reads what the parser refused: a number that is too long, text that is not UTF-8.
      description = "\(error)"
    } catch { description = error.description }
  }

  private struct Problem: Error { let description: String }

  private struct Scan {
    let bytes: [UInt8]
    var index = 0

    private static let maximumDepth = Defaults.maximumDepth

    private mutating func skipSpace() {
      while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private func current() throws(Problem) -> UInt8 {
      guard index < bytes.count else { throw Problem(description: "unexpected end of JSON input") }
      return bytes[index]
    }

    private func refuse(_ place: String) -> Problem {
      Problem(description: "invalid character \(shown(bytes[index])) \(place)")
    }

    /// Go shows the byte as if it were a character of its own.
    private func shown(_ byte: UInt8) -> String {
      switch byte {
      case UInt8(ascii: "'"): return #"'\''"#
      case UInt8(ascii: "\\"): return #"'\\'"#
      case 0x07: return #"'\a'"#
      case 0x08: return #"'\b'"#
      case 0x09: return #"'\t'"#
      case 0x0A: return #"'\n'"#
      case 0x0B: return #"'\v'"#
      case 0x0C: return #"'\f'"#
      case 0x0D: return #"'\r'"#
      case 0x80...0xA0, 0xAD: return "'\\u00\(String(byte, radix: 16))'"
      case ..<0x20, 0x7F: return "'\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))'"
      default: return "'\(Character(UnicodeScalar(byte)))'"
      }
    }

    mutating func whole() throws(Problem) {
      try value(depth: 0)
      skipSpace()
      if index < bytes.count { throw refuse("after top-level value") }
    }

    private mutating func value(depth: Int) throws(Problem) {
      skipSpace()
      guard depth < Self.maximumDepth else { throw Problem(description: "exceeded max depth") }
      switch try current() {
      case UInt8(ascii: "{"): try object(depth: depth)
      case UInt8(ascii: "["): try array(depth: depth)
      case UInt8(ascii: "\""): try string()
      case UInt8(ascii: "t"): try literal("true")
      case UInt8(ascii: "f"): try literal("false")
      case UInt8(ascii: "n"): try literal("null")
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
      default: throw refuse("looking for beginning of value")
      }
    }

    private mutating func object(depth: Int) throws(Problem) {
      index += 1
      skipSpace()
      if try current() == UInt8(ascii: "}") {
        index += 1
        return
      }
      while true {
        skipSpace()
        guard try current() == UInt8(ascii: "\"") else { throw refuse("looking for beginning of object key string") }
        try string()
        skipSpace()
        guard try current() == UInt8(ascii: ":") else { throw refuse("after object key") }
        index += 1
        try value(depth: depth + 1)
        skipSpace()
        switch try current() {
        case UInt8(ascii: ","): index += 1
        case UInt8(ascii: "}"):
          index += 1
          return
        default: throw refuse("after object key:value pair")
        }
      }
    }

    private mutating func array(depth: Int) throws(Problem) {
      index += 1
      skipSpace()
      if try current() == UInt8(ascii: "]") {
        index += 1
        return
      }
      while true {
        try value(depth: depth + 1)
        skipSpace()
        switch try current() {
        case UInt8(ascii: ","): index += 1
        case UInt8(ascii: "]"):
          index += 1
          return
        default: throw refuse("after array element")
        }
      }
    }

    private mutating func string() throws(Problem) {
      index += 1
      while true {
        switch try current() {
        case UInt8(ascii: "\""):
          index += 1
          return
        case UInt8(ascii: "\\"):
          index += 1
          let escape = try current()
          if escape == UInt8(ascii: "u") {
            for _ in 0..<4 {
              index += 1
              guard isHexadecimal(try current()) else { throw refuse("in \\u hexadecimal character escape") }
            }
          } else if !#"bfnrt\/""#.utf8.contains(escape) {
            throw refuse("in string escape code")
          }
          index += 1
        case ..<0x20: throw refuse("in string literal")
        default: index += 1
        }
      }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private func isHexadecimal(_ byte: UInt8) -> Bool {
      isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    private mutating func literal(_ word: String) throws(Problem) {
      for letter in word.utf8 {
        guard try current() == letter else {
          throw refuse("in literal \(word) (expecting \(shown(letter)))")
        }
        index += 1
      }
    }

    private mutating func digits(_ place: String) throws(Problem) {
      guard isDigit(try current()) else { throw refuse(place) }
      while index < bytes.count, isDigit(bytes[index]) { index += 1 }
    }

    private mutating func number() throws(Problem) {
      if try current() == UInt8(ascii: "-") { index += 1 }
      if try current() == UInt8(ascii: "0") { index += 1 } else { try digits("in numeric literal") }
      if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
        index += 1
        try digits("after decimal point in numeric literal")
      }
      if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
        index += 1
        if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
        try digits("in exponent of numeric literal")
      }
    }
  }
}
