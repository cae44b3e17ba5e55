extension Planner {
  // MARK: - Values

  /// Plans terms whose variables all have values, one after the other.
  @_optimize(none)
  mutating func values(
    _ terms: [Term], _ then: (inout Planner, [Int32]) throws(RegoError) -> Void
  ) throws(RegoError) {
    try values(terms[...], [], then)
  }

  @_optimize(none)
  private mutating func values(
    _ terms: ArraySlice<Term>, _ done: [Int32], _ then: (inout Planner, [Int32]) throws(RegoError) -> Void
  ) throws(RegoError) {
    guard stack.hasRoom else { throw .limit(.recursion) }
    var rest = terms
    var done = done
    // What opens no block needs no continuation: wide literals are planned in a loop.
    while let term = rest.first, isFlat(term) {
      done.append(try flat(term))
      rest = rest.dropFirst()
    }
    guard let term = rest.first else {
      try then(&self, done)
      return
    }
    try value(term) { planner, operand throws(RegoError) in
      try planner.values(rest.dropFirst(), done + [operand], then)
    }
  }

  /// The operand of a term that ``isFlat(_:)``.
  @_optimize(none)
  private mutating func flat(_ term: Term) throws(RegoError) -> Int32 {
    var result: Int32 = 0
    try value(term) { _, operand throws(RegoError) in result = operand }
    return result
  }

  /// True when the term's value takes no iteration, so that what follows need not be planned inside of a block.
  private func isFlat(_ term: Term) -> Bool {
    switch term.kind {
    case .null, .bool, .number, .string: true
    case .variable(let name): bound[name] != nil
    case .ref(let path):
      (path[0].variableName != nil || isFlat(path[0])) && path.dropFirst().allSatisfy { !binds($0) && isFlat($0) }
    case .array(let elements), .set(let elements): elements.allSatisfy { isFlat($0) }
    case .object(let pairs): pairs.allSatisfy { isFlat($0.0) && isFlat($0.1) }
    default: false
    }
  }

  /// Plans a term and hands on the operand that holds its value.
  @_optimize(none)
  mutating func value(
    _ term: Term, _ then: (inout Planner, Int32) throws(RegoError) -> Void
  ) throws(RegoError) {
    guard stack.hasRoom else { throw .limit(.recursion) }
    if let constant = term.constantValue {
      try then(&self, self.constant(constant))
      return
    }
    switch term.kind {
    case .variable(let name):
      if let operand = bound[name] {
        try then(&self, operand)
      } else {
        throw unsafe(name, term.location)
      }
    case .ref(let path): try reference(path, term.location, then)
    case .array(let elements):
      try values(elements) { planner, operands throws(RegoError) in
        let target = planner.slot()
        let list = planner.list(operands)
        planner.emit(.makeArray, target, list, Int32(operands.count))
        try then(&planner, target)
      }
    case .set(let elements):
      try values(elements) { planner, operands throws(RegoError) in
        let target = planner.slot()
        let list = planner.list(operands)
        planner.emit(.makeSet, target, list, Int32(operands.count))
        try then(&planner, target)
      }
    case .object(let pairs):
      try values(pairs.flatMap { [$0.0, $0.1] }) { planner, operands throws(RegoError) in
        let target = planner.slot()
        let list = planner.list(operands)
        planner.emit(.makeObject, target, list, Int32(operands.count / 2))
        try then(&planner, target)
      }
    case .arrayComprehension(let head, let body):
      try comprehension(.arrayComprehension, [head], body, term.location, then)
    case .setComprehension(let head, let body): try comprehension(.setComprehension, [head], body, term.location, then)
    case .objectComprehension(let key, let value, let body):
      try comprehension(.objectComprehension, [key, value], body, term.location, then)
    default:
      throw .invalid([RegoDiagnostic(.compile, "unexpected \(term.kindName)", at: term.location)])
    }
  }

  @_optimize(none)
  private mutating func comprehension(
    _ operation: Instruction.Operation, _ heads: [Term], _ body: [Expression], _ location: SourceLocation,
    _ then: (inout Planner, Int32) throws(RegoError) -> Void
  ) throws(RegoError) {
    let target = slot()
    let mark = parts.code.count
    let wasInside = insideClosure
    insideClosure = true
    try block(operation, target) { planner throws(RegoError) in
      try planner.plan(body[...]) { planner throws(RegoError) in
        try planner.values(heads) { planner, operands throws(RegoError) in
          let at =
            operands.count == 2
            ? planner.emit(.collectPair, operands[0], operands[1]) : planner.emit(.collect, operands[0])
          planner.parts.locations[at] = location
        }
      }
    }
    insideClosure = wasInside
    parts.locations[mark] = location
    try then(&self, target)
  }

  func unsafe(_ name: String, _ location: SourceLocation) -> RegoError {
    .invalid([RegoDiagnostic(.unsafeVariable, "var \(RefText.displayName(name)) is unsafe", at: location)])
  }

  // MARK: - Linear steps

  /// True when no block is open after the expression, so that what follows it need not be planned inside of one.
  func isLinear(_ expression: Expression) -> Bool {
    guard expression.withs.isEmpty else { return false }
    if expression.isNegated { return true }
    switch expression.kind {
    case .term(let term): return isLinear(term)
    case .unify(let left, let right), .assign(let left, let right):
      return (isLinear(left) || isPlainUnbound(left)) && (isLinear(right) || isPlainUnbound(right))
    case .call(let name, let arguments):
      if policy.builtins[Parser.dotted(name)]?.isRelation == true { return false }
      return arguments.allSatisfy { isLinear($0) || isPlainUnbound($0) }
    case .every(_, _, let domain, _): return isLinear(domain)
    case .some, .someIn: return true
    }
  }

  private func isLinear(_ term: Term) -> Bool {
    switch term.kind {
    case .arrayComprehension, .setComprehension, .objectComprehension: true
    default: isFlat(term)
    }
  }

  // MARK: - Unification

  /// True when all variables of the term have values, so that it can be computed.
  func isGround(_ term: Term) -> Bool {
    var collector = VariableCollector(skipClosures: true, skipRefHeads: false)
    collector.visit(term)
    return collector.names.allSatisfy { bound[$0] != nil }
  }

  /// True when the term is a pattern with variables to bind, other than operands of references.
  func binds(_ term: Term) -> Bool {
    switch term.kind {
    case .variable(let name): bound[name] == nil
    case .array(let elements): elements.contains { binds($0) }
    case .object(let pairs): pairs.contains { binds($0.1) }
    default: false
    }
  }

  @_optimize(none)
  mutating func unify(_ left: Term, _ right: Term, _ then: Then) throws(RegoError) {
    switch (left.kind, right.kind) {
    case (.array(let a), .array(let b)) where binds(left) || binds(right):
      if a.count != b.count { return fail() }
      try pairs(Array(zip(a, b)), then)
      return
    case (.object(let a), .object(let b)) where binds(left) && binds(right):
      guard a.count == b.count else { return fail() }
      var matched: [(Term, Term)] = []
      for (key, value) in a {
        guard let other = b.first(where: { key.isSameKey(as: $0.0) }) else { return fail() }
        matched.append((value, other.1))
      }
      try pairs(matched, then)
      return
    default: break
    }
    if binds(left) {
      try value(right) { planner, operand throws(RegoError) in try planner.destructure(operand, left, then) }
    } else if binds(right) {
      try value(left) { planner, operand throws(RegoError) in try planner.destructure(operand, right, then) }
    } else {
      try value(left) { planner, a throws(RegoError) in
        try planner.value(right) { planner, b throws(RegoError) in
          planner.emit(.equal, a, b)
          try then(&planner)
        }
      }
    }
  }

  /// A step that always fails.
  @_optimize(none)
  mutating func fail() { emit(.isTrue, constant(.bool(false))) }

  /// Element by element; pairs that need values of others wait for them.
  @_optimize(none)
  private mutating func pairs(_ pairs: [(Term, Term)], _ then: Then) throws(RegoError) {
    guard stack.hasRoom else { throw .limit(.recursion) }
    // Last first, so that taking the next one is cheap.
    var rest = Array(pairs.reversed())
    while !rest.isEmpty {
      let next =
        rest.lastIndex { isReady($0.0) && !isPlainUnbound($0.0) || isReady($0.1) && !isPlainUnbound($0.1) }
        ?? rest.count - 1
      let (left, right) = rest.remove(at: next)
      if isPlainUnbound(left) && isFlat(right) || isPlainUnbound(right) && isFlat(left) || isFlat(left) && isFlat(right)
      {
        try unify(left, right) { _ throws(RegoError) in }
        continue
      }
      let others = Array(rest.reversed())
      try unify(left, right) { planner throws(RegoError) in try planner.pairs(others, then) }
      return
    }
    try then(&self)
  }

  private func isPlainUnbound(_ term: Term) -> Bool {
    if case .variable(let name) = term.kind { bound[name] == nil } else { false }
  }

  /// The value can be computed; operands of references may be bound on the way.
  private func isReady(_ term: Term) -> Bool {
    switch term.kind {
    case .ref(let path):
      guard let name = path[0].variableName else { return isGround(term) }
      return name == "data" || name == "input" || bound[name] != nil
    case .array(let elements), .set(let elements): return elements.allSatisfy { isReady($0) }
    case .object(let pairs): return pairs.allSatisfy { isReady($0.0) && isReady($0.1) }
    default: return isGround(term)
    }
  }

  /// Matches a value with a pattern, binding the variables that have no value yet.
  @_optimize(none)
  mutating func destructure(_ operand: Int32, _ pattern: Term, _ then: Then) throws(RegoError) {
    if case .variable(let name) = pattern.kind, bound[name] == nil {
      bound[name] = operand
      try then(&self)
      return
    }
    guard binds(pattern) else {
      try value(pattern) { planner, other throws(RegoError) in
        planner.emit(.equal, operand, other)
        try then(&planner)
      }
      return
    }
    switch pattern.kind {
    case .array(let elements):
      emit(.isArray, operand, Int32(elements.count))
      try self.elements(operand, elements, 0, then)
    case .object(let pairs):
      emit(.isObject, operand, Int32(pairs.count))
      try members(operand, pairs[...], then)
    default:
      throw .invalid([RegoDiagnostic(.compile, "unexpected \(pattern.kindName) in pattern", at: pattern.location)])
    }
  }

  @_optimize(none)
  private mutating func elements(
    _ operand: Int32, _ patterns: [Term], _ index: Int, _ then: Then
  ) throws(RegoError) {
    guard stack.hasRoom else { throw .limit(.recursion) }
    var index = index
    while index < patterns.count {
      let target = slot()
      emit(.element, target, operand, Int32(index))
      let pattern = patterns[index]
      index += 1
      if isPlainUnbound(pattern) || isFlat(pattern) {
        try destructure(target, pattern) { _ throws(RegoError) in }
        continue
      }
      let next = index
      try destructure(target, pattern) { planner throws(RegoError) in
        try planner.elements(operand, patterns, next, then)
      }
      return
    }
    try then(&self)
  }

  @_optimize(none)
  private mutating func members(
    _ operand: Int32, _ pairs: ArraySlice<(Term, Term)>, _ then: Then
  ) throws(RegoError) {
    guard stack.hasRoom else { throw .limit(.recursion) }
    var rest = pairs
    while let (key, pattern) = rest.first, isFlat(key), isPlainUnbound(pattern) || isFlat(pattern) {
      let target = slot()
      emit(.member, target, operand, try flat(key))
      try destructure(target, pattern) { _ throws(RegoError) in }
      rest = rest.dropFirst()
    }
    guard let (key, pattern) = rest.first else {
      try then(&self)
      return
    }
    try value(key) { planner, keyOperand throws(RegoError) in
      let target = planner.slot()
      planner.emit(.member, target, operand, keyOperand)
      try planner.destructure(target, pattern) { planner throws(RegoError) in
        try planner.members(operand, rest.dropFirst(), then)
      }
    }
  }
}
