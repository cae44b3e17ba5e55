internal import WGECore

/// Endpoints and endpoint slices.
/// Source: k8s.io/kubernetes, apis/core/validation and apis/discovery.
enum EndpointKinds {
  static let endpoints: Behaviour = {
    var behaviour = Behaviour()
    behaviour.allowsCreateOnUpdate = true
    behaviour.applyDefaults = { json in
      guard var subsets = json["subsets"]?.arrayValue else { return }
      for index in subsets.indices {
        guard var ports = subsets[index]["ports"]?.arrayValue else { continue }
        for port in ports.indices where ports[port]["protocol"] == nil { ports[port]["protocol"] = "TCP" }
        subsets[index]["ports"] = .array(ports)
      }
      json["subsets"] = .array(subsets)
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      for (index, subset) in (json["subsets"]?.arrayValue ?? []).enumerated() {
        let field = "subsets[\(index)]"
        let lists = ["addresses", "notReadyAddresses"]
        if lists.allSatisfy({ (subset[$0]?.arrayValue ?? []).isEmpty }) {
          errors.append(.required(field, "must specify `addresses` or `notReadyAddresses`"))
        }
        for list in lists {
          for (inner, address) in (subset[list]?.arrayValue ?? []).enumerated() {
            let path = "\(field).\(list)[\(inner)]"
            let ip = address["ip"]?.stringValue ?? ""
            let problems = Checks.ip(ip, "\(path).ip")
            // Upstream asks twice, in two wordings.
            errors += problems
            if !problems.isEmpty { errors.append(.invalid("\(path).ip", ip, "must be a valid IP address")) }
            if let host = address["hostname"]?.stringValue, !host.isEmpty {
              errors += Checks.label(host, "\(path).hostname")
            }
          }
        }
        let ports = subset["ports"]?.arrayValue ?? []
        for (inner, port) in ports.enumerated() {
          let path = "\(field).ports[\(inner)]"
          let name = port["name"]?.stringValue ?? ""
          if name.isEmpty, ports.count > 1 { errors.append(.required("\(path).name")) }
          if !name.isEmpty { errors += Checks.label(name, "\(path).name") }
          errors += Checks.port(port["port"], "\(path).port")
          errors += Checks.oneOf(port["protocol"], "\(path).protocol", ["SCTP", "TCP", "UDP"], required: true)
        }
      }
      return errors
    }
    return behaviour
  }()

  static let slice: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.applyDefaults = { json in
      guard var ports = json["ports"]?.arrayValue else { return }
      for index in ports.indices {
        if ports[index]["name"] == nil { ports[index]["name"] = "" }
        if ports[index]["protocol"] == nil { ports[index]["protocol"] = "TCP" }
      }
      json["ports"] = .array(ports)
    }
    behaviour.validate = { json in
      let types = ["FQDN", "IPv4", "IPv6"]
      let type = json["addressType"]?.stringValue ?? ""
      var errors: [FieldError] = []
      if type.isEmpty {
        errors.append(.required("addressType"))
      } else if !types.contains(type) {
        errors.append(.notSupported("addressType", .string(type), ["IPv4", "IPv6", "FQDN"]))
      }
      let endpoints = json["endpoints"]?.arrayValue ?? []
      if endpoints.count > 1000 { errors.append(.tooMany("endpoints", endpoints.count, maximum: 1000)) }
      for (index, endpoint) in endpoints.enumerated() {
        let field = "endpoints[\(index)].addresses"
        let addresses = endpoint["addresses"]?.arrayValue ?? []
        if addresses.isEmpty {
          errors.append(.required(field, "must contain at least 1 address"))
        } else if addresses.count > 100 {
          errors.append(.tooMany(field, addresses.count, maximum: 100))
        }
        for (inner, address) in addresses.enumerated() {
          let text = address.stringValue ?? ""
          let path = "\(field)[\(inner)]"
          switch type {
          case "IPv4":
            if !Checks.isIPv4(text[...]) {
              errors += Checks.ip(text, path)
              if Checks.isIP(text) { errors.append(.invalid(path, text, "must be an IPv4 address")) }
            }
          case "IPv6":
            if !Checks.isIPv6(text) {
              errors += Checks.ip(text, path)
              if Checks.isIP(text) { errors.append(.invalid(path, text, "must be an IPv6 address")) }
            }
          case "FQDN": errors += Checks.subdomain(text, path)
          default: break
          }
        }
      }
      for (index, port) in (json["ports"]?.arrayValue ?? []).enumerated() {
        let path = "ports[\(index)]"
        if let name = port["name"]?.stringValue, !name.isEmpty { errors += Checks.label(name, "\(path).name") }
        errors += Checks.oneOf(port["protocol"], "\(path).protocol", ["SCTP", "TCP", "UDP"], required: true)
        if port["port"] != nil { errors += Checks.port(port["port"], "\(path).port") }
      }
      return errors
    }
    behaviour.validateUpdate = { json, old in
      json["addressType"] == old["addressType"]
        ? [] : [.invalid("addressType", json["addressType"] ?? "", "field is immutable")]
    }
    return behaviour
  }()
}
