internal import WGECore

extension GitLabHost: RESTHost {
  /// What GitLab knows of a path.
  private struct Known {
    var blob: GitObjectID
    /// Nil: not looked up.
    var lastCommit: String?
    var isExecutable: Bool?
  }

  func write(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    // The server compares what a push moves, also by force; the API does not.
    if push != nil, plan.request.rebuild && plan.head != nil { return try await pushed(plan) }
    guard let known = try await known(plan) else { return try await pushed(plan) }
    let actions = try actions(plan, known)
    if actions.isEmpty, let parent = plan.parent, plan.head == nil || !plan.request.rebuild {
      return plan.unchanged(parent)
    }
    var pairs: [(String, JSON?)] = [
      ("branch", .string(plan.request.branch.value)), ("commit_message", .string(plan.message)),
      ("actions", .array(actions)), ("author_name", plan.request.author.map { .string($0.name) }),
      ("author_email", plan.request.author.map { .string($0.email) }),
    ]
    if let parent = plan.parent, plan.head == nil || plan.request.rebuild {
      pairs.append(("start_sha", .string(parent.description)))
    }
    if plan.request.rebuild, plan.head != nil { pairs.append(("force", true)) }
    // GitLab compares single files, not the branch: a commit on it since the plan is seen here.
    if let head = plan.head, try await self.head(of: plan.request.branch, in: plan.repository) != head {
      throw GitHostError(
        .staleHead, "the branch \(plan.request.branch) moved meanwhile", remedy: "read again and decide again")
    }
    do throws(GitHostError) {
      let json = try await client.json(
        RESTRequest(
          .post, base(plan.repository) + "/repository/commits", "commit to \(plan.request.branch)",
          body: .json(.members(pairs))))
      guard let commit = json.id("id") else { throw GitHostError(.protocolViolation, "GitLab names no commit") }
      var result = plan.result(commit)
      let parents = json.list("parent_ids").compactMap { $0.stringValue.flatMap { GitObjectID($0) } }
      if !parents.isEmpty { result.parents = parents }
      return result
    } catch {
      // The answer was lost: the branch's head says whether it happened.
      if error.isTransient,
        let made = try await madeAfterAll(plan, on: plan.request.branch, from: plan.head, parent: plan.parent)
      {
        return plan.result(made)
      }
      throw error
    }
  }

  private func pushed(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    try await pushed(plan, otherwise: GitHostError(.unsupported, "there is nothing to push from"))
  }

  /// What GitLab knows of the plan's paths, and of those that exist and change their last commits, which it
  /// compares; nil when those are so many that a push is better.
  private func known(_ plan: CommitPlan) async throws(GitHostError) -> [GitPath: Known]? {
    guard let parent = plan.parent else { return [:] }
    let paths = plan.request.changes.flatMap(\.touchedPaths)
    guard let entries = try await entriesByFolder(paths, at: parent, in: plan.repository) else {
      if push != nil, paths.count > GitDefaults.lastChangeLookups { return nil }
      return try await Lookups.each(paths) { try await state(of: $0, at: parent, plan.repository) }
    }
    var known = entries.compactMapValues { entry in
      entry.id.map { Known(blob: $0, lastCommit: nil, isExecutable: entry.kind == .executable) }
    }
    let compared = plan.request.changes.compactMap { change -> GitPath? in
      let path = if case .move(let old, _) = change.kind { old } else { change.path }
      guard let found = known[path] else { return nil }
      switch change.kind {
      case .put(let bytes, _): return found.blob == GitObjectID(ofFile: bytes) ? nil : path
      case .delete, .move: return path
      case .setExecutable: return nil
      }
    }
    if compared.count > GitDefaults.lastChangeLookups { return push == nil ? known : nil }
    let looked = try await Lookups.each(compared) { try await state(of: $0, at: parent, plan.repository) }
    known.merge(looked) { $1 }
    return known
  }

  private func state(
    of path: GitPath, at commit: GitObjectID, _ repository: RepositoryPath
  ) async throws(GitHostError) -> Known? {
    do throws(GitHostError) {
      let answer = try await client.send(
        RESTRequest(
          .head, base(repository) + "/repository/files/" + path.value.percentEncodedSegment,
          "look up \(GitHostError.quote(path.value))", query: [("ref", commit.description)]))
      guard let blob = answer.field("x-gitlab-blob-id").flatMap({ GitObjectID($0) }) else { return nil }
      return Known(
        blob: blob, lastCommit: answer.field("x-gitlab-last-commit-id"),
        isExecutable: answer.field("x-gitlab-execute-filemode").map { $0 == "true" })
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  private func actions(_ plan: CommitPlan, _ known: [GitPath: Known]) throws(GitHostError) -> [JSON] {
    var result: [JSON] = []
    func content(_ bytes: [UInt8]) -> [(String, JSON?)] {
      if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) {
        return [("content", .string(text)), ("encoding", "text")]
      }
      return [("content", .string(Base64.encode(bytes))), ("encoding", "base64")]
    }
    /// GitLab refuses the action when the file changed since.
    func unchanged(_ found: Known) -> (String, JSON?) { ("last_commit_id", found.lastCommit.map { .string($0) }) }
    func chmod(_ path: GitPath, _ executable: Bool) -> JSON {
      ["action": "chmod", "file_path": .string(path.value), "execute_filemode": .bool(executable)]
    }
    for change in plan.request.changes {
      let path = change.path
      let found = known[path]
      switch change.kind {
      case .put(let bytes, let executable):
        if let found {
          if found.blob != GitObjectID(ofFile: bytes) {
            result.append(
              .members(
                [("action", "update"), ("file_path", .string(path.value)), unchanged(found)] + content(bytes)))
          }
        } else {
          result.append(.members([("action", "create"), ("file_path", .string(path.value))] + content(bytes)))
        }
        if let executable, executable != (found?.isExecutable ?? false) { result.append(chmod(path, executable)) }
      case .delete:
        if let found {
          result.append(.members([("action", "delete"), ("file_path", .string(path.value)), unchanged(found)]))
        } else if plan.request.strictDeletes {
          throw .noFile(path)
        }
      case .move(let old, let bytes):
        guard let source = known[old] else { throw .noFile(old) }
        result.append(
          .members(
            [
              ("action", "move"), ("file_path", .string(path.value)), ("previous_path", .string(old.value)),
              unchanged(source),
            ] + (bytes.map(content) ?? [])))
      case .setExecutable(let executable):
        guard let found else { throw .noFile(path) }
        if found.isExecutable != executable { result.append(chmod(path, executable)) }
      }
    }
    return result
  }
}
