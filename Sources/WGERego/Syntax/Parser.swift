/// Tokens to a syntax tree: the state that all parts of the parser share.
///
/// Recursive descent without backtracking over collections: a comprehension and a collection begin alike, and are told
/// apart after their first term. Nesting is bounded by ``RegoDefaults/maximumNesting`` and by the stack.
struct Parser {
  var tokens: [Token]
  var index = 0
  let file: String
  let text: String
  /// Rules of Rego v1 hold.
  var isV1: Bool
  /// Active keywords beside those that always are.
  var keywords: Set<String>
  private var depth = 0
  /// Deepest nesting of terms, also of those that a chain of operators makes.
  var maximumNesting = RegoDefaults.maximumNesting
  private let stack = StackGuard()
  /// Wildcards get names that no policy can spell.
  var wildcards = 0

  static let reserved: Set<String> = [
    "package", "import", "as", "default", "else", "not", "some", "with", "null", "true", "false",
  ]
  static let future: Set<String> = ["if", "contains", "in", "every"]

  init(tokens: [Token], file: String, text: String, isV1: Bool) {
    self.tokens = tokens
    self.file = file
    self.text = text
    self.isV1 = isV1
    keywords = isV1 ? Self.future : []
  }

  // MARK: - Tokens

  var token: Token { tokens[index] }
  var next: Token { tokens[min(index + 1, tokens.count - 1)] }
  var previous: Token { tokens[max(index - 1, 0)] }

  mutating func advance() { if index < tokens.count - 1 { index += 1 } }

  func isSymbol(_ text: String) -> Bool { token.kind == .symbol && token.text == text }

  /// The token is the keyword, and not the head of a reference such as `if.x`.
  func isKeyword(_ word: String) -> Bool {
    guard token.kind == .identifier, token.text == word, Self.reserved.contains(word) || keywords.contains(word) else {
      return false
    }
    return !startsReference
  }

  /// A name followed directly by `.`, `[` or, for keywords in the middle of heads, nothing.
  var startsReference: Bool {
    let after = next
    return after.kind == .symbol && (after.text == "." || after.text == "[") && after.location.offset == token.endOffset
  }

  mutating func take(_ symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: String, _ what: String) throws(RegoDiagnostic) {
    if !take(symbol) { throw unexpected(what) }
  }

  func error(_ message: String, at place: SourceLocation? = nil) -> RegoDiagnostic {
    RegoDiagnostic(.parse, message, at: place ?? token.location)
  }

  func unexpected(_ what: String = "") -> RegoDiagnostic {
    let name: String
    switch token.kind {
    case .end: name = "eof"
    case .identifier:
      name =
        Self.reserved.contains(token.text) || keywords.contains(token.text) ? "\(token.text) keyword" : "identifier"
    case .number: name = "number"
    case .string, .rawString, .template: name = "string"
    case .symbol: name = token.text
    }
    return error("unexpected \(name) token" + (what.isEmpty ? "" : ": \(what)"))
  }

  mutating func nested<R>(_ body: (inout Parser) throws(RegoDiagnostic) -> R) throws(RegoDiagnostic) -> R {
    depth += 1
    defer { depth -= 1 }
    if depth > maximumNesting || !stack.hasRoom { throw tooDeep() }
    return try body(&self)
  }

  private func tooDeep() -> RegoDiagnostic { error("nested too deeply (limit \(maximumNesting))") }

  /// A call that holds what was read before it: chains of them are as deep as they are long.
  func chained(_ term: Term) throws(RegoDiagnostic) -> Term {
    let term = closed(term)
    if term.depth > maximumNesting { throw tooDeep() }
    return term
  }

  /// Refuses paths that go on without end.
  func checkLength(_ path: [Term]) throws(RegoDiagnostic) {
    if path.count > RegoDefaults.maximumPath {
      throw error("reference too long (limit \(RegoDefaults.maximumPath) components)")
    }
  }

  mutating func wildcard() -> String {
    wildcards += 1
    return "$\(wildcards)"
  }

  /// A parser of the tokens of a template's expression.
  func inner(_ tokens: [Token]) -> Parser {
    var parser = self
    parser.tokens = tokens
    parser.index = 0
    return parser
  }

  func closed(_ term: Term) -> Term {
    var term = term
    term.measure()
    term.end = previous.endOffset
    term.endRow = previous.endRow
    return term
  }

  func sourceText(from start: Int) -> String {
    let bytes = text.utf8
    let end = previous.endOffset
    guard start < end, end <= bytes.count else { return "" }
    return String(decoding: Array(bytes.dropFirst(start).prefix(end - start)), as: UTF8.self)
  }
}
