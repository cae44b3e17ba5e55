internal import Synchronization
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
        await watches.follow(index)
      })
    let controller = Controller(
      name: PipelineDefaults.controllerName, for: Pipeline.resource, client: management, reconciler: reconciler,
      options: options
    )
    .watching(gitopsClusters) { cluster in
      guard let namespace = cluster.namespace else { return [] }
      let id = ClusterID(namespace: namespace, name: cluster.name)
      // Its credentials may have changed: watches begin anew with the client of today.
      await watches.forget(id)
      return index.pipelines(onCluster: id)
    }
    watches.attach(controller.sources)
    return controller
  }

  private static let gitopsClusters = ResourceType(
    group: "gitops.weave.works", version: "v1alpha1", kind: "GitopsCluster", plural: "gitopsclusters")
}

/// One kind of application on one cluster: what a watch is opened for.
struct WatchedKind: Sendable, Hashable {
  var cluster: ClusterID
  var kind: GroupVersionKind
}

/// Which pipelines look at which applications. Safe to use from any task.
final class PipelineIndex: Sendable {
  private struct Entry: Sendable {
    var kind: GroupVersionKind
    var name: String
    var places: Set<Place>
  }

  struct Place: Sendable, Hashable {
    var cluster: ClusterID
    var namespace: String
  }

  private let management: ClusterID
  private let entries = Mutex<[ObjectKey: Entry]>([:])

  init(management: ClusterID) { self.management = management }

  /// Takes over what a pipeline looks at; nil when it is gone.
  func update(_ key: ObjectKey, _ pipeline: Pipeline?) {
    var entry: Entry?
    if let pipeline, let kind = pipeline.spec.appRef.groupVersionKind {
      let places = pipeline.spec.environments.flatMap(\.targets).map { target -> Place in
        let cluster = target.clusterRef?.key(inNamespace: key.namespace)
        let id = cluster.map { ClusterID(namespace: $0.namespace ?? "default", name: $0.name) } ?? management
        return Place(cluster: id, namespace: target.namespace)
      }
      entry = Entry(kind: kind, name: pipeline.spec.appRef.name, places: Set(places))
    }
    entries.withLock { [entry] in $0[key] = entry }
  }

  /// The watches that are needed.
  func watchedKinds() -> Set<WatchedKind> {
    entries.withLock { entries in
      Set(entries.values.flatMap { entry in entry.places.map { WatchedKind(cluster: $0.cluster, kind: entry.kind) } })
    }
  }

  func pipelines(onCluster cluster: ClusterID) -> [ObjectKey] {
    entries.withLock { entries in
      entries.filter { $0.value.places.contains { $0.cluster == cluster } }.keys.sorted()
    }
  }

  /// The pipelines that have exactly this application in a target.
  func pipelines(_ watched: WatchedKind, _ application: ObjectKey) -> [ObjectKey] {
    let place = Place(cluster: watched.cluster, namespace: application.namespace ?? "")
    return entries.withLock { entries in
      entries.filter {
        $0.value.kind == watched.kind && $0.value.name == application.name && $0.value.places.contains(place)
      }
      .keys.sorted()
    }
  }
}

/// Opens a watch for each kind of application on each cluster that some pipeline names, and closes
/// those that none does any more. A cluster that cannot be reached is tried again by its source.
actor TargetWatches {
  private let index: PipelineIndex
  private let directory: any ClusterDirectory
  private nonisolated let sources = Mutex<SourceSet?>(nil)
  private var open: Set<WatchedKind> = []

  init(index: PipelineIndex, directory: any ClusterDirectory) {
    self.index = index
    self.directory = directory
  }

  nonisolated func attach(_ sources: SourceSet) { self.sources.withLock { $0 = sources } }

  func follow(_ index: PipelineIndex) async {
    guard let sources = sources.withLock({ $0 }) else { return }
    let wanted = index.watchedKinds()
    for gone in open.subtracting(wanted) {
      open.remove(gone)
      sources.remove(id(gone))
    }
    for new in wanted.subtracting(open).sorted(by: { $0.cluster < $1.cluster }) {
      // Marked first: the actor may be entered again while the cluster is asked.
      open.insert(new)
      do { try await start(new, sources) } catch { open.remove(new) }
    }
  }

  /// Closes the watches of a cluster; the next reconcile of a pipeline on it opens them again.
  func forget(_ cluster: ClusterID) {
    guard let sources = sources.withLock({ $0 }) else { return }
    for watched in open where watched.cluster == cluster {
      open.remove(watched)
      sources.remove(id(watched))
    }
  }

  private func start(_ watched: WatchedKind, _ sources: SourceSet) async throws {
    let client = try await directory.client(for: watched.cluster, as: .server)
    let resource = try await TargetObserver.resource(watched.kind, client)
    guard open.contains(watched) else { return }
    let index = index
    sources.add(
      .objects(resource, client: client) { application in index.pipelines(watched, application.key) }, as: id(watched))
  }

  private func id(_ watched: WatchedKind) -> SourceID {
    SourceID(cluster: watched.cluster, name: "application \(watched.kind)")
  }
}
