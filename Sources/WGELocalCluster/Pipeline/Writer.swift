internal import HTTPTypes
internal import WGECore

/// Creates, replaces and patches.
///
/// All three end in the same stages: decode, default, record the owners, admit, prepare, validate,
/// store. A change that changes nothing keeps the resource version and is not stored.
struct Writer: Sendable {
  let cluster: Cluster

  /// How often a write whose base went stale is tried again, when the client named no version.
  private static let maximumAttempts = 16

  // MARK: Create

  func create(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, resource)
    let options = try WriteOptions(context, "CreateOptions")
    let object = try ObjectDecoder(resource: resource, validation: options.validation).decode(&context)
    let stored = try create(object, resource, context, options)
    context.warnings += MetadataRules.finalizerWarnings(object, old: nil, resource)
    return .bytes(201, Reader(cluster: cluster).presentation(context, resource).whole(stored), context)
  }

  /// Stores a new object.
  /// - Parameter object: decoded and defaulted.
  func create(
    _ object: JSON, _ resource: Resource, _ context: RequestContext, _ options: WriteOptions,
    ownersRecorded: Bool = false
  ) throws(APIStatus) -> StoredObject {
    var object = object
    try fillNamespace(&object, resource, context.info.namespace)
    // A dry run never gets as far as the storage, which refuses this.
    if let version = object["metadata"]?["resourceVersion"]?.stringValue, !version.isEmpty, version != "0",
      !ownersRecorded, !options.dryRun
    {
      throw APIStatus(500, "", "resourceVersion should not be set on objects to be created")
    }
    if ownersRecorded, let uid = object["metadata"]?["uid"]?.stringValue, !uid.isEmpty {
      throw .conflict(
        resource, context.info.name,
        "uid mismatch: the provided object specified uid \(uid), and no existing object was found")
    }
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
      object.setValue(nil, at: ["metadata", field])
    }
    if !ownersRecorded {
      let ownership = FieldOwnership(schema: resource.schema, now: cluster.now.rfc3339, isCustom: resource.isCustom)
      let manager = FieldManager(name: options.manager, operation: .update, apiVersion: resource.apiVersion)
      object = ownership.update(Self.empty(resource), to: object, by: manager, ignored: resource.ignoredFields(""))
    }
    try NamespaceLifecycle(cluster: cluster).admitCreate(&object, resource, context)
    if resource.storageName == "pods" { try ServiceAccountAdmission(cluster: cluster).admit(&object, context) }
    let admission = AdmissionRun(cluster: cluster, effects: context.effects)
    var attributes = attributes(.create, resource, context, options)
    attributes.object = object
    attributes.name = object["metadata"]?["name"]?.stringValue ?? ""
    object = try admission.mutate(attributes, redecode(resource)) ?? object
    let generates = (object["metadata"]?["name"]?.stringValue ?? "").isEmpty
    let prefix = object["metadata"]?["generateName"]?.stringValue ?? ""
    for attempt in 1...Self.maximumAttempts {
      if generates, !prefix.isEmpty {
        object.setValue(.string(context.effects.name(prefix, attempt: attempt)), at: ["metadata", "name"])
      }
      let prepared = try prepareCreate(object, resource, context)
      let name = prepared["metadata"]?["name"]?.stringValue ?? ""
      try EscalationCheck(authorizer: cluster.authorizer, user: context.user)
        .check(resource, prepared, old: nil, namespace: context.info.namespace)
      let key = resource.storageKey(namespace: context.info.namespace, name: name)
      attributes.object = prepared
      attributes.name = name
      try admission.validate(attributes)
      let conversion = Conversion(effects: context.effects)
      let state = try conversion.store(prepared, resource)
      let preview = try conversion.preview(state, resource)
      if options.dryRun {
        if let other = cluster.store.object(resource.storageName, key) {
          throw .alreadyExists(resource, name, isDeleting: other.metadata["deletionTimestamp"] != nil)
        }
        return conversion.complete(StoredObject(json: state, revision: 0), preview, resource)
      }
      do {
        let stored = try cluster.store.commit(
          .init(resource: resource.storageName, key: key, expected: nil, state: state))
        return DefinitionController.established(
          conversion.complete(stored, preview, resource), resource, cluster)
      } catch .stale(let current) {
        guard generates, attempt < Self.maximumAttempts else {
          throw .alreadyExists(resource, name, isDeleting: current?.metadata["deletionTimestamp"] != nil)
        }
      } catch let refusal {
        throw APIStatus(refusal)
      }
    }
    throw .internalError("no free name was found")
  }

  private func prepareCreate(_ object: JSON, _ resource: Resource, _ context: RequestContext) throws(APIStatus) -> JSON
  {
    var object = object
    object.setValue(.string(context.effects.uid), at: ["metadata", "uid"])
    object.setValue(.string(context.effects.now(cluster).rfc3339), at: ["metadata", "creationTimestamp"])
    if resource.behaviour.hasGeneration { object.setValue(1, at: ["metadata", "generation"]) }
    if resource.isCustom, resource.hasStatus { object["status"] = nil }
    resource.behaviour.prepareForCreate?(&object)
    resource.behaviour.stamp?(&object, context.user)
    var errors = MetadataRules.validateCreate(object, resource)
    errors += resource.behaviour.validate?(object) ?? []
    if let custom = resource.custom { errors += CustomValidation.errors(object, old: nil, custom.schema) { _ in } }
    if !errors.isEmpty { throw .invalid(resource, object["metadata"]?["name"]?.stringValue ?? "", errors) }
    for warning in resource.warnings(object, old: nil) { context.effects.warn(warning) }
    if !resource.isCustom { StoredForm.apply(to: &object, resource.schema) }
    return object
  }

  private func fillNamespace(_ object: inout JSON, _ resource: Resource, _ namespace: String) throws(APIStatus) {
    let given = object["metadata"]?["namespace"]?.stringValue ?? ""
    let wanted = resource.isNamespaced ? namespace : ""
    if !given.isEmpty, !wanted.isEmpty, given != wanted {
      throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
    object.setValue(wanted.isEmpty ? nil : .string(wanted), at: ["metadata", "namespace"])
  }

  /// What an empty object of the kind looks like, against which new fields are found.
  static func empty(_ resource: Resource) -> JSON {
    guard !resource.isCustom, case .structure(let structure) = resource.schema.resolved else {
      return ["metadata": [:]]
    }
    var decoder = TypedDecoder()
    return (try? decoder.decode([:], as: structure)) ?? [:]
  }

  // MARK: Replace

  func replace(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, resource)
    let options = try WriteOptions(context, "UpdateOptions")
    var object = try ObjectDecoder(resource: resource, validation: options.validation).decode(&context)
    try fillNamespace(&object, resource, context.info.namespace)
    try checkName(object, context)
    let replacement = object
    let manager = FieldManager(name: options.manager, operation: .update, apiVersion: resource.apiVersion)
    let ownership = FieldOwnership(schema: resource.schema, now: cluster.now.rfc3339, isCustom: resource.isCustom)
    do {
      let stored = try update(context, resource, options) { live in
        ownership.update(live, to: replacement, by: manager, ignored: resource.ignoredFields(""))
      }
      return .bytes(200, Reader(cluster: cluster).presentation(context, resource).whole(stored), context)
    } catch let status as APIStatus where status.code == 404 && resource.behaviour.allowsCreateOnUpdate {
      let stored = try create(object, resource, context, options)
      return .bytes(201, Reader(cluster: cluster).presentation(context, resource).whole(stored), context)
    }
  }

  func checkName(_ object: JSON, _ context: RequestContext) throws(APIStatus) {
    let name = object["metadata"]?["name"]?.stringValue ?? ""
    let wanted = context.info.name
    if name.isEmpty {
      throw .badRequest("the name of the object (\(wanted) based on URL) was undeterminable: name must be provided")
    }
    if name != wanted {
      throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(wanted))")
    }
  }

  // MARK: Patch

  func patch(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, resource)
    let options = try WriteOptions(context, "PatchOptions")
    let patch = try PatchRequest(context, resource, options)
    let (stored, created) = try patched(&context, resource, patch, options)
    return .bytes(created ? 201 : 200, Reader(cluster: cluster).presentation(context, resource).whole(stored), context)
  }

  private func patched(
    _ context: inout RequestContext, _ resource: Resource, _ patch: PatchRequest, _ options: WriteOptions
  ) throws(APIStatus) -> (StoredObject, Bool) {
    let now = cluster.now.rfc3339
    var warnings: [String] = []
    let key = resource.storageKey(namespace: context.info.namespace, name: context.info.name)
    if patch.isApply, cluster.store.object(resource.storageName, key) == nil {
      defer { warnings = [] }
      let object: JSON
      do {
        object = try patch.applied(to: Self.empty(resource), exists: false, now: now, warnings: &warnings)
        try checkName(object, context)
      } catch {
        context.warnings += warnings
        throw error
      }
      context.warnings += warnings
      do {
        return (try create(object, resource, context, options, ownersRecorded: true), true)
      } catch let status {
        // Somebody else was faster: then it is an apply onto what is there.
        guard status.reason == "AlreadyExists" else { throw status }
      }
    }
    let caller = context
    defer { context.warnings += warnings }
    let stored = try update(context, resource, options, isPatch: true) { live throws(APIStatus) in
      warnings = []
      let object = try patch.applied(to: live, exists: true, now: now, warnings: &warnings)
      try checkName(object, caller)
      warnings += MetadataRules.finalizerWarnings(object, old: live, resource)
      return object
    }
    return (stored, false)
  }

  // MARK: The common end of all updates

  /// Reads, changes and stores, again if somebody else was faster and the client named no version.
  ///
  /// - Parameters:
  ///   - part: what of the object this path of the API writes.
  ///   - view: how a subresource of another kind shows the object to webhooks, which then cannot change it.
  ///   - change: makes the new object, as this version shows it, from the present one.
  func update(
    _ context: RequestContext, _ resource: Resource, _ options: WriteOptions, part: UpdatePreparation.Part = .main,
    isPatch: Bool = false, seenAs view: ((JSON) throws(APIStatus) -> JSON)? = nil,
    _ change: (JSON) throws(APIStatus) -> JSON
  ) throws(APIStatus) -> StoredObject {
    let name = context.info.name
    let key = resource.storageKey(namespace: context.info.namespace, name: name)
    let admission = AdmissionRun(cluster: cluster, effects: context.effects)
    for _ in 0..<Self.maximumAttempts {
      guard let current = cluster.store.object(resource.storageName, key) else { throw .notFound(resource, name) }
      let conversion = Conversion(effects: context.effects)
      try conversion.prepare([current], resource)
      let live = Presentation.present(current, resource)
      var object = try change(live)
      if !isPatch, let uid = object["metadata"]?["uid"]?.stringValue, !uid.isEmpty, uid != current.uid {
        throw .conflict(
          resource, name,
          "StorageError: invalid object, Code: 4, Key: \(resource.registryKey(key)), ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: \(uid), UID in object meta: \(current.uid)"
        )
      }
      let given = object["metadata"]?["resourceVersion"]?.stringValue ?? ""
      if given.isEmpty || given == "0", !isPatch, resource.needsVersionOnUpdate {
        throw .invalid(
          kind: resource.plural, group: resource.group, name: name,
          [.invalid("metadata.resourceVersion", .number(.int(0)), "must be specified for an update")])
      }
      let pinned = !given.isEmpty && given != "0" && !(isPatch && given == String(current.revision))
      if pinned, UInt64(given) == nil {
        throw APIStatus(500, "", "strconv.ParseUint: parsing \(FieldError.quote(given)): invalid syntax")
      }
      if pinned, UInt64(given) != current.revision { throw .stale(resource, name) }
      var attributes = attributes(.update, resource, context, options)
      attributes.oldObject = live
      if let view {
        attributes.kind = ("autoscaling", "v1", "Scale")
        attributes.oldObject = try view(live)
      } else {
        attributes.object = object
        object = try admission.mutate(attributes, redecode(resource)) ?? object
      }
      try UpdatePreparation(resource: resource, part: part).prepare(&object, live: live) { context.effects.warn($0) }
      if part == .main {
        for warning in resource.warnings(object, old: live) { context.effects.warn(warning) }
      }
      attributes.object = try view?(object) ?? object
      try admission.validate(attributes)
      try EscalationCheck(authorizer: cluster.authorizer, user: context.user)
        .check(resource, object, old: live, namespace: context.info.namespace)
      if Self.withoutTimes(object) == Self.withoutTimes(live) { return current }
      let state = try conversion.store(object, resource)
      let preview = try conversion.preview(state, resource)
      if options.dryRun {
        return conversion.complete(StoredObject(json: state, revision: current.revision), preview, resource)
      }
      do {
        return conversion.complete(try store(state, over: current, resource, key), preview, resource)
      } catch .stale {
        if pinned { throw .stale(resource, name) }
      } catch let refusal {
        throw APIStatus(refusal)
      }
    }
    throw .stale(resource, name)
  }

  /// What admission is told of a write; the objects are still to be filled in.
  func attributes(
    _ operation: AdmissionAttributes.Operation, _ resource: Resource, _ context: RequestContext, _ options: WriteOptions
  ) -> AdmissionAttributes {
    AdmissionAttributes(
      operation: operation, resource: resource, subresource: context.info.subresource, name: context.info.name,
      namespace: resource.isNamespaced ? context.info.namespace : "", isDryRun: options.dryRun, user: context.user,
      options: options.json(context.info.verb))
  }

  /// Reads what a webhook has made of an object as if a client had sent it.
  func redecode(_ resource: Resource) -> (JSON) throws(APIStatus) -> JSON {
    { json throws(APIStatus) in
      var warnings: [String] = []
      return try ObjectDecoder(resource: resource, validation: .ignore).decode(json, origin: .body, warnings: &warnings)
    }
  }

  /// Stores the new state, or, when it was the last finalizer that went, deletes the object.
  private func store(_ state: JSON, over current: StoredObject, _ resource: Resource, _ key: String)
    throws(CommitRefusal)
    -> StoredObject
  {
    let isGone =
      state["metadata"]?["deletionTimestamp"] != nil && (state["metadata"]?["finalizers"]?.arrayValue ?? []).isEmpty
      && (resource.kind != "Namespace" || !resource.group.isEmpty
        || (state["spec"]?["finalizers"]?.arrayValue ?? []).isEmpty)
    if isGone {
      let last = try cluster.store.commit(
        .init(resource: resource.storageName, key: key, expected: current.revision, state: nil))
      // The last state was never stored: it is shown with the version that it was made from.
      return StoredObject(json: state, revision: last.revision)
    }
    return try cluster.store.commit(
      .init(resource: resource.storageName, key: key, expected: current.revision, state: state))
  }

  /// Two states that differ only in when their owners were recorded are the same.
  private static func withoutTimes(_ json: JSON) -> JSON {
    var copy = json
    guard var entries = json["metadata"]?["managedFields"]?.arrayValue else { return copy }
    for index in entries.indices { entries[index]["time"] = nil }
    entries.sort { $0.description < $1.description }
    copy.setValue(.array(entries), at: ["metadata", "managedFields"])
    return copy
  }
}

/// The options that writes share.
struct WriteOptions: Sendable {
  var dryRun: Bool
  var validation: QueryOptions.FieldValidation
  var manager: String

  init(_ context: RequestContext, _ kind: String) throws(APIStatus) {
    dryRun = try context.query.dryRun(kind)
    validation = try context.query.fieldValidation(kind)
    manager = try context.manager(kind)
  }

  /// As webhooks see them: `metav1.CreateOptions` and its like.
  func json(_ verb: String) -> JSON {
    let kind = verb == "patch" ? "PatchOptions" : verb == "create" ? "CreateOptions" : "UpdateOptions"
    var result: JSON = [
      "kind": .string(kind), "apiVersion": "meta.k8s.io/v1", "fieldManager": .string(manager),
    ]
    if dryRun { result["dryRun"] = ["All"] }
    switch validation {
    case .ignore: break
    case .warn: result["fieldValidation"] = "Warn"
    case .strict: result["fieldValidation"] = "Strict"
    }
    return result
  }

  init(manager: String) {
    dryRun = false
    validation = .ignore
    self.manager = manager
  }
}

extension APIStatus {
  init(_ refusal: CommitRefusal) {
    switch refusal {
    case .stale: self = APIStatus(409, "Conflict", "the object has been modified")
    case .closed: self = APIStatus(503, "ServiceUnavailable", "the server is shutting down")
    }
  }
}
