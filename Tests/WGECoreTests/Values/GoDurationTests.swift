import Testing
import WGECore

@Suite struct GoDurationTests {
  @Test(
    arguments: [
      ("0", 0, "0s"), ("+0", 0, "0s"), ("-0", 0, "0s"), ("0s", 0, "0s"), ("5s", 5_000_000_000, "5s"),
      ("1h30m5.5s", 5_405_500_000_000, "1h30m5.5s"), ("1h", 3_600_000_000_000, "1h0m0s"),
      ("10m", 600_000_000_000, "10m0s"),
      ("1m0s", 60_000_000_000, "1m0s"), ("100ms", 100_000_000, "100ms"), ("1.5µs", 1500, "1.5µs"),
      ("1.5μs", 1500, "1.5µs"),
      ("1us", 1000, "1µs"), ("7ns", 7, "7ns"), ("-1.5h", -5_400_000_000_000, "-1h30m0s"), (".5s", 500_000_000, "500ms"),
      ("1.s", 1_000_000_000, "1s"), ("1m1m", 120_000_000_000, "2m0s"),
      ("0.3333333333333333333h", 1_200_000_000_000 - 1, "19m59.999999999s"),
      ("0.100000000000000000000h", 360_000_000_000, "6m0s"),
      ("9223372036854775807ns", Int64.max, "2562047h47m16.854775807s"),
      ("-9223372036854775808ns", Int64.min, "-2562047h47m16.854775808s"), ("0.9ns", 0, "0s"),
      ("1.000000001s", 1_000_000_001, "1.000000001s"),
      ("2540400h10m10.000000000s", 9_145_440_610_000_000_000, "2540400h10m10s"),
    ] as [(String, Int64, String)])
  func reads(text: String, nanoseconds: Int64, printed: String) throws {
    let duration = try GoDuration(parsing: text)
    #expect(duration.nanoseconds == nanoseconds)
    #expect(duration.description == printed)
    #expect(try GoDuration(parsing: printed) == duration)
    #expect(GoDuration(duration.duration) == duration)
  }

  @Test(
    arguments: [
      ("", "time: invalid duration \"\""), ("3", "time: missing unit in duration \"3\""),
      ("-", "time: invalid duration \"-\""),
      ("s", "time: invalid duration \"s\""), (".", "time: invalid duration \".\""),
      ("-.", "time: invalid duration \"-.\""),
      (".s", "time: invalid duration \".s\""), ("+.s", "time: invalid duration \"+.s\""),
      ("1d", "time: unknown unit \"d\" in duration \"1d\""), ("1h2", "time: missing unit in duration \"1h2\""),
      ("1h-2m", "time: unknown unit \"h-\" in duration \"1h-2m\""), ("3000000h", "time: invalid duration \"3000000h\""),
      ("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""),
      ("-9223372036854775809ns", "time: invalid duration \"-9223372036854775809ns\""),
      ("9223372036s900ms", "time: invalid duration \"9223372036s900ms\""),
      ("1 h", "time: unknown unit \" h\" in duration \"1 h\""),
      ("99999999999999999999h", "time: invalid duration \"99999999999999999999h\""),
    ] as [(String, String)])
  func refuses(text: String, message: String) {
    let error = #expect(throws: GoDurationParseError.self) { try GoDuration(parsing: text) }
    #expect(error?.description == message)
  }

  @Test func convertsAndCodes() throws {
    #expect(GoDuration(.seconds(90))?.description == "1m30s")
    #expect(GoDuration(.seconds(Int64.max)) == nil)
    #expect(GoDuration(nanoseconds: 1) < GoDuration(nanoseconds: 2))
    #expect(try JSON(encoding: GoDuration(nanoseconds: 60_000_000_000)) == "1m0s")
    #expect(try ("5m" as JSON).decode(GoDuration.self).duration == .seconds(300))
    #expect(throws: JSONDecodingError.self) { try ("5" as JSON).decode(GoDuration.self) }
  }
}
