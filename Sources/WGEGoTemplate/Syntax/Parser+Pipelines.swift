internal import WGEGoFormat

/// Pipelines, commands and operands.
extension Parser {
  mutating func parsePipeline(_ context: String, end: Token.Kind) throws(Stop) -> SyntaxNode {
    let start = Int(peekNonSpace().start)
    var pipeline = SyntaxNode.Pipeline()
    try parseDeclarations(&pipeline, context)
    while true {
      let token = nextNonSpace()
      switch token.kind {
      case end:
        try check(pipeline, context)
        return SyntaxNode(.pipeline(pipeline), at: start)
      case .bool, .charConstant, .complex, .dot, .field, .identifier, .number, .nilValue, .rawString, .string,
        .variable, .leftParenthesis:
        next -= 1
        pipeline.commands.append(try parseCommand())
      default: throw unexpected(token, context)
      }
    }
  }

  mutating func parseDeclarations(_ pipeline: inout SyntaxNode.Pipeline, _ context: String) throws(Stop) {
    while peekNonSpace().kind == .variable {
      let mark = next
      let variable = advance()
      let after = peekNonSpace()
      let isComma = after.kind == .char && source.bytes[Int(after.start)] == UInt8(ascii: ",")
      guard after.kind == .assign || after.kind == .declare || isComma else {
        next = mark
        return
      }
      let name = text(variable)
      next += 1
      if !isComma { pipeline.isAssignment = after.kind == .assign }
      pipeline.declarations.append(
        SyntaxNode(.variable(name.split(separator: ".").map(String.init)), at: Int(variable.start)))
      variables.declare(name, slot: 0)
      if !isComma { return }
      guard context == "range", pipeline.declarations.count < 2 else {
        throw fail("too many declarations in \(context)")
      }
      switch peekNonSpace().kind {
      case .variable, .rightDelimiter, .rightParenthesis: continue
      default: throw fail("range can only initialize variables")
      }
    }
  }

  mutating func check(_ pipeline: SyntaxNode.Pipeline, _ context: String) throws(Stop) {
    if pipeline.commands.isEmpty { throw fail("missing value for \(context)") }
    for (index, command) in pipeline.commands.enumerated().dropFirst() {
      guard case .command(let operands) = command.kind, let first = operands.first else { continue }
      switch first.kind {
      case .bool, .dot, .nilValue, .number, .string:
        throw fail("non executable command in pipeline stage \(index + 1)")
      default: break
      }
    }
  }

  mutating func parseCommand() throws(Stop) -> SyntaxNode {
    let start = Int(peekNonSpace().start)
    var operands: [SyntaxNode] = []
    while true {
      _ = peekNonSpace()
      if let operand = try parseOperand() { operands.append(operand) }
      let token = advance()
      switch token.kind {
      case .space: continue
      case .rightDelimiter, .rightParenthesis: next -= 1
      case .pipe: break
      default: throw unexpected(token, "operand")
      }
      break
    }
    if operands.isEmpty { throw fail("empty command") }
    return SyntaxNode(.command(operands), at: start)
  }

  mutating func parseOperand() throws(Stop) -> SyntaxNode? {
    guard let node = try parseTerm() else { return nil }
    guard peek().kind == .field else { return node }
    let position = Int(peek().start)
    var names: [String] = []
    while peek().kind == .field { names.append(String(text(advance()).dropFirst())) }
    switch node.kind {
    case .field(let first): return SyntaxNode(.field(first + names), at: position)
    case .variable(let first): return SyntaxNode(.variable(first + names), at: position)
    case .bool, .string, .number, .nilValue, .dot:
      throw fail("unexpected . after term " + GoQuote.quote(node.text(in: source)))
    default: return SyntaxNode(.chain(node, names), at: position)
    }
  }

  mutating func parseTerm() throws(Stop) -> SyntaxNode? {
    let token = nextNonSpace()
    let position = Int(token.start)
    switch token.kind {
    case .identifier:
      let name = text(token)
      guard functions[name] != nil else {
        throw fail("function \(GoQuote.quote(name)) not defined")
      }
      return SyntaxNode(.identifier(name), at: position)
    case .dot: return SyntaxNode(.dot, at: position)
    case .nilValue: return SyntaxNode(.nilValue, at: position)
    case .variable:
      let name = text(token)
      guard variables.slot(of: name) != nil else { throw fail("undefined variable \(GoQuote.quote(name))") }
      return SyntaxNode(.variable([name]), at: position)
    case .field: return SyntaxNode(.field([String(text(token).dropFirst())]), at: position)
    case .bool: return SyntaxNode(.bool(token.end - token.start == 4), at: position)
    case .charConstant, .complex, .number:
      do throws(NumberLiteral.SyntaxError) {
        let text = text(token)
        let literal =
          switch token.kind {
          case .charConstant: try NumberLiteral(character: text)
          case .complex: try NumberLiteral(complex: text)
          default: try NumberLiteral(number: text)
          }
        return SyntaxNode(.number(literal), at: position)
      } catch {
        throw fail(error.message)
      }
    case .leftParenthesis:
      if expressionDepth >= nestingLimit || !stack.hasRoom { throw fail("max expression depth exceeded") }
      expressionDepth += 1
      defer { expressionDepth -= 1 }
      return try parsePipeline("parenthesized pipeline", end: .rightParenthesis)
    case .string, .rawString:
      guard let value = GoQuote.unquote(source.bytes[Int(token.start)..<Int(token.end)]) else {
        throw fail("invalid syntax")
      }
      return SyntaxNode(.string(quoted: text(token), value: value), at: position)
    default:
      next -= 1
      return nil
    }
  }
}
