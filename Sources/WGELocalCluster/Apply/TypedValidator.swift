internal import WGECore

/// Checks a configuration against the shape of its kind before it is applied, with the complaints
/// of upstream's typed values.
/// Source: sigs.k8s.io/structured-merge-diff, typed/validate.
enum TypedValidator {
  /// Complaints, each with its path: `.spec.replicas: expected numeric (int or float), got string`.
  static func problems(in config: JSON, _ schema: TypeSchema) -> [String] {
    var problems: [String] = []
    walk(config, schema, "", &problems)
    return problems
  }

  private static func walk(_ value: JSON, _ schema: TypeSchema, _ path: String, _ problems: inout [String]) {
    func report(_ problem: String) { problems.append(path.isEmpty ? problem : "\(path): \(problem)") }
    if value.isNull { return }
    switch schema.resolved {
    case .structure(let structure):
      guard case .object(let object) = value else { return report("expected map, got &{\(value.goText)}") }
      for member in object {
        let inner = "\(path).\(member.key)"
        if let type = structure.fields[member.key]?.type ?? structure.rest {
          walk(member.value, type, inner, &problems)
        } else {
          problems.append("\(inner): field not declared in schema")
        }
      }
    case .map(let element, _):
      guard case .object(let object) = value else { return report("expected map, got &{\(value.goText)}") }
      for member in object { walk(member.value, element, "\(path).\(member.key)", &problems) }
    case .list(let element, let kind):
      guard case .array(let items) = value else { return report("expected list, got &{\(value.goText)}") }
      walk(items, element, kind, path, &problems)
    case .scalar(let scalar):
      if let problem = complaint(value, scalar) { report(problem) }
    case .any, .deduced, .reference: break
    }
  }

  private static func walk(
    _ items: [JSON], _ element: TypeSchema, _ kind: TypeSchema.ListKind, _ path: String, _ problems: inout [String]
  ) {
    var seen = Set<PathElement>()
    for (index, item) in items.enumerated() {
      var step = PathElement.index(Int64(index))
      if kind != .atomic {
        if let problem = itemProblem(item, kind) {
          problems.append("\(path): element \(index): \(problem)")
          return
        }
        guard let identity = TypedValue.identity(of: item, kind, element) else {
          guard case .map(let keys) = kind else { return }
          let names = keys.map { "\"\($0)\"" }.joined(separator: " ")
          problems.append(
            "\(path): element \(index): associative list with keys has an element that omits all key fields [\(names)] (and doesn't have default values for any key fields)"
          )
          return
        }
        step = identity
        if !seen.insert(identity).inserted {
          problems.append("\(path): duplicate entries for key \(identity.messageText)")
        }
      }
      walk(item, element, "\(path)\(step.messageText)", &problems)
    }
  }

  /// What an item must not be to have an identity in its list.
  private static func itemProblem(_ item: JSON, _ kind: TypeSchema.ListKind) -> String? {
    switch (kind, item) {
    case (.map, .null): "associative list with keys may not have a null element"
    case (.map, .object): nil
    case (.map, _): "associative list with keys may not have non-map elements"
    case (.set, .object): "associative list without keys has an element that's a map type"
    case (.set, .array): "not supported: associative list with lists as elements"
    case (.set, .null): "associative list without keys has an element that's an explicit null"
    default: nil
    }
  }

  private static func complaint(_ value: JSON, _ scalar: TypeSchema.Scalar) -> String? {
    switch scalar {
    case .int32, .int64, .float64:
      if case .number = value { return nil }
      return "expected numeric (int or float), got \(goType(value))"
    case .string, .bytes, .time, .microtime:
      if case .string = value { return nil }
      return "expected string, got &value.valueUnstructured{Value:\(goSyntax(value))}"
    case .bool:
      if case .bool = value { return nil }
      return "expected boolean, got &{\(value.goText)}"
    case .intstr: return nil
    case .quantity:
      switch value {
      case .object, .array: return "expected any scalar, got &{\(value.goText)}"
      default: return nil
      }
    }
  }

  /// The first complaint of Go's decoder about what the shape leaves open: numbers that may be text.
  static func decodingProblem(in config: JSON, _ schema: TypeSchema) -> String? {
    switch (schema.resolved, config) {
    case (.structure(let structure), .object(let object)):
      for member in object {
        guard let type = structure.fields[member.key]?.type ?? structure.rest else { continue }
        if let problem = decodingProblem(in: member.value, type) { return problem }
      }
    case (.map(let element, _), .object(let object)):
      for member in object { if let problem = decodingProblem(in: member.value, element) { return problem } }
    case (.list(let element, _), .array(let items)):
      for item in items { if let problem = decodingProblem(in: item, element) { return problem } }
    case (.scalar(.intstr), .object), (.scalar(.intstr), .array), (.scalar(.intstr), .bool):
      return "json: cannot unmarshal \(TypedDecoder.goKind(config)) into Go value of type int32"
    default: break
    }
    return nil
  }

  private static func goType(_ value: JSON) -> String {
    switch value {
    case .string: "string"
    case .bool: "bool"
    case .array: "[]interface {}"
    case .object: "map[string]interface {}"
    case .null, .number: "number"
    }
  }

  /// As Go's `%#v` prints the value.
  private static func goSyntax(_ value: JSON) -> String {
    switch value {
    case .null: "interface {}(nil)"
    case .string(let text): FieldError.quote(text)
    case .array(let items): "[]interface {}{\(items.map(goSyntax).joined(separator: ", "))}"
    case .object(let object):
      "map[string]interface {}{\(object.map { "\(FieldError.quote($0.key)):\(goSyntax($0.value))" }.joined(separator: ", "))}"
    default: value.description
    }
  }
}
