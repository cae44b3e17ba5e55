internal import WGECore

extension BitbucketServerHost: RESTHost {
  func write(_ plan: CommitPlan) async throws(GitHostError) -> CommitResult {
    // The API's edit compares the file with the plan's head, not the branch; it keeps the mode and knows the
    // credential's owner only.
    if let head = plan.head, !plan.request.rebuild, !plan.request.isForExactHead, plan.request.changes.count == 1,
      let change = plan.request.changes.first, case .put(let bytes, nil) = change.kind,
      plan.request.author == nil, plan.request.committer == nil,
      let result = try await edit(change.path, bytes, plan, head)
    {
      return result
    }
    return try await pushed(plan, otherwise: GitHostError(.unsupported, "there is nothing to push from"))
  }

  /// Changes one existing file; nil when there is none, whose first commit a push makes as well.
  private func edit(
    _ path: GitPath, _ bytes: [UInt8], _ plan: CommitPlan, _ head: GitObjectID
  ) async throws(GitHostError) -> CommitResult? {
    let old: FileContent
    do {
      old = try await file(path, at: .commit(head), in: plan.repository)
    } catch let error as GitHostError {
      if error.code == .notFound { return nil }
      throw error
    } catch {
      throw GitHostError(.cancelled, "the commit was cancelled")
    }
    if old.bytes == bytes { return plan.unchanged(head) }
    let parts = [
      RESTRequest.Part(name: "content", bytes: bytes),
      RESTRequest.Part(name: "message", bytes: Array(plan.message.utf8)),
      RESTRequest.Part(name: "branch", bytes: Array(plan.request.branch.value.utf8)),
      RESTRequest.Part(name: "sourceCommitId", bytes: Array(head.description.utf8)),
    ]
    let json: JSON
    do throws(GitHostError) {
      json = try await client.json(
        RESTRequest(
          .put, base(plan.repository) + "/browse/" + path.value.percentEncodedPath,
          "commit \(GitHostError.quote(path.value))", body: .multipart(parts)))
    } catch {
      // The answer was lost: the branch's head says whether it happened.
      if error.isTransient,
        let made = try await madeAfterAll(plan, on: plan.request.branch, from: head, parent: head)
      {
        return plan.result(made)
      }
      throw error
    }
    guard let commit = json.id("id") else { throw GitHostError(.protocolViolation, "Bitbucket names no commit") }
    var result = plan.result(commit)
    let parents = json.list("parents").compactMap { $0.id("id") }
    if !parents.isEmpty { result.parents = parents }
    return result
  }
}
