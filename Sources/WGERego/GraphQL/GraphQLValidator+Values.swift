/// Values of correct type (specification, section 5.6).
extension GraphQLValidator {
  func checkType(of value: GraphQL.Value) {
    guard let definition = value.definition, let expected = value.expected else { return }
    func isOne(of names: String...) -> Bool { names.contains(definition.name) }
    if value.kind == .null, expected.isNonNull {
      report("Expected value of type \"\(expected.text)\", found \(value.text).", value.position)
    }
    if definition.kind == .scalar, !isOne(of: "Int", "Float", "String", "Boolean", "ID") { return }
    if !Self.hasValue(value) { unexpected(value, expected, definition) }
    switch value.kind {
    case .null, .variable: break
    case .list: if expected.element == nil { unexpected(value, expected, definition) }
    case .int: if !isOne(of: "Int", "Float", "ID") { unexpected(value, expected, definition) }
    case .float: if !isOne(of: "Float") { unexpected(value, expected, definition) }
    case .string, .block:
      if definition.kind == .enumeration {
        report(
          "Enum \"\(expected.text)\" cannot represent non-enum value: \(value.text)."
            + GraphQLSuggestion.text("Did you mean the enum value", value.raw, definition.values.map(\.name)),
          value.position)
      } else if !isOne(of: "String", "ID") {
        unexpected(value, expected, definition)
      }
    case .enumeration:
      if definition.kind != .enumeration {
        unexpected(value, expected, definition)
      } else if !definition.values.contains(where: { $0.name == value.raw }) {
        report(
          "Value \"\(value.text)\" does not exist in \"\(expected.text)\" enum."
            + GraphQLSuggestion.text("Did you mean the enum value", value.raw, definition.values.map(\.name)),
          value.position)
      }
    case .boolean: if !isOne(of: "Boolean") { unexpected(value, expected, definition) }
    case .object: checkObject(value, definition)
    }
  }

  private func checkObject(_ value: GraphQL.Value, _ definition: Definition) {
    for field in definition.fields where field.type.isNonNull && field.defaultValue == nil {
      if !value.children.contains(where: { $0.name == field.name }) {
        report(
          "Field \"\(definition.name).\(field.name)\" of required type \"\(field.type.text)\" was not provided.",
          value.position)
      }
    }
    for directive in definition.directives where directive.name == "oneOf" {
      guard value.children.count == 1, let child = value.children.first else {
        report("OneOf Input Object \"\(definition.name)\" must specify exactly one key.", value.position)
        continue
      }
      if child.value.kind == .null {
        let name = definition.fields.first?.name ?? child.name
        report("Field \"\(definition.name).\(name)\" must be non-null.", child.value.position)
      } else if child.value.kind == .variable, let variable = child.value.variable, !variable.type.isNonNull {
        report(
          "Variable \"\(variable.name)\" must be non-nullable to be used for OneOf Input Object "
            + "\"\(definition.name)\".", child.value.position)
      }
    }
    for child in value.children where definition.field(child.name) == nil {
      report(
        "Field \"\(child.name)\" is not defined by type \"\(definition.name)\"."
          + GraphQLSuggestion.text("Did you mean", child.name, definition.fields.map(\.name)), child.position)
    }
  }

  /// False when a number inside does not fit 64 bits.
  private static func hasValue(_ value: GraphQL.Value) -> Bool {
    switch value.kind {
    case .int: Int64(value.raw) != nil
    case .float: Double(value.raw)?.isFinite == true
    case .list, .object: value.children.allSatisfy { hasValue($0.value) }
    default: true
    }
  }

  private func unexpected(_ value: GraphQL.Value, _ expected: GraphQL.TypeReference, _ definition: Definition) {
    let text = value.text
    let message: String
    switch expected.text {
    case "Int", "Int!":
      let digits = value.raw.drop { $0 == "-" || $0 == "+" }
      let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
      message =
        isNumber && Int32(value.raw) == nil
        ? "Int cannot represent non 32-bit signed integer value: \(text)"
        : "Int cannot represent non-integer value: \(text)"
    case "String", "String!", "[String]": message = "String cannot represent a non string value: \(text)"
    case "Boolean", "Boolean!": message = "Boolean cannot represent a non boolean value: \(text)"
    case "Float", "Float!": message = "Float cannot represent non numeric value: \(text)"
    case "ID", "ID!": message = "ID cannot represent a non-string and non-integer value: \(text)"
    default:
      message =
        definition.kind == .enumeration
        ? "Enum \"\(expected.text)\" cannot represent non-enum value: \(text)."
        : "Expected value of type \"\(expected.text)\", found \(text)."
    }
    report(message, value.position)
  }
}

/// Names that are close to a mistyped one.
enum GraphQLSuggestion {
  /// A question to append to a message, or nothing.
  static func text(_ prefix: String, _ typed: String, _ options: [String]) -> String {
    let threshold = typed.utf8.count * 2 / 5 + 1
    let close = options.enumerated().compactMap { index, option -> (Int, Int, String)? in
      let distance = distance(typed, option)
      return distance <= threshold ? (distance, index, option) : nil
    }
    guard !close.isEmpty else { return "" }
    let sorted = close.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    return " \(prefix) \(list(sorted.map { "\"\($0.2)\"" }))?"
  }

  /// `a`, `a or b`, `a, b, or c`; five at most.
  static func list(_ items: [String]) -> String {
    let items = items.prefix(5)
    if items.count < 3 { return items.joined(separator: " or ") }
    return items.dropLast().joined(separator: ", ") + ", or " + (items.last ?? "")
  }

  /// Edits between two names; a difference in case counts as one.
  private static func distance(_ a: String, _ b: String) -> Int {
    if a == b { return 0 }
    let left = Array(a.lowercased().unicodeScalars.prefix(200))
    let right = Array(b.lowercased().unicodeScalars.prefix(200))
    if left == right { return 1 }
    var row = Array(0...right.count)
    for (i, x) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in right.enumerated() {
        let cost = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = cost
      }
    }
    return row[right.count]
  }
}
