internal import Crypto
public import WGECore
public import WGEKube

/// Who a caller is, and how that is known.
///
/// Descriptions show the name and the groups, never the token.
public struct UserPrincipal: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
  /// The user name that Kubernetes sees.
  public var id: String
  /// The groups that Kubernetes sees, besides those that it adds by itself.
  public var groups: [String]
  /// How the caller was recognised.
  public var method: AuthMethod
  /// The caller's own token; with one, Kubernetes is called with it and nobody is impersonated.
  public var token: Secret<String>?
  /// The session; nil for callers who send their credentials with every request.
  public var sessionID: String?
  /// When the session or the token ends, where that is known.
  public var expiresAt: Timestamp?

  /// A caller.
  public init(
    id: String, groups: [String] = [], method: AuthMethod, token: Secret<String>? = nil, sessionID: String? = nil,
    expiresAt: Timestamp? = nil
  ) {
    self.id = id
    self.groups = groups
    self.method = method
    self.token = token
    self.sessionID = sessionID
    self.expiresAt = expiresAt
  }

  /// The identity that Kubernetes is called with: the caller's token, else their name and groups by
  /// impersonation. Never the server's own.
  public var principal: Principal {
    if let token { return .bearer(token, identity: UserInfo(name: id, groups: groups)) }
    return .user(UserInfo(name: id, groups: groups))
  }

  /// A key for caches: SHA-256 over every part with its length before it, so that no two callers
  /// share one.
  public var cacheKey: [UInt8] {
    var hash = SHA256()
    func add(_ bytes: some Collection<UInt8>) {
      withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { hash.update(bufferPointer: $0) }
      hash.update(data: Array(bytes))
    }
    add(method.rawValue.utf8)
    add(id.utf8)
    let groups = groups.sorted()
    withUnsafeBytes(of: UInt64(groups.count).bigEndian) { hash.update(bufferPointer: $0) }
    for group in groups { add(group.utf8) }
    if let token { add(Array(SHA256.hash(data: Array(token.reveal().utf8)))) }
    return Array(hash.finalize())
  }

  /// Stands for the user in logs that must not name people: the same for the same name.
  public var logID: String {
    let digest = SHA256.hash(data: Array("wge-log\u{0}\(id)".utf8))
    return "u-" + Base64.encode(digest.prefix(9), as: .url)
  }

  /// `id="X" groups=[a b]`.
  public var description: String { "id=\(id.debugDescription) groups=[\(groups.joined(separator: " "))]" }
  /// The same as ``description``.
  public var debugDescription: String { description }
}
