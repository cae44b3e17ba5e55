/// What became of a promotion outside: the answer of a Git host, or that the event was sent.
public enum PromotionObservation: Sendable, Hashable {
  /// The pull request waits.
  case open(PullRequestRecord)
  /// The pull request was merged.
  case merged(PullRequestRecord)
  /// The pull request was closed without a merge.
  case closed(PullRequestRecord)
  /// There is no pull request of this promotion.
  case missing
  /// The base branch has the revision at every marker already: there is nothing to propose.
  case alreadyAtRevision
  /// The event was sent.
  case notified
  /// It did not work.
  case failed(PromotionFailure)
}

/// Why a step of a promotion failed, and when to try again.
public struct PromotionFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// When another try makes sense.
  public enum Retry: Sendable, Hashable {
    /// Soon: it may pass by itself. Pauses double.
    case backOff
    /// Not before this time has passed, as the host asked.
    case after(Duration)
    /// When a person changed something: at once when the pipeline changes, else rarely.
    case afterChange
  }

  /// One word for machines: `NoPromotionMarker`, `BranchConflict`, ….
  public var reason: String
  /// A sentence that names the object and the fix. No secret is in it.
  public var message: String
  /// When to try again.
  public var retry: Retry
  /// The pull request concerned, when there is one.
  public var pullRequest: PullRequestRecord?

  /// A failure from its parts.
  public init(_ reason: String, _ message: String, retry: Retry = .backOff, pullRequest: PullRequestRecord? = nil) {
    self.reason = reason
    self.message = message
    self.retry = retry
    self.pullRequest = pullRequest
  }

  /// Something that a person has to put right.
  public static func configuration(_ reason: String, _ message: String) -> PromotionFailure {
    PromotionFailure(reason, message, retry: .afterChange)
  }

  /// `reason: message`.
  public var description: String { "\(reason): \(message)" }
}
