internal import WGECore

/// What makes a schema structural, and what Kubernetes forbids in one.
/// Source: k8s.io/apiextensions-apiserver, apiserver/schema.
enum StructuralRules {
  static func validate(_ schema: JSON, field: String) -> [FieldError] {
    var errors: [FieldError] = []
    if schema["type"]?.stringValue != "object", schema["type"]?.stringValue.map({ !$0.isEmpty }) == true {
      errors.append(.invalid("\(field).type", schema["type"] ?? .null, "must be object at the root"))
    }
    if schema["x-kubernetes-preserve-unknown-fields"]?.boolValue != true, schema["nullable"]?.boolValue == true {
      errors.append(.forbidden("\(field).nullable", "nullable cannot be true at the root"))
    }
    walk(schema, field: field, isRoot: true, depth: 0, &errors)
    if schema["type"]?.stringValue ?? "" == "" {
      errors.append(.required("\(field).type", "must not be empty at the root"))
    }
    return errors
  }

  private static let types = ["object", "array", "string", "integer", "number", "boolean"]

  private static func walk(_ schema: JSON, field: String, isRoot: Bool, depth: Int, _ errors: inout [FieldError]) {
    guard depth < 64 else {
      errors.append(.forbidden(field, "the schema is nested too deeply"))
      return
    }
    for (key, why) in [
      ("$ref", "$ref is not supported"), ("definitions", "definitions is not supported"),
      ("dependencies", "dependencies is not supported"), ("patternProperties", "patternProperties is not supported"),
      ("additionalItems", "additionalItems is not supported"), ("id", "id is not supported"),
    ] where schema[key] != nil { errors.append(.forbidden("\(field).\(key)", why)) }
    if schema["uniqueItems"]?.boolValue == true {
      errors.append(
        .forbidden(
          "\(field).uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))
    }
    let properties = schema["properties"]?.objectValue
    if let properties, !properties.isEmpty, case .object? = schema["additionalProperties"] {
      errors.append(
        .forbidden("\(field).additionalProperties", "additionalProperties and properties are mutual exclusive"))
    }
    if schema["additionalProperties"]?.boolValue == false {
      errors.append(.forbidden("\(field).additionalProperties", "additionalProperties cannot be set to false"))
    }
    checkType(schema, field: field, isRoot: isRoot, &errors)
    checkLists(schema, field: field, &errors)
    if let text = schema["pattern"]?.stringValue, !text.isEmpty, Pattern(text) == nil {
      errors.append(.invalid("\(field).pattern", text, "must be a valid regular expression"))
    }
    for member in properties ?? JSONObject() {
      let inner = "\(field).properties[\(member.key)]"
      walk(member.value, field: inner, isRoot: false, depth: depth + 1, &errors)
      requireType(member.value, field: inner, "must not be empty for specified object fields", &errors)
    }
    if case .object? = schema["additionalProperties"], let additional = schema["additionalProperties"] {
      let inner = "\(field).additionalProperties"
      walk(additional, field: inner, isRoot: false, depth: depth + 1, &errors)
      requireType(additional, field: inner, "must not be empty for specified object fields", &errors)
    }
    if let items = schema["items"] {
      let inner = "\(field).items"
      if case .array = items {
        errors.append(.forbidden(inner, "items must be a schema object and not an array"))
      } else {
        walk(items, field: inner, isRoot: false, depth: depth + 1, &errors)
        requireType(items, field: inner, "must not be empty for specified array items", &errors)
      }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
      for (index, inner) in (schema[key]?.arrayValue ?? []).enumerated() {
        checkJunctor(inner, field: "\(field).\(key)[\(index)]", depth: depth + 1, &errors)
      }
    }
    if let inner = schema["not"] { checkJunctor(inner, field: "\(field).not", depth: depth + 1, &errors) }
    checkDefault(schema, field: field, &errors)
    checkRules(schema, field: field, &errors)
  }

  private static func checkType(_ schema: JSON, field: String, isRoot: Bool, _ errors: inout [FieldError]) {
    let type = schema["type"]?.stringValue ?? ""
    let isIntOrString = schema["x-kubernetes-int-or-string"]?.boolValue == true
    if !type.isEmpty, !types.contains(type) {
      errors.append(.notSupported("\(field).type", .string(type), types.sorted()))
    }
    if isIntOrString, !type.isEmpty {
      errors.append(.invalid("\(field).type", type, "must be empty if x-kubernetes-int-or-string is true"))
    }
    if schema["x-kubernetes-preserve-unknown-fields"]?.boolValue == false {
      errors.append(.invalid("\(field).x-kubernetes-preserve-unknown-fields", false, "must be true or undefined"))
    }
    if schema["x-kubernetes-embedded-resource"]?.boolValue == true, type != "object" {
      errors.append(.invalid("\(field).type", type, "must be object if x-kubernetes-embedded-resource is true"))
    }
    if type == "array", schema["items"] == nil {
      errors.append(.required("\(field).items", "must be specified"))
    }
  }

  private static func requireType(_ schema: JSON, field: String, _ why: String, _ errors: inout [FieldError]) {
    if (schema["type"]?.stringValue ?? "").isEmpty, schema["x-kubernetes-int-or-string"]?.boolValue != true,
      schema["x-kubernetes-preserve-unknown-fields"]?.boolValue != true
    {
      errors.append(.required("\(field).type", why))
    }
  }

  private static func checkLists(_ schema: JSON, field: String, _ errors: inout [FieldError]) {
    let keys = schema["x-kubernetes-list-map-keys"]?.arrayValue?.compactMap(\.stringValue) ?? []
    guard let listType = schema["x-kubernetes-list-type"]?.stringValue else {
      if !keys.isEmpty {
        errors.append(
          .required("\(field).x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty"))
      }
      return
    }
    if schema["type"]?.stringValue != "array" {
      errors.append(
        .invalid(
          "\(field).type", schema["type"]?.stringValue ?? "", "must be array if x-kubernetes-list-type is specified"))
    }
    switch listType {
    case "atomic", "set": break
    case "map":
      if keys.isEmpty {
        errors.append(
          .required("\(field).x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map"))
      }
      for (index, key) in keys.enumerated() where schema["items"]?["properties"]?[key] == nil {
        errors.append(
          .invalid("\(field).x-kubernetes-list-map-keys[\(index)]", key, "must be defined in items.properties"))
      }
    default:
      errors.append(.notSupported("\(field).x-kubernetes-list-type", .string(listType), ["atomic", "map", "set"]))
    }
  }

  /// Below a junctor only value validations are allowed.
  private static func checkJunctor(_ schema: JSON, field: String, depth: Int, _ errors: inout [FieldError]) {
    guard depth < 64 else { return }
    for key in ["default", "additionalProperties", "nullable", "title", "description"] where schema[key] != nil {
      if key == "nullable", schema[key]?.boolValue == false { continue }
      errors.append(.forbidden("\(field).\(key)", "must not be set inside of a logical junctor"))
    }
    for member in schema["properties"]?.objectValue ?? JSONObject() {
      checkJunctor(member.value, field: "\(field).properties[\(member.key)]", depth: depth + 1, &errors)
    }
    for key in ["allOf", "anyOf", "oneOf"] {
      for (index, inner) in (schema[key]?.arrayValue ?? []).enumerated() {
        checkJunctor(inner, field: "\(field).\(key)[\(index)]", depth: depth + 1, &errors)
      }
    }
  }

  private static func checkDefault(_ schema: JSON, field: String, _ errors: inout [FieldError]) {
    guard let value = schema["default"] else { return }
    guard let structural = try? StructuralSchema(schema) else { return }
    var pruned = value
    var dropped: [String] = []
    structural.prune(&pruned, isRoot: false, dropped: &dropped)
    if !dropped.isEmpty {
      errors.append(.invalid("\(field).default", value, "must not have unknown fields"))
      return
    }
    for error in SchemaValidator.validate(value, structural) {
      var moved = error
      moved.field =
        error.field.isEmpty || error.field == "<nil>" ? "\(field).default" : "\(field).default.\(error.field)"
      errors.append(moved)
    }
  }

  private static func checkRules(_ schema: JSON, field: String, _ errors: inout [FieldError]) {
    for (index, rule) in (schema["x-kubernetes-validations"]?.arrayValue ?? []).enumerated() {
      do {
        _ = try ValidationRule(rule)
      } catch {
        errors.append(
          .invalid("\(field).x-kubernetes-validations[\(index)].rule", rule["rule"] ?? .null, error.message))
      }
    }
  }
}
