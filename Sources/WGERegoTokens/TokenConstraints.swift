internal import WGECore
internal import WGERego

/// What `io.jwt.decode_verify` demands of a token.
struct TokenConstraints {
  private var keys: [TokenKey]?
  private var secret: [UInt8]?
  private var algorithm: String?
  private var issuer: String?
  private var audience: String?
  /// Nanoseconds since 1970.
  private var time: Double

  init(_ value: RegoValue, now: Int64) throws {
    guard case .object(let object) = value else {
      throw TokenError("operand 2 must be object but got \(value.typeName)")
    }
    time = Double(now)
    for (key, value) in object.pairs {
      guard case .string(let name) = key else { throw TokenError("invalid constraint key") }
      func text() throws -> String {
        guard case .string(let text) = value else { throw TokenError("\(name) constraint: must be a string") }
        return text
      }
      switch name {
      case "cert": keys = try TokenKey.parse(try text())
      case "secret": secret = Array(try text().utf8)
      case "alg": algorithm = try text()
      case "iss": issuer = try text()
      case "aud": audience = try text()
      case "time":
        guard case .number(let number) = value else { throw TokenError("token time: must be a number") }
        if number.double < 0 { throw TokenError("token time: must not be negative") }
        time = number.double
      default: throw TokenError("unknown token validation constraint: \(name)")
      }
    }
    if keys == nil, secret == nil { throw TokenError("no key constraint: one of cert and secret is needed") }
    if keys != nil, secret != nil { throw TokenError("duplicate key constraints") }
  }

  private static let refused: RegoValue = [false, [:], [:]]

  /// `[valid, header, payload]`.
  func decode(_ text: String) throws -> RegoValue {
    var token = try Token(text)
    var depth = 0
    while true {
      guard let name = token.header["alg"]?.stringValue, algorithm == nil || algorithm == name,
        let algorithm = TokenAlgorithm(rawValue: name), isSigned(token, algorithm)
      else { return Self.refused }
      guard token.isNested, let inner = token.payload.stringValue, depth < 16 else { break }
      token = try Token(inner)
      depth += 1
    }
    guard case .object = token.payload, try holds(token.payload) else { return Self.refused }
    return [true, RegoValue(token.header), RegoValue(token.payload)]
  }

  private func isSigned(_ token: Token, _ algorithm: TokenAlgorithm) -> Bool {
    if let secret { return algorithm.isSymmetric && algorithm.verifies(token, with: .secret(secret)) }
    if algorithm.isSymmetric { return false }
    return keys?.contains { key in
      // A key of a set that names another key or algorithm is not tried.
      if case .jwk(let jwk) = key {
        if let id = token.header["kid"]?.stringValue, let own = jwk["kid"]?.stringValue, id != own { return false }
        if let name = jwk["alg"]?.stringValue, name != algorithm.rawValue { return false }
      }
      return algorithm.verifies(token, with: key)
    } ?? false
  }

  private func holds(_ payload: JSON) throws -> Bool {
    if let issuer, payload["iss"]?.stringValue != issuer { return false }
    if let claim = payload["aud"] {
      guard let audience else { return false }
      let all = claim.arrayValue?.compactMap(\.stringValue) ?? [claim.stringValue].compactMap(\.self)
      if !all.contains(audience) { return false }
    } else if audience != nil {
      return false
    }
    let seconds = time / 1_000_000_000
    if let expiry = payload["exp"] {
      guard let limit = expiry.doubleValue else { throw TokenError("exp value must be a number") }
      if seconds >= limit { return false }
    }
    if let start = payload["nbf"] {
      guard let limit = start.doubleValue else { throw TokenError("nbf value must be a number") }
      if seconds < limit { return false }
    }
    return true
  }
}
