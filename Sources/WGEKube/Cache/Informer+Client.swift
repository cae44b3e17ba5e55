public import WGECore

extension ListWatch {
  /// Lists and watches a resource with a client.
  ///
  /// - Parameter form: how much of each object is asked for.
  init(client: KubeClient, resource: ResourceType, namespace: String?, form: ObjectForm = .full) {
    // The watcher waits between attempts; a client that waited too would multiply the delays.
    let client = client.retrying(.none)
    self.init(
      list: { options in try await client.list(resource, namespace: namespace, options: options, form: form) },
      watch: { options, opened, receive in
        let events = try await client.watch(resource, namespace: namespace, options: options, form: form)
        await opened()
        for try await event in events { try await receive(event) }
      })
  }
}

extension Informer where Object == DynamicObject {
  /// An informer of a resource.
  ///
  /// - Parameter namespace: nil for all namespaces.
  public convenience init(
    _ resource: ResourceType, client: KubeClient, namespace: String? = nil, options: InformerOptions<Object> = .init()
  ) {
    self.init(resource, client: client, namespaces: namespace.map { [$0] }, options: options)
  }

  /// An informer of a resource in several namespaces, with one watch for each.
  ///
  /// - Parameter namespaces: nil for all namespaces; none for an informer that stays empty.
  public convenience init(
    _ resource: ResourceType, client: KubeClient, namespaces: [String]?, options: InformerOptions<Object> = .init()
  ) {
    // Packed, for most objects of a cache are kept and seldom read.
    self.init(resource: resource, namespaces: namespaces, options: options, decode: { $0.packed() }) { namespace in
      WatcherEngine(
        source: ListWatch(client: client, resource: resource, namespace: namespace, form: options.transform.form),
        options: options.watcher)
    }
  }
}

extension Informer where Object: KubeObject {
  /// An informer of a Swift type. Objects that do not fit the type are reported and skipped.
  ///
  /// - Parameter namespace: nil for all namespaces.
  public convenience init(
    _ type: Object.Type, client: KubeClient, namespace: String? = nil, options: InformerOptions<Object> = .init()
  ) {
    self.init(type, client: client, namespaces: namespace.map { [$0] }, options: options)
  }

  /// An informer of a Swift type in several namespaces, with one watch for each.
  ///
  /// - Parameter namespaces: nil for all namespaces; none for an informer that stays empty.
  public convenience init(
    _ type: Object.Type, client: KubeClient, namespaces: [String]?, options: InformerOptions<Object> = .init()
  ) {
    self.init(
      resource: Object.resource, namespaces: namespaces, options: options, decode: { try $0.decode(Object.self) }
    ) { namespace in
      WatcherEngine(
        source: ListWatch(
          client: client, resource: Object.resource, namespace: namespace, form: options.transform.form),
        options: options.watcher)
    }
  }
}

extension Watcher where Object == DynamicObject {
  /// A watcher of a resource.
  ///
  /// - Parameter namespace: nil for all namespaces.
  public init(
    _ resource: ResourceType, client: KubeClient, namespace: String? = nil, options: WatcherOptions = .init()
  ) {
    self.init(
      engine: WatcherEngine(
        source: ListWatch(client: client, resource: resource, namespace: namespace), options: options),
      decode: { $0 })
  }
}

extension Watcher where Object: KubeObject {
  /// A watcher of a Swift type. Objects that do not fit the type are reported and skipped.
  ///
  /// - Parameter namespace: nil for all namespaces.
  public init(
    _ type: Object.Type, client: KubeClient, namespace: String? = nil, options: WatcherOptions = .init()
  ) {
    self.init(
      engine: WatcherEngine(
        source: ListWatch(client: client, resource: Object.resource, namespace: namespace), options: options),
      decode: { try $0.decode(Object.self) })
  }
}
