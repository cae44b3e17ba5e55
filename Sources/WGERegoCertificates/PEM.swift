#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Blocks of RFC 7468. What stands between blocks is passed over.
enum PEM {
  struct Block {
    var type: String
    var bytes: [UInt8]
  }

  static func blocks(_ text: String) -> [Block] {
    var result: [Block] = []
    var open: (type: String, body: String, hasHeaders: Bool)?
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let line = String(line.drop { $0 == " " || $0 == "\t" })
      if line.hasPrefix("-----BEGIN "), let end = line.dropFirst(11).firstRange(of: "-----") {
        open = (String(line.dropFirst(11)[..<end.lowerBound]), "", false)
      } else if let block = open, line.hasPrefix("-----END \(block.type)-----") {
        if let data = Data(base64Encoded: block.body) { result.append(Block(type: block.type, bytes: [UInt8](data))) }
        open = nil
      } else if line.contains(":") {
        open?.hasHeaders = true
      } else {
        open?.body += line.filter { !$0.isWhitespace }
      }
    }
    return result
  }

  static func base64(_ bytes: some Collection<UInt8>) -> String { Data(bytes).base64EncodedString() }

  /// Bytes of standard base64, over lines or not.
  static func decode(_ text: String) throws -> [UInt8] {
    guard let data = Data(base64Encoded: text.filter { !$0.isNewline }) else {
      throw CertificateError("illegal base64 data")
    }
    return [UInt8](data)
  }

  /// Base64 of JSON web keys: another alphabet, no padding.
  static func base64URL(_ bytes: some Collection<UInt8>) -> String {
    base64(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
