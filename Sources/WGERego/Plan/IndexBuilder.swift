/// Finds what a rule's bodies compare with constants.
enum IndexBuilder {
  private enum Place: Hashable {
    case input([String])
    case argument(Int)
  }

  /// The index of a rule's chains (their first links), or nil when it would not help.
  static func index(_ rules: [CompiledRule]) -> RuleIndex? {
    guard rules.count > 1 else { return nil }
    let keys = rules.map { $0.links.count == 1 ? places($0) : [:] }
    var counts: [Place: (bodies: Int, values: Set<RegoValue>)] = [:]
    for entry in keys {
      for (place, value) in entry {
        counts[place, default: (0, [])].bodies += 1
        counts[place, default: (0, [])].values.insert(value)
      }
    }
    let best = counts.filter { $0.value.values.count > 1 || $0.value.bodies < rules.count }.max {
      ($0.value.bodies, $0.value.values.count) < ($1.value.bodies, $1.value.values.count)
    }
    guard let (place, use) = best, use.bodies > 1 else { return nil }
    var bodies: [RegoValue: [Int]] = [:]
    var always: [Int] = []
    for (index, entry) in keys.enumerated() {
      if let value = entry[place] { bodies[value, default: []].append(index) } else { always.append(index) }
    }
    // The order of the bodies is kept by merging at build time.
    if !always.isEmpty { for (value, indices) in bodies { bodies[value] = (indices + always).sorted() } }
    let source: RuleIndex.Source
    switch place {
    case .input(let path): source = .input(path)
    case .argument(let index): source = .argument(index)
    }
    return RuleIndex(source: source, bodies: bodies, always: always)
  }

  private static func places(_ rule: CompiledRule) -> [Place: RegoValue] {
    var result: [Place: RegoValue] = [:]
    var aliases: [String: Place] = [:]
    for (index, argument) in (rule.arguments ?? []).enumerated() {
      if let name = argument.variableName {
        aliases[name] = .argument(index)
      } else if let value = scalar(argument) {
        result[.argument(index)] = value
      }
    }
    guard let body = rule.links.first?.body else { return result }
    func place(_ term: Term) -> Place? {
      switch term.kind {
      case .variable(let name): return aliases[name]
      case .ref(let path):
        guard path[0].variableName == "input", path.count > 1, path.dropFirst().allSatisfy({ $0.stringValue != nil })
        else {
          return nil
        }
        return .input(path.dropFirst().compactMap(\.stringValue))
      default: return nil
      }
    }
    func compare(_ left: Term, _ right: Term) {
      if let place = place(left), let value = scalar(right), result[place] == nil { result[place] = value }
      if let place = place(right), let value = scalar(left), result[place] == nil { result[place] = value }
    }
    for expression in body where !expression.isNegated && expression.withs.isEmpty {
      switch expression.kind {
      case .unify(let left, let right):
        if let name = left.variableName, aliases[name] == nil, let place = place(right) { aliases[name] = place }
        compare(left, right)
      case .call(let name, let arguments)
      where arguments.count == 2 && name.count == 1 && name[0].variableName == "equal":
        compare(arguments[0], arguments[1])
      default: break
      }
    }
    return result
  }

  private static func scalar(_ term: Term) -> RegoValue? {
    switch term.kind {
    case .null, .bool, .number, .string: term.constantValue
    default: nil
    }
  }
}
