internal import WGECore

/// Roles and bindings.
/// Source: k8s.io/kubernetes, apis/rbac/validation.
enum AccessKinds {
  static let role = roles(isNamespaced: true)
  static let clusterRole = roles(isNamespaced: false)
  static let roleBinding = bindings(isNamespaced: true)
  static let clusterRoleBinding = bindings(isNamespaced: false)

  private static func roles(isNamespaced: Bool) -> Behaviour {
    var behaviour = Behaviour()
    behaviour.name = .pathSegment
    behaviour.allowsCreateOnUpdate = true
    behaviour.validate = { json in
      var errors: [FieldError] = []
      for (index, rule) in PolicyRule.list(json["rules"]).enumerated() {
        errors += validate(rule, "rules[\(index)]", isNamespaced: isNamespaced)
      }
      if !isNamespaced, let aggregation = json["aggregationRule"] { errors += validate(aggregation: aggregation) }
      return errors
    }
    return behaviour
  }

  private static func validate(aggregation: JSON) -> [FieldError] {
    let field = "aggregationRule.clusterRoleSelectors"
    let selectors = aggregation["clusterRoleSelectors"]?.arrayValue ?? []
    if selectors.isEmpty {
      return [.required(field, "at least one clusterRoleSelector required if aggregationRule is non-nil")]
    }
    return selectors.enumerated().flatMap { index, selector -> [FieldError] in
      let errors = Checks.selector(selector, "\(field)[\(index)]")
      return errors.isEmpty ? [] : errors + [.invalid("\(field)[\(index)]", .null, "invalid label selector.")]
    }
  }

  private static func validate(_ rule: PolicyRule, _ field: String, isNamespaced: Bool) -> [FieldError] {
    var errors: [FieldError] = []
    if rule.verbs.isEmpty { errors.append(.required("\(field).verbs", "verbs must contain at least one value")) }
    if !rule.nonResourceURLs.isEmpty {
      let value = JSON.array(rule.nonResourceURLs.map(JSON.string))
      if isNamespaced {
        errors.append(.invalid("\(field).nonResourceURLs", value, "namespaced rules cannot apply to non-resource URLs"))
      }
      if !rule.apiGroups.isEmpty || !rule.resources.isEmpty || !rule.resourceNames.isEmpty {
        errors.append(
          .invalid(
            "\(field).nonResourceURLs", value, "rules cannot apply to both regular resources and non-resource URLs"))
      }
      return errors
    }
    if rule.apiGroups.isEmpty {
      errors.append(.required("\(field).apiGroups", "resource rules must supply at least one api group"))
    }
    if rule.resources.isEmpty {
      errors.append(.required("\(field).resources", "resource rules must supply at least one resource"))
    }
    return errors
  }

  private static func bindings(isNamespaced: Bool) -> Behaviour {
    var behaviour = Behaviour()
    behaviour.name = .pathSegment
    behaviour.allowsCreateOnUpdate = true
    behaviour.applyDefaults = { json in
      if (json["roleRef"]?["apiGroup"]?.stringValue ?? "").isEmpty {
        json.setValue(.string(Authorizer.group), at: ["roleRef", "apiGroup"])
      }
      guard var subjects = json["subjects"]?.arrayValue else { return }
      for index in subjects.indices where (subjects[index]["apiGroup"]?.stringValue ?? "").isEmpty {
        let kind = subjects[index]["kind"]?.stringValue
        if kind == "User" || kind == "Group" { subjects[index]["apiGroup"] = .string(Authorizer.group) }
      }
      json["subjects"] = .array(subjects)
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let reference = json["roleRef"] ?? [:]
      if reference["apiGroup"]?.stringValue != Authorizer.group {
        errors.append(.notSupported("roleRef.apiGroup", reference["apiGroup"] ?? "", [Authorizer.group]))
      }
      let kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]
      if !kinds.contains(reference["kind"]?.stringValue ?? "") {
        errors.append(.notSupported("roleRef.kind", reference["kind"] ?? "", kinds))
      }
      let name = reference["name"]?.stringValue ?? ""
      if name.isEmpty {
        errors.append(.required("roleRef.name"))
      } else {
        errors += NameValidation.pathSegment(name).map { .invalid("roleRef.name", name, $0) }
      }
      for (index, subject) in (json["subjects"]?.arrayValue ?? []).enumerated() {
        errors += validate(subject, "subjects[\(index)]", isNamespaced: isNamespaced)
      }
      return errors
    }
    behaviour.validateUpdate = { json, old in
      if json["roleRef"] == old["roleRef"] { return [] }
      let reference = json["roleRef"] ?? [:]
      let text =
        "{\"APIGroup\":\(reference["apiGroup"] ?? ""),\"Kind\":\(reference["kind"] ?? ""),\"Name\":\(reference["name"] ?? "")}"
      return [.invalid("roleRef", RawText(text), "cannot change roleRef")]
    }
    return behaviour
  }

  private static func validate(_ subject: JSON, _ field: String, isNamespaced: Bool) -> [FieldError] {
    var errors: [FieldError] = []
    let name = subject["name"]?.stringValue ?? ""
    let group = subject["apiGroup"]?.stringValue ?? ""
    if name.isEmpty { errors.append(.required("\(field).name")) }
    switch subject["kind"]?.stringValue ?? "" {
    case "ServiceAccount":
      if !name.isEmpty { errors += NameValidation.dns1123Subdomain(name).map { .invalid("\(field).name", name, $0) } }
      if !group.isEmpty { errors.append(.notSupported("\(field).apiGroup", .string(group), [""])) }
      if !isNamespaced, (subject["namespace"]?.stringValue ?? "").isEmpty {
        errors.append(.required("\(field).namespace"))
      }
    case "User", "Group":
      if group != Authorizer.group {
        errors.append(.notSupported("\(field).apiGroup", .string(group), [Authorizer.group]))
      }
    case let other:
      errors.append(.notSupported("\(field).kind", .string(other), ["ServiceAccount", "User", "Group"]))
    }
    return errors
  }
}
