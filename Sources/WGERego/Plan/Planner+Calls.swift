/// Calls and `with`.
extension Planner {
  // MARK: - Modifiers

  @_optimize(none)
  mutating func modifiers(
    _ withs: ArraySlice<With>, _ done: [Plan.Modifier],
    _ then: (inout Planner, [Plan.Modifier]) throws(RegoError) -> Void
  ) throws(RegoError) {
    guard let with = withs.first else {
      try then(&self, done)
      return
    }
    guard stack.hasRoom else { throw .limit(.recursion) }
    guard case .ref(let path) = with.target.kind, let head = path[0].variableName else {
      throw .invalid([RegoDiagnostic(.compile, "with keyword target must be a reference", at: with.location)])
    }
    let keys = path.dropFirst().compactMap(\.constantValue)
    let target: Plan.Modifier.Target
    var isFunction = false
    if head == "input" {
      target = .input(keys)
    } else if head == "data" {
      if policy.functionArity(keys) != nil, let node = policy.tree.find(keys) {
        target = .group(Int(group(node)))
        isFunction = true
      } else {
        target = .data(keys)
      }
    } else if let known = policy.builtins[Parser.dotted(path)] {
      target = .builtin(Int(builtin(known)))
      isFunction = true
    } else {
      throw .invalid([
        RegoDiagnostic(
          .type, "with keyword target must reference existing input, data, or a function", at: with.location)
      ])
    }
    if isFunction, let replacement = functionReplacement(with.value) {
      // A call passes as many operands as the function that it names takes.
      guard let wanted = inputs(of: target), let have = inputs(of: replacement), wanted == have else {
        throw .invalid([RegoDiagnostic(.type, "\(Parser.dotted(path)): arity mismatch", at: with.location)])
      }
      try modifiers(withs.dropFirst(), done + [Plan.Modifier(target: target, replacement: replacement)], then)
      return
    }
    try value(with.value) { planner, operand throws(RegoError) in
      try planner.modifiers(
        withs.dropFirst(), done + [Plan.Modifier(target: target, replacement: .value(operand))], then)
    }
  }

  /// The operands that a function takes; -1 for any number.
  private func inputs(of target: Plan.Modifier.Target) -> Int? {
    switch target {
    case .builtin(let index): inputs(ofBuiltin: index)
    case .group(let index): inputs(ofGroup: index)
    default: nil
    }
  }

  private func inputs(of replacement: Plan.Modifier.Replacement) -> Int? {
    switch replacement {
    case .builtin(let index): inputs(ofBuiltin: index)
    case .group(let index): inputs(ofGroup: index)
    default: nil
    }
  }

  private func inputs(ofBuiltin index: Int) -> Int {
    parts.builtins[index].isVariadic ? -1 : parts.builtins[index].arity
  }

  private func inputs(ofGroup index: Int) -> Int? {
    groupIndex.first { $0.value == Int32(index) }.flatMap { policy.functionArity($0.key) }
  }

  /// A function that takes the place of another one.
  mutating func functionReplacement(_ term: Term) -> Plan.Modifier.Replacement? {
    switch term.kind {
    case .template(let parts):
      guard case .text(let name)? = parts.first, let known = policy.builtins[name] else { return nil }
      return .builtin(Int(builtin(known)))
    case .ref(let path):
      if path[0].variableName == "data" {
        let keys = path.dropFirst().compactMap(\.constantValue)
        guard keys.count == path.count - 1, policy.functionArity(keys) != nil, let node = policy.tree.find(keys) else {
          return nil
        }
        return .group(Int(group(node)))
      }
      return nil
    default: return nil
    }
  }

  // MARK: - Calls

  @_optimize(none)
  mutating func call(
    _ name: [Term], _ arguments: [Term], _ location: SourceLocation, _ then: Then
  ) throws(RegoError) {
    let text = Parser.dotted(name)
    guard let arity = policy.arity(name) else {
      throw .invalid([RegoDiagnostic(.type, "undefined function \(text)", at: location)])
    }
    let isUser = name[0].variableName == "data"
    let known = isUser ? nil : policy.builtins[text]
    let inputs = known?.isVariadic == true ? arguments.count : min(arity, arguments.count)
    let output = arguments.count > inputs ? arguments[inputs] : nil
    if output == nil, let comparison = Self.comparisons[text], !isMocked(text) {
      try values(Array(arguments.prefix(2))) { planner, operands throws(RegoError) in
        planner.emit(.compare, operands[0], operands[1], comparison.rawValue)
        try then(&planner)
      }
      return
    }
    if let known, known.isRelation {
      try values(Array(arguments.prefix(inputs))) { planner, operands throws(RegoError) in
        try planner.relation(operands[0], output, then)
      }
      return
    }
    try values(Array(arguments.prefix(inputs))) { planner, operands throws(RegoError) in
      let list = planner.list(operands)
      let target = output == nil ? -1 : planner.slot()
      let at: Int
      if isUser {
        let path = name.dropFirst().compactMap(\.constantValue)
        guard let node = planner.policy.tree.find(path) else { throw .invalid([]) }
        at = planner.emit(.function, target, planner.group(node), list, Int32(operands.count))
      } else if let known {
        at = planner.emit(.builtin, target, planner.builtin(known), list, Int32(operands.count))
      } else {
        throw .invalid([RegoDiagnostic(.type, "undefined function \(text)", at: location)])
      }
      planner.parts.locations[at] = location
      if let output {
        try planner.destructure(target, output, then)
      } else {
        try then(&planner)
      }
    }
  }

  /// Operators run as instructions unless some module replaces them with `with`.
  func isMocked(_ name: String) -> Bool { policy.mockedBuiltins.contains(name) }

  static let comparisons: [String: Comparison] = [
    "equal": .equal, "neq": .notEqual, "lt": .less, "lte": .lessOrEqual, "gt": .greater, "gte": .greaterOrEqual,
  ]

  @_optimize(none)
  mutating func relation(_ operand: Int32, _ output: Term?, _ then: Then) throws(RegoError) {
    if case .array(let pair)? = output?.kind, pair.count == 2 {
      let path = slot()
      let value = slot()
      let ignoresPath = pair[0].variableName?.hasPrefix("$") == true && bound[pair[0].variableName ?? ""] == nil
      try block(.walk, ignoresPath ? -1 : path, value, operand) { planner throws(RegoError) in
        if ignoresPath {
          try planner.destructure(value, pair[1], then)
        } else {
          try planner.destructure(path, pair[0]) { planner throws(RegoError) in
            try planner.destructure(value, pair[1], then)
          }
        }
      }
      return
    }
    let path = slot()
    let value = slot()
    try block(.walk, path, value, operand) { planner throws(RegoError) in
      let both = planner.slot()
      let list = planner.list([path, value])
      planner.emit(.makeArray, both, list, 2)
      if let output { try planner.destructure(both, output, then) } else { try then(&planner) }
    }
  }
}
