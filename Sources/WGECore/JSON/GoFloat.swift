/// Doubles as Go's encoding/json writes them: the shortest digits that read back as the same value,
/// without an exponent from 1e-6 up to 1e21, with one outside, and no zero padding in it.
///
/// Swift's own description has the same digits (both are shortest, nearest) and other rules for the
/// exponent, so the digits are taken from there and laid out anew.
enum GoFloat {
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    if value == 0 { return value.sign == .minus ? "-0" : "0" }
    let (digits, point) = decimal(value.magnitude)
    let sign = value.sign == .minus ? "-" : ""
    let magnitude = value.magnitude
    if magnitude < 1e-6 || magnitude >= 1e21 {
      let exponent = point - 1
      let mantissa = digits.count == 1 ? digits : "\(digits.prefix(1)).\(digits.dropFirst())"
      return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(exponent.magnitude)"
    }
    if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
    if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) }
    return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
  }

  /// The significant digits d1 d2 ... and the position p of the point: 0.d1d2... x 10^p.
  private static func decimal(_ value: Double) -> (digits: String, point: Int) {
    let parts = value.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    var digits = String(mantissa[0])
    exponent += digits.utf8.count
    if mantissa.count > 1 { digits += mantissa[1] }
    let leading = digits.utf8.prefix { $0 == UInt8(ascii: "0") }.count
    digits.removeFirst(leading)
    exponent -= leading
    while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
    return (digits, exponent)
  }
}
