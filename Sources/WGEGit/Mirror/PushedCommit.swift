internal import WGECore
internal import WGEHTTP

/// A commit that is made here and pushed, for hosts without an API for several files at once.
struct PushedCommit: Sendable {
  /// The repository's https URL.
  var cloneURL: String
  var plan: CommitPlan
  /// Used where the request names nobody.
  var author: GitIdentity
}

extension GitMirrors {
  /// Makes the commit in memory on top of the mirror's objects and pushes it. The branch must be where
  /// the plan saw it.
  /// - Parameters:
  ///   - transport: for fetching and pushing; see ``GitRemote``.
  ///   - time: the commit's.
  ///   - signer: signs the commit; nil: it stays unsigned.
  func push(
    _ job: PushedCommit, transport: (any HTTPTransport)? = nil, credentials: GitRemote.CredentialProvider?,
    allowsPlainHTTP: Bool, at time: Timestamp, signer: (any CommitSigner)? = nil
  ) async throws -> CommitResult {
    let remote = try GitRemote(
      url: job.cloneURL, transport: transport, allowsPlainHTTP: allowsPlainHTTP, credentials: credentials)
    let plan = job.plan
    let author = Self.withAddress(plan.request.author ?? job.author, at: remote)
    let committer = Self.withAddress(plan.request.committer ?? author, at: remote)
    return try await withMirror(of: remote) { mirror in
      let scratch = try await GitRepository.scratch(borrowingObjectsOf: mirror.path)
      if let parent = plan.parent { try await Self.requireCommit(parent, in: scratch, plan) }
      let request = plan.request(by: author, committer)
      let made = try await scratch.commit(request, author: author, at: time, signer: signer)
      if !made.unchanged {
        try await Self.push(made.commit, of: plan, from: scratch, to: remote)
        return plan.result(made.commit)
      }
      guard let parent = plan.parent, plan.request.rebuild, plan.head != nil else {
        return plan.unchanged(made.commit)
      }
      // The branch has to leave where it is, also when nothing is to change on the base.
      let commit = try await scratch.writeCommit(
        tree: scratch.treeID(ofCommit: parent), parents: [parent], message: request.message,
        author: author.signature(at: time), committer: committer.signature(at: time), signer: signer)
      try await Self.push(commit, of: plan, from: scratch, to: remote)
      return plan.result(commit)
    }
  }

  /// Moves the branch to the commit, from where the plan saw it.
  private static func push(
    _ commit: GitObjectID, of plan: CommitPlan, from repository: GitRepository, to remote: GitRemote
  ) async throws(GitHostError) {
    let branch = plan.request.branch
    let lease: PushLease = if let head = plan.head { .exactly(head) } else { .absent }
    let force = plan.request.rebuild && plan.head != nil
    do throws(GitHostError) {
      try await repository.push(commit, to: branch, at: remote, lease: lease, force: force)
    } catch {
      if error.code == .staleHead, plan.head == nil {
        throw GitHostError(.alreadyExists, "the branch \(GitHostError.quote(branch.value)) exists already")
      }
      // Perhaps only the answer was lost: then the branch is at the commit already, and this sends nothing.
      if error.isTransient, await isAt(commit, branch, repository, remote) { return }
      throw error
    }
  }

  private static func isAt(
    _ commit: GitObjectID, _ branch: BranchName, _ repository: GitRepository, _ remote: GitRemote
  ) async -> Bool {
    do throws(GitHostError) {
      try await repository.push(commit, to: branch, at: remote, lease: .exactly(commit))
      return true
    } catch {
      return false
    }
  }

  /// A mirror holds what branches reach; a commit that none reaches any more was decided from an old look.
  private static func requireCommit(
    _ parent: GitObjectID, in repository: GitRepository, _ plan: CommitPlan
  ) async throws(GitHostError) {
    do throws(GitHostError) {
      _ = try await repository.treeID(ofCommit: parent)
    } catch {
      guard error.code == .notFound else { throw error }
      throw GitHostError(
        .staleHead, "no branch of \(plan.repository) holds the commit \(parent.abbreviated) any more",
        remedy: "read again and decide again")
    }
  }

  /// Git's commits need an address where the hosts' users may have none.
  private static func withAddress(_ identity: GitIdentity, at remote: GitRemote) -> GitIdentity {
    guard identity.email.trimmed.isEmpty else { return identity }
    let host = remote.reference.host
    return GitIdentity(name: identity.name, email: "noreply@" + (host.isEmpty ? "localhost" : host))
  }
}

extension CommitPlan {
  /// The same commit as a request to a repository that knows nothing of the branch.
  fileprivate func request(by author: GitIdentity, _ committer: GitIdentity) -> CommitRequest {
    var request = request
    request.expectedHead = .any
    request.rebuild = false
    request.base = parent.map { .commit($0) }
    request.allowInitial = parent == nil
    // The message has them already.
    request.requestID = nil
    request.trailers = []
    request.author = author
    request.committer = committer
    return request
  }
}
