import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

/// What holds for one provider alone, and so has no place in the contract.
@Suite struct OneProviderTests {
  private let main: BranchName
  private let topic: BranchName

  init() throws {
    main = try BranchName("main")
    topic = try BranchName("topic")
  }

  private func commit(
    _ host: any GitHost, _ branch: BranchName, in repository: RepositoryPath,
    _ expected: ExpectedHead = .any
  ) async throws -> CommitResult {
    try await host.commitFiles(
      CommitRequest(
        branch: branch, base: .branch(main), message: "three",
        changes: [.put(GitPath("b"), text: "3"), .put(GitPath("c"), text: "3")], expectedHead: expected),
      in: repository)
  }

  // MARK: - Bitbucket Server

  /// What goes by push goes by the host's own transport, and only to where the host was configured.
  @Test(arguments: [nil, "https://evil.test"]) func pushesStayAtTheHost(_ elsewhere: String?) async throws {
    try await withTemporaryDirectory { folder in
      let server = FakeServer(
        Altered(provider: FakeBitbucketServer()) { _, text in
          guard let elsewhere else { return text }
          // Slashes may be escaped.
          return text.replacing("https:\\/\\/bitbucket.acme.test", with: elsewhere)
            .replacing("https://bitbucket.acme.test", with: elsewhere)
        })
      server.forge { forge in
        forge.branches["main"] = forge.add(["a": Forge.File(bytes: [49])], parents: [], message: "one")
      }
      let host = BitbucketServerHost(
        webURL: "https://bitbucket.acme.test", credential: .token(Secret("TOKEN")), transport: server,
        mirrors: try GitMirrors(folder: folder + "/mirrors"),
        settings: GitHostSettings(clock: InstantClock(), wallClock: ManualWallClock()))
      let error = await gitError { try await commit(host, main, in: RepositoryPath("WG/config")) }
      let pushes = server.requests.filter { $0.path.contains("/info/refs") }
      if elsewhere == nil {
        #expect(pushes.contains { $0.path == "/scm/wg/config.git/info/refs" })
      } else {
        #expect(error?.code == .protocolViolation && error?.remedy.isEmpty == false && pushes.isEmpty)
      }
      #expect(server.requests.allSatisfy { $0.origin == "https://bitbucket.acme.test" })
    }
  }

  /// The one-file edit compares the file only: a commit beside it must not go unseen.
  @Test func anExactHeadHoldsForTheWholeBranch() async throws {
    let provider = try ContractHost.named("Bitbucket Server")
    let server = provider.seeded()
    let host = provider.host(server)
    let repository = try RepositoryPath(provider.repository)
    let head = try #require(server.forge { $0.branches["topic"] })
    server.plan(
      .interference { forge in
        let tip = forge.tip("topic")
        forge.branches["topic"] = forge.add(
          ["a": Forge.File(bytes: [50]), "theirs": Forge.File(bytes: [1])], parents: tip.map { [$0.id] } ?? [],
          message: "theirs")
      }, on: { $0.segments.contains("raw") || $0.segments.last == "config" })
    let error = await gitError {
      try await host.commitFiles(
        CommitRequest(
          branch: topic, message: "three", changes: [.put(GitPath("a"), text: "3")], expectedHead: .exactly(head)),
        in: repository)
    }
    #expect(error?.code == .staleHead && server.unmetFaults == 0)
    #expect(server.forge { $0.tip("topic")?.message } == "theirs")
  }

  /// It keeps the mode, and its committer is the credential's owner.
  @Test func theOneFileEditIsLeftWhereItSaysTooLittle() async throws {
    let provider = try ContractHost.named("Bitbucket Server")
    let server = provider.seeded()
    let host = provider.host(server)
    let repository = try RepositoryPath(provider.repository)
    let bot = GitIdentity(name: "Bot", email: "bot@acme.test")
    func edits(_ text: String, executable: Bool? = nil, committer: GitIdentity? = nil) async throws -> Int {
      let count = server.requests.count
      _ = try await host.commitFiles(
        CommitRequest(
          branch: topic, message: text,
          changes: [.put(GitPath("a"), bytes: Array(text.utf8), executable: executable)], committer: committer),
        in: repository)
      return server.requests.dropFirst(count).count { $0.method == "PUT" }
    }
    #expect(try await edits("4") == 1)
    #expect(try await edits("5", committer: bot) == 0)
    #expect(try await edits("6", executable: true) == 0)
    #expect(server.forge { $0.tip("topic")?.tree["a"]?.mode } == "100755")
    // Not executable any more is a change, too.
    #expect(try await edits("7", executable: false) == 0)
    #expect(server.forge { $0.tip("topic")?.tree["a"]?.mode } == "100644")
  }

  /// Without knowing what was merged, somebody's newer commits would go with the branch.
  @Test(arguments: [true, false]) func onlyWhatWasMergedIsDeleted(_ isTold: Bool) async throws {
    let server = FakeServer(
      Altered(provider: FakeBitbucketServer()) { request, text in
        isTold || !request.segments.contains("pull-requests") ? text : text.replacing("latestCommit", with: "hidden")
      })
    server.forge { forge in
      let first = forge.add(["a": Forge.File(bytes: [49])], parents: [], message: "one")
      forge.branches = [
        "main": first, "topic": forge.add(["a": Forge.File(bytes: [50])], parents: [first], message: "two"),
      ]
    }
    let provider = try ContractHost.named("Bitbucket Server")
    let host = provider.host(server)
    let repository = try RepositoryPath(provider.repository)
    let pull = try await host.createPullRequest(
      PullRequestDraft(title: "Add app", body: "", head: topic, base: main), in: repository)
    let merged = try await host.mergePullRequest(pull.number, MergeRequest(deleteBranch: true), in: repository)
    #expect(merged.state == .merged)
    #expect(server.forge { $0.branches["topic"] == nil } == isTold)
  }

  // MARK: - Bitbucket Cloud

  /// Listings go down fifty levels at most, and end in between where they take too long (status 555).
  @Test(arguments: [false, true]) func deepFoldersAreWalked(_ isSlow: Bool) async throws {
    let provider = try ContractHost.named("Bitbucket Cloud")
    let server = provider.seeded()
    let deep = (1...120).map { "d\($0)" }.joined(separator: "/")
    let paths = ["a", "d1/x", "d1/d2/y", deep + "/z", "other/file"]
    server.forge { forge in
      let tree = Dictionary(uniqueKeysWithValues: paths.map { ($0, Forge.File(bytes: [49])) })
      forge.branches["main"] = forge.add(tree, parents: [], message: "deep")
    }
    if isSlow { server.plan(.refusal(555), times: .max, on: { $0.value("max_depth") == "50" }) }
    let entries = try await provider.host(server).tree(
      at: .branch(main), under: nil, recursive: true, in: RepositoryPath(provider.repository))
    #expect(entries.map(\.path) == paths.sorted())
    #expect(entries.allSatisfy { $0.kind == .file })
  }

  @Test(arguments: ["..", "d/../..", "/d", "elsewhere", "d//e"]) func aWalkOnlyGoesDown(_ name: String) async throws {
    let server = FakeServer(
      Altered(provider: FakeBitbucketCloud()) { request, text in
        request.path.contains("/src/") ? text.replacing("\"d/e\"", with: "\"\(name)\"") : text
      })
    server.plan(.refusal(555), times: .max, on: { $0.value("max_depth") == "50" })
    server.forge { forge in
      forge.branches["main"] = forge.add(["d/e/f": Forge.File(bytes: [49])], parents: [], message: "one")
    }
    let provider = try ContractHost.named("Bitbucket Cloud")
    let error = await gitError {
      try await provider.host(server).tree(
        at: .branch(main), under: nil, recursive: true, in: RepositoryPath(provider.repository))
    }
    #expect(error?.code == .protocolViolation)
  }

  // MARK: - Azure DevOps

  private static let makesBranch: @Sendable (SeenRequest) -> Bool = {
    $0.method == "POST" && $0.segments.last == "refs"
  }

  /// The branch that a commit starts is made by a request of its own, whose answer may be lost.
  @Test func aBranchWhoseAnswerIsLostIsFound() async throws {
    let provider = try ContractHost.named("Azure DevOps")
    let server = provider.seeded()
    server.plan(.lostAnswer, on: Self.makesBranch)
    let fresh = try BranchName("fresh")
    let made = try await commit(
      provider.host(server), fresh, in: RepositoryPath(provider.repository), .absent)
    #expect(server.forge { $0.branches["fresh"] } == made.commit && server.unmetFaults == 0)
  }

  /// Who made the branch cannot be told then, so that a failure leaves it.
  @Test func aBranchThatMayBeSomebodysStays() async throws {
    let provider = try ContractHost.named("Azure DevOps")
    for isLost in [true, false] {
      let server = provider.seeded()
      if isLost { server.plan(.lostAnswer, on: Self.makesBranch) }
      server.plan(.refusal(403), times: .max, on: { $0.segments.last == "pushes" })
      let fresh = try BranchName("fresh")
      let error = await gitError {
        try await commit(provider.host(server), fresh, in: RepositoryPath(provider.repository), .absent)
      }
      #expect(error?.code == .forbidden)
      #expect(server.forge { $0.branches["fresh"] != nil } == isLost)
    }
  }
}

/// A provider whose answers are not quite what it gives.
private struct Altered: FakeProvider {
  var provider: any FakeProvider
  var change: @Sendable (SeenRequest, String) -> String

  init(provider: any FakeProvider, change: @escaping @Sendable (SeenRequest, String) -> String) {
    self.provider = provider
    self.change = change
  }

  var unauthorized: FakeAnswer { provider.unauthorized }
  func isSignedIn(_ request: SeenRequest) -> Bool { provider.isSignedIn(request) }

  func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    var answer = provider.answer(request, &forge)
    if let text = String(validating: answer.body, as: UTF8.self) { answer.body = Array(change(request, text).utf8) }
    return answer
  }
}
