/// The proleptic Gregorian calendar on nanoseconds since 1970, and time zones from the system's zone files.
struct CivilTime {
  var year: Int
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int
  var nanosecond: Int
  /// Seconds east of Greenwich.
  var offset: Int
  /// The zone's abbreviation, `UTC` or `CET`; empty when only the offset is known.
  var zone: String

  /// Days since 1970 of a date; months beyond 1 to 12 carry into the year.
  static func days(year: Int, month: Int, day: Int) -> Int {
    let months = year &* 12 &+ (month - 1)
    let y = months >= 0 ? months / 12 : -((11 - months) / 12)
    let m = months - y * 12 + 1
    let shifted = m <= 2 ? y - 1 : y
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468 + (day - 1)
  }

  init(nanoseconds: Int64, zone: TimeZoneRules) {
    let seconds = Self.floor(nanoseconds, 1_000_000_000)
    let (offset, name) = zone.offset(at: Int(seconds))
    self.init(
      seconds: Int(seconds) + offset, nanosecond: Int(nanoseconds &- seconds &* 1_000_000_000), offset: offset,
      zone: name)
  }

  private init(seconds: Int, nanosecond: Int, offset: Int, zone: String) {
    let days = Int(Self.floor(Int64(seconds), 86_400))
    let rest = seconds - days * 86_400
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * month + 2) / 5 + 1
    self.month = month < 10 ? month + 3 : month - 9
    year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    hour = rest / 3600
    minute = rest / 60 % 60
    second = rest % 60
    self.nanosecond = nanosecond
    self.offset = offset
    self.zone = zone
  }

  static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }

  /// 0 is Sunday.
  var weekday: Int {
    let days = Self.days(year: year, month: month, day: day)
    return ((days + 4) % 7 + 7) % 7
  }

  var dayOfYear: Int { Self.days(year: year, month: month, day: day) - Self.days(year: year, month: 1, day: 1) + 1 }

  /// Nanoseconds since 1970, or nil out of range.
  static func nanoseconds(
    year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, nanosecond: Int, offset: Int
  ) -> Int64? {
    guard year.magnitude < 1_000_000, month.magnitude < 10_000_000, day.magnitude < 1_000_000_000 else { return nil }
    let seconds = days(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    return Int64(exactly: Int128(seconds) * 1_000_000_000 + Int128(nanosecond))
  }

  static func daysIn(month: Int, year: Int) -> Int {
    days(year: year, month: month + 1, day: 1) - days(year: year, month: month, day: 1)
  }

  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
}
