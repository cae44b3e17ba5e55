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
    for topic in topics { for builtin in topic { registry.add(builtin) } }
    return registry
  }()

  /// Each topic has a file of its own.
  private static let topics: [[Builtin]] = [
    comparisonBuiltins, arithmeticBuiltins, aggregateBuiltins, collectionBuiltins, typeBuiltins, stringBuiltins,
    regexBuiltins, globBuiltins, encodingBuiltins, unitBuiltins, graphBuiltins, patchBuiltins, networkBuiltins,
    timeBuiltins, identityBuiltins, digestBuiltins, schemaBuiltins, graphQLBuiltins,
    requestSigningBuiltins, moduleBuiltins,
  ]
}
