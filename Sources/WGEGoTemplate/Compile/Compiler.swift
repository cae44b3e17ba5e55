internal import WGEGoFormat

// Turns the tree of one definition into instructions.
//
// Go's interpreter keeps the node that it is "at" and names it when something fails. Which node that is can be told
// without running, so the compiler keeps it and writes it into the instructions that can fail. Variables become slots;
// what Go finds out when it runs (a variable of another branch, a wrong number of arguments, a literal of the wrong
// type) becomes an instruction that fails when it is reached, because it may never be.

struct Compiler {
  private(set) var instructions: [Instruction] = []
  private(set) var constants: [GoValue] = []
  private(set) var names: [String] = []
  private(set) var functions: [TemplateFunction] = []
  private(set) var types: [TemplateFunction.Parameter] = []
  private(set) var nodes: [SyntaxNode] = []
  private(set) var slotCount = 1

  private let source: TemplateSource
  private let known: FunctionSet
  private var nameIndices: [String: Int32] = [:]
  private var functionIndices: [String: Int32] = [:]
  private var scope: [(name: String, slot: Int)] = [("$", 0)]
  private var nextSlot = 1
  /// The node that Go would be at.
  private var at: Int32 = -1
  /// Within an operand, where what follows may complain of the node that was evaluated last.
  private var operandDepth = 0
  /// Jumps out of the loops around, by loop.
  private var loops: [(breaks: [Int], continues: [Int], dots: Int)] = []

  static func compile(_ definition: Definition, functions: FunctionSet) -> Code {
    var compiler = Compiler(definition, functions)
    compiler.compile(definition.nodes)
    compiler.emit(.finish)
    return Code(compiler, name: definition.name, source: definition.source)
  }

  private init(_ definition: Definition, _ functions: FunctionSet) {
    source = definition.source
    known = functions
  }

  // MARK: Emitting

  @discardableResult
  private mutating func emit(_ operation: Instruction.Operation, _ a: Int = 0, _ b: Int = 0) -> Int {
    instructions.append(Instruction(operation: operation, a: Int32(a), b: Int32(b), node: at))
    return instructions.count - 1
  }

  private mutating func patch(_ index: Int) { instructions[index].a = Int32(instructions.count) }

  private mutating func move(to node: SyntaxNode) {
    nodes.append(node)
    at = Int32(nodes.count - 1)
  }

  private mutating func index(of name: String) -> Int {
    if let index = nameIndices[name] { return Int(index) }
    names.append(name)
    nameIndices[name] = Int32(names.count - 1)
    return names.count - 1
  }

  private mutating func emitConstant(_ value: GoValue) {
    constants.append(value)
    emit(.constant, constants.count - 1)
  }

  private mutating func emitFailure(_ message: String) { emit(.fail, index(of: message)) }

  private mutating func emitCheck(_ type: TemplateFunction.Parameter, below: Int = 0) {
    // Anything goes, and both kinds of nil count as nil.
    if type == .any || type == .value { return }
    let index: Int
    if let known = types.firstIndex(of: type) {
      index = known
    } else {
      types.append(type)
      index = types.count - 1
    }
    emit(.check, index, below)
  }

  private mutating func newSlot() -> Int {
    defer {
      nextSlot += 1
      slotCount = max(slotCount, nextSlot)
    }
    return nextSlot
  }

  private func slot(of name: String) -> Int? { scope.last { $0.name == name }?.slot }

  private func text(_ node: SyntaxNode) -> String { node.text(in: source) }

  // MARK: Nodes

  private mutating func compile(_ list: [SyntaxNode]) { for node in list { compile(node) } }

  private mutating func compile(_ node: SyntaxNode) {
    switch node.kind {
    case .text(let range): if !range.isEmpty { emit(.text, range.lowerBound, range.upperBound) }
    case .action(let pipeline):
      move(to: node)
      let printing = !declares(pipeline)
      compilePipeline(pipeline, unwraps: !printing)
      emit(printing ? .print : .pop)
    case .branch(.range, let pipeline, let body, let otherwise):
      move(to: node)
      compileRange(pipeline, body, otherwise)
    case .branch(let branch, let pipeline, let body, let otherwise):
      move(to: node)
      compileBranch(branch, pipeline, body, otherwise)
    case .template(let name, let pipeline):
      move(to: node)
      let start = at
      emit(.requireTemplate, index(of: name))
      if let pipeline { compilePipeline(pipeline) } else { emitConstant(.none) }
      let index = index(of: name)
      instructions.append(Instruction(operation: .template, a: Int32(index), node: start))
    case .breakLoop, .continueLoop:
      guard let last = loops.indices.last else { return }
      let jump = emit(.jump)
      if case .breakLoop = node.kind { loops[last].breaks.append(jump) } else { loops[last].continues.append(jump) }
    default: break
    }
  }

  private func declares(_ node: SyntaxNode) -> Bool {
    if case .pipeline(let pipeline) = node.kind { return !pipeline.declarations.isEmpty }
    return false
  }

  private mutating func compileBranch(
    _ branch: SyntaxNode.Branch, _ pipeline: SyntaxNode, _ body: [SyntaxNode], _ otherwise: [SyntaxNode]?
  ) {
    let mark = (scope.count, nextSlot)
    compilePipeline(pipeline)
    let start = scope.count
    var toElse: Int
    if branch == .with {
      let saved = newSlot()
      toElse = emit(.shortCircuit, 0, 0)
      emit(.enterDot, saved)
      compile(body)
      emit(.leaveDot, saved)
      let toEnd = emit(.jump)
      patch(toElse)
      emit(.pop)
      scope.removeSubrange(start...)
      if let otherwise { compile(otherwise) }
      toElse = toEnd
    } else {
      toElse = emit(.jumpIfFalse)
      compile(body)
      if let otherwise {
        let toEnd = emit(.jump)
        patch(toElse)
        scope.removeSubrange(start...)
        compile(otherwise)
        toElse = toEnd
      }
    }
    patch(toElse)
    scope.removeSubrange(mark.0...)
    nextSlot = mark.1
  }

  private mutating func compileRange(_ node: SyntaxNode, _ body: [SyntaxNode], _ otherwise: [SyntaxNode]?) {
    guard case .pipeline(let pipeline) = node.kind else { return }
    let mark = (scope.count, nextSlot)
    compilePipeline(node)
    let start = scope.count
    let saved = newSlot()
    let variables = pipeline.declarations.map { variable -> Int? in
      if case .variable(let names) = variable.kind, let name = names.first { return slot(of: name) }
      return nil
    }
    emit(.enterDot, saved, 1)
    let begin = emit(.rangeBegin, 0, variables.count)
    let top = instructions.count
    let advance = emit(.rangeNext)
    if let element = variables.last ?? nil { emit(.storeElement, element) }
    if variables.count > 1, let index = variables[0] { emit(.storeIndex, index) }
    loops.append((breaks: [], continues: [], dots: 0))
    compile(body)
    let loop = loops.removeLast()
    for jump in loop.continues { instructions[jump].a = Int32(top) }
    emit(.jump, top)
    patch(advance)
    for jump in loop.breaks { patch(jump) }
    emit(.rangeEnd)
    emit(.leaveDot, saved)
    scope.removeSubrange(start...)
    let toEnd = emit(.jump)
    patch(begin)
    emit(.leaveDot, saved)
    if let otherwise { compile(otherwise) }
    patch(toEnd)
    scope.removeSubrange(mark.0...)
    nextSlot = mark.1
  }

  // MARK: Pipelines

  private mutating func compilePipeline(_ node: SyntaxNode, unwraps: Bool = true) {
    guard case .pipeline(let pipeline) = node.kind else { return }
    move(to: node)
    for (index, command) in pipeline.commands.enumerated() {
      compileCommand(command, hasFinal: index > 0)
      if canBeNil(command), unwraps || index + 1 < pipeline.commands.count { emit(.unwrap) }
    }
    for variable in pipeline.declarations {
      guard case .variable(let names) = variable.kind, let name = names.first else { continue }
      if pipeline.isAssignment {
        if let slot = slot(of: name) { emit(.store, slot) } else { emitFailure("undefined variable: \(name)") }
      } else {
        let slot = newSlot()
        scope.append((name, slot))
        emit(.store, slot)
      }
    }
  }

  /// False for commands whose value is never Go's nil in an interface.
  private func canBeNil(_ command: SyntaxNode) -> Bool {
    guard case .command(let operands) = command.kind, let first = operands.first else { return true }
    switch first.kind {
    case .bool, .number, .string: return false
    default: return true
    }
  }

  private mutating func compileCommand(_ node: SyntaxNode, hasFinal: Bool) {
    guard case .command(let operands) = node.kind, let first = operands.first else { return }
    let hasArguments = operands.count > 1 || hasFinal
    switch first.kind {
    case .field(let names):
      move(to: first)
      emit(.dot)
      compileFields(names, operands, hasFinal: hasFinal)
    case .chain:
      compileChain(first, operands, hasFinal: hasFinal)
    case .identifier(let name):
      compileFunction(name, first, node, operands, hasFinal: hasFinal)
    case .pipeline:
      if hasArguments { emitFailure("can't give argument to non-function \(text(first))") }
      compilePipeline(first)
    case .variable(let names):
      move(to: first)
      compileVariable(names, operands, hasFinal: hasFinal)
    default:
      move(to: first)
      if hasArguments { emitFailure("can't give argument to non-function \(text(first))") }
      if case .nilValue = first.kind {
        emitFailure("nil is not a command")
        emitConstant(.none)
      } else if case .dot = first.kind {
        emit(.dot)
      } else {
        compileLiteral(first, .any)
      }
    }
  }

  private mutating func compileVariable(_ names: [String], _ operands: [SyntaxNode], hasFinal: Bool) {
    guard let slot = slot(of: names[0]) else {
      emitFailure("undefined variable: \(names[0])")
      emitConstant(.none)
      return
    }
    if names.count == 1 {
      if operands.count > 1 || hasFinal { emitFailure("can't give argument to non-function \(names[0])") }
      emit(.variable, slot)
      return
    }
    emit(.variable, slot)
    compileFields(Array(names.dropFirst()), operands, hasFinal: hasFinal)
  }

  private mutating func compileChain(_ node: SyntaxNode, _ operands: [SyntaxNode], hasFinal: Bool) {
    guard case .chain(let inner, let names) = node.kind else { return }
    move(to: node)
    switch inner.kind {
    case .pipeline:
      move(to: inner)
      operandDepth += 1
      compilePipeline(inner)
      operandDepth -= 1
    case .identifier(let name):
      move(to: inner)
      compileFunction(name, inner, inner, [inner], hasFinal: false)
    default:
      emitFailure("indirection through explicit nil in \(text(node))")
      emitConstant(.none)
    }
    compileFields(names, operands, hasFinal: hasFinal)
  }

  /// Fields of the value on the top; the last one may be a method with arguments.
  private mutating func compileFields(_ fields: [String], _ operands: [SyntaxNode], hasFinal: Bool) {
    let hasArguments = operands.count > 1 || hasFinal
    for (index, name) in fields.enumerated() {
      let isMethod = hasArguments && index == fields.count - 1
      emit(isMethod ? .method : .field, self.index(of: name), hasArguments ? 1 : 0)
    }
    guard hasArguments else { return }
    let call = at
    for operand in operands.dropFirst() { compileArgument(operand, .any) }
    // Below the operands is the method, below that the piped value.
    if hasFinal { emit(.rotate, operands.count) }
    instructions.append(
      Instruction(operation: .callMethod, b: Int32(operands.count - 1 + (hasFinal ? 1 : 0)), node: call))
  }

  // MARK: Calls

  private mutating func compileFunction(
    _ name: String, _ identifier: SyntaxNode, _ command: SyntaxNode, _ operands: [SyntaxNode], hasFinal: Bool
  ) {
    move(to: identifier)
    guard let function = known[name] else {
      emitFailure("\(GoQuote.quote(name)) is not a defined function")
      emitConstant(.none)
      return
    }
    let arguments = operands.dropFirst()
    let count = arguments.count + (hasFinal ? 1 : 0)
    if let message = function.countError(count, written: arguments.count) { emitFailure(message) }
    switch function.special {
    case .and, .or:
      compileLogic(function, Array(arguments), hasFinal: hasFinal)
      return
    case .call:
      // Errors name the callee.
      emitConstant(.string(arguments.first.map(text) ?? ""))
    default: break
    }
    for (index, argument) in arguments.enumerated() {
      compileArgument(argument, function.parameter(index))
      if case .slice = function.special, index > 0 { emit(.box) }
    }
    let extra = if case .call = function.special { 1 } else { 0 }
    if hasFinal {
      emitCheck(function.parameter(count - 1), below: arguments.count + extra)
      if arguments.count + extra > 0 { emit(.rotate, arguments.count + extra) }
    }
    // The call fails at the command; what comes after it, at the last operand.
    let last = at
    move(to: command)
    emit(.call, index(of: function), count + extra)
    at = last
  }

  private mutating func index(of function: TemplateFunction) -> Int {
    if let index = functionIndices[function.name] { return Int(index) }
    functions.append(function)
    functionIndices[function.name] = Int32(functions.count - 1)
    return functions.count - 1
  }

  private mutating func compileLogic(_ function: TemplateFunction, _ arguments: [SyntaxNode], hasFinal: Bool) {
    let stopsAt = if case .or = function.special { 1 } else { 0 }
    var exits: [Int] = []
    for (index, argument) in arguments.enumerated() {
      compileArgument(argument, .value)
      if index + 1 < arguments.count || hasFinal {
        exits.append(emit(.shortCircuit, 0, stopsAt))
        emit(.pop)
      }
    }
    if operandDepth > 0, !exits.isEmpty, at != Instruction.lastNode { emit(.mark) }
    if hasFinal {
      // The piped value lies below; where an argument decided, it must go.
      let toEnd = emit(.jump)
      for exit in exits { patch(exit) }
      emit(.dropBelow)
      patch(toEnd)
    } else {
      for exit in exits { patch(exit) }
    }
    if !exits.isEmpty, operandDepth > 0 { at = Instruction.lastNode }
  }

  private mutating func compileArgument(_ node: SyntaxNode, _ type: TemplateFunction.Parameter) {
    move(to: node)
    switch node.kind {
    case .dot:
      emit(.dot)
      emitCheck(type)
    case .nilValue:
      if type.canBeNil {
        emitConstant(type == .value ? .none : .null)
      } else {
        emitFailure("cannot assign nil to \(type.typeName)")
        emitConstant(.none)
      }
      if type == .dictionary || type == .list { emitCheck(.any) }
    case .field(let names):
      emit(.dot)
      compileFields(names, [node], hasFinal: false)
      emitCheck(type)
    case .variable(let names):
      compileVariable(names, [node], hasFinal: false)
      emitCheck(type)
    case .pipeline:
      operandDepth += 1
      compilePipeline(node)
      operandDepth -= 1
      emitCheck(type)
    case .identifier(let name):
      compileFunction(name, node, node, [node], hasFinal: false)
      emitCheck(type)
    case .chain:
      compileChain(node, [node], hasFinal: false)
      emitCheck(type)
    default: compileLiteral(node, type)
    }
  }

  private mutating func compileLiteral(_ node: SyntaxNode, _ type: TemplateFunction.Parameter) {
    if let value = literal(node, type) {
      emitConstant(value)
      return
    }
    let message =
      switch type {
      case .bool: "expected bool; found \(text(node))"
      case .string: "expected string; found \(text(node))"
      case .int: "expected integer; found \(text(node))"
      case .float64: "expected float; found \(text(node))"
      case .any, .value: "\(text(node)) overflows int"
      default: "can't handle \(text(node)) for arg of type \(type.typeName)"
      }
    emitFailure(message)
    emitConstant(.none)
  }

  private func literal(_ node: SyntaxNode, _ type: TemplateFunction.Parameter) -> GoValue? {
    switch (node.kind, type) {
    case (.bool(let value), .bool), (.bool(let value), .any), (.bool(let value), .value): .bool(value)
    case (.string(_, let value), .string), (.string(_, let value), .any), (.string(_, let value), .value):
      .text(value)
    case (.number(let literal), .int): literal.integer.map { .int(Int($0)) }
    case (.number(let literal), .float64): literal.float.map { .float($0) }
    case (.number(let literal), .any), (.number(let literal), .value): literal.ideal
    default: nil
    }
  }
}
