/// `metav1.LabelSelector`: which objects are meant, by their labels.
///
/// An empty selector matches everything. Reads and prints the query form too:
/// `app=shop,tier!=db,env in (dev,prod),!legacy`.
public struct LabelSelector: Sendable, Hashable, Codable {
  /// One condition on one label.
  public struct Requirement: Sendable, Hashable, Codable {
    /// How the label is compared.
    public enum Operator: String, Sendable, Hashable, Codable {
      /// The label is there and its value is one of the values.
      case `in` = "In"
      /// The label is missing or its value is none of the values.
      case notIn = "NotIn"
      /// The label is there, whatever its value.
      case exists = "Exists"
      /// The label is missing.
      case doesNotExist = "DoesNotExist"
      /// The label is a larger integer than the value. Only in the query form.
      case greaterThan = "Gt"
      /// The label is a smaller integer than the value. Only in the query form.
      case lessThan = "Lt"
    }

    /// The label.
    public var key: String
    /// How it is compared.
    public var `operator`: Operator
    /// With what; nil or empty for ``Operator/exists`` and ``Operator/doesNotExist``.
    public var values: [String]?

    /// A condition on a label.
    public init(key: String, operator: Operator, values: [String]? = nil) {
      self.key = key
      self.operator = `operator`
      self.values = values
    }

    /// True when an object with these labels meets the condition.
    public func matches(_ labels: [String: String]) -> Bool { matches(labels[key]) }

    /// True when an object whose label has this value, nil for none, meets the condition.
    public func matches(_ label: String?) -> Bool {
      let values = values ?? []
      switch `operator` {
      case .in: return label.map(values.contains) ?? false
      case .notIn: return !(label.map(values.contains) ?? false)
      case .exists: return label != nil
      case .doesNotExist: return label == nil
      case .greaterThan, .lessThan:
        guard let number = label.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) else {
          return false
        }
        return `operator` == .greaterThan ? number > bound : number < bound
      }
    }
  }

  /// Labels that must have these values.
  public var matchLabels: [String: String]?
  /// Conditions that must all be met, besides ``matchLabels``.
  public var matchExpressions: [Requirement]?

  /// A selector; without arguments it matches everything.
  public init(matchLabels: [String: String]? = nil, matchExpressions: [Requirement]? = nil) {
    self.matchLabels = matchLabels
    self.matchExpressions = matchExpressions
  }

  /// True when nothing is asked for, so that everything matches.
  public var isEmpty: Bool { (matchLabels ?? [:]).isEmpty && (matchExpressions ?? []).isEmpty }

  /// True when an object with these labels is meant.
  public func matches(_ labels: [String: String]) -> Bool { matches { labels[$0] } }

  /// True when an object is meant whose labels the closure looks up.
  public func matches(_ label: (_ key: String) -> String?) -> Bool {
    (matchLabels ?? [:]).allSatisfy { label($0.key) == $0.value }
      && (matchExpressions ?? []).allSatisfy { $0.matches(label($0.key)) }
  }

  /// What is wrong with the selector as it stands in an object's field, as sentences that begin with
  /// the field: `matchExpressions[0].values: Required value: ...`. Empty when it is valid.
  public func validate() -> [String] {
    var problems: [String] = []
    for (key, value) in (matchLabels ?? [:]).sorted(by: { $0.key < $1.key }) {
      problems += NameValidation.qualifiedName(key).map { "matchLabels: Invalid value: \"\(key)\": \($0)" }
      problems += NameValidation.labelValue(value).map { "matchLabels: Invalid value: \"\(value)\": \($0)" }
    }
    for (index, requirement) in (matchExpressions ?? []).enumerated() {
      problems += requirement.validate().map { "matchExpressions[\(index)].\($0)" }
    }
    return problems
  }
}

extension LabelSelector.Requirement {
  /// What is wrong with the condition, as sentences that begin with the field.
  func validate() -> [String] {
    var problems = NameValidation.qualifiedName(key).map { "key: Invalid value: \"\(key)\": \($0)" }
    let values = values ?? []
    switch `operator` {
    case .in, .notIn:
      if values.isEmpty {
        problems.append("values: Required value: must be specified when `operator` is 'In' or 'NotIn'")
      }
    case .exists, .doesNotExist:
      if !values.isEmpty {
        problems.append("values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      }
    case .greaterThan, .lessThan:
      if values.count != 1 || Int64(values[0]) == nil {
        problems.append("values: Invalid value: for 'Gt', 'Lt' operators, exactly one integer is required")
      }
    }
    for (index, value) in values.enumerated() {
      problems += NameValidation.labelValue(value).map { "values[\(index)]: Invalid value: \"\(value)\": \($0)" }
    }
    return problems
  }
}

extension LabelSelector: CustomStringConvertible {
  /// The query form, ordered by key.
  public var description: String {
    var terms = (matchLabels ?? [:]).map { (key: $0.key, text: "\($0.key)=\($0.value)") }
    terms += (matchExpressions ?? []).map { (key: $0.key, text: $0.description) }
    return terms.sorted { ($0.key, $0.text) < ($1.key, $1.text) }.map(\.text).joined(separator: ",")
  }
}

extension LabelSelector.Requirement: CustomStringConvertible {
  /// The query form, `env in (dev,prod)`.
  public var description: String {
    let values = (values ?? []).sorted()
    switch `operator` {
    case .in: return "\(key) in (\(values.joined(separator: ",")))"
    case .notIn: return values.count == 1 ? "\(key)!=\(values[0])" : "\(key) notin (\(values.joined(separator: ",")))"
    case .exists: return key
    case .doesNotExist: return "!\(key)"
    case .greaterThan: return "\(key)>\(values.first ?? "")"
    case .lessThan: return "\(key)<\(values.first ?? "")"
    }
  }
}
