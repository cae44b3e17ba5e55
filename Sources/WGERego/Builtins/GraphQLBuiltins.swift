/// GraphQL documents: read, checked against a schema, as values.
let graphQLBuiltins: [Builtin] = [
  Builtin("graphql.parse_query", 1, tier: 3) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.work(text.utf8.count >> 2)
    return try reported { () throws(GraphQLProblem) in
      var parser = GraphQLParser(text)
      return GraphQLEncoder.value(try parser.queryDocument())
    }
  },
  Builtin("graphql.parse_schema", 1, tier: 3) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.work(text.utf8.count >> 2)
    return try reported { () throws(GraphQLProblem) in
      var parser = GraphQLParser(text)
      return GraphQLEncoder.value(try parser.schemaDocument())
    }
  },
  Builtin("graphql.parse", 2, tier: 3) { context, o throws(BuiltinFailure) in
    try GraphQLDocuments(context, o).verified()
  },
  Builtin("graphql.parse_and_verify", 2, tier: 3) { context, o throws(BuiltinFailure) in
    do throws(BuiltinFailure) {
      guard case .array(let pair) = try GraphQLDocuments(context, o).verified() else { return nil }
      return .list([true] + pair.values)
    } catch {
      if case .halt = error { throw error }
      return [false, [:], [:]]
    }
  },
  Builtin("graphql.is_valid", 2, tier: 3) { context, o throws(BuiltinFailure) in
    do throws(BuiltinFailure) {
      _ = try GraphQLDocuments(context, o).verified()
      return true
    } catch {
      if case .halt = error { throw error }
      return false
    }
  },
  Builtin("graphql.schema_is_valid", 1, tier: 3) { context, o throws(BuiltinFailure) in
    do throws(BuiltinFailure) {
      let document = try GraphQLDocuments.schema(context, o, 0)
      return try reported { () throws(GraphQLProblem) in
        _ = try GraphQLSchema(document)
        return true
      }
    } catch {
      if case .halt = error { throw error }
      return false
    }
  },
]

/// Problems as failures of the builtin, with their place as the reference words it.
private func reported<Result>(_ body: () throws(GraphQLProblem) -> Result) throws(BuiltinFailure) -> Result {
  do throws(GraphQLProblem) {
    return try body()
  } catch {
    guard let position = error.position else { throw .failed("GraphQL parse error: \(error.message)") }
    throw .failed("\(error.message) in GraphQL string at location \(position.line):\(position.column)")
  }
}

/// The query and the schema of a call, each as text or as the tree that the parsing builtins give.
private struct GraphQLDocuments {
  let context: BuiltinContext
  let query: GraphQL.QueryDocument
  let schema: GraphQL.SchemaDocument

  init(_ context: BuiltinContext, _ operands: Operands) throws(BuiltinFailure) {
    self.context = context
    let first = operands[0]
    switch first {
    case .string(let text):
      try context.work(text.utf8.count >> 2)
      query = try reported { () throws(GraphQLProblem) in
        var parser = GraphQLParser(text)
        return try parser.queryDocument()
      }
    case .object(let object):
      query = try reported { () throws(GraphQLProblem) in
        var decoder = GraphQLDecoder()
        return try decoder.query(object)
      }
    default: throw operands.wrong(0, "{string, object}")
    }
    schema = try Self.schema(context, operands, 1)
  }

  static func schema(
    _ context: BuiltinContext, _ operands: Operands, _ index: Int
  ) throws(BuiltinFailure) -> GraphQL.SchemaDocument {
    switch operands[index] {
    case .string(let text):
      try context.work(text.utf8.count >> 2)
      return try reported { () throws(GraphQLProblem) in
        var parser = GraphQLParser(text)
        return try parser.schemaDocument()
      }
    case .object(let object):
      return try reported { () throws(GraphQLProblem) in
        var decoder = GraphQLDecoder()
        return try decoder.schema(object)
      }
    default: throw operands.wrong(index, "{string, object}")
    }
  }

  /// Both trees, when the query holds against the schema.
  func verified() throws(BuiltinFailure) -> RegoValue {
    // Before validation, which adds to the trees.
    let trees: RegoValue = [GraphQLEncoder.value(query), GraphQLEncoder.value(schema)]
    let checked: GraphQLSchema
    do throws(GraphQLProblem) {
      checked = try GraphQLSchema(schema)
    } catch {
      let place = error.position.map { "\($0.line):\($0.column)" } ?? "-1:-1"
      throw .failed("Error in gqlparser SchemaDocument to Schema conversion: input:\(place): \(error.message)")
    }
    let validator = GraphQLValidator(schema: checked, document: query, context: context)
    try validator.run()
    guard let first = validator.problems.first else { return trees }
    guard let position = first.position else { throw .failed("GraphQL parse error: \(first.message)") }
    // Further problems follow on lines of their own.
    var text = first.message
    for problem in validator.problems.dropFirst() {
      let place = problem.position.map { ":\($0.line):\($0.column)" } ?? ""
      text += "\ninput\(place): \(problem.message)"
    }
    if text.hasSuffix(".") { text.removeLast() } else { text += "\n" }
    throw .failed("\(text) in GraphQL string at location \(position.line):\(position.column)")
  }
}
