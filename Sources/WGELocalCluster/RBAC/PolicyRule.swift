internal import WGECore

/// One rule of a role.
struct PolicyRule: Sendable, Hashable {
  var verbs: [String] = []
  var apiGroups: [String] = []
  var resources: [String] = []
  var resourceNames: [String] = []
  var nonResourceURLs: [String] = []

  init(
    verbs: [String], apiGroups: [String] = [], resources: [String] = [], resourceNames: [String] = [],
    nonResourceURLs: [String] = []
  ) {
    self.verbs = verbs
    self.apiGroups = apiGroups
    self.resources = resources
    self.resourceNames = resourceNames
    self.nonResourceURLs = nonResourceURLs
  }

  init(_ json: JSON) {
    func strings(_ field: String) -> [String] { json[field]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    verbs = strings("verbs")
    apiGroups = strings("apiGroups")
    resources = strings("resources")
    resourceNames = strings("resourceNames")
    nonResourceURLs = strings("nonResourceURLs")
  }

  static func list(_ json: JSON?) -> [PolicyRule] { json?.arrayValue?.map(PolicyRule.init) ?? [] }

  func allows(_ access: AccessAttributes) -> Bool {
    guard verbs.contains("*") || verbs.contains(access.verb) else { return false }
    if let path = access.path { return nonResourceURLs.contains { Self.matches($0, path) } }
    guard apiGroups.contains("*") || apiGroups.contains(access.group) else { return false }
    guard allowsResource(access.resource, access.subresource) else { return false }
    return resourceNames.isEmpty || resourceNames.contains(access.name)
  }

  private func allowsResource(_ resource: String, _ subresource: String) -> Bool {
    let full = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
    return resources.contains { rule in
      rule == "*" || rule == full || (!subresource.isEmpty && rule == "*/\(subresource)")
    }
  }

  private static func matches(_ pattern: String, _ path: String) -> Bool {
    if pattern == "*" || pattern == path { return true }
    return pattern.hasSuffix("*") && path.hasPrefix(pattern.dropLast())
  }

  /// The rule taken apart into rules of one verb, group and resource each: what escalation checks.
  var atoms: [PolicyRule] {
    var result: [PolicyRule] = []
    for verb in verbs {
      for url in nonResourceURLs { result.append(PolicyRule(verbs: [verb], nonResourceURLs: [url])) }
      for group in apiGroups {
        for resource in resources {
          if resourceNames.isEmpty {
            result.append(PolicyRule(verbs: [verb], apiGroups: [group], resources: [resource]))
          }
          for name in resourceNames {
            result.append(PolicyRule(verbs: [verb], apiGroups: [group], resources: [resource], resourceNames: [name]))
          }
        }
      }
    }
    return result
  }

  /// Whether a holder of this rule holds everything that the atom grants.
  func covers(_ atom: PolicyRule) -> Bool {
    guard verbs.contains("*") || Set(atom.verbs).isSubset(of: verbs) else { return false }
    if !atom.nonResourceURLs.isEmpty {
      return atom.nonResourceURLs.allSatisfy { url in nonResourceURLs.contains { Self.matches($0, url) } }
    }
    guard apiGroups.contains("*") || Set(atom.apiGroups).isSubset(of: apiGroups) else { return false }
    let resourcesCovered = atom.resources.allSatisfy { wanted in
      resources.contains { $0 == "*" || $0 == wanted || ($0.hasPrefix("*/") && wanted.hasSuffix($0.dropFirst())) }
    }
    guard resourcesCovered else { return false }
    return resourceNames.isEmpty || (!atom.resourceNames.isEmpty && Set(atom.resourceNames).isSubset(of: resourceNames))
  }

  /// As escalation messages print it.
  var text: String {
    func list(_ values: [String]) -> String { "[" + values.map(FieldError.quote).joined(separator: " ") + "]" }
    var parts: [String] = []
    if !nonResourceURLs.isEmpty { parts.append("NonResourceURLs:\(list(nonResourceURLs))") }
    if !apiGroups.isEmpty { parts.append("APIGroups:\(list(apiGroups))") }
    if !resources.isEmpty { parts.append("Resources:\(list(resources))") }
    if !resourceNames.isEmpty { parts.append("ResourceNames:\(list(resourceNames))") }
    if !verbs.isEmpty { parts.append("Verbs:\(list(verbs))") }
    return "{\(parts.joined(separator: ", "))}"
  }

  var json: JSON {
    var result: JSON = ["verbs": .array(verbs.map(JSON.string))]
    for (name, values) in [
      ("apiGroups", apiGroups), ("resources", resources), ("resourceNames", resourceNames),
      ("nonResourceURLs", nonResourceURLs),
    ] where !values.isEmpty { result[name] = .array(values.map(JSON.string)) }
    return result
  }
}
