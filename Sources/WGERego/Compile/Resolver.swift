/// Names to what they stand for.
///
/// One walk over a module's rules: declared variables (`:=`, `some`, arguments, `every`) get names of their own, so
/// that later stages need no scopes; imports, rules of the package and root documents become full references; `some
/// .. in` and template strings become plain expressions. Plain variables keep their names: two closures may use the
/// same name for different variables, which is told apart by what is bound when the plan is made.
struct Resolver {
  struct Declaration {
    var name: String
    var kind: Kind
    var location: SourceLocation
    var isUsed = false
    enum Kind { case argument, some, someIn, assigned, every }
  }

  struct Scope {
    var declared: [String: Declaration] = [:]
    /// Names that the body will declare; until then they hide rules and imports.
    var pending: Set<String> = []
    /// Names used before they were declared.
    var seen: Set<String> = []
  }

  /// What the module's names mean.
  struct Environment {
    var package: [String]
    /// First names of the rules in the package.
    var rules: Set<String>
    var imports: [String: [Term]]
    var isV1: Bool
    /// What a linter would say is an error.
    var isStrict = false
    var isBuiltin: (String) -> Bool
  }

  let environment: Environment
  var scopes: [Scope] = []
  var counter: Int
  var diagnostics: [RegoDiagnostic] = []
  var usedImports: Set<String> = []

  /// Calls of `print` stay.
  let keepsPrint: Bool

  init(_ environment: Environment, counter: Int = 0, keepsPrint: Bool = false) {
    self.environment = environment
    self.counter = counter
    self.keepsPrint = keepsPrint
  }

  /// The next number for a generated name.
  var nextCounter: Int { counter }

  mutating func generated() -> String {
    counter += 1
    return "$g\(counter)"
  }

  mutating func report(_ code: RegoDiagnostic.Code, _ message: String, _ location: SourceLocation) {
    if diagnostics.count < RegoDefaults.maximumErrors {
      diagnostics.append(RegoDiagnostic(code, message, at: location))
    }
  }

  // MARK: - Rules

  mutating func rule(_ rule: Rule, module: Int) -> CompiledRule {
    scopes = [Scope()]
    var arguments: [Term]?
    if let written = rule.arguments {
      for argument in written { declareArguments(argument) }
      arguments = written.map { term($0, isUse: false) }
    }
    var ref = environment.package.map { Term.string($0, rule.location) }
    if let first = rule.ref.first, let name = first.variableName {
      if environment.isV1 || environment.isStrict, name == "input" || name == "data" {
        report(.compile, "rules must not shadow \(name) (use a different rule name)", rule.location)
      }
      ref.append(.string(name, first.location))
    }
    var links: [CompiledRule.Link] = []
    var element: Term?
    for (index, branch) in rule.branches.enumerated() {
      scopes.append(Scope(pending: declaredNames(branch.body)))
      let body = self.body(branch.body)
      let value = branch.value.map { term($0) } ?? Term(.bool(true), branch.location)
      if index == 0 {
        for operand in rule.ref.dropFirst() { ref.append(term(operand)) }
        element = rule.element.map { term($0) }
      }
      links.append(CompiledRule.Link(value: value, body: body, location: branch.location))
      closeScope()
    }
    closeScope()
    let ground = ref.firstIndex { !$0.isConstant } ?? ref.count
    return CompiledRule(
      module: module, ref: ref, groundCount: ground, arguments: arguments, element: element, links: links,
      isDefault: rule.isDefault, location: rule.location, annotations: rule.annotations, source: rule)
  }

  /// A query's body; plain variables keep their names.
  mutating func query(_ body: [Expression]) -> (body: [Expression], names: [String: String]) {
    scopes = [Scope(pending: declaredNames(body))]
    let result = self.body(body)
    var names: [String: String] = [:]
    for (name, declaration) in scopes[0].declared { names[declaration.name] = name }
    closeScope()
    return (result, names)
  }

  mutating func closeScope() {
    guard let scope = scopes.popLast() else { return }
    let unused = scope.declared.filter { !$0.value.isUsed && !$0.key.hasPrefix("$") }
    for (name, declaration) in unused.sorted(by: { $0.value.location.offset < $1.value.location.offset }) {
      switch declaration.kind {
      case .some, .every: report(.compile, "declared var \(name) unused", declaration.location)
      case .assigned where environment.isStrict:
        report(.compile, "assigned var \(name) unused", declaration.location)
      case .argument where environment.isStrict:
        report(.compile, "unused argument \(name). (hint: use _ (wildcard variable) instead)", declaration.location)
      case .argument, .assigned, .someIn: break
      }
    }
  }

  // MARK: - Declarations

  mutating func declareArguments(_ term: Term) {
    switch term.kind {
    case .variable(let name):
      if name.hasPrefix("$") || scopes[0].declared[name] != nil { return }
      if environment.isV1 || environment.isStrict, name == "input" || name == "data" {
        report(.compile, "args must not shadow \(name) (use a different variable name)", term.location)
      }
      counter += 1
      scopes[0].declared[name] = Declaration(
        name: "\(name)$\(counter)", kind: .argument, location: term.location)
    case .array(let elements): for element in elements { declareArguments(element) }
    case .object(let pairs): for (_, value) in pairs { declareArguments(value) }
    default: break
    }
  }

  mutating func declare(_ name: String, _ kind: Declaration.Kind, _ location: SourceLocation) {
    if name.hasPrefix("$") { return }
    let top = scopes.count - 1
    if environment.isV1 || environment.isStrict, name == "input" || name == "data" {
      report(.compile, "variables must not shadow \(name) (use a different variable name)", location)
    }
    if let existing = scopes[top].declared[name] {
      report(.compile, "var \(name) \(existing.kind == .assigned ? "assigned" : "declared") above", location)
      return
    }
    if top > 0, scopes.count >= 2, scopes[0].declared[name]?.kind == .argument, top == 1 {
      report(.compile, "arg \(name) redeclared", location)
      return
    }
    if scopes[top].seen.contains(name) {
      report(.compile, "var \(name) referenced above", location)
      return
    }
    counter += 1
    scopes[top].declared[name] = Declaration(name: "\(name)$\(counter)", kind: kind, location: location)
    scopes[top].pending.remove(name)
  }

  /// Names that the expressions of a body declare, not those of nested bodies.
  func declaredNames(_ body: [Expression]) -> Set<String> {
    var names: Set<String> = []
    for expression in body {
      switch expression.kind {
      case .some(let terms): for term in terms { patternNames(term, into: &names) }
      case .someIn(let key, let value, _):
        if let key { patternNames(key, into: &names) }
        patternNames(value, into: &names)
      case .assign(let left, _): patternNames(left, into: &names)
      default: break
      }
    }
    return names
  }

  func patternNames(_ term: Term, into names: inout Set<String>) {
    switch term.kind {
    case .variable(let name): if !name.hasPrefix("$") { names.insert(name) }
    case .array(let elements): for element in elements { patternNames(element, into: &names) }
    case .object(let pairs): for (_, value) in pairs { patternNames(value, into: &names) }
    default: break
    }
  }

  /// The left side of an assignment: its variables are declared.
  mutating func pattern(_ term: Term, _ kind: Declaration.Kind) -> Term {
    var result = term
    switch term.kind {
    case .variable(let name):
      declare(name, kind, term.location)
      return self.term(term, isUse: false)
    case .array(let elements): result.kind = .array(elements.map { pattern($0, kind) })
    case .object(let pairs): result.kind = .object(pairs.map { (self.term($0.0), pattern($0.1, kind)) })
    case .ref, .call, .arrayComprehension, .setComprehension, .objectComprehension, .set:
      if kind == .assigned {
        report(.compile, "cannot assign to \(term.kindName)", term.location)
      }
      return self.term(term)
    case .null, .bool, .number, .string, .template:
      if kind == .assigned { report(.compile, "cannot assign to \(term.kindName)", term.location) }
    }
    return result
  }

  // MARK: - Bodies

  mutating func body(_ expressions: [Expression]) -> [Expression] {
    var result: [Expression] = []
    for expression in expressions { if let resolved = self.expression(expression) { result.append(resolved) } }
    if result.isEmpty, let first = expressions.first {
      result.append(Expression(.term(Term(.bool(true), first.location)), first.location))
    }
    return result
  }

  mutating func expression(_ expression: Expression) -> Expression? {
    var result = expression
    // The values of modifiers belong to the world outside of the expression.
    result.withs = expression.withs.map {
      With(target: target($0.target), value: replacement($0), location: $0.location)
    }
    switch expression.kind {
    case .term(let term): result.kind = .term(self.term(term))
    case .unify(let left, let right): result.kind = .unify(term(left), term(right))
    case .assign(let left, let right):
      let value = term(right)
      if expression.isNegated { report(.compile, "cannot assign vars inside negated expression", expression.location) }
      switch left.kind {
      case .variable, .array, .object: break
      default:
        report(.compile, "cannot assign to \(left.kindName)", expression.location)
        return nil
      }
      result.kind = .unify(pattern(left, .assigned), value)
    case .call(let name, let arguments):
      if name.count == 1, name[0].variableName == "print", !isHidden("print") {
        guard keepsPrint else { return nil }
        result.kind = .call(
          [.variable("internal", expression.location), .string("print", expression.location)],
          [Term(.array(arguments.map { set(of: $0) }), expression.location)])
        break
      }
      if case .call(let name, let arguments) = callTerm(name, arguments, expression.location).kind {
        result.kind = .call(name, arguments)
      }
    case .some(let terms):
      for term in terms { if let name = term.variableName { declare(name, .some, term.location) } }
      return nil
    case .someIn(let key, let value, let domain):
      let domain = term(domain)
      let key = key.map { pattern($0, .someIn) } ?? Term.variable(generated(), expression.location)
      let value = pattern(value, .someIn)
      let operands: [Term]
      if case .ref(let path) = domain.kind { operands = path + [key] } else { operands = [domain, key] }
      result.kind = .unify(value, Term(.ref(operands), domain.location))
    case .every(let key, let value, let domain, let body):
      let domain = term(domain)
      scopes.append(Scope(pending: declaredNames(body)))
      if let name = key?.variableName { declareEvery(name, expression.location) }
      if let name = value.variableName { declareEvery(name, expression.location) }
      let resolved = self.body(body)
      let keyTerm = key.map { term($0, isUse: false) } ?? Term.variable(generated(), expression.location)
      let valueTerm = term(value, isUse: false)
      closeScope()
      result.kind = .every(key: keyTerm, value: valueTerm, domain: domain, body: resolved)
    }
    return result
  }

  mutating func declareEvery(_ name: String, _ location: SourceLocation) {
    if name.hasPrefix("$") { return }
    counter += 1
    let top = scopes.count - 1
    // The body of `every` has a scope of its own below the one of its variables.
    scopes[top].declared[name] = Declaration(name: "\(name)$\(counter)", kind: .every, location: location)
  }
}
