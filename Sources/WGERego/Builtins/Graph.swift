/// Reachability in graphs given as objects from node to neighbours.
enum Graphs {
  static func neighbours(_ value: RegoValue) -> [RegoValue] {
    switch value {
    case .array(let array): array.values
    case .set(let set): set.elements
    default: []
    }
  }

  static func initial(_ operands: Operands) throws(BuiltinFailure) -> [RegoValue] {
    switch operands[1] {
    case .array(let array): return array.values
    case .set(let set): return set.elements
    default: throw .type("operand 2 must be {array, set} but got \(operands[1].typeName)")
    }
  }

  static func paths(
    _ context: BuiltinContext, _ stack: StackGuard, _ graph: RegoObject, _ node: RegoValue, _ path: [RegoValue],
    _ result: inout [RegoValue]
  ) throws(BuiltinFailure) {
    try context.work()
    // Looking for a cycle goes through the path.
    try context.work(path.count >> 3)
    if path.count > 2_000 || !stack.hasRoom { throw .halt(.limit(.recursion)) }
    func end() throws(BuiltinFailure) {
      if !path.isEmpty {
        try context.reserve(elements: path.count)
        result.append(.list(path))
      }
    }
    // A missing node and a cycle both end the path before the node.
    guard let edges = graph[node], !path.contains(node) else { return try end() }
    let here = path + [node]
    let next = neighbours(edges)
    if next.isEmpty {
      try context.reserve(elements: here.count)
      result.append(.list(here))
      return
    }
    for neighbour in next { try paths(context, stack, graph, neighbour, here, &result) }
  }
}

let graphBuiltins: [Builtin] = [
  Builtin("graph.reachable", 2) { context, o throws(BuiltinFailure) in
    let graph = try o.object(0)
    var seen: Set<RegoValue> = []
    var pending = try Graphs.initial(o)
    while let node = pending.popLast() {
      try context.work()
      try context.walk(node)
      guard let edges = graph[node], seen.insert(node).inserted else { continue }
      pending += Graphs.neighbours(edges)
    }
    return .set(RegoSet(Array(seen)))
  },
  Builtin("graph.reachable_paths", 2) { context, o throws(BuiltinFailure) in
    let graph = try o.object(0)
    var result: [RegoValue] = []
    let stack = StackGuard()
    for node in try Graphs.initial(o) { try Graphs.paths(context, stack, graph, node, [], &result) }
    return .set(RegoSet(result))
  },
]
