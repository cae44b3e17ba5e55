public import CoreMetrics
public import Logging
internal import Synchronization
public import WGECore

/// The informers of one client: one per resource, namespace, selector and Swift type, however many
/// ask for it.
///
/// ```swift
/// let caches = SharedInformers(client: client)
/// let pods = caches.informer(for: .pods, namespace: "shop")
/// try await pods.informer.waitForSync(timeout: .seconds(30))
/// ```
/// An informer runs from the first time it is asked for until the last holder lets go of what it
/// got. Safe to use from any task.
public final class SharedInformers: Sendable {
  private struct Key: Hashable, Sendable {
    var resource: ResourceType
    var namespace: String?
    var labelSelector: String?
    var fieldSelector: String?
    var type: ObjectIdentifier
  }

  private struct WeakInformer: Sendable {
    weak var informer: (any AnyObject & Sendable)?
  }

  private let client: KubeClient
  private let watcher: WatcherOptions
  private let transform: ObjectTransform
  private let logger: Logger
  private let metrics: (any MetricsFactory)?
  private let informers = Mutex<[Key: WeakInformer]>([:])

  /// - Parameters:
  ///   - client: whose view of the cluster is kept.
  ///   - watcher: delays, paging and clock; its selectors are not used.
  ///   - transform: what of each object is kept, in all informers alike.
  ///   - metrics: nil for the global metrics system.
  public init(
    client: KubeClient, watcher: WatcherOptions = .init(), transform: ObjectTransform = .dropManagedFields,
    logger: Logger = Logger(label: "wge.kube.informer"), metrics: (any MetricsFactory)? = nil
  ) {
    self.client = client
    self.watcher = watcher
    self.transform = transform
    self.logger = logger
    self.metrics = metrics
  }

  /// The informer of a resource. Indexes are added to the informer itself, with
  /// ``Informer/addIndex(_:_:)``.
  public func informer(
    for resource: ResourceType, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil
  ) -> SharedInformer<DynamicObject> {
    shared(resource, namespace, labelSelector, fieldSelector) { options in
      Informer(resource, client: client, namespace: namespace, options: options)
    }
  }

  /// The informer of a Swift type.
  public func informer<T: KubeObject>(
    for type: T.Type, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil
  ) -> SharedInformer<T> {
    shared(T.resource, namespace, labelSelector, fieldSelector) { options in
      Informer(T.self, client: client, namespace: namespace, options: options)
    }
  }

  private func shared<Object: Sendable>(
    _ resource: ResourceType, _ namespace: String?, _ labelSelector: String?, _ fieldSelector: String?,
    make: (InformerOptions<Object>) -> Informer<Object>
  ) -> SharedInformer<Object> {
    let key = Key(
      resource: resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
      type: ObjectIdentifier(Object.self))
    return informers.withLock { informers in
      if let found = informers[key]?.informer as? SharedInformer<Object> { return found }
      informers = informers.filter { $0.value.informer != nil }
      var watcher = watcher
      watcher.labelSelector = labelSelector
      watcher.fieldSelector = fieldSelector
      let shared = SharedInformer(
        make(InformerOptions(watcher: watcher, transform: transform, logger: logger, metrics: metrics)))
      informers[key] = WeakInformer(informer: shared)
      return shared
    }
  }

  /// How many informers run.
  public var count: Int { informers.withLock { $0.values.count { $0.informer != nil } } }
}

/// A running informer that others may hold too. It stops when the last holder lets go.
public final class SharedInformer<Object: Sendable>: Sendable {
  /// The informer. Keep the ``SharedInformer`` for as long as it is to be followed.
  public let informer: Informer<Object>
  private let task: Task<Void, Never>

  init(_ informer: Informer<Object>) {
    self.informer = informer
    // Detached from the task-local graceful shutdown of whoever asked first: others may need it longer.
    task = Task.detached { try? await informer.run() }
  }

  deinit { task.cancel() }

  /// Stops it for all holders and returns when it has stopped.
  func close() async {
    task.cancel()
    await task.value
  }
}
