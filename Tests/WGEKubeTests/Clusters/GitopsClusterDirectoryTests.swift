import Testing
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

@Suite struct GitopsClusterDirectoryTests {
  private let leaf = ClusterID(namespace: "flux", name: "leaf")
  private let jane = Principal.user(name: "jane")

  private func state(_ directory: GitopsClusterDirectory) async -> ClusterError.Code? {
    await directory.leaves().first?.unavailable?.code
  }

  private func server(_ directory: GitopsClusterDirectory, as principal: Principal = .server) async throws -> String {
    try await directory.client(for: leaf, as: principal).serverVersion().gitVersion
  }

  /// The upstream acceptance table: how the object looks, which Secrets there are, what comes of it.
  @Test(
    arguments: [
      (["secretRef": ["name": "kc"]], ["kc": "value"], nil, nil),
      (["secretRef": ["name": "kc"]], ["kc": "value.yaml"], nil, nil),
      (["secretRef": ["name": "kc"]], ["kc": "config.yaml"], nil, .invalidKubeconfig),
      (["capiClusterRef": ["name": "dev"]], ["dev-kubeconfig": "value"], nil, nil),
      (["capiClusterRef": ["name": "dev"], "secretRef": ["name": "kc"]], ["dev-kubeconfig": "value"], nil, nil),
      (["capiClusterRef": ["name": "dev"], "secretRef": ["name": "kc"]], ["kc": "value"], nil, .invalidKubeconfig),
      (["capiClusterRef": ["name": "dev"]], ["dev": "value"], nil, .invalidKubeconfig),
      ([:], ["kc": "value"], nil, .invalidKubeconfig),
      (["secretRef": ["name": "kc"]], [:], nil, .invalidKubeconfig),
      (["secretRef": ["name": "kc,metadata.name!=x"]], ["kc": "value"], nil, .invalidKubeconfig),
      (["secretRef": ["name": "kc"]], ["kc": "foo"], nil, .invalidKubeconfig),
      (["secretRef": ["name": "kc"]], ["kc": "value"], [], .notReady),
      (["secretRef": ["name": "kc"]], ["kc": "value"], ["Ready"], .notReady),
      (["secretRef": ["name": "kc"]], ["kc": "value"], ["ClusterConnectivity"], .notReady),
    ] as [(JSON, [String: String], [String]?, ClusterError.Code?)])
  func acceptance(spec: JSON, secrets: [String: String], conditions: [String]?, expected: ClusterError.Code?)
    async throws
  {
    let fleet = try await Fleet()
    try await fleet.add("leaf", spec: spec, conditions: conditions?.map { ($0, "True") })
    for (name, key) in secrets { try await fleet.secret(name, [key: fleet.kubeconfig("https://leaf")]) }
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
    let fleet = try await Fleet()
    try await fleet.add("leaf", conditions: [("Ready", "False")])
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    #expect(
      await fleet.directory(.ready).leaves().first?.unavailable?.message
        == "GitopsCluster flux/leaf: condition Ready is not True (Why: since then)")
    #expect(await state(fleet.directory(.kubeconfig)) == nil)
  }

  @Test func theFirstKeyThatIsNotEmptyWins() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret(
      "kc", ["value": fleet.kubeconfig("https://value"), "value.yaml": fleet.kubeconfig("https://yaml")])
    #expect(try await server(fleet.directory()) == "https://yaml")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://value"), "value.yaml": ""])
    #expect(try await server(fleet.directory()) == "https://value")
  }

  @Test(
    arguments: [
      ["exec": ["command": "touch", "apiVersion": "client.authentication.k8s.io/v1beta1"]],
      ["tokenFile": "/etc/passwd"],
      ["client-certificate": "/etc/passwd", "client-key": "/etc/shadow"],
    ] as [JSON])
  func tenantsCannotUseTheServersMachine(user: JSON) async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf", user: user)])
    let directory = fleet.directory()
    let error = await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: .server) }
    #expect(error?.code == .invalidKubeconfig && error?.message.contains("Secret flux/kc") == true)
    #expect(fleet.state.value.connections.isEmpty)
    #expect(await state(fleet.directory(policy: .trusted)) == nil)
  }

  @Test func nothingIsAskedWhileNothingChanges() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let directory = fleet.directory()
    _ = try await directory.client(for: leaf, as: jane)
    // The watches open by themselves after the lists.
    try await eventually { fleet.state.value.managementRequests.count == 4 }
    for _ in 0..<100 {
      _ = try await directory.client(for: leaf, as: jane)
      _ = await directory.leaves()
    }
    #expect(fleet.state.value.managementRequests.count == 4 && fleet.state.value.connections == ["https://leaf"])
    // One Secret is read, and no other.
    #expect(
      fleet.state.value.managementRequests.filter { $0.contains("secrets") }
        .allSatisfy { $0.contains("/namespaces/flux/secrets?") && $0.contains("fieldSelector=metadata.name=kc") })
  }

  @Test func secretsRotateWithoutARestart() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://old")])
    let directory = fleet.directory()
    #expect(try await server(directory, as: jane) == "https://old")
    let old = try await directory.client(for: leaf, as: jane)
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://new")])
    try await eventually { try await self.server(directory, as: self.jane) == "https://new" }
    #expect(try await server(directory) == "https://new")
    // Whoever holds the old one finishes with it.
    #expect(try await old.serverVersion().gitVersion == "https://old")
    // A broken one takes the leaf out, and says so.
    try await fleet.secret("kc", ["value": Base64.encode(Array("clusters: 5".utf8))])
    try await eventually { await self.state(directory) == .invalidKubeconfig }
    await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: jane) }
    // So does one that is gone, until it is back.
    try await fleet.admin.delete(.secrets, ObjectKey(namespace: "flux", name: "kc"))
    try await eventually {
      await directory.leaves().first?.unavailable?.message.contains("does not exist") == true
    }
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://newer")])
    try await eventually { try await self.server(directory, as: self.jane) == "https://newer" }
  }

  /// Unrelated changes of the Secret keep the connection.
  @Test func theSameKubeconfigKeepsItsConnection() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let directory = fleet.directory()
    _ = try await server(directory)
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf"), "note": "Zm9v"])
    try await fleet.add("other", spec: ["secretRef": ["name": "none"]])
    try await eventually { await directory.clusters().count == 3 }
    _ = try await server(directory)
    #expect(fleet.state.value.connections == ["https://leaf"])
  }

  @Test func principalsGetTheirOwnClients() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let directory = fleet.directory()
    for principal in [.server, jane, .bearer(Secret("tok")), .user(name: "jo")] as [Principal] {
      _ = try await server(directory, as: principal)
    }
    #expect(
      fleet.state.value.leafRequests == ["server", "jane", "Bearer tok", "jo"].map { "\($0)@https://leaf" })
    await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: .user(name: "")) }
    await #expect(throws: ClusterError.self) { try await directory.client(for: .management, as: .bearer(Secret(""))) }
    _ = try await directory.client(for: .management, as: jane)
  }

  @Test func aKubeconfigThatImpersonatesDoesSoForTheServerOnly() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf", user: ["token": "t", "as": "robot"])])
    let directory = fleet.directory()
    for principal in [.server, jane, .bearer(Secret("tok"))] as [Principal] {
      _ = try await server(directory, as: principal)
    }
    #expect(fleet.state.value.leafRequests == ["robot", "jane", "Bearer tok"].map { "\($0)@https://leaf" })
  }

  @Test func whatWasKnownLastStands() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let directory = fleet.directory()
    #expect(try await server(directory) == "https://leaf")
    let down = KubeError.transport(TransportFailure(.cannotConnect, message: "boom"))
    fleet.state.withLock { $0.failures = ["/gitopsclusters": down, "/secrets": down] }
    // Ends the watches, so that they meet the failure.
    fleet.cluster.compact()
    #expect(await directory.clusters() == [.management, leaf])
    _ = try await server(directory)
  }

  @Test func aManagementClusterThatNeverAnsweredIsTheReason() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    fleet.state.withLock {
      $0.failures = ["/gitopsclusters": .status(KubeStatus(code: 403, reason: .forbidden, message: "may not list"))]
    }
    let directory = fleet.directory()
    #expect(await directory.clusters() == [.management])
    let error = await #expect(throws: ClusterError.self) { try await directory.client(for: leaf, as: .server) }
    #expect(error?.code == .forbidden && error?.message.contains("may not list") == true)
    #expect(await directory.refreshFailure?.code == .forbidden)
    _ = try await directory.client(for: .management, as: .server)
    // It is asked again by itself.
    fleet.state.withLock { $0.failures = [:] }
    try await eventually { await directory.clusters().count == 2 }
    try await eventually { await directory.refreshFailure == nil }
  }

  @Test func aSecretThatMayNotBeReadIsTheReason() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    fleet.state.withLock {
      $0.failures = ["/secrets": .status(KubeStatus(code: 403, reason: .forbidden, message: "no secrets for you"))]
    }
    let error = await #expect(throws: ClusterError.self) {
      try await fleet.directory().client(for: leaf, as: .server)
    }
    #expect(error?.code == .invalidKubeconfig && error?.message.contains("no secrets for you") == true)
  }

  @Test func aHangingManagementClusterDelaysNobodyPastTheDeadline() async throws {
    let fleet = try await Fleet()
    fleet.state.withLock { $0.hangs = true }
    let clock = ManualClock()
    let directory = fleet.directory(connections: ConnectionOptions(clock: clock))
    let task = Task { await directory.clusters() }
    try await clock.waitForSleepers()
    // Its own client needs no list.
    _ = try await directory.client(for: .management, as: .server)
    clock.advance(by: .seconds(30))
    #expect(await task.value == [.management])
    #expect(await directory.refreshFailure?.code == .timeout)
    // Only the first caller waited.
    #expect(await directory.clusters() == [.management])
  }

  @Test func aCallerThatLeavesProvesNothing() async throws {
    let fleet = try await Fleet()
    fleet.state.withLock { $0.hangs = true }
    let directory = fleet.directory()
    let task = Task { await directory.clusters() }
    try await eventually { !fleet.state.value.managementRequests.isEmpty }
    task.cancel()
    _ = await task.value
    #expect(await directory.refreshFailure == nil)
  }

  /// Whoever creates a Secret and asks at once must not be told that there is none.
  @Test func aSecretThatTheWatchDoesNotShowYetIsLookedFor() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    let clock = ManualClock()
    let directory = fleet.directory(connections: ConnectionOptions(clock: clock))
    #expect(await state(directory) == .invalidKubeconfig)
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    // The server was asked just now; it is asked again after the pause, unless the watch is quicker.
    clock.advance(by: KubeDefaults.clusterMissInterval)
    #expect(try await server(directory) == "https://leaf")
  }

  @Test func changesAreTold() async throws {
    let fleet = try await Fleet()
    let directory = fleet.directory()
    let seen = Shared<Set<ClusterID>>([])
    let changes = await directory.changes()
    let reader = Task {
      for await change in changes { seen.withLock { $0.formUnion(change) } }
    }
    func told(_ what: String, _ act: () async throws -> Void) async throws {
      // What the step before leads to may still be under way.
      try await Task.sleep(for: .milliseconds(50))
      seen.withLock { $0 = [] }
      try await act()
      let leaf = leaf
      try await eventually(what) { seen.value.contains(leaf) }
    }
    try await told("created") { try await fleet.add("leaf") }
    try await told("usable") { try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")]) }
    try await told("reachable") { _ = try await server(directory) }
    try await told("rotated") { try await fleet.secret("kc", ["value": fleet.kubeconfig("https://new")]) }
    try await told("unready") { try await fleet.add("leaf", conditions: []) }
    try await told("gone") {
      try await fleet.admin.delete(.gitopsClusters, ObjectKey(namespace: "flux", name: "leaf"))
    }
    reader.cancel()
    await reader.value
  }

  @Test func watchesEndWithTheDirectory() async throws {
    let fleet = try await Fleet()
    var directory: GitopsClusterDirectory? = fleet.directory()
    weak let reference = directory
    let changes = try #require(await directory?.changes())
    _ = await directory?.clusters()
    directory = nil
    // The last handler may hold it for a moment.
    try await eventually { reference == nil }
    for await _ in changes {}
  }

  @Test func healthFollowsTheCalls() async throws {
    let fleet = try await Fleet()
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    let clock = ManualClock()
    let wall = ManualWallClock()
    let directory = fleet.directory(
      connections: ConnectionOptions(
        circuitBreaker: CircuitBreakerOptions(failures: 2, pause: .seconds(5)), clock: clock, wallClock: wall))
    _ = try await directory.client(for: leaf, as: jane)
    #expect(await directory.health(of: leaf) == ClusterHealth())
    let probed = try await directory.probe(leaf)
    #expect(probed?.isReachable == true && probed?.version?.gitVersion == "https://leaf")
    #expect(probed?.lastSeen == wall.now() && probed?.lastError == nil)
    fleet.state.withLock {
      $0.leafFailure = .transport(TransportFailure(.cannotConnect, message: "no route"))
    }
    wall.advance(by: .seconds(60))
    let client = try await directory.client(for: leaf, as: jane).retrying(.none)
    for _ in 0..<2 { await #expect(throws: KubeError.self) { try await client.serverVersion() } }
    let down = try #require(await directory.health(of: leaf))
    #expect(down.isReachable == false && down.isCircuitOpen && down.failuresInARow == 2)
    #expect(down.lastError?.error.message == "no route" && down.lastError?.time == wall.now())
    // Other users are kept away too, at once and without a call.
    let calls = fleet.state.value.leafRequests.count
    let other = try await directory.client(for: leaf, as: .user(name: "jo"))
    let error = await #expect(throws: KubeError.self) { try await other.serverVersion() }
    #expect(fleet.state.value.leafRequests.count == calls && error?.description.contains("no route") == true)
    #expect(ClusterError(leaf, error ?? .request("")).code == .unreachable)
    // After the pause one call is let through.
    fleet.state.withLock { $0.leafFailure = nil }
    clock.advance(by: .seconds(5))
    _ = try await other.serverVersion()
    let back = try #require(await directory.health(of: leaf))
    #expect(back.isReachable == true && !back.isCircuitOpen && back.lastError != nil && back.failuresInARow == 0)
    #expect(await directory.leaves().first?.health == back)
  }

  @Test func oddObjectsTakeNothingElseAway() async throws {
    let fleet = try await Fleet()
    for spec in [3, [], ["secretRef": "kc"], ["secretRef": ["name": 5]]] as [JSON] {
      var object = DynamicObject(.gitopsClusters, namespace: "flux", name: "odd")
      object["spec"] = spec
      object["status"] = []
      try await fleet.admin.apply(.gitopsClusters, object, force: true)
      let directory = fleet.directory()
      #expect(await directory.clusters() == [.management, ClusterID(namespace: "flux", name: "odd")])
      #expect(await state(directory) == .invalidKubeconfig)
    }
    try await fleet.add("leaf")
    try await fleet.secret("kc", ["value": fleet.kubeconfig("https://leaf")])
    #expect(try await server(fleet.directory()) == "https://leaf")
  }
}
