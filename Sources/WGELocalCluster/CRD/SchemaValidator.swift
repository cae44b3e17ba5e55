internal import WGECore

/// Holds a value against a structural schema, with kube-openapi's sentences.
struct SchemaValidator {
  private(set) var errors: [FieldError] = []
  /// How many checks applied to the value and its parts, passed or not, as kube-openapi counts them.
  private var matches = 0

  /// The complaints about an object. Upstream's order is that of a Go map; here wrong values come
  /// before unsupported ones, each in the order of their fields, and items that occur twice come last.
  ///
  /// - Parameter old: what an update replaces; nil for what is new. Faults of a part that an update
  ///   leaves as it was are no reason to refuse the update.
  static func validate(_ json: JSON, old: JSON? = nil, _ schema: StructuralSchema) -> [FieldError] {
    var validator = SchemaValidator()
    validator.check(json, old: old, schema, path: "", isRoot: true)
    let late = ["FieldValueNotSupported", "FieldValueDuplicate"]
    return validator.errors.filter { !late.contains($0.reason) }
      + late.flatMap { reason in validator.errors.filter { $0.reason == reason } }
  }

  private mutating func check(
    _ value: JSON, old: JSON? = nil, _ schema: StructuralSchema, path: String, isRoot: Bool = false
  ) {
    if let old, old == value { return }
    // Two for junctors, one each for an enumeration and for the whole.
    matches += 4
    if !schema.type.isEmpty || schema.isIntOrString || !schema.checks.format.isEmpty { matches += 2 }
    if value.isNull {
      if schema.nullable || (schema.type.isEmpty && !schema.isIntOrString) { return }
      errors.append(wrongType(value, path, schema.isIntOrString ? "integer,string" : schema.type))
      return
    }
    guard checkType(value, schema, path) else { return }
    let checks = schema.checks
    // In upstream's order: what combines schemas, then what is said of the value itself.
    junctors(value, checks, path)
    switch value {
    case .number(let number):
      matches += 2
      check(number, value, checks, path)
    case .string(let text):
      matches += checks.format.isEmpty ? 1 : 2
      check(text, checks, path)
    case .array(let items):
      matches += 2
      check(items, old: old, schema, path)
    default: break
    }
    if let allowed = checks.enumeration, !allowed.contains(where: { Self.equal($0, value) }) {
      errors.append(.notSupported(path, value, allowed.map { $0.stringValue ?? $0.description }))
    }
    if case .object(let object) = value {
      matches += 1
      check(object, old: old, schema, path, isRoot: isRoot)
    }
  }

  // MARK: Types

  private mutating func checkType(_ value: JSON, _ schema: StructuralSchema, _ path: String) -> Bool {
    let fits: Bool
    let wanted: String
    if schema.isIntOrString {
      wanted = "integer,string"
      if case .string = value { fits = true } else { fits = Self.isInteger(value) }
    } else {
      wanted = schema.type
      switch schema.type {
      case "": fits = true
      case "object": if case .object = value { fits = true } else { fits = false }
      case "array": if case .array = value { fits = true } else { fits = false }
      case "string": if case .string = value { fits = true } else { fits = false }
      case "boolean": if case .bool = value { fits = true } else { fits = false }
      case "integer": fits = Self.isInteger(value)
      case "number": if case .number = value { fits = true } else { fits = false }
      default: fits = false
      }
    }
    if !fits { errors.append(wrongType(value, path, wanted)) }
    return fits
  }

  private static func isInteger(_ value: JSON) -> Bool {
    guard case .number(let number) = value else { return false }
    return number.int64 != nil
  }

  private func wrongType(_ value: JSON, _ path: String, _ wanted: String) -> FieldError {
    let found: String =
      switch value {
      case .null: "null"
      case .bool: "boolean"
      case .number: Self.isInteger(value) ? "integer" : "number"
      case .string: "string"
      case .array: "array"
      case .object: "object"
      }
    return .typeInvalid(
      Self.show(path), .string(found), "\(Self.inBody(path)) must be of type \(wanted): \"\(found)\"")
  }

  private static func show(_ path: String) -> String { path.isEmpty ? "<nil>" : path }
  private static func inBody(_ path: String) -> String { path.isEmpty ? "in body" : "\(path) in body" }

  static func equal(_ a: JSON, _ b: JSON) -> Bool {
    if a == b { return true }
    if let x = a.doubleValue, let y = b.doubleValue { return x == y }
    return false
  }

  // MARK: Scalars

  private mutating func check(_ number: JSONNumber, _ value: JSON, _ checks: ValueChecks, _ path: String) {
    if let maximum = checks.maximum {
      if checks.exclusiveMaximum ? number.double >= maximum.double : number.double > maximum.double {
        let relation = checks.exclusiveMaximum ? "less than" : "less than or equal to"
        errors.append(.invalid(path, value, "\(Self.inBody(path)) should be \(relation) \(JSON.number(maximum))"))
      }
    }
    if let minimum = checks.minimum {
      if checks.exclusiveMinimum ? number.double <= minimum.double : number.double < minimum.double {
        let relation = checks.exclusiveMinimum ? "greater than" : "greater than or equal to"
        errors.append(.invalid(path, value, "\(Self.inBody(path)) should be \(relation) \(JSON.number(minimum))"))
      }
    }
    if let factor = checks.multipleOf, factor > 0 {
      let quotient = number.double / factor
      if quotient != quotient.rounded() {
        let text = Int64(exactly: factor).map(String.init) ?? "\(factor)"
        errors.append(.invalid(path, value, "\(Self.inBody(path)) should be a multiple of \(text)"))
      }
    }
    switch checks.format {
    case "int32" where number.int64.flatMap({ Int32(exactly: $0) }) == nil:
      errors.append(.invalid(path, value, "\(Self.inBody(path)) must be of type int32: \(value)"))
    default: break
    }
  }

  private mutating func check(_ text: String, _ checks: ValueChecks, _ path: String) {
    let length = Int64(text.unicodeScalars.count)
    if let maximum = checks.maxLength, length > maximum { errors.append(.tooLong(path, maximum: Int(maximum))) }
    if let minimum = checks.minLength, length < minimum {
      errors.append(.invalid(path, text, "\(Self.inBody(path)) should be at least \(minimum) chars long"))
    }
    if let pattern = checks.pattern, !pattern.occurs(in: text) {
      errors.append(.invalid(path, text, "\(Self.inBody(path)) should match '\(pattern.text)'"))
    }
    if !checks.format.isEmpty, !StringFormat.accepts(text, format: checks.format) {
      errors.append(
        .typeInvalid(
          path, .string(text), "\(Self.inBody(path)) must be of type \(checks.format): \(FieldError.quote(text))"))
    }
  }

  // MARK: Collections

  private mutating func check(_ items: [JSON], old: JSON?, _ schema: StructuralSchema, _ path: String) {
    if let inner = schema.items {
      for (index, item) in items.enumerated() {
        check(item, old: schema.past(ofItem: item, in: old), inner, path: "\(path)[\(index)]")
      }
    }
    if let maximum = schema.checks.maxItems, items.count > maximum {
      errors.append(.tooMany(path, items.count, maximum: Int(maximum)))
    }
    if let minimum = schema.checks.minItems, items.count < minimum {
      errors.append(
        .invalid(path, .number(.int(Int64(items.count))), "\(Self.inBody(path)) should have at least \(minimum) items"))
    }
    checkUniqueness(items, schema, path)
  }

  private mutating func checkUniqueness(_ items: [JSON], _ schema: StructuralSchema, _ path: String) {
    switch schema.listType {
    case .atomic: break
    case .set:
      var seen = Set<JSON>()
      for (index, item) in items.enumerated() where !seen.insert(item).inserted {
        errors.append(.duplicate("\(path)[\(index)]", item))
      }
    case .map:
      var seen = Set<JSON>()
      for (index, item) in items.enumerated() {
        guard case .object = item else { continue }
        var identity = JSONObject()
        for key in schema.listMapKeys { identity[key] = item[key] ?? .null }
        if !seen.insert(.object(identity)).inserted {
          errors.append(.duplicate("\(path)[\(index)]", .object(JSONObject(identity.filter { !$0.value.isNull }))))
        }
      }
    }
  }

  private mutating func check(
    _ object: JSONObject, old: JSON?, _ schema: StructuralSchema, _ path: String, isRoot: Bool
  ) {
    if let maximum = schema.checks.maxProperties, object.count > maximum {
      errors.append(.tooMany(path, object.count, maximum: Int(maximum)))
    }
    if let minimum = schema.checks.minProperties, object.count < minimum {
      errors.append(
        .invalid(
          path, .number(.int(Int64(object.count))), "\(Self.inBody(path)) should have at least \(minimum) properties"))
    }
    for name in schema.checks.required where !object.contains(key: name) {
      errors.append(.required(path.isEmpty ? name : "\(path).\(name)"))
    }
    for member in object {
      // Metadata is held against ObjectMeta, not against the definition.
      if isRoot, member.key == "metadata" || member.key == "apiVersion" || member.key == "kind" { continue }
      guard let inner = schema.schema(ofMember: member.key) else { continue }
      let innerPath = path.isEmpty ? member.key : "\(path).\(member.key)"
      check(member.value, old: schema.past(ofMember: member.key, in: old), inner, path: innerPath)
    }
  }

  // MARK: Junctors

  private mutating func junctors(_ value: JSON, _ checks: ValueChecks, _ path: String) {
    func validated(_ schema: StructuralSchema) -> SchemaValidator {
      var validator = SchemaValidator()
      validator.check(value, schema, path: path)
      return validator
    }
    // Such a complaint has no field of its own upstream: it stands under the object.
    func complain(_ text: String) { add([.invalid(Self.show(""), "", "\"\(path)\" \(text)")]) }
    if !checks.anyOf.isEmpty {
      let results = checks.anyOf.map(validated)
      if let success = results.first(where: \.errors.isEmpty) {
        matches += success.matches
      } else {
        complain("must validate at least one schema (anyOf)")
        if let best = Self.best(results) { merge(best) }
      }
    }
    if !checks.oneOf.isEmpty {
      let results = checks.oneOf.map(validated)
      let valid = results.count(where: \.errors.isEmpty)
      if valid == 1, let success = results.first(where: \.errors.isEmpty) {
        matches += success.matches
      } else {
        let found = valid == 0 ? "none valid" : "\(valid) valid alternatives"
        complain("must validate one and only one schema (oneOf). Found \(found)")
        if valid == 0, let best = Self.best(results) { merge(best) }
      }
    }
    if !checks.allOf.isEmpty {
      let results = checks.allOf.map(validated)
      for result in results { merge(result) }
      let valid = results.count(where: \.errors.isEmpty)
      if valid < results.count {
        complain("must validate all the schemas (allOf)\(valid == 0 ? ". None validated" : "")")
      }
    }
    if let not = checks.not.first, validated(not).errors.isEmpty { complain("must not validate the schema (not)") }
  }

  /// Of alternatives that all fail, the one that the value comes nearest to: its errors are told, too.
  private static func best(_ results: [SchemaValidator]) -> SchemaValidator? {
    // The first of equals, which `max(by:)` does not promise.
    results.dropFirst().reduce(results.first) { best, next in
      if let best, best.matches >= next.matches { best } else { next }
    }
  }

  private mutating func merge(_ other: SchemaValidator) {
    matches += other.matches
    add(other.errors)
  }

  private mutating func add(_ more: [FieldError]) {
    for error in more where !errors.contains(error) { errors.append(error) }
  }
}
