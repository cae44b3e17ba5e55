import HTTPTypes
import WGECore
import WGEHTTP

@testable import WGEGit

/// GitLab's projects API for one project in a subgroup.
struct FakeGitLab: FakeProvider {
  let unauthorized = FakeAnswer.json(["message": "401 Unauthorized"], 401)

  private static func missing(_ what: String) -> FakeAnswer {
    .json(["message": .string("404 \(what) Not Found")], 404)
  }
  private static func bad(_ message: String) -> FakeAnswer { .json(["message": .string(message)], 400) }

  func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    let parts = request.segments
    if parts == ["oauth", "token", "info"] { return .json(["error": "invalid_token"], 401) }
    guard parts.starts(with: ["api", "v4"]) else { return Self.missing("Page") }
    if parts.last == "user" { return .json(["username": "alice", "name": "Alice", "email": "alice@acme.test"]) }
    if parts.last == "users" {
      return .json(.array([["id": 7, "username": .string(request.value("username") ?? "")]]))
    }
    guard parts.count >= 4, parts[2] == "projects", parts[3] == "acme/infra/fleet" else {
      return Self.missing("Project")
    }
    let rest = Array(parts.dropFirst(4))
    let body = request.json ?? .null
    switch (request.method, rest.first ?? "") {
    case ("GET", ""):
      return .json([
        "id": 5, "path_with_namespace": "acme/infra/fleet", "empty_repo": .bool(forge.isEmpty),
        "default_branch": forge.isEmpty ? .null : .string(Forge.defaultBranch), "visibility": "private",
        "http_url_to_repo": .string(request.origin + "/acme/infra/fleet.git"),
        "permissions": ["project_access": ["access_level": 40]],
      ])
    case (_, "repository"): return repository(request, Array(rest.dropFirst()), body, &forge)
    case (_, "merge_requests"): return requests(request, Array(rest.dropFirst()), body, &forge)
    case ("POST", "statuses"):
      guard rest.count == 2, let commit = forge.find(rest[1]) else { return Self.missing("Commit") }
      forge.statuses.append((commit.id, body.text("state") ?? "", body.text("name") ?? ""))
      return .json([:], 201)
    default: return Self.missing("Page")
    }
  }

  // MARK: - Repository

  private func branch(_ name: String, _ head: GitObjectID) -> JSON {
    [
      "name": .string(name), "commit": ["id": .id(head)], "default": .bool(name == Forge.defaultBranch),
      "protected": false,
    ]
  }

  private func repository(
    _ request: SeenRequest, _ rest: [String], _ body: JSON, _ forge: inout Forge
  ) -> FakeAnswer {
    let name = rest.dropFirst().first
    switch (request.method, rest.first ?? "", name) {
    case ("GET", "branches", nil): return request.linked(forge.sortedBranches.map { branch($0.name, $0.head) })
    case ("GET", "branches", let name?):
      return forge.branches[name].map { .json(branch(name, $0)) } ?? Self.missing("Branch")
    case ("POST", "branches", nil):
      let name = request.value("branch") ?? ""
      if forge.branches[name] != nil { return Self.bad("Branch already exists") }
      guard let commit = request.value("ref").flatMap({ forge.find($0) }) else {
        return Self.bad("Invalid reference name: \(request.value("ref") ?? "")")
      }
      forge.branches[name] = commit.id
      return .json(branch(name, commit.id), 201)
    case ("DELETE", "branches", let name?):
      return forge.branches.removeValue(forKey: name) == nil ? Self.missing("Branch") : .nothing
    case ("GET", "commits", let id?):
      guard let commit = forge.find(id) else { return Self.missing("Commit") }
      return .json([
        "id": .id(commit.id), "parent_ids": .array(commit.parents.map { .id($0) }), "message": .string(commit.message),
        "author_name": .string(commit.name), "author_email": .string(commit.email),
        "authored_date": "2026-01-01T00:00:00.000+00:00", "committer_name": .string(commit.name),
        "committer_email": .string(commit.email), "committed_date": "2026-01-01T00:00:00.000+00:00",
      ])
    case ("POST", "commits", nil): return commit(body, &forge)
    case (_, "files", let path?):
      guard let commit = request.value("ref").flatMap({ forge.find($0) }), let file = commit.tree[path] else {
        return Self.missing("File")
      }
      let executable = file.mode == "100755"
      let fields: HTTPFields = [
        .wellKnown("X-Gitlab-Blob-Id"): file.id.description,
        .wellKnown("X-Gitlab-Last-Commit-Id"): forge.lastChange(of: path, at: commit).description,
        .wellKnown("X-Gitlab-Execute-Filemode"): executable ? "true" : "false",
      ]
      return .json(
        [
          "file_path": .string(path), "encoding": "base64", "content": .string(Base64.encode(file.bytes)),
          "blob_id": .id(file.id), "commit_id": .id(commit.id), "execute_filemode": .bool(executable),
        ], 200, fields)
    case ("GET", "tree", nil):
      guard let commit = request.value("ref").flatMap({ forge.find($0) }) else { return Self.missing("Tree") }
      let folder = request.value("path") ?? ""
      let tree = Forge.below(folder, commit.tree)
      if tree.isEmpty { return Self.missing("invalid revision or path") }
      let list = Forge.entries(tree, recursive: request.value("recursive") == "true").map { entry -> JSON in
        [
          "path": .string(folder.isEmpty ? entry.path : "\(folder)/\(entry.path)"),
          "type": entry.file == nil ? "tree" : "blob", "mode": .string(entry.file?.mode ?? "040000"),
          "id": .id(entry.file?.id ?? .zero),
        ]
      }
      return request.linked(list)
    case ("GET", "compare", nil):
      guard let from = request.value("from"), let to = request.value("to"), forge.branches[from] != nil,
        forge.branches[to] != nil
      else { return Self.missing("Ref") }
      return .json(["commits": forge.hasNews(to, from) ? .array([["id": "x"]]) : .array([])])
    default: return Self.missing("Page")
    }
  }

  private func commit(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    let name = body.text("branch") ?? ""
    let old = forge.branches[name]
    let force = body.flag("force") ?? false
    var parent = old
    if let start = body.id("start_sha") {
      if old != nil, !force {
        return Self.bad("A branch called '\(name)' already exists. Switch to that branch in order to make changes")
      }
      guard forge.commits[start] != nil else { return Self.bad("Cannot find start_sha") }
      parent = start
    } else if old == nil, !forge.isEmpty {
      return Self.bad("You can only create or edit files when you are on a branch")
    }
    let known = parent.flatMap { forge.commits[$0] }
    var tree = known?.tree ?? [:]
    for action in body.list("actions") {
      let path = action.text("file_path") ?? ""
      func bytes() -> [UInt8] {
        let text = action.text("content") ?? ""
        return action.text("encoding") == "base64" ? Base64.decode(text) ?? [] : Array(text.utf8)
      }
      if ["update", "delete", "move"].contains(action.text("action") ?? ""), let known,
        let last = action.text("last_commit_id"),
        last != forge.lastChange(of: action.text("previous_path") ?? path, at: known).description
      {
        return Self.bad("You are attempting to update a file that has changed since you started editing it.")
      }
      switch action.text("action") {
      case "create":
        if tree[path] != nil { return Self.bad("A file with this name already exists") }
        tree[path] = Forge.File(bytes: bytes())
      case "update":
        guard let file = tree[path] else { return Self.bad("A file with this name doesn't exist") }
        tree[path] = Forge.File(mode: file.mode, bytes: bytes())
      case "delete":
        if tree.removeValue(forKey: path) == nil { return Self.bad("A file with this name doesn't exist") }
      case "move":
        guard let file = action.text("previous_path").flatMap({ tree.removeValue(forKey: $0) }) else {
          return Self.bad("A file with this name doesn't exist")
        }
        tree[path] = Forge.File(mode: file.mode, bytes: action["content"] == nil ? file.bytes : bytes())
      case "chmod":
        if tree[path] == nil { return Self.bad("A file with this name doesn't exist") }
        tree[path]?.mode = action.flag("execute_filemode") == true ? "100755" : "100644"
      default: return Self.bad("actions[action] does not have a valid value")
      }
    }
    let id = forge.add(
      tree, parents: parent.map { [$0] } ?? [], message: body.text("commit_message") ?? "",
      name: body.text("author_name") ?? "Alice", email: body.text("author_email") ?? "alice@acme.test")
    forge.branches[name] = id
    return .json(["id": .id(id), "parent_ids": .array((parent.map { [$0] } ?? []).map { .id($0) })], 201)
  }

  // MARK: - Merge requests

  private func json(_ pull: Forge.Pull, _ forge: Forge, isComputed: Bool) -> JSON {
    let status: JSON =
      !isComputed ? "checking" : pull.isDraft ? "draft_status" : forge.merged(pull) == nil ? "conflict" : "mergeable"
    return .members([
      ("iid", .integer(pull.number)), ("title", .string((pull.isDraft ? "Draft: " : "") + pull.title)),
      ("description", .string(pull.body)),
      ("state", pull.state == .open ? "opened" : .string(pull.state.rawValue)), ("draft", .bool(pull.isDraft)),
      ("source_branch", .string(pull.head)), ("target_branch", .string(pull.base)), ("sha", .id(forge.head(of: pull))),
      ("merge_commit_sha", .id(pull.mergeCommit)), ("labels", .array(pull.labels.map { .string($0) })),
      ("reviewers", .array(pull.reviewers.map { ["username": .string($0)] })), ("author", ["username": "alice"]),
      ("web_url", .string("https://gitlab.com/acme/infra/fleet/-/merge_requests/\(pull.number)")),
      ("created_at", fakeDate(pull.number)), ("updated_at", fakeDate(pull.updated)),
      ("merged_at", pull.state == .merged ? fakeDate(pull.updated) : .null), ("detailed_merge_status", status),
      ("source_project_id", 5), ("target_project_id", 5),
    ])
  }

  private func requests(
    _ request: SeenRequest, _ rest: [String], _ body: JSON, _ forge: inout Forge
  ) -> FakeAnswer {
    if rest.isEmpty {
      if request.method == "POST" { return open(body, &forge) }
      let state: PullRequest.State? =
        switch request.value("state") {
        case "opened": .open
        case "merged": .merged
        case "closed": .closed
        default: nil
        }
      let labels = Set((request.value("labels") ?? "").split(separator: ",").map(String.init))
      let list = forge.list(
        state: state, head: request.value("source_branch"), base: request.value("target_branch"))
      return request.linked(
        list.filter { labels.isSubset(of: $0.labels) }.sorted { $0.updated > $1.updated }.map {
          json($0, forge, isComputed: false)
        })
    }
    guard let number = Int(rest[0]), let pull = forge.pulls[number] else { return Self.missing("Not found") }
    switch (request.method, rest.dropFirst().first ?? "") {
    case ("GET", ""):
      forge.pulls[number]?.isComputing = false
      return .json(json(pull, forge, isComputed: !pull.isComputing))
    case ("PUT", ""):
      if body.text("state_event") == "close", pull.state != .open { return Self.bad("Cannot close") }
      forge.change(number) { pull in
        if let title = body.text("title") {
          pull.isDraft = title.hasPrefix("Draft: ")
          pull.title = pull.isDraft ? String(title.dropFirst(7)) : title
        }
        pull.body = body.text("description") ?? pull.body
        if let labels = body.text("labels") { pull.labels = labels.split(separator: ",").map(String.init) }
        if body.text("state_event") == "close" { pull.state = .closed }
      }
      return .json(json(forge.pulls[number] ?? pull, forge, isComputed: true))
    case ("PUT", "merge"):
      if let sha = body.id("sha"), sha != forge.head(of: pull), pull.state == .open {
        return .json(["message": "SHA does not match HEAD of source branch"], 409)
      }
      guard pull.state == .open, !pull.isDraft,
        forge.merge(
          number, squash: body.flag("squash") ?? false, message: body.text("merge_commit_message") ?? "Merge",
          deleteBranch: body.flag("should_remove_source_branch") ?? false)
      else { return .json(["message": "405 Method Not Allowed"], 405) }
      return .json(json(forge.pulls[number] ?? pull, forge, isComputed: true))
    case ("POST", "notes"):
      forge.change(number) { $0.comments.append(body.text("body") ?? "") }
      return .json(["id": 1], 201)
    default: return Self.missing("Page")
    }
  }

  private func open(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    let head = body.text("source_branch") ?? ""
    let base = body.text("target_branch") ?? ""
    for (field, name) in [("source_branch", head), ("target_branch", base)] where forge.branches[name] == nil {
      return .json(["message": .object(JSONObject([(field, .array(["does not exist"]))]))], 400)
    }
    if let open = forge.open(head, base) {
      return .json(
        [
          "message": .array([
            .string("Another open merge request already exists for this source branch: !\(open.number)")
          ])
        ],
        409)
    }
    let title = body.text("title") ?? ""
    let isDraft = title.hasPrefix("Draft: ")
    let pull = forge.openPull(
      isDraft ? String(title.dropFirst(7)) : title, body.text("description") ?? "", head, base, isDraft: isDraft,
      labels: (body.text("labels") ?? "").split(separator: ",").map(String.init),
      reviewers: body.list("reviewer_ids").map { _ in "bob" })
    return .json(json(pull, forge, isComputed: false), 201)
  }
}
