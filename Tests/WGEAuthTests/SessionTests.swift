import Testing
import WGEAuth
import WGECore
import WGETestSupport

@Suite struct SessionTests {
  let clock = ManualWallClock()

  func sessions(_ configuration: Sessions.Configuration = .init()) -> Sessions {
    Sessions(keys: .random(at: clock.now()), configuration: configuration, clock: clock)
  }

  @Test func opensAndRecognises() throws {
    let sessions = sessions()
    let cookie = try sessions.open(user: "admin", groups: ["a", "b"], method: .userAccount, credential: "c")
    let claims = try #require(sessions.recognise(cookie.value))
    #expect(claims.user == "admin")
    #expect(claims.groups == ["a", "b"])
    #expect(claims.method == .userAccount)
    #expect(claims.credential == "c")
    #expect(cookie.lifetime == .seconds(3600))
    let other = try sessions.open(user: "admin", method: .userAccount)
    #expect(sessions.recognise(other.value)?.id != claims.id)
  }

  @Test func endsAfterIdleTimeAndLifetime() throws {
    let sessions = sessions()
    var value = try sessions.open(user: "admin", method: .userAccount).value
    clock.advance(by: .seconds(3599))
    #expect(sessions.recognise(value) != nil)
    clock.advance(by: .seconds(1))
    #expect(sessions.recognise(value) == nil)

    value = try sessions.open(user: "admin", method: .userAccount).value
    let opened = clock.now()
    var renewals = 0
    while let claims = sessions.recognise(value) {
      clock.advance(by: .seconds(1800))
      if let renewed = sessions.renew(claims) {
        renewals += 1
        value = renewed.value
      }
      try #require(renewals < 100)
    }
    #expect(clock.now().duration(since: opened) == .seconds(24 * 3600))
    #expect(renewals > 40)
  }

  @Test func renewsOnlyWhenItIsTime() throws {
    let sessions = sessions()
    let claims = try #require(sessions.recognise(try sessions.open(user: "a", method: .userAccount).value))
    clock.advance(by: .seconds(899))
    #expect(sessions.renew(claims) == nil)
    clock.advance(by: .seconds(1))
    let renewed = try #require(sessions.renew(claims))
    #expect(sessions.recognise(renewed.value)?.id == claims.id)
  }

  @Test func loggingOutEndsEveryCookieOfTheSession() throws {
    let sessions = sessions()
    let first = try sessions.open(user: "a", method: .userAccount).value
    let claims = try #require(sessions.recognise(first))
    clock.advance(by: .seconds(1000))
    let second = try #require(sessions.renew(claims)).value
    sessions.end(claims)
    #expect(sessions.recognise(first) == nil)
    #expect(sessions.recognise(second) == nil)
    #expect(sessions.recognise(try sessions.open(user: "a", method: .userAccount).value) != nil)
  }

  @Test func refusesWhatWasTamperedWith() throws {
    let sessions = sessions()
    let value = try sessions.open(user: "admin", method: .userAccount).value
    for index in value.indices {
      var changed = value
      let replacement: Character = value[index] == "A" ? "B" : "A"
      changed.replaceSubrange(index...index, with: [replacement])
      #expect(sessions.recognise(changed) == nil, "changed at \(value.distance(from: value.startIndex, to: index))")
    }
    for text in ["", ".", "...", "v1...", "v1.k0.e30.", value + ".x", value + "=", String(value.dropLast())] {
      #expect(sessions.recognise(text) == nil)
    }
    #expect(sessions.recognise(String(repeating: "a", count: 100_000)) == nil)
    let stranger = Sessions(keys: .random(at: clock.now()), clock: clock)
    #expect(stranger.recognise(value) == nil)
  }

  @Test func keysRotate() throws {
    let first = SessionKey.random(at: clock.now())
    let sessions = Sessions(keys: try SessionKeyRing([first]), clock: clock)
    let old = try sessions.open(user: "a", method: .userAccount).value
    #expect(sessions.keys.rotated(at: clock.now()) == nil)
    let second = SessionKey.random(at: clock.now().advanced(by: .seconds(10)))
    sessions.replaceKeys(try SessionKeyRing([first, second]))
    clock.advance(by: .seconds(10))
    let settling = try sessions.open(user: "a", method: .userAccount).value
    #expect(settling.contains(first.id), "a key that replicas have not read yet must not sign")
    clock.advance(by: .seconds(120))
    let new = try sessions.open(user: "a", method: .userAccount).value
    #expect(new.contains(second.id))
    #expect(sessions.recognise(old) != nil)
    sessions.replaceKeys(try SessionKeyRing([second]))
    #expect(sessions.recognise(old) == nil)
    #expect(sessions.recognise(new) != nil)
  }

  @Test func rotationAddsAndForgets() throws {
    var ring = SessionKeyRing.random(at: clock.now())
    clock.advance(by: .seconds(30 * 24 * 3600))
    ring = try #require(ring.rotated(at: clock.now()))
    #expect(ring.keys.count == 2)
    clock.advance(by: .seconds(8 * 24 * 3600))
    ring = try #require(ring.rotated(at: clock.now()))
    #expect(ring.keys.count == 1)
    #expect(ring.rotated(at: clock.now()) == nil)
  }

  @Test func keyRules() {
    #expect(throws: AuthError.self) { try SessionKeyRing([]) }
    let now = clock.now()
    let short = Secret([UInt8](repeating: 1, count: 31))
    let long = Secret([UInt8](repeating: 1, count: 32))
    #expect(throws: AuthError.self) { try SessionKey(id: "a", created: now, secret: short) }
    #expect(throws: AuthError.self) { try SessionKey(id: "", created: now, secret: long) }
    #expect(throws: AuthError.self) { try SessionKey(id: "a.b", created: now, secret: long) }
    #expect(throws: AuthError.self) {
      let key = try SessionKey(id: "a", created: now, secret: long)
      return try SessionKeyRing([key, key])
    }
  }

  @Test func tooManyGroupsAreRefused() {
    let groups = (0..<1000).map { "group-\($0)" }
    #expect(throws: AuthError.self) { try sessions().open(user: "a", groups: groups, method: .userAccount) }
  }

  @Test func lifetimeIsCapped() {
    #expect(Sessions.Configuration(lifetime: .seconds(365 * 24 * 3600)).lifetime == .seconds(7 * 24 * 3600))
  }
}

@Suite struct SessionCookieTests {
  @Test func namesAndAttributes() {
    let secure = SessionCookie(isSecure: true)
    #expect(
      secure.setting("x", for: .seconds(60))
        == "__Host-wge_session=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax")
    let mounted = SessionCookie(isSecure: true, routePrefix: "/wge", sameSite: .strict)
    #expect(
      mounted.setting("x", for: .seconds(60))
        == "wge_session=x; Path=/wge; Max-Age=60; HttpOnly; Secure; SameSite=Strict")
    let plain = SessionCookie(isSecure: false)
    #expect(plain.setting("x", for: .seconds(60)) == "wge_session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
    #expect(plain.clearing.hasPrefix("wge_session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970"))
  }

  @Test(
    arguments: [
      ([], nil), (["wge_session=a"], "a"), (["x=1; wge_session=a; y=2"], "a"), (["x=1", "wge_session=a"], "a"),
      (["wge_session=a; wge_session=b"], nil), (["wge_session=a", "wge_session=a"], nil),
      (["wge_session_x=a"], nil), (["__Host-wge_session=a"], nil), (["wge_session"], nil), (["wge_session="], ""),
    ] as [([String], String?)])
  func reads(headers: [String], expected: String?) {
    #expect(SessionCookie(isSecure: false).value(in: headers) == expected)
  }
}
