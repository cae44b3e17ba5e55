internal import Crypto
public import WGECore

/// What a session cookie says, before and after it is signed.
///
/// The text is `v1.KEY.PAYLOAD.SIGNATURE`: the payload is JSON in base64url, the signature
/// HMAC-SHA256 over everything before it, under the key of that name. Nothing is read from a
/// payload whose signature is wrong.
public struct SessionClaims: Sendable, Hashable {
  /// The same for all cookies of one session: what logging out revokes.
  public var id: String
  /// User name.
  public var user: String
  /// Groups.
  public var groups: [String]
  /// How they signed in.
  public var method: AuthMethod
  /// When they signed in.
  public var signedIn: Timestamp
  /// When this cookie was made.
  public var issued: Timestamp
  /// When it ends unless it is renewed.
  public var expires: Timestamp
  /// Which password it was opened with; empty when there is none.
  public var credential: String

  var json: JSON {
    [
      "sid": .string(id), "sub": .string(user), "grp": .array(groups.map(JSON.string)),
      "mth": .string(method.rawValue), "sgn": .number(.int(signedIn.seconds)), "iat": .number(.int(issued.seconds)),
      "exp": .number(.int(expires.seconds)), "cv": .string(credential),
    ]
  }

  init?(_ json: JSON) {
    guard let id = json["sid"]?.stringValue, let user = json["sub"]?.stringValue, !id.isEmpty, !user.isEmpty,
      let groups = json["grp"]?.arrayValue?.map(\.stringValue), !groups.contains(nil),
      let method = json["mth"]?.stringValue.flatMap(AuthMethod.init(rawValue:)),
      let signedIn = json["sgn"]?.intValue, let issued = json["iat"]?.intValue, let expires = json["exp"]?.intValue,
      let credential = json["cv"]?.stringValue
    else { return nil }
    self.init(
      id: id, user: user, groups: groups.compactMap { $0 }, method: method, signedIn: Timestamp(seconds: signedIn),
      issued: Timestamp(seconds: issued), expires: Timestamp(seconds: expires), credential: credential)
  }

  /// Claims.
  public init(
    id: String, user: String, groups: [String], method: AuthMethod, signedIn: Timestamp, issued: Timestamp,
    expires: Timestamp, credential: String
  ) {
    self.id = id
    self.user = user
    self.groups = groups
    self.method = method
    self.signedIn = signedIn
    self.issued = issued
    self.expires = expires
    self.credential = credential
  }
}

/// Signs claims and reads them back.
enum SessionToken {
  private static let context = "wge-session\u{0}"

  static func sign(_ claims: SessionClaims, with key: SessionKey) -> String {
    let head = "v1.\(key.id).\(Base64.encode(claims.json.serialized(), as: .url))"
    return "\(head).\(Base64.encode(key.signature(of: (context + head).utf8), as: .url))"
  }

  /// The claims, when the signature is right; their times are not looked at here.
  static func verify(_ text: String, with ring: SessionKeyRing) -> SessionClaims? {
    guard text.utf8.count <= AuthDefaults.cookieSize else { return nil }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "v1", let key = ring.key(parts[1]),
      let signature = Base64.decodeCanonical(parts[3], as: .url)
    else { return nil }
    let head = parts[0...2].joined(separator: ".")
    guard ConstantTime.equal(signature, key.signature(of: (context + head).utf8)),
      let payload = Base64.decodeCanonical(parts[2], as: .url),
      let json = try? JSON(parsing: payload, options: JSONParseOptions(maximumDepth: 4))
    else { return nil }
    return SessionClaims(json)
  }
}
