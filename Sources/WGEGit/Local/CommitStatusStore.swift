internal import WGECore

/// The statuses of a local repository's commits: a JSON file for each commit that has some, in `wge/statuses`
/// beside the pull requests, replaced atomically under the same lock.
struct CommitStatusStore: Sendable {
  /// A status as it stands on disk.
  struct Record: Codable, Hashable, Sendable {
    var state: String
    var context: String
    var summary: String
    var targetURL: String?
    var author: String
    var at: Timestamp
  }

  private let lock: FileLock
  private let folder: String

  init(repository: String) throws(GitHostError) {
    folder = repository + "/wge/statuses"
    lock = FileLock(path: repository + "/wge/lock")
    try AtomicFile.makeFolder(folder)
  }

  /// The newest of each context, oldest first.
  /// - Throws: `corrupt`.
  func load(_ commit: GitObjectID) throws(GitHostError) -> [Record] {
    let path = path(of: commit)
    guard let bytes = try AtomicFile.read(path, maximumBytes: 16 << 20) else { return [] }
    do {
      return try JSON(parsing: bytes).decode([Record].self)
    } catch {
      throw GitHostError(.corrupt, "the statuses in \(path) cannot be read: \(error)", remedy: "remove the file")
    }
  }

  /// Adds a status in place of the one of the same context.
  /// - Throws: `tooLarge` above ``GitDefaults/maximumStatuses``.
  func add(_ record: Record, to commit: GitObjectID) throws(GitHostError) {
    try lock.withLock { () throws(GitHostError) in
      try removeLeftovers()
      var all = try load(commit).filter { $0.context != record.context }
      guard all.count < GitDefaults.maximumStatuses else {
        throw GitHostError(
          .tooLarge, "the commit \(commit.abbreviated) has \(GitDefaults.maximumStatuses) statuses already",
          field: "context")
      }
      all.append(record)
      let bytes: [UInt8]
      do {
        bytes = try JSON(encoding: all).serializedPretty()
      } catch {
        throw GitHostError(.corrupt, "the status \(GitHostError.quote(record.context)) cannot be written: \(error)")
      }
      try AtomicFile.write(bytes, to: path(of: commit))
    }
  }

  /// What a writer left that died half-way.
  private func removeLeftovers() throws(GitHostError) {
    for name in try AtomicFile.names(in: folder) where name.hasSuffix(AtomicFile.temporarySuffix) {
      AtomicFile.remove(folder + "/" + name)
    }
  }

  private func path(of commit: GitObjectID) -> String { "\(folder)/\(commit).json" }
}

extension GitRepository {
  /// Marks a commit that is there.
  /// - Throws: `notFound`.
  func setStatus(
    _ status: CommitStatus, of id: GitObjectID, in store: CommitStatusStore, author: String, now: Timestamp
  ) throws(GitHostError) {
    _ = try commit(id)
    try store.add(
      CommitStatusStore.Record(
        state: status.state.rawValue, context: status.context, summary: status.summary, targetURL: status.targetURL,
        author: author, at: now), to: id)
  }

  func statuses(of id: GitObjectID, in store: CommitStatusStore) throws(GitHostError) -> [CommitStatus] {
    _ = try commit(id)
    return try store.load(id).compactMap { record in
      CommitStatus.State(rawValue: record.state).map {
        CommitStatus($0, context: record.context, summary: record.summary, targetURL: record.targetURL)
      }
    }
  }
}
