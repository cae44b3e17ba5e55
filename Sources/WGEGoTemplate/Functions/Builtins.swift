internal import WGEGoFormat
internal import WGERegex

/// Go's predefined functions.
enum Builtins {
  static let functions = FunctionSet([
    TemplateFunction("and", parameters: [.value], variadic: .value, special: .and) { _, _ in .none },
    TemplateFunction("or", parameters: [.value], variadic: .value, special: .or) { _, _ in .none },
    TemplateFunction("call", parameters: [.value], variadic: .value, special: .call) { try call($0, $1) },
    TemplateFunction("not", .value) { .bool(!$1[0].truth) },
    TemplateFunction("len", .value) { .int(try length($1[0])) },
    TemplateFunction("index", .value, variadic: .value) { try index($1[0], $1.dropFirst(1)) },
    TemplateFunction("slice", parameters: [.value], variadic: .value, special: .slice) {
      try slice($1[0], $1.dropFirst(1))
    },
    TemplateFunction("print", variadic: .any) { context, arguments in
      .text(try formatted(context) { GoFormatter.sprint(arguments, limit: $0) })
    },
    TemplateFunction("println", variadic: .any) { context, arguments in
      .text(try formatted(context) { GoFormatter.sprintln(arguments, limit: $0) })
    },
    TemplateFunction("printf", .string, variadic: .any) { context, arguments in
      .text(
        try formatted(context) { limit in
          var formatter = GoFormatter(limit: limit)
          formatter.printf(arguments[0].stringBytes ?? [], arguments.dropFirst(1))
          return formatter.out
        })
    },
    TemplateFunction("html", variadic: .any) { .text(escapeHTML(try joined($0, $1))) },
    TemplateFunction("js", variadic: .any) { .text(escapeJavaScript(try joined($0, $1))) },
    TemplateFunction("urlquery", variadic: .any) { .text(escapeQuery(try joined($0, $1))) },
    TemplateFunction("eq", .value, variadic: .value) { .bool(try Comparison.isEqual($1[0], $1.dropFirst(1))) },
    TemplateFunction("ne", .value, .value) { .bool(!(try Comparison.isEqual($1[0], $1.dropFirst(1)))) },
    TemplateFunction("lt", .value, .value) { .bool(try Comparison.isLess($1[0], $1[1])) },
    TemplateFunction("le", .value, .value) { .bool(try Comparison.isLessOrEqual($1)) },
    TemplateFunction("gt", .value, .value) { .bool(!(try Comparison.isLessOrEqual($1))) },
    TemplateFunction("ge", .value, .value) { .bool(!(try Comparison.isLess($1[0], $1[1]))) },
  ])

  private static func formatted(_ context: RenderContext, _ body: (Int) -> [UInt8]) throws -> [UInt8] {
    let bytes = body(context.remaining)
    try context.charge(bytes.count)
    return bytes
  }

  /// What the escapers work on: a string as it is, anything else as `print` writes it.
  private static func joined(_ context: RenderContext, _ arguments: TemplateArguments) throws -> [UInt8] {
    if arguments.count == 1, let bytes = arguments[0].stringBytes {
      try context.charge(bytes.count * 3)
      return bytes
    }
    var values = arguments.array
    for index in values.indices where values[index].isNilOrNone { values[index] = .string("<no value>") }
    return try formatted(context) { limit in TemplateArguments.with(values) { GoFormatter.sprint($0, limit: limit) } }
  }

  // MARK: Collections

  private static func length(_ value: GoValue) throws -> Int {
    switch value {
    case .none: throw TemplateFunctionError("reflect: call of reflect.Value.Type on zero Value")
    case .null: throw TemplateFunctionError("len of nil pointer")
    case .string(let text): return text.utf8.count
    case .bytes(let text): return text.bytes.count
    case .object(let object, _): return object.count
    case .map(let map): return map.count
    default:
      if let count = value.listCount { return count }
      throw TemplateFunctionError("len of type \(pointee(value))")
    }
  }

  /// The type of a value, or of what it points to.
  private static func pointee(_ value: GoValue) -> String {
    let name = value.typeName
    return name.hasPrefix("*") ? String(name.dropFirst()) : name
  }

  private static func position(_ value: GoValue, limit: Int) throws -> Int {
    guard !value.isNilOrNone else { throw TemplateFunctionError("cannot index slice/array with nil") }
    let number: Int
    switch value {
    case .int(let integer): number = integer
    case .integer(let integer): number = Int(truncatingIfNeeded: integer.signed)
    default: throw TemplateFunctionError("cannot index slice/array with type \(value.typeName)")
    }
    if number < 0 || number > limit { throw TemplateFunctionError("index out of range: \(number)") }
    return number
  }

  private static func index(_ item: GoValue, _ indices: TemplateArguments) throws -> GoValue {
    if item.isNilOrNone { throw TemplateFunctionError("index of untyped nil") }
    var item = item
    for place in 0..<indices.count {
      let index = indices[place]
      switch item {
      case .none, .null: throw TemplateFunctionError("index of nil pointer")
      case .string, .bytes:
        let bytes = item.stringBytes ?? []
        let number = try position(index, limit: bytes.count)
        if number == bytes.count { throw TemplateFunctionError("reflect: string index out of range") }
        item = .integer(GoInteger(bits: UInt64(bytes[number]), kind: .uint8))
      case .array, .list:
        let count = item.listCount ?? 0
        let number = try position(index, limit: count)
        if number == count { throw TemplateFunctionError("reflect: slice index out of range") }
        item = item.element(at: number)
      case .map(let map) where map.hasIntegerKeys:
        guard let number = index.intValue else {
          throw TemplateFunctionError(
            index.isNilOrNone
              ? "value is nil; should be of type int" : "value has type \(index.typeName); should be int")
        }
        item = map["\(number)"] ?? map.element.zero
      case .map, .object:
        guard let key = index.stringValue else {
          throw TemplateFunctionError(
            index.isNilOrNone
              ? "value is nil; should be of type string" : "value has type \(index.typeName); should be string")
        }
        let zero: GoValue = if case .map(let map) = item { map.element.zero } else { .null }
        item = item.member(key) ?? zero
      default: throw TemplateFunctionError("can't index item of type \(pointee(item))")
      }
    }
    return item
  }

  private static func slice(_ item: GoValue, _ indices: TemplateArguments) throws -> GoValue {
    if item.isNilOrNone { throw TemplateFunctionError("slice of untyped nil") }
    if indices.count > 3 { throw TemplateFunctionError("too many slice indexes: \(indices.count)") }
    let bytes = item.stringBytes
    if bytes != nil, indices.count == 3 { throw TemplateFunctionError("cannot 3-index slice a string") }
    guard let count = bytes?.count ?? item.listCount else {
      throw TemplateFunctionError("can't slice item of type \(item.typeName)")
    }
    var bounds = [0, count, count]
    for index in 0..<indices.count { bounds[index] = try position(indices[index], limit: count) }
    if bounds[0] > bounds[1] { throw TemplateFunctionError("invalid slice index: \(bounds[0]) > \(bounds[1])") }
    if bounds[1] > bounds[2] { throw TemplateFunctionError("invalid slice index: \(bounds[1]) > \(bounds[2])") }
    if let bytes { return .text(bytes[bounds[0]..<bounds[1]]) }
    switch item {
    case .array(let elements, let mode): return .array(Array(elements[bounds[0]..<bounds[1]]), mode)
    case .list(let list): return .list(GoList(Array(list.elements[bounds[0]..<bounds[1]]), of: list.element))
    default: return item
    }
  }

  private static func call(_ context: RenderContext, _ arguments: TemplateArguments) throws -> GoValue {
    let callee = arguments[1]
    if callee.isNilOrNone { throw TemplateFunctionError("call of nil") }
    guard case .function(let function) = callee else {
      throw TemplateFunctionError("non-function \(arguments[0].stringValue ?? "") of type \(callee.typeName)")
    }
    let rest = arguments.dropFirst(2)
    if let message = function.countError(rest.count, written: rest.count) { throw TemplateFunctionError(message) }
    return try function.body(context, rest)
  }

  // MARK: Escaping

  static func escapeHTML(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    for byte in bytes {
      switch byte {
      case 0: out.append(contentsOf: "\u{FFFD}".utf8)
      case UInt8(ascii: "\""): out.append(contentsOf: "&#34;".utf8)
      case UInt8(ascii: "'"): out.append(contentsOf: "&#39;".utf8)
      case UInt8(ascii: "&"): out.append(contentsOf: "&amp;".utf8)
      case UInt8(ascii: "<"): out.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): out.append(contentsOf: "&gt;".utf8)
      default: out.append(byte)
      }
    }
    return out
  }

  private static func escapeJavaScript(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    bytes.withUnsafeBufferPointer { bytes in
      var position = 0
      while position < bytes.count {
        let (scalar, length) = UTF8Scalar.decode(bytes, position)
        switch scalar {
        case 0x5C, 0x27, 0x22: out += [0x5C, UInt8(scalar)]
        case 0x3C, 0x3E, 0x26, 0x3D, 0..<0x20:
          out += Array("\\u".utf8)
          GoQuote.hex(scalar, width: 4, uppercase: true, into: &out)
        case 0x20..<0x80: out.append(UInt8(scalar))
        case _ where UnicodeProperty.isPrintable(scalar):
          out.append(contentsOf: bytes[position..<position + length])
        default:
          out += Array("\\u".utf8)
          GoQuote.hex(scalar, width: 4, uppercase: true, into: &out)
        }
        position += length
      }
    }
    return out
  }

  static func escapeQuery(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    for byte in bytes {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"):
        out.append(byte)
      case 0x20: out.append(UInt8(ascii: "+"))
      default:
        out.append(UInt8(ascii: "%"))
        GoQuote.hex(UInt32(byte), width: 2, uppercase: true, into: &out)
      }
    }
    return out
  }
}
