import Testing
import WGECore
import WGELocalCluster

/// Schemas that combine others, in the sentences of the real server (recorded from 1.36).
@Suite struct JunctorTests {
  private static let schema: JSON = [
    "a": [
      "type": "object", "properties": ["t": ["type": "string"], "v": ["type": "string"]],
      "oneOf": [
        ["properties": ["t": ["enum": ["IP"]], "v": ["anyOf": [["format": "ipv4"], ["format": "ipv6"]]]]],
        ["properties": ["t": ["not": ["enum": ["IP"]]]]],
      ],
    ],
    "b": ["type": "string", "anyOf": [["pattern": "^x"], ["minLength": 5]]],
    "c": ["type": "integer", "allOf": [["minimum": 3], ["maximum": 1], ["multipleOf": 2]]],
    "d": ["type": "string", "not": ["pattern": "^n"]],
    "e": [
      "type": "object", "properties": ["x": ["type": "integer"], "y": ["type": "integer"]],
      "oneOf": [["required": ["x"]], ["required": ["y"]]],
    ],
    "f": ["type": "string", "minLength": 9, "allOf": [["pattern": "^q"]], "enum": ["qqqqqqqqqq"]],
  ]

  private static let combined = #"<nil>: Invalid value: "": "spec."#

  private static let cases: [(spec: JSON, problems: [String])] = [
    (
      ["a": ["t": "IP", "v": "zz"]],
      [
        combined + #"a" must validate one and only one schema (oneOf). Found none valid"#,
        combined + #"a.v" must validate at least one schema (anyOf)"#,
        #"spec.a.v: Invalid value: "zz": spec.a.v in body must be of type ipv4: "zz""#,
      ]
    ),
    (
      ["b": "abc"],
      [
        combined + #"b" must validate at least one schema (anyOf)"#,
        #"spec.b: Invalid value: "abc": spec.b in body should match '^x'"#,
      ]
    ),
    (
      ["c": 5],
      [
        "spec.c: Invalid value: 5: spec.c in body should be less than or equal to 1",
        "spec.c: Invalid value: 5: spec.c in body should be a multiple of 2",
        combined + #"c" must validate all the schemas (allOf)"#,
      ]
    ),
    (["d": "no"], [combined + #"d" must not validate the schema (not)"#]),
    (
      ["e": ["x": 1, "y": 2]],
      [combined + #"e" must validate one and only one schema (oneOf). Found 2 valid alternatives"#]
    ),
    (
      ["e": [:]],
      [
        combined + #"e" must validate one and only one schema (oneOf). Found none valid"#,
        "spec.e.x: Required value",
      ]
    ),
    (
      ["f": "abc"],
      [
        #"spec.f: Invalid value: "abc": spec.f in body should match '^q'"#,
        combined + #"f" must validate all the schemas (allOf). None validated"#,
        #"spec.f: Invalid value: "abc": spec.f in body should be at least 9 chars long"#,
        #"spec.f: Unsupported value: "abc": supported values: "qqqqqqqqqq""#,
      ]
    ),
    (["a": ["t": "X", "v": "1.2.3.4"]], []), (["a": ["v": "zz"]], []), (["b": "abcde", "d": "yes"], []),
  ]

  @Test func theNearestAlternativeIsTold() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let defined = try await cluster.create(
      TestCluster.definitions, TestCluster.widgets(["type": "object", "properties": Self.schema]))
    #expect(defined.code == 201, "\(defined.message)")
    for (number, (spec, problems)) in Self.cases.enumerated() {
      let answer = try await cluster.create(TestCluster.widgetPath, TestCluster.widget("w\(number)", spec))
      guard !problems.isEmpty else {
        #expect(answer.code == 201, "\(spec): \(answer.message)")
        continue
      }
      #expect(answer.code == 422)
      let list = problems.count == 1 ? problems[0] : "[\(problems.joined(separator: ", "))]"
      #expect(answer.message.hasSuffix("\"w\(number)\" is invalid: \(list)"), "\(answer.message)")
    }
  }

  /// Groups of the Kubernetes community want to know who approved of a definition.
  @Test(
    arguments: [
      ("https://github.com/kubernetes/enhancements/pull/1111", "True", "ApprovedAnnotation"),
      ("unapproved, a test", "False", "UnapprovedAnnotation"), ("nonsense", nil, "with either a URL or a reason"),
      (nil, nil, "protected groups must have approval annotation"),
    ] as [(String?, String?, String)])
  func approval(annotation: String?, status: String?, reason: String) async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    var definition = TestCluster.widgets(["type": "object"])
    definition.setValue("widgets.x.k8s.io", at: ["metadata", "name"])
    definition.setValue("x.k8s.io", at: ["spec", "group"])
    if let annotation {
      definition.setValue(["api-approved.kubernetes.io": .string(annotation)], at: ["metadata", "annotations"])
    }
    let answer = try await cluster.create(TestCluster.definitions, definition)
    guard let status else {
      #expect(answer.code == 422 && answer.message.contains(reason), "\(answer.message)")
      return
    }
    #expect(answer.code == 201, "\(answer.message)")
    let stored = try await cluster.get(TestCluster.definitions + "/widgets.x.k8s.io").body
    let conditions = stored["status"]?["conditions"]?.arrayValue ?? []
    #expect(conditions.compactMap { $0["type"]?.stringValue }.last == "KubernetesAPIApprovalPolicyConformant")
    #expect(conditions.last?["status"] == .string(status) && conditions.last?["reason"] == .string(reason))
  }

  /// Who applies first to an object without owners: what an empty object of the kind has, and what a manager may
  /// not write, nobody is said to have written.
  @Test func ownersBeforeTheFirstApply() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = "/api/v1/namespaces"
    let space: JSON = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]]
    #expect(try await cluster.create(path, space).code == 201)
    #expect(try await cluster.merge(path + "/shop", ["metadata": ["managedFields": [[:]]]]).code == 200)
    #expect(try await cluster.apply(path + "/shop", space, manager: "app").code == 200)
    let owners = try await cluster.get(path + "/shop").body["metadata"]?["managedFields"]?.arrayValue ?? []
    let first = owners.first { $0["manager"] == "before-first-apply" }
    #expect(
      first?["fieldsV1"] == [
        "f:metadata": ["f:labels": [".": [:], "f:kubernetes.io/metadata.name": [:]]], "f:spec": ["f:finalizers": [:]],
      ], "\(owners)")
  }
}
