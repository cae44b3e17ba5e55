internal import WGEGoFormat
public import WGECore

extension FunctionSet {
  /// What Helm's charts can call: Sprig without `env` and `expandenv`, and Helm's own functions.
  ///
  /// - Parameter lookup: answers `lookup` with an object or a list of a cluster. Default: nothing is found, as in
  ///   `helm template`.
  public static func helm(
    lookup:
      @escaping @Sendable (_ apiVersion: String, _ kind: String, _ namespace: String, _ name: String) throws ->
      JSON = { _, _, _, _ in .object([:]) }
  ) -> FunctionSet {
    var set = sprig()
    set.remove(["getHostByName"])
    set.add(HelmFunctions.all)
    set.add([
      TemplateFunction("lookup", .string, .string, .string, .string) { context, arguments in
        let names = (0..<4).map { Sprig.string(arguments[$0]) }
        return context.value(try lookup(names[0], names[1], names[2], names[3]), numbers: .json)
      }
    ])
    return set
  }
}

enum HelmFunctions {
  static let all: [TemplateFunction] = {
    var all: [TemplateFunction] = []
    all.append(
      TemplateFunction("include", parameters: [.string, .any], variadic: nil, special: .include) { _, _ in .none })
    all.append(
      TemplateFunction("tpl", parameters: [.string, .any], variadic: nil, special: .evaluate) { _, _ in .none })
    all.append(
      TemplateFunction("required", .string, .any) { _, arguments in
        let isMissing = arguments[1].isNilOrNone || (arguments[1].kind == .string && arguments[1].isEmpty)
        if isMissing { throw TemplateFunctionError(Sprig.string(arguments[0])) }
        return arguments[1]
      })
    for name in ["toYaml", "mustToYaml"] {
      all.append(
        TemplateFunction(name, .any) { context, arguments in
          let text = YAML.serialize(try arguments[0].json(context))
          return .string(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        })
    }
    all.append(
      TemplateFunction("toYamlPretty", .any) { context, arguments in
        let text = YAML.serialize(try arguments[0].json(context))
        return .string(text.hasSuffix("\n") ? String(text.dropLast()) : text)
      })
    all.append(
      TemplateFunction("fromYaml", .string) { context, arguments in
        decoded(context, try parse(context, arguments[0]), wants: .object([:]))
      })
    all.append(
      TemplateFunction("fromYamlArray", .string) { context, arguments in
        decoded(context, try parse(context, arguments[0]), wants: .array([]))
      })
    all.append(
      TemplateFunction("fromJson", .string) { context, arguments in
        let bytes = Sprig.bytes(arguments[0])
        try context.charge(bytes.count * decodedSize)
        return decoded(context, Result { try JSON(parsing: bytes) }, wants: .object([:]))
      })
    all.append(
      TemplateFunction("fromJsonArray", .string) { context, arguments in
        let bytes = Sprig.bytes(arguments[0])
        try context.charge(bytes.count * decodedSize)
        return decoded(context, Result { try JSON(parsing: bytes) }, wants: .array([]))
      })
    all.append(
      TemplateFunction("toToml", .any) { context, arguments in
        let text = try TOMLWriter.text(of: arguments[0], context)
        return .text(text)
      })
    return all
  }()

  /// Bytes of a value for a byte of the text that it is read from, about.
  private static let decodedSize = 16

  private static func parse(_ context: RenderContext, _ value: GoValue) throws -> Result<JSON, any Error> {
    let text = Sprig.string(value)
    try context.charge(text.utf8.count * decodedSize)
    return Result { try YAML.parseFirst(text) }
  }

  /// Helm puts an error into the result, under `Error` or as the only element.
  private static func decoded(
    _ context: RenderContext, _ result: Result<JSON, any Error>, wants: JSON
  ) -> GoValue {
    let message: String
    switch (result, wants) {
    case (.success(.object(let object)), .object): return context.value(.object(object), numbers: .json)
    case (.success(.array(let elements)), .array): return context.value(.array(elements), numbers: .json)
    case (.success(.null), _): return context.value(wants, numbers: .json)
    case (.success(let other), .object):
      message =
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \(other.typeName) into Go value of type map[string]interface {}"
    case (.success(let other), _):
      message =
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \(other.typeName) into Go value of type []interface {}"
    case (.failure(let error), _): message = "\(error)"
    }
    if case .object = wants { return context.value(["Error": .string(message)], numbers: .json) }
    return context.value([.string(message)], numbers: .json)
  }
}

extension GoValue {
  /// The value as JSON: what `toYaml` writes and a host reads.
  ///
  /// - Throws: ``TemplateFunctionError`` for functions, infinities, values that nest too deeply, and those that unfold to
  ///   more than 256 MB because they hold others many times.
  public func json() throws -> JSON {
    var rest = 256 << 20
    return try json(depth: 0) { bytes in
      rest -= bytes
      if rest < 0 { throw TemplateFunctionError("json: the value is too large") }
    }
  }

  /// The same within a render's limits: charged is what writing it as YAML comes to.
  func json(_ context: RenderContext) throws -> JSON { try json(depth: 0) { try context.charge($0) } }

  private func json(depth: Int, _ charge: (Int) throws -> Void) throws -> JSON {
    try charge(32 + 2 * depth)
    if depth > 500 { throw TemplateFunctionError("json: unsupported value: encountered a cycle") }
    switch self {
    case .none, .null: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .number(JSONNumber(value))
    case .integer(let value): return .number(value.isSigned ? JSONNumber(value.signed) : JSONNumber(value.bits))
    case .float(let value):
      guard let number = JSONNumber(value) else {
        throw TemplateFunctionError("json: unsupported value: \(GoFloatText.general(value))")
      }
      return .number(number)
    case .float32(let value):
      guard let number = JSONNumber(Double("\(value)") ?? 0) else {
        throw TemplateFunctionError("json: unsupported value")
      }
      return .number(number)
    case .string(let text):
      try charge(JSONSize.of(text, depth))
      return .string(text)
    case .bytes(let text):
      try charge(text.bytes.count * 3)
      return .string(String(decoding: text.bytes, as: UTF8.self))
    case .object(let object, _):
      let json = JSON.object(object)
      try JSONSize.count(json, depth, charge)
      return json
    case .array(let elements, _):
      let json = JSON.array(elements)
      try JSONSize.count(json, depth, charge)
      return json
    case .list(let list) where list.isNil: return .null
    case .list(let list) where list.element == .uint8: return .string(Base64.encode(list.bytes))
    case .list(let list): return .array(try list.elements.map { try $0.json(depth: depth + 1, charge) })
    case .map(let map) where map.isNil: return .null
    case .map(let map):
      return .object(
        JSONObject(
          try map.members.map { member in
            try charge(member.key.utf8.count)
            return (member.key, try member.value.json(depth: depth + 1, charge))
          }))
    case .host(let object):
      if let time = object as? GoTime {
        return .string(GoTimeLayout.format(time, "2006-01-02T15:04:05.999999999Z07:00"))
      }
      return .string(object.goString)
    case .complex, .function: throw TemplateFunctionError("json: unsupported type: \(typeName)")
    }
  }
}

/// What JSON comes to when it is written as YAML, roughly.
private enum JSONSize {
  /// A long text may be written as lines, each with the indentation of its place.
  static func of(_ text: String, _ depth: Int) -> Int {
    let count = text.utf8.count
    return count < 256 ? count : count + text.utf8.reduce(0) { $1 == 0x0A ? $0 + 1 : $0 } * 2 * depth
  }

  static func count(_ json: JSON, _ depth: Int, _ charge: (Int) throws -> Void) throws {
    if depth > 1_000 { throw TemplateFunctionError("json: unsupported value: encountered a cycle") }
    try charge(32 + 2 * depth)
    switch json {
    case .string(let text): try charge(of(text, depth))
    case .array(let elements): for element in elements { try count(element, depth + 1, charge) }
    case .object(let object):
      for member in object {
        try charge(member.key.utf8.count)
        try count(member.value, depth + 1, charge)
      }
    default: break
    }
  }
}
