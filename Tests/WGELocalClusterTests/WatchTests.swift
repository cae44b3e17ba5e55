import Testing
import WGECore
import WGELocalCluster
import WGETestSupport

@Suite struct WatchTests {
  @Test func everyWatcherSeesTheSameEventsInOrder() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let version = try await cluster.get(TestCluster.configMaps).body["metadata"]?["resourceVersion"]?.stringValue ?? ""
    var watchers: [AsyncThrowingStream<[UInt8], any Error>] = []
    for _ in 0..<50 {
      watchers.append(
        try await cluster.stream(TestCluster.configMaps, query: ["watch": "1", "resourceVersion": version]))
    }
    let readers = watchers.map { body in Task { try await TestCluster.events(body, count: 40) } }
    for index in 0..<20 {
      try await cluster.configMap("c\(index)")
      try await cluster.merge(TestCluster.configMaps + "/c\(index)", ["data": ["a": "1"]])
    }
    let first = try await readers[0].value
    #expect(first.count == 40)
    #expect(first.map { $0["type"]?.stringValue ?? "" } == (0..<20).flatMap { _ in ["ADDED", "MODIFIED"] })
    for reader in readers { #expect(try await reader.value == first) }
  }

  @Test func aSlowWatcherIsToldThatItIsTooLate() async throws {
    let cluster = try TestCluster { $0.watchWindow = 4 }
    defer { cluster.cluster.close() }
    let version = try await cluster.configMap("first").body["metadata"]?["resourceVersion"]?.stringValue ?? ""
    let body = try await cluster.stream(TestCluster.configMaps, query: ["watch": "true", "resourceVersion": version])
    for index in 0..<40 { try await cluster.configMap("c\(index)") }
    let events = try await TestCluster.events(body, count: 100)
    #expect(events.last?["type"] == "ERROR")
    #expect(events.last?["object"]?["code"] == 410)
  }

  @Test func selectorsSeeObjectsComeAndGo() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let version = try await cluster.get(TestCluster.configMaps).body["metadata"]?["resourceVersion"]?.stringValue ?? ""
    let body = try await cluster.stream(
      TestCluster.configMaps, query: ["watch": "true", "resourceVersion": version, "labelSelector": "app=x"])
    try await cluster.configMap("a", labels: ["app": "y"])
    try await cluster.merge(TestCluster.configMaps + "/a", ["metadata": ["labels": ["app": "x"]]])
    try await cluster.merge(TestCluster.configMaps + "/a", ["data": ["k": "v"]])
    try await cluster.merge(TestCluster.configMaps + "/a", ["metadata": ["labels": ["app": "z"]]])
    try await cluster.send("DELETE", TestCluster.configMaps + "/a")
    try await cluster.configMap("b", labels: ["app": "x"])
    let events = try await TestCluster.events(body, count: 4)
    #expect(events.map { $0["type"]?.stringValue ?? "" } == ["ADDED", "MODIFIED", "DELETED", "ADDED"])
    // The departing object is shown as it last matched, at the revision at which it ceased to.
    #expect(events[2]["object"]?["metadata"]?["labels"] == ["app": "x"])
  }

  @Test func initialEventsEndWithABookmark() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.configMap("a")
    let body = try await cluster.stream(
      TestCluster.configMaps,
      query: [
        "watch": "true", "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
      ])
    let events = try await TestCluster.events(body, count: 2)
    #expect(events.map { $0["type"]?.stringValue ?? "" } == ["ADDED", "BOOKMARK"])
    #expect(events[1]["object"]?["metadata"]?["annotations"]?["k8s.io/initial-events-end"] == "true")
  }

  @Test func bookmarksAndTimeoutsFollowTheClock() async throws {
    let clock = ManualClock()
    let cluster = try TestCluster {
      $0.clock = clock
      $0.bookmarkInterval = .seconds(10)
      // They sleep on the clock too: with them, a sleeper need not be the watch.
      $0.controllers = []
    }
    defer { cluster.cluster.close() }
    let body = try await cluster.stream(
      TestCluster.configMaps,
      query: ["watch": "true", "resourceVersion": "0", "allowWatchBookmarks": "true", "timeoutSeconds": "25"])
    let reader = Task { try await TestCluster.events(body, count: 100) }
    // The last bookmark is due two seconds before the end, wherever the interval stands.
    for step in [10, 10, 3, 2] {
      try await clock.waitForSleepers()
      clock.advance(by: .seconds(step))
      // The bookmark is written by the reader's task; give it its turn before the next one falls due.
      for _ in 0..<100 { await Task.yield() }
    }
    let events = try await reader.value
    #expect(!events.isEmpty && events.count <= 3)
    #expect(events.allSatisfy { $0["type"] == "BOOKMARK" })
  }

  @Test func closingAndCancellingEndWatches() async throws {
    let cluster = try TestCluster()
    let closed = try await cluster.stream(TestCluster.configMaps, query: ["watch": "true", "resourceVersion": "0"])
    let cancelled = try await cluster.stream(TestCluster.configMaps, query: ["watch": "true", "resourceVersion": "0"])
    let reader = Task { try await TestCluster.events(closed, count: 10).count }
    let other = Task { try await TestCluster.events(cancelled, count: 10).count }
    other.cancel()
    #expect(try await other.value == 0)
    cluster.cluster.close()
    #expect(try await reader.value == 0)
  }

  @Test func tablesAndMetadataCanBeWatched() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.configMap("a", ["k": "v"])
    for (accept, kind) in [
      ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "Table"),
      ("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", "PartialObjectMetadata"),
    ] {
      let answer = try await cluster.send(
        "GET", TestCluster.configMaps, query: ["watch": "true", "timeoutSeconds": "1"], headers: ["Accept": accept])
      let line = try JSON(parsing: String(try #require(answer.text.split(separator: "\n").first)))
      #expect(line["object"]?["kind"]?.stringValue == kind)
    }
  }
}
