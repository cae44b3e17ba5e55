internal import WGEGoFormat

/// The rules for queries, each applied when its node has been walked.
extension GraphQLValidator {
  // MARK: - Operations and fragments

  func check(_ operation: GraphQL.Operation) throws(BuiltinFailure) {
    if root(operation) == nil {
      report("Schema does not support operation type \"\(operation.operation)\"", operation.position)
    }
    if operation.name.isEmpty, document.operations.count > 1 {
      report("This anonymous operation must be the only defined operation.", operation.position)
    }
    for variable in operation.variables where !variable.isUsed {
      let place = operation.name.isEmpty ? "" : " in operation \"\(operation.name)\""
      report("Variable \"$\(variable.name)\" is never used\(place).", variable.position)
    }
    try checkMerging(operation.selections)
    if schema.subscription != nil, operation.operation == "subscription" { checkSubscription(operation) }
    if !operationNames.insert(operation.name).inserted {
      report("There can be only one operation named \"\(operation.name)\".", operation.position)
    }
    var counts: [String: Int] = [:]
    for variable in operation.variables {
      if counts[variable.name] == 1 {
        report("There can be only one variable named \"$\(variable.name)\".", variable.position)
      }
      counts[variable.name, default: 0] += 1
    }
    for variable in operation.variables {
      if let definition = variable.definition, !definition.isInput {
        report(
          "Variable \"$\(variable.name)\" cannot be non-input type \"\(variable.type.text)\".", variable.position)
      }
    }
  }

  private func checkSubscription(_ operation: GraphQL.Operation) {
    var fields: [GraphQL.Selection] = []
    var seen: Set<String> = []
    var spreads: Set<String> = []
    func collect(_ selections: [GraphQL.Selection]) {
      for selection in selections {
        switch selection.kind {
        case .field: if seen.insert(selection.name).inserted { fields.append(selection) }
        case .inline: collect(selection.selections)
        case .spread:
          guard let fragment = selection.fragment else { return }
          if spreads.insert(fragment.name).inserted { collect(fragment.selections) }
        }
      }
    }
    collect(operation.selections)
    let name = operation.name.isEmpty ? "Anonymous Subscription" : "Subscription " + GoQuote.quote(operation.name)
    if fields.count > 1 { report("\(name) must select only one top level field.", fields[1].position) }
    for field in fields where field.name.hasPrefix("__") {
      report("\(name) must not select an introspection top level field.", field.position)
    }
  }

  func check(_ fragment: GraphQL.Fragment) throws(BuiltinFailure) {
    if let definition = fragment.definition {
      if !fragment.typeCondition.isEmpty, !definition.isComposite {
        report(
          "Fragment \"\(fragment.name)\" cannot condition on non composite type \"\(fragment.typeCondition)\".",
          fragment.position)
      }
    } else {
      let known = schema.types.keys.sorted()
      report(
        "Unknown type \"\(fragment.typeCondition)\"."
          + GraphQLSuggestion.text("Did you mean", fragment.typeCondition, known), fragment.position)
    }
    try checkCycles(fragment)
    if !spreadNames.contains(fragment.name) {
      report("Fragment \"\(fragment.name)\" is never used.", fragment.position)
    }
    try checkMerging(fragment.selections)
    if !fragmentNames.insert(fragment.name).inserted {
      report("There can be only one fragment named \"\(fragment.name)\".", fragment.position)
    }
  }

  private func checkCycles(_ fragment: GraphQL.Fragment) throws(BuiltinFailure) {
    var path: [GraphQL.Selection] = []
    var positions: [String: Int] = [:]
    let stack = StackGuard()
    func visit(_ fragment: GraphQL.Fragment) throws(BuiltinFailure) {
      guard stack.hasRoom else { throw .halt(.limit(.recursion)) }
      guard visitedFragments.insert(fragment.name).inserted else { return }
      positions[fragment.name] = path.count
      for spread in spreads(in: fragment.selections) {
        try context.work()
        path.append(spread)
        if let start = positions[spread.name] {
          let names = path[start..<(path.count - 1)].map { "\"\($0.name)\"" }
          let via = names.isEmpty ? "" : " via " + names.joined(separator: ", ")
          report("Cannot spread fragment \"\(spread.name)\" within itself\(via).", spread.position)
        } else if let next = self.fragment(spread.name) {
          try visit(next)
        }
        path.removeLast()
      }
      positions[fragment.name] = nil
    }
    try visit(fragment)
  }

  private func spreads(in selections: [GraphQL.Selection]) -> [GraphQL.Selection] {
    var result: [GraphQL.Selection] = []
    var pending = [selections]
    while let next = pending.popLast() {
      for selection in next {
        if selection.kind == .spread { result.append(selection) } else { pending.append(selection.selections) }
      }
    }
    return result
  }

  // MARK: - Selections

  func check(field: GraphQL.Selection) throws(BuiltinFailure) {
    if field.field == nil, let parent = field.parent {
      report(
        "Cannot query field \"\(field.name)\" on type \"\(parent.name)\"." + hint(for: field, on: parent),
        field.position)
    }
    if let definition = field.field, let parent = field.parent {
      for argument in field.arguments where definition.argument(argument.name) == nil {
        report(
          "Unknown argument \"\(argument.name)\" on field \"\(parent.name).\(field.name)\"."
            + GraphQLSuggestion.text("Did you mean", argument.name, definition.arguments.map(\.name)), field.position)
      }
    }
    if field.name == "__schema" || field.name == "__type" {
      var visited: Set<String> = []
      if try isTooDeep([field], 0, &visited) { report("Maximum introspection depth exceeded", field.position) }
    }
    try checkMerging(field.selections)
    guard let definition = field.field else {
      checkUnique(field.arguments)
      return
    }
    for wanted in definition.arguments where wanted.type.isNonNull && wanted.defaultValue == nil {
      if !field.arguments.contains(where: { $0.name == wanted.name }) {
        report(
          "Field \"\(field.name)\" argument \"\(wanted.name)\" of type \"\(wanted.type.text)\" is required, but it "
            + "was not provided.", field.position)
      }
    }
    if let type = schema.types[definition.type.innermost] {
      if type.isLeaf, !field.selections.isEmpty {
        report(
          "Field \"\(field.name)\" must not have a selection since type \"\(type.name)\" has no subfields.",
          field.position)
      }
      if !type.isLeaf, field.selections.isEmpty {
        report(
          "Field \"\(field.name)\" of type \"\(definition.type.text)\" must have a selection of subfields. "
            + "Did you mean \"\(field.name) { ... }\"?", field.position)
      }
    }
    checkUnique(field.arguments)
  }

  private func hint(for field: GraphQL.Selection, on parent: Definition) -> String {
    if parent.isAbstract {
      var counts: [String: Int] = [:]
      var names: [String] = []
      for type in schema.possibleTypes(of: parent) where type.field(field.name) != nil {
        names.append(type.name)
        for interface in type.interfaces where schema.types[interface]?.field(field.name) != nil {
          if counts.updateValue((counts[interface] ?? 0) + 1, forKey: interface) == nil { names.append(interface) }
        }
      }
      names.sort { (counts[$0] ?? 0, $1) > (counts[$1] ?? 0, $0) }
      if !names.isEmpty {
        return " Did you mean to use an inline fragment on \(GraphQLSuggestion.list(names.map { "\"\($0)\"" }))?"
      }
    }
    guard parent.kind == .object || parent.kind == .interface else { return "" }
    return GraphQLSuggestion.text("Did you mean", field.name, parent.fields.map(\.name))
  }

  /// Lists inside of lists of types cost more with each level.
  private func isTooDeep(
    _ selections: [GraphQL.Selection], _ depth: Int, _ visited: inout Set<String>
  ) throws(BuiltinFailure) -> Bool {
    for selection in selections {
      try context.work()
      switch selection.kind {
      case .field:
        let next =
          ["fields", "interfaces", "possibleTypes", "inputFields"].contains(selection.name) ? depth + 1 : depth
        if next >= 3 { return true }
        if try isTooDeep(selection.selections, next, &visited) { return true }
      case .inline: if try isTooDeep(selection.selections, depth, &visited) { return true }
      case .spread:
        guard let fragment = selection.fragment, visited.insert(fragment.name).inserted else { continue }
        if try isTooDeep(fragment.selections, depth, &visited) { return true }
        visited.remove(fragment.name)
      }
    }
    return false
  }

  func check(inline selection: GraphQL.Selection) throws(BuiltinFailure) {
    let name = selection.typeCondition
    let type = schema.types[name]
    if let type, !type.isComposite {
      report("Fragment cannot condition on non composite type \"\(name)\".", selection.position)
    }
    if type == nil, !name.isEmpty { report("Unknown type \"\(name)\".", selection.position) }
    try checkMerging(selection.selections)
    if let parent = selection.parent, !canSpread(name, in: parent) {
      report(
        "Fragment cannot be spread here as objects of type \"\(parent.name)\" can never be of type \"\(name)\".",
        selection.position)
    }
  }

  func check(spread selection: GraphQL.Selection) {
    guard let fragment = selection.fragment else {
      report("Unknown fragment \"\(selection.name)\".", selection.position)
      if operation != nil { spreadNames.insert(selection.name) }
      return
    }
    if operation != nil { spreadNames.insert(selection.name) }
    if let parent = selection.parent, !canSpread(fragment.typeCondition, in: parent) {
      report(
        "Fragment \"\(selection.name)\" cannot be spread here as objects of type \"\(parent.name)\" can never be of "
          + "type \"\(fragment.typeCondition)\".", selection.position)
    }
  }

  private func canSpread(_ name: String, in parent: Definition) -> Bool {
    guard parent.isComposite, let type = schema.types[name], type.isComposite else { return true }
    let parents = parent.kind == .object ? [parent] : schema.possibleTypes(of: parent)
    return schema.possibleTypes(of: type).contains { part in parents.contains { $0.name == part.name } }
  }

  // MARK: - Directives, arguments and values

  func check(_ directive: GraphQL.Directive) {
    guard let definition = directive.definition else {
      report("Unknown directive \"@\(directive.name)\".", directive.position)
      checkUnique(directive.arguments)
      return
    }
    for argument in directive.arguments where !definition.arguments.contains(where: { $0.name == argument.name }) {
      report(
        "Unknown argument \"\(argument.name)\" on directive \"@\(directive.name)\"."
          + GraphQLSuggestion.text("Did you mean", argument.name, definition.arguments.map(\.name)),
        directive.position)
    }
    if !definition.locations.contains(directive.location) {
      report("Directive \"@\(directive.name)\" may not be used on \(directive.location).", directive.position)
    }
    for wanted in definition.arguments where wanted.type.isNonNull && wanted.defaultValue == nil {
      if !directive.arguments.contains(where: { $0.name == wanted.name }) {
        report(
          "Directive \"@\(definition.name)\" argument \"\(wanted.name)\" of type \"\(wanted.type.text)\" is required, "
            + "but it was not provided.", directive.position)
      }
    }
    checkUnique(directive.arguments)
  }

  private func checkUnique(_ arguments: [GraphQL.Argument]) {
    var counts: [String: Int] = [:]
    for argument in arguments {
      if counts[argument.name] == 1 {
        report("There can be only one argument named \"\(argument.name)\".", argument.position)
      }
      counts[argument.name, default: 0] += 1
    }
  }

  func check(_ value: GraphQL.Value) {
    if value.kind == .variable, value.variable == nil, let operation {
      let place = operation.name.isEmpty ? "" : " by operation \"\(operation.name)\""
      report("Variable \"\(value.text)\" is not defined\(place).", value.position)
    }
    if value.kind == .object {
      var seen: Set<String> = []
      for child in value.children where !seen.insert(child.name).inserted {
        report("There can be only one input field named \"\(child.name)\".", child.position)
      }
    }
    checkType(of: value)
    if value.kind == .variable, let expected = value.expected, let variable = value.variable, operation != nil {
      let hasDefault = variable.defaultValue.map { $0.kind != .null } ?? false
      if !variable.type.fits(expected, otherIsNonNull: expected.isNonNull && !hasDefault) {
        report(
          "Variable \"\(value.text)\" of type \"\(variable.type.text)\" used in position expecting type "
            + "\"\(expected.text)\".", value.position)
      }
    }
  }
}
