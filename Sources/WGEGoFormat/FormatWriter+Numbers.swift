internal import WGERegex

extension FormatWriter {
  // MARK: Integers

  /// An integer by its 64 bits.
  /// - Returns: false when the verb is none for integers.
  package mutating func write(integer bits: UInt64, isSigned: Bool, _ verb: UInt8) -> Bool {
    let isNegative = isSigned && Int64(bitPattern: bits) < 0
    let magnitude = isNegative ? 0 &- bits : bits
    switch verb {
    case UInt8(ascii: "v"):
      if flags.sharpV, !isSigned {
        let sharp = flags.sharp
        flags.sharp = true
        writeDigits(magnitude, isNegative, radix: 16, verb)
        flags.sharp = sharp
      } else if flags.width == nil, !flags.plus, !flags.space, flags.precision == nil {
        if isNegative { out.append(0x2D) }
        GoDecimal.append(magnitude, to: &out)
      } else {
        writeDigits(magnitude, isNegative, radix: 10, verb)
      }
    case UInt8(ascii: "d"): writeDigits(magnitude, isNegative, radix: 10, verb)
    case UInt8(ascii: "b"): writeDigits(magnitude, isNegative, radix: 2, verb)
    case UInt8(ascii: "o"), UInt8(ascii: "O"): writeDigits(magnitude, isNegative, radix: 8, verb)
    case UInt8(ascii: "x"), UInt8(ascii: "X"): writeDigits(magnitude, isNegative, radix: 16, verb)
    case UInt8(ascii: "c"):
      var text: [UInt8] = []
      GoQuote.append(Self.scalar(bits), to: &text)
      padString(text)
    case UInt8(ascii: "q"):
      var text: [UInt8] = []
      GoQuote.quote(scalar: Self.scalar(bits), asciiOnly: flags.plus, into: &text)
      padString(text)
    case UInt8(ascii: "U"): writeUnicode(bits)
    default: return false
    }
    return true
  }

  private static func scalar(_ bits: UInt64) -> UInt32 { bits > 0x10FFFF ? 0xFFFD : UInt32(bits) }

  private mutating func writeDigits(_ magnitude: UInt64, _ isNegative: Bool, radix: Int, _ verb: UInt8) {
    var least = 0
    if let precision = flags.precision {
      least = precision
      // Nothing but padding.
      if precision == 0, magnitude == 0 { return padWithSpaces([]) }
    } else if flags.zero, !flags.minus, let width = flags.width {
      least = isNegative || flags.plus || flags.space ? width - 1 : width
    }
    var digits = Array(String(magnitude, radix: radix, uppercase: verb == UInt8(ascii: "X")).utf8)
    if digits.count < least { digits.insert(contentsOf: repeatElement(0x30, count: least - digits.count), at: 0) }
    if flags.sharp {
      switch radix {
      case 2: digits.insert(contentsOf: [0x30, 0x62], at: 0)
      case 8: if digits.first != 0x30 { digits.insert(0x30, at: 0) }
      case 16: digits.insert(contentsOf: [0x30, verb == UInt8(ascii: "X") ? 0x58 : 0x78], at: 0)
      default: break
      }
    }
    if verb == UInt8(ascii: "O") { digits.insert(contentsOf: [0x30, 0x6F], at: 0) }
    if let sign = sign(isNegative) { digits.insert(sign, at: 0) }
    padWithSpaces(digits)
  }

  private func sign(_ isNegative: Bool) -> UInt8? {
    isNegative ? 0x2D : flags.plus ? 0x2B : flags.space ? 0x20 : nil
  }

  private mutating func writeUnicode(_ bits: UInt64) {
    var text: [UInt8] = Array("U+".utf8)
    let digits = Array(String(bits, radix: 16, uppercase: true).utf8)
    let least = max(4, flags.precision ?? 4)
    text.append(contentsOf: repeatElement(0x30, count: max(0, least - digits.count)))
    text.append(contentsOf: digits)
    if flags.sharp, bits <= 0x10FFFF, UnicodeProperty.isPrintable(UInt32(bits)) {
      text.append(contentsOf: " '".utf8)
      GoQuote.append(UInt32(bits), to: &text)
      text.append(0x27)
    }
    padWithSpaces(text)
  }

  /// An integer past 64 bits, as Go's `*big.Int` lays itself out: prefixes count for the width, and zeros go between
  /// prefix and digits.
  /// - Parameter digits: of the magnitude in a radix, in lower case.
  /// - Returns: false when the verb is none for big integers.
  package mutating func write(
    big digits: (_ radix: Int) -> String, isNegative: Bool, _ verb: UInt8
  ) -> Bool {
    var prefix = ""
    let radix: Int
    switch verb {
    case UInt8(ascii: "b"):
      radix = 2
      if flags.sharp { prefix = "0b" }
    case UInt8(ascii: "o"):
      radix = 8
      if flags.sharp { prefix = "0" }
    case UInt8(ascii: "O"):
      radix = 8
      prefix = "0o"
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      radix = 16
      if flags.sharp { prefix = verb == UInt8(ascii: "x") ? "0x" : "0X" }
    case UInt8(ascii: "d"), UInt8(ascii: "s"), UInt8(ascii: "v"): radix = 10
    default: return false
    }
    var text = Array(digits(radix).utf8)
    if verb == UInt8(ascii: "X") { text = text.map { $0 &- 0x61 < 26 ? $0 - 32 : $0 } }
    let head = (sign(isNegative).map { [$0] } ?? []) + Array(prefix.utf8)
    var zeros = 0
    if let precision = flags.precision {
      zeros = max(0, precision - text.count)
    } else if flags.zero, !flags.minus, let width = flags.width {
      zeros = max(0, width - head.count - text.count)
    }
    padWithSpaces(head + Array(repeating: 0x30, count: zeros) + text)
    return true
  }

  // MARK: Floats

  /// - Returns: false when the verb is none for complex numbers.
  package mutating func write(complex real: Double, _ imaginary: Double, _ verb: UInt8) -> Bool {
    switch verb {
    case UInt8(ascii: "v"), UInt8(ascii: "b"), UInt8(ascii: "g"), UInt8(ascii: "G"), UInt8(ascii: "x"),
      UInt8(ascii: "X"), UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "e"), UInt8(ascii: "E"):
      let plus = flags.plus
      out.append(UInt8(ascii: "("))
      _ = write(float: real, verb)
      flags.plus = true
      _ = write(float: imaginary, verb)
      put("i)")
      flags.plus = plus
      return true
    default: return false
    }
  }

  /// - Parameter single: the same number when it is a `float32`.
  /// - Returns: false when the verb is none for floats.
  package mutating func write(float number: Double, _ verb: UInt8, single: Float? = nil) -> Bool {
    var text: [UInt8] = []
    switch verb {
    case UInt8(ascii: "v"): FloatText.write(number, single, "g", flags.precision, flags, into: &text)
    case UInt8(ascii: "g"), UInt8(ascii: "G"):
      FloatText.write(number, single, Character(UnicodeScalar(verb)), flags.precision, flags, into: &text)
    case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "f"), UInt8(ascii: "F"):
      let verb = verb == UInt8(ascii: "F") ? UInt8(ascii: "f") : verb
      FloatText.write(number, single, Character(UnicodeScalar(verb)), flags.precision ?? 6, flags, into: &text)
    case UInt8(ascii: "b"), UInt8(ascii: "x"), UInt8(ascii: "X"):
      FloatText.write(number, single, Character(UnicodeScalar(verb)), flags.precision, flags, into: &text)
    default: return false
    }
    writeSigned(&text, isFinite: number.isFinite)
    return true
  }

  /// Pads a number that begins with its sign.
  private mutating func writeSigned(_ text: inout [UInt8], isFinite: Bool) {
    if flags.space, text[0] == 0x2B, !flags.plus { text[0] = 0x20 }
    if !isFinite {
      if text[1] == UInt8(ascii: "N"), !flags.space, !flags.plus { text.removeFirst() }
      return padWithSpaces(text)
    }
    guard flags.plus || text[0] != 0x2B else { return padString(Array(text.dropFirst())) }
    if flags.zero, !flags.minus, let width = flags.width, width > text.count {
      // The sign comes before the zeros.
      out.append(text[0])
      out.append(contentsOf: repeatElement(0x30, count: width - text.count))
      out.append(contentsOf: text.dropFirst())
    } else {
      padString(text)
    }
  }
}
