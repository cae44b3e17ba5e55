internal import WGECore

/// A provider behind a REST API: what it supplies, so that the rest is written once for all of them.
protocol RESTHost: GitHost {
  /// Signs, sends and repeats its requests.
  var client: RESTClient { get }

  /// The newest commit of a branch; nil when there is no such branch.
  /// - Throws: `emptyRepository` where the host tells that there is no commit at all.
  func head(of branch: BranchName, in repository: RepositoryPath) async throws(GitHostError) -> GitObjectID?

  /// Makes the commit on top of the plan's parent and moves the branch, only from where the plan saw it.
  /// - Throws: `staleHead` when the branch is elsewhere, `alreadyExists` when it was to be made and is there.
  func write(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult

  /// Pushes what the API cannot make; nil: there is nothing to push from.
  var push: CommitPush? { get }
  /// Where the credential may be pushed with; default: where the API is.
  var pushOrigins: [String] { get }
  /// Where a commit is pushed to, and whom it names.
  func pushedCommit(_ plan: CommitPlan) async throws -> PushedCommit
}

// MARK: - Branches

extension RESTHost {
  /// The commit that a revision names.
  /// - Throws: `notFound` for a branch that is not there; commits are not looked up.
  func resolve(_ revision: GitRevision, in repository: RepositoryPath) async throws(GitHostError) -> GitObjectID {
    switch revision {
    case .commit(let id): return id
    case .branch(let name):
      do throws(GitHostError) {
        if let head = try await head(of: name, in: repository) { return head }
      } catch {
        guard error.code == .emptyRepository else { throw error }
      }
      throw .noBranch(name, in: repository)
    }
  }

  /// One branch.
  public func branch(_ name: BranchName, in repository: RepositoryPath) async throws -> GitBranch {
    let head = try await resolve(.branch(name), in: repository)
    return GitBranch(name: name, head: head, isDefault: try await self.repository(repository).defaultBranch == name)
  }

  /// A branch that may be deleted as it is now.
  /// - Throws: `notFound`, `forbidden` for the default branch, `staleHead`.
  func deletable(
    _ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath
  ) async throws -> GitBranch {
    let found = try await branch(name, in: repository)
    if found.isDefault { throw GitHostError.isDefaultBranch(name, of: repository) }
    try found.require(expectedHead)
    return found
  }
}

extension GitBranch {
  /// - Throws: `staleHead` unless the branch is where it is expected.
  func require(_ expectedHead: GitObjectID?) throws(GitHostError) {
    guard let expectedHead, head != expectedHead else { return }
    throw GitHostError(
      .staleHead, "the branch \(GitHostError.quote(name.value)) is at \(head.abbreviated)",
      remedy: "look at the new commits first")
  }
}

extension GitHostError {
  static func noBranch(_ name: BranchName, in repository: RepositoryPath) -> GitHostError {
    GitHostError(.notFound, "there is no branch \(quote(name.value)) in \(repository)", field: "branch")
  }

  static func isDefaultBranch(_ name: BranchName, of repository: RepositoryPath) -> GitHostError {
    GitHostError(
      .forbidden, "\(quote(name.value)) is the default branch of \(repository)", field: "branch",
      reason: "protectedBranch")
  }
}

// MARK: - Files

extension RESTHost {
  /// A file whose bytes are the whole answer.
  func file(
    _ path: GitPath, of commit: GitObjectID, by request: RESTRequest, accept: String
  ) async throws(GitHostError) -> FileContent {
    var request = request
    request.accept = accept
    request.maximumBytes = GitDefaults.maximumReadBytes
    let bytes = try await client.send(request).bytes
    return FileContent(path: path, bytes: bytes, id: GitObjectID(ofFile: bytes), isExecutable: nil, commit: commit)
  }
}

extension [TreeEntry] {
  /// Adds what a listing names.
  /// - Throws: `tooLarge` past the limit of entries.
  mutating func add(_ entry: TreeEntry) throws(GitHostError) {
    append(entry)
    try checkCount()
  }

  func checkCount() throws(GitHostError) {
    guard count <= GitDefaults.maximumTreeEntries else {
      throw GitHostError(.tooLarge, "the listing has more than \(GitDefaults.maximumTreeEntries) entries")
    }
  }

  var inOrder: [TreeEntry] { sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) } }
}

// MARK: - Commits

extension RESTHost {
  /// Makes one commit; see the host for how it is written.
  public func commitFiles(_ request: CommitRequest, in repository: RepositoryPath) async throws -> CommitResult {
    try await CommitEngine.commit(request, in: repository, through: self)
  }

  /// The commit that was asked for, when it is on the branch although its answer was lost.
  /// - Parameters:
  ///   - old: where the branch was; nil: it was not there.
  ///   - parent: what the commit goes on top of.
  func madeAfterAll(
    _ plan: CommitPlan, on branch: BranchName, from old: GitObjectID?, parent: GitObjectID?
  ) async throws(GitHostError) -> GitObjectID? {
    guard let head = try await head(of: branch, in: plan.repository), head != old else { return nil }
    do {
      let commit = try await commit(head, in: plan.repository)
      if plan.request.requestID != nil { return plan.request.made(commit) ? head : nil }
      let isOurs =
        commit.parents == (parent.map { [$0] } ?? []) && commit.message.trimmed == plan.message.trimmed
      return isOurs ? head : nil
    } catch {
      // What failed first says it better.
      return nil
    }
  }
}

// MARK: - Pull requests

extension RESTHost {
  /// The open pull request from a head to a base.
  public func findPullRequest(
    head: BranchName, base: BranchName, in repository: RepositoryPath
  ) async throws -> PullRequest? {
    try await listPullRequests(PullRequestFilter(state: .open, head: head, base: base, limit: 1), in: repository).first
  }

  /// The pull request when it is merged all the same: the answer was lost, or somebody else was faster.
  /// - Throws: the error, with what the pull request says about why.
  func mergedAfterAll(
    _ error: GitHostError, _ number: Int, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let now = try await afterMerge(error, number, in: repository)
    guard now.state == .merged else { throw error.explained(by: now) }
    return now
  }

  /// What a merge that was refused, or not answered, left.
  /// - Throws: the error, where it leaves no doubt.
  func afterMerge(_ error: GitHostError, _ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    guard error.code == .notMergeable || error.isTransient else { throw error }
    return try await pullRequest(number, in: repository)
  }
}

/// What a listing of pull requests found so far.
struct PullRequestListing {
  private let filter: PullRequestFilter
  private var found: [PullRequest] = []

  init(_ filter: PullRequestFilter) { self.filter = filter }

  /// - Returns: whether more are wanted.
  mutating func take(_ pull: PullRequest) -> Bool {
    if filter.admits(pull) { found.append(pull) }
    return found.count < filter.limit
  }

  /// Newest number first, cut to the limit.
  var pulls: [PullRequest] { filter.ordered(found) }
}
