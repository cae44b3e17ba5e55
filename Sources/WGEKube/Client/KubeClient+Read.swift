internal import HTTPTypes
public import WGECore

extension KubeClient {
  /// Reads one object, or a subresource of it.
  public func get(
    _ resource: ResourceType, _ key: ObjectKey, subresource: Subresource? = nil
  ) async throws -> DynamicObject {
    let path = try ResourcePath.object(
      resource, namespace: namespace(key.namespace, resource), name: key.name, subresource: subresource)
    return try await object(Call(method: .get, path: path, isIdempotent: true))
  }

  /// Reads one page of a list: with no limit in the options, mostly the whole of it.
  public func list(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions()
  ) async throws -> KubeList<DynamicObject> {
    let path = try ResourcePath.collection(resource, namespace: listNamespace(namespace))
    let call = Call(method: .get, path: path, query: options.query(), isIdempotent: true)
    return try KubeList<DynamicObject>(try await sender.json(call), resource: resource)
  }

  /// The pages of a list, fetched as they are asked for. See ``ListPages`` for what happens when
  /// the server forgets the list between two pages.
  public func pages(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions()
  ) -> ListPages<DynamicObject> {
    ListPages(what: "list of \(resource.groupResource)", options: options) { page in
      try await list(resource, namespace: namespace, options: page)
    }
  }

  /// All objects of a list in one consistent state, fetched page by page.
  public func listAll(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions()
  ) async throws -> KubeList<DynamicObject> {
    try await pages(resource, namespace: namespace, options: options).collect()
  }

  /// Opens a watch. Returns when the server accepted it; the events are in the stream. For a
  /// watch that survives its ends, use ``Watcher``.
  public func watch(
    _ resource: ResourceType, namespace: String? = nil, options: WatchOptions = WatchOptions()
  ) async throws -> WatchStream<DynamicObject> {
    try await watch(resource, namespace: namespace, options: options) { $0 }
  }

  func watch<Object: Sendable>(
    _ resource: ResourceType, namespace: String?, options: WatchOptions,
    transform: @escaping @Sendable (DynamicObject) throws -> Object
  ) async throws -> WatchStream<Object> {
    let path = try ResourcePath.collection(resource, namespace: listNamespace(namespace))
    let stream = try await sender.stream(
      Call(method: .get, path: path, query: options.query(), isIdempotent: true))
    return WatchStream(
      body: stream.body, resource: resource, maximumEventBytes: KubeDefaults.maximumWatchEventBytes,
      transform: transform)
  }

  /// Sends a call whose answer is one object.
  func object(_ call: Call) async throws -> DynamicObject {
    let json = try await sender.json(call)
    guard let object = DynamicObject(json) else {
      throw KubeError.decoding(what: call.summary, problem: "expected an object, found \(json.typeName)")
    }
    return object
  }
}
