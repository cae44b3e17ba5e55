import Testing
import WGECore
import WGELocalCluster
import WGETestSupport

/// Random rules, patches, selectors and columns: whatever they are, they get an answer.
@Suite struct MachineryFuzzTests {
  @Test func randomRulesAreJudged() async throws { try await Self.checkRules(seed: 11, count: 300) }
  @Test func randomPatchesAreAnswered() async throws { try await Self.checkPatches(seed: 12, count: 400) }
  @Test func randomSelectorsAreAnswered() async throws { try await Self.checkSelectors(seed: 13, count: 400) }
  @Test func randomColumnsAreJudged() async throws { try await Self.checkColumns(seed: 14, count: 200) }

  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func untilTheTimeIsUp() async throws {
    try await Fuzzing.run("rules, patches, selectors and columns of local clusters") { seed in
      try await Self.checkRules(seed: seed, count: 30)
      try await Self.checkPatches(seed: seed, count: 30)
      try await Self.checkSelectors(seed: seed, count: 30)
      try await Self.checkColumns(seed: seed, count: 20)
    }
  }

  fileprivate static func pick(_ pieces: [String], _ random: inout SeededGenerator) -> String {
    pieces[random.below(pieces.count)]
  }

  fileprivate static func text(_ pieces: [String], _ most: Int, _ random: inout SeededGenerator) -> String {
    (0...random.below(most)).map { _ in pick(pieces, &random) }.joined(separator: random.below(3) == 0 ? "" : " ")
  }

  static func checkRules(seed: UInt64, count: Int) async throws {
    var random = SeededGenerator(seed: seed)
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let pieces = [
      "self.n", "self.s", "self.l", "self.m", "oldSelf.n", "==", "!=", "<", "+", "-", "*", "/", "%", "&&", "||", "!",
      "(", ")", "[", "]", "{", "}", ",", "?", ":", "1", "0", "-1", "2u", "1.5", "'a'", "\"\\n\"", "b'x'", "true",
      "null", ".size()", ".all(x, x != '')", ".exists(i, v, i > 0)", ".map(x, x)", ".filter(x, true)",
      ".matches('a*')", ".?n", "[?0]", ".orValue(1)", "in", "has(self.s)", "quantity('1')", "duration('1h')",
      "timestamp('2020-01-01T00:00:00Z')", "int(self.s)", "sets.contains(self.l, ['a'])", "'%d'.format([self.n])",
      "lists.range(9)", "ip('1.2.3.4')", "semver('1.0.0')", ".substring(1)", ".split(',')", ".join('')", "é", "\u{0}",
    ]
    let schema: JSON = [
      "type": "object",
      "properties": [
        "n": ["type": "integer"], "s": ["type": "string", "maxLength": 20],
        "l": ["type": "array", "maxItems": 5, "items": ["type": "string", "maxLength": 9]],
        "m": ["type": "object", "maxProperties": 4, "additionalProperties": ["type": "integer"]],
      ],
    ]
    var accepted = 0
    for round in 0..<count {
      var spec = schema
      let rule = text(pieces, 9, &random)
      spec["x-kubernetes-validations"] = [["rule": .string(rule), "message": "no"]]
      let answer = try await cluster.create(TestCluster.definitions, TestCluster.widgets(spec))
      #expect(answer.code == 201 || answer.code == 422, "seed \(seed), round \(round), \(rule): \(answer.text)")
      guard answer.code == 201 else { continue }
      accepted += 1
      let object = TestCluster.widget("w", ["n": 3, "s": "a,b", "l": ["a", ""], "m": ["k": 1]])
      let judged = try await cluster.create(TestCluster.widgetPath, object)
      #expect(judged.code == 201 || judged.code == 422, "seed \(seed), round \(round), \(rule): \(judged.text)")
      try await cluster.send("DELETE", TestCluster.widgetPath)
      try await cluster.send("DELETE", TestCluster.definitions + "/widgets.example.com")
      await cluster.cluster.settle()
    }
    #expect(accepted > 0 || count < 100)
  }

  static func checkPatches(seed: UInt64, count: Int) async throws {
    var random = SeededGenerator(seed: seed)
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.configMap("a", ["k": "1"], labels: ["l": "1"], finalizers: ["x.io/a", "x.io/b"])
    let paths = [
      "", "/data", "/data/k", "/data/~1", "/metadata/finalizers/0", "/metadata/finalizers/-", "/metadata/finalizers/-1",
      "/metadata/finalizers/9", "/metadata/labels/l", "data/x", "/", "//", "/metadata/finalizers/01", "/a/b/c",
    ]
    let values: [JSON] = [
      .null, 1, "x", true, [], [:], ["a": "b"], ["x.io/c"], ["$patch": "delete"], ["$patch": "replace", "k": "v"],
      [["$patch": "replace"]], ["$retainKeys": ["k"]], ["$setElementOrder/finalizers": ["x.io/b", "x.io/a"]],
      ["$deleteFromPrimitiveList/finalizers": ["x.io/a"]],
    ]
    func value(_ random: inout SeededGenerator) -> JSON { values[random.below(values.count)] }
    for round in 0..<count {
      let type: String
      let body: JSON
      switch random.below(4) {
      case 0:
        type = "application/json-patch+json"
        body = .array(
          (0..<random.below(4)).map { _ in
            [
              "op": .string(pick(["add", "remove", "replace", "move", "copy", "test", "x"], &random)),
              "path": .string(pick(paths, &random)), "from": .string(pick(paths, &random)), "value": value(&random),
            ]
          })
      case 1:
        type = "application/apply-patch+yaml"
        body = [
          "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "labels": value(&random)],
          "data": value(&random),
        ]
      default:
        type = random.below(2) == 0 ? "application/merge-patch+json" : "application/strategic-merge-patch+json"
        body = ["data": value(&random), "metadata": random.below(2) == 0 ? value(&random) : ["labels": value(&random)]]
      }
      let answer = try await cluster.send(
        "PATCH", TestCluster.configMaps + "/a", body, type: type, query: ["fieldManager": "m\(random.below(3))"])
      // Upstream answers 500 to patches that do not fit; what the server itself gets wrong says so.
      #expect(
        (200..<600).contains(answer.code) && !answer.message.hasPrefix("Internal error"),
        "seed \(seed), round \(round): \(answer.text)")
    }
  }

  static func checkSelectors(seed: UInt64, count: Int) async throws {
    var random = SeededGenerator(seed: seed)
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.configMap("a", labels: ["a": "1", "b": "x"])
    let pieces = [
      "a", "b", "=", "==", "!=", "!", "in", "notin", "(", ")", ",", "1", "x", "<", ">", " ", "metadata.name", "\\",
      "metadata.namespace", "é", "x/y", "-",
    ]
    for round in 0..<count {
      let name = random.below(2) == 0 ? "labelSelector" : "fieldSelector"
      let selector = text(pieces, 7, &random)
      let answer = try await cluster.get(TestCluster.configMaps, query: [name: selector])
      #expect(answer.code == 200 || answer.code == 400, "seed \(seed), round \(round), \(selector): \(answer.text)")
    }
  }

  static func checkColumns(seed: UInt64, count: Int) async throws {
    var random = SeededGenerator(seed: seed)
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let pieces = [
      ".spec", ".a", "[0]", "[*]", "[-1]", "['a']", "[?(@.type==\"x\")]", "[?(@.a=='", "{", "}", "$", "..", "\\.", "[",
      "]", ".status.conditions", "é",
    ]
    for round in 0..<count {
      let path = text(pieces, 5, &random).replacing(" ", with: "")
      var definition = TestCluster.widgets(["type": "object", "x-kubernetes-preserve-unknown-fields": true])
      var versions = definition["spec"]?["versions"]?.arrayValue ?? []
      versions[0]["additionalPrinterColumns"] = [["name": "C", "type": "string", "jsonPath": .string(path)]]
      definition.setValue(.array(versions), at: ["spec", "versions"])
      let answer = try await cluster.create(TestCluster.definitions, definition)
      #expect(answer.code == 201 || answer.code == 422, "seed \(seed), round \(round), \(path): \(answer.text)")
      guard answer.code == 201 else { continue }
      let object = TestCluster.widget("w", ["a": [["type": "x", "a": 1], 2, "y"], "b": ["c": .null]])
      try await cluster.create(TestCluster.widgetPath, object)
      let table = try await cluster.send(
        "GET", TestCluster.widgetPath, headers: ["Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"])
      #expect(table.code == 200, "seed \(seed), round \(round), \(path): \(table.text)")
      try await cluster.send("DELETE", TestCluster.widgetPath)
      try await cluster.send("DELETE", TestCluster.definitions + "/widgets.example.com")
      await cluster.cluster.settle()
    }
  }
}
