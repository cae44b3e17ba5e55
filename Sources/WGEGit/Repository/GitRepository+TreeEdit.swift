internal import CWGEGit2
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

// Editing a tree without a checkout.
//
// The changes become a list of (path, remove or blob with mode), which git_tree_create_updated
// applies by re-writing only the folders on the way to those paths: the cost does not depend on the
// size of the repository. What that function would answer vaguely or accept by mistake (a file
// where a folder is, a folder below a file, a trailing slash) is refused here, by name.

extension GitRepository {
  private enum Edit {
    case remove
    case write(GitObjectID, git_filemode_t)
  }

  /// A tree that is `base` (nil: empty) with the changes applied; the same id when they change nothing.
  /// - Throws: `validation`, `notFound` for a missing source of a move, chmod or strict delete, `tooLarge`.
  func editTree(
    _ base: GitObjectID?, _ changes: [FileChange], strictDeletes: Bool
  ) throws(GitHostError) -> GitObjectID {
    try changes.validate()
    guard let base else {
      return try Self.applyEdits(plan(changes, on: nil, strictDeletes: strictDeletes), to: nil, in: repository)
    }
    let tree = try lookUpTree(base)
    let edits = try plan(changes, on: tree.pointer, strictDeletes: strictDeletes)
    return edits.isEmpty ? base : try Self.applyEdits(edits, to: tree.pointer, in: repository)
  }

  private func plan(
    _ changes: [FileChange], on tree: OpaquePointer?, strictDeletes: Bool
  ) throws(GitHostError) -> [(path: GitPath, edit: Edit)] {
    var edits: [(path: GitPath, edit: Edit)] = []
    var foldersSeen: Set<String> = []

    func existing(_ path: GitPath) throws(GitHostError) -> (id: GitObjectID, kind: TreeEntry.Kind)? {
      guard let tree, let entry = try entry(at: path.value, in: tree) else { return nil }
      guard entry.kind.isBlob else {
        throw .isNoFile(path, but: entry.kind)
      }
      return entry
    }
    func required(_ path: GitPath) throws(GitHostError) -> (id: GitObjectID, kind: TreeEntry.Kind) {
      guard let entry = try existing(path) else {
        throw .noFile(path)
      }
      return entry
    }
    func refuseFileAsFolder(above path: GitPath) throws(GitHostError) {
      guard let tree else { return }
      for folder in path.ancestors.reversed() {
        guard foldersSeen.insert(folder).inserted else { return }
        guard let entry = try entry(at: folder, in: tree) else { continue }
        if entry.kind == .folder { return }
        throw .isBelow(path, folder, which: entry.kind)
      }
    }

    for change in changes {
      if Task.isCancelled { throw GitHostError(.cancelled, "the commit was cancelled") }
      switch change.kind {
      case .put(let bytes, let executable):
        let old = try existing(change.path)
        if old == nil { try refuseFileAsFolder(above: change.path) }
        let mode =
          switch executable {
          case true?: GIT_FILEMODE_BLOB_EXECUTABLE
          case false?: GIT_FILEMODE_BLOB
          case nil: old?.kind.mode ?? GIT_FILEMODE_BLOB
          }
        edits.append((change.path, .write(try writeBlob(bytes, called: change.path), mode)))
      case .delete:
        if try existing(change.path) != nil {
          edits.append((change.path, .remove))
        } else if strictDeletes {
          _ = try required(change.path)
        }
      case .move(let old, let bytes):
        let source = try required(old)
        if try existing(change.path) != nil {
          throw .isThere(change.path)
        }
        try refuseFileAsFolder(above: change.path)
        var id = source.id
        if let bytes { id = try writeBlob(bytes, called: change.path) }
        edits.append((old, .remove))
        edits.append((change.path, .write(id, source.kind.mode)))
      case .setExecutable(let executable):
        let file = try required(change.path)
        if file.kind == .symbolicLink {
          throw .isLink(change.path)
        }
        edits.append((change.path, .write(file.id, executable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB)))
      }
    }
    return edits
  }

  private func writeBlob(_ bytes: [UInt8], called path: GitPath) throws(GitHostError) -> GitObjectID {
    var oid = git_oid()
    try git("store \(GitHostError.quote(path.value))") {
      bytes.withUnsafeBytes { git_blob_create_from_buffer(&oid, repository, $0.baseAddress, $0.count) }
    }
    return GitObjectID(oid)
  }

  private static func applyEdits(
    _ edits: [(path: GitPath, edit: Edit)], to tree: OpaquePointer?, in repository: OpaquePointer
  ) throws(GitHostError) -> GitObjectID {
    var updates: [git_tree_update] = []
    updates.reserveCapacity(edits.count)
    defer { for update in updates { free(UnsafeMutablePointer(mutating: update.path)) } }
    for (path, edit) in edits {
      guard let name = strdup(path.value) else { throw GitHostError(.tooLarge, "out of memory") }
      var update = git_tree_update()
      update.path = UnsafePointer(name)
      switch edit {
      case .remove: update.action = GIT_TREE_UPDATE_REMOVE
      case .write(let id, let mode):
        update.action = GIT_TREE_UPDATE_UPSERT
        update.id = id.oid
        update.filemode = mode
      }
      updates.append(update)
    }
    var oid = git_oid()
    try git("write the changed folders") {
      updates.withUnsafeBufferPointer { git_tree_create_updated(&oid, repository, tree, $0.count, $0.baseAddress) }
    }
    return GitObjectID(oid)
  }
}
