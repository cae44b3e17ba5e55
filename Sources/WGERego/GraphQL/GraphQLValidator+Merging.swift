/// Overlapping fields can be merged (specification, section 5.3.2).
///
/// Fields with one response name must be the same field with the same arguments and types that fit, unless their
/// parents can never be the same object. Each pair of fragments is compared once for each answer to that question,
/// which bounds the work; each comparison counts as a step of the evaluation.
extension GraphQLValidator {
  func checkMerging(_ selections: [GraphQL.Selection]) throws(BuiltinFailure) {
    guard !selections.isEmpty else { return }
    var comparison = GraphQLFieldComparison(schema: schema, context: context)
    for conflict in try comparison.conflicts(within: selections) {
      report(
        "Fields \"\(conflict.name)\" conflict because \(conflict.text). Use different aliases on the fields to fetch "
          + "both if this was intentional.", conflict.position)
    }
  }
}

struct GraphQLFieldConflict {
  var name: String
  var reason: String
  var parts: [GraphQLFieldConflict] = []
  var position: GraphQLPosition?

  var text: String {
    if parts.isEmpty { return reason }
    return parts.map { "subfields \"\($0.name)\" conflict because \($0.text)" }.joined(separator: " and ")
  }
}

private struct GraphQLFieldComparison {
  let schema: GraphQLSchema
  let context: BuiltinContext
  private var comparedPairs: [String: [String: Bool]] = [:]
  private var comparedFragments: Set<String> = []
  private let stack = StackGuard()

  private struct Fields {
    var names: [String] = []
    var fields: [String: [GraphQL.Selection]] = [:]
    var spreads: [GraphQL.Selection] = []

    init(_ selections: [GraphQL.Selection]) { add(selections) }

    private mutating func add(_ selections: [GraphQL.Selection]) {
      for selection in selections {
        switch selection.kind {
        case .field:
          if fields[selection.responseName] == nil { names.append(selection.responseName) }
          fields[selection.responseName, default: []].append(selection)
        case .inline: add(selection.selections)
        case .spread: spreads.append(selection)
        }
      }
    }

    func isSame(as other: Fields) -> Bool {
      names == other.names
        && names.allSatisfy { name in
          (fields[name] ?? []).elementsEqual(other.fields[name] ?? []) { $0 === $1 }
        }
    }
  }

  init(schema: GraphQLSchema, context: BuiltinContext) {
    self.schema = schema
    self.context = context
  }

  mutating func conflicts(within selections: [GraphQL.Selection]) throws(BuiltinFailure) -> [GraphQLFieldConflict] {
    let own = Fields(selections)
    var found: [GraphQLFieldConflict] = []
    for name in own.names {
      let fields = own.fields[name] ?? []
      for (index, first) in fields.enumerated() {
        for second in fields[(index + 1)...] {
          if let conflict = try compare(first, second, areExclusive: false) { found.append(conflict) }
        }
      }
    }
    comparedFragments = []
    for (index, spread) in own.spreads.enumerated() {
      try compare(own, spread, areExclusive: false, &found)
      for other in own.spreads[(index + 1)...] { try compare(spread, other, areExclusive: false, &found) }
    }
    return found
  }

  /// Fields with those of a fragment and of the fragments inside of it.
  private mutating func compare(
    _ fields: Fields, _ spread: GraphQL.Selection, areExclusive: Bool, _ found: inout [GraphQLFieldConflict]
  ) throws(BuiltinFailure) {
    guard stack.hasRoom else { throw .halt(.limit(.recursion)) }
    try context.work()
    guard comparedFragments.insert(spread.name).inserted, let fragment = spread.fragment else { return }
    try context.work(fragment.selections.count + fields.names.count)
    let inner = Fields(fragment.selections)
    if fields.isSame(as: inner) { return }
    try compare(fields, inner, areExclusive: areExclusive, &found)
    for next in inner.spreads where next.name != spread.name {
      try compare(fields, next, areExclusive: areExclusive, &found)
    }
  }

  /// Two fragments, and those inside of them.
  private mutating func compare(
    _ first: GraphQL.Selection, _ second: GraphQL.Selection, areExclusive: Bool,
    _ found: inout [GraphQLFieldConflict]
  ) throws(BuiltinFailure) {
    guard stack.hasRoom else { throw .halt(.limit(.recursion)) }
    try context.work()
    if first.name == second.name { return }
    // A comparison as not exclusive covers one as exclusive.
    if let known = comparedPairs[first.name]?[second.name], areExclusive || !known { return }
    comparedPairs[first.name, default: [:]][second.name] = areExclusive
    comparedPairs[second.name, default: [:]][first.name] = areExclusive
    guard let firstFragment = first.fragment, let secondFragment = second.fragment else { return }
    try context.work(firstFragment.selections.count + secondFragment.selections.count)
    let left = Fields(firstFragment.selections)
    let right = Fields(secondFragment.selections)
    try compare(left, right, areExclusive: areExclusive, &found)
    for spread in right.spreads { try compare(first, spread, areExclusive: areExclusive, &found) }
    for spread in left.spreads { try compare(spread, second, areExclusive: areExclusive, &found) }
  }

  private mutating func compare(
    _ left: Fields, _ right: Fields, areExclusive: Bool, _ found: inout [GraphQLFieldConflict]
  ) throws(BuiltinFailure) {
    for name in left.names {
      guard let others = right.fields[name] else { continue }
      for first in left.fields[name] ?? [] {
        for second in others {
          if let conflict = try compare(first, second, areExclusive: areExclusive) { found.append(conflict) }
        }
      }
    }
  }

  private mutating func compare(
    _ first: GraphQL.Selection, _ second: GraphQL.Selection, areExclusive: Bool
  ) throws(BuiltinFailure) -> GraphQLFieldConflict? {
    guard stack.hasRoom else { throw .halt(.limit(.recursion)) }
    try context.work()
    guard let firstParent = first.parent, let secondParent = second.parent else { return nil }
    let areExclusive =
      areExclusive
      || firstParent.name != secondParent.name && firstParent.kind == .object && secondParent.kind == .object
        && first.field != nil && second.field != nil
    func conflict(_ reason: String) -> GraphQLFieldConflict {
      GraphQLFieldConflict(name: first.responseName, reason: reason, position: second.position)
    }
    if !areExclusive {
      if first.name != second.name {
        return conflict("\"\(first.name)\" and \"\(second.name)\" are different fields")
      }
      if !Self.areSame(first.arguments, second.arguments) { return conflict("they have differing arguments") }
    }
    if let a = first.field?.type, let b = second.field?.type, typesConflict(a, b) {
      return conflict("they return conflicting types \"\(a.text)\" and \"\(b.text)\"")
    }
    let parts = try compareInside(first.selections, second.selections, areExclusive: areExclusive)
    if parts.isEmpty { return nil }
    return GraphQLFieldConflict(name: first.responseName, reason: "", parts: parts, position: second.position)
  }

  private mutating func compareInside(
    _ first: [GraphQL.Selection], _ second: [GraphQL.Selection], areExclusive: Bool
  ) throws(BuiltinFailure) -> [GraphQLFieldConflict] {
    try context.work(first.count + second.count)
    let left = Fields(first)
    let right = Fields(second)
    var found: [GraphQLFieldConflict] = []
    try compare(left, right, areExclusive: areExclusive, &found)
    for spread in right.spreads {
      comparedFragments = []
      try compare(left, spread, areExclusive: areExclusive, &found)
    }
    for spread in left.spreads {
      comparedFragments = []
      try compare(right, spread, areExclusive: areExclusive, &found)
    }
    for a in left.spreads { for b in right.spreads { try compare(a, b, areExclusive: areExclusive, &found) } }
    return found
  }

  private static func areSame(_ first: [GraphQL.Argument], _ second: [GraphQL.Argument]) -> Bool {
    first.count == second.count
      && first.allSatisfy { a in
        second.contains { $0.name == a.name && $0.value.kind == a.value.kind && $0.value.raw == a.value.raw }
      }
  }

  private func typesConflict(_ a: GraphQL.TypeReference, _ b: GraphQL.TypeReference) -> Bool {
    if let inner = a.element {
      guard let other = b.element else { return true }
      return typesConflict(inner, other)
    }
    if b.element != nil || a.isNonNull != b.isNonNull { return true }
    guard let first = schema.types[a.name], let second = schema.types[b.name] else { return false }
    return first.isLeaf && second.isLeaf && first.name != second.name
  }
}
