internal import WGECore

/// The printer columns of the built-in kinds, as `kubectl get` shows them.
/// Source: k8s.io/kubernetes, printers/internalversion.
enum Columns {
  static func count(_ json: JSON, _ field: String) -> Int64 { Int64(json[field]?.objectValue?.count ?? 0) }
  static func list(_ json: JSON?) -> [JSON] { json?.arrayValue ?? [] }
  static func names(_ json: JSON?, _ field: String) -> String? {
    let values = list(json).compactMap { $0[field]?.stringValue }
    return values.isEmpty ? nil : values.joined(separator: ",")
  }
  static func number(_ json: JSON, _ path: String...) -> Int64 { json.value(at: path)?.intValue ?? 0 }
  static func text(_ json: JSON, _ path: String...) -> String? {
    guard let text = json.value(at: path)?.stringValue, !text.isEmpty else { return nil }
    return text
  }

  static let configMap = PrinterColumn.named(
    .integer("Data", type: "string") { count($0, "data") + count($0, "binaryData") })

  static let secret = PrinterColumn.named(
    .text("Type") { text($0, "type") }, .integer("Data", type: "string") { count($0, "data") })

  static let serviceAccount = PrinterColumn.named()

  static let namespace = PrinterColumn.named(.text("Status") { text($0, "status", "phase") })

  static let lease = PrinterColumn.named(.text("Holder") { text($0, "spec", "holderIdentity") ?? "" })

  static let node: [PrinterColumn] = [
    PrinterColumn.nameColumn,
    .text("Status") { json in
      let ready = list(json["status"]?["conditions"]).first { $0["type"]?.stringValue == "Ready" }
      let state = ready.map { $0["status"]?.stringValue == "True" ? "Ready" : "NotReady" } ?? "Unknown"
      return json["spec"]?["unschedulable"]?.boolValue == true ? "\(state),SchedulingDisabled" : state
    },
    .text("Roles") { json in
      let roles = (json["metadata"]?["labels"]?.objectValue ?? JSONObject()).compactMap { label in
        label.key.hasPrefix("node-role.kubernetes.io/") ? String(label.key.dropFirst(24)) : nil
      }
      return roles.isEmpty ? nil : roles.joined(separator: ",")
    },
    PrinterColumn.ageColumn,
    .text("Version") { text($0, "status", "nodeInfo", "kubeletVersion") ?? "" },
    .text("Internal-IP", wide: true) { address($0, "InternalIP") },
    .text("External-IP", wide: true) { address($0, "ExternalIP") },
    .text("OS-Image", wide: true) { text($0, "status", "nodeInfo", "osImage") ?? "<unknown>" },
    .text("Kernel-Version", wide: true) { text($0, "status", "nodeInfo", "kernelVersion") ?? "<unknown>" },
    .text("Container-Runtime", wide: true) {
      text($0, "status", "nodeInfo", "containerRuntimeVersion") ?? "<unknown>"
    },
  ]

  private static func address(_ json: JSON, _ type: String) -> String? {
    list(json["status"]?["addresses"]).first { text($0, "type") == type }.flatMap { text($0, "address") }
  }

  static let claim: [PrinterColumn] = [
    PrinterColumn.nameColumn,
    .text("Status") { json in
      json["metadata"]?["deletionTimestamp"] == nil ? text(json, "status", "phase") ?? "" : "Terminating"
    },
    .text("Volume") { text($0, "spec", "volumeName") ?? "" },
    .text("Capacity") { json in
      text(json, "spec", "volumeName") == nil ? "" : text(json, "status", "capacity", "storage") ?? "0"
    },
    .text("Access Modes") { json in
      text(json, "spec", "volumeName") == nil ? "" : modes(json["status"]?["accessModes"])
    },
    .text("StorageClass") { text($0, "spec", "storageClassName") ?? "" },
    .text("VolumeAttributesClass") { text($0, "spec", "volumeAttributesClassName") ?? "<unset>" },
    PrinterColumn.ageColumn,
    .text("VolumeMode", wide: true) { text($0, "spec", "volumeMode") ?? "<unset>" },
  ]

  // MARK: Workloads

  private static func ready(_ ready: [String], of total: [String]) -> PrinterColumn {
    .text("Ready") { json in "\(json.value(at: ready)?.intValue ?? 0)/\(json.value(at: total)?.intValue ?? 0)" }
  }

  static func containers(_ path: [String]) -> [PrinterColumn] {
    [
      .text("Containers", wide: true) { names($0.value(at: path + ["containers"]), "name") },
      .text("Images", wide: true) { names($0.value(at: path + ["containers"]), "image") },
    ]
  }

  static let selector = PrinterColumn.text("Selector", wide: true) { json in
    guard let selector = json["spec"]?["selector"] else { return nil }
    // Replication controllers have labels alone.
    let isPlain = selector["matchLabels"] == nil && selector["matchExpressions"] == nil
    let text = LabelSelector(isPlain ? ["matchLabels": selector] : selector).text
    return text.isEmpty ? nil : text
  }

  static let template = ["spec", "template", "spec"]

  static let deployment =
    [
      PrinterColumn.nameColumn, ready(["status", "readyReplicas"], of: ["spec", "replicas"]),
      .integer("Up-to-date", type: "string") { number($0, "status", "updatedReplicas") },
      .integer("Available", type: "string") { number($0, "status", "availableReplicas") }, PrinterColumn.ageColumn,
    ] + containers(template) + [selector]

  static let replicas =
    [
      PrinterColumn.nameColumn, .integer("Desired") { number($0, "spec", "replicas") },
      .integer("Current") { number($0, "status", "replicas") },
      .integer("Ready") { number($0, "status", "readyReplicas") },
      PrinterColumn.ageColumn,
    ] + containers(template) + [selector]

  static let statefulSet =
    [PrinterColumn.nameColumn, ready(["status", "readyReplicas"], of: ["spec", "replicas"]), PrinterColumn.ageColumn]
    + containers(template)

  static let daemonSet =
    [
      PrinterColumn.nameColumn, .integer("Desired") { number($0, "status", "desiredNumberScheduled") },
      .integer("Current") { number($0, "status", "currentNumberScheduled") },
      .integer("Ready") { number($0, "status", "numberReady") },
      .integer("Up-to-date") { number($0, "status", "updatedNumberScheduled") },
      .integer("Available") { number($0, "status", "numberAvailable") },
      .text("Node Selector") { json in
        let labels = json["spec"]?["template"]?["spec"]?["nodeSelector"]
        return labels.map { LabelSelector(["matchLabels": $0]).text }
      },
      PrinterColumn.ageColumn,
    ] + containers(template) + [selector]

  static let job =
    [
      PrinterColumn.nameColumn,
      .text("Status") { json in
        for (type, word) in [("Complete", "Complete"), ("Failed", "Failed"), ("Suspended", "Suspended")] {
          let holds = list(json["status"]?["conditions"]).contains {
            $0["type"]?.stringValue == type && $0["status"]?.stringValue == "True"
          }
          if holds { return word }
        }
        return json["metadata"]?["deletionTimestamp"] == nil ? "Running" : "Terminating"
      },
      .text("Completions") { "\(number($0, "status", "succeeded"))/\(number($0, "spec", "completions"))" },
      .text("Duration") { _ in "" }, PrinterColumn.ageColumn,
    ] + containers(template) + [selector]

  static let cronJob =
    PrinterColumn.named(
      .text("Schedule") { text($0, "spec", "schedule") }, .text("Timezone") { text($0, "spec", "timeZone") },
      PrinterColumn(
        name: "Suspend", type: "boolean",
        content: .computed { json, _ in .string(json["spec"]?["suspend"]?.boolValue == true ? "True" : "False") }),
      .integer("Active") { Int64(list($0["status"]?["active"]).count) },
      PrinterColumn(
        name: "Last Schedule", type: "string",
        content: .computed { json, clock in
          .string(json["status"]?["lastScheduleTime"].map { clock.age(of: $0) } ?? "<none>")
        })) + containers(["spec", "jobTemplate"] + template)
    + [
      .text("Selector", wide: true) { json in
        let text = LabelSelector(json["spec"]?["jobTemplate"]?["spec"]?["selector"]).text
        return text.isEmpty ? nil : text
      }
    ]

  static let pod: [PrinterColumn] = [
    PrinterColumn.nameColumn,
    .text("Ready") { json in
      let ready = list(json["status"]?["containerStatuses"]).filter { $0["ready"]?.boolValue == true }.count
      return "\(ready)/\(list(json["spec"]?["containers"]).count)"
    },
    .text("Status", podStatus),
    .text("Restarts") { json in
      String(list(json["status"]?["containerStatuses"]).reduce(0) { $0 &+ ($1["restartCount"]?.intValue ?? 0) })
    },
    PrinterColumn.ageColumn,
    .text("IP", wide: true) { text($0, "status", "podIP") },
    .text("Node", wide: true) { text($0, "spec", "nodeName") },
    .text("Nominated Node", wide: true) { text($0, "status", "nominatedNodeName") },
    .text("Readiness Gates", wide: true) { _ in nil },
  ]

  @Sendable private static func podStatus(_ json: JSON) -> String? {
    if json["metadata"]?["deletionTimestamp"] != nil { return "Terminating" }
    if let reason = text(json, "status", "reason") { return reason }
    for container in list(json["status"]?["containerStatuses"]) {
      for state in ["waiting", "terminated"] {
        if let reason = text(container, "state", state, "reason") { return reason }
      }
    }
    return text(json, "status", "phase")
  }

  // MARK: Network

  static let service: [PrinterColumn] = [
    PrinterColumn.nameColumn, .text("Type") { text($0, "spec", "type") },
    .text("Cluster-IP") { text($0, "spec", "clusterIP") },
    .text("External-IP") { json in
      let ips = list(json["status"]?["loadBalancer"]?["ingress"]).compactMap { text($0, "ip") ?? text($0, "hostname") }
      let given = list(json["spec"]?["externalIPs"]).compactMap(\.stringValue)
      let all = ips + given
      if !all.isEmpty { return all.joined(separator: ",") }
      return json["spec"]?["type"]?.stringValue == "LoadBalancer" ? "<pending>" : text(json, "spec", "externalName")
    },
    .text("Port(s)") { json in
      let ports = list(json["spec"]?["ports"]).map { port in
        let node = number(port, "nodePort")
        return "\(number(port, "port"))\(node > 0 ? ":\(node)" : "")/\(text(port, "protocol") ?? "TCP")"
      }
      return ports.isEmpty ? nil : ports.joined(separator: ",")
    },
    PrinterColumn.ageColumn,
    .text("Selector", wide: true) { json in
      json["spec"]?["selector"].map { LabelSelector(["matchLabels": $0]).text }
    },
  ]

  static let ingress = PrinterColumn.named(
    .text("Class") { text($0, "spec", "ingressClassName") },
    .text("Hosts") { names($0["spec"]?["rules"], "host") ?? "*" },
    .text("Address") { json in
      list(json["status"]?["loadBalancer"]?["ingress"]).compactMap { text($0, "ip") ?? text($0, "hostname") }
        .joined(separator: ",")
    },
    .text("Ports") { json in list(json["spec"]?["tls"]).isEmpty ? "80" : "80, 443" })

  // MARK: Access, events, definitions

  static let role: [PrinterColumn] = [
    PrinterColumn.nameColumn,
    PrinterColumn(name: "Created At", type: "date", content: .path(".metadata.creationTimestamp")),
  ]

  static let binding: [PrinterColumn] = [
    PrinterColumn.nameColumn,
    .text("Role") { json in
      guard let kind = text(json, "roleRef", "kind"), let name = text(json, "roleRef", "name") else { return nil }
      return "\(kind)/\(name)"
    },
    PrinterColumn.ageColumn,
    .text("Users", wide: true) { subjects($0, "User") }, .text("Groups", wide: true) { subjects($0, "Group") },
    .text("ServiceAccounts", wide: true) { subjects($0, "ServiceAccount") },
  ]

  private static func subjects(_ json: JSON, _ kind: String) -> String? {
    list(json["subjects"]).filter { $0["kind"]?.stringValue == kind }.compactMap { subject in
      guard let name = text(subject, "name") else { return nil }
      return kind == "ServiceAccount" ? "\(text(subject, "namespace") ?? "")/\(name)" : name
    }.joined(separator: ", ")
  }

  static let event: [PrinterColumn] = [
    PrinterColumn(
      name: "Last Seen", type: "string",
      content: .computed { json, clock in
        let times = [
          json["series"]?["lastObservedTime"], json["lastTimestamp"], json["deprecatedLastTimestamp"],
          json["eventTime"],
        ]
        let time = times.compactMap { $0 }.first { !$0.isNull }
        return .string(clock.age(of: time ?? json["metadata"]?["creationTimestamp"]))
      }),
    .text("Type") { text($0, "type") ?? "" }, .text("Reason") { text($0, "reason") ?? "" },
    .text("Object") { json in
      let object = json["involvedObject"] ?? json["regarding"] ?? [:]
      return "\((text(object, "kind") ?? "").lowercased())/\(text(object, "name") ?? "")"
    },
    .text("Subobject", wide: true) { text($0["involvedObject"] ?? $0["regarding"] ?? [:], "fieldPath") ?? "" },
    .text("Source", wide: true) { json in
      text(json["source"] ?? json["deprecatedSource"] ?? [:], "component")
        ?? text(json, "reportingComponent") ?? text(json, "reportingController") ?? ""
    },
    .text("Message") { text($0, "message") ?? text($0, "note") ?? "" },
    PrinterColumn(
      name: "First Seen", type: "string", priority: 1,
      content: .computed { json, clock in
        .string(clock.age(of: json["firstTimestamp"] ?? json["deprecatedFirstTimestamp"] ?? json["eventTime"]))
      }),
    .integer("Count", wide: true, type: "string") { max(1, number($0, "count")) },
    PrinterColumn(name: "Name", type: "string", format: "name", priority: 1, content: .name),
  ]

  static let definition: [PrinterColumn] = [
    PrinterColumn.nameColumn,
    PrinterColumn(name: "Created At", type: "date", content: .path(".metadata.creationTimestamp")),
  ]
}
