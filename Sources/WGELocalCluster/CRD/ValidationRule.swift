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

  init(_ json: JSON) throws(APIStatus) {
    rule = json["rule"]?.stringValue ?? ""
    message = json["message"]?.stringValue ?? ""
    reason = json["reason"]?.stringValue ?? "FieldValueInvalid"
    fieldPath = json["fieldPath"]?.stringValue ?? ""
    do throws(CELCompileError) {
      expression = try CELParser.parse(rule, variables: ["self", "oldSelf"])
      messageExpression = try json["messageExpression"]?.stringValue.map { text throws(CELCompileError) in
        try CELParser.parse(text, variables: ["self", "oldSelf"])
      }
    } catch {
      throw .badRequest(error.description)
    }
    if json["optionalOldSelf"]?.boolValue == true {
      throw .badRequest("this server does not support optionalOldSelf")
    }
    isTransition = Self.mentions(rule, "oldSelf")
  }

  private static func mentions(_ rule: String, _ name: String) -> Bool {
    (try? CELLexer.tokens(of: rule))?.contains { $0.token == .name(name) } ?? false
  }

  /// The complaint about a value; nil when the rule holds.
  func check(_ value: JSON, old: JSON?, _ schema: StructuralSchema, field: String) -> FieldError? {
    var variables = ["self": CELValue(value, schema)]
    if let old { variables["oldSelf"] = CELValue(old, schema) }
    var evaluator = CELEvaluator(variables: variables)
    do {
      if try evaluator.boolean(expression) { return nil }
    } catch {
      return complaint(
        value, "\(error) evaluating rule: \(message.isEmpty ? rule : message)", field, reason: "FieldValueInvalid")
    }
    var text = message.isEmpty ? "failed rule: \(rule)" : message
    if let messageExpression, case .string(let computed)? = try? evaluator.evaluate(messageExpression),
      !computed.isEmpty
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
