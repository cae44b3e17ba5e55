internal import WGEGoFormat

/// Pipelines, commands and their operands.
extension Compiler {
  mutating func compilePipeline(_ node: SyntaxNode, unwraps: Bool = true) {
    guard case .pipeline(let pipeline) = node.kind else { return }
    guard stack.hasRoom else {
      isTooDeep = true
      return
    }
    move(to: node)
    for (index, command) in pipeline.commands.enumerated() {
      compileCommand(command, hasFinal: index > 0)
      if canBeNil(command), unwraps || index + 1 < pipeline.commands.count { emit(.unwrap) }
    }
    for variable in pipeline.declarations {
      guard case .variable(let names) = variable.kind, let name = names.first else { continue }
      if pipeline.isAssignment {
        if let slot = scope.slot(of: name) { emit(.store, slot) } else { emitFailure("undefined variable: \(name)") }
      } else {
        let slot = newSlot()
        scope.declare(name, slot: slot)
        emit(.store, slot)
      }
    }
  }

  /// False for commands whose value is never Go's nil in an interface.
  func canBeNil(_ command: SyntaxNode) -> Bool {
    guard case .command(let operands) = command.kind, let first = operands.first else { return true }
    switch first.kind {
    case .bool, .number, .string: return false
    default: return true
    }
  }

  mutating func compileCommand(_ node: SyntaxNode, hasFinal: Bool) {
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

  mutating func compileVariable(_ names: [String], _ operands: [SyntaxNode], hasFinal: Bool) {
    guard let slot = scope.slot(of: names[0]) else {
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

  mutating func compileChain(_ node: SyntaxNode, _ operands: [SyntaxNode], hasFinal: Bool) {
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
  mutating func compileFields(_ fields: [String], _ operands: [SyntaxNode], hasFinal: Bool) {
    let hasArguments = operands.count > 1 || hasFinal
    var method: Int?
    for (index, name) in fields.enumerated() {
      if hasArguments, index == fields.count - 1 {
        method = emit(.method, self.index(of: name))
      } else {
        emit(.field, self.index(of: name))
      }
    }
    guard let method else { return }
    let call = at
    for operand in operands.dropFirst() { compileArgument(operand, .any) }
    // Below the operands is the method, below that the piped value.
    if hasFinal { emit(.rotate, operands.count) }
    instructions.append(
      Instruction(operation: .callMethod, b: Int32(operands.count - 1 + (hasFinal ? 1 : 0)), node: call))
    // Where there is no receiver Go evaluates no arguments; the piped value must go.
    if hasFinal {
      let toEnd = emit(.jump)
      instructions[method].b = Int32(instructions.count)
      emit(.dropBelow)
      patch(toEnd)
    } else {
      instructions[method].b = Int32(instructions.count)
    }
  }
}
