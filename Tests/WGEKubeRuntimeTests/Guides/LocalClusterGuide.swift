import Foundation
import HTTPTypes
import Synchronization
import Testing
import WGECore
import WGEKube
import WGELocalCluster

// The code of WGELocalCluster.docc/TestWithLocalCluster.md; GuideTests compares the two.

@Test func aClusterPerTest() async throws {
  let cluster = try LocalCluster()
  defer { cluster.close() }
  let client = KubeClient(transport: cluster.transport())
  try await client.create(.namespaces, DynamicObject(.namespaces, name: "shop"))
  var prices = DynamicObject(.configMaps, namespace: "shop", name: "prices")
  prices["data"] = ["currency": "EUR"]
  try await client.create(.configMaps, prices)

  // Errors are the server's own.
  let twice = await #expect(throws: KubeError.self) { try await client.create(.configMaps, prices) }
  #expect(twice?.isAlreadyExists == true)

  // The caller is somebody; RBAC decides.
  let jane = KubeClient(transport: cluster.transport(as: .user(name: "jane")))
  let refused = await #expect(throws: KubeError.self) { try await jane.list(.configMaps, namespace: "shop") }
  #expect(refused?.isForbidden == true)
}

/// Loses the answers of writes: they took effect, and nobody was told.
final class Forgetful: KubeTransport {
  private let base: any KubeTransport
  private let left: Mutex<Int>

  init(_ base: any KubeTransport, losing count: Int) {
    self.base = base
    left = Mutex(count)
  }

  func send(_ request: KubeRequest) async throws -> KubeResponse {
    let response = try await base.send(request)
    let isLost = left.withLock { left in
      guard request.method != .get, left > 0 else { return false }
      left -= 1
      return true
    }
    if isLost { throw KubeError.transport(TransportFailure(.connectionLost, message: "the answer was lost")) }
    return response
  }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream { try await base.stream(request) }
}

@Test func aLostAnswerIsRepaired() async throws {
  let cluster = try LocalCluster()
  defer { cluster.close() }
  let direct = KubeClient(transport: cluster.transport())
  let client = KubeClient(transport: Forgetful(cluster.transport(), losing: 5))
  let controller = Controller(name: "copier", for: .secrets, client: client) { key, context in
    guard let secret = context.object, key.name == "source" else { return .done }
    var copy = DynamicObject(.configMaps, namespace: key.namespace, name: "copy")
    copy["data"] = ["of": .string(secret.name)]
    try await context.client.apply(.configMaps, copy, force: true)
    return .done
  }
  let running = Task { try await controller.run() }
  defer { running.cancel() }
  try await direct.create(.secrets, DynamicObject(.secrets, namespace: "default", name: "source"))
  try await eventually("it is copied") {
    try await find(.configMaps, ObjectKey(namespace: "default", name: "copy"), direct)?["data"]?["of"] == "source"
  }
}

@Test func aWatcherThatLostItsPlaceListsAgain() async throws {
  let cluster = try LocalCluster()
  defer { cluster.close() }
  let client = KubeClient(transport: cluster.transport())
  let version = try await client.list(.configMaps, namespace: "default").resourceVersion
  try await client.create(.configMaps, DynamicObject(.configMaps, namespace: "default", name: "late"))
  cluster.compact()
  let error = await #expect(throws: KubeError.self) {
    for try await _ in try await client.watch(
      .configMaps, namespace: "default", options: WatchOptions(resourceVersion: version))
    {}
  }
  #expect(error?.isGone == true)
}

struct FixedTime: WallClock {
  func now() -> Timestamp { Timestamp(seconds: 1_767_225_600) }
}

@Test func objectsHaveTheTestsDate() async throws {
  var configuration = LocalCluster.Configuration()
  configuration.wallClock = FixedTime()
  let cluster = try LocalCluster(configuration: configuration)
  defer { cluster.close() }
  let client = KubeClient(transport: cluster.transport())
  let object = try await client.create(.configMaps, DynamicObject(.configMaps, namespace: "default", name: "a"))
  #expect(object["metadata"]?["creationTimestamp"] == "2026-01-01T00:00:00Z")
}

@Test func aWebhookMayRefuse() async throws {
  var configuration = LocalCluster.Configuration()
  configuration.webhookHandler = { call in
    let request = call.body["request"]
    let isAllowed = request?["object"]?["data"]?["owner"] != nil
    return [
      "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
      "response": [
        "uid": request?["uid"] ?? "", "allowed": .bool(isAllowed), "status": ["message": "name an owner"],
      ],
    ]
  }
  let cluster = try LocalCluster(configuration: configuration)
  defer { cluster.close() }
  let client = KubeClient(transport: cluster.transport())
  let hooks = try #require(DynamicObject(try YAML.parseSingle(ownerRule)))
  let resource = try await client.discovery.resource(for: try #require(hooks.groupVersionKind))
  try await client.create(resource, hooks)
  let refused = await #expect(throws: KubeError.self) {
    try await client.create(.configMaps, DynamicObject(.configMaps, namespace: "default", name: "nobodys"))
  }
  #expect("\(try #require(refused))".contains("name an owner"))
}

private let ownerRule = """
  apiVersion: admissionregistration.k8s.io/v1
  kind: ValidatingWebhookConfiguration
  metadata: {name: owners}
  webhooks:
    - name: owners.example.com
      admissionReviewVersions: [v1]
      sideEffects: None
      clientConfig: {url: "https://owners.example.com/check"}
      rules:
        - {apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE]}
  """

/// A namespace of its own on the cluster that `WGE_TEST_KUBECONFIG` names, or on a local one.
func withTestNamespace(_ body: (KubeClient, _ namespace: String) async throws -> Void) async throws {
  let name = "test-\(UInt32.random(in: 0...UInt32.max))"
  let cluster = try LocalCluster()
  defer { cluster.close() }
  let client =
    if let path = ProcessInfo.processInfo.environment["WGE_TEST_KUBECONFIG"] {
      try KubeClient(kubeconfig: try Kubeconfig.load(file: path))
    } else {
      KubeClient(transport: cluster.transport())
    }
  try await client.create(.namespaces, DynamicObject(.namespaces, name: name))
  let result: Result<Void, any Error>
  do { result = .success(try await body(client, name)) } catch { result = .failure(error) }
  _ = try? await client.delete(.namespaces, ObjectKey(name: name))
  try result.get()
}

@Test func theSameTestOnAnyCluster() async throws {
  try await withTestNamespace { client, namespace in
    let informer = Informer(.configMaps, client: client, namespace: namespace)
    let running = Task { try await informer.run() }
    defer { running.cancel() }
    try await informer.waitForSync(timeout: .seconds(30))
    try await client.create(.configMaps, DynamicObject(.configMaps, namespace: namespace, name: "a"))
    try await eventually("it is known") { informer[ObjectKey(namespace: namespace, name: "a")] != nil }
    try await client.delete(.configMaps, ObjectKey(namespace: namespace, name: "a"))
    try await eventually("it is forgotten") { informer[ObjectKey(namespace: namespace, name: "a")] == nil }
  }
}
