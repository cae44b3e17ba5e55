public import WGECore

/// `status` of a ``Pipeline``.
public struct PipelineStatus: Sendable, Hashable, Codable {
  /// The generation of the specification that this status speaks of; -1 before the first reconcile.
  public var observedGeneration: Int64
  /// `Ready`, `PromotionPending`, `Healthy`, `SpecWarning`, and those of others.
  public var conditions: [Condition]
  /// By environment name.
  public var environments: [String: EnvironmentStatus]
  /// The revision that all targets of the first environment last agreed on.
  public var latestRevision: String?

  /// A status from its parts; by default that of a pipeline that was never reconciled.
  public init(
    observedGeneration: Int64 = -1, conditions: [Condition] = [], environments: [String: EnvironmentStatus] = [:],
    latestRevision: String? = nil
  ) {
    self.observedGeneration = observedGeneration
    self.conditions = conditions
    self.environments = environments
    self.latestRevision = latestRevision
  }

  /// Every field may be absent.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    observedGeneration = try container.decodeIfPresent(Int64.self, forKey: .observedGeneration) ?? -1
    conditions = try container.decodeIfPresent([Condition].self, forKey: .conditions) ?? []
    environments = try container.decodeIfPresent([String: EnvironmentStatus].self, forKey: .environments) ?? [:]
    latestRevision = try container.decodeIfPresent(String.self, forKey: .latestRevision)
  }

  /// The condition of a type.
  public func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }
}

/// What is known and done about one environment.
public struct EnvironmentStatus: Sendable, Hashable, Codable {
  /// The revision that waits to be approved into this environment.
  public var waitingApproval: WaitingApproval?
  /// One entry per target, in the order of the specification.
  public var targets: [TargetStatus]?
  /// The promotion into this environment.
  public var promotion: PromotionRecord?

  /// A status from its parts.
  public init(
    waitingApproval: WaitingApproval? = nil, targets: [TargetStatus]? = nil, promotion: PromotionRecord? = nil
  ) {
    self.waitingApproval = waitingApproval
    self.targets = targets
    self.promotion = promotion
  }

  /// The revision that waits, nil when none does. An empty text counts as none.
  public var waitingRevision: String? {
    waitingApproval.flatMap { $0.revision.isEmpty ? nil : $0.revision }
  }
}

/// A revision that waits for a person.
public struct WaitingApproval: Sendable, Hashable, Codable {
  /// The revision; empty for none.
  public var revision: String

  /// A waiting revision.
  public init(revision: String) { self.revision = revision }
}

/// What one target was seen to run.
public struct TargetStatus: Sendable, Hashable, Codable {
  /// The application object that was looked at.
  public var clusterAppRef: ClusterAppReference
  /// The application is ready, with the specification that it has now and a known revision.
  public var ready: Bool
  /// The revision that runs; nil when unknown.
  public var revision: String?
  /// Why the target could not be read.
  public var error: String?

  /// A target's status from its parts.
  public init(clusterAppRef: ClusterAppReference, ready: Bool, revision: String? = nil, error: String? = nil) {
    self.clusterAppRef = clusterAppRef
    self.ready = ready
    self.revision = revision
    self.error = error
  }

  /// An absent `ready` reads as false.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    clusterAppRef = try container.decode(ClusterAppReference.self, forKey: .clusterAppRef)
    ready = try container.decodeIfPresent(Bool.self, forKey: .ready) ?? false
    revision = try container.decodeIfPresent(String.self, forKey: .revision)
    error = try container.decodeIfPresent(String.self, forKey: .error)
  }
}

/// The application of a pipeline on one cluster.
public struct ClusterAppReference: Sendable, Hashable, Codable {
  /// Group and version of the application.
  public var apiVersion: String
  /// Kind of the application.
  public var kind: String
  /// Name of the application.
  public var name: String
  /// The target's cluster as the specification spells it; nil for the pipeline's own.
  public var clusterRef: ClusterReference?

  /// A reference from its parts.
  public init(apiVersion: String, kind: String, name: String, clusterRef: ClusterReference? = nil) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.clusterRef = clusterRef
  }

  /// The application of a pipeline in one of its targets.
  public init(_ app: AppReference, in target: PipelineTarget) {
    self.init(apiVersion: app.apiVersion, kind: app.kind, name: app.name, clusterRef: target.clusterRef)
  }
}
