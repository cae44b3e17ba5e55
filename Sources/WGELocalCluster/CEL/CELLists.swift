/// The methods of lists.
enum CELLists {
  static func call(_ name: String, _ items: [CELValue], _ arguments: [CELValue], _ evaluator: inout CELEvaluator)
    throws(CELError) -> CELValue
  {
    try evaluator.spend(items.count)
    func integer(_ index: Int) throws(CELError) -> Int64 {
      guard index < arguments.count, case .int(let value) = arguments[index] else {
        throw CELFunctions.overload(name, [.list(items)] + arguments)
      }
      return value
    }
    switch name {
    case "join":
      var separator = ""
      if case .string(let text)? = arguments.first { separator = text }
      var texts: [String] = []
      for item in items {
        guard case .string(let text) = item else { throw CELError("no such overload: list.join() of \(item.typeName)") }
        texts.append(text)
      }
      let result = texts.joined(separator: separator)
      try evaluator.spend(result.utf8.count / 10)
      return .string(result)
    case "isSorted":
      for (a, b) in zip(items, items.dropFirst()) {
        guard let order = a.compare(b) else { throw .overload("isSorted", a, b) }
        if order > 0 { return .bool(false) }
      }
      return .bool(true)
    case "sum":
      var result = items.first ?? .int(0)
      for item in items.dropFirst() { result = try CELArithmetic.apply("_+_", result, item, &evaluator) }
      return result
    case "min", "max":
      guard var best = items.first else { throw CELError("\(name) called on empty list") }
      for item in items.dropFirst() {
        guard let order = item.compare(best) else { throw .overload(name, item, best) }
        if name == "min" ? order < 0 : order > 0 { best = item }
      }
      return best
    case "indexOf", "lastIndexOf":
      guard let wanted = arguments.first else { throw CELFunctions.overload(name, [.list(items)]) }
      let index = name == "indexOf" ? items.firstIndex { $0.equals(wanted) } : items.lastIndex { $0.equals(wanted) }
      return .int(Int64(index ?? -1))
    case "slice":
      let (start, end) = (try integer(0), try integer(1))
      guard start >= 0, end >= 0 else {
        throw CELError("cannot slice(\(start), \(end)), negative indexes not supported")
      }
      guard start <= end else {
        throw CELError("cannot slice(\(start), \(end)), start index must be less than or equal to end index")
      }
      guard end <= items.count else { throw CELError("cannot slice(\(start), \(end)), list is length \(items.count)") }
      return .list(Array(items[Int(start)..<Int(end)]))
    case "reverse": return .list(items.reversed())
    case "distinct":
      try evaluator.spend(items.count.multipliedClamped(by: items.count))
      var result: [CELValue] = []
      for item in items where !result.contains(where: { $0.equals(item) }) { result.append(item) }
      return .list(result)
    case "flatten":
      let depth = arguments.isEmpty ? 1 : try integer(0)
      guard depth >= 0, depth <= 16 else { throw CELError("level must be non-negative") }
      return .list(flattened(items, depth))
    case "sort":
      for (a, b) in zip(items, items.dropFirst()) where a.compare(b) == nil {
        throw CELError("list elements must have the same comparable type")
      }
      return .list(items.sorted { ($0.compare($1) ?? 0) < 0 })
    default: throw CELFunctions.overload(name, [.list(items)] + arguments)
    }
  }

  private static func flattened(_ items: [CELValue], _ depth: Int64) -> [CELValue] {
    if depth == 0 { return items }
    return items.flatMap { item -> [CELValue] in
      if case .list(let inner) = item { flattened(inner, depth - 1) } else { [item] }
    }
  }
}
