/// Schema documents (GraphQL specification, section 3).
extension GraphQLParser {
  private typealias Description = (text: String, comment: [String])

  mutating func schemaDocument() throws(GraphQLProblem) -> GraphQL.SchemaDocument {
    let document = GraphQL.SchemaDocument()
    while peek().kind != .end {
      let description = try description()
      guard peek().kind == .name else { throw unexpected(peek()) }
      switch peek().value {
      case "schema": document.schema.append(try schema(description))
      case "directive": document.directives.append(try directive(description))
      case "extend":
        if !description.text.isEmpty { throw unexpected(previous) }
        let comment = try expect(keyword: "extend")
        if peek().value == "schema" {
          document.extensions.append(try schemaExtension(comment))
        } else {
          document.typeExtensions.append(try typeExtension(comment))
        }
      case let word:
        guard let kind = Self.kinds[word] else { throw unexpected(peek()) }
        let comment = try expect(keyword: word)
        let definition = GraphQL.Definition(kind)
        definition.position = peek().position
        definition.description = description.text
        definition.comments.before = description.comment
        definition.comments.after = comment
        try body(of: definition)
        document.definitions.append(definition)
      }
    }
    document.comment = comment
    return document
  }

  private static let kinds: [String: GraphQL.Definition.Kind] = [
    "scalar": .scalar, "type": .object, "interface": .interface, "union": .union, "enum": .enumeration, "input": .input,
  ]

  private mutating func description() throws(GraphQLProblem) -> Description {
    guard [.string, .blockString].contains(peek().kind) else { return ("", []) }
    let comment = comment
    return (try next().value, comment)
  }

  private mutating func operations(of definition: GraphQL.SchemaDefinition) throws(GraphQLProblem) {
    definition.directives = try directives(isConstant: true)
    definition.comments.end = try some(.braceOpen, .braceClose) { parser throws(GraphQLProblem) in
      let position = parser.peek().position
      let comment = parser.comment
      let operation = try parser.operationType()
      try parser.expect(.colon)
      definition.operations.append((operation, try parser.name(), position, comment))
    }
  }

  private mutating func schema(_ description: Description) throws(GraphQLProblem) -> GraphQL.SchemaDefinition {
    let definition = GraphQL.SchemaDefinition()
    definition.comments.after = try expect(keyword: "schema")
    definition.comments.before = description.comment
    definition.position = peek().position
    definition.description = description.text
    try operations(of: definition)
    return definition
  }

  private mutating func schemaExtension(_ comment: [String]) throws(GraphQLProblem) -> GraphQL.SchemaDefinition {
    try expect(keyword: "schema")
    let definition = GraphQL.SchemaDefinition()
    definition.position = peek().position
    definition.comments.after = comment
    try operations(of: definition)
    if definition.directives.isEmpty, definition.operations.isEmpty { throw unexpected(peek()) }
    return definition
  }

  private mutating func typeExtension(_ comment: [String]) throws(GraphQLProblem) -> GraphQL.Definition {
    guard let kind = Self.kinds[peek().value] else { throw unexpected(peek()) }
    try expect(keyword: peek().value)
    let definition = GraphQL.Definition(kind)
    definition.position = peek().position
    definition.comments.after = comment
    // An interface is not extended by further interfaces.
    try body(of: definition, takesInterfaces: kind == .object)
    if definition.interfaces.isEmpty, definition.directives.isEmpty, definition.fields.isEmpty,
      definition.types.isEmpty, definition.values.isEmpty
    {
      throw unexpected(peek())
    }
    return definition
  }

  /// From the name on.
  private mutating func body(
    of definition: GraphQL.Definition, takesInterfaces: Bool = true
  ) throws(GraphQLProblem) {
    definition.name = try name()
    if takesInterfaces, definition.kind == .object || definition.kind == .interface, peek().value == "implements" {
      try next()
      _ = try skip(.amp)
      repeat { definition.interfaces.append(try name()) } while try skip(.amp)
    }
    definition.directives = try directives(isConstant: true)
    switch definition.kind {
    case .scalar: break
    case .union:
      guard try skip(.equals) else { break }
      _ = try skip(.pipe)
      repeat { definition.types.append(try name()) } while try skip(.pipe)
    case .enumeration:
      definition.comments.end = try some(.braceOpen, .braceClose) { parser throws(GraphQLProblem) in
        let value = GraphQL.EnumValue()
        try parser.describe(&value.description, &value.comments)
        value.name = try parser.name()
        value.directives = try parser.directives(isConstant: true)
        definition.values.append(value)
      }
    case .object, .interface:
      definition.comments.end = try some(.braceOpen, .braceClose) { parser throws(GraphQLProblem) in
        let field = GraphQL.Field()
        field.position = parser.peek().position
        try parser.describe(&field.description, &field.comments)
        field.name = try parser.name()
        field.arguments = try parser.argumentDefinitions()
        try parser.expect(.colon)
        field.type = try parser.type()
        field.directives = try parser.directives(isConstant: true)
        definition.fields.append(field)
      }
    case .input:
      definition.comments.end = try some(.braceOpen, .braceClose) { parser throws(GraphQLProblem) in
        definition.fields.append(try parser.inputValue())
      }
    }
  }

  private mutating func describe(
    _ description: inout String, _ comments: inout GraphQL.Comments
  ) throws(GraphQLProblem) {
    let found = try self.description()
    if !found.text.isEmpty {
      description = found.text
      comments.before = found.comment
    }
    peek()
    comments.after = comment
  }

  private mutating func argumentDefinitions() throws(GraphQLProblem) -> [GraphQL.Field] {
    var result: [GraphQL.Field] = []
    try some(.parenOpen, .parenClose) { parser throws(GraphQLProblem) in result.append(try parser.inputValue()) }
    return result
  }

  private mutating func inputValue() throws(GraphQLProblem) -> GraphQL.Field {
    let field = GraphQL.Field()
    field.position = peek().position
    try describe(&field.description, &field.comments)
    field.name = try name()
    try expect(.colon)
    field.type = try type()
    if try skip(.equals) { field.defaultValue = try value(isConstant: true) }
    field.directives = try directives(isConstant: true)
    return field
  }

  private static let locations: Set<String> = [
    "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE",
    "UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION",
  ]

  private mutating func directive(_ description: Description) throws(GraphQLProblem) -> GraphQL.DirectiveDefinition {
    let definition = GraphQL.DirectiveDefinition()
    definition.comments.after = try expect(keyword: "directive")
    definition.comments.before = description.comment
    definition.description = description.text
    try expect(.at)
    definition.position = peek().position
    definition.name = try name()
    definition.arguments = try argumentDefinitions()
    if peek().kind == .name, peek().value == "repeatable" {
      definition.isRepeatable = true
      try next()
    }
    try expect(keyword: "on")
    _ = try skip(.pipe)
    repeat {
      let token = try expect(.name).0
      guard Self.locations.contains(token.value) else { throw unexpected(token) }
      definition.locations.append(token.value)
    } while try skip(.pipe)
    return definition
  }
}
