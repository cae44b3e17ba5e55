internal import WGECore

extension GitHubHost: RESTHost {
  func write(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    guard let parent = plan.parent else { return try await writeFirst(plan) }
    // The server compares what a push moves, also by force; the API does not.
    if plan.request.rebuild, plan.head != nil, push != nil {
      return try await pushed(plan, otherwise: GitHostError(.unsupported, "there is nothing to push from"))
    }
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
    let begun: GitObjectID?
    do throws(GitHostError) {
      begun = try await client.json(
        RESTRequest(
          .put, base(plan.repository) + "/contents/" + first.0.value.percentEncodedPath, "make the first commit",
          body: .json(body))
      ).id("commit", "sha")
    } catch {
      guard error.isTransient,
        let made = try await madeAfterAll(plan, on: plan.request.branch, from: nil, parent: nil)
      else { throw error }
      begun = made
    }
    let isExecutable = plan.request.changes.contains { $0.kind == .put(first.1, executable: true) }
    let needsMore = puts.count > 1 || isExecutable || plan.request.author != nil || plan.request.committer != nil
    if !needsMore, let begun { return plan.result(begun) }
    do throws(GitHostError) {
      let tree = try await writeTree(plan, on: nil)
      let commit = try await writeCommit(plan, tree, parents: [])
      try await patchReference(plan.request.branch, commit, force: true, plan.repository)
      return plan.result(commit)
    } catch {
      var error = error
      error.message += "; the branch \(plan.request.branch) was begun with \(GitHostError.quote(first.0.value)) alone"
      throw error
    }
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

  /// What stands where the plan's changes go.
  private struct Standing {
    var entries: [String: TreeEntry]

    func file(_ path: GitPath) -> TreeEntry? { entries[path.value] }

    func required(_ path: GitPath) throws(GitHostError) -> (id: GitObjectID, kind: TreeEntry.Kind) {
      guard let entry = file(path), let id = entry.id else {
        throw .noFile(path)
      }
      return (id, entry.kind)
    }

    /// GitHub would drop a folder and all below it for a file in its place, and a file for a folder.
    func check(_ changes: [FileChange]) throws(GitHostError) {
      for path in changes.flatMap(\.touchedPaths) {
        guard let entry = entries[path.value], !entry.kind.isBlob else { continue }
        throw .isNoFile(path, but: entry.kind)
      }
      for change in changes where change.kind != .delete {
        for folder in change.path.ancestors {
          guard let entry = entries[folder], entry.kind != .folder else { continue }
          throw .isBelow(change.path, folder, which: entry.kind)
        }
      }
    }
  }

  private func writeTree(_ plan: CommitPlan, on base: GitObjectID?) async throws(GitHostError) -> GitObjectID {
    let mustLook = plan.request.changes.contains(where: Self.needsLookup) || plan.request.strictDeletes
    let standing = mustLook ? try await standing(plan, on: base) : nil
    do throws(GitHostError) {
      return try await postTree(entries(plan, standing), on: base, plan)
    } catch {
      // GitHub refuses to delete what is not there.
      let deletes = plan.request.changes.contains { $0.kind == .delete }
      guard [.validation, .notFound].contains(error.code), deletes, standing == nil, base != nil else { throw error }
      let entries = try entries(plan, try await self.standing(plan, on: base))
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

  private func standing(_ plan: CommitPlan, on base: GitObjectID?) async throws(GitHostError) -> Standing {
    guard let base else { return Standing(entries: [:]) }
    let paths = plan.request.changes.flatMap(\.touchedPaths)
    let standing = Standing(entries: try await entries(at: paths, in: base, plan.repository))
    try standing.check(plan.request.changes)
    return standing
  }

  private func entries(_ plan: CommitPlan, _ standing: Standing?) throws(GitHostError) -> [Entry] {
    var result: [Entry] = []
    let known = standing ?? Standing(entries: [:])
    for change in plan.request.changes {
      let path = change.path
      switch change.kind {
      case .put(let bytes, let executable):
        let kind = executable.map { $0 ? TreeEntry.Kind.executable : .file } ?? known.file(path)?.kind ?? .file
        result.append(Entry(path: path, kind: kind, content: .bytes(bytes)))
      case .delete:
        if standing != nil, known.file(path) == nil {
          if plan.request.strictDeletes { _ = try known.required(path) }
          continue
        }
        result.append(Entry(path: path, kind: .file, content: nil))
      case .move(let old, let bytes):
        let source = try known.required(old)
        if known.file(path) != nil {
          throw .isThere(path)
        }
        result.append(Entry(path: old, kind: .file, content: nil))
        let content = bytes.map { Entry.Content.bytes($0) } ?? .object(source.id)
        result.append(Entry(path: path, kind: source.kind, content: content))
      case .setExecutable(let executable):
        let file = try known.required(path)
        if file.kind == .symbolicLink {
          throw .isLink(path)
        }
        result.append(Entry(path: path, kind: executable ? .executable : .file, content: .object(file.id)))
      }
    }
    return result
  }

  private func postTree(
    _ entries: [Entry], on base: GitObjectID?, _ plan: CommitPlan
  ) async throws(GitHostError) -> GitObjectID {
    if entries.isEmpty, let base { return base }
    var list: [JSON] = []
    let blobs = try await blobs(entries, plan)
    for (index, entry) in entries.enumerated() {
      var pairs: [(String, JSON?)] = [
        ("path", .string(entry.path.value)), ("mode", .string(entry.kind.octalMode)), ("type", "blob"),
      ]
      switch entry.content {
      case nil: pairs.append(("sha", .null))
      case .object(let id): pairs.append(("sha", .string(id.description)))
      case .bytes(let bytes):
        if let id = blobs[index] {
          pairs.append(("sha", .string(id.description)))
        } else {
          pairs.append(("content", .string(String(decoding: bytes, as: UTF8.self))))
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

  /// The contents that have to be sent apart, by their entry's place: inline content must be text, and large
  /// content would make one huge request.
  private func blobs(_ entries: [Entry], _ plan: CommitPlan) async throws(GitHostError) -> [Int: GitObjectID] {
    let apart = entries.indices.filter { index in
      guard case .bytes(let bytes)? = entries[index].content else { return false }
      return bytes.count > 1 << 20 || bytes.contains(0) || String(validating: bytes, as: UTF8.self) == nil
    }
    return try await Lookups.each(apart) { index in
      guard case .bytes(let bytes)? = entries[index].content else { return nil }
      return try await blob(bytes, plan)
    }
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
