import WGECore
import WGEKube

/// Applies the manifests of a source's path, keeps an inventory of them, and prunes what left it.
struct KustomizationReconciler: Reconciler {
  let source: any GitSource
  /// The name that owns the applied fields, as real Flux's.
  static let fieldManager = "kustomize-controller"
  static let finalizer = "finalizers.fluxcd.io"

  /// Fields that change what is applied and that this reconciler does not follow: refused by name.
  private static let refused = [
    "patches", "patchesStrategicMerge", "patchesJson6902", "images", "components", "postBuild", "decryption",
    "kubeConfig", "namePrefix", "nameSuffix", "serviceAccountName", "commonMetadata", "ignore",
  ]

  func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
    guard let object = context.object else { return .done }
    if object.isBeingDeleted { return try await finish(object, context) }
    if object.isSuspended { return .done }
    if !object.finalizers.contains(Self.finalizer) {
      try await context.setFinalizers(object.finalizers + [Self.finalizer], of: object, FluxCRDs.kustomizations)
      return .done
    }
    var status = FluxStatus(of: object)
    status.markHandled(object)
    let now = context.wallClock.now()
    var next = object.fluxInterval()
    do {
      let revision = try await apply(object, status: &status, context)
      status["lastAppliedRevision"] = .string(revision)
      status.set(
        "Ready", .true, reason: "ReconciliationSucceeded", message: "Applied revision: \(revision)",
        generation: object.generation, now: now)
      status.remove("Reconciling")
    } catch let failure as KustomizationFailure {
      status.set(
        "Ready", .false, reason: failure.reason, message: failure.description, generation: object.generation, now: now)
      // As Flux does: a waiting dependency is looked at again soon, a failure after the retry interval.
      next = min(next, failure.reason == "DependencyNotReady" ? .seconds(5) : object.retryInterval ?? next)
    }
    try await context.write(status, to: object, FluxCRDs.kustomizations)
    return .after(next)
  }

  /// Whether a Kustomization's source is that GitRepository.
  static func follows(_ kustomization: DynamicObject, _ repository: ObjectKey) -> Bool {
    let reference = kustomization["spec"]?["sourceRef"]
    return reference?["kind"]?.stringValue == "GitRepository"
      && reference?["name"]?.stringValue == repository.name
      && (reference?["namespace"]?.stringValue ?? kustomization.namespace) == repository.namespace
  }

  // MARK: Apply

  private func apply(_ object: DynamicObject, status: inout FluxStatus, _ context: ReconcileContext) async throws
    -> String
  {
    for field in Self.refused where object["spec"]?[field] != nil {
      throw KustomizationFailure(
        "BuildFailed", "spec.\(field): not supported by LocalFlux; remove it or run real Flux")
    }
    try await checkDependencies(of: object, context)
    let (url, revision, commit) = try await artifact(of: object, context)
    status["lastAttemptedRevision"] = .string(revision)

    let objects = try await manifests(of: object, url: url, commit: commit)
    let previous = Inventory(status: status.json)
    var applied: [Inventory.Entry] = []
    var failures: [String] = []
    for manifest in ApplyOrder.sorted(objects) {
      do {
        applied.append(try await apply(manifest, for: object, context))
      } catch let error as KubeError {
        failures.append("\(manifest.kind)/\(manifest.key): \(error)")
      }
    }
    // What was applied before stays in the inventory until it is pruned, so a failed or killed run
    // never forgets an object that it must remove later.
    let current = Inventory(applied)
    guard failures.isEmpty else {
      status["inventory"] = Inventory(previous.entries + current.entries).json
      throw KustomizationFailure("ReconciliationFailed", failures.prefix(10).joined(separator: "\n"))
    }
    let stale = previous.subtracting(current)
    if object["spec"]?["prune"]?.boolValue == true, !stale.isEmpty {
      let left = try await prune(stale, of: object, context)
      status["inventory"] = Inventory(current.entries + left.map(\.entry)).json
      if let first = left.first {
        throw KustomizationFailure("PruneFailed", "\(first.entry.kind)/\(first.entry.name): \(first.problem)")
      }
    } else {
      status["inventory"] = current.json
    }
    return revision
  }

  private func checkDependencies(of object: DynamicObject, _ context: ReconcileContext) async throws {
    for dependency in object["spec"]?["dependsOn"]?.arrayValue ?? [] {
      let key = ObjectKey(
        namespace: dependency["namespace"]?.stringValue ?? object.namespace,
        name: dependency["name"]?.stringValue ?? "")
      guard let found = context.objects[key], found.isReadyAtItsGeneration else {
        throw KustomizationFailure("DependencyNotReady", "dependency '\(key)' is not ready")
      }
    }
  }

  private func artifact(of object: DynamicObject, _ context: ReconcileContext) async throws
    -> (url: String, revision: String, commit: String)
  {
    let reference = object["spec"]?["sourceRef"]
    let kind = reference?["kind"]?.stringValue ?? ""
    guard kind == "GitRepository" else {
      throw KustomizationFailure(
        "ArtifactFailed", "spec.sourceRef.kind \(kind): LocalFlux follows GitRepository only")
    }
    let key = ObjectKey(
      namespace: reference?["namespace"]?.stringValue ?? object.namespace, name: reference?["name"]?.stringValue ?? "")
    let repository: DynamicObject
    do {
      repository = try await context.client.get(FluxCRDs.gitRepositories, key)
    } catch let error as KubeError where error.isNotFound {
      throw KustomizationFailure("ArtifactFailed", "Source 'GitRepository/\(key)' not found")
    }
    guard let url = repository["spec"]?["url"]?.stringValue,
      let revision = repository["status"]?["artifact"]?["revision"]?.stringValue,
      let commit = revision.split(separator: ":").last.map(String.init)
    else {
      throw KustomizationFailure("ArtifactFailed", "Source 'GitRepository/\(key)' has no artifact yet")
    }
    return (url, revision, commit)
  }

  private func manifests(of object: DynamicObject, url: String, commit: String) async throws -> [DynamicObject] {
    let path = object["spec"]?["path"]?.stringValue ?? ""
    do {
      // The whole tree is offered: a kustomization.yaml may name resources outside its own folder.
      let files = try await source.files(url: url, commit: commit, under: "")
      return try ManifestBuilder(files: files).build(
        path: path, targetNamespace: object["spec"]?["targetNamespace"]?.stringValue)
    } catch let error as BuildError {
      throw KustomizationFailure(error.reason, error.description)
    } catch let error as GitSourceError {
      throw KustomizationFailure("ArtifactFailed", error.description)
    }
  }

  private func apply(_ manifest: DynamicObject, for owner: DynamicObject, _ context: ReconcileContext) async throws
    -> Inventory.Entry
  {
    guard let kind = manifest.groupVersionKind else {
      throw KustomizationFailure("BuildFailed", "\(manifest.kind) \(manifest.key): apiVersion is not valid")
    }
    let resource = try await context.client.discovery.resource(for: kind)
    var manifest = manifest
    if resource.isNamespaced {
      if manifest.namespace == nil { manifest.setValue("default", at: ["metadata", "namespace"]) }
    } else {
      manifest.setValue(nil, at: ["metadata", "namespace"])
    }
    manifest.setValue(.string(owner.name), at: ["metadata", "labels", "kustomize.toolkit.fluxcd.io/name"])
    manifest.setValue(
      .string(owner.namespace ?? ""), at: ["metadata", "labels", "kustomize.toolkit.fluxcd.io/namespace"])
    manifest["status"] = nil
    let entry = Inventory.Entry(
      namespace: manifest.namespace ?? "", name: manifest.name, group: kind.group, kind: kind.kind,
      version: kind.version)
    if manifest.annotations["kustomize.toolkit.fluxcd.io/reconcile"] == "disabled" { return entry }
    _ = try await context.client.apply(
      resource, manifest, force: true, options: WriteOptions(fieldManager: Self.fieldManager))
    return entry
  }

  // MARK: Prune

  private struct Unpruned {
    let entry: Inventory.Entry
    let problem: String
  }

  /// Deletes what is no longer wanted, last applied first. Returns what could not be deleted.
  private func prune(_ entries: [Inventory.Entry], of owner: DynamicObject, _ context: ReconcileContext) async throws
    -> [Unpruned]
  {
    var left: [Unpruned] = []
    // Definitions and namespaces last: their objects go first.
    let ordered = entries.sorted { a, b in Self.isContainer(a) == false && Self.isContainer(b) }
    for entry in ordered {
      do {
        try await delete(entry, of: owner, context)
      } catch let error as KubeError {
        left.append(Unpruned(entry: entry, problem: error.description))
      }
    }
    return left
  }

  private static func isContainer(_ entry: Inventory.Entry) -> Bool {
    entry.kind == "Namespace" || entry.kind == "CustomResourceDefinition"
  }

  private func delete(_ entry: Inventory.Entry, of owner: DynamicObject, _ context: ReconcileContext) async throws {
    let kind = GroupVersionKind(group: entry.group, version: entry.version, kind: entry.kind)
    do {
      let resource = try await context.client.discovery.resource(for: kind)
      let key = ObjectKey(namespace: entry.namespace.isEmpty ? nil : entry.namespace, name: entry.name)
      let live = try await context.client.get(resource, key)
      // Only what this Kustomization still owns: another may have taken the object over.
      let labels = live.labels
      guard labels["kustomize.toolkit.fluxcd.io/name"] == owner.name,
        labels["kustomize.toolkit.fluxcd.io/namespace"] == owner.namespace,
        live.annotations["kustomize.toolkit.fluxcd.io/prune"] != "disabled"
      else { return }
      var options = DeleteOptions()
      options.propagation = .background
      options.uid = live.uid
      _ = try await context.client.delete(resource, key, options: options)
    } catch let error as KubeError where error.isNotFound {
      return
    }
  }

  /// Removes what was applied, unless told to leave it, then lets the object go.
  private func finish(_ object: DynamicObject, _ context: ReconcileContext) async throws -> Requeue {
    guard object.finalizers.contains(Self.finalizer) else { return .done }
    if object["spec"]?["prune"]?.boolValue == true, !object.isSuspended {
      let left = try await prune(Inventory(status: object["status"]).entries, of: object, context)
      if !left.isEmpty { return .after(.seconds(5)) }
    }
    try await context.setFinalizers(
      object.finalizers.filter { $0 != Self.finalizer }, of: object, FluxCRDs.kustomizations)
    return .done
  }
}

/// Why a Kustomization is not applied: the condition's reason and message.
struct KustomizationFailure: Error, CustomStringConvertible {
  let reason: String
  let description: String

  init(_ reason: String, _ description: String) {
    self.reason = reason
    self.description = description
  }
}

extension DynamicObject {
  fileprivate var retryInterval: Duration? {
    self["spec"]?["retryInterval"]?.stringValue.flatMap { try? GoDuration(parsing: $0) }?.duration
  }

  /// Ready, and the status is about the present generation.
  var isReadyAtItsGeneration: Bool {
    let ready = self["status"]?["conditions"]?.arrayValue?.contains {
      $0["type"]?.stringValue == "Ready" && $0["status"]?.stringValue == "True"
    }
    return ready == true && self["status"]?["observedGeneration"]?.intValue == generation
  }
}
