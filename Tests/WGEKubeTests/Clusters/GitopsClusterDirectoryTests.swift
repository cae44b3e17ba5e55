import HTTPTypes
import Testing
import WGECore
import WGEKube
import WGETestSupport

/// A management cluster that holds GitopsClusters and Secrets, and leaves that answer with their
/// server's URL.
private final class Fleet: Sendable {
  struct State: Sendable {
    var clusters: [JSON] = []
    var secrets: [String: JSON] = [:]
    var failure: ScriptedTransport.Answer?
    var hangs = false
    var secretFailure: ScriptedTransport.Answer?
    var connections: [String] = []
    var reads = 0
    /// Who asked which leaf.
    var leafRequests: [String] = []
  }

  let state = Shared(State())
  let clock = ManualClock()

  var management: KubeClient {
    let state = state
    let clock = clock
    let transport = ScriptedTransport { request, _ in
      let now = state.withLock { state in
        state.reads += 1
        return state
      }
      if now.hangs { try await clock.sleep(for: .seconds(1000)) }
      if let failure = now.failure { return failure }
      if request.path.hasSuffix("/gitopsclusters") {
        return .json(["kind": "GitopsClusterList", "metadata": ["resourceVersion": "1"], "items": .array(now.clusters)])
      }
      if let failure = now.secretFailure { return failure }
      guard let secret = now.secrets[request.path] else { return .failure(404, "NotFound") }
      return .json(secret)
    }
    return KubeClient(transport: transport, retry: .none, clock: clock)
  }

  func directory(
    _ readiness: GitopsClusterDirectory.Readiness = .conditions, policy: KubeconfigPolicy = .untrusted,
    maximumUserClients: Int = 10
  ) -> GitopsClusterDirectory {
    let state = state
    return GitopsClusterDirectory(
      management: management,
      options: .init(readiness: readiness, policy: policy, maximumUserClients: maximumUserClients, clock: clock)
    ) { kubeconfig in
      let endpoint = try kubeconfig.endpoint()
      state.withLock { $0.connections.append(endpoint.server) }
      return ScriptedTransport { request, _ in
        let who = request.headers[.authorization] ?? request.header("Impersonate-User").first ?? "server"
        state.withLock { $0.leafRequests.append("\(who)@\(endpoint.server)") }
        return .json(["gitVersion": .string(endpoint.server)])
      }
    }
  }

  func add(_ name: String, spec: JSON = ["secretRef": ["name": "kc"]], conditions: [(String, String)]? = nil) {
    let conditions = conditions ?? [("Ready", "True"), ("ClusterConnectivity", "True")]
    let object: JSON = [
      "metadata": ["name": .string(name), "namespace": "flux"], "spec": spec,
      "status": [
        "conditions": .array(
          conditions.map { ["type": .string($0.0), "status": .string($0.1), "reason": "Why", "message": "since then"] })
      ],
    ]
    state.withLock { $0.clusters.append(object) }
  }

  func secret(_ name: String, _ data: [String: String]) {
    let values = JSONObject(data.map { ($0.key, JSON.string($0.value)) })
    state.withLock {
      $0.secrets["/api/v1/namespaces/flux/secrets/\(name)"] = [
        "apiVersion": "v1", "kind": "Secret", "metadata": ["name": .string(name), "namespace": "flux"],
        "data": .object(values),
      ]
    }
  }

  func kubeconfig(_ server: String, user: JSON = ["token": "leaf"]) -> String {
    let config: JSON = [
      "clusters": [["name": "c", "cluster": ["server": .string(server)]]], "users": [["name": "u", "user": user]],
      "contexts": [["name": "x", "context": ["cluster": "c", "user": "u", "namespace": "apps"]]],
      "current-context": "x",
    ]
    return encode(config.serialized())
  }

  func encode(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = Array(bytes[start..<min(start + 3, bytes.count)])
      let value = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[$1]) : 0) }
      for index in 0..<4 { text.append(index <= group.count ? digits[value >> (18 - 6 * index) & 63] : "=") }
    }
    return text
  }
}

@Suite struct GitopsClusterDirectoryTests {
  private let fleet = Fleet()
  private let leaf = ClusterID(namespace: "flux", name: "leaf")

  private func state(_ directory: GitopsClusterDirectory) async -> ClusterError.Code? {
    await directory.leaves().first?.unavailable?.code
  }

  /// The upstream acceptance table: how the object looks, which Secrets there are, what comes of it.
  @Test(
    arguments: [
      (["secretRef": ["name": "kc"]], ["kc": "value"], nil, nil),
      (["secretRef": ["name": "kc"]], ["kc": "value.yaml"], nil, nil),
      (["secretRef": ["name": "kc"]], ["kc": "kubeconfig"], nil, nil),
      (["capiClusterRef": ["name": "dev"]], ["dev-kubeconfig": "value"], nil, nil),
      (["capiClusterRef": ["name": "dev"], "secretRef": ["name": "kc"]], ["dev-kubeconfig": "value"], nil, nil),
      (["capiClusterRef": ["name": "dev"], "secretRef": ["name": "kc"]], ["kc": "value"], nil, .invalidKubeconfig),
      (["capiClusterRef": ["name": "dev"]], ["dev": "value"], nil, .invalidKubeconfig),
      ([:], ["kc": "value"], nil, .invalidKubeconfig),
      (["secretRef": ["name": "kc"]], [:], nil, .invalidKubeconfig),
      (["secretRef": ["name": "kc"]], ["kc": "foo"], nil, .invalidKubeconfig),
      (["secretRef": ["name": "kc"]], ["kc": "value"], [], .notReady),
      (["secretRef": ["name": "kc"]], ["kc": "value"], ["Ready"], .notReady),
      (["secretRef": ["name": "kc"]], ["kc": "value"], ["ClusterConnectivity"], .notReady),
    ] as [(JSON, [String: String], [String]?, ClusterError.Code?)])
  func acceptance(spec: JSON, secrets: [String: String], conditions: [String]?, expected: ClusterError.Code?)
    async throws
  {
    fleet.add("leaf", spec: spec, conditions: conditions?.map { ($0, "True") })
    for (name, key) in secrets { fleet.secret(name, [key: fleet.kubeconfig("https://leaf")]) }
    let directory = fleet.directory()
    // Whatever its state, the leaf stays listed.
    #expect(await directory.clusters() == [.management, leaf])
    #expect(await state(directory) == expected)
    if let expected {
      let error = await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: .server) }
      #expect(error?.code == expected && error?.cluster == leaf && error?.message.isEmpty == false)
    } else {
      let client = try await directory.client(for: leaf, as: .server)
      #expect(client.defaultNamespace == "apps")
      #expect(try await client.serverVersion().gitVersion == "https://leaf")
    }
  }

  @Test func readinessCanBeRelaxed() async throws {
    fleet.add("leaf", conditions: [("Ready", "False")])
    fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let strict = fleet.directory(.ready)
    #expect(
      await strict.leaves().first?.unavailable?.message
        == "GitopsCluster flux/leaf: condition Ready is not True (Why: since then)")
    #expect(await state(fleet.directory(.kubeconfig)) == nil)
  }

  @Test func theFirstKeyThatIsNotEmptyWins() async throws {
    fleet.add("leaf")
    fleet.secret(
      "kc", ["value": "", "value.yaml": fleet.kubeconfig("https://yaml"), "kubeconfig": fleet.kubeconfig("https://k")])
    #expect(try await fleet.directory().client(for: leaf, as: .server).serverVersion().gitVersion == "https://yaml")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://value"), "value.yaml": fleet.kubeconfig("https://yaml")])
    #expect(try await fleet.directory().client(for: leaf, as: .server).serverVersion().gitVersion == "https://value")
    fleet.secret("kc", ["value": "%%%"])
    #expect(await state(fleet.directory()) == .invalidKubeconfig)
  }

  @Test(
    arguments: [
      ["exec": ["command": "touch", "apiVersion": "client.authentication.k8s.io/v1beta1"]],
      ["tokenFile": "/etc/passwd"],
      ["client-certificate": "/etc/passwd", "client-key": "/etc/shadow"],
    ] as [JSON])
  func tenantsCannotUseTheServersMachine(user: JSON) async throws {
    fleet.add("leaf")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf", user: user)])
    let directory = fleet.directory()
    let error = await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: .server) }
    #expect(error?.code == .invalidKubeconfig && error?.message.contains("Secret flux/kc") == true)
    #expect(fleet.state.value.connections.isEmpty)
    #expect(await state(fleet.directory(policy: .trusted)) == nil)
  }

  @Test func answersAreKeptUntilTheyAreStale() async throws {
    fleet.add("leaf")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let directory = fleet.directory()
    for _ in 0..<5 { _ = try await directory.client(for: leaf, as: .user(name: "jane")) }
    #expect(fleet.state.value.reads == 2 && fleet.state.value.connections == ["https://leaf"])
    fleet.clock.advance(by: KubeDefaults.clusterListLifetime)
    _ = await directory.clusters()
    // The same kubeconfig keeps its connection.
    #expect(fleet.state.value.reads == 4 && fleet.state.value.connections == ["https://leaf"])
    await directory.invalidate()
    _ = await directory.clusters()
    #expect(fleet.state.value.reads == 6)
  }

  @Test func secretsRotateWithoutARestart() async throws {
    fleet.add("leaf")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://old")])
    let directory = fleet.directory()
    let jane = Principal.user(name: "jane")
    #expect(try await directory.client(for: leaf, as: jane).serverVersion().gitVersion == "https://old")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://new")])
    fleet.clock.advance(by: KubeDefaults.clusterListLifetime)
    #expect(try await directory.client(for: leaf, as: jane).serverVersion().gitVersion == "https://new")
    #expect(try await directory.client(for: leaf, as: .server).serverVersion().gitVersion == "https://new")
    // A broken one takes the leaf out, and says so.
    fleet.secret("kc", ["value": fleet.encode(Array("clusters: 5".utf8))])
    fleet.clock.advance(by: KubeDefaults.clusterListLifetime)
    await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: jane) }
    // One that cannot be read just now leaves the last good one.
    fleet.secret("kc", ["value": fleet.kubeconfig("https://newer")])
    fleet.clock.advance(by: KubeDefaults.clusterListLifetime)
    #expect(try await directory.client(for: leaf, as: jane).serverVersion().gitVersion == "https://newer")
    fleet.state.withLock { $0.secretFailure = .failure(503, "ServiceUnavailable") }
    fleet.clock.advance(by: KubeDefaults.clusterListLifetime)
    #expect(try await directory.client(for: leaf, as: jane).serverVersion().gitVersion == "https://newer")
  }

  @Test func principalsGetTheirOwnClients() async throws {
    fleet.add("leaf")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let directory = fleet.directory()
    for principal in [.server, .user(name: "jane"), .bearer(Secret("tok")), .user(name: "jo")] as [Principal] {
      _ = try await directory.client(for: leaf, as: principal).serverVersion()
    }
    #expect(
      fleet.state.value.leafRequests == ["server", "jane", "Bearer tok", "jo"].map { "\($0)@https://leaf" })
    await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: .user(name: "")) }
    await #expect(throws: ClusterError.self) { try await directory.client(for: .management, as: .bearer(Secret(""))) }
    _ = try await directory.client(for: .management, as: .user(name: "jane"))
  }

  @Test func aKubeconfigThatImpersonatesDoesSoForTheServerOnly() async throws {
    fleet.add("leaf")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf", user: ["token": "t", "as": "robot"])])
    let directory = fleet.directory()
    for principal in [.server, .user(name: "jane"), .bearer(Secret("tok"))] as [Principal] {
      _ = try await directory.client(for: leaf, as: principal).serverVersion()
    }
    #expect(fleet.state.value.leafRequests == ["robot", "jane", "Bearer tok"].map { "\($0)@https://leaf" })
  }

  @Test func theLastGoodListStands() async throws {
    fleet.add("leaf")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let directory = fleet.directory()
    #expect(await directory.clusters().count == 2)
    fleet.state.withLock { $0.failure = .failure(500, "InternalError", message: "boom") }
    fleet.clock.advance(by: KubeDefaults.clusterListLifetime)
    #expect(await directory.clusters() == [.management, leaf])
    #expect(await directory.refreshFailure?.message.contains("boom") == true)
    _ = try await directory.client(for: leaf, as: .server)
    // It is not asked again at once, but sooner than usual.
    let reads = fleet.state.value.reads
    _ = await directory.clusters()
    #expect(fleet.state.value.reads == reads)
    fleet.state.withLock { state in
      state.failure = nil
      state.clusters = []
    }
    fleet.clock.advance(by: KubeDefaults.clusterRefreshRetry)
    #expect(await directory.clusters() == [.management])
    #expect(await directory.refreshFailure == nil)
    let error = await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: .server) }
    #expect(error?.code == .unknownCluster)
  }

  @Test func aManagementClusterThatNeverAnsweredIsTheReason() async throws {
    fleet.state.withLock { $0.failure = .failure(403, "Forbidden", message: "may not list") }
    let directory = fleet.directory()
    #expect(await directory.clusters() == [.management])
    let error = await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: .server) }
    #expect(error?.code == .forbidden && error?.message.contains("may not list") == true)
    _ = try await directory.client(for: .management, as: .server)
  }

  @Test func aHangingManagementClusterDelaysNobodyPastTheDeadline() async throws {
    fleet.state.withLock { $0.hangs = true }
    let directory = fleet.directory()
    let task = Task { await directory.clusters() }
    try await fleet.clock.waitForSleepers(2)
    // Its own client needs no list.
    _ = try await directory.client(for: .management, as: .server)
    fleet.clock.advance(by: KubeDefaults.clusterRefreshDeadline)
    #expect(await task.value == [.management])
    #expect(await directory.refreshFailure?.code == .timeout)
  }

  @Test func aCallerThatLeavesProvesNothing() async throws {
    fleet.state.withLock { $0.hangs = true }
    let directory = fleet.directory()
    let task = Task { await directory.clusters() }
    try await fleet.clock.waitForSleepers(2)
    task.cancel()
    _ = await task.value
    try await eventually { fleet.clock.sleeperCount == 0 }
    #expect(await directory.refreshFailure == nil)
    fleet.state.withLock { $0.hangs = false }
    #expect(await directory.clusters() == [.management])
  }

  @Test func oddObjectsTakeNothingElseAway() async throws {
    fleet.state.withLock { state in
      state.clusters = [
        [:], ["metadata": ["name": 5, "namespace": "flux"]],
        ["metadata": ["name": "odd", "namespace": "flux"], "spec": 3, "status": []],
      ]
    }
    fleet.add("leaf")
    fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let directory = fleet.directory()
    #expect(await directory.clusters() == [.management, leaf, ClusterID(namespace: "flux", name: "odd")])
    _ = try await directory.client(for: leaf, as: .server)
  }
}
