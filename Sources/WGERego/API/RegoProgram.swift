/// Compiled policies. Immutable; share it between threads.
public struct RegoProgram: Sendable {
  let policy: CompiledPolicy

  /// The packages, each as its path under `data`.
  public var packages: [[String]] { policy.modules.map(\.path) }

  /// The paths of all rules whose last name has a prefix, such as `test_`: what a test runner looks for.
  public func rules(namePrefix: String) -> [(path: String, location: SourceLocation)] {
    var seen: Set<String> = []
    return policy.rules.compactMap { rule in
      guard rule.isComplete, case .string(let name)? = rule.groundPath.last, name.hasPrefix(namePrefix),
        seen.insert(rule.name).inserted
      else { return nil }
      return (rule.name, rule.location)
    }
  }

  /// Prepares a query, such as `data.shop.allow` or `data.shop.deny[reason]`.
  ///
  /// The query sees the imports of no module. Its results bind the variables that it names.
  /// - Throws: ``RegoError/invalid(_:)``.
  public func prepare(_ query: String, options: RegoQueryOptions = RegoQueryOptions()) throws(RegoError)
    -> PreparedQuery
  {
    try PreparedQuery(query, policy: policy, options: options)
  }
}

/// How a query is prepared.
public struct RegoQueryOptions: Sendable {
  /// The query's dialect is v1. Default true.
  public var isV1: Bool
  /// Errors of builtins end the evaluation instead of making expressions undefined. Default false.
  public var strictBuiltinErrors: Bool
  /// Record which expressions ran, for ``RegoDecision/coverage`` and ``RegoDecision/explanations``. Default false.
  public var instrumented: Bool

  /// The defaults, or others.
  public init(isV1: Bool = true, strictBuiltinErrors: Bool = false, instrumented: Bool = false) {
    self.isV1 = isV1
    self.strictBuiltinErrors = strictBuiltinErrors
    self.instrumented = instrumented
  }
}
