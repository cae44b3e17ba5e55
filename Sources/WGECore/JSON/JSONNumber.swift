/// A JSON number that keeps its exactness.
///
/// An integer that fits is an ``int(_:)``; text that is what Go prints for the double it reads as
/// is a ``double(_:)``; anything else (integers past 64 bits, more digits than a double has,
/// exponents past its range, spellings such as `1.0` and `1E3`) stays a ``literal(_:)``, its text
/// as it was written. Reading and printing gives the same text back; nothing is rounded silently.
///
/// Two numbers are equal when they print the same text: `1` and `1.0` are different, as they are
/// different documents. Compare ``double`` for numeric equality.
public enum JSONNumber: Sendable {
  /// A whole number of 64 bits.
  case int(Int64)
  /// Always finite; make one with ``init(_:)-(Double)``.
  case double(Double)
  /// Text that matches the number grammar of RFC 8259 section 6; make one with ``init(literal:)``.
  case literal(String)

  /// A double; nil for infinities and NaN, which JSON cannot hold. Whole numbers of 64 bits become
  /// an ``int(_:)``, since they print as one.
  public init?(_ value: Double) {
    guard value.isFinite else { return nil }
    if let whole = Int64(exactly: value), whole != 0 || value.sign == .plus {
      self = .int(whole)
    } else {
      self = .double(value)
    }
  }

  /// An integer of any size.
  public init(_ value: some BinaryInteger) {
    if let value = Int64(exactly: value) { self = .int(value) } else { self = .literal(String(value)) }
  }

  /// The number that a text spells; nil when it is not a number by RFC 8259's grammar.
  public init?(literal text: String) {
    guard case .number(let number)? = try? JSON(parsing: text), number.description == text else { return nil }
    self = number
  }

  /// The value as a 64-bit integer when it is exactly one (`1.0` and `1e3` are).
  public var int64: Int64? {
    switch self {
    case .int(let value): value
    case .double(let value): Int64(exactly: value)
    case .literal(let text): Self.exactInteger(text)
    }
  }

  /// The nearest double; infinite when the literal is out of range.
  public var double: Double {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .literal(let text): Double(text) ?? .nan
    }
  }

  /// Exact also where a double would round: `9007199254740993.0`.
  private static func exactInteger(_ text: String) -> Int64? {
    if let value = Int64(text) { return value }
    var digits: [UInt8] = []
    var exponent = 0
    var negative = false
    var fraction = false
    var bytes = text.utf8.makeIterator()
    scan: while let byte = bytes.next() {
      switch byte {
      case UInt8(ascii: "-"): negative = true
      case UInt8(ascii: "."): fraction = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if digits.isEmpty, byte == UInt8(ascii: "0") {
          if fraction { exponent -= 1 }
          continue
        }
        digits.append(byte)
        if fraction { exponent -= 1 }
      default: break scan
      }
    }
    if digits.isEmpty { return 0 }
    if let mark = text.utf8.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
      guard let written = Int(text[text.utf8.index(after: mark)...]) else { return nil }
      let (sum, overflow) = exponent.addingReportingOverflow(written)
      if overflow { return nil }
      exponent = sum
    }
    while digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      exponent += 1
    }
    guard exponent >= 0, exponent < 19, digits.count < 20 else { return nil }
    digits.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: exponent))
    return Int64((negative ? "-" : "") + String(decoding: digits, as: UTF8.self))
  }
}

extension JSONNumber: Hashable {
  /// True when both print the same text.
  public static func == (lhs: JSONNumber, rhs: JSONNumber) -> Bool {
    switch (lhs, rhs) {
    case (.int(let a), .int(let b)): a == b
    case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
    case (.literal(let a), .literal(let b)): UTF8Order.equal(a, b)
    default: lhs.description == rhs.description
    }
  }

  /// Hashes what ``==(_:_:)`` compares: the printed text, or the integer that it spells.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .int(let value): hasher.combine(value)
    case .double, .literal:
      let text = description
      if let value = Int64(text), text != "-0" { hasher.combine(value) } else { UTF8Order.hash(text, into: &hasher) }
    }
  }
}

extension JSONNumber: CustomStringConvertible {
  /// The number as JSON text, doubles as Go's encoding/json prints a float64. A double that is not
  /// finite, which only code can make, prints `null`.
  public var description: String {
    switch self {
    case .int(let value): String(value)
    case .double(let value): GoFloat.text(value)
    case .literal(let text): text
    }
  }
}
