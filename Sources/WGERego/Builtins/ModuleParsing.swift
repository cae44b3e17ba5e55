internal import WGECore

/// `rego.parse_module`: a policy text as the JSON form of OPA's syntax tree.
let moduleBuiltins: [Builtin] = [
  Builtin("rego.parse_module", 2, tier: 3) { context, o throws(BuiltinFailure) in
    let (file, text) = (try o.string(0), try o.string(1))
    try context.work(text.utf8.count >> 2)
    let module: Module
    do throws(RegoDiagnostic) {
      module = try Parser.module(text, file: file, isV1: true, maximumNesting: RegoDefaults.maximumParsedNesting)
    } catch {
      throw .failed("1 error occurred: \(error)")
    }
    var encoder = ModuleEncoder()
    return encoder.module(module)
  }
]

/// Syntax trees as values. Depth is that of the tree, which the parser bounds.
private struct ModuleEncoder {
  private var wildcards: [String: Int] = [:]

  private func node(_ type: String, _ value: RegoValue) -> RegoValue { ["type": .string(type), "value": value] }

  mutating func module(_ module: Module) -> RegoValue {
    let path = [node("var", "data")] + module.package.map { term($0) }
    var pairs: [(RegoValue, RegoValue)] = [("package", ["path": .list(path)])]
    var imports: [RegoValue] = []
    for entry in module.imports {
      var pairs: [(RegoValue, RegoValue)] = [("path", node("ref", terms(entry.path)))]
      if let alias = entry.alias { pairs.append(("alias", .string(alias))) }
      imports.append(.object(RegoObject(pairs)))
    }
    if !imports.isEmpty { pairs.append(("imports", .list(imports))) }
    var rules: [RegoValue] = []
    for rule in module.rules { rules.append(self.rule(rule)) }
    if !rules.isEmpty { pairs.append(("rules", .list(rules))) }
    let comments = module.comments.map { comment -> RegoValue in
      [
        "Text": .string(Base64.encode(comment.text.utf8)),
        "Location": [
          "file": .string(module.file), "row": .int(comment.location.row), "col": .int(comment.location.column),
        ],
      ]
    }
    if !comments.isEmpty { pairs.append(("comments", .list(comments))) }
    return .object(RegoObject(pairs))
  }

  private mutating func terms(_ terms: [Term]) -> RegoValue { .list(terms.map { term($0) }) }

  /// Each branch holds the next one, so that the last one is put together first.
  private mutating func rule(_ rule: Rule) -> RegoValue {
    var links: [[(RegoValue, RegoValue)]] = []
    for branch in rule.branches {
      var pairs: [(RegoValue, RegoValue)] = [("head", head(rule, branch)), ("body", body(branch))]
      if rule.isDefault { pairs.append(("default", true)) }
      links.append(pairs)
    }
    var result: RegoValue?
    for pairs in links.reversed() {
      var pairs = pairs
      if let result { pairs.append(("else", result)) }
      result = .object(RegoObject(pairs))
    }
    return result ?? .null
  }

  private mutating func head(_ rule: Rule, _ branch: Branch) -> RegoValue {
    var pairs: [(RegoValue, RegoValue)] = [("ref", terms(rule.ref))]
    let name = rule.ref.first?.variableName ?? ""
    if let element = rule.element {
      pairs.append(("key", term(element)))
      if rule.ref.count == 1 { pairs.append(("name", .string(name))) }
      return .object(RegoObject(pairs))
    }
    if rule.ref.count == 1 { pairs.append(("name", .string(name))) }
    if rule.ref.count == 2, rule.arguments == nil, rule.ref[1].stringValue == nil || rule.ref[1].wasQuoted {
      pairs += [("name", .string(name)), ("key", term(rule.ref[1]))]
    }
    if let arguments = rule.arguments { pairs.append(("args", terms(arguments))) }
    if branch.value != nil, branch.usesAssign { pairs.append(("assign", true)) }
    pairs.append(("value", branch.value.map { term($0) } ?? node("boolean", true)))
    return .object(RegoObject(pairs))
  }

  private mutating func body(_ branch: Branch) -> RegoValue {
    branch.body.isEmpty ? [["index": 0, "terms": node("boolean", true)]] : body(branch.body)
  }

  private mutating func body(_ body: [Expression]) -> RegoValue {
    var result: [RegoValue] = []
    for (index, expression) in body.enumerated() {
      var pairs: [(RegoValue, RegoValue)] = [("index", .int(index)), ("terms", terms(of: expression))]
      if expression.isNegated { pairs.append(("negated", true)) }
      var withs: [RegoValue] = []
      for with in expression.withs {
        let target = if case .ref = with.target.kind { term(with.target) } else { node("ref", [term(with.target)]) }
        withs.append(["target": target, "value": term(with.value)])
      }
      if !withs.isEmpty { pairs.append(("with", .list(withs))) }
      result.append(.object(RegoObject(pairs)))
    }
    return .list(result)
  }

  private mutating func call(_ name: [Term], _ arguments: [Term]) -> RegoValue {
    .list([node("ref", terms(name))] + arguments.map { term($0) })
  }

  private mutating func call(_ name: String, _ arguments: [Term]) -> RegoValue {
    .list([node("ref", [node("var", .string(name))])] + arguments.map { term($0) })
  }

  private mutating func terms(of expression: Expression) -> RegoValue {
    switch expression.kind {
    case .term(let term): return self.term(term)
    case .unify(let left, let right): return call("eq", [left, right])
    case .assign(let left, let right): return call("assign", [left, right])
    case .call(let name, let arguments): return call(name, arguments)
    case .some(let names): return ["symbols": terms(names)]
    case .someIn(let key, let value, let domain):
      let member = [node("var", "internal"), node("string", key == nil ? "member_2" : "member_3")]
      let operands = [key, value, domain].compactMap(\.self).map { term($0) }
      return ["symbols": [node("call", .list([node("ref", .list(member))] + operands))]]
    case .every(let key, let value, let domain, let body):
      return [
        "key": key.map { term($0) } ?? .null, "value": term(value), "domain": term(domain), "body": self.body(body),
      ]
    }
  }

  private mutating func term(_ term: Term) -> RegoValue {
    switch term.kind {
    case .null: return node("null", [:])
    case .bool(let value): return node("boolean", .bool(value))
    case .number(let number): return node("number", .number(number))
    case .string(let text): return node("string", .string(text))
    case .variable(let name):
      guard name.hasPrefix("$") else { return node("var", .string(name)) }
      let number = wildcards[name] ?? wildcards.count
      wildcards[name] = number
      return node("var", .string("$\(number)"))
    case .ref(let path): return node("ref", terms(path))
    case .array(let elements): return node("array", terms(elements))
    case .set(let elements): return node("set", terms(elements))
    case .object(let members):
      var pairs: [RegoValue] = []
      for member in members { pairs.append([self.term(member.0), self.term(member.1)]) }
      return node("object", .list(pairs))
    case .arrayComprehension(let head, let body):
      return node("arraycomprehension", ["term": self.term(head), "body": self.body(body)])
    case .setComprehension(let head, let body):
      return node("setcomprehension", ["term": self.term(head), "body": self.body(body)])
    case .objectComprehension(let key, let value, let body):
      return node(
        "objectcomprehension", ["key": self.term(key), "value": self.term(value), "body": self.body(body)])
    case .call(let name, let arguments): return node("call", call(name, arguments))
    case .template(let parts):
      var values: [RegoValue] = []
      for part in parts {
        switch part {
        case .text(let text): values.append(node("string", .string(text)))
        case .expression(let expression): values.append(["terms": terms(of: expression)])
        }
      }
      return node("templatestring", ["parts": .list(values)])
    }
  }
}
