internal import HashTreeCollections
internal import Logging
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
/// A namespace, all of them, or some: an informer of several namespaces runs one watch for each, for
/// callers who may not list the whole cluster, and is synced when every one was listed.
///
/// ``run()`` does the work and may be one service of a group; readers may come before, during and
/// after it. A snapshot is taken without copying and never changes. A deletion is never lost: after
/// every relist the informer compares what it knew with what there is.
///
/// Dynamic objects are kept and given packed (`JSONObject.packed()`): take what is read often out of
/// them once.
///
/// Safe to use from any task.
public final class Informer<Object: Sendable>: Service {
  private struct State: Sendable {
    var store: ObjectStore<Object>
    var subscribers: [WeakSubscription] = []
    var isRunning = false
    /// Nobody follows the collection any more: a run has ended and no other has begun.
    var hasEnded = false
    /// Of the scopes that are not followed at the moment.
    var interruptions: [Int: WatchInterruption] = [:]
    var relistListeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var nextListener: UInt64 = 0
  }

  private struct WeakSubscription: Sendable {
    weak var subscription: InformerSubscription<Object>?
  }

  /// What is copied.
  public let resource: ResourceType
  /// The namespaces that are copied; nil for all.
  public let namespaces: [String]?

  private let engines: [WatcherEngine]
  private let options: InformerOptions<Object>
  private let decode: @Sendable (DynamicObject) throws -> Object
  private let logger: Logger
  private let state: Mutex<State>
  /// Held while the store changes and while subscribers are told of it, so that what several
  /// watches bring arrives everywhere in the order of the store's versions.
  private let writing = Mutex<Void>(())
  private let metrics: InformerMetrics
  private let firstSync = Gate()
  /// Opens when the server, asked for the first list, said that there is no such resource.
  let absent = Gate()
  /// Opens when the first list is complete, or when it is known why it is not.
  let answered = Gate()

  /// - Parameter engine: makes the watch of a namespace; nil for all namespaces.
  init(
    resource: ResourceType, namespaces: [String]?, options: InformerOptions<Object>,
    decode: @escaping @Sendable (DynamicObject) throws -> Object, engine: (String?) -> WatcherEngine
  ) {
    // Once each: two watches of one namespace would delete what the other listed.
    let namespaces = namespaces.map { Array(Set($0)).sorted() }
    let scopes: [String?] = namespaces ?? [nil]
    engines = scopes.map(engine)
    self.resource = resource
    self.namespaces = namespaces
    self.options = options
    self.decode = decode
    var logger = options.logger
    logger[metadataKey: "resource"] = "\(resource)"
    if let namespaces { logger[metadataKey: "namespaces"] = "\(namespaces.joined(separator: ","))" }
    self.logger = logger
    metrics = InformerMetrics(resource: resource, factory: options.metrics)
    state = Mutex(State(store: ObjectStore(indexes: options.indexes, namespaces: scopes)))
    if scopes.isEmpty {
      firstSync.open()
      answered.open()
    }
  }

  // MARK: Reading

  /// The collection as it is known now. O(1).
  public var snapshot: StoreSnapshot<Object> { state.withLock { $0.store.snapshot } }

  /// The newest version known of one object.
  public subscript(key: ObjectKey) -> Object? { state.withLock { $0.store.objects[key]?.object } }

  /// True from the end of the first list on.
  public var isSynced: Bool { firstSync.isOpen }

  /// Why the collection is not followed at the moment; nil when it is.
  public var lastInterruption: WatchInterruption? { state.withLock { $0.interruptions.min { $0.key < $1.key }?.value } }

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

  /// A view of the collection and its changes from now on. Let go of it to end it. After the end of
  /// ``run()`` it gives what is known, then ends.
  ///
  /// - Parameter bufferLimit: changes kept for a slow consumer; when there are more, those of one
  ///   object become one, and if that does not help, all become one ``InformerEvent/resync(_:)``.
  public func subscribe(bufferLimit: Int = KubeDefaults.subscriptionBuffer) -> InformerSubscription<Object> {
    state.withLock { state in
      let subscription = InformerSubscription<Object>(limit: bufferLimit, isSynced: state.store.isSynced) {
        [weak self] in self?.snapshot
      }
      if state.hasEnded {
        subscription.finish()
        return subscription
      }
      state.subscribers.removeAll { $0.subscription == nil }
      state.subscribers.append(WeakSubscription(subscription: subscription))
      return subscription
    }
  }

  /// Yields after each list but the first of a namespace: what came and went before it was not seen.
  /// Several that nobody waited for become one. Ends with ``run()``.
  func relists() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state -> UInt64? in
      if state.hasEnded { return nil }
      state.nextListener += 1
      state.relistListeners[state.nextListener] = continuation
      return state.nextListener
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.relistListeners.removeValue(forKey: id) }
    }
    return stream
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
      if state.isRunning { return false }
      state.isRunning = true
      state.hasEnded = false
      return true
    }
    guard claimed else { throw CacheError.alreadyRunning(resource: resource) }
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        for (scope, engine) in self.engines.enumerated() {
          group.addTask { await engine.run { self.receive($0, scope: scope) } }
        }
        // Without a namespace to watch there is nothing to do, but it is not over either.
        if self.engines.isEmpty { group.addTask { try? await Gate().wait() } }
      }
    }
    let (subscribers, listeners) = state.withLock { state in
      state.isRunning = false
      state.hasEnded = true
      defer {
        state.subscribers = []
        state.relistListeners = [:]
      }
      return (state.subscribers, Array(state.relistListeners.values))
    }
    for subscriber in subscribers { subscriber.subscription?.finish() }
    for listener in listeners { listener.finish() }
  }

  private func receive(_ event: WatcherEvent<DynamicObject>, scope: Int) {
    switch event {
    case .restarting:
      state.withLock { $0.store.beginList(scope: scope) }
    case .listed(let objects):
      let arrivals = objects.map(arrival)
      update { store in arrivals.flatMap { store.apply($0, scope: scope) } }
    case .applied(let object):
      let arrival = arrival(object)
      update { $0.apply(arrival, scope: scope) }
    case .deleted(let object):
      let last: ObjectStore<Object>.Entry? =
        if case .object(_, let entry) = arrival(object) { entry } else { nil }
      update { $0.delete(object.key, last: last, scope: scope) }
    case .restarted:
      let wasSynced = state.withLock { $0.store.isSynced }
      update { $0.endList(scope: scope) }
      metrics.listed()
      syncCompleted()
      if wasSynced { for listener in state.withLock({ Array($0.relistListeners.values) }) { listener.yield() } }
    case .watching:
      metrics.watching()
      state.withLock { $0.interruptions[scope] = nil }
    case .interrupted(let interruption):
      interrupted(interruption, scope: scope)
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

  /// Changes the store and tells the subscribers.
  private func update(_ change: (inout ObjectStore<Object>) -> [StoreChange<Object>]) {
    writing.withLock { _ in
      let (changes, told, count) = state.withLock {
        state -> ([StoreChange<Object>], (ObjectStore<Object>, [WeakSubscription])?, Int) in
        // Before the first list is complete nobody is told of single objects.
        let tells = state.store.isSynced && !state.subscribers.isEmpty
        let changes = change(&state.store)
        return (changes, tells && !changes.isEmpty ? (state.store, state.subscribers) : nil, state.store.objects.count)
      }
      if !changes.isEmpty { metrics.holds(count) }
      guard let (store, subscribers) = told else { return }
      for subscriber in subscribers { subscriber.subscription?.deliver(changes, store) }
    }
  }

  private func syncCompleted() {
    guard !firstSync.isOpen, state.withLock({ $0.store.isSynced }) else { return }
    firstSync.open()
    answered.open()
    for subscriber in state.withLock({ $0.subscribers }) { subscriber.subscription?.synced() }
    logger.debug("listed", metadata: ["objects": "\(snapshot.count)"])
  }

  private func interrupted(_ interruption: WatchInterruption, scope: Int) {
    state.withLock { $0.interruptions[scope] = interruption }
    if interruption.failure.kind == .notFound, !firstSync.isOpen { absent.open() }
    answered.open()
    metrics.interrupted(interruption)
    // A lost place is normal life; everything else is worth a look.
    logger.log(
      level: interruption.failure.kind == .expired ? .info : .warning,
      "watch interrupted: \(interruption.failure.message)",
      metadata: ["retryIn": "\(interruption.delay)", "relists": "\(interruption.relists)"])
  }
}
