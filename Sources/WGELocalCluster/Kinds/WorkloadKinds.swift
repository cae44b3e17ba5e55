internal import WGECore

/// Workloads: stored with their defaults, not run.
/// Source: k8s.io/kubernetes, apis/apps/v1 and apis/batch/v1 defaults and validation.
enum WorkloadKinds {
  static let deployment: Behaviour = {
    var behaviour = rollingDeployment
    behaviour.countsAnnotations = true
    behaviour.validateStatus = { json, _ in WorkloadRules.deploymentStatus(json) }
    behaviour.statusMetadata = .allButLabels
    return behaviour
  }()

  private static let rollingDeployment = workload(
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
    }, rules: WorkloadRules.deployment)

  /// The annotation in which version 1 keeps a field that it no longer has.
  private static let templateGeneration = "deprecated.daemonset.template.generation"

  static let daemonSet: Behaviour = {
    var behaviour = daemonSetBase
    let prepare = behaviour.prepareForCreate
    behaviour.prepareForCreate = { json in
      prepare?(&json)
      if json["metadata"]?["annotations"]?[templateGeneration] == nil {
        json.setValue("1", at: ["metadata", "annotations", templateGeneration])
      }
    }
    behaviour.prepareForUpdate = { json, old in
      let before = (old["metadata"]?["annotations"]?[templateGeneration]?.stringValue).flatMap { Int64($0) } ?? 1
      let changed = json["spec"]?["template"] != old["spec"]?["template"]
      json.setValue(
        .string(String(changed ? before &+ 1 : before)), at: ["metadata", "annotations", templateGeneration])
    }
    return behaviour
  }()

  static let replicaSet: Behaviour = {
    var behaviour = workload(defaults: [("replicas", 1)], rules: WorkloadRules.replicaSet)
    behaviour.validateStatus = { json, _ in WorkloadRules.replicaStatus(json) }
    return behaviour
  }()

  static let statefulSet: Behaviour = {
    var behaviour = statefulSetBase
    behaviour.name = .label
    behaviour.validateUpdate = { json, old in
      func fixed(_ json: JSON) -> JSON {
        var spec = json["spec"] ?? [:]
        for name in [
          "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
          "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
        ] { spec[name] = nil }
        return spec
      }
      if fixed(json) == fixed(old) { return [] }
      return [
        .forbidden(
          "spec",
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        )
      ]
    }
    return behaviour
  }()

  private static let statefulSetBase = workload(
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
      guard var claims = spec["volumeClaimTemplates"]?.arrayValue else { return }
      for index in claims.indices {
        claims[index]["kind"] = "PersistentVolumeClaim"
        claims[index]["apiVersion"] = "v1"
        VolumeKinds.applyClaimDefaults(&claims[index])
        if claims[index]["status"]?["phase"] == nil { claims[index].setValue("Pending", at: ["status", "phase"]) }
      }
      spec["volumeClaimTemplates"] = .array(claims)
    }, rules: WorkloadRules.statefulSet)

  private static let daemonSetBase = workload(
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
    }, rules: WorkloadRules.daemonSet)

  static let podTemplate: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { applyTemplateDefaults(&$0, at: ["template"]) }
    behaviour.validate = { WorkloadRules.template($0["template"] ?? [:], "template") }
    return behaviour
  }()

  static let controllerRevision: Behaviour = {
    var behaviour = Behaviour()
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let data = json["data"] ?? .null
      if data.isNull {
        errors.append(.required("data", "data is mandatory"))
      } else if data.objectValue == nil {
        errors.append(.required("data", "data must be a valid JSON object"))
      }
      return errors + Checks.nonNegative(json, "", "revision")
    }
    behaviour.validateUpdate = { json, old in
      json["data"] == old["data"] ? [] : [.invalid("data", json["data"] ?? .null, "field is immutable")]
    }
    return behaviour
  }()

  static let replicationController: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      PodKinds.setDefaults(&spec, [("replicas", 1)])
      if let labels = spec["template"]?["metadata"]?["labels"] {
        if spec["selector"] == nil { spec["selector"] = labels }
        if json["metadata"]?["labels"] == nil { json.setValue(labels, at: ["metadata", "labels"]) }
      }
      applyTemplateDefaults(&spec, at: ["template"])
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { $0["status"] = ["replicas": 0] }
    behaviour.validate = { WorkloadRules.replicationController($0["spec"] ?? [:]) }
    behaviour.selectableFields = [
      SelectableField(name: "status.replicas") { String($0["status"]?["replicas"]?.intValue ?? 0) }
    ]
    behaviour.validateStatus = { json, _ in WorkloadRules.replicaStatus(json) }
    return behaviour
  }()

  static let job: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      applyJobDefaults(&spec)
      PodKinds.setDefaults(&spec, [("manualSelector", false)])
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { json in
      json["status"] = [:]
      let uid = json["metadata"]?["uid"] ?? ""
      let isManual = json["spec"]?["manualSelector"]?.boolValue == true
      let hadLabels = json["metadata"]?["labels"] != nil
      defer {
        if !hadLabels {
          json.setValue(json["spec"]?["template"]?["metadata"]?["labels"], at: ["metadata", "labels"])
        }
      }
      guard !isManual, json["spec"]?["selector"] == nil else { return }
      json.setValue(["matchLabels": ["batch.kubernetes.io/controller-uid": uid]], at: ["spec", "selector"])
      let name = json["metadata"]?["name"] ?? ""
      for (key, value) in [
        ("batch.kubernetes.io/controller-uid", uid), ("batch.kubernetes.io/job-name", name), ("controller-uid", uid),
        ("job-name", name),
      ] { json.setValue(value, at: ["spec", "template", "metadata", "labels", key]) }
    }
    behaviour.validate = { json in
      WorkloadRules.job(json["spec"] ?? [:])
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
    behaviour.validate = { WorkloadRules.cronJob($0["spec"] ?? [:]) }
    return behaviour
  }()

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
    rules: @escaping @Sendable (JSON) -> [FieldError]
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
    behaviour.validate = { rules($0["spec"] ?? [:]) }
    behaviour.validateUpdate = { json, old in
      guard json["spec"]?["selector"] != old["spec"]?["selector"] else { return [] }
      return [.invalid("spec.selector", Checks.shown(selector: json["spec"]?["selector"]), "field is immutable")]
    }
    return behaviour
  }
}
