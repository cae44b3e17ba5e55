internal import WGECore

/// Blocks of RFC 7468. What stands between blocks is passed over.
enum PEM {
  struct Block {
    var type: String
    var bytes: [UInt8]
  }

  static func blocks(_ text: String) -> [Block] {
    var result: [Block] = []
    var open: (type: String, body: String)?
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let line = String(line.drop { $0 == " " || $0 == "\t" })
      if line.hasPrefix("-----BEGIN "), let end = line.dropFirst(11).firstRange(of: "-----") {
        open = (String(line.dropFirst(11)[..<end.lowerBound]), "")
      } else if let block = open, line.hasPrefix("-----END \(block.type)-----") {
        if let bytes = Base64.decode(block.body) { result.append(Block(type: block.type, bytes: bytes)) }
        open = nil
      } else if !line.contains(":") {
        // Lines with a colon are headers.
        open?.body += line.filter { !$0.isWhitespace }
      }
    }
    return result
  }

  /// Bytes of standard base64, over lines or not.
  static func decode(_ text: String) throws -> [UInt8] {
    guard let bytes = Base64.decode(text) else { throw CertificateError("illegal base64 data") }
    return bytes
  }
}
