internal import CWGEGit2
public import WGECore

/// What a three-way merge of two commits gives.
public enum GitMergeOutcome: Sendable, Hashable {
  /// The merged tree, written to the repository.
  case clean(tree: GitObjectID)
  /// Both sides changed these files in ways that do not fit; ordered by path, at most
  /// ``GitDefaults/maximumConflicts``.
  case conflicts([GitMergeConflict])
}

/// One file that a merge cannot settle.
public struct GitMergeConflict: Sendable, Hashable {
  /// What the two sides did to it.
  public enum Kind: String, Sendable, Hashable {
    case bothModified, bothAdded
    /// Changed by us, deleted (or moved away) by them.
    case deletedByThem
    case deletedByUs
    /// A file for one side where the other has a folder or another name.
    case addedByUs, addedByThem
    case bothDeleted
  }

  /// The file as one side has it.
  public struct Side: Sendable, Hashable {
    /// Differs between the sides where one of them moved the file.
    public var path: String
    /// Its content.
    public var id: GitObjectID
    /// Its mode.
    public var kind: TreeEntry.Kind
  }

  /// The path; ours where the sides have different ones.
  public var path: String
  /// What the sides did.
  public var kind: Kind
  /// The file that both started from.
  public var base: Side?
  /// The file in the branch; nil when it is not there.
  public var ours: Side?
  /// The file in what is merged; nil when it is not there.
  public var theirs: Side?
}

/// When a merge makes a commit of its own.
public enum GitMergeStyle: Sendable, Hashable {
  /// Never: a branch that cannot just move forward is `notMergeable`.
  case fastForwardOnly
  /// Where the branch cannot just move forward.
  case fastForwardIfPossible
  /// Always, as hosts do at pull requests.
  case mergeCommit
}

/// What became of a branch that another commit was merged into.
public enum GitMergeResult: Sendable, Hashable {
  /// The branch has all of it already.
  case upToDate(GitObjectID)
  /// The branch moved to the commit.
  case fastForward(GitObjectID)
  /// The branch moved to a new commit with two parents.
  case merged(GitObjectID)
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
    for side in [ours, theirs] { try requireWalkable(lookUpTree(ofCommit: side).pointer) }
    return try mergedTree("merge \(theirs.abbreviated) into \(ours.abbreviated)") { index, options in
      git_merge_commits(&index, repository, ourCommit.pointer, theirCommit.pointer, &options)
    }
  }

  /// What a merge of two commits cannot settle; nothing is written.
  public func mergeConflicts(
    _ ours: GitObjectID, _ theirs: GitObjectID
  ) throws(GitHostError) -> [GitMergeConflict] {
    let ourCommit = try lookUpCommit(ours)
    let theirCommit = try lookUpCommit(theirs)
    for side in [ours, theirs] { try requireWalkable(lookUpTree(ofCommit: side).pointer) }
    let index = try mergedIndex("merge \(theirs.abbreviated) into \(ours.abbreviated)") { index, options in
      git_merge_commits(&index, repository, ourCommit.pointer, theirCommit.pointer, &options)
    }
    return git_index_has_conflicts(index.pointer) == 0 ? [] : try conflicts(index.pointer)
  }

  /// Applies the change that one commit made to its first parent on top of another commit.
  func cherryPick(_ commit: GitObjectID, onto base: GitObjectID) throws(GitHostError) -> GitMergeOutcome {
    let picked = try lookUpCommit(commit)
    let target = try lookUpCommit(base)
    for side in [commit, base] { try requireWalkable(lookUpTree(ofCommit: side).pointer) }
    return try mergedTree("apply \(commit.abbreviated) on \(base.abbreviated)") { index, options in
      git_cherrypick_commit(&index, repository, picked.pointer, target.pointer, 0, &options)
    }
  }

  private func mergedTree(
    _ doing: String, _ merge: (inout OpaquePointer?, inout git_merge_options) -> Int32
  ) throws(GitHostError) -> GitMergeOutcome {
    let index = try mergedIndex(doing, merge)
    if git_index_has_conflicts(index.pointer) != 0 {
      return .conflicts(try conflicts(index.pointer))
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

  private func conflicts(_ index: OpaquePointer) throws(GitHostError) -> [GitMergeConflict] {
    let iterator = try Owned("list the conflicts", git_index_conflict_iterator_free) {
      git_index_conflict_iterator_new(&$0, index)
    }
    var result: [GitMergeConflict] = []
    while result.count < GitDefaults.maximumConflicts {
      var base: UnsafePointer<git_index_entry>?
      var ours: UnsafePointer<git_index_entry>?
      var theirs: UnsafePointer<git_index_entry>?
      git_error_clear()
      let code = git_index_conflict_next(&base, &ours, &theirs, iterator.pointer)
      if code == GIT_ITEROVER.rawValue { break }
      guard code >= 0 else { throw GitHostError(libgit2: code, doing: "list the conflicts") }
      if let conflict = GitMergeConflict(
        base: GitMergeConflict.Side(base), ours: GitMergeConflict.Side(ours), theirs: GitMergeConflict.Side(theirs))
      {
        result.append(conflict)
      }
    }
    return result.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Merges a commit into a branch and moves the branch, by compare-and-swap.
  /// - Parameters:
  ///   - message: of the merge commit; not looked at where none is made.
  ///   - author: of the merge commit, and its committer.
  /// - Throws: `conflict` with the paths (see ``mergeConflicts(_:_:)`` for both sides of each), `notMergeable`,
  ///   `staleHead` when the branch moved meanwhile, `notFound`.
  public func merge(
    _ commit: GitObjectID, into branch: BranchName, style: GitMergeStyle = .fastForwardIfPossible, message: String,
    author: GitIdentity, at time: Timestamp, signer: (any CommitSigner)? = nil
  ) throws(GitHostError) -> GitMergeResult {
    let head = try resolve(.branch(branch))
    if try isAncestor(commit, of: head) { return .upToDate(head) }
    if style != .mergeCommit, try isAncestor(head, of: commit) {
      try updateBranch(branch, from: head, to: commit)
      return .fastForward(commit)
    }
    if style == .fastForwardOnly {
      throw GitHostError(
        .notMergeable, "the branch \(GitHostError.quote(branch.value)) has commits that \(commit.abbreviated) lacks",
        remedy: "rebase the commit, or allow a merge commit")
    }
    switch try merge(head, commit) {
    case .conflicts(let conflicts):
      throw GitHostError(
        .conflict,
        "\(commit.abbreviated) and \(GitHostError.quote(branch.value)) changed \(conflicts.count) files differently",
        remedy: "settle them on one side", paths: conflicts.map(\.path))
    case .clean(let tree):
      let who = author.signature(at: time)
      let merged = try writeCommit(
        tree: tree, parents: [head, commit], message: message, author: who, committer: who, signer: signer)
      try updateBranch(branch, from: head, to: merged)
      return .merged(merged)
    }
  }
}

extension GitMergeConflict {
  fileprivate init?(base: Side?, ours: Side?, theirs: Side?) {
    guard let path = (ours ?? theirs ?? base)?.path else { return nil }
    let kind: Kind =
      switch (base != nil, ours != nil, theirs != nil) {
      case (true, true, true): .bothModified
      case (false, true, true): .bothAdded
      case (true, true, false): .deletedByThem
      case (true, false, true): .deletedByUs
      case (false, true, false): .addedByUs
      case (false, false, true): .addedByThem
      default: .bothDeleted
      }
    self.init(path: path, kind: kind, base: base, ours: ours, theirs: theirs)
  }
}

extension GitMergeConflict.Side {
  /// A copy of a borrowed entry.
  fileprivate init?(_ entry: UnsafePointer<git_index_entry>?) {
    guard let entry = entry?.pointee, let path = entry.path,
      let kind = TreeEntry.Kind(git_filemode_t(rawValue: entry.mode))
    else { return nil }
    self.init(path: String(cString: path), id: GitObjectID(entry.id), kind: kind)
  }
}
