/// Why a caller is not let in, by what they or the operator can do about it.
public enum AuthError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The credentials are missing, wrong or no longer good: sign in (again). Does not say which.
  case unauthenticated
  /// The caller is known and must not do this. The text is for the caller.
  case refused(String)
  /// Too many attempts: wait.
  case rateLimited(retryAfter: Duration)
  /// Too many logins are being checked right now: try again shortly.
  case busy
  /// A system that decides cannot be asked. The text names it.
  case unavailable(String)
  /// The operator has to change something. The text names the object, the field and the fix.
  case configuration(String)

  /// For people; holds no secret.
  public var description: String {
    switch self {
    case .unauthenticated: "authentication required"
    case .refused(let why): why
    case .rateLimited(let wait): "too many attempts; wait \(wait.wholeSeconds) s"
    case .busy: "too many logins at the same time; try again shortly"
    case .unavailable(let what): what
    case .configuration(let what): what
    }
  }
}

extension Duration {
  /// Seconds, rounded up, at least 1: the form of `Retry-After`.
  package var wholeSeconds: Int64 {
    let (seconds, attoseconds) = components
    return max(1, seconds &+ (attoseconds > 0 ? 1 : 0))
  }
}
