import HTTPTypes
import Testing
import WGECore
import WGELocalCluster

@Suite struct BuiltInKindTests {
  @Test func secretsTakeTexts() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = "/api/v1/namespaces/default/secrets"
    let secret = try await cluster.create(
      path,
      [
        "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "stringData": ["a": "hello"],
        "data": ["b": "aGk="],
      ])
    #expect(secret.body["data"] == ["a": "aGVsbG8=", "b": "aGk="])
    #expect(secret.body["type"] == "Opaque")
    #expect(secret.body["stringData"] == nil)
    let bad = try await cluster.create(
      path, ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "t"], "data": ["b": "not base64!"]])
    #expect(bad.code == 400)
    #expect(bad.message.contains("illegal base64 data at input byte 3"))
    let tls = try await cluster.create(
      path, ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "t"], "type": "kubernetes.io/tls"])
    #expect(tls.message == "Secret \"t\" is invalid: [data[tls.crt]: Required value, data[tls.key]: Required value]")
  }

  @Test func eventsAreOneKindInTwoGroups() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let event: JSON = [
      "apiVersion": "v1", "kind": "Event", "metadata": ["name": "e"],
      "involvedObject": ["kind": "Pod", "namespace": "default", "name": "p"],
      "reason": "Testing", "message": "hello", "type": "Normal", "source": ["component": "test"], "count": 1,
      "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z",
    ]
    #expect(try await cluster.create("/api/v1/namespaces/default/events", event).code == 201)
    let other = try await cluster.get("/apis/events.k8s.io/v1/namespaces/default/events/e").body
    #expect(other["apiVersion"] == "events.k8s.io/v1")
    #expect(other["note"] == "hello")
    #expect(other["regarding"]?["name"] == "p")
    #expect(other["message"] == nil)
    let found = try await cluster.get(
      "/api/v1/namespaces/default/events", query: ["fieldSelector": "involvedObject.name=p,reason=Testing"])
    #expect(found.body["items"]?.arrayValue?.count == 1)
  }

  @Test func servicesKeepTheirAddress() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let path = "/api/v1/namespaces/default/services"
    let body: JSON = [
      "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web"],
      "spec": ["selector": ["a": "b"], "ports": [["port": 80]]],
    ]
    let created = try await cluster.create(path, body)
    #expect(created.code == 201)
    let address = created.body["spec"]?["clusterIP"]
    #expect(address?.stringValue?.hasPrefix("10.") == true)
    #expect(created.body["spec"]?["ports"]?[0]?["targetPort"] == 80)
    let replaced = try await cluster.send("PUT", path + "/web", body)
    #expect(replaced.body["spec"]?["clusterIP"] == address)
    #expect(try await cluster.merge(path + "/web", ["spec": ["clusterIP": "10.1.2.3"]]).code == 422)
  }

  @Test func quantitiesAreCanonical() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    for (index, (given, shown)) in [
      ("1000m", "1"), ("0.5", "500m"), ("1024Ki", "1Mi"), ("1.5Gi", "1536Mi"), ("100M", "100M"), ("0", "0"),
      ("1e3", "1e3"),
      ("12000", "12k"), ("0.1", "100m"),
    ].enumerated() {
      let answer = try await cluster.create(
        "/api/v1/namespaces/default/pods",
        [
          "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string("p\(index)")],
          "spec": ["containers": [["name": "c", "image": "i", "resources": ["limits": ["memory": .string(given)]]]]],
        ])
      #expect(
        answer.body.value(at: ["spec", "containers"])?[0]?["resources"]?["limits"]?["memory"]?.stringValue == shown,
        "\(given)")
    }
  }

  @Test func writesWithoutAnEffectKeepTheVersion() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let created = try await cluster.configMap("a", ["k": "v"])
    let replaced = try await cluster.send("PUT", TestCluster.configMaps + "/a", created.body)
    #expect(replaced.body["metadata"]?["resourceVersion"] == created.body["metadata"]?["resourceVersion"])
    var stale = created.body
    stale.setValue("1", at: ["metadata", "resourceVersion"])
    let refused = try await cluster.send("PUT", TestCluster.configMaps + "/a", stale)
    #expect(refused.code == 409)
    #expect(
      refused.message
        == "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
    )
    let wrong = try await cluster.send(
      "DELETE", TestCluster.configMaps + "/a", ["preconditions": ["uid": "other"]])
    #expect(wrong.code == 409)
  }

  @Test func concurrentPatchesAllCount() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.configMap("a")
    try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<40 {
        group.addTask { try await cluster.merge(TestCluster.configMaps + "/a", ["data": [("k\(index)"): "x"]]).code }
      }
      for try await code in group { #expect(code == 200) }
    }
    #expect(try await cluster.get(TestCluster.configMaps + "/a").body["data"]?.objectValue?.count == 40)
  }

  @Test func discoveryAndSchemasAreServed() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    let groups = try await cluster.send("GET", "/apis", headers: ["Accept": accept])
    #expect(groups.body["kind"] == "APIGroupDiscoveryList")
    #expect(groups.headers[.contentType]?.contains("as=APIGroupDiscoveryList") == true)
    let index = try await cluster.get("/openapi/v3").body
    for path in (index["paths"]?.objectValue ?? JSONObject()).compactMap({ $0.value["serverRelativeURL"]?.stringValue })
    {
      let document = try await cluster.get(path)
      #expect(document.body["openapi"] == "3.0.0", "\(path)")
    }
    #expect(try await cluster.get("/openapi/v2").body["swagger"] == "2.0")
    #expect(try await cluster.get("/readyz", query: ["verbose": ""]).text.hasSuffix("readyz check passed\n"))
  }
}
