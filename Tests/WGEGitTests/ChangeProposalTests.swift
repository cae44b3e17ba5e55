import HTTPTypes
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

@Suite struct ChangeProposalTests {
  private func proposal(
    _ text: String = "3", title: String = "Add app", id: String = "5b1f6a4e", head: String = "proposal"
  ) throws -> ChangeProposal {
    ChangeProposal(
      PullRequestDraft(title: title, body: "text", head: try branch(head), base: try branch("main")),
      changes: [.put(try path("b"), text: text)], author: alice.identity, requestID: id,
      trailers: [CommitTrailer("Requested-by", "jane@acme.test")])
  }

  private static let opensPull: @Sendable (SeenRequest) -> Bool = { request in
    let last = request.segments.last?.lowercased() ?? ""
    return request.method == "POST" && ["pulls", "merge_requests", "pull-requests", "pullrequests"].contains(last)
  }

  @Test(arguments: ContractHost.all) func theSameProposalIsMadeOnce(_ provider: ContractHost) async throws {
    let server = provider.seeded()
    let host = provider.host(server)
    let repository = try RepositoryPath(provider.repository)
    let first = try await host.propose(proposal(), in: repository)
    let head = server.forge { $0.tip("proposal") }
    #expect(head?.message.trimmed == "Add app\n\nRequested-by: jane@acme.test\nWGE-Request: 5b1f6a4e")
    let commits = server.forge { $0.commits.count }
    // Another process, which found better words.
    let second = try await provider.host(server).propose(proposal(title: "Add the app"), in: repository)
    #expect(second.number == first.number && second.title == "Add the app")
    #expect(server.pullRequestCount == 1 && server.forge { $0.commits.count } == commits)
    #expect(server.forge { $0.branches["proposal"] } == head?.id)
  }

  @Test(arguments: ContractHost.all) func whatCannotBeOpenedLeavesNoBranch(_ provider: ContractHost) async throws {
    let server = provider.seeded()
    let repository = try RepositoryPath(provider.repository)
    server.plan(.refusal(403, [:], ["message": "not allowed"]), on: Self.opensPull)
    let error = await gitError { try await provider.host(server).propose(proposal(), in: repository) }
    #expect(error?.code == .forbidden && server.unmetFaults == 0)
    #expect(server.forge { Set($0.branches.keys) } == ["main", "topic"])
    // Cancelled in between, too.
    let canceller = Canceller()
    server.plan(.cancellation { canceller.cancel() }, on: Self.opensPull)
    let task = Task { try await provider.host(server).propose(proposal(), in: repository) }
    canceller.set { task.cancel() }
    #expect(await gitError { try await task.value }?.code == .cancelled)
    #expect(server.forge { Set($0.branches.keys) } == ["main", "topic"])
    // And the next one has a free way.
    #expect(try await provider.host(server).propose(proposal(), in: repository).number == 1)
  }

  @Test(arguments: ContractHost.all) func theBranchesOfOthersStay(_ provider: ContractHost) async throws {
    let server = provider.seeded()
    let host = provider.host(server)
    let repository = try RepositoryPath(provider.repository)
    let before = server.forge { $0.branches }
    #expect(await gitError { try await host.propose(proposal(head: "topic"), in: repository) }?.code == .alreadyExists)
    #expect(server.forge { $0.branches } == before)
    // Nothing to propose: no branch, no pull request.
    var same = try proposal()
    same.changes = [.put(try path("a"), text: "1", executable: false)]
    #expect(await gitError { try await host.propose(same, in: repository) }?.code == .noChanges)
    #expect(server.forge { $0.branches } == before && server.pullRequestCount == 0)
  }

  @Test func aLocalHostTakesProposals() async throws {
    try await withTemporaryDirectory { folder in
      let host = try LocalGitHost(folder: folder, user: alice, clock: ManualWallClock())
      let fleet = try RepositoryPath("acme/fleet")
      try await host.createRepository(fleet)
      #expect(await gitError { try await host.propose(proposal(), in: fleet) }?.code == .emptyRepository)
      _ = try await host.commitFiles(
        CommitRequest(
          branch: branch("main"), message: "one", changes: [.put(path("a"), text: "1")], allowInitial: true),
        in: fleet)
      let pull = try await host.propose(proposal(), in: fleet)
      #expect(try await host.propose(proposal(), in: fleet).number == pull.number)
    }
  }

  @Test func archivedRepositoriesAreToldAtOnce() async throws {
    let transport = ClosureTransport { _, _ in (200, [:], ["default_branch": "main", "archived": true]) }
    let host = GitHubHost(credential: .token(Secret("T")), transport: transport, settings: GitHostSettings())
    let error = await gitError { try await host.propose(proposal(), in: RepositoryPath("acme/fleet")) }
    #expect(error?.code == .forbidden && error?.reason == "archived")
    #expect(transport.requests.allSatisfy { $0.method == "GET" })
  }

  @Test func trailersAreChecked() async throws {
    try await withTemporaryDirectory { folder in
      let host = try LocalGitHost(folder: folder, user: alice, clock: ManualWallClock())
      let fleet = try RepositoryPath("acme/fleet")
      try await host.createRepository(fleet)
      for (name, value) in [("", "x"), ("a b", "x"), ("a:", "x"), ("A", ""), ("A", "x\nWGE-Request: y"), ("Ä", "x")] {
        let request = CommitRequest(
          branch: try branch("main"), message: "one", changes: [.put(try path("a"), text: "1")], allowInitial: true,
          trailers: [CommitTrailer(name, value)])
        #expect(await gitError { try await host.commitFiles(request, in: fleet) }?.field == "trailers", "\(name)")
      }
    }
  }
}
