/// References: into the input, into documents and rules, and into values.
extension Planner {
  @_optimize(none)
  mutating func reference(
    _ path: [Term], _ location: SourceLocation, _ then: (inout Planner, Int32) throws(RegoError) -> Void
  ) throws(RegoError) {
    let operands = path.dropFirst()
    switch path[0].kind {
    case .variable("input") where bound["input"] == nil:
      let names = Array(operands.prefix { $0.stringValue != nil }).compactMap(\.stringValue)
      let target = slot()
      if names.isEmpty { emit(.input, target) } else { emit(.inputPath, target, self.path(names)) }
      try members(of: target, operands.dropFirst(names.count), then)
    case .variable("data") where bound["data"] == nil:
      try document(Array(operands), location, then)
    case .variable(let name):
      guard let operand = bound[name] else { throw unsafe(name, path[0].location) }
      try members(of: operand, operands, then)
    default:
      try value(path[0]) { planner, operand throws(RegoError) in try planner.members(of: operand, operands, then) }
    }
  }

  /// The members that operands select, iterating where an operand has no value yet.
  @_optimize(none)
  private mutating func members(
    of operand: Int32, _ operands: ArraySlice<Term>, _ then: (inout Planner, Int32) throws(RegoError) -> Void
  ) throws(RegoError) {
    guard let key = operands.first else {
      try then(&self, operand)
      return
    }
    let rest = operands.dropFirst()
    let names = operands.prefix { $0.stringValue != nil }.compactMap(\.stringValue)
    if names.count > 1 {
      let target = slot()
      emit(.path, target, operand, path(names))
      try members(of: target, operands.dropFirst(names.count), then)
      return
    }
    if binds(key) {
      let value = slot()
      if case .variable(let name) = key.kind {
        // A wildcard needs no key.
        let keySlot = name.hasPrefix("$") && !RefText.isGenerated(name) ? -1 : slot()
        try block(.scan, keySlot, value, operand) { planner throws(RegoError) in
          if keySlot >= 0 { planner.bound[name] = keySlot }
          try planner.members(of: value, rest, then)
        }
        return
      }
      let keySlot = slot()
      try block(.scan, keySlot, value, operand) { planner throws(RegoError) in
        try planner.destructure(keySlot, key) { planner throws(RegoError) in
          try planner.members(of: value, rest, then)
        }
      }
      return
    }
    try value(key) { planner, keyOperand throws(RegoError) in
      let target = planner.slot()
      planner.emit(.member, target, operand, keyOperand)
      try planner.members(of: target, rest, then)
    }
  }

  /// A reference into `data`: rules where there are any, else base documents.
  @_optimize(none)
  private mutating func document(
    _ operands: [Term], _ location: SourceLocation, _ then: (inout Planner, Int32) throws(RegoError) -> Void
  ) throws(RegoError) {
    var node = policy.tree
    var index = 0
    while true {
      if let first = node.rules.first.map({ policy.rules[$0] }) {
        let target = slot()
        if first.arguments != nil, node.rules.allSatisfy({ policy.rules[$0].arguments != nil }), index == operands.count
        {
          // A function has no value.
          fail()
        } else if node.rules.allSatisfy({ policy.rules[$0].isComplete }), node.children.isEmpty {
          let at = emit(.rule, target, group(node))
          parts.locations[at] = location
        } else {
          let at = emit(.view, target, view(node.path, selection(node, operands)))
          parts.locations[at] = location
        }
        try members(of: target, operands[index...], then)
        return
      }
      guard index < operands.count, let key = operands[index].constantValue else {
        let rules = selection(node, operands)
        let target = slot()
        if rules.isEmpty, node.children.isEmpty || index < operands.count {
          emit(.dataPath, target, path(node.path.map(\.plainText)))
        } else {
          let at = emit(.view, target, view(node.path, rules))
          parts.locations[at] = location
        }
        try members(of: target, operands[index...], then)
        return
      }
      guard let child = node.find([key]) else {
        let target = slot()
        // Base documents are found by texts: numbers select by their text.
        let names = operands.prefix { $0.scalarText != nil }.compactMap(\.scalarText)
        emit(.dataPath, target, path(names))
        try members(of: target, operands.dropFirst(names.count), then)
        return
      }
      node = child
      index += 1
    }
  }

  /// The rules at and below a node that can contribute to a reference.
  private func selection(_ node: RuleNode, _ operands: [Term]) -> [Int] {
    let keys = operands.map(\.constantValue)
    return node.allRules.filter {
      RuleSelection.agrees(policy.rules[$0], keys)
        && !(policy.rules[$0].arguments != nil && keys.count > node.path.count)
    }
  }
}
