/// Rules with one path as a group, and the documents that several rules make as views.
extension Planner {
  /// The group of the rules at a node.
  mutating func group(_ node: RuleNode) -> Int32 {
    if let index = groupIndex[node.path] { return index }
    parts.groups.append(nil)
    let index = parts.groups.count - 1
    groupIndex[node.path] = Int32(index)
    pending.append(.group(index, node.rules))
    return Int32(index)
  }

  /// The document at a path, made of the rules.
  mutating func view(_ path: [RegoValue], _ rules: [Int]) -> Int32 {
    let key = ViewKey(path: path, rules: rules)
    if let index = viewIndex[key] { return index }
    parts.views.append(nil)
    let index = parts.views.count - 1
    viewIndex[key] = Int32(index)
    pending.append(.view(index, key))
    return Int32(index)
  }

  mutating func begin(_ rule: Int) {
    bound = [:]
    slots = 0
    currentRule = rule
  }

  mutating func planGroup(_ index: Int, _ indices: [Int]) throws(RegoError) {
    let rules = indices.map { policy.rules[$0] }
    guard let first = rules.first else { throw .invalid([]) }
    let arguments = first.arguments?.count ?? 0
    var frame = 0
    var chains: [[Plan.Unit]] = []
    var chainRules: [CompiledRule] = []
    var fallback: Plan.Unit?
    let values = rules.filter { !$0.isDefault }.flatMap { $0.links.map(\.value.constantValue) }
    let isConstant =
      !values.isEmpty
      && values.allSatisfy { value in
        if let value, let head = values[0] { ValueOrder.equal(value, head) } else { false }
      }
    for (position, rule) in zip(indices, rules) {
      var chain: [Plan.Unit] = []
      for link in rule.links {
        begin(position)
        slots = arguments
        let start = parts.code.count
        try planArguments(rule.arguments ?? [], 0) { planner throws(RegoError) in
          try planner.plan(link.body[...]) { planner throws(RegoError) in
            planner.markEnd(link.body.count)
            try planner.value(link.value) { planner, operand throws(RegoError) in
              let single = link.value.constantValue != nil
              let at = planner.emit(.result, operand, single ? 1 : 0)
              planner.parts.locations[at] = link.location
            }
          }
        }
        frame = max(frame, slots)
        chain.append(unit(start, rule: position, at: link.location))
      }
      if rule.isDefault {
        fallback = chain.first
      } else {
        chains.append(chain)
        chainRules.append(rule)
      }
    }
    parts.groups[index] = Plan.Group(
      path: first.groundPath, arguments: arguments, frame: frame, chains: chains, fallback: fallback,
      isConstant: isConstant, index: IndexBuilder.index(chainRules), location: first.location)
  }

  mutating func unit(_ start: Int, rule: Int, at location: SourceLocation) -> Plan.Unit {
    let unit = Plan.Unit(start: start, end: parts.code.count, rule: rule)
    parts.locations[unit.locationKey] = location
    return unit
  }

  @_optimize(none)
  mutating func planArguments(_ arguments: [Term], _ position: Int, _ then: Then) throws(RegoError) {
    guard position < arguments.count else {
      try then(&self)
      return
    }
    try destructure(Int32(position), arguments[position]) { planner throws(RegoError) in
      try planner.planArguments(arguments, position + 1, then)
    }
  }

  /// The part of a path that is there even when nothing fills it. Keys that are collections come with their values,
  /// and so does all that is below rules whose heads go on with variables.
  private static func lasting(_ path: some Collection<RegoValue>, below node: RuleNode?) -> [RegoValue] {
    var result: [RegoValue] = []
    var node = node
    for key in path {
      // A head with a collection for a key goes on as one with a variable does.
      let isOpen = node.map { !$0.rules.isEmpty || $0.children.keys.contains(where: \.isCollection) } ?? false
      if key.isCollection || isOpen { break }
      result.append(key)
      node = node?.find([key])
    }
    return result
  }

  mutating func planView(_ index: Int, _ key: ViewKey) throws(RegoError) {
    let depth = key.path.count
    let top = policy.tree.find(key.path)
    var entries: [Plan.View.Entry] = []
    var frame = 0
    var units: [Plan.Unit] = []
    var unitRules: [CompiledRule] = []
    var seenGroups: Set<[RegoValue]> = []
    var objects: [[RegoValue]] = []
    let rules = key.rules.map { policy.rules[$0] }
    let shape: Plan.View.Shape
    if rules.allSatisfy({ $0.groundCount == depth && $0.ref.count == depth && $0.element != nil }), !rules.isEmpty {
      shape = .set
    } else if rules.allSatisfy({
      $0.groundCount == depth && $0.ref.count == depth + 1 && $0.element == nil && $0.arguments == nil
    }), !rules.isEmpty {
      shape = .object
    } else {
      shape = .tree
    }
    for (position, rule) in zip(key.rules, rules) {
      let tail = Array(rule.groundPath.dropFirst(depth))
      if rule.isComplete {
        objects.append(Self.lasting(tail.dropLast(), below: top))
        if seenGroups.insert(rule.groundPath).inserted, let node = policy.tree.find(rule.groundPath) {
          entries.append(.rule(tail: tail, group: Int(group(node))))
        }
        continue
      }
      if rule.arguments != nil {
        objects.append(Self.lasting(tail.dropLast(), below: top))
        continue
      }
      if rule.element != nil, rule.groundCount == rule.ref.count, Self.lasting(tail, below: top).count == tail.count {
        objects.append(Array(tail.dropLast()))
        entries.append(.set(tail: tail))
      } else {
        objects.append(Self.lasting(tail, below: top))
      }
      if rule.isDefault { continue }
      for link in rule.links.prefix(1) {
        begin(position)
        let start = parts.code.count
        try plan(link.body[...]) { planner throws(RegoError) in
          planner.markEnd(link.body.count)
          try planner.values(Array(rule.ref.dropFirst(depth))) { planner, path throws(RegoError) in
            let value = rule.element ?? link.value
            try planner.value(value) { planner, operand throws(RegoError) in
              let at: Int
              switch shape {
              case .set: at = planner.emit(.collect, operand)
              case .object: at = planner.emit(.collectPair, path[0], operand)
              case .tree:
                let list = planner.list(path)
                at = planner.emit(.emit, rule.element == nil ? 0 : 1, operand, list, Int32(path.count))
              }
              planner.parts.locations[at] = rule.location
            }
          }
        }
        frame = max(frame, slots)
        units.append(unit(start, rule: position, at: rule.location))
        unitRules.append(rule)
      }
    }
    // Objects that are there even when nothing fills them; packages without rules too.
    if let node = policy.tree.find(key.path) {
      var open = [node]
      while let next = open.popLast() {
        objects.append(Self.lasting(next.path.dropFirst(depth), below: top))
        open += next.sortedChildren.filter { child in
          child.rules.isEmpty
            && (child.allRules.isEmpty
              || child.allRules.contains { key.rules.contains($0) || policy.rules[$0].arguments != nil })
        }
      }
    }
    for tail in Set(objects).sorted(by: { $0.count < $1.count }) where shape == .tree {
      entries.append(.object(tail: tail))
    }
    if shape == .tree {
      // The root of a partial set is not an object.
      let sets = Set(
        entries.compactMap { entry -> [RegoValue]? in if case .set(let tail) = entry { tail } else { nil } })
      entries.removeAll { if case .object(let tail) = $0 { sets.contains(tail) } else { false } }
    }
    if !units.isEmpty { entries.append(.bodies(units, index: IndexBuilder.index(unitRules))) }
    parts.views[index] = Plan.View(
      path: key.path, entries: entries, shape: shape, frame: frame,
      location: rules.first?.location ?? .none)
  }
}
