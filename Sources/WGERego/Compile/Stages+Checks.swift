extension Stages {
  // MARK: - Conflicts

  mutating func checkConflicts() {
    let packages = Set(policy.modules.map { $0.path.map { RegoValue.string($0) } })
    var pending: [RuleNode] = [policy.tree]
    while let node = pending.popLast() {
      pending += node.sortedChildren
      guard let first = node.rules.first.map({ policy.rules[$0] }) else { continue }
      let rules = node.rules.map { policy.rules[$0] }
      let name = RefText.path(node.path)
      let complete = rules.filter(\.isComplete)
      let functions = rules.filter { $0.arguments != nil }
      let partial = rules.filter { $0.element != nil && $0.groundCount == $0.ref.count }
      let kinds = [complete, functions, partial].filter { !$0.isEmpty }.count
      if kinds > 1 || Set(functions.map { $0.arguments?.count ?? 0 }).count > 1
        || (!complete.isEmpty || !functions.isEmpty || !partial.isEmpty)
          && rules.contains { $0.groundCount < $0.ref.count }
      {
        report(.type, "conflicting rules \(name) found", rules[1].location)
      }
      let defaults = rules.filter(\.isDefault)
      if defaults.count > 1 {
        let places = defaults.map(\.location.description).joined(separator: ", ")
        report(.type, "multiple default rules \(name) found at \(places)", defaults[1].location)
      }
      if packages.contains(node.path) {
        report(
          .type, "package \(RefText.path(node.path)) conflicts with rule \(name) defined at \(first.location)",
          first.location)
      }
      if !complete.isEmpty || !functions.isEmpty || !partial.isEmpty {
        let below = node.sortedChildren.flatMap(\.allRules).filter {
          policy.rules[$0].arguments == nil || functions.isEmpty
        }
        if !below.isEmpty, functions.isEmpty || below.contains(where: { policy.rules[$0].arguments == nil }) || true {
          let names = Set(below.map { policy.rules[$0].name }).sorted().joined(separator: " ")
          if !names.isEmpty { report(.type, "rule \(name) conflicts with [\(names)]", first.location) }
        }
      }
    }
  }

  // MARK: - Calls

  mutating func checkFunctions() {
    for rule in policy.rules {
      for link in rule.links { check(link.body) }
      for link in rule.links { checkClosures(link.value) }
      if let element = rule.element { checkClosures(element) }
      if rule.arguments != nil, rule.isDefault { continue }
    }
  }

  mutating func check(_ body: [Expression]) {
    for expression in body {
      switch expression.kind {
      case .call(let name, let arguments):
        checkCall(name, arguments.count, expression.location)
        for argument in arguments { checkClosures(argument) }
      case .term(let term): checkClosures(term)
      case .unify(let left, let right), .assign(let left, let right):
        checkClosures(left)
        checkClosures(right)
      case .every(_, _, let domain, let body):
        checkClosures(domain)
        check(body)
      case .some, .someIn: break
      }
      for with in expression.withs {
        checkClosures(with.value)
        checkTarget(with)
      }
    }
  }

  private mutating func checkClosures(_ term: Term) {
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template: break
    case .ref(let terms), .array(let terms), .set(let terms): for term in terms { checkClosures(term) }
    case .object(let pairs):
      for (key, value) in pairs {
        checkClosures(key)
        checkClosures(value)
      }
    case .call(let name, let arguments):
      checkCall(name, arguments.count, term.location)
      for argument in arguments { checkClosures(argument) }
    case .arrayComprehension(let head, let body), .setComprehension(let head, let body):
      checkClosures(head)
      check(body)
    case .objectComprehension(let key, let value, let body):
      checkClosures(key)
      checkClosures(value)
      check(body)
    }
  }

  private mutating func checkCall(_ name: [Term], _ count: Int, _ location: SourceLocation) {
    let text = Parser.dotted(name)
    guard let arity = policy.arity(name) else {
      report(.type, "undefined function \(text)", location)
      return
    }
    let builtin = name.first?.variableName == "data" ? nil : policy.builtins[text]
    if let builtin, builtin.isDeprecated,
      policy.options.strict || policy.modules.contains(where: { $0.file == location.file && $0.isV1 })
    {
      report(.type, "deprecated built-in function calls in expression: \(text)", location)
    }
    if builtin?.isVariadic == true { return }
    if count != arity, count != arity + 1 {
      report(.type, "function \(text) has arity \(arity), got \(count) argument\(count == 1 ? "" : "s")", location)
    }
  }

  /// What `with` may replace.
  private mutating func checkTarget(_ with: With) {
    guard case .ref(let path) = with.target.kind, let head = path[0].variableName else { return }
    if head == "input" { return }
    if head == "data" {
      var node = policy.tree
      for (index, operand) in path.dropFirst().enumerated() {
        guard let key = operand.constantValue else {
          report(.compile, "with keyword target must be a ground reference", with.location)
          return
        }
        guard let child = node.find([key]) else { return }
        node = child
        let isLast = index == path.count - 2
        if !isLast, !node.rules.isEmpty, node.rules.allSatisfy({ policy.rules[$0].arguments == nil }) {
          report(.compile, "with keyword cannot partially replace virtual document(s)", with.location)
          return
        }
      }
      return
    }
    let name = Parser.dotted(path)
    guard let builtin = policy.builtins[name], path.dropFirst().allSatisfy({ $0.stringValue != nil }) else {
      report(.type, "with keyword target must reference existing input, data, or a function", with.location)
      return
    }
    if builtin.isRelation {
      report(.compile, "with keyword replacing built-in function: target must not be a relation", with.location)
    }
    if name == "print" || name.hasPrefix("internal.") || name.hasPrefix("rego.metadata.")
      || ["eq", "assign"].contains(name)
    {
      report(.compile, "with keyword replacing built-in function: replacement of \(name) not permitted", with.location)
    }
  }

  // MARK: - Recursion

  mutating func checkRecursion() {
    let edges = policy.rules.indices.map { dependencies(of: $0) }
    var state = [UInt8](repeating: 0, count: edges.count)
    // Depth first with a stack of its own, since chains of rules may be long.
    for start in edges.indices where state[start] == 0 {
      var path: [(rule: Int, next: Int)] = [(start, 0)]
      state[start] = 1
      while let (rule, next) = path.last {
        if next == edges[rule].count {
          state[rule] = 2
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let target = edges[rule][next]
        if state[target] == 1 {
          let first = path.firstIndex { $0.rule == target } ?? 0
          let cycle = path[first...].map { policy.rules[$0.rule].name } + [policy.rules[target].name]
          report(
            .recursion, "rule \(policy.rules[target].name) is recursive: \(cycle.joined(separator: " -> "))",
            policy.rules[target].location)
          return
        }
        if state[target] == 0 {
          state[target] = 1
          path.append((target, 0))
        }
      }
    }
  }

  private func dependencies(of index: Int) -> [Int] {
    var collector = DependencyCollector(policy: policy)
    let rule = policy.rules[index]
    for operand in rule.ref { collector.visit(operand) }
    for argument in rule.arguments ?? [] { collector.visit(argument) }
    if let element = rule.element { collector.visit(element) }
    for link in rule.links {
      collector.visit(link.value)
      collector.visit(link.body)
    }
    return collector.rules.sorted()
  }
}

/// The rules that terms and bodies refer to.
struct DependencyCollector {
  let policy: CompiledPolicy
  private(set) var rules: Set<Int> = []

  init(policy: CompiledPolicy) { self.policy = policy }

  mutating func visit(_ body: [Expression]) {
    for expression in body {
      switch expression.kind {
      case .term(let term): visit(term)
      case .unify(let left, let right), .assign(let left, let right):
        visit(left)
        visit(right)
      case .call(let name, let arguments): call(name, arguments)
      case .every(_, _, let domain, let body):
        visit(domain)
        visit(body)
      case .some, .someIn: break
      }
      for with in expression.withs {
        visit(with.value)
        // A function that replaces another one is called.
        if case .ref(let path) = with.value.kind, path[0].variableName == "data" { reference(path, functions: true) }
      }
    }
  }

  private mutating func call(_ name: [Term], _ arguments: [Term]) {
    if name.first?.variableName == "data" { reference(name, functions: true) }
    for argument in arguments { visit(argument) }
  }

  mutating func visit(_ term: Term) {
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template: break
    case .ref(let path):
      if path[0].variableName == "data" { reference(path, functions: false) }
      for part in path { visit(part) }
    case .array(let terms), .set(let terms): for term in terms { visit(term) }
    case .object(let pairs):
      for (key, value) in pairs {
        visit(key)
        visit(value)
      }
    case .call(let name, let arguments): call(name, arguments)
    case .arrayComprehension(let head, let body), .setComprehension(let head, let body):
      visit(head)
      visit(body)
    case .objectComprehension(let key, let value, let body):
      visit(key)
      visit(value)
      visit(body)
    }
  }

  private mutating func reference(_ path: [Term], functions: Bool) {
    rules.formUnion(RuleSelection.matching(Array(path.dropFirst()), in: policy, functions: functions))
  }
}

/// Which rules a reference may touch: those whose path agrees with it in every place where both are constant.
enum RuleSelection {
  static func matching(_ operands: [Term], in policy: CompiledPolicy, functions: Bool) -> [Int] {
    var result: [Int] = []
    var node = policy.tree
    var index = 0
    let keys = operands.map(\.constantValue)
    while true {
      // Rules whose path goes on with variables.
      for rule in node.rules where agrees(policy.rules[rule], keys) {
        if (policy.rules[rule].arguments != nil) == functions || functions { result.append(rule) }
      }
      guard index < keys.count else {
        for child in node.sortedChildren { result += child.allRules.filter { policy.rules[$0].arguments == nil } }
        return result
      }
      guard let key = keys[index] else {
        for child in node.sortedChildren {
          result += child.allRules.filter { policy.rules[$0].arguments == nil && agrees(policy.rules[$0], keys) }
        }
        return result
      }
      guard let child = node.find([key]) else { return result }
      node = child
      index += 1
    }
  }

  static func agrees(_ rule: CompiledRule, _ keys: [RegoValue?]) -> Bool {
    for (term, key) in zip(rule.ref, keys) {
      if let key, let own = term.constantValue, !ValueOrder.equal(own, key) { return false }
    }
    return true
  }
}
