/// Builtins, and what `with` puts in the place of functions and documents.
extension Machine {
  // MARK: - Builtins

  func callBuiltin(_ step: Instruction, _ pc: Int) throws(RegoError) -> Bool {
    let index = Int(step.b)
    if !world.isPlain, let replacement = world.builtins[index] {
      let value = try replaced(replacement, value: world.mockValues[index], step, pc)
      return accept(value, step)
    }
    return accept(try invoke(index, step.c, Int(step.d), pc), step)
  }

  func accept(_ value: RegoValue?, _ step: Instruction) -> Bool {
    guard let value else { return false }
    if step.a >= 0 {
      set(step.a, value)
      return true
    }
    return value.isTrue
  }

  func invoke(_ index: Int, _ list: Int32, _ count: Int, _ pc: Int) throws(RegoError) -> RegoValue? {
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
    if builtin.walks != .none {
      let operands = UnsafeBufferPointer(start: operandStack + first, count: count)
      if builtin.walks == .writes {
        try context.charge(writing: operands)
      } else {
        for operand in operands { try context.charge(walking: operand) }
      }
    }
    let value: RegoValue?
    do throws(BuiltinFailure) {
      value = try builtin.body(context, Operands(operandStack + first, count: count))
    } catch {
      switch error {
      case .halt(let halt): throw halt
      case .type(let message): record(.type, builtin.displayName, message, pc)
      case .failed(let message): record(.builtin, builtin.displayName, message, pc)
      }
      return nil
    }
    switch value {
    case .string(let text): try context.hold(text: text.utf8.count)
    case .array(let array): if let fault = array.knownExtent?.fault { throw fault }
    case .set(let set): if let fault = set.extent.fault { throw fault }
    case .object(let object): if let extent = object.knownExtent { try context.admit(extent, object.measured) }
    default: break
    }
    return value
  }

  func record(_ code: RegoError.EvaluationCode, _ name: String, _ message: String, _ pc: Int) {
    if firstError == nil {
      firstError = .evaluation(code: code, message: "\(name): \(message)", location: plan.locations[pc])
    }
  }

  func replaced(
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

  func modify(_ set: Int) throws(RegoError) {
    var next = world
    next.memo = [Memo](repeating: .unknown, count: world.memo.count)
    for index in plan.kept[set] { next.memo[Int(index)] = world.memo[Int(index)] }
    next.isPlain = false
    for modifier in plan.modifiers[set] {
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
    for case .object(let object)? in [next.input, next.data] {
      // Copies of documents with a member replaced.
      if let extent = object.knownExtent { try context.admit(extent, object.measured) }
    }
    world = next
  }

  static func setting(_ value: RegoValue?, _ path: ArraySlice<RegoValue>, _ new: RegoValue) -> RegoValue {
    guard let key = path.first else { return new }
    guard case .object(let object)? = value else {
      return .object(RegoObject([(key, setting(nil, path.dropFirst(), new))]))
    }
    return .object(object.setting(key, setting(object[key], path.dropFirst(), new)))
  }
}
