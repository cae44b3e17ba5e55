public import WGECore

/// What was seen of the object that a ``GitopsCluster`` points to.
public enum ReferenceObservation: Sendable, Hashable {
  /// The cluster names neither a Secret nor a Cluster API object.
  case none
  /// It is there. For a Cluster API object with what its status says.
  case found(controlPlaneReady: Bool, phase: String?)
  /// The API server says that it does not exist; with its message.
  case missing(message: String)
  /// It could not be read; with the reason.
  case failed(message: String)
}

/// What came of talking to the leaf's API server.
public enum ConnectivityObservation: Sendable, Hashable {
  /// Not tried this time: the condition stays as it is.
  case notProbed
  /// It answered.
  case answered
  /// The kubeconfig cannot be used.
  case badKubeconfig(message: String)
  /// The kubeconfig is fine, the API server did not answer or refused.
  case unreachable(message: String)
}

/// What to do with a cluster after it was observed.
public struct ClusterAssessment: Sendable, Hashable {
  /// The conditions to write; transition times are kept where the status is unchanged.
  public var conditions: [Condition]
  /// The finalizers that the object should carry.
  public var finalizers: [String]
  /// When to look again.
  public var next: Next

  /// When to look again.
  public enum Next: Sendable, Hashable {
    /// After this time.
    case after(Duration)
    /// Soon, with back-off: something failed that may heal. With the sentence to report.
    case retry(message: String)
    /// Not before the object or what it refers to changes.
    case wait
  }

  /// Decides from what was read alone: the same observations give the same answer.
  ///
  /// - Parameters:
  ///   - cluster: the object as stored.
  ///   - reference: the Secret or Cluster API object it points to.
  ///   - connectivity: the probe of the leaf.
  ///   - capiEnabled: false where Cluster API is not installed.
  ///   - now: stamps conditions whose status changes.
  ///   - interval: time between looks at a healthy cluster.
  public static func assess(
    _ cluster: GitopsCluster, reference: ReferenceObservation, connectivity: ConnectivityObservation,
    capiEnabled: Bool, now: Timestamp, interval: Duration = ClustersDefaults.requeueInterval
  ) -> ClusterAssessment {
    var assessment = ClusterAssessment(
      conditions: cluster.status?.conditions ?? [], finalizers: finalizers(of: cluster), next: .after(interval))
    if cluster.metadata.deletionTimestamp != nil {
      assessment.decideDeletion(cluster, reference: reference, now: now)
      return assessment
    }
    if let capi = cluster.spec?.capiClusterRef {
      assessment.decideCAPI(capi, of: cluster, reference: reference, enabled: capiEnabled, now: now)
    } else if let secret = cluster.spec?.secretRef {
      assessment.decideSecret(secret, of: cluster, reference: reference, now: now)
    }
    assessment.decideConnectivity(connectivity, now: now)
    return assessment
  }

  private static func finalizers(of cluster: GitopsCluster) -> [String] {
    var finalizers = cluster.metadata.finalizers ?? []
    let wanted =
      cluster.metadata.deletionTimestamp == nil && cluster.kubeconfigSecretName != nil
      && cluster.metadata.annotations?[ClusterCondition.noFinalizerAnnotation] == nil
    if wanted, !finalizers.contains(ClusterCondition.finalizer) { finalizers.append(ClusterCondition.finalizer) }
    return finalizers
  }

  private mutating func decideDeletion(_ cluster: GitopsCluster, reference: ReferenceObservation, now: Timestamp) {
    next = .wait
    guard finalizers.contains(ClusterCondition.finalizer) else { return }
    let skipped = cluster.metadata.annotations?[ClusterCondition.noFinalizerAnnotation] != nil
    switch reference {
    case .found where !skipped:
      let capi = cluster.spec?.capiClusterRef != nil
      let message =
        capi ? "waiting for CAPI cluster to be deleted" : "waiting for access secret to be deleted"
      set(
        ClusterCondition.ready, .false, capi ? "WaitingForCAPIClusterDeletion" : "WaitingForSecretDeletion", message,
        now)
      next = .retry(message: message)
    case .failed(let message) where !skipped: next = .retry(message: message)
    default: finalizers.removeAll { $0 == ClusterCondition.finalizer }
    }
  }

  private mutating func decideCAPI(
    _ capi: GitopsCluster.LocalReference, of cluster: GitopsCluster, reference: ReferenceObservation, enabled: Bool,
    now: Timestamp
  ) {
    guard enabled else {
      let message = "CAPIClusterRef \"\(capi.name)\" found but CAPI support is disabled"
      set(ClusterCondition.ready, .false, "CAPINotEnabled", message, now)
      next = .wait
      return
    }
    switch reference {
    case .none: break
    case .missing(let reason), .failed(let reason):
      let message = "failed to get CAPI cluster \"\(cluster.metadata.namespace ?? "")/\(capi.name)\": \(reason)"
      set(ClusterCondition.ready, .false, "WaitingForCAPICluster", message, now)
      next = .retry(message: message)
    case .found(let controlPlaneReady, let phase):
      if controlPlaneReady {
        set(ClusterCondition.ready, .true, "ControlPlaneReadyStatus", "", now)
      } else {
        set(
          ClusterCondition.ready, .false, "WaitingForControlPlaneReadyStatus", "Waiting for ControlPlaneReady status",
          now)
      }
      if phase == "Provisioned" {
        set(ClusterCondition.provisioned, .true, "ClusterProvisioned", "CAPI Cluster has been provisioned", now)
      }
    }
  }

  private mutating func decideSecret(
    _ secret: GitopsCluster.LocalReference, of cluster: GitopsCluster, reference: ReferenceObservation, now: Timestamp
  ) {
    if cluster.metadata.annotations?[ClusterCondition.provisionedAnnotation] != nil {
      set(
        ClusterCondition.provisioned, .true, "ClusterProvisioned", "Cluster Provisioned annotation detected", now)
    }
    switch reference {
    case .none: break
    case .found: set(ClusterCondition.ready, .true, "SecretFound", "Referenced secret is available", now)
    case .missing(let reason), .failed(let reason):
      let message = "failed to get secret \"\(cluster.metadata.namespace ?? "")/\(secret.name)\": \(reason)"
      set(ClusterCondition.ready, .false, "WaitingForSecret", message, now)
      if case .missing = reference {
        next = .after(ClustersDefaults.missingSecretInterval)
      } else {
        next = .retry(message: message)
      }
    }
  }

  private mutating func decideConnectivity(_ connectivity: ConnectivityObservation, now: Timestamp) {
    switch connectivity {
    case .notProbed: break
    case .answered:
      set(ClusterCondition.connectivity, .true, "ClusterConnectionSucceeded", "cluster connectivity is ok", now)
    case .badKubeconfig(let reason):
      set(
        ClusterCondition.connectivity, .false, "ClusterConnectionFailed",
        "failed creating rest config from secret: \(reason)", now)
    case .unreachable(let reason):
      set(
        ClusterCondition.connectivity, .false, "ClusterConnectionFailed",
        "failed connecting to the cluster: \(reason)", now)
    }
  }

  private mutating func set(
    _ type: String, _ status: ConditionStatus, _ reason: String, _ message: String, _ now: Timestamp
  ) {
    conditions.set(Condition(type: type, status: status, reason: reason, message: message), at: now)
  }
}

/// Times of this module, with their reasons.
public enum ClustersDefaults {
  /// Between looks at a cluster: upstream's minute, so that a lost leaf shows soon without load.
  public static let requeueInterval: Duration = .seconds(60)
  /// While the Secret is missing: it is usually on its way.
  public static let missingSecretInterval: Duration = .seconds(30)
  /// A leaf that does not answer in this time is unreachable.
  public static let probeTimeout: Duration = .seconds(10)
}
