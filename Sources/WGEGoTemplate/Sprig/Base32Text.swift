/// RFC 4648 base32 with the standard alphabet.
enum Base32Text {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let count = min(5, bytes.count - index)
      var group: UInt64 = 0
      for offset in 0..<5 { group = group << 8 | UInt64(offset < count ? bytes[index + offset] : 0) }
      let digits = (count * 8 + 4) / 5
      for place in 0..<8 {
        out.append(place < digits ? alphabet[Int(group >> UInt64(35 - 5 * place) & 31)] : UInt8(ascii: "="))
      }
      index += 5
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// - Throws: Go's `illegal base32 data at input byte N`.
  static func decode(_ text: [UInt8]) throws -> [UInt8] {
    let input = text.filter { $0 != 0x0A && $0 != 0x0D }
    func corrupt(_ position: Int) -> TemplateFunctionError {
      TemplateFunctionError("illegal base32 data at input byte \(position)")
    }
    var out: [UInt8] = []
    var position = 0
    while position < input.count {
      var group: UInt64 = 0
      var count = 0
      while count < 8 {
        guard position < input.count else { throw corrupt(position - count) }
        let byte = input[position]
        if byte == UInt8(ascii: "=") {
          let padding = input.count - position
          guard [1, 3, 4, 6].contains(padding), padding == 8 - count,
            input[position...].allSatisfy({ $0 == UInt8(ascii: "=") })
          else { throw corrupt(position) }
          position = input.count
          break
        }
        guard let value = alphabet.firstIndex(of: byte) else { throw corrupt(position) }
        group = group << 5 | UInt64(value)
        count += 1
        position += 1
      }
      group <<= UInt64(5 * (8 - count))
      for place in 0..<(count * 5 / 8) { out.append(UInt8(truncatingIfNeeded: group >> UInt64(32 - 8 * place))) }
    }
    return out
  }
}
