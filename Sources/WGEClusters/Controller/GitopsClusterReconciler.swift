public import WGECore
public import WGEKube

/// Keeps the conditions and the finalizer of every `GitopsCluster` true.
///
/// Thin: it reads the object, what it refers to and the leaf's answer, lets ``ClusterAssessment`` decide,
/// and writes what differs.
public struct GitopsClusterReconciler: Reconciler {
  private let directory: any ClusterDirectory
  private let capiEnabled: Bool
  private let interval: Duration

  static let capiClusters = ResourceType(
    group: "cluster.x-k8s.io", version: "v1beta1", kind: "Cluster", plural: "clusters")

  /// - Parameters:
  ///   - directory: leads to the leaves also while their conditions say that they are not ready.
  ///   - capiEnabled: true where Cluster API is installed. Default false.
  ///   - interval: time between looks at a healthy cluster. Default one minute.
  public init(
    directory: any ClusterDirectory, capiEnabled: Bool = false, interval: Duration = ClustersDefaults.requeueInterval
  ) {
    self.directory = directory
    self.capiEnabled = capiEnabled
    self.interval = interval
  }

  /// See `Reconciler`. Throws, to be tried again, when something failed that may heal.
  public func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
    guard let cluster: GitopsCluster = try context.object() else { return .done }
    let secret = try await kubeconfigSecret(of: cluster, context.client)
    let reference = try await observe(cluster, secret: secret, context.client)
    let assessment = ClusterAssessment.assess(
      cluster, reference: reference,
      connectivity: await connectivity(of: cluster, secret: secret, clock: context.clock),
      capiEnabled: capiEnabled, now: context.wallClock.now(), interval: interval)
    try await write(assessment, to: cluster, context.client)
    switch assessment.next {
    case .after(let duration): return .after(duration)
    case .wait: return .done
    case .retry(let message): throw ClusterNotSettled(description: message)
    }
  }

  private enum SecretRead {
    case notReferenced
    case found(DynamicObject)
    case missing(String)
    case failed(String)
  }

  private func kubeconfigSecret(of cluster: GitopsCluster, _ client: KubeClient) async throws -> SecretRead {
    guard let name = cluster.kubeconfigSecretName else { return .notReferenced }
    do {
      let key = ObjectKey(namespace: cluster.metadata.namespace, name: name)
      return .found(try await client.get(.secrets, key))
    } catch let error as KubeError {
      let message = error.status?.message ?? error.description
      return error.isNotFound ? .missing(message) : .failed(message)
    }
  }

  private func observe(_ cluster: GitopsCluster, secret: SecretRead, _ client: KubeClient) async throws
    -> ReferenceObservation
  {
    if let capi = cluster.spec?.capiClusterRef {
      do {
        let key = ObjectKey(namespace: cluster.metadata.namespace, name: capi.name)
        let object = try await client.get(Self.capiClusters, key)
        let ready = object["status"]?["controlPlaneReady"]?.boolValue ?? false
        return .found(controlPlaneReady: ready, phase: object["status"]?["phase"]?.stringValue)
      } catch let error as KubeError {
        let message = error.status?.message ?? error.description
        return error.isNotFound ? .missing(message: message) : .failed(message: message)
      }
    }
    return switch secret {
    case .notReferenced: .none
    case .found: .found(controlPlaneReady: false, phase: nil)
    case .missing(let message): .missing(message: message)
    case .failed(let message): .failed(message: message)
    }
  }

  private func connectivity(of cluster: GitopsCluster, secret: SecretRead, clock: any Clock<Duration>) async
    -> ConnectivityObservation
  {
    guard cluster.metadata.deletionTimestamp == nil else { return .notProbed }
    switch secret {
    case .notReferenced, .failed: return .notProbed
    case .missing(let message):
      // A leaf that answered before must not look reachable once its kubeconfig is gone.
      let known = cluster.status?.conditions?.condition(ClusterCondition.connectivity) != nil
      return known ? .badKubeconfig(message: message) : .notProbed
    case .found:
      let id = ClusterID(namespace: cluster.metadata.namespace ?? "", name: cluster.metadata.name ?? "")
      return await probe(id, clock: clock)
    }
  }

  /// Asks the leaf for its version, and gives up after ``ClustersDefaults/probeTimeout``.
  private func probe(_ id: ClusterID, clock: any Clock<Duration>) async -> ConnectivityObservation {
    await withTaskGroup(of: ConnectivityObservation.self) { group in
      group.addTask { [directory] in
        do {
          _ = try await directory.client(for: id, as: .server).serverVersion()
          return .answered
        } catch let error as ClusterError where error.code == .invalidKubeconfig {
          return .badKubeconfig(message: error.message)
        } catch {
          return .unreachable(message: "\(error)")
        }
      }
      group.addTask {
        try? await clock.sleep(for: ClustersDefaults.probeTimeout)
        return .unreachable(message: "no answer within \(ClustersDefaults.probeTimeout)")
      }
      let first = await group.next() ?? .notProbed
      group.cancelAll()
      return first
    }
  }

  private func write(_ assessment: ClusterAssessment, to cluster: GitopsCluster, _ client: KubeClient) async throws {
    let key = cluster.key
    do {
      if assessment.conditions != cluster.status?.conditions ?? [] {
        let patch: JSON = ["status": ["conditions": try JSON(encoding: assessment.conditions)]]
        _ = try await client.patch(GitopsCluster.resource, key, .merge(patch), subresource: .status)
      }
      if assessment.finalizers != cluster.metadata.finalizers ?? [] {
        // Last, because removing ours may end the object.
        var patch: JSON = ["metadata": ["finalizers": .array(assessment.finalizers.map(JSON.string))]]
        if assessment.conditions == cluster.status?.conditions ?? [], let version = cluster.metadata.resourceVersion {
          patch.setValue(.string(version), at: ["metadata", "resourceVersion"])
        }
        _ = try await client.patch(GitopsCluster.resource, key, .merge(patch))
      }
    } catch let error as KubeError where error.isNotFound {
      return
    }
  }
}

/// A cluster waits for something outside; the controller tries again with growing delays.
struct ClusterNotSettled: Error, CustomStringConvertible {
  let description: String
}
