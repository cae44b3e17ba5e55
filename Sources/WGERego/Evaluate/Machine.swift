/// Runs a plan.
///
/// Values live in slots of one growing stack; each rule body has a frame of it. Iteration is recursion: an instruction
/// that opens a block runs it for each binding. A block ends in one of three ways (``Flow``). What a rule or a view is
/// worth is remembered per evaluation, and separately under each set of `with` modifiers.
///
/// Invariants: slots are written before they are read (the planner's work); `base + frame <= capacity` while a frame
/// runs; collections under construction are a stack that is level before and after each block.
final class Machine {
  /// How a block ended.
  enum Flow {
    /// Nothing more to find here: try the next binding.
    case next
    /// Found what was looked for: leave all loops up to the construct that asked.
    case stop
  }

  private enum Memo {
    case unknown
    case undefined
    case value(RegoValue)
  }

  /// What `with` replaces.
  private struct World {
    var input: RegoValue?
    var data: RegoValue
    var memo: [Memo]
    /// Paths under `data` that `with` replaced.
    var replaced: [[RegoValue]] = []
    var builtins: [Int: Plan.Modifier.Replacement] = [:]
    var groups: [Int: Plan.Modifier.Replacement] = [:]
    /// Values of replacements.
    var mockValues: [Int: RegoValue] = [:]
    var groupValues: [Int: RegoValue] = [:]
    var isPlain = true
  }

  private let plan: Plan
  private let code: UnsafeBufferPointer<Instruction>
  let context: BuiltinContext
  private let strict: Bool
  private let stack: StackGuard
  private var world: World
  private var outerWorlds: [World] = []
  private var slots: UnsafeMutablePointer<RegoValue?>
  private var capacity: Int
  private var base = 0
  private var top = 0
  private var operandStack: UnsafeMutablePointer<RegoValue>
  private var operandTop = 0
  /// Builtins do not call back, so this holds the operands of one call.
  private let operandCapacity = 64
  /// The value of the rule that runs.
  private var returned: RegoValue?
  private var collections: [Collection] = []
  private var documents: [DocumentBuilder] = []
  var answers: [[RegoValue]] = []
  var coverage: [Bool]
  /// Per rule that ran: the last expression that was reached, for explanations.
  private(set) var firstError: RegoError?

  private struct Collection {
    var values: [RegoValue] = []
    var pairs: [(RegoValue, RegoValue)] = []
  }

  init(
    plan: Plan, code: UnsafeBufferPointer<Instruction>, input: RegoValue?, data: RegoValue, strict: Bool,
    context: BuiltinContext
  ) {
    self.plan = plan
    self.code = code
    self.context = context
    self.strict = strict
    stack = StackGuard()
    world = World(
      input: input, data: data, memo: [Memo](repeating: .unknown, count: plan.groups.count + plan.views.count))
    capacity = max(256, plan.queryFrame + 64)
    slots = .allocate(capacity: capacity)
    slots.initialize(repeating: nil, count: capacity)
    operandStack = .allocate(capacity: operandCapacity)
    coverage = [Bool](repeating: false, count: plan.marks.count)
  }

  deinit {
    slots.deinitialize(count: capacity)
    slots.deallocate()
    operandStack.deallocate()
  }

  /// Runs the query; the results are in ``answers``.
  func run() throws(RegoError) {
    top = plan.queryFrame
    _ = try run(plan.queryStart, plan.queryEnd)
    if strict, let firstError { throw firstError }
  }

  // MARK: - Frames

  private func enter(_ size: Int) throws(RegoError) -> Int {
    guard stack.hasRoom else { throw .limit(.recursion) }
    let saved = base
    base = top
    top += size
    if top > capacity { grow() }
    return saved
  }

  private func grow() {
    let larger = max(capacity * 2, top + 64)
    let moved = UnsafeMutablePointer<RegoValue?>.allocate(capacity: larger)
    moved.moveInitialize(from: slots, count: capacity)
    (moved + capacity).initialize(repeating: nil, count: larger - capacity)
    slots.deallocate()
    slots = moved
    capacity = larger
  }

  private func leave(_ saved: Int) {
    top = base
    base = saved
  }

  @inline(__always) private func get(_ operand: Int32) -> RegoValue {
    if operand < 0 { return plan.constants[Int(~operand)] }
    return slots[base + Int(operand)] ?? .null
  }

  @inline(__always) private func set(_ slot: Int32, _ value: RegoValue) { slots[base + Int(slot)] = value }

  // MARK: - Blocks

  private func run(_ start: Int, _ end: Int) throws(RegoError) -> Flow {
    var pc = start
    while pc < end {
      let step = code[pc]
      switch step.operation {
      case .move: set(step.a, get(step.b))
      case .input:
        guard let input = world.input else { return .next }
        set(step.a, input)
      case .inputPath:
        guard let value = world.input.flatMap({ follow($0, plan.paths[Int(step.b)]) }) else { return .next }
        set(step.a, value)
      case .dataPath:
        guard let value = followData(plan.paths[Int(step.b)]) else { return .next }
        set(step.a, value)
      case .member:
        guard let value = get(step.b).member(get(step.c)) else { return .next }
        set(step.a, value)
      case .path:
        guard let value = follow(get(step.b), plan.paths[Int(step.c)]) else { return .next }
        set(step.a, value)
      case .scan: return try scan(step, pc + 1)
      case .walk: return try walk(step, pc + 1)
      case .equal: if !ValueOrder.equal(get(step.a), get(step.b)) { return .next }
      case .compare: if !compare(get(step.a), get(step.b), step.c) { return .next }
      case .isArray:
        guard case .array(let array) = get(step.a), array.count == Int(step.b) else { return .next }
      case .element:
        guard case .array(let array) = get(step.b), Int(step.c) < array.count else { return .next }
        set(step.a, array[Int(step.c)])
      case .isObject:
        guard case .object(let object) = get(step.a), object.count == Int(step.b) else { return .next }
      case .isTrue: if !get(step.a).isTrue { return .next }
      case .makeArray, .makeSet, .makeObject: try make(step)
      case .builtin: if try !callBuiltin(step, pc) { return .next }
      case .function:
        guard let value = try callFunction(step, pc) else { return .next }
        if step.a >= 0 { set(step.a, value) } else if !value.isTrue { return .next }
      case .rule:
        guard let value = try group(Int(step.b)) else { return .next }
        set(step.a, value)
      case .view:
        guard let value = try view(Int(step.b)) else { return .next }
        set(step.a, value)
      case .not:
        if try run(pc + 1, Int(step.b)) == .stop { return .next }
        pc = Int(step.b)
        continue
      case .succeed: return .stop
      case .arrayComprehension, .setComprehension, .objectComprehension:
        set(step.a, try comprehension(step, pc))
        pc = Int(step.b)
        continue
      case .collect:
        try context.hold(1)
        collections[collections.count - 1].values.append(get(step.a))
      case .collectPair:
        try context.hold(2)
        collections[collections.count - 1].pairs.append((get(step.a), get(step.b)))
      case .every:
        if try !every(step, pc + 1) { return .next }
        pc = Int(step.d)
        continue
      case .result: return try result(step, pc)
      case .emit:
        try context.hold(1)
        var path: [RegoValue] = []
        for index in 0..<Int(step.d) { path.append(get(plan.lists[Int(step.c) + index])) }
        if !documents[documents.count - 1].add(get(step.b), at: path, asElement: step.a == 1) {
          throw conflict("object keys must be unique", pc)
        }
      case .modify:
        outerWorlds.append(world)
        try modify(plan.modifiers[Int(step.a)])
        let flow = try run(pc + 1, Int(step.b))
        if let outer = outerWorlds.popLast() { world = outer }
        return flow
      case .unmodify:
        let inner = world
        guard let outer = outerWorlds.popLast() else { return .next }
        world = outer
        let flow = try run(pc + 1, Int(step.b))
        outerWorlds.append(world)
        world = inner
        return flow
      case .answer:
        try context.hold(1)
        var row: [RegoValue] = []
        row.reserveCapacity(Int(step.b))
        for index in 0..<Int(step.b) { row.append(get(plan.lists[Int(step.a) + index])) }
        answers.append(row)
      case .mark: coverage[Int(step.a)] = true
      }
      pc += 1
    }
    return .next
  }

  @inline(__always) private func follow(_ value: RegoValue, _ path: [String]) -> RegoValue? {
    var value = value
    for name in path {
      guard let next = value.member(name) else { return nil }
      value = next
    }
    return value
  }

  /// A base document; the elements of arrays are found by the texts of their indexes.
  private func followData(_ path: [String]) -> RegoValue? {
    var value = world.data
    for name in path {
      let next: RegoValue?
      if case .array = value, let index = Int(name) {
        next = value.member(.int(index))
      } else {
        next = value.member(name)
      }
      guard let next else { return nil }
      value = next
    }
    return value
  }

  private func compare(_ a: RegoValue, _ b: RegoValue, _ how: Int32) -> Bool {
    switch Comparison(rawValue: how) {
    case .equal: ValueOrder.equal(a, b)
    case .notEqual: !ValueOrder.equal(a, b)
    case .less: ValueOrder.compare(a, b) < 0
    case .lessOrEqual: ValueOrder.compare(a, b) <= 0
    case .greater: ValueOrder.compare(a, b) > 0
    case .greaterOrEqual: ValueOrder.compare(a, b) >= 0
    case nil: false
    }
  }

  private func make(_ step: Instruction) throws(RegoError) {
    let count = Int(step.c)
    let list = Int(step.b)
    try context.hold(count)
    switch step.operation {
    case .makeObject:
      var pairs: [(RegoValue, RegoValue)] = []
      pairs.reserveCapacity(count)
      for index in 0..<count {
        pairs.append((get(plan.lists[list + 2 * index]), get(plan.lists[list + 2 * index + 1])))
      }
      set(step.a, .object(RegoObject(pairs)))
    default:
      var values: [RegoValue] = []
      values.reserveCapacity(count)
      for index in 0..<count { values.append(get(plan.lists[list + index])) }
      set(step.a, step.operation == .makeSet ? .set(RegoSet(values)) : .list(values))
    }
  }

  // MARK: - Iteration

  private func scan(_ step: Instruction, _ start: Int) throws(RegoError) -> Flow {
    guard stack.hasRoom else { throw .limit(.recursion) }
    let end = Int(step.d)
    switch get(step.c) {
    case .array(let array):
      for index in 0..<array.count {
        try context.step()
        if step.a >= 0 { set(step.a, .int(index)) }
        if step.b >= 0 { set(step.b, array[index]) }
        if try run(start, end) == .stop { return .stop }
      }
    case .object(let object):
      for index in 0..<object.count {
        try context.step()
        if step.a >= 0 { set(step.a, object.key(at: index)) }
        if step.b >= 0 { set(step.b, object.value(at: index)) }
        if try run(start, end) == .stop { return .stop }
      }
    case .set(let elements):
      for element in elements.elements {
        try context.step()
        if step.a >= 0 { set(step.a, element) }
        if step.b >= 0 { set(step.b, element) }
        if try run(start, end) == .stop { return .stop }
      }
    default: break
    }
    return .next
  }

  private func every(_ step: Instruction, _ start: Int) throws(RegoError) -> Bool {
    let end = Int(step.d)
    let domain = get(step.c)
    guard let count = domain.collectionCount else { return false }
    for index in 0..<count {
      try context.step()
      switch domain {
      case .array(let array):
        set(step.a, .int(index))
        set(step.b, array[index])
      case .object(let object):
        set(step.a, object.key(at: index))
        set(step.b, object.value(at: index))
      case .set(let elements):
        set(step.a, elements.elements[index])
        set(step.b, elements.elements[index])
      default: return false
      }
      if try run(start, end) != .stop { return false }
    }
    return true
  }

  private func walk(_ step: Instruction, _ start: Int) throws(RegoError) -> Flow {
    let end = Int(step.d)
    // A stack of its own, so that deep values need no recursion.
    var pending: [(RegoValue, [RegoValue])] = [(get(step.c), [])]
    while let (value, path) = pending.popLast() {
      try context.step()
      if step.a >= 0 { set(step.a, .list(path)) }
      set(step.b, value)
      if try run(start, end) == .stop { return .stop }
      let keepPath = step.a >= 0
      switch value {
      case .array(let array):
        for index in array.indices.reversed() { pending.append((array[index], keepPath ? path + [.int(index)] : [])) }
      case .object(let object):
        for index in (0..<object.count).reversed() {
          pending.append((object.value(at: index), keepPath ? path + [object.key(at: index)] : []))
        }
      case .set(let elements):
        for element in elements.elements.reversed() { pending.append((element, keepPath ? path + [element] : [])) }
      default: break
      }
    }
    return .next
  }

  private func comprehension(_ step: Instruction, _ pc: Int) throws(RegoError) -> RegoValue {
    guard stack.hasRoom else { throw .limit(.recursion) }
    collections.append(Collection())
    _ = try run(pc + 1, Int(step.b))
    guard let collection = collections.popLast() else { return .null }
    switch step.operation {
    case .arrayComprehension: return .list(collection.values)
    case .setComprehension: return .set(RegoSet(collection.values))
    default: return .object(try object(collection.pairs, pc))
    }
  }

  /// An object of pairs, in which a key may occur again only with the same value.
  private func object(_ pairs: [(RegoValue, RegoValue)], _ pc: Int?, at location: SourceLocation? = nil)
    throws(RegoError) -> RegoObject
  {
    let result = RegoObject(pairs)
    if result.count != pairs.count {
      for (key, value) in pairs {
        if let kept = result[key], !ValueOrder.equal(kept, value) {
          throw .evaluation(
            code: .conflict, message: "object keys must be unique",
            location: location ?? pc.flatMap { plan.locations[$0] })
        }
      }
    }
    return result
  }

  private func conflict(_ message: String, _ pc: Int) -> RegoError {
    .evaluation(code: .conflict, message: message, location: plan.locations[pc])
  }

  // MARK: - Rules

  private func result(_ step: Instruction, _ pc: Int) throws(RegoError) -> Flow {
    let value = get(step.a)
    if let existing = returned, !ValueOrder.equal(existing, value) {
      throw conflict(conflictMessage, pc)
    }
    returned = value
    return step.b == 1 ? .stop : .next
  }

  private var conflictMessage = "complete rules must not produce multiple outputs"

  /// Runs the bodies of a group in a frame whose arguments are in place.
  private func evaluate(_ group: Plan.Group) throws(RegoError) -> RegoValue? {
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
  private func chain(_ units: [Plan.Unit], _ group: Plan.Group, _ value: inout RegoValue?) throws(RegoError) -> Bool {
    for unit in units {
      try context.step()
      returned = nil
      _ = try run(unit.start, unit.end)
      guard let found = returned else { continue }
      if let value, !ValueOrder.equal(value, found) {
        throw .evaluation(code: .conflict, message: conflictMessage, location: plan.locations[unit.locationKey])
      }
      value = found
      return group.isConstant
    }
    return false
  }

  private func candidates(_ index: RuleIndex) -> [Int] {
    let key: RegoValue?
    switch index.source {
    case .input(let path): key = world.input.flatMap { follow($0, path) }
    case .argument(let position): key = get(Int32(position))
    }
    guard let key else { return index.always }
    return index.bodies[key] ?? index.always
  }

  private func group(_ index: Int) throws(RegoError) -> RegoValue? {
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

  private func isReplaced(_ path: [RegoValue]) -> Bool {
    world.replaced.contains { $0.count <= path.count && zip($0, path).allSatisfy { ValueOrder.equal($0, $1) } }
  }

  private func base(_ path: [RegoValue]) -> RegoValue? {
    var value = world.data
    for key in path {
      guard let next = value.member(key) else { return nil }
      value = next
    }
    return value
  }

  private func callFunction(_ step: Instruction, _ pc: Int) throws(RegoError) -> RegoValue? {
    let index = Int(step.b)
    let count = Int(step.d)
    if !world.isPlain, let replacement = world.groups[index] {
      return try replaced(replacement, value: world.groupValues[index], step, pc)
    }
    return try call(index, step.c, count)
  }

  private func call(_ index: Int, _ list: Int32, _ count: Int) throws(RegoError) -> RegoValue? {
    let group = plan.groups[index]
    try context.step()
    if !world.isPlain, isReplaced(group.path) { return nil }
    // Arguments are read in the caller's frame and written into the callee's.
    let callee = top
    if callee + group.frame > capacity {
      top += group.frame
      grow()
      top = callee
    }
    for position in 0..<count { slots[callee + position] = get(plan.lists[Int(list) + position]) }
    let saved = try enter(group.frame)
    defer { leave(saved) }
    return try evaluate(group)
  }

  // MARK: - Views

  private func view(_ index: Int) throws(RegoError) -> RegoValue? {
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

  private func build(_ view: Plan.View) throws(RegoError) -> RegoValue? {
    let saved = try enter(view.frame)
    defer { leave(saved) }
    switch view.shape {
    case .set, .object:
      collections.append(Collection())
      for entry in view.entries { if case .bodies(let units, let index) = entry { try run(units, index) } }
      guard let collection = collections.popLast() else { return nil }
      return view.shape == .set
        ? .set(RegoSet(collection.values)) : .object(try object(collection.pairs, nil, at: view.location))
    case .tree:
      let document = DocumentBuilder()
      documents.append(document)
      for entry in view.entries {
        switch entry {
        case .object(let tail): document.ensureObject(at: tail)
        case .set(let tail): document.ensureSet(at: tail)
        case .rule(let tail, let index):
          if let value = try group(index), !document.add(value, at: tail, asElement: false) {
            throw .evaluation(
              code: .conflict, message: "object keys must be unique", location: plan.groups[index].location)
          }
        case .bodies(let units, let index): try run(units, index)
        }
      }
      documents.removeLast()
      let value = document.value
      guard let under = base(view.path) else { return value }
      return Self.merged(under, value)
    }
  }

  private func run(_ units: [Plan.Unit], _ index: RuleIndex?) throws(RegoError) {
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
  private static func merged(_ base: RegoValue, _ value: RegoValue) -> RegoValue {
    guard case .object(let under) = base, case .object(let over) = value else { return base }
    var pairs = under.pairs
    for (key, value) in over.pairs { pairs.append((key, under[key].map { merged($0, value) } ?? value)) }
    return .object(RegoObject(pairs))
  }

  // MARK: - Builtins

  private func callBuiltin(_ step: Instruction, _ pc: Int) throws(RegoError) -> Bool {
    let index = Int(step.b)
    if !world.isPlain, let replacement = world.builtins[index] {
      let value = try replaced(replacement, value: world.mockValues[index], step, pc)
      return accept(value, step)
    }
    return accept(try invoke(index, step.c, Int(step.d), pc), step)
  }

  private func accept(_ value: RegoValue?, _ step: Instruction) -> Bool {
    guard let value else { return false }
    if step.a >= 0 {
      set(step.a, value)
      return true
    }
    return value.isTrue
  }

  private func invoke(_ index: Int, _ list: Int32, _ count: Int, _ pc: Int) throws(RegoError) -> RegoValue? {
    try context.step()
    guard operandTop + count <= operandCapacity else { throw .limit(.recursion) }
    let first = operandTop
    for position in 0..<count {
      (operandStack + first + position).initialize(to: get(plan.lists[Int(list) + position]))
    }
    operandTop += count
    defer {
      (operandStack + first).deinitialize(count: count)
      operandTop = first
    }
    let builtin = plan.builtins[index]
    do throws(BuiltinFailure) {
      return try builtin.body(context, Operands(operandStack + first, count: count))
    } catch {
      switch error {
      case .halt(let halt): throw halt
      case .type(let message): record(.type, builtin.displayName, message, pc)
      case .failed(let message): record(.builtin, builtin.displayName, message, pc)
      }
      return nil
    }
  }

  private func record(_ code: RegoError.EvaluationCode, _ name: String, _ message: String, _ pc: Int) {
    if firstError == nil {
      firstError = .evaluation(code: code, message: "\(name): \(message)", location: plan.locations[pc])
    }
  }

  private func replaced(
    _ replacement: Plan.Modifier.Replacement, value: RegoValue?, _ step: Instruction, _ pc: Int
  ) throws(RegoError) -> RegoValue? {
    switch replacement {
    case .value: return value
    case .builtin(let index):
      return try invoke(index, step.c, Int(step.d), pc)
    case .group(let index):
      // Inside, no function is replaced; what was remembered under the replacements does not hold.
      let outer = world
      world.builtins = [:]
      world.groups = [:]
      world.memo = [Memo](repeating: .unknown, count: world.memo.count)
      defer { world = outer }
      let group = plan.groups[index]
      if group.arguments == 0 { return try self.group(index) }
      return try call(index, step.c, Int(step.d))
    }
  }

  // MARK: - Modifiers

  private func modify(_ modifiers: [Plan.Modifier]) throws(RegoError) {
    var next = world
    next.memo = [Memo](repeating: .unknown, count: world.memo.count)
    next.isPlain = false
    for modifier in modifiers {
      let value: RegoValue
      if case .value(let operand) = modifier.replacement { value = get(operand) } else { value = .null }
      switch modifier.target {
      case .input(let path):
        next.input = path.isEmpty ? value : Self.setting(next.input, path[...], value)
      case .data(let path):
        next.data = path.isEmpty ? value : Self.setting(next.data, path[...], value)
        next.replaced.append(path)
      case .builtin(let index):
        next.builtins[index] = modifier.replacement
        next.mockValues[index] = value
      case .group(let index):
        next.groups[index] = modifier.replacement
        next.groupValues[index] = value
      }
    }
    world = next
  }

  private static func setting(_ value: RegoValue?, _ path: ArraySlice<RegoValue>, _ new: RegoValue) -> RegoValue {
    guard let key = path.first else { return new }
    guard case .object(let object)? = value else {
      return .object(RegoObject([(key, setting(nil, path.dropFirst(), new))]))
    }
    return .object(object.setting(key, setting(object[key], path.dropFirst(), new)))
  }
}
