/// The compiler: its stages in the order in which they run.
///
/// A stage reads and replaces ``policy``, and reports what is wrong. Compilation ends at the first stage that reports
/// something, since later ones rely on what earlier ones established.
struct Stages {
  var policy: CompiledPolicy
  var diagnostics: [RegoDiagnostic] = []

  static let all: [(name: String, run: @Sendable (inout Stages) -> Void)] = [
    ("check imports", { $0.checkImports() }),
    ("resolve names", { $0.resolve() }),
    ("replace metadata calls", { $0.replaceMetadata() }),
    ("build rule tree", { $0.buildTree() }),
    ("check rule conflicts", { $0.checkConflicts() }),
    ("flatten calls", { $0.flattenCalls() }),
    ("check functions", { $0.checkFunctions() }),
    ("order bodies", { $0.orderBodies() }),
    ("check types", { $0.checkTypes() }),
    ("lift operands", { $0.liftOperands() }),
    ("check recursion", { $0.checkRecursion() }),
    ("note mocked builtins", { $0.policy.mockedBuiltins = MockedBuiltins.names(in: $0.policy.rules) }),
  ]

  static func compile(
    _ modules: [Module], builtins: BuiltinRegistry, options: RegoCompiler.Options
  ) throws(RegoError) -> CompiledPolicy {
    var stages = Stages(
      policy: CompiledPolicy(
        modules: modules, rules: [], tree: RuleNode(path: []), builtins: builtins, counter: 0, options: options))
    for stage in all {
      stage.run(&stages)
      if !stages.diagnostics.isEmpty {
        throw .invalid(Array(stages.diagnostics.prefix(RegoDefaults.maximumErrors)))
      }
    }
    return stages.policy
  }

  mutating func report(_ code: RegoDiagnostic.Code, _ message: String, _ location: SourceLocation) {
    let diagnostic = RegoDiagnostic(code, message, at: location)
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  // MARK: - Names

  private mutating func checkImports() {
    for module in policy.modules where module.isV1 || policy.options.strict {
      var names: Set<String> = []
      for entry in module.imports {
        guard let head = entry.path[0].variableName, head == "input" || head == "data" else { continue }
        let name = entry.alias ?? entry.path.last?.stringValue ?? head
        if !names.insert(name).inserted {
          report(.compile, "import must not shadow import \(Parser.dotted(entry.path))", entry.location)
        }
        if entry.alias == "input" || entry.alias == "data" {
          report(.compile, "imports must not shadow \(name) (use a different alias)", entry.location)
        }
      }
    }
  }

  /// The first names of the rules in each package.
  static func ruleNames(_ modules: [Module]) -> [[String]: Set<String>] {
    var names: [[String]: Set<String>] = [:]
    for module in modules {
      for rule in module.rules {
        if let name = rule.ref.first?.variableName { names[module.path, default: []].insert(name) }
      }
    }
    return names
  }

  static func environment(
    _ module: Module, rules: [[String]: Set<String>], builtins: BuiltinRegistry, isStrict: Bool
  ) -> Resolver.Environment {
    var imports: [String: [Term]] = [:]
    for entry in module.imports {
      guard let head = entry.path[0].variableName, head == "input" || head == "data" else { continue }
      guard let name = entry.alias ?? entry.path.last?.stringValue ?? entry.path.last?.variableName else { continue }
      if entry.path.count == 1, entry.alias == nil { continue }
      imports[name] = entry.path
    }
    return Resolver.Environment(
      package: module.path, rules: rules[module.path] ?? [], imports: imports, isV1: module.isV1,
      isStrict: isStrict, isBuiltin: { builtins[$0] != nil })
  }

  private mutating func resolve() {
    let names = Self.ruleNames(policy.modules)
    for (index, module) in policy.modules.enumerated() {
      var resolver = Resolver(
        Self.environment(module, rules: names, builtins: policy.builtins, isStrict: policy.options.strict),
        counter: policy.counter,
        keepsPrint: policy.options.enablePrint)
      for rule in module.rules {
        policy.rules.append(resolver.rule(rule, module: index))
      }
      policy.counter = resolver.nextCounter
      diagnostics += resolver.diagnostics
      if policy.options.strict { checkUnused(module.imports, resolver.usedImports) }
    }
  }

  private mutating func checkUnused(_ imports: [Import], _ used: Set<String>) {
    for entry in imports {
      guard let head = entry.path[0].variableName, head == "input" || head == "data" else { continue }
      let name = entry.alias ?? entry.path.last?.stringValue ?? head
      if !used.contains(name) {
        let text = Parser.dotted(entry.path) + (entry.alias.map { " as \($0)" } ?? "")
        report(.compile, "import \(text) unused", entry.location)
      }
    }
  }

  private mutating func buildTree() {
    let tree = RuleNode(path: [])
    for module in policy.modules { _ = tree.node(at: module.path.map { RegoValue.string($0) }) }
    for index in policy.rules.indices { tree.insert(index, at: policy.rules[index].groundPath) }
    policy.tree = tree
  }

  // MARK: - Bodies

  private mutating func flattenCalls() {
    var expander = Expander(counter: policy.counter)
    for index in policy.rules.indices { policy.rules[index] = Self.flattened(policy.rules[index], &expander) }
    policy.counter = expander.nextCounter
  }

  /// Calls out of heads and bodies. What a head computes is computed at the end of the body.
  private static func flattened(_ rule: CompiledRule, _ expander: inout Expander) -> CompiledRule {
    var rule = rule
    var fromArguments: [Expression] = []
    rule.arguments = rule.arguments.map { $0.map { pattern($0, &fromArguments, &expander) } }
    for index in rule.links.indices {
      var steps = expander.calls(rule.links[index].body)
      if !fromArguments.isEmpty { steps += expander.calls(fromArguments) }
      if index == 0 {
        for operand in rule.groundCount..<rule.ref.count {
          rule.ref[operand] = evaluated(rule.ref[operand], &steps, &expander)
        }
        rule.element = rule.element.map { evaluated($0, &steps, &expander) }
      }
      rule.links[index].value = evaluated(rule.links[index].value, &steps, &expander)
      rule.links[index].body = steps
    }
    return rule
  }

  /// A term of a head: what must be looked up or computed is so in the body.
  private static func evaluated(_ term: Term, _ steps: inout [Expression], _ expander: inout Expander) -> Term {
    let flat = expander.flat(term, &steps)
    if flat.needsEvaluation {
      let name = Term.variable("$g\(expander.take())", term.location)
      steps.append(Expression(.unify(name, flat), term.location))
      return name
    }
    return flat
  }

  /// An argument's pattern: what is not a pattern is compared in the body.
  private static func pattern(_ term: Term, _ steps: inout [Expression], _ expander: inout Expander) -> Term {
    var result = term
    switch term.kind {
    case .null, .bool, .number, .string, .variable: return term
    case .array(let elements): result.kind = .array(elements.map { pattern($0, &steps, &expander) })
    case .object(let pairs) where pairs.allSatisfy({ $0.0.isConstant }):
      result.kind = .object(pairs.map { ($0.0, pattern($0.1, &steps, &expander)) })
    default:
      let name = Term.variable("$g\(expander.take())", term.location)
      steps.append(Expression(.unify(name, term), term.location))
      return name
    }
    return result
  }

  private mutating func orderBodies() {
    let policy = policy
    var safety = Safety { policy.arity($0) }
    for index in policy.rules.indices {
      let rule = policy.rules[index]
      var arguments = VariableCollector()
      for argument in rule.arguments ?? [] { arguments.visit(argument) }
      for link in rule.links.indices {
        let body = safety.ordered(rule.links[link].body, globals: arguments.names)
        self.policy.rules[index].links[link].body = body
        var head = VariableCollector(skipClosures: true)
        if link == 0 {
          for operand in rule.ref { head.visit(operand) }
          if let element = rule.element { head.visit(element) }
        }
        head.visit(rule.links[link].value)
        let known = VariableCollector.outer(rule.links[link].body).union(arguments.names)
        for name in head.names.subtracting(known).sorted() {
          report(.unsafeVariable, "var \(RefText.displayName(name)) is unsafe", rule.location)
        }
        self.policy.rules[index].links[link].value = safety.closedHead(rule.links[link].value, rule.location, known)
        if link == 0, let element = rule.element {
          self.policy.rules[index].element = safety.closedHead(element, rule.location, known)
        }
      }
    }
    diagnostics += safety.diagnostics
  }

  private mutating func liftOperands() {
    var expander = Expander(counter: policy.counter)
    for index in policy.rules.indices {
      for link in policy.rules[index].links.indices {
        policy.rules[index].links[link].body = expander.operands(policy.rules[index].links[link].body)
        var steps: [Expression] = []
        policy.rules[index].links[link].value = expander.head(policy.rules[index].links[link].value, &steps)
        if link == 0 { policy.rules[index].element = policy.rules[index].element.map { expander.head($0, &steps) } }
        policy.rules[index].links[link].body += steps
      }
    }
    policy.counter = expander.nextCounter
  }
}
