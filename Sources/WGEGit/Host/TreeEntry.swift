/// One entry of a tree listing.
public struct TreeEntry: Sendable, Hashable {
  /// What an entry is; decided by its mode.
  public enum Kind: String, Sendable, Hashable { case file, executable, symbolicLink, folder, submodule }

  /// The path from the repository's root, without a leading slash.
  ///
  /// Names come from the repository and may be hostile; pass them through ``GitPath`` before writing
  /// them anywhere. Bytes that are not UTF-8 are shown as U+FFFD.
  public var path: String
  /// What it is.
  public var kind: Kind
  /// The object's name; nil where the host does not tell.
  public var id: GitObjectID?
  /// Bytes, for files where known.
  public var size: Int64?

  /// An entry.
  public init(path: String, kind: Kind, id: GitObjectID? = nil, size: Int64? = nil) {
    self.path = path
    self.kind = kind
    self.id = id
    self.size = size
  }
}

/// A file's bytes at a revision.
public struct FileContent: Sendable, Hashable {
  /// Where it is.
  public var path: GitPath
  /// Its content.
  public var bytes: [UInt8]
  /// The blob's name.
  public var id: GitObjectID
  /// Whether it has the executable bit; nil where the host does not tell.
  public var isExecutable: Bool?
  /// The commit it was read from, for ``CommitRequest/expectedHead``.
  public var commit: GitObjectID

  /// A file.
  public init(path: GitPath, bytes: [UInt8], id: GitObjectID, isExecutable: Bool?, commit: GitObjectID) {
    self.path = path
    self.bytes = bytes
    self.id = id
    self.isExecutable = isExecutable
    self.commit = commit
  }

  /// The bytes as text; nil when they are not UTF-8.
  public var text: String? { String(validating: bytes, as: UTF8.self) }
}
