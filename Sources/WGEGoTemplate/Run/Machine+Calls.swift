internal import WGEGoFormat
internal import WGECore

/// Calls of functions and methods, and captured output.
extension Machine {
  mutating func call(
    _ function: TemplateFunction, _ code: Code, _ instruction: Instruction
  ) throws(TemplateError) {
    let count = Int(instruction.b)
    let result: GoValue
    do {
      result = try stack.withUnsafeBufferPointer { buffer in
        let base = buffer.baseAddress.map { $0 + (buffer.count - count) }
        let arguments = TemplateArguments(base, count: count)
        let before = context.remaining
        let result = try function.body(context, arguments)
        try context.charge(for: result, of: arguments, charged: before - context.remaining)
        return result
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
  mutating func prepareCapture(
    _ function: TemplateFunction, _ code: Code, _ instruction: Instruction, _ pc: Int, _ base: Int
  ) throws(TemplateError) -> (Frame, Code) {
    let data = stack.removeLast()
    let name = stack.removeLast().stringValue ?? ""
    guard frames.count < context.limits.depth else { throw limit(.depth, code, instruction.node) }
    var frame = Frame(
      code: code, returnTo: pc, slotBase: base, dot: dot, dotIsInterface: dotIsInterface, function: function.name)
    let target: Code
    if case .evaluate = function.special {
      do {
        // The table of definitions is copied.
        try context.charge(name.utf8.count * 16 + definitions.count * 4)
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

  mutating func callMethod(_ code: Code, _ instruction: Instruction) throws(TemplateError) {
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
  func converted(
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

  mutating func check(
    _ type: TemplateFunction.Parameter, _ code: Code, _ instruction: Instruction
  ) throws(TemplateError) {
    let index = stack.count - 1 - Int(instruction.b)
    switch (type, stack[index]) {
    case (.string, .string(let text)):
      // What reads a long text takes its time, whatever it gives.
      let count = text.utf8.count
      if count > 4_096 {
        do { try context.charge(instructions: count) } catch { throw self.error(code, instruction.node, "\(error)") }
      }
    case (.int, .int), (.bool, .bool): return
    case (_, let value): stack[index] = try converted(value, type, code, instruction.node)
    }
  }
}
