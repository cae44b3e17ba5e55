internal import WGECore

/// Carries out operators and functions. The checker has seen to it that they exist; what it could
/// not know, because a part of the expression may be anything, is found out here.
enum CELFunctions {
  static func call(_ name: String, _ values: [CELValue], _ evaluator: inout CELEvaluator) throws(CELError) -> CELValue {
    guard let first = values.first else { return try constant(name) }
    let rest = Array(values.dropFirst())
    switch name {
    case "_==_" where values.count == 2: return .bool(first.equals(values[1]))
    case "_!=_" where values.count == 2: return .bool(!first.equals(values[1]))
    case "@in" where values.count == 2: return .bool(try isIn(first, values[1], &evaluator))
    case "_<_", "_<=_", "_>_", "_>=_":
      guard values.count == 2, let order = first.compare(values[1]) else { throw overload(name, values) }
      switch name {
      case "_<_": return .bool(order < 0)
      case "_<=_": return .bool(order <= 0)
      case "_>_": return .bool(order > 0)
      default: return .bool(order >= 0)
      }
    case "_+_", "_-_", "_*_", "_/_", "_%_":
      guard values.count == 2 else { throw overload(name, values) }
      return try CELArithmetic.apply(name, first, values[1], &evaluator)
    case "-_": return try CELArithmetic.negated(first)
    case "!_":
      guard case .bool(let flag) = first else { throw overload(name, values) }
      return .bool(!flag)
    case "size": return .int(try size(first))
    case "dyn": return first
    case "type": return .type(first.typeName)
    case "int", "uint", "double", "string", "bytes", "bool", "duration", "timestamp":
      return try CELConversions.convert(name, first)
    case "sets.contains", "sets.equivalent", "sets.intersects":
      guard case .list(let a) = first, case .list(let b)? = rest.first else { throw overload(name, values) }
      try evaluator.spend(a.count.multipliedClamped(by: b.count))
      func all(_ x: [CELValue], in y: [CELValue]) -> Bool { x.allSatisfy { item in y.contains { $0.equals(item) } } }
      switch name {
      case "sets.contains": return .bool(all(b, in: a))
      case "sets.equivalent": return .bool(all(a, in: b) && all(b, in: a))
      default: return .bool(b.contains { item in a.contains { $0.equals(item) } })
      }
    case "lists.range":
      guard case .int(let count) = first, count <= 100_000 else { throw CELError("lists.range: too many") }
      try evaluator.spend(Int(max(0, count)))
      return .list((0..<max(0, count)).map(CELValue.int))
    case "sign": return try CELLibraries.call(name, first, rest)
    case "optional.of": return .optional(first)
    case "optional.ofNonZeroValue": return .optional(isZero(first) ? nil : first)
    default: break
    }
    switch first {
    case .optional(let value): return try optional(name, value, rest)
    case .list(let items): return try CELLists.call(name, items, rest, &evaluator)
    case .string(let text):
      if let result = try CELLibraries.parse(name, text, rest) { return result }
      return try CELStrings.call(name, text, rest, &evaluator)
    case .duration(let duration): return try CELTimes.part(name, duration)
    case .timestamp(let time): return try CELTimes.part(name, time, rest)
    default: return try CELLibraries.call(name, first, rest)
    }
  }

  static func overload(_ name: String, _ values: [CELValue]) -> CELError {
    CELError("no such overload: \(name)(\(values.map(\.typeName).joined(separator: ", ")))")
  }

  private static func constant(_ name: String) throws(CELError) -> CELValue {
    if name == "optional.none" { return .optional(nil) }
    if name.hasPrefix("format."), let format = CELFormat(rawValue: String(name.dropFirst(7))) { return .format(format) }
    throw CELError("no such overload: \(name)()")
  }

  private static func isIn(_ value: CELValue, _ container: CELValue, _ evaluator: inout CELEvaluator) throws(CELError)
    -> Bool
  {
    if case .list(let items) = container {
      try evaluator.spend(items.count)
      return items.contains { $0.equals(value) }
    }
    guard container.isObject else { throw overload("@in", [value, container]) }
    return container.member(value) != nil
  }

  private static func size(_ value: CELValue) throws(CELError) -> Int64 {
    switch value {
    case .string(let text): return Int64(text.unicodeScalars.count)
    case .bytes(let bytes): return Int64(bytes.count)
    case .list(let items): return Int64(items.count)
    case .object(let object, _): return Int64(object.count)
    case .map(let entries): return Int64(entries.count)
    default: throw overload("size", [value])
    }
  }

  private static func isZero(_ value: CELValue) -> Bool {
    switch value {
    case .null: true
    case .bool(let flag): !flag
    case .int(let number): number == 0
    case .uint(let number): number == 0
    case .double(let number): number == 0
    case .string(let text): text.isEmpty
    case .bytes(let bytes): bytes.isEmpty
    case .list(let items): items.isEmpty
    case .object(let object, _): object.isEmpty
    case .map(let entries): entries.isEmpty
    case .duration(let duration): duration == .zero
    default: false
    }
  }

  private static func optional(_ name: String, _ value: CELValue?, _ arguments: [CELValue]) throws(CELError) -> CELValue
  {
    switch (name, arguments.first) {
    case ("hasValue", nil): return .bool(value != nil)
    case ("value", nil):
      guard let value else { throw CELError("optional.none() dereference") }
      return value
    case ("orValue", let other?): return value ?? other
    case ("or", let other?): return value.map { .optional($0) } ?? other
    default: throw overload(name, [.optional(value)] + arguments)
    }
  }
}

extension Int {
  func multipliedClamped(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}

/// The operators `+ - * / %`.
enum CELArithmetic {
  static func apply(_ name: String, _ a: CELValue, _ b: CELValue, _ evaluator: inout CELEvaluator) throws(CELError)
    -> CELValue
  {
    switch (a, b) {
    case (.int(let x), .int(let y)): return .int(try integers(name, x, y, "integer overflow"))
    case (.uint(let x), .uint(let y)): return .uint(try integers(name, x, y, "unsigned integer overflow"))
    case (.double(let x), .double(let y)):
      switch name {
      case "_+_": return .double(x + y)
      case "_-_": return .double(x - y)
      case "_*_": return .double(x * y)
      case "_/_": return .double(x / y)
      default: throw .overload(name, a, b)
      }
    case (.string(let x), .string(let y)) where name == "_+_":
      try evaluator.spend((x.utf8.count + y.utf8.count) / 10)
      return .string(x + y)
    case (.bytes(let x), .bytes(let y)) where name == "_+_":
      try evaluator.spend((x.count + y.count) / 10)
      return .bytes(x + y)
    case (.list(let x), .list(let y)) where name == "_+_":
      try evaluator.spend(x.count + y.count)
      return .list(x + y)
    case (.timestamp(let x), .duration(let y)) where name == "_+_": return try time(x.advanced(by: y))
    case (.timestamp(let x), .duration(let y)) where name == "_-_": return try time(x.advanced(by: .zero - y))
    case (.duration(let x), .timestamp(let y)) where name == "_+_": return try time(y.advanced(by: x))
    case (.timestamp(let x), .timestamp(let y)) where name == "_-_": return .duration(x.duration(since: y))
    case (.duration(let x), .duration(let y)) where name == "_+_": return .duration(x + y)
    case (.duration(let x), .duration(let y)) where name == "_-_": return .duration(x - y)
    default: throw .overload(name, a, b)
    }
  }

  private static func time(_ time: Timestamp) throws(CELError) -> CELValue {
    guard time.isRepresentable else { throw CELError("timestamp overflow") }
    return .timestamp(time)
  }

  private static func integers<T: FixedWidthInteger>(_ name: String, _ x: T, _ y: T, _ problem: String) throws(CELError)
    -> T
  {
    let (result, overflow): (T, Bool)
    switch name {
    case "_+_": (result, overflow) = x.addingReportingOverflow(y)
    case "_-_": (result, overflow) = x.subtractingReportingOverflow(y)
    case "_*_": (result, overflow) = x.multipliedReportingOverflow(by: y)
    case "_/_":
      if y == 0 { throw CELError("division by zero") }
      (result, overflow) = x.dividedReportingOverflow(by: y)
    default:
      if y == 0 { throw CELError("modulus by zero") }
      (result, overflow) = x.remainderReportingOverflow(dividingBy: y)
    }
    if overflow { throw CELError(problem) }
    return result
  }

  static func negated(_ value: CELValue) throws(CELError) -> CELValue {
    switch value {
    case .int(let number):
      let (result, overflow) = Int64(0).subtractingReportingOverflow(number)
      if overflow { throw CELError("integer overflow") }
      return .int(result)
    case .double(let number): return .double(-number)
    default: throw .overload("-_", value)
    }
  }
}
