import Foundation
import Synchronization
import Testing
import WGECore
import WGELocalCluster
import WGETestSupport

/// A process that writes is killed at random moments, again and again, on the same file.
///
/// `KILLS=n` for another number of kills than a few; `make kills` for many.
@Suite(.serialized) struct StorageKillTests {
  private static let writers = 16

  /// What an object's only writer has reported.
  struct Reported {
    var step: Int
    var version: Int64
    /// Nil when it was deleted.
    var uid: String?
  }

  @Test func noAcknowledgedWriteIsLost() async throws {
    guard let victim = Victim.program else { return print("skipped: kills: there is no wge-victim") }
    let kills = ProcessInfo.processInfo.environment["KILLS"].flatMap(Int.init) ?? 4
    let seed = ProcessInfo.processInfo.environment["FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("fuzz: kills: seed \(seed)")
    var random = SeededGenerator(seed: seed)
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      var known: [String: Reported] = [:]
      var newest: Int64 = 0
      var writes = 0
      for round in 0..<kills {
        let lines = try await Victim.run(
          victim, [path, "\(Self.writers)"],
          killAfter: .milliseconds(Int(random.next() % 400) + (round == 0 ? 200 : 20)))
        for line in lines.map({ $0.split(separator: " ").map(String.init) }) {
          switch line.first {
          case "ack": known[line[1]] = Reported(step: Int(line[2]) ?? 0, version: Int64(line[3]) ?? 0, uid: line[4])
          case "gone": known[line[1]] = Reported(step: Int(line[2]) ?? 0, version: Int64(line[3]) ?? 0, uid: nil)
          case "ready": continue
          default: Issue.record("seed \(seed), round \(round): \(line.joined(separator: " "))")
          }
          writes += 1
          newest = max(newest, Int64(line[3]) ?? 0)
        }
        newest = try await check(path, &known, newest: newest, "seed \(seed), round \(round)")
      }
      print("KILLS: \(kills) passed, 0 failed, 0 skipped; \(writes) acknowledged writes")
      #expect(writes > 0)
    }
  }

  /// Opens the file that a killed process left.
  /// - Returns: the newest version that is now known to be given out.
  private func check(
    _ path: String, _ known: inout [String: Reported], newest: Int64, _ round: String
  ) async throws -> Int64 {
    let cluster = try TestCluster(storage: .sqlite(path: path))
    defer { cluster.cluster.close() }
    let list = try await cluster.get(TestCluster.configMaps).body
    let version = Int64(list["metadata"]?["resourceVersion"]?.stringValue ?? "") ?? -1
    #expect(version >= newest, "\(round)")
    let items = list["items"]?.arrayValue ?? []
    for name in (0..<Self.writers).map({ "w\($0)" }) {
      let item = items.first { $0["metadata"]?["name"]?.stringValue == name }
      let step = item?["data"]?["step"]?.stringValue.flatMap(Int.init)
      let uid = item?["metadata"]?["uid"]?.stringValue
      let itemVersion = Int64(item?["metadata"]?["resourceVersion"]?.stringValue ?? "") ?? 0
      // From here on what is in the file counts.
      defer { known[name] = step.map { Reported(step: $0, version: itemVersion, uid: uid) } }
      guard let reported = known[name] else {
        #expect(step == nil || step == 1, "\(round): \(name) was not there and is at \(step ?? 0)")
        continue
      }
      if reported.uid != nil {
        // What was reported, or one step on: a change, or the deletion.
        let isAhead = step == reported.step + 1 || (step == nil && (reported.step + 1) % 6 == 0)
        #expect(
          step == reported.step || isAhead, "\(round): \(name) was reported at \(reported.step) and is at \(step ?? 0)")
        if step == reported.step { #expect(itemVersion == reported.version, "\(round)") }
        if step != nil { #expect(uid == reported.uid, "\(round)") }
      } else {
        #expect(step == nil || step == reported.step + 1, "\(round)")
      }
    }
    // Old places are served or refused, never skipped over in silence.
    let old = try await cluster.stream(
      TestCluster.configMaps, query: ["watch": "1", "resourceVersion": "\(max(1, newest / 2))", "timeoutSeconds": "1"])
    if version > max(1, newest / 2) {
      #expect(try await TestCluster.events(old, count: 1).first?["object"]?["code"] == 410, "\(round)")
    }
    let created = try await cluster.configMap("after")
    let next = Int64(created.body["metadata"]?["resourceVersion"]?.stringValue ?? "") ?? -1
    #expect(next > version, "\(round)")
    let now = try await cluster.stream(TestCluster.configMaps, query: ["watch": "1", "resourceVersion": "\(version)"])
    #expect(
      try await TestCluster.events(now, count: 1).first?["object"]?["metadata"]?["name"] == "after", "\(round)")
    try await cluster.send("DELETE", TestCluster.configMaps + "/after")
    let end = try await cluster.get(TestCluster.configMaps).body["metadata"]?["resourceVersion"]?.stringValue
    return Int64(end ?? "") ?? -1
  }

  @Test func aFullDiskRefusesWritesAndLosesNone() async throws {
    guard let victim = Victim.program else { return print("skipped: full disk: there is no wge-victim") }
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      let lines = try await Victim.run(victim, [path, "8", "1500000"], killAfter: nil)
      let refused = lines.filter { $0.hasPrefix("refused") }
      #expect(refused.count == 8)
      #expect(refused.allSatisfy { $0.contains("disk") && $0.contains(path) })
      // The last step that was reported of each object; nil for a deletion.
      var reported: [Substring: Int?] = [:]
      for line in lines.map({ $0.split(separator: " ") }) {
        if line[0] == "ack" { reported[line[1]] = .some(Int(line[2])) }
        if line[0] == "gone" { reported[line[1]] = .some(nil) }
      }
      // What follows a refused group is refused with it, also when it reached the disk just before: the step after
      // the last one may have been made. No other may be missing or added.
      let certain = reported.filter { $0.value.map { ($0 + 1) % 6 != 0 } ?? false }.keys
      let listed = lines.compactMap { $0.hasPrefix("list 200 ") ? Int($0.dropFirst(9)) : nil }
      #expect(listed.count == 1)
      #expect(lines.contains("later 201"))
      let cluster = try TestCluster(storage: .sqlite(path: path))
      defer { cluster.cluster.close() }
      let items = try await cluster.get(TestCluster.configMaps).body["items"]?.arrayValue ?? []
      let names = Set(items.compactMap { $0["metadata"]?["name"]?.stringValue })
      #expect(certain.allSatisfy { names.contains(String($0)) })
      #expect(names.contains("later") && names.count == (listed.first ?? -1) + 1)
      for item in items {
        guard let name = item["metadata"]?["name"]?.stringValue, name != "later" else { continue }
        let step = item["data"]?["step"]?.stringValue.flatMap(Int.init)
        let last = reported[Substring(name)] ?? nil
        #expect(last == nil || step == last || step == last.map { $0 + 1 }, "\(name)")
      }
    }
  }
}

/// The program that is killed.
enum Victim {
  static var program: String? { Program.ofThisPackage("wge-victim") }

  /// Runs the program, kills it (`kill -9`) that long after it is ready, and returns its lines.
  static func run(_ program: String, _ arguments: [String], killAfter delay: Duration?) async throws -> [String] {
    let victim = try Program(program, ["store"] + arguments).start()
    if let delay {
      // It may end by itself before it has said a word.
      _ = try? await victim.firstLine()
      try await Task.sleep(for: delay)
      victim.kill()
    }
    let text = try await victim.end().text
    // A line without its end was cut by the kill: the test does not know what it said.
    var lines = text.components(separatedBy: "\n")
    lines.removeLast()
    return lines
  }
}
