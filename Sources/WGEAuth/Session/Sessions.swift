internal import Synchronization
public import WGECore

/// Opens, recognises, renews and ends sessions.
///
/// A session lives in its signed cookie; the server keeps only which ones were ended early. It ends
/// after ``Configuration/idle`` without use and after ``Configuration/lifetime`` in any case. Ended
/// sessions are remembered by the process: after a restart, and at other replicas, a cookie that
/// someone kept a copy of works until its idle time is over. Safe to use from any task.
public final class Sessions: Sendable {
  /// How long sessions last.
  public struct Configuration: Sendable, Hashable {
    /// A session that is not used for this long ends.
    public var idle: Duration
    /// A session ends this long after signing in; at most seven days.
    public var lifetime: Duration
    /// A session in use gets a fresh cookie this long after the last one.
    public var renewal: Duration

    /// See ``AuthDefaults`` for the defaults.
    public init(
      idle: Duration = AuthDefaults.sessionIdle, lifetime: Duration = AuthDefaults.sessionLifetime,
      renewal: Duration = AuthDefaults.sessionRenewal
    ) {
      self.idle = idle
      self.lifetime = min(lifetime, AuthDefaults.sessionLifetimeCap)
      self.renewal = renewal
    }
  }

  private struct State {
    var ring: SessionKeyRing
    var revoked = RevokedSessions()
  }

  /// How long sessions last.
  public let configuration: Configuration

  private let clock: any WallClock
  private let state: Mutex<State>

  /// - Parameter keys: those that are in force now; see ``replaceKeys(_:)``.
  public init(
    keys: SessionKeyRing, configuration: Configuration = Configuration(), clock: any WallClock = SystemWallClock()
  ) {
    self.configuration = configuration
    self.clock = clock
    state = Mutex(State(ring: keys))
  }

  /// Takes other keys into force, as after a rotation. Sessions that a key still in the ring signed
  /// go on.
  public func replaceKeys(_ ring: SessionKeyRing) { state.withLock { $0.ring = ring } }

  /// The keys in force.
  public var keys: SessionKeyRing { state.withLock { $0.ring } }

  /// Opens a session.
  ///
  /// - Parameter credential: says which password it was opened with; see ``recognise(_:credential:)``.
  /// - Returns: the cookie's value and how long it lasts.
  /// - Throws: ``AuthError/refused(_:)`` when the groups do not fit into a cookie.
  public func open(user: String, groups: [String] = [], method: AuthMethod, credential: String = "") throws(AuthError)
    -> (value: String, lifetime: Duration)
  {
    let now = clock.now()
    let claims = SessionClaims(
      id: Base64.encode(RandomBytes.make(32), as: .url), user: user, groups: groups, method: method, signedIn: now,
      issued: now, expires: now.advanced(by: min(configuration.idle, configuration.lifetime)), credential: credential)
    return (try sign(claims, now), claims.expires.duration(since: now))
  }

  /// The session of a cookie's value; nil when it is forged, over or ended.
  public func recognise(_ value: String) -> SessionClaims? {
    let now = clock.now()
    return state.withLock { state in
      guard let claims = SessionToken.verify(value, with: state.ring), now < claims.expires,
        now < claims.signedIn.advanced(by: configuration.lifetime),
        // Clocks of replicas differ a little; a session from the far future was not made by one.
        claims.issued <= now.advanced(by: .seconds(300)), !state.revoked.contains(claims)
      else { return nil }
      return claims
    }
  }

  /// A fresh cookie for a session in use; nil while the one it has is fresh enough.
  public func renew(_ claims: SessionClaims) -> (value: String, lifetime: Duration)? {
    let now = clock.now()
    guard now.duration(since: claims.issued) >= configuration.renewal else { return nil }
    let end = claims.signedIn.advanced(by: configuration.lifetime)
    var renewed = claims
    renewed.issued = now
    renewed.expires = min(now.advanced(by: configuration.idle), end)
    guard renewed.expires > claims.expires, let value = try? sign(renewed, now) else { return nil }
    return (value, renewed.expires.duration(since: now))
  }

  /// Ends a session: none of its cookies works from now on.
  public func end(_ claims: SessionClaims) {
    let until = claims.signedIn.advanced(by: configuration.lifetime)
    let now = clock.now()
    state.withLock { $0.revoked.revoke(claims, until: until, now: now) }
  }

  private func sign(_ claims: SessionClaims, _ now: Timestamp) throws(AuthError) -> String {
    let value = SessionToken.sign(claims, with: state.withLock { $0.ring.signing(at: now) })
    guard value.utf8.count <= AuthDefaults.cookieSize else {
      throw .refused("the user has too many groups for a session; let the identity provider send fewer")
    }
    return value
  }
}
