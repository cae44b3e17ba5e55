/// Blocks that run once for each member of a value, and what they collect.
extension Machine {
  func scan(_ step: Instruction, _ start: Int) throws(RegoError) -> Flow {
    guard stack.hasRoom else { throw .limit(.recursion) }
    let end = Int(step.d)
    switch get(step.c) {
    case .array(let array):
      for index in 0..<array.count {
        try context.step()
        if step.a >= 0 { set(step.a, .int(index)) }
        if step.b >= 0 { set(step.b, array[index]) }
        if try run(start, end) == .stop { return .stop }
      }
    case .object(let object):
      for index in 0..<object.count {
        try context.step()
        if step.a >= 0 { set(step.a, object.key(at: index)) }
        if step.b >= 0 { set(step.b, object.value(at: index)) }
        if try run(start, end) == .stop { return .stop }
      }
    case .set(let elements):
      for element in elements.elements {
        try context.step()
        if step.a >= 0 { set(step.a, element) }
        if step.b >= 0 { set(step.b, element) }
        if try run(start, end) == .stop { return .stop }
      }
    default: break
    }
    return .next
  }

  func every(_ step: Instruction, _ start: Int) throws(RegoError) -> Bool {
    let end = Int(step.d)
    let domain = get(step.c)
    guard let count = domain.collectionCount else { return false }
    for index in 0..<count {
      try context.step()
      switch domain {
      case .array(let array):
        set(step.a, .int(index))
        set(step.b, array[index])
      case .object(let object):
        set(step.a, object.key(at: index))
        set(step.b, object.value(at: index))
      case .set(let elements):
        set(step.a, elements.elements[index])
        set(step.b, elements.elements[index])
      default: return false
      }
      if try run(start, end) != .stop { return false }
    }
    return true
  }

  func walk(_ step: Instruction, _ start: Int) throws(RegoError) -> Flow {
    let end = Int(step.d)
    // A stack of its own, so that deep values need no recursion.
    var pending: [(RegoValue, [RegoValue])] = [(get(step.c), [])]
    while let (value, path) = pending.popLast() {
      try context.step()
      if step.a >= 0 { set(step.a, .list(path)) }
      set(step.b, value)
      if try run(start, end) == .stop { return .stop }
      let keepPath = step.a >= 0
      switch value {
      case .array(let array):
        for index in array.indices.reversed() { pending.append((array[index], keepPath ? path + [.int(index)] : [])) }
      case .object(let object):
        for index in (0..<object.count).reversed() {
          pending.append((object.value(at: index), keepPath ? path + [object.key(at: index)] : []))
        }
      case .set(let elements):
        for element in elements.elements.reversed() { pending.append((element, keepPath ? path + [element] : [])) }
      default: break
      }
    }
    return .next
  }

  func comprehension(_ step: Instruction, _ pc: Int) throws(RegoError) -> RegoValue {
    guard stack.hasRoom else { throw .limit(.recursion) }
    collections.append(Collection())
    _ = try run(pc + 1, Int(step.b))
    guard let collection = collections.popLast() else { return .null }
    switch step.operation {
    case .arrayComprehension: return .array(try array(collection.values))
    case .setComprehension: return .set(try set(collection.values))
    default: return .object(try object(collection.pairs, pc))
    }
  }

  /// An array of elements, unless it breaks a limit.
  func array(_ elements: [RegoValue]) throws(RegoError) -> RegoArray {
    var measured = 0
    let extent = ValueExtent.of(elements, &measured)
    try context.admit(extent, measured)
    return RegoArray(elements, extent: extent)
  }

  /// A set of elements, unless it breaks a limit.
  func set(_ elements: [RegoValue]) throws(RegoError) -> RegoSet {
    var measured = 0
    let extent = ValueExtent.of(elements, &measured)
    try context.admit(extent, measured)
    try context.charge(sorting: extent, elements.count)
    return RegoSet(elements, extent: extent)
  }

  /// An object of pairs, in which a key may occur again only with the same value.
  func object(_ pairs: [(RegoValue, RegoValue)], _ pc: Int?, at location: SourceLocation? = nil)
    throws(RegoError) -> RegoObject
  {
    for (key, _) in pairs where key.isCollection { try context.charge(walking: key) }
    let result = RegoObject(pairs)
    if let extent = result.knownExtent { try context.admit(extent, result.measured) }
    if result.count != pairs.count {
      for (key, value) in pairs {
        if let kept = result[key], try !context.equal(kept, value) {
          throw .evaluation(
            code: .conflict, message: "object keys must be unique",
            location: location ?? pc.flatMap { plan.locations[$0] })
        }
      }
    }
    return result
  }

  func conflict(_ message: String, _ pc: Int) -> RegoError {
    .evaluation(code: .conflict, message: message, location: plan.locations[pc])
  }
}
