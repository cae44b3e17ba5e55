public import WGECore

/// An application's way through its environments: `pipelines.weave.works/v1alpha1`, kind `Pipeline`.
///
/// Environments are listed in the order of promotion. Each holds targets, and the same application
/// (one kind and name) lives in every target. Manifests written for Weave GitOps Enterprise are read
/// unchanged; what this type adds to them is optional.
public struct Pipeline: KubeObject, Hashable {
  /// Where the API server keeps pipelines.
  public static let resource = ResourceType(
    group: "pipelines.weave.works", version: "v1alpha1", kind: "Pipeline", plural: "pipelines")

  /// Name, namespace, generation and the rest of the object's metadata.
  public var metadata: ObjectMeta
  /// What is wanted.
  public var spec: PipelineSpec
  /// What was observed and done. Nil before the first reconcile.
  public var status: PipelineStatus?

  /// A pipeline from its parts.
  public init(metadata: ObjectMeta, spec: PipelineSpec, status: PipelineStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  /// A pipeline that was never reconciled.
  public init(namespace: String, name: String, spec: PipelineSpec) {
    self.init(metadata: ObjectMeta(name: name, namespace: namespace), spec: spec)
  }

  /// What the status tells about the promotion into an environment.
  public func promotion(into environment: String) -> PromotionRecord? { status?.environments[environment]?.promotion }
}

/// `spec` of a ``Pipeline``.
public struct PipelineSpec: Sendable, Hashable, Codable {
  /// The application that every target holds.
  public var appRef: AppReference
  /// The stages, in the order of promotion. The first is where new revisions appear.
  public var environments: [PipelineEnvironment]
  /// How to promote into an environment that says nothing of its own. Nil: nothing is promoted.
  public var promotion: Promotion?

  /// A specification from its parts.
  public init(appRef: AppReference, environments: [PipelineEnvironment], promotion: Promotion? = nil) {
    self.appRef = appRef
    self.environments = environments
    self.promotion = promotion
  }

  /// The first environment of that name.
  public func environment(named name: String) -> PipelineEnvironment? {
    environments.first { $0.name == name }
  }

  /// How to promote into an environment: its own promotion as a whole, else the pipeline's.
  public func effectivePromotion(into environment: String) -> Promotion? {
    environments.first { $0.name == environment && $0.promotion != nil }?.promotion ?? promotion
  }

  /// Absent lists read as empty ones, so that a damaged object is reported instead of unreadable.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    appRef = try container.decode(AppReference.self, forKey: .appRef)
    environments = try container.decodeIfPresent([PipelineEnvironment].self, forKey: .environments) ?? []
    promotion = try container.decodeIfPresent(Promotion.self, forKey: .promotion)
  }
}

/// The application of a pipeline: the same kind and name in every target.
public struct AppReference: Sendable, Hashable, Codable {
  /// Group and version, `helm.toolkit.fluxcd.io/v2`.
  public var apiVersion: String
  /// `HelmRelease`, `Kustomization`, or any kind that reports `status.lastAppliedRevision`.
  public var kind: String
  /// The object's name in every target.
  public var name: String

  /// A reference from its parts.
  public init(apiVersion: String, kind: String, name: String) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
  }

  /// A Flux HelmRelease, whose revision is its chart version.
  public static func helmRelease(_ name: String) -> AppReference {
    AppReference(apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", name: name)
  }

  /// A Flux Kustomization, whose revision is the last applied Git or OCI revision.
  public static func kustomization(_ name: String) -> AppReference {
    AppReference(apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization", name: name)
  }

  /// Nil when the API version cannot be read.
  public var groupVersionKind: GroupVersionKind? { GroupVersionKind(apiVersion: apiVersion, kind: kind) }
}

/// One named stage of a pipeline.
public struct PipelineEnvironment: Sendable, Hashable, Codable {
  /// Unique in its pipeline. It becomes part of branch names and markers.
  public var name: String
  /// Where the application lives in this environment. All of them take part in every promotion.
  public var targets: [PipelineTarget]
  /// How to promote into this environment; replaces the pipeline's promotion as a whole.
  public var promotion: Promotion?

  /// An environment from its parts.
  public init(name: String, targets: [PipelineTarget], promotion: Promotion? = nil) {
    self.name = name
    self.targets = targets
    self.promotion = promotion
  }

  /// Absent targets read as none.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
    targets = try container.decodeIfPresent([PipelineTarget].self, forKey: .targets) ?? []
    promotion = try container.decodeIfPresent(Promotion.self, forKey: .promotion)
  }
}

/// A cluster and namespace that hold the application.
public struct PipelineTarget: Sendable, Hashable, Codable {
  /// The namespace of the application object on the target cluster.
  public var namespace: String
  /// Nil: the cluster that holds the pipeline.
  public var clusterRef: ClusterReference?

  /// A target from its parts.
  public init(namespace: String, clusterRef: ClusterReference? = nil) {
    self.namespace = namespace
    self.clusterRef = clusterRef
  }
}

/// A reference to a cluster object.
public struct ClusterReference: Sendable, Hashable, Codable {
  /// Not used; carried along as it was written.
  public var apiVersion: String?
  /// `GitopsCluster`.
  public var kind: String
  /// The cluster object's name.
  public var name: String
  /// Nil: the pipeline's namespace.
  public var namespace: String?

  /// A reference to a GitopsCluster.
  public init(name: String, namespace: String? = nil, kind: String = "GitopsCluster", apiVersion: String? = nil) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.namespace = namespace
  }

  /// `Kind/namespace/name`, or `Kind/name` when the reference names no namespace: the form in
  /// condition messages.
  public var displayName: String {
    if let namespace, !namespace.isEmpty { "\(kind)/\(namespace)/\(name)" } else { "\(kind)/\(name)" }
  }

  /// Namespace and name of the cluster object for a pipeline in the given namespace.
  public func key(inNamespace pipelineNamespace: String?) -> ObjectKey {
    let own = namespace.flatMap { $0.isEmpty ? nil : $0 }
    return ObjectKey(namespace: own ?? pipelineNamespace, name: name)
  }
}
