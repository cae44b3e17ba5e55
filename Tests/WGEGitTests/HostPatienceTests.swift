import HTTPTypes
import Synchronization
import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEGit

/// What a host's limits and failures make us wait for.
@Suite struct HostPatienceTests {
  private let fleet: RepositoryPath
  private let main: BranchName
  private let topic: BranchName

  init() throws {
    fleet = try RepositoryPath("acme/fleet")
    main = try BranchName("main")
    topic = try BranchName("topic")
  }

  private static let pull: JSON = [
    "number": 11, "state": "open", "title": "Add app", "head": ["ref": "topic"], "base": ["ref": "main"],
    "html_url": "https://github.com/acme/fleet/pull/11", "created_at": "2026-01-01T00:00:00Z",
  ]

  private func host(
    _ transport: ClosureTransport, clock: InstantClock = InstantClock(), wall: ManualWallClock = ManualWallClock()
  ) -> GitHubHost {
    GitHubHost(
      credential: .token(Secret("ghp_secretsecretsecret")), transport: transport,
      settings: GitHostSettings(clock: clock, wallClock: wall))
  }

  private func create(_ host: GitHubHost) async throws -> PullRequest {
    try await host.createPullRequest(PullRequestDraft(title: "Add app", head: topic, base: main), in: fleet)
  }

  @Test func aRefusalByRateLimitIsWaitedFor() async throws {
    let clock = InstantClock()
    let transport = ClosureTransport { request, number in
      if number == 1 { return (429, [.retryAfter: "7"], ["message": "secondary rate limit"]) }
      return (201, [:], Self.pull)
    }
    #expect(try await create(host(transport, clock: clock)).number == 11)
    #expect(clock.sleeps.contains { $0 > .seconds(6) && $0 <= .seconds(7) })
  }

  @Test func longLimitsAreReportedAndHeld() async throws {
    let transport = ClosureTransport { _, _ in (403, [.retryAfter: "3600"], ["message": "secondary rate limit"]) }
    let host = host(transport)
    let error = await gitError { try await create(host) }
    #expect(error?.code == .rateLimited && error?.retryAfter == .seconds(3600))
    #expect(transport.requests.count == 1)
    // The next one does not even ask.
    let next = await gitError { try await host.repository(fleet) }
    #expect(next?.code == .rateLimited && next?.retryAfter == .seconds(3600) && transport.requests.count == 1)
  }

  @Test func gitHubGetsASecondBetweenWrites() async throws {
    let clock = InstantClock()
    let transport = ClosureTransport { request, _ in
      request.method == "POST" ? (201, [:], Self.pull) : (200, [:], .array([]))
    }
    let host = host(transport, clock: clock)
    for _ in 0..<3 { _ = try await create(host) }
    #expect(clock.sleeps == [.seconds(1), .seconds(1)])
  }

  @Test func aHostThatKeepsFailingIsSpared() async throws {
    let clock = InstantClock()
    let wall = ManualWallClock()
    let isDown = Mutex(true)
    let transport = ClosureTransport { _, _ in
      isDown.withLock { $0 } ? (502, [:], [:]) : (200, [:], ["default_branch": "main"])
    }
    let host = GitHubHost(
      credential: .token(Secret("T")), transport: transport, settings: GitHostSettings(clock: clock, wallClock: wall))
    func read() async throws -> GitHostRepository { try await host.repository(fleet) }
    #expect(await gitError { try await read() }?.code == .unavailable)
    #expect(transport.requests.count == 5)
    // Nothing is sent, and the error says when to come again.
    wall.advance(by: .seconds(10))
    let refused = await gitError { try await read() }
    #expect(refused?.code == .unavailable && refused?.retryAfter == .seconds(20) && transport.requests.count == 5)
    // One looks whether it works again; it does not, and the rest stays away.
    wall.advance(by: .seconds(21))
    #expect(await gitError { try await read() }?.code == .unavailable)
    #expect(transport.requests.count == 6)
    isDown.withLock { $0 = false }
    wall.advance(by: .seconds(31))
    #expect(try await read().defaultBranch == main)
    #expect(try await read().defaultBranch == main)
  }

  @Test func aTimeToComeAgainMayBeADate() async throws {
    for status in [429, 503] {
      let clock = InstantClock()
      let transport = ClosureTransport { _, number in
        number == 1
          ? (status, [.retryAfter: "Thu, 01 Jan 2026 00:00:07 GMT"], [:]) : (200, [:], ["default_branch": "main"])
      }
      _ = try await host(transport, clock: clock).repository(fleet)
      #expect(clock.sleeps.contains { $0 > .seconds(6) && $0 <= .seconds(7) }, "\(status)")
    }
  }

  @Test func limitsWithoutAnEndDouble() async throws {
    let wall = ManualWallClock()
    let isLimited = Mutex(true)
    let transport = ClosureTransport { _, _ in
      isLimited.withLock { $0 }
        ? (403, [:], ["message": "You have exceeded a secondary rate limit"]) : (200, [:], ["default_branch": "main"])
    }
    let host = GitHubHost(
      credential: .token(Secret("T")), transport: transport,
      settings: GitHostSettings(clock: InstantClock(), wallClock: wall, attempts: 1))
    for seconds in [60, 120, 240] as [Int64] {
      #expect(await gitError { try await host.repository(fleet) }?.retryAfter == .seconds(seconds))
      wall.advance(by: .seconds(seconds))
    }
    isLimited.withLock { $0 = false }
    _ = try await host.repository(fleet)
    isLimited.withLock { $0 = true }
    #expect(await gitError { try await host.repository(fleet) }?.retryAfter == .seconds(60))
  }

  /// The last request of a window says that it was the last.
  @Test func anEmptyAllowanceIsNotTried() async throws {
    let wall = ManualWallClock()
    let reset = "\(wall.now().seconds + 900)"
    let transport = ClosureTransport { _, _ in
      let fields: HTTPFields = [
        .wellKnown("x-ratelimit-remaining"): "0", .wellKnown("x-ratelimit-reset"): reset,
      ]
      return (200, fields, ["default_branch": "main"])
    }
    let host = host(transport, wall: wall)
    _ = try await host.repository(fleet)
    let error = await gitError { try await host.repository(fleet) }
    #expect(error?.code == .rateLimited && error?.retryAfter == .seconds(900) && transport.requests.count == 1)
    wall.advance(by: .seconds(901))
    _ = try await host.repository(fleet)
  }

  @Test func azureAsksForPausesBeforeItRefuses() async throws {
    let clock = InstantClock()
    let transport = ClosureTransport { _, number in
      (200, number == 1 ? [.retryAfter: "4"] : [:], ["defaultBranch": "refs/heads/main", "id": "1", "name": "config"])
    }
    let host = AzureDevOpsHost(
      organization: "acme", credential: .token(Secret("T")), transport: transport,
      settings: GitHostSettings(clock: clock, wallClock: ManualWallClock()))
    let repository = try RepositoryPath("acme/platform/config")
    _ = try? await host.repository(repository)
    _ = try? await host.repository(repository)
    #expect(clock.sleeps.first == .seconds(4))
  }

  /// A 500 may be the write's own doing; a read finds that out without harm.
  @Test func writesThatFailInsideAreNotRepeated() async throws {
    for (status, isRepeated) in [(500, false), (501, false), (502, true), (503, true), (504, true)] {
      let transport = ClosureTransport { _, _ in (status, [:], [:]) }
      _ = await gitError { try await host(transport).closePullRequest(11, in: fleet) }
      #expect(transport.requests.count == (isRepeated ? 5 : 1), "\(status)")
    }
    let reads = ClosureTransport { _, number in number < 3 ? (500, [:], [:]) : (200, [:], ["default_branch": "main"]) }
    _ = try await host(reads).repository(fleet)
  }
}
