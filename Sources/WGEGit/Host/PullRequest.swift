public import WGECore

/// A pull request (merge request) as its host shows it now.
public struct PullRequest: Sendable, Hashable {
  public enum State: String, Sendable, Hashable, Codable, CaseIterable { case open, closed, merged }

  /// Whether a merge would succeed, as far as the host knows.
  public enum Mergeability: Sendable, Hashable {
    /// Not computed yet, or not open.
    case unknown
    case mergeable
    /// Both sides changed these paths.
    case conflicting(paths: [String])
    /// Something else stands in the way, in the host's word: `draft`, `noCommits`, `not_approved`, ...
    case blocked(reason: String)
  }

  public var number: Int
  public var title: String
  /// The description, Markdown.
  public var body: String
  public var state: State
  public var isDraft: Bool
  /// A page for people.
  public var webURL: String
  /// The source branch.
  public var head: BranchName
  /// The target branch.
  public var base: BranchName
  /// The source branch's commit: the newest while open, the last one once closed or merged.
  public var headCommit: GitObjectID?
  /// The commit on the target branch that brought the changes in.
  public var mergeCommit: GitObjectID?
  public var labels: [String]
  /// Login or display name of who opened it.
  public var author: String
  /// Login or display name of who merged it.
  public var mergedBy: String?
  /// The source branch is in another repository.
  public var isFork: Bool
  public var createdAt: Timestamp
  public var updatedAt: Timestamp
  public var mergedAt: Timestamp?
  public var closedAt: Timestamp?
  public var mergeability: Mergeability

  public init(
    number: Int, title: String, body: String, state: State, isDraft: Bool = false, webURL: String,
    head: BranchName, base: BranchName, headCommit: GitObjectID?, mergeCommit: GitObjectID? = nil,
    labels: [String] = [], author: String, mergedBy: String? = nil, isFork: Bool = false, createdAt: Timestamp,
    updatedAt: Timestamp, mergedAt: Timestamp? = nil, closedAt: Timestamp? = nil,
    mergeability: Mergeability = .unknown
  ) {
    self.number = number
    self.title = title
    self.body = body
    self.state = state
    self.isDraft = isDraft
    self.webURL = webURL
    self.head = head
    self.base = base
    self.headCommit = headCommit
    self.mergeCommit = mergeCommit
    self.labels = labels
    self.author = author
    self.mergedBy = mergedBy
    self.isFork = isFork
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.mergedAt = mergedAt
    self.closedAt = closedAt
    self.mergeability = mergeability
  }
}

/// What to open a pull request with.
public struct PullRequestDraft: Sendable, Hashable {
  /// One line, not empty, at most ``GitDefaults/maximumTitleBytes`` bytes.
  public var title: String
  public var body: String
  public var head: BranchName
  public var base: BranchName
  public var labels: [String]
  public var isDraft: Bool

  public init(
    title: String, body: String = "", head: BranchName, base: BranchName, labels: [String] = [],
    isDraft: Bool = false
  ) {
    self.title = title
    self.body = body
    self.head = head
    self.base = base
    self.labels = labels
    self.isDraft = isDraft
  }
}

/// What to change of a pull request; nil leaves a field as it is.
public struct PullRequestUpdate: Sendable, Hashable {
  public var title: String?
  public var body: String?
  /// Replaces all labels.
  public var labels: [String]?
  public var isDraft: Bool?

  public init(title: String? = nil, body: String? = nil, labels: [String]? = nil, isDraft: Bool? = nil) {
    self.title = title
    self.body = body
    self.labels = labels
    self.isDraft = isDraft
  }
}

/// Which pull requests to list. Filters hold over all pages of the host, never over the first alone.
public struct PullRequestFilter: Sendable, Hashable {
  /// Nil: in any state.
  public var state: PullRequest.State?
  public var head: BranchName?
  public var base: BranchName?
  /// All of these must be present.
  public var labels: Set<String>
  /// At most so many, newest number first.
  public var limit: Int

  public init(
    state: PullRequest.State? = .open, head: BranchName? = nil, base: BranchName? = nil,
    labels: Set<String> = [], limit: Int = GitDefaults.listLimit
  ) {
    self.state = state
    self.head = head
    self.base = base
    self.labels = labels
    self.limit = limit
  }
}

/// How a pull request's commits come into the base.
public enum MergeMethod: String, Sendable, Hashable, Codable, CaseIterable {
  /// A commit with two parents, also where a fast-forward were possible.
  case merge
  /// One commit with one parent.
  case squash
  /// The head's commits again on top of the base.
  case rebase
  /// The base moves to the head; fails with `notMergeable` when the base has commits of its own.
  case fastForward
}

/// How to merge a pull request.
public struct MergeRequest: Sendable, Hashable {
  public var method: MergeMethod
  /// Nil: the host's usual message.
  public var message: String?
  /// The head must be at this commit; otherwise `staleHead`.
  public var expectedHead: GitObjectID?
  /// Deletes the head branch afterwards, if it did not move.
  public var deleteBranch: Bool

  public init(
    method: MergeMethod = .merge, message: String? = nil, expectedHead: GitObjectID? = nil,
    deleteBranch: Bool = false
  ) {
    self.method = method
    self.message = message
    self.expectedHead = expectedHead
    self.deleteBranch = deleteBranch
  }
}
