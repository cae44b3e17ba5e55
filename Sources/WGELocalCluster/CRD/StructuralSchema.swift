internal import WGECore

/// A schema of a custom resource: OpenAPI v3 as Kubernetes restricts it ("structural").
///
/// Parsed once per definition; defaulting, pruning, validation and server-side apply walk it.
final class StructuralSchema: Sendable {
  enum ListType: String, Sendable { case atomic, set, map }

  let type: String
  let nullable: Bool
  let isIntOrString: Bool
  let preservesUnknown: Bool
  let isEmbeddedResource: Bool
  let properties: [(name: String, schema: StructuralSchema)]
  let propertyIndex: [String: StructuralSchema]
  let additional: StructuralSchema?
  /// `additionalProperties: true`.
  let allowsAny: Bool
  let items: StructuralSchema?
  let defaultValue: JSON?
  let listType: ListType
  let listMapKeys: [String]
  let isAtomicMap: Bool
  let checks: ValueChecks
  let rules: [ValidationRule]
  /// Anything below has a default.
  let hasDefaults: Bool
  /// Anything here or below has rules.
  let hasRules: Bool

  /// - Parameter isRoot: whether this is the schema of whole objects, which have a kind and a name.
  init(_ json: JSON, isRoot: Bool = false) throws(APIStatus) {
    type = json["type"]?.stringValue ?? ""
    nullable = json["nullable"]?.boolValue ?? false
    isIntOrString = json["x-kubernetes-int-or-string"]?.boolValue ?? false
    preservesUnknown = json["x-kubernetes-preserve-unknown-fields"]?.boolValue ?? false
    isEmbeddedResource = json["x-kubernetes-embedded-resource"]?.boolValue ?? false
    var properties: [(name: String, schema: StructuralSchema)] = []
    for member in json["properties"]?.objectValue ?? JSONObject() {
      properties.append((member.key, try StructuralSchema(member.value)))
    }
    self.properties = properties
    propertyIndex = Dictionary(properties.map { ($0.name, $0.schema) }) { $1 }
    switch json["additionalProperties"] {
    case .object(let object)?:
      additional = try StructuralSchema(.object(object))
      allowsAny = false
    case .bool(let any)?:
      additional = nil
      allowsAny = any
    default:
      additional = nil
      allowsAny = false
    }
    if case .object? = json["items"], let inner = json["items"] {
      items = try StructuralSchema(inner)
    } else {
      items = nil
    }
    defaultValue = json["default"]
    listType = ListType(rawValue: json["x-kubernetes-list-type"]?.stringValue ?? "") ?? .atomic
    listMapKeys = json["x-kubernetes-list-map-keys"]?.arrayValue?.compactMap(\.stringValue) ?? []
    isAtomicMap = json["x-kubernetes-map-type"]?.stringValue == "atomic"
    checks = try ValueChecks(json)
    var rules: [ValidationRule] = []
    if let written = json["x-kubernetes-validations"]?.arrayValue, !written.isEmpty {
      guard let type = CELType(schema: json, isRoot: isRoot) else {
        throw .badRequest("the schema has no type that a rule could be about")
      }
      for rule in written { rules.append(try ValidationRule(rule, type)) }
    }
    self.rules = rules
    let below = properties.map(\.schema) + [additional, items].compactMap { $0 }
    hasDefaults = below.contains { $0.hasDefaults || $0.defaultValue != nil }
    hasRules = !rules.isEmpty || below.contains(where: \.hasRules)
  }

  /// The schema of a member; nil when the schema says nothing of it.
  func schema(ofMember name: String) -> StructuralSchema? { propertyIndex[name] ?? additional }

  // MARK: Defaulting

  /// Fills in defaults below a value. Null where null is not allowed counts as missing.
  func applyDefaults(to value: inout JSON) {
    guard hasDefaults else { return }
    switch value {
    case .object(var object):
      for (name, schema) in properties {
        let current = object[name]
        if let preset = schema.defaultValue, current == nil || (current?.isNull == true && !schema.nullable) {
          object[name] = preset
        }
      }
      var members: [(String, JSON)] = []
      members.reserveCapacity(object.count)
      for member in object {
        var inner = member.value
        schema(ofMember: member.key)?.applyDefaults(to: &inner)
        members.append((member.key, inner))
      }
      value = .object(JSONObject(members))
    case .array(let array):
      guard let items else { return }
      value = .array(
        array.map { element in
          var inner = element
          items.applyDefaults(to: &inner)
          return inner
        })
    default: break
    }
  }

  /// Removes nulls that a default would replace, and that are not allowed to be null.
  func dropUnusedNulls(in value: inout JSON) {
    guard case .object(let object) = value else {
      if case .array(let array) = value, let items {
        value = .array(
          array.map { element in
            var inner = element
            items.dropUnusedNulls(in: &inner)
            return inner
          })
      }
      return
    }
    var members: [(String, JSON)] = []
    for member in object {
      let schema = schema(ofMember: member.key)
      if member.value.isNull, let schema, !schema.nullable, schema.defaultValue != nil { continue }
      var inner = member.value
      schema?.dropUnusedNulls(in: &inner)
      members.append((member.key, inner))
    }
    value = .object(JSONObject(members))
  }

  // MARK: Pruning

  /// Drops the fields that the schema does not specify and reports their paths.
  func prune(_ value: inout JSON, isRoot: Bool, path: String = "", dropped: inout [String]) {
    switch value {
    case .object(let object):
      var members: [(String, JSON)] = []
      members.reserveCapacity(object.count)
      let isResource = isRoot || isEmbeddedResource
      for member in object {
        let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
        if isResource, member.key == "apiVersion" || member.key == "kind" || member.key == "metadata" {
          members.append((member.key, member.value))
          continue
        }
        if let schema = schema(ofMember: member.key) {
          var kept = member.value
          schema.prune(&kept, isRoot: false, path: inner, dropped: &dropped)
          members.append((member.key, kept))
        } else if preservesUnknown || allowsAny {
          members.append((member.key, member.value))
        } else {
          dropped.append(inner)
        }
      }
      value = .object(JSONObject(members))
    case .array(let array):
      guard let items else {
        return
      }
      var kept: [JSON] = []
      kept.reserveCapacity(array.count)
      for (index, element) in array.enumerated() {
        var inner = element
        items.prune(&inner, isRoot: false, path: "\(path)[\(index)]", dropped: &dropped)
        kept.append(inner)
      }
      value = .array(kept)
    default: break
    }
  }

  // MARK: Shape

  /// The shape for server-side apply.
  func typeSchema(isRoot: Bool) -> TypeSchema {
    if isIntOrString { return .scalar(.intstr) }
    switch type {
    case "array":
      let element = items?.typeSchema(isRoot: false) ?? .deduced
      switch listType {
      case .atomic: return .list(element, .atomic)
      case .set: return .list(element, .set)
      case .map: return .list(element, .map(keys: listMapKeys))
      }
    case "object", "":
      var fields: [SchemaField] = []
      if isRoot || isEmbeddedResource {
        fields.append(SchemaField(name: "apiVersion", type: .scalar(.string)))
        fields.append(SchemaField(name: "kind", type: .scalar(.string)))
        fields.append(SchemaField(name: "metadata", type: .reference("ObjectMeta")))
      }
      let reserved = Set(fields.map(\.name))
      for (name, schema) in properties where !reserved.contains(name) {
        fields.append(
          SchemaField(
            name: name, type: schema.typeSchema(isRoot: false), pointer: true, keyDefault: schema.defaultValue))
      }
      if fields.isEmpty {
        if let additional { return .map(additional.typeSchema(isRoot: false), atomic: isAtomicMap) }
        if preservesUnknown || allowsAny || type.isEmpty { return isAtomicMap ? .any : .deduced }
      }
      let rest: TypeSchema? = additional?.typeSchema(isRoot: false) ?? (preservesUnknown || allowsAny ? .deduced : nil)
      return .structure(Structure(name: "", fields: fields, atomic: isAtomicMap, rest: rest))
    case "string": return .scalar(.string)
    case "integer": return .scalar(.int64)
    case "number": return .scalar(.float64)
    case "boolean": return .scalar(.bool)
    default: return .any
    }
  }
}
