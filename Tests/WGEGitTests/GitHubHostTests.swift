import HTTPTypes
import Testing
import WGECore
import WGEHTTP

@testable import WGEGit

/// What is GitHub's alone.
@Suite struct GitHubHostTests {
  private func seeded(_ files: [String: Forge.File]) throws -> (FakeServer, any GitHost, RepositoryPath) {
    let provider = try ContractHost.named("GitHub")
    let server = FakeServer(provider.provider)
    server.forge { forge in
      forge.branches["main"] = forge.add(files, parents: [], message: "one")
    }
    return (server, provider.host(server), try RepositoryPath(provider.repository))
  }

  private func file(_ text: String, mode: String = "100644") -> Forge.File {
    Forge.File(mode: mode, bytes: Array(text.utf8))
  }

  private func commit(
    _ host: any GitHost, _ changes: [FileChange], initial: Bool = false, in repository: RepositoryPath
  ) async throws -> CommitResult {
    try await host.commitFiles(
      CommitRequest(branch: branch("main"), message: "two", changes: changes, allowInitial: initial), in: repository)
  }

  private static func listsTree(_ request: SeenRequest) -> Bool {
    request.method == "GET" && request.segments.contains("trees")
  }

  /// As GitHub answers above 100,000 entries.
  private static let cut: Fault = .refusal(200, [.contentType: "application/json"], ["tree": [], "truncated": true])

  // MARK: - Looking at trees

  @Test func aCommitLooksAtTheFoldersOnItsWayOnly() async throws {
    var files: [String: Forge.File] = [:]
    for index in 0..<300 { files["apps/team\(index)/deep/app.yaml"] = file("1") }
    files["apps/team7/deep/run.sh"] = file("1", mode: "100755")
    let (server, host, repository) = try seeded(files)
    _ = try await commit(host, [.put(path("apps/team7/deep/run.sh"), text: "2")], in: repository)
    let listings = server.requests.filter(Self.listsTree)
    #expect(listings.count == 4 && listings.allSatisfy { $0.value("recursive") == nil })
    #expect(server.forge { $0.tip("main")?.tree["apps/team7/deep/run.sh"]?.mode } == "100755")
  }

  /// Many folders are one listing; where GitHub cuts that, they are walked.
  @Test(arguments: [false, true]) func manyFoldersAreListedAtOnce(_ isCut: Bool) async throws {
    var files: [String: Forge.File] = [:]
    for index in 0..<40 { files["team\(index)/run.sh"] = file("1", mode: "100755") }
    let (server, host, repository) = try seeded(files)
    if isCut { server.plan(Self.cut) { $0.value("recursive") == "1" } }
    _ = try await commit(host, files.keys.sorted().map { .put(try path($0), text: "2") }, in: repository)
    #expect(server.requests.filter(Self.listsTree).count == (isCut ? 42 : 1))
    let tree = server.forge { $0.tip("main")?.tree ?? [:] }
    #expect(tree.count == 40 && tree.values.allSatisfy { $0 == file("2", mode: "100755") })
  }

  @Test func aFolderThatIsListedInPartIsNotGuessed() async throws {
    let (server, host, repository) = try seeded(["a": file("1")])
    server.plan(Self.cut, times: 9) { Self.listsTree($0) }
    #expect(await gitError { try await commit(host, [.put(path("a"), text: "2")], in: repository) }?.code == .tooLarge)
    #expect(
      await gitError { try await host.tree(at: .branch(branch("main")), under: nil, recursive: true, in: repository) }?
        .code == .tooLarge)
  }

  // MARK: - Commits

  /// GitHub takes a file in a folder's place and drops what was below it.
  @Test func filesAndFoldersDoNotReplaceEachOther() async throws {
    let (server, host, repository) = try seeded(["dir/a": file("1"), "b": file("1")])
    let before = server.forge { $0.branches["main"] }
    let changes: [FileChange] = [
      .put(try path("dir"), text: "x"), .put(try path("b/c"), text: "x"),
      .move(from: try path("b"), to: try path("dir")),
      .move(from: try path("b"), to: try path("dir/a")),
    ]
    for change in changes {
      let error = await gitError { try await commit(host, [change], in: repository) }
      #expect(error?.code == .validation && error?.field == "path", "\(change)")
    }
    #expect(server.forge { $0.branches["main"] } == before)
  }

  @Test func modesSurvive() async throws {
    let (server, host, repository) = try seeded([
      "run.sh": file("1", mode: "100755"), "link": file("run.sh", mode: "120000"), "plain": file("1"),
    ])
    _ = try await commit(
      host,
      [
        .put(path("run.sh"), text: ""), .put(path("link"), text: "plain"),
        .put(path("plain"), bytes: [0, 255, 1], executable: true),
      ], in: repository)
    let tree = server.forge { $0.tip("main")?.tree ?? [:] }
    #expect(tree["run.sh"] == file("", mode: "100755") && tree["link"] == file("plain", mode: "120000"))
    #expect(tree["plain"] == Forge.File(mode: "100755", bytes: [0, 255, 1]))
  }

  /// The contents API, which makes the first commit, knows no modes.
  @Test func theFirstFileMayBeExecutable() async throws {
    let provider = try ContractHost.named("GitHub")
    let server = FakeServer(provider.provider)
    let repository = try RepositoryPath(provider.repository)
    let made = try await commit(
      provider.host(server), [.put(path("run.sh"), text: "1", executable: true)], initial: true, in: repository)
    let tip = server.forge { $0.tip("main") }
    #expect(tip?.tree["run.sh"] == file("1", mode: "100755") && tip?.id == made.commit && tip?.parents == [])
  }

  @Test func aLostFirstCommitIsFound() async throws {
    let provider = try ContractHost.named("GitHub")
    let repository = try RepositoryPath(provider.repository)
    for changes in [
      [FileChange.put(try path("a"), text: "1")], [.put(try path("a"), text: "1"), .put(try path("b"), text: "2")],
    ] {
      let server = FakeServer(provider.provider)
      server.plan(.lostAnswer) { $0.method == "PUT" }
      let made = try await commit(provider.host(server), changes, initial: true, in: repository)
      let tip = server.forge { $0.tip("main") }
      #expect(tip?.id == made.commit && tip?.tree.count == changes.count && tip?.parents == [])
      #expect(server.unmetFaults == 0)
    }
  }

  // MARK: - Pull requests

  @Test func aPullRequestWithoutItsLabelsIsNamed() async throws {
    let provider = try ContractHost.named("GitHub")
    let server = provider.seeded()
    let host = provider.host(server)
    let repository = try RepositoryPath(provider.repository)
    server.plan(.refusal(422, [:], ["message": "no such label"])) { $0.segments.last == "labels" }
    let draft = PullRequestDraft(title: "t", head: try branch("topic"), base: try branch("main"), labels: ["new"])
    let error = await gitError { try await host.createPullRequest(draft, in: repository) }
    #expect(error?.code == .validation && error?.existingPullRequest?.number == 1)
    #expect(error?.message.hasPrefix("pull request 1 was opened, but") == true)
  }

  @Test func aDraftIsNotHalfChanged() async throws {
    let provider = try ContractHost.named("GitHub")
    let server = provider.seeded()
    let host = provider.host(server)
    let repository = try RepositoryPath(provider.repository)
    let draft = PullRequestDraft(title: "t", head: try branch("topic"), base: try branch("main"))
    let pull = try await host.createPullRequest(draft, in: repository)
    let error = await gitError {
      try await host.updatePullRequest(
        pull.number, PullRequestUpdate(title: "other", isDraft: !pull.isDraft), in: repository)
    }
    #expect(error?.code == .unsupported && server.forge { $0.pulls[1]?.title } == "t")
  }

  @Test func aPullRequestOfADeletedForkIsAForks() async throws {
    let transport = ClosureTransport { _, _ in
      let pull: JSON = [
        "number": 1, "state": "closed", "title": "t", "head": ["ref": "topic", "repo": .null],
        "base": ["ref": "main", "repo": ["full_name": "acme/fleet"]], "created_at": "2026-01-01T00:00:00Z",
      ]
      return (200, [:], pull)
    }
    let host = GitHubHost(credential: .token(Secret("T")), transport: transport, settings: GitHostSettings())
    #expect(try await host.pullRequest(1, in: RepositoryPath("acme/fleet")).isFork)
  }

  @Test func anInstallationsTokenIsGood() async throws {
    for (isGood, status) in [(true, 200), (false, 403)] {
      let transport = ClosureTransport { request, _ in
        if request.path == "/user" { return (403, [:], ["message": "Resource not accessible by integration"]) }
        return (status, [:], ["total_count": 1])
      }
      let host = GitHubHost(credential: .token(Secret("ghs_x")), transport: transport, settings: GitHostSettings())
      if isGood {
        #expect(try await host.validateToken())
      } else {
        #expect(await gitError { try await host.validateToken() }?.code == .forbidden)
      }
      #expect(transport.requests.map(\.path) == ["/user", "/installation/repositories"])
    }
  }
}
