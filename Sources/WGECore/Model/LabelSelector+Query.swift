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
    if token == .end { return selector }
    while true {
      try add(try requirement(), to: &selector)
      switch token {
      case .end: return selector
      case .sign(","):
        index += 1
        if token == .end { throw error("identifier after ','") }
      default: throw error("',' or 'end of string'")
      }
    }
  }

  /// Equality becomes a match label, unless the key has one already.
  private func add(
    _ requirement: (term: LabelSelector.Requirement, isEquality: Bool), to selector: inout LabelSelector
  ) throws(SelectorParseError) {
    let term = requirement.term
    let problems = term.validate()
    if !problems.isEmpty { throw SelectorParseError(description: "unable to parse requirement: \(problems[0])") }
    if requirement.isEquality, let value = term.values?.first, selector.matchLabels?[term.key] == nil {
      selector.matchLabels = (selector.matchLabels ?? [:]).merging([term.key: value]) { $1 }
    } else {
      selector.matchExpressions = (selector.matchExpressions ?? []) + [term]
    }
  }

  private mutating func requirement() throws(SelectorParseError) -> (term: LabelSelector.Requirement, isEquality: Bool)
  {
    if token == .sign("!") {
      index += 1
      return (LabelSelector.Requirement(key: try word("identifier"), operator: .doesNotExist), false)
    }
    let key = try word("identifier")
    switch token {
    case .end, .sign(","): return (LabelSelector.Requirement(key: key, operator: .exists), false)
    case .sign("="), .sign("=="):
      index += 1
      return (LabelSelector.Requirement(key: key, operator: .in, values: [value()]), true)
    case .sign("!="):
      index += 1
      return (LabelSelector.Requirement(key: key, operator: .notIn, values: [value()]), false)
    case .sign(">"), .sign("<"):
      let isGreater = token == .sign(">")
      index += 1
      return (
        LabelSelector.Requirement(key: key, operator: isGreater ? .greaterThan : .lessThan, values: [value()]), false
      )
    case .word("in"), .word("notin"):
      let isIn = token == .word("in")
      index += 1
      return (LabelSelector.Requirement(key: key, operator: isIn ? .in : .notIn, values: try values()), false)
    default: throw error("in, notin, =, ==, !=, >, <")
    }
  }

  private mutating func values() throws(SelectorParseError) -> [String] {
    guard token == .sign("(") else { throw error("'('") }
    index += 1
    var values: Set<String> = [value()]
    while token == .sign(",") {
      index += 1
      values.insert(value())
    }
    guard token == .sign(")") else { throw error("',' or ')'") }
    index += 1
    return values.sorted()
  }

  // MARK: Tokens

  private var token: Token { index < tokens.count ? tokens[index] : .end }

  private mutating func word(_ expected: String) throws(SelectorParseError) -> String {
    guard case .word(let word) = token else { throw error(expected) }
    index += 1
    return word
  }

  /// Empty where the next token is not a word.
  private mutating func value() -> String {
    guard case .word(let word) = token else { return "" }
    index += 1
    return word
  }

  private func error(_ expected: String) -> SelectorParseError {
    let found =
      switch token {
      case .word(let word): word
      case .sign(let sign): sign
      case .end: ""
      }
    return SelectorParseError(
      description: "unable to parse requirement: found '\(found.prefix(64))', expected: \(expected)")
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
