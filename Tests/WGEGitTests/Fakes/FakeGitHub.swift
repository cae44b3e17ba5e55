import HTTPTypes
import WGECore

@testable import WGEGit

/// GitHub's Git data, contents, pulls and issues APIs for one repository.
struct FakeGitHub: FakeProvider {
  /// `/api/v3` on Enterprise servers.
  var root = ""
  let unauthorized = FakeAnswer.json(["message": "Bad credentials"], 401)

  private static let missing = FakeAnswer.json(["message": "Not Found"], 404)
  private static let empty = FakeAnswer.json(["message": "Git Repository is empty."], 409)

  private static func invalid(_ message: String) -> FakeAnswer { .json(["message": .string(message)], 422) }

  func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    guard request.path.hasPrefix(root), request.fields[.userAgent] != nil else { return Self.missing }
    var request = request
    let full = request.path
    request.path = String(full.dropFirst(root.count))
    let parts = request.segments
    if parts == ["user"] { return .json(["login": "alice", "id": 7, "name": "Alice", "email": .null]) }
    guard parts.count >= 3, parts[0] == "repos", parts[1] == "acme", parts[2] == "fleet" else { return Self.missing }
    let rest = Array(parts.dropFirst(3))
    request.path = full
    switch (request.method, rest.first ?? "") {
    case ("GET", "") where rest.isEmpty:
      return .json([
        "id": 1, "full_name": "acme/fleet", "default_branch": .string(Forge.defaultBranch),
        "size": forge.isEmpty ? 0 : 10, "private": true,
        "clone_url": .string((root.isEmpty ? "https://github.com" : request.origin) + "/acme/fleet.git"),
        "permissions": ["push": true],
      ])
    case ("GET", "branches"):
      return request.linked(
        forge.sortedBranches.map { ["name": .string($0.name), "commit": ["sha": .id($0.head)], "protected": false] })
    case (_, "git"): return git(request, Array(rest.dropFirst()), &forge)
    case (_, "contents"): return contents(request, rest.dropFirst().joined(separator: "/"), &forge)
    case (_, "pulls"): return pulls(request, Array(rest.dropFirst()), &forge)
    case (_, "issues"): return issues(request, Array(rest.dropFirst()), &forge)
    case ("POST", "statuses"):
      guard rest.count == 2, let commit = forge.find(rest[1]) else { return Self.invalid("No commit found for SHA") }
      forge.statuses.append((commit.id, request.json?.text("state") ?? "", request.json?.text("context") ?? ""))
      return .json([:], 201)
    default: return Self.missing
    }
  }

  // MARK: - Git data

  private func git(_ request: SeenRequest, _ rest: [String], _ forge: inout Forge) -> FakeAnswer {
    let body = request.json ?? .null
    let name = rest.dropFirst(2).joined(separator: "/")
    func reference(_ name: String, _ head: GitObjectID) -> JSON {
      ["ref": .string("refs/heads/\(name)"), "object": ["sha": .id(head), "type": "commit"]]
    }
    switch (request.method, rest.first ?? "") {
    case ("GET", "ref"):
      if forge.isEmpty { return Self.empty }
      return forge.branches[name].map { .json(reference(name, $0)) } ?? Self.missing
    case ("POST", "refs"):
      if forge.isEmpty { return Self.empty }
      let name = String((body.text("ref") ?? "").dropFirst("refs/heads/".count))
      guard let commit = body.id("sha"), forge.commits[commit] != nil else {
        return Self.invalid("Object does not exist")
      }
      if forge.branches[name] != nil { return Self.invalid("Reference already exists") }
      forge.branches[name] = commit
      return .json(reference(name, commit), 201)
    case ("PATCH", "refs"):
      guard let old = forge.branches[name] else { return Self.invalid("Reference does not exist") }
      guard let commit = body.id("sha"), forge.commits[commit] != nil else {
        return Self.invalid("Object does not exist")
      }
      if body.flag("force") != true, !forge.ancestors(commit).contains(old) {
        return Self.invalid("Update is not a fast forward")
      }
      forge.branches[name] = commit
      return .json(reference(name, commit))
    case ("DELETE", "refs"):
      guard forge.branches.removeValue(forKey: name) != nil else { return Self.invalid("Reference does not exist") }
      return .nothing
    case ("GET", "commits"):
      guard let commit = rest.count == 2 ? forge.find(rest[1]) : nil else { return Self.missing }
      let person: JSON = ["name": .string(commit.name), "email": .string(commit.email), "date": "2026-01-01T00:00:00Z"]
      return .json([
        "sha": .id(commit.id), "tree": ["sha": .id(forge.id(of: commit.tree))], "message": .string(commit.message),
        "parents": .array(commit.parents.map { ["sha": .id($0)] }), "author": person, "committer": person,
      ])
    case ("POST", "commits"):
      guard
        let tree = body.id("tree").flatMap({ forge.trees[$0] })
          ?? body.text("tree").flatMap({ GitObjectID($0) }).flatMap({ forge.trees[$0] })
      else { return Self.invalid("Tree SHA does not exist") }
      let parents = body.list("parents").compactMap { $0.stringValue.flatMap { GitObjectID($0) } }
      let id = forge.add(
        tree, parents: parents, message: body.text("message") ?? "", name: body.text("author", "name") ?? "Alice",
        email: body.text("author", "email") ?? "alice@acme.test")
      return .json(["sha": .id(id)], 201)
    case ("GET", "trees"): return tree(request, rest, &forge)
    case ("POST", "trees"): return writeTree(body, &forge)
    case ("POST", "blobs"):
      if forge.isEmpty { return Self.empty }
      guard let bytes = body.text("content").flatMap({ Base64.decode($0) }) else { return Self.invalid("bad content") }
      forge.blobs[GitObjectID(ofFile: bytes)] = bytes
      return .json(["sha": .id(GitObjectID(ofFile: bytes))], 201)
    default: return Self.missing
    }
  }

  private func tree(_ request: SeenRequest, _ rest: [String], _ forge: inout Forge) -> FakeAnswer {
    guard rest.count == 2, let id = GitObjectID(rest[1]), let tree = forge.trees[id] else { return Self.missing }
    var list: [JSON] = []
    for entry in Forge.entries(tree, recursive: request.value("recursive") == "1") {
      if let file = entry.file {
        list.append([
          "path": .string(entry.path), "mode": .string(file.mode), "type": "blob", "sha": .id(file.id),
          "size": .integer(file.bytes.count),
        ])
      } else {
        let below = forge.id(of: Forge.below(entry.path, tree))
        list.append(["path": .string(entry.path), "mode": "040000", "type": "tree", "sha": .id(below)])
      }
    }
    return .json(["sha": .id(id), "tree": .array(list), "truncated": false])
  }

  private func writeTree(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    if forge.isEmpty { return Self.empty }
    var tree: Forge.Tree = [:]
    if let base = body.id("base_tree") {
      guard let known = forge.trees[base] else { return Self.missing }
      tree = known
    }
    for entry in body.list("tree") {
      let path = entry.text("path") ?? ""
      let mode = entry.text("mode") ?? "100644"
      if let text = entry.text("content") {
        tree[path] = Forge.File(mode: mode, bytes: Array(text.utf8))
      } else if let id = entry.id("sha") {
        let known =
          tree.values.first { $0.id == id }?.bytes ?? forge.blobs[id]
          ?? forge.commits.values.lazy.flatMap(\.tree.values).first { $0.id == id }?.bytes
        guard let known else { return Self.invalid("tree.sha \(id) is not a valid blob") }
        tree[path] = Forge.File(mode: mode, bytes: known)
      } else {
        guard tree.removeValue(forKey: path) != nil else { return Self.invalid("GitRPC::BadObjectState") }
      }
    }
    return .json(["sha": .id(forge.id(of: tree))], 201)
  }

  private func contents(_ request: SeenRequest, _ path: String, _ forge: inout Forge) -> FakeAnswer {
    if request.method == "GET" {
      guard let commit = request.value("ref").flatMap({ forge.find($0) }), let file = commit.tree[path] else {
        return Self.missing
      }
      // GitHub breaks the lines.
      let text = Base64.encode(file.bytes)
      let lines = stride(from: 0, to: text.utf8.count, by: 60).map { String(text.dropFirst($0).prefix(60)) }
      return .json([
        "type": "file", "encoding": "base64", "content": .string(lines.joined(separator: "\n") + "\n"),
        "sha": .id(file.id),
      ])
    }
    let body = request.json ?? .null
    guard request.method == "PUT", let bytes = body.text("content").flatMap({ Base64.decode($0) }) else {
      return Self.missing
    }
    let branch = body.text("branch") ?? Forge.defaultBranch
    let old = forge.branches[branch].flatMap { forge.commits[$0] }
    if old?.tree[path] != nil { return Self.invalid("Invalid request.\n\n\"sha\" wasn't supplied.") }
    var tree = old?.tree ?? [:]
    tree[path] = Forge.File(bytes: bytes)
    let id = forge.add(tree, parents: old.map { [$0.id] } ?? [], message: body.text("message") ?? "")
    forge.branches[branch] = id
    return .json(["commit": ["sha": .id(id)]], 201)
  }

  // MARK: - Pull requests

  private func json(_ pull: Forge.Pull, _ forge: Forge, isComputed: Bool = false) -> JSON {
    let merged = pull.state == .merged
    return .members([
      ("number", .integer(pull.number)), ("title", .string(pull.title)), ("body", .string(pull.body)),
      ("state", pull.state == .open ? "open" : "closed"), ("draft", .bool(pull.isDraft)),
      ("head", ["ref": .string(pull.head), "sha": .id(forge.head(of: pull)), "repo": ["full_name": "acme/fleet"]]),
      ("base", ["ref": .string(pull.base), "repo": ["full_name": "acme/fleet"]]),
      ("html_url", .string("https://github.com/acme/fleet/pull/\(pull.number)")), ("user", ["login": "alice"]),
      ("labels", .array(pull.labels.map { ["name": .string($0)] })),
      ("requested_reviewers", .array(pull.reviewers.map { ["login": .string($0)] })),
      ("merged_at", merged ? fakeDate(pull.updated) : .null), ("merge_commit_sha", .id(pull.mergeCommit)),
      ("created_at", fakeDate(pull.number)), ("updated_at", fakeDate(pull.updated)),
      ("closed_at", pull.state == .open ? .null : fakeDate(pull.updated)),
      ("mergeable", isComputed && pull.state == .open ? .bool(forge.merged(pull) != nil) : .null),
      ("mergeable_state", forge.merged(pull) != nil ? "clean" : "dirty"),
    ])
  }

  private func pulls(_ request: SeenRequest, _ rest: [String], _ forge: inout Forge) -> FakeAnswer {
    let body = request.json ?? .null
    if rest.isEmpty {
      if request.method == "POST" { return open(body, &forge) }
      let state: PullRequest.State? = request.value("state") == "open" ? .open : nil
      let head = request.value("head").map { String($0.split(separator: ":").last ?? "") }
      var list = forge.list(state: state, head: head, base: request.value("base"))
      if request.value("state") == "closed" { list.removeAll { $0.state == .open } }
      return request.linked(list.sorted { $0.updated > $1.updated }.map { json($0, forge) })
    }
    guard let number = Int(rest[0]), let pull = forge.pulls[number] else { return Self.missing }
    switch (request.method, rest.dropFirst().first ?? "") {
    case ("GET", ""):
      // Computed in the background, and not at the first look.
      forge.pulls[number]?.isComputing = false
      return .json(json(pull, forge, isComputed: !pull.isComputing))
    case ("PATCH", ""):
      forge.change(number) { pull in
        pull.title = body.text("title") ?? pull.title
        pull.body = body.text("body") ?? pull.body
        if body.text("state") == "closed", pull.state == .open { pull.state = .closed }
      }
      return .json(json(forge.pulls[number] ?? pull, forge))
    case ("PUT", "merge"):
      if pull.state != .open || pull.isDraft { return .json(["message": "Pull Request is not mergeable"], 405) }
      if let sha = body.id("sha"), sha != forge.head(of: pull) {
        return .json(["message": "Head branch was modified. Review and try the merge again."], 409)
      }
      let message = body.text("commit_title") ?? "Merge pull request #\(number)"
      guard forge.merge(number, squash: body.text("merge_method") != "merge", message: message, deleteBranch: false)
      else { return .json(["message": "Pull Request is not mergeable"], 405) }
      return .json(["sha": .id(forge.pulls[number]?.mergeCommit), "merged": true])
    case ("POST", "requested_reviewers"):
      forge.change(number) { $0.reviewers += body.list("reviewers").compactMap(\.stringValue) }
      return .json([:], 201)
    default: return Self.missing
    }
  }

  private func open(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    let head = body.text("head") ?? ""
    let base = body.text("base") ?? ""
    for (field, name) in [("head", head), ("base", base)] where forge.branches[name] == nil {
      return .json(
        [
          "message": "Validation Failed",
          "errors": [["field": .string(field), "code": "invalid", "resource": "PullRequest"]],
        ],
        422)
    }
    if forge.open(head, base) != nil {
      let said = "A pull request already exists for acme:\(head)."
      return .json(["message": "Validation Failed", "errors": [["message": .string(said)]]], 422)
    }
    if !forge.hasNews(head, base) {
      let said = "No commits between \(base) and \(head)"
      return .json(["message": "Validation Failed", "errors": [["message": .string(said)]]], 422)
    }
    let pull = forge.openPull(
      body.text("title") ?? "", body.text("body") ?? "", head, base, isDraft: body.flag("draft") ?? false)
    return .json(json(pull, forge), 201)
  }

  private func issues(_ request: SeenRequest, _ rest: [String], _ forge: inout Forge) -> FakeAnswer {
    guard rest.count == 2, let number = Int(rest[0]), forge.pulls[number] != nil else { return Self.missing }
    let body = request.json ?? .null
    let labels = body.list("labels").compactMap(\.stringValue)
    switch (request.method, rest[1]) {
    case ("POST", "labels"):
      forge.change(number) { pull in pull.labels += labels.filter { !pull.labels.contains($0) } }
    case ("PUT", "labels"): forge.change(number) { $0.labels = labels }
    case ("POST", "comments"): forge.change(number) { $0.comments.append(body.text("body") ?? "") }
    default: return Self.missing
    }
    return .json(.array([]), request.method == "PUT" ? 200 : 201)
  }
}
