internal import WGECore

extension AzureDevOpsHost {
  private func raw(_ number: Int, _ repository: RepositoryPath) async throws(GitHostError) -> JSON {
    try await client.json(
      request(.get, repository, "/pullrequests/\(number)", "read pull request \(number)"))
  }

  /// Opens a pull request. Its text is cut at 4000 bytes; reviewers are identity ids.
  public func createPullRequest(
    _ draft: PullRequestDraft, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let draft = try HostInput.draft(draft)
    let body = JSON.members([
      ("sourceRefName", .string(draft.head.reference)), ("targetRefName", .string(draft.base.reference)),
      ("title", .string(draft.title)), ("description", .string(HostInput.cut(draft.body, to: 4000))),
      ("labels", .array(draft.labels.map { ["name": .string($0)] })), ("isDraft", .bool(draft.isDraft)),
      ("reviewers", draft.reviewers.isEmpty ? nil : .array(draft.reviewers.map { ["id": .string($0)] })),
    ])
    return try await PullRequestCreation.create(draft, in: repository, of: self) { () throws(GitHostError) in
      // Azure opens pull requests that change nothing.
      let head = try await self.head(of: draft.head, in: repository)
      if let head, head == (try await self.head(of: draft.base, in: repository)) {
        throw GitHostError(.noChanges, "\(draft.head) has no commit that \(draft.base) lacks")
      }
      let json = try await self.client.json(
        self.request(.post, repository, "/pullrequests", "open a pull request", body: .json(body)))
      var pull = try self.pullRequest(json)
      if json["labels"] == nil { pull.labels = draft.labels }
      return pull
    }
  }

  /// Pull requests, newest first. Labels are read one by one where the filter needs them.
  public func listPullRequests(
    _ filter: PullRequestFilter, in repository: RepositoryPath
  ) async throws -> [PullRequest] {
    let status =
      switch filter.state {
      case nil: "all"
      case .open: "active"
      case .closed: "abandoned"
      case .merged: "completed"
      }
    var query = [(name: "searchCriteria.status", value: status)]
    if let head = filter.head { query.append(("searchCriteria.sourceRefName", head.reference)) }
    if let base = filter.base { query.append(("searchCriteria.targetRefName", base.reference)) }
    let page = 100
    var found = PullRequestListing(filter)
    for number in 0..<GitDefaults.maximumPages {
      let answer = try await client.json(
        request(
          .get, repository, "/pullrequests", "list the pull requests of \(repository)",
          query: query + [("$top", String(page)), ("$skip", String(number * page))]))
      let list = answer.list("value")
      var wantsMore = true
      for json in list where wantsMore {
        var pull = try pullRequest(json)
        if !filter.labels.isEmpty { pull.labels = try await labels(pull.number, repository) }
        wantsMore = found.take(pull)
      }
      if list.count < page || !wantsMore { break }
    }
    return found.pulls
  }

  private func labels(_ number: Int, _ repository: RepositoryPath) async throws(GitHostError) -> [String] {
    try await client.json(
      request(.get, repository, "/pullRequests/\(number)/labels", "read the labels of pull request \(number)")
    ).list("value").compactMap { $0.text("name") }
  }

  /// A pull request with its labels; Azure tries its merge in the background, which is waited for.
  public func pullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    var json = try await raw(number, repository)
    for _ in 0..<GitDefaults.pollAttempts {
      guard json.text("status") == "active", json.text("mergeStatus") == "queued" else { break }
      try await client.sleep(
        client.settings.pollInterval, request(.get, repository, "", "read pull request \(number)"))
      json = try await raw(number, repository)
    }
    var pull = try pullRequest(json)
    pull.labels = try await labels(number, repository)
    return pull
  }

  /// Changes title, text, labels or draft state.
  public func updatePullRequest(
    _ number: Int, _ update: PullRequestUpdate, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let title = try update.title.map { try HostInput.title($0) }
    let text = try update.body.map { try HostInput.body($0, field: "body") }
    let labels = try update.labels.map(HostInput.labels)
    if title != nil || text != nil || update.isDraft != nil {
      let body = JSON.members([
        ("title", title.map { .string($0) }), ("description", text.map { .string(HostInput.cut($0, to: 4000)) }),
        ("isDraft", update.isDraft.map { .bool($0) }),
      ])
      _ = try await client.send(
        request(
          .patch, repository, "/pullrequests/\(number)", "change pull request \(number)", body: .json(body),
          isRepeatable: true))
    }
    if let labels {
      let old = try await self.labels(number, repository)
      for label in labels where !old.contains(label) {
        _ = try await client.send(
          request(
            .post, repository, "/pullRequests/\(number)/labels", "label pull request \(number)",
            body: .json(["name": .string(label)]), isRepeatable: true))
      }
      for label in old where !labels.contains(label) {
        _ = try await client.send(
          request(
            .delete, repository, "/pullRequests/\(number)/labels/\(label.percentEncodedSegment)",
            "take a label from pull request \(number)"))
      }
    }
    return try await pullRequest(number, in: repository)
  }

  /// Merges; Azure does it in the background, which is waited for.
  public func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in repository: RepositoryPath
  ) async throws -> PullRequest {
    let strategy: String
    switch request.method {
    case .merge: strategy = "noFastForward"
    case .squash: strategy = "squash"
    case .rebase: strategy = "rebase"
    case .fastForward: throw GitHostError(.unsupported, "Azure DevOps cannot merge by fast-forward", field: "method")
    }
    let doing = "merge pull request \(number)"
    let before = try await raw(number, repository)
    if before.text("status") == "completed" { return try pullRequest(before) }
    guard let head = request.expectedHead ?? before.id("lastMergeSourceCommit", "commitId") else {
      throw GitHostError(.notMergeable, "could not \(doing): it has no commit")
    }
    if before.id("lastMergeSourceCommit", "commitId") != head {
      throw GitHostError(
        .staleHead, "pull request \(number) is not at \(head.abbreviated)",
        remedy: "look at the new commits, then merge")
    }
    if before.text("status") == "abandoned" {
      throw GitHostError(
        .notMergeable, "pull request \(number) is closed", remedy: "open a new one", reason: "closed")
    }
    let options = JSON.members([
      ("mergeStrategy", .string(strategy)), ("deleteSourceBranch", .bool(request.deleteBranch)),
      ("mergeCommitMessage", request.message.map { .string($0) }),
    ])
    do throws(GitHostError) {
      _ = try await client.send(
        self.request(
          .patch, repository, "/pullrequests/\(number)", doing,
          body: .json([
            "status": "completed", "lastMergeSourceCommit": ["commitId": .string(head.description)],
            "completionOptions": options,
          ]), isRepeatable: true))
    } catch {
      // A repetition after a lost answer meets a pull request that is merged.
      guard error.code == .validation || error.isTransient else { throw error }
      let now = try await raw(number, repository)
      if now.text("status") != "completed" { throw error }
    }
    for _ in 0..<GitDefaults.pollAttempts * 3 {
      let now = try await raw(number, repository)
      if now.text("status") == "completed" { return try pullRequest(now) }
      switch now.text("mergeStatus") {
      case "conflicts":
        throw GitHostError(
          .conflict, "pull request \(number) conflicts with its base",
          remedy: "merge the base into the branch, settle the conflicts and push")
      case "failure", "rejectedByPolicy":
        throw GitHostError(
          .notMergeable, "could not \(doing): \(GitHostError.masked(now.text("mergeFailureMessage") ?? "refused"))",
          reason: now.text("mergeStatus"))
      default: break
      }
      try await client.sleep(
        client.settings.pollInterval, self.request(.get, repository, "", doing))
    }
    throw GitHostError(.timeout, "Azure DevOps did not \(doing) in time", remedy: "look at the pull request later")
  }

  /// Closes without merging.
  public func closePullRequest(_ number: Int, in repository: RepositoryPath) async throws -> PullRequest {
    do throws(GitHostError) {
      return try pullRequest(
        try await client.json(
          request(
            .patch, repository, "/pullrequests/\(number)", "close pull request \(number)",
            body: .json(["status": "abandoned"]), isRepeatable: true)))
    } catch {
      if let now = try? pullRequest(try await raw(number, repository)), now.state == .closed { return now }
      throw error
    }
  }

  /// Adds a comment.
  public func commentPullRequest(_ number: Int, _ body: String, in repository: RepositoryPath) async throws {
    let body = try HostInput.comment(body)
    let comment: JSON = ["parentCommentId": 0, "content": .string(body), "commentType": 1]
    _ = try await client.send(
      request(
        .post, repository, "/pullRequests/\(number)/threads", "comment on pull request \(number)",
        body: .json(["comments": [comment], "status": 1])))
  }

  private func pullRequest(_ json: JSON) throws(GitHostError) -> PullRequest {
    guard let number = json.integer("pullRequestId").flatMap({ Int(exactly: $0) }),
      let head = json.text("sourceRefName").flatMap({ BranchName(reference: $0) }),
      let base = json.text("targetRefName").flatMap({ BranchName(reference: $0) })
    else { throw GitHostError(.protocolViolation, "Azure DevOps' pull request has no number or branches") }
    let state: PullRequest.State =
      switch json.text("status") {
      case "completed": .merged
      case "abandoned": .closed
      default: .open
      }
    var mergeability = PullRequest.Mergeability.unknown
    if state == .open {
      switch json.text("mergeStatus") {
      case "conflicts": mergeability = .conflicting(paths: [])
      case "succeeded": mergeability = .mergeable
      case "failure": mergeability = .blocked(reason: "failure")
      case "rejectedByPolicy": mergeability = .blocked(reason: "rejectedByPolicy")
      default: break
      }
    }
    let created = json.time("creationDate") ?? Timestamp(seconds: 0)
    let closed = json.time("closedDate")
    return PullRequest(
      number: number, title: json.text("title") ?? "", body: json.text("description") ?? "", state: state,
      isDraft: json.flag("isDraft") ?? false,
      webURL: json.text("repository", "webUrl").map { "\($0)/pullrequest/\(number)" } ?? "", head: head, base: base,
      headCommit: json.id("lastMergeSourceCommit", "commitId"),
      mergeCommit: state == .merged ? json.id("lastMergeCommit", "commitId") : nil,
      labels: json.list("labels").compactMap { $0.text("name") },
      reviewers: json.list("reviewers").compactMap { $0.text("uniqueName") ?? $0.text("id") },
      author: json.text("createdBy", "uniqueName") ?? json.text("createdBy", "displayName") ?? "",
      mergedBy: state == .merged ? json.text("closedBy", "uniqueName") : nil, isFork: json["forkSource"] != nil,
      createdAt: created, updatedAt: closed ?? created, mergedAt: state == .merged ? closed ?? created : nil,
      closedAt: state == .closed ? closed ?? created : nil, mergeability: mergeability)
  }
}
