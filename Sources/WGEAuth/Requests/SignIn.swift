public import WGECore

/// Signs people in with the cluster-user account, and out again.
public struct SignIn: Sendable {
  private let account: any ClusterUserSource
  private let sessions: Sessions
  private let cookie: SessionCookie
  private let limiter: LoginLimiter
  private let verifier: PasswordVerifier

  /// The parts are shared with the ``Authenticator`` of the same server.
  public init(
    account: any ClusterUserSource, sessions: Sessions, cookie: SessionCookie,
    limiter: LoginLimiter = LoginLimiter(), verifier: PasswordVerifier = PasswordVerifier()
  ) {
    self.account = account
    self.sessions = sessions
    self.cookie = cookie
    self.limiter = limiter
    self.verifier = verifier
  }

  /// Checks a name and a password.
  ///
  /// Takes the time of one bcrypt hash whether or not the user exists.
  ///
  /// - Returns: a `Set-Cookie` value that carries the new session. Each sign-in opens one of its own.
  /// - Throws: ``AuthError/unauthenticated`` when they are wrong, ``AuthError/rateLimited(retryAfter:)``,
  ///   ``AuthError/busy``, ``AuthError/configuration(_:)`` when no account is set up or it cannot be
  ///   used, ``AuthError/unavailable(_:)`` when it cannot be read.
  public func signIn(user: String, password: Secret<String>, from address: ClientAddress) async throws -> String {
    try limiter.admit(user: user, from: address)
    let known: ClusterUserAccount?
    do {
      known = try await account.account()
    } catch let error as AuthError {
      throw error
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw AuthError.unavailable("the cluster-user account cannot be read: \(error)")
    }
    guard let known else { throw AuthError.configuration("Please ensure that a password has been set.") }
    let isUser = ConstantTime.equal(known.username, user)
    let isPassword = try await verifier.verify(password, against: isUser ? known.hash : nil)
    limiter.record(success: isUser && isPassword, user: user, from: address)
    guard isUser, isPassword else { throw AuthError.unauthenticated }
    let session = try sessions.open(user: known.username, method: .userAccount, credential: known.version)
    return cookie.setting(session.value, for: session.lifetime)
  }

  /// Ends the session of a request, if it has one.
  ///
  /// - Returns: a `Set-Cookie` value that removes the cookie.
  public func signOut(cookies: [String]) -> String {
    if let claims = cookie.value(in: cookies).flatMap(sessions.recognise) { sessions.end(claims) }
    return cookie.clearing
  }
}
