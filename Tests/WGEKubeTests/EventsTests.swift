import MetricsTestKit
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct EventsCorrelatorTests {
  static let date = Timestamp(seconds: 1_767_225_600)

  static func identity(_ message: String, name: String = "a", version: String? = nil) -> EventCorrelator.Identity {
    .init(
      regarding: ObjectReference(
        apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: name, uid: "u", resourceVersion: version),
      type: .normal, reason: "Done", message: message)
  }

  @Test func equalEventsWithinTheWindowAreOne() {
    var correlator = EventCorrelator(window: .seconds(600), capacity: 100)
    guard case .create(let name) = correlator.decide(Self.identity("m"), now: .zero, date: Self.date) else {
      Issue.record("the first is new")
      return
    }
    #expect(name.hasPrefix("a.") && name.count == 18)
    let key = ObjectKey(namespace: "shop", name: name)
    // A newer version of the object makes no difference.
    #expect(
      correlator.decide(Self.identity("m", version: "9"), now: .seconds(599), date: Self.date) == .raise(key, count: 2))
    #expect(correlator.decide(Self.identity("m"), now: .seconds(1000), date: Self.date) == .raise(key, count: 3))
    guard case .create(let other) = correlator.decide(Self.identity("n"), now: .seconds(1000), date: Self.date) else {
      Issue.record("another message is another event")
      return
    }
    #expect(other != name)
    guard case .create(let later) = correlator.decide(Self.identity("m"), now: .seconds(1600), date: Self.date) else {
      Issue.record("after the window it is new")
      return
    }
    #expect(later != name)
    correlator.forget(Self.identity("m"))
    if case .raise = correlator.decide(Self.identity("m"), now: .seconds(1600), date: Self.date) {
      Issue.record("what was forgotten is new")
    }
  }

  @Test func memoryIsBounded() {
    var correlator = EventCorrelator(window: .seconds(600), capacity: 64)
    for number in 0..<10_000 {
      let identity = Self.identity("\(number)", name: "n\(number)")
      _ = correlator.combine(identity, now: .zero)
      _ = correlator.admits(identity, now: .zero)
      _ = correlator.decide(identity, now: .zero, date: Self.date)
      // The one in use stays.
      _ = correlator.decide(Self.identity("hot"), now: .zero, date: Self.date)
    }
    #expect(correlator.count <= 64)
    #expect(correlator.decide(Self.identity("hot"), now: .zero, date: Self.date).isRaise)
  }

  @Test func manyMessagesOfOneReasonAreCombined() {
    var correlator = EventCorrelator(window: .seconds(600), capacity: 64)
    for number in 0..<10 {
      let single = correlator.combine(Self.identity("m\(number)"), now: .zero)
      #expect(!single.isCombined)
    }
    // What was said before may be said again; what is new is part of the combined event.
    let again = correlator.combine(Self.identity("m3"), now: .seconds(1))
    let combined = correlator.combine(Self.identity("m10"), now: .seconds(2))
    let further = correlator.combine(Self.identity("m11"), now: .seconds(3))
    #expect(!again.isCombined && combined.isCombined && further == combined)
    // Another reason or object is another matter, and so is the time after the window.
    var reason = Self.identity("m12")
    reason.reason = "Other"
    let other = [
      correlator.combine(reason, now: .seconds(4)),
      correlator.combine(Self.identity("m12", name: "b"), now: .seconds(4)),
      correlator.combine(Self.identity("m12"), now: .seconds(604)),
    ]
    #expect(other.allSatisfy { !$0.isCombined })
  }

  @Test func eachObjectHasItsShare() {
    var correlator = EventCorrelator(window: .seconds(600), capacity: 64)
    let identity = Self.identity("m")
    func admitted(_ now: Duration) -> Int { (0..<30).map { _ in correlator.admits(identity, now: now) }.count { $0 } }
    #expect(admitted(.zero) == 25)
    let other = correlator.admits(Self.identity("m", name: "b"), now: .zero)
    let early = correlator.admits(identity, now: .seconds(299))
    let refilled = correlator.admits(identity, now: .seconds(300))
    let emptied = correlator.admits(identity, now: .seconds(301))
    #expect(other && !early && refilled && !emptied)
    #expect(admitted(.seconds(1_000_000)) == 25)
  }

  @Test func namesAreValidAndOfBoundedLength() {
    var correlator = EventCorrelator(window: .seconds(600), capacity: 64)
    for object in ["a", String(repeating: "long-name.", count: 30), ""] {
      guard case .create(let name) = correlator.decide(Self.identity("m", name: object), now: .zero, date: Self.date)
      else { continue }
      #expect(name.utf8.count <= 253)
      #expect(!name.contains("-.") && !name.contains(".."))
    }
  }
}

extension EventCorrelator.Decision {
  fileprivate var isRaise: Bool { if case .raise = self { true } else { false } }
}

@Suite struct EventsRecorderTests {
  static func recorder(
    _ server: MiniServer, wallClock: any WallClock = ManualWallClock(), metrics: TestMetrics = TestMetrics(),
    buffer: Int = 1024
  ) -> EventRecorder {
    EventRecorder(
      client: KubeClient(server), component: "test-controller", instance: "host-1",
      options: .init(
        buffer: buffer, clock: ManualClock(), wallClock: wallClock, logger: ControllerTests.quiet, metrics: metrics))
  }

  @Test func recordsAndCounts() async throws {
    let server = MiniServer()
    let wallClock = ManualWallClock()
    let recorder = Self.recorder(server, wallClock: wallClock)
    let object = server.put(.testWidgets, "a")
    recorder.record(.warning, reason: "Broken", message: "it broke", regarding: object, annotations: ["k": "v"])
    await recorder.flush()
    wallClock.advance(by: .seconds(60))
    recorder.record(.warning, reason: "Broken", message: "it broke", regarding: object)
    recorder.record(.normal, reason: "Mended", message: "it works", regarding: object)
    await recorder.flush()
    let events = server.objects(.testEvents).values.sorted {
      ($0["reason"]?.stringValue ?? "") < ($1["reason"]?.stringValue ?? "")
    }
    try #require(events.count == 2)
    let broken = events[0]
    #expect(broken["count"]?.intValue == 2)
    #expect(broken["firstTimestamp"] == "2026-01-01T00:00:00Z" && broken["lastTimestamp"] == "2026-01-01T00:01:00Z")
    #expect(broken["type"] == "Warning" && broken["message"] == "it broke")
    #expect(
      broken["involvedObject"]?["uid"]?.stringValue == object.uid && broken["involvedObject"]?["kind"] == "Widget")
    #expect(broken["involvedObject"]?["apiVersion"] == "example.com/v1")
    #expect(broken["source"]?["component"] == "test-controller" && broken["reportingInstance"] == "host-1")
    #expect(broken.namespace == "default" && broken.annotations == ["k": "v"])
    #expect(events[1]["count"]?.intValue == 1 && events[1]["type"] == "Normal")
  }

  @Test func aFloodBecomesOneCombinedEventAndThenSilence() async throws {
    let server = MiniServer()
    let metrics = TestMetrics()
    let recorder = Self.recorder(server, metrics: metrics)
    let object = server.put(.testWidgets, "a")
    for number in 0..<40 {
      recorder.record(.warning, reason: "Broken", message: "attempt \(number) failed", regarding: object)
    }
    await recorder.flush()
    let events = server.objects(.testEvents).values
    #expect(events.count == 11)
    let combined = try #require(events.first { $0["message"]?.stringValue?.hasPrefix("(combined") == true })
    #expect(combined["count"]?.intValue == 15)
    #expect(combined["message"] == "(combined from similar events): attempt 24 failed")
    let dimensions = [("component", "test-controller"), ("result", "rate_limited")]
    #expect(try metrics.expectCounter("events_total", dimensions).totalValue == 15)
  }

  @Test func anEventThatTheServerForgotIsMadeAnew() async {
    let server = MiniServer()
    let recorder = Self.recorder(server)
    let object = server.put(.testWidgets, "a")
    recorder.record(.normal, reason: "R", message: "m", regarding: object)
    await recorder.flush()
    for key in server.objects(.testEvents).keys { server.remove(.testEvents, key.name) }
    recorder.record(.normal, reason: "R", message: "m", regarding: object)
    await recorder.flush()
    #expect(server.objects(.testEvents).values.map { $0["count"]?.intValue } == [1])
  }

  @Test func refusalsNeverReachTheCaller() async throws {
    let isOpen = Locked(false)
    let metrics = TestMetrics()
    let server = MiniServer { _ in isOpen.value ? nil : .status(403, reason: "Forbidden") }
    let recorder = Self.recorder(server, metrics: metrics)
    let object = server.put(.testWidgets, "a")
    recorder.record(.normal, reason: "R", message: "m", regarding: object)
    await recorder.flush()
    #expect(server.objects(.testEvents).isEmpty)
    #expect(
      try metrics.expectCounter("events_total", [("component", "test-controller"), ("result", "failed")]).totalValue
        == 1)
    isOpen.set(true)
    recorder.record(.normal, reason: "R", message: "m", regarding: object)
    await recorder.flush()
    #expect(server.objects(.testEvents).count == 1)
  }

  @Test func whatDoesNotFitIsDroppedNotWaitedFor() async throws {
    let metrics = TestMetrics()
    let server = MiniServer { _ in .hang }
    let recorder = Self.recorder(server, metrics: metrics, buffer: 3)
    let reference = ObjectReference(apiVersion: "v1", kind: "Node", name: "n")
    recorder.record(.normal, reason: "R", message: "first", regarding: reference)
    try await eventually { server.requests.count == 1 }
    for number in 0..<10 { recorder.record(.normal, reason: "R", message: "\(number)", regarding: reference) }
    #expect(
      try metrics.expectCounter("events_total", [("component", "test-controller"), ("result", "dropped")]).totalValue
        == 7)
    #expect(server.requests.first?.path == "/api/v1/namespaces/default/events")
  }

  @Test func messagesAreCutAtWholeCharacters() {
    #expect(EventRecorder.cut("short", to: 10) == "short")
    #expect(EventRecorder.cut("äöüäöüäöü", to: 10) == "äöü…")
    #expect(EventRecorder.cut(String(repeating: "👩‍👩‍👧", count: 100), to: 1024).utf8.count <= 1024)
  }
}
