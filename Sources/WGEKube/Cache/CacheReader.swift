internal import Synchronization
public import WGECore

/// Reads from caches where there are some, and from the server where there are none.
///
/// ```swift
/// let reader = CacheReader(SharedInformers(client: client), reading: [.secrets: .server])
/// let deployment = try await reader.get(.deployments, key)
/// let pods = try await reader.list(.pods, namespace: "shop", labelSelector: "app=cart")
/// ```
/// The first read of a resource starts its informer and waits until it is filled; later ones cost a
/// look into memory. What is read may be a little old: a write that depends on it carries its
/// resource version. Informers run as long as the reader lives. Safe to use from any task.
public final class CacheReader: Sendable {
  /// Where reads of a resource go.
  public enum Origin: Sendable, Hashable {
    /// To an informer. The default.
    case cache
    /// To the server, each time: for what must not lie in memory or must be the newest.
    case server
  }

  private struct Key: Hashable, Sendable {
    var resource: ResourceType
    var namespace: String?
  }

  private let informers: SharedInformers
  private let origins: [ResourceType: Origin]
  private let namespaces: [String]?
  private let timeout: Duration
  private let held = Mutex<[ResourceType: SharedInformer<DynamicObject>]>([:])

  /// - Parameters:
  ///   - informers: who keeps the caches; often those of the controllers.
  ///   - origins: exceptions from reading through caches.
  ///   - namespaces: what is cached; nil for the whole cluster. Reads elsewhere go to the server.
  ///   - timeout: how long the first read of a resource waits for its cache. Default 30 s.
  public init(
    _ informers: SharedInformers, reading origins: [ResourceType: Origin] = [:], namespaces: [String]? = nil,
    timeout: Duration = KubeDefaults.cacheReadTimeout
  ) {
    self.informers = informers
    self.origins = origins
    self.namespaces = namespaces
    self.timeout = timeout
  }

  /// One object; nil when there is none.
  ///
  /// - Throws: ``CacheError/notSynced(resource:waited:lastFailure:)``, and ``KubeError`` from reads of
  ///   the server.
  public func get(_ resource: ResourceType, _ key: ObjectKey) async throws -> DynamicObject? {
    guard let snapshot = try await snapshot(resource, namespace: key.namespace) else {
      do { return try await informers.client.get(resource, key) } catch let error as KubeError where error.isNotFound {
        return nil
      }
    }
    return snapshot[key]
  }

  /// The objects that match, in the order of their keys.
  ///
  /// - Parameters:
  ///   - namespace: nil for all namespaces.
  ///   - labelSelector: in Kubernetes' syntax.
  /// - Throws: as ``get(_:_:)``, and `SelectorParseError` for a selector that makes no sense.
  public func list(
    _ resource: ResourceType, namespace: String? = nil, labelSelector: String? = nil
  ) async throws -> [DynamicObject] {
    guard let snapshot = try await snapshot(resource, namespace: namespace) else {
      var objects: [DynamicObject] = []
      let pages = informers.client.pages(
        resource, namespace: namespace, options: ListOptions(labelSelector: labelSelector, limit: KubeDefaults.pageSize)
      )
      for try await page in pages { objects += page.items }
      return objects
    }
    let selector = try labelSelector.map { try LabelSelector(parsing: $0) }
    return snapshot.values
      .filter { object in
        (namespace == nil || object.namespace == namespace) && (selector?.matches(object.labels) ?? true)
      }
      .sorted { $0.key < $1.key }
  }

  /// The whole cache of a resource, filled; nil when its reads go to the server.
  private func snapshot(
    _ resource: ResourceType, namespace: String?
  ) async throws -> StoreSnapshot<DynamicObject>? {
    if origins[resource] == .server { return nil }
    if let namespaces, resource.isNamespaced, !namespaces.contains(where: { $0 == namespace }) { return nil }
    let shared = held.withLock { held in
      if let shared = held[resource] { return shared }
      let shared = informers.informer(for: resource, namespaces: resource.isNamespaced ? namespaces : nil)
      held[resource] = shared
      return shared
    }
    try await shared.informer.waitForSync(timeout: timeout)
    return shared.informer.snapshot
  }
}
