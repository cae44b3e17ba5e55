internal import WGECore
internal import WGEGoFormat

/// Times as nanoseconds since 1970.
enum Times {
  static let outOfRange = BuiltinFailure.failed("time outside of valid range")

  static func nanoseconds(_ operands: Operands, _ index: Int) throws(BuiltinFailure) -> Int64 {
    guard case .number(let number) = operands[index] else { throw operands.wrong(index, "number") }
    return try nanoseconds(number)
  }

  static func nanoseconds(_ number: RegoNumber) throws(BuiltinFailure) -> Int64 {
    guard let value = number.exactInt else { throw .failed("timestamp too big") }
    return Int64(value)
  }

  static func zone(_ name: String) throws(BuiltinFailure) -> TimeZoneRules {
    guard let rules = TimeZoneRules(name: name) else { throw .failed("unknown time zone \(name)") }
    return rules
  }

  /// A number, `[ns, zone]`, or `[ns, zone, layout]`.
  static func civil(
    _ operands: Operands, _ index: Int = 0
  ) throws(BuiltinFailure) -> (time: CivilTime, nanoseconds: Int64, zone: TimeZoneRules, layout: String?) {
    switch operands[index] {
    case .number(let number):
      let value = try nanoseconds(number)
      return (CivilTime(nanoseconds: value, zone: .utc), value, .utc, nil)
    case .array(let array):
      guard array.count > 0, case .number(let number) = array[0] else {
        throw .type("operand \(index + 1) must be either number (ns) or [number (ns), string (tz)] but got array")
      }
      var rules = TimeZoneRules.utc
      if array.count > 1 {
        guard case .string(let name) = array[1] else {
          throw .type("operand \(index + 1) must be string but got \(array[1].typeName)")
        }
        rules = try zone(name)
      }
      var layout: String?
      if array.count > 2 {
        guard case .string(let text) = array[2] else {
          throw .type("operand \(index + 1) must be string but got \(array[2].typeName)")
        }
        layout = text
      }
      let value = try nanoseconds(number)
      return (CivilTime(nanoseconds: value, zone: rules), value, rules, layout)
    default:
      throw .type(
        "operand \(index + 1) must be either number (ns) or [number (ns), string (tz)] but got \(operands[index].typeName)"
      )
    }
  }

  static func difference(_ a: CivilTime, _ b: CivilTime) -> [Int] {
    var first = a
    var second = b
    func key(_ time: CivilTime) -> [Int] {
      [time.year, time.month, time.day, time.hour, time.minute, time.second, time.nanosecond]
    }
    if key(second).lexicographicallyPrecedes(key(first)) { swap(&first, &second) }
    var year = second.year - first.year
    var month = second.month - first.month
    var day = second.day - first.day
    var hour = second.hour - first.hour
    var minute = second.minute - first.minute
    var sec = second.second - first.second
    if sec < 0 {
      sec += 60
      minute -= 1
    }
    if minute < 0 {
      minute += 60
      hour -= 1
    }
    if hour < 0 {
      hour += 24
      day -= 1
    }
    if day < 0 {
      day += CivilTime.daysIn(month: first.month, year: first.year)
      month -= 1
    }
    if month < 0 {
      month += 12
      year -= 1
    }
    return [year, month, day, hour, minute, sec]
  }
}

let timeBuiltins: [Builtin] = [
  Builtin("time.now_ns", 0) { context, _ in .number(.int(context.now)) },
  Builtin("time.parse_ns", 2) { _, o throws(BuiltinFailure) in
    let (layout, value) = (try o.string(0), try o.string(1))
    guard let result = GoTimeLayout(layout).parse(value) else {
      throw .failed(
        "parsing time \(GoQuote.quote(value)) as \(GoQuote.quote(layout)): cannot parse, or time outside of valid range"
      )
    }
    return .number(.int(result))
  },
  Builtin("time.parse_rfc3339_ns", 1) { _, o throws(BuiltinFailure) in
    let value = try o.string(0)
    guard let result = GoTimeLayout("RFC3339").parse(value) else {
      throw .failed(
        "parsing time \(GoQuote.quote(value)) as \"2006-01-02T15:04:05Z07:00\": cannot parse, or time outside of valid range"
      )
    }
    return .number(.int(result))
  },
  Builtin("time.parse_duration_ns", 1) { _, o throws(BuiltinFailure) in
    let text = try o.string(0)
    do throws(GoDurationParseError) {
      return .number(.int(try GoDuration(parsing: text).nanoseconds))
    } catch {
      throw .failed("time: invalid duration \(GoQuote.quote(text))")
    }
  },
  Builtin("time.date", 1) { _, o throws(BuiltinFailure) in
    let time = try Times.civil(o).time
    return .list([.int(time.year), .int(time.month), .int(time.day)])
  },
  Builtin("time.clock", 1) { _, o throws(BuiltinFailure) in
    let time = try Times.civil(o).time
    return .list([.int(time.hour), .int(time.minute), .int(time.second)])
  },
  Builtin("time.weekday", 1) { _, o throws(BuiltinFailure) in
    .string(CivilTime.weekdays[try Times.civil(o).time.weekday])
  },
  Builtin("time.format", 1) { _, o throws(BuiltinFailure) in
    let (time, _, _, layout) = try Times.civil(o)
    return .string(GoTimeLayout(layout ?? "RFC3339Nano").format(time))
  },
  Builtin("time.add_date", 4) { _, o throws(BuiltinFailure) in
    let (time, _, zone, _) = try Times.civil(o)
    let (years, months, days) = (try o.integer(1), try o.integer(2), try o.integer(3))
    guard years.magnitude < 1_000_000, months.magnitude < 10_000_000, days.magnitude < 1_000_000_000,
      let local = CivilTime.nanoseconds(
        year: time.year + years, month: time.month + months, day: time.day + days, hour: time.hour, minute: time.minute,
        second: time.second, nanosecond: 0, offset: 0)
    else { throw Times.outOfRange }
    let offset = zone.offset(forLocal: Int(CivilTime.floor(local, 1_000_000_000)))
    let (shifted, overflow) = local.subtractingReportingOverflow(Int64(offset) * 1_000_000_000)
    let (result, carry) = shifted.addingReportingOverflow(Int64(time.nanosecond))
    if overflow || carry { throw Times.outOfRange }
    return .number(.int(result))
  },
  Builtin("time.diff", 2) { _, o throws(BuiltinFailure) in
    let first = try Times.civil(o, 0)
    let second = try Times.civil(o, 1)
    // The second time is seen in the zone of the first.
    let moved = CivilTime(nanoseconds: second.nanoseconds, zone: first.zone)
    return .list(Times.difference(first.time, moved).map { .int($0) })
  },
]
