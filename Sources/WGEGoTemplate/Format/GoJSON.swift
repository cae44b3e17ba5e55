internal import WGEGoFormat
internal import WGECore
internal import WGERegex

/// Values as Go's encoding/json writes them.
struct GoJSON {
  private(set) var out: [UInt8] = []
  private let escapesHTML: Bool
  private let indent: Int?
  private let context: RenderContext
  private var charged = 0

  private init(escapesHTML: Bool, indent: Int?, context: RenderContext) {
    self.escapesHTML = escapesHTML
    self.indent = indent
    self.context = context
  }

  /// - Throws: what Go refuses: infinities, functions, values that nest too deeply.
  static func encode(
    _ value: GoValue, escapesHTML: Bool = true, indent: Int? = nil, context: RenderContext
  ) throws -> [UInt8] {
    var encoder = GoJSON(escapesHTML: escapesHTML, indent: indent, context: context)
    try encoder.write(value, depth: 0)
    try context.charge(encoder.out.count - encoder.charged)
    return encoder.out
  }

  private mutating func newline(_ depth: Int) {
    guard let indent else { return }
    out.append(0x0A)
    out.append(contentsOf: repeatElement(0x20, count: depth * indent))
  }

  private mutating func write(_ value: GoValue, depth: Int) throws {
    if depth > 1_000 { throw TemplateFunctionError("json: unsupported value: encountered a cycle") }
    // A value that holds another more than once is written as often.
    if out.count - charged > 4_096 {
      try context.charge(out.count - charged)
      charged = out.count
    }
    switch value {
    case .none, .null: out.append(contentsOf: "null".utf8)
    case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
    case .int(let number): GoDecimal.append(number, to: &out)
    case .integer(let number):
      if number.isSigned {
        GoDecimal.append(Int(number.signed), to: &out)
      } else {
        GoDecimal.append(number.bits, to: &out)
      }
    case .float(let number): try write(number, shortest: number.description)
    case .float32(let number): try write(Double(number), shortest: number.description)
    case .string(let text): write(Array(text.utf8))
    case .bytes(let text): write(text.bytes)
    case .complex, .function: throw TemplateFunctionError("json: unsupported type: \(value.typeName)")
    case .host(let object):
      if let time = object as? GoTime {
        write(Array(GoTimeLayout.format(time, "2006-01-02T15:04:05.999999999Z07:00").utf8))
      } else if let duration = object as? GoNanoseconds {
        GoDecimal.append(Int(duration.value), to: &out)
      } else {
        write(Array(object.goString.utf8))
      }
    case .list(let list) where list.isNil: out.append(contentsOf: "null".utf8)
    case .list(let list) where list.element == .uint8: write(Array(Base64.encode(list.bytes).utf8))
    case .array, .list:
      let count = value.listCount ?? 0
      out.append(UInt8(ascii: "["))
      for index in 0..<count {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        newline(depth + 1)
        try write(value.element(at: index), depth: depth + 1)
      }
      if count > 0 { newline(depth) }
      out.append(UInt8(ascii: "]"))
    case .map(let map) where map.isNil: out.append(contentsOf: "null".utf8)
    case .object, .map:
      var members = value.mapMembers ?? []
      if case .map(let map) = value, map.hasIntegerKeys { members.sort { ByteOrder.less($0.key, $1.key) } }
      out.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        newline(depth + 1)
        write(Array(member.key.utf8))
        out.append(UInt8(ascii: ":"))
        if indent != nil { out.append(0x20) }
        try write(member.value, depth: depth + 1)
      }
      if !members.isEmpty { newline(depth) }
      out.append(UInt8(ascii: "}"))
    }
  }

  private mutating func write(_ number: Double, shortest: String) throws {
    guard number.isFinite else {
      throw TemplateFunctionError("json: unsupported value: \(GoFloatText.general(number))")
    }
    let digits = FloatDigits(shortest: shortest)
    if number != 0, number.magnitude < 1e-6 || number.magnitude >= 1e21 {
      var text: [UInt8] = []
      digits.scientific(UInt8(ascii: "e"), into: &text)
      // No zero in front of a small exponent.
      if text.count >= 4, text[text.count - 2] == 0x30, text[text.count - 3] == 0x2D { text.remove(at: text.count - 2) }
      out.append(contentsOf: text)
    } else {
      digits.positional(into: &out)
    }
  }

  private mutating func write(_ text: [UInt8]) {
    out.append(0x22)
    TextOperations.forEach(text) { scalar, range in
      switch scalar {
      case 0x22, 0x5C: out += [0x5C, UInt8(scalar)]
      case 0x08: out += [0x5C, 0x62]
      case 0x0C: out += [0x5C, 0x66]
      case 0x0A: out += [0x5C, 0x6E]
      case 0x0D: out += [0x5C, 0x72]
      case 0x09: out += [0x5C, 0x74]
      case 0x2028, 0x2029, 0..<0x20: escape(scalar)
      case 0x3C, 0x3E, 0x26:
        if escapesHTML { escape(scalar) } else { out.append(UInt8(scalar)) }
      case 0xFFFD where range.count == 1: out += Array("\\ufffd".utf8)
      default: out += text[range]
      }
    }
    out.append(0x22)
  }

  private mutating func escape(_ scalar: UInt32) {
    out += [0x5C, 0x75]
    GoQuote.hex(scalar, width: 4, into: &out)
  }

  // MARK: Reading

  /// - Throws: Go's words for what is wrong with the text.
  static func decode(_ text: [UInt8], context: RenderContext) throws -> GoValue {
    try context.charge(text.count * 16)
    let json: JSON
    do throws(JSONParseError) { json = try JSON(parsing: text) } catch {
      throw TemplateFunctionError(complaint(text, error))
    }
    return context.value(json, numbers: .json)
  }

  private static func complaint(_ text: [UInt8], _ error: JSONParseError) -> String {
    if let found = JSONComplaint.find(text) { return found }
    return "\(error)"
  }
}

/// Finds what Go's scanner would complain about first.
struct JSONComplaint {
  private let text: [UInt8]
  private var position = 0

  static func find(_ text: [UInt8]) -> String? {
    var finder = JSONComplaint(text: text)
    do {
      try finder.value(depth: 0)
      finder.space()
      if finder.position < text.count { return finder.invalid("after top-level value").description }
      return nil
    } catch {
      return error.description
    }
  }

  private init(text: [UInt8]) { self.text = text }

  private mutating func space() {
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
  }

  private func invalid(_ place: String) -> TemplateFunctionError {
    guard position < text.count else { return TemplateFunctionError("unexpected end of JSON input") }
    var quoted: [UInt8] = []
    switch text[position] {
    case 0x27: quoted = Array(#"'\''"#.utf8)
    case 0x22: quoted = Array("'\"'".utf8)
    default: GoQuote.quote(scalar: UInt32(text[position]), into: &quoted)
    }
    return TemplateFunctionError("invalid character \(String(decoding: quoted, as: UTF8.self)) \(place)")
  }

  private mutating func value(depth: Int) throws(TemplateFunctionError) {
    if depth > 1_000 { throw TemplateFunctionError("exceeded max depth") }
    space()
    guard position < text.count else { throw invalid("") }
    switch text[position] {
    case UInt8(ascii: "{"): try members(depth: depth)
    case UInt8(ascii: "["):
      position += 1
      space()
      if position < text.count, text[position] == UInt8(ascii: "]") {
        position += 1
        return
      }
      while true {
        try value(depth: depth + 1)
        space()
        guard position < text.count, text[position] == UInt8(ascii: ",") || text[position] == UInt8(ascii: "]") else {
          throw invalid("after array element")
        }
        position += 1
        if text[position - 1] == UInt8(ascii: "]") { return }
      }
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    case UInt8(ascii: "-"), 0x30...0x39: try number()
    default: throw invalid("looking for beginning of value")
    }
  }

  private mutating func members(depth: Int) throws(TemplateFunctionError) {
    position += 1
    space()
    if position < text.count, text[position] == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      space()
      guard position < text.count, text[position] == 0x22 else {
        throw invalid("looking for beginning of object key string")
      }
      try string()
      space()
      guard position < text.count, text[position] == UInt8(ascii: ":") else { throw invalid("after object key") }
      position += 1
      try value(depth: depth + 1)
      space()
      guard position < text.count, text[position] == UInt8(ascii: ",") || text[position] == UInt8(ascii: "}") else {
        throw invalid("after object key:value pair")
      }
      position += 1
      if text[position - 1] == UInt8(ascii: "}") { return }
    }
  }

  private mutating func string() throws(TemplateFunctionError) {
    position += 1
    while position < text.count, text[position] != 0x22 {
      if text[position] < 0x20 { throw invalid("in string literal") }
      if text[position] == 0x5C {
        position += 1
        guard position < text.count, #"bfnrt\/"u"#.utf8.contains(text[position]) else {
          throw invalid("in string escape code")
        }
        if text[position] == UInt8(ascii: "u") {
          for _ in 0..<4 {
            position += 1
            guard position < text.count, text[position] &- 0x30 < 10 || (text[position] | 0x20) &- 0x61 < 6 else {
              throw invalid("in \\u hexadecimal character escape")
            }
          }
        }
      }
      position += 1
    }
    guard position < text.count else { throw invalid("") }
    position += 1
  }

  private mutating func word(_ word: String) throws(TemplateFunctionError) {
    let letters = Array(word.utf8)
    for (index, letter) in letters.enumerated() {
      guard position < text.count, text[position] == letter else {
        throw invalid("in literal \(word) (expecting '\(UnicodeScalar(letters[index]))')")
      }
      position += 1
    }
  }

  private mutating func number() throws(TemplateFunctionError) {
    func isDigit() -> Bool { position < text.count && text[position] &- 0x30 < 10 }
    if text[position] == 0x2D {
      position += 1
      if !isDigit() { throw invalid("in numeric literal") }
    }
    if text[position] == 0x30 { position += 1 } else { while isDigit() { position += 1 } }
    if position < text.count, text[position] == 0x2E {
      position += 1
      if !isDigit() { throw invalid("after decimal point in numeric literal") }
      while isDigit() { position += 1 }
    }
    if position < text.count, text[position] | 0x20 == 0x65 {
      position += 1
      if position < text.count, text[position] == 0x2B || text[position] == 0x2D { position += 1 }
      if !isDigit() { throw invalid("in exponent of numeric literal") }
      while isDigit() { position += 1 }
    }
  }
}
