/// A fixed set of clusters, each with a client that has the host's own identity: from code, or from
/// the contexts of a kubeconfig.
public struct StaticClusterDirectory: ClusterDirectory {
  private let connections: ClusterConnections

  /// With these clients; how they are kept is in the options.
  public init(_ clients: [ClusterID: KubeClient], options: ConnectionOptions = ConnectionOptions()) {
    connections = ClusterConnections(options)
    for (cluster, client) in clients { connections.connect(cluster, client) }
  }

  /// The clusters of a kubeconfig, one per context: the current context is the management cluster,
  /// the others are leaves in the namespace ``kubeconfigNamespace``.
  ///
  /// What a name of a cluster cannot hold (a slash, as in the contexts of some providers) is
  /// replaced by a dash.
  /// - Parameters:
  ///   - contexts: Which ones; nil for all.
  ///   - management: The context of the management cluster; nil for the current one.
  ///   - policy: What the kubeconfig may make this process do.
  /// - Throws: ``KubeError/config(_:)`` for a context that is not there or cannot be used, and when
  ///   two contexts have one name.
  public init(
    kubeconfig: Kubeconfig, contexts: [String]? = nil, management: String? = nil, policy: KubeconfigPolicy = .trusted,
    transport: HTTPKubeTransport.Options = HTTPKubeTransport.Options(), options: ConnectionOptions = ConnectionOptions()
  ) throws {
    let management = management ?? kubeconfig.currentContext
    var clients: [ClusterID: KubeClient] = [:]
    for name in contexts ?? kubeconfig.contexts.map(\.name) {
      let cluster = name == management ? ClusterID.management : Self.cluster(ofContext: name)
      let client = try KubeClient(kubeconfig: kubeconfig, context: name, policy: policy, options: transport)
      guard clients.updateValue(client, forKey: cluster) == nil else {
        throw KubeError.config(
          KubeconfigProblem(
            context: name, problem: "another context is the cluster \(cluster) too", fix: "rename one of them"))
      }
    }
    self.init(clients, options: options)
  }

  /// The namespace of leaves that come from contexts.
  public static let kubeconfigNamespace = "kubeconfig"

  /// The cluster that a context other than the management cluster's is.
  public static func cluster(ofContext name: String) -> ClusterID {
    ClusterID(namespace: kubeconfigNamespace, name: name.isEmpty ? "-" : String(name.map { $0 == "/" ? "-" : $0 }))
  }

  /// The clusters that were given.
  public func clusters() async -> [ClusterID] { connections.clusters.sorted() }

  /// The cluster's client, acting as the principal.
  /// - Throws: ``ClusterError``.
  public func client(for cluster: ClusterID, as principal: Principal) async throws -> KubeClient {
    guard let client = try connections.client(for: cluster, as: principal) else {
      throw ClusterError(cluster, .unknownCluster, "no cluster of this name is registered")
    }
    return client
  }

  /// Clusters whose reachability changes.
  public func changes() async -> ClusterChanges { connections.follow() }

  /// What is known of the way to a cluster; nil for one that was not given.
  public func health(of cluster: ClusterID) async -> ClusterHealth? { connections.health(of: cluster) }

  /// Asks a cluster for its version, as the host itself.
  /// - Returns: What is known of it then; nil for one that was not given.
  /// - Throws: `CancellationError`.
  public func probe(
    _ cluster: ClusterID, deadline: Duration = KubeDefaults.probeDeadline
  ) async throws -> ClusterHealth? { try await connections.probe(cluster, deadline: deadline) }
}
