internal import CWGEGit2

/// What a three-way merge of two commits gives.
public enum GitMergeOutcome: Sendable, Hashable {
  /// The merged tree, written to the repository.
  case clean(tree: GitObjectID)
  /// Both sides changed these paths in ways that do not fit; ordered, at most 1000.
  case conflicts(paths: [String])
}

extension GitRepository {
  /// The best common ancestor; nil when the histories are unrelated.
  public func mergeBase(_ one: GitObjectID, _ two: GitObjectID) throws(GitHostError) -> GitObjectID? {
    var (a, b, result) = (one.oid, two.oid, git_oid())
    git_error_clear()
    let code = git_merge_base(&result, repository, &a, &b)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    guard code >= 0 else { throw GitHostError(libgit2: code, doing: "find the merge base of \(one) and \(two)") }
    return GitObjectID(result)
  }

  /// How many commits each side has that the other lacks.
  public func aheadBehind(
    _ local: GitObjectID, _ upstream: GitObjectID
  ) throws(GitHostError) -> (ahead: Int, behind: Int) {
    var (a, b) = (local.oid, upstream.oid)
    var (ahead, behind) = (0, 0)
    try git("compare \(local) and \(upstream)") { git_graph_ahead_behind(&ahead, &behind, repository, &a, &b) }
    return (ahead, behind)
  }

  /// Whether a commit is another one or reachable from it.
  public func isAncestor(_ ancestor: GitObjectID, of commit: GitObjectID) throws(GitHostError) -> Bool {
    if ancestor == commit { return true }
    var (a, b) = (commit.oid, ancestor.oid)
    return try git("compare \(ancestor) and \(commit)") { git_graph_descendant_of(repository, &a, &b) } == 1
  }

  /// Merges two commits in memory. No branch moves; a clean result's tree is written.
  public func merge(_ ours: GitObjectID, _ theirs: GitObjectID) throws(GitHostError) -> GitMergeOutcome {
    let ourCommit = try lookUpCommit(ours)
    let theirCommit = try lookUpCommit(theirs)
    return try mergedTree("merge \(theirs.abbreviated) into \(ours.abbreviated)") { index, options in
      git_merge_commits(&index, repository, ourCommit.pointer, theirCommit.pointer, &options)
    }
  }

  /// The paths that a merge of two commits cannot settle; nothing is written.
  public func mergeConflicts(_ ours: GitObjectID, _ theirs: GitObjectID) throws(GitHostError) -> [String] {
    let ourCommit = try lookUpCommit(ours)
    let theirCommit = try lookUpCommit(theirs)
    let index = try mergedIndex("merge \(theirs.abbreviated) into \(ours.abbreviated)") { index, options in
      git_merge_commits(&index, repository, ourCommit.pointer, theirCommit.pointer, &options)
    }
    return git_index_has_conflicts(index.pointer) == 0 ? [] : try conflictPaths(index.pointer)
  }

  /// Applies the change that one commit made to its first parent on top of another commit.
  func cherryPick(_ commit: GitObjectID, onto base: GitObjectID) throws(GitHostError) -> GitMergeOutcome {
    let picked = try lookUpCommit(commit)
    let target = try lookUpCommit(base)
    return try mergedTree("apply \(commit.abbreviated) on \(base.abbreviated)") { index, options in
      git_cherrypick_commit(&index, repository, picked.pointer, target.pointer, 0, &options)
    }
  }

  private func mergedTree(
    _ doing: String, _ merge: (inout OpaquePointer?, inout git_merge_options) -> Int32
  ) throws(GitHostError) -> GitMergeOutcome {
    let index = try mergedIndex(doing, merge)
    if git_index_has_conflicts(index.pointer) != 0 {
      return .conflicts(paths: try conflictPaths(index.pointer))
    }
    var tree = git_oid()
    try git("write the merged tree") { git_index_write_tree_to(&tree, index.pointer, repository) }
    return .clean(tree: GitObjectID(tree))
  }

  private func mergedIndex(
    _ doing: String, _ merge: (inout OpaquePointer?, inout git_merge_options) -> Int32
  ) throws(GitHostError) -> Owned {
    var options = git_merge_options()
    try git("prepare the merge") { git_merge_options_init(&options, UInt32(GIT_MERGE_OPTIONS_VERSION)) }
    return try Owned(doing, git_index_free) { merge(&$0, &options) }
  }

  private func conflictPaths(_ index: OpaquePointer) throws(GitHostError) -> [String] {
    let iterator = try Owned("list the conflicts", git_index_conflict_iterator_free) {
      git_index_conflict_iterator_new(&$0, index)
    }
    var paths: Set<String> = []
    while paths.count < 1000 {
      var sides: (UnsafePointer<git_index_entry>?, UnsafePointer<git_index_entry>?, UnsafePointer<git_index_entry>?)
      sides = (nil, nil, nil)
      git_error_clear()
      let code = git_index_conflict_next(&sides.0, &sides.1, &sides.2, iterator.pointer)
      if code == GIT_ITEROVER.rawValue { break }
      guard code >= 0 else { throw GitHostError(libgit2: code, doing: "list the conflicts") }
      for side in [sides.0, sides.1, sides.2] {
        if let path = side?.pointee.path { paths.insert(String(cString: path)) }
      }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
