public import WGECore

/// A leaf cluster: the Secret, or the Cluster API object, that leads to its kubeconfig.
///
/// `gitops.weave.works/v1alpha1`. Source: cluster-controller's CRD.
public struct GitopsCluster: KubeObject, Hashable {
  /// `gitopsclusters.gitops.weave.works`, namespaced.
  public static let resource: ResourceType = .gitopsClusters

  /// Name, namespace, labels and the rest that every object carries.
  public var metadata: ObjectMeta
  /// Where the kubeconfig is. Nil only in objects older than the validation rules.
  public var spec: Spec?
  /// What the controller found out.
  public var status: Status?

  /// A cluster as a person writes it.
  public init(metadata: ObjectMeta, spec: Spec, status: Status? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  /// Exactly one of the two references is set in a valid object.
  public struct Spec: Codable, Sendable, Hashable {
    /// A Secret in the same namespace that holds a kubeconfig.
    public var secretRef: LocalReference?
    /// A Cluster API `Cluster` in the same namespace; its kubeconfig is the Secret `<name>-kubeconfig`.
    public var capiClusterRef: LocalReference?

    /// A specification with one of the two references.
    public init(secretRef: LocalReference? = nil, capiClusterRef: LocalReference? = nil) {
      self.secretRef = secretRef
      self.capiClusterRef = capiClusterRef
    }
  }

  /// The name of an object in the same namespace.
  public struct LocalReference: Codable, Sendable, Hashable {
    /// The object's name.
    public var name: String

    /// A reference to the object of that name.
    public init(name: String) { self.name = name }
  }

  /// The controller's findings.
  public struct Status: Codable, Sendable, Hashable {
    /// `Ready`, `ClusterConnectivity` and `ClusterProvisioned`; see ``ClusterCondition``.
    public var conditions: [Condition]?

    /// A status with these conditions.
    public init(conditions: [Condition]? = nil) { self.conditions = conditions }
  }

  /// The Secret that holds the kubeconfig: Cluster API's wins over a plain reference. Nil without either.
  public var kubeconfigSecretName: String? {
    if let capi = spec?.capiClusterRef { return "\(capi.name)-kubeconfig" }
    return spec?.secretRef?.name
  }
}

/// Condition types, reasons, annotations and the finalizer of a ``GitopsCluster``, as other programs read them.
public enum ClusterCondition {
  /// The referenced Secret or Cluster API object is there.
  public static let ready = "Ready"
  /// The API server answered.
  public static let connectivity = "ClusterConnectivity"
  /// The infrastructure exists. Only ever True.
  public static let provisioned = "ClusterProvisioned"

  /// Holds deletion until the referenced object is gone.
  public static let finalizer = "clusters.gitops.weave.works"
  /// Presence, with any value, keeps the finalizer off.
  public static let noFinalizerAnnotation = "clusters.gitops.weave.works/no-secret-finalizer"
  /// Presence marks a cluster with a plain Secret as provisioned.
  public static let provisionedAnnotation = "clusters.gitops.weave.works/provisioned"
}
