/// A repository as its host describes it.
public struct GitHostRepository: Sendable, Hashable {
  /// Owner and name.
  public var path: RepositoryPath
  /// The host's own id, where it has one.
  public var id: String?
  /// What a clone checks out.
  public var defaultBranch: BranchName
  /// A page for people; nil when the host has none.
  public var webURL: String?
  /// For `git clone` without ssh: `https://…`, `http://…` or `file://…`.
  public var cloneURL: String
  /// For `git clone` by ssh, where the host has it.
  public var sshURL: String?
  /// Not everybody may read it.
  public var isPrivate: Bool
  /// Read-only for everybody.
  public var isArchived: Bool
  /// The credential may write.
  public var canPush: Bool
  /// There is no commit yet.
  public var isEmpty: Bool

  /// A repository.
  public init(
    path: RepositoryPath, id: String? = nil, defaultBranch: BranchName, webURL: String? = nil, cloneURL: String,
    sshURL: String? = nil, isPrivate: Bool = false, isArchived: Bool = false, canPush: Bool = true,
    isEmpty: Bool = false
  ) {
    self.path = path
    self.id = id
    self.defaultBranch = defaultBranch
    self.webURL = webURL
    self.cloneURL = cloneURL
    self.sshURL = sshURL
    self.isPrivate = isPrivate
    self.isArchived = isArchived
    self.canPush = canPush
    self.isEmpty = isEmpty
  }
}

/// A branch and the commit it points at.
public struct GitBranch: Sendable, Hashable {
  /// Without `refs/heads/`.
  public var name: BranchName
  /// The newest commit.
  public var head: GitObjectID
  /// It is the repository's default branch.
  public var isDefault: Bool
  /// The host has rules against plain pushes to it.
  public var isProtected: Bool

  /// A branch.
  public init(name: BranchName, head: GitObjectID, isDefault: Bool = false, isProtected: Bool = false) {
    self.name = name
    self.head = head
    self.isDefault = isDefault
    self.isProtected = isProtected
  }
}

/// Whose credential a host handle uses.
public struct GitHostUser: Sendable, Hashable, Codable {
  /// The name to sign in with.
  public var login: String
  /// Name and e-mail for commits.
  public var identity: GitIdentity

  /// A user.
  public init(login: String, identity: GitIdentity) {
    self.login = login
    self.identity = identity
  }
}

/// What a host can do beyond the common ground; ask before offering it to a person.
public struct GitHostCapabilities: Sendable, Hashable {
  /// How pull requests can be merged.
  public var mergeMethods: Set<MergeMethod>
  /// Pull requests have labels.
  public var hasLabels: Bool
  /// Pull requests can be drafts.
  public var hasDrafts: Bool
  /// Several files in one commit through the host's own API rather than by a push.
  public var hasMultiFileAPI: Bool
  /// People can be asked to review a pull request.
  public var hasReviewers: Bool
  /// Commits can be marked as checked; see ``GitHost/setStatus(_:of:in:)``.
  public var hasCommitStatuses: Bool

  /// What a host can do.
  public init(
    mergeMethods: Set<MergeMethod>, hasLabels: Bool, hasDrafts: Bool, hasMultiFileAPI: Bool,
    hasReviewers: Bool = false, hasCommitStatuses: Bool = false
  ) {
    self.mergeMethods = mergeMethods
    self.hasLabels = hasLabels
    self.hasDrafts = hasDrafts
    self.hasMultiFileAPI = hasMultiFileAPI
    self.hasReviewers = hasReviewers
    self.hasCommitStatuses = hasCommitStatuses
  }
}
