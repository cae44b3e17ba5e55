/// Standard base64 (RFC 4648 section 4) as Go's strict-enough decoder reads it: padding required,
/// line breaks ignored.
enum Base64 {
  struct Failure: Error {
    /// The offset of the offending byte.
    let offset: Int
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
    return table
  }()

  static func decode(_ text: String) throws(Failure) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count / 4 * 3)
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    var offset = 0
    for byte in text.utf8 {
      defer { offset += 1 }
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { continue }
      if byte == UInt8(ascii: "=") {
        guard digits + padding < 4, digits >= 2 else { throw Failure(offset: offset) }
        padding += 1
        continue
      }
      let value = values[Int(byte)]
      guard value != 255, padding == 0 else { throw Failure(offset: offset) }
      group = group << 6 | UInt32(value)
      digits += 1
      if digits == 4 {
        result.append(UInt8(truncatingIfNeeded: group >> 16))
        result.append(UInt8(truncatingIfNeeded: group >> 8))
        result.append(UInt8(truncatingIfNeeded: group))
        group = 0
        digits = 0
      }
    }
    if digits == 0, padding == 0 { return result }
    guard digits + padding == 4 else { throw Failure(offset: offset) }
    if digits == 2 {
      result.append(UInt8(truncatingIfNeeded: group >> 4))
    } else {
      result.append(UInt8(truncatingIfNeeded: group >> 10))
      result.append(UInt8(truncatingIfNeeded: group >> 2))
    }
    return result
  }

  static func encode(_ bytes: [UInt8]) -> String {
    String(decoding: encoded(bytes, alphabet, padded: true), as: UTF8.self)
  }

  /// RFC 4648 section 5 without padding, as JWTs use it.
  static func encodeURL(_ bytes: [UInt8]) -> String {
    var letters = alphabet
    letters[62] = UInt8(ascii: "-")
    letters[63] = UInt8(ascii: "_")
    return String(decoding: encoded(bytes, letters, padded: false), as: UTF8.self)
  }

  static func decodeURL(_ text: String) -> [UInt8]? {
    var standard = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    while standard.count % 4 != 0 { standard.append("=") }
    return try? decode(String(standard))
  }

  private static func encoded(_ bytes: [UInt8], _ letters: [UInt8], padded: Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let left = bytes.count - index
      let a = UInt32(bytes[index])
      let b = left > 1 ? UInt32(bytes[index + 1]) : 0
      let c = left > 2 ? UInt32(bytes[index + 2]) : 0
      let group = a << 16 | b << 8 | c
      result.append(letters[Int(group >> 18 & 63)])
      result.append(letters[Int(group >> 12 & 63)])
      if left > 1 { result.append(letters[Int(group >> 6 & 63)]) } else if padded { result.append(UInt8(ascii: "=")) }
      if left > 2 { result.append(letters[Int(group & 63)]) } else if padded { result.append(UInt8(ascii: "=")) }
      index += 3
    }
    return result
  }
}
