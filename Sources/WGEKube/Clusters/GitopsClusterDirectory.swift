internal import WGECore

/// The management cluster and the leaf clusters that its `GitopsCluster` objects name.
///
/// Reads the objects and their kubeconfig Secrets with the management client's own identity, at
/// most every ``Options/lifetime``; calls that come while they are fresh ask nobody. A Secret
/// whose kubeconfig changed gives new connections on the next refresh and drops every client of
/// the old one. A leaf that is not ready, or whose kubeconfig cannot be used, stays listed, and
/// asking for its client gives the reason. When the management cluster does not answer, the last
/// good list stands.
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
    /// How long a reading of objects and Secrets stays fresh.
    public var lifetime: Duration
    /// How long callers wait for a new reading before the last good one is used.
    public var refreshDeadline: Duration
    /// Clients kept ready for users, over all clusters.
    public var maximumUserClients: Int
    /// A user's client that was not used for so long is dropped.
    public var userClientLifetime: Duration
    /// For all ages and deadlines.
    public var clock: any Clock<Duration>

    /// With these values; the properties say what they mean.
    public init(
      namespace: String? = nil, readiness: Readiness = .conditions, policy: KubeconfigPolicy = .untrusted,
      lifetime: Duration = KubeDefaults.clusterListLifetime,
      refreshDeadline: Duration = KubeDefaults.clusterRefreshDeadline,
      maximumUserClients: Int = KubeDefaults.maximumUserClients,
      userClientLifetime: Duration = KubeDefaults.userClientLifetime, clock: any Clock<Duration> = ContinuousClock()
    ) {
      self.namespace = namespace
      self.readiness = readiness
      self.policy = policy
      self.lifetime = lifetime
      self.refreshDeadline = refreshDeadline
      self.maximumUserClients = maximumUserClients
      self.userClientLifetime = userClientLifetime
      self.clock = clock
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
  }

  /// Makes the transport to a leaf. The kubeconfig was checked against the directory's policy.
  public typealias Connector = @Sendable (Kubeconfig) throws -> any KubeTransport

  private struct Connection: Sendable {
    var kubeconfig: Secret<[UInt8]>
    var client: KubeClient
    var warnings: [String]
  }

  private struct Entry: Sendable {
    var connection: Connection?
    var unavailable: ClusterError?
  }

  private let management: KubeClient
  private let managementID: ClusterID
  private let options: Options
  private let connect: Connector
  private let refreshes = SingleFlight<Void>()
  private var entries: [ClusterID: Entry] = [:]
  private var pool: ClientPool
  private var age: Elapsed?
  private var wasLoaded = false

  /// Why the last reading failed; nil after a good one.
  public private(set) var refreshFailure: ClusterError?

  /// - Parameters:
  ///   - management: A client of the management cluster that may list `GitopsCluster`s and get
  ///     their Secrets.
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
    pool = ClientPool(
      capacity: options.maximumUserClients, lifetime: options.userClientLifetime, clock: options.clock)
  }

  /// The management cluster and every leaf, whatever its state.
  public func clusters() async -> [ClusterID] {
    await refreshIfStale()
    return [managementID] + entries.keys.sorted()
  }

  /// The leaves with their state, in order.
  public func leaves() async -> [Leaf] {
    await refreshIfStale()
    return entries.sorted { $0.key < $1.key }.map { id, entry in
      Leaf(id: id, unavailable: entry.unavailable, warnings: entry.connection?.warnings ?? [])
    }
  }

  /// A client of one cluster that acts as the principal.
  /// - Throws: ``ClusterError``: the reason why the leaf cannot be used.
  public func client(for cluster: ClusterID, as principal: Principal) async throws -> KubeClient {
    // The management cluster's client depends on no reading.
    if cluster != managementID { await refreshIfStale() }
    let base = try base(for: cluster)
    do {
      if principal == .server { return base }
      return try pool.client(for: ClientPool.Key(cluster: cluster, principal: principal)) {
        try base.acting(as: principal)
      }
    } catch {
      throw ClusterError(cluster, error)
    }
  }

  /// Makes the next call read the objects and Secrets anew.
  public func invalidate() { age = nil }

  private func base(for cluster: ClusterID) throws -> KubeClient {
    if cluster == managementID { return management }
    guard let entry = entries[cluster] else {
      if !wasLoaded, let refreshFailure {
        throw ClusterError(cluster, refreshFailure.code, "the clusters cannot be listed: \(refreshFailure.message)")
      }
      throw ClusterError(cluster, .unknownCluster, "there is no GitopsCluster \(cluster)")
    }
    if let unavailable = entry.unavailable { throw unavailable }
    guard let connection = entry.connection else {
      throw ClusterError(cluster, .notReady, "no kubeconfig was read yet")
    }
    return connection.client
  }

  // MARK: Reading

  private func refreshIfStale() async {
    let allowed = refreshFailure == nil ? options.lifetime : min(options.lifetime, KubeDefaults.clusterRefreshRetry)
    if let age, age.duration < allowed { return }
    // Only the caller's own cancellation is thrown; then what is known has to do.
    try? await refreshes.run { await self.refresh() }
  }

  private func refresh() async {
    let started = Elapsed(options.clock)
    let known = entries
    do {
      let loaded = try await withDeadline(options.refreshDeadline, clock: options.clock) {
        try await self.load(known)
      }
      guard let loaded else {
        throw ClusterError(managementID, .timeout, "no answer within \(options.refreshDeadline)")
      }
      let old = entries
      entries = loaded
      wasLoaded = true
      refreshFailure = nil
      let managementID = managementID
      pool.keep { cluster in
        cluster == managementID
          || loaded[cluster]?.connection != nil
            && loaded[cluster]?.connection?.kubeconfig == old[cluster]?.connection?.kubeconfig
      }
    } catch is CancellationError {
      // Every caller left: nothing is known about the management cluster.
      return
    } catch {
      refreshFailure = ClusterError(managementID, error)
    }
    age = started
  }

  private func load(_ known: [ClusterID: Entry]) async throws -> [ClusterID: Entry] {
    let objects = try await management.listAll(GitopsLeaf.resource, namespace: options.namespace).items
    let leaves = objects.compactMap { GitopsLeaf($0, readiness: options.readiness) }
    return try await withThrowingTaskGroup(of: (ClusterID, Entry).self) { tasks in
      var waiting = leaves[...]
      func start() {
        guard let leaf = waiting.popFirst() else { return }
        let old = known[leaf.id]
        tasks.addTask { (leaf.id, try await self.entry(leaf, old)) }
      }
      for _ in 0..<KubeDefaults.clusterSecretConcurrency { start() }
      var entries: [ClusterID: Entry] = [:]
      while let (id, entry) = try await tasks.next() {
        entries[id] = entry
        start()
      }
      return entries
    }
  }

  /// Throws only `CancellationError`: what is wrong with one leaf is in its entry.
  private nonisolated func entry(_ leaf: GitopsLeaf, _ old: Entry?) async throws -> Entry {
    // The connection is kept while the leaf is not ready, so that its return costs nothing.
    if let unavailable = leaf.unavailable { return Entry(connection: old?.connection, unavailable: unavailable) }
    guard let key = leaf.secret else { return Entry() }
    do {
      let bytes = try GitopsLeaf.kubeconfig(in: try await secret(key, leaf.id), for: leaf.id)
      if let kept = old?.connection, kept.kubeconfig == bytes { return Entry(connection: kept) }
      return Entry(connection: try connection(bytes, key))
    } catch let error as KubeError where error.isTransient {
      // The Secret could not be read just now: the last good one stands.
      if let kept = old?.connection { return Entry(connection: kept) }
      return Entry(unavailable: ClusterError(leaf.id, error))
    } catch let error as CancellationError {
      throw error
    } catch {
      return Entry(unavailable: ClusterError(leaf.id, error))
    }
  }

  private nonisolated func secret(_ key: ObjectKey, _ id: ClusterID) async throws -> DynamicObject {
    do {
      return try await management.get(.secrets, key)
    } catch let error as KubeError where error.isNotFound {
      throw ClusterError(id, .invalidKubeconfig, "Secret \(key) with the kubeconfig does not exist")
    } catch let error as KubeError where error.isForbidden {
      throw ClusterError(id, .invalidKubeconfig, "Secret \(key) with the kubeconfig may not be read: \(error)")
    }
  }

  private nonisolated func connection(_ bytes: Secret<[UInt8]>, _ key: ObjectKey) throws -> Connection {
    let kubeconfig = try Kubeconfig(parsing: bytes.reveal(), source: "Secret \(key)")
    let endpoint = try kubeconfig.endpoint(policy: options.policy)
    var client = KubeClient(
      transport: try connect(kubeconfig), fieldManager: management.fieldManager, defaultNamespace: endpoint.namespace,
      retry: management.sender.retry, clock: management.clock, warningHandler: management.sender.warningHandler)
    if let user = endpoint.user?.impersonates { client = client.impersonating(user) }
    return Connection(kubeconfig: bytes, client: client, warnings: endpoint.warnings)
  }
}
