/// Go's reference layouts (`2006-01-02T15:04:05Z07:00`) for printing and reading times.
struct GoTimeLayout {
  enum Field: Equatable {
    case text(String)
    case longYear, year, longMonth, shortMonth, month, zeroMonth
    case longWeekday, shortWeekday, day, spaceDay, zeroDay, zeroYearDay
    case hour24, hour12, zeroHour12, minute, zeroMinute, second, zeroSecond
    case upperPM, lowerPM
    /// Fraction: separator, digits, and whether trailing zeros are dropped.
    case fraction(String, Int, Bool)
    case zoneName
    /// `Z` for zero; colons; seconds; hours alone.
    case offset(z: Bool, colon: Bool, seconds: Bool, short: Bool)
  }

  static let named: [String: String] = [
    "ANSIC": "Mon Jan _2 15:04:05 2006", "UnixDate": "Mon Jan _2 15:04:05 MST 2006",
    "RubyDate": "Mon Jan 02 15:04:05 -0700 2006", "RFC822": "02 Jan 06 15:04 MST", "RFC822Z": "02 Jan 06 15:04 -0700",
    "RFC850": "Monday, 02-Jan-06 15:04:05 MST", "RFC1123": "Mon, 02 Jan 2006 15:04:05 MST",
    "RFC1123Z": "Mon, 02 Jan 2006 15:04:05 -0700", "RFC3339": "2006-01-02T15:04:05Z07:00",
    "RFC3339Nano": "2006-01-02T15:04:05.999999999Z07:00",
  ]

  let fields: [Field]
  let text: String

  init(_ name: String) {
    text = Self.named[name] ?? name
    fields = Self.parse(text)
  }

  private static let marks: [(String, Field)] = [
    ("January", .longMonth), ("Monday", .longWeekday), ("2006", .longYear), ("Jan", .shortMonth),
    ("Mon", .shortWeekday), ("MST", .zoneName),
    ("-07:00:00", .offset(z: false, colon: true, seconds: true, short: false)),
    ("Z07:00:00", .offset(z: true, colon: true, seconds: true, short: false)),
    ("-070000", .offset(z: false, colon: false, seconds: true, short: false)),
    ("Z070000", .offset(z: true, colon: false, seconds: true, short: false)),
    ("-07:00", .offset(z: false, colon: true, seconds: false, short: false)),
    ("Z07:00", .offset(z: true, colon: true, seconds: false, short: false)),
    ("-0700", .offset(z: false, colon: false, seconds: false, short: false)),
    ("Z0700", .offset(z: true, colon: false, seconds: false, short: false)),
    ("-07", .offset(z: false, colon: false, seconds: false, short: true)),
    ("Z07", .offset(z: true, colon: false, seconds: false, short: true)),
    ("002", .zeroYearDay), ("01", .zeroMonth), ("02", .zeroDay), ("03", .zeroHour12), ("04", .zeroMinute),
    ("05", .zeroSecond), ("06", .year),
    ("_2", .spaceDay), ("15", .hour24), ("PM", .upperPM), ("pm", .lowerPM), ("1", .month), ("2", .day), ("3", .hour12),
    ("4", .minute), ("5", .second),
  ]

  private static func parse(_ layout: String) -> [Field] {
    var fields: [Field] = []
    var literal = ""
    var rest = Substring(layout)
    scan: while !rest.isEmpty {
      // A fraction follows seconds or stands alone: `.000` or `,999`.
      if let separator = rest.first, separator == "." || separator == ",", let digit = rest.dropFirst().first,
        digit == "0" || digit == "9"
      {
        let digits = rest.dropFirst().prefix { $0 == digit }
        let after = rest.dropFirst(1 + digits.count).first
        if !(after.map { $0.isASCII && $0.isNumber } ?? false) {
          if !literal.isEmpty { fields.append(.text(literal)) }
          literal = ""
          fields.append(.fraction(String(separator), digits.count, digit == "9"))
          rest = rest.dropFirst(1 + digits.count)
          continue
        }
      }
      if rest.hasPrefix("_2006") {
        literal += "_"
        rest = rest.dropFirst()
        continue
      }
      for (mark, field) in marks where rest.hasPrefix(mark) {
        if mark == "Jan" || mark == "Mon", let after = rest.dropFirst(3).first, after.isASCII, after.isLowercase {
          continue
        }
        if !literal.isEmpty { fields.append(.text(literal)) }
        literal = ""
        fields.append(field)
        rest = rest.dropFirst(mark.count)
        continue scan
      }
      literal.append(rest.removeFirst())
    }
    if !literal.isEmpty { fields.append(.text(literal)) }
    return fields
  }

  // MARK: - Printing

  func format(_ time: CivilTime) -> String {
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    var out = ""
    let hour12 = time.hour % 12 == 0 ? 12 : time.hour % 12
    for field in fields {
      switch field {
      case .text(let text): out += text
      case .longYear:
        let digits = String(time.year.magnitude)
        out += (time.year < 0 ? "-" : "") + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      case .year: out += two(Int(time.year.magnitude % 100))
      case .longMonth: out += CivilTime.months[time.month - 1]
      case .shortMonth: out += CivilTime.months[time.month - 1].prefix(3)
      case .month: out += "\(time.month)"
      case .zeroMonth: out += two(time.month)
      case .longWeekday: out += CivilTime.weekdays[time.weekday]
      case .shortWeekday: out += CivilTime.weekdays[time.weekday].prefix(3)
      case .day: out += "\(time.day)"
      case .spaceDay: out += time.day < 10 ? " \(time.day)" : "\(time.day)"
      case .zeroDay: out += two(time.day)
      case .zeroYearDay: out += GoTimeLayout.padded(time.dayOfYear, 3)
      case .hour24: out += two(time.hour)
      case .hour12: out += "\(hour12)"
      case .zeroHour12: out += two(hour12)
      case .minute: out += "\(time.minute)"
      case .zeroMinute: out += two(time.minute)
      case .second: out += "\(time.second)"
      case .zeroSecond: out += two(time.second)
      case .upperPM: out += time.hour >= 12 ? "PM" : "AM"
      case .lowerPM: out += time.hour >= 12 ? "pm" : "am"
      case .fraction(let separator, let digits, let drops):
        var text = String(GoTimeLayout.padded(time.nanosecond, 9).prefix(digits))
        if drops { while text.hasSuffix("0") { text.removeLast() } }
        if !text.isEmpty { out += separator + text }
      case .zoneName:
        out +=
          time.zone.isEmpty
          ? GoTimeLayout.offset(time.offset, colon: false, seconds: false, short: time.offset % 3600 == 0) : time.zone
      case .offset(let z, let colon, let seconds, let short):
        out +=
          z && time.offset == 0 ? "Z" : GoTimeLayout.offset(time.offset, colon: colon, seconds: seconds, short: short)
      }
    }
    return out
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func offset(_ offset: Int, colon: Bool, seconds: Bool, short: Bool) -> String {
    let magnitude = abs(offset)
    var text = (offset < 0 ? "-" : "+") + padded(magnitude / 3600, 2)
    if !short { text += (colon ? ":" : "") + padded(magnitude / 60 % 60, 2) }
    if seconds { text += (colon ? ":" : "") + padded(magnitude % 60, 2) }
    return text
  }

  // MARK: - Reading

  /// Nanoseconds since 1970, or nil when the text does not fit the layout or the time is out of range.
  func parse(_ value: String) -> Int64? {
    var rest = Substring(value)
    var (year, month, day, hour, minute, second, nanosecond) = (0, 1, 1, 0, 0, 0, 0)
    var offset = 0
    var pm: Bool?
    var yearDay: Int?
    func number(_ minimum: Int, _ maximum: Int) -> Int? {
      let digits = rest.prefix(maximum).prefix { $0.isASCII && $0.isNumber }
      guard digits.count >= minimum, let value = Int(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      return value
    }
    func name(_ names: [String], short: Bool) -> Int? {
      for (index, name) in names.enumerated() {
        let text = short ? String(name.prefix(3)) : name
        if rest.lowercased().hasPrefix(text.lowercased()) {
          rest = rest.dropFirst(text.count)
          return index
        }
      }
      return nil
    }
    func fractionDigits() {
      guard let mark = rest.first, mark == "." || mark == ",", let digit = rest.dropFirst().first, digit.isASCII,
        digit.isNumber
      else { return }
      let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(1 + digits.count)
      var text = String(digits.prefix(9))
      while text.count < 9 { text += "0" }
      nanosecond = Int(text) ?? 0
    }
    for (index, field) in fields.enumerated() {
      switch field {
      case .text(let text):
        guard rest.hasPrefix(text) else { return nil }
        rest = rest.dropFirst(text.count)
      case .longYear:
        guard let value = number(4, 4) else { return nil }
        year = value
      case .year:
        guard let value = number(2, 2) else { return nil }
        year = value >= 69 ? 1900 + value : 2000 + value
      case .longMonth, .shortMonth:
        guard let value = name(CivilTime.months, short: field == .shortMonth) else { return nil }
        month = value + 1
      case .month, .zeroMonth:
        guard let value = number(field == .month ? 1 : 2, 2), (1...12).contains(value) else { return nil }
        month = value
      case .longWeekday, .shortWeekday:
        guard name(CivilTime.weekdays, short: field == .shortWeekday) != nil else { return nil }
      case .day, .spaceDay, .zeroDay:
        if field == .spaceDay, rest.hasPrefix(" ") { rest = rest.dropFirst() }
        guard let value = number(field == .zeroDay ? 2 : 1, 2) else { return nil }
        day = value
      case .zeroYearDay:
        guard let value = number(3, 3) else { return nil }
        yearDay = value
      case .hour24:
        guard let value = number(2, 2), value < 24 else { return nil }
        hour = value
      case .hour12, .zeroHour12:
        guard let value = number(field == .hour12 ? 1 : 2, 2), value <= 12 else { return nil }
        hour = value
      case .minute, .zeroMinute:
        guard let value = number(field == .minute ? 1 : 2, 2), value < 60 else { return nil }
        minute = value
      case .second, .zeroSecond:
        guard let value = number(field == .second ? 1 : 2, 2), value < 60 else { return nil }
        second = value
        // A fraction may follow the seconds even when the layout has none.
        if case .fraction? = fields.dropFirst(index + 1).first { break }
        fractionDigits()
      case .upperPM, .lowerPM:
        let mark = rest.prefix(2).lowercased()
        guard mark == "pm" || mark == "am" else { return nil }
        pm = mark == "pm"
        rest = rest.dropFirst(2)
      case .fraction(let separator, let digits, let drops):
        if drops {
          fractionDigits()
        } else {
          guard rest.hasPrefix(separator) || rest.hasPrefix(".") || rest.hasPrefix(",") else { return nil }
          let text = rest.dropFirst().prefix(digits)
          guard text.count == digits, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
          rest = rest.dropFirst(1 + digits)
          nanosecond = Int((text + "000000000").prefix(9)) ?? 0
        }
      case .zoneName:
        let name = rest.prefix { $0.isLetter }
        guard name.count >= 3, name.count <= 5 else { return nil }
        rest = rest.dropFirst(name.count)
        // `GMT+3` carries an offset; other abbreviations mean UTC, as for a zone that is not local.
        if name == "GMT", let sign = rest.first, sign == "+" || sign == "-" {
          rest = rest.dropFirst()
          guard let hours = number(1, 2) else { return nil }
          offset = (sign == "-" ? -1 : 1) * hours * 3600
        }
      case .offset(let z, let colon, let seconds, let short):
        if z, rest.hasPrefix("Z") {
          rest = rest.dropFirst()
          break
        }
        guard let sign = rest.first, sign == "+" || sign == "-" else { return nil }
        rest = rest.dropFirst()
        guard let hours = number(2, 2), hours <= 24 else { return nil }
        offset = hours * 3600
        for (needed, unit) in [(!short, 60), (seconds, 1)] where needed {
          if colon {
            guard rest.hasPrefix(":") else { return nil }
            rest = rest.dropFirst()
          }
          guard let part = number(2, 2), part < 60 else { return nil }
          offset += part * unit
        }
        if sign == "-" { offset = -offset }
      }
    }
    guard rest.isEmpty else { return nil }
    if let pm { hour = pm ? (hour == 12 ? 12 : hour + 12) : (hour == 12 ? 0 : hour) }
    if let yearDay {
      guard yearDay >= 1, yearDay <= 366 else { return nil }
      month = 1
      day = yearDay
    } else {
      guard day >= 1, day <= CivilTime.daysIn(month: month, year: year) else { return nil }
    }
    return CivilTime.nanoseconds(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second, nanosecond: nanosecond,
      offset: offset)
  }
}
