internal import HTTPTypes
internal import WGECore

/// The discovery documents: which groups, versions and resources are served.
struct Discovery: Sendable {
  let registry: Registry

  func respond(_ context: inout RequestContext, _ segments: [String]) throws -> Reply {
    context.form = try OutputForm(accept: context.accept, shapes: ["APIGroupDiscoveryList"])
    let isCore = segments[0] == "api"
    if segments.count == 1, case .aggregatedDiscovery(let version) = context.form.shape {
      return try aggregated(&context, isCore: isCore, version: version)
    }
    switch (isCore, segments.count) {
    case (true, 1):
      return .json(
        200,
        [
          "kind": "APIVersions", "versions": ["v1"],
          "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:443"]],
        ], context)
    case (true, 2): return try resources(context, group: "", version: segments[1])
    case (false, 1):
      return .json(
        200,
        [
          "kind": "APIGroupList", "apiVersion": "v1",
          "groups": .array(registry.groups.map { group($0, isAlone: false) }),
        ],
        context)
    case (false, 2):
      guard let known = registry.groups.first(where: { $0.name == segments[1] }) else { throw APIStatus.pageNotFound }
      return .json(200, group(known, isAlone: true), context)
    case (false, 3): return try resources(context, group: segments[1], version: segments[2])
    default: throw APIStatus.pageNotFound
    }
  }

  private func group(_ group: Registry.Group, isAlone: Bool) -> JSON {
    func version(_ name: String) -> JSON {
      ["groupVersion": .string("\(group.name)/\(name)"), "version": .string(name)]
    }
    var result: JSON = [
      "name": .string(group.name), "versions": .array(group.versions.map(version)),
      "preferredVersion": version(group.versions.first ?? ""),
    ]
    if isAlone {
      result["kind"] = "APIGroup"
      result["apiVersion"] = "v1"
    }
    return result
  }

  private func resources(_ context: RequestContext, group: String, version: String) throws -> Reply {
    guard let served = registry.byVersion["\(group)/\(version)"] else {
      throw BuiltInResources.groups.contains(group) ? APIStatus.resourceNotFound : APIStatus.pageNotFound
    }
    var list: [JSON] = []
    for resource in served {
      var entry: JSON = [
        "name": .string(resource.plural), "singularName": .string(resource.singular),
        "namespaced": .bool(resource.isNamespaced),
        "kind": .string(resource.kind), "verbs": .array(resource.verbs.map(JSON.string)),
      ]
      if !resource.shortNames.isEmpty { entry["shortNames"] = .array(resource.shortNames.map(JSON.string)) }
      if !resource.categories.isEmpty { entry["categories"] = .array(resource.categories.map(JSON.string)) }
      list.append(entry)
      for subresource in resource.subresources {
        var entry: JSON = [
          "name": .string("\(resource.plural)/\(subresource.name)"), "singularName": "",
          "namespaced": .bool(resource.isNamespaced), "kind": .string(subresource.kind),
          "verbs": .array(subresource.verbs.map(JSON.string)),
        ]
        if let (group, version) = Self.foreign(subresource) {
          entry["group"] = .string(group)
          entry["version"] = .string(version)
        }
        list.append(entry)
      }
    }
    if !group.isEmpty, served.first?.isCustom == false {
      list.sort { ($0["name"]?.stringValue ?? "") < ($1["name"]?.stringValue ?? "") }
    }
    return .json(
      200,
      [
        "kind": "APIResourceList", "apiVersion": "v1",
        "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"), "resources": .array(list),
      ], context)
  }

  /// The group of a subresource whose kind belongs elsewhere.
  private static func foreign(_ subresource: Subresource) -> (String, String)? {
    switch subresource.kind {
    case "Scale": ("autoscaling", "v1")
    case "TokenRequest": ("authentication.k8s.io", "v1")
    case "Eviction": ("policy", "v1")
    default: nil
    }
  }

  // MARK: Aggregated

  private func aggregated(_ context: inout RequestContext, isCore: Bool, version: String) throws -> Reply {
    guard version == "v2" || version == "v2beta1" else { throw APIStatus.notAcceptable(OutputForm.offered) }
    let groups = isCore ? [Registry.Group(name: "", versions: ["v1"])] : registry.groups
    let items = groups.map { group -> JSON in
      let versions = group.versions.map { version -> JSON in
        let served = registry.byVersion["\(group.name)/\(version)"] ?? []
        return [
          "version": .string(version), "freshness": "Current", "resources": .array(served.map { aggregated($0) }),
        ]
      }
      var metadata: JSON = [:]
      if !group.name.isEmpty { metadata["name"] = .string(group.name) }
      return ["metadata": metadata, "versions": .array(versions)]
    }
    let body: JSON = [
      "kind": "APIGroupDiscoveryList", "apiVersion": .string("apidiscovery.k8s.io/\(version)"), "metadata": [:],
      "items": .array(items),
    ]
    return .typed(
      "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList", body.serialized())
  }

  private func aggregated(_ resource: Resource) -> JSON {
    func kind(_ group: String, _ version: String, _ kind: String) -> JSON {
      ["group": .string(group), "version": .string(version), "kind": .string(kind)]
    }
    var entry: JSON = [
      "resource": .string(resource.plural),
      "responseKind": kind(resource.group, resource.version, resource.kind),
      "scope": resource.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(resource.singular),
      "verbs": .array(resource.verbs.map(JSON.string)),
    ]
    if !resource.shortNames.isEmpty { entry["shortNames"] = .array(resource.shortNames.map(JSON.string)) }
    if !resource.categories.isEmpty { entry["categories"] = .array(resource.categories.map(JSON.string)) }
    if !resource.subresources.isEmpty {
      entry["subresources"] = .array(
        resource.subresources.map { subresource in
          let (group, version) = Self.foreign(subresource) ?? (resource.group, resource.version)
          return [
            "subresource": .string(subresource.name), "responseKind": kind(group, version, subresource.kind),
            "verbs": .array(subresource.verbs.map(JSON.string)),
          ]
        })
    }
    return entry
  }
}
