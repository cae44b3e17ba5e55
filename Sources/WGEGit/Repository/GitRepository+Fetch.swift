internal import CWGEGit2

/// Where fetched branches are kept.
public enum GitFetchTarget: Sendable, Hashable {
  /// `refs/heads/*`: the repository is a mirror; branches are overwritten.
  case branches
  /// `refs/remotes/<name>/*`.
  case tracking(remote: BranchName)
}

extension GitRepository {
  /// Clones into a new bare repository: all branches, no tags, HEAD as at the remote.
  ///
  /// On failure the folder is removed.
  public static func clone(
    _ remote: GitRemote, into path: String, limits: GitTransferLimits = GitTransferLimits()
  ) async throws -> GitRepository {
    let repository = try await create(at: path, defaultBranch: BranchName("main"))
    do {
      if let head = try await repository.fetch(remote, limits: limits) {
        try await repository.setDefaultBranch(head)
      }
      return repository
    } catch {
      removeTree(path)
      throw error
    }
  }

  /// Fetches branches and drops those that the remote no longer has.
  /// - Parameters:
  ///   - branches: nil for all.
  ///   - target: where they go.
  /// - Returns: the remote's default branch, when it tells one.
  @discardableResult
  public func fetch(
    _ remote: GitRemote, branches: [BranchName]? = nil, into target: GitFetchTarget = .branches,
    limits: GitTransferLimits = GitTransferLimits()
  ) throws(GitHostError) -> BranchName? {
    let transfer = GitTransfer(remote, limits)
    if let reason = transfer.reasonToStop() { throw reason }
    let connection = try anonymousRemote(remote)
    let destination =
      switch target {
      case .branches: "refs/heads/"
      case .tracking(let name): "refs/remotes/\(name)/"
      }
    let refspecs =
      branches.map { $0.map { "+\($0.reference):\(destination)\($0)" } } ?? ["+refs/heads/*:\(destination)*"]
    var options = git_fetch_options()
    try git("prepare the fetch") { git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)) }
    options.prune = branches == nil ? GIT_FETCH_PRUNE : GIT_FETCH_NO_PRUNE
    options.update_fetchhead = 0
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
    transfer.install(in: &options.callbacks)
    let headers = try transfer.bearerHeader().map { [$0] } ?? []
    try withCStrings(headers) { headers throws(GitHostError) in
      options.custom_headers = headers
      try withCStrings(refspecs) { refspecs throws(GitHostError) in
        var refspecs = refspecs
        try withExtendedLifetime(transfer) { () throws(GitHostError) in
          try transfer.run("fetch from \(transfer.place)") {
            git_remote_fetch(connection.pointer, &refspecs, &options, "fetch")
          }
        }
      }
    }
    var name = git_buf()
    defer { git_buf_dispose(&name) }
    guard git_remote_default_branch(&name, connection.pointer) == 0, let text = name.ptr else { return nil }
    return BranchName(reference: String(cString: text))
  }

  func anonymousRemote(_ remote: GitRemote) throws(GitHostError) -> Owned {
    if let path = remote.localPath, !AtomicFile.isFolder(path) {
      throw GitHostError(.notFound, "there is no repository at \(path)", field: "url")
    }
    var options = git_remote_create_options()
    try git("prepare the remote") {
      git_remote_create_options_init(&options, UInt32(GIT_REMOTE_CREATE_OPTIONS_VERSION))
    }
    options.repository = repository
    // No configuration rewrites a URL here. Looking for such rules also leaks 20 KiB per entry in libgit2 1.5.
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF.rawValue
    return try Owned("use the remote", git_remote_free) {
      git_remote_create_with_opts(
        &$0, remote.localPath.map { "file://" + $0.percentEncodedPath } ?? remote.url, &options)
    }
  }
}
