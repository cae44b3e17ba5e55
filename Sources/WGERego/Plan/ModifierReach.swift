/// What `with` can change.
///
/// A rule's value is remembered per evaluation. Under `with` it may be another one, but only when the rule reads, itself
/// or through the rules that it refers to, something that the modifiers replace. This finds, for each set of modifiers,
/// the rules and documents that cannot notice it; the machine carries their values into the changed world and back.
///
/// The answer errs to one side: whatever might notice is computed anew.
struct ModifierReach {
  /// What a group or a view reads, all that it refers to included.
  private struct Reads {
    var input = false
    var data = false
    var builtins: Set<Int32> = []
    /// Groups by index, views after them.
    var edges: Set<Int> = []
  }

  private var reads: [Reads] = []
  private let groupCount: Int
  private let paths: [[RegoValue]]

  /// Above this many decisions (sets of modifiers times rules), none is taken: everything is computed anew.
  private static let maximumDecisions = 4_000_000

  /// For each set of modifiers, the memo indices that hold in both worlds.
  static func kept(_ parts: PlanParts, groups: [Plan.Group], views: [Plan.View]) -> [[Int32]] {
    let count = groups.count + views.count
    guard !parts.modifiers.isEmpty, count * parts.modifiers.count <= maximumDecisions else {
      return parts.modifiers.map { _ in [] }
    }
    var reach = ModifierReach(parts, groups, views)
    reach.close()
    return parts.modifiers.map { modifiers in
      (0..<count).filter { index in !modifiers.contains { reach.notices(index, $0.target) } }.map { Int32($0) }
    }
  }

  private init(_ parts: PlanParts, _ groups: [Plan.Group], _ views: [Plan.View]) {
    groupCount = groups.count
    paths = groups.map(\.path) + views.map(\.path)
    for group in groups {
      var own = Reads()
      for unit in group.chains.joined() { add(unit, parts, &own) }
      if let fallback = group.fallback { add(fallback, parts, &own) }
      note(group.index, &own)
      reads.append(own)
    }
    for view in views {
      var own = Reads()
      // Base documents lie under the rules.
      own.data = view.shape == .tree
      for entry in view.entries {
        switch entry {
        case .object, .set: break
        case .rule(_, let group): own.edges.insert(group)
        case .bodies(let units, let index):
          for unit in units { add(unit, parts, &own) }
          note(index, &own)
        }
      }
      reads.append(own)
    }
  }

  private func note(_ index: RuleIndex?, _ own: inout Reads) {
    if case .input? = index?.source { own.input = true }
  }

  private func add(_ unit: Plan.Unit, _ parts: PlanParts, _ own: inout Reads) {
    for step in parts.code[unit.start..<unit.end] {
      switch step.operation {
      case .input, .inputPath: own.input = true
      case .dataPath: own.data = true
      case .builtin: own.builtins.insert(step.b)
      case .function, .rule: own.edges.insert(Int(step.b))
      case .view: own.edges.insert(groupCount + Int(step.b))
      case .modify:
        for modifier in parts.modifiers[Int(step.a)] {
          switch modifier.replacement {
          case .value: break
          case .builtin(let index): own.builtins.insert(Int32(index))
          case .group(let index): own.edges.insert(index)
          }
        }
      default: break
      }
    }
  }

  /// Adds to each what it refers to reads. Nothing is recursive, so depth first with a stack of its own ends.
  private mutating func close() {
    var done = [Bool](repeating: false, count: reads.count)
    for start in reads.indices where !done[start] {
      var stack = [start]
      while let index = stack.last {
        let open = reads[index].edges.filter { !done[$0] }
        if !open.isEmpty, stack.count <= reads.count {
          stack += open
          continue
        }
        stack.removeLast()
        if done[index] { continue }
        done[index] = true
        for edge in reads[index].edges {
          let other = reads[edge]
          reads[index].input = reads[index].input || other.input
          reads[index].data = reads[index].data || other.data
          reads[index].builtins.formUnion(other.builtins)
          reads[index].edges.formUnion(other.edges)
        }
      }
    }
  }

  private func notices(_ index: Int, _ target: Plan.Modifier.Target) -> Bool {
    let own = reads[index]
    switch target {
    case .input: return own.input
    case .builtin(let builtin): return own.builtins.contains(Int32(builtin))
    case .group(let group): return index == group || own.edges.contains(group)
    case .data(let path):
      return own.data || Self.meet(paths[index], path) || own.edges.contains { Self.meet(paths[$0], path) }
    }
  }

  /// One of the paths begins with the other.
  private static func meet(_ a: [RegoValue], _ b: [RegoValue]) -> Bool {
    zip(a, b).allSatisfy { ValueOrder.equal($0, $1) }
  }
}
