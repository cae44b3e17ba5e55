/// Values of policies to GraphQL syntax trees.
///
/// Members of other names are passed over, as are comments; a member of the wrong type is an error. All selections
/// are read as fields, as the reference reads them.
struct GraphQLDecoder {
  private var depth = 0

  private func wrong(_ name: String, _ expected: String) -> GraphQLProblem {
    GraphQLProblem(message: "GraphQL document: member \(name) must be \(expected)", position: nil)
  }

  private func string(_ object: RegoObject, _ name: String) throws(GraphQLProblem) -> String {
    switch object[name] {
    case nil, .null?: return ""
    case .string(let text)?: return text
    default: throw wrong(name, "string")
    }
  }

  private func bool(_ object: RegoObject, _ name: String) throws(GraphQLProblem) -> Bool {
    switch object[name] {
    case nil, .null?: return false
    case .bool(let value)?: return value
    default: throw wrong(name, "boolean")
    }
  }

  private func strings(_ object: RegoObject, _ name: String) throws(GraphQLProblem) -> [String] {
    var result: [String] = []
    for value in try values(object, name) {
      guard case .string(let text) = value else { throw wrong(name, "array of strings") }
      result.append(text)
    }
    return result
  }

  private func values(_ object: RegoObject, _ name: String) throws(GraphQLProblem) -> [RegoValue] {
    switch object[name] {
    case nil, .null?: return []
    case .array(let array)?: return array.values
    case .set(let set)?: return set.elements
    default: throw wrong(name, "array")
    }
  }

  private mutating func each<Node>(
    _ object: RegoObject, _ name: String,
    _ decode: (inout GraphQLDecoder, RegoObject) throws(GraphQLProblem) -> Node
  ) throws(GraphQLProblem) -> [Node] {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 2 * RegoDefaults.maximumGraphQLNesting else { throw wrong(name, "nested less deeply") }
    var result: [Node] = []
    for value in try values(object, name) {
      guard case .object(let member) = value else { throw wrong(name, "array of objects") }
      result.append(try decode(&self, member))
    }
    return result
  }

  private mutating func one<Node>(
    _ object: RegoObject, _ name: String,
    _ decode: (inout GraphQLDecoder, RegoObject) throws(GraphQLProblem) -> Node
  ) throws(GraphQLProblem) -> Node? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 2 * RegoDefaults.maximumGraphQLNesting else { throw wrong(name, "nested less deeply") }
    switch object[name] {
    case nil, .null?: return nil
    case .object(let member)?: return try decode(&self, member)
    default: throw wrong(name, "object")
    }
  }

  // MARK: - Queries

  mutating func query(_ object: RegoObject) throws(GraphQLProblem) -> GraphQL.QueryDocument {
    let document = GraphQL.QueryDocument()
    document.operations = try each(object, "Operations") { decoder, object throws(GraphQLProblem) in
      let operation = GraphQL.Operation()
      operation.operation = try decoder.string(object, "Operation")
      guard ["", "query", "mutation", "subscription"].contains(operation.operation) else {
        throw decoder.wrong("Operation", "query, mutation or subscription")
      }
      operation.name = try decoder.string(object, "Name")
      operation.variables = try decoder.variables(object, "VariableDefinitions")
      operation.directives = try decoder.directives(object)
      operation.selections = try decoder.selections(object)
      return operation
    }
    document.fragments = try each(object, "Fragments") { decoder, object throws(GraphQLProblem) in
      let fragment = GraphQL.Fragment()
      fragment.name = try decoder.string(object, "Name")
      fragment.variables = try decoder.variables(object, "VariableDefinition")
      fragment.typeCondition = try decoder.string(object, "TypeCondition")
      fragment.directives = try decoder.directives(object)
      fragment.selections = try decoder.selections(object)
      return fragment
    }
    return document
  }

  private mutating func variables(_ object: RegoObject, _ name: String) throws(GraphQLProblem) -> [GraphQL.Variable] {
    try each(object, name) { decoder, object throws(GraphQLProblem) in
      let variable = GraphQL.Variable()
      variable.name = try decoder.string(object, "Variable")
      variable.type = try decoder.type(object)
      variable.defaultValue = try decoder.value(object, "DefaultValue")
      variable.directives = try decoder.directives(object)
      return variable
    }
  }

  private mutating func selections(_ object: RegoObject) throws(GraphQLProblem) -> [GraphQL.Selection] {
    try each(object, "SelectionSet") { decoder, object throws(GraphQLProblem) in
      let field = GraphQL.Selection(.field)
      field.alias = try decoder.string(object, "Alias")
      field.name = try decoder.string(object, "Name")
      field.arguments = try decoder.arguments(object)
      field.directives = try decoder.directives(object)
      field.selections = try decoder.selections(object)
      return field
    }
  }

  private mutating func arguments(_ object: RegoObject) throws(GraphQLProblem) -> [GraphQL.Argument] {
    try each(object, "Arguments") { decoder, object throws(GraphQLProblem) in
      let argument = GraphQL.Argument()
      argument.name = try decoder.string(object, "Name")
      guard let value = try decoder.value(object, "Value") else { throw decoder.wrong("Value", "object") }
      argument.value = value
      return argument
    }
  }

  private mutating func directives(_ object: RegoObject) throws(GraphQLProblem) -> [GraphQL.Directive] {
    try each(object, "Directives") { decoder, object throws(GraphQLProblem) in
      let directive = GraphQL.Directive()
      directive.name = try decoder.string(object, "Name")
      directive.arguments = try decoder.arguments(object)
      return directive
    }
  }

  private mutating func value(_ object: RegoObject, _ name: String) throws(GraphQLProblem) -> GraphQL.Value? {
    try one(object, name) { decoder, object throws(GraphQLProblem) in
      var kind = GraphQL.Value.Kind.variable
      if let written = object["Kind"] {
        guard case .number(let number) = written, let code = number.exactInt,
          let known = GraphQL.Value.Kind(rawValue: code)
        else { throw decoder.wrong("Kind", "a number from 0 to 9") }
        kind = known
      }
      let value = GraphQL.Value(kind, raw: try decoder.string(object, "Raw"))
      value.children = try decoder.each(object, "Children") { decoder, object throws(GraphQLProblem) in
        guard let child = try decoder.value(object, "Value") else { throw decoder.wrong("Value", "object") }
        return (try decoder.string(object, "Name"), child, nil, [])
      }
      return value
    }
  }

  private mutating func type(_ object: RegoObject) throws(GraphQLProblem) -> GraphQL.TypeReference {
    guard let type = try optionalType(object, "Type") else { throw wrong("Type", "object") }
    return type
  }

  private mutating func optionalType(
    _ object: RegoObject, _ name: String
  ) throws(GraphQLProblem) -> GraphQL.TypeReference? {
    try one(object, name) { decoder, object throws(GraphQLProblem) in
      let type = GraphQL.TypeReference(
        try decoder.string(object, "NamedType"), isNonNull: try decoder.bool(object, "NonNull"))
      type.element = try decoder.optionalType(object, "Elem")
      if type.name.isEmpty, type.element == nil { throw decoder.wrong("NamedType", "the name of a type") }
      return type
    }
  }

  // MARK: - Schemas

  mutating func schema(_ object: RegoObject) throws(GraphQLProblem) -> GraphQL.SchemaDocument {
    let document = GraphQL.SchemaDocument()
    document.schema = try schemaDefinitions(object, "Schema")
    document.extensions = try schemaDefinitions(object, "SchemaExtension")
    document.definitions = try definitions(object, "Definitions")
    document.typeExtensions = try definitions(object, "Extensions")
    document.directives = try each(object, "Directives") { decoder, object throws(GraphQLProblem) in
      let directive = GraphQL.DirectiveDefinition()
      directive.description = try decoder.string(object, "Description")
      directive.name = try decoder.string(object, "Name")
      directive.arguments = try decoder.fields(object, "Arguments")
      directive.locations = try decoder.strings(object, "Locations")
      directive.isRepeatable = try decoder.bool(object, "IsRepeatable")
      return directive
    }
    return document
  }

  private mutating func schemaDefinitions(
    _ object: RegoObject, _ name: String
  ) throws(GraphQLProblem) -> [GraphQL.SchemaDefinition] {
    try each(object, name) { decoder, object throws(GraphQLProblem) in
      let definition = GraphQL.SchemaDefinition()
      definition.description = try decoder.string(object, "Description")
      definition.directives = try decoder.directives(object)
      definition.operations = try decoder.each(object, "OperationTypes") { decoder, object throws(GraphQLProblem) in
        (try decoder.string(object, "Operation"), try decoder.string(object, "Type"), nil, [])
      }
      return definition
    }
  }

  private mutating func definitions(
    _ object: RegoObject, _ name: String
  ) throws(GraphQLProblem) -> [GraphQL.Definition] {
    try each(object, name) { decoder, object throws(GraphQLProblem) in
      guard let kind = GraphQL.Definition.Kind(rawValue: try decoder.string(object, "Kind")) else {
        throw decoder.wrong("Kind", "a kind of type")
      }
      let definition = GraphQL.Definition(kind)
      definition.description = try decoder.string(object, "Description")
      definition.name = try decoder.string(object, "Name")
      definition.directives = try decoder.directives(object)
      definition.interfaces = try decoder.strings(object, "Interfaces")
      definition.fields = try decoder.fields(object, "Fields")
      definition.types = try decoder.strings(object, "Types")
      definition.isBuiltIn = try decoder.bool(object, "BuiltIn")
      definition.values = try decoder.each(object, "EnumValues") { decoder, object throws(GraphQLProblem) in
        let value = GraphQL.EnumValue()
        value.description = try decoder.string(object, "Description")
        value.name = try decoder.string(object, "Name")
        value.directives = try decoder.directives(object)
        return value
      }
      return definition
    }
  }

  private mutating func fields(_ object: RegoObject, _ name: String) throws(GraphQLProblem) -> [GraphQL.Field] {
    try each(object, name) { decoder, object throws(GraphQLProblem) in
      let field = GraphQL.Field(try decoder.string(object, "Name"), try decoder.type(object))
      field.description = try decoder.string(object, "Description")
      field.arguments = try decoder.fields(object, "Arguments")
      field.defaultValue = try decoder.value(object, "DefaultValue")
      field.directives = try decoder.directives(object)
      return field
    }
  }
}
