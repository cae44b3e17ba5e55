/// Reads an expression by recursive descent. The depth limit bounds the recursion.
/// Source: the language definition of CEL (cel-spec), section Syntax.
struct CELParser {
  private static let maximumDepth = 64
  private static let maximumLength = 16_384
  private static let reserved: Set<String> = [
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace",
    "return", "var", "void", "while",
  ]

  private let tokens: [(token: CELLexer.Token, column: Int)]
  private var position = 0
  private var depth = 0
  private var variables: [String]

  private init(_ tokens: [(token: CELLexer.Token, column: Int)], variables: [String]) {
    self.tokens = tokens
    self.variables = variables
  }

  /// - Parameter variables: the names that an expression may refer to.
  static func parse(_ text: String, variables: [String]) throws(CELCompileError) -> CELExpression {
    guard text.utf8.count <= maximumLength else {
      throw CELCompileError(column: 1, problem: "the expression is longer than \(maximumLength) bytes")
    }
    var parser = CELParser(try CELLexer.tokens(of: text), variables: variables)
    let expression = try parser.expression()
    guard parser.current == .end else { throw parser.unexpected() }
    return expression
  }

  private var current: CELLexer.Token { tokens[min(position, tokens.count - 1)].token }
  private var column: Int { tokens[min(position, tokens.count - 1)].column }

  private func unexpected() -> CELCompileError {
    let what: String =
      switch current {
      case .end: "<EOF>"
      case .symbol(let text), .name(let text): text
      case .integer(let value): "\(value)"
      case .unsigned(let value): "\(value)u"
      case .double(let value): "\(value)"
      case .string(let text): "\"\(text)\""
      }
    return CELCompileError(column: column, problem: "Syntax error: mismatched input '\(what)'")
  }

  private mutating func accept(_ symbol: String) -> Bool {
    guard current == .symbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: String) throws(CELCompileError) {
    if !accept(symbol) { throw unexpected() }
  }

  private mutating func expression() throws(CELCompileError) -> CELExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw CELCompileError(column: column, problem: "the expression is nested too deeply")
    }
    let condition = try or()
    guard accept("?") else { return condition }
    let yes = try or()
    try expect(":")
    return .conditional(condition, yes, try expression())
  }

  private mutating func or() throws(CELCompileError) -> CELExpression {
    var left = try and()
    while accept("||") { left = .or(left, try and()) }
    return left
  }

  private mutating func and() throws(CELCompileError) -> CELExpression {
    var left = try relation()
    while accept("&&") { left = .and(left, try relation()) }
    return left
  }

  private mutating func relation() throws(CELCompileError) -> CELExpression {
    var left = try sum()
    while true {
      if case .symbol(let op) = current, ["==", "!=", "<", "<=", ">", ">="].contains(op) {
        position += 1
        left = .binary(op, left, try sum())
      } else if current == .name("in") {
        position += 1
        left = .binary("in", left, try sum())
      } else {
        return left
      }
    }
  }

  private mutating func sum() throws(CELCompileError) -> CELExpression {
    var left = try product()
    while case .symbol(let op) = current, op == "+" || op == "-" {
      position += 1
      left = .binary(op, left, try product())
    }
    return left
  }

  private mutating func product() throws(CELCompileError) -> CELExpression {
    var left = try unary()
    while case .symbol(let op) = current, op == "*" || op == "/" || op == "%" {
      position += 1
      left = .binary(op, left, try unary())
    }
    return left
  }

  private mutating func unary() throws(CELCompileError) -> CELExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth * 2 else {
      throw CELCompileError(column: column, problem: "the expression is nested too deeply")
    }
    if accept("!") { return .not(try unary()) }
    if accept("-") {
      let inner = try unary()
      if case .literal(.int(let value)) = inner { return .literal(.int(0 &- value)) }
      return .negate(inner)
    }
    return try postfix()
  }

  private mutating func postfix() throws(CELCompileError) -> CELExpression {
    var result = try primary()
    while true {
      if accept(".") {
        guard case .name(let name) = current else { throw unexpected() }
        let at = column
        position += 1
        result = accept("(") ? try method(name, on: result, at) : .member(result, CELNames.unescape(name))
      } else if accept("[") {
        let index = try expression()
        try expect("]")
        result = .index(result, index)
      } else {
        return result
      }
    }
  }

  private mutating func method(_ name: String, on target: CELExpression, _ at: Int) throws(CELCompileError)
    -> CELExpression
  {
    if let kind = CELComprehension.Kind(rawValue: name), case .name(let variable) = current {
      position += 1
      if accept(",") { return .comprehension(try comprehension(kind, target, variable)) }
      position -= 1
    }
    let arguments = try arguments()
    guard CELFunctions.methods[name]?.contains(arguments.count) == true else {
      throw CELCompileError(column: at, problem: "undeclared reference to '\(name)' (in container '')")
    }
    return .method(target, name, arguments)
  }

  private mutating func comprehension(_ kind: CELComprehension.Kind, _ range: CELExpression, _ variable: String)
    throws(CELCompileError) -> CELComprehension
  {
    variables.append(variable)
    defer { variables.removeLast() }
    var body = try expression()
    var filter: CELExpression?
    if kind == .map, accept(",") {
      filter = body
      body = try expression()
    }
    try expect(")")
    return CELComprehension(kind: kind, range: range, variable: variable, filter: filter, body: body)
  }

  /// The arguments of a call, its opening bracket already read.
  private mutating func arguments() throws(CELCompileError) -> [CELExpression] {
    var result: [CELExpression] = []
    if accept(")") { return result }
    repeat { result.append(try expression()) } while accept(",")
    try expect(")")
    return result
  }

  private mutating func primary() throws(CELCompileError) -> CELExpression {
    let at = column
    let token = current
    switch token {
    case .integer(let value):
      position += 1
      return .literal(.int(value))
    case .unsigned(let value):
      position += 1
      guard let signed = Int64(exactly: value) else {
        throw CELCompileError(column: at, problem: "this server has no unsigned numbers past 2^63")
      }
      return .literal(.int(signed))
    case .double(let value):
      position += 1
      return .literal(.double(value))
    case .string(let text):
      position += 1
      return .literal(.string(text))
    case .name(let name):
      position += 1
      return try named(name, at)
    case .symbol("("):
      position += 1
      let inner = try expression()
      try expect(")")
      return inner
    case .symbol("["):
      position += 1
      var items: [CELExpression] = []
      while !accept("]") {
        items.append(try expression())
        if !accept(",") {
          try expect("]")
          break
        }
      }
      return .list(items)
    case .symbol("{"):
      position += 1
      var entries: [(key: CELExpression, value: CELExpression)] = []
      while !accept("}") {
        let key = try expression()
        try expect(":")
        entries.append((key, try expression()))
        if !accept(",") {
          try expect("}")
          break
        }
      }
      return .map(entries)
    default: throw unexpected()
    }
  }

  private mutating func named(_ name: String, _ at: Int) throws(CELCompileError) -> CELExpression {
    switch name {
    case "true": return .literal(.bool(true))
    case "false": return .literal(.bool(false))
    case "null": return .literal(.null)
    default: break
    }
    if Self.reserved.contains(name) {
      throw CELCompileError(column: at, problem: "Syntax error: reserved identifier: \(name)")
    }
    if accept("(") {
      let arguments = try arguments()
      if name == "has", arguments.count == 1 {
        guard case .member(let target, let field) = arguments[0] else {
          throw CELCompileError(column: at, problem: "invalid argument to has() macro")
        }
        return .has(target, field)
      }
      guard CELFunctions.functions[name]?.contains(arguments.count) == true else {
        throw CELCompileError(column: at, problem: "undeclared reference to '\(name)' (in container '')")
      }
      return .call(name, arguments)
    }
    guard variables.contains(name) || CELFunctions.types.contains(name) else {
      throw CELCompileError(column: at, problem: "undeclared reference to '\(name)' (in container '')")
    }
    return .name(name)
  }
}

/// Names of fields that are no CEL identifiers are written with escapes.
/// Source: Kubernetes, "Escaping" under CRD validation rules.
enum CELNames {
  static func unescape(_ name: String) -> String {
    guard name.contains("__") else { return name }
    var result = name
    for (escape, text) in [("__dot__", "."), ("__dash__", "-"), ("__slash__", "/")] {
      result = result.split(separator: escape, omittingEmptySubsequences: false).joined(separator: text)
    }
    if result.hasPrefix("__"), result.hasSuffix("__"), result.count > 4 {
      let inner = String(result.dropFirst(2).dropLast(2))
      let keywords: Set<String> = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let",
        "loop", "package", "namespace", "return", "var", "void", "while",
      ]
      if keywords.contains(inner) { return inner }
    }
    return result.split(separator: "__underscores__", omittingEmptySubsequences: false).joined(separator: "__")
  }
}
