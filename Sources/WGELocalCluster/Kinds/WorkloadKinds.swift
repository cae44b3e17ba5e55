internal import WGECore

/// Workloads: stored with their defaults, not run.
/// Source: k8s.io/kubernetes, apis/apps/v1 and apis/batch/v1 defaults and validation.
enum WorkloadKinds {
  static let deployment = workload(
    defaults: [
      ("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600),
    ],
    more: { spec in
      if (spec["strategy"]?["type"]?.stringValue ?? "").isEmpty {
        spec.setValue("RollingUpdate", at: ["strategy", "type"])
      }
      if spec["strategy"]?["type"]?.stringValue == "RollingUpdate" {
        if spec["strategy"]?["rollingUpdate"]?["maxUnavailable"] == nil {
          spec.setValue("25%", at: ["strategy", "rollingUpdate", "maxUnavailable"])
        }
        if spec["strategy"]?["rollingUpdate"]?["maxSurge"] == nil {
          spec.setValue("25%", at: ["strategy", "rollingUpdate", "maxSurge"])
        }
      }
    },
    check: { spec in
      let types = ["Recreate", "RollingUpdate"]
      if let type = spec["strategy"]?["type"], !types.contains(type.stringValue ?? "") {
        return [.notSupported("spec.strategy.type", type, types)]
      }
      if spec["strategy"]?["type"]?.stringValue == "Recreate", spec["strategy"]?["rollingUpdate"] != nil {
        return [
          .forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
        ]
      }
      return []
    })

  static let replicaSet = workload(defaults: [("replicas", 1)])

  static let statefulSet = workload(
    defaults: [("replicas", 1), ("revisionHistoryLimit", 10), ("podManagementPolicy", "OrderedReady")],
    more: { spec in
      if (spec["updateStrategy"]?["type"]?.stringValue ?? "").isEmpty {
        spec.setValue("RollingUpdate", at: ["updateStrategy", "type"])
      }
      if spec["updateStrategy"]?["type"]?.stringValue == "RollingUpdate",
        spec["updateStrategy"]?["rollingUpdate"]?["partition"] == nil
      {
        spec.setValue(0, at: ["updateStrategy", "rollingUpdate", "partition"])
      }
      if spec["persistentVolumeClaimRetentionPolicy"] == nil {
        spec["persistentVolumeClaimRetentionPolicy"] = ["whenDeleted": "Retain", "whenScaled": "Retain"]
      }
    })

  static let daemonSet = workload(
    defaults: [("revisionHistoryLimit", 10)],
    more: { spec in
      if (spec["updateStrategy"]?["type"]?.stringValue ?? "").isEmpty {
        spec.setValue("RollingUpdate", at: ["updateStrategy", "type"])
      }
      if spec["updateStrategy"]?["type"]?.stringValue == "RollingUpdate" {
        if spec["updateStrategy"]?["rollingUpdate"]?["maxUnavailable"] == nil {
          spec.setValue(1, at: ["updateStrategy", "rollingUpdate", "maxUnavailable"])
        }
        if spec["updateStrategy"]?["rollingUpdate"]?["maxSurge"] == nil {
          spec.setValue(0, at: ["updateStrategy", "rollingUpdate", "maxSurge"])
        }
      }
    })

  static let replicationController: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      PodKinds.setDefaults(&spec, [("replicas", 1)])
      let labels = spec["template"]?["metadata"]?["labels"]
      if spec["selector"] == nil, let labels { spec["selector"] = labels }
      applyTemplateDefaults(&spec, at: ["template"])
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { $0["status"] = ["replicas": 0] }
    return behaviour
  }()

  static let job: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      applyJobDefaults(&spec)
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { json in
      json["status"] = [:]
      let uid = json["metadata"]?["uid"] ?? ""
      guard json["spec"]?["manualSelector"]?.boolValue != true, json["spec"]?["selector"] == nil else { return }
      json.setValue(["matchLabels": ["batch.kubernetes.io/controller-uid": uid]], at: ["spec", "selector"])
      let name = json["metadata"]?["name"] ?? ""
      for (key, value) in [
        ("batch.kubernetes.io/controller-uid", uid), ("batch.kubernetes.io/job-name", name), ("controller-uid", uid),
        ("job-name", name),
      ] { json.setValue(value, at: ["spec", "template", "metadata", "labels", key]) }
    }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      return PodKinds.validate(spec["template"]?["spec"] ?? [:], field: "spec.template.spec")
        + jobPolicyErrors(spec, "spec.template.spec")
    }
    behaviour.validateUpdate = { json, old in
      json["spec"]?["template"] == old["spec"]?["template"]
        ? [] : [.invalid("spec.template", RawText("{...}"), "field is immutable")]
    }
    behaviour.selectableFields = [
      SelectableField(name: "status.successful") { String($0["status"]?["succeeded"]?.intValue ?? 0) }
    ]
    return behaviour
  }()

  static let cronJob: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      PodKinds.setDefaults(
        &spec,
        [
          ("concurrencyPolicy", "Allow"), ("suspend", false), ("successfulJobsHistoryLimit", 3),
          ("failedJobsHistoryLimit", 1),
        ])
      var inner = spec["jobTemplate"]?["spec"] ?? [:]
      applyTemplateDefaults(&inner, at: ["template"])
      spec.setValue(inner, at: ["jobTemplate", "spec"])
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { $0["status"] = [:] }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let spec = json["spec"] ?? [:]
      let schedule = spec["schedule"]?.stringValue ?? ""
      if schedule.isEmpty {
        errors.append(.required("spec.schedule"))
      } else if !isSchedule(schedule) {
        errors.append(
          .invalid(
            "spec.schedule", schedule,
            "expected exactly 5 fields, found \(schedule.split(separator: " ").count): [\(schedule)]"))
      }
      let policies = ["Allow", "Forbid", "Replace"]
      if let policy = spec["concurrencyPolicy"], !policies.contains(policy.stringValue ?? "") {
        errors.append(.notSupported("spec.concurrencyPolicy", policy, policies))
      }
      let template = spec["jobTemplate"]?["spec"]?["template"]?["spec"] ?? [:]
      return errors + PodKinds.validate(template, field: "spec.jobTemplate.spec.template.spec")
        + jobPolicyErrors(spec["jobTemplate"]?["spec"] ?? [:], "spec.jobTemplate.spec.template.spec")
    }
    return behaviour
  }()

  private static func isSchedule(_ text: String) -> Bool {
    if ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"].contains(text) { return true }
    if text.hasPrefix("@every ") { return true }
    return text.split(separator: " ").count == 5
  }

  private static func jobPolicyErrors(_ spec: JSON, _ field: String) -> [FieldError] {
    guard let policy = spec["template"]?["spec"]?["restartPolicy"]?.stringValue, policy == "Always" else { return [] }
    return [.notSupported("\(field).restartPolicy", .string(policy), ["OnFailure", "Never"])]
  }

  private static func applyJobDefaults(_ spec: inout JSON) {
    if spec["completions"] == nil, spec["parallelism"] == nil { spec["completions"] = 1 }
    PodKinds.setDefaults(
      &spec,
      [
        ("parallelism", 1), ("backoffLimit", 6), ("completionMode", "NonIndexed"), ("suspend", false),
        ("podReplacementPolicy", "TerminatingOrFailed"),
      ])
    applyTemplateDefaults(&spec, at: ["template"])
  }

  private static func applyTemplateDefaults(_ spec: inout JSON, at path: [String]) {
    guard var pod = spec.value(at: path + ["spec"]) else { return }
    PodKinds.applyDefaults(&pod)
    spec.setValue(pod, at: path + ["spec"])
  }

  private static func workload(
    defaults: [(String, JSON)], more: (@Sendable (inout JSON) -> Void)? = nil,
    check: (@Sendable (JSON) -> [FieldError])? = nil
  ) -> Behaviour {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      PodKinds.setDefaults(&spec, defaults)
      more?(&spec)
      applyTemplateDefaults(&spec, at: ["template"])
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { json in
      guard
        case .structure(let structure)? = TypeTable.builtIn.type("\(json["kind"]?.stringValue ?? "")Status").map(
          TypeSchema.structure)
      else { return }
      var decoder = TypedDecoder()
      json["status"] = (try? decoder.decode([:], as: structure)) ?? [:]
    }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      return validate(spec) + (check?(spec) ?? [])
    }
    behaviour.validateUpdate = { json, old in
      guard json["spec"]?["selector"] != old["spec"]?["selector"] else { return [] }
      return [.invalid("spec.selector", json["spec"]?["selector"] ?? .null, "field is immutable")]
    }
    return behaviour
  }

  private static func validate(_ spec: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    if let replicas = spec["replicas"]?.intValue, replicas < 0 {
      errors.append(.invalid("spec.replicas", .number(.int(replicas)), "must be greater than or equal to 0"))
    }
    let selector = spec["selector"] ?? .null
    let labels = spec["template"]?["metadata"]?["labels"]
    if selector.isNull {
      errors.append(.required("spec.selector"))
    } else if selector.objectValue?.isEmpty == true {
      errors.append(.invalid("spec.selector", selector, "empty selector is invalid for deployment"))
    } else if !LabelSelection(selector).matches(["metadata": ["labels": labels ?? [:]]]) {
      errors.append(
        .invalid("spec.template.metadata.labels", labels ?? .null, "`selector` does not match template `labels`"))
    }
    errors += PodKinds.validate(spec["template"]?["spec"] ?? [:], field: "spec.template.spec")
    if let policy = spec["template"]?["spec"]?["restartPolicy"], policy.stringValue != "Always" {
      errors.append(.notSupported("spec.template.spec.restartPolicy", policy, ["Always"]))
    }
    return errors
  }
}
