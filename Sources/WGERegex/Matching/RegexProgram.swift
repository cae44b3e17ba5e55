// The pattern as a nondeterministic automaton: a flat list of instructions whose order of alternatives is their
// priority (leftmost-first, as Perl and RE2 prefer).

/// One step of the automaton.
struct RegexInstruction {
  enum Kind: UInt8 {
    /// Consumes one character that equals `x`.
    case scalar
    /// Consumes one character of the set number `x`.
    case set
    /// Goes on at `x`, or with less priority at `y`.
    case split
    case jump
    /// Records the position in slot `y` and goes on at `x`.
    case save
    /// Goes on at `x` if the assertion with raw value `y` holds.
    case assert
    case match
    case fail
  }
  var kind: Kind
  /// For ``Kind/scalar`` and ``Kind/set`` the next instruction is `y`.
  var x: Int32 = 0
  var y: Int32 = 0
}

/// A set with a bitmap for ASCII, which is what most text is.
struct CompiledSet: Sendable {
  var low: UInt64 = 0
  var high: UInt64 = 0
  let set: ScalarSet

  init(_ set: ScalarSet) {
    self.set = set
    for scalar in UInt32(0)..<128 where set.contains(scalar) {
      if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
    }
  }

  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool {
    if scalar < 64 { return low >> UInt64(scalar) & 1 != 0 }
    if scalar < 128 { return high >> UInt64(scalar - 64) & 1 != 0 }
    return set.contains(scalar)
  }
}

struct RegexProgram: Sendable {
  var instructions: [RegexInstruction] = []
  var sets: [CompiledSet] = []
  var start: Int32 = 0
  var slotCount = 2
  /// Every match begins at the start of the text.
  var isAnchored = false
  /// Every match begins with these bytes.
  var prefix: [UInt8] = []
  /// The prefix is the whole pattern.
  var isLiteral = false
  var hasAssertions = false
  /// Where a set stands in ``sets``, while the program is built.
  private var setIndices: [ScalarSet: Int] = [:]

  /// More instructions than any pattern within the limits on repeats needs by honest means.
  static let maximumSize = 200_000
  /// Group offsets of all threads together: 8 MB of them, twice, while a text is matched.
  static let maximumSlots = 1_000_000

  /// The most that one character can cost, in instructions. A thread carries its groups, so many groups cost, too.
  var size: Int { instructions.count * (1 + slotCount / 16) }

  init(_ node: RegexNode, groupCount: Int) throws(LinearRegexError.Code) {
    slotCount = 2 * (groupCount + 1)
    // Built from the end, so that every instruction knows its successor.
    let match = emit(RegexInstruction(kind: .match))
    let body = try compile(node, next: emit(RegexInstruction(kind: .save, x: match, y: 1)))
    start = emit(RegexInstruction(kind: .save, x: body, y: 0))
    // Every thread keeps its groups.
    let (slots, overflow) = instructions.count.multipliedReportingOverflow(by: slotCount)
    if overflow || slots > Self.maximumSlots { throw .tooLarge }
    setIndices = [:]
    isAnchored = Self.beginsAtStart(node)
    var isWhole = true
    var scalars = String.UnicodeScalarView()
    _ = Self.collectPrefix(node, into: &scalars, isWhole: &isWhole)
    prefix = Array(String(scalars).utf8)
    isLiteral = isWhole && groupCount == 0
  }

  private mutating func emit(_ instruction: RegexInstruction) -> Int32 {
    instructions.append(instruction)
    return Int32(instructions.count - 1)
  }

  /// Emits code for the node that goes on at `next`; returns where it begins.
  private mutating func compile(_ node: RegexNode, next: Int32) throws(LinearRegexError.Code) -> Int32 {
    if instructions.count > Self.maximumSize { throw .tooLarge }
    switch node {
    case .empty: return next
    case .literal(let scalar, let foldsCase):
      if foldsCase, UnicodeCase.nextFold(scalar) != scalar {
        var set = ScalarSet([scalar...scalar])
        UnicodeCase.closeUnderFolding(&set)
        return emitSet(set, next: next)
      }
      return emit(RegexInstruction(kind: .scalar, x: Int32(scalar), y: next))
    case .set(let set):
      if set.isEmpty { return emit(RegexInstruction(kind: .fail)) }
      return emitSet(set, next: next)
    case .assertion(let assertion):
      hasAssertions = true
      return emit(RegexInstruction(kind: .assert, x: next, y: Int32(assertion.rawValue)))
    case .capture(let inner, let group):
      let end = emit(RegexInstruction(kind: .save, x: next, y: Int32(2 * group + 1)))
      let body = try compile(inner, next: end)
      return emit(RegexInstruction(kind: .save, x: body, y: Int32(2 * group)))
    case .concatenation(let nodes):
      var target = next
      for node in nodes.reversed() { target = try compile(node, next: target) }
      return target
    case .alternation(let nodes):
      var target: Int32?
      for node in nodes.reversed() {
        let branch = try compile(node, next: next)
        target = if let target { emit(RegexInstruction(kind: .split, x: branch, y: target)) } else { branch }
      }
      return target ?? next
    case .repetition(let inner, let minimum, let maximum, let isGreedy):
      return try compileRepetition(inner, minimum, maximum, isGreedy, next: next)
    }
  }

  private mutating func compileRepetition(
    _ node: RegexNode, _ minimum: Int, _ maximum: Int?, _ isGreedy: Bool, next: Int32
  ) throws(LinearRegexError.Code) -> Int32 {
    var target = next
    if let maximum {
      // x{2,4} is xx(x(x)?)?
      for _ in 0..<max(0, maximum - minimum) {
        let body = try compile(node, next: target)
        target = choice(body, next, isGreedy)
      }
      for _ in 0..<minimum { target = try compile(node, next: target) }
      return target
    }
    if minimum == 0 {
      if Self.isNullable(node) {
        // As (x+)?, which keeps the priorities right when x matches nothing.
        let plus = try compilePlus(node, isGreedy, next: next)
        return choice(plus, next, isGreedy)
      }
      let split = emit(RegexInstruction(kind: .split))
      let body = try compile(node, next: split)
      instructions[Int(split)] = splitInstruction(body, next, isGreedy)
      return split
    }
    target = try compilePlus(node, isGreedy, next: next)
    for _ in 1..<minimum { target = try compile(node, next: target) }
    return target
  }

  private mutating func compilePlus(
    _ node: RegexNode, _ isGreedy: Bool, next: Int32
  ) throws(LinearRegexError.Code) -> Int32 {
    let split = emit(RegexInstruction(kind: .split))
    let body = try compile(node, next: split)
    instructions[Int(split)] = splitInstruction(body, next, isGreedy)
    return body
  }

  private func splitInstruction(_ body: Int32, _ next: Int32, _ isGreedy: Bool) -> RegexInstruction {
    RegexInstruction(kind: .split, x: isGreedy ? body : next, y: isGreedy ? next : body)
  }

  private mutating func choice(_ body: Int32, _ next: Int32, _ isGreedy: Bool) -> Int32 {
    emit(splitInstruction(body, next, isGreedy))
  }

  private mutating func emitSet(_ set: ScalarSet, next: Int32) -> Int32 {
    if set.bounds.count == 2, set.bounds[0] == set.bounds[1] {
      return emit(RegexInstruction(kind: .scalar, x: Int32(set.bounds[0]), y: next))
    }
    // Copies of a repeated set share one table.
    let index: Int
    if let last = sets.last, last.set == set {
      index = sets.count - 1
    } else if let known = setIndices[set] {
      index = known
    } else {
      sets.append(CompiledSet(set))
      index = sets.count - 1
      setIndices[set] = index
    }
    return emit(RegexInstruction(kind: .set, x: Int32(index), y: next))
  }

  static func isNullable(_ node: RegexNode) -> Bool {
    switch node {
    case .empty, .assertion: true
    case .literal, .set: false
    case .capture(let inner, _): isNullable(inner)
    case .concatenation(let nodes): nodes.allSatisfy(isNullable)
    case .alternation(let nodes): nodes.contains(where: isNullable)
    case .repetition(let inner, let minimum, _, _): minimum == 0 || isNullable(inner)
    }
  }

  private static func beginsAtStart(_ node: RegexNode) -> Bool {
    switch node {
    case .assertion(let assertion): assertion == .beginText
    case .capture(let inner, _): beginsAtStart(inner)
    case .concatenation(let nodes): nodes.first.map(beginsAtStart) ?? false
    case .alternation(let nodes): nodes.allSatisfy(beginsAtStart)
    default: false
    }
  }

  /// Appends what every match begins with; false when nothing may follow.
  private static func collectPrefix(
    _ node: RegexNode, into prefix: inout String.UnicodeScalarView, isWhole: inout Bool
  ) -> Bool {
    switch node {
    case .empty: return true
    case .literal(let scalar, let foldsCase):
      // U+FFFD also stands for bytes that are no UTF-8.
      if let scalar = UnicodeScalar(scalar), scalar != "\u{FFFD}",
        !foldsCase || UnicodeCase.nextFold(scalar.value) == scalar.value
      {
        prefix.append(scalar)
        return true
      }
    case .capture(let inner, _): return collectPrefix(inner, into: &prefix, isWhole: &isWhole)
    case .concatenation(let nodes):
      for node in nodes where !collectPrefix(node, into: &prefix, isWhole: &isWhole) { return false }
      return true
    case .repetition(let inner, let minimum, _, _) where minimum > 0:
      _ = collectPrefix(inner, into: &prefix, isWhole: &isWhole)
    default: break
    }
    isWhole = false
    return false
  }
}
