internal import WGECore

/// Namespaces, nodes, leases, events and claims.
enum ClusterKinds {
  static let namespace: Behaviour = {
    var behaviour = Behaviour()
    behaviour.name = .label
    behaviour.applyDefaults = { json in
      // Every namespace can be selected by its name.
      if let name = json["metadata"]?["name"], name.stringValue?.isEmpty == false {
        json.setValue(name, at: ["metadata", "labels", "kubernetes.io/metadata.name"])
      }
    }
    behaviour.prepareForCreate = { json in
      json.setValue(json["metadata"]?["name"], at: ["metadata", "labels", "kubernetes.io/metadata.name"])
      json["status"] = ["phase": "Active"]
      var finalizers = json["spec"]?["finalizers"]?.arrayValue ?? []
      if !finalizers.contains("kubernetes") { finalizers.append("kubernetes") }
      json.setValue(.array(finalizers), at: ["spec", "finalizers"])
    }
    behaviour.prepareForUpdate = { json, old in
      guard old["metadata"]?["deletionTimestamp"] == nil else { return }
      json.setValue(old["spec"]?["finalizers"], at: ["spec", "finalizers"])
    }
    behaviour.validateStatus = { json, _ in
      let isDeleting = json["metadata"]?["deletionTimestamp"] != nil
      let phase = json["status"]?["phase"]?.stringValue ?? ""
      guard phase != (isDeleting ? "Terminating" : "Active") else { return [] }
      let detail =
        isDeleting
        ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
        : "may only be 'Active' if `deletionTimestamp` is empty"
      return [.invalid("status.Phase", phase, detail)]
    }
    behaviour.selectableFields = [
      SelectableField(name: "status.phase") { $0["status"]?["phase"]?.stringValue ?? "" },
      SelectableField(name: "name") { $0["metadata"]?["name"]?.stringValue ?? "" },
    ]
    return behaviour
  }()

  static let node: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in
      if let range = json["spec"]?["podCIDR"], json["spec"]?["podCIDRs"] == nil {
        json.setValue([range], at: ["spec", "podCIDRs"])
      }
    }
    behaviour.prepareForCreate = { json in
      // Nobody has said yet that the node works.
      let key = "node.kubernetes.io/not-ready"
      var taints = json["spec"]?["taints"]?.arrayValue ?? []
      guard !taints.contains(where: { $0["key"]?.stringValue == key }) else { return }
      taints.append(["key": .string(key), "effect": "NoSchedule"])
      json.setValue(.array(taints), at: ["spec", "taints"])
    }
    behaviour.validate = { json in
      var seen = Set<String>()
      return (json["spec"]?["taints"]?.arrayValue ?? []).enumerated().flatMap { index, taint -> [FieldError] in
        let field = "metadata.taints[\(index)]"
        let key = taint["key"]?.stringValue ?? ""
        let value = taint["value"]?.stringValue ?? ""
        return NameValidation.qualifiedName(key).map { .invalid("\(field).key", key, $0) }
          + NameValidation.labelValue(value).map { .invalid("\(field).value", value, $0) }
          + Checks.oneOf(
            taint["effect"], "\(field).effect", ["NoSchedule", "PreferNoSchedule", "NoExecute"], required: true)
          + (seen.insert("\(key) \(taint["effect"]?.stringValue ?? "")").inserted
            ? []
            : [
              FieldError(
                field: field, reason: "FieldValueDuplicate",
                message:
                  "Duplicate value: {\"Key\":\(JSON.string(key)),\"Value\":\(JSON.string(value)),\"Effect\":\(taint["effect"] ?? ""),\"TimeAdded\":\(taint["timeAdded"] ?? .null)}: taints must be unique by key and effect pair"
              )
            ])
      }
    }
    behaviour.selectableFields = [
      SelectableField(name: "spec.unschedulable") { $0["spec"]?["unschedulable"]?.boolValue == true ? "true" : "false" }
    ]
    return behaviour
  }()

  static let lease: Behaviour = {
    var behaviour = Behaviour()
    behaviour.allowsCreateOnUpdate = true
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let spec = json["spec"] ?? [:]
      if let seconds = spec["leaseDurationSeconds"]?.intValue, seconds <= 0 {
        errors.append(.invalid("spec.leaseDurationSeconds", .number(.int(seconds)), "must be greater than 0"))
      }
      if let transitions = spec["leaseTransitions"]?.intValue, transitions < 0 {
        errors.append(
          .invalid("spec.leaseTransitions", .number(.int(transitions)), "must be greater than or equal to 0"))
      }
      if let strategy = spec["strategy"]?.stringValue, strategy != "OldestEmulationVersion" {
        errors.append(.notSupported("spec.strategy", .string(strategy), ["OldestEmulationVersion"]))
      }
      if spec["preferredHolder"]?.stringValue?.isEmpty == false, spec["strategy"] == nil {
        errors.append(.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"))
      }
      return errors
    }
    return behaviour
  }()

  // MARK: Events

  static let event = events(isCore: true) { eventErrors($0, isCore: true) }

  static let eventsEvent = events(isCore: false) { json in
    var errors = eventErrors(json, isCore: false)
    if json["eventTime"]?.isNull != false { errors.append(.required("eventTime")) }
    let type = json["type"]?.stringValue ?? ""
    if !["Normal", "Warning"].contains(type) { errors.append(.invalid("type", "", "has invalid value: \(type)")) }
    return errors
  }

  /// What both versions ask. Events with a time of their own are of the newer kind, and say who does what.
  private static func eventErrors(_ json: JSON, isCore: Bool) -> [FieldError] {
    var errors: [FieldError] = []
    let namespace = json["metadata"]?["namespace"]?.stringValue ?? ""
    let object = (isCore ? json["involvedObject"] : json["regarding"])?["namespace"]?.stringValue ?? ""
    let isNew = json["eventTime"]?.isNull == false
    let allowed = object.isEmpty ? (isNew ? ["default", "kube-system"] : ["default"]) : isNew ? [namespace] : [object]
    if !allowed.contains(namespace) {
      errors.append(.invalid("involvedObject.namespace", object, "does not match event.namespace"))
    }
    guard isNew else { return errors }
    let field = isCore ? "reportingComponent" : "reportingController"
    let controller = json[field]?.stringValue ?? ""
    if controller.isEmpty { errors.append(.required(field)) }
    errors += NameValidation.qualifiedName(controller).map { .invalid(field, controller, $0) }
    for name in ["reportingInstance", "action", "reason"] where (json[name]?.stringValue ?? "").isEmpty {
      errors.append(.required(name))
    }
    // The complaint shows the controller, as upstream's does.
    if (json["reportingInstance"]?.stringValue ?? "").utf8.count > 128 {
      errors.append(.invalid("reportingInstance", "", "can have at most 128 characters"))
    }
    return errors
  }

  /// - Parameter isCore: the version of the core group, whose fields have other names.
  private static func events(isCore: Bool, _ validate: @escaping @Sendable (JSON) -> [FieldError]) -> Behaviour {
    var behaviour = Behaviour()
    behaviour.allowsCreateOnUpdate = true
    behaviour.validate = validate
    for field in ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] {
      behaviour.selectableFields.append(
        SelectableField(name: "\(isCore ? "involvedObject" : "regarding").\(field)") { json in
          (json["involvedObject"] ?? json["regarding"])?[field]?.stringValue ?? ""
        })
    }
    behaviour.selectableFields += [
      SelectableField(name: "reason") { $0["reason"]?.stringValue ?? "" },
      SelectableField(name: "type") { $0["type"]?.stringValue ?? "" },
      SelectableField(name: isCore ? "reportingComponent" : "reportingController") {
        ($0["reportingComponent"] ?? $0["reportingController"])?.stringValue ?? ""
      },
    ]
    if isCore {
      behaviour.selectableFields.append(
        SelectableField(name: "source") { json in
          (json["source"] ?? json["deprecatedSource"])?["component"]?.stringValue ?? ""
        })
    }
    return behaviour
  }
}
