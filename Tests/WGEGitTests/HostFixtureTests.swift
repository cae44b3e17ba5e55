import HTTPTypes
import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEGit

/// Every fixture of the providers' REST exchanges, asked by our hosts.
@Suite struct HostFixtureTests {
  private static let github = Provider(
    name: "github", repository: "acme/fleet", number: 11,
    host: { transport, settings in
      GitHubHost(credential: .token(Secret("TOKEN")), transport: transport, settings: settings)
    }, deletesBranch: false)

  private static let gitlab = Provider(
    name: "gitlab", repository: "acme/infra/fleet", number: 5,
    host: { transport, settings in
      GitLabHost(credential: .token(Secret("TOKEN")), transport: transport, settings: settings)
    },
    extra: { request, _ in
      if request.path.hasSuffix("/branches/topic") {
        let branch: JSON = ["name": "topic", "commit": ["id": "fc9c2a7eb52a88aa138ddbcc77205eedd3941141"]]
        return HTTPTransportResponse(status: .ok, url: "", body: HTTPBody(branch.serialized()))
      }
      // The files that the fixtures change and do not look up.
      guard request.method == "HEAD", request.path.hasSuffix("old.yaml") || request.path.hasSuffix("run.sh") else {
        return nil
      }
      return HTTPTransportResponse(
        status: .ok, fields: [.wellKnown("X-Gitlab-Blob-Id"): "749914fd3452fc10d36ed33cbbd8be1ab72b71a6"], url: "")
    })

  private static func text(_ text: String) -> HTTPTransportResponse {
    HTTPTransportResponse(status: .ok, url: "", body: HTTPBody(Array(text.utf8)))
  }

  private static let bitbucketServer = Provider(
    name: "bitbucket-server", repository: "WG/config", number: 3,
    host: { transport, settings in
      BitbucketServerHost(
        webURL: "https://bitbucket.acme.test", credential: .token(Secret("TOKEN")), transport: transport,
        settings: settings
      ) { job in
        // What the fixture says of the push that follows.
        #expect(job.cloneURL == "https://bitbucket.acme.test/scm/wg/config.git")
        #expect(job.author.description == "Alice <alice@acme.test>" && job.plan.head == nil)
        return job.plan.result(.zero)
      }
    }, labels: [],
    extra: { request, _ in
      guard request.method == "GET" else { return nil }
      let commit = request.path.hasSuffix("/branches") ? "fc9c2a7eb52a88aa138ddbcc77205eedd3941141" : ""
      if request.path.hasSuffix("/branches"), request.value("filterText") == "topic" {
        return text("{\"isLastPage\":true,\"values\":[{\"displayId\":\"topic\",\"latestCommit\":\"\(commit)\"}]}")
      }
      return request.path.contains("/raw/") ? text("kind: Old\n") : nil
    })

  private static let bitbucketCloud = Provider(
    name: "bitbucket-cloud", repository: "acme/fleet", number: 9,
    host: { transport, settings in
      BitbucketCloudHost(credential: .token(Secret("TOKEN")), transport: transport, settings: settings)
    }, labels: [],
    extra: { request, id in
      guard request.method == "GET" else { return nil }
      if request.value("format") == "meta" { return text("{\"attributes\":[]}") }
      if request.path.hasSuffix("/old.yaml") { return text("old") }
      if request.path.hasSuffix("/app.yaml") { return text("old") }
      if request.path.hasSuffix("/pullrequests"), request.value("q") != nil { return text("{\"values\":[]}") }
      if request.path.hasSuffix("/"), request.value("max_depth") == "1" { return text("{\"values\":[]}") }
      // A branch that is there and cannot be a source is no missing one.
      if request.path.hasSuffix("/refs/branches/topic"), id.hasSuffix("-stale") || id.hasSuffix("-bad-branch") {
        return text("{\"name\":\"topic\",\"target\":{\"hash\":\"fc9c2a7eb52a88aa138ddbcc77205eedd3941141\"}}")
      }
      // Pull requests name commits by twelve digits.
      for commit in [
        "cf95980ad1bebc7920119e4a93b2c12c5be8cf16", "fc9c2a7eb52a88aa138ddbcc77205eedd3941141",
        "6b0d31c0d563223024da45691584643ac78c96e8",
      ]
      where request.path.hasSuffix("/commit/\(commit.prefix(12))") {
        return text("{\"hash\":\"\(commit)\"}")
      }
      if request.path.hasSuffix("/pullrequests/9") {
        return text(
          "{\"id\":9,\"state\":\"OPEN\",\"source\":{\"branch\":{\"name\":\"topic\"}},"
            + "\"destination\":{\"branch\":{\"name\":\"main\"}}}")
      }
      return nil
    })

  private static let azure = Provider(
    name: "azure-devops", repository: "acme/platform/config", number: 21,
    host: { transport, settings in
      AzureDevOpsHost(
        organization: "acme", credential: .token(Secret("TOKEN")), transport: transport, settings: settings)
    },
    extra: { request, _ in
      guard request.method == "GET" else { return nil }
      if request.path.hasSuffix("/refs"), request.value("filter") == "heads/topic" {
        return text(
          "{\"value\":[{\"name\":\"refs/heads/topic\",\"objectId\":\"cf95980ad1bebc7920119e4a93b2c12c5be8cf16\"}]}")
      }
      if request.path.hasSuffix("/items"), request.value("$format") == "json" {
        guard request.value("path")?.hasSuffix(".yaml") == true else {
          return HTTPTransportResponse(status: .notFound, url: request.path, body: HTTPBody(Array("{}".utf8)))
        }
        return text("{\"objectId\":\"749914fd3452fc10d36ed33cbbd8be1ab72b71a6\",\"gitObjectType\":\"blob\"}")
      }
      return nil
    })

  @Test func bitbucketServerFixtures() async throws { try await Self.bitbucketServer.run() }
  @Test func bitbucketCloudFixtures() async throws { try await Self.bitbucketCloud.run() }
  @Test func azureDevOps() async throws { try await Self.azure.run() }
  @Test func gitHub() async throws { try await Self.github.run() }
  @Test func gitLab() async throws { try await Self.gitlab.run() }
}

/// How one provider's fixtures are driven.
struct Provider: Sendable {
  var name: String
  var repository: String
  var number: Int
  var host: @Sendable (ScriptedTransport, GitHostSettings) throws -> any GitHost
  var labels = ["wge"]
  var deletesBranch = true
  var extra: @Sendable (SeenRequest, String) -> HTTPTransportResponse? = { _, _ in nil }

  static let operations: Set<String> = [
    "getRepository", "commitFiles", "createPullRequest", "mergePullRequest", "listTree", "validateToken",
    "listBranches", "closePullRequest", "commentPullRequest", "getFile", "listPullRequests", "createBranch",
    "getPullRequest", "getBranch",
  ]

  func run() async throws {
    let files = Vectors.files(in: "git/providers/\(name)", ext: "json")
    guard !files.isEmpty else {
      print(Vectors.skipMessage("git/providers/\(name)"))
      return
    }
    let report = SuiteReport("GIT \(name.uppercased())")
    let fixtures = try files.map { try JSON(parsing: $0.read()) }
    for fixture in fixtures {
      let id = fixture["id"]?.stringValue ?? "?"
      guard let operation = fixture["operation"]?.stringValue, Self.operations.contains(operation) else { continue }
      do {
        if let problem = try await check(fixture, operation, id, fixtures) {
          report.fail(id, problem)
        } else {
          report.pass()
        }
      } catch {
        report.fail(id, "\(error)")
      }
    }
    report.finish(limit: 40)
    #expect(report.failures.isEmpty)
  }

  private func steps(_ fixture: JSON) -> [FixtureStep] {
    (fixture["steps"]?.arrayValue ?? []).map { FixtureStep(json: $0) }
  }

  private func check(_ fixture: JSON, _ operation: String, _ id: String, _ all: [JSON]) async throws -> String? {
    var mine = steps(fixture)
    // What comes before the fixture's own steps is answered as in the successes of the same operation.
    var others = all.filter { $0["operation"] == fixture["operation"] && $0["expect"]?["error"] == nil }
      .flatMap(steps)
    others += all.filter { $0["expect"]?["error"] == nil }.flatMap(steps).filter(\.isRead)
    if id.hasSuffix("not-modified") {
      mine = all.filter { $0["id"]?.stringValue == "github/get-repository" }.flatMap(steps) + mine
    }
    let transport = ScriptedTransport(mine, others: others, extra: { extra($0, id) })
    let clock = InstantClock()
    let settings = GitHostSettings(
      clock: clock, wallClock: ManualWallClock(Timestamp(seconds: 1_767_225_540)), patience: .seconds(5))
    let host = try host(transport, settings)
    let expect = fixture["expect"] ?? .null
    var outcome = Outcome()
    do {
      outcome = try await perform(operation, id, fixture, host)
      if id.hasSuffix("not-modified") { _ = try await perform(operation, id, fixture, host) }
    } catch let error as GitHostError {
      outcome = Outcome(error: error)
    }
    if let problem = outcome.difference(from: expect, now: 1_767_225_540) { return problem }
    let problems = transport.problems
    return problems.isEmpty ? nil : problems.joined(separator: "; ")
  }

  private func perform(
    _ operation: String, _ id: String, _ fixture: JSON, _ host: any GitHost
  ) async throws -> Outcome {
    let first = fixture["steps"]?[0]?["request"]
    let path = first?["path"]?.stringValue ?? ""
    var name = repository
    if path.contains("nope"), operation != "listTree" {
      name = String(repository.dropLast(repository.split(separator: "/").last?.count ?? 0)) + "nope"
      if name.contains("/infra/") { name = "acme/nope" }
      if path.contains("/acme/nope/_apis") { name = "acme/nope/config" }
    }
    if path.contains("old-fleet") { name = "acme/old-fleet" }
    if path.contains("acme/empty") { name = "acme/empty" }
    if path.contains("~jdoe") { name = "~jdoe/scratch" }
    let repo = try RepositoryPath(name)
    let main = try BranchName("main")
    let topic = try BranchName("topic")
    let head = GitObjectID("cf95980ad1bebc7920119e4a93b2c12c5be8cf16")
    let base = GitObjectID("fc9c2a7eb52a88aa138ddbcc77205eedd3941141") ?? .zero
    var outcome = Outcome()
    switch operation {
    case "getRepository": outcome.repository = try await host.repository(repo)
    case "listBranches": outcome.branches = try await host.branches(in: repo)
    case _ where name == "acme/empty": outcome.branch = try await host.branch(main, in: repo)
    case "getBranch": outcome.branch = try await host.branch(BranchName("feature/a"), in: repo)
    case "createBranch": outcome.branch = try await host.createBranch(topic, at: .commit(base), in: repo)
    case "listTree":
      let folder =
        path.contains("nope") || "\(first ?? .null)".contains("nope")
        ? "nope" : "\(first ?? .null)".contains("clusters") ? "clusters" : nil
      do {
        outcome.tree = try await host.tree(
          at: .branch(main), under: folder.map { try GitPath($0) }, recursive: true, in: repo)
      } catch let error as GitHostError where error.code == .notFound && folder == "nope" {
        // Our hosts say that the folder is missing where the fixture has an empty list.
        outcome.tree = []
      }
    case "getFile":
      outcome.file = try await host.file(GitPath("clusters/dev/app.yaml"), at: .branch(main), in: repo)
    case "commitFiles": outcome.commit = try await commit(id, fixture, host, repo)
    case "createPullRequest":
      outcome.pull = try await host.createPullRequest(
        PullRequestDraft(title: "Add app", body: "Body text", head: topic, base: main, labels: labels), in: repo)
    case "listPullRequests":
      outcome.pulls = try await host.listPullRequests(PullRequestFilter(state: nil), in: repo)
    case "getPullRequest": outcome.pull = try await host.pullRequest(number, in: repo)
    case "mergePullRequest":
      let merged = try await host.mergePullRequest(
        number,
        MergeRequest(method: .squash, message: "Add app", expectedHead: head, deleteBranch: deletesBranch),
        in: repo)
      outcome.pull = merged
    case "closePullRequest":
      outcome.pull = try await host.closePullRequest(number, in: repo)
      if (fixture["steps"]?.arrayValue ?? []).count > 1 {
        try await host.deleteBranch(topic, expectedHead: nil, in: repo)
      }
    case "commentPullRequest": try await host.commentPullRequest(number, "Deployed", in: repo)
    case "validateToken":
      do {
        outcome.user = try await host.currentUser()
      } catch let error as GitHostError where error.code == .unauthorized {
        outcome.user = nil
      }
    default: break
    }
    return outcome
  }

  private func commit(
    _ id: String, _ fixture: JSON, _ host: any GitHost, _ repo: RepositoryPath
  ) async throws -> CommitResult {
    let base = GitObjectID("fc9c2a7eb52a88aa138ddbcc77205eedd3941141") ?? .zero
    let topic = try BranchName("topic")
    let head = GitObjectID("cf95980ad1bebc7920119e4a93b2c12c5be8cf16") ?? .zero
    let isNew = id.contains("new-branch") || id.contains("branch-exists") || id.contains("git-push")
    var changes: [FileChange] = []
    for file in fixture["input"]?["files"]?.arrayValue ?? [] {
      let path = try GitPath(file["path"]?.stringValue ?? "")
      if file["delete"]?.boolValue == true {
        changes.append(.delete(path))
      } else if let text = file["utf8"]?.stringValue {
        changes.append(.put(path, text: text, executable: false))
      } else if let bytes = file["base64"]?.stringValue.flatMap({ Base64.decode($0) }) {
        changes.append(.put(path, bytes: bytes, executable: false))
      }
    }
    if changes.isEmpty {
      changes = try defaultChanges(id)
    }
    // Bitbucket Server's edit knows no modes. It compares the file only, so that our host does not ask it where
    // the branch's head counts: its answer to a stale edit is read where any head will do.
    if name == "bitbucket-server", !isNew { changes = changes.map(Self.keepingMode) }
    if id == "bitbucket-server/edit-one-file-stale", let host = host as? BitbucketServerHost {
      let request = CommitRequest(branch: topic, message: "Add app", changes: changes)
      return try await host.write(
        CommitPlan(request: request, repository: repo, parent: base, head: base))
    }
    return try await host.commitFiles(
      CommitRequest(
        branch: topic, base: isNew ? id.contains("git-push") ? .commit(base) : .branch(BranchName("main")) : nil,
        message: id.contains("existing-branch") ? "Second" : "Add app", changes: changes,
        author: name == "bitbucket-cloud" ? GitIdentity(name: "Alice", email: "alice@acme.test") : nil,
        expectedHead: isNew ? .absent : id.contains("stale") ? .exactly(name == "azure-devops" ? head : base) : .any),
      in: repo)
  }

  private static func keepingMode(_ change: FileChange) -> FileChange {
    guard case .put(let bytes, _) = change.kind else { return change }
    return .put(change.path, bytes: bytes)
  }

  private func defaultChanges(_ id: String) throws -> [FileChange] {
    let app = FileChange.put(try GitPath("clusters/dev/app.yaml"), text: "kind: List\n", executable: false)
    switch id {
    case "gitlab/commit-files-new-branch":
      return [
        app, .put(try GitPath("clusters/dev/new.yaml"), bytes: [0xff, 0], executable: false),
        .delete(try GitPath("clusters/dev/old.yaml")),
        FileChange(try GitPath("clusters/dev/run.sh"), .setExecutable(true)),
      ]
    case "bitbucket-server/commit-files-git-push":
      return [app, .delete(try GitPath("clusters/dev/old.yaml"))]
    case "bitbucket-cloud/commit-files-new-branch":
      return [app, .delete(try GitPath("clusters/dev/old.yaml"))]
    case "azure-devops/commit-files-new-branch":
      return [
        app, .put(try GitPath("clusters/dev/logo.bin"), bytes: [0xff, 0, 1, 2], executable: false),
        .delete(try GitPath("clusters/dev/old.yaml")),
      ]
    default: return [app]
    }
  }
}

/// What an operation gave, compared with a fixture's partial expectation.
struct Outcome {
  var error: GitHostError?
  var repository: GitHostRepository?
  var branch: GitBranch?
  var branches: [GitBranch]?
  var tree: [TreeEntry]?
  var file: FileContent?
  var commit: CommitResult?
  var pull: PullRequest?
  var pulls: [PullRequest]?
  var user: GitHostUser?

  func difference(from expect: JSON, now: Int64) -> String? {
    if let wanted = expect["error"] {
      guard let error else { return "no error, but \(wanted)" }
      return difference(error, wanted, now)
    }
    if let wanted = expect["pullRequest"], expect["reused"]?.boolValue == true {
      guard let found = error?.existingPullRequest ?? pull else {
        return "no existing pull request: \(String(describing: error))"
      }
      return found.number == Int(wanted["number"]?.intValue ?? 0) ? nil : "another pull request"
    }
    if let valid = expect["valid"]?.boolValue {
      if (user != nil) != valid { return "valid is \(user != nil)" }
      if let login = expect["login"]?.stringValue, user?.login != login { return "login is \(user?.login ?? "nil")" }
      return nil
    }
    if let error { return "\(error)" }
    for member in expect.objectValue ?? [:] {
      let found: JSON? =
        switch member.key {
        case "repository": repository.map(json)
        case "branch": branch.map(json)
        case "branches": branches.map { .array($0.map(json)) }
        case "tree": tree.map { .array($0.filter { $0.kind != .submodule }.map(json)) }
        case "file": file.map(json)
        case "commit": commit.map { $0.unchanged ? .null : json($0) }
        case "unchanged": commit.map { .bool($0.unchanged) }
        case "pullRequest": pull.map(json)
        case "pullRequests": pulls.map { .array($0.map(json)) }
        case "merge":
          pull.map {
            var value: JSON = ["merged": .bool($0.state == .merged)]
            if let id = $0.mergeCommit { value["sha"] = .string(id.description) }
            return value
          }
        // Told by what is asked of the transport or the push, or by what has no place in our values.
        case "gitPush", "comment", "fallback", "cached", "scopes", "expiresIn", "throttleHintSeconds", "truncated",
          "reused":
          member.value
        default: nil
        }
      guard let found else { return "nothing for \(member.key)" }
      if let problem = Self.compare(found, member.value, member.key) { return problem }
    }
    return nil
  }

  private func difference(_ error: GitHostError, _ wanted: JSON, _ now: Int64) -> String? {
    var code = wanted["code"]?.stringValue ?? ""
    if code == "protocol" { code = "protocolViolation" }
    if error.code.rawValue != code { return "the code is \(error), not \(code)" }
    if let reason = wanted["reason"]?.stringValue ?? wanted["kind"]?.stringValue, error.reason != reason {
      return "the reason is \(error.reason ?? "nil"), not \(reason)"
    }
    if let field = wanted["field"]?.stringValue, error.field != field { return "the field is \(error.field ?? "nil")" }
    if let seconds = wanted["retryAfterSeconds"]?.intValue, error.retryAfter != .seconds(seconds) {
      return "retryAfter is \(String(describing: error.retryAfter))"
    }
    if let time = wanted["retryAt"]?.intValue, error.retryAfter != .seconds(time - now) {
      return "retryAfter is \(String(describing: error.retryAfter))"
    }
    for scope in wanted["requiredScopes"]?.arrayValue ?? [] {
      if !error.remedy.contains(scope.stringValue ?? "?") {
        return "the remedy does not name the scope: \(error.remedy)"
      }
    }
    if let page = wanted["authorizeURL"]?.stringValue, !error.remedy.contains(page) {
      return "no page: \(error.remedy)"
    }
    return error.description.contains("TOKEN") ? "shows the token" : nil
  }

  static func compare(_ found: JSON, _ wanted: JSON, _ name: String) -> String? {
    switch (found, wanted) {
    case (.object, .object(let members)):
      for member in members {
        guard let value = found[member.key] else {
          // Provider facts that have no place in our values.
          if ["version", "login", "lastCommit", "id", "mergeBlockedBy", "mode", "size"].contains(member.key) {
            continue
          }
          return "\(name).\(member.key) is missing"
        }
        if let problem = compare(value, member.value, "\(name).\(member.key)") { return problem }
      }
      return nil
    case (.array(let left), .array(let right)):
      if left.count != right.count { return "\(name) has \(left.count) elements, not \(right.count)" }
      for (index, pair) in zip(left, right).enumerated() {
        if let problem = compare(pair.0, pair.1, "\(name)[\(index)]") { return problem }
      }
      return nil
    // Short commit names are completed.
    case (.string(let text), .string(let start))
    where (name.hasSuffix("headSHA") || name == "merge.sha") && start.utf8.count == 12:
      return text.hasPrefix(start) ? nil : "\(name) is \(found), not \(wanted)"
    default: return found == wanted ? nil : "\(name) is \(found), not \(wanted)"
    }
  }

  private func json(_ value: GitHostRepository) -> JSON {
    .members([
      ("owner", .string(value.path.owner)), ("name", .string(value.path.name)),
      ("defaultBranch", .string(value.defaultBranch.value)), ("webURL", value.webURL.map { .string($0) }),
      ("httpsURL", .string(value.cloneURL)), ("sshURL", value.sshURL.map { .string($0) }),
      ("private", .bool(value.isPrivate)), ("archived", .bool(value.isArchived)), ("canPush", .bool(value.canPush)),
    ])
  }

  private func json(_ value: GitBranch) -> JSON {
    [
      "name": .string(value.name.value), "sha": .string(value.head.description), "protected": .bool(value.isProtected),
      "default": .bool(value.isDefault),
    ]
  }

  private func json(_ value: TreeEntry) -> JSON {
    .members([
      ("path", .string(value.path)), ("type", value.kind == .folder ? "tree" : "blob"),
      ("mode", .string(value.kind.octalMode)), ("sha", value.id.map { .string($0.description) }),
      ("size", value.size.map { .number(JSONNumber($0)) }),
    ])
  }

  private func json(_ value: FileContent) -> JSON {
    [
      "path": .string(value.path.value), "sha": .string(value.id.description), "utf8": .string(value.text ?? ""),
    ]
  }

  private func json(_ value: CommitResult) -> JSON {
    [
      "sha": .string(value.commit.description), "branch": .string(value.branch.value),
      "parents": .array(value.parents.map { .string($0.description) }), "created": .bool(value.createdBranch),
    ]
  }

  private func json(_ value: PullRequest) -> JSON {
    var result: [(String, JSON?)] = [
      ("number", .number(JSONNumber(value.number))), ("title", .string(value.title)),
      ("state", .string(value.state.rawValue)), ("draft", .bool(value.isDraft)),
      ("merged", .bool(value.state == .merged)), ("webURL", .string(value.webURL)),
      ("sourceBranch", .string(value.head.value)), ("targetBranch", .string(value.base.value)),
      ("headSHA", value.headCommit.map { .string($0.description) }),
      ("labels", .array(value.labels.map { .string($0) })), ("author", .string(value.author)),
    ]
    switch value.mergeability {
    case .mergeable: result.append(("mergeable", true))
    case .conflicting: result += [("mergeable", false), ("mergeBlockedBy", "conflicts")]
    case .blocked(let reason): result += [("mergeable", false), ("mergeBlockedBy", .string(reason))]
    case .unknown: break
    }
    return .members(result)
  }
}
