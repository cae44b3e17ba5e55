/// Which builtins the engine has: the source of the table in its documentation.
public enum RegoBuiltinCatalog {
  /// One builtin of the language.
  public struct Entry: Sendable, Hashable {
    /// As policies write it.
    public let name: String
    /// Number of operands; nil when the builtin is not there.
    public let arity: Int?
    /// 1 (needed by most policies) to 3 (rare).
    public let tier: Int
    /// `yes`, `through a host hook`, or why not.
    public let support: String
  }

  /// What the language has and the engine has not, with the reason.
  static let missing: [(String, String)] = [
    ("crypto.parse_private_keys", "no, certificates and keys are not parsed"),
    ("crypto.x509.parse_and_verify_certificates", "no, certificates are not parsed"),
    ("crypto.x509.parse_and_verify_certificates_with_options", "no, certificates are not parsed"),
    ("crypto.x509.parse_certificate_request", "no, certificates are not parsed"),
    ("crypto.x509.parse_certificates", "no, certificates are not parsed"),
    ("crypto.x509.parse_keypair", "no, certificates are not parsed"),
    ("crypto.x509.parse_rsa_private_key", "no, keys are not parsed"),
    ("graphql.is_valid", "no, there is no GraphQL parser"), ("graphql.parse", "no, there is no GraphQL parser"),
    ("graphql.parse_and_verify", "no, there is no GraphQL parser"),
    ("graphql.parse_query", "no, there is no GraphQL parser"),
    ("graphql.parse_schema", "no, there is no GraphQL parser"),
    ("graphql.schema_is_valid", "no, there is no GraphQL parser"),
    ("io.jwt.*", "by `RegoTokens.builtins` of WGERegoTokens"), ("providers.aws.sign_req", "no"),
    ("rego.parse_module", "no"), ("strings.render_template", "no, use template strings or sprintf"),
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
    let missing = missing.map { Entry(name: $0.0, arity: nil, tier: 3, support: $0.1) }
    return (own + compiler + missing).sorted { $0.name < $1.name }
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
