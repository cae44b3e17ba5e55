/// Kinds of operands, found in the text alone.
///
/// A part of what OPA's type checker does: literals, comprehensions and the results of builtins have known kinds, and
/// variables have those of what they are bound to; everything that comes from documents or rules may be anything. A call
/// or unification that can never hold for its kinds is an error before anything runs.
extension Stages {
  mutating func checkTypes() {
    for rule in policy.rules {
      for link in rule.links {
        var kinds = KindChecker(policy: policy)
        kinds.check(link.body)
        // What bodies tell about variables does not reach the closures of heads, as in the reference.
        var head = KindChecker(policy: policy)
        head.visit(link.value)
        if let element = rule.element { head.visit(element) }
        for entry in kinds.problems + head.problems { report(.type, entry.message, entry.location) }
      }
    }
  }
}

/// Walks bodies in their safe order.
struct KindChecker {
  let policy: CompiledPolicy
  private var known: [String: ValueKinds] = [:]
  private(set) var problems: [(message: String, location: SourceLocation)] = []

  init(policy: CompiledPolicy) { self.policy = policy }

  mutating func check(_ body: [Expression]) {
    for expression in body {
      for with in expression.withs { visit(with.value) }
      switch expression.kind {
      case .term(let term): visit(term)
      case .unify(let left, let right), .assign(let left, let right):
        visit(left)
        visit(right)
        unify(left, right, expression)
      case .call(let name, let arguments):
        for argument in arguments { visit(argument) }
        call(name, arguments, expression)
      case .every(_, _, let domain, _):
        // The reference does not look into the bodies of `every`.
        visit(domain)
      case .some, .someIn: break
      }
    }
  }

  /// Closures see what is known outside of them; what they learn stays inside.
  private mutating func inside(_ body: (inout KindChecker) -> Void) {
    let outer = known
    body(&self)
    known = outer
  }

  /// Closures inside of a term.
  mutating func visit(_ term: Term) {
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template: break
    case .ref(let terms), .array(let terms), .set(let terms), .call(_, let terms): for term in terms { visit(term) }
    case .object(let pairs):
      for (key, value) in pairs {
        visit(key)
        visit(value)
      }
    case .arrayComprehension(let head, let body), .setComprehension(let head, let body):
      inside { checker in
        checker.check(body)
        checker.visit(head)
      }
    case .objectComprehension(let key, let value, let body):
      inside { checker in
        checker.check(body)
        checker.visit(key)
        checker.visit(value)
      }
    }
  }

  private func kinds(of term: Term) -> ValueKinds {
    switch term.kind {
    case .null: .null
    case .bool: .boolean
    case .number: .number
    case .string, .template: .string
    case .array, .arrayComprehension: .array
    case .object, .objectComprehension: .object
    case .set, .setComprehension: .set
    case .variable(let name): known[name] ?? .any
    case .ref, .call: .any
    }
  }

  private mutating func learn(_ term: Term, _ kinds: ValueKinds, _ expression: Expression) {
    guard !expression.isNegated, let name = term.variableName else { return }
    known[name] = (known[name] ?? .any).intersection(kinds)
  }

  private mutating func unify(_ left: Term, _ right: Term, _ expression: Expression) {
    let (a, b) = (kinds(of: left), kinds(of: right))
    if a.isDisjoint(with: b) {
      problems.append(("match error\n\tleft  : \(a.text)\n\tright : \(b.text)", expression.location))
      return
    }
    learn(left, b, expression)
    learn(right, a, expression)
  }

  private mutating func call(_ name: [Term], _ arguments: [Term], _ expression: Expression) {
    let text = Parser.dotted(name)
    guard name.first?.variableName != "data", let builtin = policy.builtins[text], !builtin.needsHost,
      let signature = BuiltinSignature.all[text]
    else { return }
    let wanted = signature.operands + [signature.result]
    let have = arguments.map { kinds(of: $0) }
    if zip(have, wanted).contains(where: { $0.isDisjoint(with: $1) }) {
      let shown = have.map(\.text) + (have.count < wanted.count ? ["???"] : [])
      problems.append(
        (
          "\(text): invalid argument(s)\n\thave: (\(shown.joined(separator: ", ")))\n\twant: "
            + "(\(wanted.map(\.text).joined(separator: ", ")))", expression.location
        ))
      return
    }
    if arguments.count == wanted.count, let output = arguments.last { learn(output, signature.result, expression) }
  }
}
