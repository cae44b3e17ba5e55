// What other people's words may hold that no message, log or page of ours may show.

extension GitHostError {
  /// A host's words for a message: user info, values of fields that hold secrets, and words that look like tokens
  /// masked; cut at 500 bytes.
  static func masked(_ text: String) -> String {
    let plain = withoutNamedSecrets(withoutUserInfo(text))
    var result = ""
    var word = ""
    func flush() {
      result += isSecretLike(word) ? mask : word
      word = ""
    }
    for character in plain {
      if character.isLetter || character.isNumber || "_-.".contains(character) {
        word.append(character)
      } else {
        flush()
        result.append(character.isNewline || character == "\t" ? " " : character)
      }
    }
    flush()
    return String(decoding: result.utf8.prefix(500), as: UTF8.self)
  }

  /// The error without the texts, wherever they stand in it.
  func hiding(_ secrets: [String]) -> GitHostError {
    var error = self
    // Shorter ones would be found in ordinary words, and guard nothing.
    for secret in secrets where secret.utf8.count >= 8 {
      func hide(_ text: String) -> String { text.replacing(secret, with: Self.mask) }
      error.message = hide(error.message)
      error.remedy = hide(error.remedy)
      error.field = error.field.map(hide)
      error.reason = error.reason.map(hide)
      error.requestID = error.requestID.map(hide)
      error.paths = error.paths.map(hide)
    }
    return error
  }

  private static let mask = "***"

  private static func isSecretLike(_ word: String) -> Bool {
    let prefixes = [
      "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gloas-", "ATBB", "ATCTT", "BBDC-", "eyJ",
    ]
    return word.utf8.count >= 12 && prefixes.contains { word.hasPrefix($0) }
  }

  /// Names of query members and header fields whose values are secrets.
  private static let secretNames = [
    "access_token", "refresh_token", "private_token", "private-token", "client_secret", "device_code",
    "code_verifier", "authorization", "password", "token", "code",
  ]

  /// `access_token=x` and `Authorization: Bearer x` without their `x`.
  private static func withoutNamedSecrets(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard let end = endOfSecretName(bytes, index) else {
        result.append(bytes[index])
        index += 1
        continue
      }
      result += bytes[index..<end] + Array(mask.utf8)
      index = end
      // A scheme such as Bearer stands before the value of a field.
      if bytes[end - 1] != UInt8(ascii: "="), let scheme = endOfScheme(bytes, end) { index = scheme }
      while index < bytes.count, !isDelimiter(bytes[index]) { index += 1 }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Where the value begins when a secret's name and `=`, or `:` for a field, stand here at the start of a word.
  private static func endOfSecretName(_ bytes: [UInt8], _ start: Int) -> Int? {
    func isNameByte(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte)
        || (0x41...0x5a).contains(byte & 0xdf)
    }
    if start > 0, isNameByte(bytes[start - 1]) { return nil }
    for name in secretNames {
      let end = start + name.utf8.count
      guard end < bytes.count, zip(bytes[start..<end], name.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
        continue
      }
      // Short ones are everyday words unless they stand in a URL.
      let isInURL = start > 0 && (bytes[start - 1] == UInt8(ascii: "?") || bytes[start - 1] == UInt8(ascii: "&"))
      if bytes[end] == UInt8(ascii: "="), isInURL || name.utf8.count > 5 { return end + 1 }
      let isField = name == "authorization" || name == "private-token"
      guard isField, bytes[end] == UInt8(ascii: ":") else { continue }
      return bytes[(end + 1)...].firstIndex { $0 != UInt8(ascii: " ") } ?? bytes.count
    }
    return nil
  }

  private static func endOfScheme(_ bytes: [UInt8], _ start: Int) -> Int? {
    for scheme in ["bearer ", "basic ", "token "] {
      let end = start + scheme.utf8.count
      guard end <= bytes.count, zip(bytes[start..<end], scheme.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
        continue
      }
      return end
    }
    return nil
  }

  private static func isDelimiter(_ byte: UInt8) -> Bool {
    byte <= 0x20 || "&\"',;)]}<>".utf8.contains(byte)
  }
}
