/// Why a text is not a date and time as RFC 3339 spells it.
public struct TimestampParseError: Error, Hashable, CustomStringConvertible {
  /// What is wrong, as a sentence fragment.
  public let problem: String

  /// `not an RFC 3339 time: problem`. The text itself is not repeated.
  public var description: String { "not an RFC 3339 time: \(problem)" }
}

// Calendar arithmetic after Howard Hinnant's description of days from civil dates ("chrono-Compatible
// Low-Level Date Algorithms"): years start in March, so that the leap day is the last of its year and
// the days of the months follow one linear formula.
extension Timestamp {
  /// Reads `2006-01-02T15:04:05Z`, with any number of fractional digits (past nine they are cut off)
  /// and any offset such as `+02:00`.
  ///
  /// As strict as Go's time.Time is in JSON: capital `T` and `Z`, two digits each, a date that
  /// exists, no leap second.
  public init(parsing text: String) throws(TimestampParseError) {
    var reader = FieldReader(Array(text.utf8))
    let year = try reader.number(digits: 4, in: 0...9999, name: "year")
    try reader.expect("-")
    let month = try reader.number(digits: 2, in: 1...12, name: "month")
    try reader.expect("-")
    let day = try reader.number(digits: 2, in: 1...Self.days(inMonth: month, year: year), name: "day")
    try reader.expect("T")
    let hour = try reader.number(digits: 2, in: 0...23, name: "hour")
    try reader.expect(":")
    let minute = try reader.number(digits: 2, in: 0...59, name: "minute")
    try reader.expect(":")
    let second = try reader.number(digits: 2, in: 0...59, name: "second")
    let nanoseconds = try reader.fraction()
    let offset = try reader.offset()
    try reader.end()
    let days = Self.daysFromCivil(year: year, month: month, day: day)
    self.init(
      seconds: days * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset * 60),
      nanoseconds: Int64(nanoseconds))
  }

  /// True when the year is one that RFC 3339 can spell, 0 to 9999.
  public var isRepresentable: Bool { (-62_167_219_200...253_402_300_799).contains(seconds) }

  /// `2006-01-02T15:04:05Z`, as `metav1.Time` is written: the fraction is cut off.
  public var rfc3339: String { civilText + "Z" }

  /// `2006-01-02T15:04:05.000000Z`, as `metav1.MicroTime` is written.
  public var rfc3339Micro: String {
    "\(civilText).\(Self.padded(Int64(nanoseconds / 1000), 6))Z"
  }

  private var civilText: String {
    let days = seconds.flooredQuotient(86_400)
    let second = seconds - days * 86_400
    let (year, month, day) = Self.civil(fromDays: days)
    return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2) + "T"
      + Self.padded(second / 3600, 2) + ":" + Self.padded(second / 60 % 60, 2) + ":" + Self.padded(second % 60, 2)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
    return (value < 0 ? "-" : "") + zeros + digits
  }

  private static func days(inMonth month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func daysFromCivil(year: Int, month: Int, day: Int) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = Int64(year).flooredQuotient(400)
    let yearOfEra = Int64(year) - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let days = days + 719_468
    let era = days.flooredQuotient(146_097)
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC, with as many fractional digits as are needed.
  public var description: String {
    if nanoseconds == 0 { return rfc3339 }
    var fraction = Self.padded(Int64(nanoseconds), 9)
    while fraction.utf8.last == UInt8(ascii: "0") { fraction.removeLast() }
    return "\(civilText).\(fraction)Z"
  }
}

extension Timestamp: Codable {
  /// Reads RFC 3339 text.
  /// - Throws: `DecodingError.dataCorrupted` that says what is wrong with it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(parsing: try container.decode(String.self))
    } catch let error as TimestampParseError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes seconds, as `metav1.Time`, or microseconds when there is a fraction, as `metav1.MicroTime`.
  /// - Throws: `EncodingError.invalidValue` for years before 0 and after 9999.
  public func encode(to encoder: any Encoder) throws {
    guard isRepresentable else {
      throw EncodingError.invalidValue(
        self, .init(codingPath: encoder.codingPath, debugDescription: "the year is not one of 0 to 9999"))
    }
    var container = encoder.singleValueContainer()
    try container.encode(nanoseconds == 0 ? rfc3339 : rfc3339Micro)
  }
}

/// Reads fixed-width fields from the front of a text.
private struct FieldReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func number(digits: Int, in range: ClosedRange<Int>, name: String) throws(TimestampParseError) -> Int {
    var value = 0
    for _ in 0..<digits {
      guard position < bytes.count, let digit = Self.digit(bytes[position]) else {
        throw TimestampParseError(problem: "the \(name) must have \(digits) digits")
      }
      value = value * 10 + digit
      position += 1
    }
    guard range.contains(value) else { throw TimestampParseError(problem: "the \(name) is out of range") }
    return value
  }

  mutating func expect(_ character: UnicodeScalar) throws(TimestampParseError) {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
      throw TimestampParseError(problem: "expected '\(character)' at position \(position + 1)")
    }
    position += 1
  }

  /// Nanoseconds; 0 when there is no fraction.
  mutating func fraction() throws(TimestampParseError) -> Int {
    guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { return 0 }
    position += 1
    var value = 0
    var count = 0
    while position < bytes.count, let digit = Self.digit(bytes[position]) {
      if count < 9 { value = value * 10 + digit }
      count += 1
      position += 1
    }
    guard count > 0 else { throw TimestampParseError(problem: "the fraction has no digits") }
    for _ in 0..<max(0, 9 - count) { value *= 10 }
    return value
  }

  /// Minutes east of UTC.
  mutating func offset() throws(TimestampParseError) -> Int {
    guard position < bytes.count else { throw TimestampParseError(problem: "the zone is missing") }
    let sign: Int
    switch bytes[position] {
    case UInt8(ascii: "Z"):
      position += 1
      return 0
    case UInt8(ascii: "+"): sign = 1
    case UInt8(ascii: "-"): sign = -1
    default: throw TimestampParseError(problem: "the zone must be Z or an offset such as +02:00")
    }
    position += 1
    let hours = try number(digits: 2, in: 0...23, name: "zone's hour")
    try expect(":")
    let minutes = try number(digits: 2, in: 0...59, name: "zone's minute")
    return sign * (hours * 60 + minutes)
  }

  func end() throws(TimestampParseError) {
    if position < bytes.count { throw TimestampParseError(problem: "there is more after the zone") }
  }

  private static func digit(_ byte: UInt8) -> Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
  }
}

extension Int64 {
  /// The quotient rounded down; the divisor is a positive constant.
  fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? quotient - 1 : quotient
  }
}
