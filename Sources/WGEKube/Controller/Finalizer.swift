public import WGECore

/// Keeps an object from disappearing before what was made for it is cleaned up.
///
/// ```swift
/// let finalizer = Finalizer("pipelines.weave.works/cleanup", resource: .pipelines, client: client)
/// return try await finalizer.reconcile(object) { object in
///   try await bringAbout(object)
/// } cleanup: { object in
///   try await removeWhatWasMade(for: object)
/// }
/// ```
/// Nothing is made for an object before the finalizer is stored on it, and the finalizer goes only
/// after the cleanup succeeded: a crash at any point leaves a state from which the next run goes on.
public struct Finalizer: Sendable {
  /// The finalizer, `domain/word`.
  public let name: String
  private let resource: ResourceType
  private let client: KubeClient

  /// A finalizer of the objects of a resource.
  public init(_ name: String, resource: ResourceType, client: KubeClient) {
    self.name = name
    self.resource = resource
    self.client = client
  }

  /// Does what the state of the object asks for.
  ///
  /// - Parameters:
  ///   - apply: for an object that is to exist; gets it with the finalizer on it.
  ///   - cleanup: for an object that is being deleted. May run more than once.
  /// - Throws: what the two throw, and ``KubeError``: a conflict when the object was too old.
  public func reconcile(
    _ object: DynamicObject, apply: (DynamicObject) async throws -> Requeue,
    cleanup: (DynamicObject) async throws -> Void
  ) async throws -> Requeue {
    guard object.isBeingDeleted else {
      return try await apply(try await add(to: object))
    }
    // Without our finalizer nothing was made, or the cleanup is done; others hold the object.
    guard object.finalizers.contains(name) else { return .done }
    try await cleanup(object)
    try await remove(from: object)
    return .done
  }

  /// Puts the finalizer on the object, if it is not there.
  /// - Returns: the object with it.
  @discardableResult
  public func add(to object: DynamicObject) async throws -> DynamicObject {
    if object.finalizers.contains(name) { return object }
    return try await write(object.finalizers + [name], to: object)
  }

  /// Takes the finalizer off the object. Nothing happens when it, or the object, is gone.
  public func remove(from object: DynamicObject) async throws {
    var current = object
    for attempt in 1... {
      guard current.finalizers.contains(name), current.uid == object.uid else { return }
      do {
        try await write(current.finalizers.filter { $0 != name }, to: current)
        return
      } catch let error as KubeError where error.isNotFound {
        return
      } catch let error as KubeError where error.isConflict && attempt < 4 {
        // The cleanup is done and the cache was behind: only the list of finalizers is at stake.
        do { current = try await client.get(resource, object.key) } catch let error as KubeError where error.isNotFound
        {
          return
        }
      }
    }
  }

  /// The list is written whole, so only if nobody else changed the object meanwhile.
  @discardableResult
  private func write(_ finalizers: [String], to object: DynamicObject) async throws -> DynamicObject {
    var metadata: JSONObject = ["finalizers": .array(finalizers.map(JSON.string))]
    if let version = object.resourceVersion { metadata["resourceVersion"] = .string(version) }
    if let uid = object.uid { metadata["uid"] = .string(uid) }
    return try await client.patch(resource, object.key, .merge(["metadata": .object(metadata)]))
  }
}
