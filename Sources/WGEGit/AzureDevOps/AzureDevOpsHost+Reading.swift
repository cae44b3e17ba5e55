internal import WGECore

extension AzureDevOpsHost {
  private func references(
    _ filter: String, _ doing: String, _ repository: RepositoryPath, take: (GitBranch) -> Bool
  ) async throws(GitHostError) {
    try await client.pages(
      request(.get, repository, "/refs", doing, query: [("filter", filter), ("$top", "1000")]),
      take: { answer throws(GitHostError) in
        for json in answer.json.list("value") {
          guard let name = json.text("name").flatMap({ BranchName(reference: $0) }), let head = json.id("objectId")
          else {
            continue
          }
          if !take(GitBranch(name: name, head: head, isProtected: json.flag("isLocked") ?? false)) { return false }
        }
        return true
      },
      next: { answer, request in
        guard let token = answer.field("x-ms-continuationtoken"), !token.isEmpty else { return nil }
        var next = request
        next.query.removeAll { $0.name == "continuationToken" }
        next.query.append(("continuationToken", token))
        return next
      })
  }

  /// All branches, ordered by name.
  public func branches(in repository: RepositoryPath, limit: Int) async throws -> [GitBranch] {
    let standard = try await self.repository(repository).defaultBranch
    var result: [GitBranch] = []
    try await references("heads/", "list the branches of \(repository)", repository) { branch in
      var branch = branch
      branch.isDefault = branch.name == standard
      result.append(branch)
      return result.count < limit
    }
    return Array(result.sorted { $0.name < $1.name }.prefix(max(limit, 0)))
  }

  func head(of branch: BranchName, in repository: RepositoryPath) async throws(GitHostError) -> GitObjectID? {
    var found: GitObjectID?
    // The filter finds everything that begins with the name.
    try await references("heads/\(branch)", "read the branch \(branch)", repository) { candidate in
      if candidate.name == branch { found = candidate.head }
      return found == nil
    }
    return found
  }

  /// Makes a branch.
  @discardableResult
  public func createBranch(
    _ name: BranchName, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> GitBranch {
    let commit = try await resolve(revision, in: repository)
    try await makeBranch(name, at: commit, in: repository) { () throws(GitHostError) in
      try await moveReference(name, from: .zero, to: commit, repository)
    }
    return GitBranch(name: name, head: commit)
  }

  /// Deletes a branch; Azure compares its head.
  public func deleteBranch(
    _ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath
  ) async throws {
    let found = try await deletable(name, expectedHead: expectedHead, in: repository)
    try await removeBranch(name, expectedHead: found.head, in: repository) { () throws(GitHostError) in
      try await moveReference(name, from: found.head, to: .zero, repository)
    }
  }

  /// Moves a branch from one commit to another; zero stands for no branch. The status of the answer is
  /// 200 also when it was refused.
  func moveReference(
    _ name: BranchName, from old: GitObjectID, to new: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) {
    let change: JSON = [
      "name": .string(name.reference), "oldObjectId": .string(old.description), "newObjectId": .string(new.description),
    ]
    let json = try await client.json(
      request(.post, repository, "/refs", "move the branch \(name)", body: .json([change])))
    guard let entry = json.list("value").first else {
      throw GitHostError(.protocolViolation, "Azure DevOps does not say what became of the branch \(name)")
    }
    if entry.flag("success") == true { return }
    let status = entry.text("updateStatus") ?? "unknown"
    let what = "could not move the branch \(GitHostError.quote(name.value)): \(status)"
    switch status {
    case "staleOldObjectId" where old == .zero:
      throw GitHostError(.alreadyExists, "the branch \(GitHostError.quote(name.value)) exists already")
    case "staleOldObjectId": throw GitHostError(.staleHead, what, remedy: "read again and decide again")
    case "invalidRefName", "refNameConflict": throw .validation(field: "branch", what)
    case "rejectedByPolicy":
      throw GitHostError(.forbidden, what, remedy: "open a pull request instead", reason: "protectedBranch")
    case _ where status.hasSuffix("PermissionRequired"), "locked":
      throw GitHostError(.forbidden, what, remedy: "ask for the right on the branch", reason: status)
    default: throw GitHostError(.unavailable, what)
    }
  }

  /// One commit.
  public func commit(_ id: GitObjectID, in repository: RepositoryPath) async throws -> GitCommit {
    let json = try await client.json(request(.get, repository, "/commits/\(id)", "read the commit \(id)"))
    func signature(_ key: String) -> GitSignature {
      GitSignature(
        name: json.text(key, "name") ?? "", email: json.text(key, "email") ?? "",
        time: json.time(key, "date") ?? Timestamp(seconds: 0))
    }
    return GitCommit(
      id: id, tree: json.id("treeId") ?? .zero,
      parents: json.list("parents").compactMap { $0.stringValue.flatMap { GitObjectID($0) } },
      author: signature("author"), committer: signature("committer"), message: json.text("comment") ?? "")
  }

  private func version(_ revision: GitRevision) -> [(name: String, value: String)] {
    let (type, version) =
      switch revision {
      case .branch(let name): ("branch", name.value)
      case .commit(let id): ("commit", id.description)
      }
    return [("versionDescriptor.versionType", type), ("versionDescriptor.version", version)]
  }

  /// The entries below a folder, without sizes. The executable bit is not told.
  public func tree(
    at revision: GitRevision, under folder: GitPath?, recursive: Bool, in repository: RepositoryPath
  ) async throws -> [TreeEntry] {
    let json = try await client.json(
      request(
        .get, repository, "/items", "list the files of \(repository) at \(revision)",
        query: [
          ("scopePath", "/" + (folder?.value ?? "")), ("recursionLevel", recursive ? "full" : "oneLevel"),
        ] + version(revision)))
    var result: [TreeEntry] = []
    for item in json.list("value") {
      guard let path = item.text("path")?.drop(while: { $0 == "/" }), !path.isEmpty, path != folder?.value ?? "" else {
        continue
      }
      let kind: TreeEntry.Kind =
        switch item.text("gitObjectType") {
        case "tree": .folder
        case "commit": .submodule
        default: item.flag("isSymLink") == true ? .symbolicLink : .file
        }
      if recursive, kind == .folder { continue }
      try result.add(TreeEntry(path: String(path), kind: kind, id: item.id("objectId")))
    }
    return result.inOrder
  }

  /// What Azure knows of a path; nil when nothing is there.
  func objectID(
    _ path: GitPath, at commit: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) -> GitObjectID? {
    let item = try await item(path.value, at: commit, repository)
    return item?.isTree == true ? nil : item?.id
  }

  private func item(
    _ path: String, at commit: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) -> (id: GitObjectID, isTree: Bool)? {
    do throws(GitHostError) {
      let json = try await client.json(
        request(
          .get, repository, "/items", "look up \(GitHostError.quote(path))",
          query: [("path", "/" + path), ("$format", "json")] + version(.commit(commit))))
      return json.id("objectId").map { ($0, json.text("gitObjectType") == "tree") }
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  /// The names of a folder's executable files; nil when there is no such folder. Items do not tell modes, but trees
  /// do.
  func executables(
    in folder: String, at commit: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) -> Set<String>? {
    guard let found = try await item(folder, at: commit, repository), found.isTree else { return nil }
    let json = try await client.json(
      request(
        .get, repository, "/trees/\(found.id)", "look up the modes in \(GitHostError.quote(folder))",
        query: [("recursive", "false")]))
    let entries = json.list("treeEntries").filter {
      $0.text("mode").flatMap { TreeEntry.Kind(mode: $0) } == .executable
    }
    return Set(entries.compactMap { $0.text("relativePath") })
  }

  /// A file at a revision.
  public func file(
    _ path: GitPath, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> FileContent {
    let commit = try await resolve(revision, in: repository)
    let request = try request(
      .get, repository, "/items", "read \(GitHostError.quote(path.value)) at \(revision)",
      query: [("path", "/" + path.value), ("$format", "octetStream")] + version(.commit(commit)))
    return try await file(path, of: commit, by: request, accept: "application/octet-stream")
  }
}
