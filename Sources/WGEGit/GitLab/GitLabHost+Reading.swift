internal import WGECore

extension GitLabHost {
  private func branch(_ json: JSON) -> GitBranch? {
    guard let name = json.text("name").flatMap({ try? BranchName($0) }), let head = json.id("commit", "id") else {
      return nil
    }
    return GitBranch(
      name: name, head: head, isDefault: json.flag("default") ?? false, isProtected: json.flag("protected") ?? false)
  }

  /// All branches, ordered by name.
  public func branches(in repository: RepositoryPath, limit: Int) async throws -> [GitBranch] {
    var result: [GitBranch] = []
    try await client.elements(
      RESTRequest(
        .get, base(repository) + "/repository/branches", "list the branches of \(repository)",
        query: [("per_page", "100"), ("page", "1")])
    ) { json throws(GitHostError) in
      if let branch = branch(json) { result.append(branch) }
      return result.count < limit
    }
    return Array(result.sorted { $0.name < $1.name }.prefix(max(limit, 0)))
  }

  private func path(_ name: BranchName, _ repository: RepositoryPath) -> String {
    base(repository) + "/repository/branches/" + name.value.percentEncodedSegment
  }

  /// One branch.
  public func branch(_ name: BranchName, in repository: RepositoryPath) async throws -> GitBranch {
    let doing = "read the branch \(GitHostError.quote(name.value)) of \(repository)"
    guard let found = branch(try await client.json(RESTRequest(.get, path(name, repository), doing))) else {
      throw GitHostError(.protocolViolation, "could not \(doing): the answer is no branch")
    }
    return found
  }

  func head(of branch: BranchName, in repository: RepositoryPath) async throws(GitHostError) -> GitObjectID? {
    do throws(GitHostError) {
      let json = try await client.json(RESTRequest(.get, path(branch, repository), "read the branch \(branch)"))
      return json.id("commit", "id")
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
      .post, base(repository) + "/repository/branches", "make the branch \(name)",
      query: [("branch", name.value), ("ref", commit.description)])
    try await makeBranch(name, at: commit, in: repository) { () throws(GitHostError) in
      _ = try await client.send(request)
    }
    return GitBranch(name: name, head: commit)
  }

  /// Deletes a branch. GitLab does not compare its head when it does: a push in the same moment is lost.
  public func deleteBranch(
    _ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath
  ) async throws {
    _ = try await deletable(name, expectedHead: expectedHead, in: repository)
    let request = RESTRequest(
      .delete, path(name, repository), "delete the branch \(name)", isRepeatable: false)
    try await removeBranch(name, expectedHead: expectedHead, in: repository) { () throws(GitHostError) in
      _ = try await client.send(request)
    }
  }

  /// One commit; GitLab does not tell its tree.
  public func commit(_ id: GitObjectID, in repository: RepositoryPath) async throws -> GitCommit {
    let doing = "read the commit \(id)"
    let json = try await client.json(RESTRequest(.get, base(repository) + "/repository/commits/\(id)", doing))
    func signature(_ who: String, _ when: String) -> GitSignature {
      GitSignature(
        name: json.text(who + "_name") ?? "", email: json.text(who + "_email") ?? "",
        time: json.time(when) ?? Timestamp(seconds: 0))
    }
    return GitCommit(
      id: id, tree: .zero, parents: json.list("parent_ids").compactMap { $0.stringValue.flatMap { GitObjectID($0) } },
      author: signature("author", "authored_date"), committer: signature("committer", "committed_date"),
      message: json.text("message") ?? json.text("title") ?? "")
  }

  /// The entries below a folder; without sizes.
  public func tree(
    at revision: GitRevision, under folder: GitPath?, recursive: Bool, in repository: RepositoryPath
  ) async throws -> [TreeEntry] {
    var query = [(name: "ref", value: revision.description)]
    if let folder { query.append(("path", folder.value)) }
    if recursive { query.append(("recursive", "true")) }
    query += [("pagination", "keyset"), ("per_page", "100")]
    var result: [TreeEntry] = []
    try await client.elements(
      RESTRequest(
        .get, base(repository) + "/repository/tree", "list the files of \(repository) at \(revision)", query: query)
    ) { json throws(GitHostError) in
      if let path = json.text("path"), let kind = json.text("mode").flatMap(TreeEntry.Kind.init(mode:)),
        !(recursive && kind == .folder)
      {
        try result.add(TreeEntry(path: path, kind: kind, id: json.id("id")))
      }
      return true
    }
    if result.isEmpty {
      // Older servers answer with an empty list where nothing is.
      _ = try await resolve(revision, in: repository)
      if let folder {
        throw GitHostError(
          .notFound, "there is no folder \(GitHostError.quote(folder.value)) at \(revision)", field: "path")
      }
    }
    return result.inOrder
  }

  /// A file at a revision.
  public func file(
    _ path: GitPath, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> FileContent {
    let doing = "read \(GitHostError.quote(path.value)) at \(revision)"
    var request = RESTRequest(
      .get, base(repository) + "/repository/files/" + path.value.percentEncodedSegment, doing,
      query: [("ref", revision.description)])
    request.maximumBytes = GitDefaults.maximumReadBytes
    let json = try await client.json(request)
    guard let bytes = json.text("content").flatMap({ Base64.decode($0) }), let id = json.id("blob_id"),
      let commit = json.id("commit_id")
    else { throw GitHostError(.protocolViolation, "could not \(doing): the answer is no file") }
    return FileContent(
      path: path, bytes: bytes, id: id, isExecutable: json.flag("execute_filemode"), commit: commit)
  }
}
