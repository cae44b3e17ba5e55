internal import WGECore

/// What a service's spec must look like.
/// Source: k8s.io/kubernetes, apis/core/validation ValidateService.
enum ServiceRules {
  static func validate(_ spec: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let type = spec["type"]?.stringValue ?? ""
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
    let ports = spec["ports"]?.arrayValue ?? []
    let isHeadless = spec["clusterIP"]?.stringValue == "None"
    if ports.isEmpty, !isHeadless, type != "ExternalName" { errors.append(.required("spec.ports")) }
    switch type {
    case "LoadBalancer", "NodePort":
      if isHeadless {
        errors.append(
          .invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for \(type) services"))
      }
    case "ExternalName":
      if !(spec["clusterIPs"]?.arrayValue ?? []).isEmpty {
        errors.append(
          .invalid("spec.clusterIPs", spec["clusterIPs"] ?? .null, "may not be set for ExternalName services"))
      }
      let name = (spec["externalName"]?.stringValue ?? "")
      if name.isEmpty {
        errors.append(.required("spec.externalName"))
      } else {
        errors += Checks.subdomain(name.hasSuffix(".") ? String(name.dropLast()) : name, "spec.externalName")
      }
    default: break
    }
    errors += ports.enumerated().flatMap {
      validate(port: $0.element, "spec.ports[\($0.offset)]", count: ports.count, type, isHeadless: isHeadless)
    }
    errors += duplicates(ports)
    errors += Checks.labels(spec["selector"], "spec.selector")
    errors += Checks.oneOf(
      spec["sessionAffinity"], "spec.sessionAffinity", ["ClientIP", "None"], required: true)
    if let seconds = spec["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"]?.intValue,
      !(1...86400).contains(seconds)
    {
      errors.append(
        .invalid(
          "spec.sessionAffinityConfig.clientIP.timeoutSeconds", .number(.int(seconds)),
          "must be greater than 0 and less than 86400"))
    }
    errors += types.contains(type) ? [] : [.notSupported("spec.type", .string(type), types)]
    for (index, address) in (spec["externalIPs"]?.arrayValue ?? []).enumerated() {
      errors += Checks.ip(address.stringValue ?? "", "spec.externalIPs[\(index)]")
    }
    if let range = spec["loadBalancerSourceRanges"]?.arrayValue, !range.isEmpty {
      if type != "LoadBalancer" {
        errors.append(.forbidden("spec.loadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"))
      }
      for (index, text) in range.enumerated() {
        errors += Checks.cidr(text.stringValue ?? "", "spec.loadBalancerSourceRanges[\(index)]")
      }
    }
    errors += Checks.oneOf(spec["internalTrafficPolicy"], "spec.internalTrafficPolicy", ["Cluster", "Local"])
    if let policy = spec["externalTrafficPolicy"] {
      if type == "NodePort" || type == "LoadBalancer" || !(spec["externalIPs"]?.arrayValue ?? []).isEmpty {
        errors += Checks.oneOf(policy, "spec.externalTrafficPolicy", ["Cluster", "Local"])
      } else if types.contains(type) {
        errors.append(
          .invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services"))
      }
    }
    return errors
  }

  private static func validate(port: JSON, _ field: String, count: Int, _ type: String, isHeadless: Bool)
    -> [FieldError]
  {
    var errors: [FieldError] = []
    let name = port["name"]?.stringValue ?? ""
    if name.isEmpty {
      if count > 1 { errors.append(.required("\(field).name")) }
    } else {
      errors += Checks.label(name, "\(field).name")
    }
    errors += Checks.port(port["port"], "\(field).port")
    errors += Checks.oneOf(port["protocol"], "\(field).protocol", ["SCTP", "TCP", "UDP"], required: true)
    errors += Checks.portOrName(port["targetPort"], "\(field).targetPort")
    if let node = port["nodePort"]?.intValue, node != 0, type == "ClusterIP" {
      errors.append(.forbidden("\(field).nodePort", "may not be used when `type` is 'ClusterIP'"))
    }
    return errors
  }

  private static func duplicates(_ ports: [JSON]) -> [FieldError] {
    var errors: [FieldError] = []
    var names = Set<String>()
    var pairs = Set<String>()
    for (index, port) in ports.enumerated() {
      let name = port["name"]?.stringValue ?? ""
      if !name.isEmpty, !names.insert(name).inserted {
        errors.append(.duplicate("spec.ports[\(index)].name", .string(name)))
      }
      let proto = port["protocol"]?.stringValue ?? ""
      let number = port["port"]?.intValue ?? 0
      if !pairs.insert("\(proto)/\(number)").inserted {
        let shown =
          "{\"Name\":\"\",\"Protocol\":\(port["protocol"] ?? ""),\"AppProtocol\":null,\"Port\":\(number),\"TargetPort\":0,\"NodePort\":0}"
        errors.append(.duplicate("spec.ports[\(index)]", RawText(shown)))
      }
    }
    return errors
  }
}
