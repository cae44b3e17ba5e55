/// `metav1.ObjectMeta`: what every Kubernetes object carries under `metadata`.
///
/// Reading and writing through ``DynamicObject`` keeps fields that this type does not list.
/// Source: k8s.io/apimachinery, meta/v1 types.
public struct ObjectMeta: Sendable, Hashable, Codable {
  /// Unique among objects of the kind in a namespace. Nil before the server completed a
  /// ``generateName``.
  public var name: String?
  /// Prefix for a name that the server completes when ``name`` is nil.
  public var generateName: String?
  /// Nil for cluster-scoped objects.
  public var namespace: String?
  /// Opaque; compare only for equality. Nil before the server stored the object.
  public var resourceVersion: String?
  /// Rises with every change of the desired state, not of status or metadata.
  public var generation: Int64?
  /// Unique in time and space: an object that is deleted and made anew has another one.
  public var uid: String?
  /// Set by the server.
  public var creationTimestamp: Timestamp?
  /// Set by the server when deletion was asked for; the object goes when its finalizers are gone.
  public var deletionTimestamp: Timestamp?
  /// Seconds.
  public var deletionGracePeriodSeconds: Int64?
  /// For selecting objects.
  public var labels: [String: String]?
  /// For tools and people; not for selecting.
  public var annotations: [String: String]?
  /// The objects that this one goes away with.
  public var ownerReferences: [OwnerReference]?
  /// Who must clean up before the object may go.
  public var finalizers: [String]?
  /// Field ownership as the server reports it, kept verbatim.
  public var managedFields: [JSON]?

  /// Metadata as a client writes it; the server fills in the rest.
  public init(
    name: String? = nil, namespace: String? = nil, labels: [String: String]? = nil,
    annotations: [String: String]? = nil
  ) {
    self.name = name
    self.namespace = namespace
    self.labels = labels
    self.annotations = annotations
  }
}

/// `metav1.OwnerReference`: the object that this one goes away with.
public struct OwnerReference: Sendable, Hashable, Codable {
  /// Of the owner, `apps/v1`.
  public var apiVersion: String
  /// Of the owner.
  public var kind: String
  /// Of the owner, which is in the same namespace or cluster-scoped.
  public var name: String
  /// Of the owner: an object of the same name with another uid is not the owner.
  public var uid: String
  /// True for the one owner that manages the object.
  public var controller: Bool?
  /// True when the owner must not go before this object has gone.
  public var blockOwnerDeletion: Bool?

  /// A reference made of its fields.
  public init(
    apiVersion: String, kind: String, name: String, uid: String, controller: Bool? = nil,
    blockOwnerDeletion: Bool? = nil
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.uid = uid
    self.controller = controller
    self.blockOwnerDeletion = blockOwnerDeletion
  }

  /// A reference to a stored object; nil when it has no uid, name or kind yet.
  public init?(to owner: DynamicObject, controller: Bool? = nil, blockOwnerDeletion: Bool? = nil) {
    guard let uid = owner.uid, !owner.name.isEmpty, let type = owner.groupVersionKind else { return nil }
    self.init(
      apiVersion: type.apiVersion, kind: type.kind, name: owner.name, uid: uid, controller: controller,
      blockOwnerDeletion: blockOwnerDeletion)
  }

  /// A reference to a stored object; nil when it has no uid or name yet.
  public init?<T: KubeObject>(to owner: T, controller: Bool? = nil, blockOwnerDeletion: Bool? = nil) {
    guard let uid = owner.metadata.uid, let name = owner.metadata.name else { return nil }
    self.init(
      apiVersion: T.resource.apiVersion, kind: T.resource.kind, name: name, uid: uid, controller: controller,
      blockOwnerDeletion: blockOwnerDeletion)
  }
}
