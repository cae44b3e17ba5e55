import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEGit

@Suite struct OAuthTests {
  private func application(_ provider: GitProvider, _ id: String = "") throws -> OAuthApplication {
    let place =
      switch provider {
      case .github: "github"
      case .gitlab: "gitlab"
      case .bitbucketServer: "bitbucketserver"
      case .bitbucketCloud: "bitbucketcloud"
      default: "azuredevops"
      }
    return try OAuthApplication(
      provider: provider, clientID: "CLIENT", clientSecret: Secret("SECRET"),
      redirectURI: "https://wge.acme.test/oauth/\(place)",
      webURL: provider == .bitbucketServer ? "https://bitbucket.acme.test" : nil,
      azure: id.contains("entra") ? .entra(tenant: "TENANT") : .legacy)
  }

  @Test func fixtures() async throws {
    let report = SuiteReport("GIT OAUTH")
    for provider in GitProvider.allCases where provider != .local {
      for file in Vectors.files(in: "git/providers/\(provider.rawValue)", ext: "json") {
        let fixture = try JSON(parsing: file.read())
        guard let operation = fixture["operation"]?.stringValue, operation.hasPrefix("oauth") else { continue }
        let id = "\(provider.rawValue)/\(file.name)"
        do {
          if let problem = try await check(fixture, operation, id, provider) {
            report.fail(id, problem)
          } else {
            report.pass()
          }
        } catch {
          report.fail(id, "\(error)")
        }
      }
    }
    guard report.passed + report.failures.count > 0 else {
      print(Vectors.skipMessage("git/providers"))
      return
    }
    report.finish()
    #expect(report.failures.isEmpty)
  }

  private func check(
    _ fixture: JSON, _ operation: String, _ id: String, _ provider: GitProvider
  ) async throws -> String? {
    let steps = (fixture["steps"]?.arrayValue ?? []).map { FixtureStep(json: $0) }
    let transport = ScriptedTransport(steps)
    let flow = OAuthFlow(try application(provider, id), transport: transport)
    let expect = fixture["expect"] ?? .null
    let found: JSON
    do {
      found = try await perform(operation, flow)
    } catch let error as GitHostError {
      guard let wanted = expect["error"] else { return "\(error)" }
      if error.code.rawValue != wanted["code"]?.stringValue { return "the code is \(error.code)" }
      if let reason = wanted["reason"]?.stringValue, error.reason != reason {
        return "the reason is \(error.reason ?? "")"
      }
      return error.description.contains("SECRET") ? "shows the secret" : nil
    }
    if expect["error"] != nil { return "no error" }
    if let problem = Outcome.compare(found, expect, id) { return problem }
    let problems = transport.problems
    // Secrets never stand in a URL.
    for request in transport.requests where !request.query.isEmpty { return "the query is \(request.query)" }
    return problems.isEmpty ? nil : problems.joined(separator: "; ")
  }

  private func perform(_ operation: String, _ flow: OAuthFlow) async throws -> JSON {
    switch operation {
    case "oauthDeviceCode":
      let device = try await flow.beginDevice()
      return [
        "device": [
          "userCode": .string(device.userCode), "verificationURI": .string(device.verificationURI),
          "interval": .number(JSONNumber(device.interval.components.seconds)),
          "expiresIn": .number(JSONNumber(device.lifetime.components.seconds)),
        ]
      ]
    case "oauthDevicePoll":
      let device = OAuthDeviceCode(
        deviceCode: Secret("DEVICE"), userCode: "", verificationURI: "", interval: .seconds(5), lifetime: .seconds(1))
      switch try await flow.poll(device) {
      case .again(let wait): return ["poll": "again", "interval": .number(JSONNumber(wait.components.seconds))]
      case .token(let token): return ["token": json(token)]
      }
    case "oauthExchange":
      let attempt = OAuthAttempt(url: "", state: Secret("S"), verifier: Secret("VERIFIER"))
      return ["token": json(try await flow.finish(code: Secret("CODE"), state: "S", attempt: attempt))]
    default: return ["token": json(try await flow.refresh(Secret("REFRESH")))]
    }
  }

  private func json(_ token: OAuthToken) -> JSON {
    .members([
      ("type", .string(token.type)), ("scopes", .array(token.scopes.map { .string($0) })),
      ("expiresIn", token.lifetime.map { .number(JSONNumber($0.components.seconds)) }),
      ("hasRefresh", .bool(token.refreshToken != nil)),
      ("rotated", .bool(token.refreshToken.map { $0.reveal() != "REFRESH" } ?? false)),
    ])
  }

  @Test func authorizationURLs() throws {
    func begin(_ provider: GitProvider, _ id: String = "") throws -> OAuthAttempt {
      OAuthFlow(try application(provider, id), transport: ScriptedTransport([])).begin()
    }
    let bitbucket = try begin(.bitbucketServer)
    #expect(bitbucket.url.hasPrefix("https://bitbucket.acme.test/rest/oauth2/latest/authorize?client_id=CLIENT&"))
    #expect(bitbucket.url.contains("&response_type=code&scope=REPO_WRITE+REPO_READ+PUBLIC_REPOS&state="))
    let azure = try begin(.azureDevOps)
    #expect(
      azure.url.hasPrefix(
        "https://app.vssps.visualstudio.com/oauth2/authorize?client_id=CLIENT&"
          + "redirect_uri=https%3A%2F%2Fwge.acme.test%2Foauth%2Fazuredevops&response_type=Assertion&"
          + "scope=vso.code_write&state="))
    #expect(azure.verifier == nil)
    let gitlab = try begin(.gitlab)
    for name in [
      "client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "scope", "state",
    ] {
      #expect(gitlab.url.contains("\(name)="))
    }
    #expect(gitlab.verifier != nil && !gitlab.url.contains(gitlab.verifier?.reveal() ?? "?"))
    #expect(try begin(.gitlab).state != gitlab.state)
    #expect(
      try begin(.azureDevOps, "entra").url.hasPrefix("https://login.microsoftonline.com/TENANT/oauth2/v2.0/authorize?"))
    #expect(!"\(gitlab)".contains(gitlab.state.reveal()) && gitlab.url.contains(gitlab.state.reveal()))
  }

  @Test func aForgedAnswerIsRefusedBeforeAnythingIsSent() async throws {
    let transport = ScriptedTransport([])
    let flow = OAuthFlow(try application(.gitlab), transport: transport)
    let attempt = flow.begin()
    for (state, kept) in [(nil, attempt), ("", attempt), ("other", attempt), ("x", nil), (nil, nil)]
      as [(String?, OAuthAttempt?)]
    {
      let error = await gitError { try await flow.finish(code: Secret("C"), state: state, attempt: kept) }
      #expect(error?.reason == "state" && error?.message == "failed CSRF token check")
    }
    #expect(transport.requests.isEmpty)
  }

  @Test func applicationsNameWhereTheyAre() throws {
    #expect(throws: GitHostError.self) {
      try OAuthApplication(
        provider: .bitbucketServer, clientID: "a", clientSecret: nil, redirectURI: "https://x.test/oauth")
    }
    #expect(throws: GitHostError.self) {
      try OAuthApplication(provider: .github, clientID: "", clientSecret: nil, redirectURI: "https://x.test/oauth")
    }
  }

  /// RFC 8628: at least five seconds slower each time, whatever the server names.
  @Test func slowDownNeverSpeedsUp() async throws {
    for (named, wanted) in [(nil, 10), (0, 10), (-5, 10), (3, 10), (7, 10), (60, 60), (Int64.max, 300)]
      as [(Int64?, Int64)]
    {
      let answer = JSON.members([("error", "slow_down"), ("interval", named.map { .number(JSONNumber($0)) })])
      let step: JSON = [
        "request": ["method": "POST", "path": "/login/oauth/access_token"],
        "response": ["status": 200, "body": answer],
      ]
      let flow = OAuthFlow(try application(.github), transport: ScriptedTransport([FixtureStep(json: step)]))
      let device = OAuthDeviceCode(
        deviceCode: Secret("D"), userCode: "", verificationURI: "", interval: .seconds(5), lifetime: .seconds(900))
      guard case .again(let interval) = try await flow.poll(device) else {
        Issue.record("a token for \(String(describing: named))")
        continue
      }
      #expect(interval == .seconds(wanted), "\(String(describing: named))")
    }
  }

  @Test func plainHTTPIsForThisMachine() throws {
    func make(_ web: String, _ back: String) throws {
      _ = try OAuthApplication(
        provider: .gitlab, clientID: "a", clientSecret: nil, redirectURI: back, webURL: web)
    }
    try make("http://localhost:3000", "http://127.0.0.1:8000/back")
    #expect(throws: GitHostError.self) { try make("http://gitlab.acme.test", "https://x.test/back") }
    #expect(throws: GitHostError.self) { try make("https://gitlab.acme.test", "http://x.test/back") }
  }
}
