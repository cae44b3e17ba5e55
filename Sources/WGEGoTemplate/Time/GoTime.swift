public import WGECore

/// Go's `time.Time`: an instant in a zone.
public final class GoTime: TemplateObject, Sendable {
  /// Seconds since 1970 and nanoseconds within.
  let seconds: Int64
  let nanoseconds: Int
  let zone: GoTimeZone

  /// An instant.
  public init(seconds: Int64, nanoseconds: Int = 0, zone: GoTimeZone = .utc) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
    self.zone = zone
  }

  /// An instant.
  public convenience init(_ timestamp: Timestamp, zone: GoTimeZone = .utc) {
    self.init(seconds: timestamp.seconds, nanoseconds: Int(timestamp.nanoseconds), zone: zone)
  }

  /// Year 1, Go's zero time.
  static let zero = GoTime(seconds: -62_135_596_800)

  /// `time.Time`.
  public var goTypeName: String { "time.Time" }

  /// `2024-02-03 04:05:06.5 +0000 UTC`
  public var goString: String { GoTimeLayout.format(self, "2006-01-02 15:04:05.999999999 -0700 MST") }

  /// The same instant; Go's `==` also compares zones.
  public func isEqual(to other: any TemplateObject) -> Bool {
    guard let other = other as? GoTime else { return false }
    return seconds == other.seconds && nanoseconds == other.nanoseconds && zone == other.zone
  }

  func adding(_ duration: GoNanoseconds) -> GoTime {
    let whole = duration.value / 1_000_000_000
    var nanos = nanoseconds + Int(duration.value % 1_000_000_000)
    var seconds = seconds &+ whole
    if nanos < 0 {
      nanos += 1_000_000_000
      seconds &-= 1
    } else if nanos >= 1_000_000_000 {
      nanos -= 1_000_000_000
      seconds &+= 1
    }
    return GoTime(seconds: seconds, nanoseconds: nanos, zone: zone)
  }

  /// The time from another instant to this one, as far as a duration reaches.
  func since(_ other: GoTime) -> GoNanoseconds {
    let (seconds, overflow) = seconds.subtractingReportingOverflow(other.seconds)
    let (nanos, overflow2) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow3) = nanos.addingReportingOverflow(Int64(nanoseconds - other.nanoseconds))
    if overflow || overflow2 || overflow3 { return GoNanoseconds(self.seconds < other.seconds ? .min : .max) }
    return GoNanoseconds(sum)
  }

  var parts: CivilTime { CivilTime(seconds: seconds &+ Int64(zone.offset(at: seconds).seconds)) }

  /// The common ones.
  public func method(named name: String) -> TemplateFunction? {
    let parts = parts
    func plain(_ value: GoValue) -> TemplateFunction {
      let box = ScalarBox(value)
      return TemplateFunction(name) { _, _ in box.value }
    }
    let time = self
    switch name {
    case "Year": return plain(.int(Int(parts.year)))
    case "Month":
      let month = parts.month
      return TemplateFunction(name) { _, _ in .host(GoNamed("time.Month", GoTimeLayout.months[month - 1])) }
    case "Day": return plain(.int(parts.day))
    case "Hour": return plain(.int(parts.hour))
    case "Minute": return plain(.int(parts.minute))
    case "Second": return plain(.int(parts.second))
    case "Nanosecond": return plain(.int(nanoseconds))
    case "YearDay": return plain(.int(parts.yearDay))
    case "Weekday":
      let day = parts.weekday
      return TemplateFunction(name) { _, _ in .host(GoNamed("time.Weekday", GoTimeLayout.weekdays[day])) }
    case "Unix": return plain(.int64(seconds))
    case "UnixMilli": return plain(.int64(seconds &* 1_000 &+ Int64(nanoseconds / 1_000_000)))
    case "UnixNano": return plain(.int64(seconds &* 1_000_000_000 &+ Int64(nanoseconds)))
    case "IsZero": return plain(.bool(seconds == GoTime.zero.seconds && nanoseconds == 0))
    case "String": return plain(.string(goString))
    case "UTC":
      return TemplateFunction(name) { _, _ in
        .host(GoTime(seconds: time.seconds, nanoseconds: time.nanoseconds))
      }
    case "Format": return TemplateFunction(name, .string) { .text(GoTimeLayout.format(time, $1[0].stringBytes ?? [])) }
    case "Add":
      return TemplateFunction(name, .object("time.Duration")) { _, arguments in
        guard case .host(let object) = arguments[0], let duration = object as? GoNanoseconds else { return .null }
        return .host(time.adding(duration))
      }
    case "AddDate":
      return TemplateFunction(name, .int, .int, .int) { _, arguments in
        .host(
          time.adding(
            years: arguments[0].intValue ?? 0, months: arguments[1].intValue ?? 0, days: arguments[2].intValue ?? 0))
      }
    case "Sub", "Before", "After", "Equal":
      return TemplateFunction(name, .time) { _, arguments in
        guard case .host(let object) = arguments[0], let other = object as? GoTime else { return .null }
        let order = (time.seconds, time.nanoseconds)
        let second = (other.seconds, other.nanoseconds)
        switch name {
        case "Sub": return .host(time.since(other))
        case "Before": return .bool(order < second)
        case "After": return .bool(order > second)
        default: return .bool(order == second)
        }
      }
    default: return nil
    }
  }

  private func adding(years: Int, months: Int, days: Int) -> GoTime {
    // Past these the calendar means nothing; they keep the arithmetic within 64 bits.
    func bounded(_ value: Int) -> Int64 { Int64(min(max(value, -1_000_000), 1_000_000)) }
    let parts = parts
    let month = Int64(parts.month - 1) + bounded(months)
    let year = parts.year + bounded(years) + (month >= 0 ? month / 12 : (month - 11) / 12)
    let days =
      CivilTime.days(year: year, month: Int((month % 12 + 12) % 12) + 1, day: 1) + Int64(parts.day - 1) + bounded(days)
    // Wraps where Go's 64 bits do.
    let local = days &* 86_400 &+ Int64(parts.hour &* 3_600 &+ parts.minute &* 60 &+ parts.second)
    let offset = Int64(zone.offset(at: local).seconds)
    return GoTime(
      seconds: local &- Int64(zone.offset(at: local &- offset).seconds), nanoseconds: nanoseconds, zone: zone)
  }
}

/// A scalar that a method gives; nothing can change it.
///
/// Unchecked, because ``GoValue`` in general is not `Sendable`: it is only made with numbers, texts and booleans.
private final class ScalarBox: @unchecked Sendable {
  let value: GoValue
  init(_ value: GoValue) { self.value = value }
}

/// A named constant such as `time.March`.
final class GoNamed: TemplateObject, Sendable {
  let goTypeName: String
  let goString: String
  var goKind: String { "int" }

  init(_ type: String, _ name: String) {
    goTypeName = type
    goString = name
  }

  func isEqual(to other: any TemplateObject) -> Bool {
    other.goTypeName == goTypeName && other.goString == goString
  }
}

/// A date and time of day in the proleptic Gregorian calendar.
struct CivilTime {
  var year: Int64
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int
  var weekday: Int
  var yearDay: Int

  init(seconds: Int64) {
    let days = seconds >= 0 ? seconds / 86_400 : (seconds &- 86_399) / 86_400
    let rest = Int(seconds &- days &* 86_400)
    hour = rest / 3_600
    minute = rest % 3_600 / 60
    second = rest % 60
    weekday = Int(((days % 7) + 11) % 7)
    // Howard Hinnant's algorithm: years that begin in March, eras of 400.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    yearDay = 0
    yearDay = Int(days - Self.days(year: year, month: 1, day: 1)) + 1
  }

  /// Days since 1970.
  static func days(year: Int64, month: Int, day: Int) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  static func length(ofMonth month: Int, year: Int64) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
