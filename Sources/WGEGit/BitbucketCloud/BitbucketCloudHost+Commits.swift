internal import WGECore

extension BitbucketCloudHost: RESTHost {
  /// The API keeps the mode of a file that is there, and makes plain ones: whether that is what is asked for.
  private func isPlain(_ plan: CommitPlan) async throws(GitHostError) -> Bool {
    if plan.request.rebuild, plan.head != nil { return false }
    var named: [GitPath: Bool] = [:]
    for change in plan.request.changes {
      switch change.kind {
      case .put(_, let executable): named[change.path] = executable
      case .delete: break
      case .move, .setExecutable: return false
      }
    }
    guard let parent = plan.parent else { return !named.values.contains(true) }
    let repository = plan.repository
    let paths = Array(named.keys)
    let modes: [GitPath: Bool]
    if let entries = try await entriesByFolder(paths, at: parent, in: repository) {
      modes = entries.mapValues { $0.kind == .executable }
    } else {
      modes = try await Lookups.each(paths) { try await isExecutable($0, at: parent, repository) }
    }
    return named.allSatisfy { modes[$0.key] ?? false == $0.value }
  }

  /// Nil when there is no such file.
  private func isExecutable(
    _ path: GitPath, at commit: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) -> Bool? {
    do throws(GitHostError) {
      let meta = try await client.json(
        RESTRequest(
          .get, base(repository) + "/src/\(commit)/" + path.value.percentEncodedPath,
          "look up \(GitHostError.quote(path.value))", query: [("format", "meta")]))
      return meta.list("attributes").contains { $0.stringValue == "executable" }
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  func write(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    guard try await isPlain(plan) else { return try await pushed(plan) }
    let branch = plan.request.branch
    // The API would add to a branch that appeared meanwhile.
    if plan.head == nil, try await head(of: branch, in: plan.repository) != nil {
      throw GitHostError(.alreadyExists, "the branch \(GitHostError.quote(branch.value)) exists already")
    }
    let changes = try await effective(plan)
    if changes.isEmpty, let parent = plan.parent { return plan.unchanged(parent) }
    var parts: [RESTRequest.Part] = []
    func field(_ name: String, _ value: String) {
      parts.append(RESTRequest.Part(name: name, bytes: Array(value.utf8)))
    }
    field("message", plan.message)
    if let author = plan.request.author { field("author", author.description) }
    field("branch", branch.value)
    if let parent = plan.parent { field("parents", parent.description) }
    for change in changes {
      if case .put(let bytes, _) = change.kind {
        parts.append(RESTRequest.Part(name: "/" + change.path.value, bytes: bytes, filename: change.path.name))
      } else {
        field("files", "/" + change.path.value)
      }
    }
    do throws(GitHostError) {
      let answer = try await client.send(
        RESTRequest(.post, base(plan.repository) + "/src", "commit to \(branch)", body: .multipart(parts)))
      guard let hash = answer.field("location")?.split(separator: "/").last, let commit = GitObjectID(hash) else {
        guard let head = try await head(of: branch, in: plan.repository), head != plan.head else {
          throw GitHostError(.protocolViolation, "Bitbucket names no commit")
        }
        return plan.result(head)
      }
      return plan.result(commit)
    } catch {
      // The answer was lost: the branch's head says whether it happened.
      if error.isTransient,
        let made = try await madeAfterAll(plan, on: branch, from: plan.head, parent: plan.parent)
      {
        return plan.result(made)
      }
      throw error
    }
  }

  private func pushed(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    try await pushed(
      plan,
      otherwise: GitHostError(
        .unsupported, "Bitbucket's API cannot move a branch back, rename files or set modes",
        remedy: "give the host mirrors, so that the commit can be pushed"))
  }

  /// The changes without those that change nothing.
  private func effective(_ plan: CommitPlan) async throws(GitHostError) -> [FileChange] {
    guard let parent = plan.parent else { return plan.request.changes.filter { $0.kind != .delete } }
    let known = try await FileStates.load(
      plan.request.changes.map(\.path), at: parent, in: plan.repository, of: self)
    var result: [FileChange] = []
    for change in plan.request.changes {
      if case .put(let bytes, _) = change.kind {
        if known[change.path]?.id != GitObjectID(ofFile: bytes) { result.append(change) }
      } else if known[change.path] != nil {
        result.append(change)
      } else if plan.request.strictDeletes {
        throw GitHostError.noFile(change.path)
      }
    }
    return result
  }
}
