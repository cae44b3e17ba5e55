internal import WGEGoFormat

/// Calls of functions, and literals as their operands.
extension Compiler {
  mutating func compileFunction(
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

  mutating func index(of function: TemplateFunction) -> Int {
    if let index = functionIndices[function.name] { return Int(index) }
    functions.append(function)
    functionIndices[function.name] = Int32(functions.count - 1)
    return functions.count - 1
  }

  mutating func compileLogic(_ function: TemplateFunction, _ arguments: [SyntaxNode], hasFinal: Bool) {
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

  mutating func compileArgument(_ node: SyntaxNode, _ type: TemplateFunction.Parameter) {
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

  mutating func compileLiteral(_ node: SyntaxNode, _ type: TemplateFunction.Parameter) {
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

  func literal(_ node: SyntaxNode, _ type: TemplateFunction.Parameter) -> GoValue? {
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
