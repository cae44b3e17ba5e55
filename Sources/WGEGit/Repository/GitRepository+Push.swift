internal import CWGEGit2

/// What a push must find at the remote.
public enum PushLease: Sendable, Hashable {
  /// Anything that the push is a fast-forward of.
  case any
  /// The branch must not exist.
  case absent
  case exactly(GitObjectID)

  func failure(found: GitObjectID?, at place: String) -> GitHostError? {
    let isMet =
      switch self {
      case .any: true
      case .absent: found == nil
      case .exactly(let expected): found == expected
      }
    if isMet { return nil }
    let state = found.map { "is at \($0.abbreviated)" } ?? "does not exist"
    return GitHostError(
      .staleHead, "the branch at \(place) \(state), which is not what was expected", remedy: "fetch and decide again")
  }
}

extension GitRepository {
  /// Moves a branch at a remote to a commit of this repository.
  ///
  /// The remote compares the branch's old value when it moves it, so of two pushers one gets
  /// `staleHead` and none loses a commit.
  /// - Parameters:
  ///   - lease: what the branch must be before.
  ///   - force: also where it is no fast-forward; allowed only with a lease other than `any`.
  /// - Throws: `staleHead`, `unauthorized`, `forbidden` when the remote declines.
  public func push(
    _ commit: GitObjectID, to branch: BranchName, at remote: GitRemote, lease: PushLease = .any,
    force: Bool = false, limits: GitTransferLimits = GitTransferLimits()
  ) throws(GitHostError) {
    if force, lease == .any {
      throw .validation(field: "force", "a forced push must say what it expects to replace")
    }
    _ = try lookUpCommit(commit)
    if let path = remote.localPath {
      return try pushLocally(commit, to: branch, path: path, lease: lease, force: force)
    }
    // libgit2 pushes only references, so the commit gets one of its own for the time being.
    let source = "refs/wge/push/\(UInt64.random(in: 0 ... .max))"
    try createReference(source, at: commit, called: "a reference to push")
    defer { git_reference_remove(repository, source) }
    try exchange("\(force ? "+" : "")\(source):\(branch.reference)", branch, remote, lease, limits)
  }

  /// Deletes a branch at a remote.
  /// - Throws: `notFound`, `staleHead`.
  public func delete(
    _ branch: BranchName, at remote: GitRemote, lease: PushLease = .any,
    limits: GitTransferLimits = GitTransferLimits()
  ) throws(GitHostError) {
    if let path = remote.localPath {
      let target = try openTarget(path)
      guard let head = try Self.head(of: branch, in: target.pointer) else {
        throw GitHostError(.notFound, "there is no branch \(GitHostError.quote(branch.value)) at the remote")
      }
      if let failure = lease.failure(found: head, at: path) { throw failure }
      let reference = try Owned("read the branch", git_reference_free) {
        git_reference_lookup(&$0, target.pointer, branch.reference)
      }
      guard GitObjectID(git_reference_target(reference.pointer)) == head else {
        throw staleHead(branch, expected: head)
      }
      try git("delete the branch \(branch) at the remote") { git_reference_delete(reference.pointer) }
      return
    }
    try exchange(":\(branch.reference)", branch, remote, lease, limits)
  }

  private func exchange(
    _ refspec: String, _ branch: BranchName, _ remote: GitRemote, _ lease: PushLease, _ limits: GitTransferLimits
  ) throws(GitHostError) {
    let transfer = GitTransfer(remote, limits, lease: lease)
    if let reason = transfer.reasonToStop() { throw reason }
    let connection = try anonymousRemote(remote)
    var options = git_push_options()
    try git("prepare the push") { git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)) }
    options.pb_parallelism = 1
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
    transfer.install(in: &options.callbacks)
    let headers = try transfer.bearerHeader().map { [$0] } ?? []
    try withCStrings(headers) { headers throws(GitHostError) in
      options.custom_headers = headers
      try withCStrings([refspec]) { refspecs throws(GitHostError) in
        var refspecs = refspecs
        try withExtendedLifetime(transfer) { () throws(GitHostError) in
          try transfer.run("push \(GitHostError.quote(branch.value)) to \(transfer.place)") {
            git_remote_push(connection.pointer, &refspecs, &options)
          }
        }
      }
    }
    try checkAnswer(transfer, branch)
  }

  /// A push that the server rejects returns success; the reason is in the reference's status.
  private func checkAnswer(_ transfer: GitTransfer, _ branch: BranchName) throws(GitHostError) {
    let (rejection, isAnswered) = transfer.withState {
      ($0.rejections[branch.reference], $0.answered.contains(branch.reference))
    }
    if let rejection {
      let what = "\(transfer.place) declined the branch \(GitHostError.quote(branch.value)): \(rejection)"
      let stale = [
        "stale", "fetch first", "non-fast-forward", "failed to update ref", "cannot lock ref", "failed to lock",
      ]
      if stale.contains(where: { rejection.contains($0) }) {
        throw GitHostError(.staleHead, what, remedy: "fetch and decide again")
      }
      throw GitHostError(
        .forbidden, what, remedy: "ask who runs the repository about its rules", reason: "protectedBranch")
    }
    guard isAnswered else {
      throw GitHostError(.protocolViolation, "\(transfer.place) did not say whether the push was accepted")
    }
  }

  // MARK: - file://

  // libgit2's own local transport overwrites the branch without comparing its old value, so two
  // pushers could lose a commit. This one packs what the target lacks and moves the branch by
  // compare-and-swap.
  private func pushLocally(
    _ commit: GitObjectID, to branch: BranchName, path: String, lease: PushLease, force: Bool
  ) throws(GitHostError) {
    let target = try openTarget(path)
    let old = try Self.head(of: branch, in: target.pointer)
    if let failure = lease.failure(found: old, at: path) { throw failure }
    if old == commit { return }
    if let old, !force {
      var oid = old.oid
      let odb = try Owned("open the object store", git_odb_free) { git_repository_odb(&$0, repository) }
      guard git_odb_exists(odb.pointer, &oid) == 1, try isAncestor(old, of: commit) else {
        throw staleHead(branch, expected: nil)
      }
    }
    try sendObjects(of: commit, to: target.pointer, path: path)
    var new = commit.oid
    do {
      try retryingLocks(path, branch.reference) { () throws(GitHostError) in
        _ = try Owned("move the branch \(branch) at the remote", git_reference_free) {
          guard var old = old?.oid else {
            return git_reference_create(&$0, target.pointer, branch.reference, &new, 0, "push")
          }
          return git_reference_create_matching(&$0, target.pointer, branch.reference, &new, 1, &old, "push")
        }
      }
    } catch  where error.code == .alreadyExists || error.code == .notFound || error.code == .staleHead {
      throw staleHead(branch, expected: old)
    }
  }

  private func sendObjects(of commit: GitObjectID, to target: OpaquePointer, path: String) throws(GitHostError) {
    let odb = try Owned("open the object store", git_odb_free) { git_repository_odb(&$0, repository) }
    let walk = try Owned("walk the history", git_revwalk_free) { git_revwalk_new(&$0, repository) }
    var start = commit.oid
    try git("walk the history") { git_revwalk_push(walk.pointer, &start) }
    let iterator = try Owned("list the branches", git_reference_iterator_free) {
      git_reference_iterator_glob_new(&$0, target, "refs/heads/*")
    }
    while true {
      var reference: OpaquePointer?
      if git_reference_next(&reference, iterator.pointer) != 0 { break }
      defer { git_reference_free(reference) }
      guard let head = git_reference_target(reference), git_odb_exists(odb.pointer, head) == 1 else { continue }
      try git("walk the history") { git_revwalk_hide(walk.pointer, head) }
    }
    let pack = try Owned("start a pack", git_packbuilder_free) { git_packbuilder_new(&$0, repository) }
    git_packbuilder_set_threads(pack.pointer, 1)
    try git("collect the objects") { git_packbuilder_insert_walk(pack.pointer, walk.pointer) }
    if Task.isCancelled { throw GitHostError(.cancelled, "the push was cancelled") }
    if git_packbuilder_object_count(pack.pointer) == 0 { return }
    try git("write the pack") { git_packbuilder_write(pack.pointer, path + "/objects/pack", 0, nil, nil) }
  }

  private func openTarget(_ path: String) throws(GitHostError) -> Owned {
    do {
      return try Owned("open the remote repository \(path)", git_repository_free) {
        git_repository_open_bare(&$0, path)
      }
    } catch  where error.code == .notFound || error.code == .corrupt {
      if git_repository_open_ext(nil, path, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil) == 0 {
        throw GitHostError(
          .unsupported, "the remote \(path) has a checkout, which a push would leave behind",
          remedy: "use a bare repository")
      }
      throw GitHostError(.notFound, "there is no repository at \(path)", field: "url")
    }
  }

  private static func head(of branch: BranchName, in repository: OpaquePointer) throws(GitHostError) -> GitObjectID? {
    var oid = git_oid()
    git_error_clear()
    let code = git_reference_name_to_id(&oid, repository, branch.reference)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    guard code >= 0 else { throw GitHostError(libgit2: code, doing: "read the branch \(branch) at the remote") }
    return GitObjectID(oid)
  }
}
