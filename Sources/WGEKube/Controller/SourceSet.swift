internal import Synchronization
public import WGECore

/// Names a source of a controller.
public struct SourceID: Sendable, Hashable, CustomStringConvertible {
  /// The cluster it watches; nil for the controller's own.
  public var cluster: ClusterID?
  /// What tells apart the sources of one cluster; often the resource.
  public var name: String

  /// A name for a source.
  public init(cluster: ClusterID? = nil, name: String) {
    self.cluster = cluster
    self.name = name
  }

  /// `cluster name`, or the name alone.
  public var description: String { cluster.map { "\($0) \(name)" } ?? name }
}

/// The sources of a controller that come and go while it runs, such as those of leaf clusters.
///
/// ```swift
/// let controller = Controller(name: "pipelines", for: .pipelines, client: management, reconciler: …)
/// controller.sources.watch(.helmReleases, client: leaf, cluster: id) { release in pipelines(using: release, on: id) }
/// controller.sources.remove(cluster: id)
/// ```
/// A source that cannot reach its cluster tries again by itself and disturbs nobody else. Safe to
/// use from any task, before and during the run.
public final class SourceSet: Sendable {
  private struct State: Sendable {
    var sources: [SourceID: Source] = [:]
    var runner: SourceRunner?
  }

  private let state = Mutex(State())

  init() {}

  /// Adds a source, in place of one with the same name.
  public func add(_ source: Source, as id: SourceID) {
    state.withLock { state in
      state.sources[id] = source
      state.runner?.start(source, as: id)
    }
  }

  /// Watches the objects of a resource in a cluster, in place of an earlier watch of it.
  ///
  /// - Parameter map: from an object of that cluster to keys of the controller's kind.
  public func watch(
    _ resource: ResourceType, client: KubeClient, cluster: ClusterID, namespace: String? = nil,
    labelSelector: String? = nil, when filter: ChangeFilter = .all,
    map: @escaping @Sendable (DynamicObject) async -> [ObjectKey]
  ) {
    let source = Source.objects(
      resource, client: client, namespace: namespace, labelSelector: labelSelector, when: filter, map: map)
    add(source, as: SourceID(cluster: cluster, name: "\(resource)"))
  }

  /// Stops a source. Nothing happens when there is none of that name.
  public func remove(_ id: SourceID) {
    state.withLock { state in
      state.sources[id] = nil
      state.runner?.stop(id)
    }
  }

  /// Stops all sources of a cluster.
  public func remove(cluster: ClusterID) {
    for id in ids where id.cluster == cluster { remove(id) }
  }

  /// The names of all sources.
  public var ids: [SourceID] { state.withLock { Array($0.sources.keys) } }

  /// The objects of a source as its cache knows them; nil when the source is not there, does not run
  /// or keeps no objects. Check ``StoreSnapshot/isSynced`` before trusting an absence.
  public func snapshot(_ id: SourceID) -> StoreSnapshot<DynamicObject>? {
    state.withLock { $0.sources[id] }?.store?.snapshot
  }

  /// The objects of a resource in a cluster, as ``watch(_:client:cluster:namespace:labelSelector:when:map:)``
  /// keeps them.
  public func snapshot(_ resource: ResourceType, cluster: ClusterID) -> StoreSnapshot<DynamicObject>? {
    snapshot(SourceID(cluster: cluster, name: "\(resource)"))
  }

  func attach(_ runner: SourceRunner) {
    state.withLock { state in
      state.runner = runner
      for (id, source) in state.sources { runner.start(source, as: id) }
    }
  }

  func detach() { state.withLock { $0.runner = nil } }
}

/// Runs sources in tasks of their own, so that each can end by itself.
final class SourceRunner: Sendable {
  private struct State: Sendable {
    var tasks: [UInt64: Task<Void, Never>] = [:]
    var current: [SourceID: UInt64] = [:]
    var next: UInt64 = 0
    var isClosed = false
  }

  private let makeContext: @Sendable (Source, Gate) -> SourceContext
  private let state = Mutex(State())

  init(makeContext: @escaping @Sendable (Source, Gate) -> SourceContext) { self.makeContext = makeContext }

  /// - Returns: the gate that opens when the source has delivered what there is.
  @discardableResult
  func start(_ source: Source, as id: SourceID) -> Gate {
    let synced = Gate()
    stop(id)
    let context = makeContext(source, synced)
    state.withLock { state in
      guard !state.isClosed else { return }
      state.next += 1
      let number = state.next
      state.current[id] = number
      state.tasks[number] = Task { [weak self] in
        await source.body(context)
        self?.ended(number)
      }
    }
    return synced
  }

  func stop(_ id: SourceID) {
    state.withLock { state in
      guard let number = state.current.removeValue(forKey: id) else { return }
      state.tasks[number]?.cancel()
    }
  }

  private func ended(_ number: UInt64) { state.withLock { $0.tasks[number] = nil } }

  /// Stops all sources and returns when they have ended.
  func close() async {
    let tasks = state.withLock { state in
      state.isClosed = true
      return Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}
