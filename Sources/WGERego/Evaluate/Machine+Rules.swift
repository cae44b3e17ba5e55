/// Rules, functions and the documents that several rules make.
extension Machine {
  // MARK: - Rules

  func result(_ step: Instruction, _ pc: Int) throws(RegoError) -> Flow {
    let value = get(step.a)
    if let existing = returned, try !context.equal(existing, value) {
      throw conflict(conflictMessage, pc)
    }
    returned = value
    return step.b == 1 ? .stop : .next
  }

  /// Runs the bodies of a group in a frame whose arguments are in place.
  func evaluate(_ group: Plan.Group) throws(RegoError) -> RegoValue? {
    let outerReturned = returned
    let outerMessage = conflictMessage
    conflictMessage =
      group.arguments > 0
      ? "functions must not produce multiple outputs for same inputs"
      : "complete rules must not produce multiple outputs"
    defer {
      returned = outerReturned
      conflictMessage = outerMessage
    }
    var value: RegoValue?
    if let index = group.index {
      for position in candidates(index) {
        if try chain(group.chains[position], group, &value) { break }
      }
    } else {
      for position in group.chains.indices { if try chain(group.chains[position], group, &value) { break } }
    }
    if value == nil, let fallback = group.fallback {
      returned = nil
      _ = try run(fallback.start, fallback.end)
      value = returned
    }
    return value
  }

  /// One chain of else links; true when no other chain needs to run.
  func chain(_ units: [Plan.Unit], _ group: Plan.Group, _ value: inout RegoValue?) throws(RegoError) -> Bool {
    for unit in units {
      try context.step()
      returned = nil
      _ = try run(unit.start, unit.end)
      guard let found = returned else { continue }
      if let value, try !context.equal(value, found) {
        throw .evaluation(code: .conflict, message: conflictMessage, location: plan.locations[unit.locationKey])
      }
      value = found
      return group.isConstant
    }
    return false
  }

  func candidates(_ index: RuleIndex) -> [Int] {
    let key: RegoValue?
    switch index.source {
    case .input(let path): key = world.input.flatMap { follow($0, path) }
    case .argument(let position): key = get(Int32(position))
    }
    // Bodies are indexed by scalars.
    guard let key, !key.isCollection else { return index.always }
    return index.bodies[key] ?? index.always
  }

  func group(_ index: Int) throws(RegoError) -> RegoValue? {
    switch world.memo[index] {
    case .value(let value): return value
    case .undefined: return nil
    case .unknown: break
    }
    let group = plan.groups[index]
    let value: RegoValue?
    if !world.isPlain, isReplaced(group.path) {
      value = base(group.path)
    } else if let replacement = world.groups[index], case .value = replacement {
      value = world.groupValues[index]
    } else {
      let saved = try enter(group.frame)
      defer { leave(saved) }
      value = try evaluate(group)
    }
    world.memo[index] = value.map { .value($0) } ?? .undefined
    return value
  }

  func isReplaced(_ path: [RegoValue]) -> Bool {
    world.replaced.contains { $0.count <= path.count && zip($0, path).allSatisfy { ValueOrder.equal($0, $1) } }
  }

  func base(_ path: [RegoValue]) -> RegoValue? {
    var value = world.data
    for key in path {
      guard let next = value.member(key) else { return nil }
      value = next
    }
    return value
  }

  func callFunction(_ step: Instruction, _ pc: Int) throws(RegoError) -> RegoValue? {
    let index = Int(step.b)
    let count = Int(step.d)
    if !world.isPlain, let replacement = world.groups[index] {
      return try replaced(replacement, value: world.groupValues[index], step, pc)
    }
    return try call(index, step.c, count)
  }

  func call(_ index: Int, _ list: Int32, _ count: Int) throws(RegoError) -> RegoValue? {
    let group = plan.groups[index]
    try context.step()
    if !world.isPlain, isReplaced(group.path) { return nil }
    // Arguments are read in the caller's frame and written into the callee's.
    let callee = top
    let size = max(group.frame, count)
    if callee + size > capacity {
      top += size
      grow()
      top = callee
    }
    if callee + size > used { used = callee + size }
    for position in 0..<count { slots[callee + position] = get(plan.lists[Int(list) + position]) }
    let saved = try enter(group.frame)
    defer { leave(saved) }
    return try evaluate(group)
  }

  // MARK: - Views

  func view(_ index: Int) throws(RegoError) -> RegoValue? {
    let memo = plan.groups.count + index
    switch world.memo[memo] {
    case .value(let value): return value
    case .undefined: return nil
    case .unknown: break
    }
    let view = plan.views[index]
    let value: RegoValue?
    if !world.isPlain, isReplaced(view.path) { value = base(view.path) } else { value = try build(view) }
    world.memo[memo] = value.map { .value($0) } ?? .undefined
    return value
  }

  func build(_ view: Plan.View) throws(RegoError) -> RegoValue? {
    let saved = try enter(view.frame)
    defer { leave(saved) }
    switch view.shape {
    case .set, .object:
      collections.append(Collection())
      for entry in view.entries { if case .bodies(let units, let index) = entry { try run(units, index) } }
      guard let collection = collections.popLast() else { return nil }
      return view.shape == .set
        ? .set(try set(collection.values)) : .object(try object(collection.pairs, nil, at: view.location))
    case .tree:
      let document = DocumentBuilder()
      documents.append(document)
      for entry in view.entries {
        switch entry {
        case .object(let tail): document.ensureObject(at: tail)
        case .set(let tail): document.ensureSet(at: tail)
        case .rule(let tail, let index):
          if let value = try group(index), try !document.add(value, at: tail, asElement: false, context) {
            throw .evaluation(
              code: .conflict, message: "object keys must be unique", location: plan.groups[index].location)
          }
        case .bodies(let units, let index): try run(units, index)
        }
      }
      documents.removeLast()
      let value = document.value
      if case .object(let object) = value { try context.step(object.measured >> 4) }
      try context.admit(value)
      guard let under = base(view.path) else { return value }
      let merged = Self.merged(under, value)
      if case .object(let object) = merged { try context.step(object.measured >> 4) }
      try context.admit(merged)
      return merged
    }
  }

  func run(_ units: [Plan.Unit], _ index: RuleIndex?) throws(RegoError) {
    if let index {
      for position in candidates(index) {
        try context.step()
        _ = try run(units[position].start, units[position].end)
      }
    } else {
      for unit in units {
        try context.step()
        _ = try run(unit.start, unit.end)
      }
    }
  }

  /// Objects are merged; where a base document and a rule give one place different values, the base document stays.
  static func merged(_ base: RegoValue, _ value: RegoValue) -> RegoValue {
    guard case .object(let under) = base, case .object(let over) = value else { return base }
    var pairs = under.pairs
    for (key, value) in over.pairs { pairs.append((key, under[key].map { merged($0, value) } ?? value)) }
    return .object(RegoObject(pairs))
  }
}
