import HTTPTypes
import Synchronization
import WGECore
import WGEGit
import WGEKube
import WGELocalCluster
import WGEPipelines
import WGETestSupport

/// Three clusters, a Git host with a fleet repository, and a Flux that is one function: everything
/// that a pipeline lives in, for tests of the controller and the service.
struct Stage: Sendable {
  static let key = ObjectKey(namespace: "delivery", name: "shop")
  static let eu = ClusterID(namespace: "fleet", name: "eu")
  static let us = ClusterID(namespace: "fleet", name: "us")
  static let releases = ResourceType(
    group: "helm.toolkit.fluxcd.io", version: "v2", kind: "HelmRelease", plural: "helmreleases")
  static let repository = "acme/fleet"

  let management: LocalCluster
  let leaves: [ClusterID: LocalCluster]
  let host: LocalGitHost
  let git: FaultyGitHost
  let faults: Faults
  let wallClock: ManualWallClock

  /// Environment, cluster and namespace of every target.
  static let targets: [(environment: String, cluster: ClusterID, namespace: String)] = [
    ("dev", .management, "shop-dev"), ("staging", eu, "shop-staging"), ("prod", eu, "shop"), ("prod", us, "shop"),
  ]

  /// - Parameter leaves: false: one cluster stands for all three, which is cheaper to set up.
  static func with<R>(
    manual: Bool = true, leaves: Bool = true, _ body: (Stage) async throws -> R
  ) async throws -> R {
    try await withTemporaryDirectory { folder in
      let stage = try await Stage(folder: folder, manual: manual, leaves: leaves)
      defer { for cluster in [stage.management] + stage.leaves.values { cluster.close() } }
      return try await body(stage)
    }
  }

  private init(folder: String, manual: Bool, leaves hasLeaves: Bool) async throws {
    management = try LocalCluster()
    leaves = hasLeaves ? [Self.eu: try LocalCluster(), Self.us: try LocalCluster()] : [:]
    wallClock = ManualWallClock()
    host = try LocalGitHost(
      folder: folder, user: GitHostUser(login: "wge", identity: GitIdentity(name: "WGE", email: "wge@localhost")))
    faults = Faults()
    git = FaultyGitHost(host: host, faults: faults)
    try await prepareRepository()
    try await prepareClusters()
    try await create(manual: manual)
  }

  // MARK: Clients

  /// The cluster as an administrator, without faults.
  var admin: KubeClient { KubeClient(transport: management.transport()) }

  func client(_ cluster: ClusterID) -> KubeClient {
    KubeClient(transport: (leaves[cluster] ?? management).transport())
  }

  /// What the controller uses: faults may hit it.
  var controllerClient: KubeClient {
    KubeClient(transport: FaultyTransport(base: management.transport(), faults: faults)).retrying(.none)
  }

  var directory: StaticClusterDirectory {
    StaticClusterDirectory([.management: admin, Self.eu: client(Self.eu), Self.us: client(Self.us)])
  }

  func repositories() -> PromotionRepositories {
    PromotionRepositories(management: admin, hosts: OneHost(host: git))
  }

  func reconciler(policy: PromotionPolicy = PromotionPolicy()) -> PipelineReconciler {
    let repositories = repositories()
    return PipelineReconciler(
      engine: PromotionEngine(policy: policy), observer: TargetObserver(directory: directory),
      repository: { try await repositories.repository(for: $0) }, wallClock: wallClock)
  }

  /// One reconcile of a fresh process.
  @discardableResult
  func reconcile() async throws -> Requeue {
    wallClock.advance(by: .seconds(1))
    return try await reconciler().reconcile(
      Self.key, ReconcileContext(client: controllerClient, object: nil, wallClock: wallClock))
  }

  func service(right: KubePipelinesService.ApprovalRight = .approve) -> KubePipelinesService {
    KubePipelinesService(
      directory: directory, approvalRight: right, approvalWait: .zero, wallClock: wallClock)
  }

  func pipeline() async throws -> Pipeline { try await admin.get(Pipeline.self, Self.key) }

  func state(_ environment: String) async throws -> PromotionState? {
    try await pipeline().promotion(into: environment)?.state
  }

  // MARK: Setting up

  static func path(_ environment: String) throws -> GitPath { try GitPath("apps/\(environment)/release.yaml") }

  static func file(_ environment: String, _ version: String) -> String {
    """
    # The shop in \(environment).
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {name: shop}
    spec:
      chart:
        spec:
          chart:   shop
          version: "\(version)" # {"$promotion": "delivery:shop:\(environment)"}

    """
  }

  private func prepareRepository() async throws {
    let repository = try RepositoryPath(Self.repository)
    try await host.createRepository(repository)
    _ = try await host.commitFiles(
      CommitRequest(
        branch: BranchName("main"), message: "Begin",
        changes: try ["dev", "staging", "prod"].map { .put(try Self.path($0), text: Self.file($0, "1.0.0")) }
          + [.put(GitPath("README.md"), text: "fleet\n")], allowInitial: true), in: repository)
  }

  private func prepareClusters() async throws {
    let crd = try DynamicObject(YAML.parseSingle(Pipeline.customResourceDefinition))
    let releases = try DynamicObject(
      YAML.parseSingle(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: helmreleases.helm.toolkit.fluxcd.io}
        spec:
          group: helm.toolkit.fluxcd.io
          names: {kind: HelmRelease, listKind: HelmReleaseList, plural: helmreleases, singular: helmrelease}
          scope: Namespaced
          versions:
          - name: v2
            served: true
            storage: true
            subresources: {status: {}}
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """))
    for cluster in [.management] + leaves.keys.sorted() {
      let client = client(cluster)
      for definition in [crd, releases].compactMap(\.self) {
        try await client.create(.customResourceDefinitions, definition)
      }
      for namespace in ["delivery", "shop-dev", "shop-staging", "shop"] {
        try await client.create(
          .namespaces, DynamicObject(apiVersion: "v1", kind: "Namespace", metadata: ObjectMeta(name: namespace)))
      }
    }
    for target in Self.targets where !leaves.isEmpty || target.cluster != Self.us {
      let client = client(target.cluster)
      try await eventually("the releases are served") {
        do {
          _ = try await client.list(Self.releases, namespace: target.namespace)
          return true
        } catch { return false }
      }
      var release = try DynamicObject(
        apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease",
        metadata: ObjectMeta(name: "shop", namespace: target.namespace))
      release["spec"] = ["chart": ["spec": ["chart": "shop", "version": "1.0.0"]]]
      try await client.create(Self.releases, release)
    }
    try await flux()
  }

  static func spec(manual: Bool, url: String) -> PipelineSpec {
    let strategy = PullRequestPromotion(type: .local, url: url, baseBranch: "main")
    return PipelineSpec(
      appRef: .helmRelease("shop"),
      environments: ["dev", "staging", "prod"].map { name in
        PipelineEnvironment(
          name: name,
          targets: targets.filter { $0.environment == name }.map { target in
            PipelineTarget(
              namespace: target.namespace,
              clusterRef: target.cluster.isManagement
                ? nil : ClusterReference(name: target.cluster.name, namespace: "fleet"))
          }, promotion: name == "prod" && manual ? .pullRequest(strategy, manual: true) : nil)
      }, promotion: .pullRequest(strategy))
  }

  private func create(manual: Bool) async throws {
    let url = host.cloneURL(of: try RepositoryPath(Self.repository))
    try await eventually("pipelines are served") {
      do {
        _ = try await admin.list(Pipeline.resource, namespace: "delivery")
        return true
      } catch { return false }
    }
    try await admin.create(Pipeline(namespace: "delivery", name: "shop", spec: Self.spec(manual: manual, url: url)))
  }

  // MARK: What happens

  /// The version of an environment on the base branch.
  func version(_ environment: String) async throws -> String {
    let file = try await host.file(
      try Self.path(environment), at: .branch(BranchName("main")), in: RepositoryPath(Self.repository))
    let json = try YAML.parseSingle(file.bytes)
    return json.value(at: ["spec", "chart", "spec", "version"])?.stringValue ?? ""
  }

  /// A person's commit.
  func bump(_ environment: String, _ version: String) async throws {
    _ = try await host.commitFiles(
      CommitRequest(
        branch: BranchName("main"), message: "Bump \(environment)",
        changes: [.put(try Self.path(environment), text: Self.file(environment, version))]),
      in: RepositoryPath(Self.repository))
  }

  /// Brings every target to the version of its environment, ready.
  func flux() async throws {
    for target in Self.targets {
      let version = try await version(target.environment)
      let client = client(target.cluster)
      let key = ObjectKey(namespace: target.namespace, name: "shop")
      let generation = try await client.get(Self.releases, key).generation ?? 1
      let status: JSON = [
        "observedGeneration": .number(.int(generation)),
        "conditions": [
          [
            "type": "Ready", "status": "True", "reason": "Simulated", "message": "simulated",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
          ]
        ],
        "history": [["chartVersion": .string(version), "status": "deployed"]],
      ]
      try await client.patch(Self.releases, key, .merge(["status": status]), subresource: .status)
    }
  }

  func pullRequests() async throws -> [WGEGit.PullRequest] {
    try await host.listPullRequests(PullRequestFilter(state: nil), in: RepositoryPath(Self.repository))
  }

  func openPullRequest() async throws -> WGEGit.PullRequest? {
    try await host.listPullRequests(PullRequestFilter(), in: RepositoryPath(Self.repository)).first
  }

  @discardableResult
  func merge() async throws -> Bool {
    guard let open = try await openPullRequest() else { return false }
    _ = try await host.mergePullRequest(open.number, MergeRequest(), in: RepositoryPath(Self.repository))
    return true
  }
}

/// A directory of one host that serves one repository, whatever its URL.
struct OneHost: GitHostDirectory {
  let host: any GitHost

  func location(of cloneURL: String, provider: String?, token: Secret<String>?) async throws -> GitHostLocation {
    GitHostLocation(host: host, repository: try RepositoryPath(Stage.repository))
  }
}

/// Lets one write fail: the n-th from now, before or after it took effect. After that the process is
/// dead: nothing it does succeeds until ``restart(failing:)``.
final class Faults: Sendable {
  private struct State {
    var left: Int?
    var isDead = false
    var writes = 0
  }

  private let state = Mutex(State())

  struct Killed: Error {}

  /// A new process. Even numbers kill it before the write `n / 2`, odd ones after it; nil never.
  func restart(failing n: Int?) {
    state.withLock { $0 = State(left: n) }
  }

  var isDead: Bool { state.withLock(\.isDead) }
  /// Writes since the last restart.
  var writes: Int { state.withLock(\.writes) }

  func read() throws {
    if isDead { throw Killed() }
  }

  func write<T>(_ body: () async throws -> T) async throws -> T {
    let left = try state.withLock { state throws(Killed) -> Int? in
      if state.isDead { throw Killed() }
      state.writes += 1
      guard let left = state.left else { return nil }
      state.left = left - 2
      if left == 0 || left == 1 { state.isDead = true }
      return left
    }
    if left == 0 { throw Killed() }
    let value = try await body()
    if left == 1 { throw Killed() }
    return value
  }
}

struct FaultyTransport: KubeTransport {
  let base: any KubeTransport
  let faults: Faults

  func send(_ request: KubeRequest) async throws -> KubeResponse {
    if request.method == .get {
      try faults.read()
      return try await base.send(request)
    }
    return try await faults.write { try await base.send(request) }
  }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream { try await base.stream(request) }
}

/// A host whose writes may be cut.
struct FaultyGitHost: GitHost {
  let host: LocalGitHost
  let faults: Faults

  var provider: String { host.provider }
  var capabilities: GitHostCapabilities { host.capabilities }

  func repository(_ repository: RepositoryPath) async throws -> GitHostRepository {
    try faults.read()
    return try await host.repository(repository)
  }
  func branches(in repository: RepositoryPath, limit: Int) async throws -> [GitBranch] {
    try faults.read()
    return try await host.branches(in: repository, limit: limit)
  }
  func branch(_ name: BranchName, in repository: RepositoryPath) async throws -> GitBranch {
    try faults.read()
    return try await host.branch(name, in: repository)
  }
  func createBranch(
    _ name: BranchName, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> GitBranch {
    try await faults.write { try await host.createBranch(name, at: revision, in: repository) }
  }
  func deleteBranch(_ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath) async throws {
    try await faults.write { try await host.deleteBranch(name, expectedHead: expectedHead, in: repository) }
  }
  func tree(
    at revision: GitRevision, under folder: GitPath?, recursive: Bool, in repository: RepositoryPath
  ) async throws -> [TreeEntry] {
    try faults.read()
    return try await host.tree(at: revision, under: folder, recursive: recursive, in: repository)
  }
  func file(_ path: GitPath, at revision: GitRevision, in repository: RepositoryPath) async throws -> FileContent {
    try faults.read()
    return try await host.file(path, at: revision, in: repository)
  }
  func commit(_ id: GitObjectID, in repository: RepositoryPath) async throws -> GitCommit {
    try faults.read()
    return try await host.commit(id, in: repository)
  }
  func commitFiles(_ request: CommitRequest, in repository: RepositoryPath) async throws -> CommitResult {
    try await faults.write { try await host.commitFiles(request, in: repository) }
  }
  func createPullRequest(_ draft: PullRequestDraft, in repository: RepositoryPath) async throws -> WGEGit.PullRequest {
    try await faults.write { try await host.createPullRequest(draft, in: repository) }
  }
  func findPullRequest(
    head: BranchName, base: BranchName, in repository: RepositoryPath
  ) async throws -> WGEGit.PullRequest? {
    try faults.read()
    return try await host.findPullRequest(head: head, base: base, in: repository)
  }
  func listPullRequests(
    _ filter: PullRequestFilter, in repository: RepositoryPath
  ) async throws -> [WGEGit.PullRequest] {
    try faults.read()
    return try await host.listPullRequests(filter, in: repository)
  }
  func pullRequest(_ number: Int, in repository: RepositoryPath) async throws -> WGEGit.PullRequest {
    try faults.read()
    return try await host.pullRequest(number, in: repository)
  }
  func updatePullRequest(
    _ number: Int, _ update: PullRequestUpdate, in repository: RepositoryPath
  ) async throws -> WGEGit.PullRequest {
    try await faults.write { try await host.updatePullRequest(number, update, in: repository) }
  }
  func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in repository: RepositoryPath
  ) async throws -> WGEGit.PullRequest {
    try await faults.write { try await host.mergePullRequest(number, request, in: repository) }
  }
  func closePullRequest(_ number: Int, in repository: RepositoryPath) async throws -> WGEGit.PullRequest {
    try await faults.write { try await host.closePullRequest(number, in: repository) }
  }
  func commentPullRequest(_ number: Int, _ body: String, in repository: RepositoryPath) async throws {
    try await faults.write { try await host.commentPullRequest(number, body, in: repository) }
  }
  func currentUser() async throws -> GitHostUser { try await host.currentUser() }
}
