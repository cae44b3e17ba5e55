/// Builtins that `with` replaces somewhere.
enum MockedBuiltins {
  static func names(in body: [Expression]) -> Set<String> {
    var result: Set<String> = []
    visit(body, &result)
    return result
  }

  static func names(in rules: [CompiledRule]) -> Set<String> {
    var result: Set<String> = []
    for rule in rules {
      for link in rule.links {
        visit(link.body, &result)
        visit(link.value, &result)
      }
      if let element = rule.element { visit(element, &result) }
    }
    return result
  }

  private static func visit(_ body: [Expression], _ result: inout Set<String>) {
    for expression in body {
      for with in expression.withs {
        if case .ref(let path) = with.target.kind, let head = path[0].variableName, head != "data", head != "input" {
          result.insert(Parser.dotted(path))
        }
      }
      switch expression.kind {
      case .term(let term): visit(term, &result)
      case .unify(let left, let right), .assign(let left, let right):
        visit(left, &result)
        visit(right, &result)
      case .call(_, let arguments): for argument in arguments { visit(argument, &result) }
      case .every(_, _, let domain, let body):
        visit(domain, &result)
        visit(body, &result)
      case .some, .someIn: break
      }
    }
  }

  private static func visit(_ term: Term, _ result: inout Set<String>) {
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template: break
    case .ref(let terms), .array(let terms), .set(let terms), .call(_, let terms):
      for term in terms { visit(term, &result) }
    case .object(let pairs):
      for (key, value) in pairs {
        visit(key, &result)
        visit(value, &result)
      }
    case .arrayComprehension(let head, let body), .setComprehension(let head, let body):
      visit(head, &result)
      visit(body, &result)
    case .objectComprehension(let key, let value, let body):
      visit(key, &result)
      visit(value, &result)
      visit(body, &result)
    }
  }
}
