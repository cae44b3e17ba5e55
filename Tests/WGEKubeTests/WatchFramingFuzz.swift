import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// Random watches: framing is checked against a plain split, and anything at all must not trap.
@Suite struct WatchFramingFuzz {
  @Test func framingAgreesWithAPlainSplit() async throws {
    for seed in 0..<400 as Range<UInt64> { try Self.round(seed) }
  }

  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func framingUnderNewInput() async throws {
    try await Fuzzing.run("watch framing") { try Self.round($0) }
  }

  struct Different: Error { var text: String }

  static func round(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let limit = 16 + Int(random.next() % 200)
    var stream: [UInt8] = []
    var lines: [[UInt8]] = []
    for _ in 0..<random.next() % 12 {
      let line = line(&random)
      lines.append(line)
      stream += line + [0x0A]
    }
    let rest = random.next() % 2 == 0 ? line(&random) : []
    stream += rest

    // In random pieces, with a limit on lines.
    var splitter = LineSplitter(limit: limit)
    var found: [[UInt8]] = []
    var isTooLong = false
    var index = 0
    while index < stream.count, !isTooLong {
      let end = min(stream.count, index + 1 + Int(random.next() % 40))
      splitter.append(Array(stream[index..<end]))
      index = end
      do { while let line = try splitter.next() { found.append(line) } } catch { isTooLong = true }
    }
    let tooLong = lines.firstIndex { $0.count > limit }
    if let tooLong {
      guard isTooLong, found == Array(lines[..<tooLong]) else { throw Different(text: "a line past the limit passed") }
    } else if rest.count > limit {
      guard isTooLong, found == lines else { throw Different(text: "a rest past the limit passed") }
    } else {
      guard !isTooLong, found == lines, splitter.remainder == rest else {
        throw Different(text: "\(found) of \(lines)")
      }
    }
    // Whatever a line holds, it is an event, nothing, or an error of the client.
    let decoder = WatchEventDecoder(resource: .testMaps)
    for line in lines {
      do { _ = try decoder.decode(line) } catch is KubeError {}
      do { _ = try decoder.decodeEnd(line) } catch is KubeError {}
    }
  }

  private static let events = [
    #"{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}"#,
    #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1","annotations":{"k8s.io/initial-events-end":"true"}}}}"#,
    #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#,
    #"{"type":"ERROR","object":{"kind":"Status","code":-99999999999999999999,"reason":[]}}"#,
  ]

  private static func line(_ random: inout SeededGenerator) -> [UInt8] {
    switch random.next() % 4 {
    case 0: return (0..<random.next() % 60).map { _ in UInt8(truncatingIfNeeded: random.next()) }.filter { $0 != 0x0A }
    case 1: return [UInt8](repeating: UInt8(ascii: "["), count: Int(random.next() % 300))
    default:
      var bytes = Array(events[Int(random.next() % UInt64(events.count))].utf8)
      // Damaged in up to three places, or cut.
      for _ in 0..<random.next() % 4 {
        let place = Int(random.next() % UInt64(bytes.count))
        bytes[place] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.next() % 4 == 0 { bytes = Array(bytes.prefix(Int(random.next() % UInt64(bytes.count)))) }
      return bytes.filter { $0 != 0x0A }
    }
  }
}
