internal import Crypto
internal import CryptoExtras
internal import WGECore
internal import WGEGoTemplate

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// `encryptAES` and `decryptAES`: AES-256-CBC with the initialisation vector in front, in Base64.
///
/// The key is the password, cut or filled with zeros to 32 bytes, as in Sprig. Nothing authenticates the text.
enum AESFunctions {
  private static let blockSize = 16

  static let all: [TemplateFunction] = [
    TemplateFunction("encryptAES", .string, .string) { context, arguments in
      let text = arguments[1].stringBytes ?? []
      if text.isEmpty { return .string("") }
      try context.charge(text.count * 2 + 64)
      let vector = context.environment.randomBytes(blockSize)
      let encrypted = try AES._CBC.encrypt(text, using: key(arguments[0]), iv: AES._CBC.IV(ivBytes: vector))
      return .string(Base64.encode(vector + Array(encrypted)))
    },
    TemplateFunction("decryptAES", .string, .string) { context, arguments in
      let text = arguments[1].stringBytes ?? []
      if text.isEmpty { return .string("") }
      try context.charge(text.count * 2)
      let bytes: [UInt8]
      do throws(Base64.Corruption) { bytes = try Base64.bytes(of: text) } catch {
        throw TemplateFunctionError("illegal base64 data at input byte \(error.offset)")
      }
      guard bytes.count > blockSize, bytes.count.isMultiple(of: blockSize) else {
        throw TemplateFunctionError("crypto/cipher: input not full blocks")
      }
      // Go looks at nothing but the last byte of the padding.
      let plain = Array(
        try AES._CBC.decrypt(
          bytes[blockSize...], using: key(arguments[0]), iv: AES._CBC.IV(ivBytes: bytes[..<blockSize]),
          noPadding: true))
      let padding = Int(plain.last ?? 0)
      guard padding <= plain.count else { throw TemplateFunctionError("the text was encrypted with another password") }
      return .text(plain.dropLast(padding))
    },
  ]

  private static func key(_ password: GoValue) -> SymmetricKey {
    let bytes = (password.stringBytes ?? []).prefix(32)
    return SymmetricKey(data: bytes + [UInt8](repeating: 0, count: 32 - bytes.count))
  }
}
