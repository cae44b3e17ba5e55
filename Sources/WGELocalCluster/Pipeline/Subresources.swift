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
    guard subresource.verbs.contains(context.info.verb) else { throw APIStatus.methodNotAllowed }
    context.form = try OutputForm(accept: context.accept)
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
    case .scale(let paths): return try scale(&context, resource, paths)
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
    case "get": return whole(try live(context, resource), context, resource)
    case "update":
      let options = try WriteOptions(context, "UpdateOptions")
      let object = try replacement(&context, resource, options)
      let manager = FieldManager(
        name: options.manager, operation: .update, apiVersion: resource.apiVersion,
        subresource: context.info.subresource)
      let ownership = FieldOwnership(schema: resource.schema, now: cluster.now.rfc3339)
      let stored = try writer.update(context, resource, options, part: part) { live in
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
        if patch.isApply { return object }
        // Only the status is written here, so only of the status somebody becomes an owner.
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
    var duplicates: [String] = []
    let body = try BodyFormat.parse(
      context.body, mediaType: context.mediaType, resource.schema, duplicates: &duplicates)
    let object = try ObjectDecoder(resource: resource, validation: options.validation)
      .decode(body, duplicates: duplicates, origin: .body, warnings: &context.warnings)
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

  // MARK: Scale

  private func scale(_ context: inout RequestContext, _ resource: Resource, _ paths: ScalePaths) throws(APIStatus)
    -> Reply
  {
    let current = try live(context, resource)
    if context.info.verb == "get" {
      return .json(200, try Self.scaleObject(Presentation.present(current.json, resource), paths, resource), context)
    }
    let options = try WriteOptions(context, context.info.verb == "patch" ? "PatchOptions" : "UpdateOptions")
    var duplicates: [String] = []
    let type = context.mediaType
    let body =
      try type.contains("patch")
      ? BodyFormat.json(context.body, duplicates: &duplicates)
      : BodyFormat.parse(context.body, mediaType: type, .reference("Scale"), duplicates: &duplicates)
    let isPatch = context.info.verb == "patch"
    let manager = FieldManager(
      name: options.manager, operation: .update, apiVersion: resource.apiVersion, subresource: "scale")
    let stored = try Writer(cluster: cluster).update(
      context, resource, options, part: .field, isPatch: isPatch,
      seenAs: { json throws(APIStatus) in try Self.scaleObject(json, paths, resource) }
    ) { live throws(APIStatus) in
      var scale = try Self.scaleObject(live, paths, resource)
      if isPatch {
        switch type {
        case "application/json-patch+json":
          do throws(JSONPatchError) { scale = try JSONPatch(body).apply(to: scale) } catch { throw APIStatus(error) }
        case "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml":
          scale = scale.applyingMergePatch(body)
        default: throw .unsupportedMediaType(PatchRequest.mediaTypes)
        }
      } else {
        scale = body
      }
      let wanted = scale["spec"]?["replicas"] ?? 0
      guard let replicas = wanted.intValue, let exact = Int32(exactly: replicas) else {
        throw .badRequest(
          "Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal \(TypedDecoder.goKind(wanted)) into Go struct field ScaleSpec.spec.replicas of type int32"
        )
      }
      if exact < 0 {
        throw .invalid(
          kind: "Scale", group: "autoscaling", name: live["metadata"]?["name"]?.stringValue ?? "",
          [.invalid("spec.replicas", wanted, "must be greater than or equal to 0")])
      }
      var object = live
      object.setValue(.number(.int(replicas)), at: paths.specReplicas)
      if let version = scale["metadata"]?["resourceVersion"] {
        object.setValue(version, at: ["metadata", "resourceVersion"])
      }
      var owned = FieldOwnership(schema: resource.schema, now: "").update(live, to: object, by: manager)
      // Upstream records no time for what changed by way of a scale.
      var entries = owned["metadata"]?["managedFields"]?.arrayValue ?? []
      for index in entries.indices where entries[index]["time"]?.stringValue == "" { entries[index]["time"] = nil }
      if !entries.isEmpty { owned.setValue(.array(entries), at: ["metadata", "managedFields"]) }
      return owned
    }
    return .json(200, try Self.scaleObject(Presentation.present(stored.json, resource), paths, resource), context)
  }

  private static func scaleObject(_ json: JSON, _ paths: ScalePaths, _ resource: Resource) throws(APIStatus) -> JSON {
    let replicas = json.value(at: paths.specReplicas)?.intValue
    if resource.isCustom, replicas == nil {
      throw APIStatus.internalError(
        "the spec replicas field \".\(paths.specReplicas.joined(separator: "."))\" does not exist")
    }
    var metadata: JSON = [:]
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
      if let value = json["metadata"]?[field] { metadata[field] = value }
    }
    var status: JSON = ["replicas": .number(.int(json.value(at: paths.statusReplicas)?.intValue ?? 0))]
    if let path = paths.selector, let selector = json.value(at: path) {
      let text: String
      switch selector {
      case .string(let given): text = given
      case .object(let object) where object["matchLabels"] != nil || object["matchExpressions"] != nil:
        text = LabelSelection(selector).text
      default: text = LabelSelection(["matchLabels": selector]).text
      }
      if !text.isEmpty { status["selector"] = .string(text) }
    }
    return [
      "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
      "spec": ["replicas": .number(.int(replicas ?? 0))], "status": status,
    ]
  }
}
