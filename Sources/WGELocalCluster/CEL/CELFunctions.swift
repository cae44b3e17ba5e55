internal import WGECore

/// The operators and functions of expressions: the standard ones, and those of Kubernetes' string,
/// list and regular expression libraries.
enum CELFunctions {
  /// Free functions by the numbers of their arguments.
  static let functions: [String: Set<Int>] = [
    "size": [1], "int": [1], "uint": [1], "double": [1], "string": [1], "bool": [1], "dyn": [1], "type": [1],
    "duration": [1], "timestamp": [1], "matches": [2], "isURL": [1],
  ]

  /// Methods by the numbers of their arguments, the receiver not counted.
  static let methods: [String: Set<Int>] = [
    "size": [0], "contains": [1], "startsWith": [1], "endsWith": [1], "matches": [1], "find": [1], "lowerAscii": [0],
    "upperAscii": [0], "trim": [0], "replace": [2, 3], "split": [1, 2], "join": [0, 1], "substring": [1, 2],
    "indexOf": [1],
    "lastIndexOf": [1], "charAt": [1], "isSorted": [0], "sum": [0], "min": [0], "max": [0], "getHours": [0],
    "getMinutes": [0], "getSeconds": [0], "getMilliseconds": [0],
  ]

  static let types: Set<String> = ["int", "uint", "double", "string", "bool", "list", "map", "null_type", "type"]
  static func typeName(_ name: String) -> String { name == "uint" ? "int" : name }

  // MARK: Operators

  static func binary(_ op: String, _ a: CELValue, _ b: CELValue, _ evaluator: inout CELEvaluator) throws(CELError)
    -> CELValue
  {
    switch op {
    case "==": return .bool(a.equals(b))
    case "!=": return .bool(!a.equals(b))
    case "in":
      if case .list(let items) = b {
        try evaluator.spend(items.count)
        return .bool(items.contains { $0.equals(a) })
      }
      guard b.isObject else { throw .overload("@in", a, b) }
      return .bool(b.member(a) != nil)
    case "<", "<=", ">", ">=":
      guard let order = a.compare(b) else { throw .overload("_\(op)_", a, b) }
      switch op {
      case "<": return .bool(order < 0)
      case "<=": return .bool(order <= 0)
      case ">": return .bool(order > 0)
      default: return .bool(order >= 0)
      }
    default: return try arithmetic(op, a, b, &evaluator)
    }
  }

  private static func arithmetic(_ op: String, _ a: CELValue, _ b: CELValue, _ evaluator: inout CELEvaluator)
    throws(CELError)
    -> CELValue
  {
    switch (a, b) {
    case (.int(let x), .int(let y)): return .int(try integers(op, x, y))
    case (.double, .double), (.int, .double), (.double, .int):
      guard let x = number(a), let y = number(b) else { throw .overload("_\(op)_", a, b) }
      switch op {
      case "+": return .double(x + y)
      case "-": return .double(x - y)
      case "*": return .double(x * y)
      case "/": return .double(x / y)
      default: throw .overload("_\(op)_", a, b)
      }
    case (.string(let x), .string(let y)) where op == "+":
      try evaluator.spend((x.utf8.count + y.utf8.count) / 10)
      return .string(x + y)
    case (.list(let x), .list(let y)) where op == "+":
      try evaluator.spend(x.count + y.count)
      return .list(x + y)
    case (.timestamp(let x), .duration(let y)) where op == "+" || op == "-":
      return .timestamp(x.advanced(by: op == "+" ? y : .zero - y))
    case (.duration(let x), .timestamp(let y)) where op == "+": return .timestamp(y.advanced(by: x))
    case (.timestamp(let x), .timestamp(let y)) where op == "-": return .duration(x.duration(since: y))
    case (.duration(let x), .duration(let y)) where op == "+": return .duration(x + y)
    case (.duration(let x), .duration(let y)) where op == "-": return .duration(x - y)
    default: throw .overload("_\(op)_", a, b)
    }
  }

  private static func integers(_ op: String, _ x: Int64, _ y: Int64) throws(CELError) -> Int64 {
    let (result, overflow): (Int64, Bool)
    switch op {
    case "+": (result, overflow) = x.addingReportingOverflow(y)
    case "-": (result, overflow) = x.subtractingReportingOverflow(y)
    case "*": (result, overflow) = x.multipliedReportingOverflow(by: y)
    case "/":
      if y == 0 { throw CELError("division by zero") }
      (result, overflow) = x.dividedReportingOverflow(by: y)
    default:
      if y == 0 { throw CELError("modulus by zero") }
      (result, overflow) = x.remainderReportingOverflow(dividingBy: y)
    }
    if overflow { throw CELError("integer overflow") }
    return result
  }

  private static func number(_ value: CELValue) -> Double? {
    switch value {
    case .int(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  // MARK: Functions

  static func call(_ name: String, _ values: [CELValue], _ evaluator: inout CELEvaluator) throws(CELError) -> CELValue {
    guard let first = values.first else { throw CELError("no such overload: \(name)()") }
    switch (name, first) {
    case ("size", .string(let text)): return .int(Int64(text.unicodeScalars.count))
    case ("size", .list(let items)): return .int(Int64(items.count))
    case ("size", _) where first.isObject: return .int(Int64(first.entries?.count ?? 0))
    case ("dyn", _): return first
    case ("type", _): return .type(first.typeName)
    case ("int", _), ("uint", _), ("double", _), ("string", _), ("bool", _), ("duration", _), ("timestamp", _):
      return try convert(name, first)
    case ("isURL", .string(let text)): return .bool(StringFormat.accepts(text, format: "uri"))
    case (_, .string(let text)): return try CELStrings.call(name, text, Array(values.dropFirst()), &evaluator)
    case (_, .list(let items)): return try lists(name, items, Array(values.dropFirst()), &evaluator)
    case (_, .duration(let duration)): return try parts(name, duration)
    default:
      throw CELError(
        "no such overload: \(first.typeName).\(name)(\(values.dropFirst().map(\.typeName).joined(separator: ", ")))")
    }
  }

  private static func convert(_ name: String, _ value: CELValue) throws(CELError) -> CELValue {
    switch (name, value) {
    case ("int", .int), ("uint", .int), ("double", .double), ("string", .string), ("bool", .bool),
      ("duration", .duration),
      ("timestamp", .timestamp):
      return value
    case ("int", .double(let number)), ("uint", .double(let number)):
      guard let exact = Int64(exactly: number.rounded(.towardZero)) else { throw CELError("integer overflow") }
      return .int(exact)
    case ("int", .string(let text)), ("uint", .string(let text)):
      guard let number = Int64(text) else { throw CELError("cannot convert \(FieldError.quote(text)) to int") }
      return .int(number)
    case ("int", .timestamp(let time)): return .int(time.seconds)
    case ("double", .int(let number)): return .double(Double(number))
    case ("double", .string(let text)):
      guard let number = Double(text) else { throw CELError("cannot convert \(FieldError.quote(text)) to double") }
      return .double(number)
    case ("bool", .string(let text)):
      switch text {
      case "true", "True", "TRUE", "t", "1": return .bool(true)
      case "false", "False", "FALSE", "f", "0": return .bool(false)
      default: throw CELError("cannot convert \(FieldError.quote(text)) to bool")
      }
    case ("string", _):
      guard let text = text(value) else { throw .overload("string", value) }
      return .string(text)
    case ("duration", .string(let text)):
      guard let duration = duration(text) else { throw CELError("invalid duration: \(FieldError.quote(text))") }
      return .duration(duration)
    case ("timestamp", .string(let text)):
      guard let time = try? Timestamp(parsing: text) else {
        throw CELError("invalid timestamp: \(FieldError.quote(text))")
      }
      return .timestamp(time)
    default: throw .overload(name, value)
    }
  }

  /// A scalar as text.
  static func text(_ value: CELValue) -> String? {
    switch value {
    case .bool(let flag): "\(flag)"
    case .int(let number): "\(number)"
    case .double(let number): JSONNumber(number).map { JSON.number($0).description }
    case .string(let text): text
    case .timestamp(let time): time.rfc3339
    case .duration(let duration): "\(duration.components.seconds)s"
    default: nil
    }
  }

  /// A duration as Go writes it: `1h30m`, `1.5s`.
  static func duration(_ text: String) -> Duration? {
    var rest = text[...]
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    if rest == "0" { return .zero }
    guard !rest.isEmpty, text.utf8.count <= 64 else { return nil }
    var nanoseconds = 0.0
    let units: [(String, Double)] = [
      ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    while !rest.isEmpty {
      let digits = rest.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard let number = Double(digits), let unit = units.first(where: { $0.0 == name })?.1 else { return nil }
      nanoseconds += number * unit
    }
    guard let exact = Int64(exactly: nanoseconds.rounded()) else { return nil }
    return .nanoseconds(isNegative ? 0 &- exact : exact)
  }

  private static func parts(_ name: String, _ duration: Duration) throws(CELError) -> CELValue {
    let (seconds, attoseconds) = duration.components
    switch name {
    case "getHours": return .int(seconds / 3600)
    case "getMinutes": return .int(seconds / 60)
    case "getSeconds": return .int(seconds)
    case "getMilliseconds": return .int(attoseconds / 1_000_000_000_000_000)
    default: throw CELError("no such overload: duration.\(name)")
    }
  }

  private static func lists(
    _ name: String, _ items: [CELValue], _ arguments: [CELValue], _ evaluator: inout CELEvaluator
  )
    throws(CELError) -> CELValue
  {
    try evaluator.spend(items.count)
    switch name {
    case "join":
      var separator = ""
      if case .string(let text)? = arguments.first { separator = text }
      var texts: [String] = []
      for item in items {
        guard case .string(let text) = item else { throw CELError("no such overload: list.join() of \(item.typeName)") }
        texts.append(text)
      }
      return .string(texts.joined(separator: separator))
    case "isSorted":
      for (a, b) in zip(items, items.dropFirst()) {
        guard let order = a.compare(b) else { throw .overload("isSorted", a, b) }
        if order > 0 { return .bool(false) }
      }
      return .bool(true)
    case "sum":
      var result = items.first ?? .int(0)
      for item in items.dropFirst() { result = try binary("+", result, item, &evaluator) }
      return result
    case "min", "max":
      guard var best = items.first else { throw CELError("\(name) called on empty list") }
      for item in items.dropFirst() {
        guard let order = item.compare(best) else { throw .overload(name, item, best) }
        if name == "min" ? order < 0 : order > 0 { best = item }
      }
      return best
    case "indexOf", "lastIndexOf":
      guard let wanted = arguments.first else { throw CELError("no such overload: list.\(name)()") }
      let index = name == "indexOf" ? items.firstIndex { $0.equals(wanted) } : items.lastIndex { $0.equals(wanted) }
      return .int(Int64(index ?? -1))
    default: throw CELError("no such overload: list.\(name)")
    }
  }
}
