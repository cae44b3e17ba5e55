internal import WGECore

/// Restores what an update may not change, counts the generation and validates.
struct UpdatePreparation: Sendable {
  enum Part: Sendable {
    /// The object itself.
    case main
    /// `status` alone.
    case status
    /// Other single fields, which the caller has set on the live object.
    case field
  }

  let resource: Resource
  let part: Part

  /// - Parameter warn: is told of faults that the update did not make.
  func prepare(_ object: inout JSON, live: JSON, warn: (String) -> Void) throws(APIStatus) {
    restoreMetadata(&object, live: live)
    switch part {
    case .main: if resource.hasStatus { object["status"] = live["status"] }
    case .status:
      let (status, metadata) = (object["status"], object["metadata"])
      object = live
      object["status"] = status
      switch resource.behaviour.statusMetadata {
      case .all: object["metadata"] = metadata
      case .allButLabels:
        object["metadata"] = metadata
        object.setValue(live["metadata"]?["labels"], at: ["metadata", "labels"])
      case .none: object.setValue(metadata?["managedFields"], at: ["metadata", "managedFields"])
      }
    case .field: break
    }
    resource.behaviour.prepareForUpdate?(&object, live)
    countGeneration(&object, live: live)
    // Upstream checks the metadata as that of a new object and of an update, for all kinds, and of an update
    // again for each, and lists all causes.
    let problems = MetadataRules.validateUpdate(object, old: live, resource)
    let general = MetadataRules.validateCommon(object["metadata"] ?? [:], resource)
    var errors = general + problems + problems + MetadataRules.validateAgain(object, resource)
    if part == .main { errors += resource.behaviour.validate?(object) ?? [] }
    // A subresource writes what writes of the whole object may not.
    if part != .field { errors += resource.behaviour.validateUpdate?(object, live) ?? [] }
    if part == .status { errors += resource.behaviour.validateStatus?(object, live) ?? [] }
    if let custom = resource.custom { errors += CustomValidation.errors(object, old: live, custom.schema, warn: warn) }
    if !errors.isEmpty { throw .invalid(resource, live["metadata"]?["name"]?.stringValue ?? "", errors) }
    if !resource.isCustom { StoredForm.apply(to: &object, resource.schema) }
  }

  private func restoreMetadata(_ object: inout JSON, live: JSON) {
    for field in ["creationTimestamp", "generation", "resourceVersion"] {
      object.setValue(live["metadata"]?[field], at: ["metadata", field])
    }
    // These are kept where they are left out; to change them is refused.
    for field in ["uid", "deletionGracePeriodSeconds"] where object["metadata"]?[field] == nil {
      object.setValue(live["metadata"]?[field], at: ["metadata", field])
    }
    if let time = live["metadata"]?["deletionTimestamp"] {
      object.setValue(time, at: ["metadata", "deletionTimestamp"])
    }
    object.setValue(nil, at: ["metadata", "selfLink"])
    if object["metadata"]?["namespace"] == nil {
      object.setValue(live["metadata"]?["namespace"], at: ["metadata", "namespace"])
    }
    // managedFields given by the client count only when they are valid; owners were recorded before.
    if object["metadata"]?["managedFields"]?.arrayValue?.isEmpty == true {
      object.setValue(nil, at: ["metadata", "managedFields"])
    }
  }

  private func countGeneration(_ object: inout JSON, live: JSON) {
    guard resource.behaviour.hasGeneration, part != .status else { return }
    let annotations = { (json: JSON) in json["metadata"]?["annotations"]?.objectValue ?? JSONObject() }
    guard
      Self.desired(object, resource) != Self.desired(live, resource)
        || resource.behaviour.countsAnnotations && annotations(object) != annotations(live)
    else { return }
    let generation = live["metadata"]?["generation"]?.intValue ?? 0
    object.setValue(.number(.int(generation &+ 1)), at: ["metadata", "generation"])
  }

  /// The part of an object that is its desired state.
  private static func desired(_ json: JSON, _ resource: Resource) -> JSON {
    guard case .object(var object) = json else { return json }
    object["metadata"] = nil
    if !resource.isCustom || resource.hasStatus { object["status"] = nil }
    return .object(object)
  }
}

/// What the schema of a custom resource says of an object.
enum CustomValidation {
  /// - Parameters:
  ///   - old: what an update replaces; nil for a new object.
  ///   - warn: is told of faults that an update did not make.
  static func errors(_ json: JSON, old: JSON?, _ schema: StructuralSchema, warn: (String) -> Void) -> [FieldError] {
    var errors = SchemaValidator.validate(json, old: old, schema)
    guard schema.hasRules else { return errors }
    // Rules are not run on values that do not even have the right shape.
    let blocking: Set<String> = [
      "FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid",
    ]
    if errors.contains(where: { blocking.contains($0.reason) }) {
      errors.append(
        .invalid(
          "<nil>", .null,
          "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"
        ))
      return errors
    }
    let rules = RuleValidator.validate(json, old: old, schema)
    rules.warnings.forEach(warn)
    return errors + rules.errors
  }
}
