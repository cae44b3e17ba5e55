internal import WGECore

/// Asks about many things at once, but not about all of them.
enum Lookups {
  /// What is known of each key that something is known of.
  static func each<Key: Hashable & Sendable, Value: Sendable>(
    _ keys: [Key], _ look: @escaping @Sendable (Key) async throws -> Value?
  ) async throws(GitHostError) -> [Key: Value] {
    var result: [Key: Value] = [:]
    try await each(keys, look) { key, value throws(GitHostError) in result[key] = value }
    return result
  }

  /// Hands on what is known of each key as it becomes known, in any order.
  static func each<Key: Sendable, Value: Sendable>(
    _ keys: [Key], _ look: @escaping @Sendable (Key) async throws -> Value,
    take: (Key, Value) throws(GitHostError) -> Void
  ) async throws(GitHostError) {
    do {
      try await withThrowingTaskGroup(of: (Key, Value).self) { group in
        var rest = keys[...]
        var running = 0
        while running > 0 || !rest.isEmpty {
          while running < GitDefaults.requestConcurrency, let key = rest.popFirst() {
            running += 1
            group.addTask { (key, try await look(key)) }
          }
          guard let (key, value) = try await group.next() else { break }
          running -= 1
          try take(key, value)
        }
      }
    } catch let error as GitHostError {
      throw error
    } catch {
      throw GitHostError(.cancelled, "looking up files was cancelled")
    }
  }
}

extension RESTHost {
  /// What stands at the paths of a commit, from the listings of their folders, where that is fewer requests than
  /// one for each; else nil.
  func entriesByFolder(
    _ paths: [GitPath], at commit: GitObjectID, in repository: RepositoryPath
  ) async throws(GitHostError) -> [GitPath: TreeEntry]? {
    guard paths.count > GitDefaults.singleLookups else { return nil }
    // A listing may have several pages.
    let folders = Set(paths.map { $0.ancestors.last ?? "" })
    guard folders.count <= paths.count / 4 else { return nil }
    let listings = try await Lookups.each(Array(folders)) { folder -> [TreeEntry]? in
      do {
        return try await tree(
          at: .commit(commit), under: folder.isEmpty ? nil : GitPath(folder), recursive: false, in: repository)
      } catch let error as GitHostError where error.code == .notFound {
        return nil
      }
    }
    let wanted = Dictionary(paths.map { ($0.value, $0) }) { first, _ in first }
    var result: [GitPath: TreeEntry] = [:]
    for entry in listings.values.joined() where entry.kind.isBlob {
      if let path = wanted[entry.path] { result[path] = entry }
    }
    return result
  }
}
