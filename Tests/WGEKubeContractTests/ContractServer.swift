import Foundation
import Synchronization
import Testing
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

#if Server
  import WGELocalClusterServer
#endif

/// A server that the contract is tested against.
///
/// The same tests run against each. `make test` knows the local cluster in process and its HTTPS
/// face; `WGE_TEST_KUBECONFIG` names a file whose current context is an administrator of any other.
enum ContractServer: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case inProcess = "in process"
  case https = "over HTTPS"
  case real = "real cluster"

  var testDescription: String { rawValue }

  static let realKubeconfig = ProcessInfo.processInfo.environment["WGE_TEST_KUBECONFIG"].flatMap {
    $0.isEmpty ? nil : $0
  }

  static var available: [ContractServer] {
    var servers: [ContractServer] = [.inProcess]
    #if Server
      servers.append(.https)
    #endif
    if realKubeconfig != nil { servers.append(.real) }
    return servers
  }

  /// Runs a test in a namespace of its own, which goes afterwards with all that is in it.
  func withServer(_ body: @escaping @Sendable (ContractContext) async throws -> Void) async throws {
    switch self {
    case .inProcess:
      let cluster = try LocalCluster(configuration: Self.configuration)
      defer { cluster.close() }
      try await Self.run(KubeClient(transport: cluster.transport(), retry: .none), body)
    case .https:
      #if Server
        let cluster = try LocalCluster(configuration: Self.configuration)
        defer { cluster.close() }
        let certificates = try ServingCertificates.ephemeral()
        let server = LocalClusterServer(transport: cluster.transport(as: .anonymous), certificates: certificates)
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await server.run() }
          defer { group.cancelAll() }
          let kubeconfig = Kubeconfig(
            clusters: [
              .init(
                name: "local", server: "https://127.0.0.1:\(try await server.port())",
                certificateAuthority: .inline(Secret(Array(certificates.authorityPEM.utf8))))
            ], users: [.init(name: "admin", token: Secret(Self.token))],
            contexts: [.init(name: "local", cluster: "local", user: "admin")], currentContext: "local")
          try await Self.run(try KubeClient(kubeconfig: kubeconfig), body)
        }
      #endif
    case .real:
      guard let path = Self.realKubeconfig else { return }
      try await Self.run(try KubeClient(kubeconfig: try Kubeconfig.load(file: path)), body)
    }
  }

  private static let token = "contract-admin"

  private static var configuration: LocalCluster.Configuration {
    var configuration = LocalCluster.Configuration()
    configuration.tokens = [.init(token: Secret(token), user: "admin", groups: ["system:masters"])]
    return configuration
  }

  private static func run(
    _ client: KubeClient, _ body: @Sendable (ContractContext) async throws -> Void
  ) async throws {
    let name = "wge-contract-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    try await client.create(.namespaces, DynamicObject(.namespaces, name: name))
    let context = ContractContext(client: client, namespace: name)
    let result: Result<Void, any Error>
    do { result = .success(try await body(context)) } catch { result = .failure(error) }
    await context.cleanUp()
    try result.get()
  }
}

/// What a test of the contract works with.
final class ContractContext: Sendable {
  /// An administrator's.
  let client: KubeClient
  /// The test's own.
  let namespace: String
  private let clusterObjects = Mutex<[(ResourceType, String)]>([])

  init(client: KubeClient, namespace: String) {
    var client = client
    client.defaultNamespace = namespace
    self.client = client
    self.namespace = namespace
  }

  func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

  func map(_ name: String, _ data: [String: String] = [:], labels: [String: String] = [:]) -> DynamicObject {
    var object = DynamicObject(.configMaps, namespace: namespace, name: name)
    if !data.isEmpty { object["data"] = .object(JSONObject(data.map { ($0.key, JSON.string($0.value)) })) }
    for (key, value) in labels { object.setLabel(key, to: value) }
    return object
  }

  /// Creates an object outside of the namespace, which is deleted after the test.
  @discardableResult
  func createInCluster(_ resource: ResourceType, _ object: DynamicObject) async throws -> DynamicObject {
    clusterObjects.withLock { $0.append((resource, object.name)) }
    return try await client.create(resource, object)
  }

  /// Installs a definition of widgets in a group of this test's own.
  func installWidgets() async throws -> ResourceType {
    let group = "\(namespace).example.com"
    let widgets = ResourceType(group: group, version: "v1", kind: "Widget", plural: "widgets")
    let definition: JSON = [
      "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
      "metadata": ["name": .string("widgets.\(group)")],
      "spec": [
        "group": .string(group), "scope": "Namespaced",
        "names": [
          "kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget", "shortNames": ["wd"],
        ],
        "versions": [
          [
            "name": "v1", "served": true, "storage": true,
            "subresources": [
              "status": [:],
              "scale": ["specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"],
            ],
            "additionalPrinterColumns": [["name": "Size", "type": "integer", "jsonPath": ".spec.size"]],
            "schema": [
              "openAPIV3Schema": [
                "type": "object",
                "properties": [
                  "spec": [
                    "type": "object", "required": ["size"],
                    "properties": [
                      "size": ["type": "integer", "minimum": 0, "maximum": 10],
                      "color": ["type": "string", "default": "red"],
                      "parts": [
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                        "items": [
                          "type": "object", "required": ["name"],
                          "properties": ["name": ["type": "string"], "count": ["type": "integer"]],
                        ],
                      ],
                    ],
                  ],
                  "status": ["type": "object", "properties": ["size": ["type": "integer"]]],
                ],
              ]
            ],
          ]
        ],
      ],
    ]
    clusterObjects.withLock { $0.append((.customResourceDefinitions, "widgets.\(group)")) }
    try await DefinitionInstaller(client: client).install([DynamicObject(definition)].compactMap(\.self))
    // A real server's handlers follow a moment after the condition.
    try await eventually("widgets are served") {
      do {
        _ = try await self.client.list(widgets, namespace: self.namespace)
        return true
      } catch let error as KubeError where error.isNotFound { return false }
    }
    return widgets
  }

  func widget(_ widgets: ResourceType, _ name: String, _ spec: JSON) -> DynamicObject {
    var object = DynamicObject(widgets, namespace: namespace, name: name)
    object["spec"] = spec
    return object
  }

  /// Whether the controllers of Kubernetes run beside the server: one of them leaves this in each namespace.
  func hasControllerManager() async throws -> Bool {
    do {
      _ = try await client.get(.configMaps, ObjectKey(namespace: "default", name: "kube-root-ca.crt"))
      return true
    } catch let error as KubeError where error.isNotFound { return false }
  }

  func cleanUp() async {
    let client = client.retrying(RetryPolicy())
    for (resource, name) in clusterObjects.withLock({ $0 }).reversed() {
      _ = try? await client.delete(resource, ObjectKey(name: name))
    }
    // Without a controller manager nobody else empties the namespace.
    _ = try? await client.deleteCollection(.configMaps, namespace: namespace)
    _ = try? await client.delete(.namespaces, ObjectKey(name: namespace))
  }
}

/// The error of a call that must fail.
func failure<Value>(
  _ what: String = "the call", sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
) async throws -> KubeError {
  do {
    _ = try await body()
  } catch let error as KubeError {
    return error
  }
  Issue.record("\(what) succeeded", sourceLocation: sourceLocation)
  throw KubeError.request("\(what) succeeded")
}

extension ResourceType {
  static let roles = ResourceType(
    group: "rbac.authorization.k8s.io", version: "v1", kind: "Role", plural: "roles")
  static let roleBindings = ResourceType(
    group: "rbac.authorization.k8s.io", version: "v1", kind: "RoleBinding", plural: "rolebindings")
}
