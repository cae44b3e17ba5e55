internal import HTTPTypes
internal import WGECore
internal import WGEKube

/// The request pipeline, stage by stage. Each stage is a function that passes the request on or
/// refuses it with a Status; the list in ``respond(to:as:)`` is the whole order of things.
struct APIServer: Sendable {
  let cluster: Cluster

  /// Most times that a request may stop for webhooks: each stop answers at least one question.
  static let maximumStops = 256

  func respond(to request: KubeRequest, as identity: LocalCluster.Authentication) async -> Reply {
    let effects = Effects()
    for _ in 0..<Self.maximumStops {
      if let reply = attempt(request, identity, effects) { return reply }
      await cluster.webhooks.ask(effects.takeOpen(), effects)
      if Task.isCancelled { break }
    }
    return .failure(.internalError("the request was not finished within \(Self.maximumStops) rounds of webhooks"))
  }

  /// One run through the stages; nil when it has to stop for an answer from outside.
  private func attempt(_ request: KubeRequest, _ identity: LocalCluster.Authentication, _ effects: Effects) -> Reply? {
    var warnings: [String] = []
    do {
      try Self.limit(request)
      let query = QueryOptions(request.query)
      let info = try RequestInfo(request, query: query)
      let authenticated = try Authenticator(cluster: cluster).authenticate(request, as: identity)
      let user = try Impersonation(cluster: cluster).impersonate(request, as: authenticated, for: info)
      var context = RequestContext(request: request, query: query, info: info, user: user, effects: effects)
      defer { warnings = context.warnings }
      try authorize(context)
      return try route(&context)
    } catch let status as APIStatus {
      if status.isSuspended { return nil }
      return .failure(status, warnings: warnings + effects.warnings, accept: request.headers[.accept])
    } catch {
      return .failure(.internalError("\(error)"), warnings: warnings)
    }
  }

  private static func limit(_ request: KubeRequest) throws(APIStatus) {
    if request.body.count > Defaults.maximumBody { throw .tooLarge }
  }

  private func authorize(_ context: RequestContext) throws(APIStatus) {
    let access = AccessAttributes(context.info)
    if !cluster.authorizer.decide(context.user, access).allowed { throw Authorizer.refusal(context.user, access) }
  }

  private func route(_ context: inout RequestContext) throws -> Reply {
    let info = context.info
    guard info.isResource else { return try NonResources(cluster: cluster).respond(&context) }
    guard let resource = cluster.registry.resource(group: info.group, version: info.version, plural: info.plural),
      resource.isNamespaced == !info.namespace.isEmpty || isAcrossNamespaces(info, resource)
    else { throw unknown(info) }
    if let warning = deprecation(resource) { context.warnings.append(warning) }
    if !info.subresource.isEmpty { return try Subresources(cluster: cluster).respond(&context, resource) }
    // What is only created has no path with a name, and none without a namespace where it has one.
    let isNamespaceless = resource.isNamespaced && info.namespace.isEmpty
    let isNamed = !info.name.isEmpty && !resource.verbs.contains("get")
    if !resource.isCustom, isNamespaceless || isNamed, !resource.verbs.contains("list") {
      throw APIStatus.resourceNotFound
    }
    guard resource.verbs.contains(info.verb) || info.verb == "list" && resource.verbs.contains("list") else {
      throw Self.notAllowed(info, resource)
    }
    // The router of the built-in kinds knows no HEAD, and creates only in a namespace.
    let isWide = ["create", "deletecollection"].contains(info.verb) && resource.isNamespaced && info.namespace.isEmpty
    if !resource.isCustom, info.method == .head || isWide {
      throw APIStatus.methodNotAllowed
    }
    switch info.verb {
    case "get": return try Reader(cluster: cluster).get(&context, resource)
    case "list": return try Reader(cluster: cluster).list(&context, resource)
    case "watch": return try WatchService(cluster: cluster).watch(&context, resource)
    case "create":
      guard info.name.isEmpty else { throw Self.notAllowed(info, resource) }
      if resource.plural == "bindings", resource.group.isEmpty {
        guard let pods = cluster.registry.resource(group: "", version: "v1", plural: "pods") else {
          throw unknown(info)
        }
        return try PodSubresources(cluster: cluster).bind(&context, pods)
      }
      if let review = Reviews.handler(resource) { return try review(cluster, &context, resource) }
      return try Writer(cluster: cluster).create(&context, resource)
    case "update":
      guard !info.name.isEmpty else { throw Self.notAllowed(info, resource) }
      return try Writer(cluster: cluster).replace(&context, resource)
    case "patch":
      guard !info.name.isEmpty else { throw Self.notAllowed(info, resource) }
      return try Writer(cluster: cluster).patch(&context, resource)
    case "delete": return try Deleter(cluster: cluster).delete(&context, resource)
    case "deletecollection": return try Deleter(cluster: cluster).deleteCollection(&context, resource)
    default: throw Self.notAllowed(info, resource)
    }
  }

  /// Namespaced resources are read across namespaces; namespaces themselves are addressed as if
  /// they lay in themselves.
  private func isAcrossNamespaces(_ info: RequestInfo, _ resource: Resource) -> Bool {
    if resource.isNamespaced {
      return info.namespace.isEmpty && ["list", "watch", "create", "deletecollection"].contains(info.verb)
    }
    return resource.plural == "namespaces" && resource.group.isEmpty
  }

  private func deprecation(_ resource: Resource) -> String? {
    if resource.group.isEmpty {
      switch resource.plural {
      case "endpoints": return "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
      case "componentstatuses": return "v1 ComponentStatus is deprecated in v1.19+"
      default: return nil
      }
    }
    guard let custom = resource.custom, custom.isDeprecated else { return nil }
    return custom.deprecationWarning
  }

  private func unknown(_ info: RequestInfo) -> APIStatus {
    BuiltInResources.groups.contains(info.group) ? .resourceNotFound : .pageNotFound
  }

  static func notAllowed(_ info: RequestInfo, _ resource: Resource) -> APIStatus {
    guard resource.isCustom else { return .methodNotAllowed }
    return APIStatus(
      405, "MethodNotAllowed", "\(info.verb) is not supported on resources of kind \"\(resource.groupResource)\"",
      details: .init(group: resource.group, kind: resource.plural))
  }
}
