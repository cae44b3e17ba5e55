import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// Who shares an informer, for how long, and what of several namespaces becomes one cache.
@Suite struct CacheSharingTests {
  @Test func formsAndNamespacesAreKeptApart() async throws {
    let server = MiniServer()
    server.put(.testMaps, "a", ["data": ["x": "1"]])
    let caches = SharedInformers(client: KubeClient(server), watcher: .fast)
    let whole = caches.informer(for: .testMaps, namespace: "default")
    let metadata = caches.informer(for: .testMaps, namespace: "default", form: .metadataOnly)
    #expect(whole !== metadata)
    #expect(caches.informer(for: .testMaps, namespace: "default", form: .metadataOnly) === metadata)
    #expect(caches.informer(for: .testMaps, namespaces: ["default"]) === whole)
    let two = caches.informer(for: .testMaps, namespaces: ["b", "a", "b"])
    #expect(caches.informer(for: .testMaps, namespaces: ["a", "b"]) === two)
    #expect(two.informer.namespaces == ["a", "b"])
    let chain = ObjectTransform.dropManagedFields.then(.dropLastApplied)
    let lean = caches.informer(for: .testMaps, namespace: "default", form: chain)
    #expect(
      caches.informer(for: .testMaps, namespace: "default", form: .dropManagedFields.then(.dropLastApplied)) === lean)
    let own = ObjectTransform { $0 }
    #expect(
      caches.informer(for: .testMaps, form: own) !== caches.informer(for: .testMaps, form: ObjectTransform { $0 }))
    try await metadata.informer.waitForSync(timeout: .seconds(30))
    try await whole.informer.waitForSync(timeout: .seconds(30))
    let key = ObjectKey(namespace: "default", name: "a")
    #expect(whole.informer[key]?["data"] != nil && metadata.informer[key]?["data"] == nil)
  }

  @Test func anIdleInformerStaysForAWhile() async throws {
    let clock = ManualClock()
    let server = MiniServer()
    server.put(.testMaps, "a")
    var watcher = WatcherOptions.fast
    watcher.clock = clock
    let caches = SharedInformers(client: KubeClient(server), watcher: watcher, idleTime: .seconds(60))
    var held: SharedInformer<DynamicObject>? = caches.informer(for: .testMaps)
    try await held?.informer.waitForSync()
    try await eventually { server.openWatches == 1 }
    held = nil
    #expect(caches.count == 1)
    clock.advance(by: .seconds(59))
    // Asked for again in time: the same cache, already filled, and the timer is off.
    held = caches.informer(for: .testMaps)
    #expect(held?.informer.isSynced == true)
    clock.advance(by: .seconds(120))
    await Task.yield()
    #expect(caches.count == 1 && server.openWatches == 1)
    held = nil
    try await eventually("it is idle") { clock.nextDeadline.map { $0.elapsed == .seconds(239) } ?? false }
    clock.advance(by: .seconds(60))
    try await eventually("it stops") { caches.count == 0 && server.openWatches == 0 }
  }

  @Test func whoLivesLongerThanTheRegistryStopsByItself() async throws {
    let server = MiniServer()
    var caches: SharedInformers? = SharedInformers(client: KubeClient(server), watcher: .fast, idleTime: .seconds(3600))
    var held = caches?.informer(for: .testMaps)
    let idle = caches?.informer(for: .testMaps, namespace: "x")
    _ = idle
    try await eventually { server.openWatches == 2 }
    caches = nil
    #expect(held?.informer.resource == .testMaps)
    held = nil
    try await eventually("the held one stops") { server.openWatches <= 1 }
  }

  @Test func severalNamespacesAreOneCache() async throws {
    let server = MiniServer()
    for namespace in ["x", "y", "z"] { server.put(.testMaps, "a", namespace: namespace) }
    let informer = Informer(
      .testMaps, client: KubeClient(server), namespaces: ["x", "y"], options: CacheInformerTests.options())
    let subscription = informer.subscribe().makeAsyncIterator()
    try await CacheInformerTests.running(informer) {
      try await informer.waitForSync(timeout: .seconds(30))
      #expect(informer.snapshot.keys.map(\.description).sorted() == ["x/a", "y/a"])
      guard case .resync(let first)? = await subscription.next() else {
        Issue.record("expected a resync first")
        return
      }
      #expect(first.current.count == 2)
      server.put(.testMaps, "b", namespace: "z")
      server.put(.testMaps, "b", namespace: "y")
      server.remove(.testMaps, "a", namespace: "x")
      server.compact()
      server.closeWatches()
      try await eventually { informer.snapshot.keys.map(\.description).sorted() == ["y/a", "y/b"] }
      // The two watches may tell in any order.
      var told: Set<String> = []
      for _ in 0..<2 {
        switch await subscription.next() {
        case .added(let object)?: told.insert("+\(object.key)")
        case .deleted(let object)?: told.insert("-\(object.key)")
        default: told.insert("?")
        }
      }
      #expect(told == ["+y/b", "-x/a"])
    }
    let none = Informer(.testMaps, client: KubeClient(server), namespaces: [], options: CacheInformerTests.options())
    try await CacheInformerTests.running(none) {
      try await none.waitForSync(timeout: .seconds(30))
      #expect(none.isSynced && none.snapshot.isEmpty)
    }
  }

  @Test func aFullBufferFoldsBeforeItGivesUp() async throws {
    let server = MiniServer()
    server.put(.testMaps, "hot")
    let informer = CacheInformerTests.informer(server)
    let slow = informer.subscribe(bufferLimit: 8)
    let quick = informer.subscribe()
    let seen = Recorded<String>()
    let begun = Gate()
    let reader = Task {
      for await event in quick {
        if case .resync = event { begun.open() }
        if case .updated(_, let new) = event { seen.append(new.resourceVersion ?? "") }
      }
    }
    try await CacheInformerTests.running(informer) {
      let iterator = slow.makeAsyncIterator()
      _ = await iterator.next()
      // Changes before its first list would be part of the list.
      try await eventually("the quick one has its list") { begun.isOpen }
      for number in 0..<100 { server.put(.testMaps, "hot", ["data": ["n": .string("\(number)")]]) }
      server.put(.testMaps, "new")
      // The slow one holds nobody up.
      try await eventually("the quick one has all") { seen.count == 100 }
      try await eventually { informer.snapshot.count == 2 }
      var events: [String] = []
      var last = ""
      while events.last != "+new" {
        switch await iterator.next() {
        case .updated(let old, let new)?:
          #expect(last.isEmpty || old["data"]?["n"]?.stringValue == last)
          last = new["data"]?["n"]?.stringValue ?? ""
          events.append("hot")
        case .added(let object)?: events.append("+\(object.name)")
        default: events.append("?")
        }
      }
      #expect(last == "99")
      #expect(events.count <= 8 && !events.contains("?"))
    }
    await reader.value
  }

  /// The informer goes on in the moment between a resync's snapshot and its delivery.
  @Test func nothingIsLostBesideAResync() async {
    let store = Locked(ObjectStore<String>())
    let key = ObjectKey(name: "a")
    func apply(_ version: Int) -> [StoreChange<String>] {
      let entry = ObjectStore<String>.Entry(object: "a\(version)", uid: "u", resourceVersion: "\(version)")
      return store.withLock { $0.apply(.object(key, entry)) }
    }
    store.withLock { store in
      store.beginList()
      _ = store.endList()
    }
    _ = apply(1)
    let race = Locked<(@Sendable () -> Void)?>(nil)
    let subscription = InformerSubscription<String>(limit: 4, isSynced: true) {
      let snapshot = store.value.snapshot
      race.withLock { race in
        defer { race = nil }
        return race
      }?()
      return snapshot
    }
    race.set {
      let entry = ObjectStore<String>.Entry(object: "a2", uid: "u", resourceVersion: "2")
      let changes = store.withLock { $0.apply(.object(key, entry)) }
      subscription.deliver(changes, store.value)
    }
    guard case .resync(let resync)? = await subscription.next() else {
      Issue.record("expected a resync first")
      return
    }
    #expect(resync.current[key] == "a2")
    subscription.deliver(apply(3), store.value)
    guard case .updated("a2", "a3")? = await subscription.next() else {
      Issue.record("expected one update")
      return
    }
  }

  @Test func readyMadeIndexesAndTransforms() {
    let members: JSONObject = [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": [
        "name": "a", "namespace": "shop", "labels": ["app": "x"],
        "annotations": ["kubectl.kubernetes.io/last-applied-configuration": "{}", "note": "n"],
        "ownerReferences": [["uid": "u1"], ["uid": "u2", "controller": true]],
      ],
      "spec": ["nodeName": "worker"],
    ]
    let pod = DynamicObject(members)
    #expect(ObjectIndex.namespace(pod) == ["shop"])
    #expect(ObjectIndex.label("app")(pod) == ["x"] && ObjectIndex.label("none")(pod) == [])
    #expect(ObjectIndex.annotation("note")(pod) == ["n"])
    #expect(ObjectIndex.owner(pod) == ["u1", "u2"] && ObjectIndex.controller(pod) == ["u2"])
    #expect(ObjectIndex.field(["spec", "nodeName"])(pod) == ["worker"])
    let lean = ObjectTransform.dropLastApplied.then(.dropping(["spec"]))(pod)
    #expect(lean.annotations == ["note": "n"] && lean["spec"] == nil)
  }
}
