public import WGECore
public import WGEKube

/// What a server, a command line or a host's own code asks about pipelines.
///
/// Every call acts for a principal and shows or does nothing that Kubernetes would refuse them.
/// Calls may come from any task; they throw ``PipelinesError``.
public protocol PipelinesService: Sendable {
  /// The pipelines that the principal may list, ordered by namespace and name.
  ///
  /// A namespace that cannot be read becomes an entry of ``PipelineList/errors``; the others are
  /// listed all the same.
  /// - Parameter namespace: only this one; nil for all.
  func list(as principal: Principal, namespace: String?) async throws -> PipelineList

  /// One pipeline with the applications of all its targets, read as the principal.
  ///
  /// A target that cannot be read has an ``PipelineTargetView/error`` and an entry in
  /// ``PipelineView/errors``.
  func get(as principal: Principal, _ pipeline: ObjectKey) async throws -> PipelineView

  /// Lets a waiting revision pass. The controller then promotes it.
  /// - Returns: the environment after the answer; its pull request when it was opened meanwhile.
  /// - Throws: ``PipelinesError/Code/forbidden`` without the verb `approve` on the pipeline,
  ///   ``PipelinesError/Code/notFound`` for an unknown pipeline or environment, and
  ///   ``PipelinesError/Code/notWaiting`` when nothing or another revision waits.
  func approve(as principal: Principal, _ answer: PromotionAnswer) async throws -> PromotionAnswerResult

  /// Turns a waiting revision down: its promotion is abandoned. Throws as ``approve(as:_:)`` does.
  func reject(as principal: Principal, _ answer: PromotionAnswer) async throws -> PromotionAnswerResult

  /// Tries an abandoned, failed or stalled promotion again. Throws as ``approve(as:_:)`` does, with
  /// ``PipelinesError/Code/notWaiting`` when there is nothing to retry.
  func retry(as principal: Principal, _ pipeline: ObjectKey, environment: String) async throws -> PromotionAnswerResult

  /// The open pull requests of a pipeline's promotions, in the order of its environments.
  func listPullRequests(as principal: Principal, _ pipeline: ObjectKey) async throws -> PullRequestList
}

/// A person's answer about one waiting revision.
public struct PromotionAnswer: Sendable, Hashable {
  /// The pipeline.
  public var pipeline: ObjectKey
  /// The environment that the revision would be promoted into.
  public var environment: String
  /// The revision that the person saw. Another one waiting meanwhile makes the answer fail.
  public var revision: String
  /// What the person has to say; kept in the history.
  public var comment: String?

  /// An answer from its parts.
  public init(pipeline: ObjectKey, environment: String, revision: String, comment: String? = nil) {
    self.pipeline = pipeline
    self.environment = environment
    self.revision = revision
    self.comment = comment
  }
}

/// What came of an answer.
public struct PromotionAnswerResult: Sendable, Hashable {
  /// The environment as the status tells it after the answer.
  public var environment: PipelineEnvironmentView
  /// Where the pull request is; nil while none was opened.
  public var pullRequestURL: String? { environment.pullRequest?.url }

  /// A result from its parts.
  public init(environment: PipelineEnvironmentView) { self.environment = environment }
}

/// Why a call about pipelines failed.
public struct PipelinesError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What the caller can do about it.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// Sign in again.
    case unauthenticated
    /// The principal lacks a right, which the message names.
    case forbidden
    /// There is no such pipeline or environment.
    case notFound
    /// A field of the request is missing or malformed.
    case invalid
    /// The revision does not wait (any more): look again and decide again. The 422 of the API.
    case notWaiting
    /// Other writers were faster, several times: try again.
    case conflict
    /// The management cluster does not answer: try later.
    case unavailable
    /// Anything else; the message says what.
    case other
  }

  /// What the caller can do about it.
  public var code: Code
  /// A sentence that names the object and the fix.
  public var message: String

  /// An error from its parts.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
