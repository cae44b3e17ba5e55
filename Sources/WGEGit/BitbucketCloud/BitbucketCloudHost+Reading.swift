internal import WGECore

extension BitbucketCloudHost {
  /// Reads the values of all pages, until `take` has enough.
  func values(_ request: RESTRequest, take: (JSON) throws(GitHostError) -> Bool) async throws(GitHostError) {
    try await client.pages(
      request,
      take: { answer throws(GitHostError) in
        for value in answer.json.list("values") {
          if try !take(value) { return false }
        }
        return true
      },
      next: { answer, request in
        answer.json.text("next").map { url in
          var next = request
          next.path = url
          next.query = []
          return next
        }
      })
  }

  /// All branches, ordered by name.
  public func branches(in repository: RepositoryPath, limit: Int) async throws -> [GitBranch] {
    let standard = try await self.repository(repository).defaultBranch
    var result: [GitBranch] = []
    try await values(
      RESTRequest(
        .get, base(repository) + "/refs/branches", "list the branches of \(repository)", query: [("pagelen", "100")])
    ) { json throws(GitHostError) in
      if let name = json.text("name").flatMap({ try? BranchName($0) }), let head = json.id("target", "hash") {
        result.append(GitBranch(name: name, head: head, isDefault: name == standard))
      }
      return result.count < limit
    }
    return Array(result.sorted { $0.name < $1.name }.prefix(max(limit, 0)))
  }

  private func path(_ name: BranchName, _ repository: RepositoryPath) throws(GitHostError) -> String {
    try base(repository) + "/refs/branches/" + name.value.percentEncodedPath
  }

  func head(of branch: BranchName, in repository: RepositoryPath) async throws(GitHostError) -> GitObjectID? {
    do throws(GitHostError) {
      return try await client.json(RESTRequest(.get, path(branch, repository), "read the branch \(branch)"))
        .id("target", "hash")
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  /// Makes a branch.
  @discardableResult
  public func createBranch(
    _ name: BranchName, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> GitBranch {
    let commit = try await resolve(revision, in: repository)
    let request = RESTRequest(
      .post, try base(repository) + "/refs/branches", "make the branch \(name)",
      body: .json(["name": .string(name.value), "target": ["hash": .string(commit.description)]]))
    try await makeBranch(name, at: commit, in: repository) { () throws(GitHostError) in
      _ = try await client.send(request)
    }
    return GitBranch(name: name, head: commit)
  }

  /// Deletes a branch. Bitbucket does not compare its head when it does: a push in the same moment is lost.
  public func deleteBranch(
    _ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath
  ) async throws {
    _ = try await deletable(name, expectedHead: expectedHead, in: repository)
    let request = RESTRequest(
      .delete, try path(name, repository), "delete the branch \(name)", isRepeatable: false)
    try await removeBranch(name, expectedHead: expectedHead, in: repository) { () throws(GitHostError) in
      _ = try await client.send(request)
    }
  }

  /// One commit; Bitbucket does not tell its tree.
  public func commit(_ id: GitObjectID, in repository: RepositoryPath) async throws -> GitCommit {
    try await gitCommit(id.description, repository)
  }

  /// A commit by its whole or abbreviated name: pull requests hold 12 digits only.
  func gitCommit(_ hash: String, _ repository: RepositoryPath) async throws(GitHostError) -> GitCommit {
    let doing = "read the commit \(hash)"
    let json = try await client.json(RESTRequest(.get, base(repository) + "/commit/\(hash)", doing))
    guard let id = json.id("hash") else {
      throw GitHostError(.protocolViolation, "could not \(doing): the answer is no commit")
    }
    let raw = json.text("author", "raw") ?? ""
    let parts = raw.split(separator: "<", maxSplits: 1)
    let author = GitSignature(
      name: parts.first.map { String($0).trimmed } ?? "",
      email: parts.count > 1 ? String(parts[1].prefix { $0 != ">" }) : "",
      time: json.time("date") ?? Timestamp(seconds: 0))
    return GitCommit(
      id: id, tree: .zero, parents: json.list("parents").compactMap { $0.id("hash") }, author: author,
      committer: author, message: json.text("message") ?? "")
  }

  /// The entries below a folder; without ids. A listing that is too deep is walked folder by folder.
  public func tree(
    at revision: GitRevision, under folder: GitPath?, recursive: Bool, in repository: RepositoryPath
  ) async throws -> [TreeEntry] {
    // A branch with a slash would be ambiguous in the path.
    let commit = try await resolve(revision, in: repository)
    let result: [TreeEntry]
    if recursive {
      do throws(GitHostError) {
        result = try await walk(commit, folder?.value, depth: 50, repository)
      } catch {
        guard error.code == .tooLarge, error.reason != Self.tooManyEntries else { throw error }
        result = try await walk(commit, folder?.value, depth: 1, repository)
      }
    } else {
      result = try await listing(
        commit, folder?.value, depth: 1, limit: GitDefaults.maximumTreeEntries, repository)
    }
    return result.inOrder
  }

  private static let tooManyEntries = "maximumTreeEntries"

  /// The files below a folder, by listings of so many levels; what stands deeper is listed by itself.
  private func walk(
    _ commit: GitObjectID, _ folder: String?, depth: Int, _ repository: RepositoryPath
  ) async throws(GitHostError) -> [TreeEntry] {
    var (found, folders) = ([TreeEntry](), [folder])
    var rest = GitDefaults.maximumTreeEntries
    while let next = folders.popLast() {
      let prefix = next.map { $0 + "/" } ?? ""
      let entries = try await listing(commit, next, depth: depth, limit: rest, repository)
      rest -= entries.count
      for entry in entries {
        guard entry.kind == .folder else {
          found.append(entry)
          continue
        }
        // Only downwards, so that the walk ends whatever the host names.
        guard (try? GitPath(entry.path)) != nil, entry.path.hasPrefix(prefix) else {
          throw GitHostError(
            .protocolViolation, "Bitbucket lists \(GitHostError.quote(entry.path)) below \(GitHostError.quote(prefix))")
        }
        let levels = entry.path.utf8.dropFirst(prefix.utf8.count).count { $0 == UInt8(ascii: "/") } + 1
        if levels >= depth { folders.append(entry.path) }
      }
    }
    return found
  }

  private func listing(
    _ commit: GitObjectID, _ folder: String?, depth: Int, limit: Int, _ repository: RepositoryPath
  ) async throws(GitHostError) -> [TreeEntry] {
    var result: [TreeEntry] = []
    let tail = folder.map { $0.percentEncodedPath + "/" } ?? ""
    try await values(
      RESTRequest(
        .get, base(repository) + "/src/\(commit)/" + tail, "list the files of \(repository)",
        query: [("pagelen", "100"), ("max_depth", String(depth))])
    ) { json throws(GitHostError) in
      guard let path = json.text("path") else { return true }
      let attributes = json.list("attributes").compactMap(\.stringValue)
      let kind: TreeEntry.Kind =
        json.text("type") == "commit_directory"
        ? .folder
        : attributes.contains("link")
          ? .symbolicLink
          : attributes.contains("subrepository")
            ? .submodule : attributes.contains("executable") ? .executable : .file
      result.append(TreeEntry(path: path, kind: kind, size: kind.isBlob ? json.integer("size") : nil))
      guard result.count <= limit else {
        throw GitHostError(
          .tooLarge, "the listing has more than \(GitDefaults.maximumTreeEntries) entries",
          reason: Self.tooManyEntries)
      }
      return true
    }
    return result
  }

  /// A file at a revision.
  public func file(
    _ path: GitPath, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> FileContent {
    let commit = try await resolve(revision, in: repository)
    let doing = "read \(GitHostError.quote(path.value)) at \(revision)"
    let place = try base(repository) + "/src/\(commit)/" + path.value.percentEncodedPath
    var request = RESTRequest(.get, place, doing)
    request.accept = "*/*"
    request.maximumBytes = GitDefaults.maximumReadBytes
    let answer = try await client.send(request)
    // A folder answers with a listing, which a JSON file may look like.
    if answer.field("content-type")?.hasPrefix("application/json") ?? false, answer.json["pagelen"] != nil {
      let meta = try await client.json(RESTRequest(.get, place, doing, query: [("format", "meta")]))
      if meta.text("type") == "commit_directory" {
        throw GitHostError.validation(field: "path", "\(GitHostError.quote(path.value)) is a folder, not a file")
      }
    }
    return FileContent(
      path: path, bytes: answer.bytes, id: GitObjectID(ofFile: answer.bytes), isExecutable: nil, commit: commit)
  }
}
