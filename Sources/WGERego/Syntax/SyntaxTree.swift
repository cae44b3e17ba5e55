/// A term: a value, a variable, a reference, a call or a collection of terms.
struct Term: Sendable {
  indirect enum Kind: Sendable {
    case null
    case bool(Bool)
    case number(RegoNumber)
    case string(String)
    case variable(String)
    /// A head and its operands; a name after a dot is a string.
    case ref([Term])
    case array([Term])
    case object([(Term, Term)])
    case set([Term])
    case arrayComprehension(Term, [Expression])
    case setComprehension(Term, [Expression])
    case objectComprehension(Term, Term, [Expression])
    /// A call: the name of the function as a dotted path, and the arguments.
    case call([Term], [Term])
    case template([TemplatePart])
  }

  /// How the term was written, where there is a choice.
  enum Style: Sendable {
    case plain
    /// A string or template in backquotes.
    case raw
    /// A call written as an operator.
    case infix
    /// In parentheses of its own.
    case parenthesised
  }

  var kind: Kind
  var location: SourceLocation
  var style = Style.plain
  /// Offset of the first byte after the term.
  var end = 0
  /// Row on which the term ends.
  var endRow = 0
  /// Levels of terms below, as the parser measured them.
  private(set) var depth: Int32 = 0

  init(_ kind: Kind, _ location: SourceLocation, style: Style = .plain) {
    self.kind = kind
    self.location = location
    self.style = style
  }

  /// Takes ``depth`` from the terms inside, which were measured before.
  mutating func measure() {
    var deepest: Int32 = -1
    func visit(_ term: Term) { deepest = max(deepest, term.depth) }
    func visit(_ body: [Expression]) {
      for expression in body {
        switch expression.kind {
        case .term(let term): visit(term)
        case .unify(let left, let right), .assign(let left, let right):
          visit(left)
          visit(right)
        case .call(let name, let arguments): (name + arguments).forEach { visit($0) }
        case .some(let names): names.forEach { visit($0) }
        case .someIn(let key, let value, let domain): [key, value, domain].compactMap(\.self).forEach { visit($0) }
        case .every(_, let value, let domain, let body):
          visit(value)
          visit(domain)
          visit(body)
        }
        for with in expression.withs {
          visit(with.target)
          visit(with.value)
        }
      }
    }
    switch kind {
    case .null, .bool, .number, .string, .variable: break
    case .ref(let terms), .array(let terms), .set(let terms): terms.forEach { visit($0) }
    case .object(let pairs):
      for pair in pairs {
        visit(pair.0)
        visit(pair.1)
      }
    case .arrayComprehension(let head, let body), .setComprehension(let head, let body):
      visit(head)
      visit(body)
    case .objectComprehension(let key, let value, let body):
      visit(key)
      visit(value)
      visit(body)
    case .call(let name, let arguments): (name + arguments).forEach { visit($0) }
    case .template(let parts):
      for case .expression(let expression) in parts { visit([expression]) }
    }
    depth = deepest + 1
  }

  static func variable(_ name: String, _ location: SourceLocation) -> Term { Term(.variable(name), location) }
  static func string(_ text: String, _ location: SourceLocation) -> Term { Term(.string(text), location) }

  /// A string that was written with quotes, not as a name after a dot.
  var wasQuoted: Bool { end > 0 }

  var variableName: String? { if case .variable(let name) = kind { name } else { nil } }
  var stringValue: String? { if case .string(let text) = kind { text } else { nil } }
}

enum TemplatePart: Sendable {
  case text(String)
  case expression(Expression)
}

/// One `with` modifier.
struct With: Sendable {
  var target: Term
  var value: Term
  var location: SourceLocation
}

/// One expression of a body.
struct Expression: Sendable {
  indirect enum Kind: Sendable {
    case term(Term)
    /// `a = b`.
    case unify(Term, Term)
    /// `a := b`.
    case assign(Term, Term)
    /// A call as an expression of its own. After expansion, one argument more than the function takes is the
    /// pattern that its result is unified with.
    case call([Term], [Term])
    case some([Term])
    case someIn(key: Term?, value: Term, domain: Term)
    case every(key: Term?, value: Term, domain: Term, body: [Expression])
  }

  var kind: Kind
  var location: SourceLocation
  var isNegated = false
  var withs: [With] = []
  /// Made by the compiler, not written by the author.
  var isGenerated = false
  var endRow = 0
  /// For an expression that the author wrote: its text.
  var source: String?

  init(_ kind: Kind, _ location: SourceLocation) {
    self.kind = kind
    self.location = location
  }
}

/// One link of an else chain; the first one is the rule itself.
struct Branch: Sendable {
  var value: Term?
  var body: [Expression]
  var location: SourceLocation
  /// True when a body was written.
  var hasBody: Bool
  var usesAssign = true
  /// The row of the body's closing brace, or 0.
  var closingRow = 0
  /// The body was written without braces.
  var isShort = false
}

/// A rule as it was written.
struct Rule: Sendable {
  var location: SourceLocation
  var isDefault = false
  /// Name and operands of the head.
  var ref: [Term]
  var arguments: [Term]?
  /// The element, for `contains`.
  var element: Term?
  var branches: [Branch]
  /// Further bodies that follow the first one directly (`p { a } { b }`).
  var isChained = false
  var annotations: [Annotation] = []
  var endRow = 0

  /// `p contains x`, or a v0 set.
  var isSet: Bool { element != nil }
  var isFunction: Bool { arguments != nil }
}

struct Import: Sendable {
  var path: [Term]
  var alias: String?
  var location: SourceLocation
  var endRow = 0
}

/// A parsed module.
struct Module: Sendable {
  var file: String
  var package: [Term]
  var packageLocation: SourceLocation
  var imports: [Import]
  var rules: [Rule]
  var comments: [Comment]
  var annotations: [Annotation]
  /// The rules of Rego v1 hold, by the host's choice or by `import rego.v1`.
  var isV1: Bool
  /// Lines of the text, for messages and formatting.
  var text: String

  /// The strings of the package path, without `data`.
  var path: [String] { package.compactMap(\.stringValue) }
}
