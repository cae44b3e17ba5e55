internal import WGECore

/// Strategic merge patch: a merge patch that knows which lists are maps.
///
/// Items of a list with a merge key are merged by that key; directives in the patch say otherwise:
/// `$patch: delete|replace`, `$retainKeys`, `$setElementOrder/FIELD`, `$deleteFromPrimitiveList/FIELD`.
/// Directives count only where the object has something to merge with; what is new is taken over as it
/// is, without the parts that say `$patch`. Source: k8s.io/apimachinery, util/strategicpatch.
enum StrategicMergePatch {
  struct Failure: Error {
    enum Kind {
      /// The patch breaks the format of a directive.
      case badRequest
      /// The patch asks for something that this format cannot say.
      case unprocessable
      /// It does not fit the object or the type.
      case other
    }

    let message: String
    var kind = Kind.other

    static func badFormat(_ directive: String) -> Failure {
      Failure(message: "invalid patch format of \(directive)", kind: .badRequest)
    }

    static func wrongType(wanted: String, _ actual: JSON) -> Failure {
      Failure(message: "expected a \(wanted), but received a \(actual.goTypeName)")
    }
  }

  static func apply(_ patch: JSON, to target: JSON, _ schema: TypeSchema) throws(Failure) -> JSON {
    guard case .object(let changes) = patch else { throw Failure(message: "a strategic merge patch must be an object") }
    return .object(try merge(changes, into: target.objectValue ?? JSONObject(), schema.resolved))
  }

  private static let orderName = "$setElementOrder"
  private static let deleteName = "$deleteFromPrimitiveList"

  /// The field of a directive like `$setElementOrder/FIELD`; nil for other keys.
  private static func field(of key: String, _ name: String, _ words: String) throws(Failure) -> String? {
    guard key.hasPrefix(name) else { return nil }
    let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == name else { throw .badFormat(words) }
    return String(parts[1])
  }

  static func merge(_ patch: JSONObject, into target: JSONObject, _ schema: TypeSchema) throws(Failure)
    -> JSONObject
  {
    if let directive = patch["$patch"] {
      switch directive {
      case "replace":
        var rest = patch
        rest["$patch"] = nil
        return rest
      case "delete": return [:]
      default: throw unknownDirective(directive, .object(patch))
      }
    }
    var patch = patch
    var result = target
    try retainKeys(&patch, &result)
    for member in patch {
      guard let name = try field(of: member.key, orderName, "setElementOrder list") else { continue }
      patch[member.key] = nil
      if let merged = try ordered(name, patch[name], result[name], order: member.value, schema) {
        result[name] = merged
        patch[name] = nil
      }
    }
    for member in patch {
      let deletion = try field(of: member.key, deleteName, "primitive list")
      let name = deletion ?? member.key
      if member.value.isNull {
        result[name] = nil
        continue
      }
      guard let live = result[name], live.goTypeName == member.value.goTypeName else {
        if deletion == nil { result[name] = withoutDirectives(withoutNulls(member.value)) }
        continue
      }
      switch (live, member.value) {
      case (.object(let old), .object(let new)):
        let (type, strategy) = try lookUp(name, schema)
        result[name] = .object(strategy == .replace ? new : try merge(new, into: old, type))
      case (.array(let old), .array(let new)):
        result[name] = .array(try mergeField(name, new, into: old, schema, isDeletion: deletion != nil))
      default: if deletion == nil { result[name] = member.value }
      }
    }
    return result
  }

  static func unknownDirective(_ directive: JSON, _ map: JSON) -> Failure {
    Failure(message: "unknown patch type: \(directive.goStringVerb) in map: \(map.goText)")
  }

  private static func retainKeys(_ patch: inout JSONObject, _ target: inout JSONObject) throws(Failure) {
    guard let keep = patch["$retainKeys"] else { return }
    patch["$retainKeys"] = nil
    guard case .array(let names) = keep else { throw .badFormat("retainKeys") }
    let wanted = Set(names.compactMap(\.stringValue))
    for member in patch where !member.value.isNull && !wanted.contains(member.key) {
      if member.key.hasPrefix(deleteName) || member.key.hasPrefix(orderName) { continue }
      throw .badFormat("retainKeys")
    }
    target = JSONObject(target.filter { wanted.contains($0.key) })
  }

  // MARK: What the type says

  private static func lookUp(_ name: String, _ schema: TypeSchema) throws(Failure) -> (TypeSchema, StrategicStrategy) {
    var structure = "RawExtension"
    switch schema {
    case .structure(let type):
      if let field = type.fields[name] { return (field.type.resolved, field.strategy) }
      if let rest = type.rest { return (rest.resolved, .merge(key: nil)) }
      structure = type.name
    case .deduced: return (.deduced, .replace)
    case .map, .list, .scalar:
      let kind: String
      switch schema {
      case .map: kind = "map"
      case .list: kind = "slice"
      default: kind = "string"
      }
      throw Failure(message: "merging an object in json but data type is not struct, instead is: \(kind)")
    case .any, .reference: break
    }
    throw Failure(
      message: "unable to find api field in struct \(structure) for the json field \(FieldError.quote(name))")
  }

  static func lookUpList(_ name: String, _ schema: TypeSchema) throws(Failure) -> (
    TypeSchema, StrategicStrategy
  ) {
    let (type, strategy) = try lookUp(name, schema)
    switch type {
    case .list(let element, _): return (element.resolved, strategy)
    case .any, .deduced: return (.deduced, strategy)
    default: throw Failure(message: "expected slice or array type, but got: struct")
    }
  }

  // MARK: What is new

  /// The value without its members that are null; nulls in lists stay.
  private static func withoutNulls(_ json: JSON) -> JSON {
    switch json {
    case .object(let object):
      .object(JSONObject(object.compactMap { $0.value.isNull ? nil : ($0.key, withoutNulls($0.value)) }))
    case .array(let items): .array(items.map(withoutNulls))
    default: json
    }
  }

  /// The value without the objects that say `$patch`; nil when it is one itself.
  static func withoutDirectives(_ json: JSON) -> JSON? {
    switch json {
    case .object(let object):
      if object["$patch"] != nil { return nil }
      return .object(
        JSONObject(object.compactMap { member in withoutDirectives(member.value).map { (member.key, $0) } }))
    case .array(let items): return .array(items.compactMap(withoutDirectives))
    default: return json
    }
  }
}

/// What strategic merge does with a field that object and patch both have.
enum StrategicStrategy: Sendable, Hashable {
  /// The patch's value replaces the object's.
  case replace
  /// They are merged; items of lists are told apart by the key, or by themselves.
  case merge(key: String?)

  var key: String? { if case .merge(let key) = self { key } else { nil } }
}

extension JSON {
  /// The name of the Go type that the value is decoded as.
  var goTypeName: String {
    switch self {
    case .null: "%!s(<nil>)"
    case .bool: "bool"
    case .number(.int): "int64"
    case .number: "float64"
    case .string: "string"
    case .array: "[]interface {}"
    case .object: "map[string]interface {}"
    }
  }

  /// As Go's `%s` prints the value.
  var goStringVerb: String {
    switch self {
    case .null: "%!s(<nil>)"
    case .string(let text): text
    case .bool, .number: "%!s(\(goTypeName)=\(goText))"
    case .array(let items): "[\(items.map(\.goStringVerb).joined(separator: " "))]"
    case .object(let object): "map[\(object.map { "\($0.key):\($0.value.goStringVerb)" }.joined(separator: " "))]"
    }
  }
}
