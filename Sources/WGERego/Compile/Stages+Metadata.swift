internal import WGECore

extension Stages {
  /// `rego.metadata.rule()` and `rego.metadata.chain()` are constants of the rule in which they stand.
  mutating func replaceMetadata() {
    // One copy: taken for each rule it would copy all rules each time.
    let stages = self
    for (index, rule) in stages.policy.rules.enumerated() {
      var rewriter = TermRewriter { term in
        guard case .call(let name, let arguments) = term.kind, arguments.isEmpty else { return nil }
        switch Parser.dotted(name) {
        case "rego.metadata.rule": return Term(value: stages.chain(for: rule).rule, term.location)
        case "rego.metadata.chain": return Term(value: stages.chain(for: rule).all, term.location)
        default: return nil
        }
      }
      for link in rule.links.indices {
        policy.rules[index].links[link].value = rewriter.term(rule.links[link].value)
        policy.rules[index].links[link].body = rewriter.body(rule.links[link].body)
      }
      policy.rules[index].element = rule.element.map { rewriter.term($0) }
    }
  }

  private func chain(for rule: CompiledRule) -> (rule: RegoValue, all: RegoValue) {
    func fields(_ annotation: Annotation) -> RegoValue { RegoValue(annotation.fields) }
    var entries: [RegoValue] = []
    let path = RegoValue.list(rule.ref.prefix(rule.groundCount).compactMap(\.constantValue))
    let own = rule.annotations.last { $0.scope == .rule }
    entries.append(own.map { ["annotations": fields($0), "path": path] } ?? ["path": path])
    // Document scope holds for all rules of the same path.
    let siblings = policy.rules.filter { $0.groundPath == rule.groundPath }
    if let document = siblings.flatMap(\.annotations).first(where: { $0.scope == .document }) {
      entries.append(["annotations": fields(document), "path": path])
    }
    let package = policy.modules[rule.module].path
    func entry(_ path: [String], _ annotation: Annotation) -> RegoValue {
      ["annotations": fields(annotation), "path": .list(path.map { .string($0) })]
    }
    for module in policy.modules where module.path == package {
      for annotation in module.annotations where annotation.scope == .package {
        entries.append(entry(package, annotation))
      }
    }
    for length in stride(from: package.count, to: 0, by: -1) {
      let prefix = Array(package.prefix(length))
      for module in policy.modules where module.path == prefix {
        for annotation in module.annotations where annotation.scope == .subpackages {
          entries.append(entry(prefix, annotation))
        }
      }
    }
    let all = entries.map { value -> RegoValue in
      guard case .object(let object) = value, case .array(let path)? = object["path"] else { return value }
      return .object(object.setting("path", .list(path.values)))
    }
    return (own.map { fields($0) } ?? .object(.empty), .list(all))
  }
}

extension Term {
  /// A constant as a term.
  init(value: RegoValue, _ location: SourceLocation) {
    let kind: Kind
    switch value {
    case .null: kind = .null
    case .bool(let value): kind = .bool(value)
    case .number(let value): kind = .number(value)
    case .string(let value): kind = .string(value)
    case .array(let array): kind = .array(array.map { Term(value: $0, location) })
    case .set(let set): kind = .set(set.elements.map { Term(value: $0, location) })
    case .object(let object):
      kind = .object(object.pairs.map { (Term(value: $0.0, location), Term(value: $0.1, location)) })
    }
    self.init(kind, location)
  }
}

/// Replaces terms everywhere in bodies.
struct TermRewriter {
  /// The term to put in place, or nil to go into the term.
  let replace: (Term) -> Term?

  init(_ replace: @escaping (Term) -> Term?) { self.replace = replace }

  mutating func term(_ term: Term) -> Term {
    if let replaced = replace(term) { return replaced }
    var result = term
    switch term.kind {
    case .null, .bool, .number, .string, .variable, .template: break
    case .ref(let terms): result.kind = .ref(terms.map { self.term($0) })
    case .array(let terms): result.kind = .array(terms.map { self.term($0) })
    case .set(let terms): result.kind = .set(terms.map { self.term($0) })
    case .object(let pairs): result.kind = .object(pairs.map { (self.term($0.0), self.term($0.1)) })
    case .call(let name, let terms): result.kind = .call(name, terms.map { self.term($0) })
    case .arrayComprehension(let head, let body): result.kind = .arrayComprehension(self.term(head), self.body(body))
    case .setComprehension(let head, let body): result.kind = .setComprehension(self.term(head), self.body(body))
    case .objectComprehension(let key, let value, let body):
      result.kind = .objectComprehension(self.term(key), self.term(value), self.body(body))
    }
    return result
  }

  mutating func body(_ body: [Expression]) -> [Expression] {
    body.map { expression in
      var result = expression
      switch expression.kind {
      case .term(let term): result.kind = .term(self.term(term))
      case .unify(let left, let right): result.kind = .unify(term(left), term(right))
      case .assign(let left, let right): result.kind = .assign(term(left), term(right))
      case .call(let name, let arguments):
        if let replaced = replace(Term(.call(name, arguments), expression.location)) {
          result.kind = .term(replaced)
        } else {
          result.kind = .call(name, arguments.map { term($0) })
        }
      case .every(let key, let value, let domain, let body):
        result.kind = .every(key: key, value: value, domain: term(domain), body: self.body(body))
      case .some, .someIn: break
      }
      result.withs = expression.withs.map { With(target: $0.target, value: term($0.value), location: $0.location) }
      return result
    }
  }
}
