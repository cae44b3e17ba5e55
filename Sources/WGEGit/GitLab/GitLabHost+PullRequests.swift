internal import WGECore

extension GitLabHost {
  private func path(_ number: Int, _ repository: RepositoryPath) -> String {
    base(repository) + "/merge_requests/\(number)"
  }

  /// Opens a merge request.
  public func createPullRequest(
    _ draft: PullRequestDraft, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let draft = try HostInput.draft(draft)
    var pairs: [(String, JSON?)] = [
      ("source_branch", .string(draft.head.value)), ("target_branch", .string(draft.base.value)),
      ("title", .string((draft.isDraft ? "Draft: " : "") + draft.title)), ("description", .string(draft.body)),
      ("labels", draft.labels.isEmpty ? nil : .string(draft.labels.joined(separator: ","))),
      ("remove_source_branch", true),
    ]
    if !draft.reviewers.isEmpty {
      pairs.append(("reviewer_ids", .array(try await userIDs(draft.reviewers))))
    }
    let body = JSON.members(pairs)
    return try await PullRequestCreation.create(draft, in: repository, of: self) { () throws(GitHostError) in
      // GitLab opens merge requests that change nothing.
      let changes = try await self.differs(draft, repository)
      if !changes {
        throw GitHostError(.noChanges, "\(draft.head) has no commit that \(draft.base) lacks")
      }
      return try self.pullRequest(
        try await self.client.json(
          RESTRequest(
            .post, self.base(repository) + "/merge_requests", "open a merge request", body: .json(body))))
    }
  }

  private func differs(_ draft: PullRequestDraft, _ repository: RepositoryPath) async throws(GitHostError) -> Bool {
    do throws(GitHostError) {
      let json = try await client.json(
        RESTRequest(
          .get, base(repository) + "/repository/compare", "compare \(draft.base) with \(draft.head)",
          query: [("from", draft.base.value), ("to", draft.head.value)]))
      return !(json["commits"]?.arrayValue?.isEmpty ?? false)
    } catch {
      // Whatever is wrong, opening says it better.
      if error.code == .notFound { return true }
      throw error
    }
  }

  private func userIDs(_ logins: [String]) async throws(GitHostError) -> [JSON] {
    var result: [JSON] = []
    for login in logins {
      let json = try await client.json(
        RESTRequest(.get, "/api/v4/users", "find the user \(GitHostError.quote(login))", query: [("username", login)]))
      guard let id = json[0]?["id"] else {
        throw .validation(field: "reviewers", "there is no user \(GitHostError.quote(login))")
      }
      result.append(id)
    }
    return result
  }

  /// Merge requests; with a limit, those that changed last.
  public func listPullRequests(
    _ filter: PullRequestFilter, in repository: RepositoryPath
  ) async throws -> [PullRequest] {
    let state =
      switch filter.state {
      case nil: "all"
      case .open: "opened"
      case .closed: "closed"
      case .merged: "merged"
      }
    var query = [(name: "state", value: state)]
    if let head = filter.head { query.append(("source_branch", head.value)) }
    if let base = filter.base { query.append(("target_branch", base.value)) }
    if !filter.labels.isEmpty { query.append(("labels", filter.labels.sorted().joined(separator: ","))) }
    query += [("order_by", "updated_at"), ("sort", "desc"), ("per_page", "100"), ("page", "1")]
    var found = PullRequestListing(filter)
    try await client.elements(
      RESTRequest(
        .get, base(repository) + "/merge_requests", "list the merge requests of \(repository)", query: query)
    ) { json throws(GitHostError) in found.take(try self.pullRequest(json)) }
    return found.pulls
  }

  private static let computing: Set<String> = ["checking", "preparing", "unchecked", "approvals_syncing"]

  /// A merge request; GitLab computes its mergeability in the background, which is waited for.
  public func pullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    let request = RESTRequest(.get, path(number, repository), "read merge request \(number)")
    for _ in 0..<GitDefaults.pollAttempts {
      let json = try await client.json(request)
      guard json.text("state") == "opened", Self.computing.contains(json.text("detailed_merge_status") ?? "") else {
        return try pullRequest(json)
      }
      try await client.sleep(client.settings.pollInterval, request)
    }
    return try pullRequest(try await client.json(request))
  }

  /// Changes title, text, labels or draft state.
  public func updatePullRequest(
    _ number: Int, _ update: PullRequestUpdate, in repository: RepositoryPath
  ) async throws -> PullRequest {
    var title = try update.title.map { try HostInput.title($0) }
    let text = try update.body.map { try HostInput.body($0, field: "body") }
    let labels = try update.labels.map(HostInput.labels)
    // A draft is one whose title says so.
    if update.isDraft != nil || title != nil {
      let now = try await client.json(RESTRequest(.get, path(number, repository), "read merge request \(number)"))
      let isDraft = update.isDraft ?? now.flag("draft") ?? false
      title = (isDraft ? "Draft: " : "") + (title ?? Self.plainTitle(now.text("title") ?? ""))
    }
    let body = JSON.members([
      ("title", title.map { .string($0) }), ("description", text.map { .string($0) }),
      ("labels", labels.map { .string($0.joined(separator: ",")) }),
    ])
    return try pullRequest(
      try await client.json(
        RESTRequest(
          .put, path(number, repository), "change merge request \(number)", body: .json(body), isRepeatable: true)))
  }

  /// Merges; one whose mergeability is not computed yet is waited for.
  public func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in repository: RepositoryPath
  ) async throws -> PullRequest {
    guard capabilities.mergeMethods.contains(request.method) else {
      throw GitHostError(.unsupported, "GitLab cannot merge by \(request.method.rawValue)", field: "method")
    }
    let key = request.method == .squash ? "squash_commit_message" : "merge_commit_message"
    let body = JSON.members([
      ("squash", .bool(request.method == .squash)), (key, request.message.map { .string($0) }),
      ("sha", request.expectedHead.map { .string($0.description) }),
      ("should_remove_source_branch", .bool(request.deleteBranch)),
    ])
    for attempt in 0... {
      do throws(GitHostError) {
        return try pullRequest(
          try await client.json(
            RESTRequest(
              .put, path(number, repository) + "/merge", "merge merge request \(number)", body: .json(body),
              isRepeatable: true)))
      } catch {
        let now = try await afterMerge(error, number, in: repository)
        if now.state == .merged { return now }
        // It was not computed when we asked, and is now.
        if attempt == 0, now.mergeability == .mergeable { continue }
        throw error.explained(by: now)
      }
    }
    throw GitHostError(.unavailable, "could not merge merge request \(number)")
  }

  /// Closes without merging.
  public func closePullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    do throws(GitHostError) {
      return try pullRequest(
        try await client.json(
          RESTRequest(
            .put, path(number, repository), "close merge request \(number)", body: .json(["state_event": "close"]),
            isRepeatable: true)))
    } catch {
      // Closing a closed one is refused by some versions.
      if error.code == .validation, let now = try? await pullRequest(number, in: repository), now.state == .closed {
        return now
      }
      throw error
    }
  }

  /// Adds a comment.
  public func commentPullRequest(_ number: Int, _ body: String, in repository: RepositoryPath) async throws {
    let body = try HostInput.comment(body)
    _ = try await client.send(
      RESTRequest(
        .post, path(number, repository) + "/notes", "comment on merge request \(number)",
        body: .json(["body": .string(body)])))
  }

  private static func plainTitle(_ title: String) -> String {
    title.hasPrefix("Draft: ") ? String(title.dropFirst(7)) : title
  }

  private func pullRequest(_ json: JSON) throws(GitHostError) -> PullRequest {
    guard let number = json.integer("iid").flatMap({ Int(exactly: $0) }),
      let head = json.text("source_branch").flatMap({ try? BranchName($0) }),
      let base = json.text("target_branch").flatMap({ try? BranchName($0) })
    else { throw GitHostError(.protocolViolation, "GitLab's merge request has no number or branches") }
    let state: PullRequest.State =
      switch json.text("state") {
      case "merged": .merged
      case "closed": .closed
      // "locked" is a merge in progress.
      default: .open
      }
    var mergeability = PullRequest.Mergeability.unknown
    if state == .open, let status = json.text("detailed_merge_status"), !Self.computing.contains(status) {
      if json.flag("has_conflicts") == true || status == "conflict" {
        mergeability = .conflicting(paths: [])
      } else {
        mergeability = status == "mergeable" ? .mergeable : .blocked(reason: status)
      }
    }
    let title = json.text("title") ?? ""
    let isDraft = json.flag("draft") ?? title.hasPrefix("Draft:")
    let created = json.time("created_at") ?? Timestamp(seconds: 0)
    return PullRequest(
      number: number, title: isDraft ? Self.plainTitle(title) : title, body: json.text("description") ?? "",
      state: state, isDraft: isDraft, webURL: json.text("web_url") ?? "", head: head, base: base,
      headCommit: json.id("sha"),
      mergeCommit: state == .merged ? json.id("merge_commit_sha") ?? json.id("squash_commit_sha") : nil,
      labels: json.list("labels").compactMap(\.stringValue),
      reviewers: json.list("reviewers").compactMap { $0.text("username") },
      author: json.text("author", "username") ?? "",
      mergedBy: json.text("merge_user", "username") ?? json.text("merged_by", "username"),
      isFork: json["source_project_id"] != json["target_project_id"], createdAt: created,
      updatedAt: json.time("updated_at") ?? created, mergedAt: json.time("merged_at"),
      closedAt: state == .closed ? json.time("closed_at") : nil, mergeability: mergeability)
  }
}
