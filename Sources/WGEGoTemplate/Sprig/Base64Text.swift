/// RFC 4648 base64 with the standard alphabet, as Go's encoding/base64 reads and writes it.
enum Base64Text {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (index, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(index) }
    return values
  }()

  static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group: UInt32 = 0
      for offset in 0..<3 { group = group << 8 | UInt32(offset < count ? bytes[index + offset] : 0) }
      for place in 0..<4 {
        out.append(place <= count ? alphabet[Int(group >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
      }
      index += 3
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Line ends are skipped; padding is required.
  /// - Throws: Go's `illegal base64 data at input byte N`.
  static func decode(_ text: [UInt8]) throws -> [UInt8] {
    func corrupt(_ position: Int) -> TemplateFunctionError {
      TemplateFunctionError("illegal base64 data at input byte \(position)")
    }
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3)
    var position = 0
    func skipLineEnds() {
      while position < text.count, text[position] == 0x0A || text[position] == 0x0D { position += 1 }
    }
    while true {
      var group: UInt32 = 0
      var count = 0
      var padding = 0
      while count < 4 {
        skipLineEnds()
        guard position < text.count else {
          if count == 0 { return out }
          throw corrupt(position - count)
        }
        let byte = text[position]
        position += 1
        if byte == UInt8(ascii: "=") {
          guard count >= 2 else { throw corrupt(position - 1) }
          if count == 2 {
            skipLineEnds()
            guard position < text.count else { throw corrupt(text.count) }
            guard text[position] == UInt8(ascii: "=") else { throw corrupt(position) }
            position += 1
          }
          skipLineEnds()
          if position < text.count { throw corrupt(position) }
          padding = 4 - count
          break
        }
        let value = values[Int(byte)]
        guard value < 64 else { throw corrupt(position - 1) }
        group = group << 6 | UInt32(value)
        count += 1
      }
      group <<= UInt32(6 * padding)
      out.append(UInt8(truncatingIfNeeded: group >> 16))
      if padding < 2 { out.append(UInt8(truncatingIfNeeded: group >> 8)) }
      if padding < 1 { out.append(UInt8(truncatingIfNeeded: group)) }
      if padding > 0 { return out }
    }
  }
}

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
