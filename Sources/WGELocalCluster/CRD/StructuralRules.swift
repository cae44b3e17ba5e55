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
    var rules = Rules()
    walk(schema, Place(field: field, isRoot: true, maximumCount: 1), &errors, &rules)
    if let value = schema["default"] {
      for name in ["apiVersion", "kind"] where value[name] == nil {
        errors.append(.required("\(field).default.\(name)"))
      }
    }
    if schema["type"]?.stringValue ?? "" == "" {
      errors.append(.required("\(field).type", "must not be empty at the root"))
    }
    return errors + rules.errors + rules.budget.problems(field)
  }

  /// What is found in the rules, which is told after what is found in the schema.
  private struct Rules {
    var errors: [FieldError] = []
    var budget = RuleBudget()
  }

  private static let types = ["object", "array", "string", "integer", "number", "boolean"]

  /// Where in a definition a schema stands.
  private struct Place {
    var field: String
    var isRoot = false
    var depth = 0
    /// The nearest list around it whose items cannot be told apart over time.
    var uncorrelated: String?
    /// How often values of the schema can be in one object; nil where nothing says.
    var maximumCount: UInt64?

    /// - Parameter schema: that stands here.
    func inner(_ suffix: String, of schema: JSON, uncorrelated: String? = nil) -> Place {
      var count = maximumCount
      if schema["additionalProperties"] != nil, schema["type"]?.stringValue == "object" {
        count = Self.times(count, schema["maxProperties"])
      } else if schema["type"]?.stringValue == "array" {
        count = Self.times(count, schema["maxItems"])
      }
      return Place(
        field: "\(field).\(suffix)", depth: depth + 1, uncorrelated: uncorrelated ?? self.uncorrelated,
        maximumCount: count)
    }

    private static func times(_ count: UInt64?, _ limit: JSON?) -> UInt64? {
      guard let count, let limit = limit?.intValue else { return nil }
      return CELCost.product(count, UInt64(max(limit, 0)))
    }
  }

  private static func walk(_ schema: JSON, _ place: Place, _ errors: inout [FieldError], _ rules: inout Rules) {
    let before = errors.count
    let (field, isRoot) = (place.field, place.isRoot)
    guard place.depth < 64 else {
      errors.append(.forbidden(field, "the schema is nested too deeply"))
      return
    }
    for (key, why) in [
      ("$ref", "$ref is not supported"), ("definitions", "definitions is not supported"),
      ("dependencies", "dependencies is not supported"), ("patternProperties", "patternProperties is not supported"),
      ("additionalItems", "additionalItems is not supported"), ("id", "id is not supported"),
    ] where schema[key]?.isEmptyCollection == false { errors.append(.forbidden("\(field).\(key)", why)) }
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
    checkType(schema, field: field, isRoot: isRoot, &errors)
    checkLists(schema, field: field, &errors)
    if let text = schema["pattern"]?.stringValue, !text.isEmpty {
      do { _ = try Pattern(text) } catch {
        errors.append(.invalid("\(field).pattern", text, "must be a valid regular expression, but isn't: \(error)"))
      }
    }
    if isRoot { checkMetadata(schema, field: field, &errors) }
    for member in properties ?? JSONObject() {
      let inner = "\(field).properties[\(member.key)]"
      walk(member.value, place.inner("properties[\(member.key)]", of: schema), &errors, &rules)
      requireType(member.value, field: inner, "must not be empty for specified object fields", &errors)
    }
    if case .object? = schema["additionalProperties"], let additional = schema["additionalProperties"] {
      let inner = "\(field).additionalProperties"
      walk(additional, place.inner("additionalProperties", of: schema), &errors, &rules)
      requireType(additional, field: inner, "must not be empty for specified object fields", &errors)
    }
    if let items = schema["items"] {
      let inner = "\(field).items"
      if case .array = items {
        errors.append(.forbidden(inner, "items must be a schema object and not an array"))
      } else {
        let tellsApart = schema["x-kubernetes-list-type"]?.stringValue == "map"
        walk(items, place.inner("items", of: schema, uncorrelated: tellsApart ? nil : inner), &errors, &rules)
        requireType(items, field: inner, "must not be empty for specified array items", &errors)
      }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
      for (index, inner) in (schema[key]?.arrayValue ?? []).enumerated() {
        // The one form in which a junctor may name types: an integer or a string.
        let isIntOrString = schema["x-kubernetes-int-or-string"]?.boolValue == true
        checkJunctor(
          inner, field: "\(field).\(key)[\(index)]", depth: place.depth + 1, allowsType: isIntOrString, &errors)
      }
    }
    if let inner = schema["not"] {
      checkJunctor(inner, field: "\(field).not", depth: place.depth + 1, allowsType: false, &errors)
    }
    checkDefault(schema, field: field, &errors)
    let definitions = (schema["x-kubernetes-validations"]?.arrayValue ?? []).enumerated().map { index, rule in
      RuleDefinition(rule: rule, field: "\(field).x-kubernetes-validations[\(index)]")
    }
    for definition in definitions { errors += definition.problems(schema) }
    // Rules over a schema that is wrong itself are not looked at.
    guard errors.count == before else { return }
    for definition in definitions {
      rules.errors += definition.compile(
        .init(schema: schema, isRoot: isRoot, uncorrelated: place.uncorrelated, maximumCount: place.maximumCount),
        &rules.budget)
    }
  }

  /// Of the metadata only names may be restricted; apiVersion and kind are strings.
  private static func checkMetadata(_ schema: JSON, field: String, _ errors: inout [FieldError]) {
    for name in ["apiVersion", "kind"] {
      if let type = schema["properties"]?[name]?["type"], type.stringValue != "string" {
        errors.append(.invalid("\(field).properties[\(name)].type", type, "must be string"))
      }
    }
    guard let metadata = schema["properties"]?["metadata"] else { return }
    if let type = metadata["type"], type.stringValue != "object" {
      errors.append(.invalid("\(field).properties[metadata].type", type, "must be object"))
      return
    }
    let names = metadata["properties"]?.objectValue.map { Array($0.keys) } ?? []
    let others = metadata.objectValue?.keys.filter { !["type", "properties", "description"].contains($0) } ?? []
    if !others.isEmpty || names.contains(where: { $0 != "name" && $0 != "generateName" }) {
      errors.append(
        .forbidden(
          "\(field).properties[metadata]",
          "must not specify anything other than name and generateName, but metadata is implicitly specified"))
    }
  }

  private static func checkType(_ schema: JSON, field: String, isRoot: Bool, _ errors: inout [FieldError]) {
    let type = schema["type"]?.stringValue ?? ""
    if !type.isEmpty, !types.contains(type) {
      errors.append(.notSupported("\(field).type", .string(type), types.sorted()))
    }
    if schema["x-kubernetes-preserve-unknown-fields"]?.boolValue == false {
      errors.append(.invalid("\(field).x-kubernetes-preserve-unknown-fields", false, "must be true or undefined"))
    }
    if schema["x-kubernetes-embedded-resource"]?.boolValue == true {
      if schema["properties"]?.isEmptyCollection != false,
        schema["x-kubernetes-preserve-unknown-fields"]?.boolValue != true
      {
        errors.append(
          .required(
            "\(field).properties",
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"))
      }
      if type != "object" {
        errors.append(.invalid("\(field).type", type, "must be object if x-kubernetes-embedded-resource is true"))
      }
    }
    if let mapType = schema["x-kubernetes-map-type"]?.stringValue {
      if mapType != "atomic", mapType != "granular" {
        errors.append(
          .notSupported("\(field).x-kubernetes-map-type", .string(mapType), ["atomic", "granular"]))
      }
      if type != "object" {
        errors.append(.invalid("\(field).type", type, "must be object if x-kubernetes-map-type is specified"))
      }
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
    if listType != "map", !keys.isEmpty {
      errors.append(
        .invalid(
          "\(field).x-kubernetes-list-type", listType, "must be map if x-kubernetes-list-map-keys is non-empty"))
    }
    let items = schema["items"] ?? [:]
    switch listType {
    case "atomic": break
    case "set":
      if items["nullable"]?.boolValue == true {
        errors.append(.forbidden("\(field).items.nullable", "cannot be nullable when x-kubernetes-list-type is set"))
      }
      if items["type"]?.stringValue == "object", items["x-kubernetes-map-type"]?.stringValue != "atomic" {
        errors.append(
          .invalid(
            "\(field).items.x-kubernetes-map-type", items["x-kubernetes-map-type"] ?? .null,
            "must be atomic as item of a list with x-kubernetes-list-type=set"))
      }
      if items["type"]?.stringValue == "array", let inner = items["x-kubernetes-list-type"], inner != "atomic" {
        errors.append(
          .invalid(
            "\(field).items.x-kubernetes-list-type", inner,
            "must be atomic as item of a list with x-kubernetes-list-type=set"))
      }
    case "map": checkKeys(keys, items, field: field, &errors)
    default:
      errors.append(.notSupported("\(field).x-kubernetes-list-type", .string(listType), ["atomic", "set", "map"]))
    }
  }

  /// The keys of a map list tell its items apart: scalars that are always there.
  private static func checkKeys(_ keys: [String], _ items: JSON, field: String, _ errors: inout [FieldError]) {
    if keys.isEmpty {
      errors.append(
        .required("\(field).x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map"))
      return
    }
    if items["type"]?.stringValue != "object" {
      errors.append(
        .invalid(
          "\(field).items.type", items["type"]?.stringValue ?? "",
          "must be object if parent array's x-kubernetes-list-type is map"))
      return
    }
    let shown = JSON.array(keys.map(JSON.string))
    if Set(keys).count < keys.count {
      errors.append(.invalid("\(field).x-kubernetes-list-map-keys", shown, "must not contain duplicate entries"))
    }
    if keys.contains(where: { items["properties"]?[$0] == nil }) {
      errors.append(
        .invalid("\(field).x-kubernetes-list-map-keys", shown, "entries must all be names of item properties"))
    }
    let required = items["required"]?.arrayValue ?? []
    for key in keys {
      guard let property = items["properties"]?[key] else { continue }
      let inner = "\(field).items.properties[\(key)]"
      let type = property["type"]?.stringValue ?? ""
      if type == "object" || type == "array" {
        errors.append(
          .invalid("\(inner).type", type, "must be a scalar type if parent array's x-kubernetes-list-type is map"))
      }
      if property["nullable"]?.boolValue == true {
        errors.append(
          .forbidden("\(inner).nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"))
      }
      if property["default"] == nil, !required.contains(.string(key)) {
        errors.append(
          .required(
            "\(inner).default",
            "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"))
      }
    }
  }

  /// Below a junctor only value validations are allowed.
  private static func checkJunctor(
    _ schema: JSON, field: String, depth: Int, allowsType: Bool, _ errors: inout [FieldError]
  ) {
    guard depth < 64 else { return }
    let rules: [(String, String)] = [
      ("additionalProperties", "undefined"), ("default", "undefined"), ("description", "empty"), ("title", "empty"),
      ("type", "empty"), ("nullable", "false"), ("x-kubernetes-preserve-unknown-fields", "false"),
      ("x-kubernetes-embedded-resource", "false"), ("x-kubernetes-int-or-string", "false"),
      ("x-kubernetes-list-map-keys", "empty"), ("x-kubernetes-list-type", "undefined"),
      ("x-kubernetes-map-type", "undefined"), ("x-kubernetes-validations", "empty"),
    ]
    for (key, what) in rules {
      guard let value = schema[key], value.boolValue != false, key != "type" || !allowsType else { continue }
      errors.append(.forbidden("\(field).\(key)", "must be \(what) to be structural"))
    }
    for member in schema["properties"]?.objectValue ?? JSONObject() {
      checkJunctor(
        member.value, field: "\(field).properties[\(member.key)]", depth: depth + 1, allowsType: false, &errors)
    }
    if let items = schema["items"] {
      checkJunctor(items, field: "\(field).items", depth: depth + 1, allowsType: false, &errors)
    }
    for key in ["allOf", "anyOf", "oneOf"] {
      for (index, inner) in (schema[key]?.arrayValue ?? []).enumerated() {
        checkJunctor(inner, field: "\(field).\(key)[\(index)]", depth: depth + 1, allowsType: allowsType, &errors)
      }
    }
    if let inner = schema["not"] {
      checkJunctor(inner, field: "\(field).not", depth: depth + 1, allowsType: allowsType, &errors)
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
      // The place is named by the field; in the sentence upstream leaves it empty.
      moved.message = moved.message.replacing(": in body", with: ":  in body")
      moved.field =
        error.field.isEmpty || error.field == "<nil>" ? "\(field).default" : "\(field).default.\(error.field)"
      errors.append(moved)
    }
  }
}

extension JSON {
  /// Null, `{}` or `[]`.
  fileprivate var isEmptyCollection: Bool {
    switch self {
    case .null: true
    case .object(let object): object.isEmpty
    case .array(let items): items.isEmpty
    default: false
    }
  }
}
