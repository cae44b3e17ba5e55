internal import HTTPTypes
internal import WGECore

/// An object seen as autoscaling/v1 Scale: its replica count, read and written by itself.
///
/// A write is one to the Scale, owners and all, that is carried back to the object: who owns
/// `.spec.replicas` of the Scale owns the replica count of the object.
struct ScaleView: Sendable {
  let cluster: Cluster
  let resource: Resource
  let paths: ScalePaths

  private static let apiVersion = "autoscaling/v1"
  private static let replicas: [PathElement] = [.field("spec"), .field("replicas")]

  func respond(_ context: inout RequestContext) throws -> Reply {
    let key = resource.storageKey(namespace: context.info.namespace, name: context.info.name)
    guard cluster.store.object(resource.storageName, key) != nil else {
      throw APIStatus.notFound(resource, context.info.name)
    }
    let caller = context
    let change: (JSON, inout [String]) throws(APIStatus) -> JSON
    let isPatch = context.info.verb == "patch"
    let options: WriteOptions
    let now = cluster.now.rfc3339
    switch context.info.verb {
    case "get":
      guard let stored = cluster.store.object(resource.storageName, key) else {
        throw APIStatus.notFound(resource, context.info.name)
      }
      try Conversion(effects: context.effects).prepare([stored], resource)
      return .json(200, Self.withoutOwners(try scale(Presentation.present(stored, resource))), context)
    case "patch":
      options = try WriteOptions(context, "PatchOptions")
      let patch = try PatchRequest(context, shape, options)
      change = { scale, warnings throws(APIStatus) in
        try patch.applied(to: scale, exists: true, now: now, warnings: &warnings)
      }
    default:
      options = try WriteOptions(context, "UpdateOptions")
      let given = try ObjectDecoder(resource: shape, validation: options.validation).decode(&context)
      let manager = FieldManager(
        name: options.manager, operation: .update, apiVersion: Self.apiVersion, subresource: "scale")
      let schema = shape.schema
      change = { scale, _ throws(APIStatus) in
        FieldOwnership(schema: schema, now: now).update(scale, to: given, by: manager)
      }
    }
    let writer = Writer(cluster: cluster)
    var warnings: [String] = []
    let stored = try writer.update(
      context, resource, options, part: .field, isPatch: true, seenAs: { json throws(APIStatus) in try scale(json) }
    ) {
      live throws(APIStatus) in
      warnings = []
      let changed = try change(try scale(live), &warnings)
      try writer.checkName(changed, caller)
      return try carry(changed, to: live)
    }
    context.warnings += isPatch ? warnings : []
    return .json(200, Self.withoutOwners(try scale(Presentation.present(stored, resource))), context)
  }

  /// What a Scale is to the rest of the pipeline: a resource named as the one that is scaled.
  private var shape: Resource {
    Resource(
      group: "autoscaling", version: "v1", kind: "Scale", plural: resource.plural, isNamespaced: resource.isNamespaced,
      schema: .reference("Scale"))
  }

  private static func withoutOwners(_ scale: JSON) -> JSON {
    FieldOwnership.strip(scale)
  }

  /// The object as a Scale.
  private func scale(_ json: JSON) throws(APIStatus) -> JSON {
    let replicas = json.value(at: paths.specReplicas)?.intValue
    if resource.isCustom, replicas == nil {
      throw APIStatus.internalError(
        "the spec replicas field \".\(paths.specReplicas.joined(separator: "."))\" does not exist")
    }
    var metadata: JSON = [:]
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
      if let value = json["metadata"]?[field] { metadata[field] = value }
    }
    var managed = ManagedFields()
    for entry in owners(json).entries where entry.fields.contains(path) {
      var manager = entry.manager
      manager.apiVersion = Self.apiVersion
      managed.entries.append(.init(manager: manager, fields: FieldSet(paths: [Self.replicas]), time: entry.time))
    }
    metadata["managedFields"] = managed.json
    var status: JSON = ["replicas": .number(.int(json.value(at: paths.statusReplicas)?.intValue ?? 0))]
    if let text = selector(json), !text.isEmpty { status["selector"] = .string(text) }
    return [
      "kind": "Scale", "apiVersion": .string(Self.apiVersion), "metadata": metadata,
      "spec": ["replicas": .number(.int(replicas ?? 0))], "status": status,
    ]
  }

  private func selector(_ json: JSON) -> String? {
    guard let path = paths.selector, let selector = json.value(at: path) else { return nil }
    switch selector {
    case .string(let given): return given
    case .object(let object) where object["matchLabels"] != nil || object["matchExpressions"] != nil:
      return LabelSelector(selector).text
    default: return LabelSelector(["matchLabels": selector]).text
    }
  }

  private var path: [PathElement] { paths.specReplicas.map(PathElement.field) }

  private func owners(_ json: JSON) -> ManagedFields {
    ManagedFields(json["metadata"]?["managedFields"]) ?? ManagedFields()
  }

  /// The object with the replica count, and its owners, of a changed Scale.
  private func carry(_ scale: JSON, to live: JSON) throws(APIStatus) -> JSON {
    let wanted = scale["spec"]?["replicas"]?.intValue ?? 0
    if wanted < 0 {
      throw .invalid(
        kind: "Scale", group: "autoscaling", name: live["metadata"]?["name"]?.stringValue ?? "",
        [.invalid("spec.replicas", .number(.int(wanted)), "must be greater than or equal to 0")])
    }
    var object = live
    object.setValue(.number(.int(wanted)), at: paths.specReplicas)
    for field in ["resourceVersion", "uid"] {
      if let value = scale["metadata"]?[field] { object.setValue(value, at: ["metadata", field]) }
    }
    var managed = owners(live)
    let now = owners(scale).entries.map(\.manager)
    func isOwner(_ manager: FieldManager) -> Bool {
      now.contains {
        $0.name == manager.name && $0.operation == manager.operation && $0.subresource == manager.subresource
      }
    }
    managed.take(FieldSet(paths: [path])) { !isOwner($0) }
    for manager in now
    where !managed.entries.contains(where: {
      $0.fields.contains(path) && $0.manager.name == manager.name && $0.manager.operation == manager.operation
        && $0.manager.subresource == manager.subresource
    }) {
      var owner = manager
      owner.apiVersion = resource.apiVersion
      // Upstream records no time for what changed by way of a scale.
      managed.set(owner, (managed[owner] ?? FieldSet()).union(FieldSet(paths: [path])), time: nil)
    }
    object.setValue(managed.json, at: ["metadata", "managedFields"])
    return object
  }
}
