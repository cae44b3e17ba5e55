internal import WGEGoFormat

extension NumberLiteral {
  struct SyntaxError: Error { let message: String }

  /// A character constant with its quotes.
  init(character text: String) throws(SyntaxError) {
    let bytes = Array(text.utf8)
    guard let (value, rest) = GoQuote.unquoteCharacter(bytes.dropFirst()) else {
      throw SyntaxError(message: "invalid syntax")
    }
    guard rest.elementsEqual([0x27]) else { throw SyntaxError(message: "malformed character constant: \(text)") }
    self.text = text
    integer = Int64(value)
    unsigned = UInt64(value)
    float = Double(value)
  }

  /// `1+2i`
  init(complex text: String) throws(SyntaxError) {
    self.text = text
    let bytes = Array(text.utf8.dropLast())
    // The sign that parts the two follows a digit, not an exponent's mark.
    let split = bytes.indices.dropFirst().last {
      (bytes[$0] == 0x2B || bytes[$0] == 0x2D) && bytes[$0 - 1] | 0x20 != 0x65 && bytes[$0 - 1] | 0x20 != 0x70
    }
    guard let split, let real = GoNumber.float(Array(bytes[..<split])),
      let imaginary = GoNumber.float(Array(bytes[split...]))
    else { throw SyntaxError(message: "syntax error scanning complex number") }
    setComplex(real, imaginary)
  }

  init(number text: String) throws(SyntaxError) {
    self.text = text
    let bytes = Array(text.utf8)
    if bytes.last == UInt8(ascii: "i"), let value = GoNumber.float(Array(bytes.dropLast())) {
      setComplex(0, value)
      return
    }
    unsigned = GoNumber.unsigned(bytes)
    integer = GoNumber.integer(bytes)
    if integer == 0 { unsigned = 0 }
    if let integer {
      float = Double(integer)
    } else if let unsigned {
      float = Double(unsigned)
    } else if let value =
      GoNumber.float(bytes)
    {
      guard bytes.contains(where: { ".eEpP".utf8.contains($0) }) else {
        throw SyntaxError(message: "integer overflow: " + GoQuote.quote(text))
      }
      float = value
      integer = Int64(exactly: value)
      unsigned = UInt64(exactly: value)
    }
    if integer == nil, unsigned == nil, float == nil {
      throw SyntaxError(message: "illegal number syntax: " + GoQuote.quote(text))
    }
  }

  private mutating func setComplex(_ real: Double, _ imaginary: Double) {
    complex = (real, imaginary)
    guard imaginary == 0 else { return }
    float = real
    integer = Int64(exactly: real)
    unsigned = UInt64(exactly: real)
  }
}

/// Numbers as Go's strconv reads them.
enum GoNumber {
  /// With a base prefix and underscores between digits, as `ParseUint(s, 0, 64)`.
  static func unsigned(_ text: [UInt8]) -> UInt64? {
    var digits = text[...]
    var radix = 10
    if digits.first == 0x30, digits.count > 1 {
      switch digits[digits.startIndex + 1] | 0x20 {
      case UInt8(ascii: "x"): radix = 16
      case UInt8(ascii: "o"): radix = 8
      case UInt8(ascii: "b"): radix = 2
      default: radix = 8
      }
      let hasLetter = digits[digits.startIndex + 1] >= 0x41 && digits[digits.startIndex + 1] != 0x5F
      digits = digits.dropFirst(hasLetter ? 2 : 1)
    }
    if text.contains(0x5F), !underscoresAreRight(text) { return nil }
    var value: UInt64 = 0
    var isEmpty = true
    for byte in digits where byte != 0x5F {
      let digit: UInt64
      switch byte {
      case 0x30...0x39: digit = UInt64(byte - 0x30)
      case 0x41...0x46: digit = UInt64(byte - 0x37)
      case 0x61...0x66: digit = UInt64(byte - 0x57)
      default: return nil
      }
      guard digit < radix else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: UInt64(radix))
      let (sum, carry) = product.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      value = sum
      isEmpty = false
    }
    return isEmpty ? nil : value
  }

  /// As `ParseInt(s, 0, 64)`.
  static func integer(_ text: [UInt8]) -> Int64? {
    let isNegative = text.first == 0x2D
    let isSigned = isNegative || text.first == 0x2B
    guard let magnitude = unsigned(isSigned ? Array(text.dropFirst()) : text) else { return nil }
    if isNegative { return magnitude <= 1 << 63 ? Int64(bitPattern: 0 &- magnitude) : nil }
    return Int64(exactly: magnitude)
  }

  /// As `ParseInt(s, 10, 64)` or another fixed base: no prefix, no underscores.
  static func integer(_ text: [UInt8], radix: Int) -> Int64? {
    var digits = text[...]
    let isNegative = text.first == 0x2D
    if isNegative || text.first == 0x2B { digits = digits.dropFirst() }
    guard let first = digits.first, first != 0x2D, first != 0x2B,
      let magnitude = UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
    else { return nil }
    if isNegative { return magnitude <= 1 << 63 ? Int64(bitPattern: 0 &- magnitude) : nil }
    return Int64(exactly: magnitude)
  }

  /// As `ParseFloat`: decimal or hexadecimal, `Inf` and `NaN`; nil also when it is out of range.
  static func float(_ text: [UInt8]) -> Double? {
    var body = text[...]
    if body.first == 0x2B || body.first == 0x2D { body = body.dropFirst() }
    let isNegative = text.first == 0x2D
    let word = String(decoding: body, as: UTF8.self).lowercased()
    switch word {
    case "inf", "infinity": return isNegative ? -.infinity : .infinity
    case "nan": return .nan
    default: break
    }
    let isHexadecimal = word.hasPrefix("0x")
    if body.contains(0x5F) {
      // Underscores only where a base prefix or plain digits allow them.
      guard underscoresAreRight(Array(body)) else { return nil }
    }
    let digits = body.filter { $0 != 0x5F }
    guard let first = digits.first, first &- 0x30 < 10 || first == 0x2E else { return nil }
    if isHexadecimal {
      guard digits.contains(where: { $0 | 0x20 == 0x70 }) else { return nil }
      var mantissa = Array(digits)
      // Swift wants a digit on both sides of the point.
      if let point = mantissa.firstIndex(of: 0x2E) {
        if point + 1 < mantissa.count, mantissa[point + 1] | 0x20 == 0x70 { mantissa.remove(at: point) }
        if point == 2 { mantissa.insert(0x30, at: 2) }
      }
      guard let value = Double(String(decoding: mantissa, as: UTF8.self)), value.isFinite else { return nil }
      return isNegative ? -value : value
    }
    var sawDigit = false
    for (index, byte) in digits.enumerated() {
      switch byte {
      case 0x30...0x39: sawDigit = true
      case 0x2E, 0x65, 0x45: break
      case 0x2B, 0x2D: if index == 0 || digits[index - 1] | 0x20 != 0x65 { return nil }
      default: return nil
      }
    }
    guard sawDigit else { return nil }
    var text = digits
    if text.first == 0x2E { text.insert(0x30, at: 0) }
    if let point = text.firstIndex(of: 0x2E), point + 1 == text.count || text[point + 1] | 0x20 == 0x65 {
      text.remove(at: point)
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    return isNegative ? -value : value
  }

  /// Underscores must part digits, or a base prefix from its digits.
  private static func underscoresAreRight(_ text: [UInt8]) -> Bool {
    var text = text[...]
    if text.first == 0x2D || text.first == 0x2B { text = text.dropFirst() }
    var before: UInt8 = 0x5E  // anything
    var isHexadecimal = false
    if text.count >= 2, text[text.startIndex] == 0x30 {
      let letter = text[text.startIndex + 1] | 0x20
      if [UInt8(ascii: "b"), UInt8(ascii: "o"), UInt8(ascii: "x")].contains(letter) {
        text = text.dropFirst(2)
        before = 0x30
        isHexadecimal = letter == UInt8(ascii: "x")
      }
    }
    for byte in text {
      if byte &- 0x30 < 10 || (isHexadecimal && (byte | 0x20) &- 0x61 < 6) {
        before = 0x30
      } else if byte == 0x5F {
        if before != 0x30 { return false }
        before = 0x5F
      } else {
        if before == 0x5F { return false }
        before = 0x21
      }
    }
    return before != 0x5F
  }
}
