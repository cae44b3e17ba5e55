import Testing
import WGECore
import WGELocalCluster
import WGETestSupport

/// What comes from outside may be anything; the answer is a Status, never a trap.
@Suite struct HostileInputTests {
  private let maps = TestCluster.configMaps

  @Test func bodiesOutOfBoundsAreRefused() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let bomb = Array((String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)).utf8)
    let object = Array((String(repeating: "{\"a\":", count: 50_000) + "1" + String(repeating: "}", count: 50_000)).utf8)
    let aliases = Array(
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g]\n"
        .utf8)
    for (body, type) in [
      (bomb, "application/json"), (object, "application/json"), (bomb, "application/yaml"),
      (aliases, "application/yaml"),
      ([0xFF, 0xFE, 0x00], "application/json"), ([0xC3, 0x28], "application/yaml"), ([], "application/json"),
      (Array("\"x\"".utf8), "application/json"),
    ] {
      let answer = try await cluster.send("POST", maps, raw: body, type: type)
      #expect(answer.code == 400, "\(answer.text.prefix(200))")
    }
    // Null is an object without fields to built-in kinds, which want a name.
    #expect(try await cluster.send("POST", maps, raw: Array("null".utf8)).code == 422)
    let large = [UInt8](repeating: 0x20, count: 10 << 20)
    #expect(try await cluster.send("POST", maps, raw: large).code == 413)
    #expect(try await cluster.send("POST", maps, raw: Array("{}".utf8), type: "text/html").code == 415)
    #expect(try await cluster.send("GET", maps, headers: ["Accept": "image/png"]).code == 406)
  }

  @Test func pathsAreReadLiterally() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    for path in [
      "/api/v1/namespaces/default/../kube-system/configmaps", "/api/v1/namespaces/default/configmaps/..",
      "/api/v1/namespaces/%2e%2e/configmaps/x", "/api/v1/namespaces/a%2fb/configmaps", "/api/v1//configmaps",
      "/api/v1/namespaces/default/configmaps/%00", "/api/v1/%zz", "//api/v1", "", "nope",
      "/api/v1/namespaces/default/configmaps/a/b/c/d",
      "/" + String(repeating: "a/", count: 6000),
    ] {
      let answer = try await cluster.get(path)
      #expect(answer.code == 404, "\(path.prefix(60)): \(answer.code)")
    }
  }

  @Test func patchesCannotExplode() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.configMap("a", ["k": .string(String(repeating: "x", count: 1000))])
    let many = JSON.array((0..<10_001).map { ["op": "add", "path": .string("/data/k\($0)"), "value": "x"] })
    let json = "application/json-patch+json"
    #expect(try await cluster.send("PATCH", maps + "/a", many, type: json).code == 413)
    // Every copy doubles the document.
    let doubling = JSON.array((0..<60).map { ["op": "copy", "from": "/data", "path": .string("/data/copy\($0)")] })
    let answer = try await cluster.send("PATCH", maps + "/a", doubling, type: json)
    #expect(answer.code == 413 || answer.code == 422)
    let index: JSON = [["op": "add", "path": "/metadata/finalizers/99999999999999999999", "value": "x"]]
    #expect(try await cluster.send("PATCH", maps + "/a", index, type: json).code == 422)
    let strategic: JSON = ["metadata": ["finalizers": [["$patch": "delete"]]], "$retainKeys": 7]
    #expect(
      try await cluster.send("PATCH", maps + "/a", strategic, type: "application/strategic-merge-patch+json").code
        == 400)
  }

  @Test func numbersAndSelectorsDoNotOverflow() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    for query in [
      ["limit": "9223372036854775807"], ["limit": "-1"], ["timeoutSeconds": "9223372036854775807"],
      ["resourceVersion": "18446744073709551615"], ["resourceVersion": "-1"], ["limit": "99999999999999999999"],
      ["labelSelector": String(repeating: "(", count: 5000)],
      ["labelSelector": "a in (" + String(repeating: "x,", count: 5000)],
      ["fieldSelector": String(repeating: "=", count: 5000)], ["continue": String(repeating: "A", count: 100_000)],
      ["labelSelector": "a>99999999999999999999"], ["dryRun": "All", "watch": "maybe", "timeoutSeconds": "1"],
    ] {
      let answer = try await cluster.get(maps, query: query)
      #expect([200, 400, 410, 422, 504].contains(answer.code), "\(query.keys): \(answer.code)")
    }
    let pod: JSON = [
      "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
      "spec": [
        "terminationGracePeriodSeconds": 9_223_372_036_854_775_807, "priority": 99_999_999_999,
        "containers": [["name": "c", "image": "i", "resources": ["limits": ["cpu": "1e999999999"]]]],
      ],
    ]
    #expect(try await cluster.create("/api/v1/namespaces/default/pods", pod).code == 400)
  }

  @Test func schemasAndRulesAreBounded() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    var deep: JSON = ["type": "string"]
    for _ in 0..<40 { deep = ["type": "object", "properties": ["a": deep]] }
    let definition = TestCluster.widgets(deep)
    let answer = try await cluster.create(TestCluster.definitions, definition)
    #expect(answer.code == 201 || answer.code == 400 || answer.code == 422)
    for rule in [
      String(repeating: "(", count: 10_000), String(repeating: "!", count: 10_000) + "true", "self.all(", "\"", "1 +",
      "'\\u12",
      "99999999999999999999", "foo.bar", "self.nope()", "has(self)",
    ] {
      let spec: JSON = ["type": "object", "x-kubernetes-validations": [["rule": .string(rule)]]]
      let answer = try await cluster.create(TestCluster.definitions, TestCluster.widgets(spec))
      #expect(answer.code == 422, "\(rule.prefix(20)): \(answer.code)")
    }
  }

  @Test func anExpensiveRuleStops() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.send("DELETE", TestCluster.definitions + "/widgets.example.com")
    let spec: JSON = [
      "type": "object", "properties": ["n": ["type": "array", "maxItems": 1000, "items": ["type": "integer"]]],
      "x-kubernetes-validations": [["rule": "self.n.all(a, self.n.all(b, a + b >= 0))"]],
    ]
    #expect(try await cluster.create(TestCluster.definitions, TestCluster.widgets(spec)).code == 201)
    let many = JSON.array((0..<1000).map { .number(.int($0)) })
    let answer = try await cluster.create(TestCluster.widgetPath, TestCluster.widget("w", ["n": many]))
    #expect(answer.code == 422)
    #expect(answer.message.contains("cost limit"))
  }

  /// Random requests, a fixed seed: every answer is an answer.
  @Test func randomRequestsAreAnswered() async throws { try await Self.checkRequests(seed: 0x5EED, count: 1500) }

  /// So many random requests to a fresh cluster.
  static func checkRequests(seed: UInt64, count: Int) async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    var generator = SeededGenerator(seed: seed)
    let maps = TestCluster.configMaps
    let seeds: [JSON] = [
      ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "labels": ["x": "y"]], "data": ["k": "v"]],
      [
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"],
        "spec": [
          "selector": ["matchLabels": ["a": "b"]],
          "template": ["metadata": ["labels": ["a": "b"]], "spec": ["containers": [["name": "c", "image": "i"]]]],
        ],
      ],
      TestCluster.widgets(["type": "object", "properties": ["a": ["type": "integer"]]]),
      [["op": "add", "path": "/data/x", "value": 1]],
    ]
    let paths = [
      maps, maps + "/a", "/apis/apps/v1/namespaces/default/deployments",
      "/apis/apps/v1/namespaces/default/deployments/d",
      "/apis/apps/v1/namespaces/default/deployments/d/scale", TestCluster.definitions,
      "/api/v1/namespaces/default/pods",
    ]
    let types = [
      "application/json", "application/yaml", "application/json-patch+json", "application/merge-patch+json",
      "application/strategic-merge-patch+json", "application/apply-patch+yaml",
    ]
    for round in 0..<count {
      var body = seeds[Int.random(in: 0..<seeds.count, using: &generator)].serialized()
      for _ in 0..<Int.random(in: 0...4, using: &generator) where !body.isEmpty {
        let position = Int.random(in: 0..<body.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: body[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: body.remove(at: position)
        case 2: body.insert(contentsOf: Array("null".utf8), at: position)
        default: body.removeSubrange(position..<min(body.count, position + 12))
        }
      }
      let method = ["POST", "PUT", "PATCH", "DELETE", "GET"][Int.random(in: 0..<5, using: &generator)]
      let answer = try await cluster.send(
        method, paths[Int.random(in: 0..<paths.count, using: &generator)], raw: body,
        type: types[Int.random(in: 0..<types.count, using: &generator)], query: ["fieldManager": "fuzz"])
      #expect(
        (200..<600).contains(answer.code) && answer.code != 500 || answer.message.contains("typed patch object"),
        "seed \(seed), request \(round): \(answer.text)")
    }
  }
}

@Suite struct RequestFuzz {
  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func randomRequests() async throws {
    try await Fuzzing.run("cluster requests, 100 each") { seed in
      try await HostileInputTests.checkRequests(seed: seed, count: 100)
    }
  }
}
