import Logging
import MetricsTestKit
import ServiceLifecycle
import ServiceLifecycleTestKit
import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct ControllerTests {
  static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  static func options(
    clock: any Clock<Duration> = ContinuousClock(), metrics: TestMetrics? = nil
  ) -> ControllerOptions {
    ControllerOptions(
      concurrency: 3, backoff: Backoff(initial: .milliseconds(1), cap: .milliseconds(5), jitter: 0), watcher: .fast,
      clock: clock, logger: quiet, metrics: metrics ?? TestMetrics())
  }

  static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

  static func controller(
    _ server: MiniServer, _ options: ControllerOptions = options(),
    reconcile: @escaping @Sendable (ObjectKey, ReconcileContext) async throws -> Requeue
  ) -> Controller {
    Controller(
      name: "widgets", for: .testWidgets, client: KubeClient(server), namespace: "default", options: options,
      reconcile: reconcile)
  }

  static func running(_ controller: Controller, _ body: () async throws -> Void) async throws {
    let task = Task { try await controller.run() }
    do { try await body() } catch {
      task.cancel()
      throw error
    }
    task.cancel()
    try await task.value
  }

  @Test func reconcilesWhatIsThereAndWhatChanges() async throws {
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    let controller = Self.controller(server) { key, context in
      seen.append("\(key.name) \(context.object?.resourceVersion ?? "gone")")
      return .done
    }
    try await Self.running(controller) {
      try await eventually { seen.values == ["a 101"] }
      server.put(.testWidgets, "b")
      try await eventually { seen.count == 2 }
      server.remove(.testWidgets, "a")
      try await eventually { seen.values == ["a 101", "b 102", "a gone"] }
    }
    try await eventually("every watch is closed") { server.openWatches == 0 }
  }

  @Test func failuresAreRetriedUntilTheyPass() async throws {
    struct Broken: Error {}
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let attempts = Recorded<Int>()
    let metrics = TestMetrics()
    let controller = Self.controller(server, Self.options(metrics: metrics)) { _, context in
      attempts.append(context.failures)
      if context.failures < 4 { throw Broken() }
      return .done
    }
    try await Self.running(controller) {
      try await eventually { attempts.count == 5 }
      #expect(attempts.values == [0, 1, 2, 3, 4])
      try await eventually("the outcome is counted") {
        (try? metrics.expectCounter(
          "controller_runtime_reconcile_total", [("controller", "widgets"), ("result", "success")]))?.totalValue == 1
      }
    }
    let errors = try metrics.expectCounter(
      "controller_runtime_reconcile_total", [("controller", "widgets"), ("result", "error")])
    #expect(errors.totalValue == 4)
    #expect(
      try metrics.expectCounter("workqueue_retries_total", [("controller", "widgets"), ("name", "widgets")]).totalValue
        == 4)
    #expect(
      try metrics.expectCounter("workqueue_adds_total", [("controller", "widgets"), ("name", "widgets")]).totalValue
        == 5)
    #expect(
      try metrics.expectTimer("controller_runtime_reconcile_time_seconds", [("controller", "widgets")]).values.count
        == 5)
  }

  @Test func terminalErrorsWaitForAChange() async throws {
    struct Broken: Error {}
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    let controller = Self.controller(server) { _, context in
      seen.append(context.object?.resourceVersion ?? "")
      throw TerminalError(Broken())
    }
    try await Self.running(controller) {
      try await eventually { seen.count == 1 }
      server.put(.testWidgets, "a", ["spec": ["fixed": true]])
      try await eventually { seen.count == 2 }
      #expect(seen.values == ["101", "102"])
    }
  }

  @Test func requeueAfterUsesTheClock() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    let controller = Self.controller(server, Self.options(clock: clock)) { key, _ in
      seen.append(key.name)
      return .after(.seconds(30))
    }
    try await Self.running(controller) {
      try await eventually { seen.count == 1 }
      try await eventually("the next time is set") { clock.nextDeadline == .init(elapsed: .seconds(30)) }
      clock.advance(by: .seconds(30))
      try await eventually { seen.count == 2 }
    }
  }

  @Test func everythingIsLookedAtAgainAtResync() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    server.put(.testWidgets, "a")
    server.put(.testWidgets, "b")
    let seen = Recorded<String>()
    var options = Self.options(clock: clock)
    options.resync = .seconds(600)
    options.watcher.watchTimeout = .seconds(100_000)
    let controller = Self.controller(server, options) { key, _ in
      seen.append(key.name)
      return .done
    }
    try await Self.running(controller) {
      try await eventually { seen.count == 2 }
      try await eventually("the resync is waited for") {
        clock.nextDeadline.map { (Duration.seconds(600)...Duration.seconds(660)).contains($0.elapsed) } ?? false
      }
      clock.advance(by: .seconds(661))
      try await eventually { seen.values.sorted() == ["a", "a", "b", "b"] }
    }
  }

  @Test func neverTwoReconcilesOfOneKey() async throws {
    let server = MiniServer()
    for number in 0..<20 { server.put(.testWidgets, "w\(number)") }
    let busy = Locked<Set<ObjectKey>>([])
    let overlaps = Recorded<ObjectKey>()
    let widest = Locked(0)
    let latest = Locked<[ObjectKey: String]>([:])
    let controller = Self.controller(server) { key, context in
      let (isNew, count) = busy.withLock { busy in (busy.insert(key).inserted, busy.count) }
      if !isNew { overlaps.append(key) }
      widest.withLock { $0 = max($0, count) }
      for _ in 0..<5 { await Task.yield() }
      latest.withLock { $0[key] = context.object?.resourceVersion }
      _ = busy.withLock { $0.remove(key) }
      return .done
    }
    try await Self.running(controller) {
      for round in 0..<20 {
        for number in 0..<20 { server.put(.testWidgets, "w\(number)", ["round": .string("\(round)")]) }
        await Task.yield()
      }
      let truth = server.objects(.testWidgets).mapValues { $0.resourceVersion ?? "" }
      try await eventually("the last state of each was seen") { latest.withLock { $0 } == truth }
    }
    #expect(overlaps.values.isEmpty)
    #expect(widest.withLock { $0 } <= 3)
  }

  // MARK: Sources

  static func owned(by name: String, kind: String = "Widget", apiVersion: String = "example.com/v1") -> JSONObject {
    [
      "metadata": [
        "ownerReferences": [
          [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": "u",
            "controller": true,
          ]
        ]
      ]
    ]
  }

  @Test func ownedAndMappedObjectsWakeTheirWidgets() async throws {
    let server = MiniServer()
    let seen = Recorded<String>()
    let extra = AsyncStream<ObjectKey>.makeStream()
    let controller = Self.controller(server) { key, _ in
      seen.append(key.name)
      return .done
    }
    .owning(.testMaps)
    .watching(.testLeases) { lease in
      (lease["spec"]?["holderIdentity"]?.stringValue).map { [Self.key($0)] } ?? []
    }
    .watching(extra.stream)
    try await Self.running(controller) {
      server.put(.testMaps, "map", Self.owned(by: "owner"))
      server.put(.testMaps, "stranger", Self.owned(by: "other", kind: "Gadget"))
      server.put(.testMaps, "orphan")
      try await eventually { seen.values == ["owner"] }
      server.put(.testLeases, "lease", ["spec": ["holderIdentity": "from"]])
      try await eventually { seen.values == ["owner", "from"] }
      // A reference that moves wakes both ends.
      server.put(.testLeases, "lease", ["spec": ["holderIdentity": "to"]])
      try await eventually { seen.values.count == 4 }
      #expect(seen.values.suffix(2).sorted() == ["from", "to"])
      extra.continuation.yield(Self.key("extra"))
      try await eventually { seen.values.last == "extra" }
      server.remove(.testMaps, "map")
      try await eventually { seen.values.last == "owner" }
    }
  }

  @Test func clustersComeAndGoWhileItRuns() async throws {
    let management = MiniServer()
    let dead = MiniServer { _ in .drop }
    let leaf = MiniServer()
    leaf.put(.testMaps, "release")
    let seen = Recorded<String>()
    let controller = Self.controller(management) { key, _ in
      seen.append(key.name)
      return .done
    }
    let eu = ClusterID(namespace: "default", name: "eu")
    let us = ClusterID(namespace: "default", name: "us")
    controller.sources.watch(.testMaps, client: KubeClient(dead), cluster: us) { [Self.key("us-\($0.name)")] }
    try await Self.running(controller) {
      management.put(.testWidgets, "a")
      // A dead leaf keeps nobody waiting.
      try await eventually { seen.values == ["a"] }
      controller.sources.watch(.testMaps, client: KubeClient(leaf), cluster: eu) { [Self.key("eu-\($0.name)")] }
      try await eventually { seen.values == ["a", "eu-release"] }
      #expect(controller.sources.snapshot(.testMaps, cluster: eu)?.count == 1)
      #expect(controller.sources.snapshot(.testMaps, cluster: us)?.isSynced == false)
      leaf.put(.testMaps, "second")
      try await eventually { seen.values.last == "eu-second" }
      controller.sources.remove(cluster: eu)
      try await eventually("the leaf's watch is closed") { leaf.openWatches == 0 }
      leaf.put(.testMaps, "third")
      management.put(.testWidgets, "b")
      try await eventually { seen.values.last == "b" }
      #expect(controller.sources.ids == [SourceID(cluster: us, name: "v1/configmaps")])
      #expect(!seen.values.contains("eu-third"))
    }
  }

  @Test func controllersShareInformers() async throws {
    let server = MiniServer()
    server.put(.testWidgets, "a")
    var options = Self.options()
    options.informers = SharedInformers(client: KubeClient(server), watcher: .fast)
    let seen = Recorded<String>()
    let first = Self.controller(server, options) { key, _ in
      seen.append("first \(key.name)")
      return .done
    }
    let second = Self.controller(server, options) { key, _ in
      seen.append("second \(key.name)")
      return .done
    }
    try await Self.running(first) {
      try await Self.running(second) {
        try await eventually { seen.values.sorted() == ["first a", "second a"] }
        #expect(options.informers?.count == 1)
      }
    }
    try await eventually { options.informers?.count == 0 }
  }

  @Test func filtersSaveWork() async throws {
    let server = MiniServer()
    let seen = Recorded<String>()
    let controller = Controller(
      name: "widgets", for: .testWidgets, client: KubeClient(server),
      when: .generationChanged || .annotationsChanged, options: Self.options()
    ) { _, context in
      seen.append(context.object?.resourceVersion ?? "gone")
      return .done
    }
    server.put(.testWidgets, "a", ["metadata": ["generation": 1]])
    try await Self.running(controller) {
      try await eventually { seen.values == ["101"] }
      server.put(.testWidgets, "a", ["metadata": ["generation": 1], "status": ["x": 1]])
      server.put(.testWidgets, "b", ["metadata": ["generation": 1]])
      try await eventually { seen.values == ["101", "103"] }
      server.put(.testWidgets, "a", ["metadata": ["generation": 1, "annotations": ["now": "1"]]])
      try await eventually { seen.values == ["101", "103", "104"] }
    }
  }

  // MARK: Reconcilers that misbehave

  @Test func aHangingReconcileIsReportedCancelledAndRetried() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let metrics = TestMetrics()
    let attempts = Recorded<Int>()
    var options = Self.options(clock: clock, metrics: metrics)
    options.slowReconcile = .seconds(10)
    options.reconcileTimeout = .seconds(60)
    options.watcher.watchTimeout = .seconds(100_000)
    let controller = Self.controller(server, options) { _, context in
      attempts.append(context.failures)
      if context.failures == 0 { try await context.clock.sleep(for: .seconds(1_000_000)) }
      return .done
    }
    try await Self.running(controller) {
      try await eventually { attempts.count == 1 }
      try await eventually("the watchdog sleeps") { clock.nextDeadline == .init(elapsed: .seconds(10)) }
      clock.advance(by: .seconds(10))
      try await eventually("the slow reconcile is counted") {
        (try? metrics.expectCounter("controller_runtime_reconcile_slow_total", [("controller", "widgets")]))?.totalValue
          == 1
      }
      // Recorded after the counter.
      try await eventually("its time is shown") {
        (try? metrics.expectGauge(
          "workqueue_longest_running_processor_seconds", [("controller", "widgets"), ("name", "widgets")]))?.lastValue
          == 10
      }
      // Again after each such time.
      try await eventually("the watchdog sleeps") { clock.nextDeadline == .init(elapsed: .seconds(20)) }
      clock.advance(by: .seconds(50))
      try await eventually("the time-out is counted") {
        (try? metrics.expectCounter(
          "controller_runtime_reconcile_total", [("controller", "widgets"), ("result", "timeout")]))?.totalValue == 1
      }
      try await eventually {
        clock.advance(by: .milliseconds(1))
        return attempts.values == [0, 1]
      }
    }
  }

  @Test func aReconcileThatIgnoresCancellationFreesItsWorkerAndKeepsItsKey() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    server.put(.testWidgets, "a-stuck")
    let release = Gate()
    let seen = Recorded<String>()
    var options = Self.options(clock: clock)
    options.concurrency = 1
    options.reconcileTimeout = .seconds(60)
    options.slowReconcile = .seconds(600)
    options.cancellationGrace = .seconds(5)
    options.watcher.watchTimeout = .seconds(100_000)
    let controller = Self.controller(server, options) { key, _ in
      seen.append(key.name)
      if key.name == "a-stuck" { await release.waitIgnoringCancellation() }
      return .done
    }
    try await Self.running(controller) {
      try await eventually { seen.values == ["a-stuck"] }
      server.put(.testWidgets, "b")
      server.put(.testWidgets, "a-stuck", ["spec": ["x": 1]])
      try await eventually { clock.nextDeadline == .init(elapsed: .seconds(60)) }
      clock.advance(by: .seconds(60))
      try await eventually { clock.nextDeadline == .init(elapsed: .seconds(65)) }
      #expect(seen.values == ["a-stuck"])
      clock.advance(by: .seconds(5))
      // The only worker goes on with the other key; the stuck one is not touched.
      try await eventually { seen.values == ["a-stuck", "b"] }
      server.put(.testWidgets, "c")
      try await eventually { seen.values == ["a-stuck", "b", "c"] }
      release.open()
      try await eventually("its change is handled once it has returned") {
        seen.values == ["a-stuck", "b", "c", "a-stuck"]
      }
    }
  }

  /// Past the limit of calls that were given up, workers wait for theirs: more calls would make worse
  /// what is wrong already.
  @Test func onlySoManyReconcilesAreGivenUp() async throws {
    let limit = KubeDefaults.maximumAbandonedReconciles
    let clock = ManualClock()
    let server = MiniServer()
    for number in 0...limit { server.put(.testWidgets, "stuck-\(number)") }
    let release = Gate()
    let seen = Recorded<String>()
    let metrics = TestMetrics()
    var options = Self.options(clock: clock, metrics: metrics)
    options.concurrency = limit + 1
    options.reconcileTimeout = .seconds(60)
    options.slowReconcile = .seconds(30)
    options.cancellationGrace = .seconds(5)
    options.watcher.watchTimeout = .seconds(100_000)
    let controller = Self.controller(server, options) { key, _ in
      seen.append(key.name)
      if key.name.hasPrefix("stuck") { await release.waitIgnoringCancellation() }
      return .done
    }
    func total(_ label: String) -> Int64 {
      (try? metrics.expectCounter("controller_runtime_reconcile_\(label)_total", [("controller", "widgets")]))?
        .totalValue ?? 0
    }
    try await Self.running(controller) {
      try await eventually("all hang") { seen.count == limit + 1 && clock.sleeperCount > limit }
      clock.advance(by: .seconds(30))
      try await eventually("all are reported as slow") { total("slow") == limit + 1 }
      try await eventually { clock.nextDeadline == .init(elapsed: .seconds(60)) && clock.sleeperCount > limit }
      clock.advance(by: .seconds(30))
      try await eventually { clock.nextDeadline == .init(elapsed: .seconds(65)) && clock.sleeperCount > limit }
      clock.advance(by: .seconds(5))
      try await eventually { total("abandoned") == limit }
      for _ in 0..<200 { await Task.yield() }
      #expect(total("abandoned") == limit)
      // The workers of those go on.
      server.put(.testWidgets, "other")
      try await eventually { seen.values.contains("other") }
      release.open()
      try await eventually("all are done in the end") {
        let done = try? metrics.expectCounter(
          "controller_runtime_reconcile_total", [("controller", "widgets"), ("result", "success")])
        return done?.totalValue == Int64(limit + 2)
      }
    }
  }

  // MARK: Ends

  @Test func aGracefulStopLetsRunningReconcilesFinishAndBeginsNone() async throws {
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    let release = Gate()
    var options = Self.options()
    options.concurrency = 1
    let controller = Self.controller(server, options) { key, _ in
      seen.append("begin \(key.name)")
      try await release.wait()
      seen.append("end \(key.name)")
      return .after(.seconds(1))
    }
    try await testGracefulShutdown { trigger in
      async let run: Void = controller.run()
      try await eventually { seen.values == ["begin a"] }
      server.put(.testWidgets, "b")
      trigger.triggerGracefulShutdown()
      release.open()
      try await run
    }
    #expect(seen.values == ["begin a", "end a"])
    try await eventually { server.openWatches == 0 }
  }

  @Test func theStopDeadlineCancelsWhatStillRuns() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    var options = Self.options(clock: clock)
    options.stopDeadline = .seconds(20)
    options.reconcileTimeout = nil
    options.slowReconcile = .seconds(9999)
    options.watcher.watchTimeout = .seconds(100_000)
    let controller = Self.controller(server, options) { _, context in
      seen.append("begin")
      do { try await context.clock.sleep(for: .seconds(1_000_000)) } catch {
        seen.append("cancelled")
        throw error
      }
      return .done
    }
    try await testGracefulShutdown { trigger in
      async let run: Void = controller.run()
      try await eventually { seen.values == ["begin"] }
      trigger.triggerGracefulShutdown()
      try await eventually { clock.nextDeadline == .init(elapsed: .seconds(20)) }
      #expect(seen.values == ["begin"])
      clock.advance(by: .seconds(20))
      try await run
    }
    #expect(seen.values == ["begin", "cancelled"])
  }

  /// A shutdown that is asked for several times, and once more when nothing runs, leaves no timer behind.
  @Test func stoppingSleepsOnceAndNotPastTheEnd() async throws {
    let clock = ManualClock()
    let run = ControllerRun(Self.controller(MiniServer(), Self.options(clock: clock)) { _, _ in .done })
    for seconds in [20, 10, 30] { run.stop(within: .seconds(seconds)) }
    try await eventually("the earliest deadline counts") {
      clock.sleeperCount == 1 && clock.nextDeadline == .init(elapsed: .seconds(10))
    }
    await run.run()
    try await eventually { clock.sleeperCount == 0 }
    run.stop(within: .seconds(20))
    for _ in 0..<200 { await Task.yield() }
    #expect(clock.sleeperCount == 0)
  }

  @Test func aStuckReconcileDoesNotKeepTheControllerFromStopping() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let release = Gate()
    let began = Gate()
    var options = Self.options(clock: clock)
    options.cancellationGrace = .seconds(7)
    let controller = Self.controller(server, options) { _, _ in
      began.open()
      await release.waitIgnoringCancellation()
      return .done
    }
    let task = Task { try await controller.run() }
    try await began.wait()
    task.cancel()
    try await eventually { clock.nextDeadline == .init(elapsed: .seconds(7)) }
    clock.advance(by: .seconds(7))
    try await task.value
    release.open()
  }

  @Test func stopsBeforeItsCachesAreFilled() async throws {
    let server = MiniServer { _ in .status(403, reason: "Forbidden") }
    let controller = Self.controller(server) { _, _ in .done }
    let task = Task { try await controller.run() }
    try await eventually { server.requests.count > 2 }
    task.cancel()
    try await task.value
  }

  @Test func aResourceThatDoesNotExistKeepsNobodyWaiting() async throws {
    let isDefined = Locked(false)
    let server = MiniServer { request in
      request.path.hasSuffix("leases") && !isDefined.value ? .status(404, reason: "NotFound") : nil
    }
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    let controller = Self.controller(server) { key, _ in
      seen.append(key.name)
      return .done
    }
    .watching(.testLeases) { [Self.key($0.name)] }
    try await Self.running(controller) {
      try await eventually { seen.values == ["a"] }
      server.put(.testLeases, "later")
      isDefined.set(true)
      try await eventually { seen.values == ["a", "later"] }
    }
  }

  struct Gadget: KubeObject {
    static let resource = ResourceType(group: "example.com", version: "v1", kind: "Gadget", plural: "gadgets")
    struct Spec: Codable, Sendable { var widget: String }
    var metadata: ObjectMeta
    var spec: Spec
  }

  @Test func typedSourcesSkipWhatDoesNotFit() async throws {
    let server = MiniServer()
    let seen = Recorded<String>()
    let controller = Self.controller(server) { key, _ in
      seen.append(key.name)
      return .done
    }
    .watching(Gadget.self) { [Self.key($0.spec.widget)] }
    .owning(Gadget.self)
    try await Self.running(controller) {
      server.put(Gadget.resource, "odd", ["spec": ["widget": 5]])
      server.put(Gadget.resource, "fine", ["spec": ["widget": "w"]])
      try await eventually { seen.values == ["w"] }
    }
  }

  @Test func absurdDelaysAreHarmless() async throws {
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    let controller = Self.controller(server) { key, _ in
      seen.append(key.name)
      return .after(.seconds(Int64.max))
    }
    try await Self.running(controller) {
      try await eventually { seen.count == 1 }
      server.put(.testWidgets, "b")
      try await eventually { seen.values == ["a", "b"] }
    }
    #expect(seen.count == 2)
  }

  @Test func reconcilesBeginOnlyWhenEveryCacheIsFilled() async throws {
    let isOpen = Locked(false)
    let server = MiniServer { request in
      request.path.hasSuffix("configmaps") && !isOpen.withLock({ $0 }) ? .status(500, reason: "InternalError") : nil
    }
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    let controller = Self.controller(server) { key, _ in
      seen.append(key.name)
      return .done
    }
    .owning(.testMaps)
    try await Self.running(controller) {
      try await eventually { server.requests.count > 6 }
      #expect(seen.values.isEmpty)
      isOpen.withLock { $0 = true }
      try await eventually { seen.values == ["a"] }
    }
  }
}
