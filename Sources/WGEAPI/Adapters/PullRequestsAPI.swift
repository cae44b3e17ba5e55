internal import SwiftProtobuf
internal import WGECore
internal import WGEGit

/// The service `wge.pullrequests.v1.PullRequests` over a Git host.
public struct PullRequestsAPI: Sendable {
  private let pullRequests: GitHostPullRequests

  /// - Parameter pullRequests: what is served, and to whom.
  public init(_ pullRequests: GitHostPullRequests) { self.pullRequests = pullRequests }

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
    let state: PullRequest.State?
    switch request.state {
    case "", "all": state = nil
    default:
      guard let known = PullRequest.State(rawValue: request.state) else {
        throw APIStatus(.invalidArgument, "field state must be open, merged, closed or all")
      }
      state = known
    }
    let found = try await pullRequests.list(
      as: try call.principal, in: request.repository.isEmpty ? nil : request.repository, state: state)
    return .with { $0.pullRequests = found.map { .init($0.pullRequest, in: $0.repository) } }
  }

  @Sendable private func merge(
    _ request: Wge_Pullrequests_V1_MergePullRequestRequest, _ call: APICall
  ) async throws -> Wge_Pullrequests_V1_MergePullRequestResponse {
    let merged = try await pullRequests.merge(
      Int(request.number), in: request.repository, as: try call.principal, deleteBranch: request.deleteBranch)
    return .with { $0.pullRequest = .init(merged.pullRequest, in: merged.repository) }
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
