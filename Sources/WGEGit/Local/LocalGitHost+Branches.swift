internal import WGECore

extension LocalGitHost {
  /// All branches, ordered by name.
  public func branches(in repository: RepositoryPath, limit: Int) async throws -> [GitBranch] {
    let git = try await open(repository).git
    let standard = try await git.defaultBranch()
    return try await git.branches().prefix(max(limit, 0)).map {
      GitBranch(name: $0.name, head: $0.head, isDefault: $0.name == standard)
    }
  }

  /// One branch.
  /// - Throws: `notFound`.
  public func branch(_ name: BranchName, in repository: RepositoryPath) async throws -> GitBranch {
    let git = try await open(repository).git
    return GitBranch(
      name: name, head: try await git.resolve(.branch(name)), isDefault: try await git.defaultBranch() == name)
  }

  /// Makes a branch at an existing commit.
  /// - Throws: `alreadyExists`, `notFound`.
  @discardableResult
  public func createBranch(
    _ name: BranchName, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> GitBranch {
    let git = try await open(repository).git
    let commit = try await git.resolve(revision)
    try await git.createBranch(name, at: commit)
    return GitBranch(name: name, head: commit, isDefault: try await git.defaultBranch() == name)
  }

  /// Deletes a branch, but never the default one.
  /// - Throws: `notFound`, `staleHead`, `forbidden`.
  public func deleteBranch(
    _ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath
  ) async throws {
    let git = try await open(repository).git
    if try await git.defaultBranch() == name {
      throw GitHostError(
        .forbidden, "\(GitHostError.quote(name.value)) is the default branch of \(repository)", field: "branch",
        reason: "protectedBranch")
    }
    try await git.deleteBranch(name, expected: expectedHead)
  }

  /// The entries below a folder; sizes only when not recursive.
  public func tree(
    at revision: GitRevision, under folder: GitPath?, recursive: Bool, in repository: RepositoryPath
  ) async throws -> [TreeEntry] {
    try await open(repository).git.tree(at: revision, under: folder, recursive: recursive)
  }

  /// A file at a revision.
  /// - Throws: `notFound`, `validation` for a folder, `tooLarge`.
  public func file(
    _ path: GitPath, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> FileContent {
    try await open(repository).git.file(path, at: revision)
  }

  /// One commit.
  /// - Throws: `notFound`.
  public func commit(_ id: GitObjectID, in repository: RepositoryPath) async throws -> GitCommit {
    try await open(repository).git.commit(id)
  }

  /// Makes one commit in the name of ``user`` unless the request names an author.
  public func commitFiles(_ request: CommitRequest, in repository: RepositoryPath) async throws -> CommitResult {
    try await open(repository).git.commit(request, author: user.identity, at: clock.now(), signer: signer)
  }
}
