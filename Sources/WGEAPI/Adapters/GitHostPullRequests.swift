public import WGEGit
public import WGEKube

/// The pull requests of chosen repositories, for whoever may see and merge them.
///
/// The host is called with the server's credential, so the caller's right is asked for before each call. The API and
/// the console both stand on this.
public struct GitHostPullRequests: Sendable {
  /// A pull request and where it is.
  public typealias Located = (repository: RepositoryPath, pullRequest: PullRequest)

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

  /// Newest first.
  ///
  /// - Parameters:
  ///   - repository: `owner/name`; nil for all that are served.
  ///   - state: nil for all.
  /// - Throws: what the authorizer and the host throw; ``APIStatus`` for a repository that is not served.
  public func list(
    as principal: Principal, in repository: String? = nil, state: PullRequest.State? = nil
  ) async throws -> [Located] {
    var found: [Located] = []
    for path in try repository.map({ [try served($0)] }) ?? repositories {
      try await authorizer.authorize(principal, verb: "list", repository: path)
      found += try await host.listPullRequests(PullRequestFilter(state: state), in: path).map { (path, $0) }
    }
    return found.sorted {
      ($1.pullRequest.createdAt, $1.pullRequest.number) < ($0.pullRequest.createdAt, $0.pullRequest.number)
    }
  }

  /// Merges an open one.
  /// - Throws: as ``list(as:in:state:)``.
  public func merge(
    _ number: Int, in repository: String, as principal: Principal, deleteBranch: Bool
  ) async throws -> Located {
    let path = try served(repository)
    try await authorizer.authorize(principal, verb: "merge", repository: path)
    return (path, try await host.mergePullRequest(number, MergeRequest(deleteBranch: deleteBranch), in: path))
  }

  private func served(_ name: String) throws -> RepositoryPath {
    let path = try RepositoryPath(name)
    guard repositories.contains(path) else { throw APIStatus(.notFound, "repository \(path) is not served here") }
    return path
  }
}
