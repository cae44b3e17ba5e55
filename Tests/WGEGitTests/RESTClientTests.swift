import HTTPTypes
import Synchronization
import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEGit

/// A server that is made of a closure.
private final class ClosureTransport: HTTPTransport {
  private let handler: @Sendable (SeenRequest, Int) throws -> (status: Int, fields: HTTPFields, body: JSON)
  private let seen = Mutex<[SeenRequest]>([])

  var requests: [SeenRequest] { seen.withLock { $0 } }

  init(_ handler: @escaping @Sendable (SeenRequest, Int) throws -> (status: Int, fields: HTTPFields, body: JSON)) {
    self.handler = handler
  }

  func execute(_ request: HTTPTransportRequest) async throws -> HTTPTransportResponse {
    let one = SeenRequest(request)
    let number = seen.withLock { seen in
      seen.append(one)
      return seen.count
    }
    let answer = try handler(one, number)
    return HTTPTransportResponse(
      status: HTTPResponse.Status(code: answer.status), fields: answer.fields, url: request.url,
      body: HTTPBody(answer.body.serialized()))
  }
}

/// How many were inside at once, at most.
private final class Peak: Sendable {
  private let state = Mutex<(now: Int, most: Int)>((0, 0))

  var most: Int { state.withLock { $0.most } }

  func enter() {
    state.withLock { state in
      state.now += 1
      state.most = max(state.most, state.now)
    }
  }

  func leave() { state.withLock { $0.now -= 1 } }
}

@Suite struct RESTClientTests {
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

  private func host(_ transport: ClosureTransport, clock: InstantClock = InstantClock()) -> GitHubHost {
    GitHubHost(
      credential: .token(Secret("ghp_secretsecretsecret")), transport: transport,
      settings: GitHostSettings(clock: clock, wallClock: ManualWallClock()))
  }

  private func create(_ host: GitHubHost) async throws -> PullRequest {
    try await host.createPullRequest(PullRequestDraft(title: "Add app", head: topic, base: main), in: fleet)
  }

  @Test func aLostAnswerNeverMakesTwoPullRequests() async throws {
    let opened = Mutex(false)
    let transport = ClosureTransport { request, _ in
      if request.method == "POST" {
        // The server opens it, and the answer is lost.
        opened.withLock { $0 = true }
        throw HTTPError.connectionLost(target: "x", bytesSent: 100, detail: "reset")
      }
      let isOpen = opened.withLock { $0 }
      return (200, [:], .array(isOpen ? [Self.pull] : []))
    }
    #expect(try await create(host(transport)).number == 11)
    #expect(transport.requests.filter { $0.method == "POST" }.count == 1)
  }

  @Test func aRequestThatNeverArrivedIsSentAgain() async throws {
    let transport = ClosureTransport { request, number in
      if request.method == "POST", number == 1 { throw HTTPError.cannotConnect(target: "x", detail: "refused") }
      if request.method == "POST" { return (201, [:], Self.pull) }
      return (200, [:], .array([]))
    }
    #expect(try await create(host(transport)).number == 11)
    #expect(transport.requests.count == 2)
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
    let error = await gitError { try await create(host(transport)) }
    #expect(error?.code == .rateLimited && error?.retryAfter == .seconds(3600))
    #expect(transport.requests.count == 1)
  }

  @Test func readsAreTriedAgainAndGivenUp() async throws {
    let clock = InstantClock()
    let transport = ClosureTransport { _, _ in (503, [:], [:]) }
    let error = await gitError { try await host(transport, clock: clock).repository(fleet) }
    #expect(error?.code == .unavailable && transport.requests.count == 5 && clock.sleeps.count == 4)
  }

  @Test func redirectsStayAtTheHost() async throws {
    for location in ["https://evil.test/x", "http://api.github.com/x", "https://api.github.com:444/x", "//evil.test/x"]
    {
      let transport = ClosureTransport { _, _ in (301, [.location: location], [:]) }
      let error = await gitError { try await host(transport).repository(fleet) }
      #expect(error?.code == .protocolViolation && transport.requests.count == 1, "\(location)")
    }
    let circle = ClosureTransport { request, _ in (301, [.location: request.path + "x"], [:]) }
    #expect(await gitError { try await host(circle).repository(fleet) }?.code == .protocolViolation)
  }

  @Test func pagesThatFormACircleEnd() async throws {
    let transport = ClosureTransport { request, _ in
      if request.path == "/repos/acme/fleet" { return (200, [:], ["default_branch": "main"]) }
      let next = "<https://api.github.com\(request.path)?page=2>; rel=\"next\""
      return (200, [.wellKnown("Link"): next], .array([]))
    }
    #expect(await gitError { try await host(transport).branches(in: fleet) }?.code == .protocolViolation)
  }

  @Test func secretsAreMaskedInTheHostsWords() async throws {
    let transport = ClosureTransport { _, _ in
      (422, [:], ["message": "token ghp_secretsecretsecret and https://u:pw@x.test are bad"])
    }
    let error = await gitError { try await host(transport).repository(fleet) }
    #expect(error?.description.contains("secretsecret") == false && error?.description.contains("pw@") == false)
  }

  @Test func atMostSoManyRequestsAtOnce() async throws {
    let governor = RequestGovernor(GitHostSettings(concurrency: 2))
    let request = RESTRequest(.get, "/", "test")
    let running = Peak()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await governor.enter(request)
          running.enter()
          await Task.yield()
          running.leave()
          governor.leave(request, .works)
        }
      }
      try await group.waitForAll()
    }
    #expect(running.most <= 2)
    // A waiter that is cancelled gives way.
    try await governor.enter(request)
    try await governor.enter(request)
    let waiter = Task { try await governor.enter(request) }
    waiter.cancel()
    #expect(await gitError { try await waiter.value }?.code == .cancelled)
    governor.leave(request, .works)
    governor.leave(request, .works)
    try await governor.enter(request)
    governor.leave(request, .works)
  }

  @Test func aPageOfAProxyIsNoAnswer() async throws {
    let listing = ClosureTransport { request, _ in
      if request.path == "/repos/acme/fleet" { return (200, [:], ["default_branch": "main"]) }
      return (200, [.contentType: "text/html; charset=utf-8"], .array([]))
    }
    #expect(await gitError { try await host(listing).branches(in: fleet) }?.code == .protocolViolation)
    let value = ClosureTransport { _, _ in (200, [.contentType: "text/html"], ["default_branch": "main"]) }
    let error = await gitError { try await host(value).repository(fleet) }
    #expect(error?.code == .protocolViolation && error?.status == 200)
    // Writes may be answered with nothing, reads only where the status says so.
    let client = RESTClient(
      root: "https://x.test", dialect: GitHubDialect(credential: .token(Secret("T"))), transport: value,
      settings: GitHostSettings())
    let empty = RESTAnswer(status: 200, fields: [:], url: "", bytes: [])
    #expect(try client.read(empty, of: RESTRequest(.post, "/", "merge")) == .null)
    #expect(throws: GitHostError.self) { try client.read(empty, of: RESTRequest(.get, "/", "list")) }
    var gone = empty
    gone.status = 204
    #expect(try client.read(gone, of: RESTRequest(.get, "/", "list")) == .null)
    gone.bytes = Array("<ok/>".utf8)
    #expect(throws: GitHostError.self) { try client.read(gone, of: RESTRequest(.post, "/", "merge")) }
  }

  @Test func credentialsDoNotGoOverPlainHTTP() async throws {
    let transport = ClosureTransport { _, _ in (200, [:], [:]) }
    for url in ["http://git.acme.test", "http://127.0.0.1.evil.test", "http://localhost@evil.test"] {
      let host = BitbucketServerHost(
        webURL: url, credential: .token(Secret("TOKEN")), transport: transport, settings: GitHostSettings()
      ) { $0.plan.result(.zero) }
      let error = await gitError { try await host.repository(fleet) }
      #expect(error?.code == .validation && error?.field == "webURL", "\(url)")
    }
    #expect(transport.requests.isEmpty)
    for (url, allowed) in [("http://127.0.0.1:7990", false), ("http://git.acme.test", true)] {
      let host = BitbucketServerHost(
        webURL: url, credential: .token(Secret("TOKEN")), transport: transport, allowsPlainHTTP: allowed,
        settings: GitHostSettings()
      ) { $0.plan.result(.zero) }
      _ = try? await host.repository(fleet)
    }
    #expect(Set(transport.requests.map(\.origin)) == ["http://127.0.0.1:7990", "http://git.acme.test"])
  }

  @Test func theQueueHeedsAPauseThatBeganMeanwhile() async throws {
    let clock = InstantClock()
    let wall = ManualWallClock()
    let settings = GitHostSettings(clock: clock, wallClock: wall, concurrency: 1)
    let governor = RequestGovernor(settings)
    let request = RESTRequest(.get, "/", "test")
    try await governor.enter(request)
    let queued = Task { try await governor.enter(request) }
    while governor.waitingCount == 0 { await Task.yield() }
    governor.pause(until: wall.now().advanced(by: .seconds(9)))
    governor.leave(request, .works)
    try await queued.value
    #expect(clock.sleeps.contains { $0 > .seconds(8) && $0 <= .seconds(9) })
    governor.leave(request, .works)
  }

  @Test func aThirdOfThePlacesIsForWrites() async throws {
    let governor = RequestGovernor(GitHostSettings(concurrency: 3, writeConcurrency: 1))
    let write = RESTRequest(.post, "/", "write")
    let read = RESTRequest(.get, "/", "read")
    try await governor.enter(write)
    let second = Task { try await governor.enter(write) }
    while governor.waitingCount == 0 { await Task.yield() }
    // Reads pass the write that waits.
    try await governor.enter(read)
    try await governor.enter(read)
    #expect(governor.waitingCount == 1)
    governor.leave(write, .works)
    try await second.value
    // A write that gives up leaves the place that writes have.
    let third = Task { try await governor.enter(write) }
    while governor.waitingCount == 0 { await Task.yield() }
    third.cancel()
    #expect(await gitError { try await third.value }?.code == .cancelled)
    governor.leave(write, .works)
    governor.leave(read, .works)
    governor.leave(read, .works)
    try await governor.enter(write)
  }

  @Test func writesKeepTheirDistance() async throws {
    let clock = InstantClock()
    let wall = ManualWallClock()
    let governor = RequestGovernor(GitHostSettings(clock: clock, wallClock: wall), writeSpacing: .seconds(1))
    func write() async throws {
      let request = RESTRequest(.post, "/", "write")
      try await governor.enter(request)
      governor.leave(request, .works)
    }
    try await write()
    #expect(clock.sleeps.isEmpty)
    wall.advance(by: .milliseconds(400))
    try await write()
    #expect(clock.sleeps == [.milliseconds(600)])
    wall.advance(by: .seconds(2))
    try await write()
    // The clock was set back by an hour: a second at most.
    wall.advance(by: .seconds(-3600))
    try await write()
    #expect(clock.sleeps == [.milliseconds(600), .seconds(1)])
    try await governor.enter(RESTRequest(.get, "/", "read"))
    #expect(clock.sleeps.count == 2)
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
}
