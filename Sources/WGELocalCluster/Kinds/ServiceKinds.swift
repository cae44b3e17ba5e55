internal import WGECore

/// Services: addresses are made, nothing is routed.
enum ServiceKinds {
  static let service: Behaviour = {
    var behaviour = Behaviour()
    behaviour.name = .label
    behaviour.allowsCreateOnUpdate = true
    behaviour.applyDefaults = { json in
      var spec = json["spec"] ?? [:]
      PodKinds.setDefaults(&spec, [("type", "ClusterIP"), ("sessionAffinity", "None")])
      let type = spec["type"]?.stringValue
      if type != "ExternalName" {
        PodKinds.setDefaults(&spec, [("internalTrafficPolicy", "Cluster")])
        let hasExternalIPs = !(spec["externalIPs"]?.arrayValue ?? []).isEmpty
        if type == "NodePort" || type == "LoadBalancer" || hasExternalIPs {
          PodKinds.setDefaults(&spec, [("externalTrafficPolicy", "Cluster")])
        }
        if type == "LoadBalancer" { PodKinds.setDefaults(&spec, [("allocateLoadBalancerNodePorts", true)]) }
      }
      if spec["sessionAffinity"]?.stringValue == "ClientIP",
        spec["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"] == nil
      {
        spec.setValue(10800, at: ["sessionAffinityConfig", "clientIP", "timeoutSeconds"])
      } else if spec["sessionAffinity"]?.stringValue == "None" {
        spec["sessionAffinityConfig"] = nil
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
      applyFamilies(&json)
      allocatePorts(&json)
    }
    behaviour.prepareForUpdate = { json, old in
      // Addresses once given are kept by writes that leave them out.
      for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] where json["spec"]?[field] == nil {
        if json["spec"]?["type"]?.stringValue != "ExternalName" {
          json.setValue(old["spec"]?[field], at: ["spec", field])
        }
      }
      // What was defaulted for a type goes when the type goes.
      if json["spec"]?["type"]?.stringValue == "ClusterIP", old["spec"]?["type"]?.stringValue != "ClusterIP",
        json["spec"]?["externalTrafficPolicy"] == old["spec"]?["externalTrafficPolicy"],
        (json["spec"]?["externalIPs"]?.arrayValue ?? []).isEmpty
      {
        json.setValue(nil, at: ["spec", "externalTrafficPolicy"])
      }
      keepPorts(&json, of: old)
      allocatePorts(&json)
    }
    behaviour.validate = { ServiceRules.validate($0["spec"] ?? [:]) }
    behaviour.validateUpdate = { json, old in
      let before = old["spec"]?["clusterIP"]?.stringValue ?? ""
      let after = json["spec"]?["clusterIP"]?.stringValue ?? ""
      guard !before.isEmpty, before != after, json["spec"]?["type"]?.stringValue != "ExternalName" else { return [] }
      return [.invalid("spec.clusterIPs[0]", .array([.string(after)]), "may not change once set")]
    }
    behaviour.validateStatus = { json, _ in
      let ingress = json["status"]?["loadBalancer"]?["ingress"]?.arrayValue ?? []
      guard !ingress.isEmpty, json["spec"]?["type"]?.stringValue != "LoadBalancer" else { return [] }
      return [
        .forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'")
      ]
    }
    behaviour.warnings = { warnings($0["spec"] ?? [:]) }
    behaviour.selectableFields = [
      SelectableField(name: "spec.clusterIP") { $0["spec"]?["clusterIP"]?.stringValue ?? "" },
      SelectableField(name: "spec.type") { $0["spec"]?["type"]?.stringValue ?? "" },
    ]
    return behaviour
  }()

  /// The network has one family; a service without address and selector is taken to speak both.
  private static func applyFamilies(_ json: inout JSON) {
    let spec = json["spec"] ?? [:]
    let policy = spec["ipFamilyPolicy"]?.stringValue
    let isForeign = spec["clusterIP"] == "None" && (spec["selector"]?.objectValue ?? [:]).isEmpty
    if isForeign, policy == nil, spec["ipFamilies"] == nil {
      json.setValue("RequireDualStack", at: ["spec", "ipFamilyPolicy"])
      json.setValue(["IPv4", "IPv6"], at: ["spec", "ipFamilies"])
      return
    }
    if isForeign, policy != nil, policy != "SingleStack", spec["ipFamilies"]?.arrayValue?.count ?? 0 < 2 {
      let first = spec["ipFamilies"]?[0] ?? "IPv4"
      json.setValue([first, first == "IPv4" ? "IPv6" : "IPv4"], at: ["spec", "ipFamilies"])
      return
    }
    if spec["ipFamilies"] == nil { json.setValue(["IPv4"], at: ["spec", "ipFamilies"]) }
    if policy == nil { json.setValue("SingleStack", at: ["spec", "ipFamilyPolicy"]) }
  }

  private static func warnings(_ spec: JSON) -> [String] {
    let type = spec["type"]?.stringValue
    let hasExternalIPs = !(spec["externalIPs"]?.arrayValue ?? []).isEmpty
    let isHeadless = type == "ClusterIP" && spec["clusterIP"] == "None"
    var result: [String] = []
    if isHeadless {
      if !(spec["loadBalancerIP"]?.stringValue ?? "").isEmpty {
        result.append("spec.loadBalancerIP is ignored for headless services")
      }
      if hasExternalIPs { result.append("spec.externalIPs is ignored for headless services") }
      if spec["sessionAffinity"] != "None" { result.append("spec.SessionAffinity is ignored for headless services") }
    }
    if hasExternalIPs, !isHeadless, type != "ExternalName" {
      result.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    }
    if hasExternalIPs, type == "ExternalName" {
      result.append("spec.externalIPs is ignored when spec.type is \"ExternalName\"")
    }
    if type != "ExternalName", !(spec["externalName"]?.stringValue ?? "").isEmpty {
      result.append("spec.externalName is ignored when spec.type is not \"ExternalName\"")
    }
    if spec["trafficDistribution"] == "PreferClose" {
      result.append("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"")
    }
    return result
  }

  private static func hash(_ text: String) -> UInt32 {
    text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }

  private static func uid(_ json: JSON) -> String { json["metadata"]?["uid"]?.stringValue ?? "" }

  /// An address of the service network, made from the object's uid: nothing routes to it, but it
  /// stays the same and is rarely shared.
  private static func address(_ json: JSON) -> String {
    let hash = hash(uid(json))
    return "10.\(96 + hash % 16).\(hash >> 8 & 0xFF).\(1 + (hash >> 16 & 0xFF) % 254)"
  }

  /// Ports of the nodes, made as addresses are.
  private static func allocatePorts(_ json: inout JSON) {
    let spec = json["spec"] ?? [:]
    let type = spec["type"]?.stringValue ?? ""
    let allocates =
      type == "NodePort" || (type == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"]?.boolValue != false)
    guard allocates, var ports = spec["ports"]?.arrayValue else { return }
    for index in ports.indices where (ports[index]["nodePort"]?.intValue ?? 0) == 0 {
      let number = 30000 + hash("\(uid(json)) \(index)") % 2768
      ports[index]["nodePort"] = .number(.int(Int64(number)))
    }
    json.setValue(.array(ports), at: ["spec", "ports"])
    guard type == "LoadBalancer", spec["externalTrafficPolicy"]?.stringValue == "Local",
      (spec["healthCheckNodePort"]?.intValue ?? 0) == 0
    else { return }
    json.setValue(
      .number(.int(Int64(30000 + hash("\(uid(json)) health") % 2768))), at: ["spec", "healthCheckNodePort"])
  }

  /// Ports once given are kept by writes that leave them out, and go with a type that has none.
  private static func keepPorts(_ json: inout JSON, of old: JSON) {
    let type = json["spec"]?["type"]?.stringValue ?? ""
    guard var ports = json["spec"]?["ports"]?.arrayValue else { return }
    let before = old["spec"]?["ports"]?.arrayValue ?? []
    for index in ports.indices {
      if type == "NodePort" || type == "LoadBalancer" {
        guard (ports[index]["nodePort"]?.intValue ?? 0) == 0 else { continue }
        let same = before.first { $0["port"] == ports[index]["port"] && $0["protocol"] == ports[index]["protocol"] }
        ports[index]["nodePort"] = same?["nodePort"]
      } else if type == "ClusterIP", old["spec"]?["type"]?.stringValue != "ClusterIP", index < before.count,
        ports[index]["nodePort"] == before[index]["nodePort"]
      {
        ports[index]["nodePort"] = nil
      }
    }
    json.setValue(.array(ports), at: ["spec", "ports"])
    if type == "LoadBalancer", json["spec"]?["healthCheckNodePort"] == nil {
      json.setValue(old["spec"]?["healthCheckNodePort"], at: ["spec", "healthCheckNodePort"])
    }
  }
}
