public import WGECore

/// A pull request (merge request) as its host shows it now.
public struct PullRequest: Sendable, Hashable {
  /// Where it is in its life.
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

  /// Unique in the repository, rising.
  public var number: Int
  /// One line.
  public var title: String
  /// The description, Markdown.
  public var body: String
  /// Open, closed or merged.
  public var state: State
  /// Not ready: cannot be merged.
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
  /// In the order they were set.
  public var labels: [String]
  /// Logins of those who were asked to review; empty where the host's listing does not tell.
  public var reviewers: [String]
  /// Login or display name of who opened it.
  public var author: String
  /// Login or display name of who merged it.
  public var mergedBy: String?
  /// The source branch is in another repository.
  public var isFork: Bool
  /// When it was opened.
  public var createdAt: Timestamp
  /// When something of it last changed.
  public var updatedAt: Timestamp
  /// When it was merged; nil unless merged.
  public var mergedAt: Timestamp?
  /// When it was closed without a merge.
  public var closedAt: Timestamp?
  /// Whether it could be merged now.
  public var mergeability: Mergeability

  /// A pull request.
  public init(
    number: Int, title: String, body: String, state: State, isDraft: Bool = false, webURL: String,
    head: BranchName, base: BranchName, headCommit: GitObjectID?, mergeCommit: GitObjectID? = nil,
    labels: [String] = [], reviewers: [String] = [], author: String, mergedBy: String? = nil, isFork: Bool = false,
    createdAt: Timestamp,
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
    self.reviewers = reviewers
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
  /// One line, not empty, at most ``GitDefaults/maximumTitleLength`` characters.
  public var title: String
  /// The description, Markdown.
  public var body: String
  /// The branch with the changes.
  public var head: BranchName
  /// The branch that is to get them.
  public var base: BranchName
  /// Set on the new pull request; left out by hosts without labels.
  public var labels: [String]
  /// Logins of those to ask for a review, where the host has reviewers.
  public var reviewers: [String]
  /// Open it as a draft.
  public var isDraft: Bool

  /// A draft of one.
  public init(
    title: String, body: String = "", head: BranchName, base: BranchName, labels: [String] = [],
    reviewers: [String] = [], isDraft: Bool = false
  ) {
    self.title = title
    self.body = body
    self.head = head
    self.base = base
    self.labels = labels
    self.reviewers = reviewers
    self.isDraft = isDraft
  }
}

/// What to change of a pull request; nil leaves a field as it is.
public struct PullRequestUpdate: Sendable, Hashable {
  /// New title.
  public var title: String?
  /// New description.
  public var body: String?
  /// Replaces all labels.
  public var labels: [String]?
  /// Mark as a draft, or as ready.
  public var isDraft: Bool?

  /// An update; nothing changes by default.
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
  /// Only from this branch.
  public var head: BranchName?
  /// Only to this branch.
  public var base: BranchName?
  /// All of these must be present.
  public var labels: Set<String>
  /// At most so many, newest number first.
  public var limit: Int

  /// A filter; by default all open ones.
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
  /// How the commits come into the base.
  public var method: MergeMethod
  /// Nil: the host's usual message.
  public var message: String?
  /// The head must be at this commit; otherwise `staleHead`.
  public var expectedHead: GitObjectID?
  /// Deletes the head branch afterwards, if it did not move.
  public var deleteBranch: Bool

  /// How to merge; by default with a merge commit.
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
