internal import WGECore

extension BitbucketServerHost {
  /// Reads the values of all pages, until `take` has enough.
  func values(_ request: RESTRequest, take: (JSON) throws(GitHostError) -> Bool) async throws(GitHostError) {
    try await client.pages(
      request,
      take: { answer throws(GitHostError) in
        for value in answer.json.list("values") {
          if try !take(value) { return false }
        }
        return answer.json.flag("isLastPage") == false
      },
      next: { answer, request in
        guard let start = answer.json.integer("nextPageStart") else { return nil }
        var next = request
        next.query.removeAll { $0.name == "start" }
        next.query.append(("start", String(start)))
        return next
      })
  }

  private func branch(_ json: JSON) -> GitBranch? {
    guard let name = json.text("displayId").flatMap({ try? BranchName($0) }), let head = json.id("latestCommit") else {
      return nil
    }
    return GitBranch(name: name, head: head, isDefault: json.flag("isDefault") ?? false)
  }

  /// All branches, ordered by name.
  public func branches(in repository: RepositoryPath, limit: Int) async throws -> [GitBranch] {
    var result: [GitBranch] = []
    let request = RESTRequest(
      .get, base(repository) + "/branches", "list the branches of \(repository)",
      query: [("limit", "100"), ("start", "0"), ("orderBy", "ALPHABETICAL")])
    do throws(GitHostError) {
      try await values(request) { json throws(GitHostError) in
        if let branch = branch(json) { result.append(branch) }
        return result.count < limit
      }
    } catch {
      guard error.code == .notFound, try await repositoryIsEmpty(repository) else { throw error }
    }
    return Array(result.sorted { $0.name < $1.name }.prefix(max(limit, 0)))
  }

  private func repositoryIsEmpty(_ repository: RepositoryPath) async throws(GitHostError) -> Bool {
    do {
      return try await self.repository(repository).isEmpty
    } catch let error as GitHostError {
      throw error
    } catch {
      throw GitHostError(.cancelled, "reading \(repository) was cancelled")
    }
  }

  func find(_ name: BranchName, _ repository: RepositoryPath) async throws(GitHostError) -> GitBranch? {
    var found: GitBranch?
    let request = RESTRequest(
      .get, base(repository) + "/branches", "read the branch \(name)",
      query: [("filterText", name.value), ("limit", "100"), ("start", "0")])
    do throws(GitHostError) {
      // The filter finds parts of names too.
      try await values(request) { json throws(GitHostError) in
        if let branch = branch(json), branch.name == name { found = branch }
        return found == nil
      }
    } catch {
      guard error.code == .notFound, try await repositoryIsEmpty(repository) else { throw error }
    }
    return found
  }

  /// One branch.
  public func branch(_ name: BranchName, in repository: RepositoryPath) async throws -> GitBranch {
    guard let found = try await find(name, repository) else {
      throw GitHostError.noBranch(name, in: repository)
    }
    return found
  }

  func head(of branch: BranchName, in repository: RepositoryPath) async throws(GitHostError) -> GitObjectID? {
    try await find(branch, repository)?.head
  }

  /// Makes a branch.
  @discardableResult
  public func createBranch(
    _ name: BranchName, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> GitBranch {
    let commit = try await resolve(revision, in: repository)
    let request = RESTRequest(
      .post, base(repository) + "/branches", "make the branch \(name)",
      body: .json(["name": .string(name.value), "startPoint": .string(commit.description)]))
    try await makeBranch(name, at: commit, in: repository) { () throws(GitHostError) in
      _ = try await client.send(request)
    }
    return GitBranch(name: name, head: commit)
  }

  /// Deletes a branch; the server compares its head.
  public func deleteBranch(
    _ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath
  ) async throws {
    if try await defaultBranch(repository) == name {
      throw GitHostError.isDefaultBranch(name, of: repository)
    }
    if let expectedHead {
      try await branch(name, in: repository).require(expectedHead)
    } else if try await find(name, repository) == nil {
      throw GitHostError.noBranch(name, in: repository)
    }
    let body = JSON.members([
      ("name", .string(name.reference)), ("endPoint", expectedHead.map { .string($0.description) }), ("dryRun", false),
    ])
    let request = RESTRequest(
      .delete, "/rest/branch-utils/1.0" + place(repository) + "/branches", "delete the branch \(name)",
      body: .json(body), isRepeatable: false)
    try await removeBranch(name, expectedHead: expectedHead, in: repository) { () throws(GitHostError) in
      _ = try await client.send(request)
    }
  }

  /// One commit; the server does not tell its tree.
  public func commit(_ id: GitObjectID, in repository: RepositoryPath) async throws -> GitCommit {
    let json = try await client.json(RESTRequest(.get, base(repository) + "/commits/\(id)", "read the commit \(id)"))
    func signature(_ key: String) -> GitSignature {
      GitSignature(
        name: json.text(key, "name") ?? "", email: json.text(key, "emailAddress") ?? "",
        time: json.milliseconds(key + "Timestamp") ?? Timestamp(seconds: 0))
    }
    return GitCommit(
      id: id, tree: .zero, parents: json.list("parents").compactMap { $0.id("id") }, author: signature("author"),
      committer: signature("committer"), message: json.text("message") ?? "")
  }

  private func at(_ revision: GitRevision) -> (name: String, value: String) {
    switch revision {
    case .branch(let name): ("at", name.reference)
    case .commit(let id): ("at", id.description)
    }
  }

  /// The entries below a folder. A recursive listing knows neither ids nor modes: all are files.
  public func tree(
    at revision: GitRevision, under folder: GitPath?, recursive: Bool, in repository: RepositoryPath
  ) async throws -> [TreeEntry] {
    let prefix = folder.map { $0.value + "/" } ?? ""
    let tail = folder.map { "/" + $0.value.percentEncodedPath } ?? ""
    var result: [TreeEntry] = []
    if recursive {
      try await values(
        RESTRequest(
          .get, base(repository) + "/files" + tail, "list the files of \(repository) at \(revision)",
          query: [at(revision), ("limit", "1000"), ("start", "0")])
      ) { json throws(GitHostError) in
        if let path = json.stringValue { try result.add(TreeEntry(path: prefix + path, kind: .file)) }
        return true
      }
      return result.inOrder
    }
    var start: Int64 = 0
    for _ in 0..<GitDefaults.maximumPages {
      let page = try await client.json(
        RESTRequest(
          .get, base(repository) + "/browse" + tail, "list the folder \(prefix) of \(repository) at \(revision)",
          query: [at(revision), ("limit", "1000"), ("start", String(start))]))
      guard let children = page["children"] else {
        throw GitHostError(.notFound, "there is no folder \(GitHostError.quote(prefix)) at \(revision)", field: "path")
      }
      for json in children.list("values") {
        guard let name = json.text("path", "toString") else { continue }
        let kind: TreeEntry.Kind =
          switch json.text("type") {
          case "DIRECTORY": .folder
          case "SUBMODULE": .submodule
          default: .file
          }
        result.append(
          TreeEntry(path: prefix + name, kind: kind, id: json.id("contentId"), size: json.integer("size")))
      }
      guard children.flag("isLastPage") == false, let next = children.integer("nextPageStart"), next > start else {
        break
      }
      start = next
    }
    return result.inOrder
  }

  /// A file at a revision.
  public func file(
    _ path: GitPath, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> FileContent {
    let commit = try await resolve(revision, in: repository)
    let request = RESTRequest(
      .get, base(repository) + "/raw/" + path.value.percentEncodedPath,
      "read \(GitHostError.quote(path.value)) at \(revision)", query: [("at", commit.description)])
    return try await file(path, of: commit, by: request, accept: "*/*")
  }
}

extension JSON {
  /// Milliseconds since 1970.
  func milliseconds(_ path: String...) -> Timestamp? {
    value(at: path)?.intValue.map { Timestamp(seconds: $0 / 1000, nanoseconds: $0 % 1000 * 1_000_000) }
  }
}
