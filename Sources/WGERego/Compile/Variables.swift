/// The variables of terms and expressions, with the choices of what to leave out that the safety check needs.
struct VariableCollector {
  var skipClosures = false
  var skipRefHeads = false
  var skipObjectKeys = false
  var skipSets = false
  private(set) var names: Set<String> = []

  init(skipClosures: Bool = false, skipRefHeads: Bool = false, skipObjectKeys: Bool = false, skipSets: Bool = false) {
    self.skipClosures = skipClosures
    self.skipRefHeads = skipRefHeads
    self.skipObjectKeys = skipObjectKeys
    self.skipSets = skipSets
  }

  mutating func visit(_ term: Term) {
    switch term.kind {
    case .null, .bool, .number, .string, .template: break
    case .variable(let name): names.insert(name)
    case .ref(let path):
      if !skipRefHeads || path[0].variableName == nil { visitHead(path[0]) }
      for operand in path.dropFirst() { visit(operand) }
    case .array(let elements): for element in elements { visit(element) }
    case .set(let elements): if !skipSets { for element in elements { visit(element) } }
    case .object(let pairs):
      for (key, value) in pairs {
        if !skipObjectKeys { visit(key) }
        visit(value)
      }
    case .call(_, let arguments): for argument in arguments { visit(argument) }
    case .arrayComprehension(let head, let body), .setComprehension(let head, let body):
      if !skipClosures {
        visit(head)
        visit(body)
      }
    case .objectComprehension(let key, let value, let body):
      if !skipClosures {
        visit(key)
        visit(value)
        visit(body)
      }
    }
  }

  private mutating func visitHead(_ head: Term) {
    if let name = head.variableName {
      if name != "data", name != "input" { names.insert(name) }
    } else {
      visit(head)
    }
  }

  mutating func visit(_ body: [Expression]) { for expression in body { visit(expression) } }

  mutating func visit(_ expression: Expression) {
    switch expression.kind {
    case .term(let term): visit(term)
    case .unify(let left, let right), .assign(let left, let right):
      visit(left)
      visit(right)
    case .call(_, let arguments): for argument in arguments { visit(argument) }
    case .some(let terms): for term in terms { visit(term) }
    case .someIn(let key, let value, let domain):
      if let key { visit(key) }
      visit(value)
      visit(domain)
    case .every(let key, let value, let domain, let body):
      visit(domain)
      if !skipClosures {
        if let key { visit(key) }
        visit(value)
        visit(body)
      }
    }
    for with in expression.withs { visit(with.value) }
  }

  static func outer(_ expression: Expression) -> Set<String> {
    var collector = VariableCollector(skipClosures: true)
    collector.visit(expression)
    return collector.names
  }

  static func outer(_ body: [Expression]) -> Set<String> {
    var collector = VariableCollector(skipClosures: true)
    collector.visit(body)
    return collector.names
  }

  /// Variables inside the closures of an expression.
  static func closures(_ expression: Expression) -> Set<String> {
    var collector = ClosureCollector()
    collector.visit(expression)
    return collector.names
  }
}

/// The variables of all closures (comprehensions, bodies of `every`) of an expression.
private struct ClosureCollector {
  var names: Set<String> = []

  mutating func visit(_ expression: Expression) {
    switch expression.kind {
    case .term(let term): visit(term)
    case .unify(let left, let right), .assign(let left, let right):
      visit(left)
      visit(right)
    case .call(_, let arguments): for argument in arguments { visit(argument) }
    case .some: break
    case .someIn(_, let value, let domain):
      visit(value)
      visit(domain)
    case .every(let key, let value, let domain, let body):
      visit(domain)
      var all = VariableCollector()
      if let key { all.visit(key) }
      all.visit(value)
      all.visit(body)
      names.formUnion(all.names)
    }
    for with in expression.withs { visit(with.value) }
  }

  mutating func visit(_ term: Term) {
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template: break
    case .ref(let terms), .array(let terms), .set(let terms): for term in terms { visit(term) }
    case .object(let pairs):
      for (key, value) in pairs {
        visit(key)
        visit(value)
      }
    case .call(_, let arguments): for argument in arguments { visit(argument) }
    case .arrayComprehension, .setComprehension, .objectComprehension:
      var all = VariableCollector()
      all.visit(term)
      names.formUnion(all.names)
    }
  }
}
