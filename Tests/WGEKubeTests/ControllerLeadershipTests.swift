import MetricsTestKit
import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// Controllers in an election: caches before it, reconciles only within a term, no write after it.
@Suite struct ControllerLeadershipTests {
  /// A process: an election and a controller in it.
  struct Candidate {
    let leadership: Leadership
    let tasks: [Task<Void, any Error>]

    init(
      _ name: String, _ server: MiniServer, clock: ManualClock,
      reconcile: @escaping @Sendable (ObjectKey, ReconcileContext) async throws -> Requeue
    ) {
      let client = KubeClient(transport: server, retry: .none, clock: clock).impersonating(UserInfo(name: name))
      let leadership = Leadership(
        LeaderElector(
          client: client, lease: LeaderElectionTests.key, identity: name,
          options: .init(clock: clock, logger: ControllerTests.quiet, metrics: TestMetrics())))
      var options = ControllerTests.options(clock: clock)
      options.leadership = leadership
      options.watcher.watchTimeout = .seconds(1_000_000)
      options.reconcileTimeout = nil
      options.slowReconcile = .seconds(1_000_000)
      let controller = Controller(
        name: "widgets", for: .testWidgets, client: client, options: options, reconcile: reconcile)
      self.leadership = leadership
      tasks = [Task { try await leadership.run() }, Task { try await controller.run() }]
    }

    func stop() async {
      for task in tasks.reversed() { task.cancel() }
      for task in tasks { _ = await task.result }
    }
  }

  @Test func onlyTheLeaderReconcilesAndTheNextOneIsWarm() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    @Sendable func record(_ name: String) -> @Sendable (ObjectKey, ReconcileContext) async throws -> Requeue {
      { key, context in
        seen.append("\(name) \(key.name) \(context.leadership?.term ?? -1)")
        return .done
      }
    }
    let a = Candidate("a", server, clock: clock, reconcile: record("a"))
    try await eventually { seen.values == ["a a 0"] }
    #expect(a.leadership.isLeading)
    let b = Candidate("b", server, clock: clock, reconcile: record("b"))
    try await eventually("both watch") { server.openWatches == 2 }
    server.put(.testWidgets, "b")
    try await eventually { seen.values == ["a a 0", "a b 0"] }
    #expect(!b.leadership.isLeading)
    let requests = server.requests.count { $0.path.hasSuffix("/widgets") }
    await a.stop()
    #expect(!a.leadership.isLeading && LeaderElectionTests.holder(server) == "")
    try await LeaderElectionTests.turn(clock, until: "b takes over") { seen.count == 4 }
    // Both objects, without a list or a watch more.
    #expect(Set(seen.values.suffix(2)) == ["b a 1", "b b 1"])
    #expect(server.requests.count { $0.path.hasSuffix("/widgets") } == requests)
    await b.stop()
    try await eventually("every watch is closed") { server.openWatches == 0 }
  }

  /// The process stands still in the middle of a reconcile, for longer than the lease. Another takes
  /// over. When the first goes on, before anything told it of the time, its write must not happen.
  @Test func aPausedLeaderWritesNothing() async throws {
    let clocks = ["a": ManualClock(), "b": ManualClock()]
    let server = MiniServer()
    server.put(.testWidgets, "x")
    server.put(.testMaps, "target")
    let go = Gate()
    let outcomes = Recorded<String>()
    @Sendable func work(_ name: String) -> @Sendable (ObjectKey, ReconcileContext) async throws -> Requeue {
      { _, context in
        let term = context.leadership?.term ?? -1
        outcomes.append("\(name) begins \(term)")
        // The pause: nothing reaches this task.
        if name == "a", term == 0 { await go.waitIgnoringCancellation() }
        do {
          try await context.client.patch(
            .testMaps, ControllerTests.key("target"), .merge(["data": ["by": .string("\(name) \(term)")]]))
          outcomes.append("\(name) wrote \(term)")
        } catch LeaderElectionError.notLeading {
          outcomes.append("\(name) was fenced \(term)")
          throw LeaderElectionError.notLeading(identity: name)
        }
        return .done
      }
    }
    let clockA = try #require(clocks["a"])
    let clockB = try #require(clocks["b"])
    let a = Candidate("a", server, clock: clockA, reconcile: work("a"))
    try await eventually { outcomes.values == ["a begins 0"] }
    // Clock a stands still: its process is paused. That of b runs until b leads.
    let b = Candidate("b", server, clock: clockB, reconcile: work("b"))
    try await LeaderElectionTests.turn(clockB, until: "b has written") { outcomes.values.contains("b wrote 1") }
    // a wakes up: time has jumped, and the very next thing it does is the write.
    clockA.advance(by: .seconds(20))
    go.open()
    try await eventually { outcomes.values.contains("a was fenced 0") }
    #expect(server.objects(.testMaps)[ControllerTests.key("target")]?["data"]?["by"] == "b 1")
    #expect(outcomes.values == ["a begins 0", "b begins 1", "b wrote 1", "a was fenced 0"])
    await b.stop()
    // It stands again, and looks at everything anew in its next term.
    try await LeaderElectionTests.turn(clockA, until: "a leads again") { outcomes.values.last == "a wrote 2" }
    await a.stop()
  }

  @Test func lostLeadershipCancelsWhatRunsAndKeepsItsKey() async throws {
    let clock = ManualClock()
    let isCut = Locked(false)
    let server = MiniServer { request in isCut.value && request.path.contains("/leases") ? .drop : nil }
    server.put(.testWidgets, "x")
    let outcomes = Recorded<String>()
    let a = Candidate("a", server, clock: clock) { _, context in
      let term = context.leadership?.term ?? -1
      outcomes.append("begins \(term)")
      if term == 0 {
        do { try await Gate().wait() } catch {
          outcomes.append("cancelled")
          throw error
        }
      }
      return .done
    }
    try await eventually { outcomes.count == 1 }
    isCut.set(true)
    try await LeaderElectionTests.turn(clock, until: "the reconcile is cancelled") { outcomes.count == 2 }
    #expect(!a.leadership.isLeading)
    isCut.set(false)
    try await LeaderElectionTests.turn(clock, until: "it is done in the next term") { outcomes.count == 3 }
    #expect(outcomes.values == ["begins 0", "cancelled", "begins 1"])
    await a.stop()
  }

  /// Wall clocks jump, in either direction and between the candidates, or stand still: nobody compares
  /// them, and each renewal is a change that the others see.
  @Test func wallClocksDecideNothing() async throws {
    let clock = ManualClock()
    let wall = ManualWallClock()
    let server = MiniServer()
    let leaders = Recorded<String>()
    @Sendable func candidate(_ name: String, _ wallClock: ManualWallClock) -> Task<Void, any Error> {
      let elector = LeaderElector(
        client: KubeClient(transport: server, retry: .none, clock: clock), lease: LeaderElectionTests.key,
        identity: name,
        options: .init(clock: clock, wallClock: wallClock, logger: ControllerTests.quiet, metrics: TestMetrics()))
      return Task {
        try await elector.run { _ in
          leaders.append(name)
          try await Gate().wait()
        }
      }
    }
    let a = candidate("a", wall)
    try await eventually { leaders.values == ["a"] }
    let b = candidate("b", ManualWallClock(Timestamp(seconds: 0)))
    let c = candidate("c", ManualWallClock(Timestamp(seconds: 4_000_000_000)))
    for jump in [Duration.seconds(86_400), .seconds(-10 * 86_400), .seconds(3600), .seconds(-60)] {
      wall.advance(by: jump)
      let before = server.version
      try await LeaderElectionTests.turn(clock, until: "three renewals") { server.version >= before + 3 }
      #expect(leaders.values == ["a"])
    }
    for task in [a, b, c] {
      task.cancel()
      _ = await task.result
    }
  }

  @Test func workThatIsDoneIsNotDoneAgain() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    let leadership = Leadership(LeaderElectionTests.elector(server, "a", clock: clock))
    let terms = Recorded<Int64>()
    let run = Task { try await leadership.run() }
    await leadership.whileLeading { token in terms.append(token.term) }
    await leadership.whileLeading { token in terms.append(token.term) }
    #expect(terms.values == [0, 0])
    let cancelled = Task { await leadership.whileLeading { _ in try? await Gate().wait() } }
    cancelled.cancel()
    await cancelled.value
    run.cancel()
    _ = await run.result
    #expect(LeaderElectionTests.holder(server) == "")
  }
}
