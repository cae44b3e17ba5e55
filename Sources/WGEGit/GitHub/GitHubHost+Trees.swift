internal import WGECore

// GitHub lists a tree one folder at a time, or with all that is below it, cut at 100,000 entries. What is cut is
// walked folder by folder, several at once. Who wants to know a few paths walks the folders on the way to them only.

extension GitHubHost {
  /// A folder: its tree, and the path before the names in it, `dir/` or empty.
  private typealias Folder = (tree: GitObjectID, prefix: String)

  /// The entries below a folder. A listing that GitHub cuts is walked folder by folder instead.
  public func tree(
    at revision: GitRevision, under folder: GitPath?, recursive: Bool, in repository: RepositoryPath
  ) async throws -> [TreeEntry] {
    let root = try await gitCommit(resolve(revision, in: repository), repository).tree
    if recursive, let entries = try await everything(in: root, repository) {
      let prefix = folder.map { $0.value + "/" } ?? ""
      let below = entries.filter { $0.path.hasPrefix(prefix) }
      if folder != nil, below.isEmpty { throw missing(folder, revision) }
      return below.filter { $0.kind != .folder }.inOrder
    }
    var start: Folder = (root, "")
    for name in folder?.value.split(separator: "/") ?? [] {
      let path = start.prefix + name
      let entries = try await listings(of: [start], repository)
      guard let next = entries.first(where: { $0.path == path && $0.kind == .folder })?.id else {
        throw missing(folder, revision)
      }
      start = (next, path + "/")
    }
    var result: [TreeEntry] = []
    var level = [start]
    while !level.isEmpty {
      let entries = try await listings(of: level, repository)
      level = []
      for entry in entries {
        if recursive, entry.kind == .folder, let id = entry.id {
          level.append((id, entry.path + "/"))
        } else {
          result.append(entry)
        }
      }
      try result.checkCount()
    }
    return result.inOrder
  }

  /// What stands at the paths and at the folders above them, by path; nothing where nothing is.
  func entries(
    at paths: [GitPath], in root: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) -> [String: TreeEntry] {
    let folders = Set(paths.flatMap(\.ancestors))
    let wanted = folders.union(paths.map(\.value))
    if folders.count > GitDefaults.singleLookups, let all = try await everything(in: root, repository) {
      return Dictionary(all.lazy.filter { wanted.contains($0.path) }.map { ($0.path, $0) }) { $1 }
    }
    var result: [String: TreeEntry] = [:]
    var level: [Folder] = [(root, "")]
    while !level.isEmpty {
      let entries = try await listings(of: level, repository)
      level = []
      for entry in entries where wanted.contains(entry.path) {
        result[entry.path] = entry
        if folders.contains(entry.path), entry.kind == .folder, let id = entry.id {
          level.append((id, entry.path + "/"))
        }
      }
    }
    return result
  }

  private func missing(_ folder: GitPath?, _ revision: GitRevision) -> GitHostError {
    GitHostError(
      .notFound, "there is no folder \(GitHostError.quote(folder?.value ?? "")) at \(revision)", field: "path")
  }

  /// All entries below a tree; nil when GitHub cuts the listing.
  private func everything(
    in tree: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) -> [TreeEntry]? {
    let (entries, isCut) = try await listing((tree, ""), recursive: true, repository)
    return isCut ? nil : entries
  }

  /// The entries of folders, several asked for at once.
  /// - Throws: `tooLarge` for one that GitHub cuts.
  private func listings(
    of folders: [Folder], _ repository: RepositoryPath
  ) async throws(GitHostError) -> [TreeEntry] {
    var result: [TreeEntry] = []
    try await Lookups.each(folders) {
      try await uncut($0, repository)
    } take: { _, entries throws(GitHostError) in
      result += entries
      try result.checkCount()
    }
    return result
  }

  private func uncut(_ folder: Folder, _ repository: RepositoryPath) async throws(GitHostError) -> [TreeEntry] {
    let (entries, isCut) = try await listing(folder, recursive: false, repository)
    guard !isCut else {
      throw GitHostError(
        .tooLarge, "GitHub lists the folder \(GitHostError.quote(folder.prefix)) in part only",
        remedy: "keep fewer than 100,000 files in one folder", field: "path")
    }
    return entries
  }

  private func listing(
    _ folder: Folder, recursive: Bool, _ repository: RepositoryPath
  ) async throws(GitHostError) -> (entries: [TreeEntry], isCut: Bool) {
    let json = try await client.json(
      RESTRequest(
        .get, base(repository) + "/git/trees/\(folder.tree)", "list the tree \(folder.tree)",
        query: recursive ? [("recursive", "1")] : []))
    let entries = json.list("tree").compactMap { entry -> TreeEntry? in
      guard let path = entry.text("path"), let kind = entry.text("mode").flatMap(TreeEntry.Kind.init(mode:)) else {
        return nil
      }
      return TreeEntry(path: folder.prefix + path, kind: kind, id: entry.id("sha"), size: entry.integer("size"))
    }
    return (entries, json.flag("truncated") ?? false)
  }
}
