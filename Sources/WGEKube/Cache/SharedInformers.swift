public import CoreMetrics
public import Logging
internal import Synchronization
public import WGECore

/// The informers of one client: one per resource, namespaces, selectors, form and Swift type,
/// however many ask for it.
///
/// ```swift
/// let caches = SharedInformers(client: client)
/// let pods = caches.informer(for: .pods, namespace: "shop")
/// try await pods.informer.waitForSync(timeout: .seconds(30))
/// ```
/// An informer runs from the first time it is asked for until the last holder has let go of what it
/// got and ``idleTime`` has passed. Safe to use from any task.
public final class SharedInformers: Sendable {
  /// How long an informer runs on when nobody holds it, so that the next one to ask finds it filled.
  public let idleTime: Duration
  let client: KubeClient
  private let watcher: WatcherOptions
  private let transform: ObjectTransform
  private let logger: Logger
  private let metrics: (any MetricsFactory)?
  private let registry: SharedInformerRegistry

  /// - Parameters:
  ///   - client: whose view of the cluster is kept.
  ///   - watcher: delays, paging and clock; its selectors are not used.
  ///   - transform: what of each object is kept unless a holder asks for another form.
  ///   - idleTime: how long an informer runs on when nobody holds it. Default: it stops at once.
  ///   - metrics: nil for the global metrics system.
  public init(
    client: KubeClient, watcher: WatcherOptions = .init(), transform: ObjectTransform = .dropManagedFields,
    idleTime: Duration = KubeDefaults.informerIdleTime, logger: Logger = Logger(label: "wge.kube.informer"),
    metrics: (any MetricsFactory)? = nil
  ) {
    self.client = client
    self.watcher = watcher
    self.transform = transform
    self.idleTime = idleTime
    self.logger = logger
    self.metrics = metrics
    registry = SharedInformerRegistry(idleTime: idleTime, timeline: Timeline(watcher.clock))
  }

  deinit { registry.close() }

  /// The informer of a resource. Indexes are added to the informer itself, with
  /// ``Informer/addIndex(_:_:)``.
  ///
  /// - Parameter form: what of each object is kept; nil for what all informers keep.
  public func informer(
    for resource: ResourceType, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
    form: ObjectTransform? = nil
  ) -> SharedInformer<DynamicObject> {
    informer(
      for: resource, namespaces: namespace.map { [$0] }, labelSelector: labelSelector, fieldSelector: fieldSelector,
      form: form)
  }

  /// The informer of a resource in several namespaces; nil for all.
  public func informer(
    for resource: ResourceType, namespaces: [String]?, labelSelector: String? = nil, fieldSelector: String? = nil,
    form: ObjectTransform? = nil
  ) -> SharedInformer<DynamicObject> {
    shared(resource, namespaces, labelSelector, fieldSelector, form) { namespaces, options in
      Informer(resource, client: client, namespaces: namespaces, options: options)
    }
  }

  /// The informer of a Swift type.
  public func informer<T: KubeObject>(
    for type: T.Type, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
    form: ObjectTransform? = nil
  ) -> SharedInformer<T> {
    shared(T.resource, namespace.map { [$0] }, labelSelector, fieldSelector, form) { namespaces, options in
      Informer(T.self, client: client, namespaces: namespaces, options: options)
    }
  }

  private func shared<Object: Sendable>(
    _ resource: ResourceType, _ namespaces: [String]?, _ labelSelector: String?, _ fieldSelector: String?,
    _ form: ObjectTransform?, make: ([String]?, InformerOptions<Object>) -> Informer<Object>
  ) -> SharedInformer<Object> {
    let namespaces = namespaces.map { Array(Set($0)).sorted() }
    let form = form ?? transform
    let key = SharedInformerRegistry.Key(
      resource: resource, namespaces: namespaces, labelSelector: labelSelector, fieldSelector: fieldSelector,
      form: form.id, type: ObjectIdentifier(Object.self))
    var watcher = watcher
    watcher.labelSelector = labelSelector
    watcher.fieldSelector = fieldSelector
    let options = InformerOptions<Object>(watcher: watcher, transform: form, logger: logger, metrics: metrics)
    return registry.handle(key) { make(namespaces, options) }
  }

  /// How many informers run.
  public var count: Int { registry.count }
}

/// A running informer that others may hold too.
public final class SharedInformer<Object: Sendable>: Sendable {
  /// The informer. Keep the ``SharedInformer`` for as long as it is to be followed.
  public let informer: Informer<Object>
  private let task: Task<Void, Never>
  /// Called when nobody holds this any more; stops the task now or later.
  private let released: @Sendable () -> Void

  /// Starts an informer that nobody else can ask for.
  convenience init(_ informer: Informer<Object>) {
    let task = Self.start(informer)
    self.init(informer, task: task) { task.cancel() }
  }

  init(_ informer: Informer<Object>, task: Task<Void, Never>, released: @escaping @Sendable () -> Void) {
    self.informer = informer
    self.task = task
    self.released = released
  }

  /// Detached from the task-local graceful shutdown of whoever asked first: others may need it longer.
  static func start(_ informer: Informer<Object>) -> Task<Void, Never> {
    Task.detached { try? await informer.run() }
  }

  deinit { released() }

  /// Stops it for all holders and returns when it has stopped.
  func close() async {
    task.cancel()
    await task.value
  }
}
