internal import WGECore

/// Opening a pull request so that it is never opened twice.
enum PullRequestCreation {
  /// Calls `post` once. When its answer is lost, looks whether the host opened it all the same, and only
  /// then tries once more.
  static func create(
    _ draft: PullRequestDraft, in repository: RepositoryPath, of host: some GitHost,
    post: @Sendable () async throws(GitHostError) -> PullRequest
  ) async throws -> PullRequest {
    for attempt in 0... {
      do throws(GitHostError) {
        return try await post()
      } catch {
        switch error.code {
        case .alreadyExists:
          var error = error
          error.existingPullRequest = try await existing(draft, repository, host) ?? error.existingPullRequest
          // After a lost answer the one that stands in the way is the one that was asked for.
          if attempt > 0, let found = error.existingPullRequest, found.title == draft.title { return found }
          throw error
        case .validation:
          // A branch that is missing is said in many ways.
          for name in [draft.head, draft.base] {
            do { _ = try await host.branch(name, in: repository) } catch let missing as GitHostError
              where missing.code == .notFound
            { throw missing }
          }
          throw error
        case .timeout, .network, .unavailable:
          if let found = try await existing(draft, repository, host), found.title == draft.title { return found }
          if attempt > 0 { throw error }
        default: throw error
        }
      }
    }
    throw GitHostError(.unavailable, "could not open the pull request")
  }

  private static func existing(
    _ draft: PullRequestDraft, _ repository: RepositoryPath, _ host: some GitHost
  ) async throws -> PullRequest? {
    try await host.findPullRequest(head: draft.head, base: draft.base, in: repository)
  }
}

extension PullRequestFilter {
  /// Whether a pull request passes; hosts filter too, but not all and not by everything.
  func admits(_ pull: PullRequest) -> Bool {
    if let state, pull.state != state { return false }
    if let head, pull.head != head { return false }
    if let base, pull.base != base { return false }
    return labels.isSubset(of: pull.labels)
  }

  /// Newest number first, cut to the limit.
  func ordered(_ pulls: [PullRequest]) -> [PullRequest] {
    Array(pulls.prefix(max(limit, 0))).sorted { $0.number > $1.number }
  }
}

extension GitHostError {
  /// A refused merge, with what the pull request itself says about why.
  func explained(by pull: PullRequest) -> GitHostError {
    guard code == .notMergeable else { return self }
    var error = self
    if pull.state == .closed {
      error.reason = "closed"
      error.remedy = "open a new one"
    }
    switch pull.mergeability {
    case .conflicting(let paths):
      error.code = .conflict
      error.paths = paths
      error.remedy = "merge \(pull.base) into \(pull.head), settle the conflicts and push"
    case .blocked(let reason): error.reason = reason
    case .mergeable, .unknown: break
    }
    return error
  }
}
