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
  func push(
    _ job: PushedCommit, transport: (any HTTPTransport)? = nil, credentials: GitRemote.CredentialProvider?,
    allowsPlainHTTP: Bool, at time: Timestamp
  ) async throws -> CommitResult {
    let remote = try GitRemote(
      url: job.cloneURL, transport: transport, allowsPlainHTTP: allowsPlainHTTP, credentials: credentials)
    return try await withMirror(of: remote) { mirror in
      let scratch = try await GitRepository.scratch(borrowingObjectsOf: mirror.path)
      var request = job.plan.request
      request.expectedHead = .any
      request.rebuild = false
      request.base = job.plan.parent.map { .commit($0) }
      request.allowInitial = job.plan.parent == nil
      let made = try await scratch.commit(request, author: job.author, at: time)
      if made.unchanged, let parent = job.plan.parent { return job.plan.unchanged(parent) }
      do {
        try await scratch.push(
          made.commit, to: request.branch, at: remote, lease: job.plan.head.map { .exactly($0) } ?? .absent,
          force: job.plan.request.rebuild && job.plan.head != nil)
      } catch let error as GitHostError where error.code == .staleHead && job.plan.head == nil {
        throw GitHostError(
          .alreadyExists, "the branch \(GitHostError.quote(request.branch.value)) exists already")
      }
      return job.plan.result(made.commit)
    }
  }
}
