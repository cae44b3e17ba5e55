extension Term {
  /// No variable, reference, call, comprehension or template inside.
  var isConstant: Bool { nonConstant(comprehensions: false) == nil }

  /// What a default value must not contain, or nil.
  var nonConstantPart: String? { nonConstant(comprehensions: true) }

  private func nonConstant(comprehensions: Bool) -> String? {
    switch kind {
    case .null, .bool, .number, .string: return nil
    case .variable: return "var"
    case .ref: return "ref"
    case .call: return "call"
    case .template: return "template-string"
    case .array(let elements), .set(let elements):
      for element in elements { if let part = element.nonConstant(comprehensions: comprehensions) { return part } }
      return nil
    case .object(let pairs):
      for (key, value) in pairs {
        if let part = key.nonConstant(comprehensions: comprehensions)
          ?? value.nonConstant(comprehensions: comprehensions)
        {
          return part
        }
      }
      return nil
    case .arrayComprehension, .setComprehension, .objectComprehension: return comprehensions ? nil : "comprehension"
    }
  }

  /// The value of a constant term; nil when it is not constant.
  var constantValue: RegoValue? {
    switch kind {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .number(let value): return .number(value)
    case .string(let value): return .string(value)
    case .array(let elements):
      var values: [RegoValue] = []
      for element in elements {
        guard let value = element.constantValue else { return nil }
        values.append(value)
      }
      return .list(values)
    case .set(let elements):
      var values: [RegoValue] = []
      for element in elements {
        guard let value = element.constantValue else { return nil }
        values.append(value)
      }
      return .set(RegoSet(values))
    case .object(let pairs):
      var values: [(RegoValue, RegoValue)] = []
      for (key, value) in pairs {
        guard let key = key.constantValue, let value = value.constantValue else { return nil }
        values.append((key, value))
      }
      return .object(RegoObject(values))
    default: return nil
    }
  }

  /// The same constant, or the same variable.
  func isSameKey(as other: Term) -> Bool {
    if let name = variableName { return name == other.variableName }
    guard let a = constantValue, let b = other.constantValue else { return false }
    return ValueOrder.equal(a, b)
  }

  /// A scalar as a step of a path to a base document.
  var scalarText: String? {
    switch kind {
    case .string(let text): text
    case .number(let number): number.text
    case .bool(let value): value ? "true" : "false"
    case .null: "null"
    default: nil
    }
  }

  /// A reference or a comprehension is inside.
  var needsEvaluation: Bool {
    switch kind {
    case .ref, .arrayComprehension, .setComprehension, .objectComprehension, .call: true
    case .array(let terms), .set(let terms): terms.contains { $0.needsEvaluation }
    case .object(let pairs): pairs.contains { $0.0.needsEvaluation || $0.1.needsEvaluation }
    default: false
    }
  }

  /// The name of the kind of term, as messages use it.
  var kindName: String {
    switch kind {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .variable: "var"
    case .ref: "ref"
    case .array: "array"
    case .object: "object"
    case .set: "set"
    case .arrayComprehension: "arraycomprehension"
    case .setComprehension: "setcomprehension"
    case .objectComprehension: "objectcomprehension"
    case .call: "call"
    case .template: "template-string"
    }
  }
}
