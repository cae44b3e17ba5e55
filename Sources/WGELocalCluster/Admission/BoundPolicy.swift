internal import WGECore

/// A validating admission policy with one of its bindings.
///
/// Expressions see `object`, `oldObject`, `request`, `params`, `namespaceObject` and `variables`; one
/// that asks for `authorizer` is refused when the policy is written.
/// Source: k8s.io/apiserver, admission/plugin/policy/validating.
struct BoundPolicy: Sendable {
  private struct Validation: Sendable {
    var expression: AdmissionCondition
    var message: String
    var messageExpression: AdmissionCondition?
    var reason: String
  }

  private let name: String
  private let binding: String
  private let ignoresFailure: Bool
  private let constraints: Match
  private let narrowing: Match?
  private let conditions: [AdmissionCondition]
  private let variables: [AdmissionCondition]
  private let validations: [Validation]
  private let actions: [String]
  private let paramKind: (apiVersion: String, kind: String)?
  private let paramRef: JSON?

  /// `matchConstraints` and `matchResources`.
  private struct Match: Sendable {
    var rules: [AdmissionRule]
    var excluded: [AdmissionRule]
    var namespaceSelector: LabelSelector
    var objectSelector: LabelSelector
    var isEquivalent: Bool

    init(_ json: JSON) {
      rules = (json["resourceRules"]?.arrayValue ?? []).map(AdmissionRule.init)
      excluded = (json["excludeResourceRules"]?.arrayValue ?? []).map(AdmissionRule.init)
      namespaceSelector = LabelSelector(json["namespaceSelector"] ?? [:])
      objectSelector = LabelSelector(json["objectSelector"] ?? [:])
      isEquivalent = json["matchPolicy"]?.stringValue != "Exact"
    }

    func resource(_ attributes: AdmissionAttributes, _ cluster: Cluster) -> Resource? {
      guard AdmissionSelectors.matches(namespaceSelector, namespaceOf: attributes, cluster),
        AdmissionSelectors.matches(objectSelector, objectOf: attributes)
      else { return nil }
      if AdmissionRule.match(excluded, attributes, equivalent: isEquivalent, cluster.registry) != nil { return nil }
      // A binding without rules narrows nothing.
      if rules.isEmpty { return attributes.resource }
      return AdmissionRule.match(rules, attributes, equivalent: isEquivalent, cluster.registry)
    }
  }

  static let extraVariables = ["params", "namespaceObject", "variables"]

  /// Every policy once per binding.
  static func all(policies: [JSON], bindings: [JSON]) -> [BoundPolicy] {
    let known = Dictionary(policies.map { ($0["metadata"]?["name"]?.stringValue ?? "", $0) }) { $1 }
    return bindings.compactMap { binding in
      known[binding["spec"]?["policyName"]?.stringValue ?? ""].map { BoundPolicy($0, binding) }
    }
  }

  private init(_ policy: JSON, _ binding: JSON) {
    let spec = policy["spec"] ?? [:]
    func condition(_ name: String, _ text: String?) -> AdmissionCondition {
      AdmissionCondition(name: name, text ?? "", variables: Self.extraVariables)
    }
    name = policy["metadata"]?["name"]?.stringValue ?? ""
    self.binding = binding["metadata"]?["name"]?.stringValue ?? ""
    ignoresFailure = spec["failurePolicy"]?.stringValue == "Ignore"
    constraints = Match(spec["matchConstraints"] ?? [:])
    narrowing = binding["spec"]?["matchResources"].map(Match.init)
    conditions = (spec["matchConditions"]?.arrayValue ?? []).map { condition("", $0["expression"]?.stringValue) }
    variables = (spec["variables"]?.arrayValue ?? []).map {
      condition($0["name"]?.stringValue ?? "", $0["expression"]?.stringValue)
    }
    validations = (spec["validations"]?.arrayValue ?? []).map { json in
      Validation(
        expression: condition("", json["expression"]?.stringValue), message: json["message"]?.stringValue ?? "",
        messageExpression: json["messageExpression"].map { condition("", $0.stringValue) },
        reason: json["reason"]?.stringValue ?? "Invalid")
    }
    actions = (binding["spec"]?["validationActions"]?.arrayValue ?? []).compactMap(\.stringValue)
    paramKind = spec["paramKind"].map { ($0["apiVersion"]?.stringValue ?? "", $0["kind"]?.stringValue ?? "") }
    paramRef = binding["spec"]?["paramRef"]
  }

  func check(_ attributes: AdmissionAttributes, _ cluster: Cluster, _ effects: Effects) throws(APIStatus) {
    guard let resource = constraints.resource(attributes, cluster),
      narrowing == nil || narrowing?.resource(attributes, cluster) != nil
    else { return }
    var values = AdmissionSelectors.variables(attributes, as: resource)
    let namespace = attributes.resource.isNamespaced ? cluster.store.object("namespaces", attributes.namespace) : nil
    values["namespaceObject"] = namespace.map { CELValue($0.json, nil) } ?? .null
    guard let params = try parameters(attributes, cluster) else { return }
    for param in params {
      values["params"] = param.map { CELValue($0, nil) } ?? .null
      try check(values, attributes, effects)
    }
  }

  private func check(_ given: [String: CELValue], _ attributes: AdmissionAttributes, _ effects: Effects)
    throws(APIStatus)
  {
    var values = given
    var computed: [(key: CELValue, value: CELValue)] = []
    do throws(CELError) {
      for condition in conditions { if try !condition.holds(values) { return } }
      values["variables"] = .map([])
      for variable in variables {
        computed.append((.string(variable.name), try variable.evaluate(values)))
        values["variables"] = .map(computed)
      }
    } catch {
      if !ignoresFailure { try deny("\(error)", "Invalid", attributes, effects) }
      return
    }
    for validation in validations {
      do throws(CELError) {
        if try validation.expression.holds(values) { continue }
      } catch {
        if !ignoresFailure {
          try deny("expression '\(validation.expression.text)' resulted in error: \(error)", "", attributes, effects)
        }
        continue
      }
      var message = ""
      if let expression = validation.messageExpression, case .string(let text)? = try? expression.evaluate(values) {
        message = text.trimmed
        if message.contains("\n") || message.utf8.count > 5 * 1024 { message = "" }
      }
      if message.isEmpty { message = validation.message.trimmed }
      if message.isEmpty { message = "failed expression: \(validation.expression.text.trimmed)" }
      try deny(message, validation.reason, attributes, effects)
    }
  }

  private func deny(_ message: String, _ reason: String, _ attributes: AdmissionAttributes, _ effects: Effects)
    throws(APIStatus)
  {
    if actions.contains("Warn") {
      effects.warn("Validation failed for ValidatingAdmissionPolicy '\(name)' with binding '\(binding)': \(message)")
    }
    guard actions.contains("Deny") else { return }
    throw refusal(message, reason, attributes)
  }

  private func refusal(_ message: String, _ reason: String, _ attributes: AdmissionAttributes) -> APIStatus {
    let text = "ValidatingAdmissionPolicy '\(name)' with binding '\(binding)' denied request: \(message)"
    var status = APIStatus.forbidden(attributes.resource, attributes.name, text)
    status.reason = reason.isEmpty ? "Invalid" : reason
    status.code =
      switch status.reason {
      case "Forbidden": 403
      case "Unauthorized": 401
      case "RequestEntityTooLarge": 413
      default: 422
      }
    status.details?.causes.append(.init(reason: "", message: text))
    return status
  }

  /// The parameter objects to check with; one nil for a policy that takes none; nil when the binding
  /// lets a request pass for lack of them.
  private func parameters(_ attributes: AdmissionAttributes, _ cluster: Cluster) throws(APIStatus) -> [JSON?]? {
    guard let paramKind, let paramRef else { return [nil] }
    func missing(_ why: String) throws(APIStatus) -> [JSON?]? {
      if paramRef["parameterNotFoundAction"]?.stringValue == "Allow" || ignoresFailure { return nil }
      throw refusal("failed to configure binding: \(why)", "Invalid", attributes)
    }
    guard let resource = cluster.registry.resource(apiVersion: paramKind.apiVersion, kind: paramKind.kind) else {
      return try missing(
        "failed to find resource referenced by paramKind: '\(paramKind.apiVersion), Kind=\(paramKind.kind)'")
    }
    let namespace = paramRef["namespace"]?.stringValue ?? attributes.namespace
    if resource.isNamespaced, namespace.isEmpty {
      return try missing("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
    }
    if let name = paramRef["name"]?.stringValue, !name.isEmpty {
      guard
        let stored = cluster.store.object(resource.storageName, resource.storageKey(namespace: namespace, name: name))
      else {
        return try missing("no params found for policy binding with `Deny` parameterNotFoundAction")
      }
      return [Presentation.present(stored, resource)]
    }
    let selection = LabelSelector(paramRef["selector"] ?? [:])
    let prefix = resource.isNamespaced ? "\(namespace)/" : ""
    let found = cluster.store.read(resource.storageName).objects.values(prefix: prefix).filter {
      selection.matches($0.json)
    }
    if found.isEmpty { return try missing("no params found for policy binding with `Deny` parameterNotFoundAction") }
    return found.map { Presentation.present($0, resource) }
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
