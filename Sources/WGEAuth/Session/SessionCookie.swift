/// The cookie that carries a session: its name and attributes, and how it is read and written.
public struct SessionCookie: Sendable, Hashable {
  /// When browsers send the cookie along from other sites.
  public enum SameSite: String, Sendable, Hashable {
    /// On links that people follow.
    case lax = "Lax"
    /// Never.
    case strict = "Strict"
  }

  /// The cookie's name.
  public let name: String
  /// The path that it is sent for.
  public let path: String
  /// Whether it is sent over TLS only.
  public let isSecure: Bool
  /// When browsers send it along from other sites.
  public let sameSite: SameSite

  /// - Parameters:
  ///   - isSecure: whether browsers reach the server over TLS, here or at a proxy before it.
  ///   - routePrefix: the path that the server is mounted under; empty for none.
  ///   - sameSite: `lax` lets people arrive signed in by a link, as from an identity provider.
  ///
  /// With TLS and no prefix the name has `__Host-` before it, so that no sibling host can set one.
  public init(isSecure: Bool, routePrefix: String = "", sameSite: SameSite = .lax) {
    self.isSecure = isSecure
    self.sameSite = sameSite
    path = routePrefix.isEmpty ? "/" : routePrefix
    name = isSecure && routePrefix.isEmpty ? "__Host-wge_session" : "wge_session"
  }

  /// The value in the request's `Cookie` headers. Nil when there is none, and when there are
  /// several: then one of them may have been planted, and nobody can tell which.
  public func value(in headers: [String]) -> String? {
    var found: String?
    for header in headers {
      for pair in header.split(separator: ";") {
        let pair = pair.drop { $0 == " " || $0 == "\t" }
        guard pair.hasPrefix(name), pair.dropFirst(name.count).first == "=" else { continue }
        guard found == nil else { return nil }
        found = String(pair.dropFirst(name.count + 1))
      }
    }
    return found
  }

  /// Whether a request carries the cookie at all, also when its value cannot be told.
  public func isPresent(in headers: [String]) -> Bool {
    headers.contains {
      $0.split(separator: ";").contains { pair in
        pair.drop { $0 == " " || $0 == "\t" }.hasPrefix(name + "=")
      }
    }
  }

  /// A `Set-Cookie` value that sets the cookie for that long.
  public func setting(_ value: String, for lifetime: Duration) -> String {
    "\(name)=\(value); Path=\(path); Max-Age=\(max(0, lifetime.components.seconds))\(attributes)"
  }

  /// A `Set-Cookie` value that removes the cookie.
  public var clearing: String {
    "\(name)=; Path=\(path); Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT\(attributes)"
  }

  private var attributes: String {
    "; HttpOnly\(isSecure ? "; Secure" : ""); SameSite=\(sameSite.rawValue)"
  }
}
