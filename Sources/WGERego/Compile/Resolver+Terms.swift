/// Names inside of terms.
extension Resolver {
  func isHidden(_ name: String) -> Bool {
    scopes.contains { $0.declared[name] != nil || $0.pending.contains(name) } || environment.rules.contains(name)
      || environment.imports[name] != nil
  }

  /// What a name stands for, as the head of a reference.
  mutating func head(_ name: String, _ location: SourceLocation, isUse: Bool = true) -> [Term] {
    if name.hasPrefix("$") { return [.variable(name, location)] }
    var hidden = false
    for index in scopes.indices.reversed() {
      if let declaration = scopes[index].declared[name] {
        if isUse { scopes[index].declared[name]?.isUsed = true }
        return [.variable(declaration.name, location)]
      }
      if scopes[index].pending.contains(name) { hidden = true }
    }
    if !hidden {
      if let path = environment.imports[name] {
        usedImports.insert(name)
        return path.map { Term($0.kind, location) }
      }
      if environment.rules.contains(name) {
        return [.variable("data", location)] + (environment.package + [name]).map { .string($0, location) }
      }
    }
    if !scopes.isEmpty { scopes[scopes.count - 1].seen.insert(name) }
    return [.variable(name, location)]
  }

  mutating func term(_ term: Term, isUse: Bool = true) -> Term {
    var result = term
    switch term.kind {
    case .null, .bool, .number, .string: break
    case .variable(let name):
      let path = head(name, term.location, isUse: isUse)
      let isRoot = path.count == 1 && (name == "input" || name == "data") && path[0].variableName == name
      result.kind = path.count == 1 && !isRoot ? path[0].kind : .ref(path)
    case .ref(let path):
      var resolved: [Term]
      if let name = path[0].variableName {
        resolved = head(name, path[0].location)
      } else {
        let inner = self.term(path[0])
        if case .ref(let nested) = inner.kind { resolved = nested } else { resolved = [inner] }
      }
      for operand in path.dropFirst() { resolved.append(self.term(operand)) }
      result.kind = .ref(resolved)
    case .array(let elements): result.kind = .array(elements.map { self.term($0, isUse: isUse) })
    case .set(let elements): result.kind = .set(elements.map { self.term($0) })
    case .object(let pairs): result.kind = .object(pairs.map { (self.term($0.0), self.term($0.1, isUse: isUse)) })
    case .call(let name, let arguments): return callTerm(name, arguments, term.location)
    case .arrayComprehension(let head, let body):
      scopes.append(Scope(pending: declaredNames(body)))
      let body = self.body(body)
      result.kind = .arrayComprehension(self.term(head), body)
      closeScope()
    case .setComprehension(let head, let body):
      scopes.append(Scope(pending: declaredNames(body)))
      let body = self.body(body)
      result.kind = .setComprehension(self.term(head), body)
      closeScope()
    case .objectComprehension(let key, let value, let body):
      scopes.append(Scope(pending: declaredNames(body)))
      let body = self.body(body)
      result.kind = .objectComprehension(self.term(key), self.term(value), body)
      closeScope()
    case .template(let parts): return template(parts, term.location)
    }
    return result
  }

  /// The set of a term's values: empty when it is undefined.
  mutating func set(of term: Term) -> Term {
    let name = Term.variable(generated(), term.location)
    return Term(.setComprehension(name, [Expression(.unify(name, self.term(term)), term.location)]), term.location)
  }

  /// `internal.template_string([...])`, each expression being the set of its results.
  mutating func template(_ parts: [TemplatePart], _ location: SourceLocation) -> Term {
    var elements: [Term] = []
    for part in parts {
      switch part {
      case .text(let text): elements.append(.string(text, location))
      case .expression(var expression):
        guard case .term(let inner) = expression.kind else { continue }
        let name = Term.variable(generated(), location)
        scopes.append(Scope())
        expression.withs = expression.withs.map {
          With(target: target($0.target), value: replacement($0), location: $0.location)
        }
        expression.kind = .unify(name, term(inner))
        closeScope()
        elements.append(Term(.setComprehension(name, [expression]), location))
      }
    }
    if elements.allSatisfy({ $0.stringValue != nil }) {
      return .string(elements.compactMap(\.stringValue).joined(), location)
    }
    return Term(
      .call(
        [.variable("internal", location), .string("template_string", location)], [Term(.array(elements), location)]),
      location)
  }

  mutating func callTerm(_ name: [Term], _ arguments: [Term], _ location: SourceLocation) -> Term {
    var path = name
    if let first = name[0].variableName {
      let isBuiltin = name.count == 1 ? Resolver.isOperator(first) : first == "internal"
      if scopes.contains(where: { $0.declared[first] != nil || $0.pending.contains(first) }) && !isBuiltin {
        report(.compile, "called function \(first) shadowed", location)
      } else if !isBuiltin {
        if let imported = environment.imports[first] {
          usedImports.insert(first)
          path = imported + name.dropFirst()
        } else if environment.rules.contains(first) {
          path =
            [.variable("data", location)] + (environment.package + [first]).map { .string($0, location) }
            + name.dropFirst()
        }
      }
    }
    return Term(.call(path, arguments.map { term($0) }), location)
  }

  /// Builtins that operators stand for: no rule of the same name may take their place.
  static func isOperator(_ name: String) -> Bool {
    ["equal", "neq", "lt", "lte", "gt", "gte", "plus", "minus", "mul", "div", "rem", "and", "or"].contains(name)
  }

  /// What takes the place of a target. The name of a builtin is kept as a name (a template of its text, which no
  /// other term is at this point), since it is no variable.
  mutating func replacement(_ with: With) -> Term {
    let path: [Term]
    switch with.value.kind {
    case .variable: path = [with.value]
    case .ref(let written): path = written
    default: return term(with.value)
    }
    if let head = path[0].variableName, head != "input", head != "data", !isHidden(head),
      path.dropFirst().allSatisfy({ $0.stringValue != nil }), environment.isBuiltin(Parser.dotted(path))
    {
      return Term(.template([.text(Parser.dotted(path))]), with.value.location)
    }
    return term(with.value)
  }

  mutating func target(_ target: Term) -> Term {
    var path: [Term]
    if case .ref(let written) = target.kind { path = written } else { path = [target] }
    guard let name = path[0].variableName else { return target }
    var result: [Term]
    if let imported = environment.imports[name] {
      usedImports.insert(name)
      result = imported + path.dropFirst()
    } else if environment.rules.contains(name) {
      result =
        [.variable("data", target.location)] + (environment.package + [name]).map { .string($0, target.location) }
        + path.dropFirst()
    } else {
      result = path
    }
    return Term(.ref(result), target.location)
  }
}
