internal import SwiftProtobuf
public import WGEKube
public import WGEGit
internal import WGECore

/// Says whether a caller may do something to the pull requests of a repository.
///
/// The Git host is called with the server's credential, so somebody has to ask first.
public protocol PullRequestAuthorizing: Sendable {
  /// Returns when the caller may.
  ///
  /// - Parameter verb: `list` or `merge`.
  /// - Throws: when they may not, or when that cannot be found out.
  func authorize(_ principal: Principal, verb: String, repository: RepositoryPath) async throws
}

/// Asks Kubernetes: the caller needs the verb on `pullrequests` of group `git.wge.dev` in the
/// management cluster. The resource need not exist; RBAC rules may name it all the same, with
/// `owner.name` of the repository as resource name.
public struct KubernetesPullRequestAuthorizer: PullRequestAuthorizing {
  private let client: KubeClient

  /// - Parameter client: of the management cluster, with the server's own identity.
  public init(client: KubeClient) { self.client = client }

  /// One SelfSubjectAccessReview as the caller.
  public func authorize(_ principal: Principal, verb: String, repository: RepositoryPath) async throws {
    let decision = try await client.acting(as: principal).review(
      ResourceAttributes(
        verb: verb, group: "git.wge.dev", resource: "pullrequests",
        name: "\(repository.owner).\(repository.name)"))
    guard decision.allowed else {
      throw APIStatus(
        .permissionDenied,
        "\(principal.displayName) may not \(verb) pull requests of \(repository): grant \(verb) on "
          + "pullrequests.git.wge.dev")
    }
  }
}

/// The service `wge.pullrequests.v1.PullRequests` over a Git host.
public struct PullRequestsAPI: Sendable {
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

  /// One endpoint per RPC.
  public var endpoints: [any APIEndpoint] {
    [
      UnaryEndpoint("wge.pullrequests.v1.PullRequests/ListPullRequests", handler: list),
      UnaryEndpoint("wge.pullrequests.v1.PullRequests/MergePullRequest", handler: merge),
    ]
  }

  @Sendable private func list(
    _ request: Wge_Pullrequests_V1_ListPullRequestsRequest, _ call: APICall
  ) async throws -> Wge_Pullrequests_V1_ListPullRequestsResponse {
    let principal = try call.principal
    let state: PullRequest.State?
    switch request.state {
    case "", "all": state = nil
    default:
      guard let known = PullRequest.State(rawValue: request.state) else {
        throw APIStatus(.invalidArgument, "field state must be open, merged, closed or all")
      }
      state = known
    }
    var found: [(RepositoryPath, PullRequest)] = []
    for repository in request.repository.isEmpty ? repositories : [try served(request.repository)] {
      try await authorizer.authorize(principal, verb: "list", repository: repository)
      let pullRequests = try await host.listPullRequests(PullRequestFilter(state: state), in: repository)
      found += pullRequests.map { (repository, $0) }
    }
    found.sort { ($1.1.createdAt, $1.1.number) < ($0.1.createdAt, $0.1.number) }
    return .with { $0.pullRequests = found.map { .init($0.1, in: $0.0) } }
  }

  @Sendable private func merge(
    _ request: Wge_Pullrequests_V1_MergePullRequestRequest, _ call: APICall
  ) async throws -> Wge_Pullrequests_V1_MergePullRequestResponse {
    let principal = try call.principal
    let repository = try served(request.repository)
    try await authorizer.authorize(principal, verb: "merge", repository: repository)
    let merged = try await host.mergePullRequest(
      Int(request.number), MergeRequest(deleteBranch: request.deleteBranch), in: repository)
    return .with { $0.pullRequest = .init(merged, in: repository) }
  }

  private func served(_ name: String) throws -> RepositoryPath {
    let path = try RepositoryPath(name)
    guard repositories.contains(path) else {
      throw APIStatus(.notFound, "repository \(path) is not served here")
    }
    return path
  }
}

extension Wge_Pullrequests_V1_PullRequest {
  fileprivate init(_ pullRequest: PullRequest, in repository: RepositoryPath) {
    self.init()
    self.repository = repository.description
    number = Int32(clamping: pullRequest.number)
    title = pullRequest.title
    description_p = pullRequest.body
    state = pullRequest.state.rawValue
    sourceBranch = pullRequest.head.description
    targetBranch = pullRequest.base.description
    url = pullRequest.webURL
    author = pullRequest.author
    createdAt = pullRequest.createdAt.rfc3339
    mergeCommit = pullRequest.mergeCommit?.description ?? ""
    mergedBy = pullRequest.mergedBy ?? ""
    mergedAt = pullRequest.mergedAt?.rfc3339 ?? ""
    switch pullRequest.mergeability {
    case .unknown: mergeability = "unknown"
    case .mergeable: mergeability = "mergeable"
    case .conflicting(let paths):
      mergeability = "conflicting"
      obstacles = paths
    case .blocked(let reason):
      mergeability = "blocked"
      obstacles = [reason]
    }
  }
}
