internal import CoreMetrics
internal import HashTreeCollections
internal import Logging
internal import Metrics
public import ServiceLifecycle
internal import Synchronization
public import WGECore

/// A copy of a collection in memory that follows the server, for any number of readers.
///
/// ```swift
/// let maps = Informer(Pipeline.self, client: client, namespace: "shop")
/// async let running: Void = maps.run()
/// try await maps.waitForSync(timeout: .seconds(30))
/// maps.snapshot[ObjectKey(namespace: "shop", name: "prices")]
/// for await event in maps.subscribe() { … }
/// ```
/// ``run()`` does the work and may be one service of a group; readers may come before, during and
/// after it. A snapshot is taken without copying and never changes. A deletion is never lost: after
/// every relist the informer compares what it knew with what there is.
///
/// Safe to use from any task.
public final class Informer<Object: Sendable>: Service {
  private struct State: Sendable {
    var store: ObjectStore<Object>
    var subscribers: [WeakSubscription] = []
    var isRunning = false
    var lastInterruption: WatchInterruption?
  }

  private struct WeakSubscription: Sendable {
    weak var subscription: InformerSubscription<Object>?
  }

  /// What is copied.
  public let resource: ResourceType
  /// The namespace that is copied; nil for all.
  public let namespace: String?

  private let engine: WatcherEngine
  private let options: InformerOptions<Object>
  private let decode: @Sendable (DynamicObject) throws -> Object
  private let logger: Logger
  private let state: Mutex<State>
  private let firstSync = Gate()
  /// Opens when the server, asked for the first list, said that there is no such resource.
  let absent = Gate()

  init(
    engine: WatcherEngine, resource: ResourceType, namespace: String?, options: InformerOptions<Object>,
    decode: @escaping @Sendable (DynamicObject) throws -> Object
  ) {
    self.engine = engine
    self.resource = resource
    self.namespace = namespace
    self.options = options
    self.decode = decode
    var logger = options.logger
    logger[metadataKey: "resource"] = "\(resource)"
    if let namespace { logger[metadataKey: "namespace"] = "\(namespace)" }
    self.logger = logger
    state = Mutex(State(store: ObjectStore(indexes: options.indexes)))
  }

  // MARK: Reading

  /// The collection as it is known now. O(1).
  public var snapshot: StoreSnapshot<Object> { state.withLock { $0.store.snapshot } }

  /// The newest version known of one object.
  public subscript(key: ObjectKey) -> Object? { state.withLock { $0.store.objects[key]?.object } }

  /// True from the end of the first list on.
  public var isSynced: Bool { firstSync.isOpen }

  /// Why the collection is not followed at the moment; nil when it is.
  public var lastInterruption: WatchInterruption? { state.withLock { $0.lastInterruption } }

  /// Returns when the collection was listed once.
  ///
  /// - Parameter timeout: by the informer's clock; nil waits as long as it takes.
  /// - Throws: ``CacheError/notSynced(resource:waited:lastFailure:)``, `CancellationError`.
  public func waitForSync(timeout: Duration? = nil) async throws {
    guard let timeout else { return try await firstSync.wait() }
    let timeline = Timeline(options.watcher.clock)
    let isSynced = try await withThrowingTaskGroup(of: Bool.self) { [firstSync] group in
      group.addTask {
        try await firstSync.wait()
        return true
      }
      group.addTask {
        try await timeline.sleep(for: timeout)
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
    if !isSynced, !firstSync.isOpen {
      throw CacheError.notSynced(
        resource: resource, waited: timeout, lastFailure: lastInterruption.map { $0.failure.message })
    }
  }

  /// A view of the collection and its changes from now on. Let go of it to end it.
  ///
  /// - Parameter bufferLimit: changes kept for a slow consumer; when there are more, they are
  ///   replaced by one ``InformerEvent/resync(_:)``.
  public func subscribe(bufferLimit: Int = KubeDefaults.subscriptionBuffer) -> InformerSubscription<Object> {
    state.withLock { state in
      let subscription = InformerSubscription<Object>(limit: bufferLimit, isSynced: state.store.isSynced) {
        [weak self] in self?.snapshot ?? .none
      }
      state.subscribers.removeAll { $0.subscription == nil }
      state.subscribers.append(WeakSubscription(subscription: subscription))
      return subscription
    }
  }

  /// Adds an index to a store that is in use, or replaces one.
  public func addIndex(_ name: String, _ function: @escaping @Sendable (Object) -> [String]) {
    state.withLock { $0.store.addIndex(name, function) }
  }

  // MARK: Running

  /// Follows the collection until the task is cancelled or the service group shuts down.
  /// Subscriptions end with it; snapshots stay readable.
  ///
  /// - Throws: ``CacheError/alreadyRunning(resource:)``.
  public func run() async throws {
    let claimed = state.withLock { state in
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard claimed else { throw CacheError.alreadyRunning(resource: resource) }
    await cancelWhenGracefulShutdown {
      await self.engine.run { self.receive($0) }
    }
    let subscribers = state.withLock { state in
      state.isRunning = false
      defer { state.subscribers = [] }
      return state.subscribers
    }
    for subscriber in subscribers { subscriber.subscription?.finish() }
  }

  private func receive(_ event: WatcherEvent<DynamicObject>) {
    switch event {
    case .restarting:
      state.withLock { $0.store.beginList() }
    case .listed(let objects):
      let arrivals = objects.map(arrival)
      update { store, apply in for arrival in arrivals { apply(store.apply(arrival), store) } }
    case .applied(let object):
      let arrival = arrival(object)
      update { store, apply in apply(store.apply(arrival), store) }
    case .deleted(let object):
      let last: ObjectStore<Object>.Entry? =
        if case .object(_, let entry) = arrival(object) { entry } else { nil }
      update { store, apply in apply(store.delete(object.key, last: last), store) }
    case .restarted:
      update { store, apply in apply(store.endList(), store) }
      syncCompleted()
    case .watching:
      state.withLock { $0.lastInterruption = nil }
    case .interrupted(let interruption):
      interrupted(interruption)
    case .undecodable(let report):
      logger.warning("\(report)")
    }
  }

  private func arrival(_ original: DynamicObject) -> ObjectStore<Object>.Arrival {
    let object = options.transform(original)
    do {
      let entry = ObjectStore<Object>.Entry(
        object: try decode(object), uid: object.uid ?? "", resourceVersion: object.resourceVersion ?? "")
      return .object(object.key, entry)
    } catch {
      let report = UndecodableObject(original, isDeleted: false, problem: "\(error)")
      logger.warning("\(report)")
      return .undecodable(report)
    }
  }

  /// Changes the store and tells the subscribers. Only the one running engine calls this, so that
  /// deliveries, made outside of the lock, keep their order.
  private func update(
    _ change: (inout ObjectStore<Object>, (([InformerEvent<Object>], borrowing ObjectStore<Object>) -> Void)) -> Void
  ) {
    let (deliveries, subscribers) = state.withLock {
      state -> ([InformerSubscription<Object>.Delivery], [WeakSubscription]) in
      var deliveries: [InformerSubscription<Object>.Delivery] = []
      // Before the first list is complete nobody is told of single objects. Without snapshots in
      // deliveries, the trees are changed in place.
      let tells = state.store.isSynced && !state.subscribers.isEmpty
      change(&state.store) { events, store in
        guard tells, !events.isEmpty else { return }
        let after = store.snapshot
        for event in events { deliveries.append(.init(event: event, after: after)) }
      }
      return (deliveries, tells ? state.subscribers : [])
    }
    guard !deliveries.isEmpty else { return }
    for subscriber in subscribers { subscriber.subscription?.deliver(deliveries) }
  }

  private func syncCompleted() {
    guard !firstSync.isOpen else { return }
    firstSync.open()
    for subscriber in state.withLock({ $0.subscribers }) { subscriber.subscription?.synced() }
    logger.debug("listed", metadata: ["objects": "\(snapshot.count)"])
  }

  private func interrupted(_ interruption: WatchInterruption) {
    state.withLock { $0.lastInterruption = interruption }
    if interruption.failure.kind == .notFound, !firstSync.isOpen { absent.open() }
    Counter(
      label: "watch_restarts_total",
      dimensions: [
        ("resource", resource.groupResource), ("reason", interruption.failure.kind.rawValue),
        ("relist", interruption.relists ? "true" : "false"),
      ],
      factory: options.metrics ?? MetricsSystem.factory
    ).increment()
    // A lost place is normal life; everything else is worth a look.
    logger.log(
      level: interruption.failure.kind == .expired ? .info : .warning,
      "watch interrupted: \(interruption.failure.message)",
      metadata: ["retryIn": "\(interruption.delay)", "relists": "\(interruption.relists)"])
  }
}
