internal import CWGEGit2

/// Where fetched branches are kept.
public enum GitFetchTarget: Sendable, Hashable {
  /// `refs/heads/*`: the repository is a mirror; branches are overwritten.
  case branches
  /// `refs/remotes/<name>/*`.
  case tracking(remote: BranchName)
}

extension GitRepository {
  /// Clones into a new bare repository: branches, HEAD as at the remote, tags if asked for.
  ///
  /// On failure the folder is removed.
  /// - Parameter branches: nil for all; with one, HEAD names it where the remote's default is another.
  public static func clone(
    _ remote: GitRemote, into path: String, branches: [BranchName]? = nil, tags: Bool = false,
    limits: GitTransferLimits = GitTransferLimits()
  ) async throws -> GitRepository {
    let repository = try await create(at: path, defaultBranch: BranchName("main"))
    do {
      let head = try await repository.fetch(remote, branches: branches, tags: tags, limits: limits)
      let standard = branches.map { asked in head.flatMap { asked.contains($0) ? $0 : nil } ?? asked.first } ?? head
      if let standard { try await repository.setDefaultBranch(standard) }
      return repository
    } catch {
      removeTree(path)
      throw error
    }
  }

  /// Fetches branches and drops those that the remote no longer has.
  ///
  /// Histories are fetched whole: libgit2 1.5 can read no shallow ones. What is here already is not sent
  /// again.
  /// - Parameters:
  ///   - branches: nil for all; with some, only these are touched.
  ///   - tags: all tags too, moved ones as well; those that the remote no longer has are dropped when all
  ///     branches are fetched.
  ///   - target: where branches go.
  /// - Returns: the remote's default branch, when it tells one.
  /// - Throws: `notFound` for a branch that the remote does not have, `unauthorized`, `forbidden`, `tls`,
  ///   `network`, `timeout`, `tooLarge`, `cancelled`.
  @discardableResult
  public func fetch(
    _ remote: GitRemote, branches: [BranchName]? = nil, tags: Bool = false,
    into target: GitFetchTarget = .branches, limits: GitTransferLimits = GitTransferLimits()
  ) throws(GitHostError) -> BranchName? {
    let transfer = GitTransfer(remote, limits)
    if let reason = transfer.reasonToStop() { throw reason }
    let connection = try anonymousRemote(remote)
    let destination =
      switch target {
      case .branches: "refs/heads/"
      case .tracking(let name): "refs/remotes/\(name)/"
      }
    var refspecs =
      branches.map { $0.map { "+\($0.reference):\(destination)\($0)" } } ?? ["+refs/heads/*:\(destination)*"]
    if tags { refspecs.append("+refs/tags/*:refs/tags/*") }
    var options = git_fetch_options()
    try git("prepare the fetch") { git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)) }
    options.prune = branches == nil ? GIT_FETCH_PRUNE : GIT_FETCH_NO_PRUNE
    options.update_fetchhead = 0
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
    transfer.install(in: &options.callbacks)
    try withCStrings(refspecs) { refspecs throws(GitHostError) in
      var refspecs = refspecs
      try withExtendedLifetime(transfer) { () throws(GitHostError) in
        try transfer.run("fetch from \(transfer.place)") {
          git_remote_fetch(connection.pointer, &refspecs, &options, "fetch")
        }
      }
    }
    if let branches { try checkOffered(branches, by: connection.pointer, transfer) }
    var name = git_buf()
    defer { git_buf_dispose(&name) }
    guard git_remote_default_branch(&name, connection.pointer) == 0, let text = name.ptr else { return nil }
    return BranchName(reference: String(cString: text))
  }

  /// libgit2 passes over what a remote does not have.
  private func checkOffered(
    _ branches: [BranchName], by connection: OpaquePointer, _ transfer: GitTransfer
  ) throws(GitHostError) {
    var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
    var count = 0
    try git("list what \(transfer.place) has") { git_remote_ls(&heads, &count, connection) }
    var missing = Set(branches.map(\.reference))
    for index in 0..<count {
      if let name = heads?[index]?.pointee.name { missing.remove(String(cString: name)) }
    }
    guard let name = branches.first(where: { missing.contains($0.reference) }) else { return }
    throw GitHostError(
      .notFound, "there is no branch \(GitHostError.quote(name.value)) at \(transfer.place)", field: "branch")
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
