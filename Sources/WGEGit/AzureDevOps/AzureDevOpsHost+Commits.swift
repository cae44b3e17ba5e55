internal import WGECore

extension AzureDevOpsHost: RESTHost {
  func write(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    guard try await keepsModes(plan) else { return try await pushed(plan, otherwise: Self.noModes) }
    let changes = try await self.changes(plan)
    if changes.isEmpty, let parent = plan.parent, !plan.request.rebuild || plan.head == nil {
      return plan.unchanged(parent)
    }
    if plan.request.rebuild, let head = plan.head { return try await rebuild(plan, head, changes) }
    guard let parent = plan.parent else {
      return plan.result(try await push(plan, changes, to: plan.request.branch, from: .zero))
    }
    if plan.head != nil { return plan.result(try await push(plan, changes, to: plan.request.branch, from: parent)) }
    let isSurelyOurs = try await makeReference(for: plan, at: parent)
    do throws(GitHostError) {
      return plan.result(try await push(plan, changes, to: plan.request.branch, from: parent))
    } catch {
      // The branch was made for this commit alone.
      if isSurelyOurs { await remove(plan.request.branch, at: parent, plan.repository) }
      throw error
    }
  }

  /// Makes the branch of a plan. A named request goes on with one that stands at the base already: an earlier go
  /// that ended between the branch and its commit leaves that, and nobody's commits are in it.
  private func makeReference(for plan: CommitPlan, at parent: GitObjectID) async throws(GitHostError) -> Bool {
    let branch = plan.request.branch
    do throws(GitHostError) {
      return try await makeReference(branch, at: parent, plan.repository)
    } catch {
      guard error.code == .alreadyExists, plan.request.requestID != nil,
        try await head(of: branch, in: plan.repository) == parent
      else { throw error }
      return false
    }
  }

  /// Makes a branch; after a lost answer its head says whether that happened.
  /// - Returns: whether it was this that made it, and not somebody else in the same moment.
  private func makeReference(
    _ name: BranchName, at commit: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) -> Bool {
    do throws(GitHostError) {
      try await moveReference(name, from: .zero, to: commit, repository)
      return true
    } catch {
      guard error.isTransient, try await head(of: name, in: repository) == commit else { throw error }
      return false
    }
  }

  /// Removes a branch that was made here, also when the task was cancelled; not when somebody moved it on.
  private func remove(_ name: BranchName, at commit: GitObjectID, _ repository: RepositoryPath) async {
    await Task { try? await moveReference(name, from: commit, to: .zero, repository) }.value
  }

  /// The commit is made on a branch of its own; then the real one moves to it, compared by Azure.
  private func rebuild(
    _ plan: CommitPlan, _ head: GitObjectID, _ changes: [JSON]
  ) async throws(GitHostError) -> CommitResult {
    guard let parent = plan.parent else { throw .validation(field: "base", "a branch is only rebuilt on a base") }
    let scratch = try BranchName("wge/rebuild-\(String(UInt64.random(in: 0 ... .max), radix: 36))")
    var tip = parent
    do throws(GitHostError) {
      _ = try await makeReference(scratch, at: parent, plan.repository)
      if !changes.isEmpty { tip = try await push(plan, changes, to: scratch, from: parent) }
      try await moveReference(plan.request.branch, from: head, to: tip, plan.repository)
    } catch {
      await remove(scratch, at: tip, plan.repository)
      throw error
    }
    await remove(scratch, at: tip, plan.repository)
    var result = plan.result(tip)
    if tip == parent {
      // Azure makes no commit without changes: the branch is at the base itself.
      do {
        result.parents = try await commit(parent, in: plan.repository).parents
      } catch {
        throw error as? GitHostError ?? GitHostError(.cancelled, "the commit was cancelled")
      }
    }
    return result
  }

  private func push(
    _ plan: CommitPlan, _ changes: [JSON], to branch: BranchName, from old: GitObjectID
  ) async throws(GitHostError) -> GitObjectID {
    func person(_ identity: GitIdentity?) -> JSON? {
      identity.map { ["name": .string($0.name), "email": .string($0.email)] }
    }
    let commit = JSON.members([
      ("comment", .string(plan.message)), ("changes", .array(changes)), ("author", person(plan.request.author)),
      ("committer", person(plan.request.committer)),
    ])
    let body: JSON = [
      "refUpdates": [["name": .string(branch.reference), "oldObjectId": .string(old.description)]],
      "commits": [commit],
    ]
    do throws(GitHostError) {
      let json = try await client.json(
        request(.post, plan.repository, "/pushes", "commit to \(branch)", body: .json(body)))
      guard let id = json.list("commits").first?.id("commitId") ?? json.list("refUpdates").first?.id("newObjectId")
      else { throw GitHostError(.protocolViolation, "Azure DevOps names no commit") }
      return id
    } catch {
      // The answer was lost: the branch's head says whether it happened.
      let before = old == .zero ? nil : old
      if error.isTransient, let made = try await madeAfterAll(plan, on: branch, from: before, parent: before) {
        return made
      }
      throw error
    }
  }

  /// Where pushes go; the address that Azure names may be an old one of the organisation.
  func pushedCommit(_ plan: CommitPlan) async throws -> PushedCommit {
    let repository = plan.repository
    let url = "\(client.root)/\(repository.owner.percentEncodedPath)/_git/\(repository.name.percentEncodedSegment)"
    let author: GitIdentity
    if let named = plan.request.author { author = named } else { author = try await currentUser().identity }
    return PushedCommit(cloneURL: url, plan: plan, author: author)
  }

  /// The API keeps the mode of a file that is there, and makes plain ones: whether that is what is asked for.
  private func keepsModes(_ plan: CommitPlan) async throws(GitHostError) -> Bool {
    var named: [GitPath: Bool] = [:]
    for change in plan.request.changes {
      switch change.kind {
      case .put(_, let executable): named[change.path] = executable
      case .setExecutable(let executable): named[change.path] = executable
      case .delete, .move: break
      }
    }
    guard let parent = plan.parent else { return !named.values.contains(true) }
    let repository = plan.repository
    let folders = Set(named.keys.map { $0.ancestors.last ?? "" })
    let found = try await Lookups.each(Array(folders)) { try await executables(in: $0, at: parent, repository) }
    return named.allSatisfy { path, wanted in
      (found[path.ancestors.last ?? ""]?.contains(path.name) ?? false) == wanted
    }
  }

  private func changes(_ plan: CommitPlan) async throws(GitHostError) -> [JSON] {
    var known: [GitPath: GitObjectID] = [:]
    if let parent = plan.parent {
      let repository = plan.repository
      let paths = plan.request.changes.flatMap(\.touchedPaths)
      if let entries = try await entriesByFolder(paths, at: parent, in: repository) {
        known = entries.compactMapValues(\.id)
      } else {
        known = try await Lookups.each(paths) { try await objectID($0, at: parent, repository) }
      }
    }
    func item(_ path: GitPath) -> JSON { ["path": .string("/" + path.value)] }
    func content(_ bytes: [UInt8]) -> JSON {
      if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) {
        return ["content": .string(text), "contentType": "rawtext"]
      }
      return ["content": .string(Base64.encode(bytes)), "contentType": "base64encoded"]
    }
    var result: [JSON] = []
    for change in plan.request.changes {
      let path = change.path
      switch change.kind {
      case .put(let bytes, _):
        if known[path] == GitObjectID(ofFile: bytes) { continue }
        result.append(
          ["changeType": known[path] == nil ? "add" : "edit", "item": item(path), "newContent": content(bytes)])
      case .delete:
        if known[path] != nil {
          result.append(["changeType": "delete", "item": item(path)])
        } else if plan.request.strictDeletes {
          throw .noFile(path)
        }
      case .move(let old, let bytes):
        guard known[old] != nil else { throw .noFile(old) }
        result.append(
          .members([
            ("changeType", bytes == nil ? "rename" : "edit, rename"), ("sourceServerItem", .string("/" + old.value)),
            ("item", item(path)), ("newContent", bytes.map(content)),
          ]))
      // It has that mode already.
      case .setExecutable: if known[path] == nil { throw .noFile(path) }
      }
    }
    return result
  }

  private static let noModes = GitHostError(
    .unsupported, "Azure DevOps' API cannot set the executable bit",
    remedy: "give the host mirrors, so that the commit can be pushed")
}
