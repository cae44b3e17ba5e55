/// One thing that is wrong with a policy, with its place.
public struct RegoDiagnostic: Sendable, Hashable, CustomStringConvertible {
  /// OPA's name for the kind of error.
  public enum Code: String, Sendable {
    /// The text is not Rego.
    case parse = "rego_parse_error"
    /// A rule of the language is broken.
    case compile = "rego_compile_error"
    /// Rules, functions or calls do not fit together.
    case type = "rego_type_error"
    /// A variable has no value where it is needed.
    case unsafeVariable = "rego_unsafe_var_error"
    /// A rule depends on itself.
    case recursion = "rego_recursion_error"
  }

  /// The kind.
  public let code: Code
  /// What is wrong, without place and code.
  public let message: String
  /// Where.
  public let location: SourceLocation

  init(_ code: Code, _ message: String, at location: SourceLocation) {
    self.code = code
    self.message = message
    self.location = location
  }

  /// `file:row: code: message`.
  public var description: String { "\(location): \(code.rawValue): \(message)" }
}

/// Why the engine gives no answer.
public enum RegoError: Error, Sendable, Hashable {
  /// The policy or the query is wrong: fix its text.
  case invalid([RegoDiagnostic])
  /// Evaluation ended in an error that the policy causes with this input.
  case evaluation(code: EvaluationCode, message: String, location: SourceLocation?)
  /// A limit was reached: raise it, or simplify the policy.
  case limit(RegoLimit)
  /// The host cancelled.
  case cancelled

  /// OPA's name for the kind of an evaluation error.
  public enum EvaluationCode: String, Sendable {
    /// Two values where there must be one.
    case conflict = "eval_conflict_error"
    /// A builtin's operand has the wrong type (strict mode).
    case type = "eval_type_error"
    /// A builtin failed (strict mode).
    case builtin = "eval_builtin_error"
    /// `with` replaces part of what cannot be replaced in part.
    case withMerge = "eval_with_merge_error"
    /// A fault of the engine.
    case `internal` = "eval_internal_error"
  }

  /// The code as text, as OPA spells it.
  public var code: String {
    switch self {
    case .invalid(let diagnostics): diagnostics.first?.code.rawValue ?? "rego_compile_error"
    case .evaluation(let code, _, _): code.rawValue
    case .limit: "eval_limit_error"
    case .cancelled: "eval_cancel_error"
    }
  }
}

/// A limit of an evaluation.
public enum RegoLimit: Sendable, Hashable {
  /// Steps.
  case steps(Int)
  /// Wall time.
  case time(Duration)
  /// Elements of collections, or bytes of text.
  case memory(Int)
  /// Nesting of calls or of values.
  case recursion
}

extension RegoError: CustomStringConvertible {
  /// As OPA prints it.
  public var description: String {
    switch self {
    case .invalid(let diagnostics):
      if diagnostics.count == 1 { return "1 error occurred: \(diagnostics[0])" }
      return "\(diagnostics.count) errors occurred:\n" + diagnostics.map(\.description).joined(separator: "\n")
    case .evaluation(let code, let message, let location):
      let place = location.map { "\($0): " } ?? ""
      return "\(place)\(code.rawValue): \(message)"
    case .limit(.steps(let count)): return "eval_limit_error: more than \(count) steps; raise RegoLimits.steps"
    case .limit(.time(let time)): return "eval_limit_error: took longer than \(time); raise RegoLimits.time"
    case .limit(.memory(let count)):
      return "eval_limit_error: built more than \(count) elements; raise RegoLimits.elements"
    case .limit(.recursion): return "eval_limit_error: nested too deeply for this thread's stack"
    case .cancelled: return "eval_cancel_error: caller cancelled query execution"
    }
  }
}
