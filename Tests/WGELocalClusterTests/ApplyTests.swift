import Testing
import WGECore
import WGELocalCluster

@Suite struct ApplyTests {
  private static let deployments = "/apis/apps/v1/namespaces/default/deployments"

  private func deployment(_ containers: JSON, replicas: JSON? = nil) -> JSON {
    var spec: JSON = [
      "selector": ["matchLabels": ["a": "b"]],
      "template": ["metadata": ["labels": ["a": "b"]], "spec": ["containers": containers]],
    ]
    if let replicas { spec["replicas"] = replicas }
    return ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"], "spec": spec]
  }

  private func containers(_ answer: TestCluster.Answer) -> [JSON] {
    answer.body.value(at: ["spec", "template", "spec", "containers"])?.arrayValue ?? []
  }

  @Test func listItemsBelongToWhoAppliedThem() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = Self.deployments + "/d"
    let first = try await cluster.apply(path, deployment([["name": "a", "image": "a:1"]]), manager: "one")
    #expect(first.code == 201)
    let second = try await cluster.apply(path, deployment([["name": "b", "image": "b:1"]]), manager: "two")
    #expect(second.code == 200)
    #expect(containers(second).map { $0["name"] ?? "" } == ["a", "b"])
    let env: JSON = [["name": "a", "image": "a:1", "env": [["name": "X", "value": "1"]]]]
    #expect(
      containers(try await cluster.apply(path, deployment(env), manager: "one"))[0]["env"]?.arrayValue?.count == 1)
    // What one leaves out goes; what two owns stays.
    let third = try await cluster.apply(path, deployment([["name": "c", "image": "c:1"]]), manager: "one")
    #expect(Set(containers(third).compactMap { $0["name"]?.stringValue }) == ["b", "c"])
  }

  @Test func conflictsNameEveryFieldAndOwner() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = TestCluster.configMaps + "/a"
    func config(_ data: JSON) -> JSON {
      ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": data]
    }
    try await cluster.apply(path, config(["x": "1", "y": "1"]), manager: "one")
    try await cluster.apply(path, config(["z": "1"]), manager: "two")
    let refused = try await cluster.apply(path, config(["x": "9", "y": "9", "z": "9"]), manager: "three")
    #expect(refused.code == 409)
    #expect(
      refused.message
        == "Apply failed with 3 conflicts: conflicts with \"one\":\n- .data.x\n- .data.y\nconflicts with \"two\":\n- .data.z"
    )
    #expect(refused.body["details"]?["causes"]?.arrayValue?.count == 3)
    try await cluster.merge(path, ["data": ["x": "5"]])
    let updater = try await cluster.apply(path, config(["x": "1", "y": "1"]), manager: "one")
    #expect(updater.code == 409)
    #expect(updater.message == "Apply failed with 1 conflict: conflict with \"test\" using v1: .data.x")
    let forced = try await cluster.apply(path, config(["x": "1", "y": "1"]), manager: "one", force: true)
    #expect(forced.body["data"] == ["x": "1", "y": "1", "z": "1"])
  }

  @Test func unknownFieldsAndWrongPartsAreRefused() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = TestCluster.configMaps + "/a"
    let unknown = try await cluster.apply(
      path, ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "nope": 1], manager: "m")
    #expect(unknown.code == 500)
    #expect(unknown.message.hasSuffix(".nope: field not declared in schema"))
    let version = try await cluster.apply(
      path, ["apiVersion": "v2", "kind": "ConfigMap", "metadata": ["name": "a"]], manager: "m")
    #expect(version.code == 400)
  }

  @Test func statusIsAppliedOnItsOwnPath() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let spec: JSON = ["type": "object", "properties": ["size": ["type": "integer"]]]
    try await cluster.create(TestCluster.definitions, TestCluster.widgets(spec))
    let path = TestCluster.widgetPath + "/w"
    var widget = TestCluster.widget("w", ["size": 1])
    widget["status"] = ["phase": "ignored"]
    let created = try await cluster.apply(path, widget, manager: "m")
    #expect(created.code == 201)
    #expect(created.body["status"] == nil)
    let status: JSON = [
      "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "w"], "status": ["phase": "Ready"],
    ]
    let applied = try await cluster.apply(path + "/status", status, manager: "controller")
    #expect(applied.code == 200)
    #expect(applied.body["status"] == ["phase": "Ready"])
    #expect(applied.body["spec"] == ["size": 1])
    #expect(applied.body["metadata"]?["generation"] == 1)
    let owners = applied.body["metadata"]?["managedFields"]?.arrayValue ?? []
    #expect(owners.contains { $0["manager"] == "controller" && $0["subresource"] == "status" })
    // Leaving the spec to its owner, a new apply of the spec keeps the status.
    widget = TestCluster.widget("w", ["size": 2])
    let again = try await cluster.apply(path, widget, manager: "m")
    #expect(again.body["status"] == ["phase": "Ready"])
    #expect(again.body["metadata"]?["generation"] == 2)
  }

  @Test func applyingTheSameAgainWritesNothing() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = Self.deployments + "/d"
    let body = deployment([["name": "a", "image": "a:1", "ports": [["containerPort": 80]]]], replicas: 2)
    let first = try await cluster.apply(path, body, manager: "one")
    let second = try await cluster.apply(path, body, manager: "one")
    #expect(first.body == second.body)
  }

  @Test func aManagerOfMetadataAloneCanLetGo() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = TestCluster.configMaps + "/a"
    try await cluster.configMap("a", ["k": "v"])
    func config(_ annotations: JSON) -> JSON {
      ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "annotations": annotations]]
    }
    try await cluster.apply(path, config(["x": "1"]), manager: "notes")
    let answer = try await cluster.apply(path, config([:]), manager: "notes")
    #expect(answer.code == 200)
    #expect(answer.body["metadata"]?["name"] == "a")
    #expect(answer.body["metadata"]?["uid"] != nil)
    #expect(answer.body["metadata"]?["annotations"] == nil)
    #expect(answer.body["data"] == ["k": "v"])
  }

  @Test func foreignManagersAreKeptOnReplace() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = TestCluster.configMaps + "/a"
    try await cluster.apply(
      path, ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["x": "1"]], manager: "one")
    let replaced = try await cluster.send(
      "PUT", path, ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["x": "1", "y": "2"]])
    let owners = replaced.body["metadata"]?["managedFields"]?.arrayValue ?? []
    #expect(owners.map { $0["manager"]?.stringValue ?? "" } == ["one", "test"])
    #expect(owners[1]["fieldsV1"] == ["f:data": ["f:y": [:]]])
  }
}
