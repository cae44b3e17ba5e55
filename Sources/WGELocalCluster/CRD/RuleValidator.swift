internal import WGECore

/// Runs the rules of a schema over an object, each where it stands.
struct RuleValidator {
  private(set) var errors: [FieldError] = []

  /// What rules say of parts that an update leaves as they were: told, but no reason to refuse it.
  private(set) var warnings: [String] = []

  static func validate(_ json: JSON, old: JSON?, _ schema: StructuralSchema) -> RuleValidator {
    var validator = RuleValidator()
    guard schema.hasRules else { return validator }
    validator.walk(json, old: old, schema, field: "", isUnchanged: old == json)
    return validator
  }

  private mutating func walk(
    _ value: JSON, old: JSON?, _ schema: StructuralSchema, field: String, isUnchanged: Bool
  ) {
    guard schema.hasRules, !value.isNull else { return }
    for rule in schema.rules where !rule.isTransition || old?.isNull == false {
      guard let error = rule.check(value, old: old, schema, field: field) else { continue }
      if isUnchanged, !rule.isTransition, !rule.hasOptionalOldSelf {
        warnings.append(error.sentence)
      } else {
        errors.append(error)
      }
    }
    // What has no past of its own is as changed as what it is part of.
    func isSame(_ value: JSON, _ past: JSON?) -> Bool { past.map { $0 == value } ?? isUnchanged }
    switch value {
    case .object(let object):
      for member in object {
        guard let inner = schema.schema(ofMember: member.key), inner.hasRules else { continue }
        let isProperty = schema.propertyIndex[member.key] != nil
        let path = isProperty ? (field.isEmpty ? member.key : "\(field).\(member.key)") : "\(field)[\(member.key)]"
        let past = schema.past(ofMember: member.key, in: old)
        walk(member.value, old: past, inner, field: path, isUnchanged: isSame(member.value, past))
      }
    case .array(let items):
      guard let inner = schema.items, inner.hasRules else { return }
      for (index, item) in items.enumerated() {
        let past = schema.past(ofItem: item, in: old)
        walk(item, old: past, inner, field: "\(field)[\(index)]", isUnchanged: isSame(item, past))
      }
    default: break
    }
  }
}

extension StructuralSchema {
  /// What a member was before; nil where that cannot be told: what is owned and replaced as a whole
  /// has no past of its own.
  func past(ofMember name: String, in old: JSON?) -> JSON? { isAtomicMap ? nil : old?[name] }

  /// The item of the old list that is the same one; only map lists can tell.
  func past(ofItem item: JSON, in old: JSON?) -> JSON? {
    guard listType == .map, let items = old?.arrayValue else { return nil }
    return items.first { other in listMapKeys.allSatisfy { other[$0] == item[$0] } }
  }
}
