internal import WGERegex

/// Go's quoted strings and characters: `strconv.Quote` and its kin.
package enum GoQuote {
  package static func quote(_ bytes: [UInt8], asciiOnly: Bool = false, into out: inout [UInt8]) {
    out.append(0x22)
    bytes.withUnsafeBufferPointer { bytes in
      var position = 0
      while position < bytes.count {
        let (scalar, length) = UTF8Scalar.decode(bytes, position)
        if scalar == 0xFFFD, length == 1 {
          out.append(contentsOf: "\\x".utf8)
          hex(UInt32(bytes[position]), width: 2, into: &out)
        } else {
          escape(scalar, quote: 0x22, asciiOnly: asciiOnly, into: &out)
        }
        position += length
      }
    }
    out.append(0x22)
  }

  package static func quote(_ text: String) -> String {
    var out: [UInt8] = []
    quote(Array(text.utf8), into: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// A character constant.
  package static func quote(scalar: UInt32, asciiOnly: Bool = false, into out: inout [UInt8]) {
    out.append(0x27)
    escape(isScalar(scalar) ? scalar : 0xFFFD, quote: 0x27, asciiOnly: asciiOnly, into: &out)
    out.append(0x27)
  }

  package static func isScalar(_ value: UInt32) -> Bool { value <= 0x10FFFF && !(0xD800...0xDFFF).contains(value) }

  private static func escape(_ scalar: UInt32, quote: UInt32, asciiOnly: Bool, into out: inout [UInt8]) {
    if scalar == quote || scalar == 0x5C {
      out.append(0x5C)
      out.append(UInt8(scalar))
      return
    }
    if scalar < 0x80 ? scalar >= 0x20 && scalar < 0x7F : !asciiOnly && UnicodeProperty.isPrintable(scalar) {
      append(scalar, to: &out)
      return
    }
    switch scalar {
    case 0x07: out.append(contentsOf: "\\a".utf8)
    case 0x08: out.append(contentsOf: "\\b".utf8)
    case 0x0C: out.append(contentsOf: "\\f".utf8)
    case 0x0A: out.append(contentsOf: "\\n".utf8)
    case 0x0D: out.append(contentsOf: "\\r".utf8)
    case 0x09: out.append(contentsOf: "\\t".utf8)
    case 0x0B: out.append(contentsOf: "\\v".utf8)
    case 0..<0x20, 0x7F:
      out.append(contentsOf: "\\x".utf8)
      hex(scalar, width: 2, into: &out)
    case 0..<0x10000:
      out.append(contentsOf: "\\u".utf8)
      hex(scalar, width: 4, into: &out)
    default:
      out.append(contentsOf: "\\U".utf8)
      hex(scalar, width: 8, into: &out)
    }
  }

  package static func hex(_ value: UInt32, width: Int, uppercase: Bool = false, into out: inout [UInt8]) {
    let digits = String(value, radix: 16, uppercase: uppercase)
    out.append(contentsOf: repeatElement(0x30, count: max(0, width - digits.utf8.count)))
    out.append(contentsOf: digits.utf8)
  }

  /// Appends a character as UTF-8; U+FFFD for what is none.
  package static func append(_ value: UInt32, to out: inout [UInt8]) {
    let value = isScalar(value) ? value : 0xFFFD
    if value < 0x80 {
      out.append(UInt8(value))
      return
    }
    if value < 0x800 {
      out.append(UInt8(0xC0 | value >> 6))
    } else {
      if value < 0x10000 {
        out.append(UInt8(0xE0 | value >> 12))
      } else {
        out.append(UInt8(0xF0 | value >> 18))
        out.append(UInt8(0x80 | value >> 12 & 0x3F))
      }
      out.append(UInt8(0x80 | value >> 6 & 0x3F))
    }
    out.append(UInt8(0x80 | value & 0x3F))
  }

  // MARK: Reading

  /// The bytes that a string literal with its quotes stands for; nil when the syntax is wrong.
  package static func unquote(_ literal: ArraySlice<UInt8>) -> [UInt8]? {
    guard literal.count >= 2, let quote = literal.first, quote == literal.last else { return nil }
    let body = literal.dropFirst().dropLast()
    if quote == 0x60 { return body.contains(0x60) ? nil : body.filter { $0 != 0x0D } }
    guard quote == 0x22 else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(body.count)
    var position = body.startIndex
    while position < body.endIndex {
      guard body[position] == 0x5C else {
        if body[position] == 0x22 || body[position] == 0x0A { return nil }
        out.append(body[position])
        position += 1
        continue
      }
      guard let (value, isByte, next) = escape(body, position, quote: 0x22) else { return nil }
      if isByte { out.append(UInt8(truncatingIfNeeded: value)) } else { append(value, to: &out) }
      position = next
    }
    return out
  }

  /// The value of a character constant's first character and the rest behind it.
  package static func unquoteCharacter(_ body: ArraySlice<UInt8>) -> (UInt32, ArraySlice<UInt8>)? {
    guard let first = body.first, first != 0x27 else { return nil }
    if first == 0x5C {
      guard let (value, _, next) = escape(body, body.startIndex, quote: 0x27) else { return nil }
      return (value, body[next...])
    }
    let (scalar, length) = body.withUnsafeBufferPointer { UTF8Scalar.decode($0, 0) }
    return (scalar, body.dropFirst(length))
  }

  /// An escape that begins with the backslash at `start`: its value, whether it is one byte, and what comes next.
  private static func escape(_ text: ArraySlice<UInt8>, _ start: Int, quote: UInt8) -> (UInt32, Bool, Int)? {
    guard start + 1 < text.endIndex else { return nil }
    let next = start + 2
    switch text[start + 1] {
    case 0x61: return (7, false, next)
    case 0x62: return (8, false, next)
    case 0x66: return (12, false, next)
    case 0x6E: return (10, false, next)
    case 0x72: return (13, false, next)
    case 0x74: return (9, false, next)
    case 0x76: return (11, false, next)
    case 0x5C: return (0x5C, false, next)
    case quote: return (UInt32(quote), false, next)
    case 0x78: return number(text, next, digits: 2, radix: 16).map { ($0, true, next + 2) }
    case 0x75, 0x55:
      let digits = text[start + 1] == 0x75 ? 4 : 8
      guard let value = number(text, next, digits: digits, radix: 16), isScalar(value) else { return nil }
      return (value, false, next + digits)
    case 0x30...0x37:
      guard let value = number(text, start + 1, digits: 3, radix: 8), value <= 255 else { return nil }
      return (value, true, start + 4)
    default: return nil
    }
  }

  private static func number(_ text: ArraySlice<UInt8>, _ start: Int, digits: Int, radix: Int) -> UInt32? {
    guard start + digits <= text.endIndex else { return nil }
    var value: UInt32 = 0
    for byte in text[start..<start + digits] {
      let digit: UInt32
      switch byte {
      case 0x30...0x39: digit = UInt32(byte - 0x30)
      case 0x41...0x46: digit = UInt32(byte - 0x37)
      case 0x61...0x66: digit = UInt32(byte - 0x57)
      default: return nil
      }
      if digit >= radix { return nil }
      value = value &* UInt32(radix) &+ digit
    }
    return value
  }
}
