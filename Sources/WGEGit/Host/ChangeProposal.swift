/// Changes that are proposed as a pull request, in one commit on a branch of their own.
public struct ChangeProposal: Sendable, Hashable {
  /// Title, description, labels and reviewers, the branch to make, and the branch that is to get the changes.
  public var pullRequest: PullRequestDraft
  /// What to do to which paths, on top of the base.
  public var changes: [FileChange]
  /// The commit's message; nil: the pull request's title.
  public var message: String?
  /// Nil: the owner of the host's credential.
  public var author: GitIdentity?
  /// Names the intention: proposing it again finds what is there already; see ``CommitRequest/requestID``.
  public var requestID: String
  /// Lines such as `Requested-by` at the end of the message.
  public var trailers: [CommitTrailer]

  /// A proposal.
  public init(
    _ pullRequest: PullRequestDraft, changes: [FileChange], message: String? = nil, author: GitIdentity? = nil,
    requestID: String, trailers: [CommitTrailer] = []
  ) {
    self.pullRequest = pullRequest
    self.changes = changes
    self.message = message
    self.author = author
    self.requestID = requestID
    self.trailers = trailers
  }
}

extension GitHost {
  /// Commits the changes to a new branch and opens a pull request for it, or finds both.
  ///
  /// The same proposal made again, also by another process after this one was killed half-way, gives the same pull
  /// request, whose title, description and labels then say what the proposal says; nothing is committed twice. When
  /// the pull request cannot be opened, the branch that this call made is removed again, so that nothing stays behind
  /// that would stand in the way of the next try.
  ///
  /// - Returns: the open pull request.
  /// - Throws: `noChanges` when the base has this content already; `alreadyExists` when the branch is there with
  ///   commits of others, which are not touched, with the pull request that is open from it; `forbidden` with the
  ///   reason `archived`; `emptyRepository`; `notFound` for the base; what ``commitFiles(_:in:)`` and
  ///   ``createPullRequest(_:in:)`` throw.
  public func propose(_ proposal: ChangeProposal, in repository: RepositoryPath) async throws -> PullRequest {
    let draft = proposal.pullRequest
    let found = try await self.repository(repository)
    if found.isArchived {
      throw GitHostError(
        .forbidden, "the repository \(repository) is archived", remedy: "unarchive it or name another one",
        reason: "archived")
    }
    if found.isEmpty {
      throw GitHostError(
        .emptyRepository, "the repository \(repository) has no commit yet", remedy: "make the first commit directly")
    }
    let made: CommitResult
    do {
      made = try await commitFiles(
        CommitRequest(
          branch: draft.head, base: .branch(draft.base), message: proposal.message ?? draft.title,
          changes: proposal.changes, author: proposal.author, expectedHead: .absent, requestID: proposal.requestID,
          trailers: proposal.trailers), in: repository)
    } catch var error as GitHostError where error.code == .alreadyExists {
      error.existingPullRequest = try? await findPullRequest(head: draft.head, base: draft.base, in: repository)
      error.remedy = "propose it from a branch of another name"
      throw error
    }
    if made.unchanged {
      throw GitHostError(
        .noChanges, "\(draft.base) of \(repository) has this content already", field: "changes")
    }
    do {
      return try await createPullRequest(draft, in: repository)
    } catch let error as GitHostError {
      if error.code == .alreadyExists, let open = error.existingPullRequest {
        return try await bringUpToDate(open, draft, in: repository)
      }
      if made.createdBranch, error.existingPullRequest == nil {
        // Also when the task was cancelled.
        await Task { try? await deleteBranch(draft.head, expectedHead: made.commit, in: repository) }.value
      }
      throw error
    }
  }

  private func bringUpToDate(
    _ open: PullRequest, _ draft: PullRequestDraft, in repository: RepositoryPath
  ) async throws -> PullRequest {
    var update = PullRequestUpdate()
    if open.title != draft.title.trimmed { update.title = draft.title }
    if open.body.trimmed != draft.body.trimmed { update.body = draft.body }
    if capabilities.hasLabels, Set(open.labels) != Set(draft.labels) { update.labels = draft.labels }
    if update == PullRequestUpdate() { return open }
    return try await updatePullRequest(open.number, update, in: repository)
  }
}
