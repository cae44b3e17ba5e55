internal import WGECore

/// Quotas and ranges: checked and stored, not enforced.
/// Source: k8s.io/kubernetes, apis/core: defaults and validation.
enum QuotaKinds {
  static let resourceQuota: Behaviour = {
    var behaviour = Behaviour()
    behaviour.prepareForCreate = { $0["status"] = [:] }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      for entry in json["spec"]?["hard"]?.objectValue ?? JSONObject() {
        errors += Checks.subjectName(entry.key, "spec.hard[\(entry.key)]")
        if let text = entry.value.stringValue, text.hasPrefix("-") {
          errors.append(.invalid("spec.hard[\(entry.key)]", text, Checks.nonNegativeDetail))
        }
      }
      let scopes = [
        "BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating",
        "VolumeAttributesClass",
      ]
      for scope in json["spec"]?["scopes"]?.arrayValue ?? [] where !scopes.contains(scope.stringValue ?? "") {
        errors.append(.invalid("spec.scopes", json["spec"]?["scopes"] ?? .null, "unsupported scope"))
      }
      return errors
    }
    behaviour.validateUpdate = { json, old in
      json["spec"]?["scopes"] == old["spec"]?["scopes"]
        ? [] : [.invalid("spec.scopes", json["spec"]?["scopes"] ?? .null, "field is immutable")]
    }
    return behaviour
  }()

  static let limitRange: Behaviour = {
    var behaviour = Behaviour()
    behaviour.allowsCreateOnUpdate = true
    behaviour.applyDefaults = { json in
      guard var limits = json["spec"]?["limits"]?.arrayValue else { return }
      for index in limits.indices where limits[index]["type"]?.stringValue == "Container" {
        fill(&limits[index], "default", from: "max")
        fill(&limits[index], "defaultRequest", from: "default")
        fill(&limits[index], "defaultRequest", from: "min")
      }
      json.setValue(.array(limits), at: ["spec", "limits"])
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      var types = Set<String>()
      for (index, limit) in (json["spec"]?["limits"]?.arrayValue ?? []).enumerated() {
        let field = "spec.limits[\(index)]"
        let type = limit["type"]?.stringValue ?? ""
        let standard = ["Container", "PersistentVolumeClaim", "Pod"]
        let problems = NameValidation.qualifiedName(type)
        errors += problems.map { .invalid("\(field).type", type, $0) }
        if problems.isEmpty, !type.contains("/"), !standard.contains(type) {
          errors.append(.invalid("\(field).type", type, "must be a standard limit type or fully qualified"))
        }
        if !types.insert(type).inserted { errors.append(.duplicate("\(field).type", .string(type))) }
        if type == "Pod" {
          for name in ["default", "defaultRequest"] where limit[name] != nil {
            errors.append(
              .forbidden("\(field).\(name)", "may not be specified when `type` is 'Pod'"))
          }
        }
        if type == "PersistentVolumeClaim", limit["min"]?["storage"] == nil, limit["max"]?["storage"] == nil {
          errors.append(
            .required(
              "\(field).limits", "either minimum or maximum storage value is required, but neither was provided"))
        }
      }
      return errors
    }
    return behaviour
  }()

  private static func fill(_ limit: inout JSON, _ name: String, from other: String) {
    for entry in limit[other]?.objectValue ?? JSONObject() where limit[name]?[entry.key] == nil {
      limit.setValue(entry.value, at: [name, entry.key])
    }
  }
}

extension Checks {
  /// The name of a counted resource: a qualified name, and without a slash one of the standard ones.
  static func subjectName(_ name: String, _ field: String) -> [FieldError] {
    let errors = NameValidation.qualifiedName(name).map { FieldError.invalid(field, name, $0) }
    if !errors.isEmpty { return errors }
    let standard: Set<String> = [
      "cpu", "memory", "storage", "pods", "resourcequotas", "services", "replicationcontrollers", "secrets",
      "configmaps", "persistentvolumeclaims", "requests.cpu", "requests.memory", "requests.storage",
      "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "ephemeral-storage",
      "services.nodeports", "services.loadbalancers",
    ]
    if name.contains("/") || standard.contains(name) || name.hasPrefix("hugepages-")
      || name.hasPrefix("requests.hugepages-")
    {
      return []
    }
    return [
      .invalid(field, name, "must be a standard resource type or fully qualified"),
      .invalid(field, name, "must be a standard resource for quota"),
    ]
  }
}
