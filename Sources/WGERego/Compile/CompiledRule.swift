/// A rule as the compiler's stages see it: names resolved, heads normalised, bodies flattened and ordered.
struct CompiledRule: Sendable {
  /// One link of the else chain.
  struct Link: Sendable {
    var value: Term
    var body: [Expression]
    var location: SourceLocation
  }

  var module: Int
  /// Package path, name and operands; constants are terms with a constant value.
  var ref: [Term]
  /// How many leading terms of `ref` are constant.
  var groundCount: Int
  var arguments: [Term]?
  /// For sets: the element of the first link.
  var element: Term?
  var links: [Link]
  var isDefault: Bool
  var location: SourceLocation
  var annotations: [Annotation]
  var source: Rule

  /// The constant leading path.
  var groundPath: [RegoValue] { ref.prefix(groundCount).compactMap(\.constantValue) }

  /// `data.pkg.name`, with the operands of the head.
  var name: String { RefText.path(ref) }

  var isComplete: Bool { arguments == nil && element == nil && groundCount == ref.count }
}

/// References as text.
enum RefText {
  /// `data` followed by the operands.
  static func path(_ operands: [Term]) -> String {
    "data" + operands.map { operand($0) }.joined()
  }

  static func path(_ values: [RegoValue]) -> String {
    "data"
      + values.map { value -> String in
        if case .string(let name) = value, isName(name) { return "." + name }
        return "[" + value.text + "]"
      }.joined()
  }

  static func operand(_ term: Term) -> String {
    if let name = term.stringValue, isName(name) { return "." + name }
    if let value = term.constantValue { return "[" + value.text + "]" }
    if let name = term.variableName { return "[" + displayName(name) + "]" }
    return "[_]"
  }

  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first == UInt8(ascii: "_") || (first | 0x20 >= 0x61 && first | 0x20 <= 0x7A)
    else {
      return false
    }
    return text.utf8.allSatisfy {
      $0 == UInt8(ascii: "_") || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39)
    }
  }

  /// The name as the author wrote it.
  static func displayName(_ name: String) -> String {
    if name.hasPrefix("$") { return "_" }
    return name.firstIndex(of: "$").map { String(name[..<$0]) } ?? name
  }

  static func isGenerated(_ name: String) -> Bool { name.hasPrefix("$g") }
}
