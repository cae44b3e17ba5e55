internal import WGEGoFormat

/// A schema whose definitions fit together (GraphQL specification, section 3).
///
/// The checks run in the order of the reference, and the first fault ends them, so that the messages are the same.
final class GraphQLSchema {
  typealias Definition = GraphQL.Definition

  private(set) var types: [String: Definition] = [:]
  private(set) var directives: [String: GraphQL.DirectiveDefinition] = [:]
  private(set) var possible: [String: [Definition]] = [:]
  private(set) var query: Definition?
  private(set) var mutation: Definition?
  private(set) var subscription: Definition?

  init(_ document: GraphQL.SchemaDocument) throws(GraphQLProblem) {
    var parser = GraphQLParser(Self.prelude)
    let own = try parser.schemaDocument()
    for definition in own.definitions { definition.isBuiltIn = true }
    var definitions = own.definitions + document.definitions
    for definition in definitions {
      if types.updateValue(definition, forKey: definition.name) != nil {
        throw GraphQLProblem(message: "Cannot redeclare type \(definition.name).", position: definition.position)
      }
    }
    for part in document.typeExtensions { try extend(part, &definitions) }
    link(definitions)
    for directive in own.directives + document.directives {
      if directives[directive.name] != nil, !Self.repeatableDirectives.contains(directive.name) {
        throw GraphQLProblem(message: "Cannot redeclare directive \(directive.name).", position: directive.position)
      }
      directives[directive.name] = directive
    }
    if document.schema.count > 1 {
      throw GraphQLProblem(
        message: "Cannot have multiple schema entry points, consider schema extensions instead.",
        position: document.schema[1].position)
    }
    for entry in document.schema + document.extensions { try enter(entry) }
    for name in types.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      if let definition = types[name] { try check(definition) }
    }
    for name in directives.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      guard let directive = directives[name] else { continue }
      try check(name: directive.name, directive.position)
      try check(arguments: directive.arguments, of: directive)
    }
    if document.schema.isEmpty {
      query = query ?? types["Query"]
      mutation = mutation ?? types["Mutation"]
      subscription = subscription ?? types["Subscription"]
    }
    query?.fields += [
      GraphQL.Field("__schema", GraphQL.TypeReference("__Schema", isNonNull: true)),
      GraphQL.Field(
        "__type", GraphQL.TypeReference("__Type"),
        arguments: [GraphQL.Field("name", GraphQL.TypeReference("String", isNonNull: true))]),
    ]
  }

  /// A document may declare these again.
  private static let repeatableDirectives: Set<String> = [
    "include", "skip", "deprecated", "specifiedBy", "defer", "oneOf",
  ]

  private func extend(_ part: Definition, _ definitions: inout [Definition]) throws(GraphQLProblem) {
    let definition: Definition
    if let known = types[part.name] {
      definition = known
    } else {
      definition = Definition(part.kind)
      definition.name = part.name
      definition.position = part.position
      types[part.name] = definition
      definitions.append(definition)
    }
    if definition.kind != part.kind {
      throw GraphQLProblem(
        message: "Cannot extend type \(part.name) because the base type is a \(definition.kind.rawValue), "
          + "not \(part.kind.rawValue).",
        position: part.position)
    }
    definition.directives += part.directives
    definition.interfaces += part.interfaces
    definition.fields += part.fields
    definition.types += part.types
    definition.values += part.values
  }

  private func link(_ definitions: [Definition]) {
    for definition in definitions {
      switch definition.kind {
      case .union:
        for name in definition.types {
          if let type = types[name] { possible[definition.name, default: []].append(type) }
        }
      case .input, .object:
        for name in definition.interfaces { possible[name, default: []].append(definition) }
        possible[definition.name, default: []].append(definition)
      case .interface: for name in definition.interfaces { possible[name, default: []].append(definition) }
      case .scalar, .enumeration: break
      }
    }
  }

  private func enter(_ entry: GraphQL.SchemaDefinition) throws(GraphQLProblem) {
    for operation in entry.operations {
      guard let definition = types[operation.type] else {
        throw GraphQLProblem(
          message: "Schema root \(operation.operation) refers to a type \(operation.type) that does not exist.",
          position: operation.position)
      }
      switch operation.operation {
      case "query": query = definition
      case "mutation": mutation = definition
      case "subscription": subscription = definition
      default: break
      }
    }
    try check(directives: entry.directives, at: "SCHEMA")
  }

  func possibleTypes(of definition: Definition) -> [Definition] { possible[definition.name] ?? [] }

  // MARK: - Checks

  private func check(name: String, _ position: GraphQLPosition?) throws(GraphQLProblem) {
    if name.hasPrefix("__") {
      throw GraphQLProblem(
        message: "Name \"\(name)\" must not begin with \"__\", which is reserved by GraphQL introspection.",
        position: position)
    }
  }

  private func check(type: GraphQL.TypeReference) throws(GraphQLProblem) {
    if types[type.innermost] == nil {
      throw GraphQLProblem(message: "Undefined type \(type.innermost).", position: type.position)
    }
  }

  private func check(
    arguments: [GraphQL.Field], of directive: GraphQL.DirectiveDefinition?
  ) throws(GraphQLProblem) {
    for argument in arguments {
      try check(name: argument.name, argument.position)
      try check(type: argument.type)
      if let definition = types[argument.type.innermost], !definition.isInput {
        throw GraphQLProblem(
          message: "cannot use \(argument.type.text) as argument \(argument.name) because "
            + "\(definition.kind.rawValue) is not a valid input type",
          position: argument.position)
      }
      try check(directives: argument.directives, at: "ARGUMENT_DEFINITION", inside: directive)
    }
  }

  private func check(
    directives: [GraphQL.Directive], at location: String, inside current: GraphQL.DirectiveDefinition? = nil
  ) throws(GraphQLProblem) {
    for directive in directives {
      try check(name: directive.name, directive.position)
      if let current, current.name == directive.name {
        throw GraphQLProblem(
          message: "Directive \(current.name) cannot refer to itself.", position: directive.position)
      }
      guard let definition = self.directives[directive.name] else {
        throw GraphQLProblem(message: "Undefined directive \(directive.name).", position: directive.position)
      }
      if !definition.locations.contains(location) {
        throw GraphQLProblem(
          message: "Directive \(directive.name) is not applicable on \(location).", position: directive.position)
      }
      for argument in directive.arguments where !definition.arguments.contains(where: { $0.name == argument.name }) {
        throw GraphQLProblem(
          message: "Undefined argument \(argument.name) for directive \(directive.name).", position: argument.position)
      }
      for wanted in definition.arguments where wanted.type.isNonNull && wanted.defaultValue == nil {
        let given = directive.arguments.first { $0.name == wanted.name }
        if given == nil || given?.value.kind == .null {
          throw GraphQLProblem(
            message: "Argument \(wanted.name) for directive \(directive.name) cannot be null.",
            position: directive.position)
        }
      }
    }
  }

  private func check(_ definition: Definition) throws(GraphQLProblem) {
    let kind = definition.kind.rawValue
    for field in definition.fields {
      try check(name: field.name, field.position)
      try check(type: field.type)
      try check(arguments: field.arguments, of: nil)
      try check(
        directives: field.directives, at: definition.kind == .input ? "INPUT_FIELD_DEFINITION" : "FIELD_DEFINITION")
    }
    for name in definition.types {
      guard let type = types[name] else {
        throw GraphQLProblem(message: "Undefined type \(GoQuote.quote(name)).", position: definition.position)
      }
      if type.kind != .object {
        throw GraphQLProblem(
          message: "\(kind) type \(GoQuote.quote(name)) must be OBJECT.", position: definition.position)
      }
    }
    for name in definition.interfaces { try check(definition, implements: name) }
    try checkContents(of: definition)
    for (index, field) in definition.fields.enumerated() {
      for other in definition.fields[(index + 1)...] where other.name == field.name {
        throw GraphQLProblem(
          message: "Field \(definition.name).\(field.name) can only be defined once.", position: other.position)
      }
    }
    if !definition.isBuiltIn { try check(name: definition.name, definition.position) }
    try check(directives: definition.directives, at: kind)
  }

  private func checkContents(of definition: Definition) throws(GraphQLProblem) {
    let kind = definition.kind.rawValue
    func empty(_ what: String) -> GraphQLProblem {
      GraphQLProblem(
        message: "\(kind) \(definition.name): must define one or more \(what).", position: definition.position)
    }
    switch definition.kind {
    case .object, .interface:
      if definition.fields.isEmpty { throw empty("fields") }
      for field in definition.fields where types[field.type.innermost]?.kind == .input {
        throw GraphQLProblem(
          message: "\(kind) \(definition.name): field must be one of SCALAR, OBJECT, INTERFACE, UNION, ENUM.",
          position: field.position)
      }
    case .enumeration:
      if definition.values.isEmpty { throw empty("unique enum values") }
      for value in definition.values {
        if ["true", "false", "null"].contains(value.name) {
          throw GraphQLProblem(
            message: "\(kind) \(definition.name): non-enum value \(value.name).", position: definition.position)
        }
        try check(directives: value.directives, at: "ENUM_VALUE")
      }
    case .input:
      if definition.fields.isEmpty { throw empty("input fields") }
      for field in definition.fields {
        guard let type = types[field.type.innermost], !type.isInput else { continue }
        throw GraphQLProblem(
          message: "\(type.kind.rawValue) \(field.name): field must be one of SCALAR, ENUM, INPUT_OBJECT.",
          position: field.position)
      }
    case .scalar, .union: break
    }
  }

  private func check(_ definition: Definition, implements name: String) throws(GraphQLProblem) {
    guard let interface = types[name] else {
      throw GraphQLProblem(message: "Undefined type \(GoQuote.quote(name)).", position: definition.position)
    }
    if interface.kind != .interface {
      throw GraphQLProblem(
        message: "\(GoQuote.quote(name)) is a non interface type \(interface.kind.rawValue).",
        position: definition.position)
    }
    let claim = "For \(definition.name) to implement \(interface.name)"
    for wanted in interface.fields {
      guard let found = definition.field(wanted.name) else {
        throw GraphQLProblem(
          message: "\(claim) it must have a field called \(wanted.name).", position: definition.position)
      }
      if !isCovariant(wanted.type, found.type) {
        throw GraphQLProblem(
          message: "\(claim) the field \(wanted.name) must have type \(wanted.type.text).", position: found.position)
      }
      for argument in wanted.arguments {
        guard let own = found.argument(argument.name) else {
          throw GraphQLProblem(
            message: "\(claim) the field \(wanted.name) must have the same arguments but it is missing "
              + "\(argument.name).",
            position: found.position)
        }
        if !argument.type.fits(own.type) {
          throw GraphQLProblem(
            message: "\(claim) the field \(wanted.name) must have the same arguments but \(argument.name) has the "
              + "wrong type.",
            position: own.position)
        }
      }
      for argument in found.arguments
      where wanted.argument(argument.name) == nil && argument.type.isNonNull && argument.defaultValue == nil {
        throw GraphQLProblem(
          message: "\(claim) any additional arguments on \(found.name) must be optional or have a default value but "
            + "\(argument.name) is required.",
          position: argument.position)
      }
    }
    for ancestor in interface.interfaces where !definition.interfaces.contains(ancestor) {
      throw GraphQLProblem(
        message: ancestor == definition.name
          ? "Type \(definition.name) cannot implement \(name) because it would create a circular reference."
          : "Type \(definition.name) must implement \(ancestor) because it is implemented by \(name).",
        position: definition.position)
    }
  }

  private func isCovariant(_ wanted: GraphQL.TypeReference, _ found: GraphQL.TypeReference) -> Bool {
    if wanted.isNonNull, !found.isNonNull { return false }
    if !wanted.name.isEmpty {
      return wanted.name == found.name || possible[wanted.name]?.contains { $0.name == found.name } == true
    }
    guard let wantedElement = wanted.element, let foundElement = found.element else { return wanted.element == nil }
    return isCovariant(wantedElement, foundElement)
  }

  /// What every schema has: scalars, directives and the types of introspection (specification, sections 3.5, 3.13
  /// and 4.2).
  private static let prelude = """
    scalar Int scalar Float scalar String scalar Boolean scalar ID
    directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @deprecated(reason: String = "No longer supported")
      on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
    directive @specifiedBy(url: String!) on SCALAR
    directive @oneOf on INPUT_OBJECT
    type __Schema {
      description: String types: [__Type!]! queryType: __Type! mutationType: __Type subscriptionType: __Type
      directives: [__Directive!]!
    }
    type __Type {
      kind: __TypeKind! name: String description: String specifiedByURL: String
      fields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!] possibleTypes: [__Type!]
      enumValues(includeDeprecated: Boolean = false): [__EnumValue!] inputFields: [__InputValue!] ofType: __Type
      isOneOf: Boolean
    }
    enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }
    type __Field {
      name: String! description: String args(includeDeprecated: Boolean = false): [__InputValue!]! type: __Type!
      isDeprecated: Boolean! deprecationReason: String
    }
    type __InputValue {
      name: String! description: String type: __Type! defaultValue: String isDeprecated: Boolean!
      deprecationReason: String
    }
    type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
    type __Directive {
      name: String! description: String isRepeatable: Boolean! locations: [__DirectiveLocation!]!
      args(includeDeprecated: Boolean = false): [__InputValue!]!
    }
    enum __DirectiveLocation {
      QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION
      SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT
      INPUT_FIELD_DEFINITION
    }
    """
}
