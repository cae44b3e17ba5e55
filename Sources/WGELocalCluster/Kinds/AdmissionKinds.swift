internal import WGECore

/// Webhook configurations and admission policies.
/// Source: k8s.io/kubernetes, apis/admissionregistration: defaults and validation.
enum AdmissionKinds {
  static let mutating = webhooks(isMutating: true)
  static let validating = webhooks(isMutating: false)

  private static func webhooks(isMutating: Bool) -> Behaviour {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      guard var webhooks = json["webhooks"]?.arrayValue else { return }
      for index in webhooks.indices {
        PodKinds.setDefaults(
          &webhooks[index],
          [
            ("failurePolicy", "Fail"), ("matchPolicy", "Equivalent"), ("namespaceSelector", [:]),
            ("objectSelector", [:]), ("timeoutSeconds", 10),
          ])
        if isMutating { PodKinds.setDefaults(&webhooks[index], [("reinvocationPolicy", "Never")]) }
        applyScopes(&webhooks[index], "rules")
        if webhooks[index]["clientConfig"]?["service"] != nil,
          webhooks[index]["clientConfig"]?["service"]?["port"] == nil
        {
          webhooks[index].setValue(443, at: ["clientConfig", "service", "port"])
        }
      }
      json["webhooks"] = .array(webhooks)
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      var names = Set<String>()
      for (index, webhook) in (json["webhooks"]?.arrayValue ?? []).enumerated() {
        let field = "webhooks[\(index)]"
        errors += validate(webhook, field, isMutating: isMutating)
        errors += reviewVersions(
          webhook["admissionReviewVersions"]?.arrayValue ?? [], "\(field).admissionReviewVersions")
        let name = webhook["name"]?.stringValue ?? ""
        if !name.isEmpty, !names.insert(name).inserted {
          errors.append(.duplicate("\(field).name", .string(name)))
        }
      }
      return errors
    }
    return behaviour
  }

  private static func applyScopes(_ json: inout JSON, _ field: String) {
    guard var rules = json[field]?.arrayValue else { return }
    for rule in rules.indices where rules[rule]["scope"] == nil { rules[rule]["scope"] = "*" }
    json[field] = .array(rules)
  }

  private static func reviewVersions(_ versions: [JSON], _ field: String) -> [FieldError] {
    if versions.isEmpty { return [.required(field, "must specify one of v1, v1beta1")] }
    var errors: [FieldError] = []
    var seen = Set<String>()
    for (index, version) in versions.enumerated() {
      let text = version.stringValue ?? ""
      if !seen.insert(text).inserted {
        errors.append(.invalid("\(field)[\(index)]", text, "duplicate version"))
        continue
      }
      errors += NameValidation.dns1035Label(text).map { .invalid("\(field)[\(index)]", text, $0) }
    }
    if seen.isDisjoint(with: ["v1", "v1beta1"]) {
      errors.append(.invalid(field, .array(versions), "must include at least one of v1, v1beta1"))
    }
    return errors
  }

  private static func validate(_ webhook: JSON, _ field: String, isMutating: Bool) -> [FieldError] {
    var errors = fullyQualified(webhook["name"]?.stringValue ?? "", "\(field).name")
    for (index, rule) in (webhook["rules"]?.arrayValue ?? []).enumerated() {
      errors += validate(rule: rule, "\(field).rules[\(index)]")
    }
    errors += Checks.oneOf(webhook["failurePolicy"], "\(field).failurePolicy", ["Fail", "Ignore"])
    errors += Checks.oneOf(webhook["matchPolicy"], "\(field).matchPolicy", ["Equivalent", "Exact"])
    if let effects = webhook["sideEffects"] {
      errors += Checks.oneOf(effects, "\(field).sideEffects", ["None", "NoneOnDryRun"])
    } else {
      errors.append(.required("\(field).sideEffects", "must specify one of None, NoneOnDryRun"))
    }
    if let timeout = webhook["timeoutSeconds"]?.intValue, !(1...30).contains(timeout) {
      errors.append(
        .invalid(
          "\(field).timeoutSeconds", .number(.int(timeout)), "the timeout value must be between 1 and 30 seconds"))
    }
    errors += Checks.selector(webhook["namespaceSelector"], "\(field).namespaceSelector")
    errors += Checks.selector(webhook["objectSelector"], "\(field).objectSelector")
    if isMutating {
      errors += Checks.oneOf(webhook["reinvocationPolicy"], "\(field).reinvocationPolicy", ["IfNeeded", "Never"])
    }
    let client = webhook["clientConfig"] ?? [:]
    switch (client["url"]?.stringValue, client["service"]) {
    case (let url?, nil): errors += validate(url: url, "\(field).clientConfig.url")
    case (nil, let service?):
      errors += Checks.required(service, "\(field).clientConfig.service", "name", "namespace")
      let port = service["port"]?.intValue ?? 0
      if !(1...65535).contains(port) {
        errors.append(
          .invalid(
            "\(field).clientConfig.service.port", .number(.int(port)), "port is not valid: \(Checks.portRange)"))
      }
    default: errors.append(.required("\(field).clientConfig", "exactly one of url or service is required"))
    }
    return errors + validate(conditions: webhook["matchConditions"], "\(field).matchConditions", [])
  }

  private static func fullyQualified(_ name: String, _ field: String) -> [FieldError] {
    if name.isEmpty { return [.required(field)] }
    let problems = NameValidation.dns1123Subdomain(name)
    if !problems.isEmpty { return [.invalid(field, name, problems.joined(separator: ","))] }
    return name.split(separator: ".", omittingEmptySubsequences: false).count < 3
      ? [.invalid(field, name, "should be a domain with at least three segments separated by dots")] : []
  }

  private static func validate(url: String, _ field: String) -> [FieldError] {
    let form = "; desired format: https://host[/path]"
    let parts = url.components(separatedBy: "://")
    let scheme = parts.count > 1 ? parts[0] : ""
    var errors: [FieldError] = []
    if scheme != "https" {
      errors.append(.invalid(field, scheme, "'https' is the only allowed URL scheme\(form)"))
    }
    let rest = parts.count > 1 ? parts.dropFirst().joined(separator: "://") : ""
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    if host.isEmpty { errors.append(.invalid(field, "", "host must be specified\(form)")) }
    if authority.contains("@") {
      errors.append(
        .invalid(field, String(authority.prefix { $0 != "@" }), "user information is not permitted in the URL"))
    }
    let pieces = rest.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    if pieces.count > 1, !pieces[1].isEmpty {
      errors.append(.invalid(field, String(pieces[1]), "fragments are not permitted in the URL"))
    }
    let queries = (pieces.first ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    if queries.count > 1, !queries[1].isEmpty {
      errors.append(.invalid(field, String(queries[1]), "query parameters are not permitted in the URL"))
    }
    return errors
  }

  private static func validate(rule: JSON, _ field: String) -> [FieldError] {
    func list(_ name: String) -> [String] { (rule[name]?.arrayValue ?? []).compactMap(\.stringValue) }
    var errors: [FieldError] = []
    for (name, what) in [
      ("operations", "operations"), ("apiGroups", "API groups"), ("apiVersions", "API versions"),
    ] {
      let values = list(name)
      if values.isEmpty { errors.append(.required("\(field).\(name)")) }
      if values.count > 1, values.contains("*") {
        errors.append(
          .invalid(
            "\(field).\(name)", .array(values.map(JSON.string)), "if '*' is present, must not specify other \(what)"))
      }
      for (index, value) in values.enumerated() {
        if name == "operations", !["*", "CONNECT", "CREATE", "DELETE", "UPDATE"].contains(value) {
          errors.append(
            .notSupported(
              "\(field).\(name)[\(index)]", .string(value), ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]))
        }
        if name == "apiVersions", value.isEmpty { errors.append(.required("\(field).\(name)[\(index)]")) }
      }
    }
    errors += validate(resources: list("resources"), "\(field).resources")
    return errors + Checks.oneOf(rule["scope"], "\(field).scope", ["*", "Cluster", "Namespaced"])
  }

  private static func validate(resources: [String], _ field: String) -> [FieldError] {
    if resources.isEmpty { return [.required(field)] }
    var errors: [FieldError] = []
    var wholeResources = Set<Substring>()
    var wholeSubresources = Set<Substring>()
    for (index, entry) in resources.enumerated() {
      let path = "\(field)[\(index)]"
      if entry.isEmpty {
        errors.append(.required(path))
        continue
      }
      let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      if wholeResources.contains(parts[0]) {
        errors.append(.invalid(path, entry, "if '\(parts[0])/*' is present, must not specify \(entry)"))
      }
      if wholeSubresources.contains(parts[1]) {
        errors.append(.invalid(path, entry, "if '*/\(parts[1])' is present, must not specify \(entry)"))
      }
      if parts[1] == "*" { wholeResources.insert(parts[0]) }
      if parts[0] == "*" { wholeSubresources.insert(parts[1]) }
    }
    let all = JSON.array(resources.map(JSON.string))
    if resources.count > 1, resources.contains("*/*") {
      errors.append(.invalid(field, all, "if '*/*' is present, must not specify other resources"))
    }
    if resources.contains("*"), resources.contains(where: { $0 != "*" && !$0.contains("/") }) {
      errors.append(
        .invalid(field, all, "if '*' is present, must not specify other resources without subresources"))
    }
    return errors
  }

  private static func validate(conditions json: JSON?, _ field: String, _ variables: [String]) -> [FieldError] {
    let conditions = json?.arrayValue ?? []
    var errors: [FieldError] = []
    if conditions.count > 64 { errors.append(.tooMany(field, conditions.count, maximum: 64)) }
    var names = Set<String>()
    for (index, condition) in conditions.enumerated() {
      let path = "\(field)[\(index)]"
      let text = condition["expression"]?.stringValue ?? ""
      if text.allSatisfy(\.isWhitespace) {
        errors.append(.required("\(path).expression"))
      } else if let problem = AdmissionCondition.problem(text, variables: variables) {
        errors.append(.invalid("\(path).expression", text, problem))
      }
      let name = condition["name"]?.stringValue ?? ""
      if name.isEmpty {
        errors.append(.required("\(path).name"))
      } else {
        errors += NameValidation.qualifiedName(name).map { .invalid("\(path).name", name, $0) }
        if !names.insert(name).inserted { errors.append(.duplicate("\(path).name", .string(name))) }
      }
    }
    return errors
  }

  // MARK: Policies

  static let policy: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      if json["spec"]?["failurePolicy"] == nil { json.setValue("Fail", at: ["spec", "failurePolicy"]) }
      applyMatchDefaults(&json, "matchConstraints")
    }
    behaviour.prepareForCreate = { $0["status"] = [:] }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      var errors = Checks.oneOf(spec["failurePolicy"], "spec.failurePolicy", ["Fail", "Ignore"], required: true)
      if let kind = spec["paramKind"] { errors += Checks.required(kind, "spec.paramKind", "apiVersion", "kind") }
      if let constraints = spec["matchConstraints"] {
        errors += validate(match: constraints, "spec.matchConstraints")
        if (constraints["resourceRules"]?.arrayValue ?? []).isEmpty {
          errors.append(.required("spec.matchConstraints.resourceRules"))
        }
      } else {
        errors.append(.required("spec.matchConstraints"))
      }
      let extra = BoundPolicy.extraVariables
      errors += validate(conditions: spec["matchConditions"], "spec.matchConditions", extra)
      func expression(_ text: String, _ field: String, required: Bool) {
        if text.allSatisfy(\.isWhitespace) {
          if required { errors.append(.required(field, "expression is not specified")) }
        } else if let problem = AdmissionCondition.problem(text, variables: extra) {
          errors.append(.invalid(field, text, problem))
        }
      }
      for (index, variable) in (spec["variables"]?.arrayValue ?? []).enumerated() {
        let field = "spec.variables[\(index)]"
        if (variable["name"]?.stringValue ?? "").isEmpty {
          errors.append(.required("\(field).name", "name is not specified"))
        }
        expression(variable["expression"]?.stringValue ?? "", "\(field).expression", required: true)
      }
      let validations = spec["validations"]?.arrayValue ?? []
      if validations.isEmpty, (spec["auditAnnotations"]?.arrayValue ?? []).isEmpty {
        for name in ["validations", "auditAnnotations"] {
          errors.append(
            .required("spec.\(name)", "validations or auditAnnotations must contain at least one item"))
        }
      }
      for (index, validation) in validations.enumerated() {
        let field = "spec.validations[\(index)]"
        expression(validation["expression"]?.stringValue ?? "", "\(field).expression", required: true)
        expression(validation["messageExpression"]?.stringValue ?? "", "\(field).messageExpression", required: false)
        if let message = validation["message"]?.stringValue, message.contains("\n") {
          errors.append(.invalid("\(field).message", message, "must not contain line breaks"))
        }
        errors += Checks.oneOf(
          validation["reason"], "\(field).reason", ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"])
      }
      return errors
    }
    return behaviour
  }()

  private static func applyMatchDefaults(_ json: inout JSON, _ name: String) {
    guard var match = json["spec"]?[name] else { return }
    PodKinds.setDefaults(
      &match, [("matchPolicy", "Equivalent"), ("namespaceSelector", [:]), ("objectSelector", [:])])
    applyScopes(&match, "resourceRules")
    applyScopes(&match, "excludeResourceRules")
    json.setValue(match, at: ["spec", name])
  }

  private static func validate(match: JSON, _ field: String) -> [FieldError] {
    var errors = Checks.oneOf(match["matchPolicy"], "\(field).matchPolicy", ["Equivalent", "Exact"], required: true)
    errors += Checks.selector(match["namespaceSelector"], "\(field).namespaceSelector")
    errors += Checks.selector(match["objectSelector"], "\(field).objectSelector")
    for list in ["resourceRules", "excludeResourceRules"] {
      for (index, rule) in (match[list]?.arrayValue ?? []).enumerated() {
        errors += validate(rule: rule, "\(field).\(list)[\(index)]")
      }
    }
    return errors
  }

  static let policyBinding: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in applyMatchDefaults(&json, "matchResources") }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      var errors: [FieldError] = []
      let name = spec["policyName"]?.stringValue ?? ""
      errors += name.isEmpty ? [.required("spec.policyName")] : Checks.subdomain(name, "spec.policyName")
      if let reference = spec["paramRef"] {
        let hasName = !(reference["name"]?.stringValue ?? "").isEmpty
        if hasName, reference["selector"] != nil {
          errors.append(.forbidden("spec.paramRef.name", "name and selector are mutually exclusive"))
        }
        if !hasName, reference["selector"] == nil {
          errors.append(.required("spec.paramRef", "one of name or selector must be specified"))
        }
        errors += Checks.oneOf(
          reference["parameterNotFoundAction"], "spec.paramRef.parameterNotFoundAction", ["Allow", "Deny"],
          required: true)
      }
      if let match = spec["matchResources"] { errors += validate(match: match, "spec.matchResources") }
      let actions = spec["validationActions"]?.arrayValue ?? []
      if actions.isEmpty {
        errors.append(.required("spec.validationActions", "at least one validation action is required"))
      }
      for (index, action) in actions.enumerated() where !["Audit", "Deny", "Warn"].contains(action.stringValue ?? "") {
        errors.append(.notSupported("spec.validationActions[\(index)]", action, ["Audit", "Deny", "Warn"]))
      }
      if actions.contains("Deny"), actions.contains("Warn") {
        errors.append(
          .invalid(
            "spec.validationActions", .array(actions),
            "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"
          ))
      }
      return errors
    }
    return behaviour
  }()

  /// Mutating admission policies would have to be obeyed: a cluster that cannot does not take them.
  static let unservedPolicy: Behaviour = {
    var behaviour = Behaviour()
    behaviour.validate = { _ in [.forbidden("spec", "this server does not run mutating admission policies")] }
    return behaviour
  }()
}
