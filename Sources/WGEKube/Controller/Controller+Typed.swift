public import WGECore

extension Controller {
  /// A controller of a Swift type. See
  /// ``init(name:for:client:namespace:labelSelector:when:reconciler:options:)``.
  public init<T: KubeObject>(
    name: String, for type: T.Type, client: KubeClient, namespace: String? = nil, labelSelector: String? = nil,
    when filter: ChangeFilter = .all, reconciler: any Reconciler, options: ControllerOptions = .init()
  ) {
    self.init(
      name: name, for: T.resource, client: client, namespace: namespace, labelSelector: labelSelector, when: filter,
      reconciler: reconciler, options: options)
  }

  /// Also wakes the controller of an object of a Swift type when that object changes.
  public func owning<T: KubeObject>(
    _ type: T.Type, namespace: String? = nil, when filter: ChangeFilter = .all
  ) -> Controller {
    owning(T.resource, namespace: namespace, when: filter)
  }

  /// Also wakes the keys that an object of a Swift type maps to when that object changes. Objects
  /// that do not fit the type are logged and wake nobody.
  public func watching<T: KubeObject>(
    _ type: T.Type, client: KubeClient? = nil, namespace: String? = nil, labelSelector: String? = nil,
    fieldSelector: String? = nil, when filter: ChangeFilter = .all,
    map: @escaping @Sendable (T) async -> [ObjectKey]
  ) -> Controller {
    adding(
      .objects(
        type, client: client, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
        when: filter, map: map))
  }
}
