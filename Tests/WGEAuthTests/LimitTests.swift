import Testing
import WGEAuth
import WGECore
import WGETestSupport

@Suite struct LoginLimiterTests {
  let clock = ManualWallClock()

  func wait(_ limiter: LoginLimiter, _ user: String, _ from: ClientAddress) -> Duration? {
    do {
      try limiter.admit(user: user, from: from)
      return nil
    } catch .rateLimited(let wait) {
      return wait
    } catch {
      Issue.record("unexpected \(error)")
      return nil
    }
  }

  @Test func fiveAMinuteByAddress() throws {
    let limiter = LoginLimiter(clock: clock)
    let here = try address("192.0.2.1")
    for index in 0..<5 { #expect(wait(limiter, "u\(index)", here) == nil) }
    let pause = try #require(wait(limiter, "u6", here))
    #expect(pause > .seconds(11) && pause <= .seconds(12))
    #expect(wait(limiter, "u6", try address("192.0.2.2")) == nil)
    clock.advance(by: .seconds(12))
    #expect(wait(limiter, "u7", here) == nil)
    #expect(wait(limiter, "u8", here) != nil)
  }

  @Test func fiveAMinuteByUser() throws {
    let limiter = LoginLimiter(clock: clock)
    for index in 0..<5 { #expect(wait(limiter, "admin", try address("192.0.2.\(index)")) == nil) }
    #expect(wait(limiter, "admin", try address("192.0.2.9")) != nil)
    #expect(wait(limiter, "other", try address("192.0.2.9")) == nil)
  }

  @Test func aKnownAddressIsNotLockedOutByOthers() throws {
    let limiter = LoginLimiter(clock: clock)
    let home = try address("198.51.100.1")
    #expect(wait(limiter, "admin", home) == nil)
    limiter.record(success: true, user: "admin", from: home)
    for index in 0..<60 {
      let attacker = try address("203.0.113.\(index)")
      if wait(limiter, "admin", attacker) == nil { limiter.record(success: false, user: "admin", from: attacker) }
      clock.advance(by: .seconds(12))
    }
    #expect(wait(limiter, "admin", try address("203.0.113.200")) != nil)
    #expect(wait(limiter, "admin", home) == nil)
  }

  @Test func failuresInARowLockThePairForLongerAndLonger() throws {
    let limiter = LoginLimiter(clock: clock)
    let here = try address("192.0.2.1")
    var waits: [Duration] = []
    for _ in 0..<20 {
      // Far enough apart that the buckets are full and old failures are forgotten.
      clock.advance(by: .seconds(1000))
      #expect(wait(limiter, "admin", here) == nil)
      limiter.record(success: false, user: "admin", from: here)
      if let pause = wait(limiter, "admin", here) { waits.append(pause) }
    }
    #expect(waits.prefix(5) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16)])
    #expect(waits.last == .seconds(900))
    clock.advance(by: .seconds(1000))
    limiter.record(success: true, user: "admin", from: here)
    limiter.record(success: false, user: "admin", from: here)
    #expect(wait(limiter, "admin", here) == nil)
  }

  @Test func aClockSetBackLocksNobodyOut() throws {
    let limiter = LoginLimiter(clock: clock)
    let here = try address("192.0.2.1")
    for _ in 0..<5 { #expect(wait(limiter, "a", here) == nil) }
    clock.advance(by: .seconds(-86400))
    for _ in 0..<5 { #expect(wait(limiter, "a", here) == nil) }
    #expect(wait(limiter, "a", here) != nil)
  }
}

@Suite struct ClientAddressTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8:0:0:0:0:0:1"),
    ("[2001:db8::1]", "2001:db8:0:0:0:0:0:1"), ("fe80::1%eth0", "fe80:0:0:0:0:0:0:1"),
  ])
  func parses(text: String, expected: String) throws { #expect(try address(text).description == expected) }

  @Test(arguments: ["", "localhost", "192.0.2", "192.0.2.1:80", "1.2.3.4.5", ":::", String(repeating: "1", count: 99)])
  func refuses(text: String) { #expect(ClientAddress(text) == nil) }

  @Test func ipv6CountsByNetwork() throws {
    #expect(try address("2001:db8::1").bucket == address("2001:db8::2").bucket)
    #expect(try address("2001:db8::1").bucket != address("2001:db8:0:1::1").bucket)
    #expect(try address("192.0.2.1").bucket != address("192.0.2.2").bucket)
  }

  @Test func ranges() throws {
    #expect(try AddressRange(parsing: "10.0.0.0/8").contains(address("10.255.0.1")))
    #expect(try !AddressRange(parsing: "10.0.0.0/8").contains(address("11.0.0.1")))
    #expect(try AddressRange(parsing: "192.0.2.128/25").contains(address("192.0.2.200")))
    #expect(try !AddressRange(parsing: "192.0.2.128/25").contains(address("192.0.2.100")))
    #expect(try !AddressRange(parsing: "10.0.0.0/8").contains(address("2001:db8::1")))
    #expect(try AddressRange(parsing: "::/0").contains(address("2001:db8::1")))
    #expect(throws: AuthError.self) { try AddressRange(parsing: "10.0.0.0/33") }
    #expect(throws: AuthError.self) { try AddressRange(parsing: "10.0.0.0/-1") }
    #expect(throws: AuthError.self) { try AddressRange(parsing: "host/8") }
  }

  @Test(
    arguments: [
      // peer, X-Forwarded-For, client
      ("203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
      ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
      ("10.0.0.1", ["198.51.100.7, 192.0.2.1"], "192.0.2.1"),
      ("10.0.0.1", ["192.0.2.1, 10.0.0.2"], "192.0.2.1"),
      ("10.0.0.1", ["198.51.100.7", "192.0.2.1, 10.0.0.2"], "192.0.2.1"),
      ("10.0.0.1", ["rubbish"], "10.0.0.1"),
      ("10.0.0.1", [], "10.0.0.1"),
    ] as [(String, [String], String)])
  func believesOnlyTrustedProxies(peer: String, forwarded: [String], expected: String) throws {
    let trusted = [try AddressRange(parsing: "10.0.0.0/8")]
    let client = ClientAddress.resolve(peer: try address(peer), forwardedFor: forwarded, trusted: trusted)
    #expect(client.description == expected)
  }
}
