internal import WGECore

/// Everything that is served now: the built-in resources and those of established definitions.
/// Immutable; a changed definition makes a new one.
struct Registry: Sendable {
  struct Group: Sendable {
    var name: String
    /// In order of preference.
    var versions: [String]
  }

  /// In discovery order; the core group is not among them.
  private(set) var groups: [Group] = []
  /// By `group/version`, in discovery order.
  private(set) var byVersion: [String: [Resource]] = [:]
  private var byPath: [String: Resource] = [:]

  init(_ resources: [Resource]) {
    for resource in resources { add(resource) }
  }

  private mutating func add(_ resource: Resource) {
    let gv = "\(resource.group)/\(resource.version)"
    byVersion[gv, default: []].append(resource)
    byPath["\(gv)/\(resource.plural)"] = resource
    guard !resource.group.isEmpty else { return }
    if let index = groups.firstIndex(where: { $0.name == resource.group }) {
      if !groups[index].versions.contains(resource.version) { groups[index].versions.append(resource.version) }
    } else {
      groups.append(Group(name: resource.group, versions: [resource.version]))
    }
  }

  func adding(_ resources: [Resource]) -> Registry {
    var copy = self
    for resource in resources { copy.add(resource) }
    for index in copy.groups.indices { copy.groups[index].versions.sort(by: APIVersionOrder.precedes) }
    return copy
  }

  func resource(group: String, version: String, plural: String) -> Resource? {
    byPath["\(group)/\(version)/\(plural)"]
  }

  func serves(group: String, version: String) -> Bool { byVersion["\(group)/\(version)"] != nil }

  /// The resource of a kind, at that version.
  func resource(apiVersion: String, kind: String) -> Resource? {
    let key = apiVersion.contains("/") ? apiVersion : "/\(apiVersion)"
    return byVersion[key]?.first { $0.kind == kind }
  }

  /// One resource per place of storage, at the preferred version.
  var stored: [Resource] {
    var seen = Set<String>()
    var result: [Resource] = []
    for resource in (byVersion["/v1"] ?? []) where resource.verbs.contains("list") {
      if seen.insert(resource.storageName).inserted { result.append(resource) }
    }
    for group in groups {
      for version in group.versions {
        for resource in byVersion["\(group.name)/\(version)"] ?? [] where resource.verbs.contains("list") {
          if seen.insert(resource.storageName).inserted { result.append(resource) }
        }
      }
    }
    return result
  }
}

/// The order of API versions in which Kubernetes prefers them: v2 before v1 before v1beta2 before
/// v1beta1 before v1alpha1 before anything else, alphabetically.
enum APIVersionOrder {
  static func precedes(_ a: String, _ b: String) -> Bool {
    switch (parse(a), parse(b)) {
    case (let x?, let y?):
      if x.stage != y.stage { return x.stage > y.stage }
      if x.major != y.major { return x.major > y.major }
      return x.minor > y.minor
    case (nil, nil): return a < b
    case (_?, nil): return true
    case (nil, _?): return false
    }
  }

  private static func parse(_ version: String) -> (stage: Int, major: Int, minor: Int)? {
    guard version.hasPrefix("v") else { return nil }
    let rest = version.dropFirst()
    for (word, stage) in [("alpha", 1), ("beta", 2)] {
      guard let range = find(word, in: rest) else { continue }
      guard let major = Int(rest[..<range.lowerBound]), let minor = Int(rest[range.upperBound...]) else { return nil }
      return (stage, major, minor)
    }
    return Int(rest).map { (3, $0, 0) }
  }

  private static func find(_ word: String, in text: Substring) -> Range<Substring.Index>? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(word) { return start..<text.index(start, offsetBy: word.count) }
      start = text.index(after: start)
    }
    return nil
  }
}
