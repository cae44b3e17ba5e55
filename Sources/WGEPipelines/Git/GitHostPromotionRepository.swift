internal import WGECore
public import WGEGit

// A promotion as a pull request.
//
// `propose` may be called again at any time, also after a crash in the middle of it, and may be
// called while an earlier pull request of the same environment is still open. It always asks the
// host first what there is:
//   - a pull request of exactly this promotion (key, revision, uid and start time in its body) that
//     was merged or closed is the answer, and nothing is written;
//   - an open one from our branch is brought up to date, whichever revision it was for;
//   - else, and only else, a new one is opened, as the last step.
// The branch is rebuilt from the base's head each time, so that it holds the version change and
// nothing else. Commits that other people pushed to it are never dropped: then the change goes on top.

/// ``PromotionRepository`` over any Git host.
public struct GitHostPromotionRepository: PromotionRepository {
  let host: any GitHost
  let repository: RepositoryPath
  let author: GitIdentity
  let warn: @Sendable (PromotionRequest, String) async -> Void

  /// - Parameters:
  ///   - host: with a credential that may push branches and open pull requests.
  ///   - author: whose name the commits bear.
  ///   - warn: told about files that bear markers but cannot be edited, as a sentence.
  public init(
    host: any GitHost, repository: RepositoryPath,
    author: GitIdentity = GitIdentity(name: "Promotion Server", email: "promotion-server@users.noreply.local"),
    warn: @escaping @Sendable (PromotionRequest, String) async -> Void = { _, _ in }
  ) {
    self.host = host
    self.repository = repository
    self.author = author
    self.warn = warn
  }

  // MARK: PromotionRepository

  /// See ``PromotionRepository/propose(_:)``.
  public func propose(_ request: PromotionRequest) async throws -> PromotionObservation {
    try await translatingErrors {
      let branches = try Branches(request)
      let existing = try await pullRequests(branches)
      if let ended = existing.first(where: { $0.state != .open && PromotionText.isOf(body: $0.body, request) }) {
        return await observation(of: ended, branches)
      }
      let open = existing.first { $0.state == .open }
      if let open { try check(open, belongsTo: request) }

      let base = try await baseHead(branches, request)
      let edits = try await MarkerSearch(host: host, repository: repository, warn: warn).edits(for: request, at: base)
      if edits.changes.isEmpty {
        // What is proposed is there already; an older proposal has nothing left to say.
        if let open { _ = try await closeOpen(open.number, branches, request) }
        return .alreadyAtRevision
      }
      try await push(edits.changes, branches, base: base, request, open: open)
      if let open { return try await update(open.number, request) }
      return try await create(branches, request)
    }
  }

  /// See ``PromotionRepository/observe(_:)``.
  public func observe(_ request: PromotionRequest) async throws -> PromotionObservation {
    try await translatingErrors {
      let branches = try Branches(request)
      if let number = request.known?.number {
        do {
          let found = try await host.pullRequest(number, in: repository)
          // After a change of URL the number may be another pull request's.
          if found.head == branches.head, found.base == branches.base { return await observation(of: found, branches) }
        } catch let error as GitHostError where error.code == .notFound {
          // A number of another repository: look for the promotion itself.
        }
      }
      let found = try await pullRequests(branches).first { PromotionText.isOf(body: $0.body, request) }
      guard let found else { return .missing }
      return await observation(of: found, branches)
    }
  }

  /// See ``PromotionRepository/close(_:)``.
  public func close(_ request: PromotionRequest) async throws -> PromotionObservation {
    try await translatingErrors {
      let branches = try Branches(request)
      let existing = try await pullRequests(branches).filter { PromotionText.names(body: $0.body, request) }
      if let open = existing.first(where: { $0.state == .open }) {
        return try await closeOpen(open.number, branches, request)
      }
      let known = existing.first { PromotionText.isOf(body: $0.body, request) || $0.number == request.known?.number }
      guard let known else { return .missing }
      return await observation(of: known, branches)
    }
  }

  // MARK: What there is

  /// Head and base as the host wants them.
  struct Branches: Sendable {
    var head: BranchName
    var base: BranchName

    init(_ request: PromotionRequest) throws(PromotionFailure) {
      guard let wanted = request.pullRequest else {
        throw .configuration("InvalidGitProvider", "PullRequest spec in Pipeline is nil")
      }
      do { head = try BranchName(PromotionText.branch(request)) } catch {
        throw .configuration(
          "InvalidBranchName",
          "environment \"\(request.environment)\" cannot be part of a branch name: \(error.message); rename it")
      }
      do { base = try BranchName(wanted.baseBranch) } catch {
        throw .configuration("InvalidBaseBranch", "baseBranch: \(error.message)")
      }
    }
  }

  /// All pull requests from our branch to the base, newest first.
  private func pullRequests(_ branches: Branches) async throws -> [PullRequest] {
    try await host.listPullRequests(
      PullRequestFilter(state: nil, head: branches.head, base: branches.base), in: repository
    ).filter { !$0.isFork }
  }

  private func check(_ pullRequest: PullRequest, belongsTo request: PromotionRequest) throws(PromotionFailure) {
    if PromotionText.isPromotion(body: pullRequest.body), !PromotionText.names(body: pullRequest.body, request) {
      throw PromotionFailure(
        "BranchConflict",
        "the branch \(pullRequest.head) already has the pull request \(pullRequest.webURL) of another pipeline; "
          + "rename one of the environments",
        retry: .afterChange, pullRequest: record(of: pullRequest))
    }
  }

  private func baseHead(_ branches: Branches, _ request: PromotionRequest) async throws -> GitObjectID {
    do {
      return try await host.branch(branches.base, in: repository).head
    } catch let error as GitHostError where error.code == .notFound {
      throw PromotionFailure.configuration(
        "BaseBranchNotFound", "cannot read branch \(branches.base) of \(repository): \(error.message)")
    }
  }

  private func record(of pullRequest: PullRequest) -> PullRequestRecord {
    let state: PullRequestState =
      switch pullRequest.state {
      case .open: pullRequest.mergeability == .mergeable ? .mergeable : .open
      case .merged: .merged
      case .closed: .abandoned
      }
    return PullRequestRecord(url: pullRequest.webURL, number: pullRequest.number, state: state)
  }

  private func observation(of pullRequest: PullRequest, _ branches: Branches) async -> PromotionObservation {
    let record = record(of: pullRequest)
    switch pullRequest.state {
    case .open: return .open(record)
    case .merged:
      await deleteBranch(branches, at: pullRequest.headCommit)
      return .merged(record)
    case .closed: return .closed(record)
    }
  }

  /// The branch of a pull request that is done with, unless somebody pushed to it since. Whether it
  /// goes is of no consequence.
  private func deleteBranch(_ branches: Branches, at head: GitObjectID?) async {
    guard let head else { return }
    try? await host.deleteBranch(branches.head, expectedHead: head, in: repository)
  }

  // MARK: Writing

  /// Brings the branch to the base with the changes on top, in one commit.
  private func push(
    _ changes: [FileChange], _ branches: Branches, base: GitObjectID, _ request: PromotionRequest, open: PullRequest?
  ) async throws {
    var commit = CommitRequest(
      branch: branches.head, base: .commit(base), message: PromotionText.commitMessage(request), changes: changes,
      author: author, expectedHead: .absent, rebuild: true)
    let head: GitObjectID?
    do { head = try await host.branch(branches.head, in: repository).head } catch let error as GitHostError
      where error.code == .notFound
    {
      head = nil
    }
    if let head {
      let last = try await host.commit(head, in: repository)
      // The base itself, or what is left of it: nothing of anybody's is lost by starting over.
      let isBare = head == base
      if PromotionText.isOf(commitMessage: last.message, request), last.parents == [base] { return }
      if !isBare, !PromotionText.isOurs(commitMessage: last.message, request) {
        return try await pushOnTop(of: head, branches, request, open: open)
      }
      commit.expectedHead = .exactly(head)
    }
    _ = try await host.commitFiles(commit, in: repository)
  }

  /// The branch has commits of other people: the versions are set as they stand there.
  private func pushOnTop(
    of head: GitObjectID, _ branches: Branches, _ request: PromotionRequest, open: PullRequest?
  ) async throws {
    if let open, case .conflicting(let paths) = try await host.pullRequest(open.number, in: repository).mergeability {
      throw PromotionFailure(
        "BranchConflict",
        "the branch \(branches.head) holds commits of other people that conflict with \(branches.base) in "
          + "\(paths.prefix(5).joined(separator: ", ")); resolve the conflict in \(open.webURL) or delete the branch",
        retry: .backOff, pullRequest: record(of: open))
    }
    let edits = try await MarkerSearch(host: host, repository: repository, warn: warn).edits(for: request, at: head)
    if edits.changes.isEmpty { return }
    _ = try await host.commitFiles(
      CommitRequest(
        branch: branches.head, message: PromotionText.commitMessage(request), changes: edits.changes, author: author,
        expectedHead: .exactly(head)), in: repository)
  }

  /// Makes the open pull request say what it now does.
  private func update(_ number: Int, _ request: PromotionRequest) async throws -> PromotionObservation {
    let current = try await host.pullRequest(number, in: repository)
    // Merged or closed while we wrote: it was not about this revision then, or the next look tells.
    guard current.state == .open else {
      throw PromotionFailure("PullRequestMoved", "the pull request \(current.webURL) was \(current.state) meanwhile")
    }
    let (title, body) = (PromotionText.title(request), PromotionText.body(request))
    if current.title == title, PromotionText.isOf(body: current.body, request) { return .open(record(of: current)) }
    let updated = try await host.updatePullRequest(
      number, PullRequestUpdate(title: title, body: body), in: repository)
    return .open(record(of: updated))
  }

  private func create(_ branches: Branches, _ request: PromotionRequest) async throws -> PromotionObservation {
    let draft = PullRequestDraft(
      title: PromotionText.title(request), body: PromotionText.body(request), head: branches.head, base: branches.base)
    do {
      return .open(record(of: try await host.createPullRequest(draft, in: repository)))
    } catch let error as GitHostError where error.code == .alreadyExists {
      // Somebody opened one since we looked, perhaps we ourselves: adopt it.
      var found = error.existingPullRequest
      if found == nil {
        found = try await host.findPullRequest(head: branches.head, base: branches.base, in: repository)
      }
      guard let found else { throw error }
      try check(found, belongsTo: request)
      return try await update(found.number, request)
    }
  }

  private func closeOpen(
    _ number: Int, _ branches: Branches, _ request: PromotionRequest
  ) async throws -> PromotionObservation {
    do {
      let closed = try await host.closePullRequest(number, in: repository)
      if let head = closed.headCommit,
        let last = try? await host.commit(head, in: repository),
        PromotionText.isOurs(commitMessage: last.message, request)
      {
        await deleteBranch(branches, at: head)
      }
      return await observation(of: closed, branches)
    } catch let error as GitHostError {
      // It may have been merged under our hands; that answer is worth more than the error.
      if let now = try? await host.pullRequest(number, in: repository), now.state != .open {
        return await observation(of: now, branches)
      }
      throw error
    }
  }
}
