import HTTPTypes
import Logging
import MetricsTestKit
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// The decisions of a candidate, without a server.
@Suite struct LeaderElectionStateTests {
  static let date = Timestamp(seconds: 1_767_225_600)

  static func state(_ identity: String = "me") -> LeaderElectionState {
    LeaderElectionState(identity: identity, leaseDuration: .seconds(15), renewDeadline: .seconds(10))
  }

  static func lease(_ holder: String, version: Int, transitions: Int64 = 3, seconds: Int64 = 15) -> DynamicObject {
    let members: JSONObject = ["metadata": ["name": "l", "uid": "u", "resourceVersion": .string("\(version)")]]
    return LeaseRecord(
      holder: holder, duration: .seconds(seconds), acquired: date, renewed: date, transitions: transitions
    ).written(into: DynamicObject(members))
  }

  /// `create`, `take 4`, `renew 3`, `wait 15`.
  static func brief(_ action: LeaderElectionState.Action, _ state: LeaderElectionState) -> String {
    switch action {
    case .create: "create"
    case .replace(let record):
      "\(record.transitions == state.lease.map { LeaseRecord($0).transitions } ? "renew" : "take") \(record.transitions)"
    case .wait(let until): "wait \(until.components.seconds)"
    }
  }

  @Test func whatToDoAboutALease() {
    let cases: [(DynamicObject?, seen: Int, now: Int, String)] = [
      (nil, 0, 0, "create"),
      (Self.lease("", version: 1), 0, 0, "take 4"),
      (Self.lease("me", version: 1), 0, 0, "take 4"),
      (Self.lease("other", version: 1), 0, 0, "wait 15"),
      (Self.lease("other", version: 1), 7, 10, "wait 22"),
      (Self.lease("other", version: 1), 7, 21, "wait 22"),
      (Self.lease("other", version: 1), 7, 22, "take 4"),
      // The longer of both durations counts.
      (Self.lease("other", version: 1, seconds: 60), 0, 30, "wait 60"),
      (Self.lease("other", version: 1, seconds: 1), 0, 5, "wait 15"),
    ]
    for (lease, seen, now, expected) in cases {
      var state = Self.state()
      state.observed(lease, now: .seconds(seen))
      #expect(Self.brief(state.action(now: .seconds(now), date: Self.date), state) == expected)
    }
  }

  @Test func everyChangeIsASignOfLife() {
    var state = Self.state()
    state.observed(Self.lease("other", version: 1), now: .seconds(0))
    state.observed(Self.lease("other", version: 1), now: .seconds(10))
    #expect(Self.brief(state.action(now: .seconds(14), date: Self.date), state) == "wait 15")
    state.observed(Self.lease("other", version: 2), now: .seconds(14))
    #expect(Self.brief(state.action(now: .seconds(28), date: Self.date), state) == "wait 29")
    #expect(Self.brief(state.action(now: .seconds(29), date: Self.date), state) == "take 4")
  }

  @Test func leadershipCountsFromBeforeTheRequest() {
    var state = Self.state()
    #expect(!state.isLeading(now: .zero))
    state.wrote(Self.lease("me", version: 1), begun: .seconds(100), now: .seconds(108))
    #expect(state.isLeading(now: .seconds(109)))
    #expect(!state.isLeading(now: .seconds(110)))
    #expect(Self.brief(state.action(now: .seconds(109), date: Self.date), state) == "renew 3")
    // Lapsed: what was ours is a new term, since nobody knows who led meanwhile.
    #expect(Self.brief(state.action(now: .seconds(110), date: Self.date), state) == "take 4")
  }

  /// Two candidates with clocks that differ, requests that take their time and pauses: never both.
  @Test func twoNeverLeadAtOnce() {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var states = [Self.state("a"), Self.state("b")]
      // Each clock has a start of its own.
      let offsets = [Int(random.next() % 1000), Int(random.next() % 1000)]
      var stored: DynamicObject?
      var version = 0
      /// A write on its way: from whom, since when, on what base, what.
      var flights: [(who: Int, begun: Duration, base: String?, object: DynamicObject)] = []
      var pausedUntil = [0, 0]
      for time in 0..<600 {
        for who in 0..<2 where time >= pausedUntil[who] {
          let now = Duration.seconds(time + offsets[who])
          if random.next() % 20 == 0 {
            pausedUntil[who] = time + Int(random.next() % 40)
            continue
          }
          guard random.next() % 2 == 0, !flights.contains(where: { $0.who == who }) else { continue }
          if !states[who].isLeading(now: now) { states[who].observed(stored, now: now) }
          switch states[who].action(now: now, date: Self.date) {
          case .wait: break
          case .create(let record):
            let members: JSONObject = ["metadata": ["name": "l", "uid": "u"]]
            flights.append((who, now, nil, record.written(into: DynamicObject(members))))
          case .replace(let record):
            guard let base = states[who].lease else { break }
            flights.append((who, now, base.resourceVersion, record.written(into: base)))
          }
        }
        // Some requests arrive now.
        for (index, flight) in flights.enumerated().reversed() where random.next() % 3 == 0 {
          flights.remove(at: index)
          let now = Duration.seconds(time + offsets[flight.who])
          guard stored?.resourceVersion == flight.base else {
            states[flight.who].observed(stored, now: now)
            continue
          }
          version += 1
          var object = flight.object
          object.setValue(.string("\(version)"), at: ["metadata", "resourceVersion"])
          stored = object
          // The answer may be lost.
          if random.next() % 5 != 0 { states[flight.who].wrote(object, begun: flight.begun, now: now) }
        }
        let leading = (0..<2).filter { states[$0].isLeading(now: .seconds(time + offsets[$0])) }
        #expect(leading.count <= 1, "seed \(seed), time \(time)")
      }
      #expect(version > 0)
    }
  }

  @Test func aLeaseWrittenByHandDoesNotStopAnElection() {
    let members: JSONObject = [
      "metadata": ["name": "l"], "spec": ["leaseDurationSeconds": -5, "renewTime": "yesterday"],
    ]
    let record = LeaseRecord(DynamicObject(members))
    #expect(record.holder.isEmpty && record.duration == .zero && record.renewed == nil && record.transitions == 0)
    let huge: JSONObject = [
      "spec": ["leaseDurationSeconds": .number(.int(.max)), "leaseTransitions": .number(.int(.max))]
    ]
    var state = Self.state()
    state.observed(DynamicObject(huge), now: .zero)
    guard case .replace(let next) = state.action(now: .zero, date: Self.date) else {
      Issue.record("an unheld lease is taken")
      return
    }
    #expect(next.transitions == Int64(Int32.max))
  }

  @Test func recordsRoundTrip() {
    let record = LeaseRecord(
      holder: "me", duration: .seconds(15), acquired: Self.date, renewed: Self.date.advanced(by: .microseconds(7)),
      transitions: 2)
    let members: JSONObject = ["metadata": ["labels": ["kept": "yes"]], "spec": ["strategy": "kept"]]
    let written = record.written(into: DynamicObject(members))
    #expect(LeaseRecord(written) == record)
    #expect(written.labels == ["kept": "yes"] && written["spec"]?["strategy"] == "kept")
    #expect(written["spec"]?["renewTime"] == "2026-01-01T00:00:00.000007Z")
  }
}

@Suite struct LeaderElectionTests {
  static let key = ObjectKey(namespace: "default", name: "lock")

  static func elector(_ server: MiniServer, _ identity: String, clock: ManualClock) -> LeaderElector {
    LeaderElector(
      client: KubeClient(transport: server, retry: .none, clock: clock), lease: key, identity: identity,
      options: .init(
        clock: clock,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, metrics: TestMetrics()))
  }

  static func holder(_ server: MiniServer) -> String? {
    server.objects(.testLeases)[key].map { LeaseRecord($0).holder }
  }

  /// Moves the clock in small steps until the condition holds.
  static func turn(
    _ clock: ManualClock, until what: String, limit: Int = 100, _ condition: () -> Bool
  ) async throws {
    for _ in 0..<limit {
      if condition() { return }
      let sleepers = clock.sleeperCount
      clock.advance(by: .milliseconds(500))
      for _ in 0..<20 where !condition() { try await Task.sleep(for: .milliseconds(1)) }
      // Who woke goes back to sleep when all is done; the clock must not run away from those that are slow.
      for _ in 0..<200 where !condition() && clock.sleeperCount < sleepers {
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    if !condition() { throw TimeoutError(what, limit) }
  }

  struct TimeoutError: Error {
    var what: String
    init(_ what: String, _ limit: Int) { self.what = "\(what) did not happen within \(limit / 2) s of clock" }
  }

  @Test func leadsRenewsAndReleases() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    let tokens = Recorded<LeadershipToken>()
    let done = Gate()
    let elector = Self.elector(server, "a", clock: clock)
    let run = Task {
      try await elector.run { token in
        tokens.append(token)
        try await done.wait()
      }
    }
    try await eventually { tokens.count == 1 }
    let token = try #require(tokens.values.first)
    #expect(token.isValid && token.identity == "a" && token.term == 0)
    #expect(Self.holder(server) == "a")
    let first = server.version
    try await Self.turn(clock, until: "three renewals") { server.version >= first + 3 }
    #expect(token.isValid)
    done.open()
    try await run.value
    #expect(!token.isValid)
    #expect(throws: LeaderElectionError.notLeading(identity: "a")) { try token.check() }
    #expect(Self.holder(server) == "")
  }

  @Test func anotherTakesOverAtOnceAfterARelease() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    let events = Recorded<String>()
    func candidate(_ name: String) -> Task<Void, any Error> {
      let elector = Self.elector(server, name, clock: clock)
      return Task {
        try await elector.run { token in
          events.append("\(name) \(token.term)")
          try await Gate().wait()
        }
      }
    }
    let first = candidate("a")
    try await eventually { events.values == ["a 0"] }
    let second = candidate("b")
    try await Self.turn(clock, until: "nothing", limit: 20) { events.count > 1 || clock.now.elapsed >= .seconds(9) }
    #expect(events.values == ["a 0"])
    first.cancel()
    _ = await first.result
    #expect(Self.holder(server) == "")
    let released = clock.now.elapsed
    try await Self.turn(clock, until: "b leads") { events.values == ["a 0", "b 1"] }
    #expect(clock.now.elapsed - released < .seconds(6))
    second.cancel()
    _ = await second.result
  }

  @Test func aLeaderThatCannotReachTheServerStopsBeforeAnotherBegins() async throws {
    let clock = ManualClock()
    let isCut = Locked(false)
    let server = MiniServer { request in
      // Only a is cut off: its requests carry its field manager's name.
      isCut.value && request.headers[.init("Impersonate-User") ?? .accept] == "a" ? .drop : nil
    }
    let events = Recorded<String>()
    func candidate(_ name: String) -> Task<Void, any Error> {
      let client = KubeClient(transport: server, retry: .none, clock: clock).impersonating(UserInfo(name: name))
      let elector = LeaderElector(
        client: client, lease: Self.key, identity: name,
        options: .init(clock: clock, logger: ControllerTests.quiet, metrics: TestMetrics()))
      return Task {
        try await elector.run { token in
          events.append("\(name) begins")
          do { try await Gate().wait() } catch {
            events.append("\(name) ends")
            throw error
          }
        }
      }
    }
    let a = candidate("a")
    try await eventually { events.values == ["a begins"] }
    let b = candidate("b")
    try await Self.turn(clock, until: "b stands", limit: 20) { server.requests.count > 6 }
    isCut.set(true)
    try await Self.turn(clock, until: "b leads") { events.count >= 3 }
    #expect(events.values == ["a begins", "a ends", "b begins"])
    a.cancel()
    b.cancel()
    _ = await a.result
    _ = await b.result
  }

  @Test func aPausedLeaderFindsItsTokenInvalidAndWritesNothing() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    let tokens = Recorded<LeadershipToken>()
    let elector = Self.elector(server, "a", clock: clock)
    let run = Task {
      try await elector.run { token in
        tokens.append(token)
        try await Gate().wait()
      }
    }
    try await eventually { tokens.count == 1 }
    let token = try #require(tokens.values.first)
    let client = KubeClient(server).fenced(by: token)
    server.put(.testMaps, "data")
    _ = try await client.patch(.testMaps, ObjectKey(namespace: "default", name: "data"), .merge(["data": ["n": "1"]]))
    // The process stands still; when it goes on, more than the deadline has passed. No task of the
    // elector has run in between: the token alone knows.
    clock.advance(by: .seconds(10))
    #expect(!token.isValid && token.remaining == .zero)
    let before = server.requests.count { $0.path.hasSuffix("/data") }
    await #expect(throws: LeaderElectionError.notLeading(identity: "a")) {
      try await client.patch(.testMaps, ObjectKey(namespace: "default", name: "data"), .merge(["data": ["n": "2"]]))
    }
    #expect(server.requests.count { $0.path.hasSuffix("/data") } == before)
    // Reading is free.
    #expect(try await client.get(.testMaps, ObjectKey(namespace: "default", name: "data"))["data"]?["n"] == "1")
    // It stands again and leads in a new term; the old token stays invalid.
    try await Self.turn(clock, until: "a new term") { tokens.count == 2 }
    #expect(tokens.values[1].isValid && tokens.values[1].term > token.term && !token.isValid)
    run.cancel()
    _ = await run.result
  }

  @Test func conflictsAndLostAnswersAreSurvived() async throws {
    let clock = ManualClock()
    let faults = Locked(0)
    let server = MiniServer { request in
      guard request.method == .put || request.method == .post else { return nil }
      return faults.withLock { count in
        count += 1
        return count == 1 || count == 3 ? .dropAnswer : nil
      }
    }
    let tokens = Recorded<LeadershipToken>()
    let elector = Self.elector(server, "a", clock: clock)
    let run = Task {
      try await elector.run { token in
        tokens.append(token)
        try await Gate().wait()
      }
    }
    try await Self.turn(clock, until: "it leads") { tokens.count == 1 }
    // Somebody labels the lease: the next renewal conflicts, the one after succeeds.
    server.put(.testLeases, "lock", server.objects(.testLeases)[Self.key]?.members ?? [:])
    let writes = faults.value
    try await Self.turn(clock, until: "more renewals") { faults.value >= writes + 4 }
    #expect(tokens.count == 1 && tokens.values[0].isValid)
    run.cancel()
    _ = await run.result
  }

  @Test func theWorksOwnErrorIsTheRunsError() async throws {
    struct Broken: Error {}
    let server = MiniServer()
    let elector = Self.elector(server, "a", clock: ManualClock())
    await #expect(throws: Broken.self) { try await elector.run { _ in throw Broken() } }
    #expect(Self.holder(server) == "")
  }

  @Test func aGracefulShutdownReachesTheWorkThenReleases() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    let events = Recorded<String>()
    let elector = Self.elector(server, "a", clock: clock)
    let waiting = Self.elector(server, "b", clock: clock)
    try await testGracefulShutdown { trigger in
      async let run: Void = elector.service { token in
        events.append("begin")
        let stop = Gate()
        await withGracefulShutdownHandler {
          try? await stop.wait()
        } onGracefulShutdown: {
          stop.open()
        }
        events.append("end \(token.isValid)")
      }.run()
      try await eventually { events.values == ["begin"] }
      // A candidate that does not lead ends at once.
      async let other: Void = waiting.run { _ in events.append("wrong") }
      try await eventually { clock.sleeperCount >= 3 }
      trigger.triggerGracefulShutdown()
      try await run
      try await other
    }
    #expect(events.values == ["begin", "end true"])
    #expect(Self.holder(server) == "")
  }

  @Test func settingsThatCannotKeepLeadersApartAreRefused() async throws {
    let odd: [LeaderElector.Options] = [
      .init(leaseDuration: .seconds(10), renewDeadline: .seconds(10)),
      .init(leaseDuration: .milliseconds(500), renewDeadline: .milliseconds(400)),
      .init(leaseDuration: .milliseconds(15_500)),
      .init(retryPeriod: .zero),
      .init(retryPeriod: .seconds(9)),
    ]
    for options in odd {
      let elector = LeaderElector(client: KubeClient(MiniServer()), lease: Self.key, identity: "a", options: options)
      await #expect(throws: LeaderElectionError.self) { try await elector.run { _ in } }
    }
    let nameless = LeaderElector(client: KubeClient(MiniServer()), lease: Self.key, identity: "")
    await #expect(throws: LeaderElectionError.invalidSettings("the identity is empty")) {
      try await nameless.run { _ in }
    }
  }
}
