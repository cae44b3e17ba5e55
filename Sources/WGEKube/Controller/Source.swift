internal import Logging
public import WGECore

/// What wakes a controller: something that yields keys of its kind.
public struct Source: Sendable {
  /// In words, for logs.
  public let name: String
  /// The controller starts to reconcile only when this source has delivered what there is.
  let blocksStart: Bool
  let store: SourceStore?
  let body: @Sendable (SourceContext) async -> Void

  /// The objects of a resource, each mapped to the keys that depend on it.
  ///
  /// - Parameters:
  ///   - client: of the cluster that has the objects; nil for the controller's own. A source with a
  ///     client of its own never keeps the controller from starting.
  ///   - filter: which changes count.
  ///   - map: from an object to keys of the controller's kind. For an update it is called with the
  ///     old and the new state, so that a moved reference wakes both ends.
  public static func objects(
    _ resource: ResourceType, client: KubeClient? = nil, namespace: String? = nil, labelSelector: String? = nil,
    fieldSelector: String? = nil, when filter: ChangeFilter = .all,
    map: @escaping @Sendable (DynamicObject) async -> [ObjectKey]
  ) -> Source {
    watching(
      resource, name: "\(resource)", client: client, namespaces: namespace.map { [$0] }, labelSelector: labelSelector,
      fieldSelector: fieldSelector, when: filter
    ) { object, _ in await map(object) }
  }

  /// The objects of a resource, each of which concerns all objects of the controller's kind.
  public static func forAll(
    _ resource: ResourceType, client: KubeClient? = nil, namespace: String? = nil, labelSelector: String? = nil,
    fieldSelector: String? = nil, when filter: ChangeFilter = .all
  ) -> Source {
    watching(
      resource, name: "\(resource) for all", client: client, namespaces: namespace.map { [$0] },
      labelSelector: labelSelector, fieldSelector: fieldSelector, when: filter, mapsAlike: true
    ) { _, context in context.allKeys() }
  }

  /// The objects of a Swift type, each mapped to the keys that depend on it. Objects that do not fit
  /// the type are logged and wake nobody. See ``objects(_:client:namespace:labelSelector:fieldSelector:when:map:)``.
  public static func objects<T: KubeObject>(
    _ type: T.Type, client: KubeClient? = nil, namespace: String? = nil, labelSelector: String? = nil,
    fieldSelector: String? = nil, when filter: ChangeFilter = .all,
    map: @escaping @Sendable (T) async -> [ObjectKey]
  ) -> Source {
    watching(
      T.resource, name: "\(T.resource)", client: client, namespaces: namespace.map { [$0] },
      labelSelector: labelSelector,
      fieldSelector: fieldSelector, when: filter
    ) { object, context in
      let typed: T
      do { typed = try object.decode(T.self) } catch {
        context.logger.warning("\(UndecodableObject(object, isDeleted: false, problem: "\(error)"))")
        return []
      }
      return await map(typed)
    }
  }

  /// The objects of a resource that name an object of the controller's kind as their controller.
  public static func owned(
    _ resource: ResourceType, namespace: String? = nil, when filter: ChangeFilter = .all
  ) -> Source {
    owned(resource, namespaces: namespace.map { [$0] }, when: filter)
  }

  /// The objects of a resource in several namespaces (nil for all) that name an object of the
  /// controller's kind as their controller.
  public static func owned(
    _ resource: ResourceType, namespaces: [String]?, when filter: ChangeFilter = .all
  ) -> Source {
    watching(resource, name: "\(resource) owned", namespaces: namespaces, when: filter) { object, context in
      object.controllerKey(of: context.primary).map { [$0] } ?? []
    }
  }

  static func watching(
    _ resource: ResourceType, name: String, client: KubeClient? = nil, namespaces: [String]? = nil,
    labelSelector: String? = nil, fieldSelector: String? = nil, when filter: ChangeFilter, mapsAlike: Bool = false,
    store: SourceStore = SourceStore(),
    map: @escaping @Sendable (DynamicObject, SourceContext) async -> [ObjectKey]
  ) -> Source {
    Source(name: name, blocksStart: client == nil, store: store) { context in
      let informer = context.informer(
        for: resource, client: client, namespaces: namespaces, labelSelector: labelSelector,
        fieldSelector: fieldSelector)
      store.set(informer.shared.informer)
      await context.follow(informer.shared.informer, when: filter, mapsAlike: mapsAlike) { await map($0, context) }
      store.clear(informer.shared.informer)
      if informer.isPrivate { await informer.shared.close() }
    }
  }

  /// Keys from anywhere: a webhook, a timer, another controller.
  public static func keys<S: AsyncSequence & Sendable>(
    _ keys: S, name: String = "keys", priority: Priority = .normal
  ) -> Source where S.Element == ObjectKey {
    Source(name: name, blocksStart: false, store: nil) { context in
      context.markSynced()
      do {
        for try await key in keys { context.enqueue([key], priority) }
      } catch is CancellationError {
      } catch {
        context.logger.error("source \(name) ended: \(error)")
      }
    }
  }

  init(
    name: String, blocksStart: Bool, store: SourceStore?, body: @escaping @Sendable (SourceContext) async -> Void
  ) {
    self.name = name
    self.blocksStart = blocksStart
    self.store = store
    self.body = body
  }
}

extension DynamicObject {
  /// The key of the object of that resource that controls this one; nil when there is none.
  public func controllerKey(of resource: ResourceType) -> ObjectKey? {
    for reference in value(at: ["metadata", "ownerReferences"])?.arrayValue ?? [] {
      guard reference["controller"]?.boolValue == true, reference["kind"]?.stringValue == resource.kind,
        let name = reference["name"]?.stringValue,
        // The version may differ: an owner is the same object in every version of its group.
        let owner = GroupVersionKind(apiVersion: reference["apiVersion"]?.stringValue ?? "", kind: resource.kind),
        owner.group == resource.group
      else { continue }
      return ObjectKey(namespace: resource.isNamespaced ? namespace : nil, name: name)
    }
    return nil
  }
}
