/// An expression of the Common Expression Language, parsed: a node of the tree, and where it stands.
final class CELExpression: Sendable {
  enum Kind: Sendable {
    case literal(CELValue)
    case name(String)
    /// `target.field`, and `target.?field` where it is optional.
    case member(CELExpression, String, optional: Bool)
    case index(CELExpression, CELExpression, optional: Bool)
    case has(CELExpression, String)
    /// A function, an operator (`_+_`), or one with a dotted name.
    case call(String, [CELExpression])
    case method(CELExpression, String, [CELExpression])
    case list([CELExpression])
    case map([(key: CELExpression, value: CELExpression)])
    /// `&&` over two or more.
    case all([CELExpression])
    /// `||` over two or more.
    case any([CELExpression])
    case conditional(CELExpression, CELExpression, CELExpression)
    case comprehension(CELComprehension)
  }

  let kind: Kind
  /// From 0, in characters from the start of the text.
  let offset: Int
  /// How many nodes deep the tree below is, this one included. Bounded, because the tree is walked
  /// and freed by recursion.
  let height: Int

  init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
    height = 1 + (Self.children(of: kind).map(\.height).max() ?? 0)
  }

  static func children(of kind: Kind) -> [CELExpression] {
    switch kind {
    case .literal, .name: []
    case .member(let target, _, _), .has(let target, _): [target]
    case .index(let target, let index, _): [target, index]
    case .call(_, let arguments), .list(let arguments), .all(let arguments), .any(let arguments): arguments
    case .method(let target, _, let arguments): [target] + arguments
    case .map(let entries): entries.flatMap { [$0.key, $0.value] }
    case .conditional(let a, let b, let c): [a, b, c]
    case .comprehension(let comprehension):
      [comprehension.range] + (comprehension.filter.map { [$0] } ?? []) + [comprehension.body]
    }
  }
}

/// `range.all(x, predicate)` and its relatives.
struct CELComprehension: Sendable {
  enum Kind: String, Sendable {
    case all, exists, map, filter, transformList, transformMap, transformMapEntry, optMap, optFlatMap
    case existsOne = "exists_one"
  }

  var kind: Kind
  var range: CELExpression
  /// The item; with a second variable the index or key.
  var variable: String
  /// The value, in the forms that take two variables.
  var second: String?
  /// For the forms that take a predicate before the transformation.
  var filter: CELExpression?
  var body: CELExpression
}

/// What is wrong with an expression before it is evaluated.
struct CELCompileError: Error, CustomStringConvertible {
  struct Issue: Sendable {
    /// From 0, in characters.
    let offset: Int
    let problem: String
  }

  let issues: [Issue]
  let text: String

  init(_ issues: [Issue], in text: String) {
    self.issues = issues.sorted { $0.offset < $1.offset }
    self.text = text
  }

  /// As cel-go prints issues: each with its line and a pointer to the place.
  var description: String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let shown = issues.map { issue -> String in
      var offset = issue.offset
      var line = 0
      while line < lines.count - 1, offset > lines[line].unicodeScalars.count {
        offset -= lines[line].unicodeScalars.count + 1
        line += 1
      }
      let snippet = line < lines.count ? lines[line] : ""
      return
        "ERROR: <input>:\(line + 1):\(offset + 1): \(issue.problem)\n | \(snippet)\n | \(String(repeating: ".", count: max(0, offset)))^"
    }
    return shown.joined(separator: "\n")
  }
}
