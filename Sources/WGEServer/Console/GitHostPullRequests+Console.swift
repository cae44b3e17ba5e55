#if Server
  public import WGEAPI
  internal import WGEGit
  public import WGEKube

  extension GitHostPullRequests: ConsolePullRequests {
    /// See ``ConsolePullRequests/list(as:)``.
    public func list(as principal: Principal) async throws -> [ConsolePullRequest] {
      try await list(as: principal, in: nil).map { repository, pullRequest in
        ConsolePullRequest(
          repository: repository.description, number: pullRequest.number, title: pullRequest.title,
          state: pullRequest.state.rawValue, head: pullRequest.head.value, base: pullRequest.base.value,
          createdAt: pullRequest.createdAt)
      }
    }

    /// See ``ConsolePullRequests/merge(as:repository:number:)``.
    public func merge(as principal: Principal, repository: String, number: Int) async throws {
      _ = try await merge(number, in: repository, as: principal, deleteBranch: true)
    }
  }
#endif
