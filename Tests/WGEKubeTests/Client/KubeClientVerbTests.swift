import HTTPTypes
import Testing
import WGECore
import WGEKube

@Suite struct KubeClientVerbTests {
  private let object = ScriptedTransport.Answer.json(configMap("a").json)
  private let key = ObjectKey(namespace: "shop", name: "a")

  /// Makes one call and returns what went over the wire.
  private func request(
    _ answer: ScriptedTransport.Answer? = nil, _ call: (KubeClient) async throws -> Void
  ) async throws -> KubeRequest {
    let transport = ScriptedTransport([answer ?? object])
    try await call(KubeClient(transport: transport, fieldManager: "tests"))
    try #require(transport.requests.count == 1)
    return transport.requests[0]
  }

  @Test func reads() async throws {
    let get = try await request {
      let result = try await $0.get(.configMaps, key)
      #expect(result == configMap("a"))
    }
    #expect(get.target == "GET /api/v1/namespaces/shop/configmaps/a")
    #expect(get.header("Accept") == ["application/json"] && get.header("Content-Type").isEmpty && get.body.isEmpty)

    let unnamed = try await request { _ = try await $0.get(.configMaps, ObjectKey(name: "a"), subresource: .status) }
    #expect(unnamed.target == "GET /api/v1/namespaces/default/configmaps/a/status")

    let options = ListOptions(
      labelSelector: "app=shop,tier!=web", fieldSelector: "metadata.name=a", limit: 3, resourceVersion: "7",
      resourceVersionMatch: .notOlderThan, timeout: .milliseconds(1500))
    let list = try await request(.json(configMapList(["x", "y"], token: "t"))) { client in
      let list = try await client.list(.configMaps, options: options)
      #expect(list.items.map(\.name) == ["x", "y"])
      #expect(list.items.allSatisfy { $0.apiVersion == "v1" && $0.kind == "ConfigMap" })
      #expect(list.resourceVersion == "10" && list.continueToken == "t")
    }
    #expect(
      list.target
        == "GET /api/v1/configmaps?labelSelector=app=shop,tier!=web&fieldSelector=metadata.name=a&limit=3"
        + "&resourceVersion=7&resourceVersionMatch=NotOlderThan&timeoutSeconds=2")

    let watch = try await request { client in
      _ = try await client.watch(
        .configMaps, namespace: "shop",
        options: WatchOptions(resourceVersion: "7", sendInitialEvents: true, timeout: .seconds(9)))
    }
    #expect(
      watch.target
        == "GET /api/v1/namespaces/shop/configmaps?watch=true&resourceVersion=7&allowWatchBookmarks=true"
        + "&sendInitialEvents=true&timeoutSeconds=9")

    let version = try await request(.json(["major": "1", "minor": "36+", "gitVersion": "v1.36.0"])) {
      let result = try await $0.serverVersion().description
      #expect(result == "v1.36.0")
    }
    #expect(version.target == "GET /version")
  }

  @Test func writes() async throws {
    var bare = DynamicObject(["metadata": ["name": "a"], "data": ["k": "v"]] as JSONObject)
    let create = try await request {
      try await $0.create(.configMaps, bare, options: WriteOptions(dryRun: true, fieldValidation: .strict))
    }
    #expect(
      create.target
        == "POST /api/v1/namespaces/default/configmaps?dryRun=All&fieldManager=tests&fieldValidation=Strict")
    #expect(create.json == ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["k": "v"]])
    #expect(create.header("Content-Type") == ["application/json"])

    let elsewhere = try await request { try await $0.create(.configMaps, configMap("a"), namespace: "other") }
    #expect(elsewhere.target.hasPrefix("POST /api/v1/namespaces/other/configmaps?"))

    let replace = try await request { try await $0.replace(.configMaps, configMap("a")) }
    #expect(replace.target == "PUT /api/v1/namespaces/shop/configmaps/a?fieldManager=tests")
    #expect(replace.json?["metadata"]?["resourceVersion"] == "1")

    let status = try await request { try await $0.replaceStatus(.configMaps, configMap("a")) }
    #expect(status.target == "PUT /api/v1/namespaces/shop/configmaps/a/status?fieldManager=tests")

    bare.setValue("shop", at: ["metadata", "namespace"])
    bare.setValue("9", at: ["metadata", "resourceVersion"])
    bare.setValue([[:]], at: ["metadata", "managedFields"])
    let applied = bare
    let apply = try await request {
      try await $0.apply(
        .configMaps, applied, force: true, subresource: .status, options: WriteOptions(fieldManager: "other"))
    }
    #expect(apply.target == "PATCH /api/v1/namespaces/shop/configmaps/a/status?fieldManager=other&force=true")
    #expect(apply.header("Content-Type") == ["application/apply-patch+yaml"])
    #expect(
      apply.json
        == [
          "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "shop"], "data": ["k": "v"],
        ])

    let evict = try await request {
      try await $0.create(.configMaps, key, subresource: "eviction", DynamicObject(["kind": "Eviction"] as JSONObject))
    }
    #expect(evict.target == "POST /api/v1/namespaces/shop/configmaps/a/eviction?fieldManager=tests")
  }

  @Test(
    arguments: [
      (
        Patch.json([["op": "remove", "path": "/data"]]), "application/json-patch+json",
        [["op": "remove", "path": "/data"]]
      ),
      (.merge(["data": .null]), "application/merge-patch+json", ["data": .null]),
      (.strategic(["data": ["a": "b"]]), "application/strategic-merge-patch+json", ["data": ["a": "b"]]),
      (.apply(["kind": "X"]), "application/apply-patch+yaml", ["kind": "X"]),
    ] as [(Patch, String, JSON)])
  func patches(patch: Patch, type: String, body: JSON) async throws {
    let sent = try await request { try await $0.patch(.configMaps, key, patch, subresource: .scale) }
    #expect(sent.target == "PATCH /api/v1/namespaces/shop/configmaps/a/scale?fieldManager=tests")
    #expect(sent.header("Content-Type") == [type])
    #expect(sent.json == body)
  }

  @Test func deletes() async throws {
    let options = DeleteOptions(
      gracePeriod: .seconds(5), propagation: .foreground, uid: "u", resourceVersion: "3", dryRun: true)
    let delete = try await request(.json(["kind": "Status", "status": "Success"])) {
      let result = try await $0.delete(.configMaps, key, options: options)
      #expect(result == .deleted)
    }
    #expect(delete.target == "DELETE /api/v1/namespaces/shop/configmaps/a")
    #expect(
      delete.json == [
        "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 5, "propagationPolicy": "Foreground",
        "preconditions": ["uid": "u", "resourceVersion": "3"], "dryRun": ["All"],
      ])

    var held = configMap("a")
    held.setValue("2026-01-01T00:00:00Z", at: ["metadata", "deletionTimestamp"])
    let pending = held
    _ = try await request(.json(pending.json)) {
      let result = try await $0.delete(.configMaps, key)
      #expect(result == .pending(pending))
    }
    _ = try await request(.json(configMap("a").json)) {
      let result = try await $0.delete(.configMaps, key)
      #expect(result == .deleted)
    }

    let all = try await request(.json(configMapList([]))) {
      try await $0.deleteCollection(.configMaps, namespace: "shop", selecting: ListOptions(labelSelector: "a=b"))
    }
    #expect(all.target == "DELETE /api/v1/namespaces/shop/configmaps?labelSelector=a=b")
  }

  @Test func typedVerbsAddAndCheckTheKind() async throws {
    let widget = Widget(metadata: ObjectMeta(name: "w", namespace: "shop"), spec: .init(size: 3))
    let stored: JSON = [
      "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "w", "namespace": "shop"],
      "spec": ["size": 3],
    ]
    let create = try await request(.json(stored)) {
      let result = try await $0.create(widget)
      #expect(result == widget)
    }
    #expect(create.target == "POST /apis/example.com/v1/namespaces/shop/widgets?fieldManager=tests")
    #expect(create.json == stored)

    for (change, problem) in [
      (["kind": "Gadget"], "expected example.com/v1, Kind=Widget, found example.com/v1, Kind=Gadget"),
      (["apiVersion": "example.com/v2"], "expected example.com/v1, Kind=Widget, found example.com/v2, Kind=Widget"),
    ] as [([String: JSON], String)] {
      var other = stored
      for (key, value) in change { other[key] = value }
      await #expect(throws: KubeError.decoding(what: "Widget shop/w", problem: problem)) {
        _ = try await request(.json(other)) { _ = try await $0.get(Widget.self, key) }
      }
    }
    var broken = stored
    broken["spec"] = ["size": "three"]
    let wrong = broken
    do {
      _ = try await request(.json(wrong)) { _ = try await $0.get(Widget.self, key) }
      Issue.record("decoded")
    } catch let error as KubeError {
      #expect("\(error)".contains("Widget shop/w") && "\(error)".contains("spec.size"))
    }

    let list: JSON = ["kind": "WidgetList", "metadata": ["resourceVersion": "5"], "items": [stored]]
    _ = try await request(.json(list)) {
      let result = try await $0.listAll(Widget.self).items
      #expect(result == [widget])
    }
  }

  @Test func failuresAreDecoded() async {
    let client = KubeClient(
      transport: ScriptedTransport([.failure(404, "NotFound", message: "configmaps \"a\" not found")]))
    let error = await #expect(throws: KubeError.self) { try await client.get(.configMaps, key) }
    #expect(error?.isNotFound == true && error?.description == "404 NotFound: configmaps \"a\" not found")

    let proxy = KubeClient(
      transport: ScriptedTransport([.text("<html>down</html>", status: 502, type: "text/html")]), retry: .none)
    let down = await #expect(throws: KubeError.self) { _ = try await proxy.watch(.configMaps) }
    #expect(down?.code == 502 && "\(down as Any)".contains(": down"))
  }

  @Test(arguments: [
    "", "nope", "[1,2", "{\"kind\":\"ConfigMapList\",\"items\":{}}", "[]", "{\"kind\":\"ConfigMap\"}",
    "{\"kind\":\"ConfigMapList\",\"items\":[1]}", "{\"kind\":\"ConfigMapList\",\"items\":[{\"metadata\"",
  ])
  func brokenAnswersAreErrors(body: String) async {
    let client = KubeClient(transport: ScriptedTransport([.text(body, status: 200, type: "application/json")]))
    let error = await #expect(throws: KubeError.self) { try await client.list(.configMaps) }
    guard case .decoding? = error else {
      Issue.record("\(error as Any)")
      return
    }
  }

  @Test func cutJSONIsNotQuoted() async {
    let cut = #"{"kind":"SecretList","items":[{"data":{"password":"czNjcmV0"#
    let client = KubeClient(transport: ScriptedTransport([.text(cut, status: 200, type: "application/json")]))
    let error = await #expect(throws: KubeError.self) { try await client.list(.configMaps) }
    #expect(!"\(error as Any)".contains("czNjcmV0"))
    let page = KubeClient(transport: ScriptedTransport([.text("<html>log in</html>", status: 200, type: "text/html")]))
    let portal = await #expect(throws: KubeError.self) { try await page.list(.configMaps) }
    #expect("\(portal as Any)".contains("<html>log in</html>"))
  }

  @Test func anyRequestCanBeSent() async throws {
    let transport = ScriptedTransport([.text("ok", status: 200)])
    let client = KubeClient(transport: transport).impersonating(UserInfo(name: "jane"))
    #expect(try await client.send(KubeRequest(method: .get, path: "/readyz")).body == Array("ok".utf8))
    var log = ""
    let logs = KubeRequest(method: .get, path: "/log", query: [("follow", "true")])
    for try await chunk in try await client.stream(logs).body { log += String(decoding: chunk, as: UTF8.self) }
    #expect(log == "ok")
    #expect(transport.requests.map(\.target) == ["GET /readyz", "GET /log?follow=true"])
    #expect(
      transport.requests.allSatisfy { $0.header("Impersonate-User") == ["jane"] && $0.header("Accept") == ["*/*"] })
  }

  @Test func warningsReachTheHandler() async throws {
    let heard = Shared<[String]>([])
    let transport = ScriptedTransport([
      .json(
        configMap("a").json,
        headers: [
          ("Warning", #"299 - "unknown field \"spec.x\"""#),
          ("Warning", #"299 - "one, two" "date", 299 host:80 "three""#),
        ])
    ])
    let client = KubeClient(
      transport: transport, warningHandler: { warning in heard.withLock { $0.append(warning.text) } })
    _ = try await client.get(.configMaps, key)
    #expect(heard.withLock { $0 } == [#"unknown field "spec.x""#, "one, two", "three"])
  }

  @Test(arguments: ["", "299", "299 -", "299 - x", "abc - \"x\"", "299 - \"open", "299 - \"end\\", "29 - \"x\"", ",,,"])
  func brokenWarningsAreSkipped(header: String) async throws {
    let heard = Shared(0)
    let transport = ScriptedTransport([.json(configMap("a").json, headers: [("Warning", header)])])
    let client = KubeClient(transport: transport).onWarning { _ in heard.withLock { $0 += 1 } }
    _ = try await client.get(.configMaps, key)
    #expect(heard.withLock { $0 } == 0)
  }
}
