import HTTPTypes
import WGECore
import WGEHTTP

@testable import WGEGit

/// Azure DevOps' Git API for one repository.
struct FakeAzureDevOps: FakeProvider {
  /// A personal token goes as a password.
  func isSignedIn(_ request: SeenRequest) -> Bool { request.fields[.authorization] == "Basic OlRPS0VO" }

  /// The sign-in page, with a status of success.
  let unauthorized = FakeAnswer(
    status: 203, fields: [.contentType: "text/html"], body: Array("<html>Sign in</html>".utf8))

  private static func error(_ status: Int, _ key: String, _ message: String = "refused") -> FakeAnswer {
    .json(["typeKey": .string(key), "message": .string("TF000000: \(message)")], status)
  }

  private static let missing = error(404, "GitItemNotFoundException")

  func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    let parts = request.segments
    if parts == ["acme", "_apis", "connectionData"] {
      return .json([
        "authenticatedUser": [
          "id": "c3", "providerDisplayName": "Alice", "properties": ["Account": ["$value": "alice@acme.test"]],
        ]
      ])
    }
    guard parts.starts(with: ["acme", "platform", "_apis", "git", "repositories", "config"]) else {
      return Self.error(404, "GitRepositoryNotFoundException")
    }
    guard request.value("api-version") == "7.1" else { return Self.error(400, "VssVersionNotSpecifiedException") }
    let rest = Array(parts.dropFirst(6))
    let body = request.json ?? .null
    switch (request.method, (rest.first ?? "").lowercased()) {
    case ("GET", ""):
      return .json(
        .members([
          ("id", "a1"), ("name", "config"), ("remoteUrl", "https://acme@dev.azure.com/acme/platform/_git/config"),
          ("webUrl", "https://dev.azure.com/acme/platform/_git/config"),
          ("defaultBranch", forge.isEmpty ? nil : .string("refs/heads/\(Forge.defaultBranch)")),
        ]))
    case ("GET", "refs"):
      let filter = String((request.value("filter") ?? "").dropFirst("heads/".count))
      let found = forge.sortedBranches.filter { $0.name.hasPrefix(filter) }
      let (values, next) = request.page(found, number: "continuationToken")
      var fields: HTTPFields = [:]
      if let next { fields[.wellKnown("x-ms-continuationtoken")] = String(next) }
      return .json(
        [
          "value": .array(
            values.map { ["name": .string("refs/heads/\($0.name)"), "objectId": .id($0.head), "isLocked": false] })
        ], 200, fields)
    case ("POST", "refs"): return move(body, &forge)
    case ("GET", "commits"):
      guard rest.count == 2, let commit = forge.find(rest[1]) else {
        return Self.error(404, "GitCommitDoesNotExistException")
      }
      let person: JSON = ["name": .string(commit.name), "email": .string(commit.email), "date": "2026-01-01T00:00:00Z"]
      return .json([
        "commitId": .id(commit.id), "treeId": .id(forge.id(of: commit.tree)), "comment": .string(commit.message),
        "parents": .array(commit.parents.map { .id($0) }), "author": person, "committer": person,
      ])
    case ("POST", "commits"):
      guard rest.count == 3, let commit = forge.find(rest[1]) else {
        return Self.error(404, "GitCommitDoesNotExistException")
      }
      let name = [body.text("context", "genre"), body.text("context", "name")].compactMap { $0 }.joined(separator: "/")
      forge.statuses.append((commit.id, body.text("state") ?? "", name))
      return .json([:], 201)
    case ("GET", "items"): return items(request, &forge)
    case ("GET", "trees"):
      guard rest.count == 2, let tree = GitObjectID(rest[1]).flatMap({ forge.trees[$0] }) else {
        return Self.error(404, "GitObjectDoesNotExistException")
      }
      let entries = Forge.entries(tree, recursive: request.value("recursive") == "true")
      return .json([
        "treeEntries": .array(
          entries.map { entry in
            [
              "relativePath": .string(entry.path), "mode": .string(entry.file?.mode ?? "040000"),
              "gitObjectType": entry.file == nil ? "tree" : "blob", "objectId": .id(entry.file?.id ?? .zero),
            ]
          })
      ])
    case ("POST", "pushes"): return push(body, &forge)
    case (_, "pullrequests"): return pulls(request, Array(rest.dropFirst()), body, &forge)
    default: return Self.missing
    }
  }

  // MARK: - Repository

  private func move(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    let change = body[0] ?? .null
    let name = String((change.text("name") ?? "").dropFirst("refs/heads/".count))
    let old = change.id("oldObjectId") ?? .zero
    let new = change.id("newObjectId") ?? .zero
    let isFresh = (forge.branches[name] ?? .zero) == old
    if isFresh { forge.branches[name] = new == .zero ? nil : new }
    let entry: JSON = [
      "name": .string("refs/heads/\(name)"), "success": .bool(isFresh),
      "updateStatus": isFresh ? "succeeded" : "staleOldObjectId",
    ]
    return .json(["value": .array([entry]), "count": 1])
  }

  private func items(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    guard let version = request.value("versionDescriptor.version"),
      (request.value("versionDescriptor.versionType") == "commit") == (GitObjectID(version) != nil),
      let commit = forge.find(version)
    else { return Self.error(404, "GitUnresolvableToCommitException") }
    if let path = request.value("path")?.drop(while: { $0 == "/" }) {
      guard let file = commit.tree[String(path)] else {
        let below = Forge.below(String(path), commit.tree)
        if below.isEmpty { return Self.missing }
        return .json(["objectId": .id(forge.id(of: below)), "gitObjectType": "tree", "path": .string("/\(path)")])
      }
      if request.value("$format") == "octetStream" {
        return FakeAnswer(status: 200, fields: [.contentType: "application/octet-stream"], body: file.bytes)
      }
      return .json(["objectId": .id(file.id), "gitObjectType": "blob", "path": .string("/\(path)")])
    }
    let scope = String((request.value("scopePath") ?? "/").drop { $0 == "/" })
    let tree = Forge.below(scope, commit.tree)
    if tree.isEmpty { return Self.missing }
    // The folder itself comes first.
    var list: [JSON] = [
      ["path": .string("/\(scope)"), "gitObjectType": "tree", "isFolder": true, "objectId": .id(forge.id(of: tree))]
    ]
    for entry in Forge.entries(tree, recursive: request.value("recursionLevel") == "full") {
      list.append([
        "path": .string("/" + (scope.isEmpty ? entry.path : "\(scope)/\(entry.path)")),
        "gitObjectType": entry.file == nil ? "tree" : "blob",
        "objectId": .id(entry.file?.id ?? forge.id(of: Forge.below(entry.path, tree))),
      ])
    }
    return .json(["value": .array(list)])
  }

  private func push(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    let update = body.list("refUpdates").first ?? .null
    let name = String((update.text("name") ?? "").dropFirst("refs/heads/".count))
    let old = update.id("oldObjectId") ?? .zero
    guard (forge.branches[name] ?? .zero) == old else {
      return Self.error(409, "GitReferenceStaleException", "TF401028")
    }
    guard body.list("commits").count == 1, let commit = body.list("commits").first else {
      return Self.error(400, "GitArgumentException")
    }
    var tree = forge.commits[old]?.tree ?? [:]
    for change in commit.list("changes") {
      let path = String((change.text("item", "path") ?? "").dropFirst())
      let content = change["newContent"]
      let bytes =
        content?.text("contentType") == "base64encoded"
        ? content?.text("content").flatMap { Base64.decode($0) } : content?.text("content").map { Array($0.utf8) }
      switch change.text("changeType") {
      case "add":
        if tree[path] != nil { return Self.error(400, "GitItemAlreadyExistsException") }
        tree[path] = Forge.File(bytes: bytes ?? [])
      case "edit":
        guard let file = tree[path] else { return Self.missing }
        tree[path] = Forge.File(mode: file.mode, bytes: bytes ?? [])
      case "delete": if tree.removeValue(forKey: path) == nil { return Self.missing }
      case "rename", "edit, rename":
        let source = String((change.text("sourceServerItem") ?? "").dropFirst())
        guard let file = tree.removeValue(forKey: source) else { return Self.missing }
        tree[path] = Forge.File(mode: file.mode, bytes: bytes ?? file.bytes)
      default: return Self.error(400, "GitArgumentException")
      }
    }
    let id = forge.add(
      tree, parents: old == .zero ? [] : [old], message: commit.text("comment") ?? "",
      name: commit.text("author", "name") ?? "Alice", email: commit.text("author", "email") ?? "alice@acme.test")
    forge.branches[name] = id
    return .json(["commits": [["commitId": .id(id)]], "refUpdates": [["newObjectId": .id(id)]]], 201)
  }

  // MARK: - Pull requests

  private func json(_ pull: Forge.Pull, _ forge: Forge) -> JSON {
    let status: JSON =
      switch pull.state {
      case .open: "active"
      case .merged: "completed"
      case .closed: "abandoned"
      }
    let merge: JSON = pull.isComputing ? "queued" : forge.merged(pull) == nil ? "conflicts" : "succeeded"
    return .members([
      ("pullRequestId", .integer(pull.number)), ("title", .string(pull.title)), ("description", .string(pull.body)),
      ("status", status), ("isDraft", .bool(pull.isDraft)), ("sourceRefName", .string("refs/heads/\(pull.head)")),
      ("targetRefName", .string("refs/heads/\(pull.base)")), ("mergeStatus", merge),
      ("lastMergeSourceCommit", ["commitId": .id(forge.head(of: pull))]),
      ("lastMergeCommit", pull.mergeCommit.map { ["commitId": .id($0)] }),
      ("reviewers", .array(pull.reviewers.map { ["id": .string($0)] })),
      ("createdBy", ["uniqueName": "alice@acme.test"]), ("creationDate", fakeDate(pull.number)),
      ("closedDate", pull.state == .open ? nil : fakeDate(pull.updated)),
      ("repository", ["webUrl": "https://dev.azure.com/acme/platform/_git/config"]),
    ])
  }

  private func pulls(_ request: SeenRequest, _ rest: [String], _ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    if rest.isEmpty { return request.method == "POST" ? open(body, &forge) : list(request, forge) }
    guard let number = Int(rest[0]), let pull = forge.pulls[number] else {
      return Self.error(404, "GitPullRequestNotFoundException")
    }
    switch (request.method, rest.dropFirst().first ?? "") {
    case ("GET", ""):
      // The merge is tried in the background, and not before the first look.
      forge.pulls[number]?.isComputing = false
      return .json(json(pull, forge))
    case ("PATCH", ""): return change(number, pull, body, &forge)
    case ("GET", "labels"): return .json(["value": .array(pull.labels.map { ["name": .string($0)] })])
    case ("POST", "labels"):
      forge.change(number) { pull in
        if let name = body.text("name"), !pull.labels.contains(name) { pull.labels.append(name) }
      }
      return .json([:])
    case ("DELETE", "labels"):
      forge.change(number) { pull in pull.labels.removeAll { $0 == rest.last } }
      return FakeAnswer(status: 200)
    case ("POST", "threads"):
      forge.change(number) { $0.comments.append(body.list("comments").first?.text("content") ?? "") }
      return .json(["id": 1])
    default: return Self.missing
    }
  }

  private func change(_ number: Int, _ pull: Forge.Pull, _ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    switch body.text("status") {
    case "completed":
      guard pull.state == .open else { return Self.error(400, "GitPullRequestNotEditableException") }
      guard body.id("lastMergeSourceCommit", "commitId") == forge.head(of: pull) else {
        return Self.error(409, "GitPullRequestStaleException")
      }
      // It says "queued" and goes on by itself; a conflict is told by the pull request later.
      let options = body["completionOptions"] ?? .null
      let accepted = json(pull, forge)
      _ = forge.merge(
        number, squash: options.text("mergeStrategy") == "squash",
        message: options.text("mergeCommitMessage") ?? "Merged PR \(number)",
        deleteBranch: options.flag("deleteSourceBranch") ?? false)
      return .json(accepted)
    case "abandoned":
      guard pull.state == .open else { return Self.error(400, "GitPullRequestNotEditableException") }
      forge.change(number) { $0.state = .closed }
    default:
      forge.change(number) { pull in
        pull.title = body.text("title") ?? pull.title
        pull.body = body.text("description") ?? pull.body
        pull.isDraft = body.flag("isDraft") ?? pull.isDraft
      }
    }
    return .json(json(forge.pulls[number] ?? pull, forge))
  }

  private func list(_ request: SeenRequest, _ forge: Forge) -> FakeAnswer {
    let state: PullRequest.State? =
      switch request.value("searchCriteria.status") {
      case "active": .open
      case "completed": .merged
      case "abandoned": .closed
      default: nil
      }
    func branch(_ name: String) -> String? {
      request.value("searchCriteria.\(name)").map { String($0.dropFirst("refs/heads/".count)) }
    }
    let skip = request.value("$skip").flatMap { Int($0) } ?? 0
    let top = request.value("$top").flatMap { Int($0) } ?? 101
    let found = forge.list(state: state, head: branch("sourceRefName"), base: branch("targetRefName"))
    return .json(["value": .array(found.dropFirst(skip).prefix(top).map { json($0, forge) })])
  }

  private func open(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    func branch(_ key: String) -> String { String((body.text(key) ?? "").dropFirst("refs/heads/".count)) }
    let (head, base) = (branch("sourceRefName"), branch("targetRefName"))
    if forge.branches[head] == nil || forge.branches[base] == nil {
      return Self.error(400, "GitArgumentException", "the ref does not exist")
    }
    if forge.open(head, base) != nil { return Self.error(409, "GitPullRequestExistsException", "TF401179") }
    let pull = forge.openPull(
      body.text("title") ?? "", body.text("description") ?? "", head, base, isDraft: body.flag("isDraft") ?? false,
      labels: body.list("labels").compactMap { $0.text("name") },
      reviewers: body.list("reviewers").compactMap { $0.text("id") })
    return .json(json(pull, forge), 201)
  }
}
