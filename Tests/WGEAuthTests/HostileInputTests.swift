import Testing
import WGEAuth
import WGECore
import WGETestSupport

/// Headers as nobody sane sends them: nothing may trap, and nothing damaged may let anybody in.
@Suite struct HostileInputTests {
  func damage(_ text: String, _ generator: inout SeededGenerator) -> String {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...5, using: &generator) {
      let at = Int.random(in: 0...bytes.count, using: &generator)
      let byte = UInt8.random(in: .min ... .max, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: bytes.insert(byte, at: at)
      case 1 where at < bytes.count: bytes.remove(at: at)
      default: if at < bytes.count { bytes[at] = byte }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: UInt64(1)...8)
  func headers(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let clock = ManualWallClock()
    let sessions = Sessions(keys: .random(at: clock.now()), clock: clock)
    let value = try sessions.open(user: "admin", groups: ["a"], method: .userAccount).value
    let cookie = SessionCookie(isSecure: false)
    for _ in 0..<500 {
      let changed = damage(value, &generator)
      if changed != value { #expect(sessions.recognise(changed) == nil, "seed \(seed): \(changed)") }
      let header = damage("a=b; wge_session=\(value); c", &generator)
      if let found = cookie.value(in: [header]), found != value {
        #expect(sessions.recognise(found) == nil, "seed \(seed): \(header)")
      }
      if case .token(let token) = BearerCredential(headers: [damage("Bearer abc.def-ghi==", &generator)]) {
        #expect(!token.reveal().isEmpty && !token.reveal().contains(" "))
      }
      _ = ClientAddress(damage("2001:db8::ffff:192.0.2.1", &generator))
      _ = try? AddressRange(parsing: damage("192.0.2.0/24", &generator))
      _ = try? BcryptHash(
        parsing: damage("$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga", &generator))
    }
  }
}
