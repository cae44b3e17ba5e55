import MetricsTestKit
import Testing
import WGECore
import WGELocalCluster
import WGETestSupport

@testable import WGEKube

@Suite struct CircuitBreakerTests {
  private func breaker() -> CircuitBreaker {
    CircuitBreaker(CircuitBreakerOptions(failures: 3, pause: .seconds(5), maximumPause: .seconds(15)))
  }

  private func opened() -> CircuitBreaker {
    var breaker = breaker()
    for _ in 0..<3 { _ = breaker.failed(now: .zero, isProbe: false) }
    return breaker
  }

  @Test func opensAfterFailuresInARow() {
    var breaker = breaker()
    #expect(breaker.failed(now: .zero, isProbe: false) == false)
    #expect(breaker.failed(now: .zero, isProbe: false) == false)
    breaker.succeeded()
    for expected in [false, false, true, false] {
      #expect(breaker.failed(now: .zero, isProbe: false) == expected)
    }
    #expect(breaker.isOpen && breaker.admit(now: .seconds(2)) == .refused(.seconds(3)))
  }

  @Test func oneProbeDecides() {
    var breaker = opened()
    #expect(breaker.admit(now: .seconds(5)) == .probe)
    #expect(breaker.admit(now: .seconds(5)) == .refused(.seconds(15)))
    // A call from before does not decide, when it fails.
    #expect(breaker.failed(now: .seconds(6), isProbe: false) == false)
    #expect(breaker.failed(now: .seconds(6), isProbe: true) == false)
    #expect(breaker.admit(now: .seconds(15)) == .refused(.seconds(1)))
    #expect(breaker.admit(now: .seconds(16)) == .probe)
    _ = breaker.failed(now: .seconds(16), isProbe: true)
    // The pause is bounded.
    #expect(breaker.admit(now: .seconds(30)) == .refused(.seconds(1)))
    #expect(breaker.admit(now: .seconds(31)) == .probe)
    breaker.succeeded()
    #expect(!breaker.isOpen && breaker.admit(now: .seconds(31)) == .pass)
  }

  @Test func aProbeThatIsGivenUpClosesNoDoor() {
    var breaker = opened()
    #expect(breaker.admit(now: .seconds(5)) == .probe)
    breaker.abandoned(now: .seconds(6))
    #expect(breaker.admit(now: .seconds(6)) == .probe)
    // One that nobody hears of again neither.
    #expect(breaker.admit(now: .seconds(20)) == .refused(.seconds(1)))
    #expect(breaker.admit(now: .seconds(21)) == .probe)
  }

  @Test func anAnswerOfAnyKindIsASignOfLife() {
    var breaker = opened()
    breaker.succeeded()
    #expect(breaker.admit(now: .zero) == .pass)
  }

  @Test func itCanBeOff() {
    var breaker = CircuitBreaker(.never)
    for _ in 0..<1000 {
      let opened = breaker.failed(now: .zero, isProbe: false)
      #expect(!opened)
    }
    #expect(breaker.admit(now: .zero) == .pass)
  }
}

@Suite struct ConnectionTests {
  private let leaf = ClusterID(namespace: "n", name: "leaf")
  private let clock = ManualClock()

  private func transport(_ failure: KubeError?) -> ScriptedTransport {
    ScriptedTransport([failure.map { .init(failure: $0) } ?? .json(["gitVersion": "v1"])])
  }

  /// What counts against a cluster, and what does not.
  @Test(arguments: [
    (TransportFailure.Kind.cannotConnect, true), (.cannotResolve, true), (.tls, true), (.timedOut, true),
    (.connectionLost, true), (.protocolViolation, true), (.tooLarge, false), (.closed, false), (.credentials, false),
  ])
  func failures(kind: TransportFailure.Kind, counts: Bool) async throws {
    let metrics = TestMetrics()
    let client = KubeClient(transport: transport(.transport(TransportFailure(kind, message: "m"))), retry: .none)
    let directory = StaticClusterDirectory(
      [leaf: client],
      options: ConnectionOptions(circuitBreaker: .init(failures: 1), metrics: metrics, clock: clock))
    await #expect(throws: KubeError.self) {
      try await directory.client(for: leaf, as: .server).serverVersion()
    }
    let health = await directory.health(of: leaf)
    #expect(health?.isCircuitOpen == counts && health?.isReachable == (counts ? false : nil))
    if counts {
      let labels = [("cluster", "n/leaf")]
      #expect(try metrics.expectGauge("kube_cluster_reachable", labels).lastValue == 0)
      #expect(try metrics.expectCounter("kube_cluster_circuit_opened_total", labels).totalValue == 1)
      #expect(
        try metrics.expectCounter("kube_cluster_failures_total", labels + [("kind", kind.rawValue)]).totalValue == 1)
      await #expect(throws: KubeError.self) { try await directory.client(for: leaf, as: .server).serverVersion() }
      #expect(try metrics.expectCounter("kube_cluster_refused_total", labels).totalValue == 1)
    }
  }

  @Test func aRefusalIsASignOfLife() async throws {
    let client = KubeClient(transport: ScriptedTransport([.failure(403, "Forbidden")]), retry: .none)
    let directory = StaticClusterDirectory([leaf: client])
    await #expect(throws: KubeError.self) { try await directory.client(for: leaf, as: .server).serverVersion() }
    #expect(await directory.health(of: leaf)?.isReachable == true)
    #expect(await directory.health(of: .management) == nil)
  }

  /// Fan-outs cancel what passes their deadline, and the transport's own time-outs never come.
  @Test func silenceCountsWhenItLasted() async throws {
    let clock = clock
    let hanging = ScriptedTransport { _, _ in
      try await clock.sleep(for: .seconds(1000))
      return .json([:])
    }
    let directory = StaticClusterDirectory(
      [leaf: KubeClient(transport: hanging, retry: .none)],
      options: ConnectionOptions(circuitBreaker: .init(failures: 1), clock: clock))
    for (wait, counts) in [(Duration.seconds(1), false), (KubeDefaults.silentAfter, true)] {
      let client = try await directory.client(for: leaf, as: .server)
      let task = Task { try await client.serverVersion() }
      try await clock.waitForSleepers()
      clock.advance(by: wait)
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(await directory.health(of: leaf)?.isCircuitOpen == counts)
    }
  }

  /// Many users at once, few places in the pool: nobody ever acts as somebody else.
  @Test func usersNeverMeetEachOthersClients() async throws {
    let cluster = try LocalCluster()
    defer { cluster.close() }
    let directory = StaticClusterDirectory(
      [.management: KubeClient(transport: cluster.transport())], options: ConnectionOptions(maximumUserClients: 3))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for worker in 0..<8 {
        tasks.addTask {
          for round in 0..<25 {
            let name = "user-\((worker &* 7 &+ round) % 5)"
            let groups = round % 2 == 0 ? ["a"] : ["b"]
            let client = try await directory.client(for: .management, as: .user(name: name, groups: groups))
            let user = try await client.currentUser()
            #expect(user.name == name && Set(groups).isSubset(of: user.groups))
            #expect(!user.groups.contains(groups == ["a"] ? "b" : "a"))
          }
        }
      }
      try await tasks.waitForAll()
    }
  }

  @Test func contextsAreClusters() async throws {
    let text = """
      current-context: hub
      clusters:
      - {name: c, cluster: {server: "https://hub"}}
      - {name: d, cluster: {server: "https://leaf"}}
      users: [{name: u, user: {token: t}}]
      contexts:
      - {name: hub, context: {cluster: c, user: u}}
      - {name: "arn:aws:eks/leaf", context: {cluster: d, user: u, namespace: apps}}
      """
    let kubeconfig = try Kubeconfig(parsing: Array(text.utf8))
    let directory = try StaticClusterDirectory(kubeconfig: kubeconfig)
    let leaf = ClusterID(namespace: "kubeconfig", name: "arn:aws:eks-leaf")
    #expect(await directory.clusters() == [.management, leaf])
    #expect(ClusterID(leaf.description) == leaf)
    #expect(try await directory.client(for: leaf, as: .server).defaultNamespace == "apps")
    let one = try StaticClusterDirectory(kubeconfig: kubeconfig, contexts: ["hub"], management: "other")
    #expect(await one.clusters() == [ClusterID(namespace: "kubeconfig", name: "hub")])
    #expect(throws: KubeError.self) { try StaticClusterDirectory(kubeconfig: kubeconfig, contexts: ["missing"]) }
    #expect(throws: KubeError.self) { try StaticClusterDirectory(kubeconfig: kubeconfig, contexts: ["hub", "hub"]) }
  }

  @Test func aDirectoryWithoutNewsIsSilentUntilCancelled() async throws {
    struct Quiet: ClusterDirectory {
      func clusters() async -> [ClusterID] { [] }
      func client(for cluster: ClusterID, as principal: Principal) async throws -> KubeClient {
        throw ClusterError(cluster, .unknownCluster, "none")
      }
    }
    let task = Task {
      for await _ in await Quiet().changes() { Issue.record("news") }
    }
    try await Task.sleep(for: .milliseconds(20))
    task.cancel()
    await task.value
  }
}
