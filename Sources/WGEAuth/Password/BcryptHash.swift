internal import CWGECrypt
public import WGECore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A bcrypt hash of a password, as the cluster-user Secret holds it.
///
/// Hashing is libxcrypt's. It takes tens to hundreds of milliseconds of CPU on purpose: call
/// ``matches(_:)`` and ``make(_:cost:)`` from a thread that may block, or use ``PasswordVerifier``.
public struct BcryptHash: Sendable, Hashable {
  private let text: Secret<String>

  /// Two to this power rounds.
  public let cost: Int

  /// Reads a hash.
  ///
  /// Accepts the variants `$2a$`, `$2b$` and `$2y$` with a cost in ``AuthDefaults/bcryptCosts``.
  ///
  /// - Throws: ``AuthError/configuration(_:)``, which does not show the hash.
  public init(parsing text: String) throws(AuthError) {
    let bytes = Array(text.utf8)
    func isSalt(_ byte: UInt8) -> Bool {
      (UInt8(ascii: ".")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
    guard bytes.count == 60, ["$2a$", "$2b$", "$2y$"].contains(String(text.prefix(4))), bytes[6] == UInt8(ascii: "$"),
      let cost = Int(String(decoding: bytes[4..<6], as: UTF8.self)), bytes[7...].allSatisfy(isSalt)
    else {
      throw .configuration("the password is not a bcrypt hash ($2a$, $2b$ or $2y$)")
    }
    guard AuthDefaults.bcryptCosts.contains(cost) else {
      throw .configuration("the password's bcrypt cost is \(cost); use \(AuthDefaults.bcryptStrongCost) to 14")
    }
    self.cost = cost
    self.text = Secret(text)
  }

  private init(trusted text: String, cost: Int) {
    self.text = Secret(text)
    self.cost = cost
  }

  /// Whether the cost is lower than is advised today.
  public var isWeak: Bool { cost < AuthDefaults.bcryptStrongCost }

  /// The hash as text, for a Secret.
  public var encoded: Secret<String> { text }

  /// Whether this is the hash of a password. Blocks for the time of one hash.
  ///
  /// Passwords of more than 72 bytes or with a NUL never match: bcrypt would cut them silently.
  public func matches(_ password: Secret<String>) -> Bool {
    let phrase = password.reveal()
    let usable = phrase.utf8.count <= AuthDefaults.passwordLength && !phrase.utf8.contains(0)
    // An unusable password costs the same time, so that its length cannot be probed.
    guard let computed = Self.hash(usable ? phrase : "", setting: text.reveal()) else { return false }
    return ConstantTime.equal(computed.utf8, text.reveal().utf8) && usable
  }

  /// Hashes a password. Blocks for the time of one hash.
  ///
  /// - Throws: ``AuthError/refused(_:)`` for an empty password or one of more than 72 bytes.
  public static func make(_ password: Secret<String>, cost: Int = AuthDefaults.bcryptStrongCost) throws(AuthError)
    -> BcryptHash
  {
    let phrase = password.reveal()
    guard !phrase.isEmpty, phrase.utf8.count <= AuthDefaults.passwordLength, !phrase.utf8.contains(0) else {
      throw .refused("a password has 1 to \(AuthDefaults.passwordLength) bytes and no NUL")
    }
    guard AuthDefaults.bcryptCosts.contains(cost) else {
      throw .refused("a bcrypt cost of \(cost) is not allowed; use \(AuthDefaults.bcryptStrongCost) to 14")
    }
    guard let setting = newSetting(cost: cost), let text = hash(phrase, setting: setting) else {
      throw .unavailable("libxcrypt does not support bcrypt on this system")
    }
    return BcryptHash(trusted: text, cost: cost)
  }

  /// A hash that no password matches, to spend the same time on users that do not exist.
  static let dummy = BcryptHash(
    trusted: "$2b$10$" + String(repeating: ".", count: 21) + "e" + String(repeating: "x", count: 31), cost: 10)

  private static func newSetting(cost: Int) -> String? {
    var output = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
    let random = RandomBytes.make(16).map { CChar(bitPattern: $0) }
    guard
      crypt_gensalt_rn("$2b$", UInt(cost), random, Int32(random.count), &output, Int32(output.count)) != nil
    else { return nil }
    return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func hash(_ phrase: String, setting: String) -> String? {
    let size = MemoryLayout<crypt_data>.size
    let data = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
    memset(data, 0, size)
    defer {
      explicit_bzero(data, size)  // holds the password and the key schedule
      data.deallocate()
    }
    guard let result = crypt_rn(phrase, setting, data, Int32(size)) else { return nil }
    let text = String(cString: result)
    return text.hasPrefix("*") ? nil : text
  }
}
