internal import WGECore

/// Defaulting and validation of custom resource definitions.
/// Source: k8s.io/apiextensions-apiserver, apis/apiextensions/v1 and validation.
enum DefinitionRules {
  static let behaviour: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { applyDefaults(&$0) }
    behaviour.prepareForCreate = { prepareForCreate(&$0) }
    behaviour.prepareForUpdate = { prepareForUpdate(&$0, old: $1) }
    behaviour.validate = { validate($0) }
    behaviour.validateUpdate = { validateUpdate($0, old: $1) }
    return behaviour
  }()

  private static func applyDefaults(_ json: inout JSON) {
    let kind = json["spec"]?["names"]?["kind"]?.stringValue ?? ""
    if (json["spec"]?["names"]?["singular"]?.stringValue ?? "").isEmpty, !kind.isEmpty {
      json.setValue(.string(kind.lowercased()), at: ["spec", "names", "singular"])
    }
    if (json["spec"]?["names"]?["listKind"]?.stringValue ?? "").isEmpty, !kind.isEmpty {
      json.setValue(.string("\(kind)List"), at: ["spec", "names", "listKind"])
    }
    if json["spec"]?["conversion"] == nil { json.setValue(["strategy": "None"], at: ["spec", "conversion"]) }
    for (index, version) in (json["spec"]?["versions"]?.arrayValue ?? []).enumerated() {
      guard let columns = version["additionalPrinterColumns"]?.arrayValue, columns.isEmpty else { continue }
      var versions = json["spec"]?["versions"]?.arrayValue ?? []
      versions[index]["additionalPrinterColumns"] = nil
      json.setValue(.array(versions), at: ["spec", "versions"])
    }
  }

  private static func storageVersion(_ json: JSON) -> [String] {
    (json["spec"]?["versions"]?.arrayValue ?? []).filter { $0["storage"]?.boolValue == true }
      .compactMap { $0["name"]?.stringValue }
  }

  private static func prepareForCreate(_ json: inout JSON) {
    json["status"] = [
      "conditions": .null, "acceptedNames": ["plural": "", "kind": ""],
      "storedVersions": .array(storageVersion(json).prefix(1).map(JSON.string)),
    ]
  }

  private static func prepareForUpdate(_ json: inout JSON, old: JSON) {
    var stored = json["status"]?["storedVersions"]?.arrayValue ?? []
    for version in storageVersion(json) where !stored.contains(.string(version)) { stored.append(.string(version)) }
    json.setValue(.array(stored), at: ["status", "storedVersions"])
  }

  private static func validateUpdate(_ json: JSON, old: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    guard CustomResources.condition(old, "Established") == "True" else { return errors }
    for (path, field) in [
      (["spec", "group"], "spec.group"), (["spec", "scope"], "spec.scope"),
      (["spec", "names", "plural"], "spec.names.plural"),
      (["spec", "names", "kind"], "spec.names.kind"),
    ] where json.value(at: path) != old.value(at: path) {
      errors.append(.invalid(field, json.value(at: path) ?? .null, "field is immutable"))
    }
    return errors
  }

  // MARK: Validation

  static func validate(_ json: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let spec = json["spec"] ?? [:]
    let group = spec["group"]?.stringValue ?? ""
    let names = spec["names"] ?? [:]
    let plural = names["plural"]?.stringValue ?? ""
    let name = json["metadata"]?["name"]?.stringValue ?? ""
    if name != "\(plural).\(group)" {
      errors.append(.invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"))
    }
    if group.isEmpty {
      errors.append(.required("spec.group"))
    } else if !NameValidation.dns1123Subdomain(group).isEmpty {
      errors += NameValidation.dns1123Subdomain(group).map { .invalid("spec.group", group, $0) }
    } else if !group.contains(".") {
      errors.append(.invalid("spec.group", group, "should be a domain with at least one dot"))
    }
    switch spec["scope"]?.stringValue ?? "" {
    case "Cluster", "Namespaced": break
    case "": errors.append(.required("spec.scope"))
    case let other: errors.append(.notSupported("spec.scope", .string(other), ["Cluster", "Namespaced"]))
    }
    errors += validateVersions(spec)
    errors += validateNames(names, field: "spec.names")
    if group == "k8s.io" || group.hasSuffix(".k8s.io") || group == "kubernetes.io" || group.hasSuffix(".kubernetes.io")
    {
      if (json["metadata"]?["annotations"]?["api-approved.kubernetes.io"]?.stringValue ?? "").isEmpty {
        errors.append(
          .required(
            "metadata.annotations[api-approved.kubernetes.io]",
            "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111"
          ))
      }
    }
    errors += validateConversion(spec)
    let storage = storageVersion(json)
    let stored = json["status"]?["storedVersions"]
    if storage.count > 1, let last = storage.last, let stored, stored.arrayValue?.contains(.string(last)) == false {
      errors.append(.invalid("status.storedVersions", stored, "must have the storage version \(last)"))
    }
    return errors
  }

  private static func validateNames(_ names: JSON, field: String) -> [FieldError] {
    var errors: [FieldError] = []
    for key in ["plural", "singular"] {
      let value = names[key]?.stringValue ?? ""
      if value.isEmpty, key == "plural" { errors.append(.required("\(field).plural")) }
      if !value.isEmpty { errors += NameValidation.dns1035Label(value).map { .invalid("\(field).\(key)", value, $0) } }
    }
    for key in ["kind", "listKind"] {
      let value = names[key]?.stringValue ?? ""
      if value.isEmpty {
        errors.append(.required("\(field).\(key)"))
      } else {
        errors += NameValidation.dns1035Label(value.lowercased()).map {
          .invalid("\(field).\(key)", value, "may have mixed case, but should otherwise match: \($0)")
        }
      }
    }
    if let kind = names["kind"]?.stringValue, !kind.isEmpty, kind == names["listKind"]?.stringValue {
      errors.append(.invalid("\(field).listKind", kind, "kind and listKind may not be the same"))
    }
    for (key, values) in [("shortNames", names["shortNames"]), ("categories", names["categories"])] {
      for (index, value) in (values?.arrayValue ?? []).enumerated() {
        errors += NameValidation.dns1035Label(value.stringValue ?? "").map {
          .invalid("\(field).\(key)[\(index)]", value, $0)
        }
      }
    }
    return errors
  }

  private static func validateConversion(_ spec: JSON) -> [FieldError] {
    switch spec["conversion"]?["strategy"]?.stringValue ?? "None" {
    case "None":
      return spec["conversion"]?["webhook"] == nil
        ? [] : [.forbidden("spec.conversion.webhook", "should not be set when strategy is not set to Webhook")]
    case "Webhook":
      let count = (spec["versions"]?.arrayValue ?? []).filter { $0["served"]?.boolValue == true }.count
      if count > 1 {
        return [
          .forbidden("spec.conversion.strategy", "this server converts between versions only with the strategy None")
        ]
      }
      return spec["conversion"]?["webhook"] == nil
        ? [.required("spec.conversion.webhookClientConfig", "required when strategy is set to Webhook")] : []
    case let other: return [.notSupported("spec.conversion.strategy", .string(other), ["None", "Webhook"])]
    }
  }

  private static func validateVersions(_ spec: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let versions = spec["versions"]?.arrayValue ?? []
    if versions.isEmpty {
      errors.append(.required("spec.versions", "must have at least one version"))
      return errors
    }
    var seen = Set<String>()
    for (index, version) in versions.enumerated() {
      let name = version["name"]?.stringValue ?? ""
      if !NameValidation.dns1035Label(name).isEmpty {
        errors += NameValidation.dns1035Label(name).map { .invalid("spec.versions[\(index)].name", name, $0) }
      }
      if !seen.insert(name).inserted {
        errors.append(.invalid("spec.versions[\(index)].name", name, "must be unique"))
      }
    }
    let storage = versions.filter { $0["storage"]?.boolValue == true }.count
    let schemas = versions.map { $0["schema"]?["openAPIV3Schema"] }
    for (index, schema) in schemas.enumerated() where schema == nil {
      errors.append(.required("spec.versions[\(index)].schema.openAPIV3Schema"))
    }
    if storage != 1 {
      errors.append(
        .invalid("spec.versions", goVersions(versions), "must have exactly one version marked as storage version"))
    }
    // Where all versions share one schema, upstream has moved it out of the versions.
    let isShared = schemas.allSatisfy { $0 == schemas[0] }
    for (index, schema) in schemas.enumerated() {
      guard let schema, !isShared || index == 0 else { continue }
      let field = isShared ? "spec.validation.openAPIV3Schema" : "spec.versions[\(index)].schema.openAPIV3Schema"
      errors += StructuralRules.validate(schema, field: field)
    }
    for (index, version) in versions.enumerated() {
      let field = isShared ? "spec.subresources.scale" : "spec.versions[\(index)].subresources.scale"
      guard let scale = version["subresources"]?["scale"], !isShared || index == 0 else { continue }
      for (key, prefix) in [("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")] {
        let path = scale[key]?.stringValue ?? ""
        if path.isEmpty {
          errors.append(.required("\(field).\(key)"))
        } else if !path.hasPrefix(prefix) {
          errors.append(.invalid("\(field).\(key)", path, "should be a json path under \(prefix.dropLast())"))
        }
      }
    }
    return errors
  }

  /// The internal form of versions that upstream prints, with shared fields moved out.
  private static func goVersions(_ versions: [JSON]) -> RawText {
    RawText(
      "["
        + versions.map { version in
          "{\"Name\":\(version["name"] ?? ""),\"Served\":\(version["served"] ?? false),\"Storage\":\(version["storage"] ?? false),\"Deprecated\":\(version["deprecated"] ?? false),\"DeprecationWarning\":\(version["deprecationWarning"] ?? .null),\"Schema\":null,\"Subresources\":null,\"AdditionalPrinterColumns\":null,\"SelectableFields\":null}"
        }.joined(separator: ",") + "]")
  }
}

/// Text that goes into a message as it is.
struct RawText {
  let text: String
  init(_ text: String) { self.text = text }
}

extension FieldError {
  static func invalid(_ field: String, _ value: RawText, _ detail: String) -> FieldError {
    FieldError(field: field, reason: "FieldValueInvalid", message: "Invalid value: \(value.text): \(detail)")
  }
}
