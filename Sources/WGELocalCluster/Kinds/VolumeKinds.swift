internal import WGECore

/// Claims, volumes and the storage group.
/// Source: k8s.io/kubernetes, apis/core and apis/storage: defaults and validation.
enum VolumeKinds {
  private static let modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]

  // MARK: Claims

  static let claim: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in applyClaimDefaults(&json) }
    behaviour.prepareForCreate = { json in
      json["status"] = ["phase": "Pending"]
      protect(&json, "kubernetes.io/pvc-protection")
    }
    behaviour.validate = { validate(claim: $0["spec"] ?? [:], "spec") }
    behaviour.validateUpdate = { json, old in
      func fixed(_ json: JSON) -> JSON {
        var spec = json["spec"] ?? [:]
        if old["status"]?["phase"] == "Bound" { spec.setValue(nil, at: ["resources", "requests"]) }
        spec["volumeAttributesClassName"] = nil
        if old["spec"]?["volumeName"] == nil { spec["volumeName"] = nil }
        return spec
      }
      if fixed(json) == fixed(old) { return [] }
      return [
        .forbidden(
          "spec",
          "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims")
      ]
    }
    return behaviour
  }()

  /// The finalizers that keep claims and volumes in use; taken away by a built-in controller.
  static let protections: Set<String> = [
    "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection", "kubernetes.io/vac-protection",
  ]

  private static func protect(_ json: inout JSON, _ finalizer: String) {
    var finalizers = json["metadata"]?["finalizers"]?.arrayValue ?? []
    if !finalizers.contains(.string(finalizer)) { finalizers.append(.string(finalizer)) }
    json.setValue(.array(finalizers), at: ["metadata", "finalizers"])
  }

  static func applyClaimDefaults(_ json: inout JSON) {
    if json["spec"]?["volumeMode"] == nil { json.setValue("Filesystem", at: ["spec", "volumeMode"]) }
  }

  static func validate(claim spec: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    let given = spec["accessModes"]?.arrayValue ?? []
    if given.isEmpty { errors.append(.required("\(field).accessModes", "at least 1 access mode is required")) }
    errors += Checks.selector(spec["selector"], "\(field).selector")
    for mode in given where !modes.contains(mode.stringValue ?? "") {
      errors.append(.notSupported("\(field).accessModes", mode, modes))
    }
    if given.count > 1, given.contains("ReadWriteOncePod") {
      errors.append(
        .forbidden(
          "\(field).accessModes", "may not use ReadWriteOncePod with other access modes"))
    }
    let request = spec["resources"]?["requests"]?["storage"]
    if let text = request?.stringValue {
      if text.hasPrefix("-") || text == "0" {
        errors.append(.invalid("\(field).resources[storage]", text, "must be greater than zero"))
      }
    } else {
      errors.append(.required("\(field).resources[storage]"))
    }
    if let name = spec["storageClassName"]?.stringValue, !name.isEmpty {
      errors += Checks.subdomain(name, "\(field).storageClassName")
    }
    return errors + Checks.oneOf(spec["volumeMode"], "\(field).volumeMode", ["Block", "Filesystem"])
  }

  // MARK: Volumes

  static let volume: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      PodKinds.setDefaults(&spec, [("persistentVolumeReclaimPolicy", "Retain"), ("volumeMode", "Filesystem")])
      if spec["hostPath"] != nil, spec["hostPath"]?["type"] == nil { spec.setValue("", at: ["hostPath", "type"]) }
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { json in
      json["status"] = ["phase": "Pending"]
      json.setValue(json["metadata"]?["creationTimestamp"], at: ["status", "lastPhaseTransitionTime"])
      protect(&json, "kubernetes.io/pv-protection")
    }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      var errors: [FieldError] = []
      let given = spec["accessModes"]?.arrayValue ?? []
      if given.isEmpty { errors.append(.required("spec.accessModes")) }
      for mode in given where !modes.contains(mode.stringValue ?? "") {
        errors.append(.notSupported("spec.accessModes", mode, modes))
      }
      let capacity = spec["capacity"]?.objectValue ?? JSONObject()
      if capacity.isEmpty { errors.append(.required("spec.capacity")) }
      if spec["capacity"]?["storage"] == nil || capacity.count > 1 {
        errors.append(.notSupported("spec.capacity", spec["capacity"] ?? .null, ["storage"]))
      }
      let policies = ["Delete", "Recycle", "Retain"]
      errors += Checks.oneOf(
        spec["persistentVolumeReclaimPolicy"], "spec.persistentVolumeReclaimPolicy", policies)
      let sources = (spec.objectValue ?? JSONObject()).filter { Self.sources.contains($0.key) }
      if sources.isEmpty { errors.append(.required("spec", "must specify a volume type")) }
      for other in sources.dropFirst() {
        errors.append(.forbidden("spec.\(other.key)", "may not specify more than 1 volume type"))
      }
      if let path = spec["hostPath"]?["path"]?.stringValue, path.isEmpty {
        errors.append(.required("spec.hostPath.path"))
      }
      if let name = spec["storageClassName"]?.stringValue, !name.isEmpty {
        errors += Checks.subdomain(name, "spec.storageClassName")
      }
      return errors + Checks.oneOf(spec["volumeMode"], "spec.volumeMode", ["Block", "Filesystem"])
    }
    behaviour.validateUpdate = { json, old in
      func source(_ json: JSON) -> [JSON?] { sources.sorted().map { json["spec"]?[$0] } }
      if source(json) == source(old) { return [] }
      return [.forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation")]
    }
    return behaviour
  }()

  private static let sources: Set<String> = [
    "gcePersistentDisk", "awsElasticBlockStore", "hostPath", "glusterfs", "nfs", "rbd", "iscsi", "cinder", "cephfs",
    "fc", "flocker", "flexVolume", "azureFile", "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk",
    "portworxVolume", "scaleIO", "local", "storageos", "csi",
  ]

  // MARK: The storage group

  static let storageClass: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in
      PodKinds.setDefaults(&json, [("reclaimPolicy", "Delete"), ("volumeBindingMode", "Immediate")])
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let provisioner = json["provisioner"]?.stringValue ?? ""
      if provisioner.isEmpty {
        errors.append(.required("provisioner"))
      } else {
        errors += NameValidation.qualifiedName(provisioner.lowercased()).map {
          .invalid("provisioner", provisioner.lowercased(), $0)
        }
      }
      if json["parameters"]?.objectValue?.contains(key: "") == true {
        errors.append(.invalid("parameters", "", "field can not be empty."))
      }
      errors += Checks.oneOf(json["reclaimPolicy"], "reclaimPolicy", ["Delete", "Retain"])
      return errors
        + Checks.oneOf(json["volumeBindingMode"], "volumeBindingMode", ["Immediate", "WaitForFirstConsumer"])
    }
    behaviour.validateUpdate = { json, old in
      var errors: [FieldError] = []
      if json["parameters"] != old["parameters"] {
        errors.append(.forbidden("parameters", "updates to parameters are forbidden."))
      }
      if json["provisioner"] != old["provisioner"] {
        errors.append(.forbidden("provisioner", "updates to provisioner are forbidden."))
      }
      for name in ["reclaimPolicy", "volumeBindingMode"] where json[name] != old[name] {
        errors.append(
          name == "reclaimPolicy"
            ? .forbidden(name, "updates to reclaimPolicy are forbidden.")
            : .invalid(name, json[name] ?? .null, "field is immutable"))
      }
      return errors
    }
    return behaviour
  }()

  static let csiDriver: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      PodKinds.setDefaults(
        &spec,
        [
          ("attachRequired", true), ("podInfoOnMount", false), ("storageCapacity", false),
          ("volumeLifecycleModes", ["Persistent"]), ("fsGroupPolicy", "ReadWriteOnceWithFSType"),
          ("requiresRepublish", false), ("seLinuxMount", false),
        ])
      json["spec"] = spec
    }
    return behaviour
  }()

  static let storageCapacity: Behaviour = {
    var behaviour = Behaviour()
    behaviour.validate = { Checks.subdomain($0["storageClassName"]?.stringValue ?? "", "storageClassName") }
    return behaviour
  }()

  static let csiNode: Behaviour = {
    var behaviour = Behaviour()
    behaviour.validate = { json in
      var seen = Set<String>()
      return (json["spec"]?["drivers"]?.arrayValue ?? []).enumerated().flatMap { index, driver -> [FieldError] in
        let field = "spec.drivers[\(index)]"
        let name = driver["name"]?.stringValue ?? ""
        let node = driver["nodeID"]?.stringValue ?? ""
        var errors = Checks.required(driver, field, "name", "nodeID")
        if node.utf8.count > 256 {
          errors.append(.invalid("\(field).nodeID", node, "must be 256 characters or less"))
        }
        if !seen.insert(name).inserted { errors.append(.duplicate("\(field).name", .string(name))) }
        return errors
      }
    }
    return behaviour
  }()

  static let attachment: Behaviour = {
    var behaviour = Behaviour()
    behaviour.prepareForCreate = { $0["status"] = ["attached": false] }
    behaviour.validate = { json in
      var errors = Checks.required(json["spec"] ?? [:], "spec", "attacher")
      if json["spec"]?["source"]?["inlineVolumeSpec"] == nil,
        (json["spec"]?["source"]?["persistentVolumeName"]?.stringValue ?? "").isEmpty
      {
        errors.append(
          .required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"))
      }
      if let name = json["spec"]?["source"]?["persistentVolumeName"]?.stringValue, !name.isEmpty {
        errors += Checks.subdomain(name, "spec.source.persistentVolumeName")
      }
      return errors + Checks.subdomain(json["spec"]?["nodeName"]?.stringValue ?? "", "spec.nodeName")
    }
    return behaviour
  }()

  static let attributesClass: Behaviour = {
    var behaviour = Behaviour()
    behaviour.prepareForCreate = { protect(&$0, "kubernetes.io/vac-protection") }
    behaviour.validate = { json in
      var errors = Checks.required(json, "", "driverName")
      let driver = (json["driverName"]?.stringValue ?? "").lowercased()
      if !driver.isEmpty {
        errors += NameValidation.qualifiedName(driver).map { .invalid("driverName", driver, $0) }
      }
      if (json["parameters"]?.objectValue ?? JSONObject()).isEmpty {
        errors.append(.required("parameters", "must contain at least one key/value pair"))
      }
      return errors
    }
    behaviour.validateUpdate = { json, old in
      ["driverName", "parameters"].compactMap { name in
        json[name] == old[name] ? nil : .forbidden(name, "updates to \(name) are forbidden.")
      }
    }
    return behaviour
  }()
}
