internal import Logging
internal import Synchronization
internal import WGECore

/// What a running source has at hand: the way into the queue, and caches.
struct SourceContext: Sendable {
  let primary: ResourceType
  let client: KubeClient
  let options: ControllerOptions
  let logger: Logger
  let enqueue: @Sendable ([ObjectKey], Priority) -> Void
  /// The keys of all objects of the controller's kind that are known.
  let allKeys: @Sendable () -> [ObjectKey]
  /// Opens when the source has delivered what there is.
  let synced: Gate

  func markSynced() { synced.open() }

  /// The informer for a resource: shared when the options say so and it is the controller's own
  /// cluster, else of this source alone.
  func informer(
    for resource: ResourceType, client other: KubeClient?, namespaces: [String]?, labelSelector: String?,
    fieldSelector: String?
  ) -> (shared: SharedInformer<DynamicObject>, isPrivate: Bool) {
    if other == nil, let informers = options.informers {
      let shared = informers.informer(
        for: resource, namespaces: namespaces, labelSelector: labelSelector, fieldSelector: fieldSelector)
      return (shared, false)
    }
    var watcher = options.watcher
    watcher.labelSelector = labelSelector
    watcher.fieldSelector = fieldSelector
    watcher.clock = options.clock
    let informer = Informer(
      resource, client: other ?? client, namespaces: namespaces,
      options: .init(
        watcher: watcher, transform: options.transform, logger: logger, metrics: options.metrics))
    return (SharedInformer(informer), true)
  }

  /// Passes the keys of every change on, until the task is cancelled.
  ///
  /// After a relist all objects of the controller's kind are looked at anew, at low priority: an object
  /// that was made and deleted while nobody watched leaves no change behind, but work perhaps.
  ///
  /// - Parameter mapsAlike: every object maps to the same keys, so that one of a whole list will do.
  func follow(
    _ informer: Informer<DynamicObject>, when filter: ChangeFilter, mapsAlike: Bool = false,
    map: @escaping @Sendable (DynamicObject) async -> [ObjectKey]
  ) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // A resource that does not exist has no objects. Its definition may come later; until then
        // nobody waits for it.
        do { try await informer.absent.wait() } catch { return }
        if !synced.isOpen { logger.warning("\(informer.resource) does not exist on the server (yet)") }
        markSynced()
      }
      group.addTask {
        for await _ in informer.relists() { enqueue(allKeys(), .low) }
      }
      for await event in informer.subscribe() { await take(event, when: filter, mapsAlike: mapsAlike, map: map) }
      group.cancelAll()
    }
  }

  private func take(
    _ event: InformerEvent<DynamicObject>, when filter: ChangeFilter, mapsAlike: Bool,
    map: @Sendable (DynamicObject) async -> [ObjectKey]
  ) async {
    guard case .resync(let resync) = event else {
      await pass(event, when: filter, map: map)
      return
    }
    if resync.isInitial {
      for object in resync.current.values where filter(.added(object)) {
        enqueue(await map(object), .low)
        if mapsAlike { break }
      }
      markSynced()
    } else {
      // Deletions that the subscription was too slow to see are among the changes.
      for change in resync.changes() where await pass(change, when: filter, map: map) && mapsAlike { break }
    }
  }

  /// - Returns: true when the change passed the filter.
  @discardableResult
  private func pass(
    _ event: InformerEvent<DynamicObject>, when filter: ChangeFilter,
    map: @Sendable (DynamicObject) async -> [ObjectKey]
  ) async -> Bool {
    switch event {
    case .added(let object):
      guard filter(.added(object)) else { return false }
      enqueue(await map(object), .normal)
    case .deleted(let object):
      guard filter(.deleted(object)) else { return false }
      enqueue(await map(object), .normal)
    case .updated(let old, let new):
      guard filter(.updated(old: old, new: new)) else { return false }
      var keys = await map(new)
      let known = Set(keys)
      keys += await map(old).filter { !known.contains($0) }
      enqueue(keys, .normal)
    case .resync, .undecodable:
      return false
    }
    return true
  }
}

/// Where a running source leaves its informer for readers.
final class SourceStore: Sendable {
  private let informer = Mutex<Informer<DynamicObject>?>(nil)

  func set(_ informer: Informer<DynamicObject>) { self.informer.withLock { $0 = informer } }

  /// Takes the informer away, unless another took its place.
  func clear(_ informer: Informer<DynamicObject>) {
    self.informer.withLock { if $0 === informer { $0 = nil } }
  }

  var snapshot: StoreSnapshot<DynamicObject>? { informer.withLock { $0 }?.snapshot }
}
