internal import HTTPTypes
public import WGECore

extension KubeClient {
  /// Reads one object, or a subresource of it.
  public func get(
    _ resource: ResourceType, _ key: ObjectKey, subresource: Subresource? = nil, form: ObjectForm = .full
  ) async throws -> DynamicObject {
    let path = try ResourcePath.object(
      resource, namespace: namespace(key.namespace, resource), name: key.name, subresource: subresource)
    return form.shaped(
      try await object(Call(method: .get, path: path, accept: form.acceptsObject, isIdempotent: true)), resource)
  }

  /// Reads one page of a list: with no limit in the options, mostly the whole of it.
  public func list(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions(), form: ObjectForm = .full
  ) async throws -> KubeList<DynamicObject> {
    let path = try ResourcePath.collection(resource, namespace: listNamespace(namespace))
    let call = Call(
      method: .get, path: path, query: options.query(), accept: form.acceptsList, isIdempotent: true)
    let list = try KubeList<DynamicObject>(try await sender.json(call), resource: resource)
    return form == .full ? list : list.map { form.shaped($0, resource) }
  }

  /// The pages of a list, fetched as they are asked for. See ``ListPages`` for what happens when
  /// the server forgets the list between two pages.
  public func pages(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions(), form: ObjectForm = .full,
    whenExpired: ExpiredListPolicy = .restart
  ) -> ListPages<DynamicObject> {
    ListPages(what: "list of \(resource.groupResource)", options: options, whenExpired: whenExpired) { page in
      try await list(resource, namespace: namespace, options: page, form: form)
    }
  }

  /// All objects of a list in one consistent state, fetched page by page.
  public func listAll(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions(), form: ObjectForm = .full
  ) async throws -> KubeList<DynamicObject> {
    try await pages(resource, namespace: namespace, options: options, form: form).collect()
  }

  /// Opens a watch. Returns when the server accepted it; the events are in the stream. For a
  /// watch that survives its ends, use ``Watcher``.
  public func watch(
    _ resource: ResourceType, namespace: String? = nil, options: WatchOptions = WatchOptions(), form: ObjectForm = .full
  ) async throws -> WatchStream<DynamicObject> {
    try await watch(resource, namespace: namespace, options: options, accept: form.acceptsObject) {
      form.shaped($0, resource)
    }
  }

  func watch<Object: Sendable>(
    _ resource: ResourceType, namespace: String?, options: WatchOptions, accept: String = ObjectForm.full.acceptsObject,
    query: [(name: String, value: String)] = [], transform: @escaping @Sendable (DynamicObject) throws -> Object
  ) async throws -> WatchStream<Object> {
    let path = try ResourcePath.collection(resource, namespace: listNamespace(namespace))
    let stream = try await sender.stream(
      Call(method: .get, path: path, query: options.query() + query, accept: accept, isIdempotent: true))
    return WatchStream(
      body: stream.body, resource: resource, maximumEventBytes: KubeDefaults.maximumWatchEventBytes,
      transform: transform)
  }

  /// All objects of a list in one consistent state, sent by the server as a watch (KEP-3157): it
  /// answers from its cache, object by object, and holds no list in memory. Servers that do not
  /// have it get an ordinary list, page by page.
  ///
  /// - Parameter options: Selectors and time-out count; with a resource version, a state at least
  ///   as new as that one; without, the newest. Not for ``ResourceVersionMatch/exact``.
  /// - Throws: as ``listAll(_:namespace:options:form:)``; also when the stream ends before the list.
  public func listStreaming(
    _ resource: ResourceType, namespace: String? = nil, options: ListOptions = ListOptions(), form: ObjectForm = .full
  ) async throws -> KubeList<DynamicObject> {
    if options.resourceVersionMatch == .exact {
      throw KubeError.request("a streaming list cannot show an exact resource version; use listAll")
    }
    let watch = WatchOptions(
      labelSelector: options.labelSelector, fieldSelector: options.fieldSelector,
      resourceVersion: options.resourceVersion, resourceVersionMatch: .notOlderThan, allowBookmarks: true,
      sendInitialEvents: true, timeout: options.timeout)
    let events: WatchStream<DynamicObject>
    do {
      events = try await self.watch(resource, namespace: namespace, options: watch, form: form)
    } catch let error as KubeError where error.isInvalid || error.isBadRequest {
      // Without the feature, servers call sendInitialEvents invalid.
      return try await listAll(resource, namespace: namespace, options: options, form: form)
    }
    var objects: [ObjectKey: DynamicObject] = [:]
    for try await event in events {
      switch event {
      case .added(let object), .modified(let object): objects[object.key] = object
      case .deleted(let object): objects[object.key] = nil
      case .bookmark(let bookmark) where bookmark.endsInitialEvents:
        return KubeList(
          items: objects.sorted { $0.key < $1.key }.map(\.value), resourceVersion: bookmark.resourceVersion)
      case .bookmark: break
      }
    }
    throw KubeError.transport(
      TransportFailure(
        .connectionLost, message: "streaming list of \(resource.groupResource): the server ended it too early"))
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
