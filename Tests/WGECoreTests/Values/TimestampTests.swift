import Testing
import WGECore

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0, 0), ("2026-07-26T12:34:56Z", 1_785_069_296, 0), ("1969-12-31T23:59:59Z", -1, 0),
    ("2000-02-29T00:00:00Z", 951_782_400, 0), ("0000-01-01T00:00:00Z", -62_167_219_200, 0),
    ("9999-12-31T23:59:59Z", 253_402_300_799, 0), ("2020-01-01T02:00:00+02:00", 1_577_836_800, 0),
    ("2019-12-31T18:30:00-05:30", 1_577_836_800, 0), ("1970-01-01T00:00:00.5Z", 0, 500_000_000),
    ("1970-01-01T00:00:00.123456789Z", 0, 123_456_789), ("1970-01-01T00:00:00.1234567891234Z", 0, 123_456_789),
    ("1900-03-01T00:00:00Z", -2_203_891_200, 0),
  ])
  func reads(text: String, seconds: Int64, nanoseconds: Int32) throws {
    let time = try Timestamp(parsing: text)
    #expect(time.seconds == seconds)
    #expect(time.nanoseconds == nanoseconds)
    #expect(try Timestamp(parsing: time.description) == time)
  }

  @Test(arguments: [
    "", "2026", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z", "2026-01-01", "2026-01-01 00:00:00Z", "2026-01-01t00:00:00Z", "2026-01-01T00:00:00z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00",
    "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00+2:00", "2026-01-01T00:00:00+0200", "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00Zx", "+2026-01-01T00:00:00Z", "2026-1-1T00:00:00Z", "２０２６-01-01T00:00:00Z",
  ])
  func refuses(text: String) {
    let error = #expect(throws: TimestampParseError.self) { try Timestamp(parsing: text) }
    #expect(error?.description.hasPrefix("not an RFC 3339 time: ") == true)
  }

  @Test func everyDayRoundTrips() throws {
    var day: Int64 = -62_167_219_200 / 86_400
    while day <= 253_402_300_799 / 86_400 {
      let time = Timestamp(seconds: day * 86_400 + 86_399)
      #expect(try Timestamp(parsing: time.rfc3339) == time)
      day += 97
    }
  }

  @Test func writesSecondsOrMicroseconds() throws {
    #expect(try JSON(encoding: Timestamp(seconds: 0)) == "1970-01-01T00:00:00Z")
    #expect(try JSON(encoding: Timestamp(seconds: 0, nanoseconds: 1_500_999)) == "1970-01-01T00:00:00.001500Z")
    #expect(Timestamp(seconds: 1, nanoseconds: -1).description == "1970-01-01T00:00:00.999999999Z")
    #expect(Timestamp(seconds: 0, nanoseconds: 2_500_000_000).description == "1970-01-01T00:00:02.5Z")
  }

  @Test func extremesDoNotTrap() {
    for seconds in [Int64.min, .max] {
      let time = Timestamp(seconds: seconds, nanoseconds: seconds)
      #expect(!time.description.isEmpty)
      _ = time.advanced(by: .seconds(Int64.max))
    }
    #expect(!Timestamp(seconds: .max).isRepresentable)
  }

  @Test func moves() {
    let start = Timestamp(seconds: 10, nanoseconds: 900_000_000)
    let later = start.advanced(by: .milliseconds(250))
    #expect(later == Timestamp(seconds: 11, nanoseconds: 150_000_000))
    #expect(later.duration(since: start) == .milliseconds(250))
    #expect(start.advanced(by: .milliseconds(-950)) == Timestamp(seconds: 9, nanoseconds: 950_000_000))
    #expect(start < later)
  }
}
