extension Parser {
  /// An expression term: operators by precedence, `in` loosest. `tuple`: a comma may begin `k, v in xs`.
  mutating func expressionTerm(tuple: Bool) throws(RegoDiagnostic) -> Term {
    try continued(try unaryTerm(), tuple: tuple)
  }

  /// Continues an expression whose first term has been read.
  mutating func continued(_ first: Term, tuple: Bool) throws(RegoDiagnostic) -> Term {
    var left = try infix(first, minimum: 1)
    if tuple, isSymbol(","), keywords.contains("in") {
      // `k, v in xs`; anything else after the comma is not ours.
      let mark = self
      advance()
      if let value = try? infix(try unaryTerm(), minimum: 1), isKeyword("in") {
        advance()
        let collection = try infix(try unaryTerm(), minimum: 1)
        left = try call("internal.member_3", [left, value, collection], at: left.location)
      } else {
        self = mark
      }
    }
    while isKeyword("in") {
      advance()
      let collection = try infix(try unaryTerm(), minimum: 1)
      left = try call("internal.member_2", [left, collection], at: left.location)
    }
    return left
  }

  /// Operators with their precedence and the builtin that they call.
  static let operators: [String: (Int, String)] = [
    "==": (1, "equal"), "!=": (1, "neq"), "<": (1, "lt"), ">": (1, "gt"), "<=": (1, "lte"), ">=": (1, "gte"),
    "|": (2, "or"), "&": (3, "and"), "+": (4, "plus"), "-": (4, "minus"), "*": (5, "mul"), "/": (5, "div"),
    "%": (5, "rem"),
  ]

  private mutating func infix(_ first: Term, minimum: Int) throws(RegoDiagnostic) -> Term {
    var left = first
    while token.kind == .symbol, let (precedence, name) = Self.operators[token.text], precedence >= minimum {
      advance()
      let right = try nested { parser throws(RegoDiagnostic) in
        try parser.infix(try parser.unaryTerm(), minimum: precedence + 1)
      }
      left = try call(name, [left, right], at: left.location)
    }
    return left
  }

  private func call(_ name: String, _ arguments: [Term], at location: SourceLocation) throws(RegoDiagnostic) -> Term {
    let parts = name.split(separator: ".").map(String.init)
    let path = parts.enumerated().map {
      $0.offset == 0 ? Term.variable($0.element, location) : Term.string($0.element, location)
    }
    return try chained(Term(.call(path, arguments), location, style: .infix))
  }

  /// A term without operators around it.
  mutating func unaryTerm() throws(RegoDiagnostic) -> Term {
    let start = token
    switch token.kind {
    case .number:
      guard let number = RegoNumber(decimal: start.text) else { throw error("number too big") }
      advance()
      return closed(Term(.number(number), start.location))
    case .string, .rawString:
      advance()
      return closed(
        Term(.string(start.text), start.location, style: start.kind == .rawString ? .raw : .plain))
    case .template: return try template()
    case .identifier: return try nameOrKeyword()
    case .symbol:
      switch start.text {
      case "-":
        advance()
        guard token.kind == .number, let number = RegoNumber(decimal: "-" + token.text) else { throw unexpected() }
        advance()
        return closed(Term(.number(number), start.location))
      case "(":
        let inner = try nested { parser throws(RegoDiagnostic) in
          parser.advance()
          var term = try parser.expressionTerm(tuple: true)
          try parser.expect(")", "expected \")\"")
          if case .call = term.kind, term.style == .infix { term.style = .parenthesised }
          return term
        }
        return try reference(from: closed(inner))
      case "[": return try reference(from: try nested { parser throws(RegoDiagnostic) in try parser.array() })
      case "{": return try reference(from: try nested { parser throws(RegoDiagnostic) in try parser.braces() })
      default: throw unexpected()
      }
    case .end: throw unexpected()
    }
  }

  private mutating func nameOrKeyword() throws(RegoDiagnostic) -> Term {
    let start = token
    if !startsReference {
      switch start.text {
      case "null":
        advance()
        return closed(Term(.null, start.location))
      case "true", "false":
        advance()
        return closed(Term(.bool(start.text == "true"), start.location))
      case "set" where next.kind == .symbol && next.text == "(" && next.location.offset == token.endOffset:
        let mark = self
        advance()
        advance()
        if take(")") { return try reference(from: closed(Term(.set([]), start.location))) }
        self = mark
      default:
        if Self.reserved.contains(start.text) { throw unexpected() }
        if keywords.contains(start.text), start.text != "contains" || !callFollows { throw unexpected() }
      }
    }
    advance()
    let name = start.text == "_" ? wildcard() : start.text
    return try reference(from: closed(Term(.variable(name), start.location)))
  }

  private var callFollows: Bool {
    next.kind == .symbol && next.text == "(" && next.location.offset == token.endOffset
  }

  /// The operands and calls that follow a head directly.
  mutating func reference(from head: Term) throws(RegoDiagnostic) -> Term {
    var path: [Term] = [head]
    var result = head
    while token.kind == .symbol, token.location.offset == previous.endOffset {
      switch token.text {
      case ".":
        guard canHead(head) else { throw unexpected() }
        advance()
        guard token.kind == .identifier, token.location.offset == previous.endOffset else {
          throw unexpected("expected ident")
        }
        path.append(.string(token.text, token.location))
        advance()
        try checkLength(path)
        result = closed(Term(.ref(path), head.location))
      case "[":
        guard canHead(head) else { throw unexpected() }
        let operand = try nested { parser throws(RegoDiagnostic) in
          parser.advance()
          let operand = try parser.expressionTerm(tuple: true)
          try parser.expect("]", "expected \"]\"")
          return operand
        }
        path.append(operand)
        try checkLength(path)
        result = closed(Term(.ref(path), head.location))
      case "(":
        // Only a dotted name can be called.
        guard case .variable = head.kind, path.dropFirst().allSatisfy({ $0.stringValue != nil }) else {
          throw unexpected()
        }
        let arguments = try nested { parser throws(RegoDiagnostic) in
          parser.advance()
          return try parser.list(until: ")")
        }
        let call = try chained(Term(.call(path, arguments), head.location))
        path = [call]
        result = call
      default: return result
      }
      if path.count > 1 || !isCall(path[0]) {
        result = closed(Term(path.count > 1 ? .ref(path) : path[0].kind, head.location))
      }
    }
    return result
  }

  private func isCall(_ term: Term) -> Bool { if case .call = term.kind { true } else { false } }

  private func canHead(_ term: Term) -> Bool {
    switch term.kind {
    case .null, .bool, .number, .string, .template: false
    default: true
    }
  }

  /// Terms separated by commas; a trailing comma is allowed.
  mutating func list(until close: String) throws(RegoDiagnostic) -> [Term] {
    var terms: [Term] = []
    while !isSymbol(close) {
      terms.append(try expressionTerm(tuple: false))
      if !take(",") { break }
    }
    try expect(close, "expected \",\" or \"\(close)\"")
    return terms
  }

  private mutating func array() throws(RegoDiagnostic) -> Term {
    let start = token.location
    advance()
    _ = take(",")
    if take("]") { return closed(Term(.array([]), start)) }
    let first = try unaryTerm()
    if take("|") {
      let body = try query(until: "]")
      advance()
      return closed(Term(.arrayComprehension(first, body), start))
    }
    var elements = [try continued(first, tuple: false)]
    if take(",") { elements += try list(until: "]") } else { try expect("]", "expected \",\" or \"]\"") }
    return closed(Term(.array(elements), start))
  }

  /// An object, a set, or a comprehension of either.
  private mutating func braces() throws(RegoDiagnostic) -> Term {
    let start = token.location
    advance()
    _ = take(",")
    if take("}") { return closed(Term(.object([]), start)) }
    let first = try unaryTerm()
    if take("|") {
      let body = try query(until: "}")
      advance()
      return closed(Term(.setComprehension(first, body), start))
    }
    let key = try continued(first, tuple: false)
    guard take(":") else {
      var elements = [key]
      if take(",") {
        elements += try list(until: "}")
      } else if !take("}") {
        throw unexpected("non-terminated set")
      }
      return closed(Term(.set(elements), start))
    }
    let value = try unaryTerm()
    if take("|") {
      let body = try query(until: "}")
      advance()
      return closed(Term(.objectComprehension(key, value, body), start))
    }
    var pairs = [(key, try continued(value, tuple: false))]
    while take(",") {
      if isSymbol("}") { break }
      let key = try expressionTerm(tuple: false)
      try expect(":", "expected \":\"")
      pairs.append((key, try expressionTerm(tuple: false)))
    }
    if !take("}") { throw unexpected("non-terminated object") }
    return closed(Term(.object(pairs), start))
  }

  private mutating func template() throws(RegoDiagnostic) -> Term {
    let start = token
    advance()
    var parts: [TemplatePart] = []
    for part in start.parts {
      switch part {
      case .text(let text): parts.append(.text(text))
      case .expression(let tokens):
        var parser = inner(tokens)
        let expression = try nested { outer throws(RegoDiagnostic) in
          parser.wildcards = outer.wildcards
          var expression = Expression(
            .term(try parser.expressionTerm(tuple: true)), parser.tokens[0].location)
          expression.withs = try parser.withModifiers()
          if parser.token.kind != .end { throw parser.error("invalid template-string expression") }
          return expression
        }
        wildcards = parser.wildcards
        parts.append(.expression(expression))
      }
    }
    return closed(Term(.template(parts), start.location, style: start.isRaw ? .raw : .plain))
  }
}
