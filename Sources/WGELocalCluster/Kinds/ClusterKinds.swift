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
    behaviour.selectableFields = [
      SelectableField(name: "status.phase") { $0["status"]?["phase"]?.stringValue ?? "" },
      SelectableField(name: "name") { $0["metadata"]?["name"]?.stringValue ?? "" },
    ]
    return behaviour
  }()

  static let node: Behaviour = {
    var behaviour = Behaviour()
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

  static let event = events { json in
    var errors: [FieldError] = []
    let namespace = json["metadata"]?["namespace"]?.stringValue ?? ""
    let involved = json["involvedObject"]?["namespace"]?.stringValue ?? ""
    let expected = involved.isEmpty ? "default" : involved
    if namespace != expected, !(involved.isEmpty && namespace == "kube-system") {
      errors.append(.invalid("involvedObject.namespace", involved, "does not match event.namespace"))
    }
    return errors
  }

  static let eventsEvent = events { json in
    var errors: [FieldError] = []
    let namespace = json["metadata"]?["namespace"]?.stringValue ?? ""
    let regarding = json["regarding"]?["namespace"]?.stringValue ?? ""
    let expected = regarding.isEmpty ? "default" : regarding
    if namespace != expected, !(regarding.isEmpty && namespace == "kube-system") {
      errors.append(.invalid("involvedObject.namespace", regarding, "does not match event.namespace"))
    }
    if json["eventTime"]?.isNull != false, (json["deprecatedFirstTimestamp"]?.isNull != false) {
      errors.append(.required("eventTime"))
    }
    if (json["reportingController"]?.stringValue ?? "").isEmpty, json["deprecatedSource"]?["component"] == nil {
      errors.append(.required("reportingController"))
    }
    return errors
  }

  private static func events(_ validate: @escaping @Sendable (JSON) -> [FieldError]) -> Behaviour {
    var behaviour = Behaviour()
    behaviour.allowsCreateOnUpdate = true
    behaviour.validate = validate
    for field in ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] {
      behaviour.selectableFields.append(
        SelectableField(name: "involvedObject.\(field)") { json in
          (json["involvedObject"] ?? json["regarding"])?[field]?.stringValue ?? ""
        })
    }
    behaviour.selectableFields += [
      SelectableField(name: "reason") { $0["reason"]?.stringValue ?? "" },
      SelectableField(name: "type") { $0["type"]?.stringValue ?? "" },
      SelectableField(name: "reportingComponent") {
        ($0["reportingComponent"] ?? $0["reportingController"])?.stringValue ?? ""
      },
      SelectableField(name: "source") { json in
        (json["source"] ?? json["deprecatedSource"])?["component"]?.stringValue ?? ""
      },
    ]
    return behaviour
  }

  static let claim: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in
      if json["spec"]?["volumeMode"] == nil { json.setValue("Filesystem", at: ["spec", "volumeMode"]) }
    }
    behaviour.prepareForCreate = { $0["status"] = ["phase": "Pending"] }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      if (json["spec"]?["accessModes"]?.arrayValue ?? []).isEmpty {
        errors.append(.required("spec.accessModes", "at least 1 access mode is required"))
      }
      if json["spec"]?["resources"]?["requests"]?["storage"] == nil {
        errors.append(.required("spec.resources[storage]"))
      }
      return errors
    }
    return behaviour
  }()
}
