/// `metav1.ObjectMeta`: what every Kubernetes object carries under `metadata`.
///
/// Reading and writing through ``DynamicObject`` keeps fields that this type does not list.
/// Source: k8s.io/apimachinery, meta/v1 types.
public struct ObjectMeta: Sendable, Hashable, Codable {
  public var name: String?
  /// Prefix for a name that the server completes when ``name`` is nil.
  public var generateName: String?
  public var namespace: String?
  /// Opaque; compare only for equality. Nil before the server stored the object.
  public var resourceVersion: String?
  /// Rises with every change of the desired state, not of status or metadata.
  public var generation: Int64?
  public var uid: String?
  public var creationTimestamp: Timestamp?
  public var deletionTimestamp: Timestamp?
  /// Seconds.
  public var deletionGracePeriodSeconds: Int64?
  public var labels: [String: String]?
  public var annotations: [String: String]?
  public var ownerReferences: [OwnerReference]?
  public var finalizers: [String]?
  /// Field ownership as the server reports it, kept verbatim.
  public var managedFields: [JSON]?

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
  public var apiVersion: String
  public var kind: String
  public var name: String
  public var uid: String
  /// True for the one owner that manages the object.
  public var controller: Bool?
  public var blockOwnerDeletion: Bool?

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
}
