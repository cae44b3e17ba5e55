public import WGECore

/// What a request's `Authorization` headers say.
public enum BearerCredential: Sendable, Hashable {
  /// There is none, or one of another scheme, such as `Basic`.
  case absent
  /// There is one, and it is not good: several headers, an empty or overlong token, characters that
  /// no token has.
  case malformed
  /// A bearer token.
  case token(Secret<String>)

  /// Reads the headers. The scheme compares without regard to case; one or more spaces follow it;
  /// the token is the b64token of RFC 6750.
  public init(headers: [String]) {
    guard let header = headers.first else {
      self = .absent
      return
    }
    let scheme = header.prefix { $0 != " " }
    guard scheme.lowercased() == "bearer" else {
      self = headers.count > 1 ? .malformed : .absent
      return
    }
    let token = header.dropFirst(scheme.count).drop { $0 == " " }
    guard headers.count == 1, token.utf8.count <= AuthDefaults.bearerLength, Self.isToken(token) else {
      self = .malformed
      return
    }
    self = .token(Secret(String(token)))
  }

  private static func isToken(_ text: Substring) -> Bool {
    let body = text.utf8.prefix { $0 != UInt8(ascii: "=") }
    return !body.isEmpty && text.utf8.dropFirst(body.count).allSatisfy { $0 == UInt8(ascii: "=") }
      && body.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
          true
        default: false
        }
      }
  }
}
