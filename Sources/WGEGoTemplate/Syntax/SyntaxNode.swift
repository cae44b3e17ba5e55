/// The text of one parsed template, for positions in errors.
final class TemplateSource: Sendable {
  let name: String
  let bytes: [UInt8]
  let left: String
  let right: String

  init(name: String, bytes: [UInt8], left: String = "{{", right: String = "}}") {
    self.name = name
    self.bytes = bytes
    self.left = left.isEmpty ? "{{" : left
    self.right = right.isEmpty ? "}}" : right
  }

  /// The line, from 1, and the column in bytes, from 0, of a position.
  func location(of position: Int) -> (line: Int, column: Int) {
    var line = 1
    var lineStart = 0
    for index in 0..<min(position, bytes.count) where bytes[index] == 0x0A {
      line += 1
      lineStart = index + 1
    }
    return (line, position - lineStart)
  }
}

/// A node of the checked tree. The depth is bounded by ``RenderLimits/nesting``, so walking by recursion is safe.
final class SyntaxNode: Sendable {
  enum Branch: String, Sendable {
    case ifBranch = "if"
    case with
    case range
  }

  struct Pipeline: Sendable {
    var declarations: [SyntaxNode] = []
    /// `=` rather than `:=`.
    var isAssignment = false
    var commands: [SyntaxNode] = []
  }

  enum Kind: Sendable {
    case text(Range<Int>)
    case action(SyntaxNode)
    case branch(Branch, pipeline: SyntaxNode, body: [SyntaxNode], otherwise: [SyntaxNode]?)
    case template(name: String, pipeline: SyntaxNode?)
    case breakLoop
    case continueLoop
    case pipeline(Pipeline)
    case command([SyntaxNode])
    case identifier(String)
    /// `$x.a.b`: the first name has its dollar.
    case variable([String])
    case field([String])
    case chain(SyntaxNode, [String])
    case dot
    case nilValue
    case bool(Bool)
    case number(NumberLiteral)
    case string(quoted: String, value: [UInt8])
  }

  let position: Int
  let kind: Kind

  init(_ kind: Kind, at position: Int) {
    self.kind = kind
    self.position = position
  }

  /// Whitespace, comments and definitions only: such a definition never replaces another.
  func isEmpty(in source: TemplateSource) -> Bool {
    if case .text(let range) = kind {
      return source.bytes[range].allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
    }
    return false
  }
}

/// A literal number: one text may be an integer, a float and a complex number at once.
struct NumberLiteral: Sendable {
  let text: String
  var integer: Int64?
  var unsigned: UInt64?
  var float: Double?
  var complex: (real: Double, imaginary: Double)?

  /// The value where nothing asks for a type; nil when it overflows `int`.
  var ideal: GoValue? {
    if let complex { return .complex(complex.real, complex.imaginary) }
    let isCharacter = text.hasPrefix("'")
    let isHexadecimal =
      text.utf8.count > 2 && (text.hasPrefix("0x") || text.hasPrefix("0X")) && !text.utf8.contains { $0 | 0x20 == 0x70 }
    if let float, !isCharacter, !isHexadecimal, text.utf8.contains(where: { ".eEpP".utf8.contains($0) }) {
      return .float(float)
    }
    return integer.map { .int(Int($0)) }
  }
}
