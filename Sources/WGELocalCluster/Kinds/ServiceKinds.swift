internal import WGECore

/// Services and ingresses.
enum ServiceKinds {
  static let generation: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    return behaviour
  }()

  static let service: Behaviour = {
    var behaviour = Behaviour()
    behaviour.name = .label1035
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      PodKinds.setDefaults(&spec, [("type", "ClusterIP"), ("sessionAffinity", "None")])
      let type = spec["type"]?.stringValue
      if type != "ExternalName" {
        PodKinds.setDefaults(&spec, [("internalTrafficPolicy", "Cluster")])
        if type == "NodePort" || type == "LoadBalancer" {
          PodKinds.setDefaults(&spec, [("externalTrafficPolicy", "Cluster")])
        }
        if type == "LoadBalancer" { PodKinds.setDefaults(&spec, [("allocateLoadBalancerNodePorts", true)]) }
      }
      if var ports = spec["ports"]?.arrayValue {
        for index in ports.indices {
          if ports[index]["protocol"] == nil { ports[index]["protocol"] = "TCP" }
          let target = ports[index]["targetPort"]
          if target == nil || target == 0 || target == "" { ports[index]["targetPort"] = ports[index]["port"] }
        }
        spec["ports"] = .array(ports)
      }
      json["spec"] = spec
    }
    behaviour.prepareForCreate = { json in
      json["status"] = ["loadBalancer": [:]]
      guard json["spec"]?["type"]?.stringValue != "ExternalName" else { return }
      if json["spec"]?["clusterIP"] == nil { json.setValue(.string(address(json)), at: ["spec", "clusterIP"]) }
      json.setValue([json["spec"]?["clusterIP"] ?? ""], at: ["spec", "clusterIPs"])
      if json["spec"]?["ipFamilies"] == nil { json.setValue(["IPv4"], at: ["spec", "ipFamilies"]) }
      if json["spec"]?["ipFamilyPolicy"] == nil { json.setValue("SingleStack", at: ["spec", "ipFamilyPolicy"]) }
    }
    behaviour.prepareForUpdate = { json, old in
      // Addresses once given are kept by writes that leave them out.
      for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] where json["spec"]?[field] == nil {
        if json["spec"]?["type"]?.stringValue != "ExternalName" {
          json.setValue(old["spec"]?[field], at: ["spec", field])
        }
      }
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let spec = json["spec"] ?? [:]
      let type = spec["type"]?.stringValue ?? ""
      let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
      let ports = spec["ports"]?.arrayValue ?? []
      if ports.isEmpty, spec["clusterIP"]?.stringValue != "None", type != "ExternalName" {
        errors.append(.required("spec.ports"))
      }
      if type == "ExternalName", (spec["externalName"]?.stringValue ?? "").isEmpty {
        errors.append(.required("spec.externalName"))
      }
      for (index, port) in ports.enumerated() {
        let field = "spec.ports[\(index)]"
        let name = port["name"]?.stringValue ?? ""
        if name.isEmpty {
          if ports.count > 1 { errors.append(.required("\(field).name")) }
        } else {
          errors += NameValidation.dns1123Label(name).map { .invalid("\(field).name", name, $0) }
        }
        let number = port["port"]?.intValue ?? 0
        if !(1...65535).contains(number) {
          errors.append(.invalid("\(field).port", .number(.int(number)), "must be between 1 and 65535, inclusive"))
        }
      }
      if !types.contains(type) { errors.append(.notSupported("spec.type", .string(type), types)) }
      return errors
    }
    behaviour.validateUpdate = { json, old in
      let before = old["spec"]?["clusterIP"]?.stringValue ?? ""
      let after = json["spec"]?["clusterIP"]?.stringValue ?? ""
      guard !before.isEmpty, before != after, json["spec"]?["type"]?.stringValue != "ExternalName" else { return [] }
      return [.invalid("spec.clusterIPs[0]", .array([.string(after)]), "may not change once set")]
    }
    behaviour.selectableFields = [
      SelectableField(name: "spec.clusterIP") { $0["spec"]?["clusterIP"]?.stringValue ?? "" },
      SelectableField(name: "spec.type") { $0["spec"]?["type"]?.stringValue ?? "" },
    ]
    return behaviour
  }()

  /// An address of the service network, made from the object's uid: nothing routes to it, but it
  /// stays the same and is rarely shared.
  private static func address(_ json: JSON) -> String {
    var hash: UInt32 = 2_166_136_261
    for byte in (json["metadata"]?["uid"]?.stringValue ?? "").utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return "10.\(96 + hash % 16).\(hash >> 8 & 0xFF).\(1 + (hash >> 16 & 0xFF) % 254)"
  }

  static let ingress: Behaviour = {
    var behaviour = Behaviour()
    behaviour.hasGeneration = true
    behaviour.prepareForCreate = { $0["status"] = ["loadBalancer": [:]] }
    behaviour.validate = { json in
      let spec = json["spec"] ?? [:]
      if (spec["rules"]?.arrayValue ?? []).isEmpty, spec["defaultBackend"] == nil {
        return [.invalid("spec", spec, "either `defaultBackend` or `rules` must be specified")]
      }
      var errors: [FieldError] = []
      for (index, rule) in (spec["rules"]?.arrayValue ?? []).enumerated() {
        for (inner, path) in (rule["http"]?["paths"]?.arrayValue ?? []).enumerated() {
          let field = "spec.rules[\(index)].http.paths[\(inner)].pathType"
          let types = ["Exact", "ImplementationSpecific", "Prefix"]
          guard let type = path["pathType"] else {
            errors.append(.required(field, "pathType must be specified"))
            continue
          }
          if !types.contains(type.stringValue ?? "") { errors.append(.notSupported(field, type, types)) }
        }
      }
      return errors
    }
    return behaviour
  }()
}
