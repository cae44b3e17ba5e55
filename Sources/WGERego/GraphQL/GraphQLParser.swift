/// Tokens to query documents (GraphQL specification, section 2).
///
/// One token of look-ahead. Comments belong to the token that follows them: ``comment`` holds those before the token
/// that was looked at, and is empty once that token is taken. Nesting is bounded.
struct GraphQLParser {
  private var lexer: GraphQLLexer
  private var peeked: GraphQLToken?
  private(set) var previous: GraphQLToken
  private(set) var comment: [String] = []
  private var depth = 0

  init(_ text: String) {
    lexer = GraphQLLexer(text)
    previous = GraphQLToken(kind: .end, value: "", position: GraphQLPosition(line: 1, column: 1), problem: nil)
  }

  // MARK: - Tokens

  @discardableResult
  mutating func peek() -> GraphQLToken {
    if let peeked { return peeked }
    var token = lexer.next()
    if token.kind == .comment {
      var group: [String] = []
      while token.kind == .comment {
        group.append(token.value)
        token = lexer.next()
      }
      comment = group
    }
    peeked = token
    return token
  }

  @discardableResult
  mutating func next() throws(GraphQLProblem) -> GraphQLToken {
    let token = peek()
    peeked = nil
    comment = []
    if let problem = token.problem { throw problem }
    previous = token
    return token
  }

  func unexpected(_ token: GraphQLToken) -> GraphQLProblem {
    GraphQLProblem(message: "Unexpected \(token.text)", position: token.position)
  }

  mutating func skip(_ kind: GraphQLToken.Kind) throws(GraphQLProblem) -> Bool {
    guard peek().kind == kind else { return false }
    try next()
    return true
  }

  @discardableResult
  mutating func expect(_ kind: GraphQLToken.Kind) throws(GraphQLProblem) -> (GraphQLToken, comment: [String]) {
    let token = peek()
    let comment = comment
    guard token.kind == kind else {
      throw GraphQLProblem(
        message: "Expected \(kind.rawValue), found \(token.kind.rawValue)", position: token.position)
    }
    return (try next(), comment)
  }

  @discardableResult
  mutating func expect(keyword: String) throws(GraphQLProblem) -> [String] {
    let token = peek()
    let comment = comment
    guard token.kind == .name, token.value == keyword else {
      throw GraphQLProblem(message: "Expected \"\(keyword)\", found \(token.text)", position: token.position)
    }
    try next()
    return comment
  }

  mutating func name() throws(GraphQLProblem) -> String { try expect(.name).0.value }

  /// Zero or more items between brackets that must be there.
  private mutating func many(
    _ open: GraphQLToken.Kind, _ close: GraphQLToken.Kind,
    _ item: (inout GraphQLParser) throws(GraphQLProblem) -> Void
  ) throws(GraphQLProblem) {
    guard try skip(open) else { return }
    while peek().kind != close { try item(&self) }
    try next()
  }

  /// One or more items between brackets, or no brackets. Gives the comment before the closing one.
  @discardableResult
  mutating func some(
    _ open: GraphQLToken.Kind, _ close: GraphQLToken.Kind,
    _ item: (inout GraphQLParser) throws(GraphQLProblem) -> Void
  ) throws(GraphQLProblem) -> [String] {
    guard try skip(open) else { return [] }
    if peek().kind == close {
      throw GraphQLProblem(
        message: "expected at least one definition, found \(peek().kind.rawValue)", position: peek().position)
    }
    while peek().kind != close { try item(&self) }
    let comment = comment
    try next()
    return comment
  }

  mutating func nested<Result>(
    _ body: (inout GraphQLParser) throws(GraphQLProblem) -> Result
  ) throws(GraphQLProblem) -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= RegoDefaults.maximumGraphQLNesting else {
      throw GraphQLProblem(
        message: "nested more than \(RegoDefaults.maximumGraphQLNesting) deep", position: peek().position)
    }
    return try body(&self)
  }

  // MARK: - Queries

  mutating func queryDocument() throws(GraphQLProblem) -> GraphQL.QueryDocument {
    let document = GraphQL.QueryDocument()
    while peek().kind != .end {
      let token = peek()
      switch (token.kind, token.value) {
      case (.name, "query"), (.name, "mutation"), (.name, "subscription"), (.braceOpen, _):
        document.operations.append(try operation())
      case (.name, "fragment"): document.fragments.append(try fragment())
      default: throw unexpected(token)
      }
    }
    return document
  }

  private mutating func operation() throws(GraphQLProblem) -> GraphQL.Operation {
    let operation = GraphQL.Operation()
    operation.position = peek().position
    if peek().kind == .braceOpen {
      operation.selections = try requiredSelections()
      return operation
    }
    operation.comment = comment
    operation.operation = try operationType()
    if peek().kind == .name { operation.name = try next().value }
    operation.variables = try variables()
    operation.directives = try directives(isConstant: false)
    operation.selections = try requiredSelections()
    return operation
  }

  mutating func operationType() throws(GraphQLProblem) -> String {
    let token = try next()
    guard ["query", "mutation", "subscription"].contains(token.value) else { throw unexpected(token) }
    return token.value
  }

  private mutating func variables() throws(GraphQLProblem) -> [GraphQL.Variable] {
    var result: [GraphQL.Variable] = []
    try some(.parenOpen, .parenClose) { parser throws(GraphQLProblem) in
      let variable = GraphQL.Variable()
      variable.position = parser.peek().position
      variable.comment = parser.comment
      variable.name = try parser.variableName()
      try parser.expect(.colon)
      variable.type = try parser.type()
      if try parser.skip(.equals) { variable.defaultValue = try parser.value(isConstant: true) }
      variable.directives = try parser.directives(isConstant: false)
      result.append(variable)
    }
    return result
  }

  private mutating func variableName() throws(GraphQLProblem) -> String {
    try expect(.dollar)
    return try name()
  }

  private mutating func requiredSelections() throws(GraphQLProblem) -> [GraphQL.Selection] {
    let token = peek()
    guard token.kind == .braceOpen else {
      throw GraphQLProblem(message: "Expected {, found \(token.kind.rawValue)", position: token.position)
    }
    return try selections()
  }

  private mutating func selections() throws(GraphQLProblem) -> [GraphQL.Selection] {
    try nested { parser throws(GraphQLProblem) in
      var result: [GraphQL.Selection] = []
      try parser.some(.braceOpen, .braceClose) { parser throws(GraphQLProblem) in
        result.append(try parser.peek().kind == .spread ? parser.spread() : parser.field())
      }
      return result
    }
  }

  private mutating func field() throws(GraphQLProblem) -> GraphQL.Selection {
    let field = GraphQL.Selection(.field)
    field.position = peek().position
    field.comment = comment
    field.alias = try name()
    field.name = try skip(.colon) ? name() : field.alias
    field.arguments = try arguments(isConstant: false)
    field.directives = try directives(isConstant: false)
    if peek().kind == .braceOpen { field.selections = try selections() }
    return field
  }

  private mutating func spread() throws(GraphQLProblem) -> GraphQL.Selection {
    let comment = try expect(.spread).comment
    let token = peek()
    if token.kind == .name, token.value != "on" {
      let spread = GraphQL.Selection(.spread)
      spread.position = token.position
      spread.comment = comment
      spread.name = try fragmentName()
      spread.directives = try directives(isConstant: false)
      return spread
    }
    let inline = GraphQL.Selection(.inline)
    inline.position = token.position
    inline.comment = comment
    if token.value == "on" {
      try next()
      inline.typeCondition = try name()
    }
    inline.directives = try directives(isConstant: false)
    inline.selections = try requiredSelections()
    return inline
  }

  private mutating func fragment() throws(GraphQLProblem) -> GraphQL.Fragment {
    let fragment = GraphQL.Fragment()
    fragment.position = peek().position
    fragment.comment = comment
    try expect(keyword: "fragment")
    fragment.name = try fragmentName()
    fragment.variables = try variables()
    try expect(keyword: "on")
    fragment.typeCondition = try name()
    fragment.directives = try directives(isConstant: false)
    fragment.selections = try requiredSelections()
    return fragment
  }

  private mutating func fragmentName() throws(GraphQLProblem) -> String {
    if peek().value == "on" { throw unexpected(peek()) }
    return try name()
  }

  // MARK: - Parts of both kinds of documents

  mutating func arguments(isConstant: Bool) throws(GraphQLProblem) -> [GraphQL.Argument] {
    var result: [GraphQL.Argument] = []
    try some(.parenOpen, .parenClose) { parser throws(GraphQLProblem) in
      let argument = GraphQL.Argument()
      argument.position = parser.peek().position
      argument.comment = parser.comment
      argument.name = try parser.name()
      try parser.expect(.colon)
      argument.value = try parser.value(isConstant: isConstant)
      result.append(argument)
    }
    return result
  }

  mutating func directives(isConstant: Bool) throws(GraphQLProblem) -> [GraphQL.Directive] {
    var result: [GraphQL.Directive] = []
    while peek().kind == .at {
      try next()
      let directive = GraphQL.Directive()
      directive.position = peek().position
      directive.name = try name()
      directive.arguments = try arguments(isConstant: isConstant)
      result.append(directive)
    }
    return result
  }

  mutating func type() throws(GraphQLProblem) -> GraphQL.TypeReference {
    try nested { parser throws(GraphQLProblem) in
      let type = GraphQL.TypeReference()
      if try parser.skip(.bracketOpen) {
        type.position = parser.peek().position
        type.element = try parser.type()
        try parser.expect(.bracketClose)
      } else {
        type.position = parser.peek().position
        type.name = try parser.name()
      }
      type.isNonNull = try parser.skip(.bang)
      return type
    }
  }

  mutating func value(isConstant: Bool) throws(GraphQLProblem) -> GraphQL.Value {
    let token = peek()
    let kind: GraphQL.Value.Kind
    switch token.kind {
    case .bracketOpen, .braceOpen:
      return try nested { parser throws(GraphQLProblem) in try parser.collection(isConstant: isConstant) }
    case .dollar:
      if isConstant { throw unexpected(token) }
      return GraphQL.Value(.variable, raw: try variableName(), position: token.position)
    case .int: kind = .int
    case .float: kind = .float
    case .string: kind = .string
    case .blockString: kind = .block
    case .name:
      kind = token.value == "true" || token.value == "false" ? .boolean : token.value == "null" ? .null : .enumeration
    default: throw unexpected(token)
    }
    try next()
    return GraphQL.Value(kind, raw: token.value, position: token.position)
  }

  private mutating func collection(isConstant: Bool) throws(GraphQLProblem) -> GraphQL.Value {
    let isList = peek().kind == .bracketOpen
    let value = GraphQL.Value(isList ? .list : .object, position: peek().position)
    value.comment = comment
    try many(isList ? .bracketOpen : .braceOpen, isList ? .bracketClose : .braceClose) {
      parser throws(GraphQLProblem) in
      if isList {
        value.children.append(("", try parser.value(isConstant: isConstant), nil, []))
        return
      }
      let position = parser.peek().position
      let comment = parser.comment
      let name = try parser.name()
      try parser.expect(.colon)
      value.children.append((name, try parser.value(isConstant: isConstant), position, comment))
    }
    return value
  }
}
