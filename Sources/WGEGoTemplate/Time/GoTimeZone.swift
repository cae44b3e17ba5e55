#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A time zone by the system's zoneinfo files (RFC 8536).
public struct GoTimeZone: Sendable, Hashable {
  struct Offset: Sendable, Hashable {
    var seconds: Int
    var abbreviation: String
  }

  /// `Europe/Berlin`.
  public let name: String
  private var transitions: [Int64] = []
  private var offsets: [Offset]
  private let first: Offset
  private var rule: PosixZoneRule?

  /// Coordinated universal time.
  public static let utc = GoTimeZone(name: "UTC", seconds: 0, abbreviation: "UTC")

  /// A zone of one offset.
  public init(name: String, seconds: Int, abbreviation: String) {
    self.name = name
    first = Offset(seconds: seconds, abbreviation: abbreviation)
    offsets = []
  }

  func offset(at instant: Int64) -> Offset {
    guard let last = transitions.last else { return rule?.offset(at: instant) ?? first }
    if instant >= last, let rule { return rule.offset(at: instant) }
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= instant { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? first : offsets[low - 1]
  }

  /// A zone from the system's files; nil when there is none of this name.
  public init?(systemZone name: String) {
    if name.isEmpty || name == "UTC" {
      self = .utc
      return
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard name.utf8.count < 100, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }),
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }),
      let data = try? Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/" + name)), data.count < 1 << 20
    else { return nil }
    self.init(name: name, file: [UInt8](data))
  }

  init?(name: String, file: [UInt8]) {
    var reader = Reader(bytes: file)
    guard var header = reader.header() else { return nil }
    var width = 4
    if header.version >= 0x32 {
      // The second block has 64-bit times.
      let skip =
        header.times * 5 + header.types * 6 + header.characters + header.leaps * 8 + header.standard + header.universal
      guard reader.skip(skip), let second = reader.header() else { return nil }
      header = second
      width = 8
    }
    guard header.types > 0 else { return nil }
    var times: [Int64] = []
    for _ in 0..<header.times {
      guard let time = reader.integer(width) else { return nil }
      times.append(time)
    }
    guard let indices = reader.take(header.times) else { return nil }
    var types: [(offset: Int, abbreviation: Int)] = []
    for _ in 0..<header.types {
      guard let offset = reader.integer(4), let rest = reader.take(2) else { return nil }
      types.append((Int(offset), Int(rest[1])))
    }
    guard let characters = reader.take(header.characters) else { return nil }
    func offset(_ index: Int) -> Offset? {
      guard index < types.count, types[index].abbreviation < characters.count else { return nil }
      let text = characters[types[index].abbreviation...].prefix { $0 != 0 }
      return Offset(seconds: types[index].offset, abbreviation: String(decoding: text, as: UTF8.self))
    }
    guard let first = offset(0) else { return nil }
    self.name = name
    self.first = first
    offsets = []
    for index in indices {
      guard let offset = offset(Int(index)) else { return nil }
      offsets.append(offset)
    }
    transitions = times
    if width == 8, reader.skip(header.leaps * 12 + header.standard + header.universal) {
      rule = PosixZoneRule(String(decoding: reader.rest().filter { $0 != 0x0A }, as: UTF8.self))
    }
  }

  private struct Reader {
    struct Header {
      var version: UInt8
      var universal, standard, leaps, times, types, characters: Int
    }
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) -> [UInt8]? {
      guard count >= 0, count <= bytes.count - position else { return nil }
      defer { position += count }
      return Array(bytes[position..<position + count])
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    func rest() -> ArraySlice<UInt8> { bytes[position...] }

    mutating func integer(_ width: Int) -> Int64? {
      guard let taken = take(width) else { return nil }
      var value: UInt64 = width == 4 && (taken[0] & 0x80) != 0 ? ~0 : 0
      for byte in taken { value = value << 8 | UInt64(byte) }
      return Int64(bitPattern: value)
    }

    mutating func header() -> Header? {
      guard let start = take(20), start.prefix(4).elementsEqual("TZif".utf8) else { return nil }
      var counts: [Int] = []
      for _ in 0..<6 {
        guard let count = integer(4), count >= 0, count <= bytes.count else { return nil }
        counts.append(Int(count))
      }
      return Header(
        version: start[4], universal: counts[0], standard: counts[1], leaps: counts[2], times: counts[3],
        types: counts[4], characters: counts[5])
    }
  }
}

/// The rule behind the last transition of a zone file: `EST5EDT,M3.2.0,M11.1.0`.
struct PosixZoneRule: Sendable, Hashable {
  private struct Change: Sendable, Hashable {
    var month: Int
    var week: Int
    var weekday: Int
    var seconds: Int
  }

  private let standard: GoTimeZone.Offset
  private var daylight: GoTimeZone.Offset?
  private var start: Change?
  private var end: Change?

  init?(_ text: String) {
    var scanner = Scanner(bytes: Array(text.utf8))
    guard let name = scanner.name(), let offset = scanner.offset() else { return nil }
    standard = GoTimeZone.Offset(seconds: -offset, abbreviation: name)
    guard let other = scanner.name() else { return }
    var seconds = -offset + 3_600
    if let next = scanner.peek, next != UInt8(ascii: ",") {
      guard let offset = scanner.offset() else { return nil }
      seconds = -offset
    }
    guard let start = scanner.change(), let end = scanner.change() else { return nil }
    daylight = GoTimeZone.Offset(seconds: seconds, abbreviation: other)
    self.start = start
    self.end = end
  }

  func offset(at instant: Int64) -> GoTimeZone.Offset {
    guard let daylight, let start, let end else { return standard }
    let year = CivilTime(seconds: instant &+ Int64(standard.seconds)).year
    let begins = Self.instant(of: start, year: year) - Int64(standard.seconds)
    let ends = Self.instant(of: end, year: year) - Int64(daylight.seconds)
    let isDaylight = begins < ends ? instant >= begins && instant < ends : instant >= begins || instant < ends
    return isDaylight ? daylight : standard
  }

  private static func instant(of change: Change, year: Int64) -> Int64 {
    let first = CivilTime.days(year: year, month: change.month, day: 1)
    let weekday = Int(((first % 7) + 11) % 7)
    var day = (change.weekday - weekday + 7) % 7 + (change.week - 1) * 7
    if day >= CivilTime.length(ofMonth: change.month, year: year) { day -= 7 }
    return (first + Int64(day)) * 86_400 + Int64(change.seconds)
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func name() -> String? {
      guard let first = peek else { return nil }
      var text: [UInt8] = []
      if first == UInt8(ascii: "<") {
        position += 1
        while let byte = peek, byte != UInt8(ascii: ">") {
          text.append(byte)
          position += 1
        }
        position += 1
      } else {
        while let byte = peek, (byte | 0x20) &- 0x61 < 26 {
          text.append(byte)
          position += 1
        }
      }
      return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }

    mutating func number() -> Int? {
      var value: Int?
      while let byte = peek, byte &- 0x30 < 10, (value ?? 0) < 100_000 {
        value = (value ?? 0) * 10 + Int(byte - 0x30)
        position += 1
      }
      return value
    }

    mutating func offset() -> Int? {
      let isNegative = peek == UInt8(ascii: "-")
      if isNegative || peek == UInt8(ascii: "+") { position += 1 }
      guard let hours = number(), hours <= 167 else { return nil }
      var seconds = hours * 3_600
      for unit in [60, 1] where peek == UInt8(ascii: ":") {
        position += 1
        guard let value = number(), value < 60 else { return nil }
        seconds += value * unit
      }
      return isNegative ? -seconds : seconds
    }

    /// `,M3.2.0/2`
    mutating func change() -> Change? {
      guard peek == UInt8(ascii: ",") else { return nil }
      position += 1
      guard peek == UInt8(ascii: "M") else { return nil }
      var values: [Int] = []
      for _ in 0..<3 {
        position += 1
        guard let value = number() else { return nil }
        values.append(value)
      }
      guard (1...12).contains(values[0]), (1...5).contains(values[1]), values[2] < 7 else { return nil }
      var seconds = 7_200
      if peek == UInt8(ascii: "/") {
        position += 1
        guard let offset = offset() else { return nil }
        seconds = offset
      }
      return Change(month: values[0], week: values[1], weekday: values[2], seconds: seconds)
    }
  }
}
