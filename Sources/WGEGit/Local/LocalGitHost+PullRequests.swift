public import WGECore

extension LocalGitHost {
  /// Opens a pull request; one per head and base can be open.
  public func createPullRequest(
    _ draft: PullRequestDraft, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let draft = try HostInput.draft(draft)
    let open = try await open(repository)
    do {
      let record = try await open.git.createPullRequest(draft, in: open.pulls, author: user.login, now: clock.now())
      return try await present(record, open, repository)
    } catch var error as GitHostError where error.code == .alreadyExists {
      if let number = error.reason.flatMap({ Int($0) }) {
        error.reason = nil
        error.existingPullRequest = try await pullRequest(number, in: repository)
      }
      throw error
    }
  }

  /// The open pull request from a head to a base, with its mergeability.
  public func findPullRequest(
    head: BranchName, base: BranchName, in repository: RepositoryPath
  ) async throws -> PullRequest? {
    let filter = PullRequestFilter(state: .open, head: head, base: base, limit: 1)
    guard let found = try await listPullRequests(filter, in: repository).first else { return nil }
    return try await pullRequest(found.number, in: repository)
  }

  /// ``PullRequest/mergeability`` is `unknown` in a list: ask for one to have it computed.
  public func listPullRequests(
    _ filter: PullRequestFilter, in repository: RepositoryPath
  ) async throws -> [PullRequest] {
    let open = try await open(repository)
    return try await open.git.pullRequests(filter, in: open.pulls, now: clock.now()).map {
      present($0, .unknown, repository)
    }
  }

  /// A pull request as its branches are now, with its mergeability computed.
  public func pullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    let open = try await open(repository)
    return try await present(open.git.refresh(number, in: open.pulls, now: clock.now()), open, repository)
  }

  /// Changes title, text, labels or draft state.
  public func updatePullRequest(
    _ number: Int, _ update: PullRequestUpdate, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let title = try update.title.map { try HostInput.title($0) }
    let body = try update.body.map { try HostInput.body($0, field: "body") }
    let labels = try update.labels.map(HostInput.labels)
    let open = try await open(repository)
    let record = try await open.git.modify(number, in: open.pulls, now: clock.now(), step: "save updated pull request")
    {
      if let title { $0.title = title }
      if let body { $0.body = body }
      if let labels { $0.labels = labels }
      if let isDraft = update.isDraft { $0.isDraft = isDraft }
    }
    return try await present(record, open, repository)
  }

  /// Merges in the name of ``user``. When somebody pushes to the base meanwhile, merges with that.
  public func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let open = try await open(repository)
    let record = try await open.git.mergePullRequest(
      number, request, in: open.pulls, actor: user, now: clock.now(), signer: signer)
    return try await present(record, open, repository)
  }

  /// Closes without merging.
  public func closePullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    let open = try await open(repository)
    let now = clock.now()
    let record = try await open.git.modify(number, in: open.pulls, now: now, step: "save closed pull request") {
      record throws(GitHostError) in
      if record.state == .merged {
        throw .validation(field: "state", "pull request \(number) is merged already")
      }
      if record.state == .closed { return }
      record.state = .closed
      record.closedAt = now
    }
    return try await present(record, open, repository)
  }

  /// Adds a comment; see ``comments(onPullRequest:in:)``.
  public func commentPullRequest(_ number: Int, _ body: String, in repository: RepositoryPath) async throws {
    let body = try HostInput.comment(body)
    let open = try await open(repository)
    let now = clock.now()
    let author = user.login
    _ = try await open.git.modify(number, in: open.pulls, now: now, step: "save comment") {
      record throws(GitHostError) in
      guard record.comments.count < GitDefaults.maximumComments else {
        throw GitHostError(.tooLarge, "pull request \(number) has \(GitDefaults.maximumComments) comments already")
      }
      record.comments.append(PullRequestRecord.Comment(author: author, body: body, createdAt: now))
    }
  }

  /// The comments of a pull request, oldest first.
  public func comments(
    onPullRequest number: Int, in repository: RepositoryPath
  ) async throws -> [(author: String, body: String, createdAt: Timestamp)] {
    let open = try await open(repository)
    return try await open.git.load(number, in: open.pulls).comments.map { ($0.author, $0.body, $0.createdAt) }
  }

  private func present(
    _ record: PullRequestRecord, _ open: OpenRepository, _ repository: RepositoryPath
  ) async throws -> PullRequest {
    present(record, try await open.git.mergeability(of: record), repository)
  }

  private func present(
    _ record: PullRequestRecord, _ mergeability: PullRequest.Mergeability, _ repository: RepositoryPath
  ) -> PullRequest {
    PullRequest(
      number: record.number, title: record.title, body: record.body, state: record.state, isDraft: record.isDraft,
      webURL: webURL(ofPullRequest: record.number, in: repository), head: record.head, base: record.base,
      headCommit: record.headCommit, mergeCommit: record.mergeCommit, labels: record.labels,
      reviewers: record.reviewers ?? [], author: record.author,
      mergedBy: record.mergedBy, createdAt: record.createdAt, updatedAt: record.updatedAt, mergedAt: record.mergedAt,
      closedAt: record.closedAt, mergeability: mergeability)
  }
}

extension Task where Success == Never, Failure == Never {
  static func checkCancellation(naming what: String) throws(GitHostError) {
    if isCancelled { throw GitHostError(.cancelled, "\(what) was cancelled") }
  }
}
