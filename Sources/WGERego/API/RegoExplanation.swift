/// Why a rule's body held or did not, in plain words. Needs ``RegoQueryOptions/instrumented``.
public struct RegoExplanation: Sendable, Hashable, CustomStringConvertible {
  /// The rule's path, such as `data.shop.allow`.
  public let rule: String
  /// Where the body begins.
  public let location: SourceLocation
  /// True when the body held at least once.
  public let fired: Bool
  /// The expression that no binding got past; nil when the body held.
  public let failedExpression: String?
  /// Where that expression stands.
  public let failedAt: SourceLocation?
  /// What the expression reads from the input, with the values found there.
  public let facts: [String]

  /// One sentence.
  public var description: String {
    if fired { return "\(rule) (\(location)) fired" }
    guard let failedExpression, let failedAt else { return "\(rule) (\(location)) was not evaluated" }
    let because = facts.isEmpty ? "" : ", where " + facts.joined(separator: " and ")
    return "\(rule) (\(location)) did not fire: nothing satisfied `\(failedExpression)` (\(failedAt))\(because)"
  }
}

/// Which expressions ran. Needs ``RegoQueryOptions/instrumented``.
public struct RegoCoverage: Sendable, Hashable {
  /// Rows of expressions that were reached, by file.
  public let covered: [String: Set<Int>]
  /// Rows of expressions that the query could reach and did not.
  public let missed: [String: Set<Int>]
}

extension PreparedQuery {
  func explanations(_ reached: [Bool], input: RegoValue?) -> [RegoExplanation] {
    var bodies: [(marks: [Int], rule: Int)] = []
    for (index, mark) in plan.marks.enumerated() where mark.rule >= 0 {
      if mark.position == 0 || bodies.isEmpty { bodies.append(([], mark.rule)) }
      bodies[bodies.count - 1].marks.append(index)
    }
    return bodies.compactMap { body in
      guard body.rule < policy.rules.count else { return nil }
      let rule = policy.rules[body.rule]
      let fired = body.marks.contains { reached[$0] && plan.marks[$0].expression == nil }
      var failed: Expression?
      if !fired, let last = body.marks.last(where: { reached[$0] }) {
        // A step that the compiler made belongs to the written expression that follows it.
        failed = body.marks.drop { $0 < last }.lazy.compactMap { self.plan.marks[$0].expression }.first {
          $0.source != nil
        }
      }
      return RegoExplanation(
        rule: rule.name, location: rule.location, fired: fired, failedExpression: failed?.source,
        failedAt: failed?.location,
        facts: failed.map { Self.facts($0, input) } ?? [])
    }
  }

  private static func facts(_ expression: Expression, _ input: RegoValue?) -> [String] {
    var collector = InputPathCollector()
    if let source = expression.source, let body = try? Parser.query(source, isV1: true) {
      for part in body { collector.visit(part) }
    }
    return collector.paths.map { path in
      var value = input
      for (index, key) in path.enumerated() {
        value = value?.member(key)
        if value == nil {
          let found = (["input"] + path.prefix(index + 1)).joined(separator: ".")
          return "\(found) is undefined"
        }
      }
      let text = value?.text ?? "undefined"
      return
        "\((["input"] + path).joined(separator: ".")) is \(text.count > 80 ? String(text.prefix(77)) + "..." : text)"
    }
  }

  func coverage(_ reached: [Bool]) -> RegoCoverage {
    var covered: [String: Set<Int>] = [:]
    var all: [String: Set<Int>] = [:]
    for (index, mark) in plan.marks.enumerated() {
      guard let expression = mark.expression, !expression.location.file.isEmpty else { continue }
      all[expression.location.file, default: []].insert(expression.location.row)
      if reached[index] { covered[expression.location.file, default: []].insert(expression.location.row) }
    }
    return RegoCoverage(
      covered: covered,
      missed: all.mapValues { $0 }.reduce(into: [:]) { result, entry in
        let rest = entry.value.subtracting(covered[entry.key] ?? [])
        if !rest.isEmpty { result[entry.key] = rest }
      })
  }
}

/// Constant paths into the input that an expression reads.
private struct InputPathCollector {
  var paths: [[String]] = []

  mutating func visit(_ expression: Expression) {
    switch expression.kind {
    case .term(let term): visit(term)
    case .unify(let left, let right), .assign(let left, let right):
      visit(left)
      visit(right)
    case .call(_, let arguments): for argument in arguments { visit(argument) }
    case .someIn(_, _, let domain), .every(_, _, let domain, _): visit(domain)
    case .some: break
    }
  }

  private mutating func visit(_ term: Term) {
    switch term.kind {
    case .ref(let path) where path[0].variableName == "input":
      let names = path.dropFirst().prefix { $0.stringValue != nil }.compactMap(\.stringValue)
      if !paths.contains(names) { paths.append(names) }
    case .ref(let terms), .array(let terms), .set(let terms), .call(_, let terms): for term in terms { visit(term) }
    case .object(let pairs): for (_, value) in pairs { visit(value) }
    default: break
    }
  }
}
