internal import WGERegex

// Lays values out as Go's fmt package does.
//
// A writer appends to one buffer under the flags of the directive at hand. It knows Go's kinds of values, not any
// engine's: whoever formats says which kind a value is. A verb that does not fit is answered with false, and nothing
// is written, so that the caller, who knows the type's name, can write the `%!verb(type=value)` form.

package struct FormatWriter {
  package var out: [UInt8] = []
  package var flags = FormatFlags()

  package init() {}

  package mutating func put(_ text: String) { out.append(contentsOf: text.utf8) }

  // MARK: Complaints

  /// `%!d(MISSING)`
  mutating func complain(_ verb: UInt32, _ what: String) {
    put("%!")
    GoQuote.append(verb, to: &out)
    put("(\(what))")
  }

  /// `%!d(string=`; the value as `%v` and a parenthesis are to follow.
  package mutating func beginBadVerb(_ verb: UInt32, type: String) {
    put("%!")
    GoQuote.append(verb, to: &out)
    put("(\(type)=")
  }

  /// `%!d(<nil>)`
  package mutating func badVerbOfNil(_ verb: UInt32) { complain(verb, "<nil>") }

  // MARK: Strings

  /// - Returns: false when the verb is none for booleans.
  package mutating func write(_ flag: Bool, _ verb: UInt8) -> Bool {
    guard verb == UInt8(ascii: "t") || verb == UInt8(ascii: "v") else { return false }
    padString(Array((flag ? "true" : "false").utf8))
    return true
  }

  /// - Returns: false when the verb is none for strings.
  package mutating func write(string text: String, _ verb: UInt8) -> Bool {
    if verb == UInt8(ascii: "v") || verb == UInt8(ascii: "s"), flags.isPlain {
      out.append(contentsOf: text.utf8)
      return true
    }
    return write(string: Array(text.utf8), verb)
  }

  /// - Parameter bytes: may be no UTF-8.
  /// - Returns: false when the verb is none for strings.
  package mutating func write(string bytes: [UInt8], _ verb: UInt8) -> Bool {
    switch verb {
    case UInt8(ascii: "v"): if flags.sharpV { writeQuoted(truncated(bytes)) } else { padString(truncated(bytes)) }
    case UInt8(ascii: "s"): padString(truncated(bytes))
    case UInt8(ascii: "q"): writeQuoted(truncated(bytes))
    case UInt8(ascii: "x"), UInt8(ascii: "X"): writeHexadecimal(bytes, uppercase: verb == UInt8(ascii: "X"))
    default: return false
    }
    return true
  }

  private func truncated(_ bytes: [UInt8]) -> [UInt8] {
    guard let precision = flags.precision, precision < bytes.count else { return bytes }
    return bytes.withUnsafeBufferPointer { buffer in
      var position = 0
      for _ in 0..<precision where position < buffer.count { position += UTF8Scalar.decode(buffer, position).1 }
      return Array(buffer[..<position])
    }
  }

  private mutating func writeQuoted(_ bytes: [UInt8]) {
    var quoted: [UInt8] = []
    if flags.sharp, Self.canBackquote(bytes) {
      quoted = [0x60] + bytes + [0x60]
    } else {
      GoQuote.quote(bytes, asciiOnly: flags.plus, into: &quoted)
    }
    padString(quoted)
  }

  private static func canBackquote(_ bytes: [UInt8]) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self) else { return false }
    return text.unicodeScalars.allSatisfy {
      $0 != "\u{FEFF}" && $0 != "`" && $0.value != 0x7F && ($0.value >= 0x20 || $0 == "\t")
    }
  }

  private mutating func writeHexadecimal(_ bytes: [UInt8], uppercase: Bool) {
    let digits = Array((uppercase ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
    let count = min(bytes.count, flags.precision ?? bytes.count)
    var text: [UInt8] = []
    for (index, byte) in bytes.prefix(count).enumerated() {
      if flags.space, index > 0 { text.append(0x20) }
      if flags.sharp, flags.space || index == 0 { text += [0x30, uppercase ? 0x58 : 0x78] }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    padString(text)
  }

  // MARK: Padding

  /// Writes text padded to the width, which counts characters.
  package mutating func padString(_ bytes: [UInt8]) {
    guard let width = flags.width else {
      out.append(contentsOf: bytes)
      return
    }
    var count = 0
    bytes.withUnsafeBufferPointer { buffer in
      var position = 0
      while position < buffer.count {
        position += UTF8Scalar.decode(buffer, position).1
        count += 1
      }
    }
    let padding = max(0, width - count)
    if flags.minus {
      out.append(contentsOf: bytes)
      out.append(contentsOf: repeatElement(0x20, count: padding))
    } else {
      out.append(contentsOf: repeatElement(flags.zero ? 0x30 : 0x20, count: padding))
      out.append(contentsOf: bytes)
    }
  }

  /// The same where zeros are in the text already, or would be wrong.
  mutating func padWithSpaces(_ bytes: [UInt8]) {
    let zero = flags.zero
    flags.zero = false
    padString(bytes)
    flags.zero = zero
  }
}
