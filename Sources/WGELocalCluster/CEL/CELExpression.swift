/// An expression of the Common Expression Language, parsed.
indirect enum CELExpression: Sendable {
  case literal(CELValue)
  case name(String)
  case member(CELExpression, String)
  case index(CELExpression, CELExpression)
  case has(CELExpression, String)
  case call(String, [CELExpression])
  case method(CELExpression, String, [CELExpression])
  case list([CELExpression])
  case map([(key: CELExpression, value: CELExpression)])
  case not(CELExpression)
  case negate(CELExpression)
  case binary(String, CELExpression, CELExpression)
  case and(CELExpression, CELExpression)
  case or(CELExpression, CELExpression)
  case conditional(CELExpression, CELExpression, CELExpression)
  case comprehension(CELComprehension)
}

/// `range.all(x, predicate)` and its relatives.
struct CELComprehension: Sendable {
  enum Kind: String, Sendable {
    case all, exists, map, filter
    case existsOne = "exists_one"
  }

  var kind: Kind
  var range: CELExpression
  var variable: String
  /// For the form `map(x, predicate, transform)`.
  var filter: CELExpression?
  var body: CELExpression
}

/// What is wrong with an expression before it is evaluated.
struct CELCompileError: Error, CustomStringConvertible {
  /// From 1, in characters.
  let column: Int
  let problem: String

  var description: String { "compilation failed: ERROR: <input>:1:\(column): \(problem)" }
}
