internal import WGEGoFormat
internal import WGECore

/// Iteration.
extension Machine {
  mutating func beginRange(
    _ value: GoValue, _ code: Code, _ instruction: Instruction
  ) throws(TemplateError) -> Bool {
    let iterator: Iterator
    switch value {
    case .array(let elements, let mode):
      iterator = Iterator(source: .array(elements, mode), count: elements.count, hasInterfaces: true)
    case .list(let list):
      iterator = Iterator(
        source: .list(list.elements), count: list.elements.count, hasInterfaces: list.element == .any)
    case .object(let object, let mode):
      iterator = Iterator(source: .object(object, mode), count: object.count, hasInterfaces: true)
    case .map(let map):
      iterator = Iterator(source: .map(map, map.members), count: map.count, hasInterfaces: map.element == .any)
    case .int(let number): iterator = try integers(number, nil, code, instruction)
    case .integer(let number):
      let bound = number.isSigned ? Int(number.signed) : Int(clamping: number.bits)
      iterator = try integers(bound, number.kind, code, instruction)
    case .none, .null: return false
    default:
      throw error(code, instruction.node, "range can't iterate over \(GoFormatter.text(value))")
    }
    if iterator.count <= 0 { return false }
    iterators.append(iterator)
    return true
  }

  func integers(
    _ bound: Int, _ kind: GoInteger.Kind?, _ code: Code, _ instruction: Instruction
  ) throws(TemplateError) -> Iterator {
    if instruction.b > 1 {
      throw error(code, instruction.node, "can't use \(bound) to iterate over more than one variable")
    }
    return Iterator(source: .integers(bound, kind), count: max(0, bound), hasInterfaces: false)
  }

  mutating func nextElement() -> Bool {
    let last = iterators.count - 1
    iterators[last].index += 1
    let index = iterators[last].index
    guard index < iterators[last].count else { return false }
    switch iterators[last].source {
    case .array(let elements, let mode): dot = GoValue(elements[index], numbers: mode)
    case .list(let elements): dot = elements[index]
    case .object(let object, let mode): dot = GoValue(object[index].value, numbers: mode)
    case .map(_, let members): dot = members[index].value
    case .integers(_, let kind):
      dot = kind.map { .integer(GoInteger(bits: UInt64(bitPattern: Int64(index)), kind: $0)) } ?? .int(index)
    }
    dotIsInterface = iterators[last].hasInterfaces
    return true
  }

  func currentKey() -> GoValue {
    guard let iterator = iterators.last else { return .none }
    switch iterator.source {
    case .array, .list: return .int(iterator.index)
    case .object(let object, _): return .string(object[iterator.index].key)
    case .map(let map, let members):
      return map.hasIntegerKeys ? .int(Int(members[iterator.index].key) ?? 0) : .string(members[iterator.index].key)
    case .integers: return .none
    }
  }
}
