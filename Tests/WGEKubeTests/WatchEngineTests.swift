import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// The watcher against a server that misbehaves in every way a script can say.
@Suite struct WatchEngineTests {
  /// What a watcher reported, in short: `restarting`, `listed a b`, `applied a`, ...
  static func brief(_ event: WatcherEvent<DynamicObject>) -> String? {
    switch event {
    case .restarting: "restarting"
    case .listed(let objects): "listed " + objects.map(\.name).joined(separator: " ")
    case .restarted: "restarted"
    case .watching: nil
    case .applied(let object): "applied \(object.name)"
    case .deleted(let object): "deleted \(object.name)"
    case .undecodable(let report): "undecodable \(report.key.name)"
    case .interrupted(let interruption):
      "interrupted \(interruption.failure.kind.rawValue)\(interruption.relists ? " relists" : "")"
    }
  }

  /// Collects until the count is reached, or for 100 s: an event that never comes fails the test, and holds up no other.
  static func collect(
    _ count: Int, _ watcher: Watcher<DynamicObject>, between: @escaping @Sendable (String) -> Void = { _ in }
  ) async -> [String] {
    let reading = Task {
      var events: [String] = []
      for await event in watcher {
        guard let text = brief(event) else { continue }
        events.append(text)
        between(text)
        if events.count == count { break }
      }
      return events
    }
    let deadline = Task {
      try await Task.sleep(for: .seconds(100))
      reading.cancel()
    }
    defer { deadline.cancel() }
    return await reading.value
  }

  /// Faults handed out one per matching request.
  final class Faults: Sendable {
    private let faults: Mutex<[(watch: Bool, fault: MiniServer.Fault)]>
    init(_ faults: [(watch: Bool, fault: MiniServer.Fault)]) { self.faults = Mutex(faults) }
    func take(_ request: KubeRequest) -> MiniServer.Fault? {
      let isWatch = request.query.contains { $0.name == "watch" }
      return faults.withLock { faults in
        guard let first = faults.first, first.watch == isWatch else { return nil }
        return faults.removeFirst().fault
      }
    }
  }

  static func server(_ faults: [(watch: Bool, fault: MiniServer.Fault)]) -> MiniServer {
    let faults = Faults(faults)
    return MiniServer { faults.take($0) }
  }

  static func watcher(_ server: MiniServer, _ options: WatcherOptions = .fast) -> Watcher<DynamicObject> {
    Watcher(.testMaps, client: KubeClient(server), namespace: "default", options: options)
  }

  @Test func pagesThenChanges() async {
    let server = MiniServer()
    for name in ["a", "b", "c", "d"] { server.put(.testMaps, name) }
    let events = await Self.collect(7, Self.watcher(server)) { event in
      if event == "restarted" {
        server.put(.testMaps, "e")
        server.put(.testMaps, "a", ["data": ["x": "1"]])
        server.remove(.testMaps, "b")
      }
    }
    #expect(
      events == [
        "restarting", "listed a b c", "listed d", "restarted", "applied e", "applied a", "deleted b",
      ])
  }

  @Test func theEmptyCollectionIsListedToo() async {
    #expect(await Self.collect(3, Self.watcher(MiniServer())) == ["restarting", "listed ", "restarted"])
  }

  @Test func aBrokenStreamGoesOnWithoutRepeatingOrMissing() async {
    let server = Self.server([(true, .tear(afterEvents: 1))])
    server.put(.testMaps, "a")
    let events = await Self.collect(6, Self.watcher(server)) { event in
      if event == "restarted" {
        server.put(.testMaps, "b")
        server.put(.testMaps, "c")
      }
    }
    #expect(
      events == ["restarting", "listed a", "restarted", "applied b", "interrupted transient", "applied c"])
  }

  @Test func expiryInAnErrorEventRelists() async {
    let server = Self.server([(true, .errorEvent(410, reason: "Expired", afterEvents: 1))])
    let events = await Self.collect(8, Self.watcher(server)) { event in
      if event == "restarted" { server.put(.testMaps, "a") }
    }
    #expect(
      events.prefix(8) == [
        "restarting", "listed ", "restarted", "applied a", "interrupted expired relists", "restarting", "listed a",
        "restarted",
      ])
  }

  @Test func expiryAsAnHTTPStatusRelists() async {
    let server = Self.server([(true, .status(410, reason: "Gone"))])
    #expect(
      await Self.collect(7, Self.watcher(server)) == [
        "restarting", "listed ", "restarted", "interrupted expired relists", "restarting", "listed ", "restarted",
      ])
  }

  @Test func expiryOfAPageBeginsTheListAnew() async {
    // The first list fails, the second gives its first page, and the third asks with a token that has expired.
    let lists = Locked(0)
    let server = MiniServer { request in
      guard !request.query.contains(where: { $0.name == "watch" }) else { return nil }
      switch lists.withLock({
        $0 += 1
        return $0
      }) {
      case 1: return .status(500, reason: "InternalError")
      case 3: return .status(410, reason: "Expired")
      default: return nil
      }
    }
    for name in ["a", "b", "c", "d"] { server.put(.testMaps, name) }
    let events = await Self.collect(8, Self.watcher(server))
    #expect(
      events == [
        "interrupted transient relists", "restarting", "listed a b c", "interrupted expired relists", "restarting",
        "listed a b c", "listed d", "restarted",
      ])
  }

  @Test func errorEventsOfOtherKindsKeepThePlace() async {
    let server = Self.server([(true, .errorEvent(500, reason: "InternalError", afterEvents: 0))])
    server.put(.testMaps, "a")
    let events = await Self.collect(5, Self.watcher(server)) { event in
      if event.hasPrefix("interrupted") { server.put(.testMaps, "b") }
    }
    #expect(events == ["restarting", "listed a", "restarted", "interrupted transient", "applied b"])
  }

  @Test func anUnreadableEventIsEscapedByARelist() async {
    let server = Self.server([
      (true, .garbage(afterEvents: 0)), (true, .garbage(afterEvents: 0)), (true, .garbage(afterEvents: 0)),
    ])
    let events = await Self.collect(9, Self.watcher(server))
    #expect(
      events == [
        "restarting", "listed ", "restarted", "interrupted malformed", "interrupted malformed",
        "interrupted malformed relists", "restarting", "listed ", "restarted",
      ])
  }

  @Test func aServerThatClosesAtOnceIsAskedAgain() async {
    let server = Self.server([(true, .close(afterEvents: 0)), (true, .close(afterEvents: 1))])
    let events = await Self.collect(5, Self.watcher(server)) { event in
      if event.hasPrefix("interrupted") { server.put(.testMaps, "a") }
    }
    #expect(events == ["restarting", "listed ", "restarted", "interrupted transient", "applied a"])
  }

  @Test func streamingListsAndTheirFallback() async {
    var options = WatcherOptions.fast
    options.initialList = .streaming
    let server = MiniServer()
    server.put(.testMaps, "a")
    let streamed = await Self.collect(4, Self.watcher(server, options)) { event in
      if event == "restarted" { server.put(.testMaps, "b") }
    }
    #expect(streamed == ["restarting", "listed a", "restarted", "applied b"])
    #expect(server.requests.allSatisfy { request in request.query.contains { $0.name == "watch" } })

    let old = Self.server([(true, .status(422, reason: "Invalid"))])
    old.put(.testMaps, "a")
    #expect(
      await Self.collect(5, Self.watcher(old, options)) == [
        "restarting", "interrupted unsupported relists", "restarting", "listed a", "restarted",
      ])
  }

  @Test func aDeadConnectionIsCutByTheClock() async throws {
    let clock = ManualClock()
    let server = Self.server([(true, .hang)])
    var options = WatcherOptions.fast
    options.clock = clock
    options.watchTimeout = .seconds(60)
    let watcher = Self.watcher(server, options)
    let events = Recorded<String>()
    let task = Task {
      for await event in watcher { if let text = Self.brief(event) { events.append(text) } }
    }
    try await eventually("the watch hangs") { server.requests.count == 2 }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(60 * 2) + KubeDefaults.watchOverrun)
    try await eventually("the watch is opened anew") { server.requests.count == 3 }
    server.put(.testMaps, "a")
    try await eventually("the change arrives") { events.values.last == "applied a" }
    // A watch that lasted so long ends without complaint.
    #expect(events.values == ["restarting", "listed ", "restarted", "applied a"])
    task.cancel()
    await task.value
  }

  @Test func backingOffWaitsOnTheInjectedClock() async throws {
    let clock = ManualClock()
    let server = Self.server([(false, .drop), (false, .drop)])
    var options = WatcherOptions.fast
    options.clock = clock
    options.backoff = Backoff(initial: .seconds(10), cap: .seconds(60), jitter: 0)
    let watcher = Self.watcher(server, options)
    let task = Task { await Self.collect(5, watcher) }
    try await eventually("the first list failed") { server.requests.count == 1 }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(9))
    try await clock.waitForSleepers(1)
    #expect(server.requests.count == 1)
    clock.advance(by: .seconds(1))
    try await eventually("the second list failed") { server.requests.count == 2 }
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(20))
    #expect(
      await task.value == [
        "interrupted transient relists", "interrupted transient relists", "restarting", "listed ", "restarted",
      ])
  }

  @Test func cancellationClosesTheWatch() async throws {
    let server = MiniServer()
    let watcher = Self.watcher(server)
    let task = Task { for await _ in watcher {} }
    try await eventually("a watch is open") { server.openWatches == 1 }
    task.cancel()
    await task.value
    try await eventually("the watch is closed") { server.openWatches == 0 }
  }

  @Test func lettingGoOfTheIteratorClosesTheWatch() async throws {
    let server = MiniServer()
    var count = 0
    for await event in Self.watcher(server) {
      count += 1
      if case .watching = event { break }
    }
    #expect(count == 4)
    try await eventually("the watch is closed") { server.openWatches == 0 }
  }

  struct Widget: KubeObject {
    static let resource = ResourceType.testWidgets
    struct Spec: Codable, Sendable { var size: Int }
    var metadata: ObjectMeta
    var spec: Spec
  }

  @Test func objectsThatDoNotFitAreReportedAndTheStreamGoesOn() async {
    let server = MiniServer()
    server.put(.testWidgets, "good", ["spec": ["size": 1]])
    server.put(.testWidgets, "odd", ["spec": ["size": "large"]])
    var seen: [String] = []
    for await event in Watcher(Widget.self, client: KubeClient(server), options: .fast) {
      switch event {
      case .listed(let widgets): seen += widgets.map { "listed \($0.key)" }
      case .applied(let widget): seen.append("applied \(widget.key)")
      case .deleted(let widget): seen.append("deleted \(widget.key)")
      case .undecodable(let report):
        seen.append("\(report.isDeleted ? "deleted " : "")odd \(report.key)")
        #expect(report.problem.contains("size"))
      case .restarted:
        server.put(.testWidgets, "good", ["spec": ["size": 2]])
        server.remove(.testWidgets, "odd")
        server.remove(.testWidgets, "good")
      default: break
      }
      if seen.count == 5 { break }
    }
    #expect(
      seen == [
        "listed default/good", "odd default/odd", "applied default/good", "deleted odd default/odd",
        "deleted default/good",
      ])
  }
}
