internal import HTTPTypes
internal import WGECore

/// Serves what lies below an object: status, scale, tokens, evictions, the finalizers of namespaces.
struct Subresources: Sendable {
  let cluster: Cluster

  func respond(_ context: inout RequestContext, _ resource: Resource) throws -> Reply {
    guard let subresource = resource.subresource(context.info.subresource), context.info.rest.isEmpty else {
      if resource.isCustom { throw APIStatus.notFound(resource, context.info.name) }
      throw APIStatus.resourceNotFound
    }
    guard subresource.verbs.contains(context.info.verb) else { throw APIServer.notAllowed(context.info, resource) }
    context.form = try OutputForm(context, resource)
    switch subresource.role {
    case .status: return try part(&context, resource, .status) { $0["status"] = $1["status"] }
    case .approval:
      return try part(&context, resource, .field) { wanted, given in
        wanted.setValue(given["status"]?["conditions"], at: ["status", "conditions"])
      }
    case .ephemeralContainers: return try part(&context, resource, .field, PodSubresources.takeEphemeralContainers)
    case .resize: return try part(&context, resource, .field, PodSubresources.takeResources)
    case .binding: return try PodSubresources(cluster: cluster).bind(&context, resource)
    case .log: return try PodSubresources(cluster: cluster).log(&context, resource)
    case .connect: return try PodSubresources(cluster: cluster).connect(&context, resource)
    case .finalize: return try finalize(&context, resource)
    case .scale(let paths): return try ScaleView(cluster: cluster, resource: resource, paths: paths).respond(&context)
    case .token: return try Reviews.token(cluster, &context, resource)
    case .eviction: return try Eviction(cluster: cluster).evict(&context, resource)
    }
  }

  func live(_ context: RequestContext, _ resource: Resource) throws(APIStatus) -> StoredObject {
    let key = resource.storageKey(namespace: context.info.namespace, name: context.info.name)
    guard let stored = cluster.store.object(resource.storageName, key) else {
      throw .notFound(resource, context.info.name)
    }
    return stored
  }

  private func whole(_ stored: StoredObject, _ context: RequestContext, _ resource: Resource) -> Reply {
    .bytes(200, Reader(cluster: cluster).presentation(context, resource).whole(stored), context)
  }

  // MARK: Status

  /// - Parameter take: takes from what the client gave what this subresource writes.
  private func part(
    _ context: inout RequestContext, _ resource: Resource, _ part: UpdatePreparation.Part,
    _ take: (inout JSON, JSON) -> Void
  ) throws(APIStatus) -> Reply {
    let writer = Writer(cluster: cluster)
    switch context.info.verb {
    case "get":
      let stored = try live(context, resource)
      try Conversion(effects: context.effects).prepare([stored], resource)
      return whole(stored, context, resource)
    case "update":
      let options = try WriteOptions(context, "UpdateOptions")
      let object = try replacement(&context, resource, options)
      let manager = FieldManager(
        name: options.manager, operation: .update, apiVersion: resource.apiVersion,
        subresource: context.info.subresource)
      let ownership = FieldOwnership(schema: resource.schema, now: cluster.now.rfc3339, isCustom: resource.isCustom)
      let ignored = resource.ignoredFields(context.info.subresource)
      let stored = try writer.update(context, resource, options, part: part) { live in
        if part == .status { return ownership.update(live, to: object, by: manager, ignored: ignored) }
        var wanted = live
        take(&wanted, object)
        wanted.setValue(object["metadata"]?["resourceVersion"], at: ["metadata", "resourceVersion"])
        return ownership.update(live, to: wanted, by: manager)
      }
      return whole(stored, context, resource)
    default:
      let options = try WriteOptions(context, "PatchOptions")
      let patch = try PatchRequest(context, resource, options)
      let now = cluster.now.rfc3339
      var warnings: [String] = []
      let caller = context
      let stored = try writer.update(context, resource, options, part: part, isPatch: true) { live throws(APIStatus) in
        warnings = []
        let object = try patch.applied(to: live, exists: true, now: now, warnings: &warnings)
        try writer.checkName(object, caller)
        if patch.isApply || part == .status { return object }
        // Only these fields are written here, so only of them somebody becomes an owner.
        var wanted = live
        take(&wanted, object)
        let given = object["metadata"]?["resourceVersion"]
        if given != live["metadata"]?["resourceVersion"] {
          wanted.setValue(given, at: ["metadata", "resourceVersion"])
        }
        return FieldOwnership(schema: resource.schema, now: now).update(
          live, to: wanted,
          by: FieldManager(
            name: options.manager, operation: .update, apiVersion: resource.apiVersion,
            subresource: caller.info.subresource))
      }
      context.warnings += warnings
      return whole(stored, context, resource)
    }
  }

  private func replacement(_ context: inout RequestContext, _ resource: Resource, _ options: WriteOptions)
    throws(APIStatus) -> JSON
  {
    let object = try ObjectDecoder(resource: resource, validation: options.validation).decode(&context)
    try Writer(cluster: cluster).checkName(object, context)
    return object
  }

  /// PUT namespaces/x/finalize: the finalizers of the spec, which decide when a namespace goes.
  private func finalize(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    let options = try WriteOptions(context, "UpdateOptions")
    let object = try replacement(&context, resource, options)
    let stored = try Writer(cluster: cluster).update(context, resource, options, part: .field, isPatch: true) { live in
      var wanted = live
      wanted.setValue(object["spec"]?["finalizers"], at: ["spec", "finalizers"])
      return wanted
    }
    return whole(stored, context, resource)
  }
}
