internal import WGECore

/// What a client is told of pods, and of pods in templates, that are accepted but may surprise.
/// Source: k8s.io/kubernetes, api/pod warnings.
struct PodWarnings {
  /// The path of the template with a dot at the end; empty for a pod itself.
  private let path: String
  private let spec: JSON
  private let annotations: JSONObject
  private var result: [String] = []

  /// Where kinds hold their template.
  private static let templates: [String: [String]] = [
    "cronjobs.batch": ["spec", "jobTemplate", "spec", "template"], "daemonsets.apps": ["spec", "template"],
    "deployments.apps": ["spec", "template"], "jobs.batch": ["spec", "template"], "podtemplates": ["template"],
    "replicasets.apps": ["spec", "template"], "replicationcontrollers": ["spec", "template"],
    "statefulsets.apps": ["spec", "template"],
  ]

  private static let namesPods: Set<String> = [
    "cronjobs.batch", "deployments.apps", "jobs.batch", "replicasets.apps", "replicationcontrollers",
  ]

  /// The warnings of a write of the whole object: those of a pod when it is created, those of a template
  /// when the desired state changes.
  static func warnings(_ json: JSON, old: JSON?, _ resource: Resource) -> [String] {
    if resource.storageName == "pods" {
      return old != nil ? [] : name(json, "the Pod's hostname,") + PodWarnings(pod: json, path: "").collected()
    }
    guard let path = templates[resource.storageName], let template = json.value(at: path) else { return [] }
    if let old, json["metadata"]?["generation"] == old["metadata"]?["generation"] { return [] }
    let names = old == nil && namesPods.contains(resource.storageName) ? name(json, "Pod names and hostnames,") : []
    return names + PodWarnings(pod: template, path: path.joined(separator: ".") + ".").collected()
  }

  private static func name(_ json: JSON, _ place: String) -> [String] {
    let problems = NameValidation.dns1123Label(json["metadata"]?["name"]?.stringValue ?? "")
    if problems.isEmpty { return [] }
    return [
      "metadata.name: this is used in \(place) which can result in surprising behavior; a DNS label is recommended: [\(problems.joined(separator: " "))]"
    ]
  }

  private init(pod: JSON, path: String) {
    self.path = path
    spec = pod["spec"] ?? [:]
    annotations = pod["metadata"]?["annotations"]?.objectValue ?? [:]
  }

  private func collected() -> [String] {
    var copy = self
    copy.spread()
    copy.deprecatedAnnotations()
    copy.duplicates("hostAliases", "ip", "ip")
    copy.duplicates("imagePullSecrets", "name", "name")
    for (index, secret) in (spec["imagePullSecrets"]?.arrayValue ?? []).enumerated()
    where (secret["name"]?.stringValue ?? "").isEmpty {
      copy.warn("spec.imagePullSecrets[\(index)].name", "invalid empty name \"\"")
    }
    copy.fractions(spec["overhead"], "spec.overhead")
    for (container, path) in containers { copy.look(at: container, path) }
    copy.ports()
    copy.portNames()
    if let seconds = spec["terminationGracePeriodSeconds"]?.intValue, seconds < 0 {
      copy.warn(
        "spec.terminationGracePeriodSeconds",
        "must be >= 0; negative values are invalid and will be treated as 1")
    }
    copy.affinity("podAffinity")
    copy.affinity("podAntiAffinity")
    return copy.result
  }

  private mutating func warn(_ field: String, _ text: String) { result.append("\(path)\(field): \(text)") }

  /// All containers with their paths, in the order in which upstream visits them.
  private var containers: [(JSON, String)] {
    ["initContainers", "containers", "ephemeralContainers"].flatMap { list in
      (spec[list]?.arrayValue ?? []).enumerated().map { ($0.element, "spec.\(list)[\($0.offset)]") }
    }
  }

  private static let nullSelector = "a null labelSelector results in matching no pod"

  private mutating func spread() {
    for (index, constraint) in (spec["topologySpreadConstraints"]?.arrayValue ?? []).enumerated()
    where constraint["labelSelector"] == nil {
      warn("spec.topologySpreadConstraints[\(index)].labelSelector", Self.nullSelector)
    }
  }

  private mutating func affinity(_ kind: String) {
    let affinity = spec["affinity"]?[kind] ?? [:]
    let required = "requiredDuringSchedulingIgnoredDuringExecution"
    for (index, term) in (affinity[required]?.arrayValue ?? []).enumerated() where term["labelSelector"] == nil {
      warn("spec.affinity.\(kind).\(required)[\(index)].labelSelector", Self.nullSelector)
    }
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    for (index, term) in (affinity[preferred]?.arrayValue ?? []).enumerated()
    where term["podAffinityTerm"]?["labelSelector"] == nil {
      warn("spec.affinity.\(kind).\(preferred)[\(index)].podAffinityTerm.labelSelector", Self.nullSelector)
    }
  }

  private mutating func deprecatedAnnotations() {
    for (key, text) in [
      ("scheduler.alpha.kubernetes.io/critical-pod", "v1.16+; use the \"priorityClassName\" field instead"),
      ("security.alpha.kubernetes.io/sysctls", "v1.11+; use the \"sysctls\" field instead"),
      ("security.alpha.kubernetes.io/unsafe-sysctls", "v1.11+; use the \"sysctls\" field instead"),
    ] where annotations.contains(key: key) {
      warn("metadata.annotations[\(key)]", "non-functional in \(text)")
    }
  }

  private mutating func duplicates(_ list: String, _ key: String, _ word: String) {
    var seen = Set<String>()
    for (index, item) in (spec[list]?.arrayValue ?? []).enumerated() {
      let value = item[key]?.stringValue ?? ""
      if !seen.insert(value).inserted {
        warn("spec.\(list)[\(index)].\(key)", "duplicate \(word) \(FieldError.quote(value))")
      }
    }
  }

  private mutating func fractions(_ list: JSON?, _ field: String) {
    for name in ["memory", "ephemeral-storage"] {
      guard let text = list?[name]?.stringValue, let quantity = try? Quantity(parsing: text),
        quantity.milliValue % 1000 != 0
      else { continue }
      warn("\(field)[\(name)]", "fractional byte value \(FieldError.quote(text)) is invalid, must be an integer")
    }
  }

  private mutating func look(at container: JSON, _ field: String) {
    for resource in ["memory", "ephemeral-storage"] {
      for name in ["limits", "requests"] {
        let amount = container["resources"]?[name]?[resource] ?? .null
        fractions(.object([resource: amount]), "\(field).resources.\(name)")
      }
    }
    var seen = Set<String>()
    for (index, variable) in (container["env"]?.arrayValue ?? []).enumerated() {
      let name = variable["name"]?.stringValue ?? ""
      guard !seen.insert(name).inserted else { continue }
      let reference = "$(\(name))"
      let value = variable["value"]?.stringValue ?? ""
      if variable["valueFrom"] != nil || value == reference || !value.contains(reference) {
        warn(
          "\(field).env[\(index)]",
          "hides previous definition of \(FieldError.quote(name)), which may be dropped when using apply")
      }
    }
  }

  private mutating func ports() {
    struct Seen {
      var field: String
      var hostIP: String
      var hostPort: Int64
    }
    var all: [String: [Seen]] = [:]
    for (container, field) in containers {
      for (index, port) in (container["ports"]?.arrayValue ?? []).enumerated() {
        let place = "\(field).ports[\(index)]"
        let this = Seen(
          field: path + place, hostIP: port["hostIP"]?.stringValue ?? "", hostPort: port["hostPort"]?.intValue ?? 0)
        let key = "\(port["containerPort"]?.intValue ?? 0)/\(port["protocol"]?.stringValue ?? "")"
        for other in all[key] ?? [] {
          if this.hostIP == other.hostIP, this.hostPort == other.hostPort {
            warn(place, "duplicate port definition with \(other.field)")
          } else if this.hostPort == 0 || other.hostPort == 0 {
            warn(place, "overlapping port definition with \(other.field)")
          } else if this.hostPort == other.hostPort, this.hostIP.isEmpty != other.hostIP.isEmpty {
            warn(place, "dangerously ambiguous port definition with \(other.field)")
          }
        }
        all[key, default: []].append(this)
      }
    }
  }

  private mutating func portNames() {
    var seen: [String: String] = [:]
    for (container, field) in containers {
      for (index, port) in (container["ports"]?.arrayValue ?? []).enumerated() {
        guard let name = port["name"]?.stringValue, !name.isEmpty else { continue }
        let place = "\(field).ports[\(index)]"
        if let other = seen[name] {
          warn(
            place,
            "duplicate port name \(FieldError.quote(name)) with \(other), services and probes that select ports by name will use \(other)"
          )
        } else {
          seen[name] = path + place
        }
      }
    }
  }
}
