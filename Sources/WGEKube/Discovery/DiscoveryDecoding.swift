internal import WGECore

// Lenient on purpose: one odd entry must not hide the rest, so what does not fit is left out.

extension DiscoverySnapshot {
  /// Adds an `APIGroupDiscoveryList` (apidiscovery.k8s.io, v2 or v2beta1).
  /// - Returns: False when the value is something else.
  mutating func add(aggregated json: JSON) -> Bool {
    guard json["kind"]?.stringValue == "APIGroupDiscoveryList" else { return false }
    for item in json["items"]?.arrayValue ?? [] {
      let group = item["metadata"]?["name"]?.stringValue ?? ""
      var versions: [String] = []
      for entry in item["versions"]?.arrayValue ?? [] {
        guard let version = entry["version"]?.stringValue, !version.isEmpty else { continue }
        versions.append(version)
        let apiVersion = group.isEmpty ? version : "\(group)/\(version)"
        resources[apiVersion] = (entry["resources"]?.arrayValue ?? []).compactMap {
          APIResource(aggregated: $0, group: group, version: version)
        }
        if entry["freshness"]?.stringValue == "Stale" {
          failures[apiVersion] = "the aggregated API server did not answer; its resources may be out of date"
        }
      }
      if !versions.isEmpty { groups.append(APIGroup(name: group, versions: versions)) }
    }
    return true
  }

  /// The groups of an `APIGroupList`, preferred version first.
  static func groups(legacy json: JSON) -> [APIGroup] {
    (json["groups"]?.arrayValue ?? []).compactMap { entry in
      guard let name = entry["name"]?.stringValue, !name.isEmpty else { return nil }
      var versions = (entry["versions"]?.arrayValue ?? []).compactMap { $0["version"]?.stringValue }
      if let preferred = entry["preferredVersion"]?["version"]?.stringValue,
        let index = versions.firstIndex(of: preferred)
      {
        versions.insert(versions.remove(at: index), at: 0)
      }
      return versions.isEmpty ? nil : APIGroup(name: name, versions: versions)
    }
  }

  /// The resources of an `APIResourceList`, subresources folded into theirs.
  static func resources(legacy json: JSON, group: String, version: String) -> [APIResource] {
    var resources: [APIResource] = []
    var subresources: [String: [String]] = [:]
    for entry in json["resources"]?.arrayValue ?? [] {
      guard let name = entry["name"]?.stringValue, let kind = entry["kind"]?.stringValue else { continue }
      let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
      if parts.count == 2 {
        subresources[parts[0], default: []].append(parts[1])
        continue
      }
      resources.append(
        APIResource(
          resource: ResourceType(
            group: entry["group"]?.stringValue ?? group, version: entry["version"]?.stringValue ?? version, kind: kind,
            plural: name, scope: entry["namespaced"]?.boolValue == true ? .namespaced : .cluster),
          singularName: entry["singularName"]?.stringValue ?? "", shortNames: entry.strings("shortNames"),
          categories: entry.strings("categories"), verbs: entry.strings("verbs")))
    }
    for index in resources.indices {
      resources[index].subresources = subresources[resources[index].resource.plural] ?? []
    }
    return resources
  }
}

extension APIResource {
  fileprivate init?(aggregated json: JSON, group: String, version: String) {
    guard let plural = json["resource"]?.stringValue, !plural.isEmpty else { return nil }
    let response = json["responseKind"]
    guard let kind = response?["kind"]?.stringValue, !kind.isEmpty else { return nil }
    self.init(
      resource: ResourceType(
        group: group, version: version, kind: kind, plural: plural,
        scope: json["scope"]?.stringValue == "Namespaced" ? .namespaced : .cluster),
      singularName: json["singularResource"]?.stringValue ?? "", shortNames: json.strings("shortNames"),
      categories: json.strings("categories"), verbs: json.strings("verbs"),
      subresources: (json["subresources"]?.arrayValue ?? []).compactMap { $0["subresource"]?.stringValue })
  }
}

extension JSON {
  /// The strings in an array member; empty when there is none.
  fileprivate func strings(_ key: String) -> [String] { self[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
}
