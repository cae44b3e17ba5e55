/// Walks a query along a schema, hangs definitions onto its nodes and applies the rules of the specification's
/// section 5 (`GraphQLValidator+Rules`).
///
/// Fragments are walked at their spreads, once for each operation, so recursion ends. All faults are collected, in the
/// order of the walk.
final class GraphQLValidator {
  typealias Definition = GraphQL.Definition

  let schema: GraphQLSchema
  let document: GraphQL.QueryDocument
  let context: BuiltinContext
  var problems: [GraphQLProblem] = []
  /// The operation that is walked; nil inside of fragment definitions.
  var operation: GraphQL.Operation?
  private var walked: Set<String> = []
  private let stack = StackGuard()
  // What rules remember from node to node.
  var spreadNames: Set<String> = []
  var operationNames: Set<String> = []
  var fragmentNames: Set<String> = []
  var visitedFragments: Set<String> = []

  init(schema: GraphQLSchema, document: GraphQL.QueryDocument, context: BuiltinContext) {
    self.schema = schema
    self.document = document
    self.context = context
  }

  func report(_ message: String, _ position: GraphQLPosition?) {
    problems.append(GraphQLProblem(message: message, position: position))
  }

  func fragment(_ name: String) -> GraphQL.Fragment? { document.fragments.first { $0.name == name } }

  func run() throws(BuiltinFailure) {
    for operation in document.operations {
      walked = []
      try walk(operation)
    }
    for fragment in document.fragments {
      walked = []
      let definition = schema.types[fragment.typeCondition]
      fragment.definition = definition
      try walk(fragment.directives, at: "FRAGMENT_DEFINITION")
      try walk(fragment.selections, in: definition)
      try check(fragment)
    }
  }

  private func walk(_ operation: GraphQL.Operation) throws(BuiltinFailure) {
    self.operation = operation
    for variable in operation.variables {
      variable.definition = schema.types[variable.type.innermost]
      if variable.definition == nil {
        report("Unknown type \"\(variable.type.innermost)\".", variable.position)
      }
      variable.defaultValue?.expected = variable.type
      variable.defaultValue?.definition = variable.definition
    }
    for variable in operation.variables {
      if let value = variable.defaultValue { try walk(value) }
      try walk(variable.directives, at: "VARIABLE_DEFINITION")
    }
    let definition = root(operation)
    try walk(operation.directives, at: operation.operation.isEmpty ? "QUERY" : operation.operation.uppercased())
    try walk(operation.selections, in: definition)
    try check(operation)
    self.operation = nil
  }

  func root(_ operation: GraphQL.Operation) -> Definition? {
    switch operation.operation {
    case "mutation": schema.mutation
    case "subscription": schema.subscription
    default: schema.query
    }
  }

  private func walk(_ directives: [GraphQL.Directive], at location: String) throws(BuiltinFailure) {
    for directive in directives {
      let definition = schema.directives[directive.name]
      directive.definition = definition
      directive.location = location
      for argument in directive.arguments {
        try walk(argument, definition?.arguments.first { $0.name == argument.name })
      }
      check(directive)
    }
    var seen: Set<String> = []
    for directive in directives where !seen.insert(directive.name).inserted && directive.name != "repeatable" {
      report("The directive \"@\(directive.name)\" can only be used once at this location.", directive.position)
    }
  }

  private func walk(_ argument: GraphQL.Argument, _ definition: GraphQL.Field?) throws(BuiltinFailure) {
    if let definition {
      argument.value.expected = definition.type
      argument.value.definition = schema.types[definition.type.innermost]
    }
    try walk(argument.value)
  }

  private func walk(_ value: GraphQL.Value) throws(BuiltinFailure) {
    guard stack.hasRoom else { throw .halt(.limit(.recursion)) }
    try context.work()
    if value.kind == .variable, let operation {
      value.variable = operation.variables.first { $0.name == value.raw }
      value.variable?.isUsed = true
    }
    for child in value.children {
      if value.kind == .object, let field = value.definition?.field(child.name) {
        child.value.expected = field.type
        child.value.definition = schema.types[field.type.innermost]
      } else if value.kind == .list, let element = value.expected?.element {
        child.value.expected = element
        child.value.definition = value.definition
      }
      if value.kind == .object || value.kind == .list { try walk(child.value) }
    }
    check(value)
  }

  private func walk(_ selections: [GraphQL.Selection], in parent: Definition?) throws(BuiltinFailure) {
    guard stack.hasRoom else { throw .halt(.limit(.recursion)) }
    for selection in selections {
      try context.work()
      selection.parent = parent
      switch selection.kind {
      case .field:
        let field =
          selection.name == "__typename"
          ? GraphQL.Field("__typename", GraphQL.TypeReference("String")) : parent?.field(selection.name)
        selection.field = field
        let definition = field.flatMap { schema.types[$0.type.innermost] }
        for argument in selection.arguments { try walk(argument, field?.argument(argument.name)) }
        try walk(selection.directives, at: "FIELD")
        try walk(selection.selections, in: definition)
        try check(field: selection)
      case .inline:
        let definition = selection.typeCondition.isEmpty ? parent : schema.types[selection.typeCondition]
        try walk(selection.directives, at: "INLINE_FRAGMENT")
        try walk(selection.selections, in: definition)
        try check(inline: selection)
      case .spread:
        let fragment = fragment(selection.name)
        selection.fragment = fragment
        try walk(selection.directives, at: "FRAGMENT_SPREAD")
        if let fragment, walked.insert(fragment.name).inserted {
          try walk(fragment.selections, in: schema.types[fragment.typeCondition])
        }
        check(spread: selection)
      }
    }
  }
}
