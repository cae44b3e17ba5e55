// Times in Go's layouts: a layout is the reference time, Mon Jan 2 15:04:05 MST 2006, as it should look.

enum GoTimeLayout {
  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

  enum Element: Equatable {
    case longYear, year, zeroMonth, month, shortMonth, longMonth
    case zeroDay, day, spaceDay, zeroYearDay, spaceYearDay
    case hour, zeroHour12, hour12, zeroMinute, minute, zeroSecond, second
    case fraction(digits: Int, isTrimmed: Bool, separator: UInt8)
    case upperPM, lowerPM, shortWeekday, longWeekday, zoneName
    /// `Z` for UTC, then hours, and whether with minutes, seconds and colons.
    case offset(usesZ: Bool, colons: Bool, minutes: Bool, seconds: Bool)
  }

  private static let words: [(String, Element)] = [
    ("January", .longMonth), ("Jan", .shortMonth), ("Monday", .longWeekday), ("Mon", .shortWeekday),
    ("MST", .zoneName), ("2006", .longYear), ("__2", .spaceYearDay), ("_2", .spaceDay), ("002", .zeroYearDay),
    ("01", .zeroMonth), ("02", .zeroDay), ("03", .zeroHour12), ("04", .zeroMinute), ("05", .zeroSecond),
    ("06", .year), ("15", .hour), ("1", .month), ("2", .day), ("3", .hour12), ("4", .minute), ("5", .second),
    ("PM", .upperPM), ("pm", .lowerPM),
    ("-07:00:00", .offset(usesZ: false, colons: true, minutes: true, seconds: true)),
    ("-070000", .offset(usesZ: false, colons: false, minutes: true, seconds: true)),
    ("-07:00", .offset(usesZ: false, colons: true, minutes: true, seconds: false)),
    ("-0700", .offset(usesZ: false, colons: false, minutes: true, seconds: false)),
    ("-07", .offset(usesZ: false, colons: false, minutes: false, seconds: false)),
    ("Z07:00:00", .offset(usesZ: true, colons: true, minutes: true, seconds: true)),
    ("Z070000", .offset(usesZ: true, colons: false, minutes: true, seconds: true)),
    ("Z07:00", .offset(usesZ: true, colons: true, minutes: true, seconds: false)),
    ("Z0700", .offset(usesZ: true, colons: false, minutes: true, seconds: false)),
    ("Z07", .offset(usesZ: true, colons: false, minutes: false, seconds: false)),
  ]
  private static let table = words.map { (Array($0.0.utf8), $0.1) }

  /// The first element of a layout: what stands before it, the element, and what follows.
  static func next(_ layout: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, Element?, ArraySlice<UInt8>) {
    var index = layout.startIndex
    while index < layout.endIndex {
      let rest = layout[index...]
      if let fraction = fraction(layout, index) {
        return (layout[..<index], fraction.0, layout[fraction.1...])
      }
      for (word, element) in table where rest.starts(with: word) {
        // "Jan" within a word of small letters is no month.
        if element == .shortMonth || element == .shortWeekday {
          let after = index + word.count
          if after < layout.endIndex, layout[after] &- 0x61 < 26 { continue }
        }
        if element == .spaceDay, rest.starts(with: "_2006".utf8) {
          return (layout[...index], .longYear, layout[(index + 5)...])
        }
        return (layout[..<index], element, layout[(index + word.count)...])
      }
      index += 1
    }
    return (layout, nil, [])
  }

  /// `.000` or `,999` with no digit behind.
  private static func fraction(_ layout: ArraySlice<UInt8>, _ index: Int) -> (Element, Int)? {
    guard layout[index] == 0x2E || layout[index] == 0x2C, index + 1 < layout.endIndex else { return nil }
    let digit = layout[index + 1]
    guard digit == 0x30 || digit == 0x39 else { return nil }
    var end = index + 1
    while end < layout.endIndex, layout[end] == digit { end += 1 }
    if end < layout.endIndex, layout[end] &- 0x30 < 10 { return nil }
    return (.fraction(digits: end - index - 1, isTrimmed: digit == 0x39, separator: layout[index]), end)
  }

  static func format(_ time: GoTime, _ layout: String) -> String {
    String(decoding: format(time, Array(layout.utf8)), as: UTF8.self)
  }

  static func format(_ time: GoTime, _ layout: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    let parts = time.parts
    let zone = time.zone.offset(at: time.seconds)
    var rest = layout[...]
    while !rest.isEmpty {
      let (prefix, element, suffix) = next(rest)
      out.append(contentsOf: prefix)
      guard let element else { break }
      rest = suffix
      write(element, time, parts, zone, into: &out)
    }
    return out
  }

  private static func write(
    _ element: Element, _ time: GoTime, _ parts: CivilTime, _ zone: GoTimeZone.Offset, into out: inout [UInt8]
  ) {
    func number(_ value: Int, _ width: Int, _ padding: UInt8 = 0x30) {
      let digits = String(value.magnitude)
      if value < 0 { out.append(0x2D) }
      out.append(contentsOf: repeatElement(padding, count: max(0, width - digits.utf8.count)))
      out.append(contentsOf: digits.utf8)
    }
    let hour12 = parts.hour % 12 == 0 ? 12 : parts.hour % 12
    switch element {
    case .longYear: number(Int(parts.year), 4)
    case .year: number(Int((parts.year % 100).magnitude), 2)
    case .zeroMonth: number(parts.month, 2)
    case .month: number(parts.month, 1)
    case .shortMonth: out.append(contentsOf: months[parts.month - 1].utf8.prefix(3))
    case .longMonth: out.append(contentsOf: months[parts.month - 1].utf8)
    case .zeroDay: number(parts.day, 2)
    case .day: number(parts.day, 1)
    case .spaceDay: number(parts.day, 2, 0x20)
    case .zeroYearDay: number(parts.yearDay, 3)
    case .spaceYearDay: number(parts.yearDay, 3, 0x20)
    case .hour: number(parts.hour, 2)
    case .zeroHour12: number(hour12, 2)
    case .hour12: number(hour12, 1)
    case .zeroMinute: number(parts.minute, 2)
    case .minute: number(parts.minute, 1)
    case .zeroSecond: number(parts.second, 2)
    case .second: number(parts.second, 1)
    case .upperPM: out.append(contentsOf: (parts.hour >= 12 ? "PM" : "AM").utf8)
    case .lowerPM: out.append(contentsOf: (parts.hour >= 12 ? "pm" : "am").utf8)
    case .shortWeekday: out.append(contentsOf: weekdays[parts.weekday].utf8.prefix(3))
    case .longWeekday: out.append(contentsOf: weekdays[parts.weekday].utf8)
    case .zoneName: out.append(contentsOf: zone.abbreviation.utf8)
    case .fraction(let digits, let isTrimmed, let separator):
      var text = String(time.nanoseconds)
      text = String(repeating: "0", count: 9 - text.utf8.count) + text
      var bytes = Array(text.utf8.prefix(digits))
      bytes.append(contentsOf: repeatElement(0x30, count: max(0, min(digits, 1_000) - 9)))
      if isTrimmed {
        while bytes.last == 0x30 { bytes.removeLast() }
        if bytes.isEmpty { return }
      }
      out.append(separator)
      out.append(contentsOf: bytes)
    case .offset(let usesZ, let colons, let minutes, let seconds):
      if usesZ, zone.seconds == 0 {
        out.append(UInt8(ascii: "Z"))
        return
      }
      out.append(zone.seconds < 0 ? 0x2D : 0x2B)
      let magnitude = abs(zone.seconds)
      number(magnitude / 3_600, 2)
      if minutes {
        if colons { out.append(0x3A) }
        number(magnitude / 60 % 60, 2)
      }
      if seconds {
        if colons { out.append(0x3A) }
        number(magnitude % 60, 2)
      }
    }
  }
}
