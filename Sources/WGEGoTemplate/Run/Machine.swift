internal import WGEGoFormat
internal import WGECore

// Runs compiled definitions.
//
// `template`, `include` and `tpl` push frames of the machine's own, so that templates which call themselves use no
// native stack. Output goes to one buffer; `include` and `tpl` put an empty one in its place and take it as their value.

struct Machine {
  private struct Frame {
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

  private struct Iterator {
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

  private let context: RenderContext
  private let compile: (String, String) throws(TemplateError) -> [String: Code]
  private let missingKey: TemplateOptions.MissingKey
  private var definitions: [String: Code]

  private(set) var output: [UInt8] = []
  private var stack: [GoValue] = []
  private var slots: [GoValue] = []
  /// Whether a slot holds an element of a list of interfaces, which only shows in errors.
  private var slotIsInterface: [Bool] = []
  private var frames: [Frame] = []
  private var iterators: [Iterator] = []
  private var dot: GoValue
  private var dotIsInterface = false
  private var topIsInterface = false
  private var steps: Int
  private var lastNode: Int32 = -1
  /// Every list and map that functions made. They may hold each other in circles, and in chains so long that letting go
  /// of the first would let go of the next, and so on, until the stack overflows; so all are emptied one by one.
  private var containers: [AnyObject] = []

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

  private func error(_ code: Code, _ node: Int32, _ message: String) -> TemplateError {
    if context.isCancelled { return .cancelled }
    let issue = code.issue(node == Instruction.lastNode ? lastNode : node, message)
    if let kind = context.stopped { return .limit(kind, issue) }
    return .render(issue)
  }

  private func limit(_ kind: RenderLimits.Kind, _ code: Code, _ node: Int32) -> TemplateError {
    error(code, node, context.stop(kind).description)
  }

  private mutating func step(_ code: Code, _ node: Int32) throws(TemplateError) {
    steps -= 1
    if steps & 1023 == 0 {
      if steps <= 0 { throw limit(.steps, code, node) }
      do { try context.checkTime() } catch { throw self.error(code, node, "\(error)") }
    }
  }

  private mutating func enter(_ code: Code) {
    slots.append(dot)
    slotIsInterface.append(false)
    for _ in 1..<max(code.slotCount, 1) {
      slots.append(.none)
      slotIsInterface.append(false)
    }
  }

  // MARK: The loop

  mutating func run(_ main: Code) throws(TemplateError) {
    var code = main
    var pc = 0
    var base = 0
    enter(code)
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
        try method(code, instruction)
      case .callMethod:
        try step(code, instruction.node)
        try callMethod(code, instruction)
      case .call:
        try step(code, instruction.node)
        let function = code.functions[Int(instruction.a)]
        switch function.special {
        case .include, .evaluate:
          let frame = try prepareCapture(function, code, instruction, pc, base)
          frames.append(frame.0)
          code = frame.1
          pc = 0
          base = slots.count
          enter(code)
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
        code = target
        pc = 0
        base = slots.count
        enter(code)
      case .fail:
        throw error(code, instruction.node, code.names[Int(instruction.a)])
      case .finish:
        guard let frame = frames.popLast() else { return }
        slots.removeSubrange(base...)
        slotIsInterface.removeSubrange(base...)
        if let outer = frame.outer {
          let captured = output
          output = outer
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

  private mutating func printTop(_ code: Code, _ node: Int32, _ limit: Int) throws(TemplateError) {
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
  private mutating func own(_ value: GoValue) {
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

  // MARK: Calls

  private mutating func call(
    _ function: TemplateFunction, _ code: Code, _ instruction: Instruction
  ) throws(TemplateError) {
    let count = Int(instruction.b)
    let result: GoValue
    do {
      result = try stack.withUnsafeBufferPointer { buffer in
        let base = buffer.baseAddress.map { $0 + (buffer.count - count) }
        return try function.body(context, TemplateArguments(base, count: count))
      }
    } catch let nested as TemplateError {
      throw error(code, instruction.node, "error calling \(function.name): \(nested)")
    } catch {
      if context.stopped != nil || context.isCancelled { throw self.error(code, instruction.node, "\(error)") }
      throw self.error(code, instruction.node, "error calling \(function.name): \(error)")
    }
    own(result)
    if count == 1 {
      stack[stack.count - 1] = result
    } else {
      stack.removeLast(count)
      stack.append(result)
    }
    topIsInterface = false
  }

  /// `include NAME DATA` and `tpl TEXT DATA`.
  private mutating func prepareCapture(
    _ function: TemplateFunction, _ code: Code, _ instruction: Instruction, _ pc: Int, _ base: Int
  ) throws(TemplateError) -> (Frame, Code) {
    let data = stack.removeLast()
    let name = stack.removeLast().stringValue ?? ""
    guard frames.count < context.limits.depth else { throw limit(.depth, code, instruction.node) }
    var frame = Frame(
      code: code, returnTo: pc, slotBase: base, dot: dot, dotIsInterface: dotIsInterface, function: function.name)
    let target: Code
    if case .evaluate = function.special {
      var scratch = context.limits.memory
      scratch -= name.utf8.count
      do {
        try context.charge(name.utf8.count * 16)
        let added = try compile(name, code.source.name)
        frame.definitions = definitions
        definitions.merge(added) { old, new in new.instructions.count > 1 ? new : old }
        guard let main = added[code.source.name] else { throw TemplateFunctionError("no template") }
        target = main
      } catch let parse as TemplateError {
        throw error(
          code, instruction.node,
          "error calling \(function.name): cannot parse template \(GoQuote.quote(name)): \(parse)")
      } catch {
        throw self.error(code, instruction.node, "error calling \(function.name): \(error)")
      }
    } else {
      guard let found = definitions[name] else {
        throw error(
          code, instruction.node,
          "error calling \(function.name): template: no template \(GoQuote.quote(name)) associated with template "
            + GoQuote.quote(code.source.name))
      }
      target = found
    }
    frame.outer = output
    output = []
    dot = data
    dotIsInterface = false
    return (frame, target)
  }

  private mutating func callMethod(_ code: Code, _ instruction: Instruction) throws(TemplateError) {
    let count = Int(instruction.b)
    // A piped value was rotated above the operands; the method is below them all.
    let index = stack.count - 1 - count
    guard case .function(let function) = stack[index] else {
      throw error(code, instruction.node, "not a method")
    }
    if let message = function.countError(count, written: count) { throw error(code, instruction.node, message) }
    for offset in 0..<count {
      let type = function.parameter(offset)
      stack[index + 1 + offset] = try converted(stack[index + 1 + offset], type, code, instruction.node)
    }
    try call(function, code, Instruction(operation: .call, b: instruction.b, node: instruction.node))
    let result = stack.removeLast()
    stack[stack.count - 1] = result
  }

  /// The rule by which an argument can be passed for a typed parameter.
  private func converted(
    _ value: GoValue, _ type: TemplateFunction.Parameter, _ code: Code, _ node: Int32
  ) throws(TemplateError) -> GoValue {
    switch (type, value) {
    case (.any, _), (.value, _): return value
    case (.string, .string), (.string, .bytes), (.bool, .bool), (.int, .int), (.float64, .float): return value
    case (.dictionary, _) where value.isDictionary: return value
    case (.dictionary, .none): return .map(.nilMap())
    case (.list, .array): return value
    case (.list, .list(let list)) where list.element == .any: return value
    case (.list, .none): return .list(.nilList())
    case (.time, .host(let object)) where object.goTypeName == "time.Time": return value
    case (.object(let name), .host(let object)) where object.goTypeName == name: return value
    case (_, .none): throw error(code, node, "invalid value; expected \(type.typeName)")
    default:
      let got = value.isNilOrNone ? "interface {}" : value.typeName
      throw error(code, node, "wrong type for value; expected \(type.typeName); got \(got)")
    }
  }

  private mutating func check(
    _ type: TemplateFunction.Parameter, _ code: Code, _ instruction: Instruction
  ) throws(TemplateError) {
    let index = stack.count - 1 - Int(instruction.b)
    switch (type, stack[index]) {
    case (.string, .string), (.int, .int), (.bool, .bool): return
    case (_, let value): stack[index] = try converted(value, type, code, instruction.node)
    }
  }

  // MARK: Fields

  private mutating func field(_ code: Code, _ instruction: Instruction) throws(TemplateError) {
    let name = code.names[Int(instruction.a)]
    let top = stack.count - 1
    switch stack[top] {
    case .object(let object, let mode):
      if let value = object[name] {
        stack[top] = GoValue(value, numbers: mode)
        topIsInterface = true
        return
      }
      stack[top] = try missing(name, .any, code, instruction.node)
      topIsInterface = true
    case .map(let map) where !map.hasIntegerKeys:
      if let value = map[name] {
        stack[top] = value
      } else {
        stack[top] = try missing(name, map.element, code, instruction.node)
      }
      topIsInterface = map.element == .any
    case .none:
      if missingKey == .error {
        throw error(code, instruction.node, "nil data; no entry for key \(GoQuote.quote(name))")
      }
    case .null:
      throw error(code, instruction.node, "nil pointer evaluating interface {}.\(name)")
    case .host(let object):
      if let method = object.method(named: name) {
        if let message = method.countError(0, written: 0) { throw error(code, instruction.node, message) }
        stack.removeLast()
        try call(method, code, Instruction(operation: .call, b: 0, node: instruction.node))
      } else if let value = object.field(named: name) {
        stack[top] = value
        topIsInterface = false
      } else {
        throw cannotEvaluate(name, stack[top], code, instruction.node)
      }
    case let value: throw cannotEvaluate(name, value, code, instruction.node)
    }
  }

  private func cannotEvaluate(_ name: String, _ value: GoValue, _ code: Code, _ node: Int32) -> TemplateError {
    error(code, node, "can't evaluate field \(name) in type \(topIsInterface ? "interface {}" : value.typeName)")
  }

  private func missing(
    _ name: String, _ element: GoMap.Element, _ code: Code, _ node: Int32
  ) throws(TemplateError) -> GoValue {
    switch missingKey {
    case .default, .invalid: .none
    case .zero: element.zero
    case .error: throw error(code, node, "map has no entry for key \(GoQuote.quote(name))")
    }
  }

  /// A field that is given arguments: a method, or a mistake.
  private mutating func method(_ code: Code, _ instruction: Instruction) throws(TemplateError) {
    let name = code.names[Int(instruction.a)]
    let top = stack.count - 1
    let message: String
    switch stack[top] {
    case .none:
      if missingKey == .error {
        throw error(code, instruction.node, "nil data; no entry for key \(GoQuote.quote(name))")
      }
      // Go gives up on the arguments, too.
      stack[top] = .function(Self.nothing)
      return
    case .null: message = "nil pointer evaluating interface {}.\(name)"
    case .object: message = "\(name) is not a method but has arguments"
    case .map(let map) where !map.hasIntegerKeys: message = "\(name) is not a method but has arguments"
    case .host(let object):
      if let method = object.method(named: name) {
        stack[top] = .function(method)
        return
      }
      if object.field(named: name) == nil { throw cannotEvaluate(name, stack[top], code, instruction.node) }
      message = "\(name) has arguments but cannot be invoked as function"
    case let value: throw cannotEvaluate(name, value, code, instruction.node)
    }
    throw error(code, instruction.node, message)
  }

  private static let nothing = TemplateFunction("nothing", parameters: [], variadic: .any) { _, _ in .none }

  // MARK: Ranges

  private mutating func beginRange(
    _ value: GoValue, _ code: Code, _ instruction: Instruction
  ) throws(TemplateError) -> Bool {
    let iterator: Iterator
    switch value {
    case .array(let elements, let mode):
      iterator = Iterator(source: .array(elements, mode), count: elements.count, hasInterfaces: true)
    case .list(let list):
      iterator = Iterator(
        source: .list(list.elements), count: list.elements.count, hasInterfaces: list.element == .any)
    case .object(let object, let mode):
      iterator = Iterator(source: .object(object, mode), count: object.count, hasInterfaces: true)
    case .map(let map):
      iterator = Iterator(source: .map(map, map.members), count: map.count, hasInterfaces: map.element == .any)
    case .int(let number): iterator = try integers(number, nil, code, instruction)
    case .integer(let number):
      let bound = number.isSigned ? Int(number.signed) : Int(clamping: number.bits)
      iterator = try integers(bound, number.kind, code, instruction)
    case .none, .null: return false
    default:
      throw error(code, instruction.node, "range can't iterate over \(GoFormatter.text(value))")
    }
    if iterator.count <= 0 { return false }
    iterators.append(iterator)
    return true
  }

  private func integers(
    _ bound: Int, _ kind: GoInteger.Kind?, _ code: Code, _ instruction: Instruction
  ) throws(TemplateError) -> Iterator {
    if instruction.b > 1 {
      throw error(code, instruction.node, "can't use \(bound) to iterate over more than one variable")
    }
    return Iterator(source: .integers(bound, kind), count: max(0, bound), hasInterfaces: false)
  }

  private mutating func nextElement() -> Bool {
    let last = iterators.count - 1
    iterators[last].index += 1
    let index = iterators[last].index
    guard index < iterators[last].count else { return false }
    switch iterators[last].source {
    case .array(let elements, let mode): dot = GoValue(elements[index], numbers: mode)
    case .list(let elements): dot = elements[index]
    case .object(let object, let mode): dot = GoValue(object[index].value, numbers: mode)
    case .map(_, let members): dot = members[index].value
    case .integers(_, let kind):
      dot = kind.map { .integer(GoInteger(bits: UInt64(bitPattern: Int64(index)), kind: $0)) } ?? .int(index)
    }
    dotIsInterface = iterators[last].hasInterfaces
    return true
  }

  private func currentKey() -> GoValue {
    guard let iterator = iterators.last else { return .none }
    switch iterator.source {
    case .array, .list: return .int(iterator.index)
    case .object(let object, _): return .string(object[iterator.index].key)
    case .map(let map, let members):
      return map.hasIntegerKeys ? .int(Int(members[iterator.index].key) ?? 0) : .string(members[iterator.index].key)
    case .integers: return .none
    }
  }
}
