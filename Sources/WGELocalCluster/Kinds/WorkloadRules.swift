internal import WGECore

/// What workloads may hold, each kind in the order in which a real server finds fault.
/// Source: k8s.io/kubernetes, apis/apps/validation, apis/batch/validation and apis/core/validation.
enum WorkloadRules {
  private static let mismatch = "`selector` does not match template `labels`"

  // MARK: Controllers

  static func deployment(_ spec: JSON) -> [FieldError] {
    var errors = Checks.nonNegative(spec, "spec", "replicas")
    errors += requiredSelector(spec, "deployment")
    errors += replicated(spec, "ReplicaSet")
    errors += strategy(spec["strategy"] ?? [:])
    errors += Checks.nonNegative(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    if let deadline = spec["progressDeadlineSeconds"]?.intValue, deadline <= spec["minReadySeconds"]?.intValue ?? 0 {
      errors.append(
        .invalid("spec.progressDeadlineSeconds", .number(.int(deadline)), "must be greater than minReadySeconds"))
    }
    return errors
  }

  static func replicaSet(_ spec: JSON) -> [FieldError] {
    // Upstream's words for replica sets speak of deployments.
    Checks.nonNegative(spec, "spec", "replicas", "minReadySeconds") + requiredSelector(spec, "deployment")
      + replicated(spec, "ReplicaSet")
  }

  static func replicationController(_ spec: JSON) -> [FieldError] {
    var errors = Checks.nonNegative(spec, "spec", "minReadySeconds")
    let selector = spec["selector"]?.objectValue ?? JSONObject()
    if selector.isEmpty { errors.append(.required("spec.selector")) }
    errors += Checks.nonNegative(spec, "spec", "replicas")
    guard let template = spec["template"] else { return errors + [.required("spec.template")] }
    let labels = template["metadata"]?["labels"]
    if !selector.isEmpty, selector.contains(where: { labels?[$0.key] != $0.value }) {
      errors.append(.invalid("spec.template.metadata.labels", labels ?? .null, mismatch))
    }
    return errors + Self.template(template, "spec.template") + alwaysRestarting(template, "ReplicationController")
  }

  static func daemonSet(_ spec: JSON) -> [FieldError] {
    var errors = Checks.selector(spec["selector"], "spec.selector")
    let isSound = errors.isEmpty
    let labels = spec["template"]?["metadata"]?["labels"]
    if isSound, !matches(spec) { errors.append(.invalid("spec.template.metadata.labels", labels ?? .null, mismatch)) }
    if let selector = spec["selector"], Checks.isEmptySelector(selector) {
      errors.append(
        .invalid("spec.selector", Checks.shown(selector: selector), "empty selector is invalid for daemonset"))
    }
    let template = spec["template"] ?? [:]
    errors += Self.template(template, "spec.template") + alwaysRestarting(template, "DaemonSet")
    errors += Checks.nonNegative(spec, "spec", "minReadySeconds")
    errors += daemonStrategy(spec["updateStrategy"] ?? [:])
    return errors + Checks.nonNegative(spec, "spec", "revisionHistoryLimit")
  }

  static func statefulSet(_ spec: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let policy = spec["podManagementPolicy"]?.stringValue ?? ""
    if !["OrderedReady", "Parallel"].contains(policy) {
      errors.append(.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'"))
    }
    errors += statefulStrategy(spec["updateStrategy"] ?? [:])
    for name in ["whenDeleted", "whenScaled"] {
      guard let retention = spec["persistentVolumeClaimRetentionPolicy"]?[name] else { continue }
      if retention != "Retain", retention != "Delete" {
        errors.append(
          .notSupported("spec.persistentVolumeClaimRetentionPolicy.\(name)", retention, ["Retain", "Delete"]))
      }
    }
    for (index, claim) in (spec["volumeClaimTemplates"]?.arrayValue ?? []).enumerated() {
      errors += VolumeKinds.validate(claim: claim["spec"] ?? [:], "spec.volumeClaimTemplates[\(index)].spec")
    }
    errors += Checks.nonNegative(spec, "spec", "replicas", "minReadySeconds")
    if let service = spec["serviceName"]?.stringValue, !service.isEmpty {
      errors += Checks.label(service, "spec.serviceName")
    }
    errors += requiredSelector(spec, "statefulset")
    let template = spec["template"] ?? [:]
    if selectorIsSound(spec) {
      if !isEverything(spec), !matches(spec) {
        errors.append(
          .invalid("spec.template.metadata.labels", template["metadata"]?["labels"] ?? .null, mismatch))
      }
      let claims = (spec["volumeClaimTemplates"]?.arrayValue ?? []).compactMap {
        $0["metadata"]?["name"]?.stringValue ?? ""
      }
      errors += Self.template(template, "spec.template", claims: Set(claims))
    } else {
      errors.append(.invalid("spec.selector", Checks.shown(selector: spec["selector"]), ""))
    }
    return errors + alwaysRestarting(template, "StatefulSet")
  }

  // MARK: Jobs

  static func job(_ spec: JSON) -> [FieldError] {
    var errors = jobBody(spec, "spec")
    if spec["selector"] == nil {
      errors.append(.required("spec.selector"))
    } else {
      errors += Checks.selector(spec["selector"], "spec.selector")
    }
    if selectorIsSound(spec), !matches(spec) {
      let labels = spec["template"]?["metadata"]?["labels"]
      errors.append(.invalid("spec.template.metadata.labels", labels ?? .null, mismatch))
    }
    return errors
  }

  static func cronJob(_ spec: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let schedule = spec["schedule"]?.stringValue ?? ""
    if schedule.isEmpty {
      errors.append(.required("spec.schedule"))
    } else {
      if let problem = CronSchedule.problem(schedule) { errors.append(.invalid("spec.schedule", schedule, problem)) }
      if schedule.contains("TZ") {
        errors.append(
          .invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"))
      }
    }
    errors += Checks.nonNegative(spec, "spec", "startingDeadlineSeconds")
    errors += PodRules.oneOf(spec["concurrencyPolicy"], "spec.concurrencyPolicy", ["Allow", "Forbid", "Replace"])
    let inner = spec["jobTemplate"]?["spec"] ?? [:]
    errors += jobBody(inner, "spec.jobTemplate.spec")
    if let selector = inner["selector"] {
      errors.append(
        .invalid(
          "spec.jobTemplate.spec.selector", Checks.shown(selector: selector), "`selector` will be auto-generated"))
    }
    if inner["manualSelector"]?.boolValue == true {
      errors.append(.notSupported("spec.jobTemplate.spec.manualSelector", true, ["nil", "false"]))
    }
    return errors + Checks.nonNegative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
  }

  private static func jobBody(_ spec: JSON, _ field: String) -> [FieldError] {
    var errors = Checks.nonNegative(
      spec, field, "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
      "backoffLimitPerIndex", "maxFailedIndexes")
    if spec["maxFailedIndexes"] != nil, spec["backoffLimitPerIndex"] == nil {
      errors.append(.required("\(field).backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    }
    errors += PodRules.oneOf(spec["completionMode"], "\(field).completionMode", ["Indexed", "NonIndexed"])
    let mode = spec["completionMode"]?.stringValue ?? "NonIndexed"
    if mode == "Indexed", spec["completions"] == nil {
      errors.append(.required("\(field).completions", "when completion mode is Indexed"))
    }
    if mode == "Indexed", let count = spec["parallelism"]?.intValue, count > 100_000 {
      errors.append(
        .invalid(
          "\(field).parallelism", .number(.int(count)),
          "must be less than or equal to 100000 when completion mode is Indexed"))
    }
    if mode == "NonIndexed" {
      for name in ["backoffLimitPerIndex", "maxFailedIndexes"] {
        guard let value = spec[name] else { continue }
        errors.append(.invalid("\(field).\(name)", value, "requires indexed completion mode"))
      }
    }
    let policies = ["Failed", "TerminatingOrFailed"]
    errors += PodRules.oneOf(spec["podReplacementPolicy"], "\(field).podReplacementPolicy", policies)
    let template = spec["template"] ?? [:]
    errors += Self.template(template, "\(field).template")
    let policy = template["spec"]?["restartPolicy"]?.stringValue ?? ""
    let path = "\(field).template.spec.restartPolicy"
    if policy.isEmpty || policy == "Always" {
      errors.append(.required(path, "valid values: \"OnFailure\", \"Never\""))
    } else if !["OnFailure", "Never"].contains(policy) {
      errors.append(.notSupported(path, .string(policy), ["OnFailure", "Never"]))
    } else if spec["podFailurePolicy"] != nil, policy != "Never" {
      errors.append(.invalid(path, policy, "only \"Never\" is supported when podFailurePolicy is specified"))
    }
    return errors
  }

  // MARK: Templates and selectors

  static func template(_ template: JSON, _ field: String, claims: Set<String> = []) -> [FieldError] {
    var errors = Checks.labels(template["metadata"]?["labels"], "\(field).labels")
    for annotation in template["metadata"]?["annotations"]?.objectValue ?? JSONObject() {
      errors += NameValidation.qualifiedName(annotation.key.lowercased()).map {
        .invalid("\(field).annotations", annotation.key, $0)
      }
    }
    return errors + PodRules(spec: template["spec"] ?? [:], field: "\(field).spec", claims: claims).errors()
  }

  private static func requiredSelector(_ spec: JSON, _ kind: String) -> [FieldError] {
    guard let selector = spec["selector"], !selector.isNull else { return [.required("spec.selector")] }
    var errors = Checks.selector(selector, "spec.selector")
    if Checks.isEmptySelector(selector) {
      errors.append(
        .invalid("spec.selector", Checks.shown(selector: selector), "empty selector is invalid for \(kind)"))
    }
    return errors
  }

  /// The template of a kind that keeps pods running, which the selector must match.
  private static func replicated(_ spec: JSON, _ kind: String) -> [FieldError] {
    guard selectorIsSound(spec) else {
      return [.invalid("spec.selector", Checks.shown(selector: spec["selector"]), "invalid label selector")]
    }
    var errors: [FieldError] = []
    let template = spec["template"] ?? [:]
    if !isEverything(spec), !matches(spec) {
      errors.append(.invalid("spec.template.metadata.labels", template["metadata"]?["labels"] ?? .null, mismatch))
    }
    return errors + Self.template(template, "spec.template") + alwaysRestarting(template, kind)
  }

  private static func alwaysRestarting(_ template: JSON, _ kind: String) -> [FieldError] {
    var errors: [FieldError] = []
    if let policy = template["spec"]?["restartPolicy"], policy.stringValue != "Always" {
      errors.append(.notSupported("spec.template.spec.restartPolicy", policy, ["Always"]))
    }
    if template["spec"]?["activeDeadlineSeconds"] != nil {
      errors.append(
        .forbidden(
          "spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in \(kind) is not Supported"))
    }
    return errors
  }

  /// A missing selector selects nothing, an empty one everything.
  private static func matches(_ spec: JSON) -> Bool {
    guard let selector = spec["selector"], !selector.isNull else { return false }
    let labels = spec["template"]?["metadata"]?["labels"] ?? [:]
    return LabelSelector(selector).matches(["metadata": ["labels": labels]])
  }

  private static func isEverything(_ spec: JSON) -> Bool {
    guard let selector = spec["selector"], !selector.isNull else { return false }
    return Checks.isEmptySelector(selector)
  }

  private static func selectorIsSound(_ spec: JSON) -> Bool { Checks.selector(spec["selector"], "").isEmpty }

  // MARK: Strategies

  private static func strategy(_ strategy: JSON) -> [FieldError] {
    let types = ["Recreate", "RollingUpdate"]
    let path = "spec.strategy.rollingUpdate"
    switch strategy["type"]?.stringValue ?? "" {
    case "Recreate":
      return strategy["rollingUpdate"] == nil
        ? [] : [.forbidden(path, "may not be specified when strategy `type` is 'Recreate'")]
    case "RollingUpdate":
      let rolling = strategy["rollingUpdate"] ?? [:]
      var errors = Checks.numberOrPercent(rolling["maxUnavailable"], "\(path).maxUnavailable")
      errors += Checks.numberOrPercent(rolling["maxSurge"], "\(path).maxSurge")
      if Checks.isZero(rolling["maxUnavailable"]), Checks.isZero(rolling["maxSurge"]) {
        errors.append(
          .invalid("\(path).maxUnavailable", rolling["maxUnavailable"] ?? 0, "may not be 0 when `maxSurge` is 0"))
      }
      return errors + Checks.atMostHundredPercent(rolling["maxUnavailable"], "\(path).maxUnavailable")
    default:
      let rolling = strategy["rollingUpdate"].map { rolling in
        "{\"MaxUnavailable\":\(rolling["maxUnavailable"] ?? 0),\"MaxSurge\":\(rolling["maxSurge"] ?? 0)}"
      }
      let shown = "{\"Type\":\(strategy["type"] ?? ""),\"RollingUpdate\":\(rolling ?? "null")}"
      return [.notSupported("spec.strategy", RawText(shown), types)]
    }
  }

  private static func daemonStrategy(_ strategy: JSON) -> [FieldError] {
    let path = "spec.updateStrategy"
    switch strategy["type"]?.stringValue ?? "" {
    case "OnDelete": return []
    case "RollingUpdate":
      guard let rolling = strategy["rollingUpdate"] else { return [.required("\(path).rollingUpdate")] }
      let (surge, unavailable) = ("\(path).rollingUpdate.maxSurge", "\(path).rollingUpdate.maxUnavailable")
      var errors = Checks.numberOrPercent(rolling["maxUnavailable"], unavailable)
      errors += Checks.atMostHundredPercent(rolling["maxUnavailable"], unavailable)
      errors += Checks.numberOrPercent(rolling["maxSurge"], surge)
      errors += Checks.atMostHundredPercent(rolling["maxSurge"], surge)
      let hasSurge = !Checks.isZero(rolling["maxSurge"])
      let hasUnavailable = !Checks.isZero(rolling["maxUnavailable"])
      if hasSurge, hasUnavailable {
        errors.append(
          .invalid(surge, rolling["maxSurge"] ?? 0, "may not be set when maxUnavailable is non-zero"))
      } else if !hasSurge, !hasUnavailable {
        errors.append(.required(unavailable, "cannot be 0 when maxSurge is 0"))
      }
      return errors
    default: return [.notSupported("\(path).type", strategy["type"] ?? "", ["RollingUpdate", "OnDelete"])]
    }
  }

  private static func statefulStrategy(_ strategy: JSON) -> [FieldError] {
    let path = "spec.updateStrategy"
    let rolling = strategy["rollingUpdate"]
    switch strategy["type"]?.stringValue ?? "" {
    case "OnDelete":
      guard let rolling else { return [] }
      let text = "{\"Partition\":\(rolling["partition"] ?? 0),\"MaxUnavailable\":\(rolling["maxUnavailable"] ?? .null)}"
      return [
        .invalid("\(path).rollingUpdate", RawText(text), "only allowed for updateStrategy 'RollingUpdate'")
      ]
    case "RollingUpdate":
      return Checks.nonNegative(rolling ?? [:], "\(path).rollingUpdate", "partition")
    default:
      let shown =
        "{\"Type\":\(strategy["type"] ?? ""),\"RollingUpdate\":\(rolling.map { "{\"Partition\":\($0["partition"] ?? 0),\"MaxUnavailable\":\($0["maxUnavailable"] ?? .null)}" } ?? "null")}"
      return [.invalid(path, RawText(shown), "must be 'RollingUpdate' or 'OnDelete'")]
    }
  }

  // MARK: Status

  /// The counts that a deployment's controller reports.
  static func deploymentStatus(_ json: JSON) -> [FieldError] {
    counts(
      json,
      nonNegative: [
        "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas",
        "unavailableReplicas", "terminatingReplicas", "collisionCount",
      ], within: ["updatedReplicas", "readyReplicas", "availableReplicas"])
  }

  /// The counts that a replica set's controller reports.
  static func replicaStatus(_ json: JSON) -> [FieldError] {
    counts(
      json,
      nonNegative: [
        "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration",
        "terminatingReplicas",
      ], within: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"])
  }

  /// - Parameter within: of these there cannot be more than `replicas`.
  private static func counts(_ json: JSON, nonNegative: [String], within: [String]) -> [FieldError] {
    let status = json["status"] ?? [:]
    func count(_ name: String) -> Int64 { status[name]?.intValue ?? 0 }
    var errors = Checks.nonNegative(status, "status", nonNegative)
    for name in within where count(name) > count("replicas") {
      errors.append(
        .invalid("status.\(name)", .number(.int(count(name))), "cannot be greater than status.replicas"))
    }
    if count("availableReplicas") > count("readyReplicas") {
      errors.append(
        .invalid(
          "status.availableReplicas", .number(.int(count("availableReplicas"))),
          "cannot be greater than readyReplicas"))
    }
    return errors
  }
}
