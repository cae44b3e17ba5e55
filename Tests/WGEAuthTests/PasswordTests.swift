import Testing
import WGEAuth
import WGECore
import WGETestSupport

@Suite struct PasswordTests {
  @Test func hashesAndMatches() throws {
    let hash = try BcryptHash.make(Secret("pässwörd"), cost: cheapCost)
    #expect(hash.matches(Secret("pässwörd")))
    #expect(!hash.matches(Secret("pässwörD")))
    #expect(!hash.matches(Secret("")))
    #expect(hash.encoded.reveal().hasPrefix("$2b$04$"))
    #expect(try BcryptHash(parsing: hash.encoded.reveal()).matches(Secret("pässwörd")))
    #expect(!"\(hash)".contains("$2b$"))
  }

  // Hashes that other implementations made: the published test vectors of Go's and of Java's bcrypt.
  @Test(arguments: [
    ("$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga", "allmine", true),
    ("$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga", "allmines", false),
    ("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a", true),
    ("$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i", "abc", true),
  ])
  func knowsOtherImplementations(text: String, password: String, expected: Bool) throws {
    #expect(try BcryptHash(parsing: text).matches(Secret(password)) == expected)
  }

  @Test(arguments: [
    "", "secret", "$1$abc$def", "$2a$10$short",
    "$2x$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga",
    "$2a$1x$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga",
    "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcg!",
    "$2a$31$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga",
    "$2a$15$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga",
  ])
  func refusesHashes(text: String) {
    let error = #expect(throws: AuthError.self) { try BcryptHash(parsing: text) }
    if text.count > 20 { #expect(error?.description.contains(String(text.suffix(20))) == false) }
  }

  @Test func longPasswordsNeverMatch() throws {
    let seventyTwo = String(repeating: "a", count: 72)
    let hash = try BcryptHash.make(Secret(seventyTwo), cost: cheapCost)
    #expect(hash.matches(Secret(seventyTwo)))
    #expect(!hash.matches(Secret(seventyTwo + "b")))
    #expect(throws: AuthError.self) { try BcryptHash.make(Secret(seventyTwo + "b"), cost: cheapCost) }
    #expect(throws: AuthError.self) { try BcryptHash.make(Secret(""), cost: cheapCost) }
    #expect(throws: AuthError.self) { try BcryptHash.make(Secret("a\u{0}b"), cost: cheapCost) }
    #expect(throws: AuthError.self) { try BcryptHash.make(Secret("a"), cost: 31) }
  }

  @Test func verifiesAndSpendsTimeWithoutAccount() async throws {
    let verifier = PasswordVerifier()
    let hash = try BcryptHash.make(Secret("right"), cost: cheapCost)
    #expect(try await verifier.verify(Secret("right"), against: hash))
    #expect(try await !verifier.verify(Secret("wrong"), against: hash))
    #expect(try await !verifier.verify(Secret("right"), against: nil))
  }

  @Test func turnsAwayPastTheQueue() async throws {
    let verifier = PasswordVerifier(concurrency: 1, queueLimit: 1)
    let hash = try BcryptHash.make(Secret("right"), cost: 10)
    let outcomes = await withTaskGroup(of: String.self) { group in
      for _ in 0..<8 {
        group.addTask {
          do { return try await verifier.verify(Secret("right"), against: hash) ? "in" : "out" } catch AuthError.busy {
            return "busy"
          } catch { return "\(error)" }
        }
      }
      return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    }
    #expect((outcomes["in"] ?? 0) >= 2)
    #expect((outcomes["in"] ?? 0) + (outcomes["busy"] ?? 0) == 8)
    #expect(try await verifier.verify(Secret("right"), against: hash))
  }

  @Test func cancelledWaitersLeaveTheQueue() async throws {
    let verifier = PasswordVerifier(concurrency: 1, queueLimit: 4)
    let hash = try BcryptHash.make(Secret("right"), cost: 11)
    let first = Task { try await verifier.verify(Secret("right"), against: hash) }
    let second = Task { try await verifier.verify(Secret("right"), against: hash) }
    second.cancel()
    #expect(try await first.value)
    switch await second.result {
    case .success(let matches): #expect(matches)  // it had not begun to wait
    case .failure(let error): #expect(error is CancellationError)
    }
    #expect(try await verifier.verify(Secret("right"), against: hash))
  }
}
