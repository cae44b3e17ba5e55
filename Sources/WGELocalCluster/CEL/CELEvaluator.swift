internal import WGECore

/// Why an expression has no value.
struct CELError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  static func overload(_ name: String, _ values: CELValue...) -> CELError { CELFunctions.overload(name, values) }
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
    let (rest, overflow) = left.subtractingReportingOverflow(max(1, cost))
    left = rest
    if overflow || left < 0 { throw CELError("operation cancelled: actual cost limit exceeded") }
  }

  mutating func evaluate(_ expression: CELExpression) throws(CELError) -> CELValue {
    try spend(1)
    switch expression.kind {
    case .literal(let value): return value
    case .name(let name): return variables[name] ?? .type(name)
    case .member(let target, let field, let optional):
      let value = try evaluate(target)
      if case .optional(let inner) = value {
        guard let inner, let member = inner.member(.string(CELNames.unescape(field))) else { return .optional(nil) }
        return .optional(member)
      }
      guard value.isObject else { throw CELError("no such overload: .\(field)") }
      let member = value.member(.string(CELNames.unescape(field))) ?? value.member(.string(field))
      if optional { return .optional(member) }
      guard let member else { throw CELError("no such key: \(field)") }
      return member
    case .has(let target, let field):
      var value = try evaluate(target)
      if case .optional(let inner) = value {
        guard let inner else { return .bool(false) }
        value = inner
      }
      guard value.isObject else { throw CELError("invalid type for field selection.") }
      return .bool(value.member(.string(CELNames.unescape(field))) != nil)
    case .index(let target, let index, let optional):
      let container = try evaluate(target)
      let key = try evaluate(index)
      if case .optional(let inner) = container {
        guard let inner else { return .optional(nil) }
        return .optional(try? element(inner, key))
      }
      return optional ? .optional(try? element(container, key)) : try element(container, key)
    case .list(let items):
      var values: [CELValue] = []
      for item in items { values.append(try evaluate(item)) }
      return .list(values)
    case .map(let entries):
      var values: [(key: CELValue, value: CELValue)] = []
      for entry in entries {
        let key = try evaluate(entry.key)
        if values.contains(where: { $0.key.equals(key) }) { throw CELError("Failed with repeated key") }
        values.append((key, try evaluate(entry.value)))
      }
      return .map(values)
    case .all(let terms): return try junction(terms, decides: false)
    case .any(let terms): return try junction(terms, decides: true)
    case .conditional(let condition, let yes, let no): return try evaluate(try boolean(condition) ? yes : no)
    case .call(let name, let arguments):
      var values: [CELValue] = []
      for argument in arguments { values.append(try evaluate(argument)) }
      if name == "_[_]", values.count == 2 { return try element(values[0], values[1]) }
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

  /// `&&` and `||` do not mind an error in one term when another decides.
  private mutating func junction(_ terms: [CELExpression], decides: Bool) throws(CELError) -> CELValue {
    var failure: CELError?
    for term in terms {
      switch attempt(term) {
      case .success(let value): if value == decides { return .bool(decides) }
      case .failure(let error): failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return .bool(!decides)
  }

  private mutating func attempt(_ expression: CELExpression) -> Result<Bool, CELError> {
    do { return .success(try boolean(expression)) } catch { return .failure(error) }
  }

  private func element(_ value: CELValue, _ index: CELValue) throws(CELError) -> CELValue {
    if case .list(let items) = value {
      let position: Int64
      switch index {
      case .int(let number): position = number
      case .uint(let number): position = Int64(clamping: number)
      case .double(let number):
        guard let exact = Int64(exactly: number) else { throw .overload("_[_]", value, index) }
        position = exact
      default: throw .overload("_[_]", value, index)
      }
      guard position >= 0, position < items.count else { throw CELError("index out of bounds: \(position)") }
      return items[Int(position)]
    }
    guard value.isObject else { throw .overload("_[_]", value, index) }
    guard let member = value.member(index) else { throw CELError("no such key: \(CELConversions.text(index) ?? "")") }
    return member
  }

  private mutating func evaluate(_ comprehension: CELComprehension) throws(CELError) -> CELValue {
    let range = try evaluate(comprehension.range)
    let outer = variables
    defer { variables = outer }
    if comprehension.kind == .optMap || comprehension.kind == .optFlatMap {
      guard case .optional(let inner) = range else { throw .overload(comprehension.kind.rawValue, range) }
      guard let inner else { return .optional(nil) }
      variables[comprehension.variable] = inner
      let result = try evaluate(comprehension.body)
      return comprehension.kind == .optMap ? .optional(result) : result
    }
    let items: [(key: CELValue, value: CELValue)]
    if case .list(let values) = range {
      items = values.enumerated().map { (.int(Int64($0.offset)), $0.element) }
    } else if let entries = range.entries {
      items = comprehension.second == nil ? entries.map { ($0.key, $0.key) } : entries
    } else {
      throw CELError("no such overload: expected a list or map, found \(range.typeName)")
    }
    return try fold(comprehension, items)
  }

  private mutating func fold(_ comprehension: CELComprehension, _ items: [(key: CELValue, value: CELValue)])
    throws(CELError) -> CELValue
  {
    var results: [CELValue] = []
    var entries: [(key: CELValue, value: CELValue)] = []
    var matches = 0
    var failure: CELError?
    for item in items {
      if let second = comprehension.second {
        variables[comprehension.variable] = item.key
        variables[second] = item.value
      } else {
        variables[comprehension.variable] = item.value
      }
      if let filter = comprehension.filter, !(try boolean(filter)) { continue }
      switch comprehension.kind {
      case .map, .transformList: results.append(try evaluate(comprehension.body))
      case .transformMap: entries.append((item.key, try evaluate(comprehension.body)))
      case .transformMapEntry:
        for entry in try evaluate(comprehension.body).entries ?? [] {
          if entries.contains(where: { $0.key.equals(entry.key) }) {
            throw CELError("insert failed: key already exists")
          }
          entries.append(entry)
        }
      case .filter: if try boolean(comprehension.body) { results.append(item.value) }
      case .existsOne: if try boolean(comprehension.body) { matches += 1 }
      case .all, .exists:
        // As with && and ||, one decisive item outweighs errors in others.
        switch attempt(comprehension.body) {
        case .success(let value): if value == (comprehension.kind == .exists) { return .bool(value) }
        case .failure(let error): failure = failure ?? error
        }
      case .optMap, .optFlatMap: break
      }
    }
    if let failure { throw failure }
    switch comprehension.kind {
    case .map, .filter, .transformList: return .list(results)
    case .transformMap, .transformMapEntry: return .map(entries)
    case .existsOne: return .bool(matches == 1)
    case .all: return .bool(true)
    default: return .bool(false)
    }
  }
}
