internal import WGECore

/// Why an expression has no value.
struct CELError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  static func overload(_ name: String, _ values: CELValue...) -> CELError {
    CELError("no such overload: \(name)(\(values.map(\.typeName).joined(separator: ", ")))")
  }
}

/// Computes the value of an expression.
///
/// Every step costs; an expression that costs too much is an error, so that a rule over a large
/// object cannot stop the server.
struct CELEvaluator {
  /// Steps that one evaluation may take.
  static let budget = 1_000_000

  private var variables: [String: CELValue]
  private var left = CELEvaluator.budget

  init(variables: [String: CELValue]) { self.variables = variables }

  mutating func spend(_ cost: Int) throws(CELError) {
    left -= max(1, cost)
    if left < 0 { throw CELError("operation cancelled: actual cost limit exceeded") }
  }

  mutating func evaluate(_ expression: CELExpression) throws(CELError) -> CELValue {
    try spend(1)
    switch expression {
    case .literal(let value): return value
    case .name(let name):
      if let value = variables[name] { return value }
      if CELFunctions.types.contains(name) { return .type(CELFunctions.typeName(name)) }
      throw CELError("undeclared reference to '\(name)'")
    case .member(let target, let field):
      let value = try evaluate(target)
      guard value.entries != nil || value.isObject else { throw CELError("no such overload: .\(field)") }
      guard let member = value.member(.string(field)) else { throw CELError("no such key: \(field)") }
      return member
    case .has(let target, let field):
      let value = try evaluate(target)
      guard value.isObject else { throw CELError("invalid type for field selection.") }
      return .bool(value.member(.string(field)) != nil)
    case .index(let target, let index): return try element(try evaluate(target), try evaluate(index))
    case .list(let items):
      var values: [CELValue] = []
      for item in items { values.append(try evaluate(item)) }
      return .list(values)
    case .map(let entries):
      var values: [(key: CELValue, value: CELValue)] = []
      for entry in entries { values.append((try evaluate(entry.key), try evaluate(entry.value))) }
      return .map(values)
    case .not(let inner): return .bool(!(try boolean(inner)))
    case .negate(let inner):
      switch try evaluate(inner) {
      case .int(let value):
        let (result, overflow) = Int64(0).subtractingReportingOverflow(value)
        if overflow { throw CELError("integer overflow") }
        return .int(result)
      case .double(let value): return .double(-value)
      case let other: throw .overload("-_", other)
      }
    case .and(let a, let b): return try junction(a, b, decides: false)
    case .or(let a, let b): return try junction(a, b, decides: true)
    case .conditional(let condition, let yes, let no): return try evaluate(try boolean(condition) ? yes : no)
    case .binary(let op, let a, let b): return try CELFunctions.binary(op, try evaluate(a), try evaluate(b), &self)
    case .call(let name, let arguments):
      var values: [CELValue] = []
      for argument in arguments { values.append(try evaluate(argument)) }
      return try CELFunctions.call(name, values, &self)
    case .method(let target, let name, let arguments):
      var values: [CELValue] = [try evaluate(target)]
      for argument in arguments { values.append(try evaluate(argument)) }
      return try CELFunctions.call(name, values, &self)
    case .comprehension(let comprehension): return try evaluate(comprehension)
    }
  }

  mutating func boolean(_ expression: CELExpression) throws(CELError) -> Bool {
    let value = try evaluate(expression)
    guard case .bool(let result) = value else {
      throw CELError("no such overload: expected bool, found \(value.typeName)")
    }
    return result
  }

  /// `&&` and `||` do not mind an error on one side when the other decides.
  private mutating func junction(_ a: CELExpression, _ b: CELExpression, decides: Bool) throws(CELError) -> CELValue {
    let first: Result<Bool, CELError> = attempt(a)
    if case .success(decides) = first { return .bool(decides) }
    let second = try boolean(b)
    if second == decides { return .bool(decides) }
    return .bool(try first.get())
  }

  private mutating func attempt(_ expression: CELExpression) -> Result<Bool, CELError> {
    do { return .success(try boolean(expression)) } catch { return .failure(error) }
  }

  private func element(_ value: CELValue, _ index: CELValue) throws(CELError) -> CELValue {
    if case .list(let items) = value {
      guard case .int(let position) = index else { throw .overload("_[_]", value, index) }
      guard position >= 0, position < items.count else { throw CELError("index out of bounds: \(position)") }
      return items[Int(position)]
    }
    guard value.isObject else { throw .overload("_[_]", value, index) }
    guard let member = value.member(index) else { throw CELError("no such key: \(CELFunctions.text(index) ?? "")") }
    return member
  }

  private mutating func evaluate(_ comprehension: CELComprehension) throws(CELError) -> CELValue {
    let range = try evaluate(comprehension.range)
    let items: [CELValue]
    if case .list(let values) = range {
      items = values
    } else if let entries = range.entries {
      items = entries.map(\.key)
    } else {
      throw CELError("no such overload: expected a list or map, found \(range.typeName)")
    }
    let shadowed = variables[comprehension.variable]
    defer { variables[comprehension.variable] = shadowed }
    var results: [CELValue] = []
    var matches = 0
    var failure: CELError?
    for item in items {
      variables[comprehension.variable] = item
      switch comprehension.kind {
      case .map:
        if let filter = comprehension.filter, !(try boolean(filter)) { continue }
        results.append(try evaluate(comprehension.body))
      case .filter: if try boolean(comprehension.body) { results.append(item) }
      case .existsOne: if try boolean(comprehension.body) { matches += 1 }
      case .all, .exists:
        // As with && and ||, one decisive item outweighs errors in others.
        switch attempt(comprehension.body) {
        case .success(let value): if value == (comprehension.kind == .exists) { return .bool(value) }
        case .failure(let error): failure = failure ?? error
        }
      }
    }
    if let failure { throw failure }
    switch comprehension.kind {
    case .map, .filter: return .list(results)
    case .existsOne: return .bool(matches == 1)
    case .all: return .bool(true)
    case .exists: return .bool(false)
    }
  }
}

extension CELValue {
  var isObject: Bool {
    switch self {
    case .object, .map: true
    default: false
    }
  }
}
