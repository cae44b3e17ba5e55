internal import Crypto
public import WGECore

/// A key that sessions are signed with, and its name.
public struct SessionKey: Sendable, Hashable {
  /// Shortest key in bytes: the block of the digest behind it.
  public static let minimumLength = 32

  /// Goes with every session so that the right key checks it. Letters, digits and `-`.
  public let id: String
  /// When the key was made; decides which one signs.
  public let created: Timestamp
  let secret: Secret<[UInt8]>

  /// A key from a store.
  ///
  /// - Throws: ``AuthError/configuration(_:)`` for a key of fewer than 32 bytes, or a bad name.
  public init(id: String, created: Timestamp, secret: Secret<[UInt8]>) throws(AuthError) {
    guard !id.isEmpty, id.utf8.count <= 64,
      id.utf8.allSatisfy({
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "-")
      })
    else { throw .configuration("a signing key's name has 1 to 64 lower-case letters, digits and -") }
    guard secret.reveal().count >= Self.minimumLength else {
      throw .configuration("signing key \(id) has fewer than \(Self.minimumLength) bytes")
    }
    self.id = id
    self.created = created
    self.secret = secret
  }

  /// A new key of 64 random bytes, named for the moment it was made.
  public static func random(at now: Timestamp) -> SessionKey {
    let suffix = RandomBytes.make(4).map { byte in
      let hex = String(byte, radix: 16)
      return hex.count == 1 ? "0\(hex)" : hex
    }.joined()
    return SessionKey(trusted: "k\(max(0, now.seconds))-\(suffix)", created: now, secret: RandomBytes.make(64))
  }

  private init(trusted id: String, created: Timestamp, secret: [UInt8]) {
    self.id = id
    self.created = created
    self.secret = Secret(secret)
  }

  func signature(of message: some Sequence<UInt8>) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array(message), using: SymmetricKey(data: secret.reveal())))
  }
}

/// The keys that are in force: one signs, all verify.
public struct SessionKeyRing: Sendable, Hashable {
  /// Newest first.
  public let keys: [SessionKey]

  /// - Throws: ``AuthError/configuration(_:)`` without any key, or with two of one name.
  public init(_ keys: [SessionKey]) throws(AuthError) {
    guard !keys.isEmpty else { throw .configuration("there is no key to sign sessions with") }
    guard Set(keys.map(\.id)).count == keys.count else { throw .configuration("two signing keys have one name") }
    self.keys = keys.sorted { ($1.created, $1.id) < ($0.created, $0.id) }
  }

  /// One new key: sessions end when the process does, and other replicas do not know them.
  public static func random(at now: Timestamp) -> SessionKeyRing { SessionKeyRing(trusted: [.random(at: now)]) }

  private init(trusted keys: [SessionKey]) { self.keys = keys }

  /// The key that signs: the newest that every replica has had time to read.
  func signing(at now: Timestamp) -> SessionKey {
    keys.first { now.duration(since: $0.created) >= AuthDefaults.keySettling } ?? keys[keys.count - 1]
  }

  func key(_ id: some StringProtocol) -> SessionKey? { keys.first { $0.id == id } }

  /// The ring after rotation: a new key when the newest is old enough, without keys that nothing
  /// valid can be signed with.
  ///
  /// - Returns: nil when nothing changes.
  public func rotated(at now: Timestamp, every rotation: Duration = AuthDefaults.keyRotation) -> SessionKeyRing? {
    var keys = self.keys
    if now.duration(since: keys[0].created) >= rotation { keys.insert(.random(at: now), at: 0) }
    // A key signs until its successor has settled, and what it signed lives for at most the cap.
    let grace = AuthDefaults.sessionLifetimeCap + AuthDefaults.keySettling
    let kept = keys.enumerated().filter { index, _ in
      index == 0 || now.duration(since: keys[index - 1].created) <= grace
    }.map(\.element)
    return kept == self.keys ? nil : SessionKeyRing(trusted: kept)
  }
}
