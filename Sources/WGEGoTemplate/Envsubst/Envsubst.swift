// `${NAME}` substitution as Cluster API's simple processor does it.
//
// A text is parsed to a tree of literals and expansions; arguments of an expansion may hold expansions. Values are
// inserted as they are: never read again, never quoted.

/// A text with `${NAME}` expansions, parsed.
///
/// ```swift
/// let text = try Envsubst("name: ${NAME} in ${REGION:=eu}")
/// text.variables()                        // ["NAME", "REGION"]
/// try text.render(["NAME": "shop"])       // name: shop in eu
/// ```
public struct Envsubst: Sendable {
  indirect enum Node: Sendable {
    case text([UInt8])
    case expansion(name: String, Operation, [[Node]])
  }

  enum Operation: Sendable {
    case value, length, upperFirst, upper, lowerFirst, lower, substring, fallback
    case removePrefix(longest: Bool)
    case removeSuffix(longest: Bool)
    case replace(all: Bool)
    case replacePrefix, replaceSuffix
  }

  let nodes: [Node]
  /// Character classes work in `${v%pattern}`, which upstream matches backwards so that they never do.
  public var matchesClassesInSuffixes = false

  /// Parses a text.
  /// - Throws: ``EnvsubstError/syntax(_:)``.
  public init(_ text: String) throws(EnvsubstError) {
    var parser = EnvsubstParser(text)
    nodes = try parser.parse()
  }

  /// The names that the text uses, sorted.
  /// - Parameter nested: with those within arguments. Default true; upstream leaves them out.
  public func variables(nested: Bool = true) -> [String] {
    var names: Set<String> = []
    func visit(_ nodes: [Node]) {
      for case .expansion(let name, _, let arguments) in nodes {
        names.insert(name)
        if nested { arguments.forEach(visit) }
      }
    }
    visit(nodes)
    return names.sorted { ByteOrder.less($0, $1) }
  }

  /// The names without which the text cannot be rendered: those whose first occurrence has no argument; sorted.
  public var requiredVariables: [String] {
    var isRequired: [String: Bool] = [:]
    for case .expansion(let name, _, let arguments) in nodes where isRequired[name] == nil {
      isRequired[name] = arguments.allSatisfy(\.isEmpty)
    }
    return isRequired.filter(\.value).keys.sorted { ByteOrder.less($0, $1) }
  }

  /// The text with its expansions replaced.
  ///
  /// - Parameters:
  ///   - values: by name. Names without a value are empty, unless they are required.
  ///   - limit: bytes of output. Default 64 MiB.
  /// - Throws: ``EnvsubstError/missing(_:)`` and ``EnvsubstError/tooLarge(_:)``.
  public func render(_ values: [String: String], limit: Int = 64 << 20) throws(EnvsubstError) -> String {
    let missing = requiredVariables.filter { values[$0] == nil }
    if !missing.isEmpty { throw .missing(missing) }
    var evaluator = EnvsubstEvaluator(values: values, limit: limit, matchesClasses: matchesClassesInSuffixes)
    return String(decoding: try evaluator.evaluate(nodes), as: UTF8.self)
  }
}

/// Why a text could not be substituted.
public enum EnvsubstError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text is malformed.
  case syntax(String)
  /// Required variables without a value, sorted.
  case missing([String])
  /// The output is larger than so many bytes.
  case tooLarge(Int)

  /// Upstream's sentence.
  public var description: String {
    switch self {
    case .syntax(let problem): problem
    case .missing(let names):
      "value for variables [\(names.joined(separator: ", "))] is not set. "
        + "Please set the value using os environment variables or the clusterctl config file"
    case .tooLarge(let limit): "the output is larger than \(limit) bytes"
    }
  }
}
