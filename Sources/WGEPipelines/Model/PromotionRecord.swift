public import WGECore

/// `status.environments.<name>.promotion`: what is being done to bring one revision into one
/// environment.
///
/// The record is written before anything is called out, so that a crash leaves a trace of the intent;
/// ``revision`` and ``startedAt`` together identify the promotion and are also written into its pull
/// request.
public struct PromotionRecord: Sendable, Hashable, Codable {
  /// The revision that is promoted, or when nothing is under way the one that the environment runs.
  public var revision: String
  /// Where the promotion stands.
  public var state: PromotionState
  /// When the promotion was recorded, in whole seconds. Nil when nothing was started.
  public var startedAt: Timestamp?
  /// When the promotion ended, well or not.
  public var finishedAt: Timestamp?
  /// When it was last tried.
  public var lastAttemptedTime: Timestamp?
  /// How many times it was tried, from 1.
  public var attempt: Int?
  /// When a failed attempt is repeated.
  public var nextAttemptTime: Timestamp?
  /// True once the targets run the revision, false once it is known that they will not.
  public var succeeded: Bool?
  /// Why the state is what it is, as one word: `BranchConflict`, `NoPromotionMarker`, ….
  public var reason: String?
  /// The same as a sentence for people.
  public var message: String?
  /// Who caused it: the approver, or ``PipelineDefaults/controllerActor``.
  public var actor: String?
  /// The pull request of this promotion.
  public var pullRequest: PullRequestRecord?
  /// When the pull request was merged or the event sent: the start of the deadline for applying.
  public var appliedAt: Timestamp?
  /// Answers to the question whether ``revision`` may be promoted, in the order given.
  public var approvals: [ApprovalRecord]?
  /// A request to try again after ``PromotionState/abandoned``, ``PromotionState/failed`` or
  /// ``PromotionState/stalled``. The engine removes it when it acts on it.
  public var retry: RetryRecord?
  /// The generation of the pipeline that a failure was seen with: a newer one is tried at once.
  public var generation: Int64?
  /// Past promotions into this environment, newest first, at most ``PipelineDefaults/historyLimit``.
  public var history: [PromotionHistoryEntry]?

  /// A record of which nothing but revision and state is known.
  public init(revision: String, state: PromotionState) {
    self.revision = revision
    self.state = state
  }

  /// A record without a revision reads as one of the empty revision.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    revision = try container.decodeIfPresent(String.self, forKey: .revision) ?? ""
    state = try container.decodeIfPresent(PromotionState.self, forKey: .state) ?? .waitingSource
    startedAt = try container.decodeIfPresent(Timestamp.self, forKey: .startedAt)
    finishedAt = try container.decodeIfPresent(Timestamp.self, forKey: .finishedAt)
    lastAttemptedTime = try container.decodeIfPresent(Timestamp.self, forKey: .lastAttemptedTime)
    attempt = try container.decodeIfPresent(Int.self, forKey: .attempt)
    nextAttemptTime = try container.decodeIfPresent(Timestamp.self, forKey: .nextAttemptTime)
    succeeded = try container.decodeIfPresent(Bool.self, forKey: .succeeded)
    reason = try container.decodeIfPresent(String.self, forKey: .reason)
    message = try container.decodeIfPresent(String.self, forKey: .message)
    actor = try container.decodeIfPresent(String.self, forKey: .actor)
    pullRequest = try container.decodeIfPresent(PullRequestRecord.self, forKey: .pullRequest)
    appliedAt = try container.decodeIfPresent(Timestamp.self, forKey: .appliedAt)
    approvals = try container.decodeIfPresent([ApprovalRecord].self, forKey: .approvals)
    retry = try container.decodeIfPresent(RetryRecord.self, forKey: .retry)
    generation = try container.decodeIfPresent(Int64.self, forKey: .generation)
    history = try container.decodeIfPresent([PromotionHistoryEntry].self, forKey: .history)
  }
}

/// A pull request as a status remembers it.
public struct PullRequestRecord: Sendable, Hashable, Codable {
  /// Where a person looks at it.
  public var url: String
  /// The host's number.
  public var number: Int?
  /// `open`, `mergeable`, `merged` or `abandoned`.
  public var state: PullRequestState

  /// A pull request from its parts.
  public init(url: String, number: Int? = nil, state: PullRequestState) {
    self.url = url
    self.number = number
    self.state = state
  }
}

/// The state of a pull request in ``PullRequestRecord``.
public enum PullRequestState: String, Sendable, Hashable, Codable {
  /// Waits to be merged.
  case open
  /// Open, and the host says that nothing blocks a merge.
  case mergeable
  /// Merged into the base branch.
  case merged
  /// Closed without a merge.
  case abandoned

  /// Whether it may still be merged.
  public var isOpen: Bool { self == .open || self == .mergeable }
}

/// One answer to the question whether a revision may be promoted.
public struct ApprovalRecord: Sendable, Hashable, Codable {
  /// What was answered.
  public enum Decision: String, Sendable, Hashable, Codable {
    /// The revision may be promoted.
    case approved
    /// The revision must not be promoted.
    case rejected
  }

  /// The revision that was judged.
  public var revision: String
  /// The answer.
  public var decision: Decision
  /// The authenticated user who answered.
  public var actor: String
  /// When.
  public var time: Timestamp
  /// What the user had to say about it.
  public var comment: String?

  /// An answer from its parts.
  public init(revision: String, decision: Decision, actor: String, time: Timestamp, comment: String? = nil) {
    self.revision = revision
    self.decision = decision
    self.actor = actor
    self.time = time
    self.comment = comment
  }
}

/// A user's wish to try a promotion again.
public struct RetryRecord: Sendable, Hashable, Codable {
  /// The authenticated user.
  public var actor: String
  /// When.
  public var time: Timestamp

  /// A wish from its parts.
  public init(actor: String, time: Timestamp) {
    self.actor = actor
    self.time = time
  }
}

/// A promotion that ended.
public struct PromotionHistoryEntry: Sendable, Hashable, Codable {
  /// The revision that was promoted.
  public var revision: String
  /// How it ended: `UpToDate`, `Abandoned` or `Superseded`.
  public var state: PromotionState
  /// When it began; nil when it ended at its gate.
  public var startedAt: Timestamp?
  /// When it ended.
  public var finishedAt: Timestamp
  /// Where its pull request is.
  public var pullRequestURL: String?
  /// Who caused it.
  public var actor: String?
  /// Who approved or rejected it, and when.
  public var approvals: [ApprovalRecord]?
  /// What there was to say about it.
  public var message: String?

  /// An entry from its parts.
  public init(
    revision: String, state: PromotionState, startedAt: Timestamp?, finishedAt: Timestamp,
    pullRequestURL: String? = nil, actor: String? = nil, approvals: [ApprovalRecord]? = nil, message: String? = nil
  ) {
    self.revision = revision
    self.state = state
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.pullRequestURL = pullRequestURL
    self.actor = actor
    self.approvals = approvals
    self.message = message
  }
}
