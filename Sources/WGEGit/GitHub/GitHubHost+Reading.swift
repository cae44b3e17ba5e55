internal import WGECore

extension GitHubHost {
  /// All branches, ordered by name.
  public func branches(in repository: RepositoryPath, limit: Int) async throws -> [GitBranch] {
    let standard = try await self.repository(repository).defaultBranch
    var result: [GitBranch] = []
    try await client.elements(
      RESTRequest(
        .get, base(repository) + "/branches", "list the branches of \(repository)",
        query: [("per_page", "100"), ("page", "1")])
    ) { json throws(GitHostError) in
      if let name = json.text("name").flatMap({ try? BranchName($0) }), let head = json.id("commit", "sha") {
        result.append(
          GitBranch(name: name, head: head, isDefault: name == standard, isProtected: json.flag("protected") ?? false))
      }
      return result.count < limit
    }
    return Array(result.sorted { $0.name < $1.name }.prefix(max(limit, 0)))
  }

  /// One branch.
  public func branch(_ name: BranchName, in repository: RepositoryPath) async throws -> GitBranch {
    guard let head = try await head(of: name, in: repository) else {
      throw GitHostError.noBranch(name, in: repository)
    }
    return GitBranch(
      name: name, head: head, isDefault: try await self.repository(repository).defaultBranch == name)
  }

  /// Slashes stay; the rest that would end or change the path is escaped.
  private func reference(_ name: BranchName) -> String { "heads/" + name.value.percentEncodedPath }

  func head(of branch: BranchName, in repository: RepositoryPath) async throws(GitHostError) -> GitObjectID? {
    do throws(GitHostError) {
      let json = try await client.json(
        RESTRequest(.get, base(repository) + "/git/ref/" + reference(branch), "read the branch \(branch)"))
      // An array would be the references that only begin with the name.
      return json.text("ref") == branch.reference ? json.id("object", "sha") : nil
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
    try await makeBranch(name, at: commit, in: repository) { () throws(GitHostError) in
      try await createReference(name, commit, repository)
    }
    return GitBranch(name: name, head: commit)
  }

  func createReference(
    _ name: BranchName, _ commit: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) {
    let body = JSON.members([("ref", .string(name.reference)), ("sha", .string(commit.description))])
    _ = try await client.send(
      RESTRequest(.post, base(repository) + "/git/refs", "make the branch \(name)", body: .json(body)))
  }

  /// Deletes a branch. GitHub does not compare its head when it does: a push in the same moment is lost.
  public func deleteBranch(
    _ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath
  ) async throws {
    if try await self.repository(repository).defaultBranch == name {
      throw GitHostError.isDefaultBranch(name, of: repository)
    }
    if let expectedHead {
      try GitBranch(name: name, head: await resolve(.branch(name), in: repository)).require(expectedHead)
    }
    let request = RESTRequest(
      .delete, try base(repository) + "/git/refs/" + reference(name), "delete the branch \(name)", isRepeatable: false)
    try await removeBranch(name, expectedHead: expectedHead, in: repository) { () throws(GitHostError) in
      _ = try await client.send(request)
    }
  }

  /// One commit.
  public func commit(_ id: GitObjectID, in repository: RepositoryPath) async throws -> GitCommit {
    try await gitCommit(id, repository)
  }

  func gitCommit(_ id: GitObjectID, _ repository: RepositoryPath) async throws(GitHostError) -> GitCommit {
    let doing = "read the commit \(id)"
    let json = try await client.json(RESTRequest(.get, base(repository) + "/git/commits/\(id)", doing))
    guard let tree = json.id("tree", "sha") else {
      throw GitHostError(.protocolViolation, "could not \(doing): the answer names no tree")
    }
    func signature(_ key: String) -> GitSignature {
      GitSignature(
        name: json.text(key, "name") ?? "", email: json.text(key, "email") ?? "",
        time: json.time(key, "date") ?? Timestamp(seconds: 0))
    }
    return GitCommit(
      id: id, tree: tree, parents: json.list("parents").compactMap { $0.id("sha") }, author: signature("author"),
      committer: signature("committer"), message: json.text("message") ?? "")
  }

  /// A file at a revision.
  public func file(
    _ path: GitPath, at revision: GitRevision, in repository: RepositoryPath
  ) async throws -> FileContent {
    let commit = try await resolve(revision, in: repository)
    let doing = "read \(GitHostError.quote(path.value)) at \(revision)"
    var request = try RESTRequest(
      .get, base(repository) + "/contents/" + path.value.percentEncodedPath, doing, query: [("ref", commit.description)]
    )
    let json = try await client.json(request)
    guard json.text("type") == "file", let id = json.id("sha") else {
      throw GitHostError.validation(field: "path", "\(GitHostError.quote(path.value)) is not a file")
    }
    if json.text("encoding") == "base64", let bytes = json.text("content").flatMap({ Base64.decode($0) }) {
      return FileContent(path: path, bytes: bytes, id: id, isExecutable: nil, commit: commit)
    }
    // Above 1 MiB the answer holds no content.
    request = try RESTRequest(.get, base(repository) + "/git/blobs/\(id)", doing)
    request.accept = "application/vnd.github.raw+json"
    request.maximumBytes = GitDefaults.maximumReadBytes
    let bytes = try await client.send(request).bytes
    return FileContent(path: path, bytes: bytes, id: id, isExecutable: nil, commit: commit)
  }
}

extension TreeEntry.Kind {
  /// Git's octal mode: `100644`.
  init?(mode: String) {
    switch mode {
    case "100644", "100664": self = .file
    case "100755": self = .executable
    case "120000": self = .symbolicLink
    case "040000", "40000": self = .folder
    case "160000": self = .submodule
    default: return nil
    }
  }

  var octalMode: String {
    switch self {
    case .file: "100644"
    case .executable: "100755"
    case .symbolicLink: "120000"
    case .folder: "040000"
    case .submodule: "160000"
    }
  }
}
