internal import WGECore

/// One entry of `x-kubernetes-validations`, compiled.
struct ValidationRule: Sendable {
  let rule: String
  private let expression: CELExpression
  private let message: String
  private let messageExpression: CELExpression?
  private let reason: String
  private let fieldPath: String
  /// Compares with the value before: runs on updates only.
  let isTransition: Bool
  /// The value before is an optional, which has none when there was none.
  let hasOptionalOldSelf: Bool

  /// - Parameter type: of the values that the rule stands at.
  init(_ json: JSON, _ type: CELType) throws(APIStatus) {
    rule = json["rule"]?.stringValue ?? ""
    message = json["message"]?.stringValue ?? ""
    reason = json["reason"]?.stringValue ?? "FieldValueInvalid"
    fieldPath = json["fieldPath"]?.stringValue ?? ""
    hasOptionalOldSelf = json["optionalOldSelf"]?.boolValue ?? false
    do throws(CELCompileError) {
      let compiled = try Self.compile(rule, type, optionalOldSelf: hasOptionalOldSelf)
      expression = compiled.expression
      isTransition = compiled.usesOldSelf && !hasOptionalOldSelf
      if let text = json["messageExpression"]?.stringValue, !text.isEmpty {
        messageExpression = try Self.compile(text, type, optionalOldSelf: hasOptionalOldSelf).expression
      } else {
        messageExpression = nil
      }
    } catch {
      throw .badRequest("compilation failed: \(error.description)")
    }
  }

  struct Compiled {
    var expression: CELExpression
    var type: CELType
    var usesOldSelf: Bool
    /// The types of the parts, by their identity.
    var types: [ObjectIdentifier: CELType]
  }

  static func compile(_ text: String, _ type: CELType, optionalOldSelf: Bool) throws(CELCompileError) -> Compiled {
    let expression = try CELParser.parse(text)
    let result = try CELChecker.types(
      of: expression, text, variables: ["self": type, "oldSelf": optionalOldSelf ? .optional(type) : type])
    return Compiled(
      expression: expression, type: result.whole, usesOldSelf: expression.mentions("oldSelf"), types: result.parts)
  }

  /// The complaint about a value; nil when the rule holds.
  func check(_ value: JSON, old: JSON?, _ schema: StructuralSchema, field: String) -> FieldError? {
    var variables = ["self": CELValue(value, schema)]
    let before = old.map { CELValue($0, schema) }
    if hasOptionalOldSelf {
      variables["oldSelf"] = .optional(before)
    } else if let before {
      variables["oldSelf"] = before
    }
    var evaluator = CELEvaluator(variables: variables)
    do {
      if try evaluator.boolean(expression) { return nil }
    } catch {
      return complaint(
        value, "\(error) evaluating rule: \(message.isEmpty ? rule : message)", field, reason: "FieldValueInvalid")
    }
    var text = message.isEmpty ? "failed rule: \(rule)" : message
    if let messageExpression, case .string(let computed)? = try? evaluator.evaluate(messageExpression),
      !computed.allSatisfy(\.isWhitespace), !computed.contains("\n"), computed.utf8.count <= 5120
    {
      text = computed
    }
    let path = fieldPath.isEmpty ? field : field.isEmpty ? String(fieldPath.dropFirst()) : field + fieldPath
    return complaint(value, text, path, reason: reason)
  }

  private func complaint(_ value: JSON, _ text: String, _ field: String, reason: String) -> FieldError {
    let shown = field.isEmpty ? "<nil>" : field
    switch reason {
    case "FieldValueRequired": return .required(shown, text)
    case "FieldValueForbidden": return .forbidden(shown, text)
    case "FieldValueDuplicate": return .duplicate(shown, value)
    default:
      switch value {
      case .object, .array:
        // Whole objects are not repeated in the message.
        return FieldError(field: shown, reason: "FieldValueInvalid", message: "Invalid value: \(text)")
      default: return .invalid(shown, value, text)
      }
    }
  }
}

extension CELExpression {
  /// Whether the expression refers to a variable.
  func mentions(_ name: String) -> Bool {
    if case .name(name) = kind { return true }
    return Self.children(of: kind).contains { $0.mentions(name) }
  }
}
