/// Why a text is not a label or field selector.
public struct SelectorParseError: Error, Hashable, CustomStringConvertible {
  /// What is wrong, as a sentence that begins as Kubernetes' does.
  public let description: String
}

extension LabelSelector {
  /// Reads the query form: terms separated by commas, each `key`, `!key`, `key=value`, `key==value`,
  /// `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key>5` or `key<5`. Values may be empty. The
  /// empty text matches everything.
  public init(parsing text: String) throws(SelectorParseError) {
    var parser = SelectorParser(text)
    self = try parser.selector()
  }
}

/// Recursive-descent over the words and signs of a query.
private struct SelectorParser {
  private enum Token: Equatable {
    case word(String)
    case sign(String)
    case end
  }

  private let tokens: [Token]
  private var index = 0

  init(_ text: String) { tokens = Self.tokens(Array(text.utf8)) }

  mutating func selector() throws(SelectorParseError) -> LabelSelector {
    var selector = LabelSelector()
    while true {
      switch token {
      case .end: return selector
      case .word, .sign("!"):
        do {
          let requirement = try requirement()
          add(requirement.term, isEquality: requirement.isEquality, to: &selector)
        } catch {
          throw SelectorParseError(description: "unable to parse requirement: \(error.description)")
        }
      case .sign: throw error("!, identifier, or 'end of string'")
      }
      switch token {
      case .end: return selector
      case .sign(","):
        index += 1
        switch token {
        case .word, .sign("!"): break
        default: throw error("identifier after ','")
        }
      default: throw error("',' or 'end of string'")
      }
    }
  }

  /// Equality becomes a match label, unless the key has one already.
  private func add(_ term: LabelSelector.Requirement, isEquality: Bool, to selector: inout LabelSelector) {
    if isEquality, let value = term.values?.first, selector.matchLabels?[term.key] == nil {
      selector.matchLabels = (selector.matchLabels ?? [:]).merging([term.key: value]) { $1 }
    } else {
      selector.matchExpressions = (selector.matchExpressions ?? []) + [term]
    }
  }

  private mutating func requirement() throws(SelectorParseError) -> (term: LabelSelector.Requirement, isEquality: Bool)
  {
    let isNegated = token == .sign("!")
    if isNegated { index += 1 }
    guard case .word(let key) = token else { throw error("identifier") }
    index += 1
    let problems = NameValidation.qualifiedName(key)
    if !problems.isEmpty { throw Self.joined([Self.invalid("<nil>", key, problems)]) }
    if isNegated || token == .end || token == .sign(",") {
      return (LabelSelector.Requirement(key: key, operator: isNegated ? .doesNotExist : .exists), false)
    }
    let op = token
    switch op {
    case .sign("="), .sign("=="), .sign("!="), .sign(">"), .sign("<"), .word("in"), .word("notin"): index += 1
    default: throw error("in, notin, =, ==, !=, gt, lt")
    }
    var term = LabelSelector.Requirement(key: key, operator: .in)
    switch op {
    case .word("in"): term.values = try values()
    case .word: (term.operator, term.values) = (.notIn, try values())
    case .sign("!="): (term.operator, term.values) = (.notIn, [try value()])
    case .sign(">"): (term.operator, term.values) = (.greaterThan, [try value()])
    case .sign("<"): (term.operator, term.values) = (.lessThan, [try value()])
    default: term.values = [try value()]
    }
    try check(term)
    return (term, op == .sign("=") || op == .sign("=="))
  }

  private func check(_ term: LabelSelector.Requirement) throws(SelectorParseError) {
    var problems: [String] = []
    for (position, value) in (term.values ?? []).enumerated() {
      if term.operator == .greaterThan || term.operator == .lessThan, Int64(value) == nil {
        problems.append(
          "values[\(position)]: Invalid value: \(Self.quote(value)): for 'Gt', 'Lt' operators, the value must be an integer"
        )
      }
      let broken = NameValidation.labelValue(value)
      if !broken.isEmpty { problems.append(Self.invalid("values[\(position)][\(term.key)]", value, broken)) }
    }
    if !problems.isEmpty { throw Self.joined(problems) }
  }

  private static func joined(_ problems: [String]) -> SelectorParseError {
    SelectorParseError(description: problems.count == 1 ? problems[0] : "[\(problems.joined(separator: ", "))]")
  }

  private static func invalid(_ field: String, _ value: String, _ problems: [String]) -> String {
    "\(field): Invalid value: \(quote(value)): \(problems.joined(separator: "; "))"
  }

  private static func quote(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }

  private mutating func values() throws(SelectorParseError) -> [String] {
    guard token == .sign("(") else { throw error("'('", after: "") }
    index += 1
    var values: Set<String> = []
    if token == .sign(")") {
      index += 1
      return [""]
    }
    guard token != .end else { throw error("',', ')' or identifier") }
    while true {
      switch token {
      case .word(let word):
        index += 1
        values.insert(word)
        if token == .sign(")") { break }
        guard token == .sign(",") else { throw error("',' or ')'") }
        continue
      case .sign(","):
        index += 1
        if values.isEmpty || token == .sign(",") || token == .sign(")") { values.insert("") }
        if token == .sign(")") { break }
        continue
      default: throw error("',', or identifier")
      }
      index += 1
      return values.sorted()
    }
  }

  // MARK: Tokens

  private var token: Token { index < tokens.count ? tokens[index] : .end }

  /// Empty at the end of a term.
  private mutating func value() throws(SelectorParseError) -> String {
    switch token {
    case .end, .sign(","): return ""
    case .word(let word):
      index += 1
      return word
    case .sign: throw error("identifier")
    }
  }

  private func error(_ expected: String, after comma: String = ",") -> SelectorParseError {
    let found =
      switch token {
      case .word(let word): word
      case .sign(let sign): sign
      case .end: ""
      }
    return SelectorParseError(description: "found '\(found.prefix(64))'\(comma) expected: \(expected)")
  }

  private static func tokens(_ bytes: [UInt8]) -> [Token] {
    var tokens: [Token] = []
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      case let byte where Self.signs.contains(byte):
        let two = bytes[index...].prefix(2)
        if two.elementsEqual("==".utf8) || two.elementsEqual("!=".utf8) {
          tokens.append(.sign(String(decoding: two, as: UTF8.self)))
          index += 2
        } else {
          tokens.append(.sign(String(decoding: [byte], as: UTF8.self)))
          index += 1
        }
      default:
        let word = bytes[index...].prefix { !Self.signs.contains($0) && $0 != 0x20 && !(0x09...0x0D).contains($0) }
        tokens.append(.word(String(decoding: word, as: UTF8.self)))
        index += max(1, word.count)
      }
    }
    return tokens
  }

  private static let signs = Set("=!(),<>".utf8)
}
