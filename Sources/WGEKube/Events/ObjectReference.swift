public import WGECore

/// Which object an event is about: `v1.ObjectReference`.
public struct ObjectReference: Sendable, Hashable {
  /// `v1` or `apps/v1`.
  public var apiVersion: String
  /// The object's kind.
  public var kind: String
  /// Nil for cluster-scoped objects.
  public var namespace: String?
  /// The object's name.
  public var name: String
  /// Tells apart objects that had the same name one after the other.
  public var uid: String?
  /// The state that the event is about.
  public var resourceVersion: String?

  /// A reference from its parts.
  public init(
    apiVersion: String, kind: String, namespace: String? = nil, name: String, uid: String? = nil,
    resourceVersion: String? = nil
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.uid = uid
    self.resourceVersion = resourceVersion
  }

  /// A reference to an object.
  public init(_ object: DynamicObject) {
    self.init(
      apiVersion: object.apiVersion, kind: object.kind, namespace: object.namespace, name: object.name,
      uid: object.uid, resourceVersion: object.resourceVersion)
  }

  /// A reference to an object of a Swift type.
  public init<T: KubeObject>(_ object: T) {
    self.init(
      apiVersion: T.resource.apiVersion, kind: T.resource.kind, namespace: object.metadata.namespace,
      name: object.metadata.name ?? "", uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion)
  }

  var json: JSON {
    var members: JSONObject = ["apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name)]
    if let namespace { members["namespace"] = .string(namespace) }
    if let uid { members["uid"] = .string(uid) }
    if let resourceVersion { members["resourceVersion"] = .string(resourceVersion) }
    return .object(members)
  }
}
