internal import WGECore

/// Horizontal pod autoscalers in both versions, and disruption budgets.
/// Source: k8s.io/kubernetes, apis/autoscaling and apis/policy: defaults and validation.
enum AutoscalerKinds {
  static let autoscaler: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      if spec["minReplicas"] == nil { spec["minReplicas"] = 1 }
      if (spec["metrics"]?.arrayValue ?? []).isEmpty {
        spec["metrics"] = [
          [
            "type": "Resource",
            "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]],
          ]
        ]
      }
      if spec["behavior"] != nil {
        applyRules(&spec, "scaleUp", window: 0, [policy("Pods", 4), policy("Percent", 100)])
        applyRules(&spec, "scaleDown", window: nil, [policy("Percent", 100)])
      }
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { $0["status"] = ["currentMetrics": .null, "desiredReplicas": 0] }
    behaviour.validate = { validate($0["spec"] ?? [:]) }
    return behaviour
  }()

  private static func policy(_ type: String, _ value: Int64) -> JSON {
    ["type": .string(type), "value": .number(.int(value)), "periodSeconds": 15]
  }

  private static func applyRules(_ spec: inout JSON, _ name: String, window: Int64?, _ policies: [JSON]) {
    var rules = spec["behavior"]?[name] ?? [:]
    if let window, rules["stabilizationWindowSeconds"] == nil {
      rules["stabilizationWindowSeconds"] = .number(.int(window))
    }
    if rules["selectPolicy"] == nil { rules["selectPolicy"] = "Max" }
    if rules["policies"] == nil { rules["policies"] = .array(policies) }
    spec.setValue(rules, at: ["behavior", name])
  }

  private static func validate(_ spec: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let minimum = spec["minReplicas"]?.intValue ?? 1
    let maximum = spec["maxReplicas"]?.intValue ?? 0
    if minimum < 0 {
      errors.append(
        .invalid("spec.minReplicas", .number(.int(minimum)), "must be greater than or equal to 0"))
    }
    if maximum == 0 {
      errors.append(.required("spec.maxReplicas", "must be set and greater than 0"))
    } else if maximum < 0 {
      errors.append(
        .invalid("spec.maxReplicas", .number(.int(maximum)), "must be greater than or equal to 1"))
    }
    if maximum < minimum {
      errors.append(
        .invalid("spec.maxReplicas", .number(.int(maximum)), "must be greater than or equal to `minReplicas`"))
    }
    errors += reference(spec["scaleTargetRef"] ?? [:], "spec.scaleTargetRef", mayLackGroup: false)
    var scalesToZero = false
    for (index, metric) in (spec["metrics"]?.arrayValue ?? []).enumerated() {
      errors += validateMetric(metric, "spec.metrics[\(index)]")
      if ["Object", "External"].contains(metric["type"]?.stringValue ?? "") { scalesToZero = true }
    }
    if minimum == 0, !scalesToZero {
      errors.append(
        .forbidden(
          "spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas"))
    }
    for name in ["scaleUp", "scaleDown"] {
      guard let rules = spec["behavior"]?[name] else { continue }
      errors += validateRules(rules, "spec.behavior.\(name)")
    }
    return errors
  }

  private static func reference(_ reference: JSON, _ field: String, mayLackGroup: Bool = true) -> [FieldError] {
    var errors: [FieldError] = []
    for name in ["kind", "name"] {
      let text = reference[name]?.stringValue ?? ""
      if text.isEmpty {
        errors.append(.required("\(field).\(name)"))
      } else {
        errors += NameValidation.pathSegment(text).map { .invalid("\(field).\(name)", text, $0) }
      }
    }
    let version = reference["apiVersion"]?.stringValue ?? ""
    if !mayLackGroup, !version.contains("/") {
      errors.append(.invalid("\(field).apiVersion", version, "apiVersion must specify API group"))
    }
    return errors
  }

  private static let metricTypes = ["ContainerResource", "External", "Object", "Pods", "Resource"]

  private static func validateMetric(_ metric: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    let type = metric["type"]?.stringValue ?? ""
    if type.isEmpty { errors.append(.required("\(field).type", "must specify a metric source type")) }
    if !metricTypes.contains(type) { errors.append(.notSupported("\(field).type", .string(type), metricTypes)) }
    let sources = ["object", "external", "pods", "resource", "containerResource"]
    let present = sources.filter { metric[$0] != nil }
    if let first = present.first { errors += validateSource(metric[first] ?? [:], first, "\(field).\(first)") }
    let expected = (type.first?.lowercased() ?? "") + type.dropFirst()
    if metricTypes.contains(type) {
      if !present.contains(expected) {
        errors.append(.required("\(field).\(expected)", "must populate information for the given metric source"))
      }
    } else {
      errors.append(.notSupported("\(field).type", .string(type), metricTypes))
    }
    if present.count != 1 {
      for other in present where other != expected {
        errors.append(.forbidden("\(field).\(other)", "must populate the given metric source only"))
      }
    }
    return errors
  }

  private static func validateSource(_ source: JSON, _ kind: String, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    let target = source["target"] ?? [:]
    switch kind {
    case "object":
      errors += reference(source["describedObject"] ?? [:], "\(field).describedObject")
      errors += identifier(source["metric"] ?? [:], "\(field).metric")
    case "external", "pods": errors += identifier(source["metric"] ?? [:], "\(field).metric")
    default:
      if (source["name"]?.stringValue ?? "").isEmpty {
        errors.append(.required("\(field).name", "must specify a resource name"))
      }
      if kind == "containerResource" {
        let container = source["container"]?.stringValue ?? ""
        errors +=
          container.isEmpty
          ? [.required("\(field).container", "must specify a container")]
          : Checks.label(container, "\(field).container")
      }
    }
    errors += validateTarget(target, "\(field).target")
    let hasValue = target["value"] != nil
    let hasAverage = target["averageValue"] != nil
    switch kind {
    case "object":
      if !hasValue, !hasAverage {
        errors.append(.required("\(field).target.averageValue", "must set either a target value or averageValue"))
      }
    case "external":
      if !hasValue, !hasAverage {
        errors.append(
          .required("\(field).target.averageValue", "must set either a target value for metric or a per-pod target"))
      }
      if hasValue, hasAverage {
        errors.append(
          .forbidden("\(field).target.value", "may not set both a target value for metric and a per-pod target"))
      }
    case "pods":
      if !hasAverage {
        errors.append(.required("\(field).target.averageValue", "must specify a positive target averageValue"))
      }
    default:
      let hasUtilization = target["averageUtilization"] != nil
      if !hasUtilization, !hasAverage {
        errors.append(
          .required("\(field).target.averageUtilization", "must set either a target raw value or a target utilization"))
      }
      if hasUtilization, hasAverage {
        errors.append(
          .forbidden("\(field).target.averageValue", "may not set both a target raw value and a target utilization"))
      }
    }
    return errors
  }

  private static func identifier(_ metric: JSON, _ field: String) -> [FieldError] {
    let name = metric["name"]?.stringValue ?? ""
    if name.isEmpty { return [.required("\(field).name", "must specify a metric name")] }
    return NameValidation.pathSegment(name).map { .invalid("\(field).name", name, $0) }
  }

  private static func validateTarget(_ target: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    let type = target["type"]?.stringValue ?? ""
    if type.isEmpty { errors.append(.required("\(field).type", "must specify a metric target type")) }
    if !["Utilization", "Value", "AverageValue"].contains(type) {
      errors.append(.invalid("\(field).type", type, "must be either Utilization, Value, or AverageValue"))
    }
    for name in ["value", "averageValue"] {
      guard let text = target[name]?.stringValue, text.hasPrefix("-") || text == "0" else { continue }
      errors.append(.invalid("\(field).\(name)", text, "must be positive"))
    }
    if let utilization = target["averageUtilization"]?.intValue, utilization < 1 {
      errors.append(.invalid("\(field).averageUtilization", .number(.int(utilization)), "must be greater than 0"))
    }
    return errors
  }

  private static func validateRules(_ rules: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    if let window = rules["stabilizationWindowSeconds"]?.intValue {
      let path = "\(field).stabilizationWindowSeconds"
      if window < 0 {
        errors.append(.invalid(path, .number(.int(window)), "must be greater than or equal to zero"))
      }
      if window > 3600 { errors.append(.invalid(path, .number(.int(window)), "must be less than or equal to 3600")) }
    }
    errors += Checks.oneOf(rules["selectPolicy"], "\(field).selectPolicy", ["Disabled", "Max", "Min"])
    let policies = rules["policies"]?.arrayValue ?? []
    if policies.isEmpty { errors.append(.required("\(field).policies", "must specify at least one Policy")) }
    for (index, policy) in policies.enumerated() {
      let path = "\(field).policies[\(index)]"
      if !["Pods", "Percent"].contains(policy["type"]?.stringValue ?? "") {
        errors.append(.notSupported("\(path).type", policy["type"] ?? "", ["Percent", "Pods"]))
      }
      for name in ["value", "periodSeconds"] {
        let number = policy[name]?.intValue ?? 0
        if number <= 0 {
          errors.append(.invalid("\(path).\(name)", .number(.int(number)), "must be greater than zero"))
        }
        if name == "periodSeconds", number > 1800 {
          errors.append(.invalid("\(path).\(name)", .number(.int(number)), "must be less than or equal to 1800"))
        }
      }
    }
    return errors
  }

  // MARK: autoscaling/v1

  static let autoscalerV1: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in
      if json["spec"]?["minReplicas"] == nil { json.setValue(1, at: ["spec", "minReplicas"]) }
    }
    behaviour.prepareForCreate = { json in
      json["status"] = ["currentReplicas": 0, "desiredReplicas": 0]
      if json["spec"]?["targetCPUUtilizationPercentage"] == nil, json["metadata"]?["annotations"]?[metricsKey] == nil {
        json.setValue(80, at: ["spec", "targetCPUUtilizationPercentage"])
      }
    }
    behaviour.validate = { validate(toStorage($0)["spec"] ?? [:]) }
    return behaviour
  }()

  /// Where version 1 keeps the metrics that it has no field for.
  private static let metricsKey = "autoscaling.alpha.kubernetes.io/metrics"
  private static let behaviorKey = "autoscaling.alpha.kubernetes.io/behavior"

  /// From version 2, which is stored, to version 1.
  static func fromStorage(_ json: JSON) -> JSON {
    var result = json
    result["apiVersion"] = "autoscaling/v1"
    var others: [JSON] = []
    for metric in json["spec"]?["metrics"]?.arrayValue ?? [] {
      if metric["resource"]?["name"]?.stringValue == "cpu",
        let utilization = metric["resource"]?["target"]?["averageUtilization"]
      {
        result.setValue(utilization, at: ["spec", "targetCPUUtilizationPercentage"])
      } else {
        others.append(metric)
      }
    }
    result.setValue(nil, at: ["spec", "metrics"])
    result.setValue(nil, at: ["spec", "behavior"])
    if !others.isEmpty {
      result.setValue(.string(JSON.array(others).description), at: ["metadata", "annotations", metricsKey])
    }
    if let behavior = json["spec"]?["behavior"] {
      result.setValue(.string(internalText(behavior)), at: ["metadata", "annotations", behaviorKey])
    }
    guard let status = json["status"] else { return result }
    var old = status
    for metric in status["currentMetrics"]?.arrayValue ?? []
    where metric["resource"]?["name"]?.stringValue == "cpu" {
      old["currentCPUUtilizationPercentage"] = metric["resource"]?["current"]?["averageUtilization"]
    }
    old["currentMetrics"] = nil
    old["conditions"] = nil
    if old["currentReplicas"] == nil { old["currentReplicas"] = 0 }
    result["status"] = old
    return result
  }

  /// The behaviour as upstream's own type is written, whose fields bear Go's names.
  private static func internalText(_ behavior: JSON) -> String {
    func rules(_ json: JSON?) -> String {
      guard let json else { return "null" }
      let policies = (json["policies"]?.arrayValue ?? []).map { policy in
        "{\"Type\":\(policy["type"] ?? ""),\"Value\":\(policy["value"] ?? 0),\"PeriodSeconds\":\(policy["periodSeconds"] ?? 0)}"
      }
      let list = json["policies"] == nil ? "null" : "[\(policies.joined(separator: ","))]"
      return
        "{\"StabilizationWindowSeconds\":\(json["stabilizationWindowSeconds"] ?? .null),\"SelectPolicy\":\(json["selectPolicy"] ?? .null),\"Policies\":\(list),\"Tolerance\":\(json["tolerance"] ?? .null)}"
    }
    return "{\"ScaleUp\":\(rules(behavior["scaleUp"])),\"ScaleDown\":\(rules(behavior["scaleDown"]))}"
  }

  /// Go reads names whatever their case.
  private static func externalNames(_ json: JSON) -> JSON {
    switch json {
    case .object(let object):
      .object(
        JSONObject(
          object.compactMap { member in
            member.value.isNull
              ? nil : (member.key.prefix(1).lowercased() + member.key.dropFirst(), externalNames(member.value))
          }))
    case .array(let items): .array(items.map(externalNames))
    default: json
    }
  }

  /// From version 1 to version 2.
  static func toStorage(_ json: JSON) -> JSON {
    var result = json
    result["apiVersion"] = "autoscaling/v2"
    var metrics: [JSON] = []
    if let percentage = json["spec"]?["targetCPUUtilizationPercentage"] {
      metrics.append([
        "type": "Resource",
        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": percentage]],
      ])
    }
    func annotation(_ key: String) -> JSON? {
      (json["metadata"]?["annotations"]?[key]?.stringValue).flatMap { try? JSON(parsing: Array($0.utf8)) }
    }
    metrics += annotation(metricsKey)?.arrayValue ?? []
    result.setValue(nil, at: ["spec", "targetCPUUtilizationPercentage"])
    if !metrics.isEmpty { result.setValue(.array(metrics), at: ["spec", "metrics"]) }
    if let behavior = annotation(behaviorKey) {
      result.setValue(externalNames(behavior), at: ["spec", "behavior"])
    }
    for key in [metricsKey, behaviorKey] { result.setValue(nil, at: ["metadata", "annotations", key]) }
    if result["metadata"]?["annotations"]?.objectValue?.isEmpty == true {
      result.setValue(nil, at: ["metadata", "annotations"])
    }
    if var status = json["status"] {
      let utilization = status["currentCPUUtilizationPercentage"]
      status["currentCPUUtilizationPercentage"] = nil
      status["currentMetrics"] =
        utilization.map {
          [["type": "Resource", "resource": ["name": "cpu", "current": ["averageUtilization": $0]]]]
        } ?? .null
      result["status"] = status
    }
    return result
  }

  // MARK: Disruption budgets

  static let disruptionBudget: Behaviour = {
    var behaviour = Behaviour()
    behaviour.name = .pathSegment
    behaviour.hasGeneration = true
    behaviour.prepareForCreate = { json in
      json["status"] = ["currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0]
    }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      var errors: [FieldError] = []
      if spec["minAvailable"] != nil, spec["maxUnavailable"] != nil {
        errors.append(
          .invalid("spec", goSpec(spec), "minAvailable and maxUnavailable cannot be both set"))
      }
      for name in ["minAvailable", "maxUnavailable"] {
        errors += Checks.numberOrPercent(spec[name], "spec.\(name)")
        errors += Checks.atMostHundredPercent(spec[name], "spec.\(name)")
      }
      errors += Checks.selector(spec["selector"], "spec.selector")
      return errors
        + PodRules.oneOf(
          spec["unhealthyPodEvictionPolicy"], "spec.unhealthyPodEvictionPolicy", ["AlwaysAllow", "IfHealthyBudget"])
    }
    return behaviour
  }()

  private static func goSpec(_ spec: JSON) -> RawText {
    func text(_ name: String) -> String { spec[name].map(\.description) ?? "null" }
    var selector = "null"
    if let given = spec["selector"] {
      var parts: [String] = []
      if let labels = given["matchLabels"] { parts.append("\"matchLabels\":\(labels)") }
      if let expressions = given["matchExpressions"] { parts.append("\"matchExpressions\":\(expressions)") }
      selector = "{\(parts.joined(separator: ","))}"
    }
    return RawText(
      "{\"MinAvailable\":\(text("minAvailable")),\"Selector\":\(selector),\"MaxUnavailable\":\(text("maxUnavailable")),\"UnhealthyPodEvictionPolicy\":\(text("unhealthyPodEvictionPolicy"))}"
    )
  }
}
