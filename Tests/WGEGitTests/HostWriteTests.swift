import HTTPTypes
import Synchronization
import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEGit

/// What hosts must do about writes beyond the contract: lost answers, modes, sizes, and what changes meanwhile.
@Suite struct HostWriteTests {
  private let main: BranchName
  private let topic: BranchName
  private let fresh: BranchName

  init() throws {
    main = try BranchName("main")
    topic = try BranchName("topic")
    fresh = try BranchName("fresh")
  }

  private func seeded(
    _ provider: ContractHost, pushes: Bool? = nil
  ) throws -> (server: FakeServer, host: any GitHost, repository: RepositoryPath) {
    let server = provider.seeded()
    return (server, provider.host(server, pushes: pushes), try RepositoryPath(provider.repository))
  }

  // MARK: - Branches

  private static let makesBranch: @Sendable (SeenRequest) -> Bool = {
    $0.method == "POST" && ["refs", "branches"].contains($0.segments.last ?? "")
  }

  private static let deletesBranch: @Sendable (SeenRequest) -> Bool = {
    $0.method == "DELETE" || $0.method == "POST" && $0.segments.last == "refs"
  }

  @Test(arguments: ContractHost.all) func aLostAnswerMakesTheBranch(_ provider: ContractHost) async throws {
    for fault in [Fault.lostAnswer, .refusal(503)] {
      let (server, host, repository) = try seeded(provider)
      server.plan(fault, on: Self.makesBranch)
      let made = try await host.createBranch(fresh, at: .branch(main), in: repository)
      #expect(server.unmetFaults == 0 && made.head == server.forge { $0.branches["main"] })
      #expect(server.forge { $0.branches["fresh"] == $0.branches["main"] })
      // One that was there before is still somebody else's.
      server.plan(.refusal(503), on: Self.makesBranch)
      server.forge { $0.branches["other"] = $0.branches["topic"] }
      let error = await gitError {
        try await host.createBranch(BranchName("other"), at: .branch(main), in: repository)
      }
      #expect(error?.code == .unavailable && server.forge { $0.branches["other"] == $0.branches["topic"] })
    }
  }

  @Test(arguments: ContractHost.all) func aLostAnswerDeletesTheBranch(_ provider: ContractHost) async throws {
    for fault in [Fault.lostAnswer, .refusal(503)] {
      for isExpected in [true, false] {
        let (server, host, repository) = try seeded(provider)
        let head = server.forge { $0.branches["topic"] }
        server.plan(fault, on: Self.deletesBranch)
        try await host.deleteBranch(topic, expectedHead: isExpected ? head : nil, in: repository)
        #expect(server.unmetFaults == 0 && server.forge { $0.branches["topic"] == nil })
      }
    }
  }

  /// A host that names a time of more than anybody's patience is not asked again before.
  @Test(arguments: ContractHost.all) func aBusyHostIsLeftAlone(_ provider: ContractHost) async throws {
    let (server, host, repository) = try seeded(provider)
    server.plan(.refusal(503, [.retryAfter: "7200"]), times: 2, on: Self.deletesBranch)
    let error = await gitError { try await host.deleteBranch(topic, expectedHead: nil, in: repository) }
    #expect(error?.code == .unavailable && error?.retryAfter == .seconds(7200) && server.unmetFaults == 1)
  }

  /// Our first try did nothing, and theirs moved it: what is expected does not hold any more.
  @Test(arguments: ContractHost.all) func aBranchThatMovedIsNotDeleted(_ provider: ContractHost) async throws {
    let (server, host, repository) = try seeded(provider)
    let head = server.forge { $0.branches["topic"] }
    let wasAsked = Mutex(false)
    server.plan(
      .refusal(503),
      on: { request in
        guard Self.deletesBranch(request) else { return false }
        wasAsked.withLock { $0 = true }
        return true
      })
    server.plan(
      .interference { forge in
        forge.branches["topic"] = forge.add(["theirs": Forge.File(bytes: [1])], parents: [], message: "theirs")
      }, on: { $0.method == "GET" && wasAsked.withLock { $0 } })
    let error = await gitError { try await host.deleteBranch(topic, expectedHead: head, in: repository) }
    #expect(error?.code == .staleHead && server.forge { $0.tip("topic")?.message } == "theirs")
  }

  // MARK: - Modes and bytes

  /// Executable, plain and linked, empty and binary: what is not named stays, and what is named holds or is refused.
  @Test(arguments: ContractHost.all, [true, false]) func modesHold(_ provider: ContractHost, _ pushes: Bool)
    async throws
  {
    if provider.name == "Bitbucket Server", !pushes { return }
    let (server, host, repository) = try seeded(provider, pushes: pushes)
    let binary = (0...255).map { UInt8($0) }
    server.forge { forge in
      let tree = [
        "bin/run": Forge.File(mode: "100755", bytes: [49]), "link": Forge.File(mode: "120000", bytes: Array("a".utf8)),
        "a": Forge.File(bytes: [49]),
      ]
      forge.branches["main"] = forge.add(tree, parents: [], message: "one")
    }
    func put(_ changes: FileChange...) async throws {
      _ = try await host.commitFiles(
        CommitRequest(branch: main, message: "change", changes: changes), in: repository)
    }
    func file(_ path: String) -> Forge.File? { server.forge { $0.tip("main")?.tree[path] } }
    try await put(
      .put(GitPath("bin/run"), text: "2"), .put(GitPath("link"), text: "bin/run"),
      .put(GitPath("empty"), bytes: []), .put(GitPath("binary"), bytes: binary))
    #expect(file("bin/run") == Forge.File(mode: "100755", bytes: [50]))
    #expect(file("link") == Forge.File(mode: "120000", bytes: Array("bin/run".utf8)))
    #expect(file("empty") == Forge.File(bytes: []) && file("binary") == Forge.File(bytes: binary))
    #expect(try await host.file(GitPath("binary"), at: .branch(main), in: repository).bytes == binary)
    #expect(try await host.file(GitPath("empty"), at: .branch(main), in: repository).bytes == [])
    try await put(.put(GitPath("empty"), text: "x"), .put(GitPath("binary"), bytes: []))
    #expect(file("empty")?.bytes == [120] && file("binary")?.bytes == [])
    // Named as it is.
    try await put(
      .put(GitPath("bin/run"), text: "3", executable: true), .put(GitPath("new"), text: "n", executable: false))
    #expect(file("bin/run") == Forge.File(mode: "100755", bytes: [51]) && file("new")?.mode == "100644")
    // Named otherwise, with the same bytes and with others, and for a new file.
    let changes: [(FileChange, String, String)] = [
      (.put(try GitPath("bin/run"), text: "3", executable: false), "bin/run", "100644"),
      (.put(try GitPath("a"), text: "2", executable: true), "a", "100755"),
      (.put(try GitPath("bin/other"), text: "o", executable: true), "bin/other", "100755"),
      (FileChange(try GitPath("binary"), .setExecutable(true)), "binary", "100755"),
    ]
    let canAlways = pushes || ["GitHub", "GitLab"].contains { provider.name.hasPrefix($0) }
    for (change, path, mode) in changes {
      let before = server.forge { $0.branches["main"] }
      if canAlways {
        try await put(change)
        #expect(file(path)?.mode == mode, "\(path)")
      } else {
        let error = await gitError { try await put(change) }
        #expect(error?.code == .unsupported && error?.remedy.contains("mirrors") == true, "\(path)")
        #expect(server.forge { $0.branches["main"] } == before)
      }
    }
  }

  // MARK: - Sizes

  private static let many = (0..<10_000).compactMap { number in
    (try? GitPath("dir\(number % 100)/f\(number)")).map { FileChange.put($0, text: "\(number)") }
  }

  @Test(arguments: ContractHost.all, [true, false])
  func whatIsTooLargeForTheAPIIsPushed(_ provider: ContractHost, _ pushes: Bool) async throws {
    let large = [FileChange.put(try GitPath("large"), bytes: [UInt8](repeating: 7, count: 11 << 20))]
    for changes in [pushes ? Self.many : Array(Self.many.prefix(GitDefaults.maximumAPIChanges + 1)), large] {
      let (server, host, repository) = try seeded(provider, pushes: pushes)
      let request = CommitRequest(branch: main, message: "large", changes: changes)
      let parent = server.forge { $0.branches["main"] }
      if pushes {
        let made = try await host.commitFiles(request, in: repository)
        #expect(made.parents == parent.map { [$0] } && made.commit == server.forge { $0.branches["main"] })
        #expect(server.forge { $0.tip("main")?.tree.count } == changes.count + 1)
        #expect(server.forge { $0.tip("main")?.name } == "Alice")
      } else {
        let error = await gitError { try await host.commitFiles(request, in: repository) }
        #expect(error?.code == .tooLarge && error?.remedy.contains("mirrors") == true && error?.field == "changes")
        #expect(server.forge { $0.branches["main"] } == parent)
      }
      #expect(server.requests.allSatisfy { ["GET", "HEAD"].contains($0.method) }, "\(provider.name)")
    }
  }

  /// With mirrors, a push goes by the host's own transport to the repository's address, signed in as Git wants it.
  @Test func pushesGoToTheRepository() async throws {
    let token = GitHostCredential.token(Secret("TOKEN"))
    let changes = try (0...GitDefaults.maximumAPIChanges).map { FileChange.put(try GitPath("f\($0)"), text: "x") }
    func basic(_ user: String) -> String { "Basic " + Base64.encode("\(user):TOKEN".utf8) }
    for (name, path, field) in [
      ("GitHub", "https://github.com/acme/fleet.git", basic("x-access-token")),
      ("GitLab, subgroup", "https://gitlab.com/acme/infra/fleet.git", basic("oauth2")),
      ("Bitbucket Cloud", "https://bitbucket.org/acme/fleet.git", basic("x-token-auth")),
      ("Bitbucket Server", "https://bitbucket.acme.test/scm/wg/config.git", "Bearer TOKEN"),
      ("Azure DevOps", "https://dev.azure.com/acme/platform/_git/config", basic("pat")),
    ] {
      try await withTemporaryDirectory { folder in
        let provider = try ContractHost.named(name)
        let server = provider.seeded()
        let mirrors = try GitMirrors(folder: folder)
        let settings = GitHostSettings(clock: InstantClock(), wallClock: ManualWallClock())
        let host: any GitHost =
          switch provider.provider {
          case is FakeGitHub:
            GitHubHost(credential: token, transport: server, mirrors: mirrors, settings: settings)
          case is FakeGitLab:
            GitLabHost(credential: token, transport: server, mirrors: mirrors, settings: settings)
          case is FakeBitbucketCloud:
            BitbucketCloudHost(credential: token, transport: server, mirrors: mirrors, settings: settings)
          case is FakeBitbucketServer:
            BitbucketServerHost(
              webURL: "https://bitbucket.acme.test", credential: token, transport: server, mirrors: mirrors,
              settings: settings)
          default:
            AzureDevOpsHost(
              organization: "acme", credential: token, transport: server, mirrors: mirrors, settings: settings)
          }
        let repository = try RepositoryPath(provider.repository)
        // The fake has no Git: the first request of the mirror's clone is refused.
        let error = await gitError {
          try await host.commitFiles(CommitRequest(branch: main, message: "m", changes: changes), in: repository)
        }
        #expect(error != nil)
        let asked = server.requests.filter { $0.path.hasSuffix("/info/refs") }
        #expect(
          !asked.isEmpty && asked.allSatisfy { $0.origin + $0.path == path + "/info/refs" }, "\(asked.map(\.path))")
        #expect(asked.contains { $0.fields[.authorization] == field }, "\(name)")
        #expect(asked.allSatisfy { [nil, field].contains($0.fields[.authorization]) })
      }
    }
  }

  /// Whose token has no user pushes in the program's own name.
  @Test func tokensWithoutAUserPush() async throws {
    let provider = try ContractHost.named("Bitbucket Cloud")
    let server = FakeServer(FakeBitbucketCloud(hasNoUser: true))
    server.forge { forge in
      forge.branches["main"] = forge.add(["a": Forge.File(bytes: [49])], parents: [], message: "one")
    }
    let host = provider.host(server)
    let repository = try RepositoryPath(provider.repository)
    #expect(try await host.validateToken())
    #expect(try await host.validateToken(in: repository))
    let other = provider.host(server, token: "OTHER")
    #expect(try await other.validateToken() == false)
    #expect(try await other.validateToken(in: repository) == false)
    _ = try await host.commitFiles(
      CommitRequest(branch: main, message: "m", changes: [FileChange(GitPath("a"), .setExecutable(true))]),
      in: repository)
    #expect(server.forge { $0.tip("main")?.tree["a"]?.mode } == "100755")
    #expect(server.forge { $0.tip("main")?.name } == "wge-sdk")
  }

  // MARK: - Bitbucket Server's one-file edit

  @Test func aLostAnswerEditsOnce() async throws {
    let provider = try ContractHost.named("Bitbucket Server")
    let (server, host, repository) = try seeded(provider)
    let parent = server.forge { $0.branches["topic"] }
    server.plan(.lostAnswer, on: { $0.method == "PUT" })
    let made = try await host.commitFiles(
      CommitRequest(branch: topic, message: "three", changes: [.put(GitPath("a"), text: "3")]), in: repository)
    let head = server.forge { $0.tip("topic") }
    #expect(made.commit == head?.id && !made.unchanged && head?.parents == parent.map { [$0] })
    #expect(server.unmetFaults == 0 && server.requests.count { $0.method == "PUT" } == 1)
    // One that never happened stays a failure.
    server.plan(.refusal(503), on: { $0.method == "PUT" })
    let error = await gitError {
      try await host.commitFiles(
        CommitRequest(branch: topic, message: "four", changes: [.put(GitPath("a"), text: "4")]), in: repository)
    }
    #expect(error?.code == .unavailable)
  }

  // MARK: - GitLab compares files

  /// Somebody changes a file after our last look: it is neither deleted nor moved away with what they wrote.
  @Test(arguments: [false, true]) func aChangedFileIsNotTakenAway(_ isMove: Bool) async throws {
    let provider = try ContractHost.named("GitLab, subgroup")
    let (server, host, repository) = try seeded(provider)
    server.plan(
      .interference { forge in
        forge.branches["topic"] = forge.add(
          ["a": Forge.File(bytes: Array("theirs".utf8))], parents: forge.branches["topic"].map { [$0] } ?? [],
          message: "theirs")
      }, on: { $0.method == "POST" && $0.segments.last == "commits" })
    let change = isMove ? FileChange.move(from: try GitPath("a"), to: try GitPath("b")) : .delete(try GitPath("a"))
    let head = try #require(server.forge { $0.branches["topic"] })
    let error = await gitError {
      try await host.commitFiles(
        CommitRequest(branch: topic, message: "three", changes: [change], expectedHead: .exactly(head)), in: repository)
    }
    #expect(error?.code == .staleHead && server.unmetFaults == 0)
    #expect(server.forge { $0.tip("topic")?.tree } == ["a": Forge.File(bytes: Array("theirs".utf8))])
  }

  // MARK: - Looking up

  @Test func lookupsAreBounded() async throws {
    let state = Mutex((running: 0, most: 0))
    let found = try await Lookups.each(Array(0..<100)) { number -> Int? in
      state.withLock {
        $0.running += 1
        $0.most = max($0.most, $0.running)
      }
      for _ in 0..<10 { await Task.yield() }
      state.withLock { $0.running -= 1 }
      return number % 3 == 0 ? nil : number * 2
    }
    #expect(found.count == 66 && found[4] == 8 && found[3] == nil)
    let most = state.withLock { $0.most }
    #expect(most > 1 && most <= GitDefaults.requestConcurrency)
  }

  /// Many files of few folders are looked up by their folders; GitLab's last commits only of those that change.
  @Test(arguments: ["GitLab, subgroup", "Azure DevOps"]) func foldersAreListed(_ name: String) async throws {
    let provider = try ContractHost.named(name)
    let (server, host, repository) = try seeded(provider)
    let old = Dictionary(uniqueKeysWithValues: (0..<30).map { ("dir/f\($0)", Forge.File(bytes: [49])) })
    server.forge { forge in forge.branches["main"] = forge.add(old, parents: [], message: "one") }
    var changes = try (0..<30).map { FileChange.put(try GitPath("dir/f\($0)"), text: $0 < 27 ? "1" : "2") }
    changes += try (0..<10).map { FileChange.put(try GitPath("new/f\($0)"), text: "n") }
    changes.append(.delete(try GitPath("dir/none")))
    _ = try await host.commitFiles(CommitRequest(branch: main, message: "m", changes: changes), in: repository)
    let tree = server.forge { $0.tip("main")?.tree ?? [:] }
    #expect(tree.count == 40 && tree["dir/f29"]?.bytes == [50] && tree["dir/f0"]?.bytes == [49])
    let single = server.requests.count { $0.method == "HEAD" || $0.value("path") != nil && $0.value("$format") != nil }
    #expect(single == (name == "Azure DevOps" ? 0 : 3))
    // Only what differs is sent.
    let sent = server.requests.last { $0.method == "POST" }?.json
    #expect((sent?.list("actions") ?? []).count + (sent?.list("commits").first?.list("changes") ?? []).count == 13)
  }

  /// The modes of many files of one folder are asked for once.
  @Test(arguments: ["Bitbucket Cloud", "Azure DevOps"]) func modesAreListed(_ name: String) async throws {
    let provider = try ContractHost.named(name)
    let (server, host, repository) = try seeded(provider)
    let old = Dictionary(uniqueKeysWithValues: (0..<40).map { ("dir/f\($0)", Forge.File(mode: "100755", bytes: [49])) })
    server.forge { forge in forge.branches["main"] = forge.add(old, parents: [], message: "one") }
    let changes = try (0..<40).map { FileChange.put(try GitPath("dir/f\($0)"), text: "2", executable: true) }
    _ = try await host.commitFiles(CommitRequest(branch: main, message: "m", changes: changes), in: repository)
    #expect(server.forge { $0.tip("main")?.tree.values.allSatisfy { $0.bytes == [50] && $0.mode == "100755" } == true })
    #expect(server.requests.count { $0.value("format") == "meta" } == 0)
    #expect(server.requests.count { $0.segments.contains("trees") } == (name == "Azure DevOps" ? 1 : 0))
  }

  // MARK: - Signing

  @Test func pushedCommitsAreSigned() async throws {
    struct Stamp: CommitSigner {
      func armoredSignature(of commit: [UInt8]) throws(GitHostError) -> String { "-----STAMP \(commit.count)-----" }
    }
    try await withTemporaryDirectory { folder in
      let local = try LocalGitHost(
        folder: folder + "/host", user: alice, clock: ManualWallClock(), signer: Stamp())
      let fleet = try RepositoryPath("acme/fleet")
      try await local.createRepository(fleet)
      let settings = GitHostSettings(wallClock: ManualWallClock(), signer: Stamp())
      let route = try GitMirrors(folder: folder + "/mirrors").route(
        over: FakeServer(FakeGitHub()), settings, signIn: .bearer(Secret("x")))
      // Also the very first commit of a repository.
      let first = try await route(
        PushedCommit(
          cloneURL: local.fileURL(of: fleet),
          plan: CommitPlan(
            request: CommitRequest(branch: main, message: "one", changes: [.put(try GitPath("a"), text: "1")]),
            repository: fleet),
          author: alice.identity))
      let own = try await local.commitFiles(
        CommitRequest(branch: main, message: "own", changes: [.put(GitPath("c"), text: "1")]), in: fleet)
      let plan = CommitPlan(
        request: CommitRequest(branch: topic, message: "two", changes: [.put(try GitPath("b"), text: "2")]),
        repository: fleet, parent: first.commit, head: nil)
      let second = try await route(
        PushedCommit(cloneURL: local.fileURL(of: fleet), plan: plan, author: alice.identity))
      let pull = try await local.createPullRequest(PullRequestDraft(title: "T", head: topic, base: main), in: fleet)
      let merge = try await local.mergePullRequest(pull.number, MergeRequest(), in: fleet).mergeCommit
      let git = GitCLI(folder: try local.diskPath(of: fleet))
      for id in [first.commit, own.commit, second.commit, try #require(merge)] {
        let text = try git("cat-file", "commit", id.description)
        #expect(text.contains("\ngpgsig -----STAMP "), "\(text)")
      }
    }
  }
}
