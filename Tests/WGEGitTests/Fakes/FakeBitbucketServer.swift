import HTTPTypes
import WGECore
import WGEHTTP

@testable import WGEGit

/// Bitbucket Server's REST API for one repository. Commits of several files come by push, see
/// ``push(_:to:)``.
struct FakeBitbucketServer: FakeProvider {
  let unauthorized = Self.error(401, "com.atlassian.bitbucket.AuthorisationException", "You are not permitted")

  private static func error(_ status: Int, _ name: String, _ message: String, _ more: JSON? = nil) -> FakeAnswer {
    .json(
      [
        "errors": .array([
          .members([
            ("context", .null), ("message", .string(message)), ("exceptionName", .string(name)),
            ("existingPullRequest", more),
          ])
        ])
      ], status)
  }

  private static func missing(_ what: String) -> FakeAnswer {
    error(404, "com.atlassian.bitbucket.NoSuch\(what)Exception", "\(what) does not exist")
  }

  func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    var answer = route(request, &forge)
    answer.fields[.wellKnown("X-AUSERNAME")] = "alice"
    return answer
  }

  private func route(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    let parts = request.segments
    let body = request.json ?? .null
    // Bodies that are no JSON are taken for forgeries without this field.
    if request.method != "GET", request.fields[.contentType]?.hasPrefix("application/json") != true,
      request.fields[.wellKnown("X-Atlassian-Token")] != "no-check"
    {
      return FakeAnswer(status: 403, body: Array("XSRF check failed".utf8))
    }
    if parts.starts(with: ["rest", "build-status", "1.0", "commits"]), parts.count == 5 {
      guard let commit = forge.find(parts[4]), body.text("url") != nil else { return Self.missing("Commit") }
      forge.statuses.append((commit.id, body.text("state") ?? "", body.text("key") ?? ""))
      return .nothing
    }
    if parts.starts(with: ["rest", "api", "1.0", "users"]) {
      if parts.count == 4 { return .json(["values": .array([]), "isLastPage": true]) }
      return .json(["name": "alice", "displayName": "Alice", "emailAddress": "alice@acme.test"])
    }
    let isUtility = parts.starts(with: ["rest", "branch-utils", "1.0", "projects", "WG", "repos", "config"])
    guard isUtility || parts.starts(with: ["rest", "api", "1.0", "projects", "WG", "repos", "config"]) else {
      return Self.missing("Repository")
    }
    let rest = Array(parts.dropFirst(7))
    switch (request.method, rest.first ?? "") {
    case ("GET", "") where rest.isEmpty:
      return .json([
        "slug": "config", "id": 31, "project": ["key": "WG"], "public": false,
        "links": ["clone": [["href": "https://bitbucket.acme.test/scm/wg/config.git", "name": "http"]]],
      ])
    case (_, "branches"): return branches(request, rest, body, &forge)
    case ("GET", "commits"):
      guard rest.count == 2, let commit = forge.find(rest[1]) else { return Self.missing("Commit") }
      return .json(json(commit))
    case ("GET", "files"), ("GET", "browse"): return listing(request, rest, forge)
    case ("GET", "raw"):
      let path = rest.dropFirst().joined(separator: "/")
      guard let commit = request.value("at").flatMap({ forge.find($0) }), let file = commit.tree[path] else {
        return Self.missing("Path")
      }
      return FakeAnswer(status: 200, fields: [.contentType: "text/plain"], body: file.bytes)
    case ("PUT", "browse"): return edit(request, rest.dropFirst().joined(separator: "/"), &forge)
    case (_, "pull-requests"): return pulls(request, Array(rest.dropFirst()), body, &forge)
    default: return Self.missing("Page")
    }
  }

  // MARK: - Repository

  private func json(_ commit: Forge.Commit) -> JSON {
    let person: JSON = ["name": .string(commit.name), "emailAddress": .string(commit.email)]
    return [
      "id": .id(commit.id), "message": .string(commit.message), "author": person, "committer": person,
      "parents": .array(commit.parents.map { ["id": .id($0)] }), "authorTimestamp": 1_767_225_600_000,
    ]
  }

  /// A page; the next one begins where the answer says, which is not where the last one's values end.
  private func page(_ request: SeenRequest, _ all: [JSON]) -> JSON {
    let start = request.value("start").flatMap { Int($0) } ?? 0
    let values = all.dropFirst(start / 10 * 3).prefix(3)
    let isLast = start / 10 * 3 + 3 >= all.count
    return .members([
      ("values", .array(Array(values))), ("isLastPage", .bool(isLast)), ("start", .integer(start)),
      ("nextPageStart", isLast ? .null : .integer((start / 10 + 1) * 10)),
    ])
  }

  private func branches(_ request: SeenRequest, _ rest: [String], _ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    func json(_ name: String, _ head: GitObjectID) -> JSON {
      [
        "id": .string("refs/heads/\(name)"), "displayId": .string(name), "latestCommit": .id(head),
        "isDefault": .bool(name == Forge.defaultBranch),
      ]
    }
    switch request.method {
    case "GET" where rest.count == 2:
      guard let head = forge.branches[Forge.defaultBranch] else {
        return Self.error(404, "com.atlassian.bitbucket.repository.NoDefaultBranchException", "is empty")
      }
      return .json(json(Forge.defaultBranch, head))
    case "GET":
      let filter = request.value("filterText") ?? ""
      let found = forge.sortedBranches.filter { filter.isEmpty || $0.name.contains(filter) }
      return .json(page(request, found.map { json($0.name, $0.head) }))
    case "POST":
      let name = body.text("name") ?? ""
      if forge.branches[name] != nil {
        return Self.error(
          409, "com.atlassian.bitbucket.branch.DuplicateBranchException", "Branch \"\(name)\" already exists.")
      }
      guard let commit = body.text("startPoint").flatMap({ forge.find($0) }) else { return Self.missing("Commit") }
      forge.branches[name] = commit.id
      return .json(json(name, commit.id))
    default:
      let name = String((body.text("name") ?? "").dropFirst("refs/heads/".count))
      guard let head = forge.branches[name] else { return Self.missing("Branch") }
      if let end = body.id("endPoint"), end != head {
        return Self.error(409, "com.atlassian.bitbucket.branch.BranchOutOfDateException", "moved")
      }
      forge.branches[name] = nil
      return .nothing
    }
  }

  private func listing(_ request: SeenRequest, _ rest: [String], _ forge: Forge) -> FakeAnswer {
    guard let commit = request.value("at").flatMap({ forge.find($0) }) else { return Self.missing("Commit") }
    let folder = rest.dropFirst().joined(separator: "/")
    let tree = Forge.below(folder, commit.tree)
    if tree.isEmpty { return Self.missing("Path") }
    if rest[0] == "files" { return .json(page(request, tree.keys.sorted().map { .string($0) })) }
    let children = Forge.entries(tree, recursive: false).map { entry -> JSON in
      [
        "path": ["toString": .string(entry.path)], "type": entry.file == nil ? "DIRECTORY" : "FILE",
        "contentId": .id(entry.file?.id ?? .zero),
      ]
    }
    return .json(["children": page(request, children)])
  }

  private func edit(_ request: SeenRequest, _ path: String, _ forge: inout Forge) -> FakeAnswer {
    let parts = Dictionary(request.multipart.map { ($0.name, $0.value) }) { first, _ in first }
    func text(_ name: String) -> String { String(decoding: parts[name] ?? [], as: UTF8.self) }
    guard let head = forge.branches[text("branch")], let old = forge.commits[head] else {
      return Self.missing("Branch")
    }
    if let source = GitObjectID(text("sourceCommitId")), forge.commits[source]?.tree[path] != old.tree[path] {
      return Self.error(409, "com.atlassian.bitbucket.content.FileOutOfDateException", "it has been changed")
    }
    var tree = old.tree
    tree[path] = Forge.File(mode: old.tree[path]?.mode ?? "100644", bytes: parts["content"] ?? [])
    let id = forge.add(tree, parents: [head], message: text("message"))
    forge.branches[text("branch")] = id
    return .json(forge.commits[id].map(json) ?? .null)
  }

  /// What Git's own protocol does with a pushed commit: the server compares where the branch was.
  static func push(_ job: PushedCommit, to forge: inout Forge) throws -> CommitResult {
    let plan = job.plan
    let name = plan.request.branch.value
    guard forge.branches[name] == plan.head else {
      throw GitHostError(plan.head == nil ? .alreadyExists : .staleHead, "the branch \(name) is elsewhere")
    }
    let parent = plan.parent.flatMap { forge.commits[$0] }
    var tree = parent?.tree ?? [:]
    for change in plan.request.changes {
      let path = change.path.value
      switch change.kind {
      case .put(let bytes, let executable):
        let mode = executable.map { $0 ? "100755" : "100644" } ?? tree[path]?.mode ?? "100644"
        tree[path] = Forge.File(mode: mode, bytes: bytes)
      case .delete:
        if tree.removeValue(forKey: path) == nil, plan.request.strictDeletes {
          throw GitHostError(.notFound, "there is no \(path)")
        }
      case .move(let old, let bytes):
        guard let file = tree.removeValue(forKey: old.value) else {
          throw GitHostError(.notFound, "there is no \(old)")
        }
        tree[path] = Forge.File(mode: file.mode, bytes: bytes ?? file.bytes)
      case .setExecutable(let executable): tree[path]?.mode = executable ? "100755" : "100644"
      }
    }
    if tree == parent?.tree, let parent, !plan.request.rebuild || plan.head == nil { return plan.unchanged(parent.id) }
    let id = forge.add(
      tree, parents: plan.parent.map { [$0] } ?? [], message: plan.message, name: job.author.name,
      email: job.author.email)
    forge.branches[name] = id
    return plan.result(id)
  }

  // MARK: - Pull requests

  private func json(_ pull: Forge.Pull, _ forge: Forge) -> JSON {
    func place(_ branch: String, _ head: GitObjectID) -> JSON {
      [
        "id": .string("refs/heads/\(branch)"), "latestCommit": .id(head),
        "repository": ["slug": "config", "project": ["key": "WG"]],
      ]
    }
    let state: JSON =
      switch pull.state {
      case .open: "OPEN"
      case .merged: "MERGED"
      case .closed: "DECLINED"
      }
    return .members([
      ("id", .integer(pull.number)), ("version", .integer(pull.version)), ("title", .string(pull.title)),
      ("description", .string(pull.body)), ("state", state), ("draft", .bool(pull.isDraft)),
      ("createdDate", .integer(1_767_225_600_000 + pull.number * 1000)),
      ("updatedDate", .integer(1_767_225_600_000 + pull.updated * 1000)),
      ("fromRef", place(pull.head, forge.head(of: pull))),
      ("toRef", place(pull.base, forge.branches[pull.base] ?? .zero)),
      ("reviewers", .array(pull.reviewers.map { ["user": ["name": .string($0)]] })),
      ("author", ["user": ["name": "alice"]]),
      ("properties", pull.mergeCommit.map { ["mergeCommit": ["id": .id($0)]] }),
      ("links", ["self": [["href": .string("https://bitbucket.acme.test/pull-requests/\(pull.number)")]]]),
    ])
  }

  private func pulls(_ request: SeenRequest, _ rest: [String], _ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    if rest.isEmpty { return request.method == "POST" ? open(body, &forge) : list(request, forge) }
    guard let number = Int(rest[0]), let pull = forge.pulls[number] else { return Self.missing("PullRequest") }
    let outdated = Self.error(409, "com.atlassian.bitbucket.pull.PullRequestOutOfDateException", "out-of-date")
    let version = request.value("version").flatMap { Int($0) } ?? body.integer("version").map { Int($0) }
    switch (request.method, rest.dropFirst().first ?? "") {
    case ("GET", ""): return .json(json(pull, forge))
    case ("GET", "merge"):
      let can = forge.merged(pull) != nil
      return .json(["canMerge": .bool(can), "conflicted": .bool(!can), "vetoes": .array([])])
    case ("PUT", ""):
      if version != pull.version { return outdated }
      forge.change(number) { pull in
        pull.title = body.text("title") ?? pull.title
        pull.body = body.text("description") ?? ""
        pull.reviewers = body.list("reviewers").compactMap { $0.text("user", "name") }
        pull.isDraft = body.flag("draft") ?? pull.isDraft
      }
    case ("POST", "merge"):
      if version != pull.version { return outdated }
      let illegal = Self.error(409, "com.atlassian.bitbucket.pull.IllegalPullRequestStateException", "already closed")
      guard pull.state == .open else { return illegal }
      let message = body.text("message") ?? "Merge"
      guard forge.merge(number, squash: body.text("strategyId") == "squash", message: message, deleteBranch: false)
      else {
        return Self.error(409, "com.atlassian.bitbucket.pull.PullRequestMergeConflictException", "has conflicts")
      }
    case ("POST", "decline"):
      if version != pull.version { return outdated }
      forge.change(number) { $0.state = .closed }
    case ("POST", "comments"): forge.change(number) { $0.comments.append(body.text("text") ?? "") }
    default: return Self.missing("Page")
    }
    return .json(json(forge.pulls[number] ?? pull, forge))
  }

  private func list(_ request: SeenRequest, _ forge: Forge) -> FakeAnswer {
    let state: PullRequest.State? =
      switch request.value("state") {
      case "OPEN": .open
      case "MERGED": .merged
      case "DECLINED": .closed
      default: nil
      }
    let place = request.value("at").map { String($0.dropFirst("refs/heads/".count)) }
    let isOutgoing = request.value("direction") == "OUTGOING"
    let found = forge.list(state: state, head: isOutgoing ? place : nil, base: isOutgoing ? nil : place)
    return .json(page(request, found.map { json($0, forge) }))
  }

  private func open(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    func branch(_ key: String) -> String { String((body.text(key, "id") ?? "").dropFirst("refs/heads/".count)) }
    let (head, base) = (branch("fromRef"), branch("toRef"))
    if forge.branches[head] == nil || forge.branches[base] == nil { return Self.missing("Branch") }
    if let open = forge.open(head, base) {
      return Self.error(
        409, "com.atlassian.bitbucket.pull.DuplicatePullRequestException", "Only one pull request may be open",
        json(open, forge))
    }
    if !forge.hasNews(head, base) {
      return Self.error(409, "com.atlassian.bitbucket.pull.EmptyPullRequestException", "is already up-to-date")
    }
    let pull = forge.openPull(
      body.text("title") ?? "", body.text("description") ?? "", head, base, isDraft: body.flag("draft") ?? false,
      reviewers: body.list("reviewers").compactMap { $0.text("user", "name") })
    return .json(json(pull, forge), 201)
  }
}
