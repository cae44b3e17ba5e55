public import WGEKube
public import WGEGit

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
