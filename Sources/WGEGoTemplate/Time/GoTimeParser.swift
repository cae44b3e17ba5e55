internal import WGEGoFormat

/// Reads times by Go's layouts.
enum GoTimeParser {
  private struct Fields {
    var year: Int64 = 0
    var month = 1
    var day = 1
    var yearDay: Int?
    var hour = 0
    var minute = 0
    var second = 0
    var nanoseconds = 0
    var isAfternoon: Bool?
    var offset: Int?
    var zoneName: String?
    var outOfRange: String?
    var hasMonth = false
    var hasDay = false
  }

  /// - Throws: Go's complaint, `parsing time "..." as "...": ...`.
  static func parse(_ layout: [UInt8], _ value: [UInt8], zone: GoTimeZone) throws -> GoTime {
    func text(_ bytes: some Collection<UInt8>) -> String { GoQuote.quote(String(decoding: bytes, as: UTF8.self)) }
    func complaint(_ detail: String) -> TemplateFunctionError {
      TemplateFunctionError("parsing time \(text(value))\(detail)")
    }
    var fields = Fields()
    var rest = value[...]
    var layoutRest = layout[...]
    while true {
      let (prefix, element, suffix) = GoTimeLayout.next(layoutRest)
      let elementText = layoutRest.dropFirst(prefix.count).dropLast(suffix.count)
      guard skip(prefix, &rest) else {
        throw complaint(" as \(text(layout)): cannot parse \(text(rest)) as \(text(prefix))")
      }
      guard let element else {
        if !rest.isEmpty { throw complaint(": extra text: \(text(rest))") }
        break
      }
      let before = rest
      layoutRest = suffix
      guard read(element, &rest, &fields, followedByFraction: hasFraction(suffix)) else {
        throw complaint(" as \(text(layout)): cannot parse \(text(before)) as \(text(elementText))")
      }
      if let range = fields.outOfRange { throw complaint(": \(range) out of range") }
    }
    if let isAfternoon = fields.isAfternoon {
      if isAfternoon, fields.hour < 12 { fields.hour += 12 } else if !isAfternoon, fields.hour == 12 { fields.hour = 0 }
    }
    if let yearDay = fields.yearDay {
      let length = CivilTime.length(ofMonth: 2, year: fields.year) == 29 ? 366 : 365
      guard yearDay >= 1, yearDay <= length else { throw complaint(": day-of-year out of range") }
      let parts = CivilTime(
        seconds: (CivilTime.days(year: fields.year, month: 1, day: 1) + Int64(yearDay - 1)) * 86_400)
      (fields.month, fields.day) = (parts.month, parts.day)
    }
    guard fields.day >= 1, fields.day <= CivilTime.length(ofMonth: fields.month, year: fields.year) else {
      throw complaint(": day out of range")
    }
    let days = CivilTime.days(year: fields.year, month: fields.month, day: fields.day)
    let local = days * 86_400 + Int64(fields.hour * 3_600 + fields.minute * 60 + fields.second)
    if let offset = fields.offset {
      let seconds = local - Int64(offset)
      let known = zone.offset(at: seconds)
      if known.seconds == offset, fields.zoneName.map({ $0 == known.abbreviation }) ?? true {
        return GoTime(seconds: seconds, nanoseconds: fields.nanoseconds, zone: zone)
      }
      if offset == 0, fields.zoneName == nil { return GoTime(seconds: seconds, nanoseconds: fields.nanoseconds) }
      let name = fields.zoneName ?? ""
      return GoTime(
        seconds: seconds, nanoseconds: fields.nanoseconds,
        zone: GoTimeZone(name: name, seconds: offset, abbreviation: name.isEmpty ? fixedName(offset) : name))
    }
    if let name = fields.zoneName, name != "UTC" {
      return GoTime(
        seconds: local, nanoseconds: fields.nanoseconds, zone: GoTimeZone(name: name, seconds: 0, abbreviation: name))
    }
    if fields.zoneName == "UTC" { return GoTime(seconds: local, nanoseconds: fields.nanoseconds) }
    let guess = Int64(zone.offset(at: local).seconds)
    return GoTime(
      seconds: local - Int64(zone.offset(at: local - guess).seconds), nanoseconds: fields.nanoseconds, zone: zone)
  }

  /// A zone without a name prints its offset.
  private static func fixedName(_ offset: Int) -> String {
    let zone = GoTimeZone(name: "", seconds: offset, abbreviation: "")
    let layout = offset % 3_600 == 0 ? "-07" : "-0700"
    return GoTimeLayout.format(GoTime(seconds: 0, zone: zone), layout)
  }

  private static func hasFraction(_ suffix: ArraySlice<UInt8>) -> Bool {
    if case (let prefix, .fraction?, _) = GoTimeLayout.next(suffix) { return prefix.isEmpty }
    return false
  }

  private static func skip(_ prefix: ArraySlice<UInt8>, _ rest: inout ArraySlice<UInt8>) -> Bool {
    var prefix = prefix
    while let byte = prefix.first {
      if byte == 0x20 {
        if let next = rest.first, next != 0x20 { return false }
        prefix = prefix.drop { $0 == 0x20 }
        rest = rest.drop { $0 == 0x20 }
        continue
      }
      guard rest.first == byte else { return false }
      prefix = prefix.dropFirst()
      rest = rest.dropFirst()
    }
    return true
  }

  /// One or two digits, or exactly so many.
  private static func number(_ rest: inout ArraySlice<UInt8>, _ digits: Int, fixed: Bool) -> Int? {
    let run = rest.prefix(digits).prefix { $0 &- 0x30 < 10 }
    guard fixed ? run.count == digits : !run.isEmpty else { return nil }
    rest = rest.dropFirst(run.count)
    return run.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func word(_ rest: inout ArraySlice<UInt8>, _ words: [some StringProtocol]) -> Int? {
    for (index, word) in words.enumerated() where rest.count >= word.utf8.count {
      let matches = zip(rest, word.utf8).allSatisfy { $0 == $1 || $0 | 0x20 == $1 | 0x20 }
      if matches {
        rest = rest.dropFirst(word.utf8.count)
        return index
      }
    }
    return nil
  }

  private static func read(
    _ element: GoTimeLayout.Element, _ rest: inout ArraySlice<UInt8>, _ fields: inout Fields, followedByFraction: Bool
  ) -> Bool {
    func set(_ value: Int?, _ range: ClosedRange<Int>, _ name: String) -> Int? {
      if let value, !range.contains(value) { fields.outOfRange = name }
      return value
    }
    switch element {
    case .longYear:
      guard rest.count >= 4, let value = number(&rest, 4, fixed: true) else { return false }
      fields.year = Int64(value)
    case .year:
      guard let value = number(&rest, 2, fixed: true) else { return false }
      fields.year = Int64(value >= 69 ? value + 1900 : value + 2000)
    case .zeroMonth, .month:
      guard let value = set(number(&rest, 2, fixed: element == .zeroMonth), 1...12, "month") else { return false }
      fields.month = value
    case .shortMonth:
      guard let index = word(&rest, GoTimeLayout.months.map { $0.prefix(3) }) else { return false }
      fields.month = index + 1
    case .longMonth:
      guard let index = word(&rest, GoTimeLayout.months) else { return false }
      fields.month = index + 1
    case .shortWeekday: return word(&rest, GoTimeLayout.weekdays.map { $0.prefix(3) }) != nil
    case .longWeekday: return word(&rest, GoTimeLayout.weekdays) != nil
    case .zeroDay, .day, .spaceDay:
      if element == .spaceDay, rest.first == 0x20 { rest = rest.dropFirst() }
      guard let value = number(&rest, 2, fixed: element == .zeroDay) else { return false }
      fields.day = value
    case .zeroYearDay, .spaceYearDay:
      if element == .spaceYearDay { for _ in 0..<2 where rest.first == 0x20 { rest = rest.dropFirst() } }
      guard let value = number(&rest, 3, fixed: element == .zeroYearDay) else { return false }
      fields.yearDay = value
    case .hour:
      guard let value = set(number(&rest, 2, fixed: false), 0...23, "hour") else { return false }
      fields.hour = value
    case .zeroHour12, .hour12:
      guard let value = set(number(&rest, 2, fixed: element == .zeroHour12), 0...12, "hour") else { return false }
      fields.hour = value
    case .zeroMinute, .minute:
      guard let value = set(number(&rest, 2, fixed: element == .zeroMinute), 0...59, "minute") else { return false }
      fields.minute = value
    case .zeroSecond, .second:
      guard let value = set(number(&rest, 2, fixed: element == .zeroSecond), 0...59, "second") else { return false }
      fields.second = value
      // A fraction may follow that the layout does not mention.
      if !followedByFraction, let first = rest.first, first == 0x2E || first == 0x2C, rest.count > 1,
        rest[rest.startIndex + 1] &- 0x30 < 10
      {
        return fraction(&rest, nil, &fields)
      }
    case .fraction(let digits, let isTrimmed, _):
      if isTrimmed {
        guard let first = rest.first, first == 0x2E || first == 0x2C, rest.count > 1,
          rest[rest.startIndex + 1] &- 0x30 < 10
        else { return true }
        return fraction(&rest, nil, &fields)
      }
      return fraction(&rest, digits, &fields)
    case .upperPM, .lowerPM:
      let words = element == .upperPM ? ["AM", "PM"] : ["am", "pm"]
      guard let index = words.firstIndex(where: { rest.starts(with: $0.utf8) }) else { return false }
      rest = rest.dropFirst(2)
      fields.isAfternoon = index == 1
    case .zoneName:
      if rest.starts(with: "UTC".utf8) {
        rest = rest.dropFirst(3)
        fields.zoneName = "UTC"
        return true
      }
      let run = rest.prefix { $0 &- 0x41 < 26 }
      guard (3...5).contains(run.count) else { return false }
      fields.zoneName = String(decoding: run, as: UTF8.self)
      rest = rest.dropFirst(run.count)
    case .offset(let usesZ, let colons, let minutes, let seconds):
      if usesZ, rest.first == UInt8(ascii: "Z") {
        rest = rest.dropFirst()
        fields.offset = 0
        fields.zoneName = "UTC"
        return true
      }
      guard let sign = rest.first, sign == 0x2B || sign == 0x2D else { return false }
      rest = rest.dropFirst()
      guard let hours = number(&rest, 2, fixed: true), hours <= 24 else { return false }
      var total = hours * 3_600
      for (isThere, unit) in [(minutes, 60), (seconds, 1)] where isThere {
        if colons {
          guard rest.first == 0x3A else { return false }
          rest = rest.dropFirst()
        }
        guard let value = number(&rest, 2, fixed: true), value <= 60 else { return false }
        total += value * unit
      }
      fields.offset = sign == 0x2D ? -total : total
    }
    return true
  }

  private static func fraction(_ rest: inout ArraySlice<UInt8>, _ digits: Int?, _ fields: inout Fields) -> Bool {
    guard let first = rest.first, first == 0x2E || first == 0x2C else { return false }
    let run = rest.dropFirst().prefix { $0 &- 0x30 < 10 }
    guard !run.isEmpty, digits.map({ $0 <= run.count }) ?? true else { return false }
    let taken = digits.map { run.prefix($0) } ?? run
    rest = rest.dropFirst(1 + taken.count)
    var value = 0
    for index in 0..<9 {
      let position = taken.startIndex + index
      value = value * 10 + (position < taken.endIndex ? Int(taken[position] - 0x30) : 0)
    }
    fields.nanoseconds = value
    return true
  }
}
