internal import WGECore

/// Finds the types of an expression's parts, and what does not fit.
///
/// Every part has a type before it is evaluated: a rule that names a field which the schema does not
/// have, or compares text with a number, is refused when its definition is created.
/// Source: cel-spec, section Gradual Type Checking; the sentences are cel-go's.
struct CELChecker {
  private var variables: [String: CELType]
  private var issues: [CELCompileError.Issue] = []
  /// The types of all parts.
  private var types: [ObjectIdentifier: CELType] = [:]

  /// The type of an expression.
  /// - Throws: all that is wrong with it.
  static func check(_ expression: CELExpression, _ text: String, variables: [String: CELType])
    throws(CELCompileError) -> CELType
  {
    try types(of: expression, text, variables: variables).whole
  }

  /// The type of an expression, and those of its parts by their identity.
  /// - Throws: all that is wrong with it.
  static func types(of expression: CELExpression, _ text: String, variables: [String: CELType])
    throws(CELCompileError) -> (whole: CELType, parts: [ObjectIdentifier: CELType])
  {
    var checker = CELChecker(variables: variables)
    let type = checker.type(of: expression)
    if !checker.issues.isEmpty { throw CELCompileError(checker.issues, in: text) }
    return (type, checker.types)
  }

  /// Reads and checks an expression over variables that may hold anything.
  static func compile(_ text: String, variables: [String]) throws(CELCompileError) -> CELExpression {
    let expression = try CELParser.parse(text)
    _ = try check(expression, text, variables: Dictionary(variables.map { ($0, CELType.dyn) }) { $1 })
    return expression
  }

  private init(variables: [String: CELType]) { self.variables = variables }

  private mutating func report(_ problem: String, _ expression: CELExpression) -> CELType {
    if issues.count < 100 { issues.append(.init(offset: expression.offset, problem: problem)) }
    return .dyn
  }

  private static let typeNames: Set<String> = [
    "int", "uint", "double", "string", "bool", "bytes", "list", "map", "null_type", "type", "optional_type",
  ]

  private mutating func type(of expression: CELExpression) -> CELType {
    let type = infer(expression)
    types[ObjectIdentifier(expression)] = type
    return type
  }

  private mutating func infer(_ expression: CELExpression) -> CELType {
    switch expression.kind {
    case .literal(let value): return value.staticType
    case .name(let name):
      if let type = variables[name] { return type }
      if Self.typeNames.contains(name) { return .type }
      return report("undeclared reference to '\(name)' (in container '')", expression)
    case .member(let target, let field, let optional):
      let result = member(type(of: target), field, expression)
      return optional ? result.asOptional : result
    case .has(let target, let field):
      _ = member(type(of: target), field, expression)
      return .bool
    case .index(let target, let index, let optional):
      var container = type(of: target)
      var isOptional = optional
      if case .optional(let inner) = container {
        container = inner
        isOptional = true
      }
      let result = call("_[_]", nil, [container, type(of: index)], expression)
      return isOptional ? result.asOptional : result
    case .call(let name, let arguments):
      let types = arguments.map { type(of: $0) }
      if name == "matches", arguments.count == 2 { checkPattern(arguments[1]) }
      return call(name, nil, types, expression)
    case .method(let target, let name, let arguments):
      if CELSignatures.overloads[name] == nil {
        // A namespace that is none is a reference to nothing, as is its function.
        _ = type(of: target)
        for argument in arguments { _ = type(of: argument) }
        return report("undeclared reference to '\(name)' (in container '')", expression)
      }
      let receiver = type(of: target)
      let types = arguments.map { type(of: $0) }
      if ["matches", "find", "findAll"].contains(name), let pattern = arguments.first {
        checkPattern(pattern, name)
      }
      return call(name, receiver, types, expression)
    case .list(let items): return .list(common(items))
    case .map(let entries):
      return entries.isEmpty ? .map(.dyn, .dyn) : .map(common(entries.map(\.key)), common(entries.map(\.value)))
    case .all(let terms), .any(let terms):
      for term in terms {
        let found = type(of: term)
        var bindings: [String: CELType] = [:]
        if !CELType.bool.accepts(found, &bindings) { _ = report("expected type 'bool' but found '\(found)'", term) }
      }
      return .bool
    case .conditional(let condition, let yes, let no):
      return call("_?_:_", nil, [type(of: condition), type(of: yes), type(of: no)], expression)
    case .comprehension(let comprehension): return type(of: comprehension, expression)
    }
  }

  private mutating func checkPattern(_ argument: CELExpression, _ function: String = "matches") {
    guard case .literal(.string(let text)) = argument.kind else { return }
    if (try? Pattern(text)) == nil { _ = report("invalid \(function) argument", argument) }
  }

  private mutating func member(_ target: CELType, _ field: String, _ expression: CELExpression) -> CELType {
    switch target {
    case .dyn: return .dyn
    case .map(_, let value): return value
    case .object(let object):
      if let type = object.field(field) { return type }
      return report("undefined field '\(field)'", expression)
    case .optional(let inner): return member(inner, field, expression).asOptional
    default: return report("type '\(target)' does not support field selection", expression)
    }
  }

  /// The type that all items have.
  private mutating func common(_ items: [CELExpression]) -> CELType {
    guard let first = items.first else { return .dyn }
    var result = type(of: first)
    for item in items.dropFirst() {
      let found = type(of: item)
      var bindings: [String: CELType] = [:]
      if result == .dyn || found == .dyn {
        result = .dyn
      } else if !result.accepts(found, &bindings) {
        _ = report("expected type '\(result)' but found '\(found)'", item)
      } else if result == .null {
        result = found
      }
    }
    return result
  }

  private mutating func call(_ name: String, _ receiver: CELType?, _ arguments: [CELType], _ expression: CELExpression)
    -> CELType
  {
    guard let overloads = CELSignatures.overloads[name] else {
      return report("undeclared reference to '\(name)' (in container '')", expression)
    }
    var results: [CELType] = []
    for overload in overloads
    where (overload.receiver == nil) == (receiver == nil) && overload.parameters.count == arguments.count {
      var bindings: [String: CELType] = [:]
      if let wanted = overload.receiver, let receiver, !wanted.accepts(receiver, &bindings) { continue }
      guard zip(overload.parameters, arguments).allSatisfy({ $0.accepts($1, &bindings) }) else { continue }
      results.append(overload.result.replacing(bindings))
    }
    guard let first = results.first else {
      let shown = "(\(arguments.map(\.description).joined(separator: ", ")))"
      return report(
        "found no matching overload for '\(name)' applied to '\(receiver.map { "\($0)." } ?? "")\(shown)'", expression)
    }
    // Where an operand may be anything, so may the result, unless all overloads agree.
    return results.allSatisfy { $0 == first } ? first : .dyn
  }

  private mutating func type(of comprehension: CELComprehension, _ expression: CELExpression) -> CELType {
    let range = type(of: comprehension.range)
    if comprehension.kind == .optMap || comprehension.kind == .optFlatMap {
      guard case .optional(let inner) = range else {
        if range == .dyn { return .dyn }
        return report(
          "found no matching overload for 'hasValue' applied to '\(range).()'", expression)
      }
      let body = bound([comprehension.variable: inner]) { $0.type(of: comprehension.body) }
      return comprehension.kind == .optMap ? .optional(body) : body
    }
    let (key, value): (CELType, CELType)
    switch range {
    case .list(let element): (key, value) = (.int, element)
    case .map(let k, let v): (key, value) = (k, v)
    case .dyn: (key, value) = (.dyn, .dyn)
    default:
      return report(
        "expression of type '\(range)' cannot be range of a comprehension (must be list, map, or dynamic)",
        comprehension.range)
    }
    var scope: [String: CELType]
    if let second = comprehension.second {
      scope = [comprehension.variable: key, second: value]
    } else {
      scope = [comprehension.variable: { if case .map = range { key } else { value } }()]
    }
    return bound(scope) { checker in
      if let filter = comprehension.filter { checker.expectBool(filter) }
      switch comprehension.kind {
      case .all, .exists, .existsOne:
        checker.expectBool(comprehension.body)
        return .bool
      case .filter:
        checker.expectBool(comprehension.body)
        if case .map(let k, _) = range { return .list(k) }
        return range
      case .map, .transformList: return .list(checker.type(of: comprehension.body))
      case .transformMap: return .map(key, checker.type(of: comprehension.body))
      default: return checker.type(of: comprehension.body)
      }
    }
  }

  private mutating func expectBool(_ expression: CELExpression) {
    let found = type(of: expression)
    var bindings: [String: CELType] = [:]
    if !CELType.bool.accepts(found, &bindings) {
      _ = report("expected type 'bool' but found '\(found)'", expression)
    }
  }

  private mutating func bound(_ scope: [String: CELType], _ body: (inout CELChecker) -> CELType) -> CELType {
    let outer = variables
    variables.merge(scope) { $1 }
    defer { variables = outer }
    return body(&self)
  }
}

extension CELType {
  fileprivate var asOptional: CELType { if case .optional = self { self } else { .optional(self) } }
}

extension CELValue {
  /// The type of a literal.
  fileprivate var staticType: CELType {
    switch self {
    case .null: .null
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .double: .double
    case .string: .string
    case .bytes: .bytes
    default: .dyn
    }
  }
}
