public import WGECore
public import WGEKube

/// Pipelines, and what could not be listed.
public struct PipelineList: Sendable, Hashable {
  /// A namespace that could not be listed.
  public struct Failure: Sendable, Hashable {
    /// The namespace; empty when it was about all of them.
    public var namespace: String
    /// Why.
    public var message: String

    /// A failure from its parts.
    public init(namespace: String, message: String) {
      self.namespace = namespace
      self.message = message
    }
  }

  /// Ordered by namespace and name. Workloads and YAML are left out.
  public var pipelines: [PipelineView]
  /// What is missing from ``pipelines``.
  public var errors: [Failure]

  /// A list from its parts.
  public init(pipelines: [PipelineView], errors: [Failure] = []) {
    self.pipelines = pipelines
    self.errors = errors
  }
}

/// A pipeline as people look at it.
public struct PipelineView: Sendable, Hashable {
  /// Namespace and name.
  public var key: ObjectKey
  /// The application.
  public var appRef: AppReference
  /// One entry per environment, in the order of promotion.
  public var environments: [PipelineEnvironmentView]
  /// The pipeline's own promotion, without the names of Git credentials.
  public var promotion: Promotion?
  /// The conditions of the status.
  public var conditions: [Condition]
  /// When the pipeline was created.
  public var createdAt: Timestamp?
  /// The newest revision of the first environment.
  public var latestRevision: String?
  /// The object as YAML, without managed fields. Only from ``PipelinesService/get(as:_:)``.
  public var yaml: String?
  /// What could not be read, as sentences. Only from ``PipelinesService/get(as:_:)``.
  public var errors: [String]

  /// A view from its parts.
  public init(
    key: ObjectKey, appRef: AppReference, environments: [PipelineEnvironmentView], promotion: Promotion? = nil,
    conditions: [Condition] = [], createdAt: Timestamp? = nil, latestRevision: String? = nil, yaml: String? = nil,
    errors: [String] = []
  ) {
    self.key = key
    self.appRef = appRef
    self.environments = environments
    self.promotion = promotion
    self.conditions = conditions
    self.createdAt = createdAt
    self.latestRevision = latestRevision
    self.yaml = yaml
    self.errors = errors
  }

  /// The condition of a type.
  public func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }

  /// The view of the environment of that name.
  public func environment(named name: String) -> PipelineEnvironmentView? { environments.first { $0.name == name } }
}

/// One environment of a ``PipelineView``.
public struct PipelineEnvironmentView: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// One entry per target, in the order of the specification.
  public var targets: [PipelineTargetView]
  /// How revisions get here, whether by its own promotion or the pipeline's; without the names of
  /// Git credentials.
  public var promotion: Promotion?
  /// Whether the status knows this environment.
  public var hasStatus: Bool
  /// Where the promotion stands; nil before the first reconcile.
  public var state: PromotionState?
  /// The revision that ``state`` speaks of.
  public var revision: String?
  /// The revision that waits for an approval.
  public var waitingRevision: String?
  /// Why the state is what it is, as one word.
  public var reason: String?
  /// The same as a sentence.
  public var message: String?
  /// Who caused the promotion.
  public var actor: String?
  /// When the promotion began.
  public var startedAt: Timestamp?
  /// When it ended.
  public var finishedAt: Timestamp?
  /// How many times it was tried.
  public var attempt: Int?
  /// When a failed attempt is repeated.
  public var nextAttemptTime: Timestamp?
  /// The promotion's pull request.
  public var pullRequest: PullRequestRecord?
  /// Approvals of ``revision``.
  public var approvals: [ApprovalRecord]
  /// Past promotions, newest first.
  public var history: [PromotionHistoryEntry]

  /// An environment as its specification and status tell it.
  public init(
    _ environment: PipelineEnvironment, promotion: Promotion?, status: EnvironmentStatus?,
    targets: [PipelineTargetView]
  ) {
    let record = status?.promotion
    name = environment.name
    self.targets = targets
    self.promotion = promotion
    hasStatus = status != nil
    state = record?.state
    revision = record.flatMap { $0.revision.isEmpty ? nil : $0.revision }
    waitingRevision = status?.waitingRevision
    reason = record?.reason
    message = record?.message
    actor = record?.actor
    startedAt = record?.startedAt
    finishedAt = record?.finishedAt
    attempt = record?.attempt
    nextAttemptTime = record?.nextAttemptTime
    pullRequest = record?.pullRequest
    approvals = record?.approvals ?? []
    history = record?.history ?? []
  }
}

/// One target of a ``PipelineEnvironmentView``.
public struct PipelineTargetView: Sendable, Hashable {
  /// The cluster that holds the target.
  public var cluster: ClusterID
  /// The cluster reference with its namespace filled in; nil for the pipeline's own cluster.
  public var clusterRef: ClusterReference?
  /// The namespace of the application object.
  public var namespace: String
  /// Ready at ``revision``, as the controller saw it last.
  public var ready: Bool
  /// What runs, as the controller saw it last.
  public var revision: String?
  /// Why the target could not be read, by the controller or by the principal.
  public var error: String?
  /// The application object as the principal sees it. Only from ``PipelinesService/get(as:_:)``.
  public var workloads: [PipelineWorkloadView]

  /// A target from its parts.
  public init(
    cluster: ClusterID, clusterRef: ClusterReference?, namespace: String, ready: Bool = false,
    revision: String? = nil, error: String? = nil, workloads: [PipelineWorkloadView] = []
  ) {
    self.cluster = cluster
    self.clusterRef = clusterRef
    self.namespace = namespace
    self.ready = ready
    self.revision = revision
    self.error = error
    self.workloads = workloads
  }
}

/// An application object of a target.
public struct PipelineWorkloadView: Sendable, Hashable {
  /// `HelmRelease`, `Kustomization`, ….
  public var kind: String
  /// Its name.
  public var name: String
  /// The version that its specification asks for; empty when it names none.
  public var version: String
  /// The revision that runs; empty when unknown.
  public var lastAppliedRevision: String
  /// Whether its reconciliation is suspended.
  public var isSuspended: Bool
  /// Ready, with its present specification.
  public var ready: Bool
  /// Its conditions.
  public var conditions: [Condition]

  /// A workload from its parts.
  public init(
    kind: String, name: String, version: String = "", lastAppliedRevision: String = "", isSuspended: Bool = false,
    ready: Bool = false, conditions: [Condition] = []
  ) {
    self.kind = kind
    self.name = name
    self.version = version
    self.lastAppliedRevision = lastAppliedRevision
    self.isSuspended = isSuspended
    self.ready = ready
    self.conditions = conditions
  }
}

/// The open pull requests of a pipeline.
public struct PullRequestList: Sendable, Hashable {
  /// An open pull request and the environment that it promotes into.
  public struct Item: Sendable, Hashable {
    /// The environment.
    public var environment: String
    /// The revision that merging brings.
    public var revision: String
    /// The pull request.
    public var pullRequest: PullRequestRecord

    /// An item from its parts.
    public init(environment: String, revision: String, pullRequest: PullRequestRecord) {
      self.environment = environment
      self.revision = revision
      self.pullRequest = pullRequest
    }
  }

  /// In the order of the environments.
  public var items: [Item]
  /// Environments whose host could not be asked, by name, and why.
  public var errors: [String: String]

  /// A list from its parts.
  public init(items: [Item], errors: [String: String] = [:]) {
    self.items = items
    self.errors = errors
  }
}
