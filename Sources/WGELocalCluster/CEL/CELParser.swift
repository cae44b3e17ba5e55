/// Reads an expression by recursive descent. The height limit bounds the recursion of all walks.
/// Source: the language definition of CEL (cel-spec), section Syntax.
struct CELParser {
  private static let maximumHeight = 60
  private static let maximumLength = 16_384
  private static let reserved: Set<String> = [
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while",
  ]

  private let text: String
  private let tokens: [(token: CELLexer.Token, offset: Int)]
  private var position = 0
  private var depth = 0

  private init(_ text: String) throws(CELCompileError) {
    self.text = text
    tokens = try CELLexer.tokens(of: text)
  }

  static func parse(_ text: String) throws(CELCompileError) -> CELExpression {
    guard text.utf8.count <= maximumLength else {
      throw CELCompileError(
        [.init(offset: 0, problem: "expression code point size exceeds limit: \(maximumLength)")], in: "")
    }
    var parser = try CELParser(text)
    let expression = try parser.expression()
    guard parser.current == .end else { throw parser.unexpected(" expecting <EOF>") }
    return expression
  }

  private var current: CELLexer.Token { tokens[min(position, tokens.count - 1)].token }
  private var offset: Int { tokens[min(position, tokens.count - 1)].offset }

  private func failure(_ problem: String, at offset: Int) -> CELCompileError {
    CELCompileError([.init(offset: offset, problem: problem)], in: text)
  }

  private static let starts =
    " expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

  private func unexpected(_ expected: String = starts) -> CELCompileError {
    let next = position + 1 < tokens.count ? tokens[position + 1].offset : text.unicodeScalars.count
    let source = Array(text.unicodeScalars)[offset..<max(offset, min(next, text.unicodeScalars.count))]
    var what = String(String.UnicodeScalarView(source))
    while what.last == " " || what.last == "\n" { what.removeLast() }
    return failure("Syntax error: mismatched input '\(current == .end ? "<EOF>" : what)'\(expected)", at: offset)
  }

  private func node(_ kind: CELExpression.Kind, _ offset: Int) throws(CELCompileError) -> CELExpression {
    let node = CELExpression(kind, at: offset)
    guard node.height <= Self.maximumHeight else {
      throw failure("expression recursion limit exceeded: \(Self.maximumHeight)", at: offset)
    }
    return node
  }

  private mutating func accept(_ symbol: String) -> Bool {
    guard current == .symbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: String) throws(CELCompileError) {
    if !accept(symbol) { throw unexpected(" expecting '\(symbol)'") }
  }

  private mutating func expression() throws(CELCompileError) -> CELExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumHeight else {
      throw failure("expression recursion limit exceeded: \(Self.maximumHeight)", at: offset)
    }
    let condition = try or()
    let at = offset
    guard accept("?") else { return condition }
    let yes = try or()
    try expect(":")
    return try node(.conditional(condition, yes, try expression()), at)
  }

  private mutating func or() throws(CELCompileError) -> CELExpression {
    let first = try and()
    let at = offset
    guard current == .symbol("||") else { return first }
    var terms = [first]
    while accept("||") { terms.append(try and()) }
    return try node(.any(terms), at)
  }

  private mutating func and() throws(CELCompileError) -> CELExpression {
    let first = try relation()
    let at = offset
    guard current == .symbol("&&") else { return first }
    var terms = [first]
    while accept("&&") { terms.append(try relation()) }
    return try node(.all(terms), at)
  }

  private mutating func relation() throws(CELCompileError) -> CELExpression {
    var left = try sum()
    while true {
      let at = offset
      if case .symbol(let op) = current, ["==", "!=", "<", "<=", ">", ">="].contains(op) {
        position += 1
        left = try node(.call("_\(op)_", [left, try sum()]), at)
      } else if current == .name("in") {
        position += 1
        left = try node(.call("@in", [left, try sum()]), at)
      } else {
        return left
      }
    }
  }

  private mutating func sum() throws(CELCompileError) -> CELExpression {
    var left = try product()
    while case .symbol(let op) = current, op == "+" || op == "-" {
      let at = offset
      position += 1
      left = try node(.call("_\(op)_", [left, try product()]), at)
    }
    return left
  }

  private mutating func product() throws(CELCompileError) -> CELExpression {
    var left = try unary()
    while case .symbol(let op) = current, op == "*" || op == "/" || op == "%" {
      let at = offset
      position += 1
      left = try node(.call("_\(op)_", [left, try unary()]), at)
    }
    return left
  }

  private mutating func unary() throws(CELCompileError) -> CELExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumHeight * 2 else {
      throw failure("expression recursion limit exceeded: \(Self.maximumHeight)", at: offset)
    }
    let at = offset
    if accept("!") { return try node(.call("!_", [try unary()]), at) }
    if accept("-") {
      let inner = try unary()
      if case .literal(.int(let value)) = inner.kind { return try node(.literal(.int(0 &- value)), at) }
      if case .literal(.double(let value)) = inner.kind { return try node(.literal(.double(-value)), at) }
      return try node(.call("-_", [inner]), at)
    }
    return try postfix()
  }

  private mutating func postfix() throws(CELCompileError) -> CELExpression {
    var result = try primary()
    while true {
      let at = offset
      if accept(".") {
        let isOptional = accept("?")
        guard case .name(let name) = current else { throw unexpected() }
        position += 1
        let call = offset
        if !isOptional, accept("(") {
          result = try method(name, on: result, call)
        } else {
          result = try node(.member(result, name, optional: isOptional), at)
        }
      } else if accept("[") {
        let isOptional = accept("?")
        let index = try expression()
        try expect("]")
        result = try node(.index(result, index, optional: isOptional), at)
      } else {
        return result
      }
    }
  }

  private mutating func method(_ name: String, on target: CELExpression, _ at: Int) throws(CELCompileError)
    -> CELExpression
  {
    let spelling = name == "existsOne" ? "exists_one" : name
    if let kind = CELComprehension.Kind(rawValue: spelling), case .name(let variable) = current {
      let start = position
      position += 1
      if accept(","), let comprehension = try comprehension(kind, target, variable) {
        return try node(.comprehension(comprehension), at)
      }
      position = start
    }
    let arguments = try arguments()
    if case .name(let namespace) = target.kind, CELSignatures.namespaces.contains(namespace),
      CELSignatures.overloads["\(namespace).\(name)"] != nil
    {
      return try node(.call("\(namespace).\(name)", arguments), at)
    }
    return try node(.method(target, name, arguments), at)
  }

  /// The rest of a macro's arguments; nil where their number is not the macro's.
  private mutating func comprehension(_ kind: CELComprehension.Kind, _ range: CELExpression, _ variable: String)
    throws(CELCompileError) -> CELComprehension?
  {
    var arguments = [try expression()]
    while accept(",") { arguments.append(try expression()) }
    try expect(")")
    func name(_ argument: CELExpression) -> String? {
      if case .name(let name) = argument.kind { name } else { nil }
    }
    let body = arguments[arguments.count - 1]
    switch (kind, arguments.count) {
    case (.all, 1), (.exists, 1), (.existsOne, 1), (.filter, 1), (.map, 1), (.optMap, 1), (.optFlatMap, 1):
      return CELComprehension(kind: kind, range: range, variable: variable, body: body)
    case (.map, 2):
      return CELComprehension(kind: kind, range: range, variable: variable, filter: arguments[0], body: body)
    case (.all, 2), (.exists, 2), (.existsOne, 2), (.transformList, 2), (.transformMap, 2), (.transformMapEntry, 2):
      guard let second = name(arguments[0]) else { break }
      return CELComprehension(kind: kind, range: range, variable: variable, second: second, body: body)
    case (.transformList, 3), (.transformMap, 3), (.transformMapEntry, 3):
      guard let second = name(arguments[0]) else { break }
      return CELComprehension(
        kind: kind, range: range, variable: variable, second: second, filter: arguments[1], body: body)
    default: break
    }
    throw failure("argument must be a simple name", at: body.offset)
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
    let at = offset
    let token = current
    position += 1
    switch token {
    case .integer(let value): return try node(.literal(.int(value)), at)
    case .unsigned(let value): return try node(.literal(.uint(value)), at)
    case .double(let value): return try node(.literal(.double(value)), at)
    case .string(let text): return try node(.literal(.string(text)), at)
    case .bytes(let bytes): return try node(.literal(.bytes(bytes)), at)
    case .name(let name): return try named(name, at)
    case .symbol("("):
      let inner = try expression()
      try expect(")")
      return inner
    case .symbol("["):
      var items: [CELExpression] = []
      while !accept("]") {
        items.append(try expression())
        if !accept(",") {
          try expect("]")
          break
        }
      }
      return try node(.list(items), at)
    case .symbol("{"):
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
      return try node(.map(entries), at)
    default:
      position -= 1
      throw unexpected()
    }
  }

  private mutating func named(_ name: String, _ at: Int) throws(CELCompileError) -> CELExpression {
    switch name {
    case "true": return try node(.literal(.bool(true)), at)
    case "false": return try node(.literal(.bool(false)), at)
    case "null": return try node(.literal(.null), at)
    default: break
    }
    if Self.reserved.contains(name) { throw failure("reserved identifier: \(name)", at: at) }
    let call = offset
    guard accept("(") else { return try node(.name(name), at) }
    let arguments = try arguments()
    if name == "has", arguments.count == 1 {
      guard case .member(let target, let field, optional: false) = arguments[0].kind else {
        throw failure("invalid argument to has() macro", at: arguments[0].offset)
      }
      return try node(.has(target, field), call)
    }
    return try node(.call(name, arguments), call)
  }
}
