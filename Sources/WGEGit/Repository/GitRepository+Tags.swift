internal import CWGEGit2
public import WGECore

/// A name that stays with one commit.
public struct GitTag: Sendable, Hashable {
  /// The name.
  public var name: TagName
  /// The commit (or, rarely, tree or blob) that the tag means in the end.
  public var target: GitObjectID
  /// The tag object of an annotated tag; nil for a lightweight one.
  public var object: GitObjectID?
  /// Who made an annotated tag, and when.
  public var tagger: GitSignature?
  /// An annotated tag's message.
  public var message: String?
}

extension GitRepository {
  /// All tags whose names follow the rules, ordered by name.
  /// - Throws: `tooLarge` when there are more than `limit`.
  public func tags(limit: Int = GitDefaults.maximumTreeEntries) throws(GitHostError) -> [GitTag] {
    let iterator = try Owned("list the tags", git_reference_iterator_free) {
      git_reference_iterator_glob_new(&$0, repository, "refs/tags/*")
    }
    var result: [GitTag] = []
    while true {
      var next: OpaquePointer?
      git_error_clear()
      let code = git_reference_next(&next, iterator.pointer)
      if code == GIT_ITEROVER.rawValue { break }
      guard code >= 0 else { throw GitHostError(libgit2: code, doing: "list the tags") }
      defer { git_reference_free(next) }
      guard let id = GitObjectID(git_reference_target(next)), let text = git_reference_name(next),
        let name = TagName(reference: String(cString: text))
      else { continue }
      guard result.count < limit else { throw GitHostError(.tooLarge, "the repository has more than \(limit) tags") }
      result.append(try describe(name, id))
    }
    return result.sorted { $0.name < $1.name }
  }

  /// One tag; nil when there is none of that name.
  public func tag(_ name: TagName) throws(GitHostError) -> GitTag? {
    var oid = git_oid()
    git_error_clear()
    let code = git_reference_name_to_id(&oid, repository, name.reference)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    guard code >= 0 else {
      throw GitHostError(libgit2: code, doing: "read the tag \(GitHostError.quote(name.value))")
    }
    return try describe(name, GitObjectID(oid))
  }

  private func describe(_ name: TagName, _ id: GitObjectID) throws(GitHostError) -> GitTag {
    guard var target = try target(ofTag: id) else { return GitTag(name: name, target: id) }
    var oid = id.oid
    let tag = try Owned("read the tag \(GitHostError.quote(name.value))", git_tag_free) {
      git_tag_lookup(&$0, repository, &oid)
    }
    // A tag of a tag of a tag.
    for _ in 0..<10 {
      guard let further = try self.target(ofTag: target) else { break }
      target = further
    }
    return GitTag(
      name: name, target: target, object: id, tagger: git_tag_tagger(tag.pointer).map { GitSignature($0) },
      message: git_tag_message(tag.pointer).map { String(cString: $0) })
  }

  /// Makes a lightweight tag.
  /// - Throws: `alreadyExists`, `notFound` when there is no such commit.
  public func createTag(_ name: TagName, at commit: GitObjectID) throws(GitHostError) {
    _ = try lookUpCommit(commit)
    try createReference(name.reference, at: commit, called: "the tag \(GitHostError.quote(name.value))")
  }

  /// Makes an annotated tag.
  /// - Parameter message: cleaned as a commit's; must not be empty.
  /// - Returns: the tag object.
  /// - Throws: `alreadyExists`, `notFound` when there is no such commit, `validation`.
  @discardableResult
  public func createTag(
    _ name: TagName, at commit: GitObjectID, message: String, tagger: GitIdentity, time: Timestamp
  ) throws(GitHostError) -> GitObjectID {
    let target = try lookUpCommit(commit)
    let message = try Self.cleaned(message)
    var oid = git_oid()
    try tagger.signature(at: time).withPointer { tagger throws(GitHostError) in
      _ = try git("write the tag \(GitHostError.quote(name.value))") {
        git_tag_annotation_create(&oid, repository, name.value, target.pointer, tagger, message)
      }
    }
    try createReference(
      name.reference, at: GitObjectID(oid), called: "the tag \(GitHostError.quote(name.value))")
    return GitObjectID(oid)
  }

  /// - Throws: `notFound`.
  public func deleteTag(_ name: TagName) throws(GitHostError) {
    try retryingLocks(path, name.reference) { () throws(GitHostError) in
      guard try tag(name) != nil else {
        throw GitHostError(.notFound, "there is no tag \(GitHostError.quote(name.value))")
      }
      let reference = try Owned("read the tag \(GitHostError.quote(name.value))", git_reference_free) {
        git_reference_lookup(&$0, repository, name.reference)
      }
      try git("delete the tag \(GitHostError.quote(name.value))") { git_reference_delete(reference.pointer) }
    }
  }

  /// Makes this repository's tag at a remote. A tag does not move: another one of that name there must be
  /// named in a lease to be replaced.
  /// - Throws: `notFound` for no such tag here, `staleHead` when the lease does not hold, `forbidden`.
  public func push(
    _ name: TagName, to remote: GitRemote, lease: PushLease = .absent,
    limits: GitTransferLimits = GitTransferLimits()
  ) throws(GitHostError) {
    guard let tag = try tag(name) else {
      throw GitHostError(.notFound, "there is no tag \(GitHostError.quote(name.value))")
    }
    let command = PushCommand(reference: name.reference, new: tag.object ?? tag.target)
    try push(command, at: remote, lease == .any ? .absent : lease, force: true, limits)
  }

  /// Deletes a tag at a remote.
  /// - Throws: `notFound`, `staleHead`.
  public func delete(
    _ name: TagName, at remote: GitRemote, lease: PushLease = .any, limits: GitTransferLimits = GitTransferLimits()
  ) throws(GitHostError) {
    try push(PushCommand(reference: name.reference, new: nil), at: remote, lease, force: true, limits)
  }
}
