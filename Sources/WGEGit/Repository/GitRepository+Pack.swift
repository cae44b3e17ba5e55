internal import CWGEGit2

// What a push sends.
//
// The commits that the other side lacks are found by walking back from the new one until commits are met that
// it has. Of each, only those parts of its tree are entered that differ from the same place in its parents'
// trees: the cost is that of the change, however many files the repository has. An object that the other side
// has somewhere else is sent once more; that is allowed and rare.

extension GitRepository {
  /// A pack, not yet written, of all that `tip` needs and that whoever has all of `known` lacks.
  /// - Parameters:
  ///   - tip: a commit, or an annotated tag of one.
  ///   - transfer: stops the work when it must stop.
  func pack(
    of tip: GitObjectID, beyond known: Set<GitObjectID>, _ transfer: GitTransfer
  ) throws(GitHostError) -> Owned {
    let pack = try Owned("start a pack", git_packbuilder_free) { git_packbuilder_new(&$0, repository) }
    git_packbuilder_set_threads(pack.pointer, 1)
    git_packbuilder_set_callbacks(
      pack.pointer,
      { _, _, _, payload in
        payload.map { Unmanaged<GitTransfer>.fromOpaque($0).takeUnretainedValue().checkpoint() } ?? 0
      }, Unmanaged.passUnretained(transfer).toOpaque())
    var commit = tip
    for _ in 0..<10 {
      guard let tagged = try target(ofTag: commit) else { break }
      if !known.contains(commit) { try insert(commit, "", into: pack.pointer) }
      commit = tagged
    }
    for id in try commits(from: commit, beyond: known) {
      if let reason = transfer.reasonToStop() { throw reason }
      try insert(id, "", into: pack.pointer)
      let new = try lookUpCommit(id)
      var before: [GitObjectID] = []
      for index in 0..<git_commit_parentcount(new.pointer) {
        guard let parent = GitObjectID(git_commit_parent_id(new.pointer, index)) else { continue }
        before.append(try treeID(ofCommit: parent))
      }
      guard let tree = GitObjectID(git_commit_tree_id(new.pointer)) else {
        throw GitHostError(.corrupt, "the commit \(id) has no tree")
      }
      if !before.contains(tree) { try insert(tree: tree, "", unlike: before, depth: 0, into: pack.pointer, transfer) }
    }
    return pack
  }

  /// Writes a pack as a stream of bytes.
  func write(
    _ pack: borrowing Owned, _ transfer: GitTransfer,
    to sink: (UnsafeRawBufferPointer) throws(GitHostError) -> Void
  ) throws(GitHostError) {
    try withoutActuallyEscaping(sink) { sink throws(GitHostError) in
      let state = PackSink(sink)
      let code = git_packbuilder_foreach(
        pack.pointer,
        { bytes, count, payload in
          guard let payload else { return -1 }
          return Unmanaged<PackSink>.fromOpaque(payload).takeUnretainedValue().take(
            UnsafeRawBufferPointer(start: bytes, count: count))
        }, Unmanaged.passUnretained(state).toOpaque())
      try withExtendedLifetime(state) { () throws(GitHostError) in
        if let failure = state.failure ?? transfer.withState({ $0.failure }) { throw failure }
        if code < 0 { throw GitHostError(libgit2: code, doing: "write the pack") }
        try state.flush()
      }
    }
  }

  private func insert(_ id: GitObjectID, _ name: String, into pack: OpaquePointer) throws(GitHostError) {
    var oid = id.oid
    try git("collect the object \(id)") { git_packbuilder_insert(pack, &oid, name) }
  }

  private func insert(
    tree id: GitObjectID, _ name: String, unlike others: [GitObjectID], depth: Int, into pack: OpaquePointer,
    _ transfer: GitTransfer
  ) throws(GitHostError) {
    guard depth <= GitDefaults.maximumPathDepth else {
      throw GitHostError(.tooLarge, "the tree is deeper than \(GitDefaults.maximumPathDepth) folders")
    }
    if let reason = transfer.reasonToStop() { throw reason }
    try insert(id, name, into: pack)
    let tree = try lookUpTree(id)
    var before: [LookedUpTree] = []
    for other in others { before.append(LookedUpTree(try lookUpTree(other))) }
    for index in 0..<git_tree_entrycount(tree.pointer) {
      // Borrowed from the tree.
      guard let entry = git_tree_entry_byindex(tree.pointer, index), let name = git_tree_entry_name(entry),
        let child = GitObjectID(git_tree_entry_id(entry))
      else { throw GitHostError(.corrupt, "the tree \(id) cannot be read") }
      let mode = git_tree_entry_filemode(entry)
      // A submodule's commit is in another repository.
      if mode == GIT_FILEMODE_COMMIT { continue }
      var folders: [GitObjectID] = []
      var isKnown = false
      for tree in before {
        guard let same = git_tree_entry_byname(tree.owned.pointer, name), let old = GitObjectID(git_tree_entry_id(same))
        else { continue }
        if old == child { isKnown = true }
        if git_tree_entry_filemode(same) == GIT_FILEMODE_TREE { folders.append(old) }
      }
      if isKnown { continue }
      let text = String(cString: name)
      if mode == GIT_FILEMODE_TREE {
        try insert(tree: child, text, unlike: folders, depth: depth + 1, into: pack, transfer)
      } else {
        try insert(child, text, into: pack)
      }
    }
  }

  /// Commits reachable from one but not from those known.
  private func commits(from tip: GitObjectID, beyond known: Set<GitObjectID>) throws(GitHostError) -> [GitObjectID] {
    if known.contains(tip) { return [] }
    var found: [GitObjectID] = [tip]
    var seen: Set<GitObjectID> = [tip]
    var next = 0
    while next < found.count, found.count <= 1000 {
      let commit = try lookUpCommit(found[next])
      next += 1
      for index in 0..<git_commit_parentcount(commit.pointer) {
        guard let parent = GitObjectID(git_commit_parent_id(commit.pointer, index)), !known.contains(parent),
          seen.insert(parent).inserted
        else { continue }
        found.append(parent)
      }
    }
    if next == found.count { return found }
    // A long history, or one that left the remote's branches far back: only a walk from both sides finds where.
    let walk = try Owned("walk the history", git_revwalk_free) { git_revwalk_new(&$0, repository) }
    var start = tip.oid
    try git("walk the history") { git_revwalk_push(walk.pointer, &start) }
    let odb = try Owned("open the object store", git_odb_free) { git_repository_odb(&$0, repository) }
    for id in known {
      var oid = id.oid
      guard git_odb_exists(odb.pointer, &oid) == 1 else { continue }
      // Tags and the like are peeled; what is no commit in the end hides nothing.
      _ = git_revwalk_hide(walk.pointer, &oid)
    }
    found = []
    while true {
      var oid = git_oid()
      git_error_clear()
      let code = git_revwalk_next(&oid, walk.pointer)
      if code == GIT_ITEROVER.rawValue { return found }
      guard code >= 0 else { throw GitHostError(libgit2: code, doing: "walk the history") }
      if Task.isCancelled { throw GitHostError(.cancelled, "the push was cancelled") }
      found.append(GitObjectID(oid))
    }
  }

  /// What an annotated tag points to; nil when the object is no tag.
  func target(ofTag id: GitObjectID) throws(GitHostError) -> GitObjectID? {
    let odb = try Owned("open the object store", git_odb_free) { git_repository_odb(&$0, repository) }
    guard try objectHeader(id, in: odb.pointer).type == GIT_OBJECT_TAG else { return nil }
    var oid = id.oid
    let tag = try Owned("read the tag \(id)", git_tag_free) { git_tag_lookup(&$0, repository, &oid) }
    return GitObjectID(git_tag_target_id(tag.pointer))
  }
}

/// A tree in an array, which holds copyable values only.
private final class LookedUpTree {
  let owned: Owned
  init(_ owned: consuming Owned) { self.owned = owned }
}

/// Gathers the packer's small writes.
private final class PackSink {
  private let sink: (UnsafeRawBufferPointer) throws(GitHostError) -> Void
  private var buffer: [UInt8] = []
  private(set) var failure: GitHostError?

  init(_ sink: @escaping (UnsafeRawBufferPointer) throws(GitHostError) -> Void) {
    self.sink = sink
    buffer.reserveCapacity(65_536)
  }

  func take(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    buffer += bytes
    if buffer.count < 65_536 { return 0 }
    do throws(GitHostError) {
      try flush()
      return 0
    } catch {
      failure = error
      return GIT_EUSER.rawValue
    }
  }

  func flush() throws(GitHostError) {
    defer { buffer.removeAll(keepingCapacity: true) }
    var thrown: GitHostError?
    buffer.withUnsafeBytes { bytes in
      do throws(GitHostError) { try sink(bytes) } catch { thrown = error }
    }
    if let thrown { throw thrown }
  }
}
