import HTTPTypes
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

/// A provider of the contract suite: a fake server, and our host that speaks with it.
struct ContractHost: Sendable, CustomTestStringConvertible {
  var name: String
  var repository: String
  var provider: any FakeProvider
  /// Whether it can push, where nothing else is said: what its API lacks is then asked of it too.
  var pushes = false
  var make: @Sendable (FakeServer, GitHostCredential, GitHostSettings, CommitPush?) -> any GitHost

  var testDescription: String { name }

  func host(
    _ server: FakeServer, token: String = "TOKEN", clock: InstantClock = InstantClock(), pushes: Bool? = nil
  ) -> any GitHost {
    make(
      server, .token(Secret(token)),
      GitHostSettings(clock: clock, wallClock: ManualWallClock(Timestamp(seconds: 1_767_225_600))),
      pushes ?? self.pushes ? server.push : nil)
  }

  /// A server whose `main` has one commit, and `topic` is ahead of it.
  func seeded() -> FakeServer {
    let server = FakeServer(provider)
    server.forge { forge in
      let first = forge.add(["a": Forge.File(bytes: Array("1".utf8))], parents: [], message: "one")
      forge.branches["main"] = first
      forge.branches["topic"] = forge.add(
        ["a": Forge.File(bytes: Array("2".utf8))], parents: [first], message: "two")
    }
    return server
  }

  /// The one with a name.
  static func named(_ name: String) throws -> ContractHost {
    let all = all
    return try #require(all.first { $0.name == name })
  }

  static let all: [ContractHost] = [
    ContractHost(name: "GitHub", repository: "acme/fleet", provider: FakeGitHub()) {
      GitHubHost(credential: $1, transport: $0, settings: $2, push: $3)
    },
    ContractHost(name: "GitHub Enterprise", repository: "acme/fleet", provider: FakeGitHub(root: "/api/v3")) {
      GitHubHost(host: "ghe.acme.test:8443", credential: $1, transport: $0, settings: $2, push: $3)
    },
    ContractHost(name: "GitLab, subgroup", repository: "acme/infra/fleet", provider: FakeGitLab()) {
      GitLabHost(credential: $1, transport: $0, settings: $2, push: $3)
    },
    ContractHost(name: "GitLab, own server", repository: "acme/infra/fleet", provider: FakeGitLab()) {
      GitLabHost(host: "gitlab.acme.test", credential: $1, transport: $0, settings: $2, push: $3)
    },
    ContractHost(name: "Bitbucket Server", repository: "WG/config", provider: FakeBitbucketServer(), pushes: true) {
      BitbucketServerHost(
        webURL: "https://bitbucket.acme.test", credential: $1, transport: $0, settings: $2, push: $3)
    },
    ContractHost(name: "Bitbucket Cloud", repository: "acme/fleet", provider: FakeBitbucketCloud(), pushes: true) {
      BitbucketCloudHost(
        credential: $1, transport: $0, apiURL: "https://api.bitbucket.org", settings: $2, push: $3)
    },
    ContractHost(name: "Azure DevOps", repository: "acme/platform/config", provider: FakeAzureDevOps()) {
      AzureDevOpsHost(organization: "acme", credential: $1, transport: $0, settings: $2, push: $3)
    },
  ]
}

/// The one contract of ``GitHost``, against stateful servers of every provider; ``LocalGitHostTests`` runs it
/// on real repositories.
@Suite struct HostContractTests {
  @Test(arguments: ContractHost.all) func contract(_ provider: ContractHost) async throws {
    let server = FakeServer(provider.provider)
    try await checkGitHostContract(provider.host(server), RepositoryPath(provider.repository))
    #expect(server.forge { $0.pulls[1]?.comments } == ["looks good"])
    #expect(server.forge { $0.statuses.map(\.context) } == ["wge/promotion"])
  }

  @Test(arguments: ContractHost.all) func strangersAreToldApart(_ provider: ContractHost) async throws {
    let server = FakeServer(provider.provider)
    let host = provider.host(server, token: "OTHER")
    #expect(try await host.validateToken() == false)
    let error = await gitError { try await host.repository(RepositoryPath(provider.repository)) }
    #expect(error?.code == .unauthorized && error?.remedy.isEmpty == false)
    #expect("\(String(describing: error))".contains("OTHER") == false)
  }

  // MARK: - Faults

  /// A repository with `main` at one commit and `topic` ahead of it.
  private func seeded(
    _ provider: ContractHost, clock: InstantClock = InstantClock()
  ) async throws -> (server: FakeServer, host: any GitHost, repository: RepositoryPath) {
    let server = provider.seeded()
    return (server, provider.host(server, clock: clock), try RepositoryPath(provider.repository))
  }

  private func draft() throws -> PullRequestDraft {
    PullRequestDraft(title: "Add app", body: "text", head: try BranchName("topic"), base: try BranchName("main"))
  }

  private static let opensPull: @Sendable (SeenRequest) -> Bool = { request in
    let last = request.segments.last?.lowercased() ?? ""
    return request.method == "POST" && ["pulls", "merge_requests", "pull-requests", "pullrequests"].contains(last)
  }

  @Test(arguments: ContractHost.all) func aLostAnswerOpensOnePullRequest(_ provider: ContractHost) async throws {
    let (server, host, repository) = try await seeded(provider)
    server.plan(.lostAnswer, on: Self.opensPull)
    let pull = try await host.createPullRequest(draft(), in: repository)
    #expect(server.pullRequestCount == 1 && pull.number == 1 && server.unmetFaults == 0)
  }

  @Test(arguments: ContractHost.all) func aBusyServerOpensOnePullRequest(_ provider: ContractHost) async throws {
    let (server, host, repository) = try await seeded(provider)
    server.plan(.refusal(503), on: Self.opensPull)
    #expect(try await host.createPullRequest(draft(), in: repository).number == 1)
    #expect(server.pullRequestCount == 1 && server.unmetFaults == 0)
  }

  @Test(arguments: ContractHost.all) func aRequestThatNeverArrivedIsRepeated(_ provider: ContractHost) async throws {
    let (server, host, repository) = try await seeded(provider)
    server.plan(.neverSent, times: 2, on: Self.opensPull)
    #expect(try await host.createPullRequest(draft(), in: repository).number == 1)
    #expect(server.pullRequestCount == 1 && server.unmetFaults == 0)
  }

  @Test(arguments: ContractHost.all) func aRateLimitIsWaitedFor(_ provider: ContractHost) async throws {
    let clock = InstantClock()
    let (server, host, repository) = try await seeded(provider, clock: clock)
    server.plan(.refusal(429, [.retryAfter: "9"]), on: Self.opensPull)
    #expect(try await host.createPullRequest(draft(), in: repository).number == 1)
    #expect(server.pullRequestCount == 1 && clock.sleeps.contains { $0 > .seconds(8) && $0 <= .seconds(9) })
    // Longer than anybody's patience: said at once, with when to come again.
    server.plan(.refusal(429, [.retryAfter: "7200"]), times: 9) { _ in true }
    let error = await gitError { try await host.repository(repository) }
    #expect(error?.code == .rateLimited && error?.retryAfter == .seconds(7200))
    #expect(server.unmetFaults == 8)
  }

  @Test(arguments: ContractHost.all) func readsSurviveABusyServer(_ provider: ContractHost) async throws {
    let (server, host, repository) = try await seeded(provider)
    for status in [500, 502, 503, 504] { server.plan(.refusal(status), on: { $0.method == "GET" }) }
    #expect(try await host.repository(repository).defaultBranch.value == "main")
    #expect(server.unmetFaults == 0)
    server.plan(.refusal(503), times: 100, on: { _ in true })
    #expect(await gitError { try await host.repository(repository) }?.code == .unavailable)
  }

  /// Two files, so that Bitbucket Server pushes; its push has a repetition of its own.
  private func commit(
    _ host: any GitHost, _ branch: String, expecting: ExpectedHead = .any, requestID: String? = nil,
    in repository: RepositoryPath
  ) async throws -> CommitResult {
    try await host.commitFiles(
      CommitRequest(
        branch: BranchName(branch), base: .branch(BranchName("main")), message: "three",
        changes: [.put(GitPath("b"), text: "3"), .put(GitPath("c"), text: "3")], expectedHead: expecting,
        requestID: requestID), in: repository)
  }

  private static func isWrite(_ request: SeenRequest) -> Bool { !["GET", "HEAD"].contains(request.method) }

  /// Every write of a commit loses its answer in turn: the branch gains one commit, and our answer names it.
  @Test(arguments: ContractHost.all) func lostAnswersMakeOneCommit(_ provider: ContractHost) async throws {
    for target in ["topic", "fresh"] {
      let (plain, plainHost, repository) = try await seeded(provider)
      _ = try await commit(plainHost, target, in: repository)
      let writes = plain.requests.filter(Self.isWrite).count
      for index in 0..<writes {
        let (server, host, _) = try await seeded(provider)
        let parent = server.forge { $0.branches[target] ?? $0.branches["main"] }
        let countdown = Countdown(index)
        server.plan(.lostAnswer) { Self.isWrite($0) && countdown.isOver() }
        var result: CommitResult?
        do {
          result = try await commit(host, target, in: repository)
        } catch let error as GitHostError {
          // It may say that it does not know, and asking again settles it.
          #expect([.network, .alreadyExists].contains(error.code), "\(provider.name) \(target) \(index): \(error)")
          result = try? await commit(host, target, in: repository)
        }
        let head = server.forge { $0.tip(target) }
        #expect(head?.parents == parent.map { [$0] }, "\(provider.name) \(target) \(index)")
        #expect(head?.tree.count == 3 && head?.message == "three", "\(provider.name) \(target) \(index)")
        #expect(result?.commit == head?.id, "\(provider.name) \(target) \(index)")
      }
    }
  }

  /// Every write of a commit with a name loses its answer in turn, and the program that sent it ends: the next
  /// one that sends it finds it done, also where the branch had to be absent.
  @Test(arguments: ContractHost.all) func namedRequestsSurviveTheirSender(_ provider: ContractHost) async throws {
    func write(_ host: any GitHost, _ repository: RepositoryPath, _ server: FakeServer) async throws -> CommitResult {
      try await commit(host, "fresh", expecting: .absent, requestID: "5b1f6a4e", in: repository)
    }
    let (plain, plainHost, repository) = try await seeded(provider)
    _ = try await write(plainHost, repository, plain)
    for index in plain.requests.indices where Self.isWrite(plain.requests[index]) {
      let (server, host, _) = try await seeded(provider)
      let countdown = Countdown(index)
      let canceller = Canceller()
      server.plan(.lostAnswer) { request in
        guard countdown.isOver() else { return false }
        canceller.cancel()
        return Self.isWrite(request)
      }
      let sender = Task { try await write(host, repository, server) }
      canceller.set { sender.cancel() }
      _ = try? await sender.value
      let result = try await write(provider.host(server), repository, server)
      let head = server.forge { $0.tip("fresh") }
      #expect(head?.parents == server.forge { $0.branches["main"].map { [$0] } }, "\(provider.name) \(index)")
      #expect(result.commit == head?.id && head?.tree.count == 3, "\(provider.name) \(index)")
    }
  }

  /// Somebody pushes between our look and our write: both commits stay.
  @Test(arguments: ContractHost.all) func nobodysCommitIsLost(_ provider: ContractHost) async throws {
    let (server, host, repository) = try await seeded(provider)
    let theirs: @Sendable (inout Forge) -> Void = { forge in
      guard let head = forge.tip("topic") else { return }
      var tree = head.tree
      tree["theirs"] = Forge.File(bytes: [1])
      forge.branches["topic"] = forge.add(tree, parents: [head.id], message: "theirs")
    }
    if provider.name == "Bitbucket Server" {
      // The push is no request; they are faster than the look before it.
      server.plan(.interference(theirs), on: { $0.segments.last == "config" })
    } else {
      server.plan(.interference(theirs)) { request in
        // The request that moves the branch.
        let moves =
          ["PATCH", "POST"].contains(request.method)
          && (request.method == "PATCH" || ["commits", "src", "pushes"].contains(request.segments.last ?? ""))
        let isObject =
          request.segments.contains("git") && request.method == "POST" && request.segments.last == "commits"
        return moves && !isObject
      }
    }
    let made = try? await commit(host, "topic", in: repository)
    let head = server.forge { $0.tip("topic") }
    #expect(server.unmetFaults == 0)
    if provider.provider is FakeGitLab {
      // GitLab compares files, not branches: it takes ours on top of theirs.
      #expect(head?.tree["theirs"] != nil && head?.tree["b"] != nil)
    } else {
      #expect(made?.commit == head?.id)
      #expect(head?.tree["theirs"] != nil && head?.tree["b"] != nil, "\(provider.name)")
    }
  }

  @Test(arguments: ContractHost.all) func aLostAnswerMergesOnce(_ provider: ContractHost) async throws {
    let (server, host, repository) = try await seeded(provider)
    let pull = try await host.createPullRequest(draft(), in: repository)
    server.plan(.lostAnswer) { request in
      request.segments.last == "merge" && request.method != "GET"
        || request.method == "PATCH" && request.segments.contains("_apis")
    }
    let merged = try await host.mergePullRequest(pull.number, MergeRequest(), in: repository)
    #expect(merged.state == .merged && server.unmetFaults == 0)
    let main = server.forge { $0.tip("main") }
    #expect(main?.parents.count == 2 && main?.tree["a"]?.bytes == Array("2".utf8))
  }

  @Test(arguments: ContractHost.all) func repeatedQuestionsChangeNothing(_ provider: ContractHost) async throws {
    let (server, host, repository) = try await seeded(provider)
    let first = try await commit(host, "topic", in: repository)
    let count = server.forge { $0.commits.count }
    #expect(try await commit(host, "topic", in: repository).unchanged)
    #expect(server.forge { $0.branches["topic"] } == first.commit)
    #expect(server.forge { $0.commits.count } == count)
    let pull = try await host.createPullRequest(draft(), in: repository)
    let error = await gitError { try await host.createPullRequest(draft(), in: repository) }
    #expect(error?.code == .alreadyExists && error?.existingPullRequest?.number == pull.number)
    #expect(server.pullRequestCount == 1)
  }

  /// Cancelled at each request in turn: an error that says so, the commit wholly there or not at all, and no
  /// branch that was only made on the way to it.
  @Test(arguments: ContractHost.all) func cancellationIsPrompt(_ provider: ContractHost) async throws {
    func write(
      _ server: FakeServer, _ host: any GitHost, _ repository: RepositoryPath, _ target: String, _ rebuild: Bool
    ) async throws -> CommitResult {
      let head = server.forge { $0.branches[target] }
      return try await host.commitFiles(
        CommitRequest(
          branch: BranchName(target), base: .branch(BranchName("main")), message: "three",
          changes: [.put(GitPath("b"), text: "3"), .put(GitPath("c"), text: "3")],
          expectedHead: rebuild ? head.map { .exactly($0) } ?? .absent : .any, rebuild: rebuild), in: repository)
    }
    for (target, rebuild) in [("topic", false), ("fresh", false), ("topic", true)] {
      let (plain, plainHost, repository) = try await seeded(provider)
      _ = try await write(plain, plainHost, repository, target, rebuild)
      // The last requests may be those that clean up, which go on.
      for index in plain.requests.indices {
        let (server, host, _) = try await seeded(provider)
        let before = server.forge { $0.branches }
        let canceller = Canceller()
        let countdown = Countdown(index)
        server.plan(.cancellation { canceller.cancel() }) { _ in countdown.isOver() }
        let task = Task { try await write(server, host, repository, target, rebuild) }
        canceller.set { task.cancel() }
        let place = "\(provider.name) \(target) rebuild \(rebuild) \(index)"
        let head: Forge.Commit?
        do {
          let result = try await task.value
          head = server.forge { $0.tip(target) }
          #expect(head?.id == result.commit && head?.message == "three", "\(place)")
        } catch {
          #expect((error as? GitHostError)?.code == .cancelled, "\(place): \(error)")
          head = server.forge { $0.tip(target) }
          #expect(head?.id == before[target] || head?.message == "three", "\(place)")
        }
        let isLast = index == plain.requests.indices.last
        if !(isLast && rebuild) {
          #expect(server.forge { Set($0.branches.keys) }.isSubset(of: ["main", "topic", "fresh"]), "\(place)")
        }
      }
    }
  }
}
