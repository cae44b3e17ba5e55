internal import WGECore

extension BitbucketCloudHost {
  private func path(_ number: Int, _ repository: RepositoryPath) throws(GitHostError) -> String {
    try base(repository) + "/pullrequests/\(number)"
  }

  /// Opens a pull request. Labels are left out: Bitbucket Cloud has none. Reviewers are named by UUID.
  public func createPullRequest(
    _ draft: PullRequestDraft, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let draft = try HostInput.draft(draft)
    func place(_ branch: BranchName) -> JSON { ["branch": ["name": .string(branch.value)]] }
    let body = JSON.members([
      ("title", .string(draft.title)), ("description", .string(draft.body)), ("source", place(draft.head)),
      ("destination", place(draft.base)), ("close_source_branch", true), ("draft", draft.isDraft ? true : nil),
      ("reviewers", draft.reviewers.isEmpty ? nil : .array(draft.reviewers.map { ["uuid": .string($0)] })),
    ])
    return try await PullRequestCreation.create(draft, in: repository, of: self) { () throws(GitHostError) in
      // Bitbucket answers a second request with the pull request that is open.
      if let open = try await self.open(draft, repository) {
        throw GitHostError(
          .alreadyExists, "pull request \(open.number) from \(draft.head) to \(draft.base) is open already",
          remedy: "update that one", existingPullRequest: open)
      }
      let json = try await self.client.json(
        RESTRequest(.post, self.base(repository) + "/pullrequests", "open a pull request", body: .json(body)))
      return try await self.complete(json, repository)
    }
  }

  private func open(
    _ draft: PullRequestDraft, _ repository: RepositoryPath
  ) async throws(GitHostError) -> PullRequest? {
    do {
      return try await findPullRequest(head: draft.head, base: draft.base, in: repository)
    } catch let error as GitHostError {
      throw error
    } catch {
      throw GitHostError(.cancelled, "opening the pull request was cancelled")
    }
  }

  /// Pull requests, those that changed last first. Their commits are not told whole here.
  public func listPullRequests(
    _ filter: PullRequestFilter, in repository: RepositoryPath
  ) async throws -> [PullRequest] {
    let states =
      switch filter.state {
      case nil: ["OPEN", "MERGED", "DECLINED", "SUPERSEDED"]
      case .open: ["OPEN"]
      case .merged: ["MERGED"]
      case .closed: ["DECLINED", "SUPERSEDED"]
      }
    var query = states.map { (name: "state", value: $0) }
    var conditions: [String] = []
    if let head = filter.head { conditions.append("source.branch.name = \"\(head)\"") }
    if let base = filter.base { conditions.append("destination.branch.name = \"\(base)\"") }
    // A quote in a name would end the text; such branches are sorted out here.
    let isQuotable = !"\(filter.head?.value ?? "")\(filter.base?.value ?? "")".contains("\"")
    if !conditions.isEmpty, isQuotable { query.append(("q", conditions.joined(separator: " AND "))) }
    query += [("sort", "-updated_on"), ("pagelen", "50")]
    var found = PullRequestListing(filter)
    try await values(
      RESTRequest(
        .get, base(repository) + "/pullrequests", "list the pull requests of \(repository)", query: query)
    ) { json throws(GitHostError) in found.take(try pullRequest(json)) }
    return found.pulls
  }

  /// A pull request; Bitbucket Cloud does not tell whether it can be merged.
  public func pullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    let json = try await client.json(RESTRequest(.get, path(number, repository), "read pull request \(number)"))
    return try await complete(json, repository)
  }

  /// With whole commit names, where they can be found.
  private func complete(_ json: JSON, _ repository: RepositoryPath) async throws(GitHostError) -> PullRequest {
    var pull = try pullRequest(json)
    for (key, path) in [("head", ["source", "commit", "hash"]), ("merge", ["merge_commit", "hash"])] {
      guard let hash = json.value(at: path)?.stringValue, hash.utf8.allSatisfy({ $0.isHexDigit }) else { continue }
      do throws(GitHostError) {
        let id: GitObjectID
        if let whole = GitObjectID(hash) { id = whole } else { id = try await gitCommit(hash, repository).id }
        if key == "head" { pull.headCommit = id } else { pull.mergeCommit = id }
      } catch {
        // The commit of a closed one may be gone.
        guard error.code == .notFound else { throw error }
      }
    }
    return pull
  }

  /// Changes title, text or draft state.
  /// - Throws: `unsupported` for labels.
  public func updatePullRequest(
    _ number: Int, _ update: PullRequestUpdate, in repository: RepositoryPath
  ) async throws -> PullRequest {
    if update.labels != nil {
      throw GitHostError(
        .unsupported, "pull requests of Bitbucket Cloud have no labels", remedy: "leave the labels out", field: "labels"
      )
    }
    let title = try update.title.map { try HostInput.title($0) }
    let text = try update.body.map { try HostInput.body($0, field: "body") }
    // Bitbucket wants the title with every change.
    let now = try await client.json(RESTRequest(.get, path(number, repository), "read pull request \(number)"))
    let body = JSON.members([
      ("title", title.map { .string($0) } ?? now["title"]), ("description", text.map { .string($0) }),
      ("draft", update.isDraft.map { .bool($0) }),
    ])
    let json = try await client.json(
      RESTRequest(
        .put, path(number, repository), "change pull request \(number)", body: .json(body), isRepeatable: true))
    return try await complete(json, repository)
  }

  /// Merges; Bitbucket does not compare the head when it does, so it is compared just before.
  public func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let strategy: String
    switch request.method {
    case .merge: strategy = "merge_commit"
    case .squash: strategy = "squash"
    case .fastForward: strategy = "fast_forward"
    case .rebase: throw GitHostError(.unsupported, "Bitbucket Cloud cannot merge by rebase", field: "method")
    }
    let doing = "merge pull request \(number)"
    let before = try await client.json(RESTRequest(.get, path(number, repository), "read pull request \(number)"))
    if before.text("state") == "MERGED" { return try await complete(before, repository) }
    if let expected = request.expectedHead, let hash = before.text("source", "commit", "hash"),
      !expected.description.hasPrefix(hash)
    {
      throw GitHostError(
        .staleHead, "pull request \(number) is not at \(expected.abbreviated)",
        remedy: "look at the new commits, then merge")
    }
    let body = JSON.members([
      ("type", "pullrequest_merge_parameters"), ("message", request.message.map { .string($0) }),
      ("close_source_branch", .bool(request.deleteBranch)), ("merge_strategy", .string(strategy)),
    ])
    do throws(GitHostError) {
      let answer = try await client.send(
        RESTRequest(.post, path(number, repository) + "/merge", doing, body: .json(body)))
      guard answer.status == 202 else { return try await complete(answer.json, repository) }
      return try await finished(answer, doing, repository)
    } catch {
      return try await mergedAfterAll(error, number, in: repository)
    }
  }

  /// A merge that goes on after the answer.
  private func finished(
    _ answer: RESTAnswer, _ doing: String, _ repository: RepositoryPath
  ) async throws(GitHostError) -> PullRequest {
    guard let location = answer.field("location"), RESTClient.origin(of: location) == RESTClient.origin(of: client.root)
    else { throw GitHostError(.protocolViolation, "could not \(doing): Bitbucket names no task of its own") }
    let request = RESTRequest(.get, location, doing)
    for _ in 0..<GitDefaults.pollAttempts * 3 {
      let json = try await client.json(request)
      if let result = json["merge_result"] { return try await complete(result, repository) }
      if json.text("task_status") == "FAILED" { throw GitHostError(.notMergeable, "could not \(doing)") }
      try await client.sleep(client.settings.pollInterval, request)
    }
    throw GitHostError(.timeout, "Bitbucket did not \(doing) in time", remedy: "look at the pull request later")
  }

  /// Closes without merging.
  public func closePullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    do throws(GitHostError) {
      let json = try await client.json(
        RESTRequest(.post, path(number, repository) + "/decline", "close pull request \(number)", isRepeatable: true))
      return try pullRequest(json)
    } catch {
      if let now = try? await pullRequest(number, in: repository), now.state == .closed { return now }
      throw error
    }
  }

  /// Adds a comment.
  public func commentPullRequest(_ number: Int, _ body: String, in repository: RepositoryPath) async throws {
    let body = try HostInput.comment(body)
    _ = try await client.send(
      RESTRequest(
        .post, path(number, repository) + "/comments", "comment on pull request \(number)",
        body: .json(["content": ["raw": .string(body)]])))
  }

  private func pullRequest(_ json: JSON) throws(GitHostError) -> PullRequest {
    guard let number = json.integer("id").flatMap({ Int(exactly: $0) }),
      let head = json.text("source", "branch", "name").flatMap({ try? BranchName($0) }),
      let base = json.text("destination", "branch", "name").flatMap({ try? BranchName($0) })
    else { throw GitHostError(.protocolViolation, "Bitbucket's pull request has no number or branches") }
    let state: PullRequest.State =
      switch json.text("state") {
      case "MERGED": .merged
      case "DECLINED", "SUPERSEDED": .closed
      default: .open
      }
    let created = json.time("created_on") ?? Timestamp(seconds: 0)
    let updated = json.time("updated_on") ?? created
    return PullRequest(
      number: number, title: json.text("title") ?? "", body: json.text("description") ?? "", state: state,
      isDraft: json.flag("draft") ?? false, webURL: json.text("links", "html", "href") ?? "", head: head, base: base,
      headCommit: json.id("source", "commit", "hash"), mergeCommit: json.id("merge_commit", "hash"),
      reviewers: json.list("reviewers").compactMap { $0.text("nickname") ?? $0.text("uuid") },
      author: json.text("author", "nickname") ?? json.text("author", "display_name") ?? "",
      isFork: json.text("source", "repository", "full_name") != json.text("destination", "repository", "full_name"),
      createdAt: created, updatedAt: updated, mergedAt: state == .merged ? updated : nil,
      closedAt: state == .closed ? updated : nil)
  }
}

extension UInt8 {
  var isHexDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}
