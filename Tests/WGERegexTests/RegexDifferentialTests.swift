import Testing
import WGECore
import WGERegex
import WGETestSupport

/// Random patterns against Go's regexp package itself.
@Suite struct RegexDifferentialTests {
  @Test func agreesWithGo() async throws {
    guard GoToolchain.path != nil else {
      print(GoToolchain.skipMessage)
      return
    }
    let count = GoToolchain.cases(default: 500)
    let output = try await GoToolchain.run("regex", arguments: ["\(GoToolchain.seed)", "\(count)"])
    let report = SuiteReport("regex against Go")
    for line in output.split(separator: 0x0A) {
      let record = try JSON(parsing: Array(line))
      let pattern = record["pattern"]?.stringValue ?? ""
      let text = record["text"]?.stringValue ?? ""
      report.run("/\(pattern)/ on \(text.debugDescription)") { try Self.difference(record, pattern, text) }
    }
    report.finish()
    #expect(report.failures == [])
    #expect(report.passed == count)
  }

  private static func difference(_ record: JSON, _ pattern: String, _ text: String) throws -> String? {
    let regex: LinearRegex
    do { regex = try LinearRegex(pattern) } catch {
      return record["error"]?.stringValue == error.description ? nil : "\(error), not \(record["error"] ?? "valid")"
    }
    if let error = record["error"] { return "valid, not \(error)" }
    var copy = text
    let all = copy.withUTF8 { regex.matches(in: $0).map(\.offsets) }
    let expected = (record["all"]?.arrayValue ?? []).map { match in
      match.arrayValue?.compactMap { $0.intValue.map(Int.init) } ?? []
    }
    if all != expected { return "found \(all), not \(expected)" }
    if regex.isMatch(text) == expected.isEmpty { return "isMatch is wrong" }
    let replaced = regex.replacingMatches(in: text, with: record["replacement"]?.stringValue ?? "")
    if replaced != record["replaced"]?.stringValue { return "replaced to \(replaced)" }
    let parts = copy.withUTF8 { text in
      regex.split(text).map { JSON.string(String(decoding: text[$0], as: UTF8.self)) }
    }
    if JSON.array(parts) != record["split"] { return "split into \(parts)" }
    return nil
  }
}
