internal import BigInt
public import WGECore

/// A Rego number: exact, of any size.
///
/// Whole numbers of 64 bits are ``int(_:)``. Anything else keeps its decimal text as it was written, until
/// arithmetic touches it.
public enum RegoNumber: Sendable {
  /// A whole number of 64 bits.
  case int(Int64)
  /// Any other number.
  case decimal(RegoDecimal)

  /// The number that a JSON number spells.
  public init(_ json: JSONNumber) {
    switch json {
    case .int(let value): self = .int(value)
    case .double, .literal:
      let text = json.description
      self = RegoNumber(decimal: text) ?? Self.oversized(text)
    }
  }

  /// The number that a decimal text spells, by JSON's grammar (leading zeros and a bare leading or trailing point
  /// are tolerated); nil for anything else and for exponents past ``RegoDefaults/maximumExponent``.
  public init?(decimal text: String) {
    if text.utf8.count < 19, let first = text.utf8.first, first != UInt8(ascii: "+"), let value = Int64(text),
      !(value == 0 && text.utf8.count > 1), first != UInt8(ascii: "0") || text.utf8.count == 1
    {
      self = .int(value)
      return
    }
    guard let decimal = RegoDecimal(text) else { return nil }
    self = .decimal(decimal)
  }

  init(_ value: BigInt) {
    if let small = Int64(exactly: value) {
      self = .int(small)
    } else {
      self = Self.oversized(String(value))
    }
  }

  /// A number past the limits, of a text that is a number: its order holds, arithmetic refuses it.
  private static func oversized(_ text: String) -> RegoNumber {
    RegoDecimal(text, oversized: true).map { .decimal($0) } ?? .int(0)
  }

  /// True for numbers that arithmetic refuses as too big.
  var isOversized: Bool { if case .decimal(let decimal) = self { decimal.isOversized } else { false } }

  /// The value when it is a whole number of 64 bits, also when it is written as `1.0` or `1e3`.
  public var exactInt: Int? {
    switch self {
    case .int(let value): return Int(value)
    case .decimal(let decimal): return decimal.exactInteger(maximumDigits: 19).flatMap { Int(exactly: $0) }
    }
  }

  /// The value as a whole number of any size within the limits of numbers, or nil when it has a fraction.
  var exactInteger: BigInt? {
    switch self {
    case .int(let value): BigInt(value)
    case .decimal(let decimal): decimal.exactInteger(maximumDigits: RegoDefaults.maximumExponent)
    }
  }

  /// ``exactInteger`` with a mantissa of 64 bits: what integer builtins work with.
  var roundedInteger: BigInt? {
    guard let exact = exactInteger else { return nil }
    let excess = exact.magnitude.bitWidth - 64
    guard excess > 0 else { return exact }
    // To nearest, ties to even.
    var magnitude = exact.magnitude >> excess
    let rest = exact.magnitude - magnitude << excess
    let half = BigUInt(1) << (excess - 1)
    if rest > half || rest == half && magnitude & 1 == 1 { magnitude += 1 }
    let rounded = BigInt(magnitude << excess)
    return exact < 0 ? -rounded : rounded
  }

  /// True when there is no fraction.
  var isInteger: Bool {
    switch self {
    case .int: true
    case .decimal(let decimal): decimal.isInteger
    }
  }

  /// The nearest double.
  public var double: Double {
    switch self {
    case .int(let value): Double(value)
    case .decimal(let decimal): Double(decimal.text) ?? .nan
    }
  }

  /// The decimal text, as written.
  public var text: String {
    switch self {
    case .int(let value): String(value)
    case .decimal(let decimal): decimal.text
    }
  }

  /// The text by the grammar of JSON.
  var jsonText: String {
    switch self {
    case .int(let value): String(value)
    case .decimal(let decimal): decimal.jsonText
    }
  }

  /// As a JSON number with the same text.
  var json: JSONNumber {
    switch self {
    case .int(let value): .int(value)
    case .decimal(let decimal): JSONNumber(literal: decimal.jsonText) ?? .int(0)
    }
  }

  /// Negative, zero or positive, by exact value.
  static func compare(_ a: RegoNumber, _ b: RegoNumber) -> Int {
    switch (a, b) {
    case (.int(let a), .int(let b)): a < b ? -1 : (a == b ? 0 : 1)
    default: RegoDecimal.compare(a.decimal, b.decimal)
    }
  }

  var decimal: RegoDecimal {
    switch self {
    case .int(let value): RegoDecimal(value)
    case .decimal(let decimal): decimal
    }
  }

  func hash(into hasher: inout Hasher) {
    if let value = exactInt {
      hasher.combine(value)
    } else {
      decimal.hash(into: &hasher)
    }
  }
}
