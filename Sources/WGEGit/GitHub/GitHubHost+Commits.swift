internal import WGECore

extension GitHubHost: RESTHost {
  func write(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    guard let parent = plan.parent else { return try await writeFirst(plan) }
    let baseTree = try await gitCommit(parent, plan.repository).tree
    let tree = try await writeTree(plan, on: baseTree)
    if tree == baseTree, !plan.request.rebuild || plan.head == nil { return plan.unchanged(parent) }
    let commit = try await writeCommit(plan, tree, parents: [parent])
    do throws(GitHostError) {
      if plan.head == nil {
        try await createReference(plan.request.branch, commit, plan.repository)
      } else {
        try await moveReference(plan, to: commit)
      }
    } catch {
      // The answer was lost, or a repetition met its own success: the branch says whether it happened.
      let isDoubtful = error.isTransient || error.code == .alreadyExists || error.code == .staleHead
      guard isDoubtful, try await head(of: plan.request.branch, in: plan.repository) == commit else { throw error }
    }
    return plan.result(commit)
  }

  /// GitHub moves a branch by force without comparing where it was, so a rebuild compares just before.
  private func moveReference(_ plan: CommitPlan, to commit: GitObjectID) async throws(GitHostError) {
    if plan.request.rebuild, try await head(of: plan.request.branch, in: plan.repository) != plan.head {
      throw GitHostError(
        .staleHead, "the branch \(plan.request.branch) moved meanwhile", remedy: "read again and decide again")
    }
    try await patchReference(plan.request.branch, commit, force: plan.request.rebuild, plan.repository)
  }

  private func patchReference(
    _ branch: BranchName, _ commit: GitObjectID, force: Bool, _ repository: RepositoryPath
  ) async throws(GitHostError) {
    let body = JSON.members([("sha", .string(commit.description)), ("force", .bool(force))])
    _ = try await client.send(
      RESTRequest(
        .patch, base(repository) + "/git/refs/heads/" + branch.value.percentEncodedPath, "move the branch \(branch)",
        body: .json(body), isRepeatable: !force))
  }

  /// The Git data API refuses an empty repository. The contents API makes a first commit, which is then
  /// replaced by the one that was asked for.
  private func writeFirst(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    let puts = plan.request.changes.compactMap { change -> (GitPath, [UInt8])? in
      if case .put(let bytes, _) = change.kind { (change.path, bytes) } else { nil }
    }
    guard puts.count == plan.request.changes.count, let first = puts.first else {
      throw .validation(field: "changes", "the first commit of a repository can only add files")
    }
    let body = JSON.members([
      ("message", .string(plan.message)), ("content", .string(Base64.encode(first.1))),
      ("branch", .string(plan.request.branch.value)),
    ])
    let json = try await client.json(
      RESTRequest(
        .put, base(plan.repository) + "/contents/" + first.0.value.percentEncodedPath, "make the first commit",
        body: .json(body)))
    let needsMore = puts.count > 1 || plan.request.author != nil || plan.request.committer != nil
    if !needsMore, let commit = json.id("commit", "sha") { return plan.result(commit) }
    let tree = try await writeTree(plan, on: nil)
    let commit = try await writeCommit(plan, tree, parents: [])
    try await patchReference(plan.request.branch, commit, force: true, plan.repository)
    return plan.result(commit)
  }

  private func writeCommit(
    _ plan: CommitPlan, _ tree: GitObjectID, parents: [GitObjectID]
  ) async throws(GitHostError) -> GitObjectID {
    func person(_ identity: GitIdentity?) -> JSON? {
      identity.map { .members([("name", .string($0.name)), ("email", .string($0.email))]) }
    }
    let body = JSON.members([
      ("message", .string(plan.message)), ("tree", .string(tree.description)),
      ("parents", .array(parents.map { .string($0.description) })), ("author", person(plan.request.author)),
      ("committer", person(plan.request.committer)),
    ])
    // An object that nothing points at yet: writing it twice harms nobody.
    let json = try await client.json(
      RESTRequest(
        .post, base(plan.repository) + "/git/commits", "write the commit", body: .json(body), isRepeatable: true))
    guard let commit = json.id("sha") else {
      throw GitHostError(.protocolViolation, "GitHub names no commit")
    }
    return commit
  }

  // MARK: - Trees

  private struct Entry {
    var path: GitPath
    var kind: TreeEntry.Kind
    /// Nil: the path is removed.
    var content: Content?
    enum Content { case bytes([UInt8]), object(GitObjectID) }
  }

  private func writeTree(_ plan: CommitPlan, on base: GitObjectID?) async throws(GitHostError) -> GitObjectID {
    var known: [GitPath: FileState]?
    if let parent = plan.parent, plan.request.changes.contains(where: Self.needsLookup) || plan.request.strictDeletes {
      known = try await modes(plan, parent)
    }
    do throws(GitHostError) {
      return try await postTree(entries(plan, known), on: base, plan)
    } catch {
      // GitHub refuses to delete what is not there.
      let deletes = plan.request.changes.contains { $0.kind == .delete }
      guard [.validation, .notFound].contains(error.code), deletes, known == nil, let parent = plan.parent else {
        throw error
      }
      let entries = try entries(plan, try await modes(plan, parent))
      guard let base, !entries.isEmpty else { return base ?? .zero }
      return try await postTree(entries, on: base, plan)
    }
  }

  /// A change that keeps a mode or an object must know it.
  private static func needsLookup(_ change: FileChange) -> Bool {
    switch change.kind {
    case .put(_, let executable): executable == nil
    case .move, .setExecutable: true
    case .delete: false
    }
  }

  private func modes(_ plan: CommitPlan, _ parent: GitObjectID) async throws(GitHostError) -> [GitPath: FileState] {
    let wanted = Set(plan.request.changes.flatMap(\.touchedPaths).map(\.value))
    let entries: [TreeEntry]
    do {
      entries = try await tree(at: .commit(parent), under: nil, recursive: true, in: plan.repository)
    } catch let error as GitHostError {
      throw error
    } catch {
      throw GitHostError(.cancelled, "the commit was cancelled")
    }
    var result: [GitPath: FileState] = [:]
    for entry in entries where wanted.contains(entry.path) && entry.kind.isBlob {
      if let path = try? GitPath(entry.path), let id = entry.id { result[path] = FileState(id: id, kind: entry.kind) }
    }
    return result
  }

  private func entries(_ plan: CommitPlan, _ known: [GitPath: FileState]?) throws(GitHostError) -> [Entry] {
    var result: [Entry] = []
    func existing(_ path: GitPath) throws(GitHostError) -> FileState {
      guard let state = known?[path] else {
        throw GitHostError(.notFound, "there is no file \(GitHostError.quote(path.value))", field: "path")
      }
      return state
    }
    for change in plan.request.changes {
      let path = change.path
      switch change.kind {
      case .put(let bytes, let executable):
        let kind = executable.map { $0 ? TreeEntry.Kind.executable : .file } ?? known?[path]?.kind ?? .file
        result.append(Entry(path: path, kind: kind, content: .bytes(bytes)))
      case .delete:
        if let known, known[path] == nil {
          if plan.request.strictDeletes { _ = try existing(path) }
          continue
        }
        result.append(Entry(path: path, kind: .file, content: nil))
      case .move(let old, let bytes):
        let state = try existing(old)
        result.append(Entry(path: old, kind: .file, content: nil))
        let content = bytes.map { Entry.Content.bytes($0) } ?? .object(state.id)
        result.append(Entry(path: path, kind: state.kind ?? .file, content: content))
      case .setExecutable(let executable):
        let state = try existing(path)
        result.append(Entry(path: path, kind: executable ? .executable : .file, content: .object(state.id)))
      }
    }
    return result
  }

  private func postTree(
    _ entries: [Entry], on base: GitObjectID?, _ plan: CommitPlan
  ) async throws(GitHostError) -> GitObjectID {
    if entries.isEmpty, let base { return base }
    var list: [JSON] = []
    for entry in entries {
      var pairs: [(String, JSON?)] = [
        ("path", .string(entry.path.value)), ("mode", .string(entry.kind.octalMode)), ("type", "blob"),
      ]
      switch entry.content {
      case nil: pairs.append(("sha", .null))
      case .object(let id): pairs.append(("sha", .string(id.description)))
      case .bytes(let bytes):
        // Inline content must be text; large content would make one huge request.
        if bytes.count <= 1 << 20, !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) {
          pairs.append(("content", .string(text)))
        } else {
          pairs.append(("sha", .string(try await blob(bytes, plan).description)))
        }
      }
      list.append(.members(pairs))
    }
    let body = JSON.members([("base_tree", base.map { .string($0.description) }), ("tree", .array(list))])
    let json = try await client.json(
      RESTRequest(
        .post, self.base(plan.repository) + "/git/trees", "write the tree", body: .json(body), isRepeatable: true))
    guard let tree = json.id("sha") else { throw GitHostError(.protocolViolation, "GitHub names no tree") }
    return tree
  }

  private func blob(_ bytes: [UInt8], _ plan: CommitPlan) async throws(GitHostError) -> GitObjectID {
    let body = JSON.members([("content", .string(Base64.encode(bytes))), ("encoding", "base64")])
    let json = try await client.json(
      RESTRequest(
        .post, base(plan.repository) + "/git/blobs", "write a file", body: .json(body), isRepeatable: true))
    guard let id = json.id("sha") else { throw GitHostError(.protocolViolation, "GitHub names no blob") }
    return id
  }
}
