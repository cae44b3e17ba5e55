internal import HTTPTypes
internal import WGECore

/// What a deletion asks for: `metav1.DeleteOptions`, from the body or, where there is none, the query.
struct DeleteOptions: Sendable {
  enum Propagation: String, Sendable {
    case orphan = "Orphan"
    case background = "Background"
    case foreground = "Foreground"
  }

  var propagation: Propagation?
  var uid: String?
  var resourceVersion: String?
  var dryRun = false
  /// How long the object may take to end, in seconds; negative numbers mean one. Only pods look at it.
  var gracePeriod: Int64?

  /// Deletes without waiting.
  init() { gracePeriod = 0 }

  /// The body, typed. Fields that it should not have are ignored.
  private static func read(_ context: RequestContext) throws(APIStatus) -> JSON {
    let parsed: ParsedBody
    switch context.mediaType {
    case "", "application/json":
      parsed = try BodyFormat.json(context.body) { .badRequest("couldn't get version/kind; json parse error: \($0)") }
    default:
      parsed = try BodyFormat.parse(
        context.body, mediaType: context.mediaType, .reference("DeleteOptions"), kind: "DeleteOptions")
    }
    if let kind = parsed.json["kind"]?.stringValue, !kind.isEmpty, kind != "DeleteOptions" {
      let version = parsed.json["apiVersion"]?.stringValue ?? ""
      throw .badRequest(
        "no kind \(FieldError.quote(kind)) is registered for version \(FieldError.quote(version)) in scheme \"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27\""
      )
    }
    guard let structure = TypeTable.builtIn.type("DeleteOptions") else { return parsed.json }
    var decoder = TypedDecoder()
    do { return try decoder.decode(parsed.json.isNull ? [:] : parsed.json, as: structure) } catch let failure
      as TypedDecoder.Failure
    { throw .badRequest(failure.problem) } catch { throw .internalError("\(error)") }
  }

  init(_ context: RequestContext) throws(APIStatus) {
    // A body speaks for itself: the query counts only where there is none.
    if context.body.isEmpty {
      try self.init([:], context.query)
    } else {
      try self.init(Self.read(context), QueryOptions([]))
    }
  }

  /// - Parameter body: `metav1.DeleteOptions`.
  init(_ body: JSON, _ query: QueryOptions) throws(APIStatus) {
    let dry = body["dryRun"]?.arrayValue?.compactMap(\.stringValue) ?? []
    if !dry.allSatisfy({ $0 == "All" }) {
      throw .invalidOptions("DeleteOptions", .notSupported("dryRun", .array(dry.map(JSON.string)), ["All"]))
    }
    dryRun = try query.dryRun("DeleteOptions") || !dry.isEmpty
    gracePeriod = try query.integer("gracePeriodSeconds")
    if let given = body["gracePeriodSeconds"]?.intValue { gracePeriod = given }
    uid = body["preconditions"]?["uid"]?.stringValue
    resourceVersion = body["preconditions"]?["resourceVersion"]?.stringValue
    var policy = body["propagationPolicy"]?.stringValue ?? ""
    if policy.isEmpty { policy = query.text("propagationPolicy") }
    var orphans = body["orphanDependents"]?.boolValue
    if orphans == nil, query.has("orphanDependents") { orphans = query.flag("orphanDependents") }
    if !policy.isEmpty {
      if orphans != nil {
        throw .invalidOptions(
          "DeleteOptions",
          .invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"))
      }
      guard let known = Propagation(rawValue: policy) else {
        throw .invalidOptions(
          "DeleteOptions",
          .notSupported("propagationPolicy", .string(policy), ["Foreground", "Background", "Orphan", "nil"]))
      }
      propagation = known
    } else if let orphans {
      propagation = orphans ? .orphan : .background
    }
  }
}

/// Deletes objects and collections.
///
/// An object with finalizers is only marked; it goes when the last finalizer goes. A pod that is bound
/// to a node is marked too, with its grace period: there is no kubelet here that ends it, so a client
/// deletes it once more with a period of zero. Built-in controllers do not wait for what never comes.
struct Deleter: Sendable {
  let cluster: Cluster

  /// Kinds whose deletion answers with the object instead of a Status.
  private static let returnsObject: Set<String> = [
    "pods", "podtemplates", "persistentvolumes", "persistentvolumeclaims", "resourcequotas", "serviceaccounts",
    "services",
  ]

  /// Kinds whose dependents stay unless the client says otherwise, as they did before there was a
  /// garbage collector.
  private static let orphansByDefault: Set<String> = ["jobs.batch", "replicationcontrollers"]

  enum Outcome {
    case deleted(StoredObject)
    case marked(StoredObject)
  }

  func delete(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, resource)
    var options = try DeleteOptions(context)
    let name = context.info.name
    try NamespaceLifecycle(cluster: cluster).admitDelete(name, resource)
    let key = resource.storageKey(namespace: context.info.namespace, name: name)
    if options.propagation == nil, Self.orphansByDefault.contains(resource.storageName) {
      options.propagation = .orphan
      if resource.plural == "jobs" {
        context.warnings.append(
          "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning"
        )
      }
    }
    let outcome = try delete(resource, key: key, name: name, options, context)
    let presentation = Reader(cluster: cluster).presentation(context, resource)
    switch outcome {
    case .marked(let stored): return .bytes(200, presentation.whole(stored), context)
    case .deleted(let stored):
      if !resource.isCustom, Self.returnsObject.contains(resource.storageName) {
        return .bytes(200, presentation.whole(stored), context)
      }
      return .json(200, APIStatus.deleted(resource, name: name, uid: stored.uid), context)
    }
  }

  /// - Parameter context: the request that deletes; nil for the built-in controllers, which no webhook is told of.
  func delete(
    _ resource: Resource, key: String, name: String, _ options: DeleteOptions, _ context: RequestContext? = nil
  ) throws(APIStatus) -> Outcome {
    for _ in 0..<16 {
      guard let current = cluster.store.object(resource.storageName, key) else { throw .notFound(resource, name) }
      try check(options, current, resource, name)
      if let context { try admit(current, resource, name, options, context) }
      let conversion = context.map { Conversion(effects: $0.effects) }
      let ending = resource.storageName == "pods" ? PodEnding(current.json, options, now: cluster.now) : nil
      if ending == .pending { return .marked(current) }
      let marked = mark(current, resource, options, ending)
      let preview = try marked.flatMap { state throws(APIStatus) in try conversion?.preview(state, resource) }
      func shown(_ stored: StoredObject) -> StoredObject {
        conversion?.complete(stored, preview, resource) ?? stored
      }
      do {
        if let marked, case .graceful(0, _)? = ending, (marked["metadata"]?["finalizers"]?.arrayValue ?? []).isEmpty {
          return try end(current, as: marked, resource, key, options)
        }
        if let marked {
          if marked == current.json { return .marked(current) }
          if options.dryRun { return .marked(shown(StoredObject(json: marked, revision: current.revision))) }
          return .marked(
            shown(
              try cluster.store.commit(
                .init(resource: resource.storageName, key: key, expected: current.revision, state: marked))))
        }
        if options.dryRun { return .deleted(current) }
        return .deleted(
          try cluster.store.commit(
            .init(resource: resource.storageName, key: key, expected: current.revision, state: nil)))
      } catch .stale {
        continue
      } catch let refusal {
        throw APIStatus(refusal)
      }
    }
    throw .stale(resource, name)
  }

  /// Deletes a pod that need not wait: it is marked first, so that watchers see it end.
  private func end(
    _ current: StoredObject, as marked: JSON, _ resource: Resource, _ key: String, _ options: DeleteOptions
  ) throws(CommitRefusal) -> Outcome {
    if options.dryRun { return .deleted(StoredObject(json: marked, revision: current.revision)) }
    let stored = try cluster.store.commit(
      .init(resource: resource.storageName, key: key, expected: current.revision, state: marked))
    return .deleted(
      try cluster.store.commit(
        .init(resource: resource.storageName, key: key, expected: stored.revision, state: nil)))
  }

  private func admit(
    _ current: StoredObject, _ resource: Resource, _ name: String, _ options: DeleteOptions, _ context: RequestContext
  ) throws(APIStatus) {
    let admission = AdmissionRun(cluster: cluster, effects: context.effects)
    var attributes = AdmissionAttributes(
      operation: .delete, resource: resource, name: name,
      namespace: resource.isNamespaced ? current.metadata["namespace"]?.stringValue ?? "" : "",
      isDryRun: options.dryRun, user: context.user,
      options: ["kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1"])
    if let propagation = options.propagation {
      attributes.options["propagationPolicy"] = .string(propagation.rawValue)
    }
    try Conversion(effects: context.effects).prepare([current], resource)
    attributes.oldObject = Presentation.present(current, resource)
    _ = try admission.mutate(attributes) { $0 }
    try admission.validate(attributes)
  }

  private func check(_ options: DeleteOptions, _ current: StoredObject, _ resource: Resource, _ name: String)
    throws(APIStatus)
  {
    if let uid = options.uid, uid != current.uid {
      throw .unmetPrecondition(
        resource, name,
        "the UID in the precondition (\(uid)) does not match the UID in record (\(current.uid)). The object might have been deleted and then recreated"
      )
    }
    if let version = options.resourceVersion, version != String(current.revision) {
      throw .unmetPrecondition(
        resource, name,
        "the ResourceVersion in the precondition (\(version)) does not match the ResourceVersion in record (\(current.revision)). The object might have been modified"
      )
    }
  }

  /// The object marked for deletion; nil when it can go at once.
  private func mark(
    _ current: StoredObject, _ resource: Resource, _ options: DeleteOptions, _ ending: PodEnding?
  ) -> JSON? {
    var json = current.json
    var finalizers = json["metadata"]?["finalizers"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let isDeleting = json["metadata"]?["deletionTimestamp"] != nil
    if let propagation = options.propagation, !resource.isEphemeral {
      finalizers.removeAll { $0 == "orphan" || $0 == "foregroundDeletion" }
      switch propagation {
      case .orphan: finalizers.append("orphan")
      case .foreground: finalizers.append("foregroundDeletion")
      case .background: break
      }
    }
    let keepsNamespace =
      resource.storageName == "namespaces" && !(json["spec"]?["finalizers"]?.arrayValue ?? []).isEmpty
    let isDefinition = resource.storageName == CustomResources.definitions
    if isDefinition, !isDeleting, !finalizers.contains(DefinitionController.finalizer) {
      finalizers.append(DefinitionController.finalizer)
    }
    if finalizers.isEmpty, !keepsNamespace, ending == nil || ending == .immediate { return nil }
    json.setValue(finalizers.isEmpty ? nil : .array(finalizers.map(JSON.string)), at: ["metadata", "finalizers"])
    if case .graceful(let period, let deadline)? = ending {
      json.setValue(.string(deadline.rfc3339), at: ["metadata", "deletionTimestamp"])
      json.setValue(.number(.int(period)), at: ["metadata", "deletionGracePeriodSeconds"])
      if !isDeleting, let generation = json["metadata"]?["generation"]?.intValue {
        json.setValue(.number(.int(generation &+ 1)), at: ["metadata", "generation"])
      }
      return json
    }
    if isDeleting { return json }
    json.setValue(.string(cluster.now.rfc3339), at: ["metadata", "deletionTimestamp"])
    if resource.storageName != "namespaces", !isDefinition {
      json.setValue(0, at: ["metadata", "deletionGracePeriodSeconds"])
    }
    // Definitions are marked by their own handler, which does not count it as a change.
    if resource.behaviour.hasGeneration, !isDefinition, let generation = json["metadata"]?["generation"]?.intValue {
      json.setValue(.number(.int(generation &+ 1)), at: ["metadata", "generation"])
    }
    if resource.storageName == "namespaces" { json.setValue("Terminating", at: ["status", "phase"]) }
    if isDefinition { DefinitionController.setTerminating(&json, now: cluster.now.rfc3339) }
    return json
  }

  // MARK: Collections

  func deleteCollection(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, resource)
    let options = try DeleteOptions(context)
    let page = try Reader(cluster: cluster).page(context, resource)
    var gone: [StoredObject] = []
    for stored in page.items {
      let name = stored.metadata["name"]?.stringValue ?? ""
      let key = resource.storageKey(namespace: stored.metadata["namespace"]?.stringValue ?? "", name: name)
      do {
        switch try delete(resource, key: key, name: name, options, context) {
        case .deleted, .marked: gone.append(stored)
        }
      } catch let status {
        // Somebody else deleted it first: that is what was wanted.
        if status.code != 404 { throw status }
      }
    }
    let body = Reader(cluster: cluster).presentation(context, resource).list(
      gone, revision: page.revision, next: page.next, remaining: page.remaining)
    return .bytes(200, body, context)
  }
}

extension Resource {
  /// Objects that nothing depends on, whose deletion never waits.
  var isEphemeral: Bool { storageName == "events" }
}
