internal import BigInt
internal import WGEGoFormat

/// `units.parse`, `units.parse_bytes` and semantic versions.
enum Units {
  /// Amount and unit of a text such as `1.5Gi`; quotes are dropped.
  private static func parts(_ text: String, _ noAmount: String, _ spaces: String) throws(BuiltinFailure) -> (
    String, String
  ) {
    let plain = text.replacing("\"", with: "")
    if plain.contains(" ") { throw .failed(spaces) }
    let amount = plain.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }
    var number = String(amount)
    var unit = String(plain.dropFirst(amount.count))
    // An exponent belongs to the number.
    if let first = unit.first, first == "e" || first == "E" {
      let rest = unit.dropFirst()
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == "-" || $0 == "+") }
      if digits.contains(where: \.isNumber) {
        number += "e" + digits
        unit = String(rest.dropFirst(digits.count))
      }
    }
    if number.isEmpty { throw .failed(noAmount) }
    return (number, unit)
  }

  private static func decimal(_ text: String, _ message: String) throws(BuiltinFailure) -> RegoDecimal {
    let plain = text.hasPrefix("+") ? String(text.dropFirst()) : text
    guard let value = RegoDecimal(plain), !plain.hasPrefix("+") else { throw .failed(message) }
    return value
  }

  static let binary = ["ki": 1, "mi": 2, "gi": 3, "ti": 4, "pi": 5, "ei": 6]

  static func bytes(_ text: String) throws(BuiltinFailure) -> RegoValue {
    let (number, unit) = try parts(text, "no byte amount provided", "spaces not allowed in resource strings")
    let multiplier: BigInt
    var name = unit.lowercased()
    if name.hasSuffix("b") { name.removeLast() }
    if unit.isEmpty {
      multiplier = 1
    } else if let power = binary[name] {
      multiplier = BigInt(1) << (10 * power)
    } else if let power = ["k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6][name] {
      multiplier = BigInt(1000).power(power)
    } else {
      throw .failed("byte unit \(unit) not recognized")
    }
    let amount = try decimal(number, "could not parse byte amount to a number")
    let (numerator, denominator) = amount.fraction
    return .number(RegoNumber(numerator * multiplier / denominator))
  }

  static func quantity(_ text: String) throws(BuiltinFailure) -> RegoValue {
    let (number, unit) = try parts(text, "no amount provided", "spaces not allowed in resource strings")
    var numeratorScale: BigInt = 1
    var denominatorScale: BigInt = 1
    let name = unit.count > 1 ? unit.lowercased() : unit
    let powers: [String: Int] = [
      "k": 1, "K": 1, "M": 2, "g": 3, "G": 3, "t": 4, "T": 4, "p": 5, "P": 5, "e": 6, "E": 6,
    ]
    if unit.isEmpty {
    } else if unit == "m" {
      denominatorScale = 1000
    } else if let power = powers[unit] {
      numeratorScale = BigInt(1000).power(power)
    } else if let power = binary[name] {
      numeratorScale = BigInt(1) << (10 * power)
    } else {
      throw .failed("unit \(unit) not recognized")
    }
    let amount = try decimal(number, "could not parse amount to a number")
    var (numerator, denominator) = amount.fraction
    numerator *= numeratorScale
    denominator *= denominatorScale
    let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
    if rest == 0 { return .number(RegoNumber(quotient)) }
    // Ten decimals, rounded half away from zero.
    let scaled = numerator * BigInt(10).power(10)
    let (digits, left) = scaled.quotientAndRemainder(dividingBy: denominator)
    let rounded = left.magnitude * 2 >= denominator.magnitude ? digits + (numerator < 0 ? -1 : 1) : digits
    var text = String(rounded.magnitude)
    while text.count < 11 { text = "0" + text }
    return .number(RegoNumber(decimal: (rounded < 0 ? "-" : "") + text.dropLast(10) + "." + text.suffix(10)) ?? .int(0))
  }
}

/// A semantic version by SemVer 2.
struct SemanticVersion: Comparable {
  var core: [BigInt]
  var prerelease: [String]

  init?(_ text: String) {
    let withoutBuild = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    if withoutBuild.count > 1, !Self.valid(withoutBuild[1], numeric: false) { return nil }
    let parts = withoutBuild[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 3 else { return nil }
    core = []
    for number in numbers {
      guard number.allSatisfy({ $0.isASCII && $0.isNumber }), number == "0" || !number.hasPrefix("0"),
        number.count < 1000,
        let value = BigInt(String(number))
      else { return nil }
      core.append(value)
    }
    prerelease = []
    if parts.count > 1 {
      guard Self.valid(parts[1], numeric: true) else { return nil }
      prerelease = parts[1].split(separator: ".").map(String.init)
    }
  }

  private static func valid(_ text: Substring, numeric: Bool) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
  }

  static func == (a: SemanticVersion, b: SemanticVersion) -> Bool { !(a < b) && !(b < a) }

  static func < (a: SemanticVersion, b: SemanticVersion) -> Bool {
    for (x, y) in zip(a.core, b.core) where x != y { return x < y }
    if a.prerelease.isEmpty || b.prerelease.isEmpty { return !a.prerelease.isEmpty && b.prerelease.isEmpty }
    for (x, y) in zip(a.prerelease, b.prerelease) where x != y {
      switch (number(x), number(y)) {
      case (let m?, let n?): if m != n { return m < n }
      case (_?, nil): return true
      case (nil, _?): return false
      default: return ValueOrder.compare(x, y) < 0
      }
    }
    return a.prerelease.count < b.prerelease.count
  }

  private static func number(_ text: String) -> BigInt? {
    text.allSatisfy { $0.isASCII && $0.isNumber } && text.count < 1000 ? BigInt(text) : nil
  }
}

let unitBuiltins: [Builtin] = [
  Builtin("units.parse", 1, tier: 1) { _, o throws(BuiltinFailure) in try Units.quantity(o.string(0)) },
  Builtin("units.parse_bytes", 1, tier: 1) { _, o throws(BuiltinFailure) in try Units.bytes(o.string(0)) },
  Builtin("semver.is_valid", 1, tier: 1) { _, o in
    if case .string(let text) = o[0] { .bool(SemanticVersion(text) != nil) } else { .bool(false) }
  },
  Builtin("semver.compare", 2, tier: 1) { _, o throws(BuiltinFailure) in
    let (a, b) = (try o.string(0), try o.string(1))
    guard let x = SemanticVersion(a) else {
      throw .failed("operand 1: string \(GoQuote.quote(a)) is not a valid SemVer")
    }
    guard let y = SemanticVersion(b) else {
      throw .failed("operand 2: string \(GoQuote.quote(b)) is not a valid SemVer")
    }
    return x < y ? -1 : y < x ? 1 : 0
  },
]
