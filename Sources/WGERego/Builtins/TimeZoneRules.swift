#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// When a zone's offset changes.
struct TimeZoneRules: Sendable {
  private var changes: [(at: Int, offset: Int, name: String)] = []
  private var first = (0, "UTC")

  static let utc = TimeZoneRules()

  private init() {}

  /// A fixed offset without a name.
  init(offset: Int) { first = (offset, "") }

  func offset(at seconds: Int) -> (Int, String) {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].at <= seconds { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? first : (changes[low - 1].offset, changes[low - 1].name)
  }

  /// Seconds of offset for a local time: of the two candidates around a change, the one that fits.
  func offset(forLocal local: Int) -> Int {
    let guess = offset(at: local).0
    let other = offset(at: local - guess).0
    return offset(at: local - other).0 == other ? other : offset(at: local - guess).0
  }

  /// A zone by its name in the IANA database.
  ///
  /// The system's files hold changes to 2037; later times use the last rule that they hold.
  init?(name: String) {
    if name.isEmpty || name == "UTC" { return }
    if name == "Local" {
      if let file = FileManager.default.contents(atPath: "/etc/localtime"), let rules = Self.parse([UInt8](file)) {
        self = rules
      }
      return
    }
    guard name.utf8.count < 100, !name.contains(".."), !name.hasPrefix("/"), !name.contains("\\"), !name.contains("\0")
    else { return nil }
    for folder in ["/usr/share/zoneinfo/", "/usr/lib/zoneinfo/", "/usr/share/lib/zoneinfo/"] {
      if let file = FileManager.default.contents(atPath: folder + name), let rules = Self.parse([UInt8](file)) {
        self = rules
        return
      }
    }
    // Where no zone files are installed, Foundation may bring its own.
    guard let zone = TimeZone(identifier: name) else { return nil }
    first = (zone.secondsFromGMT(), name)
    return
  }

  /// RFC 8536.
  private static func parse(_ bytes: [UInt8]) -> TimeZoneRules? {
    func header(_ at: Int) -> (isUT: Int, isStd: Int, leap: Int, time: Int, type: Int, chars: Int, version: UInt8)? {
      guard at + 44 <= bytes.count, bytes[at..<at + 4].elementsEqual("TZif".utf8) else { return nil }
      func word(_ index: Int) -> Int {
        bytes[at + 20 + 4 * index..<at + 24 + 4 * index].reduce(0) { $0 << 8 | Int($1) }
      }
      let all = (0..<6).map(word)
      guard all.allSatisfy({ $0 < 100_000 }) else { return nil }
      return (all[0], all[1], all[2], all[3], all[4], all[5], bytes[at + 4])
    }
    guard let one = header(0) else { return nil }
    var at = 0
    var head = one
    var width = 4
    if one.version >= UInt8(ascii: "2") {
      at = 44 + one.time * 5 + one.type * 6 + one.chars + one.leap * 8 + one.isStd + one.isUT
      guard let two = header(at) else { return nil }
      head = two
      width = 8
    }
    at += 44
    let types = at + head.time * (width + 1)
    let names = types + head.type * 6
    guard head.type > 0, names + head.chars <= bytes.count else { return nil }
    func type(_ index: Int) -> (Int, String)? {
      guard index < head.type else { return nil }
      let start = types + 6 * index
      let offset = Int32(truncatingIfNeeded: bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) })
      let name = names + Int(bytes[start + 5])
      guard name < names + head.chars else { return nil }
      let end = bytes[name..<names + head.chars].firstIndex(of: 0) ?? name
      return (Int(offset), String(decoding: bytes[name..<end], as: UTF8.self))
    }
    var rules = TimeZoneRules()
    guard let initial = type(0) else { return nil }
    rules.first = initial
    for index in 0..<head.time {
      let start = at + index * width
      let raw = bytes[start..<start + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let seconds = width == 8 ? Int(Int64(bitPattern: raw)) : Int(Int32(truncatingIfNeeded: raw))
      guard let (offset, name) = type(Int(bytes[at + head.time * width + index])) else { return nil }
      rules.changes.append((seconds, offset, name))
    }
    if width == 8 { rules.extend(String(decoding: bytes[min(bytes.count, names + head.chars)...], as: UTF8.self)) }
    return rules
  }

  /// Slim files end in a rule for all later years (`CET-1CEST,M3.5.0,M10.5.0/3`); it is written out to 2100.
  private mutating func extend(_ tail: String) {
    guard let rule = tail.split(separator: "\n").last, let parsed = PosixZone(String(rule)) else { return }
    let lastKnown = changes.last?.at ?? 0
    let from = max(1970, CivilTime(nanoseconds: Int64(max(0, lastKnown)) * 1_000_000_000, zone: .utc).year)
    for year in from...2100 {
      for change in parsed.changes(in: year) where change.at > lastKnown { changes.append(change) }
    }
  }
}

/// The POSIX form of a zone with daylight saving by month, week and day.
private struct PosixZone {
  private var standard: (offset: Int, name: String)
  private var summer: (offset: Int, name: String)
  private var start: (month: Int, week: Int, day: Int, time: Int)
  private var end: (month: Int, week: Int, day: Int, time: Int)

  init?(_ text: String) {
    let parts = text.split(separator: ",")
    guard parts.count == 3 else { return nil }
    var rest = parts[0]
    func name() -> String? {
      if rest.hasPrefix("<"), let close = rest.firstIndex(of: ">") {
        let name = String(rest[rest.index(after: rest.startIndex)..<close])
        rest = rest[rest.index(after: close)...]
        return name
      }
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      return name.count >= 3 ? String(name) : nil
    }
    func offset() -> Int? {
      let text = rest.prefix { !$0.isLetter && $0 != "<" }
      rest = rest.dropFirst(text.count)
      return text.isEmpty ? nil : Self.time(text)
    }
    guard let standardName = name(), let standardOffset = offset(), let summerName = name() else { return nil }
    standard = (-standardOffset, standardName)
    summer = (offset().map { -$0 } ?? -standardOffset + 3600, summerName)
    guard let first = Self.rule(parts[1]), let second = Self.rule(parts[2]) else { return nil }
    start = first
    end = second
  }

  private static func time(_ text: Substring) -> Int? {
    let negative = text.hasPrefix("-")
    let numbers = text.drop { $0 == "-" || $0 == "+" }.split(separator: ":").map { Int($0) }
    guard !numbers.isEmpty, numbers.allSatisfy({ ($0 ?? 1000) < 1000 }) else { return nil }
    let seconds =
      (numbers[0] ?? 0) * 3600 + (numbers.count > 1 ? numbers[1] ?? 0 : 0) * 60
      + (numbers.count > 2 ? numbers[2] ?? 0 : 0)
    return negative ? -seconds : seconds
  }

  private static func rule(_ text: Substring) -> (Int, Int, Int, Int)? {
    let parts = text.split(separator: "/")
    guard let date = parts.first, date.hasPrefix("M") else { return nil }
    let numbers = date.dropFirst().split(separator: ".").compactMap { Int($0) }
    guard numbers.count == 3, (1...12).contains(numbers[0]), (1...5).contains(numbers[1]), (0...6).contains(numbers[2])
    else { return nil }
    return (numbers[0], numbers[1], numbers[2], parts.count > 1 ? time(parts[1]) ?? 7200 : 7200)
  }

  func changes(in year: Int) -> [(at: Int, offset: Int, name: String)] {
    func instant(_ rule: (month: Int, week: Int, day: Int, time: Int), _ offset: Int) -> Int {
      let first = CivilTime.days(year: year, month: rule.month, day: 1)
      let weekday = ((first + 4) % 7 + 7) % 7
      var day = first + (rule.day - weekday + 7) % 7 + (rule.week - 1) * 7
      if day >= first + CivilTime.daysIn(month: rule.month, year: year) { day -= 7 }
      return day * 86_400 + rule.time - offset
    }
    let result = [
      (at: instant(start, standard.offset), offset: summer.offset, name: summer.name),
      (at: instant(end, summer.offset), offset: standard.offset, name: standard.name),
    ]
    return result.sorted { $0.at < $1.at }
  }
}
