/// `equal`, `neq`, the order of values, and membership.
let comparisonBuiltins: [Builtin] = [
  Builtin("eq", 2, tier: 1) { _, o in .bool(ValueOrder.equal(o[0], o[1])) },
  Builtin("equal", 2, tier: 1) { _, o in .bool(ValueOrder.equal(o[0], o[1])) },
  Builtin("neq", 2, tier: 1) { _, o in .bool(!ValueOrder.equal(o[0], o[1])) },
  Builtin("lt", 2, tier: 1) { _, o in .bool(ValueOrder.compare(o[0], o[1]) < 0) },
  Builtin("lte", 2, tier: 1) { _, o in .bool(ValueOrder.compare(o[0], o[1]) <= 0) },
  Builtin("gt", 2, tier: 1) { _, o in .bool(ValueOrder.compare(o[0], o[1]) > 0) },
  Builtin("gte", 2, tier: 1) { _, o in .bool(ValueOrder.compare(o[0], o[1]) >= 0) },
  Builtin("internal.member_2", 2, tier: 1) { context, o throws(BuiltinFailure) in
    switch o[1] {
    case .array(let array):
      try context.work(array.count / 8)
      return .bool(array.contains { ValueOrder.equal($0, o[0]) })
    case .object(let object):
      try context.work(object.count / 8)
      return .bool((0..<object.count).contains { ValueOrder.equal(object.value(at: $0), o[0]) })
    case .set(let set): return .bool(set.contains(o[0]))
    default: return .bool(false)
    }
  },
  Builtin("internal.member_3", 3, tier: 1) { _, o in
    switch o[2] {
    case .array, .object: .bool(o[2].member(o[0]).map { ValueOrder.equal($0, o[1]) } ?? false)
    case .set(let set): .bool(ValueOrder.equal(o[0], o[1]) && set.contains(o[0]))
    default: .bool(false)
    }
  },
]
