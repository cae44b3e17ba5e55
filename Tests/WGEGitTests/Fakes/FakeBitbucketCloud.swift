import HTTPTypes
import WGECore

@testable import WGEGit

/// Bitbucket Cloud's API 2.0 for one repository.
struct FakeBitbucketCloud: FakeProvider {
  /// The token is a repository's own.
  var hasNoUser = false
  let unauthorized = Self.error(401, "Token is invalid or not supported for this endpoint.")

  private static func error(_ status: Int, _ message: String, fields: JSON? = nil) -> FakeAnswer {
    .json(["type": "error", "error": .members([("message", .string(message)), ("fields", fields)])], status)
  }

  private static let missing = error(404, "Not found")

  func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    let parts = request.segments
    // What is listed for everybody is listed to whoever has a good credential.
    if parts == ["2.0", "repositories"] { return .json(["values": .array([])]) }
    if parts == ["2.0", "user"], hasNoUser { return unauthorized }
    if parts == ["2.0", "user"] { return .json(["username": "alice", "display_name": "Alice", "uuid": "{a}"]) }
    guard parts.starts(with: ["2.0", "repositories", "acme", "fleet"]) else { return Self.missing }
    let rest = Array(parts.dropFirst(4))
    let body = request.json ?? .null
    switch (request.method, rest.first ?? "") {
    case ("GET", ""):
      return .json(
        .members([
          ("full_name", "acme/fleet"), ("uuid", "{1}"), ("is_private", true),
          ("mainbranch", forge.isEmpty ? .null : ["name": .string(Forge.defaultBranch)]),
          ("links", ["clone": [["name": "https", "href": "https://alice@bitbucket.org/acme/fleet.git"]]]),
        ]))
    case (_, "refs"): return branches(request, rest.dropFirst(2).joined(separator: "/"), body, &forge)
    case ("GET", "commit"):
      guard rest.count == 2, let commit = forge.find(rest[1]) else { return Self.missing }
      return .json(json(commit))
    case ("POST", "commit"):
      guard rest.count == 4, let commit = forge.find(rest[1]), (body.text("key") ?? "").count <= 40 else {
        return Self.missing
      }
      forge.statuses.append((commit.id, body.text("state") ?? "", body.text("key") ?? ""))
      return .json([:], 201)
    case ("GET", "src"): return source(request, Array(rest.dropFirst()), forge)
    case ("POST", "src"): return commit(request, &forge)
    case (_, "pullrequests"): return pulls(request, Array(rest.dropFirst()), body, &forge)
    default: return Self.missing
    }
  }

  private func paged(_ request: SeenRequest, _ all: [JSON]) -> FakeAnswer {
    let (values, next) = request.page(all)
    return .json(
      .members([
        ("pagelen", 3), ("values", .array(values)), ("next", next.map { .string(request.url(page: $0)) }),
      ]))
  }

  private func json(_ commit: Forge.Commit) -> JSON {
    [
      "hash": .id(commit.id), "message": .string(commit.message), "date": "2026-01-01T00:00:00+00:00",
      "author": ["raw": .string("\(commit.name) <\(commit.email)>")],
      "parents": .array(commit.parents.map { ["hash": .id($0)] }),
    ]
  }

  // MARK: - Repository

  private func branches(_ request: SeenRequest, _ name: String, _ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    func json(_ name: String, _ head: GitObjectID) -> JSON { ["name": .string(name), "target": ["hash": .id(head)]] }
    switch request.method {
    case "GET" where name.isEmpty: return paged(request, forge.sortedBranches.map { json($0.name, $0.head) })
    case "GET": return forge.branches[name].map { .json(json(name, $0)) } ?? Self.missing
    case "POST":
      let name = body.text("name") ?? ""
      if forge.branches[name] != nil { return Self.error(400, "Branch \"\(name)\" already exists.") }
      guard let commit = body.text("target", "hash").flatMap({ forge.find($0) }) else {
        return Self.error(400, "target.hash: not found")
      }
      forge.branches[name] = commit.id
      return .json(json(name, commit.id), 201)
    default: return forge.branches.removeValue(forKey: name) == nil ? Self.missing : .nothing
    }
  }

  private func source(_ request: SeenRequest, _ rest: [String], _ forge: Forge) -> FakeAnswer {
    guard let revision = rest.first, let commit = forge.find(revision) else { return Self.missing }
    let path = rest.dropFirst().filter { !$0.isEmpty }.joined(separator: "/")
    if let file = commit.tree[path], request.value("format") == "meta" {
      return .json(["type": "commit_file", "path": .string(path), "attributes": Self.attributes(file)])
    }
    if let file = commit.tree[path] {
      return FakeAnswer(status: 200, fields: [.contentType: "application/octet-stream"], body: file.bytes)
    }
    let tree = Forge.below(path, commit.tree)
    if tree.isEmpty { return Self.missing }
    return paged(
      request,
      Forge.entries(tree, depth: request.value("max_depth").flatMap { Int($0) } ?? 1).map { entry in
        [
          "path": .string(path.isEmpty ? entry.path : "\(path)/\(entry.path)"),
          "type": entry.file == nil ? "commit_directory" : "commit_file",
          "size": .integer(entry.file?.bytes.count ?? 0),
          "attributes": entry.file.map(Self.attributes) ?? .array([]),
        ]
      })
  }

  private static func attributes(_ file: Forge.File) -> JSON {
    switch file.mode {
    case "100755": ["executable"]
    case "120000": ["link"]
    default: .array([])
    }
  }

  private func commit(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    let parts = request.multipart.map { (name: $0.name, value: $0.value) }
    func text(_ name: String) -> String? {
      parts.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }
    let branch = text("branch") ?? Forge.defaultBranch
    let head = forge.branches[branch]
    let parent = text("parents").flatMap { GitObjectID($0) }
    if let head, head != parent { return Self.error(409, "Branch \"\(branch)\" has moved") }
    if parent == nil, !forge.isEmpty { return Self.error(400, "parents: required") }
    var tree = parent.flatMap { forge.commits[$0] }?.tree ?? [:]
    for part in parts where part.name.hasPrefix("/") {
      let path = String(part.name.dropFirst())
      tree[path] = Forge.File(mode: tree[path]?.mode ?? "100644", bytes: part.value)
    }
    for part in parts where part.name == "files" {
      tree[String(String(decoding: part.value, as: UTF8.self).dropFirst())] = nil
    }
    let author = text("author")?.split(separator: "<")
    let id = forge.add(
      tree, parents: parent.map { [$0] } ?? [], message: text("message") ?? "",
      name: author?.first?.trimmingBlanks ?? "Alice",
      email: author?.last.map { String($0.dropLast()) } ?? "alice@acme.test")
    forge.branches[branch] = id
    return FakeAnswer(
      status: 201, fields: [.location: "https://api.bitbucket.org/2.0/repositories/acme/fleet/commit/\(id)"])
  }

  // MARK: - Pull requests

  private func json(_ pull: Forge.Pull, _ forge: Forge) -> JSON {
    func place(_ branch: String, _ commit: GitObjectID) -> JSON {
      [
        "branch": ["name": .string(branch)], "commit": ["hash": .string(String(commit.description.prefix(12)))],
        "repository": ["full_name": "acme/fleet"],
      ]
    }
    let state: JSON =
      switch pull.state {
      case .open: "OPEN"
      case .merged: "MERGED"
      case .closed: "DECLINED"
      }
    return .members([
      ("id", .integer(pull.number)), ("title", .string(pull.title)), ("description", .string(pull.body)),
      ("state", state), ("draft", .bool(pull.isDraft)), ("source", place(pull.head, forge.head(of: pull))),
      ("destination", place(pull.base, forge.branches[pull.base] ?? .zero)),
      ("merge_commit", pull.mergeCommit.map { ["hash": .string(String($0.description.prefix(12)))] } ?? .null),
      ("reviewers", .array(pull.reviewers.map { ["uuid": .string($0)] })), ("author", ["nickname": "alice"]),
      ("created_on", fakeDate(pull.number)), ("updated_on", fakeDate(pull.updated)),
      ("links", ["html": ["href": .string("https://bitbucket.org/acme/fleet/pull-requests/\(pull.number)")]]),
    ])
  }

  private func pulls(_ request: SeenRequest, _ rest: [String], _ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    if rest.isEmpty { return request.method == "POST" ? open(body, &forge) : list(request, forge) }
    guard let number = Int(rest[0]), let pull = forge.pulls[number] else { return Self.missing }
    switch (request.method, rest.dropFirst().first ?? "") {
    case ("GET", ""): break
    case ("PUT", ""):
      guard let title = body.text("title") else { return Self.error(400, "title: required key not provided") }
      forge.change(number) { pull in
        pull.title = title
        pull.body = body.text("description") ?? pull.body
        pull.isDraft = body.flag("draft") ?? pull.isDraft
      }
    case ("POST", "merge"):
      guard pull.state == .open else { return Self.error(400, "This pull request is already closed.") }
      guard
        forge.merge(
          number, squash: body.text("merge_strategy") == "squash", message: body.text("message") ?? "Merge",
          deleteBranch: body.flag("close_source_branch") ?? false)
      else { return Self.error(400, "You can't merge until you resolve all merge conflicts.") }
    case ("POST", "decline"):
      guard pull.state == .open else { return Self.error(400, "This pull request is already closed.") }
      forge.change(number) { $0.state = .closed }
    case ("POST", "comments"):
      forge.change(number) { $0.comments.append(body.text("content", "raw") ?? "") }
      return .json(["id": 1], 201)
    default: return Self.missing
    }
    return .json(json(forge.pulls[number] ?? pull, forge))
  }

  private func list(_ request: SeenRequest, _ forge: Forge) -> FakeAnswer {
    let states = request.query.filter { $0.name == "state" }.map(\.value)
    func condition(_ field: String) -> String? {
      guard let query = request.value("q"), let range = query.firstRange(of: "\(field).branch.name = \"") else {
        return nil
      }
      return String(query[range.upperBound...].prefix { $0 != "\"" })
    }
    let found = forge.list(state: nil, head: condition("source"), base: condition("destination")).filter { pull in
      switch pull.state {
      case .open: states.contains("OPEN")
      case .merged: states.contains("MERGED")
      case .closed: states.contains("DECLINED")
      }
    }
    return paged(request, found.sorted { $0.updated > $1.updated }.map { json($0, forge) })
  }

  private func open(_ body: JSON, _ forge: inout Forge) -> FakeAnswer {
    let head = body.text("source", "branch", "name") ?? ""
    let base = body.text("destination", "branch", "name") ?? ""
    for (field, name) in [("source", head), ("destination", base)] where forge.branches[name] == nil {
      return Self.error(
        400, "\(field).branch.name: branch not found", fields: .members([(field, .array(["not found"]))]))
    }
    // Bitbucket takes a second request for a change of the first.
    if let open = forge.open(head, base) { return .json(json(open, forge), 201) }
    if !forge.hasNews(head, base) { return Self.error(400, "There are no changes to be pulled") }
    let pull = forge.openPull(
      body.text("title") ?? "", body.text("description") ?? "", head, base, isDraft: body.flag("draft") ?? false,
      reviewers: body.list("reviewers").compactMap { $0.text("uuid") })
    return .json(json(pull, forge), 201)
  }
}

extension Substring {
  fileprivate var trimmingBlanks: String { String(self).trimmed }
}
