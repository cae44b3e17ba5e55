/// The builtins that policies can call, by name.
struct BuiltinRegistry: Sendable {
  private var builtins: [String: Builtin] = [:]

  subscript(name: String) -> Builtin? { builtins[name] }

  /// All, by name.
  var all: [Builtin] { builtins.values.sorted { $0.name < $1.name } }

  mutating func add(_ builtin: Builtin) { builtins[builtin.name] = builtin }

  mutating func remove(_ name: String) { builtins[name] = nil }

  /// The engine's own.
  static let standard: BuiltinRegistry = {
    var registry = BuiltinRegistry()
    for topic in topics {
      for var builtin in topic {
        if comparing.contains(builtin.name) { builtin.walks = .compares }
        if writing.contains(builtin.name) { builtin.walks = .writes }
        registry.add(builtin)
      }
    }
    return registry
  }()

  /// Builtins whose cost is that of comparing or copying their operands through and through.
  private static let comparing: Set<String> = [
    "sort", "max", "min", "and", "or", "set_diff", "intersection", "union", "object.union", "object.union_n",
    "json.filter", "json.remove", "any", "all", "internal.member_3",
  ]

  /// Builtins that make text of their operands, or walk them in ways of their own.
  private static let writing: Set<String> = [
    "json.marshal", "json.marshal_with_options", "yaml.marshal", "sprintf", "internal.template_string",
    "internal.print", "json.match_schema", "json.verify_schema", "http.send", "providers.aws.sign_req",
    "graphql.parse", "graphql.parse_and_verify", "graphql.parse_query", "graphql.parse_schema", "graphql.is_valid",
    "graphql.schema_is_valid", "urlquery.encode_object",
  ]

  /// Each topic has a file of its own.
  private static let topics: [[Builtin]] = [
    comparisonBuiltins, arithmeticBuiltins, aggregateBuiltins, collectionBuiltins, typeBuiltins, stringBuiltins,
    regexBuiltins, globBuiltins, encodingBuiltins, unitBuiltins, graphBuiltins, patchBuiltins, networkBuiltins,
    timeBuiltins, identityBuiltins, digestBuiltins, schemaBuiltins, graphQLBuiltins,
    requestSigningBuiltins, moduleBuiltins,
  ]
}
