import HTTPTypes
import Synchronization
import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEGit

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
}
