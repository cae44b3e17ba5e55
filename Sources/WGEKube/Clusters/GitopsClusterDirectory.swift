internal import WGECore

/// The management cluster and the leaf clusters that its `GitopsCluster` objects name.
///
/// Follows the objects and their kubeconfig Secrets with watches of the management client's own
/// identity, from the first call on: it needs the rights to list and watch `GitopsCluster`s, and to
/// get, list and watch the Secrets that they name (each is watched by its name alone). A Secret
/// whose kubeconfig changed gives new connections within moments, and no client of the old one is
/// handed out again; whoever holds one finishes with it. A leaf that is not ready, or whose
/// kubeconfig cannot be used, stays listed, and asking for its client gives the reason. While the
/// management cluster does not answer, what was known last stands.
///
/// Each way to a leaf is watched over, see ``health(of:)``: a leaf that does not answer several times
/// in a row is not asked for a while. ``changes()`` says which leaves to look at again.
///
/// Kubeconfigs come from whoever may write Secrets, so they may by default neither run commands
/// nor name files; see ``KubeconfigPolicy``.
public actor GitopsClusterDirectory: ClusterDirectory {
  /// What a leaf needs to be used.
  public enum Readiness: Sendable, Hashable {
    /// Its conditions `Ready` and `ClusterConnectivity` are True.
    case conditions
    /// Its condition `Ready` is True.
    case ready
    /// A kubeconfig that can be read: for hosts that run no cluster controller.
    case kubeconfig
  }

  /// How the directory works.
  public struct Options: Sendable {
    /// Where the `GitopsCluster` objects are; nil for all namespaces.
    public var namespace: String?
    /// What a leaf needs to be used.
    public var readiness: Readiness
    /// What a leaf's kubeconfig may make this process do.
    public var policy: KubeconfigPolicy
    /// How long callers wait for the first list, or for a leaf's Secret, before they make do with
    /// what is known.
    public var syncDeadline: Duration
    /// How clients are kept, and when leaves are not asked.
    public var connections: ConnectionOptions

    /// With these values; the properties say what they mean.
    public init(
      namespace: String? = nil, readiness: Readiness = .conditions, policy: KubeconfigPolicy = .untrusted,
      syncDeadline: Duration = KubeDefaults.clusterSyncDeadline, connections: ConnectionOptions = ConnectionOptions()
    ) {
      self.namespace = namespace
      self.readiness = readiness
      self.policy = policy
      self.syncDeadline = syncDeadline
      self.connections = connections
    }
  }

  /// One registered leaf cluster.
  public struct Leaf: Sendable, Hashable {
    /// `namespace/name` of the `GitopsCluster`.
    public var id: ClusterID
    /// Why it cannot be used; nil when it can. Says nothing about whether it answers.
    public var unavailable: ClusterError?
    /// What a person should know about its kubeconfig.
    public var warnings: [String]
    /// What is known of the way to it; nil while there is none.
    public var health: ClusterHealth?
  }

  /// Makes the transport to a leaf. The kubeconfig was checked against the directory's policy.
  public typealias Connector = @Sendable (Kubeconfig) throws -> any KubeTransport

  private struct Entry: Sendable {
    var leaf: GitopsLeaf
    /// What the present connection was made from.
    var kubeconfig: Secret<[UInt8]>?
    /// The state of the Secret that it was read from.
    var secretVersion: String?
    var warnings: [String] = []
    var unavailable: ClusterError?
  }

  /// A collection that is followed, and how far this directory has read it.
  private struct Followed: Sendable {
    let shared: SharedInformer<DynamicObject>
    var readVersion: UInt64?
    /// A caller waited for it in vain; the next does not.
    var isSlow = false
    /// Since a direct look at the server.
    var look: Elapsed?

    var informer: Informer<DynamicObject> { shared.informer }
  }

  private let management: KubeClient
  private let managementID: ClusterID
  private let options: Options
  private let connect: Connector
  private let connections: ClusterConnections
  private let informers: SharedInformers
  private var clusterObjects: Followed?
  private var secrets: [ObjectKey: Followed] = [:]
  private var entries: [ClusterID: Entry] = [:]

  /// - Parameters:
  ///   - management: A client of the management cluster.
  ///   - managementID: What the management cluster is called.
  ///   - connect: Nil connects over HTTP.
  public init(
    management: KubeClient, managementID: ClusterID = .management, options: Options = Options(),
    connect: Connector? = nil
  ) {
    self.management = management
    self.managementID = managementID
    self.options = options
    let policy = options.policy
    self.connect = connect ?? { try HTTPKubeTransport(kubeconfig: $0, policy: policy) }
    connections = ClusterConnections(options.connections)
    connections.connect(managementID, management)
    informers = SharedInformers(
      client: management, watcher: WatcherOptions(clock: options.connections.clock), transform: Self.kept,
      metrics: options.connections.metrics)
  }

  // MARK: Asking

  /// The management cluster and every leaf, whatever its state.
  public func clusters() async -> [ClusterID] {
    await waitForClusters()
    return [managementID] + entries.keys.sorted()
  }

  /// The leaves with their state, in order.
  public func leaves() async -> [Leaf] {
    await waitForClusters()
    await waitForSecrets(of: Array(entries.keys))
    return entries.sorted { $0.key < $1.key }.map { id, entry in
      Leaf(id: id, unavailable: entry.unavailable, warnings: entry.warnings, health: connections.health(of: id))
    }
  }

  /// A client of one cluster that acts as the principal.
  /// - Throws: ``ClusterError``: the reason why the leaf cannot be used.
  public func client(for cluster: ClusterID, as principal: Principal) async throws -> KubeClient {
    // The management cluster's client depends on nothing that is followed.
    if cluster != managementID {
      await waitForClusters()
      await waitForSecrets(of: [cluster])
      if entries[cluster].map({ $0.unavailable != nil }) ?? true { await lookDirectly(cluster) }
      guard let entry = entries[cluster] else {
        if let refreshFailure, clusterObjects?.informer.isSynced != true {
          throw ClusterError(
            cluster, refreshFailure.code, "the clusters cannot be listed: \(refreshFailure.message)")
        }
        throw ClusterError(cluster, .unknownCluster, "there is no GitopsCluster \(cluster)")
      }
      if let unavailable = entry.unavailable { throw unavailable }
    }
    guard let client = try connections.client(for: cluster, as: principal) else {
      throw ClusterError(cluster, .notReady, "no kubeconfig was read yet")
    }
    return client
  }

  /// Clusters that come, go, get other credentials, become usable or cease to be, or whose
  /// reachability changes. Starts to follow the objects where nobody did before.
  public func changes() async -> ClusterChanges {
    let changes = connections.follow()
    start()
    return changes
  }

  /// What is known of the way to a cluster, from the calls that were made; nil while there is none.
  public func health(of cluster: ClusterID) async -> ClusterHealth? { connections.health(of: cluster) }

  /// Asks a cluster for its version, as the host itself: for pages and alerts about clusters that
  /// nobody uses at the moment.
  /// - Returns: What is known of it then; nil while there is no way to it.
  /// - Throws: `CancellationError`.
  @discardableResult
  public func probe(
    _ cluster: ClusterID, deadline: Duration = KubeDefaults.probeDeadline
  ) async throws -> ClusterHealth? {
    if cluster != managementID {
      await waitForClusters()
      await waitForSecrets(of: [cluster])
    }
    return try await connections.probe(cluster, deadline: deadline)
  }

  /// Why the `GitopsCluster` objects are not followed at the moment; nil when they are.
  public var refreshFailure: ClusterError? {
    guard let followed = clusterObjects else { return nil }
    if let interruption = followed.informer.lastInterruption {
      return ClusterError(managementID, Self.code(interruption.failure), interruption.failure.message)
    }
    if followed.isSlow, !followed.informer.isSynced {
      return ClusterError(managementID, .timeout, "no answer within \(options.syncDeadline)")
    }
    return nil
  }

  // MARK: Following

  private func start() {
    guard clusterObjects == nil else { return }
    let shared = informers.informer(for: .gitopsClusters, namespace: options.namespace)
    clusterObjects = Followed(shared: shared)
    follow(shared) { await $0.readClusters() }
  }

  /// Calls the handler after each change, for as long as the collection is followed.
  private nonisolated func follow(
    _ shared: SharedInformer<DynamicObject>, _ handler: @escaping @Sendable (GitopsClusterDirectory) async -> Void
  ) {
    let subscription = shared.informer.subscribe()
    Task { [weak self] in
      for await _ in subscription {
        guard let self else { return }
        await handler(self)
      }
    }
  }

  private func waitForClusters() async {
    start()
    guard let followed = clusterObjects else { return }
    if !followed.isSlow, !followed.informer.answered.isOpen, await !wait(for: [followed.informer]) {
      clusterObjects?.isSlow = true
    }
    readClusters()
  }

  private func waitForSecrets(of clusters: [ClusterID]) async {
    let keys = Set(clusters.compactMap { entries[$0]?.leaf.secret })
    let waiting = keys.filter { key in
      secrets[key].map { !$0.isSlow && !$0.informer.answered.isOpen } ?? false
    }
    if !waiting.isEmpty, await !wait(for: waiting.compactMap { secrets[$0]?.informer }) {
      for key in waiting where secrets[key]?.informer.answered.isOpen == false { secrets[key]?.isSlow = true }
    }
    for key in keys { readSecret(key) }
  }

  /// - Returns: False when the deadline passed first.
  private func wait(for informers: [Informer<DynamicObject>]) async -> Bool {
    let gates = informers.map(\.answered)
    do {
      return try await withDeadline(options.syncDeadline, clock: options.connections.clock) {
        for gate in gates { try await gate.wait() }
        return true
      } ?? false
    } catch {
      // The caller was cancelled, which says nothing about the server.
      return true
    }
  }

  /// Brings the entries in line with the objects as they are known now.
  private func readClusters() {
    guard var followed = clusterObjects else { return }
    let snapshot = followed.informer.snapshot
    guard snapshot.isSynced, snapshot.version != followed.readVersion else { return }
    followed.readVersion = snapshot.version
    clusterObjects = followed
    var leaves: [ClusterID: GitopsLeaf] = [:]
    for object in snapshot.values {
      if let leaf = GitopsLeaf(object, readiness: options.readiness) { leaves[leaf.id] = leaf }
    }
    let gone = entries.keys.filter { leaves[$0] == nil }
    for id in gone {
      entries[id] = nil
      connections.disconnect(id)
    }
    connections.publish(Set(gone))
    let followable = Set(leaves.keys.sorted().prefix(KubeDefaults.maximumLeafClusters))
    var wanted: Set<ObjectKey> = []
    for (id, leaf) in leaves {
      guard followable.contains(id) else {
        set(id, Entry(leaf: leaf, unavailable: ClusterError(id, .other, "there are too many clusters")))
        continue
      }
      var entry = entries[id] ?? Entry(leaf: leaf, unavailable: Self.unread(id))
      entry.leaf = leaf
      set(id, entry)
      if let key = leaf.secret, leaf.isNamed { wanted.insert(key) }
    }
    for key in secrets.keys where !wanted.contains(key) { secrets[key] = nil }
    for key in wanted where secrets[key] == nil {
      let shared = informers.informer(
        for: .secrets, namespace: key.namespace, fieldSelector: "metadata.name=\(key.name)")
      secrets[key] = Followed(shared: shared)
      follow(shared) { await $0.readSecret(key) }
    }
    for id in followable { refresh(id) }
  }

  private func readSecret(_ key: ObjectKey) {
    guard var followed = secrets[key] else { return }
    let version = followed.informer.snapshot.version
    // Before the first list, what keeps it may have become known.
    if followed.informer.isSynced, version == followed.readVersion { return }
    followed.readVersion = version
    secrets[key] = followed
    for (id, entry) in entries where entry.leaf.secret == key { refresh(id) }
  }

  /// Decides anew what becomes of a leaf.
  private func refresh(_ id: ClusterID) {
    guard let entry = entries[id] else { return }
    guard entry.leaf.unavailable == nil, let key = entry.leaf.secret, let followed = secrets[key] else {
      // The connection is kept while the leaf is not ready, so that its return costs nothing.
      var entry = entry
      entry.unavailable = entry.leaf.unavailable ?? entry.unavailable
      return set(id, entry)
    }
    let snapshot = followed.informer.snapshot
    if snapshot.isSynced { return use(snapshot[key], key, for: id) }
    // What was read before stands while the Secret cannot be read.
    if entry.kubeconfig != nil { return }
    var waiting = entry
    if let interruption = followed.informer.lastInterruption {
      waiting.unavailable = ClusterError(
        id, interruption.failure.kind == .refused ? .invalidKubeconfig : Self.code(interruption.failure),
        "Secret \(key) with the kubeconfig may not be read: \(interruption.failure.message)")
    }
    set(id, waiting)
  }

  /// Connects a leaf by its Secret; nil when there is none.
  private func use(_ secret: DynamicObject?, _ key: ObjectKey, for id: ClusterID) {
    guard var entry = entries[id] else { return }
    // Most events are about other leaves.
    if let version = secret?.resourceVersion, version == entry.secretVersion, entry.unavailable == nil,
      connections.isConnected(id)
    {
      return
    }
    do {
      guard let secret else {
        throw ClusterError(id, .invalidKubeconfig, "Secret \(key) with the kubeconfig does not exist")
      }
      let bytes = try GitopsLeaf.kubeconfig(in: secret, for: id)
      if entry.kubeconfig != bytes || !connections.isConnected(id) {
        let (client, warnings) = try client(bytes, key)
        connections.connect(id, client)
        entry.kubeconfig = bytes
        entry.warnings = warnings
      }
      entry.secretVersion = secret.resourceVersion
      entry.unavailable = nil
    } catch {
      entry.kubeconfig = nil
      entry.secretVersion = nil
      entry.warnings = []
      entry.unavailable = ClusterError(id, error)
      connections.disconnect(id)
    }
    set(id, entry)
  }

  /// Asks the server before a leaf is said to be missing or unusable: whoever just created a Secret
  /// may be ahead of the watch.
  private func lookDirectly(_ id: ClusterID) async {
    guard let key = entries[id]?.leaf.secret, entries[id]?.leaf.unavailable == nil, var followed = secrets[key],
      followed.informer.isSynced
    else { return }
    // The watch can be quicker than this at any moment; what it shows may not have been read yet.
    guard followed.informer.snapshot[key] == nil else { return readSecret(key) }
    guard followed.look.map({ $0.duration >= KubeDefaults.clusterMissInterval }) ?? true else { return }
    followed.look = Elapsed(options.connections.clock)
    secrets[key] = followed
    let management = management.retrying(.none)
    let found = try? await withDeadline(options.syncDeadline, clock: options.connections.clock) {
      try await management.get(.secrets, key)
    }
    guard let found, entries[id]?.leaf.secret == key else { return }
    if secrets[key]?.informer.snapshot[key] == nil { use(found, key, for: id) } else { readSecret(key) }
  }

  private func set(_ id: ClusterID, _ entry: Entry) {
    let old = entries.updateValue(entry, forKey: id)
    if old == nil || old?.unavailable != entry.unavailable { connections.publish([id]) }
  }

  private nonisolated func client(_ bytes: Secret<[UInt8]>, _ key: ObjectKey) throws -> (KubeClient, [String]) {
    let kubeconfig = try Kubeconfig(parsing: bytes.reveal(), source: "Secret \(key)")
    let endpoint = try kubeconfig.endpoint(policy: options.policy)
    // Retries, warnings and reports are as the management cluster's; a rate limit is that cluster's own.
    var client = management.limited(by: nil)
    client.sender.identity = RequestIdentity(impersonated: endpoint.user?.impersonates)
    client.defaultNamespace = endpoint.namespace
    return (client.withTransport(try connect(kubeconfig)), endpoint.warnings)
  }

  // MARK: Words

  /// Of a Secret only what may hold a kubeconfig is kept.
  private static let kept = ObjectTransform { object in
    guard object.kind == "Secret" else { return ObjectTransform.dropManagedFields(object) }
    var kept = ObjectTransform.metadataOnly(object)
    var data = JSONObject()
    for key in GitopsLeaf.secretKeys { data[key] = object["data"]?[key] }
    kept["data"] = .object(data)
    return kept
  }

  private static func unread(_ id: ClusterID) -> ClusterError {
    ClusterError(id, .notReady, "no kubeconfig was read yet")
  }

  private static func code(_ failure: WatchFailure) -> ClusterError.Code {
    switch failure.kind {
    case .refused: .forbidden
    case .notFound: .resourceMissing
    case .malformed, .unsupported: .decode
    case .expired, .versionAhead, .transient: .unreachable
    }
  }
}
