public import WGECore

/// One resource that a server offers.
public struct APIResource: Sendable, Hashable {
  /// How to address it.
  public var resource: ResourceType
  /// `deployment`; empty when the server gives none.
  public var singularName: String
  /// `deploy`, `po`.
  public var shortNames: [String]
  /// `all` and other groups of resources that people list at once.
  public var categories: [String]
  /// `get`, `list`, `watch` and so on.
  public var verbs: [String]
  /// `status`, `scale`, `eviction`.
  public var subresources: [String]

  /// With these values; the properties say what they mean.
  public init(
    resource: ResourceType, singularName: String = "", shortNames: [String] = [], categories: [String] = [],
    verbs: [String] = [], subresources: [String] = []
  ) {
    self.resource = resource
    self.singularName = singularName
    self.shortNames = shortNames
    self.categories = categories
    self.verbs = verbs
    self.subresources = subresources
  }
}

/// One API group and its versions, the preferred one first.
public struct APIGroup: Sendable, Hashable {
  /// Empty for the core group.
  public var name: String
  /// The preferred one first.
  public var versions: [String]

  /// The version that the server prefers.
  public var preferredVersion: String? { versions.first }

  /// With these values; the properties say what they mean.
  public init(name: String, versions: [String]) {
    self.name = name
    self.versions = versions
  }
}

/// What a server offers at one moment.
public struct DiscoverySnapshot: Sendable, Hashable {
  /// In the server's order, which is its order of preference.
  public var groups: [APIGroup]
  /// By `apiVersion`.
  public var resources: [String: [APIResource]]
  /// Group versions that could not be read, by `apiVersion`, with the reason: an aggregated API
  /// server that is down takes only its own resources away.
  public var failures: [String: String]

  /// With these values; the properties say what they mean.
  public init(groups: [APIGroup] = [], resources: [String: [APIResource]] = [:], failures: [String: String] = [:]) {
    self.groups = groups
    self.resources = resources
    self.failures = failures
  }

  /// The resource of a kind in a version.
  public func resource(for kind: GroupVersionKind) -> APIResource? {
    resources[kind.apiVersion]?.first { $0.resource.kind == kind.kind }
  }

  /// The resource of a kind in the version that the server prefers among those that have it.
  public func preferredResource(group: String, kind: String) -> APIResource? {
    for version in groups.first(where: { $0.name == group })?.versions ?? [] {
      if let found = resource(for: GroupVersionKind(group: group, version: version, kind: kind)) { return found }
    }
    return nil
  }

  /// The resource that a person means by `deployments`, `deployment`, `deploy`, `Deployment` or
  /// `deployments.apps`: the first in the server's order of preference.
  public func resource(named name: String) -> APIResource? {
    let lowered = name.lowercased()
    for group in groups {
      var wanted = lowered
      if !group.name.isEmpty, lowered.hasSuffix("." + group.name) {
        wanted = String(lowered.dropLast(group.name.count + 1))
      }
      for version in group.versions {
        let apiVersion = group.name.isEmpty ? version : "\(group.name)/\(version)"
        let match = resources[apiVersion]?.first {
          $0.resource.plural == wanted || $0.singularName == wanted || $0.shortNames.contains(wanted)
            || $0.resource.kind.lowercased() == wanted
        }
        if let match { return match }
      }
    }
    return nil
  }
}
