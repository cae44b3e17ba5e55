/// All modules after the compiler's stages: what plans are made from.
struct CompiledPolicy: @unchecked Sendable {
  var modules: [Module]
  var rules: [CompiledRule]
  // The tree is built by one stage and never changed after that, so sharing it is safe.
  var tree: RuleNode
  var builtins: BuiltinRegistry
  var counter: Int
  var options: RegoCompiler.Options
  /// Builtins that some rule replaces with `with`.
  var mockedBuiltins: Set<String> = []

  /// The rule group's arity when the path names a function.
  func functionArity(_ path: [RegoValue]) -> Int? {
    guard let node = tree.find(path), let first = node.rules.first, let arguments = rules[first].arguments else {
      return nil
    }
    return arguments.count
  }

  /// The number of inputs of a call's target; nil when it does not exist.
  func arity(_ name: [Term]) -> Int? {
    if name.first?.variableName == "data" {
      let path = name.dropFirst().compactMap(\.constantValue)
      return path.count == name.count - 1 ? functionArity(path) : nil
    }
    return builtins[Parser.dotted(name)]?.arity
  }
}
