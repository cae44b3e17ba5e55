/// One step of a plan. Plain data without references, so that running it counts no references.
///
/// Operands are slots of the current frame when zero or positive, and constants (`~index`) when negative. Blocks are
/// ranges of instructions: one that opens a block names its end, and the block begins right after it.
struct Instruction: Sendable {
  enum Operation: UInt8, Sendable {
    /// a := operand b.
    case move
    /// a := input; fails without.
    case input
    /// a := input at path b.
    case inputPath
    /// a := base document at path b.
    case dataPath
    /// a := operand b at the member c.
    case member
    /// a := operand b at path c.
    case path
    /// Each member of operand c: a := key (or -1), b := value (or -1); block to d.
    case scan
    /// Each node of operand c as `walk` yields it: a := path (or -1), b := value (or -1); block to d.
    case walk
    /// Fails unless operand a equals operand b.
    case equal
    /// Fails if operand a equals operand b; with a third, compares `a c b` with c as ``Comparison``.
    case compare
    /// Fails unless operand a is an array of b elements.
    case isArray
    /// a := element c of the array b.
    case element
    /// Fails unless operand a is an object of b members.
    case isObject
    /// Fails if operand a is false.
    case isTrue
    /// a := array of the operand list b, c long.
    case makeArray
    /// a := set of the operand list.
    case makeSet
    /// a := object of the operand list of keys and values, 2c long.
    case makeObject
    /// a := builtin b of the operand list c, d long; a -1: fails if the result is false.
    case builtin
    /// a := rule group b, called with the operand list c, d long; a -1: fails if the result is false.
    case function
    /// a := value of rule group b.
    case rule
    /// a := value of view b.
    case view
    /// Block to b must not reach ``succeed``; goes on after it.
    case not
    /// Ends a block of `not` or `every` as successful.
    case succeed
    /// a := array of what the block to b collects.
    case arrayComprehension
    case setComprehension
    case objectComprehension
    /// Adds operand a to the innermost collection.
    case collect
    /// Adds key a and value b.
    case collectPair
    /// Each member of operand c, as scan; the block to d must reach ``succeed`` for each; goes on after it.
    case every
    /// The value of the rule is operand a; b 1: no other value is possible.
    case result
    /// Adds the value b at the path of the operand list c, d long, to the document that is built; a 1: as an element
    /// of the set there.
    case emit
    /// Runs the block to b under modifiers a.
    case modify
    /// Runs the block to b outside of the innermost modifiers.
    case unmodify
    /// A result of the query: the operand list a, b long.
    case answer
    /// Expression a of the source is reached.
    case mark
  }

  var operation: Operation
  var a: Int32 = 0
  var b: Int32 = 0
  var c: Int32 = 0
  var d: Int32 = 0
}

/// Comparisons that need no call.
enum Comparison: Int32, Sendable {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}
