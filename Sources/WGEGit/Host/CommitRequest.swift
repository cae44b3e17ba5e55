/// What the branch must look like for a commit to be made.
public enum ExpectedHead: Sendable, Hashable {
  /// The branch may have moved; the changes go on top of whatever is there.
  case any
  /// The branch must not exist; otherwise `alreadyExists`.
  case absent
  /// The branch must be at exactly this commit; otherwise `staleHead`.
  case exactly(GitObjectID)
  /// The changes were decided from this commit. When the branch moved on since, they are applied on
  /// top if none of their paths changed in between; otherwise `staleHead`.
  case basedOn(GitObjectID)
}

/// One commit on one branch: all of it or nothing.
public struct CommitRequest: Sendable, Hashable {
  /// The branch that gets the commit.
  public var branch: BranchName
  /// Where the branch starts when it does not exist; nil: a missing branch is `notFound`.
  public var base: GitRevision?
  /// Not empty after trimming. Carriage returns are dropped.
  public var message: String
  /// What to do to which paths; see ``GitDefaults`` for limits.
  public var changes: [FileChange]
  /// Nil: the owner of the host's credential, as the host decides.
  public var author: GitIdentity?
  /// Nil: the author.
  public var committer: GitIdentity?
  /// What the branch must look like; default: anything.
  public var expectedHead: ExpectedHead
  /// A delete of a missing file is `notFound` instead of ignored.
  public var strictDeletes: Bool
  /// In a repository without commits, make the first one; otherwise `emptyRepository`.
  public var allowInitial: Bool
  /// Makes the branch anew: the commit goes on top of ``base``, which must be given, and the branch
  /// moves to it from wherever it was, dropping the commits it had. Only with an ``expectedHead`` of
  /// `absent` or `exactly`, so that nobody's commits are dropped unseen.
  public var rebuild: Bool

  /// A request; only branch, message and changes are needed on an existing branch.
  public init(
    branch: BranchName, base: GitRevision? = nil, message: String, changes: [FileChange],
    author: GitIdentity? = nil, committer: GitIdentity? = nil, expectedHead: ExpectedHead = .any,
    strictDeletes: Bool = false, allowInitial: Bool = false, rebuild: Bool = false
  ) {
    self.branch = branch
    self.base = base
    self.message = message
    self.changes = changes
    self.author = author
    self.committer = committer
    self.expectedHead = expectedHead
    self.strictDeletes = strictDeletes
    self.allowInitial = allowInitial
    self.rebuild = rebuild
  }

  /// The commit's parent must be the one that the request names.
  var isForExactHead: Bool {
    if case .exactly = expectedHead { true } else { false }
  }
}

/// What became of a ``CommitRequest``.
public struct CommitResult: Sendable, Hashable {
  /// The branch that was asked for.
  public var branch: BranchName
  /// The branch's head: the new commit, or when ``unchanged`` the one it had.
  public var commit: GitObjectID
  /// The new commit's parents; empty for a first commit or when ``unchanged``.
  public var parents: [GitObjectID]
  /// The branch was made by this request.
  public var createdBranch: Bool
  /// The files had this content already: no commit and no branch was made. When the branch did not
  /// exist, ``commit`` is the base.
  public var unchanged: Bool

  /// An outcome.
  public init(
    branch: BranchName, commit: GitObjectID, parents: [GitObjectID], createdBranch: Bool, unchanged: Bool
  ) {
    self.branch = branch
    self.commit = commit
    self.parents = parents
    self.createdBranch = createdBranch
    self.unchanged = unchanged
  }
}
