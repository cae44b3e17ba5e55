internal import Crypto
internal import Synchronization
public import WGECore
public import WGEKube

/// The one local account: a name and a password hash.
public struct ClusterUserAccount: Sendable, Hashable {
  /// The user name, which Kubernetes sees by impersonation.
  public let username: String
  /// The hash of the password.
  public let hash: BcryptHash

  /// An account.
  ///
  /// - Throws: ``AuthError/configuration(_:)`` for a name that cannot be a user name.
  public init(username: String, hash: BcryptHash) throws(AuthError) {
    guard !username.isEmpty, username.utf8.count <= 255,
      !username.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }),
      username.first?.isWhitespace == false, username.last?.isWhitespace == false
    else {
      throw .configuration("the user name is empty or holds characters that no user name has")
    }
    guard !username.hasPrefix("system:") else {
      throw .configuration("the user name starts with system:, which Kubernetes keeps for itself")
    }
    self.username = username
    self.hash = hash
  }

  /// Says which password a session was opened with, without telling anything about it: sessions
  /// end when it changes.
  var version: String {
    let digest = SHA256.hash(data: Array("wge-credential\u{0}\(username)\u{0}\(hash.encoded.reveal())".utf8))
    return Base64.encode(digest.prefix(16), as: .url)
  }
}

/// Where the account is kept.
public protocol ClusterUserSource: Sendable {
  /// The account; nil when none is set up.
  ///
  /// - Throws: ``AuthError/configuration(_:)`` when what is there cannot be used, another error when
  ///   it could not be read.
  func account() async throws -> ClusterUserAccount?
}

/// One account that the host knows: for tests and playgrounds.
public struct FixedClusterUser: ClusterUserSource {
  private let fixed: ClusterUserAccount?

  /// This account, or none.
  public init(_ account: ClusterUserAccount?) { fixed = account }

  /// The account given.
  public func account() async throws -> ClusterUserAccount? { fixed }
}

/// The account in a Secret with the keys `username` and `password` (a bcrypt hash), read with the
/// server's own identity.
///
/// What was read is used for ten seconds, and for five minutes when the API server cannot be asked.
public final class SecretClusterUser: ClusterUserSource {
  private struct Read {
    var account: ClusterUserAccount?
    var at: Timestamp
  }

  private let client: KubeClient
  private let key: ObjectKey
  private let clock: any WallClock
  private let last = Mutex<Read?>(nil)

  /// - Parameters:
  ///   - client: a client with the server's own identity; it needs `get` on this one Secret.
  ///   - namespace: the server's namespace.
  public init(
    client: KubeClient, namespace: String = AuthDefaults.namespace, name: String = AuthDefaults.clusterUserSecret,
    clock: any WallClock = SystemWallClock()
  ) {
    self.client = client
    key = ObjectKey(namespace: namespace, name: name)
    self.clock = clock
  }

  /// The account as read just now, or lately.
  public func account() async throws -> ClusterUserAccount? {
    let now = clock.now()
    let known = last.withLock { $0 }
    func isYoung(_ limit: Duration) -> Bool {
      guard let known else { return false }
      let age = now.duration(since: known.at)
      return age >= .zero && age < limit
    }
    if isYoung(AuthDefaults.accountCache) { return known?.account }
    do {
      let account = try await read()
      last.withLock { $0 = Read(account: account, at: now) }
      return account
    } catch let error as KubeError where error.isTransient && isYoung(AuthDefaults.accountStale) {
      return known?.account
    }
  }

  private func read() async throws -> ClusterUserAccount? {
    let secret: DynamicObject
    do {
      secret = try await client.get(.secrets, key)
    } catch let error as KubeError where error.isNotFound {
      return nil
    }
    func text(_ name: String) throws(AuthError) -> String? {
      guard let encoded = secret.value(at: ["data", name])?.stringValue else { return nil }
      guard let bytes = Base64.decode(encoded), let text = String(validating: bytes, as: UTF8.self) else {
        throw .configuration("Secret \(key) key \(name): not base64 of UTF-8 text")
      }
      // Hashes and names arrive through shells; one final newline is not part of them.
      return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
    guard let username = try text("username"), !username.isEmpty, let password = try text("password") else {
      return nil  // a name-less account is a disabled one
    }
    do {
      return try ClusterUserAccount(username: username, hash: try BcryptHash(parsing: password))
    } catch {
      throw AuthError.configuration("Secret \(key): \(error)")
    }
  }
}
