/// What a prepared query runs: code, constants and tables. Immutable.
final class Plan: Sendable {
  /// A body with its range of code.
  /// Its place is in ``Plan/locations`` under ``locationKey``, so that a unit is plain data.
  struct Unit: Sendable {
    var start: Int
    var end: Int
    /// For coverage and explanations: which rule.
    var rule: Int

    var locationKey: Int { -1 - start }
  }

  /// All rules with one path that give one value: a complete rule or a function.
  ///
  /// A class, so that a call retains one object and not each of its parts.
  final class Group: Sendable {
    let path: [RegoValue]
    let arguments: Int
    let frame: Int
    /// Chains of else links.
    let chains: [[Unit]]
    let fallback: Unit?
    /// All heads are the same constant: the first success decides.
    let isConstant: Bool
    let index: RuleIndex?
    let location: SourceLocation

    init(
      path: [RegoValue], arguments: Int, frame: Int, chains: [[Unit]], fallback: Unit?, isConstant: Bool,
      index: RuleIndex?,
      location: SourceLocation
    ) {
      self.path = path
      self.arguments = arguments
      self.frame = frame
      self.chains = chains
      self.fallback = fallback
      self.isConstant = isConstant
      self.index = index
      self.location = location
    }
  }

  /// A document made of several rules and, where there are any, base documents.
  final class View: Sendable {
    enum Entry: Sendable {
      /// An object is here, even an empty one.
      case object(tail: [RegoValue])
      case set(tail: [RegoValue])
      case rule(tail: [RegoValue], group: Int)
      /// Bodies that emit into the document.
      case bodies([Unit], index: RuleIndex?)
    }
    enum Shape: Sendable { case set, object, tree }
    let path: [RegoValue]
    let entries: [Entry]
    let shape: Shape
    let frame: Int
    let location: SourceLocation

    init(path: [RegoValue], entries: [Entry], shape: Shape, frame: Int, location: SourceLocation) {
      self.path = path
      self.entries = entries
      self.shape = shape
      self.frame = frame
      self.location = location
    }
  }

  /// One set of `with` modifiers.
  struct Modifier: Sendable {
    enum Target: Sendable {
      case input([RegoValue])
      case data([RegoValue])
      case builtin(Int)
      case group(Int)
    }
    enum Replacement: Sendable {
      case value(Int32)
      case builtin(Int)
      case group(Int)
    }
    var target: Target
    var replacement: Replacement
  }

  /// Where an instrumented plan is.
  struct Mark: Sendable {
    var rule: Int
    /// Nil for the end of a body: it held.
    var expression: Expression?
    var position: Int
  }

  let code: [Instruction]
  let constants: [RegoValue]
  let lists: [Int32]
  let paths: [[String]]
  let groups: [Group]
  let views: [View]
  let modifiers: [[Modifier]]
  /// For each set of modifiers, what they cannot change: indices of groups, and of views after them.
  let kept: [[Int32]]
  let builtins: [Builtin]
  let marks: [Mark]
  /// Source of the instructions that can fail with an error.
  let locations: [Int: SourceLocation]
  let queryFrame: Int
  let queryEnd: Int
  let queryStart: Int
  /// Names of the results, in the order of the answers.
  let names: [String]

  init(_ parts: PlanParts) {
    code = parts.code
    constants = parts.constants
    lists = parts.lists
    paths = parts.paths
    groups = parts.groups.compactMap(\.self)
    views = parts.views.compactMap(\.self)
    modifiers = parts.modifiers
    kept = ModifierReach.kept(parts, groups: groups, views: views)
    builtins = parts.builtins
    marks = parts.marks
    locations = parts.locations
    queryFrame = parts.queryFrame
    queryStart = parts.queryStart
    queryEnd = parts.queryEnd
    names = parts.names
  }
}

/// A plan that is being made.
struct PlanParts {
  var code: [Instruction] = []
  var constants: [RegoValue] = []
  var lists: [Int32] = []
  var paths: [[String]] = []
  var groups: [Plan.Group?] = []
  var views: [Plan.View?] = []
  var modifiers: [[Plan.Modifier]] = []
  var builtins: [Builtin] = []
  var marks: [Plan.Mark] = []
  var locations: [Int: SourceLocation] = [:]
  var queryFrame = 0
  var queryStart = 0
  var queryEnd = 0
  var names: [String] = []
}
