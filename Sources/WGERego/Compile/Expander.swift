/// Flattens bodies.
///
/// Two passes with one purpose: what an expression computes becomes a sequence of small steps, each of which either
/// calls, looks up or unifies. ``calls(_:)`` gives every nested call a variable and a step of its own in front of the
/// expression; it runs before the safety check, which may reorder the steps. ``operands(_:)`` then lifts references
/// and comprehensions out of the operands of calls and out of composite terms. Where the expression is negated the
/// lifted steps stand outside of the negation: that a missing operand makes the whole body undefined, not the negation
/// true, is what the language defines.
struct Expander {
  private var counter: Int

  init(counter: Int) { self.counter = counter }

  var nextCounter: Int { counter }

  private mutating func fresh(_ location: SourceLocation) -> Term {
    counter += 1
    return .variable("$g\(counter)", location)
  }

  /// The next number for a generated name.
  mutating func take() -> Int {
    counter += 1
    return counter
  }

  /// The term of a head: closures are flattened in place, references stay.
  mutating func head(_ term: Term, _ before: inout [Expression]) -> Term { top(term, &before) }

  // MARK: - Nested calls

  mutating func calls(_ body: [Expression]) -> [Expression] {
    var result: [Expression] = []
    for expression in body {
      var copy = expression
      var before: [Expression] = []
      var modifiers: [Expression] = []
      copy.withs = expression.withs.map {
        With(target: $0.target, value: flat($0.value, &modifiers), location: $0.location)
      }
      switch expression.kind {
      case .term(let term): copy.kind = .term(flat(term, &before))
      case .unify(let left, let right): copy.kind = unify(left, right, &before)
      case .assign(let left, let right): copy.kind = unify(left, right, &before)
      case .call(let name, let arguments): copy.kind = .call(name, arguments.map { flat($0, &before) })
      case .every(let key, let value, let domain, let body):
        copy.kind = .every(key: key, value: value, domain: flat(domain, &before), body: calls(body))
      case .some, .someIn: break
      }
      for index in before.indices { before[index].withs = copy.withs }
      result += modifiers
      result += before
      result.append(copy)
    }
    return result
  }

  /// `x = f(y)` is one step, not two.
  private mutating func unify(_ left: Term, _ right: Term, _ before: inout [Expression]) -> Expression.Kind {
    let a = flat(left, &before)
    if case .call(let name, let arguments) = right.kind, before.isEmpty {
      let inputs = arguments.map { flat($0, &before) }
      return .call(name, inputs + [a])
    }
    return .unify(a, flat(right, &before))
  }

  mutating func flat(_ term: Term, _ before: inout [Expression]) -> Term {
    var result = term
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template: break
    case .call(let name, let arguments):
      let inputs = arguments.map { flat($0, &before) }
      let output = fresh(term.location)
      var step = Expression(.call(name, inputs + [output]), term.location)
      step.isGenerated = true
      before.append(step)
      return output
    case .ref(let path):
      var flatPath = path.map { flat($0, &before) }
      switch flatPath[0].kind {
      case .variable, .ref: break
      default:
        let output = fresh(term.location)
        var step = Expression(.unify(output, flatPath[0]), term.location)
        step.isGenerated = true
        before.append(step)
        flatPath[0] = output
      }
      result.kind = .ref(flatPath)
    case .array(let elements): result.kind = .array(elements.map { flat($0, &before) })
    case .set(let elements): result.kind = .set(elements.map { flat($0, &before) })
    case .object(let pairs): result.kind = .object(pairs.map { (flat($0.0, &before), flat($0.1, &before)) })
    case .arrayComprehension(let head, let body):
      var steps: [Expression] = []
      let head = flat(head, &steps)
      result.kind = .arrayComprehension(head, calls(body) + steps)
    case .setComprehension(let head, let body):
      var steps: [Expression] = []
      let head = flat(head, &steps)
      result.kind = .setComprehension(head, calls(body) + steps)
    case .objectComprehension(let key, let value, let body):
      var steps: [Expression] = []
      let key = flat(key, &steps)
      let value = flat(value, &steps)
      result.kind = .objectComprehension(key, value, calls(body) + steps)
    }
    return result
  }

  // MARK: - Operands

  mutating func operands(_ body: [Expression]) -> [Expression] {
    var result: [Expression] = []
    for expression in body {
      var copy = expression
      var before: [Expression] = []
      switch expression.kind {
      case .term(let term): copy.kind = .term(top(term, &before))
      case .unify(let left, let right), .assign(let left, let right):
        copy.kind = .unify(top(left, &before), top(right, &before))
      case .call(let name, let arguments):
        if arguments.count == 2, name.count == 1, name[0].variableName == "equal" {
          // As for `=`: what a side refers to is looked up inside a negation.
          copy.kind = .unify(top(arguments[0], &before), top(arguments[1], &before))
        } else {
          copy.kind = .call(name, arguments.map { lifted($0, &before) })
        }
      case .every(let key, let value, let domain, let body):
        copy.kind = .every(key: key, value: value, domain: lifted(domain, &before), body: operands(body))
      case .some, .someIn: break
      }
      for index in before.indices { before[index].withs = copy.withs }
      result += before
      result.append(copy)
    }
    return result
  }

  /// A term that may stay a reference or a comprehension itself.
  private mutating func top(_ term: Term, _ before: inout [Expression]) -> Term {
    var result = term
    switch term.kind {
    case .ref(let path): result.kind = .ref([path[0]] + path.dropFirst().map { lifted($0, &before) })
    case .arrayComprehension, .setComprehension, .objectComprehension: result = closure(term)
    default: return lifted(term, &before)
    }
    return result
  }

  private mutating func closure(_ term: Term) -> Term {
    var result = term
    switch term.kind {
    case .arrayComprehension(let head, let body): result.kind = .arrayComprehension(head, operands(body))
    case .setComprehension(let head, let body): result.kind = .setComprehension(head, operands(body))
    case .objectComprehension(let key, let value, let body):
      result.kind = .objectComprehension(key, value, operands(body))
    default: break
    }
    return result
  }

  private mutating func lifted(_ term: Term, _ before: inout [Expression]) -> Term {
    var result = term
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template, .call: break
    case .array(let elements): result.kind = .array(elements.map { lifted($0, &before) })
    case .set(let elements): result.kind = .set(elements.map { lifted($0, &before) })
    case .object(let pairs): result.kind = .object(pairs.map { (lifted($0.0, &before), lifted($0.1, &before)) })
    case .ref, .arrayComprehension, .setComprehension, .objectComprehension:
      let inner = top(term, &before)
      let output = fresh(term.location)
      var step = Expression(.unify(output, inner), term.location)
      step.isGenerated = true
      before.append(step)
      return output
    }
    return result
  }
}
