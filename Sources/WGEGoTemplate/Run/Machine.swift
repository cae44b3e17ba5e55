internal import WGEGoFormat
internal import WGECore

// Runs compiled definitions.
//
// `template`, `include` and `tpl` push frames of the machine's own, so that templates which call themselves use no
// native stack. Output goes to one buffer; `include` and `tpl` put an empty one in its place and take it as their value.

struct Machine {
  struct Frame {
    let code: Code
    let returnTo: Int
    let slotBase: Int
    let dot: GoValue
    let dotIsInterface: Bool
    /// The output around, when this one is captured.
    var outer: [UInt8]?
    /// Definitions to return to after `tpl`.
    var definitions: [String: Code]?
    var function: String?
  }

  struct Iterator {
    enum Source {
      case array([JSON], GoValue.NumberMode)
      case list([GoValue])
      case object(JSONObject, GoValue.NumberMode)
      case map(GoMap, [(key: String, value: GoValue)])
      case integers(Int, GoInteger.Kind?)
    }
    let source: Source
    let count: Int
    var index = -1
    let hasInterfaces: Bool
  }

  let context: RenderContext
  let compile: (String, String) throws(TemplateError) -> [String: Code]
  let missingKey: TemplateOptions.MissingKey
  var definitions: [String: Code]

  var output: [UInt8] = []
  var stack: [GoValue] = []
  var slots: [GoValue] = []
  /// Whether a slot holds an element of a list of interfaces, which only shows in errors.
  var slotIsInterface: [Bool] = []
  var frames: [Frame] = []
  var iterators: [Iterator] = []
  var dot: GoValue
  var dotIsInterface = false
  var topIsInterface = false
  var steps: Int
  var lastNode: Int32 = -1
  /// Every list and map that functions made. They may hold each other in circles, and in chains so long that letting go
  /// of the first would let go of the next, and so on, until the stack overflows; so all are emptied one by one.
  var containers: [AnyObject] = []

  init(
    _ definitions: [String: Code], context: RenderContext, missingKey: TemplateOptions.MissingKey, data: GoValue,
    compile: @escaping (String, String) throws(TemplateError) -> [String: Code]
  ) {
    self.definitions = definitions
    self.context = context
    self.missingKey = missingKey
    self.compile = compile
    dot = data
    steps = context.limits.steps
    output.reserveCapacity(4_096)
    stack.reserveCapacity(32)
  }

  // MARK: Errors

  func error(_ code: Code, _ node: Int32, _ message: String) -> TemplateError {
    if context.isCancelled { return .cancelled }
    let issue = code.issue(node == Instruction.lastNode ? lastNode : node, message)
    if let kind = context.stopped { return .limit(kind, issue) }
    return .render(issue)
  }

  func limit(_ kind: RenderLimits.Kind, _ code: Code, _ node: Int32) -> TemplateError {
    error(code, node, context.stop(kind).description)
  }

  mutating func step(_ code: Code, _ node: Int32) throws(TemplateError) {
    steps -= 1
    if steps & 1023 == 0 {
      if steps <= 0 { throw limit(.steps, code, node) }
      do { try context.checkTime() } catch { throw self.error(code, node, "\(error)") }
    }
  }

  /// Makes room for the variables of a definition. A template can have very many and run itself within each other.
  mutating func enter(_ code: Code, _ caller: Code, _ node: Int32) throws(TemplateError) {
    let count = code.slotCount
    guard slots.count + count <= context.limits.memory / 48 else { throw limit(.memory, caller, node) }
    if count > 256 {
      do { try context.charge(instructions: count * 16) } catch { throw self.error(caller, node, "\(error)") }
    }
    slots.append(dot)
    slots.append(contentsOf: repeatElement(.none, count: count - 1))
    slotIsInterface.append(contentsOf: repeatElement(false, count: count))
  }

  // MARK: The loop

  mutating func run(_ main: Code) throws(TemplateError) {
    var code = main
    var pc = 0
    var base = 0
    try enter(code, code, -1)
    let outputLimit = context.limits.output
    while true {
      let instruction = code.instructions[pc]
      pc += 1
      switch instruction.operation {
      case .text:
        output.append(contentsOf: code.source.bytes[Int(instruction.a)..<Int(instruction.b)])
        if output.count > outputLimit { throw limit(.output, code, instruction.node) }
      case .constant:
        stack.append(code.constants[Int(instruction.a)])
        topIsInterface = false
      case .dot:
        stack.append(dot)
        topIsInterface = dotIsInterface
      case .variable:
        stack.append(slots[base + Int(instruction.a)])
        topIsInterface = slotIsInterface[base + Int(instruction.a)]
      case .field:
        try field(code, instruction)
      case .method:
        if !(try method(code, instruction)) { pc = Int(instruction.b) }
      case .callMethod:
        try step(code, instruction.node)
        try callMethod(code, instruction)
      case .call:
        try step(code, instruction.node)
        let function = code.functions[Int(instruction.a)]
        switch function.special {
        case .include, .evaluate:
          let (frame, target) = try prepareCapture(function, code, instruction, pc, base)
          frames.append(frame)
          base = slots.count
          try enter(target, code, instruction.node)
          code = target
          pc = 0
        default: try call(function, code, instruction)
        }
      case .check:
        try check(code.types[Int(instruction.a)], code, instruction)
      case .rotate:
        let index = stack.count - 1 - Int(instruction.a)
        stack.append(stack.remove(at: index))
      case .unwrap:
        if case .null = stack[stack.count - 1] { stack[stack.count - 1] = .none }
        topIsInterface = false
      case .print:
        try printTop(code, instruction.node, outputLimit)
      case .pop: stack.removeLast()
      case .dropBelow: stack.remove(at: stack.count - 2)
      case .jump: pc = Int(instruction.a)
      case .jumpIfFalse:
        if !stack[stack.count - 1].truth { pc = Int(instruction.a) }
        stack.removeLast()
      case .shortCircuit:
        if stack[stack.count - 1].truth == (instruction.b == 1) {
          pc = Int(instruction.a)
          if instruction.node != Instruction.lastNode { lastNode = instruction.node }
        }
      case .mark: lastNode = instruction.node
      case .box:
        if topIsInterface, case let value = stack[stack.count - 1], !value.isNone {
          stack[stack.count - 1] = .host(InterfaceBox.shared)
        }
      case .store:
        slots[base + Int(instruction.a)] = stack[stack.count - 1]
        slotIsInterface[base + Int(instruction.a)] = false
      case .enterDot:
        slots[base + Int(instruction.a)] = dot
        slotIsInterface[base + Int(instruction.a)] = dotIsInterface
        if instruction.b == 0 {
          dot = stack.removeLast()
          dotIsInterface = false
        }
      case .leaveDot:
        dot = slots[base + Int(instruction.a)]
        dotIsInterface = slotIsInterface[base + Int(instruction.a)]
      case .rangeBegin:
        if !(try beginRange(stack.removeLast(), code, instruction)) { pc = Int(instruction.a) }
      case .rangeNext:
        try step(code, instruction.node)
        if !nextElement() { pc = Int(instruction.a) }
      case .rangeEnd: iterators.removeLast()
      case .storeElement:
        slots[base + Int(instruction.a)] = dot
        slotIsInterface[base + Int(instruction.a)] = dotIsInterface
      case .storeIndex:
        slots[base + Int(instruction.a)] = currentKey()
        slotIsInterface[base + Int(instruction.a)] = false
      case .requireTemplate:
        let name = code.names[Int(instruction.a)]
        guard definitions[name] != nil else {
          throw error(code, instruction.node, "template \(GoQuote.quote(name)) not defined")
        }
        guard frames.count < context.limits.depth else { throw limit(.depth, code, instruction.node) }
      case .template:
        try step(code, instruction.node)
        guard let target = definitions[code.names[Int(instruction.a)]] else { continue }
        frames.append(
          Frame(code: code, returnTo: pc, slotBase: base, dot: dot, dotIsInterface: dotIsInterface))
        dot = stack.removeLast()
        dotIsInterface = false
        base = slots.count
        try enter(target, code, instruction.node)
        code = target
        pc = 0
      case .fail:
        throw error(code, instruction.node, code.names[Int(instruction.a)])
      case .finish:
        guard let frame = frames.popLast() else { return }
        slots.removeSubrange(base...)
        slotIsInterface.removeSubrange(base...)
        if let outer = frame.outer {
          let captured = output
          output = outer
          do { try context.charge(captured.count) } catch { throw self.error(code, instruction.node, "\(error)") }
          stack.append(.text(captured))
          topIsInterface = false
        }
        if let definitions = frame.definitions { self.definitions = definitions }
        code = frame.code
        pc = frame.returnTo
        base = frame.slotBase
        dot = frame.dot
        dotIsInterface = frame.dotIsInterface
      }
    }
  }

  // MARK: Printing

  mutating func printTop(_ code: Code, _ node: Int32, _ limit: Int) throws(TemplateError) {
    switch stack.removeLast() {
    case .string(let text): output.append(contentsOf: text.utf8)
    case .int(let value): GoDecimal.append(value, to: &output)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .none, .null: output.append(contentsOf: "<no value>".utf8)
    case .bytes(let text): output.append(contentsOf: text.bytes)
    case .function(let function):
      throw error(
        code, node,
        "can't print \(code.nodes[Int(node)].text(in: code.source)) of type \(GoValue.function(function).typeName)")
    case let value:
      var formatter = GoFormatter(limit: max(0, limit - output.count))
      formatter.print(value, UInt8(ascii: "v"))
      output.append(contentsOf: formatter.out)
    }
    if output.count > limit { throw self.limit(.output, code, node) }
  }

  // MARK: Containers

  @inline(__always)
  mutating func own(_ value: GoValue) {
    switch value {
    case .list(let list) where !list.isOwned:
      list.isOwned = true
      containers.append(list)
    case .map(let map) where !map.isOwned && !map.hasIntegerKeys:
      map.isOwned = true
      containers.append(map)
    default: break
    }
  }

  /// Call at the end of a render, also of one that failed.
  mutating func release() {
    for container in containers {
      if let list = container as? GoList { list.elements = [] } else { (container as? GoMap)?.removeAll() }
    }
    stack = []
    slots = []
    iterators = []
    frames = []
    dot = .none
    containers = []
  }
}
