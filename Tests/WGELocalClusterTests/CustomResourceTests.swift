import Synchronization
import Testing
import WGECore
import WGELocalCluster

@Suite struct CustomResourceTests {
  /// A rule, a value for `spec`, and the message that refuses it (nil: it is accepted).
  private static let rules: [(schema: JSON, rule: String, spec: JSON, problem: String?)] = [
    (["a": ["type": "integer"]], "self.a > 1", ["a": 2], nil),
    (["a": ["type": "integer"]], "self.a > 1", ["a": 1], "failed rule: self.a > 1"),
    (["a": ["type": "integer"]], "self.a > 1", [:], "no such key: a evaluating rule: self.a > 1"),
    (["a": ["type": "integer"]], "!has(self.a) || self.a % 2 == 0", [:], nil),
    (["a": ["type": "integer"]], "!has(self.a) || self.a % 2 == 0", ["a": 3], "failed rule"),
    (["a": ["type": "string"]], "self.a.startsWith('x') && self.a.matches('^[a-z]+$')", ["a": "xyz"], nil),
    (["a": ["type": "string"]], "self.a.size() <= 3 ? self.a == 'abc' : false", ["a": "abcd"], "failed rule"),
    (
      ["l": ["type": "array", "maxItems": 10, "items": ["type": "integer"]]],
      "self.l.all(x, x > 0) && self.l.exists(x, x == 3)",
      ["l": [1, 3]], nil
    ),
    (
      ["l": ["type": "array", "maxItems": 10, "items": ["type": "integer"]]], "self.l.exists_one(x, x == 3)",
      ["l": [3, 3]],
      "failed rule"
    ),
    (
      ["l": ["type": "array", "maxItems": 10, "items": ["type": "integer"]]], "self.l.map(x, x * 2).sum() == 12",
      ["l": [1, 2, 3]], nil
    ),
    (
      ["l": ["type": "array", "maxItems": 10, "items": ["type": "integer"]]], "self.l.filter(x, x > 1).size() == 1",
      ["l": [1, 2]], nil
    ),
    (
      ["m": ["type": "object", "additionalProperties": ["type": "string"]]], "self.m.all(k, self.m[k] != '')",
      ["m": ["a": "x"]], nil
    ),
    (
      ["m": ["type": "object", "additionalProperties": ["type": "string"]]], "'a' in self.m", ["m": ["b": "x"]],
      "failed rule"
    ),
    (["a": ["type": "string"]], "self.a in ['x', 'y']", ["a": "z"], "failed rule"),
    (["a": ["type": "number"]], "self.a * 2.0 >= 1.5", ["a": 1], nil),
    (
      ["t": ["type": "string", "format": "date-time"]], "self.t > timestamp('2020-01-01T00:00:00Z')",
      ["t": "2021-01-01T00:00:00Z"], nil
    ),
    (["d": ["type": "string", "format": "duration"]], "self.d <= duration('1h')", ["d": "90m"], "failed rule"),
    (["a-b": ["type": "integer"]], "self.a__dash__b == 1", ["a-b": 1], nil),
    (
      ["a": ["type": "string", "maxLength": 20]], "self.a.split(',').all(x, x.trim() in ['p', 'q'])",
      ["a": "p, q"], nil
    ),
    (["a": ["type": "string"]], "int(self.a) + 1 == 8 && string(7) == self.a", ["a": "7"], nil),
    (["a": ["type": "integer"]], "type(self.a) == int && [1, 2] + [3] == [1, 2, 3]", ["a": 1], nil),
    (["a": ["type": "integer"]], "self.a + 9223372036854775807 > 0", ["a": 1], "integer overflow evaluating rule"),
    (["a": ["type": "integer"]], "1 / self.a == 0 || true", ["a": 0], nil),
  ]

  @Test func rulesDecide() async throws {
    for (schema, rule, spec, problem) in Self.rules {
      let cluster = try TestCluster()
      defer { cluster.cluster.close() }
      let definition = TestCluster.widgets(
        ["type": "object", "properties": schema, "x-kubernetes-validations": [["rule": .string(rule)]]])
      let defined = try await cluster.create(TestCluster.definitions, definition)
      #expect(defined.code == 201, "\(rule): \(defined.message)")
      let answer = try await cluster.create(TestCluster.widgetPath, TestCluster.widget("w", spec))
      #expect(answer.code == (problem == nil ? 201 : 422), "\(rule): \(answer.message)")
      if let problem { #expect(answer.message.contains(problem), "\(rule): \(answer.message)") }
    }
  }

  @Test func transitionRulesSeeTheOldValue() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let spec: JSON = [
      "type": "object",
      "properties": [
        "items": [
          "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
          "items": [
            "type": "object", "required": ["name"],
            "properties": [
              "name": ["type": "string"],
              "value": [
                "type": "integer",
                "x-kubernetes-validations": [
                  [
                    "rule": "self >= oldSelf",
                    "messageExpression": "oldSelf > 4 ? 'may not shrink from 5' : 'may not shrink'",
                  ]
                ],
              ],
            ],
          ],
        ]
      ],
    ]
    try await cluster.create(TestCluster.definitions, TestCluster.widgets(spec))
    func items(_ a: JSON, _ b: JSON) -> JSON { ["items": [["name": "a", "value": a], ["name": "b", "value": b]]] }
    #expect(try await cluster.create(TestCluster.widgetPath, TestCluster.widget("w", items(1, 5))).code == 201)
    #expect(try await cluster.merge(TestCluster.widgetPath + "/w", ["spec": items(2, 5)]).code == 200)
    let refused = try await cluster.merge(
      TestCluster.widgetPath + "/w", ["spec": ["items": [["name": "b", "value": 4], ["name": "a", "value": 2]]]])
    #expect(refused.code == 422)
    #expect(refused.message.contains("spec.items[0].value: Invalid value: 4: may not shrink from 5"))
  }

  @Test func schemasRefuseInTheirWords() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let spec: JSON = [
      "type": "object",
      "properties": [
        "port": ["x-kubernetes-int-or-string": true],
        "when": ["type": "string", "format": "date-time"],
        "set": ["type": "array", "x-kubernetes-list-type": "set", "items": ["type": "string"]],
        "nullable": ["type": "string", "nullable": true],
        "map": ["type": "object", "additionalProperties": ["type": "integer"], "maxProperties": 1],
        "one": [
          "type": "object", "properties": ["a": ["type": "integer"], "b": ["type": "integer"]],
          "oneOf": [["required": ["a"]], ["required": ["b"]]],
        ],
        "ratio": ["type": "number", "multipleOf": 0.5, "minimum": 0, "exclusiveMinimum": true],
      ],
    ]
    #expect(try await cluster.create(TestCluster.definitions, TestCluster.widgets(spec)).code == 201)
    let table: [(JSON, String?)] = [
      (["port": 80], nil), (["port": "http"], nil), (["nullable": .null], nil),
      (["port": 1.5], "spec.port in body must be of type integer,string: \"number\""),
      (["when": "yesterday"], "spec.when in body must be of type date-time: \"yesterday\""),
      (["set": ["a", "a"]], "spec.set[1]: Duplicate value: \"a\""),
      (["map": ["a": 1, "b": 2]], "spec.map: Too many: 2: must have at most 1 item"),
      (
        ["map": ["a": "x"]],
        "spec.map.a: Invalid value: \"string\": spec.map.a in body must be of type integer: \"string\""
      ),
      (["one": [:]], "\"spec.one\" must validate one and only one schema (oneOf). Found none valid"),
      (["ratio": 0.7], "spec.ratio in body should be a multiple of"),
      (["ratio": 0], "spec.ratio in body should be greater than 0"),
    ]
    for (index, (value, problem)) in table.enumerated() {
      let answer = try await cluster.create(TestCluster.widgetPath, TestCluster.widget("w\(index)", value))
      #expect(answer.code == (problem == nil ? 201 : 422), "\(value): \(answer.message)")
      if let problem { #expect(answer.message.contains(problem), "\(answer.message)") }
    }
  }

  @Test func definitionsRefuseInTheirWords() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let table: [(JSON, String)] = [
      (["type": "array"], "properties[spec].items: Required value: must be specified"),
      (
        ["type": "object", "properties": ["a": ["type": "string", "default": 1]]],
        "properties[spec].properties[a].default"
      ),
      (["type": "wrong"], "properties[spec].type: Unsupported value: \"wrong\""),
      (["type": "string", "pattern": "["], "properties[spec].pattern: Invalid value"),
      (
        ["type": "object", "properties": ["a": ["type": "string"]], "additionalProperties": ["type": "string"]],
        "additionalProperties and properties are mutual exclusive"
      ),
      (
        ["type": "array", "items": ["type": "object"], "x-kubernetes-list-type": "map"],
        "x-kubernetes-list-map-keys: Required value"
      ),
    ]
    for (spec, problem) in table {
      let answer = try await cluster.create(TestCluster.definitions, TestCluster.widgets(spec))
      #expect(answer.code == 422, "\(spec)")
      #expect(answer.message.contains(problem), "\(answer.message)")
    }
  }

  @Test func definitionsThatTakeNamesOfOthersAreNotServed() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let spec: JSON = ["type": "object"]
    try await cluster.create(TestCluster.definitions, TestCluster.widgets(spec))
    var other = TestCluster.widgets(spec)
    other.setValue("gizmos.example.com", at: ["metadata", "name"])
    other.setValue(["plural": "gizmos", "kind": "Widget"], at: ["spec", "names"])
    #expect(try await cluster.create(TestCluster.definitions, other).code == 201)
    let stored = try await cluster.get(TestCluster.definitions + "/gizmos.example.com").body
    let conditions = stored["status"]?["conditions"]?.arrayValue ?? []
    #expect(conditions.first { $0["type"] == "NamesAccepted" }?["reason"] == "ListKindConflict")
    #expect(try await cluster.get("/apis/example.com/v1/gizmos").code == 404)
    // The name becomes free, and the second definition is established, also when nothing was left to do before.
    await cluster.cluster.settle()
    try await cluster.send("DELETE", TestCluster.definitions + "/widgets.example.com")
    await cluster.cluster.settle()
    #expect(try await cluster.get("/apis/example.com/v1/gizmos").code == 200)
  }

  @Test func printerColumnsShowInTables() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    var definition = TestCluster.widgets(["type": "object", "properties": ["size": ["type": "integer"]]])
    var version = definition["spec"]?["versions"]?[0] ?? [:]
    version["additionalPrinterColumns"] = [
      ["name": "Size", "type": "integer", "jsonPath": ".spec.size"],
      ["name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"],
      ["name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"],
    ]
    definition.setValue([version], at: ["spec", "versions"])
    try await cluster.create(TestCluster.definitions, definition)
    try await cluster.create(TestCluster.widgetPath, TestCluster.widget("w", ["size": 3]))
    try await cluster.merge(
      TestCluster.widgetPath + "/w/status", ["status": ["conditions": [["type": "Ready", "status": "True"]]]])
    let table = try await cluster.send(
      "GET", TestCluster.widgetPath, headers: ["Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"]
    ).body
    #expect(table["columnDefinitions"]?.arrayValue?.map { $0["name"] ?? "" } == ["Name", "Size", "Ready", "Age"])
    let cells = table["rows"]?[0]?["cells"]?.arrayValue ?? []
    #expect(Array(cells.prefix(3)) == ["w", 3, "True"])
  }

  /// A handler converts in this process, and is asked once for each state of an object.
  @Test func aHandlerConvertsEachStateOnce() async throws {
    let asked = Mutex<[String]>([])
    let cluster = try TestCluster {
      $0.webhookHandler = { call in
        guard call.name == "conversion_webhook_for_widgets.example.com" else { return nil }
        let request = call.body["request"] ?? [:]
        let desired = request["desiredAPIVersion"]?.stringValue ?? ""
        let objects = (request["objects"]?.arrayValue ?? []).map { object in
          var object = object
          object["apiVersion"] = .string(desired)
          object.setValue(.string("seen as \(desired)"), at: ["spec", "note"])
          return object
        }
        asked.withLock { $0.append("\(objects.count) \(desired)") }
        return [
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
          "response": [
            "uid": request["uid"] ?? "", "result": ["status": "Success"], "convertedObjects": .array(objects),
          ],
        ]
      }
    }
    defer { cluster.cluster.close() }
    var definition = TestCluster.widgets(["type": "object", "properties": ["note": ["type": "string"]]])
    var other = definition["spec"]?["versions"]?[0] ?? [:]
    other["name"] = "v2"
    other["storage"] = false
    definition.setValue(.array([definition["spec"]?["versions"]?[0] ?? [:], other]), at: ["spec", "versions"])
    definition.setValue(
      [
        "strategy": "Webhook",
        "webhook": [
          "conversionReviewVersions": ["v1"], "clientConfig": ["url": "https://hooks.example.com/convert"],
        ],
      ], at: ["spec", "conversion"])
    #expect(try await cluster.create(TestCluster.definitions, definition).code == 201)
    await cluster.cluster.settle()
    for name in ["a", "b", "c"] {
      let created = try await cluster.create(TestCluster.widgetPath, TestCluster.widget(name, ["note": "mine"]))
      #expect(created.code == 201 && created.body["spec"]?["note"] == "mine")
    }
    #expect(asked.withLock { $0 }.isEmpty)
    let path = "/apis/example.com/v2/namespaces/default/widgets"
    for _ in 0..<3 {
      let list = try await cluster.get(path)
      let notes = (list.body["items"]?.arrayValue ?? []).map { $0["spec"]?["note"]?.stringValue ?? "" }
      #expect(notes == Array(repeating: "seen as example.com/v2", count: 3))
    }
    #expect(asked.withLock { $0 } == ["3 example.com/v2"])
    let changed = try await cluster.merge(path + "/b", ["metadata": ["labels": ["x": "1"]]])
    #expect(changed.code == 200 && changed.body["apiVersion"] == "example.com/v2")
    #expect(asked.withLock { $0 }.dropFirst() == ["1 example.com/v1", "1 example.com/v2"])
    #expect(try await cluster.get(path).body["items"]?.arrayValue?.count == 3)
    #expect(asked.withLock { $0 }.count == 3)
    #expect(try await cluster.get(TestCluster.widgetPath + "/b").body["spec"]?["note"] == "seen as example.com/v1")
  }
}
