internal import WGECore

/// What a pod's desired state may hold, in the order in which a real server finds fault.
/// Source: k8s.io/kubernetes, apis/core/validation.
struct PodRules {
  let spec: JSON
  let field: String
  /// Volumes that a stateful set adds to its pods.
  var claims: Set<String> = []

  func errors() -> [FieldError] {
    var errors: [FieldError] = []
    let volumes = VolumeRules.check(spec["volumes"]?.arrayValue ?? [], "\(field).volumes", known: claims, &errors)
    errors += containerErrors(volumes)
    errors += Self.oneOf(spec["restartPolicy"], "\(field).restartPolicy", ["Always", "OnFailure", "Never"])
    errors += Self.oneOf(
      spec["dnsPolicy"], "\(field).dnsPolicy", ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])
    errors += Checks.labels(spec["nodeSelector"], "\(field).nodeSelector")
    errors += securityErrors(spec["securityContext"] ?? [:], "\(field).securityContext")
    errors += affinityErrors(spec["affinity"] ?? [:], "\(field).affinity")
    errors += spreadErrors()
    errors += nameErrors()
    errors += tolerationErrors()
    return errors
  }

  private func containerErrors(_ volumes: Set<String>) -> [FieldError] {
    var errors: [FieldError] = []
    let containers = spec["containers"]?.arrayValue ?? []
    if containers.isEmpty { errors.append(.required("\(field).containers")) }
    var names = Set<String>()
    for (index, container) in containers.enumerated() {
      let path = "\(field).containers[\(index)]"
      let rules = ContainerRules(container: container, field: path, volumes: volumes)
      errors += rules.common()
      let name = container["name"]?.stringValue ?? ""
      if !names.insert(name).inserted { errors.append(.duplicate("\(path).name", .string(name))) }
      errors += rules.lifecycle()
      if container["restartPolicy"] != nil, container["restartPolicyRules"] == nil {
        errors += Self.oneOf(
          container["restartPolicy"], "\(path).restartPolicy", ["Always", "Never", "OnFailure"])
      }
    }
    for (index, container) in (spec["initContainers"]?.arrayValue ?? []).enumerated() {
      let path = "\(field).initContainers[\(index)]"
      let rules = ContainerRules(container: container, field: path, volumes: volumes)
      errors += rules.common()
      let name = container["name"]?.stringValue ?? ""
      if names.contains(name) {
        errors.append(.duplicate("\(path).name", .string(name)))
      } else if !name.isEmpty {
        names.insert(name)
      }
      if container["restartPolicy"]?.stringValue == "Always" {
        errors += rules.lifecycle()
        continue
      }
      for part in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] where container[part] != nil {
        errors.append(
          .forbidden("\(path).\(part)", "may not be set for init containers without restartPolicy=Always"))
      }
    }
    return errors
  }

  private func nameErrors() -> [FieldError] {
    var errors: [FieldError] = []
    func subdomain(_ name: String) {
      guard let value = spec[name]?.stringValue, !value.isEmpty else { return }
      errors += Checks.subdomain(value, "\(field).\(name)")
    }
    func label(_ name: String) {
      guard let value = spec[name]?.stringValue, !value.isEmpty else { return }
      errors += Checks.label(value, "\(field).\(name)")
    }
    subdomain("serviceAccountName")
    subdomain("nodeName")
    if let value = spec["activeDeadlineSeconds"]?.intValue, !(1...Int64(Int32.max)).contains(value) {
      errors.append(
        .invalid(
          "\(field).activeDeadlineSeconds", .number(.int(value)), "must be between 1 and 2147483647, inclusive"))
    }
    label("hostname")
    label("subdomain")
    return errors
  }

  private func tolerationErrors() -> [FieldError] {
    var errors: [FieldError] = []
    for (index, toleration) in (spec["tolerations"]?.arrayValue ?? []).enumerated() {
      let path = "\(field).tolerations[\(index)]"
      func text(_ name: String) -> String { toleration[name]?.stringValue ?? "" }
      let (key, operation, effect) = (text("key"), text("operator"), text("effect"))
      if !key.isEmpty { errors += NameValidation.qualifiedName(key).map { .invalid("\(path).key", key, $0) } }
      if key.isEmpty, operation != "Exists" {
        errors.append(
          .invalid(
            "\(path).operator", operation,
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
      }
      if toleration["tolerationSeconds"] != nil, effect != "NoExecute" {
        errors.append(.invalid("\(path).effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
      }
      switch operation {
      case "", "Equal":
        let problems = NameValidation.labelValue(text("value"))
        if !problems.isEmpty {
          errors.append(.invalid("\(path).operator", text("value"), problems.joined(separator: ";")))
        }
      case "Exists":
        if !text("value").isEmpty {
          errors.append(.invalid("\(path).operator", text("value"), "value must be empty when `operator` is 'Exists'"))
        }
      case "Lt", "Gt":
        errors.append(.notSupported("\(path).operator", .string(operation), ["Equal", "Exists", "Lt", "Gt"]))
      default: errors.append(.notSupported("\(path).operator", .string(operation), ["Equal", "Exists"]))
      }
      if !effect.isEmpty {
        errors += Self.oneOf(
          .string(effect), "\(path).effect", ["NoExecute", "NoSchedule", "PreferNoSchedule"])
      }
    }
    return errors
  }

  private func spreadErrors() -> [FieldError] {
    var errors: [FieldError] = []
    let constraints = spec["topologySpreadConstraints"]?.arrayValue ?? []
    for (index, constraint) in constraints.enumerated() {
      let path = "\(field).topologySpreadConstraints[\(index)]"
      let skew = constraint["maxSkew"]?.intValue ?? 0
      if skew <= 0 { errors.append(.invalid("\(path).maxSkew", .number(.int(skew)), "must be greater than zero")) }
      let key = constraint["topologyKey"]?.stringValue ?? ""
      if key.isEmpty {
        errors.append(.required("\(path).topologyKey", "can not be empty"))
      } else {
        errors += NameValidation.qualifiedName(key).map { .invalid("\(path).topologyKey", key, $0) }
      }
      let actions = ["DoNotSchedule", "ScheduleAnyway"]
      let action = constraint["whenUnsatisfiable"]?.stringValue ?? ""
      if !actions.contains(action) {
        errors.append(.notSupported("\(path).whenUnsatisfiable", .string(action), actions))
      }
      let repeats = constraints[(index + 1)...].contains {
        $0["topologyKey"] == constraint["topologyKey"] && $0["whenUnsatisfiable"] == constraint["whenUnsatisfiable"]
      }
      if repeats {
        errors.append(
          .duplicate("\(path).{topologyKey, whenUnsatisfiable}", .string("{\(key), \(action)}")))
      }
      errors += Checks.selector(constraint["labelSelector"], "\(path).labelSelector")
    }
    return errors
  }

  private func affinityErrors(_ affinity: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    for kind in ["podAffinity", "podAntiAffinity"] {
      let required = affinity[kind]?["requiredDuringSchedulingIgnoredDuringExecution"]?.arrayValue ?? []
      for (index, term) in required.enumerated() {
        errors += termErrors(term, "\(field).\(kind).requiredDuringSchedulingIgnoredDuringExecution[\(index)]")
      }
      let preferred = affinity[kind]?["preferredDuringSchedulingIgnoredDuringExecution"]?.arrayValue ?? []
      for (index, weighted) in preferred.enumerated() {
        let path = "\(field).\(kind).preferredDuringSchedulingIgnoredDuringExecution[\(index)]"
        let weight = weighted["weight"]?.intValue ?? 0
        if !(1...100).contains(weight) {
          errors.append(.invalid("\(path).weight", .number(.int(weight)), "must be in the range 1-100"))
        }
        errors += termErrors(weighted["podAffinityTerm"] ?? [:], "\(path).podAffinityTerm")
      }
    }
    return errors
  }

  private func termErrors(_ term: JSON, _ field: String) -> [FieldError] {
    var errors = Checks.selector(term["labelSelector"], "\(field).labelSelector")
    errors += Checks.selector(term["namespaceSelector"], "\(field).namespaceSelector")
    for name in (term["namespaces"]?.arrayValue ?? []).compactMap(\.stringValue) {
      errors += Checks.label(name, "\(field).namespace")
    }
    let key = term["topologyKey"]?.stringValue ?? ""
    if key.isEmpty { errors.append(.required("\(field).topologyKey", "can not be empty")) }
    return errors + NameValidation.qualifiedName(key).map { .invalid("\(field).topologyKey", key, $0) }
  }

  private func securityErrors(_ context: JSON, _ field: String) -> [FieldError] {
    ["fsGroup", "runAsUser", "runAsGroup"].flatMap { Self.identityErrors(context[$0], "\(field).\($0)") }
      + Self.seccompErrors(context["seccompProfile"], "\(field).seccompProfile")
  }

  // MARK: Shared with containers and workloads

  /// A user's or group's number.
  static func identityErrors(_ value: JSON?, _ field: String) -> [FieldError] {
    guard let value = value?.intValue, !(0...Int64(Int32.max)).contains(value) else { return [] }
    return [.invalid(field, .number(.int(value)), "must be between 0 and 2147483647, inclusive")]
  }

  static func seccompErrors(_ profile: JSON?, _ field: String) -> [FieldError] {
    guard let profile else { return [] }
    let type = profile["type"]?.stringValue ?? ""
    let types = ["Localhost", "RuntimeDefault", "Unconfined"]
    if type.isEmpty { return [.required("\(field).type", "type is required when seccompProfile is set")] }
    var errors: [FieldError] = types.contains(type) ? [] : [.notSupported("\(field).type", .string(type), types)]
    if type == "Localhost", profile["localhostProfile"] == nil {
      errors.append(.required("\(field).localhostProfile", "must be set when seccomp type is Localhost"))
    }
    return errors
  }

  static func oneOf(_ value: JSON?, _ field: String, _ words: [String]) -> [FieldError] {
    guard let value, !words.contains(value.stringValue ?? "") else { return [] }
    return [.notSupported(field, value, words)]
  }

  /// Tokens are an account's, so a pod without one has none.
  static func tokenErrors(_ spec: JSON, _ field: String) -> [FieldError] {
    guard (spec["serviceAccountName"]?.stringValue ?? "").isEmpty else { return [] }
    var errors: [FieldError] = []
    for (index, volume) in (spec["volumes"]?.arrayValue ?? []).enumerated() {
      for (inner, source) in (volume["projected"]?["sources"]?.arrayValue ?? []).enumerated()
      where source["serviceAccountToken"] != nil {
        errors.append(
          .forbidden(
            "\(field).volumes[\(index)].projected.sources[\(inner)].serviceAccountToken",
            "must not be specified when serviceAccountName is not set"))
      }
    }
    return errors
  }
}
