public import WGECore

/// Keeps one person's token usable: hands it out, and gets the next one before it runs out.
///
/// Refresh tokens are often good once, so of many callers one refreshes and the others wait for it; the
/// new token is saved before anybody gets it, because a crash in between would lose both.
public actor OAuthTokenKeeper {
  /// Stores a new token where the old one was.
  public typealias Save = @Sendable (OAuthToken) async throws -> Void

  private let flow: OAuthFlow
  private let save: Save
  private let clock: any WallClock
  private let margin: Duration
  private var token: OAuthToken
  /// When it runs out; nil: never.
  private var end: Timestamp?
  private var refreshing: Task<OAuthToken, any Error>?

  /// - Parameters:
  ///   - token: as the sign-in gave it, or as it was saved.
  ///   - obtained: when the provider gave it.
  ///   - flow: of the application that it was given to.
  ///   - margin: it is refreshed when it has less than this left. Default ``GitDefaults/tokenMargin``.
  ///   - clock: for its age.
  ///   - save: called with every new token.
  public init(
    _ token: OAuthToken, obtained: Timestamp, flow: OAuthFlow, margin: Duration = GitDefaults.tokenMargin,
    clock: any WallClock = SystemWallClock(), save: @escaping Save
  ) {
    self.token = token
    self.flow = flow
    self.margin = margin
    self.clock = clock
    self.save = save
    end = token.lifetime.map { obtained.advanced(by: $0) }
  }

  /// A token that is good now.
  /// - Throws: ``GitHostError``: `unauthorized` when the person must sign in again; what ``Save`` throws. While
  ///   the old token has time left, a provider that cannot be reached is no failure.
  public func accessToken() async throws -> Secret<String> {
    guard let end else { return token.accessToken }
    let left = end.duration(since: clock.now())
    if left > margin { return token.accessToken }
    guard let refreshToken = token.refreshToken else {
      if left > .zero { return token.accessToken }
      throw GitHostError(.unauthorized, "the token ran out", remedy: "sign in again", reason: "tokenExpired")
    }
    do {
      return try await refreshed(refreshToken).accessToken
    } catch let error as GitHostError where error.isTransient && left > .zero {
      return token.accessToken
    }
  }

  private func refreshed(_ refreshToken: Secret<String>) async throws -> OAuthToken {
    if let refreshing { return try await refreshing.value }
    let (flow, save, clock) = (flow, save, clock)
    // Not the caller's own task: when it is cancelled, the one-use token is spent all the same.
    let task = Task {
      let obtained = clock.now()
      let token = try await flow.refresh(refreshToken)
      try await save(token)
      self.take(token, obtained)
      return token
    }
    refreshing = task
    defer { refreshing = nil }
    return try await task.value
  }

  private func take(_ token: OAuthToken, _ obtained: Timestamp) {
    self.token = token
    end = token.lifetime.map { obtained.advanced(by: $0) }
  }
}
