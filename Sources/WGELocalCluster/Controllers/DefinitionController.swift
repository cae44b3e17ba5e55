internal import WGECore

/// Establishes custom resource definitions and takes their objects along when they go.
enum DefinitionController {
  static let finalizer = "customresourcecleanup.apiextensions.k8s.io"
  private static let manager = FieldManager(
    name: "kube-apiserver", operation: .update, apiVersion: "apiextensions.k8s.io/v1", subresource: "status")

  /// Accepts the names of a definition that was just created, so that it is served at once.
  /// - Returns: the definition as it was created, which is what the client sees first.
  static func established(_ stored: StoredObject, _ resource: Resource, _ cluster: Cluster) -> StoredObject {
    guard resource.storageName == CustomResources.definitions else { return stored }
    reconcile(stored.metadata["name"]?.stringValue ?? "", cluster)
    return stored
  }

  /// Brings the status of one definition in line with its spec and with the names that others hold.
  static func reconcile(_ name: String, _ cluster: Cluster) {
    for _ in 0..<16 {
      guard let current = cluster.store.object(CustomResources.definitions, name),
        current.metadata["deletionTimestamp"] == nil
      else { return }
      var json = current.json
      let now = cluster.now.rfc3339
      let names = json["spec"]?["names"] ?? [:]
      if let problem = collision(names, of: name, json["spec"]?["group"]?.stringValue ?? "", cluster) {
        setCondition(&json, "NamesAccepted", "False", problem.reason, problem.message, now)
        if CustomResources.condition(json, "Established") != "True" {
          setCondition(&json, "Established", "False", "NotAccepted", "not all names are accepted", now)
        }
      } else {
        json.setValue(names, at: ["status", "acceptedNames"])
        setCondition(&json, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now)
        setCondition(&json, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", now)
      }
      if let approval = CommunityApproval(of: json) {
        let (status, reason) = approval.condition
        setCondition(&json, "KubernetesAPIApprovalPolicyConformant", status, reason, approval.message, now)
      }
      if json == current.json { return }
      guard let resource = BuiltInResources.definitions else { return }
      json = FieldOwnership(schema: resource.schema, now: now).update(current.json, to: json, by: manager)
      do {
        _ = try cluster.store.commit(
          .init(resource: CustomResources.definitions, key: name, expected: current.revision, state: json))
        return
      } catch .stale {
        continue
      } catch {
        return
      }
    }
  }

  /// The last name, in upstream's order, that another definition of the group holds.
  private static func collision(_ names: JSON, of name: String, _ group: String, _ cluster: Cluster) -> (
    reason: String, message: String
  )? {
    func strings(_ names: JSON, _ fields: String...) -> [String] {
      fields.flatMap { field -> [String] in
        if let list = names[field]?.arrayValue { return list.compactMap(\.stringValue) }
        return names[field]?.stringValue.map { [$0] } ?? []
      }.filter { !$0.isEmpty }
    }
    var resources = Set<String>()
    var kinds = Set<String>()
    for other in cluster.store.read(CustomResources.definitions).objects.values() {
      guard other.json["metadata"]?["name"]?.stringValue != name, other.json["spec"]?["group"]?.stringValue == group
      else {
        continue
      }
      let accepted = other.json["status"]?["acceptedNames"] ?? [:]
      resources.formUnion(strings(accepted, "plural", "singular", "shortNames"))
      kinds.formUnion(strings(accepted, "kind", "listKind"))
    }
    var problem: (reason: String, message: String)?
    for (field, taken, reason) in [
      ("plural", resources, "PluralConflict"), ("singular", resources, "SingularConflict"),
      ("shortNames", resources, "ShortNamesConflict"), ("kind", kinds, "KindConflict"),
      ("listKind", kinds, "ListKindConflict"),
    ] {
      if let value = strings(names, field).first(where: taken.contains) {
        problem = (reason, "\(FieldError.quote(value)) is already in use")
      }
    }
    return problem
  }

  private static func setCondition(
    _ json: inout JSON, _ type: String, _ status: String, _ reason: String, _ message: String, _ now: String
  ) {
    var conditions = json["status"]?["conditions"]?.arrayValue ?? []
    var condition: JSON = [
      "type": .string(type), "status": .string(status), "lastTransitionTime": .string(now), "reason": .string(reason),
      "message": .string(message),
    ]
    if let index = conditions.firstIndex(where: { $0["type"]?.stringValue == type }) {
      if conditions[index]["status"]?.stringValue == status {
        condition["lastTransitionTime"] = conditions[index]["lastTransitionTime"]
      }
      conditions[index] = condition
    } else {
      conditions.append(condition)
    }
    json.setValue(.array(conditions), at: ["status", "conditions"])
  }

  static func setTerminating(_ json: inout JSON, now: String) {
    setCondition(
      &json, "Terminating", "True", "InstanceDeletionPending",
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", now)
  }

  /// Deletes the objects of a definition that is going, then lets it go.
  /// - Returns: whether it is gone; objects with finalizers keep it.
  static func finish(_ name: String, _ cluster: Cluster) -> Bool {
    guard let current = cluster.store.object(CustomResources.definitions, name) else { return true }
    guard current.metadata["deletionTimestamp"] != nil else { return true }
    guard let resource = CustomResources.resources(of: current.json).first else {
      return removeFinalizer(name, cluster)
    }
    let deleter = Deleter(cluster: cluster)
    for stored in cluster.store.read(resource.storageName).objects.values() {
      let objectName = stored.metadata["name"]?.stringValue ?? ""
      let key = resource.storageKey(namespace: stored.metadata["namespace"]?.stringValue ?? "", name: objectName)
      _ = try? deleter.delete(resource, key: key, name: objectName, DeleteOptions())
    }
    guard cluster.store.read(resource.storageName).objects.count == 0 else { return false }
    return removeFinalizer(name, cluster)
  }

  private static func removeFinalizer(_ name: String, _ cluster: Cluster) -> Bool {
    guard let resource = BuiltInResources.definitions else { return true }
    return Finalizers.remove(finalizer, from: resource, key: name, cluster)
  }
}

/// Takes finalizers away from stored objects, and the objects with the last one.
enum Finalizers {
  static func remove(_ finalizer: String, from resource: Resource, key: String, _ cluster: Cluster) -> Bool {
    for _ in 0..<16 {
      guard let current = cluster.store.object(resource.storageName, key) else { return true }
      var left = current.json["metadata"]?["finalizers"]?.arrayValue ?? []
      left.removeAll { $0.stringValue == finalizer }
      var json = current.json
      json.setValue(left.isEmpty ? nil : .array(left), at: ["metadata", "finalizers"])
      let isGone = left.isEmpty && current.metadata["deletionTimestamp"] != nil
      if !isGone, json == current.json { return false }
      do {
        _ = try cluster.store.commit(
          .init(resource: resource.storageName, key: key, expected: current.revision, state: isGone ? nil : json))
        return isGone
      } catch .stale {
        continue
      } catch {
        return false
      }
    }
    return false
  }
}
