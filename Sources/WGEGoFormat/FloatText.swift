/// A float in one of printf's formats, always with its sign in front.
enum FloatText {
  static func write(
    _ value: Double, _ single: Float?, _ verb: Character, _ precision: Int?, _ flags: FormatFlags,
    into out: inout [UInt8]
  ) {
    guard value.isFinite else {
      out.append(contentsOf: (value.isNaN ? "+NaN" : value < 0 ? "-Inf" : "+Inf").utf8)
      return
    }
    var text: [UInt8] = []
    switch verb {
    case "e", "E": text = Array(exponential(value, precision ?? 6).utf8)
    case "f": text = Array(FloatDigits.positional(value, precision: precision ?? 6).utf8)
    case "b": text = binary(value, single)
    case "x", "X": text = hexadecimal(value, precision, single)
    default: text = general(value, single, precision)
    }
    if verb == "E" || verb == "G" || verb == "X" { text = text.map { $0 &- 0x61 < 26 ? $0 - 32 : $0 } }
    if text.first != 0x2D { text.insert(0x2B, at: 0) }
    if flags.sharp, verb != "b" { keepZeros(&text, verb, precision) }
    out.append(contentsOf: text)
  }

  /// The C library writes exponents as Go does: a sign and at least two digits.
  private static func exponential(_ value: Double, _ precision: Int) -> String {
    FloatDigits.exponential(value, precision: precision)
  }

  private static func general(_ value: Double, _ single: Float?, _ precision: Int?) -> [UInt8] {
    var digits: FloatDigits
    // With the shortest precision Go decides as if it were six.
    var limit = 6
    if let precision {
      let significant = precision == 0 ? 1 : precision
      digits = FloatDigits(value, significant: significant)
      limit = significant
      if limit > digits.digits.count, digits.digits.count >= digits.point { limit = digits.digits.count }
    } else {
      digits = FloatDigits(shortest: single?.description ?? value.description)
    }
    var out: [UInt8] = []
    let exponent = digits.digits.isEmpty ? -1 : digits.point - 1
    if exponent < -4 || exponent >= limit {
      digits.scientific(UInt8(ascii: "e"), into: &out)
    } else {
      digits.positional(into: &out)
    }
    return out
  }

  private static func binary(_ value: Double, _ single: Float?) -> [UInt8] {
    let mantissa: UInt64
    let exponent: Int
    if let single {
      let raw = Int(single.bitPattern >> 23 & 0xFF)
      mantissa = UInt64(single.bitPattern & 0x7F_FFFF) | (raw == 0 ? 0 : 1 << 23)
      exponent = (raw == 0 ? 1 : raw) - 150
    } else {
      let raw = Int(value.bitPattern >> 52 & 0x7FF)
      mantissa = value.bitPattern & 0xF_FFFF_FFFF_FFFF | (raw == 0 ? 0 : 1 << 52)
      exponent = (raw == 0 ? 1 : raw) - 1075
    }
    return Array("\(value.sign == .minus ? "-" : "")\(mantissa)p\(exponent < 0 ? "" : "+")\(exponent)".utf8)
  }

  private static func hexadecimal(_ value: Double, _ precision: Int?, _ single: Float?) -> [UInt8] {
    var fraction: UInt64 = 0
    var exponent = 0
    if value != 0 {
      let significand = value.significand
      fraction = significand.bitPattern & 0xF_FFFF_FFFF_FFFF
      exponent = Int(value.exponent)
    }
    var lead: UInt64 = value == 0 ? 0 : 1
    if let precision, precision < 13 {
      // Round half to even at the last digit kept.
      let shift = UInt64((13 - precision) * 4)
      var all = lead << 52 | fraction
      let half: UInt64 = 1 << (shift - 1)
      let rest = all & (1 << shift - 1)
      all >>= shift
      if rest > half || (rest == half && all & 1 == 1) { all += 1 }
      all <<= shift
      if all >> 53 != 0 {
        all >>= 1
        exponent += 1
      }
      lead = all >> 52
      fraction = all & 0xF_FFFF_FFFF_FFFF
    }
    var digits = String(fraction, radix: 16)
    digits = String(repeating: "0", count: 13 - digits.utf8.count) + digits
    if let precision {
      digits = String(digits.prefix(precision)) + String(repeating: "0", count: max(0, precision - 13))
    } else {
      while digits.hasSuffix("0") { digits.removeLast() }
    }
    let point = digits.isEmpty ? "" : "."
    let mark = exponent < 0 ? "-" : "+"
    let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
    return Array("\(value.sign == .minus ? "-" : "")0x\(lead)\(point)\(digits)p\(mark)\(power)".utf8)
  }

  /// The flag `#`: a decimal point always, and for `%g` the trailing zeros of the precision.
  private static func keepZeros(_ text: inout [UInt8], _ verb: Character, _ precision: Int?) {
    var wanted = 0
    switch verb {
    case "g", "G", "x": wanted = precision ?? 6
    default: break
    }
    var tail: [UInt8] = []
    var hasPoint = false
    var sawNonzero = false
    var index = 1
    let isHexadecimal = verb == "x" || verb == "X"
    while index < text.count {
      let byte = text[index]
      switch byte {
      case UInt8(ascii: "."): hasPoint = true
      case UInt8(ascii: "p"), UInt8(ascii: "P"):
        tail = Array(text[index...])
        text.removeSubrange(index...)
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        if !isHexadecimal {
          tail = Array(text[index...])
          text.removeSubrange(index...)
          break
        }
        fallthrough
      default:
        if byte != 0x30 { sawNonzero = true }
        if sawNonzero { wanted -= 1 }
      }
      index += 1
    }
    if !hasPoint {
      if text.count == 2, text[1] == 0x30 { wanted -= 1 }
      text.append(UInt8(ascii: "."))
    }
    if wanted > 0 { text.append(contentsOf: repeatElement(0x30, count: wanted)) }
    text.append(contentsOf: tail)
  }
}
