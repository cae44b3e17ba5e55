internal import WGECore
internal import WGEGoFormat

// Formats values as Go's fmt package does.
//
// `print` and `%v` share one walk over the value; ``FormatWriter`` lays out what the walk comes to. The buffer is
// bounded by ``limit``: past it nothing more is written and ``overflowed`` is set.

struct GoFormatter {
  private var writer = FormatWriter()
  /// What verb 0 stands for: a character past ASCII, which is no verb for anything.
  private var wideVerb: UInt32 = 0
  let limit: Int
  private(set) var overflowed = false
  /// Values may hold themselves; Go would run out of memory.
  private static let deepest = 1_000

  var out: [UInt8] { writer.out }

  init(limit: Int = Int.max, flags: FormatFlags = FormatFlags()) {
    self.limit = limit
    writer.flags = flags
  }

  /// The text of a value as `%v` prints it.
  static func text(_ value: GoValue, limit: Int = Int.max) -> String {
    switch value {
    case .string(let text): return text
    case .int(let number): return String(number)
    default: return String(decoding: bytes(value, limit: limit), as: UTF8.self)
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
      if index > 0, values[index].kind != .string, values[index - 1].kind != .string {
        formatter.writer.out.append(0x20)
      }
      formatter.print(values[index], UInt8(ascii: "v"))
    }
    return formatter.out
  }

  /// Go's fmt.Sprintln.
  static func sprintln(_ values: TemplateArguments, limit: Int = Int.max) -> [UInt8] {
    var formatter = GoFormatter(limit: limit)
    for index in 0..<values.count {
      if index > 0 { formatter.writer.out.append(0x20) }
      formatter.print(values[index], UInt8(ascii: "v"))
    }
    formatter.writer.out.append(0x0A)
    return formatter.out
  }

  /// Go's fmt.Sprintf: `operands[0]` is not the format but the first operand.
  mutating func printf(_ format: [UInt8], _ operands: TemplateArguments) {
    format.withUnsafeBufferPointer { format in
      var reader = FormatReader(format, count: operands.count)
      while let (operand, verb) = reader.next(&writer, integer: { operands[$0].intValue }) {
        let value = operands[operand]
        if verb >= 0x80 { wideVerb = verb }
        print(value, UInt8(truncatingIfNeeded: verb < 0x80 ? verb : 0))
        if writer.out.count > limit { overflowed = true }
        if overflowed { return }
      }
      if let extra = reader.extra { writeExtra(extra, operands) }
    }
  }

  private mutating func writeExtra(_ extra: Range<Int>, _ operands: TemplateArguments) {
    writer.flags = FormatFlags()
    writer.put("%!(EXTRA ")
    for index in extra {
      if index > extra.lowerBound { writer.put(", ") }
      let value = operands[index]
      if overflowed { return }
      if value.isNilOrNone {
        writer.put("<nil>")
      } else {
        writer.put("\(value.typeName)=")
        print(value, UInt8(ascii: "v"))
      }
    }
    writer.put(")")
  }

  // MARK: Values

  /// An operand at top level.
  mutating func print(_ value: GoValue, _ verb: UInt8) {
    if value.isNilOrNone {
      switch verb {
      case UInt8(ascii: "T"), UInt8(ascii: "v"): writer.padString(Array("<nil>".utf8))
      default: writer.badVerbOfNil(spelled(verb))
      }
      return
    }
    switch verb {
    case UInt8(ascii: "T"): _ = writer.write(string: value.typeName, UInt8(ascii: "s"))
    // `%w` is for errors, which no value is.
    case UInt8(ascii: "p"), UInt8(ascii: "w"): badVerb(UInt32(verb), value)
    default: printValue(value, verb, depth: 0)
    }
  }

  private mutating func badVerb(_ verb: UInt32, _ value: GoValue) {
    if value.isNilOrNone { return writer.badVerbOfNil(verb) }
    writer.beginBadVerb(verb, type: value.typeName)
    printValue(value, UInt8(ascii: "v"), depth: 0)
    writer.put(")")
  }

  private mutating func printValue(_ value: GoValue, _ verb: UInt8, depth: Int) {
    if writer.out.count > limit || depth >= Self.deepest { overflowed = true }
    if overflowed { return }
    let isGood: Bool
    switch value {
    case .none, .null: return writer.put("<nil>")
    case .bool(let flag): isGood = writer.write(flag, verb)
    case .int(let number): isGood = writer.write(integer: UInt64(bitPattern: Int64(number)), isSigned: true, verb)
    case .integer(let number): isGood = writer.write(integer: number.bits, isSigned: number.isSigned, verb)
    case .float(let number): isGood = writer.write(float: number, verb)
    case .float32(let number): isGood = writer.write(float: Double(number), verb, single: number)
    case .complex(let real, let imaginary): isGood = writer.write(complex: real, imaginary, verb)
    case .string(let text): isGood = writer.write(string: text, verb)
    case .bytes(let text): isGood = writer.write(string: text.bytes, verb)
    case .host(let object):
      // Go's Stringer and error interfaces print through strings only.
      let isText = "vsxXq".utf8.contains(verb)
      isGood =
        isText && writer.write(string: object.goString, verb == UInt8(ascii: "v") ? UInt8(ascii: "s") : verb)
    case .function: return writer.put("0x1")
    case .array, .list: return printList(value, verb, depth: depth)
    case .object, .map: return printMap(value, verb, depth: depth)
    }
    if !isGood { badVerb(spelled(verb), value) }
  }

  private func spelled(_ verb: UInt8) -> UInt32 { verb == 0 ? wideVerb : UInt32(verb) }

  private mutating func printList(_ value: GoValue, _ verb: UInt8, depth: Int) {
    if case .list(let list) = value, list.element == .uint8, "sqxX".utf8.contains(verb) {
      _ = writer.write(string: list.bytes, verb)
      return
    }
    let sharp = writer.flags.sharpV
    if sharp {
      writer.put(value.typeName)
      if value.isNil { return writer.put("(nil)") }
    }
    writer.put(sharp ? "{" : "[")
    for index in 0..<(value.listCount ?? 0) {
      if index > 0 { writer.put(sharp ? ", " : " ") }
      printElement(value.element(at: index), verb, depth: depth + 1)
      if overflowed { break }
    }
    writer.put(sharp ? "}" : "]")
  }

  private mutating func printElement(_ value: GoValue, _ verb: UInt8, depth: Int) {
    if value.isNilOrNone, writer.flags.sharpV {
      writer.put("interface {}(nil)")
    } else {
      printValue(value, verb, depth: depth)
    }
  }

  private mutating func printMap(_ value: GoValue, _ verb: UInt8, depth: Int) {
    let sharp = writer.flags.sharpV
    if sharp {
      writer.put(value.typeName)
      if value.isNil { return writer.put("(nil)") }
    }
    writer.put(sharp ? "{" : "map[")
    var hasIntegerKeys = false
    if case .map(let map) = value { hasIntegerKeys = map.hasIntegerKeys }
    var isFirst = true
    for member in value.mapMembers ?? [] {
      if !isFirst { writer.put(sharp ? ", " : " ") }
      isFirst = false
      let key: GoValue = hasIntegerKeys ? .int(Int(member.key) ?? 0) : .string(member.key)
      printValue(key, verb, depth: depth + 1)
      writer.put(":")
      printElement(member.value, verb, depth: depth + 1)
      if overflowed { break }
    }
    writer.put(sharp ? "}" : "]")
  }
}
