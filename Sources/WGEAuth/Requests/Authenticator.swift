internal import HTTPTypes
internal import Synchronization
internal import WGECore

/// The part of a request that says who sends it.
public struct RequestCredentials: Sendable {
  /// Values of the `Authorization` headers.
  public var authorization: [String]
  /// Values of the `Cookie` headers.
  public var cookies: [String]

  /// The headers' values, in order.
  public init(authorization: [String] = [], cookies: [String] = []) {
    self.authorization = authorization
    self.cookies = cookies
  }
}

/// A caller who was recognised.
public struct AuthenticatedRequest: Sendable {
  /// Who calls.
  public var user: UserPrincipal
  /// Their session; nil when they send a token.
  public var session: SessionClaims?
  /// A `Set-Cookie` value that renews the session, when it is time.
  public var renewal: String?
}

/// Recognises the caller of a request by every method that a server has on.
///
/// A credential decides by itself who looks at it: a request with a bearer token is never taken for
/// its cookie's session, however the token fares. Without any credential the answer is nil, and only
/// public routes go on. Safe to use from any task.
public struct Authenticator: Sendable {
  private let methods: Set<AuthMethod>
  private let sessions: Sessions
  private let cookie: SessionCookie
  private let account: (any ClusterUserSource)?
  private let bearer: BearerAuthenticator?
  private let anonymous: String?

  /// - Parameters:
  ///   - account: the cluster-user account; nil turns that method off.
  ///   - bearer: whom to ask about tokens; nil turns that method off.
  ///   - anonymous: the user that everybody is; turns all other methods off.
  /// - Throws: ``AuthError/configuration(_:)`` when nobody could ever be recognised.
  public init(
    sessions: Sessions, cookie: SessionCookie, account: (any ClusterUserSource)? = nil,
    bearer: BearerAuthenticator? = nil, anonymous: String? = nil
  ) throws(AuthError) {
    if let anonymous, anonymous.isEmpty {
      throw .configuration("insecure-no-authentication-user flag set but no user specified")
    }
    var methods: Set<AuthMethod> = []
    if anonymous != nil {
      methods = [.anonymous]
    } else {
      if account != nil { methods.insert(.userAccount) }
      if bearer != nil { methods.insert(.tokenPassthrough) }
    }
    guard !methods.isEmpty else { throw .configuration("no authentication methods set") }
    self.methods = methods
    self.sessions = sessions
    self.cookie = cookie
    self.account = anonymous == nil ? account : nil
    self.bearer = anonymous == nil ? bearer : nil
    self.anonymous = anonymous
  }

  /// The methods that are on.
  public var enabledMethods: Set<AuthMethod> { methods }

  /// The caller; nil when the request carries no credential.
  ///
  /// - Throws: ``AuthError/unauthenticated`` when it carries one that is not good,
  ///   ``AuthError/unavailable(_:)`` when that cannot be found out.
  public func authenticate(_ credentials: RequestCredentials) async throws -> AuthenticatedRequest? {
    if let anonymous {
      return AuthenticatedRequest(user: UserPrincipal(id: anonymous, method: .anonymous))
    }
    switch BearerCredential(headers: credentials.authorization) {
    case .malformed: throw AuthError.unauthenticated
    case .token(let token):
      guard let bearer else { throw AuthError.unauthenticated }
      return AuthenticatedRequest(user: try await bearer.authenticate(token))
    case .absent: return try await session(credentials.cookies)
    }
  }

  private func session(_ cookies: [String]) async throws -> AuthenticatedRequest? {
    guard let value = cookie.value(in: cookies) else { return nil }
    guard let claims = sessions.recognise(value), methods.contains(claims.method) else {
      throw AuthError.unauthenticated
    }
    if claims.method == .userAccount { try await checkAccount(claims) }
    let user = UserPrincipal(
      id: claims.user, groups: claims.groups, method: claims.method, sessionID: claims.id, expiresAt: claims.expires)
    let renewal = sessions.renew(claims).map { cookie.setting($0.value, for: $0.lifetime) }
    return AuthenticatedRequest(user: user, session: claims, renewal: renewal)
  }

  /// A changed password or a removed account ends the sessions that were opened with it.
  private func checkAccount(_ claims: SessionClaims) async throws {
    let current: ClusterUserAccount?
    do {
      current = try await account?.account()
    } catch let error as AuthError {
      throw error
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw AuthError.unavailable("the cluster-user account cannot be read: \(error)")
    }
    guard let current, ConstantTime.equal(current.version, claims.credential) else { throw AuthError.unauthenticated }
  }
}
