import Testing
import WGEAuth
import WGECore
import WGEKube
import WGETestSupport

@Suite struct AuthenticatorTests {
  let clock = ManualWallClock()
  let cookie = SessionCookie(isSecure: false)
  let source: ChangingAccount
  let sessions: Sessions
  let authenticator: Authenticator
  let signIn: SignIn
  let here: ClientAddress

  init() throws {
    source = ChangingAccount(try account())
    sessions = Sessions(keys: .random(at: clock.now()), clock: clock)
    authenticator = try Authenticator(
      sessions: sessions, cookie: cookie, account: source,
      bearer: BearerAuthenticator(reviewer: FakeReviewer(["t": UserInfo(name: "jane")]), clock: clock))
    signIn = SignIn(
      account: source, sessions: sessions, cookie: cookie, limiter: LoginLimiter(clock: clock))
    here = try address("192.0.2.1")
  }

  func value(_ setCookie: String) -> String { String(setCookie.prefix { $0 != ";" }) }

  @Test func signsInAndOut() async throws {
    let cookie = value(try await signIn.signIn(user: "admin", password: Secret("s3cret"), from: here))
    let request = try #require(try await authenticator.authenticate(RequestCredentials(cookies: [cookie])))
    #expect(request.user.id == "admin")
    #expect(request.user.method == .userAccount)
    #expect(request.user.principal == .user(UserInfo(name: "admin")))
    #expect(request.renewal == nil)
    #expect(signIn.signOut(cookies: [cookie]).contains("Max-Age=0"))
    await #expect(throws: AuthError.unauthenticated) {
      try await authenticator.authenticate(RequestCredentials(cookies: [cookie]))
    }
    #expect(signIn.signOut(cookies: []).contains("Max-Age=0"))
  }

  @Test(arguments: [
    ("admin", "wrong"), ("Admin", "s3cret"), ("nobody", "s3cret"), ("", "s3cret"), ("admin", ""), ("", ""),
  ])
  func refuses(user: String, password: String) async {
    await #expect(throws: AuthError.unauthenticated) {
      try await signIn.signIn(user: user, password: Secret(password), from: here)
    }
  }

  @Test func limits() async throws {
    for _ in 0..<5 {
      await #expect(throws: AuthError.unauthenticated) {
        try await signIn.signIn(user: "admin", password: Secret("wrong"), from: here)
      }
    }
    let error = await #expect(throws: AuthError.self) {
      try await signIn.signIn(user: "admin", password: Secret("s3cret"), from: here)
    }
    guard case .rateLimited = error else {
      Issue.record("not limited: \(String(describing: error))")
      return
    }
    clock.advance(by: .seconds(60))
    #expect(!(try await signIn.signIn(user: "admin", password: Secret("s3cret"), from: here)).isEmpty)
  }

  @Test func aChangedPasswordEndsSessions() async throws {
    let cookie = value(try await signIn.signIn(user: "admin", password: Secret("s3cret"), from: here))
    await source.set(try account(password: "other"))
    await #expect(throws: AuthError.unauthenticated) {
      try await authenticator.authenticate(RequestCredentials(cookies: [cookie]))
    }
    await source.set(nil)
    await #expect(throws: AuthError.unauthenticated) {
      try await authenticator.authenticate(RequestCredentials(cookies: [cookie]))
    }
  }

  @Test func anUnreadableAccountIsNotARefusal() async throws {
    let cookie = value(try await signIn.signIn(user: "admin", password: Secret("s3cret"), from: here))
    await source.fail(KubeError.transport(TransportFailure(.cannotConnect, message: "down")))
    let error = await #expect(throws: AuthError.self) {
      try await authenticator.authenticate(RequestCredentials(cookies: [cookie]))
    }
    guard case .unavailable = error else {
      Issue.record("not unavailable: \(String(describing: error))")
      return
    }
  }

  @Test func aBearerTokenDecidesAlone() async throws {
    let cookie = value(try await signIn.signIn(user: "admin", password: Secret("s3cret"), from: here))
    let request = try await authenticator.authenticate(
      RequestCredentials(authorization: ["Bearer t"], cookies: [cookie]))
    #expect(request?.user.id == "jane")
    for header in ["Bearer wrong", "Bearer "] {
      await #expect(throws: AuthError.unauthenticated) {
        try await authenticator.authenticate(RequestCredentials(authorization: [header], cookies: [cookie]))
      }
    }
    let basic = try await authenticator.authenticate(
      RequestCredentials(authorization: ["Basic x"], cookies: [cookie]))
    #expect(basic?.user.id == "admin")
    await #expect(throws: AuthError.unauthenticated) {
      try await authenticator.authenticate(
        RequestCredentials(authorization: ["Bearer \(cookie.dropFirst("wge_session=".count))"]))
    }
  }

  @Test func nothingIsNobody() async throws {
    #expect(try await authenticator.authenticate(RequestCredentials()) == nil)
  }

  @Test func renewsSessionsInUse() async throws {
    let cookie = value(try await signIn.signIn(user: "admin", password: Secret("s3cret"), from: here))
    clock.advance(by: .seconds(1800))
    let renewal = try #require(
      try await authenticator.authenticate(RequestCredentials(cookies: [cookie]))?.renewal)
    #expect(renewal.contains("HttpOnly"))
    clock.advance(by: .seconds(1900))
    await #expect(throws: AuthError.unauthenticated) {
      try await authenticator.authenticate(RequestCredentials(cookies: [cookie]))
    }
    #expect(try await authenticator.authenticate(RequestCredentials(cookies: [value(renewal)]))?.user.id == "admin")
  }

  @Test func anonymousReplacesAllOthers() async throws {
    let open = try Authenticator(sessions: sessions, cookie: cookie, account: source, anonymous: "guest")
    #expect(open.enabledMethods == [.anonymous])
    #expect(try await open.authenticate(RequestCredentials(authorization: ["Bearer t"]))?.user.id == "guest")
    #expect(throws: AuthError.self) { try Authenticator(sessions: sessions, cookie: cookie, anonymous: "") }
    #expect(throws: AuthError.self) { try Authenticator(sessions: sessions, cookie: cookie) }
  }

  @Test func methodsThatAreOffDoNotWork() async throws {
    let cookie = value(try await signIn.signIn(user: "admin", password: Secret("s3cret"), from: here))
    let bearerOnly = try Authenticator(
      sessions: sessions, cookie: self.cookie, bearer: BearerAuthenticator(reviewer: FakeReviewer([:]), clock: clock))
    await #expect(throws: AuthError.unauthenticated) {
      try await bearerOnly.authenticate(RequestCredentials(cookies: [cookie]))
    }
    let accountOnly = try Authenticator(sessions: sessions, cookie: self.cookie, account: source)
    await #expect(throws: AuthError.unauthenticated) {
      try await accountOnly.authenticate(RequestCredentials(authorization: ["Bearer t"]))
    }
  }
}

@Suite struct ModelTests {
  @Test func methods() throws {
    #expect(
      try AuthMethod.parse(list: "oidc, user-account,TOKEN-PASSTHROUGH") == [.oidc, .userAccount, .tokenPassthrough])
    #expect(try AuthMethod.parse(list: "") == [])
    let error = #expect(throws: AuthError.self) { try AuthMethod(parsing: "unknown-method") }
    #expect(error?.description.hasPrefix("unknown auth method") == true)
  }

  @Test func principalsHideTokensAndHaveDistinctKeys() {
    let user = UserPrincipal(id: "X", groups: ["a", "b"], method: .tokenPassthrough, token: Secret("hush"))
    #expect("\(user)" == #"id="X" groups=[a b]"#)
    #expect(!String(reflecting: user).contains("hush"))
    let keys = [
      UserPrincipal(id: "x", groups: ["a b"], method: .oidc),
      UserPrincipal(id: "x", groups: ["a", "b"], method: .oidc),
      UserPrincipal(id: "x", groups: [], method: .oidc), UserPrincipal(id: "xa b", groups: [], method: .oidc),
      UserPrincipal(id: "x", groups: ["a b"], method: .userAccount),
      UserPrincipal(id: "x", groups: ["a b"], method: .oidc, token: Secret("t")),
    ].map(\.cacheKey)
    #expect(Set(keys).count == keys.count)
    #expect(
      UserPrincipal(id: "x", groups: ["a", "b"], method: .oidc).cacheKey
        == UserPrincipal(id: "x", groups: ["b", "a"], method: .oidc).cacheKey)
  }

  @Test(arguments: ["", " admin", "admin ", "a\nb", "system:admin", String(repeating: "a", count: 256)])
  func badAccountNames(name: String) throws {
    let hash = try BcryptHash.make(Secret("x"), cost: cheapCost)
    #expect(throws: AuthError.self) { try ClusterUserAccount(username: name, hash: hash) }
  }
}
