internal import WGECore

/// Runs the rules of a schema over an object, each where it stands.
struct RuleValidator {
  private(set) var errors: [FieldError] = []

  static func validate(_ json: JSON, old: JSON?, _ schema: StructuralSchema) -> [FieldError] {
    guard schema.hasRules else { return [] }
    var validator = RuleValidator()
    validator.walk(json, old: old, schema, field: "")
    return validator.errors
  }

  private mutating func walk(_ value: JSON, old: JSON?, _ schema: StructuralSchema, field: String) {
    guard schema.hasRules, !value.isNull else { return }
    for rule in schema.rules where !rule.isTransition || old?.isNull == false {
      if let error = rule.check(value, old: old, schema, field: field) { errors.append(error) }
    }
    switch value {
    case .object(let object):
      for member in object {
        guard let inner = schema.schema(ofMember: member.key), inner.hasRules else { continue }
        let isProperty = schema.propertyIndex[member.key] != nil
        let path = isProperty ? (field.isEmpty ? member.key : "\(field).\(member.key)") : "\(field)[\(member.key)]"
        // What is owned and replaced as a whole has no past of its own.
        walk(member.value, old: schema.isAtomicMap ? nil : old?[member.key], inner, field: path)
      }
    case .array(let items):
      guard let inner = schema.items, inner.hasRules else { return }
      for (index, item) in items.enumerated() {
        walk(item, old: correlate(item, old, schema), inner, field: "\(field)[\(index)]")
      }
    default: break
    }
  }

  /// The item of the old list that is the same one; only map lists can tell.
  private func correlate(_ item: JSON, _ old: JSON?, _ schema: StructuralSchema) -> JSON? {
    guard schema.listType == .map, let items = old?.arrayValue else { return nil }
    return items.first { other in schema.listMapKeys.allSatisfy { other[$0] == item[$0] } }
  }
}
