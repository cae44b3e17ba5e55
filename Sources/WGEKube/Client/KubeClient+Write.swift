internal import HTTPTypes
public import WGECore

/// What a delete led to.
public enum DeleteOutcome: Sendable, Hashable {
  /// The object is gone.
  case deleted
  /// The object is still there, marked for deletion: finalizers or a grace period hold it.
  case pending(DynamicObject)
}

extension KubeClient {
  /// Stores a new object. Its namespace is the argument's, else the object's, else
  /// ``defaultNamespace``.
  /// - Returns: The object as stored, with the server's defaults.
  @discardableResult
  public func create(
    _ resource: ResourceType, _ object: DynamicObject, namespace: String? = nil, options: WriteOptions = WriteOptions()
  ) async throws -> DynamicObject {
    let path = try ResourcePath.collection(
      resource, namespace: self.namespace(namespace ?? object.namespace, resource))
    return try await write(.post, path, object, resource, options)
  }

  /// Posts to a subresource of an object: `eviction` of a pod, `token` of a service account.
  @discardableResult
  public func create(
    _ resource: ResourceType, _ key: ObjectKey, subresource: Subresource, _ body: DynamicObject,
    options: WriteOptions = WriteOptions()
  ) async throws -> DynamicObject {
    let path = try ResourcePath.object(
      resource, namespace: namespace(key.namespace, resource), name: key.name, subresource: subresource)
    return try await self.object(
      Call(
        method: .post, path: path, query: options.query(defaultManager: fieldManager), contentType: "application/json",
        body: body.json.serialized(), isIdempotent: options.dryRun))
  }

  /// Replaces an object whole. With a `resourceVersion` in the object, only that state is
  /// replaced, a conflict otherwise.
  @discardableResult
  public func replace(
    _ resource: ResourceType, _ object: DynamicObject, namespace: String? = nil, subresource: Subresource? = nil,
    options: WriteOptions = WriteOptions()
  ) async throws -> DynamicObject {
    let path = try ResourcePath.object(
      resource, namespace: self.namespace(namespace ?? object.namespace, resource), name: object.name,
      subresource: subresource)
    return try await write(.put, path, object, resource, options)
  }

  /// Replaces the status of an object and nothing else.
  @discardableResult
  public func replaceStatus(
    _ resource: ResourceType, _ object: DynamicObject, namespace: String? = nil, options: WriteOptions = WriteOptions()
  ) async throws -> DynamicObject {
    try await replace(resource, object, namespace: namespace, subresource: .status, options: options)
  }

  /// Changes an object, or a subresource of it, in place.
  @discardableResult
  public func patch(
    _ resource: ResourceType, _ key: ObjectKey, _ patch: Patch, subresource: Subresource? = nil,
    options: WriteOptions = WriteOptions()
  ) async throws -> DynamicObject {
    let path = try ResourcePath.object(
      resource, namespace: namespace(key.namespace, resource), name: key.name, subresource: subresource)
    var query = options.query(defaultManager: fieldManager)
    var isIdempotent = options.dryRun
    if case .apply(_, let force) = patch {
      if force { query.append(("force", "true")) }
      isIdempotent = true
    }
    return try await object(
      Call(
        method: .patch, path: path, query: query, contentType: patch.mediaType, body: patch.body.serialized(),
        isIdempotent: isIdempotent))
  }

  /// Server-side apply: makes the object's fields so, creates it when it is missing, and leaves
  /// the fields of others alone. The object names what this manager wants, whole: fields that it
  /// applied before and that are missing now are removed.
  ///
  /// `managedFields` and `resourceVersion` of an object that was read are left out; the server
  /// would refuse the first, and the second would make every apply a conflict.
  @discardableResult
  public func apply(
    _ resource: ResourceType, _ object: DynamicObject, force: Bool = false, subresource: Subresource? = nil,
    options: WriteOptions = WriteOptions()
  ) async throws -> DynamicObject {
    var desired = object
    desired.completeTypeMeta(resource)
    desired.setValue(nil, at: ["metadata", "managedFields"])
    desired.setValue(nil, at: ["metadata", "resourceVersion"])
    return try await patch(
      resource, object.key, .apply(desired.json, force: force), subresource: subresource, options: options)
  }

  /// Deletes one object.
  @discardableResult
  public func delete(
    _ resource: ResourceType, _ key: ObjectKey, options: DeleteOptions = DeleteOptions()
  ) async throws -> DeleteOutcome {
    let path = try ResourcePath.object(resource, namespace: namespace(key.namespace, resource), name: key.name)
    let json = try await sender.json(
      Call(
        method: .delete, path: path, contentType: "application/json", body: options.body.serialized(),
        // With a uid no second attempt can hit a successor of the object.
        isIdempotent: options.dryRun || options.uid != nil))
    // A Status says gone; an object is its last state, or its present one while something holds it.
    if let object = DynamicObject(json), object.kind != "Status", object.isBeingDeleted { return .pending(object) }
    return .deleted
  }

  /// Deletes all objects that the list options select: without a selector, all of the namespace;
  /// without a namespace, all of the cluster.
  public func deleteCollection(
    _ resource: ResourceType, namespace: String? = nil, selecting: ListOptions = ListOptions(),
    options: DeleteOptions = DeleteOptions()
  ) async throws {
    let path = try ResourcePath.collection(resource, namespace: listNamespace(namespace))
    _ = try await sender.send(
      Call(
        method: .delete, path: path, query: selecting.query(), contentType: "application/json",
        body: options.body.serialized(), isIdempotent: options.dryRun))
  }

  private func write(
    _ method: HTTPRequest.Method, _ path: String, _ object: DynamicObject, _ resource: ResourceType,
    _ options: WriteOptions
  ) async throws -> DynamicObject {
    var object = object
    object.completeTypeMeta(resource)
    return try await self.object(
      Call(
        method: method, path: path, query: options.query(defaultManager: fieldManager),
        contentType: "application/json", body: object.json.serialized(), isIdempotent: options.dryRun))
  }
}

extension DeleteOptions {
  /// `metav1.DeleteOptions`.
  var body: JSON {
    var members: JSONObject = ["apiVersion": "v1", "kind": "DeleteOptions"]
    if let gracePeriod {
      members["gracePeriodSeconds"] = .number(.int(max(0, gracePeriod.components.seconds)))
    }
    if let propagation { members["propagationPolicy"] = .string(propagation.rawValue) }
    var preconditions = JSONObject()
    if let uid { preconditions["uid"] = .string(uid) }
    if let resourceVersion { preconditions["resourceVersion"] = .string(resourceVersion) }
    if !preconditions.isEmpty { members["preconditions"] = .object(preconditions) }
    if dryRun { members["dryRun"] = ["All"] }
    return .object(members)
  }
}
