/// Why a text is not a quantity.
public struct QuantityParseError: Error, Hashable, CustomStringConvertible {
  /// The sentence that Kubernetes has for it, or that the number is out of range.
  public let description: String
}

/// `resource.Quantity`: an amount of CPU, memory and the like: `100m`, `1.5Gi`, `2e3`.
///
/// Exact: a whole number of billionths (nano), without floating point. What is finer is rounded
/// away from zero, as Kubernetes does. Compares and hashes by value: `1000m` equals `1`.
///
/// Source: k8s.io/apimachinery, api/resource.
public struct Quantity: Sendable {
  /// How it is printed.
  public enum Format: Sendable, Hashable {
    /// With suffixes `n`, `u`, `m`, none, `k`, `M`, `G`, `T`, `P`, `E`.
    case decimalSI
    /// With suffixes `Ki`, `Mi`, `Gi`, `Ti`, `Pi`, `Ei`; as decimal where it would be below 1Ki or is
    /// not whole.
    case binarySI
    /// With an exponent, `2e3`.
    case decimalExponent
  }

  /// Billionths.
  public let nanos: Int128
  /// How it was written.
  public let format: Format

  /// Largest magnitude, in billionths: a little more than 10^11 `E`.
  private static let limit = Int128.max / 2

  private init(nanos: Int128, format: Format) {
    self.nanos = nanos
    self.format = format
  }

  /// A whole amount.
  public init(_ value: Int64, format: Format = .decimalSI) {
    self.init(nanos: Int128(value) * 1_000_000_000, format: format)
  }

  /// An amount in thousandths.
  public init(milli: Int64, format: Format = .decimalSI) {
    self.init(nanos: Int128(milli) * 1_000_000, format: format)
  }

  // MARK: Reading

  /// Reads a sign, a decimal number and a suffix or exponent.
  public init(parsing text: String) throws(QuantityParseError) {
    var rest = text.utf8[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    let whole = rest.prefix { Self.isDigit($0) }
    rest = rest.dropFirst(whole.count)
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: ".") {
      fraction = rest.dropFirst().prefix { Self.isDigit($0) }
      rest = rest.dropFirst(fraction.count + 1)
    }
    if whole.isEmpty && fraction.isEmpty {
      throw QuantityParseError(description: Self.wrongFormat)
    }
    guard let suffix = Suffix(String(decoding: rest, as: UTF8.self)) else {
      throw QuantityParseError(
        description: Self.looksLikeSuffix(rest) ? "unable to parse quantity's suffix" : Self.wrongFormat)
    }
    guard let magnitude = Self.nanos(Array(whole), Array(fraction), suffix) else {
      throw QuantityParseError(description: "the quantity is out of range")
    }
    self.init(nanos: isNegative ? -magnitude : magnitude, format: suffix.format)
  }

  private static let wrongFormat =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

  /// Letters that suffixes have, then perhaps an exponent: of the right form, whatever it means.
  private static func looksLikeSuffix(_ text: Substring.UTF8View) -> Bool {
    var rest = text.drop { "eEinumkKMGTP".utf8.contains($0) }
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    return rest.allSatisfy { isDigit($0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// digits x 10^(exponent - fraction digits) x 1024^binary, in nanos and rounded up; nil when out
  /// of range.
  private static func nanos(_ whole: [UInt8], _ fraction: [UInt8], _ suffix: Suffix) -> Int128? {
    let digits = (whole + fraction).map { Int128($0 - UInt8(ascii: "0")) }
    let factor = Int128(1) << (10 * suffix.binary)
    // How many digits stand before the point when the unit is the nano.
    let point = whole.count + suffix.decimal + 9

    var value = Int128(0)
    for index in 0..<max(0, point) {
      if index >= digits.count, value == 0 { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(index < digits.count ? digits[index] : 0)
      if overflow || overflow2 || sum > limit / factor { return nil }
      value = sum
    }
    value *= factor

    // The digits behind the point times the factor, from the last digit on: dividing and rounding
    // down at each step gives the same as doing so once, and any remainder means rounding up.
    var behind = Int128(0)
    var isRounded = false
    for index in stride(from: digits.count - 1, through: max(0, point), by: -1) {
      let (quotient, rest) = (behind + digits[index] * factor).quotientAndRemainder(dividingBy: 10)
      behind = quotient
      if rest != 0 { isRounded = true }
    }
    for _ in 0..<max(0, -point) {
      if behind == 0 { break }
      if behind % 10 != 0 { isRounded = true }
      behind /= 10
    }
    let result = value + behind + (isRounded ? 1 : 0)
    return result > limit ? nil : result
  }

  /// The multiplier 10^decimal x 1024^binary that a suffix stands for.
  private struct Suffix {
    var decimal = 0
    var binary = 0
    var format = Format.decimalSI

    init?(_ text: String) {
      switch text {
      case "n": decimal = -9
      case "u": decimal = -6
      case "m": decimal = -3
      case "": break
      case "k": decimal = 3
      case "M": decimal = 6
      case "G": decimal = 9
      case "T": decimal = 12
      case "P": decimal = 15
      case "E": decimal = 18
      case "Ki": (binary, format) = (1, .binarySI)
      case "Mi": (binary, format) = (2, .binarySI)
      case "Gi": (binary, format) = (3, .binarySI)
      case "Ti": (binary, format) = (4, .binarySI)
      case "Pi": (binary, format) = (5, .binarySI)
      case "Ei": (binary, format) = (6, .binarySI)
      default:
        // Exponents past a thousand are out of range, or zero, whatever they multiply.
        guard let first = text.first, first == "e" || first == "E", let exponent = Int16(text.dropFirst()) else {
          return nil
        }
        decimal = min(1000, max(-1000, Int(exponent)))
        format = .decimalExponent
      }
    }
  }

  // MARK: Arithmetic

  /// True for zero.
  public var isZero: Bool { nanos == 0 }

  /// The amount in whole units, rounded up; saturates at the ends of 64 bits.
  public var value: Int64 { Self.rounded(nanos, by: 1_000_000_000) }

  /// The amount in thousandths, rounded up; saturates at the ends of 64 bits.
  public var milliValue: Int64 { Self.rounded(nanos, by: 1_000_000) }

  private static func rounded(_ nanos: Int128, by unit: Int128) -> Int64 {
    let (quotient, rest) = nanos.quotientAndRemainder(dividingBy: unit)
    return Int64(clamping: rest == 0 ? quotient : quotient + (rest > 0 ? 1 : -1))
  }

  /// The sum, printed in this quantity's format; nil when it is out of range.
  public func adding(_ other: Quantity) -> Quantity? {
    let sum = nanos + other.nanos
    guard sum.magnitude <= Self.limit.magnitude else { return nil }
    return Quantity(nanos: sum, format: isZero ? other.format : format)
  }

  /// The difference, printed in this quantity's format; nil when it is out of range.
  public func subtracting(_ other: Quantity) -> Quantity? {
    adding(Quantity(nanos: -other.nanos, format: other.format))
  }
}

extension Quantity: Comparable, Hashable {
  /// By value, whatever the format.
  public static func == (lhs: Quantity, rhs: Quantity) -> Bool { lhs.nanos == rhs.nanos }

  /// By value, whatever the format.
  public static func < (lhs: Quantity, rhs: Quantity) -> Bool { lhs.nanos < rhs.nanos }

  /// Hashes the value.
  public func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

extension Quantity: CustomStringConvertible {
  /// The canonical form: no fraction, and the largest suffix that allows it.
  public var description: String {
    if nanos == 0 { return "0" }
    let unit: Int128 = 1_000_000_000
    if format == .binarySI, nanos % unit == 0, (nanos / unit).magnitude >= 1024 {
      var value = nanos / unit
      var power = 0
      while value % 1024 == 0, power < 6 {
        value /= 1024
        power += 1
      }
      return "\(value)\(["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power])"
    }
    var value = nanos
    var exponent = -9
    while value % 1000 == 0, exponent < 18 {
      value /= 1000
      exponent += 3
    }
    if format == .decimalExponent { return exponent == 0 ? "\(value)" : "\(value)e\(exponent)" }
    return "\(value)\(["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][(exponent + 9) / 3])"
  }
}

extension Quantity: Codable {
  /// Reads text or, as Kubernetes does, a number.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      switch try container.decode(JSON.self) {
      case .string(let text): try self.init(parsing: text)
      case .number(let number): try self.init(parsing: number.description)
      case let other:
        throw DecodingError.typeMismatch(
          Quantity.self,
          .init(codingPath: decoder.codingPath, debugDescription: "expected a quantity, found \(other.typePhrase)"))
      }
    } catch let error as QuantityParseError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes the canonical form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
