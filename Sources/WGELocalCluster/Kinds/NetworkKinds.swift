internal import WGECore

/// Ingresses, network policies and address ranges.
/// Source: k8s.io/kubernetes, apis/networking: defaults and validation.
enum NetworkKinds {
  // MARK: Ingresses

  static let ingress: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.prepareForCreate = { $0["status"] = ["loadBalancer": [:]] }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      var errors: [FieldError] = []
      let rules = spec["rules"]?.arrayValue ?? []
      if rules.isEmpty, spec["defaultBackend"] == nil {
        errors.append(.invalid("spec", .null, "either `defaultBackend` or `rules` must be specified"))
      }
      if let backend = spec["defaultBackend"] { errors += validate(backend: backend, "spec.defaultBackend") }
      for (index, rule) in rules.enumerated() { errors += validate(rule: rule, "spec.rules[\(index)]") }
      for (index, tls) in (spec["tls"]?.arrayValue ?? []).enumerated() {
        let field = "spec.tls[\(index)]"
        for (inner, host) in (tls["hosts"]?.arrayValue ?? []).enumerated() {
          errors += validate(host: host.stringValue ?? "", "\(field).hosts[\(inner)]")
        }
        if let name = tls["secretName"]?.stringValue, !name.isEmpty {
          errors += Checks.subdomain(name, "\(field).secretName")
        }
      }
      if let name = spec["ingressClassName"]?.stringValue { errors += Checks.subdomain(name, "spec.ingressClassName") }
      let key = "kubernetes.io/ingress.class"
      if let annotation = json["metadata"]?["annotations"]?[key]?.stringValue,
        let name = spec["ingressClassName"]?.stringValue, name != annotation
      {
        errors.append(
          .invalid("annotations.\(key)", annotation, "must match `ingressClassName` when both are specified"))
      }
      return errors
    }
    return behaviour
  }()

  private static func validate(host: String, _ field: String) -> [FieldError] {
    if host.hasPrefix("*") {
      guard host.hasPrefix("*."), NameValidation.dns1123Subdomain(String(host.dropFirst(2))).isEmpty else {
        return [
          .invalid(
            field, host,
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
          )
        ]
      }
      return []
    }
    return Checks.subdomain(host, field)
  }

  private static func validate(rule: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    if let host = rule["host"]?.stringValue, !host.isEmpty {
      if Checks.isIP(host) { errors.append(.invalid("\(field).host", host, "must be a DNS name, not an IP address")) }
      errors += validate(host: host, "\(field).host")
    }
    guard let http = rule["http"] else { return errors }
    let paths = http["paths"]?.arrayValue ?? []
    if paths.isEmpty { errors.append(.required("\(field).http.paths")) }
    for (index, path) in paths.enumerated() { errors += validate(path: path, "\(field).http.paths[\(index)]") }
    return errors
  }

  private static func validate(path json: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    let path = json["path"]?.stringValue ?? ""
    let types = ["Exact", "ImplementationSpecific", "Prefix"]
    switch json["pathType"]?.stringValue {
    case nil: return [.required("\(field).pathType", "pathType must be specified")]
    case "Exact", "Prefix":
      if path.hasPrefix("/") {
        for sequence in ["//", "/./", "/../", "%2f", "%2F"] where path.components(separatedBy: sequence).count > 1 {
          errors.append(.invalid("\(field).path", path, "must not contain '\(sequence)'"))
        }
        for suffix in ["/..", "/."] where path.hasSuffix(suffix) {
          errors.append(.invalid("\(field).path", path, "cannot end with '\(suffix)'"))
        }
      } else {
        errors.append(.invalid("\(field).path", path, "must be an absolute path"))
      }
    case "ImplementationSpecific":
      if !path.isEmpty, !path.hasPrefix("/") {
        errors.append(.invalid("\(field).path", path, "must be an absolute path"))
      }
    default: errors.append(.notSupported("\(field).pathType", json["pathType"] ?? "", types))
    }
    return errors + validate(backend: json["backend"] ?? [:], "\(field).backend")
  }

  private static func validate(backend: JSON, _ field: String) -> [FieldError] {
    if let resource = backend["resource"] {
      if backend["service"] != nil {
        return [.invalid(field, "", "cannot set both resource and service backends")]
      }
      return Checks.required(resource, "\(field).resource", "kind", "name")
    }
    guard let service = backend["service"] else {
      return [.invalid(field, "", "resource or service backend is required")]
    }
    var errors: [FieldError] = []
    let name = service["name"]?.stringValue ?? ""
    if name.isEmpty {
      errors.append(.required("\(field).service.name"))
    } else {
      errors += NameValidation.dns1035Label(name).map { .invalid("\(field).service.name", name, $0) }
    }
    let port = service["port"] ?? [:]
    let portName = port["name"]?.stringValue ?? ""
    let number = port["number"]?.intValue ?? 0
    if !portName.isEmpty, number != 0 {
      errors.append(.invalid(field, "", "cannot set both port name & port number"))
    } else if !portName.isEmpty {
      errors += Checks.portName(portName).map { .invalid("\(field).service.port.name", portName, $0) }
    } else if number != 0 {
      errors += Checks.port(port["number"], "\(field).service.port.number")
    } else {
      errors.append(.required(field, "port name or number is required"))
    }
    return errors
  }

  static let ingressClass: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      if json["spec"]?["parameters"] != nil, json["spec"]?["parameters"]?["scope"] == nil {
        json.setValue("Cluster", at: ["spec", "parameters", "scope"])
      }
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let controller = json["spec"]?["controller"]?.stringValue ?? ""
      if controller.utf8.count > 250 { errors.append(.tooLong("spec.controller", maximum: 250)) }
      errors += domainPrefixedPath(controller, "spec.controller")
      if let parameters = json["spec"]?["parameters"] {
        if let group = parameters["apiGroup"]?.stringValue {
          errors += Checks.subdomain(group, "spec.parameters.apiGroup")
        }
        errors += Checks.required(parameters, "spec.parameters", "kind", "name")
        let scope = parameters["scope"]?.stringValue ?? ""
        errors += Checks.oneOf(parameters["scope"], "spec.parameters.scope", ["Cluster", "Namespace"])
        let namespace = parameters["namespace"]?.stringValue
        if scope == "Namespace", (namespace ?? "").isEmpty {
          errors.append(
            .required("spec.parameters.namespace", "`parameters.scope` is set to 'Namespace'"))
        }
        if scope == "Cluster", namespace != nil {
          errors.append(.forbidden("spec.parameters.namespace", "`parameters.scope` is set to 'Cluster'"))
        }
      }
      return errors
    }
    behaviour.validateUpdate = { json, old in
      json["spec"]?["controller"] == old["spec"]?["controller"]
        ? [] : [.invalid("spec.controller", json["spec"]?["controller"] ?? "", "field is immutable")]
    }
    return behaviour
  }()

  /// `example.com/path`.
  static func domainPrefixedPath(_ text: String, _ field: String) -> [FieldError] {
    if text.isEmpty { return [.required(field)] }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      return [.invalid(field, text, "must be a domain-prefixed path (such as \"acme.io/foo\")")]
    }
    return NameValidation.dns1123Subdomain(String(parts[0])).map { .invalid(field, String(parts[0]), $0) }
  }

  // MARK: Network policies

  static let networkPolicy: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      for direction in ["ingress", "egress"] {
        guard var rules = spec[direction]?.arrayValue else { continue }
        for rule in rules.indices {
          guard var ports = rules[rule]["ports"]?.arrayValue else { continue }
          for index in ports.indices where ports[index]["protocol"] == nil { ports[index]["protocol"] = "TCP" }
          rules[rule]["ports"] = .array(ports)
        }
        spec[direction] = .array(rules)
      }
      if (spec["policyTypes"]?.arrayValue ?? []).isEmpty {
        spec["policyTypes"] = (spec["egress"]?.arrayValue ?? []).isEmpty ? ["Ingress"] : ["Ingress", "Egress"]
      }
      json["spec"] = spec
    }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      var errors = Checks.selector(spec["podSelector"], "spec.podSelector")
      for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in (spec[direction]?.arrayValue ?? []).enumerated() {
          let field = "spec.\(direction)[\(index)]"
          for (inner, port) in (rule["ports"]?.arrayValue ?? []).enumerated() {
            errors += validate(policyPort: port, "\(field).ports[\(inner)]")
          }
          for (inner, peer) in (rule[peers]?.arrayValue ?? []).enumerated() {
            errors += validate(peer: peer, "\(field).\(peers)[\(inner)]")
          }
        }
      }
      let types = spec["policyTypes"]?.arrayValue ?? []
      if types.count > 2 {
        errors.append(.invalid("spec.policyTypes", .array(types), "may not specify more than two policyTypes"))
        return errors
      }
      for (index, type) in types.enumerated() where !["Ingress", "Egress"].contains(type.stringValue ?? "") {
        errors.append(.notSupported("spec.policyTypes[\(index)]", type, ["Ingress", "Egress"]))
      }
      return errors
    }
    return behaviour
  }()

  private static func validate(policyPort port: JSON, _ field: String) -> [FieldError] {
    var errors = Checks.oneOf(port["protocol"], "\(field).protocol", ["TCP", "UDP", "SCTP"])
    let end = port["endPort"]
    switch port["port"] {
    case .number?:
      errors += Checks.port(port["port"], "\(field).port")
      if let end, let last = end.intValue, let first = port["port"]?.intValue {
        if last < first {
          errors.append(
            .invalid("\(field).endPort", .number(.int(first)), "must be greater than or equal to `port`"))
        }
        errors += Checks.port(end, "\(field).endPort")
      }
    case .string(let name)?:
      if let end { errors.append(.invalid("\(field).endPort", end, "may not be specified when `port` is non-numeric")) }
      errors += Checks.portName(name).map { .invalid("\(field).port", name, $0) }
    default:
      if let end {
        errors.append(.invalid("\(field).endPort", end, "may not be specified when `port` is not specified"))
      }
    }
    return errors
  }

  private static func validate(peer: JSON, _ field: String) -> [FieldError] {
    var errors: [FieldError] = []
    var count = 0
    for name in ["podSelector", "namespaceSelector"] where peer[name] != nil {
      count += 1
      errors += Checks.selector(peer[name], "\(field).\(name)")
    }
    if let block = peer["ipBlock"] {
      count += 1
      let cidr = block["cidr"]?.stringValue ?? ""
      if cidr.isEmpty {
        errors.append(.required("\(field).ipBlock.cidr"))
      } else {
        errors += Checks.cidr(cidr, "\(field).ipBlock.cidr")
        for (index, except) in (block["except"]?.arrayValue ?? []).enumerated() {
          let text = except.stringValue ?? ""
          let path = "\(field).ipBlock.except[\(index)]"
          errors += Checks.cidr(text, path)
          if Checks.isCIDR(text), Checks.isCIDR(cidr), !IPRange.isStrictSubset(text, of: cidr) {
            errors.append(.invalid(path, text, "must be a strict subset of `cidr`"))
          }
        }
      }
    }
    if count == 0 { errors.append(.required(field, "must specify a peer")) }
    if count > 1, peer["ipBlock"] != nil {
      errors.append(.forbidden(field, "may not specify both ipBlock and another peer"))
    }
    return errors
  }

  // MARK: Address ranges

  static let ipAddress: Behaviour = {
    var behaviour = Behaviour()
    behaviour.name = .pathSegment
    behaviour.validate = { json in
      let name = json["metadata"]?["name"]?.stringValue ?? ""
      let errors = name.isEmpty ? [] : Checks.ip(name, "metadata.name")
      guard let reference = json["spec"]?["parentRef"] else { return errors + [.required("spec.parentRef")] }
      let group = reference["group"]?.stringValue ?? ""
      return errors + (group.isEmpty ? [] : Checks.subdomain(group, "spec.parentRef.group"))
        + Checks.required(reference, "spec.parentRef", "resource", "name")
    }
    return behaviour
  }()

  static let serviceCIDR: Behaviour = {
    var behaviour = Behaviour()
    behaviour.prepareForCreate = { $0["status"] = [:] }
    behaviour.validate = { json in
      let ranges = json["spec"]?["cidrs"]?.arrayValue ?? []
      if ranges.isEmpty { return [.required("spec.cidrs", "at least one CIDR required")] }
      if ranges.count > 2 {
        return [
          .invalid(
            "spec", .object(json["spec"]?.objectValue ?? JSONObject()),
            "may only hold up to 2 values")
        ]
      }
      return ranges.enumerated().flatMap { Checks.cidr($0.element.stringValue ?? "", "spec.cidrs[\($0.offset)]") }
    }
    return behaviour
  }()
}

/// Address ranges, compared bit by bit.
enum IPRange {
  private static func bits(_ text: String) -> (bytes: [UInt8], length: Int)? {
    let parts = text.split(separator: "/")
    guard parts.count == 2, let length = Int(parts[1]), Checks.isIPv4(parts[0]) else { return nil }
    return (parts[0].split(separator: ".").compactMap { UInt8($0) }, length)
  }

  /// Whether the first range lies within the second and is smaller. IPv6 ranges are not compared:
  /// the answer for them is yes.
  static func isStrictSubset(_ inner: String, of outer: String) -> Bool {
    guard let a = bits(inner), let b = bits(outer) else { return true }
    if a.length <= b.length { return false }
    for bit in 0..<b.length where (a.bytes[bit / 8] ^ b.bytes[bit / 8]) >> (7 - bit % 8) & 1 == 1 { return false }
    return true
  }
}
