internal import BigInt
internal import WGERegex

/// JSON Schema, drafts 4 to 7: what `json.match_schema` needs.
struct SchemaChecker {
  struct Failure {
    var type: String
    var field: String
    var description: String
  }

  private let context: BuiltinContext
  private let root: RegoValue
  private(set) var failures: [Failure] = []

  init(_ context: BuiltinContext, root: RegoValue) {
    self.context = context
    self.root = root
  }

  static let types = ["array", "boolean", "integer", "number", "null", "object", "string"]

  /// What is wrong with a schema, or nil.
  static func fault(_ schema: RegoValue, depth: Int = 0) -> String? {
    if case .bool = schema { return nil }
    guard case .object(let object) = schema else { return "schema is invalid" }
    if depth > 200 { return "schema is nested too deeply" }
    if let type = object["type"] {
      let names: [RegoValue]
      if case .array(let array) = type { names = array.values } else { names = [type] }
      for name in names {
        guard case .string(let text) = name, types.contains(text) else {
          return
            "has a primitive type that is NOT VALID -- given: /\(name.plainText)/ Expected valid values are:[\(types.joined(separator: " "))]"
        }
      }
    }
    for key in ["properties", "patternProperties", "definitions", "$defs"] {
      guard let value = object[key] else { continue }
      guard case .object(let members) = value else { return "\(key) must be of type object" }
      for (_, inner) in members.pairs { if let fault = fault(inner, depth: depth + 1) { return fault } }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
      guard let value = object[key] else { continue }
      guard case .array(let members) = value, !members.isEmpty else { return "\(key) must be of type array" }
      for inner in members { if let fault = fault(inner, depth: depth + 1) { return fault } }
    }
    if let not = object["not"], let fault = fault(not, depth: depth + 1) { return fault }
    if let items = object["items"], case .object = items, let fault = fault(items, depth: depth + 1) { return fault }
    if let required = object["required"] {
      guard case .array = required else { return "required must be of type array" }
    }
    return nil
  }

  private mutating func fail(_ type: String, _ path: [String], _ description: String) {
    failures.append(
      Failure(type: type, field: path.isEmpty ? "(root)" : path.joined(separator: "."), description: description))
  }

  static func typeName(_ value: RegoValue) -> String {
    if case .number(let number) = value { return number.isInteger ? "integer" : "number" }
    if case .set = value { return "array" }
    return value.typeName
  }

  mutating func check(_ value: RegoValue, _ schema: RegoValue, _ path: [String], depth: Int = 0) throws(BuiltinFailure)
  {
    try context.work()
    if depth > 200 { throw .halt(.limit(.recursion)) }
    if case .bool(let allowed) = schema {
      if !allowed { fail("false", path, "False always fails validation") }
      return
    }
    guard case .object(let object) = schema else { return }
    if case .string(let reference)? = object["$ref"] {
      guard let target = resolve(reference) else { throw .failed("Object has no key '\(reference)'") }
      return try check(value, target, path, depth: depth + 1)
    }
    if let type = object["type"] {
      let names: [String]
      if case .array(let array) = type { names = array.map(\.plainText) } else { names = [type.plainText] }
      let own = Self.typeName(value)
      if !names.contains(own), !(own == "integer" && names.contains("number")) {
        fail("invalid_type", path, "Invalid type. Expected: \(names.joined(separator: "/")), given: \(own)")
        return
      }
    }
    if case .array(let options)? = object["enum"], !options.contains(where: { ValueOrder.equal($0, value) }) {
      fail(
        "enum", path,
        "\(path.last ?? "(root)") must be one of the following: \(options.map { Encodings.json($0) }.joined(separator: ", "))"
      )
    }
    if let constant = object["const"], !ValueOrder.equal(constant, value) {
      fail("const", path, "\(path.last ?? "(root)") does not match: \(Encodings.json(constant))")
    }
    try combinations(value, object, path, depth)
    switch value {
    case .object(let members): try checkObject(members, object, path, depth)
    case .array(let array): try checkArray(array.values, object, path, depth)
    case .set(let set): try checkArray(set.elements, object, path, depth)
    case .string(let text): try checkString(text, object, path)
    case .number(let number): checkNumber(number, object, path)
    default: break
    }
  }

  private func resolve(_ reference: String) -> RegoValue? {
    guard reference.hasPrefix("#") else { return nil }
    var value = root
    for part in reference.dropFirst().split(separator: "/") {
      let key = String(part.replacing("~1", with: "/").replacing("~0", with: "~"))
      guard let next = value.member(key) ?? Int(key).flatMap({ value.member(.int($0)) }) else { return nil }
      value = next
    }
    return value
  }

  private func passes(_ value: RegoValue, _ schema: RegoValue, _ path: [String], _ depth: Int) throws(BuiltinFailure)
    -> Bool
  {
    var inner = SchemaChecker(context, root: root)
    try inner.check(value, schema, path, depth: depth + 1)
    return inner.failures.isEmpty
  }

  private mutating func combinations(_ value: RegoValue, _ object: RegoObject, _ path: [String], _ depth: Int)
    throws(BuiltinFailure)
  {
    if case .array(let all)? = object["allOf"] {
      let before = failures.count
      for schema in all { try check(value, schema, path, depth: depth + 1) }
      if failures.count > before { fail("number_all_of", path, "Must validate all the schemas (allOf)") }
    }
    if case .array(let any)? = object["anyOf"] {
      var ok = false
      for schema in any where try passes(value, schema, path, depth) { ok = true }
      if !ok { fail("number_any_of", path, "Must validate at least one schema (anyOf)") }
    }
    if case .array(let one)? = object["oneOf"] {
      var count = 0
      for schema in one where try passes(value, schema, path, depth) { count += 1 }
      if count != 1 { fail("number_one_of", path, "Must validate one and only one schema (oneOf)") }
    }
    if let not = object["not"], try passes(value, not, path, depth) {
      fail("number_not", path, "Must not validate the schema (not)")
    }
    if let condition = object["if"] {
      let branch = try passes(value, condition, path, depth) ? "then" : "else"
      if let schema = object[branch] { try check(value, schema, path, depth: depth + 1) }
    }
  }

  private mutating func checkObject(_ members: RegoObject, _ object: RegoObject, _ path: [String], _ depth: Int)
    throws(BuiltinFailure)
  {
    if case .array(let required)? = object["required"] {
      for case .string(let name) in required where members[name] == nil {
        fail("required", path, "\(name) is required")
      }
    }
    if case .number(let limit)? = object["minProperties"], RegoNumber.compare(.int(Int64(members.count)), limit) < 0 {
      fail("array_min_properties", path, "Must have at least \(limit.text) properties")
    }
    if case .number(let limit)? = object["maxProperties"], RegoNumber.compare(.int(Int64(members.count)), limit) > 0 {
      fail("array_max_properties", path, "Must have at most \(limit.text) properties")
    }
    var patterns: [(LinearRegex, RegoValue)] = []
    if case .object(let byPattern)? = object["patternProperties"] {
      for (key, schema) in byPattern.pairs { patterns.append((try Patterns.compiled(context, key.plainText), schema)) }
    }
    for (key, value) in members.pairs {
      let name = key.plainText
      var known = false
      if case .object(let properties)? = object["properties"], let schema = properties[name] {
        known = true
        try check(value, schema, path + [name], depth: depth + 1)
      }
      for (regex, schema) in patterns where try Patterns.isMatch(context, regex, name) {
        known = true
        try check(value, schema, path + [name], depth: depth + 1)
      }
      if known { continue }
      switch object["additionalProperties"] {
      case .bool(false): fail("additional_property_not_allowed", path, "Additional property \(name) is not allowed")
      case .object(let schema): try check(value, .object(schema), path + [name], depth: depth + 1)
      default: break
      }
    }
  }

  private mutating func checkArray(_ values: [RegoValue], _ object: RegoObject, _ path: [String], _ depth: Int)
    throws(BuiltinFailure)
  {
    if case .number(let limit)? = object["minItems"], RegoNumber.compare(.int(Int64(values.count)), limit) < 0 {
      fail("array_min_items", path, "Array must have at least \(limit.text) items")
    }
    if case .number(let limit)? = object["maxItems"], RegoNumber.compare(.int(Int64(values.count)), limit) > 0 {
      fail("array_max_items", path, "Array must have at most \(limit.text) items")
    }
    if case .bool(true)? = object["uniqueItems"], RegoSet(values).count != values.count {
      fail("unique", path, "array items must be unique")
    }
    switch object["items"] {
    case .array(let schemas):
      for (index, value) in values.enumerated() {
        if index < schemas.count {
          try check(value, schemas[index], path + ["\(index)"], depth: depth + 1)
        } else if case .bool(false)? = object["additionalItems"] {
          fail("array_no_additional_items", path, "No additional items allowed on array")
          break
        } else if let schema = object["additionalItems"] {
          try check(value, schema, path + ["\(index)"], depth: depth + 1)
        }
      }
    case let schema?:
      for (index, value) in values.enumerated() { try check(value, schema, path + ["\(index)"], depth: depth + 1) }
    case nil: break
    }
    if let contains = object["contains"] {
      var found = false
      for value in values where try passes(value, contains, path, depth) { found = true }
      if !found { fail("contains", path, "At least one of the items must match") }
    }
  }

  private mutating func checkString(_ text: String, _ object: RegoObject, _ path: [String]) throws(BuiltinFailure) {
    let count = Int64(text.unicodeScalars.count)
    if case .number(let limit)? = object["minLength"], RegoNumber.compare(.int(count), limit) < 0 {
      fail("string_gte", path, "String length must be greater than or equal to \(limit.text)")
    }
    if case .number(let limit)? = object["maxLength"], RegoNumber.compare(.int(count), limit) > 0 {
      fail("string_lte", path, "String length must be less than or equal to \(limit.text)")
    }
    if case .string(let pattern)? = object["pattern"],
      try !Patterns.isMatch(context, Patterns.compiled(context, pattern), text)
    {
      fail("pattern", path, "Does not match pattern '\(pattern)'")
    }
  }

  private mutating func checkNumber(_ number: RegoNumber, _ object: RegoObject, _ path: [String]) {
    if case .number(let limit)? = object["minimum"] {
      let order = RegoNumber.compare(number, limit)
      if case .bool(true)? = object["exclusiveMinimum"] {
        if order <= 0 { fail("number_gt", path, "Must be greater than \(limit.text)") }
      } else if order < 0 {
        fail("number_gte", path, "Must be greater than or equal to \(limit.text)")
      }
    }
    if case .number(let limit)? = object["maximum"] {
      let order = RegoNumber.compare(number, limit)
      if case .bool(true)? = object["exclusiveMaximum"] {
        if order >= 0 { fail("number_lt", path, "Must be less than \(limit.text)") }
      } else if order > 0 {
        fail("number_lte", path, "Must be less than or equal to \(limit.text)")
      }
    }
    if case .number(let limit)? = object["exclusiveMinimum"], RegoNumber.compare(number, limit) <= 0 {
      fail("number_gt", path, "Must be greater than \(limit.text)")
    }
    if case .number(let limit)? = object["exclusiveMaximum"], RegoNumber.compare(number, limit) >= 0 {
      fail("number_lt", path, "Must be less than \(limit.text)")
    }
    if case .number(let step)? = object["multipleOf"], let a = number.exactInteger, let b = step.exactInteger, b != 0,
      a % b != 0
    {
      fail("multiple_of", path, "Must be a multiple of \(step.text)")
    }
  }
}

private func schema(_ operands: Operands, _ index: Int) throws(BuiltinFailure) -> RegoValue {
  switch operands[index] {
  case .string(let text):
    do throws(BuiltinFailure) { return try Encodings.parseJSON(text) } catch { throw .failed("invalid JSON string") }
  case .object: return operands[index]
  default: throw .failed("wrong type, expected string or object")
  }
}

let schemaBuiltins: [Builtin] = [
  Builtin("json.verify_schema", 1, tier: 3) { _, o in
    let value: RegoValue
    do throws(BuiltinFailure) {
      value = try schema(o, 0)
    } catch {
      return .list([false, .string("jsonschema: \(SchemaText.message(error))")])
    }
    if let fault = SchemaChecker.fault(value) { return .list([false, .string("jsonschema: \(fault)")]) }
    return .list([true, .null])
  },
  Builtin("json.match_schema", 2, tier: 3) { context, o throws(BuiltinFailure) in
    let document = try schema(o, 0)
    let rules = try schema(o, 1)
    if let fault = SchemaChecker.fault(rules) { throw .failed(fault) }
    var checker = SchemaChecker(context, root: rules)
    try checker.check(document, rules, [])
    let failures: [RegoValue] = checker.failures.map {
      [
        "error": .string("\($0.field): \($0.description)"), "type": .string($0.type), "field": .string($0.field),
        "desc": .string($0.description),
      ]
    }
    return .list([.bool(failures.isEmpty), .list(failures)])
  },
]

private enum SchemaText {
  static func message(_ failure: BuiltinFailure) -> String {
    switch failure {
    case .type(let text), .failed(let text): text
    case .halt(let error): error.description
    }
  }
}
