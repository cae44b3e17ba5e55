internal import WGECore

/// Defaulting and validation of custom resource definitions.
/// Source: k8s.io/apiextensions-apiserver, apis/apiextensions/v1 and validation.
enum DefinitionRules {
  static let behaviour: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.statusMetadata = .none
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
    errors += CommunityApproval(of: json)?.errors ?? []
    errors += validateConversion(spec)
    if spec["preserveUnknownFields"]?.boolValue == true {
      errors.append(
        .invalid(
          "spec.preserveUnknownFields", true,
          "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"))
    }
    let storage = storageVersion(json)
    let stored = json["status"]?["storedVersions"]
    if storage.isEmpty, stored?.arrayValue?.isEmpty != false {
      errors.append(.invalid("status.storedVersions", .null, "must have at least one stored version"))
    }
    if storage.count > 1, let last = storage.last, let stored, stored.arrayValue?.contains(.string(last)) == false {
      errors.append(.invalid("status.storedVersions", stored, "must have the storage version \(last)"))
    }
    return errors
  }

  private static func validateNames(_ names: JSON, field: String) -> [FieldError] {
    var errors: [FieldError] = []
    for key in ["plural", "singular"] {
      let value = names[key]?.stringValue ?? ""
      if value.isEmpty { errors.append(.required("\(field).\(key)")) }
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
    let conversion = spec["conversion"] ?? [:]
    let client = "spec.conversion.webhookClientConfig"
    let reviews = "spec.conversion.conversionReviewVersions"
    let versions = conversion["webhook"]?["conversionReviewVersions"]?.arrayValue?.compactMap(\.stringValue) ?? []
    var errors: [FieldError] = []
    switch conversion["strategy"]?.stringValue ?? "None" {
    case "None":
      if conversion["webhook"]?["clientConfig"] != nil {
        errors.append(.forbidden(client, "should not be set when strategy is not set to Webhook"))
      }
      if !versions.isEmpty {
        errors.append(.forbidden(reviews, "should not be set when strategy is not set to Webhook"))
      }
    case "Webhook":
      if let config = conversion["webhook"]?["clientConfig"] {
        errors += webhookClient(config, client)
      } else {
        errors.append(.required(client, "required when strategy is set to Webhook"))
      }
      if versions.isEmpty { errors.append(.required(reviews)) }
      for (index, version) in versions.enumerated() {
        errors += NameValidation.dns1035Label(version).map { .invalid("\(reviews)[\(index)]", version, $0) }
      }
      if !versions.isEmpty, !versions.contains("v1"), !versions.contains("v1beta1") {
        errors.append(
          .invalid(
            reviews, .array(versions.map(JSON.string)), "must include at least one of v1, v1beta1"))
      }
    case let other: errors.append(.notSupported("spec.conversion.strategy", .string(other), ["None", "Webhook"]))
    }
    return errors
  }

  private static func webhookClient(_ config: JSON, _ field: String) -> [FieldError] {
    guard (config["url"] == nil) != (config["service"] == nil) else {
      return [.required(field, "exactly one of url or service is required")]
    }
    guard let text = config["url"]?.stringValue else { return [] }
    let form = "desired format: https://host[/path]"
    guard let url = CELURL(text) else { return [.required("\(field).url", "url must be a valid URL: \(form)")] }
    if url.scheme != "https" {
      return [.invalid("\(field).url", url.scheme, "'https' is the only allowed URL scheme; \(form)")]
    }
    if url.host.isEmpty { return [.invalid("\(field).url", "", "host must be specified; \(form)")] }
    return []
  }

  private static func validateVersions(_ spec: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let versions = spec["versions"]?.arrayValue ?? []
    var seen = Set<String>()
    for (index, version) in versions.enumerated() {
      let name = version["name"]?.stringValue ?? ""
      errors += NameValidation.dns1035Label(name).map { .invalid("spec.versions[\(index)].name", name, $0) }
      seen.insert(name)
      errors += deprecation(version, "spec.versions[\(index)]")
    }
    if seen.count < versions.count {
      errors.append(.invalid("spec.versions", goVersions(versions), "must contain unique version names"))
    }
    let storage = versions.filter { $0["storage"]?.boolValue == true }.count
    let schemas = versions.map { $0["schema"]?["openAPIV3Schema"] }
    for (index, schema) in schemas.enumerated() where schema == nil {
      errors.append(.required("spec.versions[\(index)].schema.openAPIV3Schema"))
    }
    if storage != 1 {
      errors.append(
        .invalid(
          "spec.versions", spec["versions"]?.arrayValue == nil ? RawText("null") : goVersions(versions),
          "must have exactly one version marked as storage version"))
    }
    if let name = versions.first?["name"]?.stringValue, !name.isEmpty {
      errors += NameValidation.dns1035Label(name).map { .invalid("spec.version", name, $0) }
    }
    // Where all versions share one schema, upstream has moved it out of the versions.
    let isShared = schemas.allSatisfy { $0 == schemas[0] }
    for (index, schema) in schemas.enumerated() {
      guard let schema, !isShared || index == 0 else { continue }
      let field = isShared ? "spec.validation.openAPIV3Schema" : "spec.versions[\(index)].schema.openAPIV3Schema"
      errors += StructuralRules.validate(schema, field: field)
    }
    for key in ["subresources", "additionalPrinterColumns", "selectableFields"] {
      let values = versions.map { $0[key] }
      let isShared = values.allSatisfy { $0 == values.first }
      for (index, version) in versions.enumerated() where !isShared || index == 0 {
        let field = isShared ? "spec.\(key)" : "spec.versions[\(index)].\(key)"
        guard let value = version[key] else { continue }
        switch key {
        case "subresources": errors += scale(value["scale"], "\(field).scale")
        case "additionalPrinterColumns":
          for (position, column) in (value.arrayValue ?? []).enumerated() {
            errors += self.column(column, "\(field)[\(position)]")
          }
        default: errors += SelectableFieldRules.validate(value.arrayValue ?? [], version, field)
        }
      }
    }
    return errors
  }

  private static func deprecation(_ version: JSON, _ field: String) -> [FieldError] {
    guard let warning = version["deprecationWarning"]?.stringValue else { return [] }
    func invalid(_ detail: String) -> [FieldError] { [.invalid("\(field).deprecationWarning", warning, detail)] }
    if version["deprecated"]?.boolValue != true { return invalid("can only be set for deprecated versions") }
    if warning.isEmpty { return invalid("must not be an empty string") }
    if warning.utf8.count > 256 { return invalid("must be <= 256 characters long") }
    var offset = 0
    for scalar in warning.unicodeScalars {
      if scalar.value < 0x20 || scalar.value == 0x7F {
        return invalid(
          "must only contain printable UTF-8 characters; non-printable character found at index \(offset)")
      }
      offset += String(scalar).utf8.count
    }
    return []
  }

  private static let simplePath = try? Pattern(#"^(\.[-_a-zA-Z0-9]+|\['[-_a-zA-Z0-9.\\/]+'\]|\[[0-9]+\])+$"#)

  private static func scale(_ scale: JSON?, _ field: String) -> [FieldError] {
    guard let scale else { return [] }
    var errors: [FieldError] = []
    func check(_ key: String, _ prefixes: [String], isRequired: Bool) {
      let path = scale[key]?.stringValue ?? ""
      if path.isEmpty {
        if isRequired { errors.append(.required("\(field).\(key)")) }
      } else if simplePath?.occurs(in: path) != true {
        errors.append(.invalid("\(field).\(key)", path, "must be a simple json path starting with ."))
      } else if !prefixes.contains(where: path.hasPrefix) {
        let places = prefixes.map { String($0.dropLast()) }
        errors.append(
          .invalid(
            "\(field).\(key)", path,
            "should be a json path under \(places.count > 1 ? "either " : "")\(places.joined(separator: " or "))"))
      }
    }
    check("specReplicasPath", [".spec."], isRequired: true)
    check("statusReplicasPath", [".status."], isRequired: true)
    check("labelSelectorPath", [".spec.", ".status."], isRequired: false)
    return errors
  }

  private static let columnTypes = ["boolean", "date", "integer", "number", "string"]
  private static let columnFormats = [
    "byte", "date", "date-time", "double", "float", "int32", "int64", "password",
  ]

  private static func column(_ column: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    if (column["name"]?.stringValue ?? "").isEmpty { errors.append(.required("\(field).name")) }
    let type = column["type"]?.stringValue ?? ""
    let types = "must be one of \(columnTypes.joined(separator: ","))"
    if type.isEmpty {
      errors.append(.required("\(field).type", types))
    } else if !columnTypes.contains(type) {
      errors.append(.invalid("\(field).type", type, types))
    }
    let format = column["format"]?.stringValue ?? ""
    if !format.isEmpty, !columnFormats.contains(format) {
      errors.append(
        .invalid("\(field).format", format, "must be one of \(columnFormats.joined(separator: ","))"))
    }
    let path = column["jsonPath"]?.stringValue ?? ""
    if path.isEmpty {
      errors.append(.required("\(field).JSONPath"))
    } else if !path.hasPrefix(".") && !path.hasPrefix("[") || ColumnPath(path) == nil {
      errors.append(.invalid("\(field).JSONPath", path, "must be a simple json path starting with ."))
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
  static func duplicate(_ field: String, _ value: RawText) -> FieldError {
    FieldError(field: field, reason: "FieldValueDuplicate", message: "Duplicate value: \(value.text)")
  }

  static func notSupported(_ field: String, _ value: RawText, _ supported: [String]) -> FieldError {
    var error = notSupported(field, .null, supported)
    error.message = error.message.replacing("value: null", with: "value: \(value.text)", maxReplacements: 1)
    return error
  }

  static func invalid(_ field: String, _ value: RawText, _ detail: String) -> FieldError {
    FieldError(field: field, reason: "FieldValueInvalid", message: "Invalid value: \(value.text): \(detail)")
  }
}
