import Testing
import WGECore

@testable import WGEKube

@Suite struct FormTests {
  private static let partial: JSON = [
    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
    "metadata": ["name": "a", "namespace": "shop", "resourceVersion": "7", "labels": ["x": "y"]],
  ]
  private static let whole: JSON = [
    "kind": "ConfigMap", "apiVersion": "v1", "metadata": ["name": "b", "namespace": "shop"], "data": ["k": "v"],
  ]

  @Test func metadataIsAskedForAndNothingElseIsKept() async throws {
    let transport = ScriptedTransport { request, _ in
      if request.query.contains(where: { $0.name == "watch" }) {
        let events: [JSON] = [
          ["type": "ADDED", "object": Self.partial], ["type": "MODIFIED", "object": Self.whole],
          ["type": "BOOKMARK", "object": Self.partial],
        ]
        return .init(chunks: events.map { $0.serialized() + [0x0A] })
      }
      if request.path.hasSuffix("/configmaps") {
        return .json([
          "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": ["resourceVersion": "9"],
          "items": [Self.partial],
        ])
      }
      return .json(request.path.hasSuffix("/a") ? Self.partial : Self.whole)
    }
    let client = KubeClient(transport: transport, defaultNamespace: "shop")
    let object = try await client.get(.configMaps, ObjectKey(name: "a"), form: .metadata)
    #expect(object.kind == "ConfigMap" && object.apiVersion == "v1" && object.label("x") == "y")
    // A server that does not know the form sends all of it.
    let old = try await client.get(.configMaps, ObjectKey(name: "b"), form: .metadata)
    #expect(old.name == "b" && old["data"] == nil && old.kind == "ConfigMap")
    let list = try await client.listAll(.configMaps, namespace: "shop", form: .metadata)
    #expect(list.items.map(\.kind) == ["ConfigMap"] && list.resourceVersion == "9")
    var events: [WatchEvent<DynamicObject>] = []
    for try await event in try await client.watch(.configMaps, namespace: "shop", form: .metadata) {
      events.append(event)
    }
    #expect(events.count == 3 && events[1].object?["data"] == nil && events[0].object?.kind == "ConfigMap")
    #expect(events[2] == .bookmark(Bookmark(resourceVersion: "7")))
    let accepts = transport.requests.map { $0.header("Accept").first ?? "" }
    #expect(accepts[0] == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json")
    #expect(accepts[2] == "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json")
    #expect(accepts[3] == accepts[0])
  }

  @Test func tablesAreReadByColumn() async throws {
    let table: JSON = [
      "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": ["resourceVersion": "5", "continue": "t"],
      "columnDefinitions": [
        ["name": "Name", "type": "string", "format": "name", "description": "d", "priority": 0],
        ["name": "Data", "type": "integer", "priority": 1], 5,
      ],
      "rows": [
        ["cells": ["a", 2], "object": Self.partial], ["cells": ["short"]], [:],
        ["cells": ["b", 0], "conditions": [["type": "Completed", "status": "True", "reason": "R", "message": "m"]]],
      ],
    ]
    let transport = ScriptedTransport([.json(table), .json(Self.whole)])
    let client = KubeClient(transport: transport)
    let read = try await client.table(.configMaps, namespace: "shop", options: ListOptions(limit: 4))
    #expect(read.columns[0] == .init(name: "Name", type: "string", format: "name", description: "d"))
    #expect(read.columns[1].priority == 1 && read.continueToken == "t" && read.resourceVersion == "5")
    #expect(read.values("Data") == [2, 0] && read.values("Nothing").isEmpty)
    #expect(read.rows[0].object?.kind == "ConfigMap" && read.rows[1].object == nil)
    #expect(read.rows[3].conditions.first?.type == "Completed")
    #expect(transport.requests[0].target == "GET /api/v1/namespaces/shop/configmaps?limit=4&includeObject=Metadata")
    let error = await #expect(throws: KubeError.self) { try await client.table(.configMaps, ObjectKey(name: "a")) }
    #expect(error?.description == "table of configmaps: expected a Table, found \"ConfigMap\"")
  }

  @Test func tablesAreWatched() async throws {
    let row: JSON = ["cells": ["a"], "object": Self.partial]
    let first: JSON = [
      "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": [:], "columnDefinitions": [["name": "Name"]],
      "rows": [row],
    ]
    let later: JSON = ["kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": .null, "rows": [row]]
    let events: [JSON] = [["type": "ADDED", "object": first], ["type": "DELETED", "object": later]]
    let client = KubeClient(transport: ScriptedTransport([.init(chunks: events.map { $0.serialized() + [0x0A] })]))
    var seen: [WatchEvent<KubeTable>] = []
    for try await event in try await client.watchTable(.configMaps) { seen.append(event) }
    #expect(seen.count == 2 && seen[0].object?.columns.count == 1 && seen[1].object?.columns.isEmpty == true)
    #expect(seen[1].object?.rows.first?.object?.name == "a")
  }

  private func events(_ events: [JSON]) -> ScriptedTransport.Answer {
    .init(chunks: events.map { $0.serialized() + [0x0A] })
  }

  private let end: JSON = [
    "type": "BOOKMARK",
    "object": [
      "kind": "ConfigMap",
      "metadata": ["resourceVersion": "12", "annotations": ["k8s.io/initial-events-end": "true"]],
    ],
  ]

  @Test func aStreamingListIsTheStateAtItsEnd() async throws {
    let transport = ScriptedTransport([
      events([
        ["type": "ADDED", "object": configMap("b").json], ["type": "ADDED", "object": configMap("a").json],
        ["type": "MODIFIED", "object": configMap("a", version: "11").json],
        ["type": "BOOKMARK", "object": ["metadata": ["resourceVersion": "11"]]],
        ["type": "DELETED", "object": configMap("b").json], end,
        ["type": "ADDED", "object": configMap("late").json],
      ])
    ])
    let list = try await KubeClient(transport: transport).listStreaming(
      .configMaps, namespace: "shop", options: ListOptions(labelSelector: "x=y", resourceVersion: "5"))
    #expect(list.items.map(\.name) == ["a"] && list.resourceVersion == "12")
    #expect(list.items.first?.resourceVersion == "11")
    #expect(
      transport.requests[0].target
        == "GET /api/v1/namespaces/shop/configmaps?watch=true&labelSelector=x=y&resourceVersion=5"
        + "&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&sendInitialEvents=true")
  }

  @Test func aStreamingListFallsBack() async throws {
    let transport = ScriptedTransport { request, _ in
      request.query.contains { $0.name == "sendInitialEvents" }
        ? .failure(422, "Invalid") : .json(configMapList(["a"]))
    }
    #expect(try await KubeClient(transport: transport).listStreaming(.configMaps).items.count == 1)
    let cut = KubeClient(transport: ScriptedTransport([events([["type": "ADDED", "object": configMap("b").json]])]))
    let error = await #expect(throws: KubeError.self) { try await cut.listStreaming(.configMaps) }
    #expect(error?.isUnreachable == true)
    await #expect(throws: KubeError.self) {
      try await cut.listStreaming(.configMaps, options: ListOptions(resourceVersionMatch: .exact))
    }
  }

  @Test func anExpiredListMayGoOn() async throws {
    func transport() -> ScriptedTransport {
      ScriptedTransport { request, _ in
        switch request.query.first(where: { $0.name == "continue" })?.value {
        case nil: return .json(configMapList(["a"], token: "t1"))
        case "t1":
          return .json(
            [
              "kind": "Status", "code": 410, "reason": "Expired", "message": "old", "metadata": ["continue": "t2"],
            ], status: 410)
        default: return .json(configMapList(["b"], version: "20"))
        }
      }
    }
    let going = KubeClient(transport: transport()).pages(.configMaps, whenExpired: .continueInconsistently)
    var pages: [KubeList<DynamicObject>] = []
    for try await page in going { pages.append(page) }
    #expect(pages.map { $0.items.map(\.name) } == [["a"], ["b"]])
    #expect(pages.map(\.isInconsistent) == [false, true])
    let all = try await going.collect()
    #expect(all.isInconsistent && all.items.count == 2 && all.resourceVersion == "20")
    let strict = KubeClient(transport: transport()).pages(.configMaps, whenExpired: .fail)
    let error = await #expect(throws: KubeError.self) { _ = try await strict.collect() }
    #expect(error?.isExpired == true)
    // Without a token from the server there is nothing to go on with.
    let bare = KubeClient(
      transport: ScriptedTransport([.json(configMapList(["a"], token: "t1")), .failure(410, "Expired")]))
    await #expect(throws: KubeError.self) {
      _ = try await bare.pages(.configMaps, whenExpired: .continueInconsistently).collect()
    }
  }
}
