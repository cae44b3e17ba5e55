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

  enum Memo {
    case unknown
    case undefined
    case value(RegoValue)
  }

  /// What `with` replaces.
  struct World {
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

  let plan: Plan
  let code: UnsafeBufferPointer<Instruction>
  let context: BuiltinContext
  let strict: Bool
  let stack: StackGuard
  var world: World
  var outerWorlds: [World] = []
  var slots: UnsafeMutablePointer<RegoValue?>
  var capacity: Int
  var base = 0
  var top = 0
  /// No slot from here on was ever written: a small query leaves most of them alone.
  var used: Int
  var operandStack: UnsafeMutablePointer<RegoValue>
  var operandTop = 0
  /// Builtins do not call back, so this holds the operands of one call.
  let operandCapacity = 64
  /// The value of the rule that runs.
  var returned: RegoValue?
  var conflictMessage = "complete rules must not produce multiple outputs"
  var collections: [Collection] = []
  var documents: [DocumentBuilder] = []
  var answers: [[RegoValue]] = []
  var coverage: [Bool]
  /// Per rule that ran: the last expression that was reached, for explanations.
  var firstError: RegoError?

  struct Collection {
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
    capacity = max(64, plan.queryFrame + 48)
    used = plan.queryFrame
    slots = .allocate(capacity: capacity)
    slots.initialize(repeating: nil, count: capacity)
    operandStack = .allocate(capacity: operandCapacity)
    coverage = [Bool](repeating: false, count: plan.marks.count)
  }

  deinit {
    // Slots that were never written are nil, which needs no destruction.
    for index in 0..<used { slots[index] = nil }
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

  func enter(_ size: Int) throws(RegoError) -> Int {
    guard stack.hasRoom else { throw .limit(.recursion) }
    let saved = base
    base = top
    top += size
    if top > used { used = top }
    if top > capacity { grow() }
    return saved
  }

  func grow() {
    let larger = max(capacity * 2, top + 64)
    let moved = UnsafeMutablePointer<RegoValue?>.allocate(capacity: larger)
    moved.moveInitialize(from: slots, count: capacity)
    (moved + capacity).initialize(repeating: nil, count: larger - capacity)
    slots.deallocate()
    slots = moved
    capacity = larger
  }

  func leave(_ saved: Int) {
    top = base
    base = saved
  }

  @inline(__always) func get(_ operand: Int32) -> RegoValue {
    if operand < 0 { return plan.constants[Int(~operand)] }
    return slots[base + Int(operand)] ?? .null
  }

  @inline(__always) func set(_ slot: Int32, _ value: RegoValue) { slots[base + Int(slot)] = value }

  // MARK: - Blocks

  func run(_ start: Int, _ end: Int) throws(RegoError) -> Flow {
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
        let key = get(step.c)
        if key.isCollection { try context.charge(walking: key) }
        guard let value = get(step.b).member(key) else { return .next }
        set(step.a, value)
      case .path:
        guard let value = follow(get(step.b), plan.paths[Int(step.c)]) else { return .next }
        set(step.a, value)
      case .scan: return try scan(step, pc + 1)
      case .walk: return try walk(step, pc + 1)
      case .equal: if try !context.equal(get(step.a), get(step.b)) { return .next }
      case .compare: if try !compare(get(step.a), get(step.b), step.c) { return .next }
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
        if try !documents[documents.count - 1].add(get(step.b), at: path, asElement: step.a == 1, context) {
          throw conflict("object keys must be unique", pc)
        }
      case .modify:
        outerWorlds.append(world)
        try modify(Int(step.a))
        let flow = try run(pc + 1, Int(step.b))
        if var outer = outerWorlds.popLast() {
          // What was computed inside and holds outside too.
          for index in plan.kept[Int(step.a)] { outer.memo[Int(index)] = world.memo[Int(index)] }
          world = outer
        }
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
        for index in 0..<Int(step.b) {
          let value = get(plan.lists[Int(step.a) + index])
          // A host writes out what it gets.
          if let extent = value.knownExtent, Int(extent.weight) > RegoDefaults.maximumWrittenWeight {
            throw .limit(.memory(RegoDefaults.maximumWrittenWeight))
          }
          row.append(value)
        }
        answers.append(row)
      case .mark: coverage[Int(step.a)] = true
      }
      pc += 1
    }
    return .next
  }

  @inline(__always) func follow(_ value: RegoValue, _ path: [String]) -> RegoValue? {
    var value = value
    for name in path {
      guard let next = value.member(name) else { return nil }
      value = next
    }
    return value
  }

  /// A base document; the elements of arrays are found by the texts of their indexes.
  func followData(_ path: [String]) -> RegoValue? {
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

  func compare(_ a: RegoValue, _ b: RegoValue, _ how: Int32) throws(RegoError) -> Bool {
    switch Comparison(rawValue: how) {
    case .equal: return try context.equal(a, b)
    case .notEqual: return try !context.equal(a, b)
    case .less: return try order(a, b) < 0
    case .lessOrEqual: return try order(a, b) <= 0
    case .greater: return try order(a, b) > 0
    case .greaterOrEqual: return try order(a, b) >= 0
    case nil: return false
    }
  }

  @inline(__always) private func order(_ a: RegoValue, _ b: RegoValue) throws(RegoError) -> Int {
    if case .number(.int(let a)) = a, case .number(.int(let b)) = b { return a < b ? -1 : (a == b ? 0 : 1) }
    return try context.order(a, b)
  }

  func make(_ step: Instruction) throws(RegoError) {
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
      for (key, _) in pairs where key.isCollection { try context.charge(walking: key) }
      let object = RegoObject(pairs)
      if let extent = object.knownExtent { try context.admit(extent, object.measured) }
      set(step.a, .object(object))
    default:
      var values: [RegoValue] = []
      values.reserveCapacity(count)
      for index in 0..<count { values.append(get(plan.lists[list + index])) }
      set(step.a, step.operation == .makeSet ? .set(try self.set(values)) : .array(try array(values)))
    }
  }
}
