internal import WGECore

/// Checks one entry of `x-kubernetes-validations` as it is written in a definition.
/// Source: k8s.io/apiextensions-apiserver, apis/apiextensions/validation.
struct RuleDefinition {
  let rule: JSON
  /// `....x-kubernetes-validations[0]`.
  let field: String

  private static let reasons = [
    "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired",
  ]

  /// Where the rule stands.
  struct Place {
    var schema: JSON
    var isRoot: Bool
    /// The nearest list around it whose items cannot be told apart over time.
    var uncorrelated: String?
    /// How often the schema's values can be in one object; nil where nothing limits it but the size of requests.
    var maximumCount: UInt64?
  }

  private var text: String { rule["rule"]?.stringValue ?? "" }

  /// What is wrong with the rule before its expressions are read.
  func problems(_ schema: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let message = rule["message"]?.stringValue ?? ""
    func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
    if isBlank(text) {
      errors.append(.required("\(field).rule", "rule is not specified"))
    } else if !message.isEmpty, isBlank(message) {
      errors.append(.invalid("\(field).message", message, "must be non-empty if specified"))
    } else if message.contains("\n") {
      errors.append(.invalid("\(field).message", message, "must not contain line breaks"))
    } else if text.contains("\n"), message.isEmpty {
      errors.append(.required("\(field).message", "message must be specified if rule contains line breaks"))
    }
    if let reason = rule["reason"]?.stringValue, !Self.reasons.contains(reason) {
      errors.append(.notSupported("\(field).reason", .string(reason), Self.reasons))
    }
    if let path = rule["fieldPath"]?.stringValue, !path.isEmpty, !Self.exists(path, in: schema) {
      errors.append(.invalid("\(field).fieldPath", path, "must be a valid path"))
    }
    return errors
  }

  /// What is wrong with the expressions, and what they cost at most.
  func compile(_ place: Place, _ budget: inout RuleBudget) -> [FieldError] {
    if text.allSatisfy(\.isWhitespace) { return [] }
    var errors: [FieldError] = []
    let schema = place.schema
    let sizes = CELDeclaredSize.of(schema, isResource: place.isRoot)
    let isOptional = rule["optionalOldSelf"]?.boolValue ?? false
    guard let type = CELType(schema: schema, isRoot: place.isRoot) else {
      return [.invalid("\(field).rule", shown, "the schema has no type that a rule could be about")]
    }
    var usesOldSelf = false
    do {
      let compiled = try ValidationRule.compile(text, type, optionalOldSelf: isOptional)
      usesOldSelf = compiled.usesOldSelf
      if let sizes, compiled.type == .bool || compiled.type == .dyn {
        let once = CELCostEstimator.estimate(compiled.expression, types: compiled.types, root: sizes)
        let cost = CELCost.product(once, place.maximumCount ?? sizes.maximumCount)
        errors += budget.spend(cost, on: "\(field).rule", "estimated rule cost")
      }
      if compiled.type != .bool, compiled.type != .dyn {
        errors.append(.invalid("\(field).rule", shown, "cel expression must evaluate to a bool"))
      }
    } catch {
      errors.append(.invalid("\(field).rule", shown, "compilation failed: \(error.description)"))
    }
    if let expression = rule["messageExpression"]?.stringValue, !expression.isEmpty {
      do {
        let compiled = try ValidationRule.compile(expression, type, optionalOldSelf: isOptional)
        if compiled.type != .string, compiled.type != .dyn {
          errors.append(
            .invalid("\(field).messageExpression", shown, "messageExpression must evaluate to a string"))
        } else if let sizes {
          let cost = CELCostEstimator.estimate(compiled.expression, types: compiled.types, root: sizes)
          errors += budget.spend(cost, on: "\(field).messageExpression", "estimated messageExpression cost")
        }
      } catch {
        errors.append(
          .invalid(
            "\(field).messageExpression", shown, "messageExpression compilation failed: \(error.description)"))
      }
    }
    if rule["optionalOldSelf"] != nil, !usesOldSelf {
      errors.append(
        .invalid("\(field).optionalOldSelf", .bool(isOptional), "may not be set if oldSelf is not used in rule"))
    }
    if usesOldSelf, let uncorrelated = place.uncorrelated {
      errors.append(
        .invalid(
          "\(field).rule", text,
          "oldSelf cannot be used on the uncorrelatable portion of the schema within \(uncorrelated)"))
    }
    return errors
  }

  /// The rule as upstream's type prints it.
  private var shown: RawText {
    func text(_ name: String) -> String { Self.escaped(JSON.string(rule[name]?.stringValue ?? "").description) }
    let reason = rule["reason"].map { Self.escaped($0.description) } ?? "null"
    let optional = rule["optionalOldSelf"].map(\.description) ?? "null"
    return RawText(
      "{\"Rule\":\(text("rule")),\"Message\":\(text("message")),\"MessageExpression\":\(text("messageExpression")),\"Reason\":\(reason),\"FieldPath\":\(text("fieldPath")),\"OptionalOldSelf\":\(optional)}"
    )
  }

  /// Go's encoder escapes what HTML reads as markup.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "\\u0026").replacing("<", with: "\\u003c").replacing(">", with: "\\u003e")
  }

  /// Whether a path like `.spec.names['a']` leads to a field of the schema.
  private static func exists(_ path: String, in schema: JSON) -> Bool {
    var current = schema
    var rest = path[...]
    guard rest.hasPrefix(".") || rest.hasPrefix("[") else { return false }
    while !rest.isEmpty {
      let key: String
      if rest.hasPrefix(".") {
        rest = rest.dropFirst()
        let name = rest.prefix { $0 != "." && $0 != "[" }
        rest = rest.dropFirst(name.count)
        key = String(name)
      } else if rest.hasPrefix("['"), let close = rest.firstRange(of: "']") {
        key = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<close.lowerBound]).replacing("\\'", with: "'")
        rest = rest[close.upperBound...]
      } else {
        return false
      }
      if key.isEmpty { return false }
      if let property = current["properties"]?[key] {
        current = property
      } else if case .object? = current["additionalProperties"], let additional = current["additionalProperties"] {
        current = additional
      } else {
        return false
      }
    }
    return true
  }
}
