internal import WGEGoFormat

// Recursive descent over the tokens, with Go's rules and Go's complaints.
//
// The line of a complaint is that of the last token that was looked at, as in Go. When asked to collect, the parser
// notes a mistake, skips to the end of its action and goes on, so that one run names every mistake.

/// A definition: the main template or a `define` or `block`.
struct Definition: Sendable {
  let name: String
  let source: TemplateSource
  let nodes: [SyntaxNode]

  var isEmpty: Bool { nodes.allSatisfy { $0.isEmpty(in: source) } }
}

struct Parser {
  struct Stop: Error {}

  enum Terminator { case end, otherwise }

  let source: TemplateSource
  let tokens: [Token]
  let messages: [Int: String]
  let functions: KnownFunctions
  let nestingLimit: Int
  let collects: Bool
  let stack = StackBudget()
  var next = 0
  /// The furthest token that was looked at.
  var furthest = -1
  var variables = VariableScope()
  var rangeDepth = 0
  var depth = 0
  var expressionDepth = 0
  var actionLine: Int32 = 0
  var definitions: [String: Definition] = [:]
  var order: [String] = []
  var issues: [TemplateIssue] = []

  init(
    source: TemplateSource, left: String, right: String, functions: KnownFunctions, limits: RenderLimits,
    collects: Bool = false
  ) {
    self.source = source
    self.functions = functions
    self.collects = collects
    nestingLimit = limits.nesting
    (tokens, messages) = source.bytes.withUnsafeBufferPointer { bytes in
      var lexer = Lexer(bytes, left: left, right: right, keepsGoing: collects)
      lexer.run()
      return (lexer.tokens, lexer.messages)
    }
  }

  mutating func parse() {
    do {
      let nodes = try parseMain()
      try add(Definition(name: source.name, source: source, nodes: nodes))
    } catch {}
  }

  // MARK: Tokens

  static let endOfFile = Token(kind: .endOfFile, start: 0, end: 0, line: 1)

  mutating func token(at index: Int) -> Token {
    furthest = max(furthest, min(index, tokens.count - 1))
    guard index < tokens.count else { return tokens.last ?? Self.endOfFile }
    return tokens[index]
  }

  mutating func advance() -> Token {
    let token = token(at: next)
    next += 1
    return token
  }

  mutating func peek() -> Token { token(at: next) }

  mutating func peekNonSpace() -> Token {
    while peek().kind == .space { next += 1 }
    return peek()
  }

  mutating func nextNonSpace() -> Token {
    _ = peekNonSpace()
    return advance()
  }

  func text(_ token: Token) -> String {
    String(decoding: source.bytes[Int(token.start)..<Int(token.end)], as: UTF8.self)
  }

  // MARK: Complaints

  mutating func fail(_ message: String) -> Stop {
    let line = furthest >= 0 && furthest < tokens.count ? tokens[furthest].line : 1
    issues.append(TemplateIssue(template: source.name, line: Int(line), message: message))
    return Stop()
  }

  func describe(_ token: Token) -> String {
    if token.kind == .endOfFile { return "EOF" }
    let text = text(token)
    if token.isKeyword { return "<\(text)>" }
    guard text.utf8.count > 10 else { return GoQuote.quote(text) }
    return GoQuote.quote(String(String.UnicodeScalarView(text.unicodeScalars.prefix(10)))) + "..."
  }

  mutating func unexpected(_ token: Token, _ context: String) -> Stop {
    if token.kind == .error {
      let message = messages[next - 1] ?? messages[next] ?? messages[furthest] ?? "unexpected text"
      var extra = ""
      if actionLine != 0, actionLine != token.line {
        extra = " in action started at \(source.name):\(actionLine)"
        if message.hasSuffix(" action") { extra.removeFirst(" in action".count) }
      }
      return fail(message + extra)
    }
    return fail("unexpected \(describe(token)) in \(context)")
  }

  /// After a mistake: to behind the end of its action.
  mutating func recover() {
    while true {
      let token = advance()
      if token.kind == .rightDelimiter || token.kind == .endOfFile { return }
      if token.kind == .leftDelimiter || token.kind == .text {
        next -= 1
        return
      }
    }
  }

  // MARK: Lists

  mutating func parseMain() throws(Stop) -> [SyntaxNode] {
    var nodes: [SyntaxNode] = []
    while peek().kind != .endOfFile {
      do throws(Stop) {
        if peek().kind == .leftDelimiter {
          let start = next
          next += 1
          if nextNonSpace().kind == .define {
            try parseDefinition()
            continue
          }
          next = start
        }
        switch try parseTextOrAction() {
        case .node(let node): nodes.append(node)
        case .terminator(.end, _): throw fail("unexpected {{end}}")
        case .terminator(.otherwise, _): throw fail("unexpected {{else}}")
        }
      } catch {
        guard collects else { throw error }
        if next >= tokens.count { break }
        recover()
      }
    }
    return nodes
  }

  enum Item {
    case node(SyntaxNode)
    case terminator(Terminator, position: Int)
  }

  mutating func parseTextOrAction() throws(Stop) -> Item {
    let token = nextNonSpace()
    switch token.kind {
    case .text: return .node(SyntaxNode(.text(Int(token.start)..<Int(token.end)), at: Int(token.start)))
    case .leftDelimiter:
      actionLine = token.line
      defer { actionLine = 0 }
      return try parseAction()
    default: throw unexpected(token, "input")
    }
  }

  /// Nodes up to an `end` or `else`.
  mutating func parseList() throws(Stop) -> ([SyntaxNode], Terminator, Int) {
    depth += 1
    defer { depth -= 1 }
    if depth > nestingLimit || !stack.hasRoom { throw fail("blocks nest too deeply") }
    var nodes: [SyntaxNode] = []
    while peekNonSpace().kind != .endOfFile {
      do throws(Stop) {
        switch try parseTextOrAction() {
        case .node(let node): nodes.append(node)
        case .terminator(let terminator, let position): return (nodes, terminator, position)
        }
      } catch {
        guard collects, next < tokens.count, depth < nestingLimit, stack.hasRoom else { throw error }
        recover()
      }
    }
    throw fail("unexpected EOF")
  }

  mutating func expect(_ kinds: Token.Kind..., context: String) throws(Stop) -> Token {
    let token = nextNonSpace()
    guard kinds.contains(token.kind) else { throw unexpected(token, context) }
    return token
  }

  mutating func parseDefinition() throws(Stop) {
    let context = "define clause"
    let nameToken = try expect(.string, .rawString, context: context)
    let name = try unquote(nameToken)
    _ = try expect(.rightDelimiter, context: context)
    try define(name, context: context)
  }

  /// The body of a `define` or `block`, which sees none of the variables and loops around it.
  mutating func define(_ name: String, context: String) throws(Stop) {
    let saved = (variables, rangeDepth)
    (variables, rangeDepth) = (VariableScope(), 0)
    defer { (variables, rangeDepth) = saved }
    let head = furthest
    let (nodes, terminator, _) = try parseList()
    if terminator == .otherwise {
      // Go reads the body of a block apart, and still is at the head when it complains.
      if context == "block clause" { furthest = head }
      throw fail("unexpected {{else}} in \(context)")
    }
    try add(Definition(name: name, source: source, nodes: nodes))
  }

  mutating func add(_ definition: Definition) throws(Stop) {
    if let existing = definitions[definition.name], !existing.isEmpty {
      if definition.isEmpty { return }
      throw fail("template: multiple definition of template \(GoQuote.quote(definition.name))")
    }
    if definitions[definition.name] == nil { order.append(definition.name) }
    definitions[definition.name] = definition
  }

  mutating func unquote(_ token: Token) throws(Stop) -> String {
    guard let bytes = GoQuote.unquote(source.bytes[Int(token.start)..<Int(token.end)]) else {
      throw fail("invalid syntax")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Actions

  mutating func parseAction() throws(Stop) -> Item {
    let token = nextNonSpace()
    let position = Int(token.start)
    switch token.kind {
    case .block: return .node(try parseBlock())
    case .breakLoop, .continueLoop:
      let name = token.kind == .breakLoop ? "{{break}}" : "{{continue}}"
      let after = nextNonSpace()
      if after.kind != .rightDelimiter { throw unexpected(after, name) }
      if rangeDepth == 0 { throw fail("\(name) outside {{range}}") }
      return .node(SyntaxNode(token.kind == .breakLoop ? .breakLoop : .continueLoop, at: position))
    case .elseBranch:
      let after = peekNonSpace()
      if after.kind == .ifBranch || after.kind == .with { return .terminator(.otherwise, position: Int(after.start)) }
      return .terminator(.otherwise, position: Int(try expect(.rightDelimiter, context: "else").start))
    case .end: return .terminator(.end, position: Int(try expect(.rightDelimiter, context: "end").start))
    case .ifBranch: return .node(try parseBranch(.ifBranch))
    case .range: return .node(try parseBranch(.range))
    case .with: return .node(try parseBranch(.with))
    case .template:
      let nameToken = nextNonSpace()
      let name = try parseTemplateName(nameToken, "template clause")
      var pipeline: SyntaxNode?
      if nextNonSpace().kind != .rightDelimiter {
        next -= 1
        pipeline = try parsePipeline("template clause", end: .rightDelimiter)
      }
      return .node(SyntaxNode(.template(name: name, pipeline: pipeline), at: Int(nameToken.start)))
    default:
      next -= 1
      let start = Int(peek().start)
      return .node(SyntaxNode(.action(try parsePipeline("command", end: .rightDelimiter)), at: start))
    }
  }

  mutating func parseTemplateName(_ token: Token, _ context: String) throws(Stop) -> String {
    guard token.kind == .string || token.kind == .rawString else { throw unexpected(token, context) }
    return try unquote(token)
  }

  mutating func parseBlock() throws(Stop) -> SyntaxNode {
    let context = "block clause"
    let nameToken = nextNonSpace()
    let name = try parseTemplateName(nameToken, context)
    let pipeline = try parsePipeline(context, end: .rightDelimiter)
    try define(name, context: context)
    return SyntaxNode(.template(name: name, pipeline: pipeline), at: Int(nameToken.start))
  }

  mutating func parseBranch(_ branch: SyntaxNode.Branch) throws(Stop) -> SyntaxNode {
    let mark = variables.count
    defer { variables.leave(to: mark) }
    let pipeline: SyntaxNode
    do throws(Stop) {
      pipeline = try parsePipeline(branch.rawValue, end: .rightDelimiter)
    } catch {
      guard collects, next < tokens.count else { throw error }
      // The body is still worth reading.
      recover()
      pipeline = SyntaxNode(.pipeline(SyntaxNode.Pipeline()), at: 0)
    }
    if branch == .range { rangeDepth += 1 }
    let (body, terminator, position): ([SyntaxNode], Terminator, Int)
    do throws(Stop) {
      (body, terminator, position) = try parseList()
    } catch {
      if branch == .range { rangeDepth -= 1 }
      throw error
    }
    if branch == .range { rangeDepth -= 1 }
    var otherwise: [SyntaxNode]?
    if terminator == .otherwise {
      let after = peek().kind
      if (branch == .ifBranch && after == .ifBranch) || (branch == .with && after == .with) {
        next += 1
        depth += 1
        defer { depth -= 1 }
        if depth > nestingLimit || !stack.hasRoom { throw fail("blocks nest too deeply") }
        otherwise = [try parseBranch(branch)]
      } else {
        let (nodes, last, _) = try parseList()
        if last == .otherwise { throw fail("expected end; found {{else}}") }
        otherwise = nodes
      }
    }
    _ = position
    return SyntaxNode(
      .branch(branch, pipeline: pipeline, body: body, otherwise: otherwise), at: pipeline.position)
  }
}
