internal import WGECore

extension BitbucketServerHost {
  private func path(_ number: Int, _ repository: RepositoryPath) -> String {
    base(repository) + "/pull-requests/\(number)"
  }

  private func raw(_ number: Int, _ repository: RepositoryPath) async throws(GitHostError) -> JSON {
    try await client.json(RESTRequest(.get, path(number, repository), "read pull request \(number)"))
  }

  /// Opens a pull request. Labels are left out: Bitbucket Server has none.
  public func createPullRequest(
    _ draft: PullRequestDraft, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let draft = try HostInput.draft(draft)
    let place: JSON = ["slug": .string(repository.name), "project": ["key": .string(repository.owner)]]
    let body = JSON.members([
      ("title", .string(draft.title)), ("description", .string(draft.body)),
      ("fromRef", ["id": .string(draft.head.reference), "repository": place]),
      ("toRef", ["id": .string(draft.base.reference), "repository": place]),
      ("reviewers", .array(draft.reviewers.map { ["user": ["name": .string($0)]] })),
      ("draft", draft.isDraft ? true : nil),
    ])
    return try await PullRequestCreation.create(draft, in: repository, of: self) { () throws(GitHostError) in
      try self.pullRequest(
        try await self.client.json(
          RESTRequest(.post, self.base(repository) + "/pull-requests", "open a pull request", body: .json(body))))
    }
  }

  /// Pull requests, newest first.
  public func listPullRequests(
    _ filter: PullRequestFilter, in repository: RepositoryPath
  ) async throws -> [PullRequest] {
    let state =
      switch filter.state {
      case nil: "ALL"
      case .open: "OPEN"
      case .closed: "DECLINED"
      case .merged: "MERGED"
      }
    var query = [(name: "state", value: state), ("order", "NEWEST"), ("limit", "100"), ("start", "0")]
    if let head = filter.head {
      query += [("at", head.reference), ("direction", "OUTGOING")]
    } else if let base = filter.base {
      query += [("at", base.reference), ("direction", "INCOMING")]
    }
    var found = PullRequestListing(filter)
    try await values(
      RESTRequest(
        .get, base(repository) + "/pull-requests", "list the pull requests of \(repository)", query: query)
    ) { json throws(GitHostError) in found.take(try pullRequest(json)) }
    return found.pulls
  }

  /// A pull request with its mergeability.
  public func pullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    var pull = try pullRequest(try await raw(number, repository))
    guard pull.state == .open else { return pull }
    let merge = try await client.json(
      RESTRequest(.get, path(number, repository) + "/merge", "check the merge of pull request \(number)"))
    if merge.flag("canMerge") == true {
      pull.mergeability = .mergeable
    } else if merge.flag("conflicted") == true {
      pull.mergeability = .conflicting(paths: [])
    } else if let veto = merge.list("vetoes").first {
      pull.mergeability = .blocked(reason: veto.text("summaryMessage") ?? "vetoed")
    }
    return pull
  }

  /// Does a write that names the version it saw, again when somebody else changed the pull request.
  private func versioned(
    _ number: Int, _ repository: RepositoryPath, _ body: (JSON, String) async throws(GitHostError) -> JSON
  ) async throws(GitHostError) -> JSON {
    var seen = try await raw(number, repository)
    for attempt in 0... {
      let version = seen.integer("version") ?? 0
      do throws(GitHostError) {
        return try await body(seen, String(version))
      } catch {
        guard error.code == .staleHead, attempt < 2 else { throw error }
        seen = try await raw(number, repository)
        if seen.integer("version") == version { throw error }
      }
    }
    return seen
  }

  /// Changes title, text or draft state.
  /// - Throws: `unsupported` for labels.
  public func updatePullRequest(
    _ number: Int, _ update: PullRequestUpdate, in repository: RepositoryPath
  ) async throws -> PullRequest {
    if update.labels != nil {
      throw GitHostError(
        .unsupported, "pull requests of Bitbucket Server have no labels", remedy: "leave the labels out",
        field: "labels")
    }
    let title = try update.title.map { try HostInput.title($0) }
    let text = try update.body.map { try HostInput.body($0, field: "body") }
    _ = try await versioned(number, repository) { seen, version throws(GitHostError) in
      // What is not named is taken for "remove".
      let reviewers = seen.list("reviewers").compactMap { $0["user"]?["name"] }.map {
        JSON.members([("user", ["name": $0])])
      }
      let body = JSON.members([
        ("version", .number(JSONNumber(Int64(version) ?? 0))), ("title", title.map { .string($0) } ?? seen["title"]),
        ("description", text.map { .string($0) } ?? seen["description"]), ("reviewers", .array(reviewers)),
        ("draft", update.isDraft.map { .bool($0) }),
      ])
      return try await self.client.json(
        RESTRequest(.put, self.path(number, repository), "change pull request \(number)", body: .json(body)))
    }
    return try await pullRequest(number, in: repository)
  }

  /// Merges.
  public func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let strategy =
      switch request.method {
      case .merge: "no-ff"
      case .squash: "squash"
      case .rebase: "rebase-no-ff"
      case .fastForward: "ff-only"
      }
    let body = JSON.members([
      ("message", request.message.map { .string($0) }), ("strategyId", .string(strategy)),
    ])
    var pull: PullRequest
    do throws(GitHostError) {
      let json = try await versioned(number, repository) { seen, version throws(GitHostError) in
        if seen.text("state") == "MERGED" { return seen }
        if let expected = request.expectedHead, seen.id("fromRef", "latestCommit") != expected {
          throw GitHostError(
            .conflict, "pull request \(number) is not at \(expected.abbreviated)", reason: "headMoved")
        }
        return try await self.client.json(
          RESTRequest(
            .post, self.path(number, repository) + "/merge", "merge pull request \(number)",
            query: [("version", version)], body: .json(body)))
      }
      pull = try pullRequest(json)
    } catch {
      if error.reason == "headMoved" {
        throw GitHostError(.staleHead, error.message, remedy: "look at the new commits, then merge")
      }
      return try await mergedAfterAll(error, number, in: repository)
    }
    // Without knowing what was merged, somebody's newer commits would go with the branch.
    if request.deleteBranch, !pull.isFork, let merged = pull.headCommit {
      try? await deleteBranch(pull.head, expectedHead: merged, in: repository)
    }
    pull.mergedAt = pull.mergedAt ?? pull.updatedAt
    return pull
  }

  /// Closes without merging.
  public func closePullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    let json = try await versioned(number, repository) { seen, version throws(GitHostError) in
      if seen.text("state") == "DECLINED" { return seen }
      return try await self.client.json(
        RESTRequest(
          .post, self.path(number, repository) + "/decline", "close pull request \(number)",
          query: [("version", version)], body: .json([:])))
    }
    return try pullRequest(json)
  }

  /// Adds a comment.
  public func commentPullRequest(_ number: Int, _ body: String, in repository: RepositoryPath) async throws {
    let body = try HostInput.comment(body)
    _ = try await client.send(
      RESTRequest(
        .post, path(number, repository) + "/comments", "comment on pull request \(number)",
        body: .json(["text": .string(body)])))
  }

  private func pullRequest(_ json: JSON) throws(GitHostError) -> PullRequest {
    guard let pull = Self.pullRequest(json, root: client.root) else {
      throw GitHostError(.protocolViolation, "Bitbucket's pull request has no number or branches")
    }
    return pull
  }

  static func pullRequest(_ json: JSON, root: String) -> PullRequest? {
    guard let number = json.integer("id").flatMap({ Int(exactly: $0) }),
      let head = json.text("fromRef", "id").flatMap({ BranchName(reference: $0) }),
      let base = json.text("toRef", "id").flatMap({ BranchName(reference: $0) })
    else { return nil }
    let state: PullRequest.State =
      switch json.text("state") {
      case "MERGED": .merged
      case "DECLINED": .closed
      default: .open
      }
    let created = json.milliseconds("createdDate") ?? Timestamp(seconds: 0)
    let updated = json.milliseconds("updatedDate") ?? created
    let closed = json.milliseconds("closedDate") ?? updated
    func place(_ key: String) -> [String?] {
      [json.text(key, "repository", "project", "key"), json.text(key, "repository", "slug")]
    }
    return PullRequest(
      number: number, title: json.text("title") ?? "", body: json.text("description") ?? "", state: state,
      isDraft: json.flag("draft") ?? false, webURL: json.list("links", "self").first?.text("href") ?? "", head: head,
      base: base, headCommit: json.id("fromRef", "latestCommit"),
      mergeCommit: json.id("properties", "mergeCommit", "id"),
      reviewers: json.list("reviewers").compactMap { $0.text("user", "name") },
      author: json.text("author", "user", "name") ?? "", isFork: place("fromRef") != place("toRef"), createdAt: created,
      updatedAt: updated, mergedAt: state == .merged ? closed : nil, closedAt: state == .closed ? closed : nil)
  }
}
