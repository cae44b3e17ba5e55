public import WGECore

// The verbs for types that conform to KubeObject: the dynamic ones, with a codec at each end.
extension KubeClient {
  /// Reads one object.
  public func get<T: KubeObject>(_ type: T.Type, _ key: ObjectKey) async throws -> T {
    try TypedCodec.decode(try await get(T.resource, key))
  }

  /// Reads one page of a list.
  public func list<T: KubeObject>(
    _ type: T.Type, namespace: String? = nil, options: ListOptions = ListOptions()
  ) async throws -> KubeList<T> {
    try await list(T.resource, namespace: namespace, options: options).map { try TypedCodec.decode($0) }
  }

  /// The pages of a list, fetched as they are asked for. One object that does not fit the type
  /// fails its page; list `DynamicObject`s where that may happen.
  public func pages<T: KubeObject>(
    _ type: T.Type, namespace: String? = nil, options: ListOptions = ListOptions(),
    whenExpired: ExpiredListPolicy = .restart
  ) -> ListPages<T> {
    ListPages(what: "list of \(T.resource.groupResource)", options: options, whenExpired: whenExpired) { page in
      try await list(T.self, namespace: namespace, options: page)
    }
  }

  /// All objects of a list in one consistent state.
  public func listAll<T: KubeObject>(
    _ type: T.Type, namespace: String? = nil, options: ListOptions = ListOptions()
  ) async throws -> KubeList<T> {
    try await pages(type, namespace: namespace, options: options).collect()
  }

  /// Opens a watch. An object that does not fit the type ends it with an error.
  public func watch<T: KubeObject>(
    _ type: T.Type, namespace: String? = nil, options: WatchOptions = WatchOptions()
  ) async throws -> WatchStream<T> {
    try await watch(T.resource, namespace: namespace, options: options) { try TypedCodec.decode($0) }
  }

  /// Stores a new object and returns it as stored.
  @discardableResult
  public func create<T: KubeObject>(
    _ object: T, namespace: String? = nil, options: WriteOptions = WriteOptions()
  ) async throws -> T {
    try TypedCodec.decode(
      try await create(T.resource, try TypedCodec.encode(object), namespace: namespace, options: options))
  }

  /// Replaces an object whole. Fields that the type does not declare are lost: prefer a patch or
  /// apply for objects that others write too.
  @discardableResult
  public func replace<T: KubeObject>(_ object: T, options: WriteOptions = WriteOptions()) async throws -> T {
    try TypedCodec.decode(try await replace(T.resource, try TypedCodec.encode(object), options: options))
  }

  /// Replaces the status of an object and nothing else.
  @discardableResult
  public func replaceStatus<T: KubeObject>(_ object: T, options: WriteOptions = WriteOptions()) async throws -> T {
    try TypedCodec.decode(try await replaceStatus(T.resource, try TypedCodec.encode(object), options: options))
  }

  /// Changes an object in place.
  @discardableResult
  public func patch<T: KubeObject>(
    _ type: T.Type, _ key: ObjectKey, _ patch: Patch, subresource: Subresource? = nil,
    options: WriteOptions = WriteOptions()
  ) async throws -> T {
    try TypedCodec.decode(
      try await self.patch(T.resource, key, patch, subresource: subresource, options: options))
  }

  /// Server-side apply of the fields that are set in the object.
  @discardableResult
  public func apply<T: KubeObject>(
    _ object: T, force: Bool = false, subresource: Subresource? = nil, options: WriteOptions = WriteOptions()
  ) async throws -> T {
    try TypedCodec.decode(
      try await apply(
        T.resource, try TypedCodec.encode(object), force: force, subresource: subresource, options: options))
  }

  /// Deletes one object.
  @discardableResult
  public func delete<T: KubeObject>(
    _ type: T.Type, _ key: ObjectKey, options: DeleteOptions = DeleteOptions()
  ) async throws -> DeleteOutcome {
    try await delete(T.resource, key, options: options)
  }

  /// Deletes all objects that the list options select.
  public func deleteCollection<T: KubeObject>(
    _ type: T.Type, namespace: String? = nil, selecting: ListOptions = ListOptions(),
    options: DeleteOptions = DeleteOptions()
  ) async throws {
    try await deleteCollection(T.resource, namespace: namespace, selecting: selecting, options: options)
  }
}

/// Between objects with a Swift type and their JSON: adds `apiVersion` and `kind` on the way out
/// and checks them on the way in.
public enum TypedCodec {
  /// - Throws: ``KubeError/decoding(what:problem:)`` when the value cannot be JSON.
  public static func encode<T: KubeObject>(_ object: T) throws -> DynamicObject {
    let resource = T.resource
    let what = "\(resource.kind) \(object.key)"
    do {
      let json = try JSON(encoding: object)
      guard var result = DynamicObject(json) else {
        throw KubeError.decoding(what: what, problem: "encodes as \(json.typeName), not as an object")
      }
      result["apiVersion"] = .string(resource.apiVersion)
      result["kind"] = .string(resource.kind)
      return result
    } catch let error as KubeError {
      throw error
    } catch {
      throw KubeError.decoding(what: what, problem: "cannot be encoded: \(error)")
    }
  }

  /// - Throws: ``KubeError/decoding(what:problem:)`` for another kind, or naming the field that
  ///   does not fit.
  public static func decode<T: KubeObject>(_ object: DynamicObject, as type: T.Type = T.self) throws -> T {
    let resource = T.resource
    let what = "\(resource.kind) \(object.key)"
    guard object.kind == resource.kind, object.apiVersion == resource.apiVersion else {
      throw KubeError.decoding(
        what: what,
        problem: "expected \(resource.groupVersionKind), found \(object.apiVersion), Kind=\(object.kind)")
    }
    do {
      return try object.decode(T.self)
    } catch {
      throw KubeError.decoding(what: what, problem: "\(error)")
    }
  }
}
