import Synchronization
import Testing
import WGECore
import WGELocalCluster
import WGETestSupport

/// Watches that are many, slow or large.
@Suite struct WatchLimitsTests {
  private func version(_ cluster: TestCluster) async throws -> String {
    try await cluster.get(TestCluster.configMaps).body["metadata"]?["resourceVersion"]?.stringValue ?? ""
  }

  @Test func largeObjectsShortenTheWindow() async throws {
    let cluster = try TestCluster { $0.watchWindowBytes = 50_000 }
    defer { cluster.cluster.close() }
    let start = try await version(cluster)
    let slow = try await cluster.stream(TestCluster.configMaps, query: ["watch": "true", "resourceVersion": start])
    let text = JSON.string(String(repeating: "x", count: 10_000))
    for index in 0..<12 { try await cluster.configMap("c\(index)", ["text": text]) }
    let events = try await TestCluster.events(slow, count: 100)
    #expect(events.count == 1)
    #expect(events[0]["object"]?["code"] == 410)
    // What fits is still there.
    let late = try await cluster.get(TestCluster.configMaps + "/c10").body["metadata"]?["resourceVersion"]?.stringValue
    let rest = try await cluster.stream(
      TestCluster.configMaps, query: ["watch": "true", "resourceVersion": late ?? ""])
    #expect(try await TestCluster.events(rest, count: 1)[0]["object"]?["metadata"]?["name"] == "c11")
  }

  @Test func watchesThatDoNotReadHoldNobodyUp() async throws {
    let cluster = try TestCluster { $0.watchWindow = 100 }
    defer { cluster.cluster.close() }
    let start = try await version(cluster)
    let query = ["watch": "true", "resourceVersion": start]
    var idle: [AsyncThrowingStream<[UInt8], any Error>] = []
    for _ in 0..<480 { idle.append(try await cluster.stream(TestCluster.configMaps, query: query)) }
    let seen = Progress(readers: 20)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for reader in 0..<20 {
        let body = try await cluster.stream(TestCluster.configMaps, query: query)
        group.addTask {
          for try await chunk in body where seen.add(chunk.count { $0 == 0x0A }, to: reader) >= 300 { return }
        }
      }
      try await cluster.configMap("one")
      for step in 1..<300 {
        try await cluster.merge(TestCluster.configMaps + "/one", ["data": ["step": .string("\(step)")]])
        // Those who read keep up; the others fall behind.
        if step % 20 == 19 { try await eventually("all have seen step \(step)") { seen.least > step } }
      }
      try await group.waitForAll()
    }
    for body in idle {
      let events = try await TestCluster.events(body, count: 1000)
      #expect(events.count == 1)
      #expect(events.last?["type"] == "ERROR")
      #expect(events.last?["object"]?["reason"] == "Expired")
    }
  }

  @Test func theStateThatAWatchBeginsWithIsOneMoment() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let text = JSON.string(String(repeating: "x", count: 300))
    for index in 0..<600 { try await cluster.configMap("c\(1000 + index)", ["step": "old", "text": text]) }
    let body = try await cluster.stream(TestCluster.configMaps, query: ["watch": "true", "resourceVersion": "0"])
    var iterator = body.makeAsyncIterator()
    var lines: [JSON] = []
    var isFirst = true
    while lines.count < 601, let chunk = try await iterator.next() {
      // One chunk at a time, whatever the size of the state.
      #expect(chunk.count < 80_000)
      lines += try chunk.split(separator: 0x0A).map { try JSON(parsing: Array($0)) }
      if isFirst {
        isFirst = false
        #expect(lines.count < 600)
        try await cluster.merge(TestCluster.configMaps + "/c1599", ["data": ["step": "new"]])
        try await cluster.send("DELETE", TestCluster.configMaps + "/c1598")
      }
    }
    let initial = lines.prefix(600)
    #expect(initial.allSatisfy { $0["type"] == "ADDED" && $0["object"]?["data"]?["step"] == "old" })
    #expect(Set(initial.compactMap { $0["object"]?["metadata"]?["name"]?.stringValue }).count == 600)
    #expect(lines[600]["type"] == "MODIFIED")
    #expect(lines[600]["object"]?["data"]?["step"] == "new")
  }

  @Test func clustersKnowNothingOfEachOther() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          let cluster = try TestCluster()
          defer { cluster.cluster.close() }
          try await cluster.configMap("c\(number)")
          let items = try await cluster.get(TestCluster.configMaps).body["items"]?.arrayValue ?? []
          #expect(items.map { $0["metadata"]?["name"]?.stringValue } == ["c\(number)"])
        }
      }
      try await group.waitForAll()
    }
  }
}

/// How many events each reader has seen.
private final class Progress: Sendable {
  private let counts: Mutex<[Int]>

  init(readers: Int) { counts = Mutex(Array(repeating: 0, count: readers)) }

  var least: Int { counts.withLock { $0.min() ?? 0 } }

  func add(_ count: Int, to reader: Int) -> Int {
    counts.withLock { counts in
      counts[reader] += count
      return counts[reader]
    }
  }
}
