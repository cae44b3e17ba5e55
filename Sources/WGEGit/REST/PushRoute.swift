internal import WGECore
internal import WGEHTTP

// Commits that a host's API cannot make, or takes no longer, go as people's do: made here on top of a mirror
// and pushed, with the branch compared by the server.

/// Makes a commit and pushes it.
typealias CommitPush = @Sendable (PushedCommit) async throws -> CommitResult

extension GitMirrors {
  /// A push from these mirrors, with a host's own transport, clock and signer.
  nonisolated func route(
    over transport: any HTTPTransport, _ settings: GitHostSettings, allowsPlainHTTP: Bool = false,
    signIn credential: GitCredential
  ) -> CommitPush {
    { job in
      try await self.push(
        job, transport: transport, credentials: { credential }, allowsPlainHTTP: allowsPlainHTTP,
        at: settings.wallClock.now(), signer: settings.signer)
    }
  }
}

extension GitHostCredential {
  /// As most providers want it from Git.
  /// - Parameter user: whose password a token is.
  func forGit(as user: String) -> GitCredential {
    switch self {
    case .token(let token): .basic(username: user, password: token)
    case .basic(let user, let password): .basic(username: user, password: password)
    }
  }
}

extension RESTHost {
  /// Pushes a commit.
  /// - Throws: `refusal` when the host has nothing to push from.
  func pushed(
    _ plan: CommitPlan, otherwise refusal: @autoclosure () -> GitHostError
  ) async throws(GitHostError) -> CommitResult {
    guard let push else { throw refusal() }
    do {
      return try await push(await pushedCommit(plan))
    } catch let error as GitHostError {
      throw error
    } catch {
      throw GitHostError(.cancelled, "the commit was cancelled")
    }
  }

  func pushedCommit(_ plan: CommitPlan) async throws -> PushedCommit {
    let url = GitHostError.withoutUserInfo(try await repository(plan.repository).cloneURL)
    try client.requireOrigin(of: url, among: pushOrigins)
    return PushedCommit(cloneURL: url, plan: plan, author: try await pusher(plan))
  }

  var pushOrigins: [String] { [client.root] }

  /// Whom a pushed commit names. Tokens of apps and repositories are nobody's: then this program.
  private func pusher(_ plan: CommitPlan) async throws -> GitIdentity {
    if let author = plan.request.author { return author }
    do {
      return try await currentUser().identity
    } catch let error as GitHostError where [.unauthorized, .forbidden, .notFound].contains(error.code) {
      return GitIdentity(name: client.settings.userAgent, email: "")
    }
  }
}

extension CommitRequest {
  /// Too large for a host's API; nil: it is not. Content travels there as text in one request.
  var apiExcess: GitHostError? {
    guard var excess = changes.excess(over: .api) else { return nil }
    excess.remedy = "give the host mirrors, so that the commit can be pushed, or commit less at once"
    return excess
  }
}
