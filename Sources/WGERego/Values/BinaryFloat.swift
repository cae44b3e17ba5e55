internal import BigInt

/// A binary floating-point number with a mantissa of 64 bits and an exponent without practical bounds: what Rego
/// arithmetic is defined in. Rounds to nearest, ties to even.
///
/// The value is `mantissa * 2^exponent`; the top bit of the mantissa is set, except for zero.
struct BinaryFloat {
  var negative: Bool
  var mantissa: UInt64
  var exponent: Int

  static let zero = BinaryFloat(negative: false, mantissa: 0, exponent: 0)

  init(negative: Bool, mantissa: UInt64, exponent: Int) {
    self.negative = negative
    self.mantissa = mantissa
    self.exponent = exponent
  }

  init(_ number: RegoNumber) {
    switch number {
    case .int(let value): self.init(value)
    case .decimal(let decimal):
      let (numerator, denominator) = decimal.fraction
      self.init(numerator, over: denominator)
    }
  }

  init(_ value: Int64) {
    guard value != 0 else {
      self = .zero
      return
    }
    let shift = value.magnitude.leadingZeroBitCount
    self.init(negative: value < 0, mantissa: value.magnitude << UInt64(shift), exponent: -shift)
  }

  /// The nearest number to a quotient.
  init(_ numerator: BigInt, over denominator: BigInt) {
    guard numerator != 0 else {
      self = .zero
      return
    }
    // Scaled so that the quotient has 65 or 66 bits; what is left over only matters as "something".
    let shift = 66 - (numerator.magnitude.bitWidth - denominator.magnitude.bitWidth)
    let scaled = shift >= 0 ? numerator.magnitude << shift : numerator.magnitude
    let divisor = shift >= 0 ? denominator.magnitude : denominator.magnitude << -shift
    let (quotient, remainder) = scaled.quotientAndRemainder(dividingBy: divisor)
    let wide = UInt128(quotient)
    self = Self.rounded(
      negative: numerator.sign == .minus, wide, exponent: -shift, sticky: remainder != 0)
  }

  /// Rounds a wide mantissa to 64 bits. `sticky`: the true value is a little larger.
  static func rounded(negative: Bool, _ wide: UInt128, exponent: Int, sticky: Bool) -> BinaryFloat {
    guard wide != 0 else { return .zero }
    let width = 128 - wide.leadingZeroBitCount
    if width <= 64 {
      return BinaryFloat(
        negative: negative, mantissa: UInt64(wide) << UInt64(64 - width), exponent: exponent - (64 - width))
    }
    let drop = width - 64
    var mantissa = UInt64(truncatingIfNeeded: wide >> UInt128(drop))
    let rest = wide & ((1 << UInt128(drop)) - 1)
    let half = UInt128(1) << UInt128(drop - 1)
    var exponent = exponent + drop
    if rest > half || (rest == half && (sticky || mantissa & 1 == 1)) {
      let (next, overflow) = mantissa.addingReportingOverflow(1)
      if overflow {
        mantissa = 1 << 63
        exponent += 1
      } else {
        mantissa = next
      }
    }
    return BinaryFloat(negative: negative, mantissa: mantissa, exponent: exponent)
  }

  var negated: BinaryFloat { BinaryFloat(negative: mantissa != 0 && !negative, mantissa: mantissa, exponent: exponent) }

  static func + (a: BinaryFloat, b: BinaryFloat) -> BinaryFloat {
    if a.mantissa == 0 { return b }
    if b.mantissa == 0 { return a }
    let (high, low) = a.exponent >= b.exponent ? (a, b) : (b, a)
    let distance = high.exponent - low.exponent
    // 62 bits of room below the larger one, and one above for the carry.
    let left = UInt128(high.mantissa) << 62
    var right = UInt128(low.mantissa) << 62
    var sticky = false
    if distance >= 127 {
      sticky = true
      right = 0
    } else if distance > 0 {
      sticky = right & ((1 << UInt128(distance)) - 1) != 0
      right >>= UInt128(distance)
    }
    let exponent = high.exponent - 62
    if high.negative == low.negative {
      return rounded(negative: high.negative, left + right, exponent: exponent, sticky: sticky)
    }
    if left >= right {
      // Taking away a little more than `right` is one less plus something.
      let difference = left - right - (sticky ? 1 : 0)
      return rounded(negative: high.negative, difference, exponent: exponent, sticky: sticky)
    }
    return rounded(negative: low.negative, right - left, exponent: exponent, sticky: sticky)
  }

  static func - (a: BinaryFloat, b: BinaryFloat) -> BinaryFloat { a + b.negated }

  static func * (a: BinaryFloat, b: BinaryFloat) -> BinaryFloat {
    if a.mantissa == 0 || b.mantissa == 0 { return .zero }
    let product = UInt128(a.mantissa) * UInt128(b.mantissa)
    return rounded(
      negative: a.negative != b.negative, product, exponent: a.exponent + b.exponent, sticky: false)
  }

  /// Nil for a zero divisor.
  static func / (a: BinaryFloat, b: BinaryFloat) -> BinaryFloat? {
    if b.mantissa == 0 { return nil }
    if a.mantissa == 0 { return .zero }
    let dividend = UInt128(a.mantissa) << 64
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: UInt128(b.mantissa))
    // 64 or 65 bits; two more of the quotient leave room to round.
    let doubled = remainder << 1
    let (extra, left) = doubled.quotientAndRemainder(dividingBy: UInt128(b.mantissa))
    return rounded(
      negative: a.negative != b.negative, quotient << 1 | extra, exponent: a.exponent - b.exponent - 65,
      sticky: left != 0)
  }

  var isInteger: Bool { mantissa == 0 || exponent >= 0 || -exponent <= mantissa.trailingZeroBitCount }

  /// The whole number towards zero.
  var truncated: BigInt {
    let value = BigInt(mantissa)
    let magnitude = exponent >= 0 ? value << exponent : (-exponent >= 64 ? 0 : value >> -exponent)
    return negative ? -magnitude : magnitude
  }

  /// As a Rego number, printed as the shortest decimal that reads back as the same number; nil past the limit of
  /// exponents.
  var number: RegoNumber? {
    if mantissa == 0 { return .int(0) }
    guard abs(exponent) <= RegoDefaults.maximumExponent * 4 else { return nil }
    if isInteger, exponent <= 0, let small = Int64(exactly: truncated) { return .int(small) }
    var (digits, point) = shortest
    let sign = negative ? "-" : ""
    if isInteger {
      while digits.count < point { digits.append(0) }
      return RegoNumber(decimal: sign + Self.text(digits))
    }
    let scientific = point - 1
    if scientific < -4 || scientific >= 6 && scientific >= 0 && scientific >= Self.eprec(digits.count, point) {
      var text = sign + Self.text([digits[0]])
      if digits.count > 1 { text += "." + Self.text(Array(digits[1...])) }
      let magnitude = String(abs(scientific))
      text += "e" + (scientific < 0 ? "-" : "+") + (magnitude.count < 2 ? "0" + magnitude : magnitude)
      return RegoNumber(decimal: text)
    }
    if point <= 0 {
      return RegoNumber(decimal: sign + "0." + String(repeating: "0", count: -point) + Self.text(digits))
    }
    if point >= digits.count { return RegoNumber(decimal: sign + Self.text(digits)) }
    return RegoNumber(decimal: sign + Self.text(Array(digits[..<point])) + "." + Self.text(Array(digits[point...])))
  }

  /// Go's %g with the shortest precision switches to an exponent at six.
  private static func eprec(_ digits: Int, _ point: Int) -> Int { 6 }

  private static func text(_ digits: [UInt8]) -> String {
    String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }

  /// Shortest digits that identify the number, and the position of the decimal point in front of which they stand:
  /// free-format digit generation (Steele and White) in whole numbers.
  private var shortest: ([UInt8], Int) {
    // value = r / s; the neighbours' midpoints are (r + mPlus) / s and (r - mMinus) / s.
    var r = BigInt(mantissa) << 2
    var s = BigInt(4)
    var mPlus = BigInt(2)
    var mMinus = mantissa == 1 << 63 ? BigInt(1) : BigInt(2)
    if exponent >= 0 {
      r <<= exponent
      mPlus <<= exponent
      mMinus <<= exponent
    } else {
      s <<= -exponent
    }
    let even = mantissa & 1 == 0
    var point = Int((Double(exponent + 63) * 0.30102999566398).rounded(.down)) + 1
    if point >= 0 {
      s *= BigInt(10).power(point)
    } else {
      let scale = BigInt(10).power(-point)
      r *= scale
      mPlus *= scale
      mMinus *= scale
    }
    // The estimate may be one off.
    while even ? r + mPlus >= s : r + mPlus > s {
      s *= 10
      point += 1
    }
    while even ? (r + mPlus) * 10 < s : (r + mPlus) * 10 <= s {
      r *= 10
      mPlus *= 10
      mMinus *= 10
      point -= 1
    }
    var digits: [UInt8] = []
    while true {
      let (digit, rest) = (r * 10).quotientAndRemainder(dividingBy: s)
      r = rest
      mPlus *= 10
      mMinus *= 10
      let low = even ? r <= mMinus : r < mMinus
      let high = even ? r + mPlus >= s : r + mPlus > s
      let value = UInt8(truncatingIfNeeded: Int(digit))
      if !low && !high {
        digits.append(value)
        continue
      }
      let up = low && high ? r * 2 >= s : high
      digits.append(up ? value + 1 : value)
      break
    }
    // Rounding a nine up carries.
    var index = digits.count - 1
    while index >= 0, digits[index] == 10 {
      digits[index] = 0
      if index == 0 {
        digits.insert(1, at: 0)
        point += 1
      } else {
        digits[index - 1] += 1
      }
      index -= 1
    }
    while digits.count > 1, digits.last == 0 { digits.removeLast() }
    return (digits, point)
  }
}
