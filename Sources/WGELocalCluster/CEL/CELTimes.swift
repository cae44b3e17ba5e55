internal import WGECore

/// The parts of times and durations.
enum CELTimes {
  static func part(_ name: String, _ duration: Duration) throws(CELError) -> CELValue {
    let (seconds, attoseconds) = duration.components
    switch name {
    case "getHours": return .int(seconds / 3600)
    case "getMinutes": return .int(seconds / 60)
    case "getSeconds": return .int(seconds)
    case "getMilliseconds":
      let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
      return .int(overflow ? .max : product &+ attoseconds / 1_000_000_000_000_000)
    default: throw CELFunctions.overload(name, [.duration(duration)])
    }
  }

  /// Of a time in UTC, or at a fixed distance from it such as `-02:00`.
  static func part(_ name: String, _ time: Timestamp, _ arguments: [CELValue]) throws(CELError) -> CELValue {
    var seconds = time.seconds
    if case .string(let zone)? = arguments.first { seconds = seconds &+ (try offset(zone)) }
    let days = Int64((Double(seconds) / 86400).rounded(.down))
    let second = seconds - days * 86400
    let civil = date(days)
    switch name {
    case "getFullYear": return .int(civil.year)
    case "getMonth": return .int(civil.month - 1)
    case "getDate": return .int(civil.day)
    case "getDayOfMonth": return .int(civil.day - 1)
    case "getDayOfWeek": return .int(((days + 4) % 7 + 7) % 7)
    case "getDayOfYear":
      var first = days
      while date(first).month != 1 || date(first).day != 1 { first -= 1 }
      return .int(days - first)
    case "getHours": return .int(second / 3600)
    case "getMinutes": return .int(second / 60 % 60)
    case "getSeconds": return .int(second % 60)
    case "getMilliseconds": return .int(Int64(time.nanoseconds) / 1_000_000)
    default: throw CELFunctions.overload(name, [.timestamp(time)] + arguments)
    }
  }

  private static func offset(_ zone: String) throws(CELError) -> Int64 {
    if zone == "UTC" || zone.isEmpty { return 0 }
    let isNegative = zone.hasPrefix("-")
    let parts = zone.drop { $0 == "-" || $0 == "+" }.split(separator: ":").compactMap { Int64($0) }
    guard parts.count == 2, (0...23).contains(parts[0]), (0...59).contains(parts[1]) else {
      throw CELError("unknown time zone \(zone)")
    }
    let seconds = parts[0] * 3600 + parts[1] * 60
    return isNegative ? -seconds : seconds
  }

  /// The date of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
  private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civil = month < 10 ? month + 3 : month - 9
    return (year + era * 400 + (civil <= 2 ? 1 : 0), civil, day)
  }
}
