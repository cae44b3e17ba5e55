/// Doubles as Go writes them: the shortest digits that read back as the same value.
///
/// Swift's own description has the same digits (both are shortest, nearest) and other rules for the
/// exponent, so the digits are taken from there and laid out anew.
enum GoFloat {
  /// As encoding/json: without an exponent from 1e-6 up to 1e21, with one outside, and no zero
  /// padding in it.
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    let decimal = Decimal(value.description)
    let magnitude = value.magnitude
    if magnitude != 0, magnitude < 1e-6 || magnitude >= 1e21 { return decimal.scientific(exponentDigits: 1) }
    return decimal.positional
  }

  /// As strconv's format 'g' with the shortest precision, which YAML uses: with an exponent of at
  /// least two digits below 1e-4 and from 1e6.
  static func general(_ value: Double) -> String { general(Decimal(value.description)) }

  /// As ``general(_:)-(Double)``, with the digits of a 32-bit float.
  static func general(_ value: Float) -> String { general(Decimal(value.description)) }

  private static func general(_ decimal: Decimal) -> String {
    let exponent = decimal.point - 1
    if decimal.digits != "0", exponent < -4 || exponent >= 6 { return decimal.scientific(exponentDigits: 2) }
    return decimal.positional
  }
}

/// Significant digits d1 d2 ... and the position p of the point: 0.d1d2... x 10^p.
private struct Decimal {
  var isNegative = false
  /// Without leading or trailing zeros; `0` for zero.
  var digits = ""
  var point = 0

  /// Reads Swift's description of a finite floating point number.
  init(_ description: String) {
    var text = description[...]
    if text.hasPrefix("-") {
      isNegative = true
      text = text.dropFirst()
    }
    let parts = text.split(separator: "e")
    let mantissa = (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
    digits = mantissa.joined()
    point = (mantissa.first?.utf8.count ?? 0) + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    let leading = digits.utf8.prefix { $0 == UInt8(ascii: "0") }.count
    digits.removeFirst(leading)
    point -= leading
    while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
    if digits.isEmpty {
      digits = "0"
      point = 1
    }
  }

  private var sign: String { isNegative ? "-" : "" }

  func scientific(exponentDigits: Int) -> String {
    let exponent = point - 1
    let mantissa = digits.utf8.count == 1 ? digits : "\(digits.prefix(1)).\(digits.dropFirst())"
    let number = String(exponent.magnitude)
    let zeros = String(repeating: "0", count: max(0, exponentDigits - number.utf8.count))
    return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(zeros)\(number)"
  }

  var positional: String {
    let count = digits.utf8.count
    if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
    if count <= point { return sign + digits + String(repeating: "0", count: point - count) }
    return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
  }
}
