public import ServiceLifecycle
public import WGECore

/// Keeps the objects of one kind as they ask to be: watches them and what they depend on, and calls
/// a ``Reconciler`` with the key of each one that may need work.
///
/// ```swift
/// let controller = Controller(name: "widgets", for: Widget.resource, client: client, reconciler: WidgetReconciler())
///   .owning(Deployment.resource)
///   .watching(ConfigMap.resource) { map in widgetKeys(using: map) }
/// try await controller.run()
/// ```
/// Keys are deduplicated, never reconciled twice at the same time, retried with growing delays when
/// they fail, and looked at again every ``ControllerOptions/resync``. When the run ends gracefully,
/// running reconciles may finish within a deadline and no new one begins.
///
/// A value: each `owning` and `watching` gives a new controller. ``sources`` is shared by all of
/// them. Run one of them, once at a time.
public struct Controller: Service {
  /// Names the controller in logs and metrics.
  public let name: String
  /// The kind whose objects are reconciled.
  public let resource: ResourceType
  /// Sources that may be added and removed while the controller runs.
  public let sources: SourceSet

  let client: KubeClient
  private(set) var namespaces: [String]?
  let labelSelector: String?
  let filter: ChangeFilter
  let reconciler: any Reconciler
  let options: ControllerOptions
  private(set) var fixedSources: [Source] = []

  /// A controller of a resource.
  ///
  /// - Parameters:
  ///   - namespace: only objects of this namespace; nil for all.
  ///   - labelSelector: only objects that match; nil for all.
  ///   - filter: which changes of the objects themselves count.
  public init(
    name: String, for resource: ResourceType, client: KubeClient, namespace: String? = nil,
    labelSelector: String? = nil, when filter: ChangeFilter = .all, reconciler: any Reconciler,
    options: ControllerOptions = .init()
  ) {
    self.name = name
    self.resource = resource
    self.client = client
    namespaces = namespace.map { [$0] }
    self.labelSelector = labelSelector
    self.filter = filter
    self.reconciler = reconciler
    self.options = options
    sources = SourceSet()
  }

  /// A controller whose reconciler is a function.
  public init(
    name: String, for resource: ResourceType, client: KubeClient, namespace: String? = nil,
    labelSelector: String? = nil, when filter: ChangeFilter = .all, options: ControllerOptions = .init(),
    reconcile: @escaping @Sendable (ObjectKey, ReconcileContext) async throws -> Requeue
  ) {
    self.init(
      name: name, for: resource, client: client, namespace: namespace, labelSelector: labelSelector, when: filter,
      reconciler: ReconcileFunction(function: reconcile), options: options)
  }

  private struct ReconcileFunction: Reconciler {
    let function: @Sendable (ObjectKey, ReconcileContext) async throws -> Requeue

    func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
      try await function(key, context)
    }
  }

  // MARK: Sources

  /// Also wakes the controller of an object when that object changes.
  public func owning(
    _ resource: ResourceType, namespace: String? = nil, when filter: ChangeFilter = .all
  ) -> Controller {
    adding(.owned(resource, namespaces: namespace.map { [$0] } ?? namespaces, when: filter))
  }

  /// Keeps to these namespaces, with one watch for each: its own kind, and what it owns from here on.
  /// For controllers that may not list the whole cluster.
  public func limited(to namespaces: [String]) -> Controller {
    var controller = self
    controller.namespaces = namespaces
    return controller
  }

  /// Also wakes all objects of the controller's kind when any object of a resource changes, or
  /// appears: for configuration that all of them depend on.
  ///
  /// - Parameter client: of the cluster that has the objects; nil for the controller's own.
  public func watchingForAll(
    _ resource: ResourceType, client: KubeClient? = nil, namespace: String? = nil, labelSelector: String? = nil,
    fieldSelector: String? = nil, when filter: ChangeFilter = .all
  ) -> Controller {
    adding(
      .forAll(
        resource, client: client, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
        when: filter))
  }

  /// Also wakes the keys that an object of a resource maps to when that object changes.
  ///
  /// - Parameters:
  ///   - client: of the cluster that has the objects; nil for the controller's own.
  ///   - map: from an object to keys of the controller's kind.
  public func watching(
    _ resource: ResourceType, client: KubeClient? = nil, namespace: String? = nil, labelSelector: String? = nil,
    fieldSelector: String? = nil, when filter: ChangeFilter = .all,
    map: @escaping @Sendable (DynamicObject) async -> [ObjectKey]
  ) -> Controller {
    adding(
      .objects(
        resource, client: client, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
        when: filter, map: map))
  }

  /// Also wakes the keys of a sequence. The controller goes on when it ends or fails.
  public func watching<S: AsyncSequence & Sendable>(
    _ keys: S, name: String = "keys", priority: Priority = .normal
  ) -> Controller where S.Element == ObjectKey {
    adding(.keys(keys, name: name, priority: priority))
  }

  /// Also takes keys from a source.
  public func adding(_ source: Source) -> Controller {
    var controller = self
    controller.fixedSources.append(source)
    return controller
  }

  // MARK: Running

  /// Reconciles until the task is cancelled or the service group shuts down gracefully.
  ///
  /// On a graceful shutdown no reconcile begins and running ones may finish within
  /// ``ControllerOptions/stopDeadline``. On cancellation they are cancelled at once. A reconcile that
  /// ignores its cancellation for longer than ``ControllerOptions/cancellationGrace`` is left behind.
  public func run() async throws {
    await ControllerRun(self).run()
  }
}
