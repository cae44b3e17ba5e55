internal import WGECore
public import WGEKube

/// The pipeline controller of a host: a ``Controller`` over ``PipelineReconciler`` with all the
/// watches that wake it.
///
/// ```swift
/// let controller = PipelineController.make(
///   management: client, directory: directory,
///   repository: { try await repositories.repository(for: $0) })
/// try await controller.run()
/// ```
public enum PipelineController {
  /// - Parameters:
  ///   - management: a client of the cluster that holds pipelines.
  ///   - directory: gives clients of the clusters that pipelines name.
  ///   - managementCluster: how the directory calls the management cluster.
  ///   - repository: finds the repository of a promotion.
  ///   - policy: intervals and deadlines; tests make them small.
  ///   - events: tells people; nil for nobody.
  public static func make(
    management: KubeClient, directory: any ClusterDirectory, managementCluster: ClusterID = .management,
    repository: @escaping @Sendable (PromotionRequest) async throws -> any PromotionRepository,
    policy: PromotionPolicy = PromotionPolicy(), events: EventRecorder? = nil,
    targetDeadline: Duration = PipelineDefaults.targetDeadline, options: ControllerOptions = ControllerOptions()
  ) -> Controller {
    let index = PipelineIndex(management: managementCluster)
    let observer = TargetObserver(
      directory: directory, management: managementCluster, deadline: targetDeadline, clock: options.clock)
    let watches = TargetWatches(index: index, directory: directory)
    let reconciler = PipelineReconciler(
      engine: PromotionEngine(policy: policy), observer: observer, repository: repository, events: events,
      wallClock: options.wallClock,
      onObserved: { pipeline, key in
        index.update(key, pipeline)
        watches.follow()
      })
    let controller = Controller(
      name: PipelineDefaults.controllerName, for: Pipeline.resource, client: management, reconciler: reconciler,
      options: options
    )
    .watching(.gitopsClusters) { cluster in
      guard let namespace = cluster.namespace else { return [] }
      return index.pipelines(onCluster: ClusterID(namespace: namespace, name: cluster.name))
    }
    watches.attach(controller.sources)
    return controller
  }
}
