import InMemoryTracing
import MetricsTestKit
import Synchronization
import Testing
import Tracing
import WGECore
import WGETestSupport

@testable import WGEKube

/// What wakes a controller, what does not, and what is told about it.
@Suite struct ControllerSourcesTests {
  @Test func severalNamespacesAndNoOther() async throws {
    let server = MiniServer()
    for namespace in ["x", "y", "z"] { server.put(.testWidgets, "a", namespace: namespace) }
    let seen = Recorded<String>()
    let controller = Controller(
      name: "widgets", for: .testWidgets, client: KubeClient(server), options: ControllerTests.options()
    ) { key, context in
      seen.append("\(key) \(context.objects.count)")
      return .done
    }
    .limited(to: ["x", "y"]).owning(.testMaps)
    try await ControllerTests.running(controller) {
      try await eventually { Set(seen.values) == ["x/a 2", "y/a 2"] }
      let owner: JSON = [
        ["apiVersion": "example.com/v1", "kind": "Widget", "name": "a", "uid": "u", "controller": true]
      ]
      server.put(.testMaps, "m", namespace: "z", ["metadata": ["ownerReferences": owner]])
      server.put(.testMaps, "m", namespace: "y", ["metadata": ["ownerReferences": owner]])
      try await eventually { seen.values.filter { $0.hasPrefix("y/a") }.count == 2 }
      #expect(!seen.values.contains { $0.hasPrefix("z/") })
      #expect(server.requests.allSatisfy { $0.path.contains("/namespaces/x/") || $0.path.contains("/namespaces/y/") })
    }
  }

  @Test func aDependencyOfAllWakesAll() async throws {
    let server = MiniServer()
    for name in 0..<20 { server.put(.testWidgets, "w\(name)") }
    for name in 0..<50 { server.put(.testMaps, "m\(name)") }
    let seen = Recorded<String>()
    let controller = ControllerTests.controller(server) { key, _ in
      seen.append(key.name)
      return .done
    }
    .watchingForAll(.testMaps, namespace: "default", when: !.matching(LabelSelector(matchLabels: ["quiet": "yes"])))
    try await ControllerTests.running(controller) {
      try await eventually { Set(seen.values).count == 20 }
      // Lists of both kinds are there; fifty objects that concern all are one reason to look, not fifty.
      try await eventually("it is quiet") {
        let count = seen.count
        // Many short waits, not one long one: each gives the workers a turn, however busy the threads are.
        for _ in 0..<50 { try await Task.sleep(for: .milliseconds(2)) }
        return seen.count == count
      }
      #expect(seen.count <= 40)
      let before = seen.count
      server.put(.testMaps, "quiet", ["metadata": ["labels": ["quiet": "yes"]]])
      server.put(.testMaps, "appears")
      try await eventually { seen.count == before + 20 }
      #expect(Set(seen.values.suffix(20)).count == 20)
    }
  }

  /// Made and deleted while nobody watched: no event tells of it, but the list does that something
  /// may have been missed.
  @Test func aRelistIsAReasonToLookAtEverything() async throws {
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let seen = Recorded<String>()
    let controller = ControllerTests.controller(server) { key, _ in
      seen.append(key.name)
      return .done
    }
    .owning(.testMaps)
    try await ControllerTests.running(controller) {
      try await eventually { seen.values == ["a"] && server.openWatches == 2 }
      let owner: JSON = [
        ["apiVersion": "example.com/v1", "kind": "Widget", "name": "a", "uid": "u", "controller": true]
      ]
      server.closeWatches()
      server.put(.testMaps, "child", ["metadata": ["ownerReferences": owner]])
      server.remove(.testMaps, "child")
      server.compact()
      try await eventually("the widget is looked at again") { seen.count >= 2 }
    }
  }

  @Test func filtersSayWhatTheyMean() throws {
    func object(_ version: String, _ fields: JSONObject = [:], labels: JSONObject = [:]) -> DynamicObject {
      var object = DynamicObject(fields)
      object.setValue(.string(version), at: ["metadata", "resourceVersion"])
      object.setValue(.object(labels), at: ["metadata", "labels"])
      return object
    }
    let same = ObjectChange.updated(old: object("1"), new: object("1"))
    let touched = ObjectChange.updated(old: object("1"), new: object("2"))
    let status = ObjectChange.updated(old: object("1"), new: object("2", ["status": ["x": 1]]))
    let label = ObjectChange.updated(old: object("1", labels: ["a": "b"]), new: object("2"))
    let rows: [(ChangeFilter, [Bool])] = [
      (.all, [true, true, true, true]),
      (!.all, [false, false, false, false]),
      (.resourceVersionChanged, [false, true, true, true]),
      (.statusChanged, [false, false, true, false]),
      (.labelsChanged, [false, false, false, true]),
      (.matching(LabelSelector(matchLabels: ["a": "b"])), [false, false, false, true]),
      (.statusChanged || .labelsChanged, [false, false, true, true]),
      (.resourceVersionChanged && !.statusChanged, [false, true, false, true]),
    ]
    for (index, row) in rows.enumerated() {
      #expect([same, touched, status, label].map { row.0($0) } == row.1, "row \(index)")
    }
    for filter in [ChangeFilter.resourceVersionChanged, .statusChanged, .generationChanged, .annotationsChanged] {
      #expect(filter(.added(object("1"))) && filter(.deleted(object("1"))))
    }
  }

  @Test func eachReconcileIsASpan() async throws {
    let server = MiniServer()
    server.put(.testWidgets, "a")
    let tracer = InMemoryTracer()
    var options = ControllerTests.options()
    options.tracer = tracer
    struct Broken: Error {}
    let inner = Recorded<Bool>()
    let controller = ControllerTests.controller(server, options) { _, context in
      inner.append(ServiceContext.current?.inMemorySpanContext != nil)
      if context.failures == 0 { throw Broken() }
      return .after(.seconds(3600))
    }
    try await ControllerTests.running(controller) {
      try await eventually { tracer.finishedSpans.count == 2 }
      let spans = tracer.finishedSpans
      #expect(spans.allSatisfy { $0.operationName == "reconcile widgets" && $0.kind == .consumer })
      #expect(spans[0].errors.count == 1 && spans[0].status?.code == .error)
      #expect(spans[1].errors.isEmpty && spans[1].status == nil)
      #expect(spans[1].attributes["k8s.object.name"]?.toSpanAttribute() == .string("a"))
      #expect(spans[1].attributes["reconcile.failures"]?.toSpanAttribute() == .int64(1))
      #expect(inner.values == [true, true])
    }
  }

  @Test func readsGoToTheCacheOrToTheServer() async throws {
    let server = MiniServer()
    server.put(.testMaps, "b", ["metadata": ["labels": ["app": "x"]]])
    server.put(.testMaps, "a", ["metadata": ["labels": ["app": "x"]]])
    server.put(.testMaps, "c", namespace: "other")
    server.put(.testWidgets, "w")
    let caches = SharedInformers(client: KubeClient(server), watcher: .fast)
    let reader = CacheReader(caches, reading: [.testWidgets: .server])
    #expect(try await reader.get(.testMaps, ControllerTests.key("a"))?.name == "a")
    let before = server.requests.count
    #expect(try await reader.get(.testMaps, ControllerTests.key("none")) == nil)
    #expect(try await reader.list(.testMaps).map(\.name) == ["a", "b", "c"])
    #expect(try await reader.list(.testMaps, namespace: "default", labelSelector: "app=x").map(\.name) == ["a", "b"])
    #expect(try await reader.list(.testMaps, labelSelector: "app!=x").map(\.name) == ["c"])
    await #expect(throws: SelectorParseError.self) { try await reader.list(.testMaps, labelSelector: "(") }
    // All of that without a request but the watch that follows the list.
    #expect(server.requests.count <= before + 1)
    #expect(try await reader.get(.testWidgets, ControllerTests.key("w"))?.name == "w")
    #expect(try await reader.get(.testWidgets, ControllerTests.key("none")) == nil)
    #expect(try await reader.list(.testWidgets, namespace: "default").map(\.name) == ["w"])
    #expect(server.requests.count { $0.path.contains("/widgets") } == 3)
    // A cache of some namespaces does not answer for others.
    let narrow = CacheReader(caches, namespaces: ["default"])
    #expect(try await narrow.list(.testMaps, namespace: "default").count == 2)
    #expect(try await narrow.get(.testMaps, ObjectKey(namespace: "other", name: "c"))?.name == "c")
    #expect(try await narrow.list(.testMaps).count == 3)
  }
}
