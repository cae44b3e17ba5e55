internal import WGECore

/// What steers API server and scheduler: stored with their defaults, and served; API services are
/// not proxied to, and requests are not queued by flow schemas.
/// Source: k8s.io/kubernetes, apis/scheduling, apis/node and apis/flowcontrol; kube-aggregator.
enum ControlKinds {
  static let priorityClass: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      if json["preemptionPolicy"] == nil { json["preemptionPolicy"] = "PreemptLowerPriority" }
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let name = json["metadata"]?["name"]?.stringValue ?? ""
      let value = json["value"]?.intValue ?? 0
      if name.hasPrefix("system-"), !["system-cluster-critical", "system-node-critical"].contains(name) {
        errors.append(
          .forbidden(
            "metadata.name",
            "priority class names with 'system-' prefix are reserved for system use only. error: \(name) is not a known system priority class"
          ))
      } else if !name.hasPrefix("system-"), value > 1_000_000_000 {
        errors.append(
          .forbidden("value", "maximum allowed value of a user defined priority is 1000000000"))
      }
      return errors
        + Checks.oneOf(json["preemptionPolicy"], "preemptionPolicy", ["Never", "PreemptLowerPriority"])
    }
    behaviour.validateUpdate = { json, old in
      var errors: [FieldError] = []
      if json["value"] != old["value"] { errors.append(.forbidden("value", "may not be changed in an update.")) }
      if json["preemptionPolicy"] != old["preemptionPolicy"] {
        errors.append(.invalid("preemptionPolicy", json["preemptionPolicy"] ?? .null, "field is immutable"))
      }
      return errors
    }
    return behaviour
  }()

  static let runtimeClass: Behaviour = {
    var behaviour = Behaviour()
    behaviour.allowsCreateOnUpdate = true
    behaviour.validate = { json in
      let handler = json["handler"]?.stringValue ?? ""
      return handler.isEmpty ? [.required("handler")] : Checks.label(handler, "handler")
    }
    behaviour.validateUpdate = { json, old in
      json["handler"] == old["handler"] ? [] : [.invalid("handler", json["handler"] ?? "", "field is immutable")]
    }
    return behaviour
  }()

  static let apiService: Behaviour = {
    var behaviour = Behaviour()
    behaviour.name = .pathSegment
    behaviour.applyDefaults = { json in
      if json["spec"]?["service"] != nil, json["spec"]?["service"]?["port"] == nil {
        json.setValue(443, at: ["spec", "service", "port"])
      }
    }
    behaviour.prepareForCreate = { $0["status"] = [:] }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      var errors: [FieldError] = []
      let name = json["metadata"]?["name"]?.stringValue ?? ""
      let wanted = "\(spec["version"]?.stringValue ?? "").\(spec["group"]?.stringValue ?? "")"
      if name != wanted {
        errors.append(
          .invalid("metadata.name", name, "must be `spec.version+\".\"+spec.group`: \(FieldError.quote(wanted))"))
      }
      let group = spec["group"]?.stringValue ?? ""
      let version = spec["version"]?.stringValue ?? ""
      if !group.isEmpty {
        errors += Checks.subdomain(group, "spec.group")
      } else if version != "v1" {
        errors.append(.required("spec.group", "only v1 may have an empty group and it better be legacy kube"))
      }
      errors += NameValidation.dns1035Label(version).map { .invalid("spec.version", version, $0) }
      for field in ["groupPriorityMinimum", "versionPriority"] {
        let value = spec[field]?.intValue ?? 0
        let limit: Int64 = field == "versionPriority" ? 1000 : 20000
        if value <= 0 || value > limit {
          errors.append(
            .invalid("spec.\(field)", .number(.int(value)), "must be positive and less than \(limit)"))
        }
      }
      if let service = spec["service"] { errors += Checks.required(service, "spec.service", "namespace", "name") }
      if spec["insecureSkipTLSVerify"]?.boolValue == true, spec["caBundle"] != nil {
        errors.append(.invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present"))
      }
      return errors
    }
    return behaviour
  }()

  static let flowSchema: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      if (json["spec"]?["matchingPrecedence"]?.intValue ?? 0) == 0 {
        json.setValue(1000, at: ["spec", "matchingPrecedence"])
      }
    }
    behaviour.prepareForCreate = { $0["status"] = [:] }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let precedence = json["spec"]?["matchingPrecedence"]?.intValue ?? 0
      if precedence < 1 {
        errors.append(.invalid("spec.matchingPrecedence", .number(.int(precedence)), "must be a positive value"))
      }
      if precedence > 10000 {
        errors.append(
          .invalid("spec.matchingPrecedence", .number(.int(precedence)), "must not be greater than 10000"))
      }
      let level = json["spec"]?["priorityLevelConfiguration"]?["name"]?.stringValue ?? ""
      if level.isEmpty {
        errors.append(.required("spec.priorityLevelConfiguration.name", "must reference a priority level"))
      }
      if let method = json["spec"]?["distinguisherMethod"],
        !["ByNamespace", "ByUser"].contains(method["type"]?.stringValue ?? "")
      {
        errors.append(
          .notSupported(
            "spec.distinguisherMethod.type", RawText("{\"Type\":\(method["type"] ?? "")}"), ["ByNamespace", "ByUser"]))
      }
      for (index, rule) in (json["spec"]?["rules"]?.arrayValue ?? []).enumerated() {
        errors += flowRule(rule, "spec.rules[\(index)]")
      }
      return errors
    }
    return behaviour
  }()

  private static func flowRule(_ rule: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    let subjects = rule["subjects"]?.arrayValue ?? []
    if subjects.isEmpty { errors.append(.required("\(field).subjects", "subjects must contain at least one value")) }
    for (index, subject) in subjects.enumerated() {
      let path = "\(field).subjects[\(index)]"
      let kinds = ["Group", "ServiceAccount", "User"]
      let kind = subject["kind"]?.stringValue ?? ""
      guard kinds.contains(kind) else {
        errors.append(.notSupported("\(path).kind", .string(kind), kinds))
        continue
      }
      let part = (kind.first?.lowercased() ?? "") + kind.dropFirst()
      guard let named = subject[part] else {
        errors.append(.required("\(path).\(part)", "\(part) is required when subject kind is '\(kind)'"))
        continue
      }
      errors += Checks.required(named, "\(path).\(part)", "name")
    }
    let resources = rule["resourceRules"]?.arrayValue ?? []
    let others = rule["nonResourceRules"]?.arrayValue ?? []
    if resources.isEmpty, others.isEmpty {
      errors.append(.required(field, "at least one of resourceRules and nonResourceRules has to be non-empty"))
    }
    for (index, inner) in resources.enumerated() {
      let path = "\(field).resourceRules[\(index)]"
      errors += starred(inner, path, "verbs", "verb", "verbs", whole: "resource rules")
      errors += starred(inner, path, "apiGroups", "api group", "api groups", whole: "resource rules")
      errors += starred(inner, path, "resources", "resource", "resources", whole: "resource rules")
    }
    return errors
  }

  /// Names, or the star alone.
  private static func starred(
    _ rule: JSON, _ field: String, _ name: String, _ one: String, _ many: String, whole: String
  ) -> [FieldError] {
    let given = rule[name]?.arrayValue ?? []
    if given.isEmpty {
      let detail =
        name == "verbs" ? "verbs must contain at least one value" : "\(whole) must supply at least one \(one)"
      return [.required("\(field).\(name)", detail)]
    }
    guard given.count > 1, given.contains("*") else { return [] }
    return [
      .invalid("\(field).\(name)", .array(given), "if '*' is present, must not specify other \(many)")
    ]
  }

  static let priorityLevel: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      for part in ["limited", "exempt"] where json["spec"]?[part] != nil {
        if json["spec"]?[part]?["nominalConcurrencyShares"] == nil {
          json.setValue(part == "limited" ? 30 : 0, at: ["spec", part, "nominalConcurrencyShares"])
        }
        if json["spec"]?[part]?["lendablePercent"] == nil {
          json.setValue(0, at: ["spec", part, "lendablePercent"])
        }
      }
      guard json["spec"]?["limited"]?["limitResponse"]?["queuing"] != nil else { return }
      for (name, value) in [("handSize", 8), ("queues", 64), ("queueLengthLimit", 50)] as [(String, JSON)]
      where (json["spec"]?["limited"]?["limitResponse"]?["queuing"]?[name]?.intValue ?? 0) == 0 {
        json.setValue(value, at: ["spec", "limited", "limitResponse", "queuing", name])
      }
    }
    behaviour.prepareForCreate = { $0["status"] = [:] }
    behaviour.validate = { json in
      let type = json["spec"]?["type"]?.stringValue ?? ""
      switch type {
      case "Exempt":
        return json["spec"]?["limited"] == nil
          ? [] : [.forbidden("spec.limited", "must be nil if the type is not Limited")]
      case "Limited":
        guard let limited = json["spec"]?["limited"] else {
          return [.required("spec.limited", "must not be empty when type is Limited")]
        }
        let response = limited["limitResponse"]?["type"] ?? ""
        return PodRules.oneOf(response, "spec.limited.limitResponse.type", ["Queue", "Reject"])
      default: return [.notSupported("spec.type", .string(type), ["Exempt", "Limited"])]
      }
    }
    return behaviour
  }()
}
