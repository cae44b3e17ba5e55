public import WGECore

/// One promotion as it is called out: which revision goes into which environment of which pipeline.
public struct PromotionRequest: Sendable, Hashable {
  /// Namespace and name of the pipeline.
  public var pipeline: ObjectKey
  /// The pipeline's uid; empty when it has none, in tests.
  public var pipelineUID: String
  /// The environment that gets the revision.
  public var environment: String
  /// The environment that the revision comes from; nil when it is not known any more.
  public var sourceEnvironment: String?
  /// The revision.
  public var revision: String
  /// When the promotion was recorded. With pipeline, environment and revision its identity: a
  /// repository that already holds a pull request of this identity makes no second one.
  public var startedAt: Timestamp
  /// Which try this is, from 1.
  public var attempt: Int
  /// Who caused it.
  public var actor: String
  /// The approvals that let it pass.
  public var approvals: [ApprovalRecord]
  /// Where to promote by pull request; nil for other strategies.
  public var pullRequest: PullRequestPromotion?
  /// The pull request that the status remembers.
  public var known: PullRequestRecord?

  /// A request from its parts.
  public init(
    pipeline: ObjectKey, pipelineUID: String = "", environment: String, sourceEnvironment: String? = nil,
    revision: String, startedAt: Timestamp, attempt: Int = 1, actor: String = PipelineDefaults.controllerActor,
    approvals: [ApprovalRecord] = [], pullRequest: PullRequestPromotion? = nil, known: PullRequestRecord? = nil
  ) {
    self.pipeline = pipeline
    self.pipelineUID = pipelineUID
    self.environment = environment
    self.sourceEnvironment = sourceEnvironment
    self.revision = revision
    self.startedAt = startedAt
    self.attempt = attempt
    self.actor = actor
    self.approvals = approvals
    self.pullRequest = pullRequest
    self.known = known
  }
}

/// What the engine wants done. Carrying an effect out twice does no harm.
public enum PromotionEffect: Sendable, Hashable {
  /// Open the pull request, or bring the open one up to date.
  case propose(PromotionRequest)
  /// Send the event of the notification strategy.
  case notify(PromotionRequest)
  /// Close the pull request if it is still open.
  case close(PromotionRequest)

  /// What it is about.
  public var request: PromotionRequest {
    switch self {
    case .propose(let request), .notify(let request), .close(let request): request
    }
  }
}

/// An event on a pipeline object.
public struct PipelineEvent: Sendable, Hashable {
  /// How loud it is.
  public enum Kind: String, Sendable, Hashable {
    /// Things go as they should.
    case normal = "Normal"
    /// A person may want to look.
    case warning = "Warning"
  }

  /// Normal or warning.
  public var kind: Kind
  /// `PromotionStarted`, `PullRequestOpened`, ….
  public var reason: String
  /// A sentence.
  public var message: String
  /// Additional facts for receivers, for instance `pipelines.weave.works/environment`.
  public var annotations: [String: String]

  /// An event from its parts.
  public init(_ kind: Kind = .normal, reason: String, message: String, annotations: [String: String] = [:]) {
    self.kind = kind
    self.reason = reason
    self.message = message
    self.annotations = annotations
  }

  /// The event of the notification strategy. The keys without a prefix are upstream's; those with it
  /// are the ones that Flux's notification controller passes on.
  public static func promote(_ request: PromotionRequest) -> PipelineEvent {
    PipelineEvent(
      reason: "Promote",
      message:
        "Promote pipeline \(request.pipeline) to \(request.environment) with version \(request.revision)",
      annotations: [
        "environment": request.environment, "version": request.revision,
        "pipelines.weave.works/environment": request.environment,
        "pipelines.weave.works/version": request.revision,
        "pipelines.weave.works/revision": request.revision,
      ])
  }
}
