internal import Crypto
internal import Synchronization
public import WGECore
internal import WGEKube

/// Recognises callers by bearer tokens of the management cluster, and remembers the answers briefly.
///
/// Only digests of tokens are kept. An answer is good for a minute and never past the token's own
/// end, a refusal for ten seconds. Safe to use from any task.
public final class BearerAuthenticator: Sendable {
  private struct Answer {
    var user: UserInfo?
    var until: Timestamp
    var tokenEnds: Timestamp?
  }

  private let reviewer: any TokenReviewer
  private let clock: any WallClock
  private let answers: Mutex<BoundedCache<[UInt8], Answer>>

  /// - Parameter reviewer: whom to ask.
  public init(reviewer: any TokenReviewer, clock: any WallClock = SystemWallClock()) {
    self.reviewer = reviewer
    self.clock = clock
    answers = Mutex(BoundedCache(capacity: AuthDefaults.bearerCache))
  }

  /// The caller with this token.
  ///
  /// - Throws: ``AuthError/unauthenticated`` for a token that is not good,
  ///   ``AuthError/unavailable(_:)`` when the API server cannot be asked.
  public func authenticate(_ token: Secret<String>) async throws -> UserPrincipal {
    let key = Array(SHA256.hash(data: Array(token.reveal().utf8)))
    let now = clock.now()
    let known = answers.withLock { $0[key] }
    let answer: Answer
    if let known, now < known.until {
      answer = known
    } else {
      answer = try await ask(token, at: now)
      answers.withLock { $0[key] = answer }
    }
    guard let user = answer.user else { throw AuthError.unauthenticated }
    return UserPrincipal(
      id: user.name, groups: user.groups, method: .tokenPassthrough, token: token, expiresAt: answer.tokenEnds)
  }

  private func ask(_ token: Secret<String>, at now: Timestamp) async throws -> Answer {
    let user: UserInfo?
    do {
      user = try await reviewer.review(token)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw AuthError.unavailable("bearer tokens cannot be checked: \(error)")
    }
    guard user != nil else { return Answer(until: now.advanced(by: AuthDefaults.bearerRefused)) }
    let ends = Self.claimedEnd(of: token)
    let until = now.advanced(by: AuthDefaults.bearerAccepted)
    return Answer(user: user, until: ends.map { min($0, until) } ?? until, tokenEnds: ends)
  }

  /// When a JWT says that it ends. Nothing of the token is verified here: this only ever makes the
  /// cache forget sooner.
  private static func claimedEnd(of token: Secret<String>) -> Timestamp? {
    let parts = token.reveal().split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let payload = Base64.decodeCanonical(parts[1], as: .url),
      let json = try? JSON(parsing: payload, options: JSONParseOptions(maximumDepth: 16)),
      let end = json["exp"]?.intValue
    else { return nil }
    return Timestamp(seconds: end)
  }
}
