private func comparing(_ name: String, _ holds: @escaping @Sendable (Int) -> Bool) -> Builtin {
  Builtin(name, 2, tier: 1) { context, o throws(BuiltinFailure) in .bool(holds(try context.compared(o[0], o[1]))) }
}

/// `equal`, `neq`, the order of values, and membership.
let comparisonBuiltins: [Builtin] = [
  comparing("eq") { $0 == 0 }, comparing("equal") { $0 == 0 }, comparing("neq") { $0 != 0 },
  comparing("lt") { $0 < 0 }, comparing("lte") { $0 <= 0 }, comparing("gt") { $0 > 0 }, comparing("gte") { $0 >= 0 },
  Builtin("internal.member_2", 2, tier: 1) { context, o throws(BuiltinFailure) in
    switch o[1] {
    case .array(let array):
      try context.work(array.count / 8)
      for element in array where try context.isEqual(element, o[0]) { return true }
      return false
    case .object(let object):
      try context.work(object.count / 8)
      for index in 0..<object.count where try context.isEqual(object.value(at: index), o[0]) { return true }
      return false
    case .set(let set):
      try context.walk(o[0])
      return .bool(set.contains(o[0]))
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
