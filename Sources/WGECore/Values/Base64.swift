/// Base64 of RFC 4648 section 4, as Secrets, kubeconfigs and certificates carry bytes.
///
/// Decoding is strict as Go's is: padding is required and nothing but line breaks is skipped.
public enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
    return table
  }()

  /// The bytes that a text stands for; nil when it is not base64.
  public static func decode(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count / 4 * 3)
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    for byte in text.utf8 where byte != 0x0A && byte != 0x0D {
      if byte == UInt8(ascii: "=") {
        guard digits >= 2, digits + padding < 4 else { return nil }
        padding += 1
        continue
      }
      let value = values[Int(byte)]
      guard value != 255, padding == 0 else { return nil }
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
    guard digits + padding == 4 else { return nil }
    if digits == 2 {
      result.append(UInt8(truncatingIfNeeded: group >> 4))
    } else {
      result.append(UInt8(truncatingIfNeeded: group >> 10))
      result.append(UInt8(truncatingIfNeeded: group >> 2))
    }
    return result
  }

  /// The text for some bytes, padded, on one line.
  public static func encode(_ bytes: some Collection<UInt8>) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    var iterator = bytes.makeIterator()
    while let a = iterator.next() {
      let b = iterator.next()
      let c = b == nil ? nil : iterator.next()
      let group = UInt32(a) << 16 | UInt32(b ?? 0) << 8 | UInt32(c ?? 0)
      result.append(alphabet[Int(group >> 18 & 63)])
      result.append(alphabet[Int(group >> 12 & 63)])
      result.append(b == nil ? UInt8(ascii: "=") : alphabet[Int(group >> 6 & 63)])
      result.append(c == nil ? UInt8(ascii: "=") : alphabet[Int(group & 63)])
    }
    return String(decoding: result, as: UTF8.self)
  }
}
