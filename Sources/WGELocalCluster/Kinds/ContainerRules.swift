internal import WGECore

/// What a container may hold.
/// Source: k8s.io/kubernetes, apis/core/validation.
struct ContainerRules {
  let container: JSON
  let field: String
  /// The pod's volumes that are sound.
  let volumes: Set<String>

  /// What all containers of a pod share, those that run before the others included.
  func common() -> [FieldError] {
    var errors: [FieldError] = []
    let name = container["name"]?.stringValue ?? ""
    if name.isEmpty {
      errors.append(.required("\(field).name"))
    } else {
      errors += Checks.label(name, "\(field).name")
    }
    errors += Checks.required(container, field, "image")
    errors += PodRules.oneOf(
      container["terminationMessagePolicy"], "\(field).terminationMessagePolicy", ["FallbackToLogsOnError", "File"])
    errors += portErrors() + environmentErrors() + mountErrors()
    errors += PodRules.oneOf(
      container["imagePullPolicy"], "\(field).imagePullPolicy", ["Always", "IfNotPresent", "Never"])
    errors += resourceErrors() + securityErrors()
    return errors
  }

  private func portErrors() -> [FieldError] {
    var errors: [FieldError] = []
    var names = Set<String>()
    for (index, port) in (container["ports"]?.arrayValue ?? []).enumerated() {
      let path = "\(field).ports[\(index)]"
      if let name = port["name"]?.stringValue, !name.isEmpty {
        let problems = Checks.portName(name)
        errors += problems.map { .invalid("\(path).name", name, $0) }
        if problems.isEmpty, !names.insert(name).inserted {
          errors.append(.duplicate("\(path).name", .string(name)))
        }
      }
      if port["containerPort"]?.intValue ?? 0 == 0 {
        errors.append(.required("\(path).containerPort"))
      } else {
        errors += Checks.port(port["containerPort"], "\(path).containerPort")
      }
      if let host = port["hostPort"], host.intValue ?? 0 != 0 { errors += Checks.port(host, "\(path).hostPort") }
      errors += PodRules.oneOf(port["protocol"], "\(path).protocol", ["SCTP", "TCP", "UDP"])
    }
    return errors
  }

  // MARK: Environment

  private func environmentErrors() -> [FieldError] {
    var errors: [FieldError] = []
    for (index, variable) in (container["env"]?.arrayValue ?? []).enumerated() {
      let path = "\(field).env[\(index)]"
      let name = variable["name"]?.stringValue ?? ""
      if name.isEmpty { errors.append(.required("\(path).name")) }
      errors += variableErrors(name, "\(path).name")
      guard let source = variable["valueFrom"] else { continue }
      errors += sourceErrors(source, value: variable["value"]?.stringValue ?? "", "\(path).valueFrom")
    }
    for (index, source) in (container["envFrom"]?.arrayValue ?? []).enumerated() {
      let path = "\(field).envFrom[\(index)]"
      errors += variableErrors(source["prefix"]?.stringValue ?? "", "\(path).prefix")
      var count = 0
      for kind in ["configMapRef", "secretRef"] {
        guard let reference = source[kind] else { continue }
        count += 1
        let name = reference["name"]?.stringValue ?? ""
        errors += Checks.required(reference, "\(path).\(kind)", "name")
        if !name.isEmpty { errors += Checks.subdomain(name, "\(path).\(kind).name") }
      }
      if count == 0 {
        errors.append(.invalid("\(field).envFrom", "", "must specify one of: `configMapRef` or `secretRef`"))
      } else if count > 1 {
        errors.append(.invalid("\(field).envFrom", "", "may not have more than one field specified at a time"))
      }
    }
    return errors
  }

  private func variableErrors(_ name: String, _ field: String) -> [FieldError] {
    if name.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }) { return [] }
    return [
      .invalid(
        field, name,
        "a valid environment variable name must consist only of printable ASCII characters other than '='")
    ]
  }

  private static let podFields = [
    "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName", "status.phase", "status.hostIP",
    "status.hostIPs", "status.podIP", "status.podIPs",
  ]
  private static let environmentFields = [
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
    "status.hostIPs", "status.podIP", "status.podIPs",
  ]
  private static let resources = [
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
    "requests.memory",
  ]

  private func sourceErrors(_ source: JSON, value: String, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    var count = 0
    if let reference = source["fieldRef"] {
      count += 1
      errors += fieldErrors(reference["fieldPath"]?.stringValue ?? "", "\(field).fieldRef")
    }
    if let reference = source["resourceFieldRef"] {
      count += 1
      let name = reference["resource"]?.stringValue ?? ""
      if name.isEmpty {
        errors.append(.required("\(field).resourceFieldRef.resource"))
      } else if !Self.resources.contains(name), !name.hasPrefix("requests.hugepages-"),
        !name.hasPrefix("limits.hugepages-")
      {
        errors.append(.notSupported("\(field).resourceFieldRef.resource", .string(name), Self.resources))
      }
    }
    for kind in ["configMapKeyRef", "secretKeyRef"] {
      guard let reference = source[kind] else { continue }
      count += 1
      errors += Checks.subdomain(reference["name"]?.stringValue ?? "", "\(field).\(kind).name")
      let key = reference["key"]?.stringValue ?? ""
      if key.isEmpty {
        errors.append(.required("\(field).\(kind).key"))
      } else {
        errors += NameValidation.configMapKey(key).map { .invalid("\(field).\(kind).key", key, $0) }
      }
    }
    if source["fileKeyRef"] != nil { count += 1 }
    if count == 0 {
      errors.append(
        .invalid(
          field, "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"))
    } else if !value.isEmpty {
      errors.append(.invalid(field, "", "may not be specified when `value` is not empty"))
    } else if count > 1 {
      errors.append(.invalid(field, "", "may not have more than one field specified at a time"))
    }
    return errors
  }

  private func fieldErrors(_ path: String, _ field: String) -> [FieldError] {
    if path.isEmpty { return [.required("\(field).fieldPath")] }
    if path.hasSuffix("']"), let open = path.firstRange(of: "['") {
      let name = String(path[..<open.lowerBound])
      let key = String(path[open.upperBound...].dropLast(2))
      guard ["metadata.annotations", "metadata.labels"].contains(name) else {
        return [
          .invalid(
            "\(field).fieldPath", path,
            "error converting fieldPath: field label does not support subscript: \(path)")
        ]
      }
      let checked = name == "metadata.annotations" ? key.lowercased() : key
      return NameValidation.qualifiedName(checked).map { .invalid(field, checked, $0) }
    }
    guard Self.podFields.contains(path) else {
      return [
        .invalid("\(field).fieldPath", path, "error converting fieldPath: field label not supported: \(path)")
      ]
    }
    return Self.environmentFields.contains(path)
      ? [] : [.notSupported("\(field).fieldPath", .string(path), Self.environmentFields)]
  }

  // MARK: Mounts, resources, rights

  private func mountErrors() -> [FieldError] {
    var errors: [FieldError] = []
    var paths = Set<String>()
    for (index, mount) in (container["volumeMounts"]?.arrayValue ?? []).enumerated() {
      let path = "\(field).volumeMounts[\(index)]"
      let volume = mount["name"]?.stringValue ?? ""
      if volume.isEmpty { errors.append(.required("\(path).name")) }
      if !volumes.contains(volume) {
        errors.append(
          FieldError(
            field: "\(path).name", reason: "FieldValueNotFound", message: "Not found: \(FieldError.quote(volume))"))
      }
      let place = mount["mountPath"]?.stringValue ?? ""
      if place.isEmpty { errors.append(.required("\(path).mountPath")) }
      if !paths.insert(place).inserted { errors.append(.invalid("\(path).mountPath", place, "must be unique")) }
      if let sub = mount["subPath"]?.stringValue, !sub.isEmpty {
        errors += VolumeRules.relative(sub, "\(field).volumeMounts.subPath")
      }
      if let sub = mount["subPathExpr"]?.stringValue, !sub.isEmpty {
        if mount["subPath"] != nil {
          errors.append(
            .invalid("\(path).subPathExpr", sub, "subPathExpr and subPath are mutually exclusive"))
        }
        errors += VolumeRules.relative(sub, "\(field).volumeMounts.subPathExpr")
      }
    }
    return errors
  }

  private func resourceErrors() -> [FieldError] {
    var errors: [FieldError] = []
    let limits = container["resources"]?["limits"]?.objectValue ?? JSONObject()
    let requests = container["resources"]?["requests"]?.objectValue ?? JSONObject()
    for (part, amounts) in [("limits", limits), ("requests", requests)] {
      for amount in amounts {
        let path = "\(field).resources.\(part)[\(amount.key)]"
        errors += nameErrors(amount.key, path)
        guard let quantity = try? Quantity(parsing: amount.value.stringValue ?? "") else { continue }
        if quantity < Quantity(0) {
          errors.append(.invalid(path, quantity.description, Checks.nonNegativeDetail))
        }
        guard part == "requests", let limit = limits[amount.key]?.stringValue.flatMap({ try? Quantity(parsing: $0) }),
          limit < quantity
        else { continue }
        errors.append(
          .invalid(
            "\(field).resources.requests", quantity.description,
            "must be less than or equal to \(amount.key) limit of \(limit)"))
      }
    }
    return errors
  }

  private func nameErrors(_ name: String, _ field: String) -> [FieldError] {
    let problems = NameValidation.qualifiedName(name)
    if !problems.isEmpty { return problems.map { .invalid(field, name, $0) } }
    let known = ["cpu", "memory", "ephemeral-storage"]
    if name.contains("/") || known.contains(name) || name.hasPrefix("hugepages-") { return [] }
    return [.invalid(field, name, "must be a standard resource for containers")]
  }

  private func securityErrors() -> [FieldError] {
    let context = container["securityContext"] ?? [:]
    let path = "\(field).securityContext"
    return ["runAsUser", "runAsGroup"].flatMap { PodRules.identityErrors(context[$0], "\(path).\($0)") }
      + PodRules.seccompErrors(context["seccompProfile"], "\(path).seccompProfile")
  }

  // MARK: Probes

  /// Hooks and probes, of containers that keep running.
  func lifecycle() -> [FieldError] {
    var errors: [FieldError] = []
    for hook in ["postStart", "preStop"] {
      guard let handler = container["lifecycle"]?[hook] else { continue }
      errors += handlerErrors(handler, "\(field).lifecycle.\(hook)")
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
      guard let probe = container[name] else { continue }
      let path = "\(field).\(name)"
      errors += handlerErrors(probe, path)
      errors += Checks.nonNegative(
        probe, path, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
      let grace = probe["terminationGracePeriodSeconds"]?.intValue
      if let grace, grace <= 0 {
        errors.append(
          .invalid("\(path).terminationGracePeriodSeconds", .number(.int(grace)), "must be greater than 0"))
      }
      if name == "readinessProbe" {
        if let grace {
          errors.append(
            .invalid(
              "\(path).terminationGracePeriodSeconds", .number(.int(grace)), "must not be set for readinessProbes"))
        }
      } else if let count = probe["successThreshold"]?.intValue, count != 1 {
        errors.append(.invalid("\(path).successThreshold", .number(.int(count)), "must be 1"))
      }
    }
    return errors
  }

  private func handlerErrors(_ handler: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    var count = 0
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
      guard let action = handler[kind] else { continue }
      let path = "\(field).\(kind)"
      if count > 0 {
        errors.append(.forbidden(path, "may not specify more than 1 handler type"))
        continue
      }
      count += 1
      switch kind {
      case "exec":
        if (action["command"]?.arrayValue ?? []).isEmpty { errors.append(.required("\(path).command")) }
      case "httpGet":
        errors += Checks.required(action, path, "path") + Checks.portOrName(action["port"], "\(path).port")
        errors += PodRules.oneOf(action["scheme"], "\(path).scheme", ["HTTP", "HTTPS"])
      case "tcpSocket": errors += Checks.portOrName(action["port"], "\(path).port")
      case "grpc": errors += Checks.port(action["port"], "\(path).port")
      default: break
      }
    }
    if count == 0 { errors.append(.required(field, "must specify a handler type")) }
    return errors
  }
}
