#if Server
  public import WGEAPI
  public import WGEGit
  public import WGEKube

  /// ``ConsolePullRequests`` over a Git host. The host is called with the server's credential, so the caller's
  /// right is asked for first, as the API does.
  public struct GitHostPullRequests: ConsolePullRequests {
    private let host: any GitHost
    private let repositories: [RepositoryPath]
    private let authorizer: any PullRequestAuthorizing

    /// - Parameters:
    ///   - host: with the server's credential.
    ///   - repositories: the only ones that are served.
    ///   - authorizer: asked before every call to the host.
    public init(host: any GitHost, repositories: [RepositoryPath], authorizer: any PullRequestAuthorizing) {
      self.host = host
      self.repositories = repositories
      self.authorizer = authorizer
    }

    /// See ``ConsolePullRequests/list(as:)``.
    public func list(as principal: Principal) async throws -> [ConsolePullRequest] {
      var result: [ConsolePullRequest] = []
      for repository in repositories {
        try await authorizer.authorize(principal, verb: "list", repository: repository)
        result += try await host.listPullRequests(PullRequestFilter(), in: repository).map {
          ConsolePullRequest(
            repository: repository.description, number: $0.number, title: $0.title, state: $0.state.rawValue,
            head: $0.head.value, base: $0.base.value, createdAt: $0.createdAt)
        }
      }
      return result.sorted { ($0.createdAt, $0.number) > ($1.createdAt, $1.number) }
    }

    /// See ``ConsolePullRequests/merge(as:repository:number:)``.
    public func merge(as principal: Principal, repository: String, number: Int) async throws {
      guard let path = repositories.first(where: { $0.description == repository }) else {
        throw GitHostError(.notFound, "this server does not serve the repository \(repository)")
      }
      try await authorizer.authorize(principal, verb: "merge", repository: path)
      _ = try await host.mergePullRequest(number, MergeRequest(deleteBranch: true), in: path)
    }
  }
#endif
