internal import WGECore

extension GitHubHost {
  /// Opens a pull request, then sets its labels and reviewers. When the answer is lost, the one that was
  /// opened is found rather than a second one opened.
  public func createPullRequest(
    _ draft: PullRequestDraft, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let draft = try HostInput.draft(draft)
    let body = JSON.members([
      ("title", .string(draft.title)), ("head", .string(draft.head.value)), ("base", .string(draft.base.value)),
      ("body", .string(draft.body)), ("draft", .bool(draft.isDraft)), ("maintainer_can_modify", true),
    ])
    var pull = try await PullRequestCreation.create(draft, in: repository, of: self) { () throws(GitHostError) in
      let json = try await self.client.json(
        RESTRequest(.post, self.base(repository) + "/pulls", "open a pull request", body: .json(body)))
      return try self.pullRequest(json)
    }
    do {
      try await dress(&pull, draft, in: repository)
    } catch var error as GitHostError {
      error.message = "pull request \(pull.number) was opened, but not as asked for: " + error.message
      error.existingPullRequest = pull
      throw error
    }
    return pull
  }

  /// Gives a new pull request what GitHub does not take with it.
  private func dress(_ pull: inout PullRequest, _ draft: PullRequestDraft, in repository: RepositoryPath) async throws {
    if !draft.labels.isEmpty {
      _ = try await client.send(
        RESTRequest(
          .post, base(repository) + "/issues/\(pull.number)/labels", "label pull request \(pull.number)",
          body: .json(.members([("labels", .array(draft.labels.map { .string($0) }))])), isRepeatable: true))
      pull.labels = draft.labels
    }
    if !draft.reviewers.isEmpty {
      _ = try await client.send(
        RESTRequest(
          .post, base(repository) + "/pulls/\(pull.number)/requested_reviewers",
          "ask for reviews of pull request \(pull.number)",
          body: .json(.members([("reviewers", .array(draft.reviewers.map { .string($0) }))])), isRepeatable: true))
      pull.reviewers = draft.reviewers
    }
  }

  /// Pull requests; with a limit, those that changed last.
  public func listPullRequests(
    _ filter: PullRequestFilter, in repository: RepositoryPath
  ) async throws -> [PullRequest] {
    var query = [("state", filter.state == nil ? "all" : filter.state == .open ? "open" : "closed")]
    if let head = filter.head { query.append(("head", "\(repository.owner):\(head)")) }
    if let base = filter.base { query.append(("base", base.value)) }
    query += [("sort", "updated"), ("direction", "desc"), ("per_page", "100"), ("page", "1")]
    var found = PullRequestListing(filter)
    try await client.elements(
      RESTRequest(
        .get, base(repository) + "/pulls", "list the pull requests of \(repository)",
        query: query.map { (name: $0.0, value: $0.1) })
    ) { json throws(GitHostError) in found.take(try self.pullRequest(json)) }
    return found.pulls
  }

  /// A pull request; GitHub computes its mergeability on demand, which is waited for.
  public func pullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    let request = try RESTRequest(.get, base(repository) + "/pulls/\(number)", "read pull request \(number)")
    for _ in 0..<10 {
      let json = try await client.json(request)
      guard json.text("state") == "open", json["mergeable"] == .null else { return try pullRequest(json) }
      try await client.sleep(client.settings.pollInterval, request)
    }
    return try pullRequest(try await client.json(request))
  }

  /// Changes title, text, labels or draft state; the latter only GitHub's GraphQL API can.
  public func updatePullRequest(
    _ number: Int, _ update: PullRequestUpdate, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let title = try update.title.map { try HostInput.title($0) }
    let text = try update.body.map { try HostInput.body($0, field: "body") }
    let labels = try update.labels.map(HostInput.labels)
    if let isDraft = update.isDraft {
      let pull = try await pullRequest(number, in: repository)
      guard isDraft == pull.isDraft else {
        throw GitHostError(
          .unsupported, "GitHub's REST API cannot change whether pull request \(number) is a draft",
          remedy: "change it on \(pull.webURL)", field: "isDraft")
      }
    }
    if title != nil || text != nil {
      let body = JSON.members([("title", title.map { .string($0) }), ("body", text.map { .string($0) })])
      _ = try await client.send(
        RESTRequest(
          .patch, base(repository) + "/pulls/\(number)", "change pull request \(number)", body: .json(body),
          isRepeatable: true))
    }
    if let labels {
      _ = try await client.send(
        RESTRequest(
          .put, base(repository) + "/issues/\(number)/labels", "label pull request \(number)",
          body: .json(.members([("labels", .array(labels.map { .string($0) }))])), isRepeatable: true))
    }
    return try await pullRequest(number, in: repository)
  }

  /// Merges.
  public func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in repository: RepositoryPath
  ) async throws -> PullRequest {
    guard capabilities.mergeMethods.contains(request.method) else {
      throw GitHostError(.unsupported, "GitHub cannot merge by \(request.method.rawValue)", field: "method")
    }
    let lines = request.message?.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let body = JSON.members([
      ("merge_method", .string(request.method.rawValue)), ("commit_title", lines?.first.map { .string(String($0)) }),
      ("commit_message", lines.map { .string(($0.count > 1 ? String($0[1]) : "").trimmed) }),
      ("sha", request.expectedHead.map { .string($0.description) }),
    ])
    var commit: GitObjectID?
    do throws(GitHostError) {
      let json = try await client.json(
        RESTRequest(
          .put, base(repository) + "/pulls/\(number)/merge", "merge pull request \(number)", body: .json(body),
          isRepeatable: true))
      commit = json.id("sha")
    } catch {
      return try await mergedAfterAll(error, number, in: repository)
    }
    var pull = try await pullRequest(number, in: repository)
    if request.deleteBranch, !pull.isFork {
      try? await deleteBranch(pull.head, expectedHead: pull.headCommit, in: repository)
    }
    pull.state = .merged
    pull.mergeCommit = commit ?? pull.mergeCommit
    pull.mergedAt = pull.mergedAt ?? client.settings.wallClock.now()
    return pull
  }

  /// Closes without merging.
  public func closePullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    let json = try await client.json(
      RESTRequest(
        .patch, base(repository) + "/pulls/\(number)", "close pull request \(number)",
        body: .json(["state": "closed"]), isRepeatable: true))
    return try pullRequest(json)
  }

  /// Adds a comment.
  public func commentPullRequest(_ number: Int, _ body: String, in repository: RepositoryPath) async throws {
    let body = try HostInput.comment(body)
    _ = try await client.send(
      RESTRequest(
        .post, base(repository) + "/issues/\(number)/comments", "comment on pull request \(number)",
        body: .json(["body": .string(body)])))
  }

  private func pullRequest(_ json: JSON) throws(GitHostError) -> PullRequest {
    guard let number = json.integer("number").flatMap({ Int(exactly: $0) }),
      let head = json.text("head", "ref").flatMap({ try? BranchName($0) }),
      let base = json.text("base", "ref").flatMap({ try? BranchName($0) })
    else { throw GitHostError(.protocolViolation, "GitHub's pull request has no number or branches") }
    let mergedAt = json.time("merged_at")
    let state: PullRequest.State = mergedAt != nil ? .merged : json.text("state") == "open" ? .open : .closed
    let created = json.time("created_at") ?? Timestamp(seconds: 0)
    var mergeability = PullRequest.Mergeability.unknown
    if state == .open, let isMergeable = json.flag("mergeable") {
      let reason = json.text("mergeable_state") ?? "unknown"
      if !isMergeable {
        mergeability = reason == "dirty" || reason == "unknown" ? .conflicting(paths: []) : .blocked(reason: reason)
      } else {
        mergeability = ["blocked", "draft"].contains(reason) ? .blocked(reason: reason) : .mergeable
      }
    }
    let source = json.text("head", "repo", "full_name")
    return PullRequest(
      number: number, title: json.text("title") ?? "", body: json.text("body") ?? "", state: state,
      isDraft: json.flag("draft") ?? false, webURL: json.text("html_url") ?? "", head: head, base: base,
      headCommit: json.id("head", "sha"), mergeCommit: state == .merged ? json.id("merge_commit_sha") : nil,
      labels: json.list("labels").compactMap { $0.text("name") },
      reviewers: json.list("requested_reviewers").compactMap { $0.text("login") },
      author: json.text("user", "login") ?? "", mergedBy: json.text("merged_by", "login"),
      // A fork that was deleted is told as null.
      isFork: json["head"]?["repo"] == .null || source != nil && source != json.text("base", "repo", "full_name"),
      createdAt: created,
      updatedAt: json.time("updated_at") ?? created, mergedAt: mergedAt,
      closedAt: state == .closed ? json.time("closed_at") : nil, mergeability: mergeability)
  }
}
