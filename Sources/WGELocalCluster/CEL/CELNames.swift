/// Names of fields that are no CEL identifiers are written with escapes.
/// Source: Kubernetes, "Escaping" under CRD validation rules.
enum CELNames {
  static func unescape(_ name: String) -> String {
    guard name.contains("__") else { return name }
    var result = name
    for (escape, text) in [("__dot__", "."), ("__dash__", "-"), ("__slash__", "/")] {
      result = result.split(separator: escape, omittingEmptySubsequences: false).joined(separator: text)
    }
    if result.hasPrefix("__"), result.hasSuffix("__"), result.count > 4 {
      let inner = String(result.dropFirst(2).dropLast(2))
      let keywords: Set<String> = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let",
        "loop", "package", "namespace", "return", "var", "void", "while",
      ]
      if keywords.contains(inner) { return inner }
    }
    return result.split(separator: "__underscores__", omittingEmptySubsequences: false).joined(separator: "__")
  }
}
