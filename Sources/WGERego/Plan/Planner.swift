/// Bodies to instructions.
///
/// Bodies are in a safe order, so that which variable has a value at which step is known here: a variable is a slot
/// (or another operand it stands for), a first use binds, a later one compares. Steps that iterate open a block that
/// holds all that follows; the planner therefore works in continuation style: `then` plans the rest inside.
///
/// The optimiser would specialise each method for each continuation, and those for theirs, without end: methods that
/// take one are marked `@_optimize(none)`. Planning is not where time matters.
///
/// Rules are planned on demand, so a query's plan holds only what it can reach.
struct Planner {
  let policy: CompiledPolicy
  let instrumented: Bool
  var parts = PlanParts()

  /// Operands of the variables that have values here.
  var bound: [String: Int32] = [:]
  var slots = 0
  /// Bodies of comprehensions and `every` are not explained.
  var insideClosure = false
  /// The source of the code that is being planned.
  var currentRule = -1

  var constantIndex: [RegoValue: Int32] = [:]
  var pathIndex: [[String]: Int32] = [:]
  var builtinIndex: [String: Int32] = [:]
  var groupIndex: [[RegoValue]: Int32] = [:]
  var viewIndex: [ViewKey: Int32] = [:]
  var pending: [Work] = []
  let stack = StackGuard()

  struct ViewKey: Hashable {
    var path: [RegoValue]
    var rules: [Int]
  }

  enum Work {
    case group(Int, [Int])
    case view(Int, ViewKey)
  }

  typealias Then = (inout Planner) throws(RegoError) -> Void

  init(policy: CompiledPolicy, instrumented: Bool) {
    self.policy = policy
    self.instrumented = instrumented
  }

  // MARK: - Queries

  /// A query's body, in safe order, with the variables whose values are the results.
  mutating func query(_ body: [Expression], results: [(variable: String, name: String)]) throws(RegoError) -> Plan {
    parts.names = results.map(\.name)
    parts.queryStart = parts.code.count
    try plan(body[...]) { planner throws(RegoError) in
      let operands = results.map { planner.bound[$0.variable] ?? -1 }
      let list = planner.list(operands)
      planner.emit(.answer, list, Int32(operands.count))
    }
    parts.queryEnd = parts.code.count
    parts.queryFrame = slots
    while let work = pending.popLast() {
      switch work {
      case .group(let index, let rules): try planGroup(index, rules)
      case .view(let index, let key): try planView(index, key)
      }
    }
    return Plan(parts)
  }

  // MARK: - Emission

  @discardableResult
  mutating func emit(
    _ operation: Instruction.Operation, _ a: Int32 = 0, _ b: Int32 = 0, _ c: Int32 = 0, _ d: Int32 = 0
  ) -> Int {
    parts.code.append(Instruction(operation: operation, a: a, b: b, c: c, d: d))
    return parts.code.count - 1
  }

  mutating func slot() -> Int32 {
    slots += 1
    return Int32(slots - 1)
  }

  mutating func list(_ operands: [Int32]) -> Int32 {
    parts.lists += operands
    return Int32(parts.lists.count - operands.count)
  }

  mutating func constant(_ value: RegoValue) -> Int32 {
    // Equal numbers may be written in different ways, which is kept.
    if case .number(.decimal) = value {
      parts.constants.append(value)
      return ~Int32(parts.constants.count - 1)
    }
    switch value {
    case .array, .object, .set:
      parts.constants.append(value)
      return ~Int32(parts.constants.count - 1)
    default: break
    }
    if let index = constantIndex[value] { return index }
    parts.constants.append(value)
    let operand = ~Int32(parts.constants.count - 1)
    constantIndex[value] = operand
    return operand
  }

  mutating func path(_ path: [String]) -> Int32 {
    if let index = pathIndex[path] { return index }
    parts.paths.append(path)
    pathIndex[path] = Int32(parts.paths.count - 1)
    return Int32(parts.paths.count - 1)
  }

  mutating func builtin(_ builtin: Builtin) -> Int32 {
    if let index = builtinIndex[builtin.name] { return index }
    parts.builtins.append(builtin)
    builtinIndex[builtin.name] = Int32(parts.builtins.count - 1)
    return Int32(parts.builtins.count - 1)
  }

  /// Plans a block: an instruction that names its end, and what it holds.
  @_optimize(none)
  mutating func block(
    _ operation: Instruction.Operation, _ a: Int32 = 0, _ b: Int32 = 0, _ c: Int32 = 0, _ body: Then
  ) throws(RegoError) {
    let at = emit(operation, a, b, c)
    let outer = bound
    try body(&self)
    bound = outer
    let end = Int32(parts.code.count)
    switch operation {
    case .scan, .walk, .every: parts.code[at].d = end
    default: parts.code[at].b = end
    }
  }

  // MARK: - Bodies

  @_optimize(none)
  mutating func plan(_ body: ArraySlice<Expression>, _ then: Then) throws(RegoError) {
    var rest = body
    // What leaves no block open needs no continuation: long bodies are planned in a loop.
    while let expression = rest.first, isLinear(expression) {
      mark(expression, rest.startIndex)
      try self.expression(expression) { _ throws(RegoError) in }
      rest = rest.dropFirst()
    }
    guard let expression = rest.first else {
      try then(&self)
      return
    }
    guard stack.hasRoom else { throw .limit(.recursion) }
    mark(expression, rest.startIndex)
    let others = rest.dropFirst()
    try self.expression(expression) { planner throws(RegoError) in try planner.plan(others, then) }
  }

  private mutating func mark(_ expression: Expression, _ position: Int) {
    guard instrumented, !insideClosure else { return }
    parts.marks.append(Plan.Mark(rule: currentRule, expression: expression, position: position))
    emit(.mark, Int32(parts.marks.count - 1))
  }

  /// The body of a rule held.
  mutating func markEnd(_ position: Int) {
    guard instrumented else { return }
    parts.marks.append(Plan.Mark(rule: currentRule, expression: nil, position: max(1, position)))
    emit(.mark, Int32(parts.marks.count - 1))
  }

  @_optimize(none)
  mutating func expression(_ expression: Expression, _ then: Then) throws(RegoError) {
    if !expression.withs.isEmpty {
      var bare = expression
      bare.withs = []
      try modifiers(expression.withs[...], []) { planner, modifiers throws(RegoError) in
        planner.parts.modifiers.append(modifiers)
        let set = Int32(planner.parts.modifiers.count - 1)
        if expression.isNegated {
          let outer = planner.bound
          let at = planner.emit(.not)
          try planner.block(.modify, set) { planner throws(RegoError) in
            bare.isNegated = false
            try planner.expression(bare) { planner throws(RegoError) in planner.emit(.succeed) }
          }
          planner.bound = outer
          planner.parts.code[at].b = Int32(planner.parts.code.count)
          try then(&planner)
          return
        }
        try planner.block(.modify, set) { planner throws(RegoError) in
          try planner.expression(bare) { planner throws(RegoError) in try planner.block(.unmodify, 0, 0, 0, then) }
        }
      }
      return
    }
    if expression.isNegated {
      var positive = expression
      positive.isNegated = false
      try block(.not) { planner throws(RegoError) in
        try planner.expression(positive) { planner throws(RegoError) in planner.emit(.succeed) }
      }
      try then(&self)
      return
    }
    switch expression.kind {
    case .term(let term):
      try value(term) { planner, operand throws(RegoError) in
        if operand >= 0 || !planner.parts.constants[Int(~operand)].isTrue { planner.emit(.isTrue, operand) }
        try then(&planner)
      }
    case .unify(let left, let right), .assign(let left, let right): try unify(left, right, then)
    case .call(let name, let arguments): try call(name, arguments, expression.location, then)
    case .every(let key, let value, let domain, let body):
      try self.value(domain) { planner, operand throws(RegoError) in
        let outer = planner.bound
        let keySlot = planner.slot()
        let valueSlot = planner.slot()
        let at = planner.emit(.every, keySlot, valueSlot, operand)
        if let name = key?.variableName { planner.bound[name] = keySlot }
        if let name = value.variableName { planner.bound[name] = valueSlot }
        let wasInside = planner.insideClosure
        planner.insideClosure = true
        try planner.plan(body[...]) { planner throws(RegoError) in planner.emit(.succeed) }
        planner.insideClosure = wasInside
        planner.parts.code[at].d = Int32(planner.parts.code.count)
        planner.bound = outer
        try then(&planner)
      }
    case .some, .someIn: try then(&self)
    }
  }
}
