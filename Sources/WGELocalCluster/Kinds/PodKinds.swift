internal import WGECore

/// Pods, and the pod templates inside workloads.
/// Source: k8s.io/kubernetes, apis/core/v1 defaults and core/validation.
enum PodKinds {
  static let pod: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      applyDefaults(&spec)
      applyLimits(&spec)
      if spec["enableServiceLinks"] == nil { spec["enableServiceLinks"] = true }
      json["spec"] = spec
      // The one address leads the list, which is what is kept.
      if let address = json["status"]?["podIP"]?.stringValue, !address.isEmpty,
        json["status"]?["podIPs"]?[0]?["ip"]?.stringValue != address
      {
        json.setValue([["ip": .string(address)]], at: ["status", "podIPs"])
      }
    }
    behaviour.prepareForCreate = { json in
      admit(&json)
      json["status"] = ["phase": "Pending", "qosClass": .string(qualityOfService(json["spec"] ?? [:]))]
    }
    behaviour.prepareForUpdate = { json, old in
      keepAdmitted(&json, old)
      json["status"]?["qosClass"] = old["status"]?["qosClass"]
    }
    behaviour.validate = { json in
      PodRules(spec: json["spec"] ?? [:], field: "spec").errors() + PodRules.tokenErrors(json["spec"] ?? [:], "spec")
    }
    behaviour.validateUpdate = { validateUpdate($0, old: $1) }
    behaviour.validateStatus = { json, _ in
      (json["status"]?["podIPs"]?.arrayValue ?? []).enumerated().flatMap { index, entry in
        Checks.ip(entry["ip"]?.stringValue ?? "", "status.podIPs[\(index)]")
      }
    }
    behaviour.selectableFields = [
      SelectableField(name: "spec.nodeName") { $0["spec"]?["nodeName"]?.stringValue ?? "" },
      SelectableField(name: "spec.restartPolicy") { $0["spec"]?["restartPolicy"]?.stringValue ?? "" },
      SelectableField(name: "spec.schedulerName") { $0["spec"]?["schedulerName"]?.stringValue ?? "" },
      SelectableField(name: "spec.serviceAccountName") { $0["spec"]?["serviceAccountName"]?.stringValue ?? "" },
      SelectableField(name: "spec.hostNetwork") { $0["spec"]?["hostNetwork"]?.boolValue == true ? "true" : "false" },
      SelectableField(name: "status.phase") { $0["status"]?["phase"]?.stringValue ?? "" },
      SelectableField(name: "status.podIP") { $0["status"]?["podIP"]?.stringValue ?? "" },
      SelectableField(name: "status.nominatedNodeName") { $0["status"]?["nominatedNodeName"]?.stringValue ?? "" },
    ]
    return behaviour
  }()

  // MARK: Defaults

  /// Defaults of a pod spec, also of one in a template.
  static func applyDefaults(_ spec: inout JSON) {
    setDefaults(
      &spec,
      [
        ("restartPolicy", "Always"), ("terminationGracePeriodSeconds", 30), ("dnsPolicy", "ClusterFirst"),
        ("securityContext", [:]), ("schedulerName", "default-scheduler"),
      ])
    if let name = spec["serviceAccountName"] {
      spec["serviceAccount"] = name
    } else if let name = spec["serviceAccount"] {
      spec["serviceAccountName"] = name
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
      guard var containers = spec[list]?.arrayValue else { continue }
      for index in containers.indices { applyContainerDefaults(&containers[index]) }
      spec[list] = .array(containers)
    }
    guard var volumes = spec["volumes"]?.arrayValue else { return }
    for index in volumes.indices {
      for source in ["configMap", "secret", "projected", "downwardAPI"] where volumes[index][source] != nil {
        if volumes[index][source]?["defaultMode"] == nil { volumes[index].setValue(420, at: [source, "defaultMode"]) }
      }
      if volumes[index]["hostPath"] != nil, volumes[index]["hostPath"]?["type"] == nil {
        volumes[index].setValue("", at: ["hostPath", "type"])
      }
      if var sources = volumes[index]["projected"]?["sources"]?.arrayValue {
        for inner in sources.indices where sources[inner]["serviceAccountToken"] != nil {
          if sources[inner]["serviceAccountToken"]?["expirationSeconds"] == nil {
            sources[inner].setValue(3600, at: ["serviceAccountToken", "expirationSeconds"])
          }
        }
        volumes[index].setValue(.array(sources), at: ["projected", "sources"])
      }
      let sources = (volumes[index].objectValue ?? JSONObject()).filter { $0.key != "name" }
      if sources.isEmpty { volumes[index]["emptyDir"] = [:] }
    }
    spec["volumes"] = .array(volumes)
  }

  static func setDefaults(_ json: inout JSON, _ defaults: [(String, JSON)]) {
    for (name, value) in defaults where json[name] == nil { json[name] = value }
  }

  private static func applyContainerDefaults(_ container: inout JSON) {
    setDefaults(
      &container,
      [
        ("resources", [:]), ("terminationMessagePath", "/dev/termination-log"), ("terminationMessagePolicy", "File"),
        ("imagePullPolicy", .string(pullPolicy(container["image"]?.stringValue ?? ""))),
      ])
    if var ports = container["ports"]?.arrayValue {
      for index in ports.indices where ports[index]["protocol"] == nil { ports[index]["protocol"] = "TCP" }
      container["ports"] = .array(ports)
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
      guard var probe = container[name] else { continue }
      setDefaults(
        &probe, [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)])
      applyRequestDefaults(&probe)
      container[name] = probe
    }
    for hook in ["postStart", "preStop"] {
      guard var handler = container["lifecycle"]?[hook] else { continue }
      applyRequestDefaults(&handler)
      container.setValue(handler, at: ["lifecycle", hook])
    }
    if var environment = container["env"]?.arrayValue {
      for index in environment.indices where environment[index]["valueFrom"]?["fieldRef"] != nil {
        if environment[index]["valueFrom"]?["fieldRef"]?["apiVersion"] == nil {
          environment[index].setValue("v1", at: ["valueFrom", "fieldRef", "apiVersion"])
        }
      }
      container["env"] = .array(environment)
    }
  }

  /// Limits are also requests where no request is named; of pods, not of their templates.
  private static func applyLimits(_ spec: inout JSON) {
    for list in ["containers", "initContainers"] {
      guard var containers = spec[list]?.arrayValue else { continue }
      for index in containers.indices {
        for limit in containers[index]["resources"]?["limits"]?.objectValue ?? JSONObject()
        where containers[index]["resources"]?["requests"]?[limit.key] == nil {
          containers[index].setValue(limit.value, at: ["resources", "requests", limit.key])
        }
      }
      spec[list] = .array(containers)
    }
  }

  private static func applyRequestDefaults(_ handler: inout JSON) {
    guard handler["httpGet"] != nil else { return }
    if handler["httpGet"]?["scheme"] == nil { handler.setValue("HTTP", at: ["httpGet", "scheme"]) }
    if handler["httpGet"]?["path"] == nil { handler.setValue("/", at: ["httpGet", "path"]) }
  }

  /// `Always` for images without a tag or with the tag latest.
  private static func pullPolicy(_ image: String) -> String {
    // What is no reference to an image has no tag that could be the latest.
    let repository = image.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
    if image.contains("@") || image.isEmpty || repository.contains(where: \.isUppercase) { return "IfNotPresent" }
    let last = image.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let colon = last.lastIndex(of: ":") else { return "Always" }
    return last[last.index(after: colon)...] == "latest" ? "Always" : "IfNotPresent"
  }

  /// What admission decided when the pod was made holds where an update leaves it out.
  private static func keepAdmitted(_ json: inout JSON, _ old: JSON) {
    var spec = json["spec"] ?? [:]
    for field in ["priority", "preemptionPolicy"]
    where spec[field] == nil {
      spec[field] = old["spec"]?[field]
    }
    json["spec"] = spec
    admit(&json)
  }

  /// What upstream's default admission plugins add.
  private static func admit(_ json: inout JSON) {
    var spec = json["spec"] ?? [:]
    setDefaults(&spec, [("priority", 0), ("preemptionPolicy", "PreemptLowerPriority")])
    var tolerations = spec["tolerations"]?.arrayValue ?? []
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
      let tolerated = tolerations.contains {
        ($0["key"]?.stringValue == key || ($0["key"]?.stringValue ?? "").isEmpty)
          && ($0["effect"]?.stringValue == "NoExecute" || ($0["effect"]?.stringValue ?? "").isEmpty)
      }
      if tolerated { continue }
      tolerations.append(
        ["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300])
    }
    spec["tolerations"] = .array(tolerations)
    json["spec"] = spec
  }

  private static func qualityOfService(_ spec: JSON) -> String {
    let containers = (spec["containers"]?.arrayValue ?? []) + (spec["initContainers"]?.arrayValue ?? [])
    var anything = false
    var guaranteed = true
    for container in containers {
      for resource in ["cpu", "memory"] {
        let request = container["resources"]?["requests"]?[resource]
        let limit = container["resources"]?["limits"]?[resource]
        if request != nil || limit != nil { anything = true }
        if limit == nil || request != limit { guaranteed = false }
      }
    }
    return anything ? (guaranteed ? "Guaranteed" : "Burstable") : "BestEffort"
  }

  // MARK: Updates

  /// Of a pod that exists only a few fields may change.
  private static func validateUpdate(_ json: JSON, old: JSON) -> [FieldError] {
    func fixed(_ json: JSON) -> JSON {
      var spec = json["spec"] ?? [:]
      for field in [
        "activeDeadlineSeconds", "tolerations", "schedulingGates", "nodeName",
      ] {
        spec[field] = nil
      }
      if (old["spec"]?["terminationGracePeriodSeconds"]?.intValue ?? 0) < 0 {
        spec["terminationGracePeriodSeconds"] = nil
      }
      for list in ["containers", "initContainers", "ephemeralContainers"] {
        guard var containers = spec[list]?.arrayValue else { continue }
        for index in containers.indices { containers[index]["image"] = nil }
        spec[list] = .array(containers)
      }
      return spec
    }
    var errors: [FieldError] = []
    let deadline = json["spec"]?["activeDeadlineSeconds"]?.intValue
    if let before = old["spec"]?["activeDeadlineSeconds"]?.intValue {
      guard let deadline else {
        return [
          .invalid("spec.activeDeadlineSeconds", .null, "must not update from a positive integer to nil value")
        ]
      }
      if before < deadline {
        return [
          .invalid(
            "spec.activeDeadlineSeconds", .number(.int(deadline)), "must be less than or equal to previous value")
        ]
      }
    }
    func untimed(_ toleration: JSON) -> JSON {
      var copy = toleration
      copy["tolerationSeconds"] = nil
      return copy
    }
    let tolerations = (json["spec"]?["tolerations"]?.arrayValue ?? []).map(untimed)
    if (old["spec"]?["tolerations"]?.arrayValue ?? []).contains(where: { !tolerations.contains(untimed($0)) }) {
      errors.append(
        .forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"))
    }
    if fixed(json) == fixed(old) { return errors }
    return errors + [
      .forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
      )
    ]
  }
}
