internal import WGECore

/// The rules of `metadata` that all kinds share.
/// Source: k8s.io/apimachinery, api/validation objectmeta.
enum MetadataRules {
  static let maximumAnnotationBytes = 256 * 1024

  static func validateCreate(_ json: JSON, _ resource: Resource) -> [FieldError] {
    var errors: [FieldError] = []
    let metadata = json["metadata"] ?? [:]
    let name = metadata["name"]?.stringValue ?? ""
    let generateName = metadata["generateName"]?.stringValue ?? ""
    if !generateName.isEmpty {
      errors += resource.behaviour.name.problems(generateName, isPrefix: true).map {
        .invalid("metadata.generateName", generateName, $0)
      }
    }
    if name.isEmpty {
      errors.append(.required("metadata.name", "name or generateName is required"))
    } else {
      errors += resource.behaviour.name.problems(name).map { .invalid("metadata.name", name, $0) }
    }
    if resource.isNamespaced {
      let namespace = metadata["namespace"]?.stringValue ?? ""
      if namespace.isEmpty {
        errors.append(.required("metadata.namespace"))
      } else {
        errors += NameValidation.dns1123Label(namespace).map { .invalid("metadata.namespace", namespace, $0) }
      }
    }
    return errors + validateCommon(metadata, resource) + validateFinalizers(json, resource)
  }

  static func labelErrors(_ labels: JSONObject) -> [FieldError] {
    var errors: [FieldError] = []
    for label in labels {
      errors += NameValidation.qualifiedName(label.key).map { .invalid("metadata.labels", label.key, $0) }
      let value = label.value.stringValue ?? ""
      errors += NameValidation.labelValue(value).map { .invalid("metadata.labels", value, $0) }
    }
    return errors
  }

  static func annotationErrors(_ annotations: JSONObject, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    var size = 0
    for annotation in annotations {
      errors += NameValidation.qualifiedName(annotation.key.lowercased()).map { .invalid(field, annotation.key, $0) }
      size += annotation.key.utf8.count + (annotation.value.stringValue?.utf8.count ?? 0)
    }
    if size > maximumAnnotationBytes { errors.append(.tooLong(field, maximum: maximumAnnotationBytes)) }
    return errors
  }

  static func validateCommon(_ metadata: JSON, _ resource: Resource) -> [FieldError] {
    var errors = labelErrors(metadata["labels"]?.objectValue ?? JSONObject())
    errors += annotationErrors(metadata["annotations"]?.objectValue ?? JSONObject(), "metadata.annotations")
    errors += validateOwners(metadata["ownerReferences"]?.arrayValue ?? [])
    for finalizer in metadata["finalizers"]?.arrayValue ?? [] {
      let name = finalizer.stringValue ?? ""
      errors += NameValidation.qualifiedName(name).map { .invalid("metadata.finalizers", name, $0) }
    }
    let finalizers = metadata["finalizers"]?.arrayValue ?? []
    if finalizers.contains("orphan"), finalizers.contains("foregroundDeletion") {
      errors.append(
        .invalid(
          "metadata.finalizers", .array(finalizers), "finalizer orphan and foregroundDeletion cannot be both set"))
    }
    return errors
  }

  private static let standardFinalizers: Set<String> = ["orphan", "foregroundDeletion", "kubernetes"]

  /// Built-in kinds ask for standard or fully qualified finalizers.
  static func validateFinalizers(_ json: JSON, _ resource: Resource) -> [FieldError] {
    guard !resource.isCustom, resource.storageName != CustomResources.definitions else { return [] }
    var errors: [FieldError] = []
    for (index, finalizer) in (json["metadata"]?["finalizers"]?.arrayValue ?? []).enumerated() {
      let name = finalizer.stringValue ?? ""
      if !name.contains("/"), !standardFinalizers.contains(name) {
        errors.append(
          .invalid(
            "metadata.finalizers[\(index)]", name,
            "name is neither a standard finalizer name nor is it fully qualified"))
      }
    }
    return errors
  }

  /// Kinds whose check of a new state upstream runs on updates too, metadata and all.
  private static let checkedAsNew: Set<String> = [
    "configmaps", "secrets", "services", "serviceaccounts", "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
  ]

  /// What the kind's own checks say of the metadata on an update.
  static func validateAgain(_ json: JSON, _ resource: Resource) -> [FieldError] {
    let finalizers = validateFinalizers(json, resource)
    guard checkedAsNew.contains(resource.storageName) else { return finalizers }
    return finalizers + validateCommon(json["metadata"] ?? [:], resource) + finalizers
  }

  /// Custom resources may bear any finalizer; an unqualified new one is warned about.
  static func finalizerWarnings(_ json: JSON, old: JSON?, _ resource: Resource) -> [String] {
    guard resource.isCustom || resource.storageName == CustomResources.definitions else { return [] }
    let before = Set(old?["metadata"]?["finalizers"]?.arrayValue ?? [])
    return (json["metadata"]?["finalizers"]?.arrayValue ?? []).compactMap { finalizer in
      guard let name = finalizer.stringValue, !name.contains("/"), !standardFinalizers.contains(name),
        !before.contains(finalizer)
      else { return nil }
      return
        "metadata.finalizers: \(FieldError.quote(name)): prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers"
    }
  }

  private static func validateOwners(_ owners: [JSON]) -> [FieldError] {
    var errors: [FieldError] = []
    var controller: JSON?
    for owner in owners {
      for field in ["apiVersion", "kind", "name", "uid"] where (owner[field]?.stringValue ?? "").isEmpty {
        let detail = field == "apiVersion" ? "version must not be empty" : "must not be empty"
        errors.append(.invalid("metadata.ownerReferences.\(field)", "", detail))
      }
      if let version = owner["apiVersion"]?.stringValue, version.utf8.count(where: { $0 == UInt8(ascii: "/") }) > 1 {
        errors.append(.invalid("metadata.ownerReferences.apiVersion", version, "version must not be empty"))
      }
      if owner["apiVersion"]?.stringValue == "v1", owner["kind"]?.stringValue == "Event" {
        errors.append(.invalid("metadata.ownerReferences", owner, "/v1, Kind=Event is disallowed from being an owner"))
      }
      guard owner["controller"]?.boolValue == true else { continue }
      if let first = controller {
        func text(_ owner: JSON) -> String { "\(owner["kind"]?.stringValue ?? "")/\(owner["name"]?.stringValue ?? "")" }
        errors.append(
          .invalid(
            "metadata.ownerReferences", ownersText(owners),
            "Only one reference can have Controller set to true. Found \"true\" in references for \(text(first)) and \(text(owner))"
          ))
      } else {
        controller = owner
      }
    }
    return errors
  }

  /// Owners with their fields in the order in which upstream's type declares them.
  private static func ownersText(_ owners: [JSON]) -> RawText {
    let fields = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"]
    let texts = owners.map { owner in
      "{" + fields.compactMap { field in owner[field].map { "\"\(field)\":\($0)" } }.joined(separator: ",") + "}"
    }
    return RawText("[\(texts.joined(separator: ","))]")
  }

  static func validateUpdate(_ json: JSON, old: JSON, _ resource: Resource) -> [FieldError] {
    var errors: [FieldError] = []
    let metadata = json["metadata"] ?? [:]
    let before = old["metadata"] ?? [:]
    if before["deletionTimestamp"] != nil {
      let had = Set(before["finalizers"]?.arrayValue?.compactMap(\.stringValue) ?? [])
      let added = (metadata["finalizers"]?.arrayValue?.compactMap(\.stringValue) ?? []).filter { !had.contains($0) }
      if !added.isEmpty {
        let list = added.map(FieldError.quote).joined(separator: ", ")
        errors.append(
          .forbidden(
            "metadata.finalizers",
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(list)}"))
      }
    }
    for field in ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"]
    where metadata[field] != before[field] {
      errors.append(.invalid("metadata.\(field)", metadata[field] ?? .null, "field is immutable"))
    }
    return errors + validateCommon(metadata, resource)
  }
}
