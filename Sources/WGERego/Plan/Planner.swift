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

  private var constantIndex: [RegoValue: Int32] = [:]
  private var pathIndex: [[String]: Int32] = [:]
  private var builtinIndex: [String: Int32] = [:]
  private var groupIndex: [[RegoValue]: Int32] = [:]
  private var viewIndex: [ViewKey: Int32] = [:]
  private var pending: [Work] = []
  private let stack = StackGuard()

  private struct ViewKey: Hashable {
    var path: [RegoValue]
    var rules: [Int]
  }

  private enum Work {
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

  // MARK: - Groups and views

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

  private mutating func begin(_ rule: Int) {
    bound = [:]
    slots = 0
    currentRule = rule
  }

  private mutating func planGroup(_ index: Int, _ indices: [Int]) throws(RegoError) {
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

  private mutating func unit(_ start: Int, rule: Int, at location: SourceLocation) -> Plan.Unit {
    let unit = Plan.Unit(start: start, end: parts.code.count, rule: rule)
    parts.locations[unit.locationKey] = location
    return unit
  }

  @_optimize(none)
  private mutating func planArguments(_ arguments: [Term], _ position: Int, _ then: Then) throws(RegoError) {
    guard position < arguments.count else {
      try then(&self)
      return
    }
    try destructure(Int32(position), arguments[position]) { planner throws(RegoError) in
      try planner.planArguments(arguments, position + 1, then)
    }
  }

  private mutating func planView(_ index: Int, _ key: ViewKey) throws(RegoError) {
    let depth = key.path.count
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
        objects.append(Array(tail.dropLast()))
        if seenGroups.insert(rule.groundPath).inserted, let node = policy.tree.find(rule.groundPath) {
          entries.append(.rule(tail: tail, group: Int(group(node))))
        }
        continue
      }
      if rule.arguments != nil {
        objects.append(Array(tail.dropLast()))
        continue
      }
      if rule.element != nil, rule.groundCount == rule.ref.count {
        objects.append(Array(tail.dropLast()))
        entries.append(.set(tail: tail))
      } else {
        objects.append(tail)
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
        objects.append(Array(next.path.dropFirst(depth)))
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

  // MARK: - Bodies

  @_optimize(none)
  mutating func plan(_ body: ArraySlice<Expression>, _ then: Then) throws(RegoError) {
    guard let expression = body.first else {
      try then(&self)
      return
    }
    guard stack.hasRoom else { throw .limit(.recursion) }
    let rest = body.dropFirst()
    if instrumented, !insideClosure {
      parts.marks.append(Plan.Mark(rule: currentRule, expression: expression, position: body.startIndex))
      emit(.mark, Int32(parts.marks.count - 1))
    }
    try self.expression(expression) { planner throws(RegoError) in try planner.plan(rest, then) }
  }

  /// The body of a rule held.
  private mutating func markEnd(_ position: Int) {
    guard instrumented else { return }
    parts.marks.append(Plan.Mark(rule: currentRule, expression: nil, position: max(1, position)))
    emit(.mark, Int32(parts.marks.count - 1))
  }

  @_optimize(none)
  private mutating func expression(_ expression: Expression, _ then: Then) throws(RegoError) {
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

  @_optimize(none)
  private mutating func modifiers(
    _ withs: ArraySlice<With>, _ done: [Plan.Modifier],
    _ then: (inout Planner, [Plan.Modifier]) throws(RegoError) -> Void
  ) throws(RegoError) {
    guard let with = withs.first else {
      try then(&self, done)
      return
    }
    guard case .ref(let path) = with.target.kind, let head = path[0].variableName else {
      throw .invalid([RegoDiagnostic(.compile, "with keyword target must be a reference", at: with.location)])
    }
    let keys = path.dropFirst().compactMap(\.constantValue)
    let target: Plan.Modifier.Target
    var isFunction = false
    if head == "input" {
      target = .input(keys)
    } else if head == "data" {
      if policy.functionArity(keys) != nil, let node = policy.tree.find(keys) {
        target = .group(Int(group(node)))
        isFunction = true
      } else {
        target = .data(keys)
      }
    } else if let known = policy.builtins[Parser.dotted(path)] {
      target = .builtin(Int(builtin(known)))
      isFunction = true
    } else {
      throw .invalid([
        RegoDiagnostic(
          .type, "with keyword target must reference existing input, data, or a function", at: with.location)
      ])
    }
    if isFunction, let replacement = functionReplacement(with.value) {
      try modifiers(withs.dropFirst(), done + [Plan.Modifier(target: target, replacement: replacement)], then)
      return
    }
    try value(with.value) { planner, operand throws(RegoError) in
      try planner.modifiers(
        withs.dropFirst(), done + [Plan.Modifier(target: target, replacement: .value(operand))], then)
    }
  }

  /// A function that takes the place of another one.
  private mutating func functionReplacement(_ term: Term) -> Plan.Modifier.Replacement? {
    switch term.kind {
    case .template(let parts):
      guard case .text(let name)? = parts.first, let known = policy.builtins[name] else { return nil }
      return .builtin(Int(builtin(known)))
    case .ref(let path):
      if path[0].variableName == "data" {
        let keys = path.dropFirst().compactMap(\.constantValue)
        guard keys.count == path.count - 1, policy.functionArity(keys) != nil, let node = policy.tree.find(keys) else {
          return nil
        }
        return .group(Int(group(node)))
      }
      return nil
    default: return nil
    }
  }

  // MARK: - Calls

  @_optimize(none)
  private mutating func call(
    _ name: [Term], _ arguments: [Term], _ location: SourceLocation, _ then: Then
  ) throws(RegoError) {
    let text = Parser.dotted(name)
    guard let arity = policy.arity(name) else {
      throw .invalid([RegoDiagnostic(.type, "undefined function \(text)", at: location)])
    }
    let isUser = name[0].variableName == "data"
    let known = isUser ? nil : policy.builtins[text]
    let inputs = known?.isVariadic == true ? arguments.count : min(arity, arguments.count)
    let output = arguments.count > inputs ? arguments[inputs] : nil
    if output == nil, let comparison = Self.comparisons[text], !isMocked(text) {
      try values(Array(arguments.prefix(2))) { planner, operands throws(RegoError) in
        planner.emit(.compare, operands[0], operands[1], comparison.rawValue)
        try then(&planner)
      }
      return
    }
    if let known, known.isRelation {
      try values(Array(arguments.prefix(inputs))) { planner, operands throws(RegoError) in
        try planner.relation(operands[0], output, then)
      }
      return
    }
    try values(Array(arguments.prefix(inputs))) { planner, operands throws(RegoError) in
      let list = planner.list(operands)
      let target = output == nil ? -1 : planner.slot()
      let at: Int
      if isUser {
        let path = name.dropFirst().compactMap(\.constantValue)
        guard let node = planner.policy.tree.find(path) else { throw .invalid([]) }
        at = planner.emit(.function, target, planner.group(node), list, Int32(operands.count))
      } else if let known {
        at = planner.emit(.builtin, target, planner.builtin(known), list, Int32(operands.count))
      } else {
        throw .invalid([RegoDiagnostic(.type, "undefined function \(text)", at: location)])
      }
      planner.parts.locations[at] = location
      if let output {
        try planner.destructure(target, output, then)
      } else {
        try then(&planner)
      }
    }
  }

  /// Operators run as instructions unless some module replaces them with `with`.
  private func isMocked(_ name: String) -> Bool { policy.mockedBuiltins.contains(name) }

  static let comparisons: [String: Comparison] = [
    "equal": .equal, "neq": .notEqual, "lt": .less, "lte": .lessOrEqual, "gt": .greater, "gte": .greaterOrEqual,
  ]

  @_optimize(none)
  private mutating func relation(_ operand: Int32, _ output: Term?, _ then: Then) throws(RegoError) {
    if case .array(let pair)? = output?.kind, pair.count == 2 {
      let path = slot()
      let value = slot()
      let ignoresPath = pair[0].variableName?.hasPrefix("$") == true && bound[pair[0].variableName ?? ""] == nil
      try block(.walk, ignoresPath ? -1 : path, value, operand) { planner throws(RegoError) in
        if ignoresPath {
          try planner.destructure(value, pair[1], then)
        } else {
          try planner.destructure(path, pair[0]) { planner throws(RegoError) in
            try planner.destructure(value, pair[1], then)
          }
        }
      }
      return
    }
    let path = slot()
    let value = slot()
    try block(.walk, path, value, operand) { planner throws(RegoError) in
      let both = planner.slot()
      let list = planner.list([path, value])
      planner.emit(.makeArray, both, list, 2)
      if let output { try planner.destructure(both, output, then) } else { try then(&planner) }
    }
  }
}
