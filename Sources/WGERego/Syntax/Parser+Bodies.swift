extension Parser {
  /// Expressions up to a closing symbol, which is left to the caller.
  mutating func query(until close: String) throws(RegoDiagnostic) -> [Expression] {
    var body: [Expression] = []
    while true {
      body.append(try literal())
      if isSymbol(close) { return body }
      if take(";") {
        if isSymbol(close) { throw unexpected() }
        continue
      }
      guard token.kind != .end else { throw unexpected("expected \"\(close)\"") }
      guard token.location.row > previous.endRow else {
        throw unexpected("expected \\n or ; or \(close)")
      }
    }
  }

  /// Expressions up to the end of the text.
  mutating func wholeQuery() throws(RegoDiagnostic) -> [Expression] {
    var body: [Expression] = []
    while token.kind != .end {
      body.append(try literal())
      if take(";") || token.kind == .end { continue }
      guard token.location.row > previous.endRow else { throw unexpected("expected \\n or ;") }
    }
    if body.isEmpty { throw error("empty query") }
    return body
  }

  /// One expression of a body, with its modifiers.
  mutating func literal() throws(RegoDiagnostic) -> Expression {
    let start = token
    var expression: Expression
    if isKeyword("some") {
      expression = try someDeclaration()
    } else if isKeyword("every") {
      expression = try every()
    } else {
      var negated = false
      if isKeyword("not") {
        advance()
        negated = true
        if isKeyword("not") { throw unexpected() }
      }
      expression = try plain()
      expression.isNegated = negated
    }
    expression.withs = try withModifiers()
    if !expression.withs.isEmpty, case .some = expression.kind {
      throw error("unexpected with keyword", at: start.location)
    }
    expression.location = start.location
    expression.endRow = previous.endRow
    expression.source = sourceText(from: start.location.offset)
    return expression
  }

  private mutating func plain() throws(RegoDiagnostic) -> Expression {
    let location = token.location
    let left = try expressionTerm(tuple: true)
    if take(":=") { return Expression(.assign(left, try expressionTerm(tuple: true)), location) }
    if take("=") { return Expression(.unify(left, try expressionTerm(tuple: true)), location) }
    if case .call(let name, let arguments) = left.kind { return Expression(.call(name, arguments), location) }
    return Expression(.term(left), location)
  }

  mutating func withModifiers() throws(RegoDiagnostic) -> [With] {
    var result: [With] = []
    while isKeyword("with") {
      let location = token.location
      advance()
      guard token.kind == .identifier else { throw unexpected("expected with target") }
      let target = try unaryTerm()
      switch target.kind {
      case .variable, .ref: break
      default: throw error("with target must be a reference", at: location)
      }
      guard isKeyword("as") else { throw unexpected("expected as keyword") }
      advance()
      result.append(With(target: target, value: try expressionTerm(tuple: false), location: location))
    }
    return result
  }

  private mutating func someDeclaration() throws(RegoDiagnostic) -> Expression {
    let location = token.location
    advance()
    var terms: [Term] = []
    repeat { terms.append(try operand()) } while take(",")
    if isKeyword("in") {
      advance()
      guard terms.count <= 2, let value = terms.last else { throw unexpected("expected at most two terms before in") }
      let domain = try expressionTerm(tuple: false)
      return Expression(.someIn(key: terms.count == 2 ? terms[0] : nil, value: value, domain: domain), location)
    }
    for term in terms {
      guard let name = term.variableName, !name.hasPrefix("$") else {
        throw error("expected var", at: term.location)
      }
    }
    return Expression(.some(terms), location)
  }

  /// A term with operators but without `in`.
  private mutating func operand() throws(RegoDiagnostic) -> Term {
    let mark = keywords
    keywords.remove("in")
    defer { keywords = mark }
    // Names stay reserved; only the operator is off.
    if token.kind == .identifier, mark.contains(token.text), !startsReference, token.text == "in" { throw unexpected() }
    return try expressionTerm(tuple: false)
  }

  private mutating func every() throws(RegoDiagnostic) -> Expression {
    let location = token.location
    advance()
    var names: [Term] = []
    repeat {
      guard token.kind == .identifier else { throw unexpected("expected every var") }
      names.append(try unaryTerm())
    } while take(",")
    guard names.count <= 2, let value = names.last, names.allSatisfy({ $0.variableName != nil }) else {
      throw error("unexpected every: expected one or two variables", at: location)
    }
    guard isKeyword("in") else { throw unexpected("expected in keyword") }
    advance()
    let domain = try expressionTerm(tuple: false)
    let body = try nested { parser throws(RegoDiagnostic) in
      try parser.expect("{", "missing body")
      let body = try parser.query(until: "}")
      parser.advance()
      return body
    }
    return Expression(
      .every(key: names.count == 2 ? names[0] : nil, value: value, domain: domain, body: body), location)
  }
}
