public import WGECore
public import WGEKube

/// The registered clusters, as a person or program may see them.
public protocol ClustersService: Sendable {
  /// All clusters that the caller may list, the management cluster among them, sorted by name.
  ///
  /// - Parameters:
  ///   - principal: whose rights count.
  ///   - filter: which clusters; default all.
  /// - Returns: what could be read, and what could not: a failure to list leaves never hides the rest.
  /// - Throws: `KubeError` when the management cluster gives no answer at all.
  func list(as principal: Principal, filter: ClusterFilter) async throws -> ClusterList
}

/// Which clusters to list. The parts that are set must all hold.
public struct ClusterFilter: Sendable, Hashable {
  /// A label selector for the `GitopsCluster` objects, `region=eu,tier!=test`. The management cluster
  /// has no labels, so any selector leaves it out. Nil for all.
  public var labelSelector: String?
  /// Where the kubeconfig comes from; the management cluster, which has none, always passes.
  public var reference: Reference?

  /// Where a cluster's kubeconfig comes from.
  public enum Reference: String, Sendable, Hashable, CaseIterable {
    /// A plain Secret.
    case secret = "Secret"
    /// A Cluster API object.
    case capi = "CAPICluster"
  }

  /// Every cluster, unless narrowed.
  public init(labelSelector: String? = nil, reference: Reference? = nil) {
    self.labelSelector = labelSelector
    self.reference = reference
  }
}

/// Clusters, and what kept others from being listed.
public struct ClusterList: Sendable, Hashable {
  /// Sorted by name, then namespace.
  public var clusters: [ClusterSummary]
  /// Why something is missing.
  public var errors: [ClusterListError]

  /// A list of these clusters.
  public init(clusters: [ClusterSummary], errors: [ClusterListError] = []) {
    self.clusters = clusters
    self.errors = errors
  }
}

/// Why clusters could not be listed.
public struct ClusterListError: Sendable, Hashable {
  /// The cluster that was asked.
  public var cluster: ClusterID
  /// The namespace; empty for all.
  public var namespace: String
  /// What it said.
  public var message: String

  /// An error of that cluster and namespace.
  public init(cluster: ClusterID, namespace: String, message: String) {
    self.cluster = cluster
    self.namespace = namespace
    self.message = message
  }
}

/// One cluster, as lists show it.
public struct ClusterSummary: Sendable, Hashable {
  /// How every call names the cluster.
  public var id: ClusterID
  /// The object's name, or the management cluster's configured name.
  public var name: String
  /// The object's namespace; empty for the management cluster.
  public var namespace: String
  /// True for the cluster that WGE itself runs in.
  public var isManagement: Bool
  /// As the controller wrote them.
  public var conditions: [Condition]
  /// The object's labels.
  public var labels: [String: String]
  /// The object's annotations.
  public var annotations: [String: String]
  /// Name of the kubeconfig Secret, when one is referenced.
  public var secretRef: String?
  /// Name of the Cluster API object, when one is referenced.
  public var capiClusterRef: String?

  /// How the cluster does, in one word.
  public enum State: String, Sendable, Hashable, CaseIterable {
    /// Registered and answering.
    case ready = "Ready"
    /// Its Secret or Cluster API object is not ready.
    case notReady = "Not Ready"
    /// Registered, but its API server does not answer.
    case unreachable = "Unreachable"
    /// Nothing is known yet.
    case unknown = "Unknown"
    /// On its way out.
    case deleting = "Deleting"
  }

  /// How the cluster does.
  public var state: State
  /// The sentence of the condition that decided ``state``; may be empty.
  public var message: String
}

extension ClusterSummary {
  /// The summary of a stored cluster.
  public init(_ cluster: GitopsCluster) {
    let namespace = cluster.metadata.namespace ?? ""
    let name = cluster.metadata.name ?? ""
    let conditions = cluster.status?.conditions ?? []
    let ready = conditions.first { $0.type == ClusterCondition.ready }
    let connectivity = conditions.first { $0.type == ClusterCondition.connectivity }
    let state: State
    let decisive: Condition?
    if cluster.metadata.deletionTimestamp != nil {
      (state, decisive) = (.deleting, ready)
    } else if let ready, ready.status != .true {
      (state, decisive) = (.notReady, ready)
    } else if let connectivity, connectivity.status != .true {
      (state, decisive) = (.unreachable, connectivity)
    } else if let ready {
      (state, decisive) = (.ready, connectivity ?? ready)
    } else {
      (state, decisive) = (.unknown, nil)
    }
    self.init(
      id: ClusterID(namespace: namespace, name: name), name: name, namespace: namespace, isManagement: false,
      conditions: conditions, labels: cluster.metadata.labels ?? [:],
      annotations: cluster.metadata.annotations ?? [:], secretRef: cluster.spec?.secretRef?.name,
      capiClusterRef: cluster.spec?.capiClusterRef?.name, state: state, message: decisive?.message ?? "")
  }

  /// The entry of the cluster that WGE runs in, which no object stands for.
  public static func management(_ id: ClusterID, asOf now: Timestamp) -> ClusterSummary {
    let condition = Condition(
      type: ClusterCondition.ready, status: .true, reason: "ManagementCluster",
      message: "WGE runs in this cluster", lastTransitionTime: now)
    return ClusterSummary(
      id: id, name: id.description, namespace: "", isManagement: true, conditions: [condition], labels: [:],
      annotations: [:], secretRef: nil, capiClusterRef: nil, state: .ready, message: condition.message)
  }
}
