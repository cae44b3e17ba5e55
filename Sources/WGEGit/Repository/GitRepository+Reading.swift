internal import CWGEGit2

extension GitRepository {
  /// A file's bytes at a revision.
  /// - Throws: `notFound`, `validation` when the path is a folder or submodule, `tooLarge`.
  public func file(
    _ path: GitPath, at revision: GitRevision, maximumBytes: Int = GitDefaults.maximumReadBytes
  ) throws(GitHostError) -> FileContent {
    let commit = try resolve(revision)
    let tree = try lookUpTree(ofCommit: commit)
    guard let entry = try entry(at: path.value, in: tree.pointer) else {
      throw GitHostError(.notFound, "there is no file \(GitHostError.quote(path.value)) at \(revision)", field: "path")
    }
    guard entry.kind.isBlob else {
      throw .validation(field: "path", "\(GitHostError.quote(path.value)) is a \(entry.kind.rawValue), not a file")
    }
    let bytes = try blob(entry.id, called: path.value, maximumBytes: maximumBytes)
    return FileContent(
      path: path, bytes: bytes, id: entry.id, isExecutable: entry.kind == .executable, commit: commit)
  }

  /// The entries below a folder (nil: the root), ordered by path bytes.
  ///
  /// Recursive listings hold files, symbolic links and submodules, without sizes; others hold the
  /// folder's own entries, with sizes of files.
  /// - Throws: `notFound` for a missing folder, `tooLarge` above `limit` entries.
  public func tree(
    at revision: GitRevision, under folder: GitPath? = nil, recursive: Bool = true,
    limit: Int = GitDefaults.maximumTreeEntries
  ) throws(GitHostError) -> [TreeEntry] {
    let root = try lookUpTree(ofCommit: resolve(revision))
    var result: [TreeEntry] = []
    var folders = 0
    if let folder {
      guard let entry = try entry(at: folder.value, in: root.pointer), entry.kind == .folder else {
        throw GitHostError(
          .notFound, "there is no folder \(GitHostError.quote(folder.value)) at \(revision)", field: "path")
      }
      let below = try lookUpTree(entry.id)
      try list(
        below.pointer, prefix: folder.value + "/", recursive: recursive, depth: 0, limit: limit, folders: &folders,
        into: &result)
    } else {
      try list(
        root.pointer, prefix: "", recursive: recursive, depth: 0, limit: limit, folders: &folders, into: &result)
    }
    if !recursive {
      let odb = try Owned("open the object store", git_odb_free) { git_repository_odb(&$0, repository) }
      for index in result.indices where result[index].kind.isBlob {
        guard let id = result[index].id else { continue }
        result[index].size = try objectHeader(id, in: odb.pointer).size
      }
    }
    // Git orders folders as if their names ended with a slash.
    return result.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// That a tree, with all below it, has no more entries than anybody can walk: libgit2 compares and merges trees
  /// without asking. Each tree object is read once, however often it is named.
  /// - Throws: `tooLarge`.
  func requireWalkable(_ tree: OpaquePointer) throws(GitHostError) {
    var known: [GitObjectID: Int] = [:]
    _ = try countOfEntries(tree, depth: 0, &known)
  }

  private func countOfEntries(
    _ tree: OpaquePointer, depth: Int, _ known: inout [GitObjectID: Int]
  ) throws(GitHostError) -> Int {
    guard depth <= GitDefaults.maximumPathDepth else {
      throw GitHostError(.tooLarge, "the tree is deeper than \(GitDefaults.maximumPathDepth) folders")
    }
    var total = git_tree_entrycount(tree)
    for index in 0..<total {
      // Borrowed from the tree.
      guard let entry = git_tree_entry_byindex(tree, index), git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE,
        let id = GitObjectID(git_tree_entry_id(entry))
      else { continue }
      if known[id] == nil {
        let below = try lookUpTree(id)
        known[id] = try countOfEntries(below.pointer, depth: depth + 1, &known)
      }
      total += known[id] ?? 0
      guard total <= GitDefaults.maximumTreeEntries else {
        throw GitHostError(.tooLarge, "the tree has more than \(GitDefaults.maximumTreeEntries) entries")
      }
    }
    return total
  }

  func lookUpTree(_ id: GitObjectID) throws(GitHostError) -> Owned {
    var oid = id.oid
    return try Owned("read the tree \(id)", git_tree_free) { git_tree_lookup(&$0, repository, &oid) }
  }

  /// A blob's bytes, copied; its size is read first, so that a huge one costs nothing.
  func blob(_ id: GitObjectID, called name: String, maximumBytes: Int) throws(GitHostError) -> [UInt8] {
    let odb = try Owned("open the object store", git_odb_free) { git_repository_odb(&$0, repository) }
    let header = try objectHeader(id, in: odb.pointer)
    guard header.type == GIT_OBJECT_BLOB else {
      throw GitHostError(.corrupt, "the object of \(GitHostError.quote(name)) is not a blob")
    }
    guard (0...Int64(maximumBytes)).contains(header.size) else {
      throw GitHostError(
        .tooLarge, "\(GitHostError.quote(name)) has \(header.size) bytes, more than \(maximumBytes)", field: "path")
    }
    var oid = id.oid
    let blob = try Owned("read \(GitHostError.quote(name))", git_blob_free) { git_blob_lookup(&$0, repository, &oid) }
    let count = Int(clamping: git_blob_rawsize(blob.pointer))
    guard let start = git_blob_rawcontent(blob.pointer), count > 0 else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  func objectHeader(
    _ id: GitObjectID, in odb: OpaquePointer
  ) throws(GitHostError) -> (size: Int64, type: git_object_t) {
    var oid = id.oid
    var size = 0
    var type = GIT_OBJECT_INVALID
    try git("read the object \(id)") { git_odb_read_header(&size, &type, odb, &oid) }
    return (Int64(size), type)
  }

  /// - Parameter folders: how many were entered. A few small trees that name each other twice, with no file
  ///   below, make more folders than anybody can walk.
  private func list(
    _ tree: OpaquePointer, prefix: String, recursive: Bool, depth: Int, limit: Int, folders: inout Int,
    into result: inout [TreeEntry]
  ) throws(GitHostError) {
    guard depth <= GitDefaults.maximumPathDepth else {
      throw GitHostError(.tooLarge, "the tree is deeper than \(GitDefaults.maximumPathDepth) folders")
    }
    if Task.isCancelled { throw GitHostError(.cancelled, "the listing was cancelled") }
    for index in 0..<git_tree_entrycount(tree) {
      // Borrowed from the tree.
      guard let entry = git_tree_entry_byindex(tree, index), let name = git_tree_entry_name(entry),
        let id = GitObjectID(git_tree_entry_id(entry))
      else { throw GitHostError(.corrupt, "a tree under \(GitHostError.quote(prefix)) cannot be read") }
      guard let kind = TreeEntry.Kind(git_tree_entry_filemode(entry)) else {
        throw GitHostError(.corrupt, "an entry under \(GitHostError.quote(prefix)) has an unknown mode")
      }
      let path = prefix + String(cString: name)
      if recursive, kind == .folder {
        folders += 1
        guard folders <= GitDefaults.maximumTreeEntries else {
          throw GitHostError(
            .tooLarge, "the listing has more than \(GitDefaults.maximumTreeEntries) folders",
            remedy: "list a folder of it")
        }
        let below = try lookUpTree(id)
        try list(
          below.pointer, prefix: path + "/", recursive: true, depth: depth + 1, limit: limit, folders: &folders,
          into: &result)
        continue
      }
      guard result.count < limit else {
        throw GitHostError(.tooLarge, "the listing has more than \(limit) entries", remedy: "list a folder of it")
      }
      result.append(TreeEntry(path: path, kind: kind, id: id))
    }
  }
}
