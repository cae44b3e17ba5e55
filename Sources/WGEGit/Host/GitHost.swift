public import WGECore

/// A place that holds repositories and pull requests, reached with one credential. The seam that
/// domains take: GitHub, GitLab, Bitbucket, Azure DevOps and ``LocalGitHost`` look alike through it.
///
/// Every method is cancellable, may be called from any task, and throws ``GitHostError``. Names and
/// paths are validated by their types before any I/O. A write either happens wholly or not at all;
/// after `timeout`, `network` or `cancelled` it may have happened, and the same request may be sent
/// again: creating a pull request twice gives `alreadyExists` with the open one, committing the same
/// content twice gives ``CommitResult/unchanged``.
public protocol GitHost: Sendable {
  /// `github`, `gitlab`, `bitbucket-server`, `bitbucket-cloud`, `azure-devops` or `local`.
  var provider: String { get }
  var capabilities: GitHostCapabilities { get }

  func repository(_ repository: RepositoryPath) async throws -> GitHostRepository

  /// All branches, ordered by name; at most `limit`.
  func branches(in repository: RepositoryPath, limit: Int) async throws -> [GitBranch]
  /// - Throws: `notFound` when there is no such branch.
  func branch(_ name: BranchName, in repository: RepositoryPath) async throws -> GitBranch
  /// - Throws: `alreadyExists` when the branch exists, also at the same commit.
  @discardableResult
  func createBranch(
    _ name: BranchName, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> GitBranch
  /// - Throws: `notFound` when it is gone already, `staleHead` when it is not at `expectedHead`,
  ///   `forbidden` for the default branch.
  func deleteBranch(_ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath) async throws

  /// The entries below a folder (nil: the root), ordered by path. Recursive listings hold files,
  /// symbolic links and submodules; others also folders.
  func tree(
    at revision: GitRevision, under folder: GitPath?, recursive: Bool, in repository: RepositoryPath
  ) async throws -> [TreeEntry]
  func file(_ path: GitPath, at revision: GitRevision, in repository: RepositoryPath) async throws -> FileContent

  /// One commit: who made it, with which message, on top of which.
  /// - Throws: `notFound`.
  func commit(_ id: GitObjectID, in repository: RepositoryPath) async throws -> GitCommit

  /// Makes one commit with all the changes and moves the branch to it, or does nothing.
  func commitFiles(_ request: CommitRequest, in repository: RepositoryPath) async throws -> CommitResult

  /// - Throws: `alreadyExists` with ``GitHostError/existingPullRequest`` when one is open from the
  ///   same head to the same base; `noChanges` when the head has no commit that the base lacks.
  func createPullRequest(_ draft: PullRequestDraft, in repository: RepositoryPath) async throws -> PullRequest
  /// The open pull request from a head to a base.
  func findPullRequest(
    head: BranchName, base: BranchName, in repository: RepositoryPath
  ) async throws -> PullRequest?
  /// Newest number first.
  func listPullRequests(_ filter: PullRequestFilter, in repository: RepositoryPath) async throws -> [PullRequest]
  func pullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest
  func updatePullRequest(
    _ number: Int, _ update: PullRequestUpdate, in repository: RepositoryPath
  ) async throws -> PullRequest
  /// Merging what is merged already returns it unchanged.
  /// - Throws: `conflict` with the paths, `staleHead`, `notMergeable`, `unsupported` for a method
  ///   that the host lacks.
  func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in repository: RepositoryPath
  ) async throws -> PullRequest
  /// Closes without merging; closing a closed one returns it unchanged.
  func closePullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest
  func commentPullRequest(_ number: Int, _ body: String, in repository: RepositoryPath) async throws

  /// Marks a commit with the outcome of a check. The newest status of a context counts.
  /// - Throws: `unsupported` where the host has no statuses.
  func setStatus(_ status: CommitStatus, of commit: GitObjectID, in repository: RepositoryPath) async throws

  /// Whose credential this is.
  /// - Throws: `unauthorized` when the credential is not accepted (any more).
  func currentUser() async throws -> GitHostUser

  /// Whether the host accepts the credential; other failures are thrown.
  func validateToken() async throws -> Bool

  /// Whether the host accepts the credential for a repository. Differs from ``validateToken()`` where there are
  /// credentials of single repositories.
  func validateToken(in repository: RepositoryPath) async throws -> Bool
}

extension GitHost {
  /// Hosts without statuses say so.
  public func setStatus(_ status: CommitStatus, of commit: GitObjectID, in repository: RepositoryPath) async throws {
    throw GitHostError(.unsupported, "\(provider) hosts have no commit statuses")
  }

  /// By ``currentUser()``.
  public func validateToken() async throws -> Bool {
    do {
      _ = try await currentUser()
      return true
    } catch let error as GitHostError where error.code == .unauthorized {
      return false
    }
  }

  /// Any repository is as good as none.
  public func validateToken(in repository: RepositoryPath) async throws -> Bool { try await validateToken() }

  /// All branches up to ``GitDefaults/listLimit``.
  public func branches(in repository: RepositoryPath) async throws -> [GitBranch] {
    try await branches(in: repository, limit: GitDefaults.listLimit)
  }
}

/// A repository together with the host handle that reaches it.
public struct GitHostLocation: Sendable {
  /// Reaches the repository.
  public let host: any GitHost
  /// Which one on the host.
  public let repository: RepositoryPath

  /// A location.
  public init(host: any GitHost, repository: RepositoryPath) {
    self.host = host
    self.repository = repository
  }
}

/// Finds the host that serves a clone URL: what a controller has when all it knows is a resource's
/// `url` field and a Secret.
public protocol GitHostDirectory: Sendable {
  /// - Parameters:
  ///   - cloneURL: as a person wrote it.
  ///   - provider: `github`, `gitlab`, …; nil or empty: decided from the URL.
  ///   - token: the credential; nil: what the directory has for that host, if anything.
  /// - Throws: ``GitHostError``: `validation` for a bad URL, `unsupported` when no host serves it.
  func location(of cloneURL: String, provider: String?, token: Secret<String>?) async throws -> GitHostLocation
}
