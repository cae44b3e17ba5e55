/// GraphQL syntax trees as values of policies, and back.
///
/// The shape is that of the reference: names of members as it writes them, places left out, empty lists and missing
/// nodes left out.
struct GraphQLEncoder {
  private typealias Pairs = [(RegoValue, RegoValue)]

  static func value(_ document: GraphQL.QueryDocument) -> RegoValue {
    var pairs: Pairs = []
    add(&pairs, "Operations", document.operations.map { operation($0) })
    add(&pairs, "Fragments", document.fragments.map { fragment($0) })
    return .object(RegoObject(pairs))
  }

  static func value(_ document: GraphQL.SchemaDocument) -> RegoValue {
    var pairs: Pairs = []
    add(&pairs, "Schema", document.schema.map { schema($0) })
    add(&pairs, "SchemaExtension", document.extensions.map { schema($0) })
    add(&pairs, "Directives", document.directives.map { directiveDefinition($0) })
    add(&pairs, "Definitions", document.definitions.map { definition($0) })
    add(&pairs, "Extensions", document.typeExtensions.map { definition($0) })
    add(&pairs, comment: "Comment", document.comment)
    return .object(RegoObject(pairs))
  }

  private static func add(_ pairs: inout Pairs, _ name: String, _ values: [RegoValue]) {
    if !values.isEmpty { pairs.append((.string(name), .list(values))) }
  }

  private static func add(_ pairs: inout Pairs, comment name: String, _ lines: [String]) {
    guard !lines.isEmpty else { return }
    let list = lines.map { line -> RegoValue in ["Value": .string(line)] }
    pairs.append((.string(name), ["List": .list(list)]))
  }

  private static func add(_ pairs: inout Pairs, _ comments: GraphQL.Comments) {
    add(&pairs, comment: "BeforeDescriptionComment", comments.before)
    add(&pairs, comment: "AfterDescriptionComment", comments.after)
    add(&pairs, comment: "EndOfDefinitionComment", comments.end)
  }

  // MARK: - Queries

  private static func operation(_ operation: GraphQL.Operation) -> RegoValue {
    var pairs: Pairs = [("Operation", .string(operation.operation)), ("Name", .string(operation.name))]
    add(&pairs, "VariableDefinitions", operation.variables.map { variable($0) })
    add(&pairs, "Directives", operation.directives.map { directive($0) })
    add(&pairs, "SelectionSet", operation.selections.map { selection($0) })
    add(&pairs, comment: "Comment", operation.comment)
    return .object(RegoObject(pairs))
  }

  private static func variable(_ variable: GraphQL.Variable) -> RegoValue {
    var pairs: Pairs = [
      ("Variable", .string(variable.name)), ("Type", type(variable.type)), ("Used", .bool(false)),
    ]
    if let value = variable.defaultValue { pairs.append(("DefaultValue", self.value(value))) }
    add(&pairs, "Directives", variable.directives.map { directive($0) })
    add(&pairs, comment: "Comment", variable.comment)
    return .object(RegoObject(pairs))
  }

  private static func fragment(_ fragment: GraphQL.Fragment) -> RegoValue {
    var pairs: Pairs = [("Name", .string(fragment.name)), ("TypeCondition", .string(fragment.typeCondition))]
    add(&pairs, "VariableDefinition", fragment.variables.map { variable($0) })
    add(&pairs, "Directives", fragment.directives.map { directive($0) })
    add(&pairs, "SelectionSet", fragment.selections.map { selection($0) })
    add(&pairs, comment: "Comment", fragment.comment)
    return .object(RegoObject(pairs))
  }

  private static func selection(_ selection: GraphQL.Selection) -> RegoValue {
    var pairs: Pairs = []
    switch selection.kind {
    case .field:
      pairs = [("Alias", .string(selection.alias)), ("Name", .string(selection.name))]
      add(&pairs, "Arguments", selection.arguments.map { argument($0) })
    case .spread: pairs = [("Name", .string(selection.name))]
    case .inline: pairs = [("TypeCondition", .string(selection.typeCondition))]
    }
    add(&pairs, "Directives", selection.directives.map { directive($0) })
    add(&pairs, "SelectionSet", selection.selections.map { self.selection($0) })
    add(&pairs, comment: "Comment", selection.comment)
    return .object(RegoObject(pairs))
  }

  private static func argument(_ argument: GraphQL.Argument) -> RegoValue {
    var pairs: Pairs = [("Name", .string(argument.name)), ("Value", value(argument.value))]
    add(&pairs, comment: "Comment", argument.comment)
    return .object(RegoObject(pairs))
  }

  private static func directive(_ directive: GraphQL.Directive) -> RegoValue {
    var pairs: Pairs = [("Name", .string(directive.name)), ("Location", .string(""))]
    add(&pairs, "Arguments", directive.arguments.map { argument($0) })
    return .object(RegoObject(pairs))
  }

  private static func value(_ value: GraphQL.Value) -> RegoValue {
    var pairs: Pairs = [
      ("Raw", .string(value.raw)), ("Kind", .int(value.kind.rawValue)), ("ExpectedTypeHasDefault", .bool(false)),
    ]
    add(
      &pairs, "Children",
      value.children.map { child in
        var pairs: Pairs = [("Name", .string(child.name)), ("Value", self.value(child.value))]
        add(&pairs, comment: "Comment", child.comment)
        return .object(RegoObject(pairs))
      })
    add(&pairs, comment: "Comment", value.comment)
    return .object(RegoObject(pairs))
  }

  private static func type(_ type: GraphQL.TypeReference) -> RegoValue {
    var pairs: Pairs = [("NamedType", .string(type.name)), ("NonNull", .bool(type.isNonNull))]
    if let element = type.element { pairs.append(("Elem", self.type(element))) }
    return .object(RegoObject(pairs))
  }

  // MARK: - Schemas

  private static func schema(_ schema: GraphQL.SchemaDefinition) -> RegoValue {
    var pairs: Pairs = [("Description", .string(schema.description))]
    add(&pairs, "Directives", schema.directives.map { directive($0) })
    add(
      &pairs, "OperationTypes",
      schema.operations.map { entry in
        var pairs: Pairs = [("Operation", .string(entry.operation)), ("Type", .string(entry.type))]
        add(&pairs, comment: "Comment", entry.comment)
        return .object(RegoObject(pairs))
      })
    add(&pairs, schema.comments)
    return .object(RegoObject(pairs))
  }

  private static func definition(_ definition: GraphQL.Definition) -> RegoValue {
    var pairs: Pairs = [
      ("Kind", .string(definition.kind.rawValue)), ("Description", .string(definition.description)),
      ("Name", .string(definition.name)), ("BuiltIn", .bool(definition.isBuiltIn)),
    ]
    add(&pairs, "Directives", definition.directives.map { directive($0) })
    add(&pairs, "Interfaces", definition.interfaces.map { .string($0) })
    add(&pairs, "Fields", definition.fields.map { field($0) })
    add(&pairs, "Types", definition.types.map { .string($0) })
    add(
      &pairs, "EnumValues",
      definition.values.map { value in
        var pairs: Pairs = [("Description", .string(value.description)), ("Name", .string(value.name))]
        add(&pairs, "Directives", value.directives.map { directive($0) })
        add(&pairs, value.comments)
        return .object(RegoObject(pairs))
      })
    add(&pairs, definition.comments)
    return .object(RegoObject(pairs))
  }

  private static func field(_ field: GraphQL.Field) -> RegoValue {
    var pairs: Pairs = [
      ("Description", .string(field.description)), ("Name", .string(field.name)), ("Type", type(field.type)),
    ]
    add(&pairs, "Arguments", field.arguments.map { self.field($0) })
    if let value = field.defaultValue { pairs.append(("DefaultValue", self.value(value))) }
    add(&pairs, "Directives", field.directives.map { directive($0) })
    add(&pairs, field.comments)
    return .object(RegoObject(pairs))
  }

  private static func directiveDefinition(_ definition: GraphQL.DirectiveDefinition) -> RegoValue {
    var pairs: Pairs = [
      ("Description", .string(definition.description)), ("Name", .string(definition.name)),
      ("IsRepeatable", .bool(definition.isRepeatable)),
    ]
    add(&pairs, "Arguments", definition.arguments.map { field($0) })
    add(&pairs, "Locations", definition.locations.map { .string($0) })
    add(&pairs, definition.comments)
    return .object(RegoObject(pairs))
  }
}
