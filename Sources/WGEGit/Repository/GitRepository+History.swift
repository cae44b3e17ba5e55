internal import CWGEGit2

/// A commit as it stands in the history.
public struct GitCommit: Sendable, Hashable {
  /// The commit.
  public var id: GitObjectID
  /// Its root folder.
  public var tree: GitObjectID
  /// Empty for a first commit, several for a merge.
  public var parents: [GitObjectID]
  /// Who wrote the change, and when.
  public var author: GitSignature
  /// Who made the commit, and when.
  public var committer: GitSignature
  /// The whole message; bytes that are not UTF-8 are shown as U+FFFD.
  public var message: String

  /// The message's first line.
  public var summary: String { String(message.split(separator: "\n", maxSplits: 1).first ?? "") }
}

/// One path that two trees do not have in common.
public struct GitDifference: Sendable, Hashable {
  /// What happened to the path.
  public enum Kind: String, Sendable, Hashable { case added, modified, deleted, typeChanged }

  /// Where, from the root.
  public var path: String
  /// What happened.
  public var kind: Kind
  /// The object before; nil when added.
  public var old: GitObjectID?
  /// The object after; nil when deleted.
  public var new: GitObjectID?
}

extension GitRepository {
  /// One commit.
  public func commit(_ id: GitObjectID) throws(GitHostError) -> GitCommit {
    let commit = try lookUpCommit(id)
    var parents: [GitObjectID] = []
    for index in 0..<git_commit_parentcount(commit.pointer) {
      if let parent = GitObjectID(git_commit_parent_id(commit.pointer, index)) { parents.append(parent) }
    }
    guard let tree = GitObjectID(git_commit_tree_id(commit.pointer)) else {
      throw GitHostError(.corrupt, "the commit \(id) has no tree")
    }
    return GitCommit(
      id: id, tree: tree, parents: parents, author: GitSignature(git_commit_author(commit.pointer)),
      committer: GitSignature(git_commit_committer(commit.pointer)),
      message: git_commit_message(commit.pointer).map { String(cString: $0) } ?? "")
  }

  /// Commits reachable from a revision, newest first, parents never before children.
  ///
  /// With a path, what `git log -- path` shows, in its order: commits that change the path against every parent,
  /// without the sides of merges that contributed nothing to it.
  /// - Parameters:
  ///   - path: only the history of this file or folder.
  ///   - excluding: leaves out what is reachable from these.
  ///   - limit: how many to return.
  ///   - scanLimit: how many to look at before giving up with what was found.
  public func log(
    from revision: GitRevision, path: GitPath? = nil, excluding: [GitObjectID] = [],
    limit: Int = GitDefaults.listLimit, scanLimit: Int = 100_000
  ) throws(GitHostError) -> [GitCommit] {
    if let path {
      return try pathLog(path, from: resolve(revision), excluding: excluding, limit: limit, scanLimit: scanLimit)
    }
    let walk = try Owned("walk the history", git_revwalk_free) { git_revwalk_new(&$0, repository) }
    try git("order the history") {
      git_revwalk_sorting(walk.pointer, GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_TIME.rawValue)
    }
    var start = try resolve(revision).oid
    try git("walk the history") { git_revwalk_push(walk.pointer, &start) }
    for id in excluding {
      var oid = id.oid
      try git("walk the history") { git_revwalk_hide(walk.pointer, &oid) }
    }
    var result: [GitCommit] = []
    var scanned = 0
    while result.count < limit, scanned < scanLimit {
      if Task.isCancelled { throw GitHostError(.cancelled, "reading the history was cancelled") }
      var oid = git_oid()
      git_error_clear()
      let code = git_revwalk_next(&oid, walk.pointer)
      if code == GIT_ITEROVER.rawValue { break }
      guard code >= 0 else { throw GitHostError(libgit2: code, doing: "walk the history") }
      scanned += 1
      result.append(try commit(GitObjectID(oid)))
    }
    return result
  }

  /// The paths that differ between two commits (nil: an empty tree), ordered, without rename detection.
  /// - Parameter folders: only paths that are one of these or below it; empty: all.
  public func difference(
    from old: GitObjectID?, to new: GitObjectID, under folders: [GitPath] = [],
    limit: Int = GitDefaults.maximumTreeEntries
  ) throws(GitHostError) -> [GitDifference] {
    let newTree = try lookUpTree(ofCommit: new)
    guard let old else { return try difference(nil, newTree.pointer, folders, limit) }
    let oldTree = try lookUpTree(ofCommit: old)
    return try difference(oldTree.pointer, newTree.pointer, folders, limit)
  }

  private func difference(
    _ old: OpaquePointer?, _ new: OpaquePointer, _ folders: [GitPath], _ limit: Int
  ) throws(GitHostError) -> [GitDifference] {
    if let old { try requireWalkable(old) }
    try requireWalkable(new)
    var options = git_diff_options()
    try git("prepare the comparison") { git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)) }
    options.flags = GIT_DIFF_INCLUDE_TYPECHANGE.rawValue | GIT_DIFF_DISABLE_PATHSPEC_MATCH.rawValue
    return try withCStrings(folders.map(\.value)) { paths throws(GitHostError) in
      options.pathspec = paths
      let diff = try Owned("compare the trees", git_diff_free) {
        git_diff_tree_to_tree(&$0, repository, old, new, &options)
      }
      let count = git_diff_num_deltas(diff.pointer)
      guard count <= limit else {
        throw GitHostError(.tooLarge, "\(count) paths differ, more than \(limit)", remedy: "compare a folder of it")
      }
      var result: [GitDifference] = []
      for index in 0..<count {
        guard let delta = git_diff_get_delta(diff.pointer, index)?.pointee else { continue }
        let kind: GitDifference.Kind
        switch delta.status {
        case GIT_DELTA_ADDED: kind = .added
        case GIT_DELTA_DELETED: kind = .deleted
        case GIT_DELTA_TYPECHANGE: kind = .typeChanged
        default: kind = .modified
        }
        guard let path = kind == .deleted ? delta.old_file.path : delta.new_file.path else { continue }
        result.append(
          GitDifference(
            path: String(cString: path), kind: kind, old: kind == .added ? nil : GitObjectID(delta.old_file.id),
            new: kind == .deleted ? nil : GitObjectID(delta.new_file.id)))
      }
      return result.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
  }
}
