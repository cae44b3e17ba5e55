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
  /// Names the request, so that it is carried out once however often it is made: the commit's message gets
  /// the trailer `WGE-Request` with it, and when the branch's newest commit carries it already, that one is
  /// the result. A UUID, or whatever else in one word of at most 100 bytes names the intention. Nil: a
  /// request whose answer was lost is recognised within one call only. Azure DevOps makes branches and
  /// commits apart; there a branch at the very base counts as absent for a request with a name.
  public var requestID: String?
  /// Lines such as `Requested-by` at the message's end, above the one that names the request.
  public var trailers: [CommitTrailer]

  /// A request; only branch, message and changes are needed on an existing branch.
  public init(
    branch: BranchName, base: GitRevision? = nil, message: String, changes: [FileChange],
    author: GitIdentity? = nil, committer: GitIdentity? = nil, expectedHead: ExpectedHead = .any,
    strictDeletes: Bool = false, allowInitial: Bool = false, rebuild: Bool = false,
    requestID: String? = nil, trailers: [CommitTrailer] = []
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
    self.requestID = requestID
    self.trailers = trailers
  }

  /// The request as it is carried out: without carriage returns in its message, and with the trailer that
  /// names it.
  /// - Throws: `validation` for what is wrong whatever the branch looks like.
  func checked() throws(GitHostError) -> CommitRequest {
    try changes.validate()
    var request = self
    request.message = try HostInput.message(message)
    for trailer in trailers {
      try trailer.validate()
      request.message = trailer.appended(to: request.message)
    }
    if let requestID {
      let isWord = requestID.utf8.allSatisfy { (0x21...0x7e).contains($0) }
      guard isWord, (1...100).contains(requestID.utf8.count) else {
        throw .validation(
          field: "requestID", "a request is named by one ASCII word of at most 100 bytes", remedy: "use a UUID")
      }
      request.message = CommitTrailer(Self.trailer, requestID).appended(to: request.message)
    }
    if rebuild {
      switch expectedHead {
      case .absent, .exactly: break
      case .any, .basedOn:
        throw .validation(field: "expectedHead", "a branch is only rebuilt from a known head", remedy: "name the head")
      }
      if base == nil { throw .validation(field: "base", "a branch is only rebuilt on a base") }
    }
    return request
  }

  private static let trailer = "WGE-Request"

  /// Whether a commit was made by an earlier go at this very request; false when nothing names it.
  func made(_ commit: GitCommit) -> Bool {
    guard let requestID else { return false }
    return CommitTrailer(Self.trailer, requestID).isIn(commit.message)
  }

  /// What that earlier go answered, or would have. That it made the branch is not known any more.
  func result(madeBefore commit: GitCommit) -> CommitResult {
    CommitResult(branch: branch, commit: commit.id, parents: commit.parents, createdBranch: false, unchanged: false)
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
