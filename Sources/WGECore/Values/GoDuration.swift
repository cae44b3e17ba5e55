/// Why a text is not a duration in Go's syntax.
public struct GoDurationParseError: Error, Hashable, CustomStringConvertible {
  /// The sentence that Go's time package has for it.
  public let description: String
}

/// A duration as Go writes it and as Kubernetes and Flux carry it in fields such as `interval`:
/// `1h30m5.5s`, `250ms`, `0s`.
///
/// A whole number of nanoseconds of 64 bits, which is about 292 years either way.
public struct GoDuration: Sendable, Hashable, Comparable {
  /// The length; negative durations exist.
  public var nanoseconds: Int64

  /// A duration of that many nanoseconds.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The duration, cut to nanoseconds; nil when it is too long.
  public init?(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow2) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    if overflow || overflow2 { return nil }
    nanoseconds = sum
  }

  /// The same length as a Swift duration.
  public var duration: Duration { .nanoseconds(nanoseconds) }

  /// Shorter is less.
  public static func < (lhs: GoDuration, rhs: GoDuration) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

  /// Reads a sequence of decimal numbers with units `ns`, `us` (or `µs`), `ms`, `s`, `m`, `h`, such
  /// as `-1.5h`, `300ms` or `2h45m`; a plain `0` needs no unit. Digits past the nanosecond are cut.
  public init(parsing text: String) throws(GoDurationParseError) {
    func invalid(_ problem: String = "invalid duration") -> GoDurationParseError {
      GoDurationParseError(description: "time: \(problem) \(Self.quoted(text))")
    }
    var rest = text.utf8[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    if rest.elementsEqual("0".utf8) {
      nanoseconds = 0
      return
    }
    if rest.isEmpty { throw invalid() }
    var total = Int128(0)
    while !rest.isEmpty {
      let whole = rest.prefix { Self.isDigit($0) }
      rest = rest.dropFirst(whole.count)
      var fraction = rest.prefix(0)
      if rest.first == UInt8(ascii: ".") {
        fraction = rest.dropFirst().prefix { Self.isDigit($0) }
        rest = rest.dropFirst(fraction.count + 1)
      }
      if whole.isEmpty && fraction.isEmpty { throw invalid() }
      let unitText = rest.prefix { !Self.isDigit($0) && $0 != UInt8(ascii: ".") }
      if unitText.isEmpty { throw invalid("missing unit in duration") }
      guard let unit = Self.unit(String(decoding: unitText, as: UTF8.self)) else {
        throw invalid("unknown unit \(Self.quoted(String(decoding: unitText, as: UTF8.self))) in duration")
      }
      rest = rest.dropFirst(unitText.count)
      guard let amount = Self.amount(whole: whole, fraction: fraction, unit: unit) else { throw invalid() }
      total += amount
      // Checked for every part, so that the sum cannot overflow either.
      if total > Int128(Int64.max) + (isNegative ? 1 : 0) { throw invalid() }
    }
    nanoseconds = Int64(truncatingIfNeeded: isNegative ? -total : total)
  }

  /// `1h30m5.5s`: hours, minutes and seconds, or a smaller unit below one second.
  private var text: String {
    if nanoseconds == 0 { return "0s" }
    let sign = nanoseconds < 0 ? "-" : ""
    let magnitude = nanoseconds.magnitude
    if magnitude < 1000 { return "\(sign)\(magnitude)ns" }
    if magnitude < 1_000_000 { return "\(sign)\(Self.decimal(magnitude, per: 1000))µs" }
    if magnitude < 1_000_000_000 { return "\(sign)\(Self.decimal(magnitude, per: 1_000_000))ms" }
    let seconds = Self.decimal(magnitude % 60_000_000_000, per: 1_000_000_000)
    let minutes = magnitude / 60_000_000_000
    if minutes == 0 { return "\(sign)\(seconds)s" }
    if minutes < 60 { return "\(sign)\(minutes)m\(seconds)s" }
    return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)s"
  }

  private static func decimal(_ value: UInt64, per unit: UInt64) -> String {
    let rest = value % unit
    if rest == 0 { return String(value / unit) }
    let digits = String(unit + rest).dropFirst()
    return "\(value / unit).\(digits.prefix(digits.utf8.count - digits.reversed().prefix { $0 == "0" }.count))"
  }

  private static func unit(_ text: String) -> Int64? {
    switch text {
    case "ns": 1
    // U+00B5, the micro sign, and U+03BC, the Greek letter.
    case "us", "\u{B5}s", "\u{3BC}s": 1000
    case "ms": 1_000_000
    case "s": 1_000_000_000
    case "m": 60_000_000_000
    case "h": 3_600_000_000_000
    default: nil
    }
  }

  /// Nil when the number is out of any range.
  private static func amount(whole: Substring.UTF8View, fraction: Substring.UTF8View, unit: Int64) -> Int128? {
    var value = Int128(0)
    for digit in whole {
      value = value * 10 + Int128(digit - UInt8(ascii: "0"))
      if value > Int128(Int64.max) + 1 { return nil }
    }
    // Exact as far as 24 digits, which is far past the nanosecond for every unit.
    var numerator = Int128(0)
    var denominator = Int128(1)
    for digit in fraction.prefix(24) {
      numerator = numerator * 10 + Int128(digit - UInt8(ascii: "0"))
      denominator *= 10
    }
    return value * Int128(unit) + numerator * Int128(unit) / denominator
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func quoted(_ text: String) -> String { JSON.string(String(text.prefix(128))).description }
}

extension GoDuration: CustomStringConvertible {
  /// As Go prints it: `1h30m5.5s`.
  public var description: String { text }
}

extension GoDuration: Codable {
  /// Reads Go's syntax.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(parsing: try container.decode(String.self))
    } catch let error as GoDurationParseError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes Go's syntax.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
