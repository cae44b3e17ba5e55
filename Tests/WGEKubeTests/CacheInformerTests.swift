import HTTPTypes
import Logging
import MetricsTestKit
import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct CacheInformerTests {
  static func options(_ watcher: WatcherOptions = .fast) -> InformerOptions<DynamicObject> {
    InformerOptions(watcher: watcher, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  static func informer(_ server: MiniServer, _ options: InformerOptions<DynamicObject>? = nil) -> Informer<
    DynamicObject
  > {
    Informer(.testMaps, client: KubeClient(server), namespace: "default", options: options ?? Self.options())
  }

  static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

  /// Runs an informer for as long as the body takes.
  static func running(_ informer: Informer<DynamicObject>, _ body: () async throws -> Void) async throws {
    let task = Task { try await informer.run() }
    do { try await body() } catch {
      task.cancel()
      throw error
    }
    task.cancel()
    try await task.value
  }

  @Test func followsTheServer() async throws {
    let server = MiniServer()
    server.put(.testMaps, "a", ["metadata": ["managedFields": [["manager": "m"]]]])
    let informer = Self.informer(server)
    #expect(!informer.isSynced && informer.snapshot.isEmpty)
    try await Self.running(informer) {
      try await informer.waitForSync(timeout: .seconds(30))
      #expect(informer[Self.key("a")]?.value(at: ["metadata", "managedFields"]) == nil)
      server.put(.testMaps, "b")
      server.remove(.testMaps, "a")
      try await eventually { informer.snapshot.keys.map(\.name) == ["b"] }
      #expect(informer.lastInterruption == nil)
    }
    // What was known stays readable.
    #expect(informer.snapshot.count == 1)
  }

  @Test func whoKeepsMetadataAloneAsksForNoMore() async throws {
    let server = MiniServer()
    server.put(
      .testMaps, "a", ["metadata": ["labels": ["app": "shop"], "managedFields": [["manager": "m"]]], "data": [:]])
    var options = Self.options()
    options.transform = .metadataOnly
    let informer = Self.informer(server, options)
    try await Self.running(informer) {
      try await informer.waitForSync(timeout: .seconds(30))
      server.put(.testMaps, "b", ["data": [:]])
      try await eventually { informer.snapshot.count == 2 }
    }
    // This server does not know the form, and sends whole objects.
    for key in ["a", "b"] {
      let object = try #require(informer[Self.key(key)])
      #expect(Array(object.members.keys) == ["apiVersion", "kind", "metadata"])
      #expect(object.apiVersion == "v1" && object.kind == "ConfigMap")
    }
    #expect(informer[Self.key("a")]?.label("app") == "shop")
    #expect(informer[Self.key("a")]?.value(at: ["metadata", "managedFields"]) == nil)
    let accepted = server.requests.map { $0.headers[.accept] ?? "" }
    #expect(accepted.first?.hasPrefix("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,") == true)
    #expect(accepted.count > 1)
    for accept in accepted.dropFirst() {
      #expect(accept.hasPrefix("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"))
    }
  }

  @Test func theFormAskedForHoldsAllThatATransformSees() {
    let own = ObjectTransform { object in
      var object = object
      object.setLabel("size", to: object.value(at: ["spec", "size"])?.stringValue)
      return object
    }
    let partial: [ObjectTransform] = [
      .metadataOnly, .metadataOnly.then(own), .dropLastApplied.then(.dropManagedFields).then(.metadataOnly),
      .metadataOnly.then(.dropLastApplied), .keepAll.then(.metadataOnly),
    ]
    for transform in partial { #expect(transform.form == .metadata) }
    let whole: [ObjectTransform] = [
      .keepAll, .dropManagedFields, own, own.then(.metadataOnly), .dropLastApplied.then(own).then(.metadataOnly),
    ]
    for transform in whole { #expect(transform.form == .full) }
  }

  @Test func syncTimesOutWithTheReason() async throws {
    let clock = ManualClock()
    let server = MiniServer { _ in .status(403, reason: "Forbidden") }
    var watcher = WatcherOptions.fast
    watcher.clock = clock
    let informer = Self.informer(server, Self.options(watcher))
    try await Self.running(informer) {
      try await eventually { informer.lastInterruption != nil }
      let wait = Task { try await informer.waitForSync(timeout: .seconds(5)) }
      try await clock.waitForSleepers(2)
      clock.advance(by: .seconds(5))
      let error = await #expect(throws: CacheError.self) { try await wait.value }
      guard case .notSynced(_, _, let failure)? = error else { return }
      #expect(failure?.contains("Forbidden") == true)
      #expect("\(try #require(error))".contains("v1/configmaps was not listed within 5.0 seconds"))
    }
  }

  @Test func waitingForSyncIsCancellable() async throws {
    let informer = Self.informer(MiniServer())
    let wait = Task { try await informer.waitForSync() }
    wait.cancel()
    await #expect(throws: CancellationError.self) { try await wait.value }
  }

  @Test func runsOnce() async throws {
    let informer = Self.informer(MiniServer())
    try await Self.running(informer) {
      try await informer.waitForSync(timeout: .seconds(30))
      await #expect(throws: CacheError.alreadyRunning(resource: .testMaps)) { try await informer.run() }
    }
  }

  /// Who subscribes when the informer has ended, and then lets it go, is not kept waiting, nor busy.
  @Test func aSubscriptionEndsWithAnInformerThatIsGone() async throws {
    let server = MiniServer()
    server.put(.testMaps, "a")
    var informer: Informer<DynamicObject>? = Informer<DynamicObject>(
      .testMaps, client: KubeClient(server), namespace: "default")
    let run = Task { [informer] in try await informer?.run() }
    try await informer?.waitForSync()
    run.cancel()
    try await run.value
    let subscription = try #require(informer?.subscribe())
    informer = nil
    let reading = Task { await subscription.next() }
    let deadline = Task {
      try await Task.sleep(for: .seconds(100))
      reading.cancel()
    }
    defer { deadline.cancel() }
    #expect(await reading.value == nil)
    #expect(!reading.isCancelled)
  }

  @Test func listsWatchesAndTheirRestartsAreCounted() async throws {
    let watches = Locked(0)
    let server = MiniServer { request in
      guard request.query.contains(where: { $0.name == "watch" }) else { return nil }
      return watches.withLock { count in
        count += 1
        return count == 1 ? .errorEvent(410, reason: "Expired", afterEvents: 0) : nil
      }
    }
    for name in ["a", "b"] { server.put(.testMaps, name) }
    let metrics = TestMetrics()
    var options = Self.options()
    options.metrics = metrics
    let informer = Self.informer(server, options)
    let resource = [("resource", "configmaps")]
    func counted(_ label: String, _ more: [(String, String)] = []) -> Int64 {
      (try? metrics.expectCounter(label, resource + more))?.totalValue ?? 0
    }
    try await Self.running(informer) {
      try await eventually("the second watch stands") { counted("reflector_watches_total") == 2 }
      server.remove(.testMaps, "b")
      try await eventually { informer.snapshot.count == 1 }
      #expect(counted("reflector_lists_total") == 2)
      #expect(counted("informer_relists_total") == 1)
      #expect(counted("watch_restarts_total", [("reason", "expired"), ("relist", "true")]) == 1)
      try await eventually { (try? metrics.expectGauge("informer_objects", resource))?.lastValue == 1 }
    }
  }

  /// Who comes after the end sees what is known and is not kept waiting; a new run is a new beginning.
  @Test func aSubscriptionAfterTheEndEnds() async throws {
    let server = MiniServer()
    server.put(.testMaps, "a")
    let informer = Self.informer(server)
    try await Self.running(informer) { try await informer.waitForSync(timeout: .seconds(30)) }
    let events = Recorded<InformerEvent<DynamicObject>>()
    let reading = Task {
      for await event in informer.subscribe() { events.append(event) }
      for await _ in informer.relists() {}
      return !Task.isCancelled
    }
    let deadline = Task {
      try await Task.sleep(for: .seconds(10))
      reading.cancel()
    }
    defer { deadline.cancel() }
    #expect(await reading.value, "the subscription ends by itself")
    guard events.count == 1, case .resync(let resync)? = events.values.first else {
      Issue.record("expected what is known, once")
      return
    }
    #expect(resync.current.count == 1)

    let second = Recorded<InformerEvent<DynamicObject>>()
    try await Self.running(informer) {
      try await eventually { informer.lastInterruption == nil && server.openWatches == 1 }
      let subscription = informer.subscribe()
      let reader = Task { for await event in subscription { second.append(event) } }
      defer { reader.cancel() }
      try await eventually { second.count == 1 }
      server.put(.testMaps, "b")
      try await eventually { second.count == 2 }
    }
  }

  @Test func subscribersGetTheWholeThenEachChange() async throws {
    let server = MiniServer()
    server.put(.testMaps, "a")
    let informer = Self.informer(server)
    let early = informer.subscribe()
    try await Self.running(informer) {
      let iterator = early.makeAsyncIterator()
      guard case .resync(let resync)? = await iterator.next() else {
        Issue.record("expected a resync first")
        return
      }
      #expect(resync.isInitial && resync.previous.isEmpty && resync.current.count == 1)
      server.put(.testMaps, "b")
      server.put(.testMaps, "a", ["data": ["x": "1"]])
      server.remove(.testMaps, "a")
      var seen: [String] = []
      for _ in 0..<3 {
        switch await iterator.next() {
        case .added(let object)?: seen.append("+\(object.name)")
        case .updated(let old, let new)?: seen.append("\(old["data"] == nil)\(new["data"] != nil)")
        case .deleted(let object)?: seen.append("-\(object.name)")
        default: seen.append("?")
        }
      }
      #expect(seen == ["+b", "truetrue", "-a"])
      // A late subscriber begins with what there is then.
      let late = informer.subscribe().makeAsyncIterator()
      guard case .resync(let now)? = await late.next() else {
        Issue.record("expected a resync first")
        return
      }
      #expect(now.current.keys.map(\.name) == ["b"])
    }
  }

  @Test func aSlowSubscriberGetsAResyncInsteadOfUnboundedMemory() async throws {
    let server = MiniServer()
    server.put(.testMaps, "gone")
    server.put(.testMaps, "kept")
    let informer = Self.informer(server)
    let subscription = informer.subscribe(bufferLimit: 4)
    try await Self.running(informer) {
      let iterator = subscription.makeAsyncIterator()
      _ = await iterator.next()
      server.put(.testMaps, "first")
      guard case .added? = await iterator.next() else {
        Issue.record("expected the first change")
        return
      }
      for number in 0..<50 { server.put(.testMaps, "n\(number)") }
      server.remove(.testMaps, "gone")
      server.remove(.testMaps, "first")
      // The count passes 51 on its way up as well.
      try await eventually {
        let snapshot = informer.snapshot
        return snapshot.count == 51 && snapshot[Self.key("first")] == nil
      }
      guard case .resync(let resync)? = await iterator.next() else {
        Issue.record("expected a resync")
        return
      }
      #expect(!resync.isInitial)
      #expect(resync.previous.count == 3 && resync.current.count == 51)
      let changes = resync.changes()
      #expect(changes.count == 52)
      let deleted = changes.compactMap { change in
        if case .deleted(let object) = change { object.name } else { nil }
      }
      #expect(deleted.sorted() == ["first", "gone"])
      // From here on single changes again.
      server.remove(.testMaps, "kept")
      guard case .deleted(let last)? = await iterator.next() else {
        Issue.record("expected a change")
        return
      }
      #expect(last.name == "kept")
    }
  }

  @Test func subscriptionsEndWithTheInformerAndWithTheirTask() async throws {
    let informer = Self.informer(MiniServer())
    let subscription = informer.subscribe()
    let cancelled = Task { for await _ in informer.subscribe() {} }
    cancelled.cancel()
    await cancelled.value
    let reader = Task { for await _ in subscription {} }
    try await Self.running(informer) { try await informer.waitForSync(timeout: .seconds(30)) }
    await reader.value
  }

  @Test func informersAreSharedAndEndWithTheirLastHolder() async throws {
    let server = MiniServer()
    server.put(.testMaps, "a")
    let caches = SharedInformers(client: KubeClient(server), watcher: .fast)
    var first: SharedInformer<DynamicObject>? = caches.informer(for: .testMaps, namespace: "default")
    var second: SharedInformer<DynamicObject>? = caches.informer(for: .testMaps, namespace: "default")
    #expect(first === second)
    #expect(caches.informer(for: .testMaps, namespace: "other") !== first)
    #expect(caches.informer(for: .testMaps, namespace: "default", labelSelector: "a=b") !== first)
    try await first?.informer.waitForSync(timeout: .seconds(30))
    try await eventually { server.openWatches >= 1 }
    first = nil
    #expect(second?.informer.snapshot.count == 1)
    second = nil
    try await eventually("every watch is closed") { server.openWatches == 0 }
    #expect(caches.count == 0)
  }

  @Test func theTransformDecidesWhatIsKept() {
    let whole: JSONObject = [
      "apiVersion": "v1", "kind": "ConfigMap", "data": ["a": "b"],
      "metadata": ["name": "a", "managedFields": [[:]], "labels": ["x": "y"]],
    ]
    let metadata: JSONObject = [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "labels": ["x": "y"]],
    ]
    let object = DynamicObject(whole)
    #expect(ObjectTransform.keepAll(object) == object)
    #expect(ObjectTransform.dropManagedFields(object)["data"] != nil)
    #expect(ObjectTransform.metadataOnly(object) == DynamicObject(metadata))
  }
}
