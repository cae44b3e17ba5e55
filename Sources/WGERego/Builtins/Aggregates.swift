/// Builtins that make one value of many.
enum Aggregates {
  static func fold(
    _ context: BuiltinContext, _ operands: Operands, _ start: RegoNumber,
    _ combine: (RegoNumber, RegoNumber) throws(BuiltinFailure) -> RegoNumber
  ) throws(BuiltinFailure) -> RegoValue {
    var result = start
    let outer = operands[0].typeName
    let elements = try operands.elements(0)
    try context.work(elements.count)
    for element in elements {
      guard case .number(let number) = element else {
        throw .type("operand 1 must be \(outer) of numbers but got \(outer) containing \(element.typeName)")
      }
      try Arithmetic.charge(context, number)
      result = try combine(result, number)
    }
    return .number(result)
  }

  static func sets(_ operands: Operands) throws(BuiltinFailure) -> [RegoSet] {
    var result: [RegoSet] = []
    for element in try operands.set(0).elements {
      guard case .set(let set) = element else {
        throw .type("operand 1 must be set of sets but got set containing \(element.typeName)")
      }
      result.append(set)
    }
    return result
  }
}

let aggregateBuiltins: [Builtin] = [
  Builtin("count", 1, tier: 1) { _, o throws(BuiltinFailure) in
    if let count = o[0].collectionCount { return .int(count) }
    if case .string(let text) = o[0] { return .int(text.unicodeScalars.count) }
    throw o.wrong(0, "{array, object, set, string}")
  },
  Builtin("sum", 1, tier: 1) { context, o throws(BuiltinFailure) in
    try Aggregates.fold(context, o, .int(0)) { (a, b) throws(BuiltinFailure) in try Arithmetic.add(a, b) }
  },
  Builtin("product", 1, tier: 1) { context, o throws(BuiltinFailure) in
    try Aggregates.fold(context, o, .int(1)) { (a, b) throws(BuiltinFailure) in try Arithmetic.multiply(a, b) }
  },
  Builtin("max", 1, tier: 1) { context, o throws(BuiltinFailure) in
    let elements = try o.elements(0)
    try context.work(elements.count)
    return elements.max()
  },
  Builtin("min", 1, tier: 1) { context, o throws(BuiltinFailure) in
    let elements = try o.elements(0)
    try context.work(elements.count)
    return elements.min()
  },
  Builtin("sort", 1, tier: 1) { context, o throws(BuiltinFailure) in
    let elements = try o.elements(0)
    try context.work(elements.count)
    return .list(elements.sorted())
  },
  Builtin("any", 1, deprecated: true) { _, o throws(BuiltinFailure) in
    .bool(try o.elements(0).contains(.bool(true)))
  },
  Builtin("all", 1, deprecated: true) { _, o throws(BuiltinFailure) in
    .bool(try o.elements(0).allSatisfy { $0 == .bool(true) })
  },
  Builtin("and", 2, tier: 1) { _, o throws(BuiltinFailure) in .set(try o.set(0).intersection(o.set(1))) },
  Builtin("or", 2, tier: 1) { context, o throws(BuiltinFailure) in
    let (a, b) = (try o.set(0), try o.set(1))
    try context.reserve(elements: a.count + b.count)
    return .set(a.union(b))
  },
  Builtin("set_diff", 2, deprecated: true) { _, o throws(BuiltinFailure) in .set(try o.set(0).subtracting(o.set(1))) },
  Builtin("intersection", 1) { context, o throws(BuiltinFailure) in
    let sets = try Aggregates.sets(o)
    guard var result = sets.first else { return .set(.empty) }
    for set in sets.dropFirst() {
      try context.work(set.count)
      result = result.intersection(set)
    }
    return .set(result)
  },
  Builtin("union", 1) { context, o throws(BuiltinFailure) in
    let sets = try Aggregates.sets(o)
    try context.reserve(elements: sets.reduce(0) { $0 + $1.count })
    return .set(RegoSet(sets.flatMap(\.elements)))
  },
]
