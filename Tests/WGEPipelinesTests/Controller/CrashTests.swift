import Synchronization
import Testing
import WGECore
import WGEPipelines
import WGETestSupport

/// The runner between crashes: every write fails in turn, before and after it took effect.
@Suite struct CrashTests {
  private func pipeline(manual: Bool = false, promotion: Promotion? = .pullRequest(fleet)) -> Pipeline {
    Pipeline(namespace: "delivery", name: "shop", spec: shopSpec(manual: manual, promotion: promotion))
  }

  /// Plays the whole story and crashes at the n-th call of the whole story. Returns whether there was
  /// an n-th call.
  private func story(crashAt: Int) async throws -> Bool {
    let clock = ManualWallClock()
    let world = World(pipeline(manual: true), revision: "1.0.0", clock: clock)
    var left: Int? = crashAt
    func run() async throws {
      // The crash may come in any of the runs of the story; after it the process is started again.
      for _ in 0..<4 {
        clock.advance(by: .seconds(1))
        let finished = try await world.run(crashIn: left)
        if !finished { left = nil }
        if let remaining = left { left = max(remaining - world.callsOfLastRun * 2, 0) }
      }
    }
    try await run()
    world.setSource("1.1.0")
    try await run()
    #expect(world.state("staging") == .pullRequestOpen)
    world.merge("staging")
    try await run()
    world.sync()
    try await run()
    #expect(world.state("prod") == .gated)
    world.answer("prod")
    try await run()
    #expect(world.state("prod") == .pullRequestOpen)
    world.merge("prod")
    world.sync()
    try await run()
    let final = world.state.withLock { $0 }
    #expect(final.opened == ["staging 1.1.0", "prod 1.1.0"], "crash at \(crashAt)")
    #expect(["dev", "staging", "prod"].allSatisfy { world.state($0) == .upToDate }, "crash at \(crashAt)")
    let history = final.stored.promotion(into: "prod")?.history ?? []
    #expect(history.map(\.revision) == ["1.1.0"], "crash at \(crashAt)")
    #expect(history.first?.approvals?.first?.actor == "alice")
    return left == nil
  }

  @Test func everyWriteFailsOnce() async throws {
    var crashed = 0
    for call in 0..<80 {
      if try await story(crashAt: call) { crashed += 1 }
    }
    #expect(crashed > 20, "the story must have been cut at many places, was at \(crashed)")
  }

  @Test func conflictingWriterEndsTheRun() async throws {
    let world = World(pipeline(), revision: "1.0.0", clock: ManualWallClock())
    world.setSource("1.1.0")
    var stale = world.state.withLock(\.stored)
    stale.metadata.resourceVersion = "old"
    await #expect(throws: World.Conflict.self) { try await world.runner().run(&stale) }
    #expect(world.state.withLock(\.opened).isEmpty, "nothing is called out before the record is stored")
  }

  @Test func failingHostIsTriedAgain() async throws {
    let clock = ManualWallClock()
    let world = World(pipeline(), revision: "1.0.0", clock: clock)
    world.state.withLock {
      $0.failures = [PromotionFailure("GitHostTimeout", "a"), .configuration("NoPromotionMarker", "b")]
    }
    world.setSource("1.1.0")
    try await world.run()
    #expect(world.state("staging") == .failed)
    clock.advance(by: .seconds(15))
    try await world.run()
    #expect(world.state.withLock { $0.stored.promotion(into: "staging")?.reason } == "NoPromotionMarker")
    clock.advance(by: .seconds(700))
    try await world.run()
    #expect(world.state("staging") == .pullRequestOpen)
    #expect(world.state.withLock { $0.stored.promotion(into: "staging")?.attempt } == 3)
  }

  @Test("N1: notification") func notification() async throws {
    var pipeline = Pipeline(
      namespace: "test-ns", name: "test-pipeline",
      spec: PipelineSpec(
        appRef: .helmRelease("app"),
        environments: [
          PipelineEnvironment(name: "dev", targets: [target("dev")]),
          PipelineEnvironment(name: "test", targets: [target("test")]),
        ], promotion: .notification()))
    let world = World(pipeline, revision: "v0.1.1", clock: ManualWallClock())
    world.setSource("v0.1.2")
    for _ in 0..<5 { try await world.run() }
    #expect(world.state.withLock(\.notified) == ["Promote pipeline test-ns/test-pipeline to test with version v0.1.2"])
    pipeline = world.state.withLock(\.stored)
    #expect(pipeline.promotion(into: "test")?.state == .applying)
    let event = PipelineEvent.promote(
      PromotionRequest(pipeline: pipeline.key, environment: "test", revision: "v0.1.2", startedAt: start))
    #expect(event.annotations["pipelines.weave.works/version"] == "v0.1.2")
    #expect(event.annotations["environment"] == "test")
  }

  @Test func cancelledRunLeavesAResumableRecord() async throws {
    let world = World(pipeline(), revision: "1.0.0", clock: ManualWallClock())
    world.setSource("1.1.0")
    let task = Task { try await world.run() }
    task.cancel()
    _ = try? await task.value
    for _ in 0..<2 { try await world.run() }
    #expect(world.state.withLock(\.opened) == ["staging 1.1.0"])
  }
}

/// Random lives of a pipeline.
@Suite struct RandomWalkTests {
  @Test func neverTwoPullRequestsForOneRevisionAndAlwaysConverges() async throws {
    for seed in 1...300 as ClosedRange<UInt64> { try await walk(seed) }
  }

  private func walk(_ seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let clock = ManualWallClock()
    let spec = shopSpec(manual: Bool.random(using: &random))
    let world = World(Pipeline(namespace: "delivery", name: "shop", spec: spec), revision: "1.0.0", clock: clock)
    var minor = 0
    for _ in 0..<60 {
      clock.advance(by: .seconds(Int.random(in: 0...40, using: &random)))
      let environment = ["staging", "prod"].randomElement(using: &random) ?? "prod"
      switch Int.random(in: 0..<12, using: &random) {
      case 0, 1:
        minor += 1
        world.setSource("1.\(minor).0")
      case 2: world.merge(environment)
      case 3: if Bool.random(using: &random) { world.close(environment) }
      case 4, 5: world.sync(ready: Bool.random(using: &random))
      case 6: world.answer("prod", Int.random(in: 0..<4, using: &random) == 0 ? .rejected : .approved)
      case 7: world.state.withLock { $0.failures = [PromotionFailure("GitHostTimeout", "x")] }
      case 8:
        world.state.withLock { state in
          let index = Int.random(in: 0..<3, using: &random)
          state.targets[index] = state.targets[index].map { _ in .unreachable("no route") }
        }
      default: try await world.run(crashIn: Bool.random(using: &random) ? Int.random(in: 0...11, using: &random) : nil)
      }
    }
    // A last revision, and everybody does their part.
    minor += 1
    let last = "1.\(minor).0"
    world.state.withLock { $0.failures = [] }
    world.setSource(last)
    for _ in 0..<40 {
      clock.advance(by: .seconds(700))
      try await world.run()
      world.answer("prod")
      world.merge("staging")
      world.merge("prod")
      world.sync()
    }
    let final = world.state.withLock { $0 }
    let repeated = Dictionary(grouping: final.opened, by: \.self).filter { $0.value.count > 1 }
    #expect(repeated.isEmpty, "seed \(seed): opened twice: \(repeated.keys)")
    #expect(final.targets.allSatisfy { $0.allSatisfy { $0 == .ready(last) } }, "seed \(seed): \(final.targets)")
    for environment in ["dev", "staging", "prod"] {
      #expect(
        world.state(environment) == .upToDate,
        "seed \(seed): \(environment): \(String(describing: final.stored.promotion(into: environment)))")
    }
    #expect(!final.pullRequests.contains { $0.state == .open }, "seed \(seed)")
    // Nothing changes any more.
    let version = final.version
    for _ in 0..<3 { try await world.run() }
    #expect(world.state.withLock(\.version) == version, "seed \(seed): a settled pipeline is not written")
  }
}
