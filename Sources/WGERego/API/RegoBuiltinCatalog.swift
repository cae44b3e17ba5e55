/// Which builtins the engine has: the source of the table in its documentation.
public enum RegoBuiltinCatalog {
  /// One builtin of the language.
  public struct Entry: Sendable, Hashable {
    /// As policies write it.
    public let name: String
    /// Number of operands; nil when it varies.
    public let arity: Int?
    /// 1 (needed by most policies) to 3 (rare).
    public let tier: Int
    /// `yes`, `through a host hook`, or by which product.
    public let support: String
  }

  /// What products of their own add, with the product.
  static let additions: [(String, String)] = [
    ("crypto.parse_private_keys", "`RegoCertificates.builtins` of WGERegoCertificates"),
    ("crypto.x509.*", "`RegoCertificates.builtins` of WGERegoCertificates"),
    ("io.jwt.*", "`RegoTokens.builtins` of WGERegoTokens"),
    ("strings.render_template", "`RegoTemplates.builtins` of WGERegoTemplates"),
  ]

  /// All, by name.
  public static var entries: [Entry] {
    let own = BuiltinRegistry.standard.all.filter { !$0.name.hasPrefix("internal.") }.map { builtin in
      Entry(
        name: builtin.name, arity: builtin.arity, tier: builtin.tier,
        support: builtin.needsHost
          ? "through a host hook, off by default" : builtin.isDeprecated ? "yes, deprecated: v0 only" : "yes")
    }
    let compiler = ["rego.metadata.chain", "rego.metadata.rule", "print"].map {
      Entry(name: $0, arity: $0 == "print" ? nil : 0, tier: 2, support: "yes, by the compiler")
    }
    let additions = additions.map { Entry(name: $0.0, arity: nil, tier: 3, support: "by " + $0.1) }
    return (own + compiler + additions).sorted { $0.name < $1.name }
  }

  /// The table as Markdown.
  public static var markdown: String {
    var text = "| builtin | operands | tier | supported |\n| --- | --- | --- | --- |\n"
    for entry in entries {
      text += "| `\(entry.name)` | \(entry.arity.map(String.init) ?? "any") | \(entry.tier) | \(entry.support) |\n"
    }
    return text
  }
}
