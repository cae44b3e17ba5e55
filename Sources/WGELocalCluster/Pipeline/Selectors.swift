internal import WGECore

/// A label selector as the `labelSelector` parameter spells it, with upstream's parse errors.
/// Source: k8s.io/apimachinery, labels.
struct LabelSelection: Sendable {
  struct Requirement: Sendable {
    enum Operator: Sendable { case exists, absent, isIn, notIn, greater, less }
    var key: String
    var op: Operator
    var values: Set<String>
  }

  var requirements: [Requirement] = []
  var isEmpty: Bool { requirements.isEmpty }

  init() {}

  init(parsing text: String) throws(APIStatus) {
    var lexer = Lexer(text)
    do {
      requirements = try lexer.requirements()
    } catch {
      throw APIStatus.badRequest(error.message)
    }
  }

  /// From a `metav1.LabelSelector` object.
  init(_ selector: JSON?) {
    for member in selector?["matchLabels"]?.objectValue ?? JSONObject() {
      requirements.append(.init(key: member.key, op: .isIn, values: [member.value.stringValue ?? ""]))
    }
    for expression in selector?["matchExpressions"]?.arrayValue ?? [] {
      let values = Set((expression["values"]?.arrayValue ?? []).compactMap(\.stringValue))
      let op: Requirement.Operator =
        switch expression["operator"]?.stringValue {
        case "In": .isIn
        case "NotIn": .notIn
        case "Exists": .exists
        default: .absent
        }
      requirements.append(.init(key: expression["key"]?.stringValue ?? "", op: op, values: values))
    }
  }

  func matches(_ json: JSON) -> Bool {
    if requirements.isEmpty { return true }
    let labels = json["metadata"]?["labels"]?.objectValue ?? JSONObject()
    return requirements.allSatisfy { requirement in
      let value = labels[requirement.key]?.stringValue
      switch requirement.op {
      case .exists: return value != nil
      case .absent: return value == nil
      case .isIn: return value.map(requirement.values.contains) ?? false
      case .notIn: return value.map { !requirement.values.contains($0) } ?? true
      case .greater, .less:
        guard let value, let number = Int64(value), let bound = requirement.values.first.flatMap({ Int64($0) }) else {
          return false
        }
        return requirement.op == .greater ? number > bound : number < bound
      }
    }
  }

  /// As a selector string, in the order of keys: `a=b,c in (d,e)`.
  var text: String {
    requirements.sorted { $0.key < $1.key }.map { requirement in
      let values = requirement.values.sorted()
      switch requirement.op {
      case .exists: return requirement.key
      case .absent: return "!\(requirement.key)"
      case .isIn:
        return values.count == 1
          ? "\(requirement.key)=\(values[0])" : "\(requirement.key) in (\(values.joined(separator: ",")))"
      case .notIn:
        return values.count == 1
          ? "\(requirement.key)!=\(values[0])" : "\(requirement.key) notin (\(values.joined(separator: ",")))"
      case .greater: return "\(requirement.key)>\(values.first ?? "")"
      case .less: return "\(requirement.key)<\(values.first ?? "")"
      }
    }.joined(separator: ",")
  }

  struct ParseFailure: Error {
    let message: String
  }

  private struct Lexer {
    private let tokens: [String]
    private var position = 0

    init(_ text: String) {
      var tokens: [String] = []
      var word = ""
      func flush(_ word: inout String, _ tokens: inout [String]) {
        if !word.isEmpty { tokens.append(word) }
        word = ""
      }
      var iterator = text.unicodeScalars.makeIterator()
      var pending = iterator.next()
      while let scalar = pending {
        pending = iterator.next()
        switch scalar {
        case " ", "\t", "\n", "\r": flush(&word, &tokens)
        case "(", ")", ",", "<", ">":
          flush(&word, &tokens)
          tokens.append(String(Character(scalar)))
        case "=":
          flush(&word, &tokens)
          if pending == "=" {
            tokens.append("==")
            pending = iterator.next()
          } else {
            tokens.append("=")
          }
        case "!":
          flush(&word, &tokens)
          if pending == "=" {
            tokens.append("!=")
            pending = iterator.next()
          } else {
            tokens.append("!")
          }
        default: word.unicodeScalars.append(scalar)
        }
      }
      flush(&word, &tokens)
      self.tokens = tokens
    }

    private var current: String { position < tokens.count ? tokens[position] : "" }
    private static let symbols: Set<String> = ["(", ")", ",", "<", ">", "=", "==", "!=", "!"]

    mutating func requirements() throws(ParseFailure) -> [Requirement] {
      var result: [Requirement] = []
      while position < tokens.count {
        result.append(try requirement())
        if position == tokens.count { break }
        guard current == "," else {
          throw ParseFailure(message: "found '\(current)', expected: ',' or 'end of string'")
        }
        position += 1
        guard position < tokens.count, !Self.symbols.contains(current) || current == "!" else {
          throw ParseFailure(message: "found '\(current)', expected: identifier after ','")
        }
      }
      return result
    }

    private mutating func requirement() throws(ParseFailure) -> Requirement {
      var absent = false
      if current == "!" {
        absent = true
        position += 1
      }
      let key = current
      guard !key.isEmpty, !Self.symbols.contains(key) else {
        throw ParseFailure(
          message: "unable to parse requirement: found '\(key)', expected: !, identifier, or 'end of string'")
      }
      if let problem = NameValidation.qualifiedName(key).first {
        throw ParseFailure(
          message: "unable to parse requirement: <nil>: Invalid value: \(FieldError.quote(key)): \(problem)")
      }
      position += 1
      if absent { return Requirement(key: key, op: .absent, values: []) }
      let op = current
      switch op {
      case "", ",": return Requirement(key: key, op: .exists, values: [])
      case "=", "==", "!=":
        position += 1
        return Requirement(key: key, op: op == "!=" ? .notIn : .isIn, values: [try value(of: key)])
      case "<", ">":
        position += 1
        let bound = try value(of: key)
        guard Int64(bound) != nil else {
          throw ParseFailure(
            message:
              "unable to parse requirement: values[0][\(key)]: Invalid value: \(FieldError.quote(bound)): for 'Gt', 'Lt' operators, the value must be an integer"
          )
        }
        return Requirement(key: key, op: op == ">" ? .greater : .less, values: [bound])
      case "in", "notin":
        position += 1
        guard current == "(" else {
          throw ParseFailure(message: "unable to parse requirement: found '\(current)', expected: '('")
        }
        position += 1
        var values: Set<String> = []
        var expectsValue = true
        while current != ")" {
          guard position < tokens.count else {
            throw ParseFailure(message: "unable to parse requirement: found '', expected: ',', ')' or identifier")
          }
          if current == "," {
            if expectsValue { values.insert("") }
            expectsValue = true
            position += 1
          } else {
            values.insert(try value(of: key))
            expectsValue = false
          }
        }
        if expectsValue { values.insert("") }
        position += 1
        return Requirement(key: key, op: op == "in" ? .isIn : .notIn, values: values)
      default:
        throw ParseFailure(
          message: "unable to parse requirement: found '\(op)', expected: in, notin, =, ==, !=, gt, lt")
      }
    }

    private mutating func value(of key: String) throws(ParseFailure) -> String {
      let value = current
      if value.isEmpty || value == "," { return "" }
      guard !Self.symbols.contains(value) else {
        throw ParseFailure(message: "unable to parse requirement: found '\(value)', expected: identifier")
      }
      if let problem = NameValidation.labelValue(value).first {
        throw ParseFailure(
          message:
            "unable to parse requirement: values[0][\(key)]: Invalid value: \(FieldError.quote(value)): \(problem)")
      }
      position += 1
      return value
    }
  }
}

/// A field selector: equalities and inequalities joined by commas.
struct FieldSelection: Sendable {
  struct Term: Sendable {
    var field: String
    var value: String
    var equal: Bool
  }

  var terms: [Term] = []

  init() {}

  init(parsing text: String) throws(APIStatus) {
    for part in Self.split(text) {
      if part.isEmpty { continue }
      guard let term = Self.term(part) else {
        throw .badRequest("invalid selector: '\(part)'; can't understand '\(part)'")
      }
      terms.append(term)
    }
  }

  private static func split(_ text: String) -> [String] {
    var parts: [String] = [""]
    var escaped = false
    for character in text {
      if escaped {
        parts[parts.count - 1].append("\\")
        parts[parts.count - 1].append(character)
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else if character == "," {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts
  }

  private static func term(_ part: String) -> Term? {
    var index = part.startIndex
    while index < part.endIndex {
      let rest = part[index...]
      for (op, equal) in [("!=", false), ("==", true), ("=", true)] where rest.hasPrefix(op) {
        let value = rest.dropFirst(op.count)
        return Term(field: String(part[..<index]), value: unescape(value), equal: equal)
      }
      index = part.index(after: index)
    }
    return nil
  }

  private static func unescape(_ text: Substring) -> String {
    var result = ""
    var escaped = false
    for character in text {
      if !escaped, character == "\\" {
        escaped = true
        continue
      }
      result.append(character)
      escaped = false
    }
    return result
  }

  func exactValue(of field: String) -> String? {
    guard let term = terms.first(where: { $0.field == field && $0.equal }), !term.value.isEmpty else { return nil }
    return term.value
  }

  /// Refuses fields that the resource does not offer.
  func check(against resource: Resource) throws(APIStatus) {
    let known = ["metadata.name", "metadata.namespace"] + resource.behaviour.selectableFields.map(\.name)
    for term in terms where !known.contains(term.field) {
      if resource.isCustom || resource.behaviour.selectableFields.isEmpty {
        let list = (resource.isNamespaced || !resource.isCustom ? known : known.filter { $0 != "metadata.namespace" })
        throw .badRequest(
          "\"\(term.field)\" is not a known field selector: only \(list.map { "\"\($0)\"" }.joined(separator: ", "))")
      }
      throw .badRequest("field label not supported: \(term.field)")
    }
  }

  func matches(_ json: JSON, _ resource: Resource) -> Bool {
    terms.allSatisfy { term in
      let value: String
      switch term.field {
      case "metadata.name": value = json["metadata"]?["name"]?.stringValue ?? ""
      case "metadata.namespace": value = json["metadata"]?["namespace"]?.stringValue ?? ""
      default:
        value = resource.behaviour.selectableFields.first { $0.name == term.field }?.value(json) ?? ""
      }
      return (value == term.value) == term.equal
    }
  }
}
