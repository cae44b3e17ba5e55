import Testing
import WGECore
import WGEGit
import WGEPipelines
import WGETestSupport

/// Rows of section 13.5 and 15.3 against a real repository.
@Suite struct GitHostPromotionTests {
  /// A repository with one environment, and what promotes into it.
  private struct Bench: Sendable {
    let host: LocalGitHost
    let repository: RepositoryPath
    let promotions: GitHostPromotionRepository
    let warnings: Recorder

    static func with(
      _ files: [String: String] = ["apps/prod.yaml": "spec:\n  version: 1.0.0 # {\"$promotion\": \"foo:bar:prod\"}\n"],
      _ body: (Bench) async throws -> Void
    ) async throws {
      try await withTemporaryDirectory { folder in
        let host = try LocalGitHost(
          folder: folder, user: GitHostUser(login: "wge", identity: GitIdentity(name: "WGE", email: "wge@localhost")))
        let repository = try RepositoryPath("acme/fleet")
        try await host.createRepository(repository)
        let changes = try files.sorted { $0.key < $1.key }.map { FileChange.put(try GitPath($0.key), text: $0.value) }
        _ = try await host.commitFiles(
          CommitRequest(branch: BranchName("main"), message: "Begin", changes: changes, allowInitial: true),
          in: repository)
        let warnings = Recorder()
        let promotions = GitHostPromotionRepository(host: host, repository: repository) { _, problem in
          await warnings.add(problem)
        }
        try await body(Bench(host: host, repository: repository, promotions: promotions, warnings: warnings))
      }
    }

    func request(_ revision: String, second: Int64 = 0, environment: String = "prod") -> PromotionRequest {
      PromotionRequest(
        pipeline: ObjectKey(namespace: "foo", name: "bar"), pipelineUID: "u-1", environment: environment,
        sourceEnvironment: "dev", revision: revision, startedAt: start.advanced(by: .seconds(second)),
        pullRequest: PullRequestPromotion(type: .local, url: "x", baseBranch: "main"))
    }

    func text(_ path: String, on branch: String = "main") async throws -> String {
      try await host.file(GitPath(path), at: .branch(BranchName(branch)), in: repository).text ?? ""
    }

    func put(_ path: String, _ text: String, on branch: String = "main") async throws {
      _ = try await host.commitFiles(
        CommitRequest(
          branch: BranchName(branch), message: "A person's commit", changes: [.put(GitPath(path), text: text)],
          author: GitIdentity(name: "Eve", email: "eve@localhost")), in: repository)
    }

    func pulls() async throws -> [WGEGit.PullRequest] {
      try await host.listPullRequests(PullRequestFilter(state: nil), in: repository)
    }

    func merge(_ number: Int) async throws {
      _ = try await host.mergePullRequest(number, MergeRequest(), in: repository)
    }
  }

  private actor Recorder {
    private(set) var lines: [String] = []
    func add(_ line: String) { lines.append(line) }
  }

  private let branch = "promotion-foo-bar-prod"

  private func failure(_ body: () async throws -> PromotionObservation) async -> PromotionFailure? {
    do {
      _ = try await body()
      return nil
    } catch { return error as? PromotionFailure }
  }

  @Test("G-11: a pull request with the version change and nothing else") func opens() async throws {
    try await Bench.with { bench in
      let observation = try await bench.promotions.propose(bench.request("1.1.0"))
      let pull = try #require(try await bench.pulls().first)
      #expect(observation == .open(PullRequestRecord(url: pull.webURL, number: pull.number, state: .mergeable)))
      #expect(pull.title == "Promote foo/bar in prod to 1.1.0")
      #expect(pull.body.split(separator: "\n").contains("foo/bar/prod"))
      #expect(pull.head.value == branch && pull.base.value == "main")
      #expect(try await bench.text("apps/prod.yaml", on: branch).contains("version: 1.1.0 # {"))
      #expect(try await bench.text("apps/prod.yaml").contains("version: 1.0.0 # {"))
      let head = try await bench.host.branch(BranchName(branch), in: bench.repository).head
      #expect(try await bench.host.commit(head, in: bench.repository).author.name == "Promotion Server")
      // Again and again: the same answer, and nothing is written.
      for _ in 0..<3 {
        _ = try await bench.promotions.propose(bench.request("1.1.0"))
        #expect(try await bench.pulls().count == 1)
        #expect(try await bench.host.branch(BranchName(branch), in: bench.repository).head == head)
      }
    }
  }

  @Test("G-14: a newer version retargets the open pull request") func retargets() async throws {
    try await Bench.with { bench in
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      let observation = try await bench.promotions.propose(bench.request("1.2.0", second: 5))
      let pulls = try await bench.pulls()
      #expect(pulls.count == 1)
      #expect(pulls[0].title == "Promote foo/bar in prod to 1.2.0")
      #expect(pulls[0].body.contains("revision: 1.2.0"))
      guard case .open(let record) = observation else { Issue.record("\(observation)"); return }
      #expect(record.number == pulls[0].number)
      // One commit on top of the base, not a second on top of the first.
      let base = try await bench.host.branch(BranchName("main"), in: bench.repository).head
      let head = try await bench.host.branch(BranchName(branch), in: bench.repository).head
      #expect(try await bench.host.commit(head, in: bench.repository).parents == [base])
    }
  }

  @Test("G-15: a commit without pull request is adopted") func adopts() async throws {
    try await Bench.with { bench in
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      let first = try #require(try await bench.pulls().first)
      let head = try await bench.host.branch(BranchName(branch), in: bench.repository).head
      // As if the pull request had never been opened: an identity of its own, the branch is there.
      _ = try await bench.host.closePullRequest(first.number, in: bench.repository)
      _ = try await bench.promotions.propose(bench.request("1.1.0", second: 9))
      let pulls = try await bench.pulls()
      #expect(pulls.count == 2)
      let now = try await bench.host.branch(BranchName(branch), in: bench.repository).head
      let base = try await bench.host.branch(BranchName("main"), in: bench.repository).head
      #expect(try await bench.host.commit(now, in: bench.repository).parents == [base])
      #expect(now != head, "the trailers name the promotion")
    }
  }

  @Test("G-16: a stale branch is rebuilt from the base") func rebuilds() async throws {
    try await Bench.with { bench in
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      let number = try #require(try await bench.pulls().first).number
      _ = try await bench.host.closePullRequest(number, in: bench.repository)
      try await bench.put("other.yaml", "x: 1\n")
      _ = try await bench.promotions.propose(bench.request("1.2.0", second: 5))
      #expect(try await bench.text("other.yaml", on: branch) == "x: 1\n")
      #expect(try await bench.text("apps/prod.yaml", on: branch).contains("1.2.0"))
    }
  }

  @Test func endedPullRequestIsTheAnswer() async throws {
    try await Bench.with { bench in
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      let number = try #require(try await bench.pulls().first).number
      try await bench.merge(number)
      guard case .merged = try await bench.promotions.propose(bench.request("1.1.0")) else {
        Issue.record("a merged promotion is proposed again")
        return
      }
      #expect(try await bench.pulls().count == 1)
      // Its branch is gone; a later promotion starts afresh.
      _ = try await bench.promotions.propose(bench.request("1.2.0", second: 5))
      let second = try #require(try await bench.pulls().first)
      _ = try await bench.host.closePullRequest(second.number, in: bench.repository)
      guard case .closed = try await bench.promotions.propose(bench.request("1.2.0", second: 5)) else {
        Issue.record("a closed promotion is proposed again")
        return
      }
      guard case .closed = try await bench.promotions.observe(bench.request("1.2.0", second: 5)) else {
        Issue.record("closed is not seen")
        return
      }
    }
  }

  @Test func alreadyAtRevision() async throws {
    try await Bench.with { bench in
      #expect(try await bench.promotions.propose(bench.request("1.0.0")) == .alreadyAtRevision)
      #expect(try await bench.pulls().isEmpty)
      // A pull request for another revision has become pointless.
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      #expect(try await bench.promotions.propose(bench.request("1.0.0", second: 3)) == .alreadyAtRevision)
      #expect(try await bench.pulls().map(\.state) == [.closed])
    }
  }

  @Test("G-17: no marker, no branch") func noMarker() async throws {
    try await Bench.with(["a.yaml": "v: 1 # {\"$promotion\": \"foo:bar:dev\"}\n", "b.txt": "\"$promotion\""]) { bench in
      let failure = await failure { try await bench.promotions.propose(bench.request("1.1.0")) }
      #expect(failure?.reason == "NoPromotionMarker")
      #expect(failure?.retry == .afterChange)
      #expect(failure?.message.contains(#"{"$promotion": "foo:bar:prod"}"#) == true)
      #expect(failure?.message.contains("1 YAML files searched") == true)
      let branches = try await bench.host.branches(in: bench.repository)
      #expect(branches.map(\.name.value) == ["main"])
      #expect(try await bench.pulls().isEmpty)
    }
  }

  @Test("M-7, M-8, M-9: many files, other files, templates") func manyFiles() async throws {
    let mark = #"# {"$promotion": "foo:bar:prod"}"#
    try await Bench.with([
      "a.yaml": "x: 1.0.0 \(mark)\ny:\n  - '1.0.0' \(mark)\n", "deep/er/b.yml": "x: \"1.0.0\" \(mark)\n",
      "c.json": "{\"x\": \"1.0.0\"}\n\(mark)", "d.tpl": "x: 1.0.0 \(mark)\n", "t/e.yaml": "x: {{ .v }} \(mark)\n",
      "f.yaml": "\(mark)\n\nx: 1.0.0\n",
    ]) { bench in
      _ = try await bench.promotions.propose(bench.request("2.0.0"))
      #expect(try await bench.text("a.yaml", on: branch) == "x: 2.0.0 \(mark)\ny:\n  - '2.0.0' \(mark)\n")
      #expect(try await bench.text("deep/er/b.yml", on: branch) == "x: \"2.0.0\" \(mark)\n")
      for path in ["c.json", "d.tpl", "t/e.yaml", "f.yaml"] {
        #expect(try await bench.text(path, on: branch) == bench.text(path))
      }
      let warnings = await bench.warnings.lines
      #expect(warnings.count == 2)
      #expect(warnings.contains { $0.contains("t/e.yaml cannot be read as YAML") })
      #expect(warnings.contains { $0.contains("f.yaml:1 has no value") })
    }
  }

  @Test func markerThatCannotBeSetStopsThePromotion() async throws {
    let mark = #"# {"$promotion": "foo:bar:prod"}"#
    try await Bench.with(["a.yaml": "x: 1.0.0 \(mark)\n", "b.yaml": "x: | \(mark)\n  text\n"]) { bench in
      let failure = await failure { try await bench.promotions.propose(bench.request("2.0.0")) }
      #expect(failure?.reason == "InvalidPromotionMarker")
      #expect(failure?.message.contains("b.yaml: line 1") == true)
      let pulls = try await bench.pulls()
      #expect(pulls.isEmpty)
    }
  }

  @Test func foreignCommitsAreKept() async throws {
    try await Bench.with { bench in
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      try await bench.put("notes.md", "by a person\n", on: branch)
      let observation = try await bench.promotions.propose(bench.request("1.2.0", second: 5))
      guard case .open = observation else { Issue.record("\(observation)"); return }
      #expect(try await bench.text("notes.md", on: branch) == "by a person\n")
      #expect(try await bench.text("apps/prod.yaml", on: branch).contains("1.2.0"))
      #expect(try await bench.pulls().count == 1)
    }
  }

  @Test("15.3: foreign commits that conflict with the base") func branchConflict() async throws {
    try await Bench.with { bench in
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      try await bench.put(
        "apps/prod.yaml", "spec:\n  version: 9.0.0 # {\"$promotion\": \"foo:bar:prod\"}\n", on: branch)
      try await bench.put("apps/prod.yaml", "spec:\n  version: 8.0.0 # {\"$promotion\": \"foo:bar:prod\"}\n")
      let failure = await failure { try await bench.promotions.propose(bench.request("1.2.0", second: 5)) }
      #expect(failure?.reason == "BranchConflict")
      let number = try await bench.pulls().first?.number
      #expect(number != nil && failure?.pullRequest?.number == number)
      #expect(try await bench.text("apps/prod.yaml", on: branch).contains("9.0.0"), "nothing of theirs is lost")
    }
  }

  @Test func pullRequestOfAnotherPipelineIsNotTaken() async throws {
    // "foo" + "bar-prod" and "foo-bar" + "prod" make the same branch name.
    try await Bench.with([
      "a.yaml": "x: 1 # {\"$promotion\": \"foo:bar:prod\"}\ny: 1 # {\"$promotion\": \"foo-bar:prod:x\"}\n"
    ]) { bench in
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      var other = bench.request("2.0.0")
      other.pipeline = ObjectKey(namespace: "foo-bar", name: "prod")
      other.environment = "x"
      _ = try await bench.promotions.propose(other)
      #expect(try await bench.pulls().count == 2)
      other.pipeline = ObjectKey(namespace: "foo", name: "bar-prod")
      other.environment = "x"
      var clash = other
      clash.pipeline = ObjectKey(namespace: "foo", name: "bar")
      clash.environment = "prod-x"
      let failure = await failure { try await bench.promotions.propose(clash) }
      #expect(failure?.reason == "BranchConflict")
    }
  }

  @Test func closing() async throws {
    try await Bench.with { bench in
      #expect(try await bench.promotions.close(bench.request("1.1.0")) == .missing)
      _ = try await bench.promotions.propose(bench.request("1.1.0"))
      for _ in 0..<2 {
        guard case .closed = try await bench.promotions.close(bench.request("1.1.0")) else {
          Issue.record("not closed")
          return
        }
      }
      #expect(try await bench.host.branches(in: bench.repository).map(\.name.value) == ["main"])
      // One that was merged meanwhile says so.
      _ = try await bench.promotions.propose(bench.request("1.2.0", second: 5))
      try await bench.merge(try #require(try await bench.pulls().first).number)
      guard case .merged = try await bench.promotions.close(bench.request("1.2.0", second: 5)) else {
        Issue.record("merged is not seen")
        return
      }
    }
  }

  @Test func badBranchesAreConfigurationErrors() async throws {
    try await Bench.with { bench in
      let space = await failure { try await bench.promotions.propose(bench.request("1.1.0", environment: "my prod")) }
      #expect(space?.reason == "InvalidBranchName")
      #expect(space?.retry == .afterChange)
      var missing = bench.request("1.1.0")
      missing.pullRequest?.baseBranch = "nowhere"
      let base = await failure { try await bench.promotions.propose(missing) }
      #expect(base?.reason == "BaseBranchNotFound")
      missing.pullRequest = nil
      let none = await failure { try await bench.promotions.propose(missing) }
      #expect(none?.message == "PullRequest spec in Pipeline is nil")
    }
  }
}
