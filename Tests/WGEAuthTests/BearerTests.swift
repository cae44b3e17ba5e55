import HTTPTypes
import Synchronization
import Testing
import WGEAuth
import WGECore
import WGEKube
import WGETestSupport

@Suite struct BearerCredentialTests {
  @Test(
    arguments: [
      ([], .absent), (["Basic dXNlcg=="], .absent), (["Negotiate"], .absent), ([""], .absent),
      (["Bearer abc"], .token(Secret("abc"))), (["bearer abc"], .token(Secret("abc"))),
      (["BEARER   abc.d-e_f~g+h/i=="], .token(Secret("abc.d-e_f~g+h/i=="))),
      (["Bearer"], .malformed), (["Bearer "], .malformed), (["Bearer ="], .malformed), (["Bearer a b"], .malformed),
      (["Bearer a=b"], .malformed), (["Bearer ä"], .malformed), (["Bearer a", "Bearer b"], .malformed),
      (["Basic a", "Bearer b"], .malformed),
    ] as [([String], BearerCredential)])
  func parses(headers: [String], expected: BearerCredential) {
    #expect(BearerCredential(headers: headers) == expected)
  }

  @Test func boundsLength() {
    #expect(BearerCredential(headers: ["Bearer " + String(repeating: "a", count: 16 * 1024 + 1)]) == .malformed)
    #expect(BearerCredential(headers: ["Bearer " + String(repeating: "a", count: 16 * 1024)]) != .malformed)
  }
}

/// Knows tokens; counts questions.
final class FakeReviewer: TokenReviewer {
  let asked = Mutex(0)
  let users: [String: UserInfo]
  let failure: Mutex<AuthError?> = Mutex(nil)

  init(_ users: [String: UserInfo]) { self.users = users }

  func review(_ token: Secret<String>) async throws -> UserInfo? {
    asked.withLock { $0 += 1 }
    if let failure = failure.withLock({ $0 }) { throw failure }
    return users[token.reveal()]
  }
}

@Suite struct BearerAuthenticatorTests {
  let clock = ManualWallClock()

  @Test func passesTheTokenOn() async throws {
    let bearer = BearerAuthenticator(
      reviewer: FakeReviewer(["t": UserInfo(name: "jane", groups: ["dev"])]), clock: clock)
    let user = try await bearer.authenticate(Secret("t"))
    #expect(user.id == "jane")
    #expect(user.groups == ["dev"])
    #expect(user.principal == .bearer(Secret("t"), identity: UserInfo(name: "jane", groups: ["dev"])))
    #expect(!"\(user)".contains("\"t\""))
  }

  @Test func remembersForAMinuteAndTenSeconds() async throws {
    let reviewer = FakeReviewer(["good": UserInfo(name: "jane")])
    let bearer = BearerAuthenticator(reviewer: reviewer, clock: clock)
    _ = try await bearer.authenticate(Secret("good"))
    clock.advance(by: .seconds(59))
    _ = try await bearer.authenticate(Secret("good"))
    #expect(reviewer.asked.withLock { $0 } == 1)
    clock.advance(by: .seconds(1))
    _ = try await bearer.authenticate(Secret("good"))
    #expect(reviewer.asked.withLock { $0 } == 2)

    for _ in 0..<3 {
      await #expect(throws: AuthError.unauthenticated) { try await bearer.authenticate(Secret("bad")) }
    }
    #expect(reviewer.asked.withLock { $0 } == 3)
    clock.advance(by: .seconds(10))
    await #expect(throws: AuthError.unauthenticated) { try await bearer.authenticate(Secret("bad")) }
    #expect(reviewer.asked.withLock { $0 } == 4)
  }

  @Test func neverRemembersPastATokensEnd() async throws {
    // {"exp": 1767225610}: ten seconds after the clock's start.
    let token = "e30.eyJleHAiOjE3NjcyMjU2MTB9.c2ln"
    let reviewer = FakeReviewer([token: UserInfo(name: "jane")])
    let bearer = BearerAuthenticator(reviewer: reviewer, clock: clock)
    #expect(try await bearer.authenticate(Secret(token)).expiresAt == Timestamp(seconds: 1_767_225_610))
    clock.advance(by: .seconds(10))
    _ = try await bearer.authenticate(Secret(token))
    #expect(reviewer.asked.withLock { $0 } == 2)
  }

  @Test func failuresAreNotRefusals() async throws {
    let reviewer = FakeReviewer(["t": UserInfo(name: "jane")])
    reviewer.failure.withLock { $0 = .unavailable("down") }
    let bearer = BearerAuthenticator(reviewer: reviewer, clock: clock)
    let error = await #expect(throws: AuthError.self) { try await bearer.authenticate(Secret("t")) }
    #expect(error != .unauthenticated)
    reviewer.failure.withLock { $0 = nil }
    #expect(try await bearer.authenticate(Secret("t")).id == "jane")
  }
}

@Suite struct TokenReviewerTests {
  @Test func tokenReview() async throws {
    let client = KubeClient(
      transport: FakeTransport { request in
        #expect(request.path == "/apis/authentication.k8s.io/v1/tokenreviews")
        let body = try JSON(parsing: request.body)
        let token = body.value(at: ["spec", "token"])?.stringValue
        return answer(
          201,
          [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
            "status": [
              "authenticated": .bool(token == "good"),
              "user": ["username": "jane", "uid": "1", "groups": ["a"], "extra": ["k": ["v"]]],
              "audiences": body.value(at: ["spec", "audiences"]) == ["mine"] ? ["mine"] : [],
            ],
          ])
      })
    let user = UserInfo(name: "jane", uid: "1", groups: ["a"], extra: ["k": ["v"]])
    #expect(try await KubernetesTokenReviewer(client: client).review(Secret("good")) == user)
    #expect(try await KubernetesTokenReviewer(client: client).review(Secret("bad")) == nil)
    #expect(try await KubernetesTokenReviewer(client: client, audiences: ["mine"]).review(Secret("good")) == user)
    #expect(try await KubernetesTokenReviewer(client: client, audiences: ["other"]).review(Secret("good")) == nil)
  }

  @Test func selfSubjectReview() async throws {
    let client = KubeClient(
      transport: FakeTransport { request in
        #expect(request.path == "/apis/authentication.k8s.io/v1/selfsubjectreviews")
        switch request.headers[.authorization] {
        case "Bearer good":
          return answer(
            201,
            [
              "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
              "status": ["userInfo": ["username": "jane", "groups": ["a"]]],
            ])
        case "Bearer ghost":
          return answer(
            201,
            [
              "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
              "status": ["userInfo": ["username": "system:anonymous"]],
            ])
        case "Bearer broken": return failure(503, "ServiceUnavailable")
        default: return failure(401, "Unauthorized")
        }
      }
    ).retrying(.none)
    let reviewer = SelfSubjectTokenReviewer(client: client)
    #expect(try await reviewer.review(Secret("good"))?.name == "jane")
    #expect(try await reviewer.review(Secret("bad")) == nil)
    #expect(try await reviewer.review(Secret("ghost")) == nil)
    await #expect(throws: KubeError.self) { try await reviewer.review(Secret("broken")) }
  }
}
