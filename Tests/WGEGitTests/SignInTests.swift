import HTTPTypes
import Synchronization
import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEGit

/// ``FakeSignIn`` as a transport, with failures on demand.
private final class SignInServer: HTTPTransport {
  private struct State {
    var signIn = FakeSignIn()
    var requests: [SeenRequest] = []
    var failures = 0
  }

  private let state = Mutex(State())

  var requests: [SeenRequest] { state.withLock { $0.requests } }
  func signIn<T: Sendable>(_ body: @Sendable (inout FakeSignIn) -> T) -> T { state.withLock { body(&$0.signIn) } }
  func fail(_ times: Int) { state.withLock { $0.failures = times } }

  func execute(_ request: HTTPTransportRequest) async throws -> HTTPTransportResponse {
    let seen = SeenRequest(request)
    await Task.yield()
    let answer = try state.withLock { state throws -> FakeAnswer in
      state.requests.append(seen)
      if state.failures > 0 {
        state.failures -= 1
        throw HTTPError.connectionLost(target: seen.origin, bytesSent: 10, detail: "reset")
      }
      if seen.path.contains("device") {
        return .json([
          "device_code": "DEVICE", "user_code": "ABCD-1234", "verification_uri": "https://x.test/device", "interval": 5,
          "expires_in": 60,
        ])
      }
      return state.signIn.answer(Dictionary(seen.form.map { ($0.name, $0.value) }) { first, _ in first })
    }
    return HTTPTransportResponse(
      status: HTTPResponse.Status(code: answer.status), fields: answer.fields, url: request.url,
      body: HTTPBody(answer.body))
  }
}

@Suite struct SignInTests {
  private static let providers: [GitProvider] = [.github, .gitlab, .bitbucketServer, .bitbucketCloud, .azureDevOps]

  private func flow(
    _ provider: GitProvider, _ server: SignInServer, clock: InstantClock = InstantClock(), entra: Bool = true
  ) throws -> OAuthFlow {
    let application = try OAuthApplication(
      provider: provider, clientID: "CLIENT", clientSecret: Secret("CLIENT-SECRET"),
      redirectURI: "https://wge.acme.test/oauth",
      webURL: provider == .bitbucketServer ? "https://bitbucket.acme.test" : nil,
      azure: entra ? .entra(tenant: "TENANT") : .legacy)
    return OAuthFlow(
      application, transport: server, settings: GitHostSettings(clock: clock, wallClock: ManualWallClock()))
  }

  // MARK: - By code

  /// RFC 7636, appendix B.
  @Test func proofKeysAreThoseOfTheStandard() {
    #expect(
      OAuthFlow.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
  }

  @Test(arguments: providers, [true, false]) func codesAndRefreshTokensAreGoodOnce(
    _ provider: GitProvider, _ entra: Bool
  ) async throws {
    let server = SignInServer()
    let flow = try flow(provider, server, entra: entra)
    let attempt = flow.begin()
    let back = server.signIn { $0.agree(attempt.url) }
    let token = try await flow.finish(code: Secret(back.code), state: back.state, attempt: attempt)
    #expect(token.accessToken.reveal() == "access-2" && token.lifetime == .seconds(7200))
    #expect(
      await gitError { try await flow.finish(code: Secret(back.code), state: back.state, attempt: attempt) }?.code
        == .validation)
    let next = try await flow.refresh(try #require(token.refreshToken))
    #expect(next.accessToken.reveal() == "access-3" && next.refreshToken?.reveal() == "refresh-3")
    let reused = await gitError { try await flow.refresh(Secret("refresh-2")) }
    #expect(reused?.code == .unauthorized && reused?.reason == "invalidGrant")
    // Nothing secret is in a URL, a description or an error.
    for request in server.requests { #expect(request.query.isEmpty && request.method == "POST") }
    let shown =
      "\(attempt) \(token) \(next) \(attempt.state) \(String(describing: attempt.verifier)) \(String(describing: reused))"
    for secret in ["access-", "refresh-2", "refresh-3", "CLIENT-SECRET", back.code, back.state] {
      #expect(!shown.contains(secret), "\(secret)")
    }
  }

  /// Another attempt's verifier: the code was stolen on its way.
  @Test(arguments: [GitProvider.github, .gitlab, .bitbucketServer, .azureDevOps]) func aStolenCodeIsWorthNothing(
    _ provider: GitProvider
  ) async throws {
    let server = SignInServer()
    let flow = try flow(provider, server)
    let victim = flow.begin()
    let back = server.signIn { $0.agree(victim.url) }
    let thief = flow.begin()
    let forged = OAuthAttempt(url: "", state: Secret(back.state), verifier: thief.verifier)
    let error = await gitError { try await flow.finish(code: Secret(back.code), state: back.state, attempt: forged) }
    #expect(error?.code == .validation && error?.reason == "invalid_grant")
  }

  @Test func secretsAreNotSentInTheClear() throws {
    for url in ["http://gitlab.acme.test", "http://localhost.evil.test", "ftp://x.test", "gitlab.acme.test"] {
      #expect(throws: GitHostError.self, "\(url)") {
        try OAuthApplication(
          provider: .gitlab, clientID: "a", clientSecret: nil, redirectURI: "https://x.test/oauth", webURL: url)
      }
    }
    #expect(throws: GitHostError.self) {
      try OAuthApplication(
        provider: .gitlab, clientID: "a", clientSecret: nil, redirectURI: "http://wge.acme.test/oauth")
    }
    _ = try OAuthApplication(
      provider: .gitlab, clientID: "a", clientSecret: nil, redirectURI: "http://localhost:8080/oauth",
      webURL: "http://127.0.0.1:3000")
  }

  // MARK: - By device

  @Test func aDeviceIsPolledAtTheProvidersPace() async throws {
    let clock = InstantClock()
    let server = SignInServer()
    server.signIn {
      $0.device = [
        ["error": "authorization_pending"], ["error": "slow_down"], ["error": "authorization_pending"],
        ["error": "slow_down", "interval": 25],
      ]
    }
    let flow = try flow(.github, server, clock: clock)
    let device = try await flow.beginDevice()
    #expect(device.userCode == "ABCD-1234")
    #expect(try await flow.token(for: device).accessToken.reveal() == "access-1")
    let pauses = clock.sleeps.map { Int(($0 / .milliseconds(100)).rounded()) }
    #expect(pauses == [50, 50, 100, 100, 250])
  }

  @Test func aDeviceSignInEnds() async throws {
    for (answer, code) in [
      ("access_denied", GitHostError.Code.accessDenied), ("expired_token", .expired),
      ("incorrect_device_code", .validation), ("device_flow_disabled", .unsupported),
    ] {
      let server = SignInServer()
      server.signIn { $0.device = [["error": "authorization_pending"], ["error": .string(answer)]] }
      let flow = try flow(.github, server)
      let device = try await flow.beginDevice()
      #expect(await gitError { try await flow.token(for: device) }?.code == code)
    }
    // Nobody decides.
    let server = SignInServer()
    server.signIn { $0.device = Array(repeating: ["error": "authorization_pending"], count: 1000) }
    let flow = try flow(.gitlab, server)
    let device = try await flow.beginDevice()
    #expect(await gitError { try await flow.token(for: device) }?.code == .expired)
    #expect(server.requests.count == 13)
    // The network fails for a while.
    let shaky = SignInServer()
    let other = try self.flow(.github, shaky)
    let begun = try await other.beginDevice()
    shaky.fail(3)
    #expect(try await other.token(for: begun).accessToken.reveal() == "access-1")
    // Bitbucket has none.
    let none = try self.flow(.bitbucketCloud, server)
    #expect(await gitError { try await none.beginDevice() }?.code == .unsupported)
  }

  // MARK: - Keeping

  private func keeper(
    _ server: SignInServer, _ clock: ManualWallClock, _ saved: Recorder
  ) throws -> OAuthTokenKeeper {
    server.signIn { $0.refreshTokens = ["refresh-0"] }
    return OAuthTokenKeeper(
      OAuthToken(
        accessToken: Secret("access-0"), type: "bearer", scopes: [], lifetime: .seconds(7200),
        refreshToken: Secret("refresh-0")), obtained: clock.now(), flow: try flow(.gitlab, server), clock: clock
    ) { saved.add($0.refreshToken?.reveal() ?? "") }
  }

  @Test func manyCallersRefreshOnce() async throws {
    let (server, clock, saved) = (SignInServer(), ManualWallClock(), Recorder())
    let keeper = try keeper(server, clock, saved)
    #expect(try await keeper.accessToken().reveal() == "access-0" && server.requests.isEmpty)
    for round in 1...3 {
      clock.advance(by: .seconds(7100))
      let tokens = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<20 { group.addTask { try await keeper.accessToken().reveal() } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(tokens == ["access-\(round)"] && server.requests.count == round)
    }
    #expect(saved.all == ["refresh-1", "refresh-2", "refresh-3"])
    #expect(server.signIn { !$0.isRevoked })
  }

  @Test func aProviderThatIsAwayIsNoFailureWhileTheTokenIsGood() async throws {
    let (server, clock, saved) = (SignInServer(), ManualWallClock(), Recorder())
    let keeper = try keeper(server, clock, saved)
    clock.advance(by: .seconds(7150))
    server.fail(1)
    #expect(try await keeper.accessToken().reveal() == "access-0")
    #expect(try await keeper.accessToken().reveal() == "access-1")
    clock.advance(by: .seconds(9000))
    server.fail(1)
    #expect(await gitError { try await keeper.accessToken() }?.code == .network)
    server.signIn { $0.isRevoked = true }
    #expect(await gitError { try await keeper.accessToken() }?.code == .unauthorized)
  }
}

private final class Recorder: Sendable {
  private let list = Mutex<[String]>([])
  var all: [String] { list.withLock { $0 } }
  func add(_ text: String) { list.withLock { $0.append(text) } }
}
