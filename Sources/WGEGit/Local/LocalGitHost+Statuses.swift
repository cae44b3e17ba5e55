internal import WGECore

extension LocalGitHost {
  /// Marks a commit. It is kept beside the pull requests.
  /// - Throws: `notFound` for a commit that is not there.
  public func setStatus(_ status: CommitStatus, of commit: GitObjectID, in repository: RepositoryPath) async throws {
    let status = try status.checked()
    let open = try await open(repository)
    try await open.git.setStatus(status, of: commit, in: open.statuses, author: user.login, now: clock.now())
  }

  /// The newest status of each context of a commit, oldest first.
  /// - Throws: `notFound` for a commit that is not there.
  public func statuses(of commit: GitObjectID, in repository: RepositoryPath) async throws -> [CommitStatus] {
    let open = try await open(repository)
    return try await open.git.statuses(of: commit, in: open.statuses)
  }
}
