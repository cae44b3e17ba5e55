internal import WGEGoFormat

// Turns the tree of one definition into instructions.
//
// Go's interpreter keeps the node that it is "at" and names it when something fails. Which node that is can be told
// without running, so the compiler keeps it and writes it into the instructions that can fail. Variables become slots;
// what Go finds out when it runs (a variable of another branch, a wrong number of arguments, a literal of the wrong
// type) becomes an instruction that fails when it is reached, because it may never be.

struct Compiler {
  var instructions: [Instruction] = []
  var constants: [GoValue] = []
  var names: [String] = []
  var functions: [TemplateFunction] = []
  var types: [TemplateFunction.Parameter] = []
  var nodes: [SyntaxNode] = []
  var slotCount = 1
  let stack = StackBudget()
  var isTooDeep = false

  let source: TemplateSource
  let known: KnownFunctions
  var nameIndices: [String: Int32] = [:]
  var functionIndices: [String: Int32] = [:]
  var scope = VariableScope()
  var nextSlot = 1
  /// The node that Go would be at.
  var at: Int32 = -1
  /// Within an operand, where what follows may complain of the node that was evaluated last.
  var operandDepth = 0
  /// Jumps out of the loops around, by loop.
  var loops: [(breaks: [Int], continues: [Int], dots: Int)] = []

  /// - Throws: ``TemplateError/parse(_:)`` when the native stack does not suffice for how deep the definition nests.
  static func compile(_ definition: Definition, functions: KnownFunctions) throws(TemplateError) -> Code {
    var compiler = Compiler(definition, functions)
    compiler.compile(definition.nodes)
    if compiler.isTooDeep {
      let line = definition.source.location(of: definition.nodes.first?.position ?? 0).line
      throw .parse(
        TemplateIssue(template: definition.source.name, line: line, message: "blocks nest too deeply"))
    }
    compiler.emit(.finish)
    return Code(compiler, name: definition.name, source: definition.source)
  }

  init(_ definition: Definition, _ functions: KnownFunctions) {
    source = definition.source
    known = functions
  }

  // MARK: Emitting

  @discardableResult
  mutating func emit(_ operation: Instruction.Operation, _ a: Int = 0, _ b: Int = 0) -> Int {
    instructions.append(Instruction(operation: operation, a: Int32(a), b: Int32(b), node: at))
    return instructions.count - 1
  }

  mutating func patch(_ index: Int) { instructions[index].a = Int32(instructions.count) }

  mutating func move(to node: SyntaxNode) {
    nodes.append(node)
    at = Int32(nodes.count - 1)
  }

  mutating func index(of name: String) -> Int {
    if let index = nameIndices[name] { return Int(index) }
    names.append(name)
    nameIndices[name] = Int32(names.count - 1)
    return names.count - 1
  }

  mutating func emitConstant(_ value: GoValue) {
    constants.append(value)
    emit(.constant, constants.count - 1)
  }

  mutating func emitFailure(_ message: String) { emit(.fail, index(of: message)) }

  mutating func emitCheck(_ type: TemplateFunction.Parameter, below: Int = 0) {
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

  mutating func newSlot() -> Int {
    defer {
      nextSlot += 1
      slotCount = max(slotCount, nextSlot)
    }
    return nextSlot
  }

  func text(_ node: SyntaxNode) -> String { node.text(in: source) }

  // MARK: Nodes

  mutating func compile(_ list: [SyntaxNode]) {
    guard stack.hasRoom else {
      isTooDeep = true
      return
    }
    for node in list { compile(node) }
  }

  mutating func compile(_ node: SyntaxNode) {
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

  func declares(_ node: SyntaxNode) -> Bool {
    if case .pipeline(let pipeline) = node.kind { return !pipeline.declarations.isEmpty }
    return false
  }

  mutating func compileBranch(
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
      scope.leave(to: start)
      if let otherwise { compile(otherwise) }
      toElse = toEnd
    } else {
      toElse = emit(.jumpIfFalse)
      compile(body)
      if let otherwise {
        let toEnd = emit(.jump)
        patch(toElse)
        scope.leave(to: start)
        compile(otherwise)
        toElse = toEnd
      }
    }
    patch(toElse)
    scope.leave(to: mark.0)
    nextSlot = mark.1
  }

  /// The `else` of a range. A `break` in it is one of the loop around to the parser, yet Go ends the range that the
  /// `else` belongs to; a `continue` goes on with the loop around.
  private mutating func compileElse(_ nodes: [SyntaxNode], _ saved: Int) {
    guard let last = loops.indices.last else { return compile(nodes) }
    let breaks = loops[last].breaks
    loops[last].breaks = []
    compile(nodes)
    let own = loops[last].breaks
    loops[last].breaks = breaks
    if own.isEmpty { return }
    let over = emit(.jump)
    for jump in own { patch(jump) }
    emit(.leaveDot, saved)
    patch(over)
  }

  mutating func compileRange(_ node: SyntaxNode, _ body: [SyntaxNode], _ otherwise: [SyntaxNode]?) {
    guard case .pipeline(let pipeline) = node.kind else { return }
    let mark = (scope.count, nextSlot)
    compilePipeline(node)
    let start = scope.count
    let saved = newSlot()
    let variables = pipeline.declarations.map { variable -> Int? in
      if case .variable(let names) = variable.kind, let name = names.first { return scope.slot(of: name) }
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
    scope.leave(to: start)
    let toEnd = emit(.jump)
    patch(begin)
    emit(.leaveDot, saved)
    if let otherwise { compileElse(otherwise, saved) }
    patch(toEnd)
    scope.leave(to: mark.0)
    nextSlot = mark.1
  }
}
