/// Resource quantities in the form that Kubernetes writes them back: `1000m` as `1`, `0.5` as `500m`,
/// `1024Ki` as `1Mi`. Source: k8s.io/apimachinery, api/resource.
enum CanonicalQuantity {
  private static let binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
  private static let decimal: [(suffix: String, exponent: Int)] = [
    ("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18),
  ]

  /// Nil when the text is no quantity, or one past the range that can be held exactly.
  static func canonical(_ text: String) -> String? {
    guard text.utf8.count <= 64 else { return nil }
    var rest = text[...]
    let negative = rest.hasPrefix("-")
    if negative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    let whole = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(whole.count)
    var fraction: Substring = ""
    if rest.hasPrefix(".") {
      fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    var digits = Array((whole + fraction).utf8).map { Int($0) - 48 }
    var exponent = -fraction.count
    let suffix = String(rest)
    if let power = binary.firstIndex(of: suffix), power > 0 {
      guard fraction.isEmpty || Int(fraction) == 0, var value = Int64(whole.isEmpty ? "0" : whole) else {
        return binaryFraction(text, whole, fraction, power, negative)
      }
      var unit = power
      while value != 0, value % 1024 == 0, unit < 6 {
        value /= 1024
        unit += 1
      }
      return value == 0 ? "0" : "\(negative ? "-" : "")\(value)\(binary[unit])"
    }
    var isExponent = false
    if let known = decimal.first(where: { $0.suffix == suffix }) {
      exponent += known.exponent
    } else if let first = suffix.first, first == "e" || first == "E", let power = Int(suffix.dropFirst()),
      abs(power) <= 18
    {
      exponent += power
      isExponent = true
    } else {
      return nil
    }
    while let first = digits.first, first == 0 { digits.removeFirst() }
    while let last = digits.last, last == 0 {
      digits.removeLast()
      exponent += 1
    }
    if digits.isEmpty { return "0" }
    // Past nano the value is rounded up, as upstream does.
    while exponent < -9 {
      let dropped = digits.removeLast()
      exponent += 1
      if dropped > 0 { digits = increment(digits) }
      if digits.isEmpty { digits = [1] }
    }
    while let last = digits.last, last == 0 {
      digits.removeLast()
      exponent += 1
    }
    // The exponent becomes a multiple of three that leaves an integer.
    let base = Int((Double(exponent) / 3).rounded(.down)) * 3
    digits += [Int](repeating: 0, count: exponent - base)
    var number = digits.map(String.init).joined()
    var power = base
    if power > 18 {
      number += String(repeating: "0", count: power - 18)
      power = 18
    }
    let sign = negative ? "-" : ""
    if isExponent { return power == 0 ? sign + number : "\(sign)\(number)e\(power)" }
    guard let suffix = decimal.first(where: { $0.exponent == power })?.suffix else { return nil }
    return sign + number + suffix
  }

  private static func increment(_ digits: [Int]) -> [Int] {
    var result = digits
    var index = result.count - 1
    while index >= 0 {
      if result[index] < 9 {
        result[index] += 1
        return result
      }
      result[index] = 0
      index -= 1
    }
    return [1] + result
  }

  /// `1.5Gi`: exact in a smaller binary unit.
  private static func binaryFraction(
    _ text: String, _ whole: Substring, _ fraction: Substring, _ power: Int, _ negative: Bool
  )
    -> String?
  {
    guard let value = Double("\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)"), value < 1e9 else {
      return nil
    }
    var unit = power
    var scaled = value
    while unit > 0, scaled != scaled.rounded() {
      scaled *= 1024
      unit -= 1
    }
    guard let exact = Int64(exactly: scaled.rounded(.up)) else { return nil }
    return "\(negative ? "-" : "")\(exact)\(binary[unit])"
  }
}
