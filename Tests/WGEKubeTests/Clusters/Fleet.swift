import HTTPTypes
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

/// A management cluster in process that holds GitopsClusters and Secrets, and leaves that answer
/// with their server's URL.
final class Fleet: Sendable {
  struct State: Sendable {
    /// Answers in place of the management cluster, for paths that contain the key.
    var failures: [String: KubeError] = [:]
    var hangs = false
    var leafFailure: KubeError?
    var connections: [String] = []
    /// Who asked which leaf.
    var leafRequests: [String] = []
    var managementRequests: [String] = []
  }

  let state = Shared(State())
  let cluster: LocalCluster
  let admin: KubeClient
  let clock: any Clock<Duration>

  init(clock: any Clock<Duration> = ContinuousClock()) async throws {
    self.clock = clock
    cluster = try LocalCluster()
    admin = KubeClient(transport: cluster.transport())
    let definition: JSON = [
      "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
      "metadata": ["name": "gitopsclusters.gitops.weave.works"],
      "spec": [
        "group": "gitops.weave.works", "scope": "Namespaced",
        "names": [
          "kind": "GitopsCluster", "listKind": "GitopsClusterList", "plural": "gitopsclusters",
          "singular": "gitopscluster",
        ],
        "versions": [
          [
            "name": "v1alpha1", "served": true, "storage": true,
            "schema": ["openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]],
          ]
        ],
      ],
    ]
    try await DefinitionInstaller(client: admin).install([DynamicObject(definition)].compactMap(\.self))
    try await admin.create(.namespaces, DynamicObject(.namespaces, name: "flux"))
  }

  deinit { cluster.close() }

  /// The directory's client, whose way can be disturbed.
  var management: KubeClient {
    let state = state
    let base = cluster.transport()
    return KubeClient(transport: Disturbed(base: base, state: state), retry: .none)
  }

  struct Disturbed: KubeTransport {
    let base: any KubeTransport
    let state: Shared<State>

    private func disturb(_ request: KubeRequest) async throws {
      let now = state.withLock { state in
        state.managementRequests.append(request.target)
        return state
      }
      if now.hangs { try await Task.sleep(for: .seconds(1000)) }
      if let failure = now.failures.first(where: { request.path.contains($0.key) }) { throw failure.value }
    }

    func send(_ request: KubeRequest) async throws -> KubeResponse {
      try await disturb(request)
      return try await base.send(request)
    }

    func stream(_ request: KubeRequest) async throws -> KubeByteStream {
      try await disturb(request)
      return try await base.stream(request)
    }
  }

  func directory(
    _ readiness: GitopsClusterDirectory.Readiness = .conditions, policy: KubeconfigPolicy = .untrusted,
    syncDeadline: Duration = .seconds(30), connections: ConnectionOptions = ConnectionOptions()
  ) -> GitopsClusterDirectory {
    let state = state
    return GitopsClusterDirectory(
      management: management,
      options: .init(
        readiness: readiness, policy: policy, syncDeadline: syncDeadline, connections: connections)
    ) { kubeconfig in
      let endpoint = try kubeconfig.endpoint()
      state.withLock { $0.connections.append(endpoint.server) }
      return ScriptedTransport { request, _ in
        let who = request.headers[.authorization] ?? request.header("Impersonate-User").first ?? "server"
        let failure = state.withLock { state in
          state.leafRequests.append("\(who)@\(endpoint.server)")
          return state.leafFailure
        }
        if let failure { throw failure }
        return .json(["gitVersion": .string(endpoint.server)])
      }
    }
  }

  func add(
    _ name: String, spec: JSON = ["secretRef": ["name": "kc"]], conditions: [(String, String)]? = nil
  ) async throws {
    let conditions = conditions ?? [("Ready", "True"), ("ClusterConnectivity", "True")]
    var object = DynamicObject(.gitopsClusters, namespace: "flux", name: name)
    object["spec"] = spec
    object["status"] = [
      "conditions": .array(
        conditions.map { ["type": .string($0.0), "status": .string($0.1), "reason": "Why", "message": "since then"] })
    ]
    try await admin.apply(.gitopsClusters, object, force: true)
  }

  func secret(_ name: String, _ data: [String: String]) async throws {
    var object = DynamicObject(.secrets, namespace: "flux", name: name)
    object["data"] = .object(JSONObject(data.map { ($0.key, JSON.string($0.value)) }))
    try await admin.apply(.secrets, object, force: true)
  }

  func kubeconfig(_ server: String, user: JSON = ["token": "leaf"]) -> String {
    let config: JSON = [
      "clusters": [["name": "c", "cluster": ["server": .string(server)]]], "users": [["name": "u", "user": user]],
      "contexts": [["name": "x", "context": ["cluster": "c", "user": "u", "namespace": "apps"]]],
      "current-context": "x",
    ]
    return Base64.encode(config.serialized())
  }
}
