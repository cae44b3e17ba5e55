internal import WGECore

/// How large a value may be: characters of a string, items of a list, entries of a map.
struct CELSize: Sendable, Hashable {
  var min: UInt64
  var max: UInt64

  static let unknown = CELSize(min: 0, max: .max)
  static func fixed(_ size: UInt64) -> CELSize { CELSize(min: size, max: size) }

  func union(_ other: CELSize) -> CELSize { CELSize(min: Swift.min(min, other.min), max: Swift.max(max, other.max)) }
  func adding(_ other: CELSize) -> CELSize {
    CELSize(min: CELCost.sum(min, other.min), max: CELCost.sum(max, other.max))
  }
  func multiplied(by other: CELSize) -> CELSize {
    CELSize(min: CELCost.product(min, other.min), max: CELCost.product(max, other.max))
  }
}

/// Arithmetic that stays at the largest number instead of overflowing.
enum CELCost {
  static func sum(_ parts: UInt64...) -> UInt64 {
    parts.reduce(0) { total, part in
      let (result, overflow) = total.addingReportingOverflow(part)
      return overflow ? .max : result
    }
  }

  static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (result, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max : result
  }

  /// The number times a factor, rounded up.
  static func scaled(_ number: UInt64, _ factor: Double) -> UInt64 {
    UInt64(exactly: (Double(number) * factor).rounded(.up)) ?? .max
  }
}

/// The most that evaluating an expression may cost, told from its parts and the sizes that the schema
/// allows, before there is any value.
///
/// Idea: every step costs one, reading a string a tenth of its length, a comprehension its step times
/// the most items of its range. The size of a value is known where the path from `self` to it leads
/// through the schema, from a literal, or from what made it. A definition whose rules could cost too
/// much is refused, so the numbers must be those of a real server. Source: cel-go, checker/cost;
/// k8s.io/apiserver, cel/library/cost.
struct CELCostEstimator {
  private struct Local {
    var path: [String]
    var size: CELSize?
    var entries: Entries?
  }

  /// The sizes of what a list or map holds, where an expression has made it.
  struct Entries: Hashable {
    var isList: Bool
    var key: CELSize
    var value: CELSize

    func union(_ other: Entries) -> Entries {
      Entries(isList: isList, key: key.union(other.key), value: value.union(other.value))
    }
  }

  private let root: CELDeclaredSize
  private let types: [ObjectIdentifier: CELType]
  private var paths: [ObjectIdentifier: [String]] = [:]
  private var sizes: [ObjectIdentifier: CELSize] = [:]
  private var entrySizes: [ObjectIdentifier: Entries] = [:]
  private var locals: [String: [Local]] = [:]

  /// - Parameters:
  ///   - types: of the parts, as the checker found them.
  ///   - root: the sizes of `self`.
  static func estimate(
    _ expression: CELExpression, types: [ObjectIdentifier: CELType], root: CELDeclaredSize
  ) -> UInt64 {
    var estimator = CELCostEstimator(root: root, types: types)
    return estimator.cost(expression)
  }

  private init(root: CELDeclaredSize, types: [ObjectIdentifier: CELType]) {
    self.root = root
    self.types = types
  }

  // MARK: What is known of a part

  func type(_ expression: CELExpression) -> CELType { types[ObjectIdentifier(expression)] ?? .dyn }

  private func path(_ expression: CELExpression) -> [String] {
    if case .name(let name) = expression.kind, let local = locals[name]?.last { return local.path }
    return paths[ObjectIdentifier(expression)] ?? []
  }

  /// The size that the schema gives to what a path leads to.
  private func declared(_ path: [String]) -> CELSize? {
    if path.isEmpty { return nil }
    var current = root
    for step in path.dropFirst() {
      guard let next = current.step(step) else { return nil }
      current = next
    }
    return CELSize(min: 0, max: current.maximumElements)
  }

  mutating func size(_ expression: CELExpression) -> CELSize? {
    let id = ObjectIdentifier(expression)
    if let known = sizes[id] { return known }
    switch expression.kind {
    case .literal(.string(let text)): return .fixed(UInt64(text.unicodeScalars.count))
    case .literal(.bytes(let bytes)): return .fixed(UInt64(bytes.count))
    case .literal: return .fixed(1)
    case .list(let items): return .fixed(UInt64(items.count))
    case .map(let entries): return .fixed(UInt64(entries.count))
    default: break
    }
    if let size = declared(path(expression)) {
      sizes[id] = size
      return size
    }
    if type(expression).isScalar { return .fixed(1) }
    if case .name(let name) = expression.kind { return locals[name]?.last?.size }
    return nil
  }

  mutating func sizeOrUnknown(_ expression: CELExpression) -> CELSize { size(expression) ?? .unknown }

  /// The size of the items of a list, or nil for what has none.
  mutating func itemSize(_ list: CELExpression) -> (type: CELType, size: CELSize)? {
    let item: CELType
    switch type(list) {
    case .list(let element): item = element
    case .map(let key, _): item = key
    case .optional(let value): item = value
    default: return nil
    }
    let path = path(list)
    return (item, declared(path.isEmpty ? [] : path + ["@items"]) ?? .unknown)
  }

  private func entries(_ expression: CELExpression) -> Entries? {
    if let known = entrySizes[ObjectIdentifier(expression)] { return known }
    if case .name(let name) = expression.kind { return locals[name]?.last?.entries }
    return nil
  }

  // MARK: Costs

  private mutating func total(_ expressions: [CELExpression]) -> UInt64 {
    expressions.reduce(0) { CELCost.sum($0, cost($1)) }
  }

  mutating func cost(_ expression: CELExpression) -> UInt64 {
    let id = ObjectIdentifier(expression)
    switch expression.kind {
    case .literal: return 0
    case .name(let name):
      paths[id] = locals[name]?.last?.path ?? [name]
      return 1
    case .member(let target, let field, let optional):
      let inner = cost(target)
      if optional { return CELCost.sum(inner, 1) }
      paths[id] = path(target) + [field]
      switch type(target) {
      case .map, .object, .variable: return CELCost.sum(inner, 1)
      default: return inner
      }
    case .has(let target, _): return cost(target)
    case .index(let target, let index, let optional):
      let inner = CELCost.sum(cost(target), cost(index), 1)
      if optional { return inner }
      let isList = if case .list = type(target) { true } else { false }
      let size = entries(target)?.value
      paths[id] = path(target) + [isList ? "@items" : "@values"]
      if let size = size ?? self.size(expression) { sizes[id] = size }
      return inner
    case .all(let terms), .any(let terms): return total(terms)
    case .conditional(let condition, let yes, let no):
      let first = cost(condition)
      let result = CELCost.sum(first, max(cost(yes), cost(no)))
      sizes[id] = sizeOrUnknown(yes).union(sizeOrUnknown(no))
      if let a = entries(yes), let b = entries(no) { entrySizes[id] = a.union(b) }
      return result
    case .list(let items):
      var item = CELSize(min: items.isEmpty ? 0 : .max, max: 0)
      var result: UInt64 = 10
      for element in items {
        result = CELCost.sum(result, cost(element))
        item = item.union(sizeOrUnknown(element))
      }
      entrySizes[id] = Entries(isList: true, key: .fixed(1), value: item)
      return result
    case .map(let members):
      var key = CELSize(min: members.isEmpty ? 0 : .max, max: 0)
      var value = key
      var result: UInt64 = 30
      for member in members {
        result = CELCost.sum(result, cost(member.key), cost(member.value))
        key = key.union(sizeOrUnknown(member.key))
        value = value.union(sizeOrUnknown(member.value))
      }
      entrySizes[id] = Entries(isList: false, key: key, value: value)
      return result
    case .call("dyn", let arguments) where arguments.count == 1:
      let inner = cost(arguments[0])
      if let size = size(arguments[0]) { sizes[id] = size }
      entrySizes[id] = entries(arguments[0])
      return CELCost.sum(inner, 1)
    case .call(let name, let arguments): return call(expression, name, nil, arguments)
    case .method(let target, let name, let arguments): return call(expression, name, target, arguments)
    case .comprehension(let comprehension): return cost(comprehension, id)
    }
  }

  private mutating func call(
    _ expression: CELExpression, _ name: String, _ target: CELExpression?, _ arguments: [CELExpression]
  ) -> UInt64 {
    let inner = CELCost.sum(total(arguments), target.map { cost($0) } ?? 0)
    let estimate = function(name, target, arguments)
    if name == "_+_", arguments.count == 2, let a = entries(arguments[0]), let b = entries(arguments[1]) {
      entrySizes[ObjectIdentifier(expression)] = a.union(b)
    }
    if let size = estimate.size ?? size(expression) { sizes[ObjectIdentifier(expression)] = size }
    return CELCost.sum(inner, estimate.cost)
  }

  // MARK: Comprehensions

  private mutating func with<T>(_ bindings: [(String, Local)], _ body: (inout CELCostEstimator) -> T) -> T {
    for (name, local) in bindings { locals[name, default: []].append(local) }
    defer { for (name, _) in bindings { _ = locals[name]?.popLast() } }
    return body(&self)
  }

  private mutating func cost(_ comprehension: CELComprehension, _ id: ObjectIdentifier) -> UInt64 {
    let range = comprehension.range
    let rangeCost = cost(range)
    if comprehension.kind == .optMap || comprehension.kind == .optFlatMap {
      // The target is asked whether it has a value, and for it, bound to the variable.
      var value: CELType = .dyn
      if case .optional(let inner) = type(range) { value = inner }
      let local = Local(path: [], size: value.isScalar ? .fixed(1) : nil)
      let body = with([(comprehension.variable, local)]) { $0.cost(comprehension.body) }
      let bound = CELCost.sum(10, rangeCost, 1, body)
      let made = comprehension.kind == .optMap ? CELCost.sum(bound, 1) : bound
      return CELCost.sum(rangeCost, 1, max(made, 1))
    }
    let known = entries(range)
    let isList = known?.isList ?? { if case .list = type(range) { true } else { false } }()
    let steps = path(range)
    let key = Local(path: steps + [isList ? "@indices" : "@keys"], size: known?.key)
    let value = Local(path: steps + [isList ? "@items" : "@values"], size: known?.value)
    let bindings: [(String, Local)] =
      if let second = comprehension.second { [(comprehension.variable, key), (second, value)] } else {
        [(comprehension.variable, isList ? value : key)]
      }
    let count = sizeOrUnknown(range)
    let (step, item) = with(bindings) { estimator -> (UInt64, CELSize) in
      let filter = comprehension.filter.map { estimator.cost($0) } ?? 0
      let body = estimator.cost(comprehension.body)
      let item = estimator.sizeOrUnknown(comprehension.body)
      switch comprehension.kind {
      case .all: return (CELCost.sum(body, 3), item)
      case .exists: return (CELCost.sum(body, 4), item)
      case .existsOne: return (CELCost.sum(body, 2), item)
      case .map, .transformList: return (CELCost.sum(filter, body, 12), item)
      case .transformMap: return (CELCost.sum(filter, body, 3), item)
      case .transformMapEntry: return (CELCost.sum(filter, body, 2), item)
      default:
        let (_, local) = bindings[0]
        return (CELCost.sum(body, 13), estimator.declared(local.path) ?? local.size ?? .unknown)
      }
    }
    let (start, end): (UInt64, UInt64) =
      switch comprehension.kind {
      case .all, .exists: (0, 1)
      case .existsOne: (0, 2)
      case .transformMap, .transformMapEntry: (30, 1)
      default: (10, 1)
      }
    switch comprehension.kind {
    case .all, .exists, .existsOne: sizes[id] = .fixed(1)
    case .map, .transformList, .filter:
      sizes[id] = count
      entrySizes[id] = Entries(isList: true, key: .fixed(1), value: CELSize(min: 0, max: item.max))
    default: sizes[id] = count
    }
    return CELCost.sum(rangeCost, start, end, CELCost.product(count.max, step))
  }
}

extension CELType {
  /// Values of the type have no size to speak of.
  var isScalar: Bool {
    switch self {
    case .bool, .double, .duration, .int, .timestamp, .uint: true
    case .optional(let value): value.isScalar
    default: false
    }
  }
}
