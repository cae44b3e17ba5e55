import Testing
import WGECore
import WGEKube
import WGETestSupport

/// Custom resources of several versions.
@Suite(.serialized) struct ConversionContractTests {
  /// A definition of routes in two versions, of which one is stored.
  struct Routes: Sendable {
    let group: String

    func resource(_ version: String) -> ResourceType {
      ResourceType(group: group, version: version, kind: "Route", plural: "routes")
    }

    func definition(stored: String, _ conversion: JSON) -> JSON {
      func version(_ name: String, _ properties: JSON) -> JSON {
        [
          "name": .string(name), "served": true, "storage": .bool(name == stored), "subresources": ["status": [:]],
          "schema": [
            "openAPIV3Schema": [
              "type": "object",
              "properties": [
                "spec": ["type": "object", "properties": properties],
                "status": ["type": "object", "properties": ["ready": ["type": "boolean"]]],
              ],
            ]
          ],
        ]
      }
      return [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": .string("routes.\(group)")],
        "spec": [
          "group": .string(group), "scope": "Namespaced", "names": ["kind": "Route", "plural": "routes"],
          "conversion": conversion,
          "versions": [
            version("v1", ["address": ["type": "string"], "note": ["type": "string", "default": "first"]]),
            version(
              "v2",
              [
                "host": ["type": "string"], "port": ["type": "integer"],
                "note": ["type": "string", "default": "second"],
              ]),
          ],
        ],
      ]
    }

    func install(_ test: ContractContext, stored: String = "v1", _ conversion: JSON) async throws {
      try await test.createInCluster(
        .customResourceDefinitions, try #require(DynamicObject(definition(stored: stored, conversion))))
      for version in ["v1", "v2"] {
        try await eventually("\(version) is served") {
          do {
            _ = try await test.client.list(resource(version), namespace: test.namespace)
            return true
          } catch let error as KubeError where error.isNotFound { return false }
        }
      }
    }

    func change(_ test: ContractContext, stored: String = "v1", _ conversion: JSON) async throws {
      try await test.client.patch(
        .customResourceDefinitions, ObjectKey(name: "routes.\(group)"),
        .merge(["spec": definition(stored: stored, conversion)["spec"] ?? [:]]))
    }

    func route(_ test: ContractContext, _ version: String, _ name: String, _ spec: JSON) -> DynamicObject {
      var object = DynamicObject(resource(version), namespace: test.namespace, name: name)
      object["spec"] = spec
      return object
    }
  }

  private static func webhook(_ hooks: WebhookServer, _ path: String = "convert") -> JSON {
    [
      "strategy": "Webhook",
      "webhook": ["conversionReviewVersions": ["v1"], "clientConfig": hooks.client(path)],
    ]
  }

  /// A kind in two versions that a webhook converts.
  private func withRoutes(
    _ server: ContractServer, _ body: @escaping @Sendable (ContractContext, WebhookServer, Routes) async throws -> Void
  ) async throws {
    try await server.withServer { test in
      try await WebhookServer.with { hooks in
        let routes = Routes(group: "\(test.namespace).example.com")
        try await routes.install(test, Self.webhook(hooks))
        try await body(test, hooks, routes)
      }
    }
  }

  @Test(arguments: ContractServer.available)
  func everyVersionReadsAndWritesAll(_ server: ContractServer) async throws {
    try await withRoutes(server) { test, hooks, routes in
      let client = test.client
      let (v1, v2) = (routes.resource("v1"), routes.resource("v2"))
      let start = try await client.list(v2, namespace: test.namespace).resourceVersion
      let watch = try await client.watch(
        v2, namespace: test.namespace, options: WatchOptions(resourceVersion: start, timeout: .seconds(60)))

      let first = try await client.create(v1, routes.route(test, "v1", "a", ["address": "one:81"]))
      #expect(first["spec"] == ["address": "one:81", "note": "first"])
      let shown = try await client.get(v2, test.key("a"))
      #expect(shown["spec"] == ["host": "one", "port": 81, "note": "first"])
      #expect(shown.apiVersion == v2.apiVersion && shown.uid == first.uid)
      #expect(shown.resourceVersion == first.resourceVersion)
      // Of the metadata a webhook decides labels and annotations alone.
      #expect(shown.annotation("converted") == "yes" && shown.finalizers.isEmpty)
      let second = try await client.create(v2, routes.route(test, "v2", "b", ["host": "two", "port": 82]))
      #expect(second["spec"] == ["host": "two", "port": 82, "note": "second"])
      #expect(second.apiVersion == v2.apiVersion)
      #expect(try await client.get(v1, test.key("b"))["spec"] == ["address": "two:82", "note": "second"])

      try await client.patch(v2, test.key("a"), .merge(["spec": ["port": 83]]))
      try await client.patch(v2, test.key("a"), .merge(["status": ["ready": true]]), subresource: .status)
      let patched = try await client.get(v1, test.key("a"))
      #expect(patched["spec"]?["address"] == "one:83" && patched["status"] == ["ready": true])
      var replaced = try await client.get(v2, test.key("b"))
      replaced["spec"] = ["host": "three", "port": 90]
      let kept = try await client.replace(v2, replaced)
      #expect(kept["spec"]?["host"] == "three")
      var applied = routes.route(test, "v2", "b", ["port": 91])
      applied["metadata"] = ["name": "b", "namespace": .string(test.namespace)]
      try await client.apply(v2, applied, force: true)
      #expect(try await client.get(v1, test.key("b"))["spec"]?["address"] == "three:91")

      let lists = try await (
        client.list(v1, namespace: test.namespace), client.list(v2, namespace: test.namespace)
      )
      #expect(lists.0.items.map { $0["spec"]?["address"] } == ["one:83", "three:91"])
      #expect(lists.1.items.map { $0["spec"]?["port"] } == [83, 91])
      let partial = try await client.list(v2, namespace: test.namespace, form: .metadata)
      #expect(partial.items.map { $0.annotation("converted") } == ["yes", "yes"])
      try await client.delete(v1, test.key("a"))
      var seen: [String] = []
      for try await event in watch {
        switch event {
        case .added(let object): seen.append("+\(object.name) \(object["spec"]?["port"] ?? "?")")
        case .modified(let object): seen.append("~\(object.name) \(object["spec"]?["port"] ?? "?")")
        case .deleted(let object): seen.append("-\(object.name) \(object["spec"]?["port"] ?? "?")")
        case .bookmark: continue
        }
        if seen.last?.hasPrefix("-") == true { break }
      }
      #expect(seen == ["+a 81", "+b 82", "~a 83", "~a 83", "~b 90", "~b 91", "-a 83"])

      // What was stored in one version is read in all when another one is stored.
      try await routes.change(test, stored: "v2", Self.webhook(hooks))
      try await eventually("both versions are stored") {
        try await client.get(.customResourceDefinitions, ObjectKey(name: "routes.\(routes.group)"))
          .value(at: ["status", "storedVersions"]) == ["v1", "v2"]
      }
      #expect(try await client.get(v1, test.key("b"))["spec"]?["address"] == "three:91")
      #expect(try await client.get(v2, test.key("b"))["spec"]?["port"] == 91)
      try await client.create(v1, routes.route(test, "v1", "c", ["address": "four:94"]))
      #expect(try await client.list(v2, namespace: test.namespace).items.map { $0["spec"]?["port"] } == [91, 94])
      #expect(
        try await client.list(v1, namespace: test.namespace).items.map { $0["spec"]?["address"] } == [
          "three:91", "four:94",
        ])
      for name in ["b", "c"] { try await client.delete(v2, test.key(name)) }
    }
  }

  @Test(arguments: ContractServer.available)
  func conversionsThatFailSaySo(_ server: ContractServer) async throws {
    try await withRoutes(server) { test, hooks, routes in
      let client = test.client
      let (v1, v2) = (routes.resource("v1"), routes.resource("v2"))
      try await client.create(v1, routes.route(test, "v1", "a", ["address": "one:81"]))
      let webhook = "conversion webhook for \(v1.apiVersion), Kind=Route"
      let failures: [(String, String)] = [
        ("convert-refuse", "\(webhook) failed: no way back"),
        ("convert-mute", "\(webhook) failed: response.result.status was 'Failure', not 'Success'"),
        ("convert-few", "\(webhook) returned 0 objects, expected 1"),
        (
          "convert-rename", "\(webhook) returned invalid object: must have the same name: a != other"
        ),
        (
          "convert-kind",
          "\(webhook) returned invalid object at index 0: invalid kind (expected Route, received Other)"
        ),
        (
          "convert-version",
          "\(webhook) returned invalid object at index 0: invalid groupVersion (expected \(v2.apiVersion), received \(v2.apiVersion)x)"
        ),
        ("convert-bare", "\(webhook) returned invalid object: must have the same name: a != "),
        (
          "broken",
          "\(webhook) failed: an error on the server (\"out of order\") has prevented the request from succeeding"
        ),
        ("hangup", "\(webhook) failed: Post \"https://127.0.0.1:\(hooks.port)/hangup?timeout=30s\": EOF"),
      ]
      for (path, problem) in failures {
        try await routes.change(test, Self.webhook(hooks, path))
        var last = ""
        do {
          try await eventually("\(path) is asked", timeout: .seconds(20)) {
            do {
              last = "\(try await client.get(v2, test.key("a")))"
              return false
            } catch let error as KubeError {
              last = error.status?.message ?? "\(error)"
              return error.code == 500 && last == problem
            }
          }
        } catch let error as TimeoutError { Issue.record("\(error): \(last)") }
      }
      // The version that is stored needs nobody.
      #expect(try await client.get(v1, test.key("a"))["spec"]?["address"] == "one:81")
      let refused = try await failure {
        try await client.create(v2, routes.route(test, "v2", "b", ["host": "two", "port": 82]))
      }
      #expect(refused.code == 500)
      #expect(
        refused.status?.message
          == "conversion webhook for \(v2.apiVersion), Kind=Route failed: Post \"https://127.0.0.1:\(hooks.port)/hangup?timeout=30s\": EOF"
      )
      try await client.delete(v1, test.key("a"))
    }
  }

  @Test(arguments: ContractServer.available)
  func versionsMayDifferByNameAlone(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let routes = Routes(group: "\(test.namespace).example.com")
      let (v1, v2) = (routes.resource("v1"), routes.resource("v2"))
      try await routes.install(test, ["strategy": "None"])
      try await client.create(v1, routes.route(test, "v1", "a", ["address": "one:81"]))
      // Fields that a version does not have are not shown in it.
      let shown = try await client.get(v2, test.key("a"))
      #expect(shown.apiVersion == v2.apiVersion && shown["spec"] == ["note": "first"])
      try await routes.change(test, stored: "v2", ["strategy": "None"])
      try await eventually("both versions are stored") {
        try await client.get(.customResourceDefinitions, ObjectKey(name: "routes.\(routes.group)"))
          .value(at: ["status", "storedVersions"]) == ["v1", "v2"]
      }
      let old = try await client.get(v1, test.key("a"))
      #expect(old.apiVersion == v1.apiVersion && old["spec"]?["address"] == "one:81")
      #expect(try await client.get(v2, test.key("a")).apiVersion == v2.apiVersion)
      #expect(try await client.list(v2, namespace: test.namespace).items.map(\.apiVersion) == [v2.apiVersion])
      try await client.delete(v2, test.key("a"))
    }
  }
}
