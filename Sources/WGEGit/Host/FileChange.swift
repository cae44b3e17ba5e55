/// What a commit does to one path.
public struct FileChange: Sendable, Hashable {
  /// What happens.
  public enum Kind: Sendable, Hashable {
    /// Writes the file. `executable` nil keeps the mode that the file has (also that of a symbolic
    /// link, whose content is its target); a new file is then not executable.
    case put([UInt8], executable: Bool? = nil)
    /// Removes the file; a missing one is ignored unless ``CommitRequest/strictDeletes``.
    case delete
    /// Moves the file from another path, with new bytes when given; the mode moves with it.
    case move(from: GitPath, bytes: [UInt8]? = nil)
    case setExecutable(Bool)
  }

  /// The path after the change.
  public var path: GitPath
  /// What happens there.
  public var kind: Kind

  /// One change.
  public init(_ path: GitPath, _ kind: Kind) {
    self.path = path
    self.kind = kind
  }

  /// Writes text as UTF-8, line endings as they are.
  public static func put(_ path: GitPath, text: String, executable: Bool? = nil) -> FileChange {
    FileChange(path, .put(Array(text.utf8), executable: executable))
  }

  /// Writes bytes.
  public static func put(_ path: GitPath, bytes: [UInt8], executable: Bool? = nil) -> FileChange {
    FileChange(path, .put(bytes, executable: executable))
  }

  /// Removes a file.
  public static func delete(_ path: GitPath) -> FileChange { FileChange(path, .delete) }

  /// Moves a file, with new bytes when given.
  public static func move(from old: GitPath, to path: GitPath, bytes: [UInt8]? = nil) -> FileChange {
    FileChange(path, .move(from: old, bytes: bytes))
  }

  /// Every path that the change reads or writes.
  var touchedPaths: [GitPath] {
    if case .move(let old, _) = kind { [old, path] } else { [path] }
  }

  var byteCount: Int {
    switch kind {
    case .put(let bytes, _): bytes.count
    case .move(_, let bytes): bytes?.count ?? 0
    case .delete, .setExecutable: 0
    }
  }
}

/// How much one commit may hold.
struct CommitLimits: Sendable {
  var changes: Int
  var fileBytes: Int
  var bytes: Int

  /// Of any commit.
  static let git = CommitLimits(
    changes: GitDefaults.maximumChanges, fileBytes: GitDefaults.maximumFileBytes,
    bytes: GitDefaults.maximumCommitBytes)
  /// Of one that a provider's API makes.
  static let api = CommitLimits(
    changes: GitDefaults.maximumAPIChanges, fileBytes: GitDefaults.maximumAPIFileBytes,
    bytes: GitDefaults.maximumAPICommitBytes)
}

extension [FileChange] {
  /// What is too large; nil: nothing is.
  func excess(over limits: CommitLimits) -> GitHostError? {
    if count > limits.changes {
      return GitHostError(.tooLarge, "the commit has \(count) changes, more than \(limits.changes)", field: "changes")
    }
    var total = 0
    for change in self {
      if change.byteCount > limits.fileBytes {
        return GitHostError(
          .tooLarge,
          "\(GitHostError.quote(change.path.value)) has \(change.byteCount) bytes, more than \(limits.fileBytes)",
          field: "changes")
      }
      total += change.byteCount
    }
    if total > limits.bytes {
      return GitHostError(.tooLarge, "the commit has \(total) bytes, more than \(limits.bytes)", field: "changes")
    }
    return nil
  }

  /// The rules over the set of changes: limits, no path twice, no path below another.
  func validate() throws(GitHostError) {
    func refuse(_ problem: String) -> GitHostError { .validation(field: "changes", problem) }
    if isEmpty { throw refuse("the commit has no changes") }
    if let excess = excess(over: .git) { throw excess }
    var paths: Set<GitPath> = []
    for change in self {
      for path in change.touchedPaths where !paths.insert(path).inserted {
        throw refuse("the path \(GitHostError.quote(path.value)) is named twice")
      }
    }
    let names = Set(paths.map { [UInt8]($0.value.utf8) })
    for path in paths {
      for folder in path.ancestors where names.contains([UInt8](folder.utf8)) {
        throw refuse("\(GitHostError.quote(folder)) is both a file and the folder of \(GitHostError.quote(path.value))")
      }
    }
  }
}
