/// One instruction of a compiled definition.
///
/// A stack machine: operands are pushed, functions take theirs from the top. `node` says which node of the tree to name
/// when the instruction fails.
struct Instruction {
  enum Operation: UInt8 {
    /// Writes bytes `a`..<`b` of the source.
    case text
    case constant
    case dot
    case variable
    /// Replaces the top by its field number `a`.
    case field
    /// Replaces the top by its method number `a`, for ``callMethod``. Goes to `b` when the top is no value at all.
    case method
    case callMethod
    /// Calls function number `a` with the top `b` values.
    case call
    /// Checks that the value `b` below the top can be passed for parameter type number `a`.
    case check
    /// Moves the value `a` below the top to the top.
    case rotate
    /// Puts the top in a box when it is held in an interface.
    case box
    /// Remembers the node as the one that was evaluated last.
    case mark
    /// Nil in an interface becomes no value.
    case unwrap
    case print
    case pop
    /// Removes the value below the top.
    case dropBelow
    case jump
    /// Pops; goes to `a` when it is false.
    case jumpIfFalse
    /// Goes to `a` when the top is true (`b` = 1) or false (`b` = 0), and leaves it.
    case shortCircuit
    case store
    /// Saves dot in slot `a` and makes the top dot.
    case enterDot
    case leaveDot
    /// Pops a value to iterate over; goes to `a` when there is nothing. `b` counts the variables.
    case rangeBegin
    /// Makes the next element dot; goes to `a` when there is none.
    case rangeNext
    case rangeEnd
    case storeElement
    case storeIndex
    /// Fails unless there is a template of name `a`.
    case requireTemplate
    /// Runs the template of name `a` with the top as dot.
    case template
    /// Fails with text number `a`.
    case fail
    case finish
  }

  /// The node that was evaluated last, which only running tells.
  static let lastNode: Int32 = -2

  var operation: Operation
  var a: Int32 = 0
  var b: Int32 = 0
  var node: Int32 = -1
}

/// A compiled definition.
///
/// Unchecked, because ``GoValue`` in general is not `Sendable`: the constants are scalars that literals stand for, which
/// nothing can change.
final class Code: @unchecked Sendable {
  let name: String
  let source: TemplateSource
  let instructions: [Instruction]
  let constants: [GoValue]
  let names: [String]
  let functions: [TemplateFunction]
  let types: [TemplateFunction.Parameter]
  let nodes: [SyntaxNode]
  let slotCount: Int
  /// Calls a function that changes what it is given.
  let mutates: Bool

  init(_ compiler: Compiler, name: String, source: TemplateSource) {
    self.name = name
    self.source = source
    instructions = compiler.instructions
    constants = compiler.constants
    names = compiler.names
    functions = compiler.functions
    types = compiler.types
    nodes = compiler.nodes
    slotCount = compiler.slotCount
    mutates = compiler.functions.contains { function in
      if function.mutates { return true }
      if case .evaluate = function.special { return true }
      return false
    }
  }

  func issue(_ node: Int32, _ message: String) -> TemplateIssue {
    guard nodes.indices.contains(Int(node)) else {
      return TemplateIssue(template: source.name, line: 1, message: message)
    }
    let node = nodes[Int(node)]
    let (line, column) = source.location(of: node.position)
    return TemplateIssue(
      template: source.name, line: line, column: column, action: node.text(in: source), executing: name,
      message: message)
  }
}
