extension Parser {
  /// A whole module.
  static func module(
    _ text: String, file: String, isV1: Bool, maximumNesting: Int = RegoDefaults.maximumNesting
  ) throws(RegoDiagnostic) -> Module {
    var lexer = Lexer(text, file: file)
    let tokens = try lexer.tokens()
    var parser = Parser(tokens: tokens, file: file, text: text, isV1: isV1)
    parser.maximumNesting = maximumNesting
    return try parser.module(comments: lexer.comments)
  }

  /// The body of a query.
  static func query(_ text: String, isV1: Bool, keywords: Set<String> = []) throws(RegoDiagnostic) -> [Expression] {
    var lexer = Lexer(text, file: "")
    var parser = Parser(tokens: try lexer.tokens(), file: "", text: text, isV1: isV1)
    parser.keywords.formUnion(keywords)
    return try parser.wholeQuery()
  }

  /// One term.
  static func term(_ text: String, isV1: Bool) throws(RegoDiagnostic) -> Term {
    var lexer = Lexer(text, file: "")
    var parser = Parser(tokens: try lexer.tokens(), file: "", text: text, isV1: isV1)
    let term = try parser.expressionTerm(tuple: false)
    if parser.token.kind != .end { throw parser.unexpected() }
    return term
  }

  private mutating func module(comments: [Comment]) throws(RegoDiagnostic) -> Module {
    guard isKeyword("package") else {
      throw token.kind == .end ? error("empty module") : error("package expected")
    }
    let location = token.location
    advance()
    let package = try packagePath()
    try endStatement()
    var imports: [Import] = []
    var rules: [Rule] = []
    while token.kind != .end {
      if isKeyword("import") {
        imports.append(try importStatement())
      } else {
        rules += try rule()
      }
      try endStatement()
    }
    var module = Module(
      file: file, package: package, packageLocation: location, imports: imports, rules: rules, comments: comments,
      annotations: [], isV1: isV1, text: text)
    try AnnotationReader.attach(to: &module)
    return module
  }

  private func endStatement() throws(RegoDiagnostic) {
    guard token.kind == .end || token.location.row > previous.endRow else { throw unexpected() }
  }

  private mutating func packagePath() throws(RegoDiagnostic) -> [Term] {
    guard token.kind == .identifier, token.location.row == previous.endRow else {
      throw unexpected("expected package path")
    }
    let start = token
    advance()
    var path = [Term.string(start.text, start.location)]
    path += try operands { parser, term throws(RegoDiagnostic) in
      if term.stringValue == nil { throw parser.error("package path must contain strings only", at: term.location) }
    }
    return path
  }

  /// `.name` and `[term]` that follow directly.
  private mutating func operands(
    _ check: (Parser, Term) throws(RegoDiagnostic) -> Void
  ) throws(RegoDiagnostic) -> [Term] {
    var result: [Term] = []
    while token.kind == .symbol, token.location.offset == previous.endOffset {
      if isSymbol(".") {
        advance()
        guard token.kind == .identifier else { throw unexpected("expected ident") }
        result.append(.string(token.text, token.location))
        advance()
      } else if isSymbol("[") {
        advance()
        let term = try expressionTerm(tuple: true)
        try check(self, term)
        try expect("]", "expected \"]\"")
        result.append(term)
      } else {
        break
      }
      try checkLength(result)
    }
    return result
  }

  private mutating func importStatement() throws(RegoDiagnostic) -> Import {
    let location = token.location
    advance()
    guard token.kind == .identifier, token.location.row == previous.endRow else { throw unexpected("expected path") }
    let head = token
    advance()
    let rest = try operands { parser, term throws(RegoDiagnostic) in
      if term.stringValue == nil { throw parser.error("import path must contain strings only", at: term.location) }
    }
    let path = [Term.variable(head.text, head.location)] + rest
    var alias: String?
    if isKeyword("as") {
      advance()
      guard token.kind == .identifier, !Self.reserved.contains(token.text),
        !keywords.contains(token.text) || startsReference
      else { throw unexpected("expected var") }
      alias = token.text
      advance()
    }
    var result = Import(path: path, alias: alias, location: location)
    result.endRow = previous.endRow
    switch head.text {
    case "input", "data": break
    case "rego":
      guard rest.count == 1, rest[0].stringValue == "v1" else {
        throw error("invalid import `\(Self.dotted(path))`, must be `rego.v1`", at: location)
      }
      if alias != nil { throw error("`rego` imports cannot be aliased", at: location) }
      isV1 = true
      keywords = Self.future
    case "future":
      guard let first = rest.first, first.stringValue == "keywords" else {
        throw error("invalid import, must be `future.keywords`", at: location)
      }
      if alias != nil { throw error("`future` imports cannot be aliased", at: location) }
      if rest.count == 1 {
        keywords.formUnion(Self.future)
      } else if rest.count == 2, let name = rest[1].stringValue, Self.future.contains(name) {
        keywords.insert(name)
        if name == "every" { keywords.insert("in") }
      } else {
        throw error(
          "unexpected keyword, must be one of [\(Self.future.sorted().joined(separator: " "))]", at: location)
      }
    default:
      throw error(
        "path must begin with one of: {future, rego, data, input}", at: location)
    }
    return result
  }

  static func dotted(_ path: [Term]) -> String {
    path.map { $0.stringValue ?? $0.variableName ?? "?" }.joined(separator: ".")
  }
}
