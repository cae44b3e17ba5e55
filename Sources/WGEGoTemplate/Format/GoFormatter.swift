internal import WGECore
internal import WGERegex

// Formats values as Go's fmt package does.
//
// `print` and `%v` share one walk over the value. A formatter appends to one buffer; padding needs the width of what
// was written, so what is padded is written first and moved. Widths and precisions are limited as in Go (a million),
// and the buffer by ``limit``: past it nothing more is written and ``overflowed`` is set.

struct GoFormatter {
  struct Flags {
    var width: Int?
    var precision: Int?
    var plus = false
    var minus = false
    var sharp = false
    var space = false
    var zero = false
    /// `%+v`
    var plusV = false
    /// `%#v`
    var sharpV = false
  }

  var out: [UInt8] = []
  var flags = Flags()
  let limit: Int
  private(set) var overflowed = false
  /// Values may hold themselves; Go would run out of memory.
  private static let deepest = 1_000

  init(limit: Int = Int.max) { self.limit = limit }

  /// The text of a value as `%v` prints it.
  static func text(_ value: GoValue) -> String {
    switch value {
    case .string(let text): return text
    case .int(let number): return String(number)
    default: return String(decoding: bytes(value), as: UTF8.self)
    }
  }

  static func bytes(_ value: GoValue, limit: Int = Int.max) -> [UInt8] {
    var formatter = GoFormatter(limit: limit)
    formatter.print(value, UInt8(ascii: "v"))
    return formatter.out
  }

  /// Go's fmt.Sprint: a space between operands when neither is a string.
  static func sprint(_ values: TemplateArguments, limit: Int = Int.max) -> [UInt8] {
    var formatter = GoFormatter(limit: limit)
    for index in 0..<values.count {
      if index > 0, values[index].kind != .string, values[index - 1].kind != .string { formatter.out.append(0x20) }
      formatter.print(values[index], UInt8(ascii: "v"))
    }
    return formatter.out
  }

  /// Go's fmt.Sprintln.
  static func sprintln(_ values: TemplateArguments, limit: Int = Int.max) -> [UInt8] {
    var formatter = GoFormatter(limit: limit)
    for index in 0..<values.count {
      if index > 0 { formatter.out.append(0x20) }
      formatter.print(values[index], UInt8(ascii: "v"))
    }
    formatter.out.append(0x0A)
    return formatter.out
  }

  mutating func put(_ text: String) { out.append(contentsOf: text.utf8) }

  private mutating func checkLimit() -> Bool {
    if out.count > limit { overflowed = true }
    return !overflowed
  }

  // MARK: Values

  /// An operand at top level.
  mutating func print(_ value: GoValue, _ verb: UInt8) {
    if value.isNilOrNone {
      switch verb {
      case UInt8(ascii: "T"), UInt8(ascii: "v"): padString(Array("<nil>".utf8))
      default: badVerb(verb, value)
      }
      return
    }
    switch verb {
    case UInt8(ascii: "T"): formatString(Array(value.typeName.utf8), UInt8(ascii: "s"))
    case UInt8(ascii: "p"): badVerb(verb, value)
    default: printValue(value, verb, depth: 0)
    }
  }

  private mutating func badVerb(_ verb: UInt8, _ value: GoValue) {
    put("%!")
    out.append(verb)
    out.append(UInt8(ascii: "("))
    if value.isNilOrNone {
      put("<nil>")
    } else {
      put(value.typeName)
      out.append(UInt8(ascii: "="))
      printValue(value, UInt8(ascii: "v"), depth: 0)
    }
    out.append(UInt8(ascii: ")"))
  }

  private mutating func printValue(_ value: GoValue, _ verb: UInt8, depth: Int) {
    guard checkLimit(), depth < Self.deepest else {
      overflowed = true
      return
    }
    switch value {
    case .none, .null: put("<nil>")
    case .bool(let flag):
      if verb == UInt8(ascii: "t") || verb == UInt8(ascii: "v") {
        padString(Array((flag ? "true" : "false").utf8))
      } else {
        badVerb(verb, value)
      }
    case .int(let number): formatInteger(UInt64(bitPattern: Int64(number)), isSigned: true, verb, value)
    case .integer(let number): formatInteger(number.bits, isSigned: number.isSigned, verb, value)
    case .float(let number): formatFloat(number, verb, value)
    case .float32(let number): formatFloat(Double(number), verb, value, single: number)
    case .complex(let real, let imaginary): formatComplex(real, imaginary, verb, value)
    case .string(let text): formatString(Array(text.utf8), verb, value)
    case .bytes(let text): formatString(text.bytes, verb, value)
    case .host(let object): printObject(object, verb, value)
    case .function: put("0x1")
    case .array, .list: printList(value, verb, depth: depth)
    case .object, .map: printMap(value, verb, depth: depth)
    }
  }

  private mutating func printObject(_ object: any TemplateObject, _ verb: UInt8, _ value: GoValue) {
    switch verb {
    case UInt8(ascii: "v"), UInt8(ascii: "s"), UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "q"):
      formatString(Array(object.goString.utf8), verb == UInt8(ascii: "v") ? UInt8(ascii: "s") : verb)
    default: badVerb(verb, value)
    }
  }

  private mutating func printList(_ value: GoValue, _ verb: UInt8, depth: Int) {
    if case .list(let list) = value, list.element == .uint8 {
      switch verb {
      case UInt8(ascii: "s"), UInt8(ascii: "q"), UInt8(ascii: "x"), UInt8(ascii: "X"):
        formatString(list.bytes, verb)
        return
      default: break
      }
    }
    let count = value.listCount ?? 0
    if flags.sharpV {
      put(value.typeName)
      if value.isNil {
        put("(nil)")
        return
      }
      out.append(UInt8(ascii: "{"))
      for index in 0..<count {
        if index > 0 { put(", ") }
        printElement(value.element(at: index), verb, depth: depth + 1)
        if overflowed { break }
      }
      out.append(UInt8(ascii: "}"))
      return
    }
    out.append(UInt8(ascii: "["))
    for index in 0..<count {
      if index > 0 { out.append(0x20) }
      printElement(value.element(at: index), verb, depth: depth + 1)
      if overflowed { break }
    }
    out.append(UInt8(ascii: "]"))
  }

  private mutating func printElement(_ value: GoValue, _ verb: UInt8, depth: Int) {
    if value.isNilOrNone, flags.sharpV { put("interface {}(nil)") } else { printValue(value, verb, depth: depth) }
  }

  private mutating func printMap(_ value: GoValue, _ verb: UInt8, depth: Int) {
    if flags.sharpV {
      put(value.typeName)
      if value.isNil {
        put("(nil)")
        return
      }
      out.append(UInt8(ascii: "{"))
    } else {
      put("map[")
    }
    var hasIntegerKeys = false
    if case .map(let map) = value { hasIntegerKeys = map.hasIntegerKeys }
    var isFirst = true
    for member in value.mapMembers ?? [] {
      if !isFirst { put(flags.sharpV ? ", " : " ") }
      isFirst = false
      let key: GoValue = hasIntegerKeys ? .int(Int(member.key) ?? 0) : .string(member.key)
      printValue(key, verb, depth: depth + 1)
      out.append(UInt8(ascii: ":"))
      printElement(member.value, verb, depth: depth + 1)
      if overflowed { break }
    }
    out.append(flags.sharpV ? UInt8(ascii: "}") : UInt8(ascii: "]"))
  }

  // MARK: Strings

  private mutating func formatString(_ bytes: [UInt8], _ verb: UInt8, _ value: GoValue = .null) {
    switch verb {
    case UInt8(ascii: "v"):
      if flags.sharpV { formatQuoted(bytes) } else { padString(truncated(bytes)) }
    case UInt8(ascii: "s"): padString(truncated(bytes))
    case UInt8(ascii: "q"): formatQuoted(truncated(bytes))
    case UInt8(ascii: "x"), UInt8(ascii: "X"): formatHexString(bytes, uppercase: verb == UInt8(ascii: "X"))
    default: badVerb(verb, value)
    }
  }

  private func truncated(_ bytes: [UInt8]) -> [UInt8] {
    guard let precision = flags.precision, precision < bytes.count else { return bytes }
    return bytes.withUnsafeBufferPointer { buffer in
      var position = 0
      for _ in 0..<precision where position < buffer.count { position += UTF8Scalar.decode(buffer, position).1 }
      return Array(buffer[..<position])
    }
  }

  private mutating func formatQuoted(_ bytes: [UInt8]) {
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

  private mutating func formatHexString(_ bytes: [UInt8], uppercase: Bool) {
    let digits = Array((uppercase ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
    let count = min(bytes.count, flags.precision ?? bytes.count)
    var text: [UInt8] = []
    for (index, byte) in bytes.prefix(count).enumerated() {
      if flags.space, index > 0 { text.append(0x20) }
      if flags.sharp, flags.space || index == 0 { text += [0x30, uppercase ? 0x58 : 0x78] }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    let zero = flags.zero
    if count == 0 { flags.zero = false }
    padString(text)
    flags.zero = zero
  }

  /// Writes text padded to the width, which counts characters.
  private mutating func padString(_ bytes: [UInt8]) {
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

  // MARK: Integers

  private mutating func formatInteger(_ bits: UInt64, isSigned: Bool, _ verb: UInt8, _ value: GoValue) {
    let isNegative = isSigned && Int64(bitPattern: bits) < 0
    let magnitude = isNegative ? 0 &- bits : bits
    switch verb {
    case UInt8(ascii: "v"):
      if flags.sharpV, !isSigned {
        let sharp = flags.sharp
        flags.sharp = true
        formatDigits(magnitude, isNegative, radix: 16, verb)
        flags.sharp = sharp
      } else if flags.width == nil, !flags.plus, !flags.space, flags.precision == nil {
        if isNegative { out.append(0x2D) }
        Decimal.append(magnitude, to: &out)
      } else {
        formatDigits(magnitude, isNegative, radix: 10, verb)
      }
    case UInt8(ascii: "d"): formatDigits(magnitude, isNegative, radix: 10, verb)
    case UInt8(ascii: "b"): formatDigits(magnitude, isNegative, radix: 2, verb)
    case UInt8(ascii: "o"), UInt8(ascii: "O"): formatDigits(magnitude, isNegative, radix: 8, verb)
    case UInt8(ascii: "x"), UInt8(ascii: "X"): formatDigits(magnitude, isNegative, radix: 16, verb)
    case UInt8(ascii: "c"):
      var text: [UInt8] = []
      GoQuote.append(scalar(bits), to: &text)
      padString(text)
    case UInt8(ascii: "q"):
      var text: [UInt8] = []
      GoQuote.quote(scalar: scalar(bits), asciiOnly: flags.plus, into: &text)
      padString(text)
    case UInt8(ascii: "U"): formatUnicode(bits)
    default: badVerb(verb, value)
    }
  }

  private func scalar(_ bits: UInt64) -> UInt32 { bits > 0x10FFFF ? 0xFFFD : UInt32(bits) }

  private mutating func formatDigits(_ magnitude: UInt64, _ isNegative: Bool, radix: Int, _ verb: UInt8) {
    var least = 0
    if let precision = flags.precision {
      least = precision
      if precision == 0, magnitude == 0 {
        // Nothing but padding.
        let zero = flags.zero
        flags.zero = false
        padString([])
        flags.zero = zero
        return
      }
    } else if flags.zero, !flags.minus, let width = flags.width {
      least = isNegative || flags.plus || flags.space ? width - 1 : width
    }
    var digits = Array(String(magnitude, radix: radix, uppercase: verb == UInt8(ascii: "X")).utf8)
    if digits.count < least { digits.insert(contentsOf: repeatElement(0x30, count: least - digits.count), at: 0) }
    if flags.sharp {
      switch radix {
      case 2: digits.insert(contentsOf: [0x30, 0x62], at: 0)
      case 8: if digits.first != 0x30 { digits.insert(0x30, at: 0) }
      case 16: digits.insert(contentsOf: [0x30, verb == UInt8(ascii: "X") ? 0x58 : 0x78], at: 0)
      default: break
      }
    }
    if verb == UInt8(ascii: "O") { digits.insert(contentsOf: [0x30, 0x6F], at: 0) }
    if isNegative {
      digits.insert(0x2D, at: 0)
    } else if flags.plus {
      digits.insert(0x2B, at: 0)
    } else if flags.space {
      digits.insert(0x20, at: 0)
    }
    let zero = flags.zero
    flags.zero = false
    padString(digits)
    flags.zero = zero
  }

  private mutating func formatUnicode(_ bits: UInt64) {
    var text: [UInt8] = Array("U+".utf8)
    let digits = Array(String(bits, radix: 16, uppercase: true).utf8)
    let least = max(4, flags.precision ?? 4)
    text.append(contentsOf: repeatElement(0x30, count: max(0, least - digits.count)))
    text.append(contentsOf: digits)
    if flags.sharp, bits <= 0x10FFFF, UnicodeProperty.isPrintable(UInt32(bits)) {
      text.append(contentsOf: " '".utf8)
      GoQuote.append(UInt32(bits), to: &text)
      text.append(0x27)
    }
    let zero = flags.zero
    flags.zero = false
    padString(text)
    flags.zero = zero
  }

  // MARK: Floats

  private mutating func formatComplex(_ real: Double, _ imaginary: Double, _ verb: UInt8, _ value: GoValue) {
    switch verb {
    case UInt8(ascii: "v"), UInt8(ascii: "b"), UInt8(ascii: "g"), UInt8(ascii: "G"), UInt8(ascii: "x"),
      UInt8(ascii: "X"), UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "e"), UInt8(ascii: "E"):
      let plus = flags.plus
      out.append(UInt8(ascii: "("))
      formatFloat(real, verb, value)
      flags.plus = true
      formatFloat(imaginary, verb, value)
      put("i)")
      flags.plus = plus
    default: badVerb(verb, value)
    }
  }

  private mutating func formatFloat(_ number: Double, _ verb: UInt8, _ value: GoValue, single: Float? = nil) {
    var text: [UInt8] = []
    switch verb {
    case UInt8(ascii: "v"): FloatText.write(number, single, "g", flags.precision, flags, into: &text)
    case UInt8(ascii: "g"), UInt8(ascii: "G"):
      FloatText.write(number, single, Character(UnicodeScalar(verb)), flags.precision, flags, into: &text)
    case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "f"), UInt8(ascii: "F"):
      let verb = verb == UInt8(ascii: "F") ? UInt8(ascii: "f") : verb
      FloatText.write(number, single, Character(UnicodeScalar(verb)), flags.precision ?? 6, flags, into: &text)
    case UInt8(ascii: "b"), UInt8(ascii: "x"), UInt8(ascii: "X"):
      FloatText.write(number, single, Character(UnicodeScalar(verb)), flags.precision, flags, into: &text)
    default:
      badVerb(verb, value)
      return
    }
    writeSigned(&text, isFinite: number.isFinite)
  }

  /// Pads a number that begins with its sign.
  private mutating func writeSigned(_ text: inout [UInt8], isFinite: Bool) {
    if flags.space, text[0] == 0x2B, !flags.plus { text[0] = 0x20 }
    if !isFinite {
      if text[1] == UInt8(ascii: "N"), !flags.space, !flags.plus { text.removeFirst() }
      let zero = flags.zero
      flags.zero = false
      padString(text)
      flags.zero = zero
      return
    }
    guard flags.plus || text[0] != 0x2B else {
      padString(Array(text.dropFirst()))
      return
    }
    if flags.zero, !flags.minus, let width = flags.width, width > text.count {
      // The sign comes before the zeros.
      out.append(text[0])
      out.append(contentsOf: repeatElement(0x30, count: width - text.count))
      out.append(contentsOf: text.dropFirst())
    } else {
      padString(text)
    }
  }
}

/// Digits of whole numbers.
enum Decimal {
  static func append(_ value: UInt64, to out: inout [UInt8]) {
    if value < 10 {
      out.append(0x30 | UInt8(value))
      return
    }
    let start = out.count
    var rest = value
    while rest > 0 {
      out.append(0x30 | UInt8(rest % 10))
      rest /= 10
    }
    out[start...].reverse()
  }

  static func append(_ value: Int, to out: inout [UInt8]) {
    if value < 0 { out.append(0x2D) }
    append(UInt64(value.magnitude), to: &out)
  }
}
