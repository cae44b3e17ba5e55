internal import Synchronization
internal import WGECore

/// Runs the built-in controllers: a queue of names, worked off by one task that lives only while
/// there is work.
///
/// Each piece of work looks at the present state and does what is left to do, so that doing it
/// twice, or again after a restart, changes nothing.
final class ControllerRunner: Sendable {
  enum Work: Sendable, Hashable {
    case namespace(String)
    case definition(String)
    /// An owner is gone: look at its dependents.
    case ownerGone(uid: String)
    /// An owner is being deleted and waits for its dependents.
    case ownerGoing(ObjectAddress)
    case serviceAccount(namespace: String)
    case rootAuthority(namespace: String)
    /// A claim or a volume is deleted, or a pod that used one.
    case protection(ObjectAddress)
    /// Cluster roles have changed.
    case roleAggregation
    /// The owners that a new object names may not exist.
    case ownersMissing(ObjectAddress)
  }

  private struct State {
    var queue: [Work] = []
    var queued: Set<Work> = []
    var isRunning = false
    var isStopped = false
    var task: Task<Void, Never>?
    var settled: [CheckedContinuation<Void, Never>] = []
  }

  private let cluster: Cluster
  private let state = Mutex(State())

  init(cluster: Cluster) { self.cluster = cluster }

  private func has(_ controller: LocalCluster.Controller) -> Bool {
    cluster.configuration.controllers.contains(controller)
  }

  /// Looks at a change and notes what has to be done about it.
  func committed(_ resource: String, _ event: LogEvent) {
    let json = event.object.json
    let isDeleting = json["metadata"]?["deletionTimestamp"] != nil
    switch resource {
    case "namespaces":
      if event.kind == .deleted { break }
      if isDeleting {
        if has(.namespaceDeletion) { enqueue(.namespace(event.key)) }
      } else if event.kind == .added {
        enqueueContent(of: event.key)
      }
    case "serviceaccounts" where event.kind == .deleted && event.key.hasSuffix("/default"):
      enqueueContent(of: String(event.key.prefix { $0 != "/" }))
    case "configmaps" where event.kind == .deleted && event.key.hasSuffix("/kube-root-ca.crt"):
      enqueueContent(of: String(event.key.prefix { $0 != "/" }))
    case "persistentvolumeclaims", "persistentvolumes", "volumeattributesclasses.storage.k8s.io":
      if isDeleting, event.kind != .deleted, has(.storageProtection) {
        enqueue(.protection(ObjectAddress(resource: resource, key: event.key)))
      }
    case "pods" where event.kind == .deleted && has(.storageProtection):
      for claim in StorageProtection.claims(of: json) {
        enqueue(.protection(ObjectAddress(resource: "persistentvolumeclaims", key: claim)))
      }
    case "clusterroles.\(Authorizer.group)": if has(.roleAggregation) { enqueue(.roleAggregation) }
    case CustomResources.definitions:
      if isDeleting, event.kind != .deleted { enqueue(.definition(event.key)) }
      if event.kind == .modified, !isDeleting { enqueue(.definition(event.key)) }
      enqueueWaitingForNames(event)
    default: break
    }
    if event.kind == .deleted { requeueWaiting(resource, json) }
    guard has(.garbageCollection) else { return }
    if event.kind == .deleted {
      if !event.object.uid.isEmpty { enqueue(.ownerGone(uid: event.object.uid)) }
      for owner in json["metadata"]?["ownerReferences"]?.arrayValue ?? []
      where owner["blockOwnerDeletion"]?.boolValue == true {
        if let address = Dependents.address(ofOwner: owner, of: json, cluster.registry) {
          enqueue(.ownerGoing(address))
        }
      }
    } else if isDeleting, Dependents.waits(json) {
      enqueue(.ownerGoing(ObjectAddress(resource: resource, key: event.key)))
    } else if let owners = json["metadata"]?["ownerReferences"], !owners.isNull,
      event.previous?.metadata["ownerReferences"] != owners
    {
      // Owners may be named that are gone already, or never were.
      enqueue(.ownersMissing(ObjectAddress(resource: resource, key: event.key)))
    }
  }

  /// What a namespace must have.
  private func enqueueContent(of namespace: String) {
    if has(.defaultServiceAccounts) { enqueue(.serviceAccount(namespace: namespace)) }
    if has(.rootAuthorities) { enqueue(.rootAuthority(namespace: namespace)) }
  }

  /// Names that a definition holds no longer may be what others of its group wait for.
  private func enqueueWaitingForNames(_ event: LogEvent) {
    let json = event.object.json
    let isGone = event.kind == .deleted
    guard isGone || event.previous?.json["status"]?["acceptedNames"] != json["status"]?["acceptedNames"] else { return }
    for other in cluster.store.read(CustomResources.definitions).objects.values() {
      guard let name = other.metadata["name"]?.stringValue, name != event.key,
        other.json["spec"]?["group"] == json["spec"]?["group"],
        CustomResources.condition(other.json, "NamesAccepted") == "False"
      else { continue }
      enqueue(.definition(name))
    }
  }

  /// The deletion of an object may be what its namespace or its definition waits for.
  private func requeueWaiting(_ resource: String, _ json: JSON) {
    if has(.namespaceDeletion), let name = json["metadata"]?["namespace"]?.stringValue,
      cluster.store.object("namespaces", name)?.metadata["deletionTimestamp"] != nil
    {
      enqueue(.namespace(name))
    }
    if cluster.store.object(CustomResources.definitions, resource)?.metadata["deletionTimestamp"] != nil {
      enqueue(.definition(resource))
    }
  }

  /// Takes up what a stopped process left undone.
  func resume() {
    for namespace in cluster.store.read("namespaces").objects.values() {
      let name = namespace.metadata["name"]?.stringValue ?? ""
      if namespace.metadata["deletionTimestamp"] != nil {
        if has(.namespaceDeletion) { enqueue(.namespace(name)) }
      } else {
        enqueueContent(of: name)
      }
    }
    for definition in cluster.store.read(CustomResources.definitions).objects.values() {
      let isEstablished = CustomResources.condition(definition.json, "Established") == "True"
      if !isEstablished || definition.metadata["deletionTimestamp"] != nil {
        enqueue(.definition(definition.metadata["name"]?.stringValue ?? ""))
      }
    }
    if has(.roleAggregation) { enqueue(.roleAggregation) }
    if has(.storageProtection) {
      for resource in ["persistentvolumeclaims", "persistentvolumes", "volumeattributesclasses.storage.k8s.io"] {
        cluster.store.read(resource).objects.scan { entry in
          if entry.value.metadata["deletionTimestamp"] != nil {
            enqueue(.protection(ObjectAddress(resource: resource, key: entry.key)))
          }
          return true
        }
      }
    }
    guard has(.garbageCollection) else { return }
    for uid in cluster.store.missingOwners() { enqueue(.ownerGone(uid: uid)) }
    for resource in cluster.store.counts().keys {
      cluster.store.read(resource).objects.scan { entry in
        if entry.value.metadata["deletionTimestamp"] != nil, Dependents.waits(entry.value.json) {
          enqueue(.ownerGoing(ObjectAddress(resource: resource, key: entry.key)))
        }
        return true
      }
    }
  }

  private func enqueue(_ work: Work) {
    state.withLock { state in
      guard !state.isStopped, state.queued.insert(work).inserted else { return }
      state.queue.append(work)
      if state.isRunning { return }
      state.isRunning = true
      // Inherits the priority of whoever caused the work, so that it is not starved by them.
      state.task = Task {
        [weak self, clock = cluster.configuration.clock, delay = cluster.configuration.controllerDelay] in
        try? await clock.sleep(for: delay)
        while let self, self.step() { await Task.yield() }
      }
    }
  }

  /// Does one piece of work; false when there is none.
  ///
  /// That the queue is empty is found, and the end told, under one lock: whoever enqueues afterwards starts a new run.
  private func step() -> Bool {
    let (work, waiters) = state.withLock { state -> (Work?, [CheckedContinuation<Void, Never>]) in
      guard !state.isStopped, !state.queue.isEmpty else {
        state.isRunning = false
        state.task = nil
        defer { state.settled = [] }
        return (nil, state.settled)
      }
      let work = state.queue.removeFirst()
      state.queued.remove(work)
      return (work, [])
    }
    guard let work else {
      for waiter in waiters { waiter.resume() }
      return false
    }
    switch work {
    case .namespace(let name): NamespaceController.finish(name, cluster)
    case .definition(let name):
      DefinitionController.reconcile(name, cluster)
      _ = DefinitionController.finish(name, cluster)
    case .ownerGone(let uid): Dependents.collect(uid, cluster)
    case .ownerGoing(let address): Dependents.advance(address, cluster)
    case .serviceAccount(let namespace): NamespaceController.ensureServiceAccount(namespace, cluster)
    case .rootAuthority(let namespace): NamespaceController.ensureRootAuthority(namespace, cluster)
    case .protection(let address): StorageProtection.release(address, cluster)
    case .roleAggregation: RoleAggregation.run(cluster)
    case .ownersMissing(let address): Dependents.collectOrphan(address, cluster)
    }
    return true
  }

  /// Returns when the queue is empty.
  func settle() async {
    await withCheckedContinuation { continuation in
      let idle = state.withLock { state in
        if state.isRunning {
          state.settled.append(continuation)
          return false
        }
        return true
      }
      if idle { continuation.resume() }
    }
  }

  func stop() {
    let (task, waiters) = state.withLock { state in
      state.isStopped = true
      state.queue = []
      state.queued = []
      defer { state.settled = [] }
      return (state.task, state.settled)
    }
    task?.cancel()
    for waiter in waiters { waiter.resume() }
  }
}
