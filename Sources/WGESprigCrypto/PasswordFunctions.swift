internal import CWGECrypt
internal import Crypto
internal import CryptoExtras
internal import WGECore
internal import WGEGoTemplate

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// `bcrypt`, `htpasswd` and `derivePassword`.
enum PasswordFunctions {
  /// What one hash counts for in the account of a render: it costs as much time as making so many bytes.
  private static let price = 8 << 20
  /// bcrypt reads no more.
  private static let longestPassword = 72
  private static let cost: UInt = 10

  static let all: [TemplateFunction] = [
    TemplateFunction("bcrypt", .string) { context, arguments in
      .text(try bcrypt(context, arguments[0].stringBytes ?? []))
    },
    TemplateFunction("htpasswd", .string, .string, variadic: .string) { context, arguments in
      let user = arguments[0].stringBytes ?? []
      if user.contains(UInt8(ascii: ":")) { return .text(Array("invalid username: ".utf8) + user) }
      let password = arguments[1].stringBytes ?? []
      let hash =
        arguments[2].stringValue == "sha"
        ? Array("{SHA}\(Base64.encode(Array(Insecure.SHA1.hash(data: password))))".utf8)
        : try bcrypt(context, password)
      return .text(user + [UInt8(ascii: ":")] + hash)
    },
    TemplateFunction("derivePassword", .int, .string, .string, .string, .string) { context, arguments in
      try context.charge(price)
      guard let counter = UInt32(exactly: arguments[0].intValue ?? 0) else {
        throw TemplateFunctionError("the counter must be from 0 to 4294967295")
      }
      return .string(
        try DerivedPassword.text(
          counter: counter, type: arguments[1].stringValue ?? "", password: arguments[2].stringBytes ?? [],
          user: arguments[3].stringBytes ?? [], site: arguments[4].stringBytes ?? []))
    },
  ]

  /// A hash with a new salt. As in Sprig, what is refused comes back as text.
  private static func bcrypt(_ context: RenderContext, _ password: [UInt8]) throws -> [UInt8] {
    try context.charge(price)
    if password.count > longestPassword {
      return Array("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".utf8)
    }
    // C strings end at the first zero: the rest of the password would not count.
    if password.contains(0) { throw TemplateFunctionError("a password with a zero byte cannot be hashed with bcrypt") }
    let random = context.environment.randomBytes(16).map { CChar(bitPattern: $0) }
    var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
    let size = MemoryLayout<crypt_data>.size
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
    scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    defer {
      // Holds the password and its key schedule.
      explicit_bzero(scratch, size)
      scratch.deallocate()
    }
    let phrase = password.map { CChar(bitPattern: $0) } + [0]
    guard random.count == 16,
      crypt_gensalt_rn("$2a$", cost, random, Int32(random.count), &setting, Int32(setting.count)) != nil,
      let hash = crypt_rn(phrase, setting, scratch, Int32(size)), hash.pointee != CChar(UInt8(ascii: "*"))
    else { throw TemplateFunctionError("libxcrypt does not support bcrypt on this system") }
    return Array(String(cString: hash).utf8)
  }
}

/// The Master Password algorithm: a password of a site from one master password, the same each time.
enum DerivedPassword {
  /// Letters stand for classes of characters.
  private static let templates: [String: [String]] = [
    "maximum": ["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
    "long": [
      "CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv", "CvccCvcvCvcvno",
      "CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc", "CvcvCvcvnoCvcc", "CvcvCvcvCvccno",
      "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno", "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno",
      "CvccnoCvcvCvcc", "CvccCvcvnoCvcc", "CvccCvcvCvccno",
    ],
    "medium": ["CvcnoCvc", "CvcCvcno"], "short": ["Cvcn"], "basic": ["aaanaaan", "aannaaan", "aaannaaa"],
    "pin": ["nnnn"],
  ]

  private static let vowels = "AEIOU"
  private static let consonants = "BCDFGHJKLMNPQRSTVWXYZ"
  private static let letters = vowels + vowels.lowercased() + consonants + consonants.lowercased()

  private static func characters(_ place: Character) -> [UInt8] {
    let text =
      switch place {
      case "V": vowels
      case "C": consonants
      case "v": vowels.lowercased()
      case "c": consonants.lowercased()
      case "A": vowels + consonants
      case "a": letters
      case "n": "0123456789"
      case "o": "@&%?,=[]_:-+*$#!'^~;()/."
      default: letters + "0123456789!@#$%^&*()"
      }
    return Array(text.utf8)
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }

  /// Takes the time and the 32 MiB that scrypt is meant to take.
  static func text(
    counter: UInt32, type: String, password: [UInt8], user: [UInt8], site: [UInt8]
  ) throws -> String {
    guard let choices = templates[type] else { return "cannot find password template \(type)" }
    let scope = Array("com.lyndir.masterpassword".utf8)
    let key = try KDF.Scrypt.deriveKey(
      from: password, salt: scope + bytes(UInt32(truncatingIfNeeded: user.count)) + user, outputByteCount: 64,
      rounds: 32_768, blockSize: 8, parallelism: 2)
    let message = scope + bytes(UInt32(truncatingIfNeeded: site.count)) + site + bytes(counter)
    let seed = Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
    let template = choices[Int(seed[0]) % choices.count]
    let text = template.enumerated().map { index, place in
      let characters = characters(place)
      return characters[Int(seed[index + 1]) % characters.count]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
