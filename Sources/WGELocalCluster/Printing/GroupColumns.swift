internal import WGECore

/// The printer columns of the kinds of the smaller groups.
/// Source: k8s.io/kubernetes, printers/internalversion.
extension Columns {
  static let ages = PrinterColumn.named()

  private static func flag(_ name: String, type: String = "boolean", _ path: String...) -> PrinterColumn {
    PrinterColumn(
      name: name, type: type, content: .computed { json, _ in json.value(at: path) ?? "<unset>" })
  }

  private static func joined(_ json: JSON?, _ empty: String = "") -> String {
    let texts = list(json).compactMap(\.stringValue)
    return texts.isEmpty ? empty : texts.joined(separator: ",")
  }

  static let endpoints = PrinterColumn.named(
    .text("Endpoints") { json in
      var all: [String] = []
      for subset in list(json["subsets"]) {
        let ports = list(subset["ports"]).map { number($0, "port") }
        for address in list(subset["addresses"]).compactMap({ text($0, "ip") }) {
          all += ports.isEmpty ? [address] : ports.map { "\(address):\($0)" }
        }
      }
      if all.isEmpty { return nil }
      return all.count > 3
        ? "\(all.prefix(3).joined(separator: ",")) + \(all.count - 3) more..." : all.joined(separator: ",")
    })

  static let endpointSlice = PrinterColumn.named(
    .text("AddressType") { text($0, "addressType") },
    .text("Ports") { json in
      let ports = list(json["ports"]).map { port in port["port"].map(\.description) ?? "*" }
      return ports.isEmpty ? "<unset>" : ports.prefix(3).joined(separator: ",")
    },
    .text("Endpoints") { json in
      let all = list(json["endpoints"]).flatMap { list($0["addresses"]).compactMap(\.stringValue) }
      if all.isEmpty { return "<unset>" }
      return all.count > 3
        ? "\(all.prefix(3).joined(separator: ",")) + \(all.count - 3) more..." : all.joined(separator: ",")
    })

  static let podTemplate =
    [PrinterColumn.nameColumn]
    + containers(["template", "spec"]).map { column in
      var column = column
      column.priority = 0
      return column
    } + [
      .text("Pod Labels") { json in
        json["template"]?["metadata"]?["labels"].map { LabelSelector(["matchLabels": $0]).text }
      }
    ]

  private static func uses(_ json: JSON, _ limits: Bool) -> String {
    (json["status"]?["hard"]?.objectValue ?? JSONObject())
      .filter { $0.key.hasPrefix("limits") == limits }
      .map { "\($0.key): \(text(json, "status", "used", $0.key) ?? "0")/\($0.value.stringValue ?? "")" }
      .joined(separator: ", ")
  }

  static let quota: [PrinterColumn] = [
    PrinterColumn.nameColumn, .text("Request") { uses($0, false) }, .text("Limit") { uses($0, true) },
    PrinterColumn.ageColumn,
  ]

  static let revision = PrinterColumn.named(
    .text("Controller") { json in
      guard let owner = list(json["metadata"]?["ownerReferences"]).first(where: { $0["controller"]?.boolValue == true })
      else { return nil }
      let group = (text(owner, "apiVersion") ?? "").split(separator: "/")
      let kind = (text(owner, "kind") ?? "").lowercased()
      return "\(kind)\(group.count > 1 ? ".\(group[0])" : "")/\(text(owner, "name") ?? "")"
    }, .integer("Revision", type: "string") { number($0, "revision") })

  // MARK: Autoscaling and disruption

  private static func metric(_ metric: JSON, _ current: [JSON], _ index: Int) -> String {
    let kind = metric["type"]?.stringValue ?? ""
    let source = (kind.first?.lowercased() ?? "") + kind.dropFirst()
    let target = metric[source]?["target"]
    let now = index < current.count ? current[index][source]?["current"] : nil
    if let wanted = target?["averageUtilization"]?.intValue {
      let name = text(metric, source, "name").map { "\($0): " } ?? ""
      return "\(name)\(now?["averageUtilization"]?.intValue.map { "\($0)%" } ?? "<unknown>")/\(wanted)%"
    }
    if let wanted = target?["averageValue"]?.stringValue {
      return "\(now?["averageValue"]?.stringValue ?? "<unknown>")/\(wanted)\(kind == "Resource" ? "" : " (avg)")"
    }
    return "\(now?["value"]?.stringValue ?? "<unknown>")/\(target?["value"]?.stringValue ?? "<unknown>")"
  }

  static let autoscaler = PrinterColumn.named(
    .text("Reference") { json in
      "\(text(json, "spec", "scaleTargetRef", "kind") ?? "")/\(text(json, "spec", "scaleTargetRef", "name") ?? "")"
    },
    .text("Targets") { json in
      if let wanted = json["spec"]?["targetCPUUtilizationPercentage"]?.intValue {
        let now = json["status"]?["currentCPUUtilizationPercentage"]?.intValue
        return "cpu: \(now.map { "\($0)%" } ?? "<unknown>")/\(wanted)%"
      }
      let current = list(json["status"]?["currentMetrics"])
      let all = list(json["spec"]?["metrics"]).enumerated().map { metric($0.element, current, $0.offset) }
      return all.isEmpty ? nil : all.joined(separator: ", ")
    },
    .text("MinPods") { json in json["spec"]?["minReplicas"].map(\.description) ?? "<unset>" },
    .integer("MaxPods", type: "string") { number($0, "spec", "maxReplicas") },
    .integer("Replicas", type: "string") { number($0, "status", "currentReplicas") })

  private static func limit(_ json: JSON, _ field: String) -> String {
    guard let value = json["spec"]?[field] else { return "N/A" }
    return value.stringValue ?? value.description
  }

  static let disruptionBudget = PrinterColumn.named(
    .text("Min Available") { limit($0, "minAvailable") }, .text("Max Unavailable") { limit($0, "maxUnavailable") },
    .integer("Allowed Disruptions") { number($0, "status", "disruptionsAllowed") })

  static let priorityClass: [PrinterColumn] = [
    PrinterColumn.nameColumn,
    .integer("Value") { number($0, "value") },
    PrinterColumn(
      name: "Global-Default", type: "boolean",
      content: .computed { json, _ in .bool(json["globalDefault"]?.boolValue == true) }),
    PrinterColumn.ageColumn,
    .text("PreemptionPolicy") { text($0, "preemptionPolicy") },
  ]

  // MARK: Network

  static let networkPolicy = PrinterColumn.named(
    .text("Pod-Selector") { LabelSelector($0["spec"]?["podSelector"]).text })

  static let ingressClass = PrinterColumn.named(
    .text("Controller") { text($0, "spec", "controller") ?? "" },
    .text("Parameters") { json in
      guard let kind = text(json, "spec", "parameters", "kind") else { return nil }
      let group = text(json, "spec", "parameters", "apiGroup").map { ".\($0)" } ?? ""
      return "\(kind)\(group)/\(text(json, "spec", "parameters", "name") ?? "")"
    })

  static let ipAddress: [PrinterColumn] = [
    PrinterColumn.nameColumn,
    .text("ParentRef") { json in
      ["group", "resource", "namespace", "name"].compactMap { text(json, "spec", "parentRef", $0) }
        .joined(separator: "/")
    },
  ]

  static let serviceCIDR = PrinterColumn.named(.text("CIDRs") { joined($0["spec"]?["cidrs"]) })

  // MARK: Storage

  static let volume =
    PrinterColumn.named(
      .text("Capacity") { text($0, "spec", "capacity", "storage") ?? "" },
      .text("Access Modes") { modes($0["spec"]?["accessModes"]) },
      .text("Reclaim Policy") { text($0, "spec", "persistentVolumeReclaimPolicy") ?? "" },
      .text("Status") { json in
        json["metadata"]?["deletionTimestamp"] == nil ? text(json, "status", "phase") ?? "" : "Terminating"
      },
      .text("Claim") { json in
        guard let name = text(json, "spec", "claimRef", "name") else { return "" }
        return "\(text(json, "spec", "claimRef", "namespace") ?? "")/\(name)"
      },
      .text("StorageClass") { text($0, "spec", "storageClassName") ?? "" },
      .text("VolumeAttributesClass") { text($0, "spec", "volumeAttributesClassName") ?? "<unset>" },
      .text("Reason") { text($0, "status", "reason") ?? "" }) + [
      .text("VolumeMode", wide: true) { text($0, "spec", "volumeMode") ?? "<unset>" }
    ]

  static func modes(_ json: JSON?) -> String {
    list(json).compactMap(\.stringValue).map { mode in
      switch mode {
      case "ReadWriteOnce": "RWO"
      case "ReadOnlyMany": "ROX"
      case "ReadWriteMany": "RWX"
      case "ReadWriteOncePod": "RWOP"
      default: mode
      }
    }.joined(separator: ",")
  }

  static let storageClass = PrinterColumn.named(
    .text("Provisioner") { text($0, "provisioner") ?? "" }, .text("ReclaimPolicy") { text($0, "reclaimPolicy") },
    .text("VolumeBindingMode") { text($0, "volumeBindingMode") ?? "<unset>" },
    flag("AllowVolumeExpansion", type: "string", "allowVolumeExpansion"))

  static let csiDriver = PrinterColumn.named(
    flag("AttachRequired", "spec", "attachRequired"), flag("PodInfoOnMount", "spec", "podInfoOnMount"),
    flag("StorageCapacity", "spec", "storageCapacity"),
    .text("TokenRequests") { names($0["spec"]?["tokenRequests"], "audience") ?? "<unset>" },
    flag("RequiresRepublish", "spec", "requiresRepublish"),
    .text("Modes") { joined($0["spec"]?["volumeLifecycleModes"], "<none>") })

  static let csiNode = PrinterColumn.named(.integer("Drivers") { Int64(list($0["spec"]?["drivers"]).count) })

  static let attachment = PrinterColumn.named(
    .text("Attacher", format: "name") { text($0, "spec", "attacher") ?? "" },
    .text("PV") { text($0, "spec", "source", "persistentVolumeName") ?? "" },
    .text("Node") { text($0, "spec", "nodeName") ?? "" },
    PrinterColumn(
      name: "Attached", type: "boolean",
      content: .computed { json, _ in .bool(json["status"]?["attached"]?.boolValue == true) }))

  static let attributesClass = PrinterColumn.named(.text("DriverName") { text($0, "driverName") ?? "" })

  // MARK: Control

  static let webhooks = PrinterColumn.named(.integer("Webhooks") { Int64(list($0["webhooks"]).count) })

  static let admissionPolicy = PrinterColumn.named(
    .integer("Validations") { Int64(list($0["spec"]?["validations"]).count) },
    .text("ParamKind") { json in
      guard let kind = text(json, "spec", "paramKind", "kind") else { return "<unset>" }
      return "\(text(json, "spec", "paramKind", "apiVersion") ?? "")/\(kind)"
    })

  static let admissionBinding = PrinterColumn.named(
    .text("PolicyName") { text($0, "spec", "policyName") ?? "" },
    .text("ParamRef") { json in
      guard let reference = json["spec"]?["paramRef"] else { return "<unset>" }
      guard let name = text(reference, "name") else {
        return reference["selector"].map { LabelSelector($0).text } ?? "<unset>"
      }
      return text(reference, "namespace").map { "\($0)/\(name)" } ?? name
    })

  static let apiService = PrinterColumn.named(
    .text("Service") { json in
      guard let name = text(json, "spec", "service", "name") else { return "Local" }
      return "\(text(json, "spec", "service", "namespace") ?? "")/\(name)"
    },
    .text("Available") { json in
      let condition = list(json["status"]?["conditions"]).first { text($0, "type") == "Available" }
      guard let status = condition.flatMap({ text($0, "status") }), status != "True" else {
        return condition == nil ? "Unknown" : "True"
      }
      return "\(status) (\(condition.flatMap { text($0, "reason") } ?? ""))"
    })

  static let flowSchema = PrinterColumn.named(
    .text("PriorityLevel") { text($0, "spec", "priorityLevelConfiguration", "name") },
    .integer("MatchingPrecedence") { number($0, "spec", "matchingPrecedence") },
    .text("DistinguisherMethod") { text($0, "spec", "distinguisherMethod", "type") },
    .text("MissingPL") { json in
      list(json["status"]?["conditions"]).first { text($0, "type") == "Dangling" }.flatMap { text($0, "status") } ?? "?"
    })

  static let priorityLevel = PrinterColumn.named(
    .text("Type") { text($0, "spec", "type") },
    .text("NominalConcurrencyShares") { json in
      (json["spec"]?["limited"] ?? json["spec"]?["exempt"])?["nominalConcurrencyShares"].map(\.description)
    },
    .text("Queues") { json in
      json["spec"]?["limited"]?["limitResponse"]?["queuing"]?["queues"].map(\.description)
    },
    .text("HandSize") { json in
      json["spec"]?["limited"]?["limitResponse"]?["queuing"]?["handSize"].map(\.description)
    },
    .text("QueueLengthLimit") { json in
      json["spec"]?["limited"]?["limitResponse"]?["queuing"]?["queueLengthLimit"].map(\.description)
    })

  static let runtimeClass = PrinterColumn.named(.text("Handler") { text($0, "handler") })

  static let signingRequest: [PrinterColumn] = [
    PrinterColumn.nameColumn, PrinterColumn.ageColumn,
    .text("SignerName") { text($0, "spec", "signerName") }, .text("Requestor") { text($0, "spec", "username") ?? "" },
    .text("RequestedDuration") { json in
      json["spec"]?["expirationSeconds"]?.intValue.map { PrintClock.human($0) }
    },
    .text("Condition") { json in
      let types = list(json["status"]?["conditions"]).compactMap { text($0, "type") }
      var words = types.isEmpty ? ["Pending"] : types
      if text(json, "status", "certificate") != nil { words.append("Issued") }
      return words.joined(separator: ",")
    },
  ]
}
