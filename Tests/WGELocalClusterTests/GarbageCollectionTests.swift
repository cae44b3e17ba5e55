import Testing
import WGECore
import WGELocalCluster
import WGETestSupport

@Suite struct GarbageCollectionTests {
  private func owner(_ answer: TestCluster.Answer, blocks: Bool = false) -> JSON {
    [
      "apiVersion": "v1", "kind": "ConfigMap", "name": answer.body["metadata"]?["name"] ?? "",
      "uid": answer.body["metadata"]?["uid"] ?? "", "blockOwnerDeletion": .bool(blocks),
    ]
  }

  private func exists(_ cluster: TestCluster, _ name: String) async throws -> Bool {
    try await cluster.get(TestCluster.configMaps + "/\(name)").code == 200
  }

  @Test func dependentsGoWithTheirLastOwner() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let a = try await cluster.configMap("a")
    let b = try await cluster.configMap("b")
    try await cluster.configMap("only-a", owners: [owner(a)])
    try await cluster.configMap("both", owners: [owner(a), owner(b)])
    let child = try await cluster.get(TestCluster.configMaps + "/only-a")
    try await cluster.configMap("grandchild", owners: [owner(child)])
    try await cluster.send("DELETE", TestCluster.configMaps + "/a")
    await cluster.cluster.settle()
    #expect(try await !exists(cluster, "only-a"))
    #expect(try await !exists(cluster, "grandchild"))
    let both = try await cluster.get(TestCluster.configMaps + "/both").body
    #expect(both["metadata"]?["ownerReferences"]?.arrayValue?.map { $0["name"] ?? "" } == ["b"])
    try await cluster.send("DELETE", TestCluster.configMaps + "/b")
    await cluster.cluster.settle()
    #expect(try await !exists(cluster, "both"))
  }

  @Test func foregroundDeletionWaitsForBlockingDependents() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let a = try await cluster.configMap("a")
    try await cluster.configMap("child", owners: [owner(a, blocks: true)], finalizers: ["example.com/hold"])
    let answer = try await cluster.send(
      "DELETE", TestCluster.configMaps + "/a", ["propagationPolicy": "Foreground"])
    #expect(answer.body["metadata"]?["finalizers"] == ["foregroundDeletion"])
    await cluster.cluster.settle()
    #expect(try await exists(cluster, "a"))
    #expect(try await cluster.get(TestCluster.configMaps + "/child").body["metadata"]?["deletionTimestamp"] != nil)
    try await cluster.merge(TestCluster.configMaps + "/child", ["metadata": ["finalizers": .null]])
    await cluster.cluster.settle()
    #expect(try await !exists(cluster, "child"))
    #expect(try await !exists(cluster, "a"))
  }

  @Test func orphansStay() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let a = try await cluster.configMap("a")
    try await cluster.configMap("child", owners: [owner(a)])
    try await cluster.send("DELETE", TestCluster.configMaps + "/a", query: ["propagationPolicy": "Orphan"])
    await cluster.cluster.settle()
    #expect(try await !exists(cluster, "a"))
    let child = try await cluster.get(TestCluster.configMaps + "/child")
    #expect(child.code == 200)
    #expect(child.body["metadata"]?["ownerReferences"] == nil)
  }

  @Test func namespacesTakeTheirContentAlong() async throws {
    let cluster = try TestCluster { $0.controllerDelay = .milliseconds(100) }
    defer { cluster.cluster.close() }
    try await cluster.create(
      "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "n"]])
    try await cluster.create(
      "/api/v1/namespaces/n/configmaps",
      ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "held", "finalizers": ["example.com/hold"]]])
    try await cluster.create(
      "/api/v1/namespaces/n/secrets", ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"]])
    let answer = try await cluster.send("DELETE", "/api/v1/namespaces/n")
    #expect(answer.body["status"]?["phase"] == "Terminating")
    let late = try await cluster.create(
      "/api/v1/namespaces/n/configmaps", ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "late"]])
    #expect(late.code == 403)
    #expect(late.message.contains("because it is being terminated"))
    await cluster.cluster.settle()
    #expect(try await cluster.get("/api/v1/namespaces/n/secrets/s").code == 404)
    #expect(try await cluster.get("/api/v1/namespaces/n").code == 200)
    try await cluster.merge("/api/v1/namespaces/n/configmaps/held", ["metadata": ["finalizers": .null]])
    await cluster.cluster.settle()
    #expect(try await cluster.get("/api/v1/namespaces/n").code == 404)
    #expect(try await cluster.send("DELETE", "/api/v1/namespaces/kube-system").code == 403)
  }

  @Test func workInterruptedByAStopIsTakenUp() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      let first = try TestCluster({ $0.controllerDelay = .seconds(3600) }, storage: .sqlite(path: path))
      let a = try await first.configMap("a")
      try await first.configMap("child", owners: [owner(a)])
      try await first.create(
        "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "n"]])
      try await first.send("DELETE", TestCluster.configMaps + "/a")
      try await first.send("DELETE", "/api/v1/namespaces/n")
      first.cluster.close()
      let second = try TestCluster(storage: .sqlite(path: path))
      defer { second.cluster.close() }
      await second.cluster.settle()
      #expect(try await !exists(second, "child"))
      #expect(try await second.get("/api/v1/namespaces/n").code == 404)
    }
  }

  @Test func controllersCanBeOff() async throws {
    let cluster = try TestCluster { $0.controllers = [] }
    defer { cluster.cluster.close() }
    let a = try await cluster.configMap("a")
    try await cluster.configMap("child", owners: [owner(a)])
    try await cluster.send("DELETE", TestCluster.configMaps + "/a")
    await cluster.cluster.settle()
    #expect(try await exists(cluster, "child"))
  }
}
