extension Parser {
  /// A statement: usually one rule, more for chained bodies.
  mutating func rule() throws(RegoDiagnostic) -> [Rule] {
    let start = token.location
    if isKeyword("default") {
      advance()
      return [try defaultRule(start)]
    }
    var rule = try head()
    rule.location = start
    return try finish(rule)
  }

  private mutating func headName() throws(RegoDiagnostic) -> Term {
    guard token.kind == .identifier else { throw unexpected() }
    if !startsReference {
      if Self.reserved.contains(token.text) || (keywords.contains(token.text)) {
        throw error("unexpected \(token.text) keyword: \(token.text) keyword cannot be used for rule name")
      }
    }
    let name = token.text == "_" ? wildcard() : token.text
    let result = Term.variable(name, token.location)
    advance()
    return closed(result)
  }

  private mutating func headReference() throws(RegoDiagnostic) -> (ref: [Term], arguments: [Term]?) {
    var ref = [try headName()]
    while token.kind == .symbol,
      token.location.offset == previous.endOffset || isSymbol("[") && token.location.row == previous.endRow
    {
      if isSymbol(".") {
        advance()
        guard token.kind == .identifier, token.location.offset == previous.endOffset else {
          throw unexpected("expected ident")
        }
        ref.append(.string(token.text, token.location))
        advance()
      } else if isSymbol("[") {
        advance()
        ref.append(try expressionTerm(tuple: true))
        try expect("]", "expected \"]\"")
      } else if isSymbol("(") {
        advance()
        let arguments = try list(until: ")")
        for part in ref.dropFirst() where part.stringValue == nil {
          throw error("rule head of a function must be a ground reference", at: part.location)
        }
        return (ref, arguments)
      } else {
        break
      }
      try checkLength(ref)
    }
    return (ref, nil)
  }

  private mutating func head() throws(RegoDiagnostic) -> Rule {
    let location = token.location
    let (ref, arguments) = try headReference()
    var rule = Rule(location: location, ref: ref, arguments: arguments, branches: [])
    var branch = Branch(value: nil, body: [], location: location, hasBody: false)
    if arguments == nil, isKeyword("contains") {
      advance()
      rule.element = try expressionTerm(tuple: true)
      if isSymbol("=") || isSymbol(":=") { throw unexpected("a set rule has no value") }
    } else if isSymbol("=") || isSymbol(":=") {
      branch.usesAssign = token.text == ":="
      advance()
      guard token.kind != .end else { throw unexpected("expected rule value term") }
      branch.value = try expressionTerm(tuple: true)
    }
    rule.branches = [branch]
    return rule
  }

  private mutating func defaultRule(_ start: SourceLocation) throws(RegoDiagnostic) -> Rule {
    var rule = try head()
    rule.location = start
    rule.isDefault = true
    guard rule.element == nil, let value = rule.branches[0].value else {
      throw error("illegal default rule (must have a value)", at: start)
    }
    for operand in rule.ref.dropFirst() where !operand.isConstant {
      throw error("illegal default rule (ref must be ground)", at: operand.location)
    }
    if let what = value.nonConstantPart {
      throw error("illegal default rule (value cannot contain \(what))", at: value.location)
    }
    var seen: Set<String> = []
    for argument in rule.arguments ?? [] {
      guard let name = argument.variableName else {
        throw error("illegal default rule (arguments cannot contain \(argument.kindName))", at: argument.location)
      }
      if !seen.insert(name).inserted {
        throw error("illegal default rule (arguments cannot be repeated \(name))", at: argument.location)
      }
    }
    if isKeyword("if") || isSymbol("{") && token.location.row == previous.endRow {
      throw error("illegal default rule (value cannot have body)")
    }
    rule.endRow = previous.endRow
    return rule
  }

  /// Bodies, else branches, and what the head turns out to mean.
  private mutating func finish(_ head: Rule) throws(RegoDiagnostic) -> [Rule] {
    var rule = head
    var usedIf = false
    if isKeyword("if") {
      usedIf = true
      advance()
      try body(into: &rule.branches[0], afterIf: true)
    } else if isSymbol("{"), !isV1 || token.location.row == previous.endRow {
      if isV1 { throw error("`if` keyword is required before rule body", at: rule.location) }
      try body(into: &rule.branches[0], afterIf: false)
    }
    if isKeyword("with") { throw unexpected() }
    try resolveHead(&rule, usedIf: usedIf)
    while isKeyword("else") {
      if rule.isSet { throw error("else keyword cannot be used on partial rules") }
      if rule.ref.dropFirst().contains(where: { !$0.isConstant }) {
        throw error("else keyword cannot be used on rules with variables in head")
      }
      if !rule.branches[0].hasBody { throw error("else keyword cannot be used on a rule without a body") }
      let limit = min(RegoDefaults.maximumElse, maximumNesting)
      guard rule.branches.count <= limit else { throw error("too many else branches (limit \(limit))") }
      rule.branches.append(try elseBranch())
    }
    rule.endRow = previous.endRow
    var rules = [rule]
    // `p { a } { b }`: more rules with the same head.
    while rule.branches.count == 1, rule.branches[0].hasBody, !usedIf, isSymbol("{"), !isV1 {
      var next = rule
      next.isChained = true
      next.location = token.location
      next.branches[0].location = token.location
      next.branches[0].body = []
      next.arguments = next.arguments?.map { renamed($0) }
      try body(into: &next.branches[0], afterIf: false)
      next.endRow = previous.endRow
      rules.append(next)
    }
    return rules
  }

  /// A copy whose wildcards are other wildcards.
  private mutating func renamed(_ term: Term) -> Term {
    var term = term
    switch term.kind {
    case .variable(let name) where name.hasPrefix("$"): term.kind = .variable(wildcard())
    case .array(let elements):
      var copy: [Term] = []
      for element in elements { copy.append(renamed(element)) }
      term.kind = .array(copy)
    case .object(let pairs):
      var copy: [(Term, Term)] = []
      for pair in pairs { copy.append((pair.0, renamed(pair.1))) }
      term.kind = .object(copy)
    default: break
    }
    return term
  }

  private mutating func body(into branch: inout Branch, afterIf: Bool) throws(RegoDiagnostic) {
    branch.hasBody = true
    if afterIf {
      let mark = self
      if isSymbol("{") {
        // `if {x} == y` is an expression, `if { x }` is a body.
        if let expression = try? literal(), !expression.isLoneSet {
          let ends = token.kind == .end || token.location.row > previous.endRow || isKeyword("else") || isSymbol("}")
          if ends {
            branch.body = [expression]
            branch.isShort = true
            return
          }
        }
        self = mark
      } else {
        branch.body = [try literal()]
        branch.isShort = true
        return
      }
    }
    try expect("{", "expected \"{\"")
    if isSymbol("}") { throw error("found empty body") }
    branch.body = try nested { parser throws(RegoDiagnostic) in try parser.query(until: "}") }
    branch.closingRow = token.location.row
    advance()
  }

  private mutating func elseBranch() throws(RegoDiagnostic) -> Branch {
    var branch = Branch(value: nil, body: [], location: token.location, hasBody: false)
    advance()
    if isSymbol("=") || isSymbol(":=") {
      branch.usesAssign = token.text == ":="
      advance()
      branch.value = try expressionTerm(tuple: true)
    }
    if isKeyword("if") {
      advance()
      try body(into: &branch, afterIf: true)
    } else if isSymbol("{") {
      if isV1 { throw error("`if` keyword is required before rule body", at: branch.location) }
      try body(into: &branch, afterIf: false)
    } else if branch.value == nil {
      throw unexpected("expected else value term or rule body")
    }
    return branch
  }

  /// Heads without operator mean different things in the two dialects.
  private func resolveHead(_ rule: inout Rule, usedIf: Bool) throws(RegoDiagnostic) {
    let branch = rule.branches[0]
    if rule.element != nil { return }
    let bare = branch.value == nil && !branch.hasBody
    if isV1 {
      if bare {
        if rule.ref.count == 1 && rule.arguments == nil {
          throw error("var cannot be used for rule name", at: rule.location)
        }
        if rule.ref.count == 2, rule.arguments == nil {
          throw error("`contains` keyword is required for partial set rules", at: rule.location)
        }
        throw error("rule must have value assignment and/or body declaration", at: rule.location)
      }
      return
    }
    if bare, rule.ref.count == 1, rule.arguments == nil {
      throw error("var cannot be used for rule name", at: rule.location)
    }
    if bare, rule.arguments != nil {
      throw error("unexpected function head: expected a value or a body", at: rule.location)
    }
    if branch.value == nil, !usedIf, rule.ref.count == 2, rule.arguments == nil {
      rule.element = rule.ref[1]
      rule.ref = [rule.ref[0]]
    }
  }
}

extension Expression {
  /// Only a set literal: read as the body of a rule instead.
  var isLoneSet: Bool {
    if case .term(let term) = kind, case .set(let elements) = term.kind, !isNegated { !elements.isEmpty } else { false }
  }
}
