/// Orders the steps of bodies so that every variable has a value before it is needed, and finds those that never get
/// one.
///
/// Repeatedly takes, in source order, each expression whose variables are all safe or made safe by itself. The order
/// is stable: what can stay where it is stays.
struct Safety {
  /// The number of inputs of a function, by its path; nil when it does not exist.
  let arity: ([Term]) -> Int?
  private(set) var diagnostics: [RegoDiagnostic] = []

  init(arity: @escaping ([Term]) -> Int?) { self.arity = arity }

  private struct Unsafe {
    var expression: Expression
    var names: Set<String>
  }

  /// The body in a safe order. `globals` have values already.
  mutating func ordered(_ body: [Expression], globals: Set<String>) -> [Expression] {
    var unsafe: [Unsafe] = []
    let result = reorder(body, globals: globals, unsafe: &unsafe)
    report(unsafe)
    return result
  }

  private mutating func report(_ unsafe: [Unsafe]) {
    for entry in unsafe {
      for name in entry.names.sorted() {
        let message =
          name.hasPrefix("$")
          ? (RefText.isGenerated(name) ? "expression is unsafe" : "var _ is unsafe")
          : "var \(RefText.displayName(name)) is unsafe"
        let diagnostic = RegoDiagnostic(.unsafeVariable, message, at: entry.expression.location)
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
      }
    }
  }

  private func reorder(_ body: [Expression], globals: Set<String>, unsafe: inout [Unsafe]) -> [Expression] {
    let bodyVariables = VariableCollector.outer(body)
    var safe = bodyVariables.intersection(globals)
    var needed = body.map { VariableCollector.outer($0).subtracting(safe) }
    let closures = body.map { VariableCollector.closures($0).intersection(bodyVariables).subtracting(globals) }
    var taken = [Bool](repeating: false, count: body.count)
    var order: [Int] = []
    var progress = true
    while progress {
      progress = false
      for index in body.indices where !taken[index] {
        let outputs = outputs(body[index], safe: safe)
        if !closures[index].isEmpty {
          let missing = closures[index].subtracting(safe)
          if !missing.isEmpty {
            if missing == outputs { continue }
            needed[index].formUnion(missing)
            continue
          }
          needed[index].subtract(closures[index])
        }
        needed[index].subtract(outputs)
        needed[index].subtract(safe)
        if needed[index].isEmpty {
          taken[index] = true
          order.append(index)
          safe.formUnion(outputs)
          progress = true
        }
      }
    }
    for index in body.indices where !taken[index] {
      unsafe.append(Unsafe(expression: body[index], names: needed[index]))
    }
    var result: [Expression] = []
    var known = globals
    for index in order {
      if let last = result.last { known.formUnion(VariableCollector.outer(last)) }
      result.append(closed(body[index], globals: known, unsafe: &unsafe))
    }
    return result
  }

  // MARK: - Closures

  private func closed(_ expression: Expression, globals: Set<String>, unsafe: inout [Unsafe]) -> Expression {
    var result = expression
    switch expression.kind {
    case .term(let term): result.kind = .term(closed(term, expression, globals, &unsafe))
    case .unify(let left, let right), .assign(let left, let right):
      result.kind = .unify(closed(left, expression, globals, &unsafe), closed(right, expression, globals, &unsafe))
    case .call(let name, let arguments):
      result.kind = .call(name, arguments.map { closed($0, expression, globals, &unsafe) })
    case .every(let key, let value, let domain, let body):
      var inner = globals
      for name in [key?.variableName, value.variableName] { if let name { inner.insert(name) } }
      result.kind = .every(
        key: key, value: value, domain: closed(domain, expression, globals, &unsafe),
        body: reorder(body, globals: inner, unsafe: &unsafe))
    case .some, .someIn: break
    }
    result.withs = expression.withs.map {
      With(target: $0.target, value: closed($0.value, expression, globals, &unsafe), location: $0.location)
    }
    return result
  }

  private func closed(
    _ term: Term, _ expression: Expression, _ globals: Set<String>, _ unsafe: inout [Unsafe]
  ) -> Term {
    var result = term
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template: break
    case .ref(let path): result.kind = .ref(path.map { closed($0, expression, globals, &unsafe) })
    case .array(let elements): result.kind = .array(elements.map { closed($0, expression, globals, &unsafe) })
    case .set(let elements): result.kind = .set(elements.map { closed($0, expression, globals, &unsafe) })
    case .object(let pairs):
      result.kind = .object(
        pairs.map { (closed($0.0, expression, globals, &unsafe), closed($0.1, expression, globals, &unsafe)) })
    case .call(let name, let arguments):
      result.kind = .call(name, arguments.map { closed($0, expression, globals, &unsafe) })
    case .arrayComprehension(let head, let body):
      let (heads, body) = comprehension([head], body, expression, globals, &unsafe)
      result.kind = .arrayComprehension(heads[0], body)
    case .setComprehension(let head, let body):
      let (heads, body) = comprehension([head], body, expression, globals, &unsafe)
      result.kind = .setComprehension(heads[0], body)
    case .objectComprehension(let key, let value, let body):
      let (heads, body) = comprehension([key, value], body, expression, globals, &unsafe)
      result.kind = .objectComprehension(heads[0], heads[1], body)
    }
    return result
  }

  private func comprehension(
    _ heads: [Term], _ body: [Expression], _ expression: Expression, _ globals: Set<String>, _ unsafe: inout [Unsafe]
  ) -> ([Term], [Expression]) {
    var used = VariableCollector(skipClosures: true)
    for head in heads { used.visit(head) }
    let known = VariableCollector.outer(body).union(globals)
    let missing = used.names.subtracting(known)
    if !missing.isEmpty { unsafe.append(Unsafe(expression: expression, names: missing)) }
    let ordered = reorder(body, globals: globals, unsafe: &unsafe)
    return (heads.map { closed($0, expression, known, &unsafe) }, ordered)
  }

  /// A term of a head, whose closures see what the body made safe.
  mutating func closedHead(_ term: Term, _ location: SourceLocation, _ globals: Set<String>) -> Term {
    var unsafe: [Unsafe] = []
    let result = closed(term, Expression(.term(term), location), globals, &unsafe)
    report(unsafe)
    return result
  }

  // MARK: - Outputs

  private func outputs(_ expression: Expression, safe: Set<String>) -> Set<String> {
    if expression.isNegated { return [] }
    for with in expression.withs {
      var collector = VariableCollector(skipClosures: true)
      collector.visit(with.value)
      if !collector.names.isSubset(of: safe) { return [] }
    }
    switch expression.kind {
    case .term(let term): return outputs([term], safe: safe)
    case .unify(let left, let right), .assign(let left, let right):
      var known = outputs([left, right], safe: safe)
      known.formUnion(safe)
      var unifier = StaticUnifier(safe: known)
      unifier.unify(left, right)
      return unifier.safe.subtracting(safe)
    case .call(let name, let arguments):
      guard let inputs = arity(name) else { return [] }
      var result = outputs(arguments, safe: safe)
      if inputs >= arguments.count { return result }
      var collector = VariableCollector(skipClosures: true, skipRefHeads: true, skipObjectKeys: true, skipSets: true)
      for argument in arguments.prefix(inputs) { collector.visit(argument) }
      if !collector.names.subtracting(result).isSubset(of: safe) { return [] }
      var captured = VariableCollector(skipClosures: true, skipRefHeads: true, skipObjectKeys: true, skipSets: true)
      for argument in arguments.dropFirst(inputs) { captured.visit(argument) }
      result.formUnion(captured.names)
      return result
    case .every(_, _, let domain, _): return outputs([domain], safe: safe)
    case .some, .someIn: return []
    }
  }

  /// Operands of references with a safe head.
  private func outputs(_ terms: [Term], safe: Set<String>) -> Set<String> {
    var result: Set<String> = []
    for term in terms { collect(term, safe, &result) }
    return result.subtracting(safe)
  }

  private func collect(_ term: Term, _ safe: Set<String>, _ result: inout Set<String>) {
    switch term.kind {
    case .ref(let path):
      if let name = path[0].variableName, name != "data", name != "input", !safe.contains(name) { return }
      for operand in path.dropFirst() {
        var collector = VariableCollector(skipClosures: true, skipRefHeads: true)
        collector.visit(operand)
        result.formUnion(collector.names)
      }
    case .array(let elements), .set(let elements): for element in elements { collect(element, safe, &result) }
    case .object(let pairs):
      for (key, value) in pairs {
        collect(key, safe, &result)
        collect(value, safe, &result)
      }
    case .call(_, let arguments): for argument in arguments { collect(argument, safe, &result) }
    default: break
    }
  }
}

/// Which variables a unification gives values to, as far as the text tells.
struct StaticUnifier {
  private(set) var safe: Set<String>
  private var unknown: [String: Set<String>] = [:]

  init(safe: Set<String>) { self.safe = safe }

  private func isSafe(_ name: String) -> Bool { safe.contains(name) || name == "input" || name == "data" }

  private mutating func markSafe(_ name: String) {
    guard !safe.contains(name) else { return }
    safe.insert(name)
    // A variable that waited for this one alone is safe too.
    for (other, missing) in unknown where missing.contains(name) {
      unknown[other]?.remove(name)
      if unknown[other]?.isEmpty == true { markSafe(other) }
    }
    if let waiting = aliases[name] { for other in waiting { markSafe(other) } }
    if let pattern = patterns[name] { for other in pattern { markSafe(other) } }
  }

  private var aliases: [String: Set<String>] = [:]
  private var patterns: [String: Set<String>] = [:]

  private mutating func markAllSafe(_ term: Term) {
    for name in variables(term) { markSafe(name) }
  }

  private func variables(_ term: Term) -> Set<String> {
    var collector = VariableCollector(skipClosures: true, skipRefHeads: true, skipObjectKeys: true)
    collector.visit(term)
    return collector.names
  }

  private mutating func unifyAll(_ name: String, _ composite: Term) {
    if isSafe(name) {
      markAllSafe(composite)
      return
    }
    let missing = variables(composite).filter { !isSafe($0) }
    if missing.isEmpty {
      markSafe(name)
    } else {
      unknown[name, default: []].formUnion(missing)
      patterns[name, default: []].formUnion(missing)
    }
  }

  mutating func unify(_ a: Term, _ b: Term) {
    switch (a.kind, b.kind) {
    case (.variable(let x), .variable(let y)):
      if isSafe(y) {
        markSafe(x)
      } else if isSafe(x) {
        markSafe(y)
      } else {
        aliases[x, default: []].insert(y)
        aliases[y, default: []].insert(x)
      }
    case (.variable(let x), .array), (.variable(let x), .object): unifyAll(x, b)
    case (.array, .variable(let y)), (.object, .variable(let y)): unifyAll(y, a)
    case (.variable(let x), .ref(let path)): if headIsSafe(path) { markSafe(x) }
    case (.ref(let path), .variable(let y)): if headIsSafe(path) { markSafe(y) }
    case (.variable(let x), _): markSafe(x)
    case (_, .variable(let y)): markSafe(y)
    case (.ref(let path), .array), (.ref(let path), .object): if headIsSafe(path) { markAllSafe(b) }
    case (.array, .ref(let path)), (.object, .ref(let path)): if headIsSafe(path) { markAllSafe(a) }
    case (.array(let x), .array(let y)):
      if x.count == y.count { for (left, right) in zip(x, y) { unify(left, right) } }
    case (.object(let x), .object(let y)):
      guard x.count == y.count else { return }
      for (key, value) in x {
        guard let other = y.first(where: { key.isSameKey(as: $0.0) }) else { continue }
        unify(value, other.1)
      }
    case (.array, .arrayComprehension), (.array, .setComprehension), (.array, .objectComprehension): markAllSafe(a)
    case (.arrayComprehension, .array), (.setComprehension, .array), (.objectComprehension, .array): markAllSafe(b)
    default: break
    }
  }

  private func headIsSafe(_ path: [Term]) -> Bool {
    guard let name = path[0].variableName else { return true }
    return isSafe(name)
  }
}
