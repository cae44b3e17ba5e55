internal import BigInt

/// A decimal number as it was written, with what comparison needs.
public final class RegoDecimal: Sendable {
  /// As written.
  public let text: String
  private let negative: Bool
  /// Significant digits, 0 to 9, without zeros at either end; empty for zero.
  private let digits: [UInt8]
  /// The value is `0.digits` times ten to this power.
  private let point: Int
  /// Past ``RegoDefaults/maximumExponent`` in digits or exponent: it can be compared and written, not computed with.
  let isOversized: Bool

  /// What an exponent past 64 bits counts as: sums with the length of a text do not overflow.
  private static let endlessExponent = 1 << 60

  /// `oversized`: numbers past the limits are taken, too.
  init?(_ text: String, oversized: Bool = false) {
    var negative = false
    var digits: [UInt8] = []
    var point = 0
    var fraction = false
    var any = false
    var bytes = Array(text.utf8)[...]
    if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      negative = sign == UInt8(ascii: "-")
      bytes = bytes.dropFirst()
    }
    var exponent = 0
    scan: while let byte = bytes.first {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        any = true
        let digit = byte - UInt8(ascii: "0")
        if digit != 0 || !digits.isEmpty {
          digits.append(digit)
          if !fraction { point += 1 }
        } else if fraction {
          point -= 1
        }
      case UInt8(ascii: "."):
        if fraction { return nil }
        fraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        guard let written = Self.exponent(bytes.dropFirst()),
          oversized || written.magnitude <= UInt(RegoDefaults.maximumExponent)
        else { return nil }
        exponent = written
        break scan
      default: return nil
      }
      bytes = bytes.dropFirst()
    }
    isOversized =
      digits.count > RegoDefaults.maximumExponent || exponent.magnitude > UInt(RegoDefaults.maximumExponent)
    guard any, oversized || !isOversized else { return nil }
    while digits.last == 0 { digits.removeLast() }
    self.text = text
    self.negative = negative && !digits.isEmpty
    self.digits = digits
    self.point = digits.isEmpty ? 0 : point + exponent
  }

  /// The whole number after the `e`, clamped; nil when there is none.
  private static func exponent(_ bytes: ArraySlice<UInt8>) -> Int? {
    let digits = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
    guard !digits.isEmpty, digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
      return nil
    }
    let isNegative = bytes.first == UInt8(ascii: "-")
    guard let value = Int(String(decoding: bytes, as: UTF8.self)) else {
      return isNegative ? -endlessExponent : endlessExponent
    }
    return max(-endlessExponent, min(endlessExponent, value))
  }

  init(_ value: Int64) {
    text = String(value)
    isOversized = false
    negative = value < 0
    var digits = value.magnitude.description.utf8.map { $0 - UInt8(ascii: "0") }
    point = value == 0 ? 0 : digits.count
    while digits.last == 0 { digits.removeLast() }
    self.digits = digits
  }

  var isInteger: Bool { digits.count <= point || digits.isEmpty }

  var isNegative: Bool { negative }

  /// The value when it is whole and has at most so many digits.
  func exactInteger(maximumDigits: Int) -> BigInt? {
    if digits.isEmpty { return 0 }
    guard isInteger, point <= maximumDigits else { return nil }
    return (negative ? -1 : 1) * Self.integer(digits) * BigInt(10).power(point - digits.count)
  }

  /// Steps that arithmetic with the number is worth: the square of its length in machine words. What ``isOversized``
  /// is refused before anything is computed.
  var arithmeticCost: Int {
    if isOversized { return 1 }
    let words = (digits.count + Int(min((point - digits.count).magnitude, 1 << 20))) / 19
    return words * words >> 4
  }

  /// Numerator and denominator. Not for what ``isOversized``.
  var fraction: (BigInt, BigInt) {
    let coefficient = (negative ? -1 : 1) * Self.integer(digits)
    let exponent = point - digits.count
    return exponent >= 0
      ? (coefficient * BigInt(10).power(exponent), 1) : (coefficient, BigInt(10).power(-exponent))
  }

  private static func integer(_ digits: [UInt8]) -> BigInt {
    BigInt(String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)) ?? 0
  }

  /// The text by the grammar of JSON: `.5` is written `0.5`, `+1` is `1`.
  var jsonText: String {
    var text = text
    if text.hasPrefix("+") { text.removeFirst() }
    let sign = text.hasPrefix("-") ? "-" : ""
    var rest = text.dropFirst(sign.count)
    while rest.hasPrefix("0"), let next = rest.dropFirst().first, next.isNumber { rest = rest.dropFirst() }
    if rest.hasPrefix(".") { rest = "0" + rest }
    var result = String(rest)
    if let point = result.firstIndex(of: ".") {
      let after = result.index(after: point)
      if after == result.endIndex || !result[after].isNumber { result.insert("0", at: after) }
    }
    return sign + result
  }

  static func compare(_ a: RegoDecimal, _ b: RegoDecimal) -> Int {
    if a.negative != b.negative { return a.negative ? -1 : 1 }
    let order = magnitude(a, b)
    return a.negative ? -order : order
  }

  private static func magnitude(_ a: RegoDecimal, _ b: RegoDecimal) -> Int {
    if a.digits.isEmpty || b.digits.isEmpty { return a.digits.count - b.digits.count }
    if a.point != b.point { return a.point < b.point ? -1 : 1 }
    for index in 0..<min(a.digits.count, b.digits.count) where a.digits[index] != b.digits[index] {
      return a.digits[index] < b.digits[index] ? -1 : 1
    }
    return a.digits.count - b.digits.count
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(negative)
    hasher.combine(digits)
    hasher.combine(point)
  }
}
