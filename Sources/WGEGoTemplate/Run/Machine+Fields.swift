internal import WGEGoFormat
internal import WGECore

/// Fields and methods of values.
extension Machine {
  mutating func field(_ code: Code, _ instruction: Instruction) throws(TemplateError) {
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

  func cannotEvaluate(_ name: String, _ value: GoValue, _ code: Code, _ node: Int32) -> TemplateError {
    error(code, node, "can't evaluate field \(name) in type \(topIsInterface ? "interface {}" : value.typeName)")
  }

  func missing(
    _ name: String, _ element: GoMap.Element, _ code: Code, _ node: Int32
  ) throws(TemplateError) -> GoValue {
    switch missingKey {
    case .default, .invalid: .none
    case .zero: element.zero
    case .error: throw error(code, node, "map has no entry for key \(GoQuote.quote(name))")
    }
  }

  /// A field that is given arguments: a method, or a mistake. False when there is nothing that could have one.
  mutating func method(_ code: Code, _ instruction: Instruction) throws(TemplateError) -> Bool {
    let name = code.names[Int(instruction.a)]
    let top = stack.count - 1
    let message: String
    switch stack[top] {
    case .none:
      if missingKey == .error {
        throw error(code, instruction.node, "nil data; no entry for key \(GoQuote.quote(name))")
      }
      topIsInterface = false
      return false
    case .null: message = "nil pointer evaluating interface {}.\(name)"
    case .object: message = "\(name) is not a method but has arguments"
    case .map(let map) where !map.hasIntegerKeys: message = "\(name) is not a method but has arguments"
    case .host(let object):
      if let method = object.method(named: name) {
        stack[top] = .function(method)
        return true
      }
      if object.field(named: name) == nil { throw cannotEvaluate(name, stack[top], code, instruction.node) }
      message = "\(name) has arguments but cannot be invoked as function"
    case let value: throw cannotEvaluate(name, value, code, instruction.node)
    }
    throw error(code, instruction.node, message)
  }
}
