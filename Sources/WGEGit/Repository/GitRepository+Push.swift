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
  /// `staleHead` and none loses a commit. Only objects that the remote lacks are read and sent.
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
    try push(PushCommand(reference: branch.reference, new: commit), at: remote, lease, force: force, limits)
  }

  /// Deletes a branch at a remote.
  /// - Throws: `notFound`, `staleHead`.
  public func delete(
    _ branch: BranchName, at remote: GitRemote, lease: PushLease = .any,
    limits: GitTransferLimits = GitTransferLimits()
  ) throws(GitHostError) {
    try push(PushCommand(reference: branch.reference, new: nil), at: remote, lease, force: true, limits)
  }

  /// One reference to one value.
  /// - Parameter force: the old value need not be an ancestor of the new one.
  func push(
    _ command: PushCommand, at remote: GitRemote, _ lease: PushLease, force: Bool, _ limits: GitTransferLimits
  ) throws(GitHostError) {
    let transfer = GitTransfer(remote, limits)
    if let reason = transfer.reasonToStop() { throw reason }
    if let path = remote.localPath { return try pushLocally(command, path: path, lease, force: force, transfer) }
    let wire = try transfer.makeWire()
    defer { wire.close() }
    try ReceivePack(wire: wire, transfer: transfer).run(command) { (references) throws(GitHostError) in
      let old = references.found[command.reference]
      try check(command, old: old, lease, force: force, at: transfer.place)
      guard let new = command.new else { return { _ throws(GitHostError) in } }
      if old == new { return nil }
      let pack = PackToSend(try pack(of: new, beyond: references.objects, transfer))
      return { sink throws(GitHostError) in try self.write(pack.pack, transfer, to: sink) }
    }
  }

  /// The lease, and that no commit is lost that nobody agreed to lose.
  private func check(
    _ command: PushCommand, old: GitObjectID?, _ lease: PushLease, force: Bool, at place: String
  ) throws(GitHostError) {
    if command.new == nil, old == nil {
      throw GitHostError(.notFound, "there is no \(GitHostError.quote(command.shortName)) at \(place)")
    }
    if let failure = lease.failure(found: old, at: place) { throw failure }
    guard let old, let new = command.new, old != new, !force else { return }
    guard try holds(old), try isAncestor(old, of: new) else {
      throw GitHostError(
        .staleHead, "\(GitHostError.quote(command.shortName)) at \(place) has commits that are not in what is pushed",
        remedy: "fetch and decide again")
    }
  }

  // MARK: - file://

  // libgit2's own local transport overwrites the branch without comparing its old value, so two
  // pushers could lose a commit. This one packs what the target lacks and moves the reference by
  // compare-and-swap.
  private func pushLocally(
    _ command: PushCommand, path: String, _ lease: PushLease, force: Bool, _ transfer: GitTransfer
  ) throws(GitHostError) {
    let target = try Self.openTarget(path)
    let name = command.reference
    let old = try Self.value(of: name, in: target.pointer)
    try check(command, old: old, lease, force: force, at: path)
    guard let new = command.new else {
      let reference = try Owned("read \(name) at the remote", git_reference_free) {
        git_reference_lookup(&$0, target.pointer, name)
      }
      guard GitObjectID(git_reference_target(reference.pointer)) == old else { throw Self.moved(command) }
      do {
        try git("delete \(name) at the remote") { git_reference_delete(reference.pointer) }
      } catch  where error.code == .staleHead {
        throw Self.moved(command)
      }
      return
    }
    if old == new { return }
    var known: Set<GitObjectID> = []
    if let old, !force { known = [old] } else { known = try Self.values(of: target.pointer) }
    let pack = try pack(of: new, beyond: known, transfer)
    if git_packbuilder_object_count(pack.pointer) > 0 {
      try transfer.run("write the pack") { git_packbuilder_write(pack.pointer, path + "/objects/pack", 0, nil, nil) }
    }
    var value = new.oid
    do {
      try retryingLocks(path, name) { () throws(GitHostError) in
        _ = try Owned("move \(name) at the remote", git_reference_free) {
          guard var old = old?.oid else {
            return git_reference_create(&$0, target.pointer, name, &value, 0, "push")
          }
          return git_reference_create_matching(&$0, target.pointer, name, &value, 1, &old, "push")
        }
      }
    } catch  where error.code == .alreadyExists || error.code == .notFound || error.code == .staleHead {
      throw Self.moved(command)
    }
  }

  private static func moved(_ command: PushCommand) -> GitHostError {
    GitHostError(
      .staleHead, "\(GitHostError.quote(command.shortName)) moved at the remote",
      remedy: "read it again and decide again")
  }

  private static func openTarget(_ path: String) throws(GitHostError) -> Owned {
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

  private static func value(of reference: String, in repository: OpaquePointer) throws(GitHostError) -> GitObjectID? {
    var oid = git_oid()
    git_error_clear()
    let code = git_reference_name_to_id(&oid, repository, reference)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    guard code >= 0 else { throw GitHostError(libgit2: code, doing: "read \(reference) at the remote") }
    return GitObjectID(oid)
  }

  private static func values(of repository: OpaquePointer) throws(GitHostError) -> Set<GitObjectID> {
    let iterator = try Owned("list the references", git_reference_iterator_free) {
      git_reference_iterator_new(&$0, repository)
    }
    var result: Set<GitObjectID> = []
    while true {
      var reference: OpaquePointer?
      git_error_clear()
      let code = git_reference_next(&reference, iterator.pointer)
      if code == GIT_ITEROVER.rawValue { return result }
      guard code >= 0 else { throw GitHostError(libgit2: code, doing: "list the references at the remote") }
      defer { git_reference_free(reference) }
      if let id = GitObjectID(git_reference_target(reference)) { result.insert(id) }
    }
  }
}

extension PushCommand {
  /// As people call it.
  var shortName: String {
    for prefix in ["refs/heads/", "refs/tags/"] where reference.hasPrefix(prefix) {
      return String(reference.dropFirst(prefix.utf8.count))
    }
    return reference
  }
}

/// A pack in a closure, which captures copyable values only.
private final class PackToSend {
  let pack: Owned
  init(_ pack: consuming Owned) { self.pack = pack }
}
