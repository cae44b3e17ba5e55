internal import CWGEGit2
internal import WGECore

// Conversions between C values and ours, and lookups shared by the operations.

extension GitObjectID {
  init(_ oid: git_oid) {
    self = withUnsafeBytes(of: oid) { bytes in
      GitObjectID(
        high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        middle: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
        low: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
    }
  }

  /// The id behind a borrowed pointer, copied.
  init?(_ pointer: UnsafePointer<git_oid>?) {
    guard let pointer else { return nil }
    self.init(pointer.pointee)
  }

  var oid: git_oid {
    var result = git_oid()
    withUnsafeMutableBytes(of: &result) { bytes in
      bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
      bytes.storeBytes(of: middle.bigEndian, toByteOffset: 8, as: UInt64.self)
      bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt32.self)
    }
    return result
  }
}

extension GitSignature {
  init(_ pointer: UnsafePointer<git_signature>?) {
    guard let signature = pointer?.pointee else {
      self.init(name: "", email: "", time: Timestamp(seconds: 0))
      return
    }
    self.init(
      name: signature.name.map { String(cString: $0) } ?? "", email: signature.email.map { String(cString: $0) } ?? "",
      time: Timestamp(seconds: signature.when.time), offsetMinutes: Int(signature.when.offset))
  }

  /// Runs `body` with the C form.
  func withPointer<T>(_ body: (UnsafePointer<git_signature>) throws(GitHostError) -> T) throws(GitHostError) -> T {
    for text in [name, email] where text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
      throw .validation(field: "author", "the author \(GitHostError.quote(text)) contains a control character")
    }
    guard (-1439...1439).contains(offsetMinutes) else {
      throw .validation(field: "author", "the author's time zone is off by a day or more")
    }
    var made: UnsafeMutablePointer<git_signature>?
    do {
      try git("use the author \(GitHostError.quote(description))") {
        git_signature_new(&made, name, email, time.seconds, Int32(offsetMinutes))
      }
    } catch {
      throw .validation(field: "author", error.message, remedy: "give a name and an e-mail address without < and >")
    }
    guard let made else { throw GitHostError(.corrupt, "libgit2 gave no signature") }
    defer { git_signature_free(made) }
    return try body(made)
  }
}

extension TreeEntry.Kind {
  init?(_ mode: git_filemode_t) {
    switch mode {
    case GIT_FILEMODE_BLOB: self = .file
    case GIT_FILEMODE_BLOB_EXECUTABLE: self = .executable
    case GIT_FILEMODE_LINK: self = .symbolicLink
    case GIT_FILEMODE_TREE: self = .folder
    case GIT_FILEMODE_COMMIT: self = .submodule
    default: return nil
    }
  }

  var mode: git_filemode_t {
    switch self {
    case .file: GIT_FILEMODE_BLOB
    case .executable: GIT_FILEMODE_BLOB_EXECUTABLE
    case .symbolicLink: GIT_FILEMODE_LINK
    case .folder: GIT_FILEMODE_TREE
    case .submodule: GIT_FILEMODE_COMMIT
    }
  }

  var isBlob: Bool { self == .file || self == .executable || self == .symbolicLink }
}

extension GitRepository {
  func lookUpCommit(_ id: GitObjectID) throws(GitHostError) -> Owned {
    var oid = id.oid
    do {
      return try Owned("read the commit \(id)", git_commit_free) { git_commit_lookup(&$0, repository, &oid) }
    } catch  where error.code == .corrupt || error.code == .notFound {
      // The library says the same of an object that is not there and of one that cannot be read.
      if error.code == .corrupt, try holds(id) { throw error }
      throw GitHostError(.notFound, "there is no commit \(id) in the repository")
    }
  }

  /// Whether there is an object of that name, whole or damaged.
  func holds(_ id: GitObjectID) throws(GitHostError) -> Bool {
    var oid = id.oid
    let odb = try Owned("open the object store", git_odb_free) { git_repository_odb(&$0, repository) }
    return git_odb_exists(odb.pointer, &oid) == 1
  }

  /// The tree of a commit.
  func lookUpTree(ofCommit id: GitObjectID) throws(GitHostError) -> Owned {
    let commit = try lookUpCommit(id)
    return try Owned("read the tree of \(id)", git_tree_free) { git_commit_tree(&$0, commit.pointer) }
  }

  /// What stands at a path below a tree; nil when there is nothing.
  func entry(at path: String, in tree: OpaquePointer) throws(GitHostError) -> (id: GitObjectID, kind: TreeEntry.Kind)? {
    var found: OpaquePointer?
    git_error_clear()
    let code = git_tree_entry_bypath(&found, tree, path)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    guard code >= 0 else { throw GitHostError(libgit2: code, doing: "look up \(GitHostError.quote(path))") }
    defer { git_tree_entry_free(found) }
    guard let id = GitObjectID(git_tree_entry_id(found)), let kind = TreeEntry.Kind(git_tree_entry_filemode(found))
    else { throw GitHostError(.corrupt, "the entry \(GitHostError.quote(path)) has an unknown mode") }
    return (id, kind)
  }
}
