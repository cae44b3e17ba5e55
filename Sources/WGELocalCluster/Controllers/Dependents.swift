internal import WGECore

/// Garbage collection by owner references.
///
/// Background: when an owner is gone, its dependents that have no other living owner go too.
/// Foreground: an owner with the finalizer `foregroundDeletion` waits for the dependents that block
/// it. Orphan: an owner with the finalizer `orphan` first lets go of its dependents.
/// Source: Kubernetes, "Garbage Collection".
enum Dependents {
  static func waits(_ json: JSON) -> Bool {
    (json["metadata"]?["finalizers"]?.arrayValue ?? []).contains {
      $0.stringValue == "foregroundDeletion" || $0.stringValue == "orphan"
    }
  }

  private static func resource(of address: ObjectAddress, _ registry: Registry) -> Resource? {
    registry.stored.first { $0.storageName == address.resource }
  }

  /// Where an owner is stored; nil for a kind that is not served.
  static func address(ofOwner owner: JSON, of dependent: JSON, _ registry: Registry) -> ObjectAddress? {
    guard let apiVersion = owner["apiVersion"]?.stringValue, let kind = owner["kind"]?.stringValue,
      let name = owner["name"]?.stringValue, let resource = registry.resource(apiVersion: apiVersion, kind: kind)
    else { return nil }
    let namespace = dependent["metadata"]?["namespace"]?.stringValue ?? ""
    return ObjectAddress(resource: resource.storageName, key: resource.storageKey(namespace: namespace, name: name))
  }

  private static func owners(_ json: JSON) -> [JSON] { json["metadata"]?["ownerReferences"]?.arrayValue ?? [] }

  private static func isLiving(_ owner: JSON, of dependent: JSON, _ cluster: Cluster) -> Bool {
    guard let address = address(ofOwner: owner, of: dependent, cluster.registry),
      let stored = cluster.store.object(address.resource, address.key)
    else { return false }
    return stored.uid == owner["uid"]?.stringValue
  }

  /// The owner with this uid is gone.
  static func collect(_ uid: String, _ cluster: Cluster) {
    for address in cluster.store.dependents(of: uid) {
      guard let resource = resource(of: address, cluster.registry),
        let dependent = cluster.store.object(address.resource, address.key)
      else { continue }
      let owners = owners(dependent.json)
      let living = owners.filter { $0["uid"]?.stringValue != uid && isLiving($0, of: dependent.json, cluster) }
      if living.isEmpty {
        delete(resource, address, dependent, .background, cluster)
      } else {
        rewrite(address, cluster) { $0.filter { $0["uid"]?.stringValue != uid } }
      }
    }
  }

  /// An object names owners: those that do not exist do not count, and without any left it goes.
  ///
  /// An owner in another namespace is no owner: only the object's own namespace is looked at, as upstream does.
  static func collectOrphan(_ address: ObjectAddress, _ cluster: Cluster) {
    guard let resource = resource(of: address, cluster.registry),
      let dependent = cluster.store.object(address.resource, address.key),
      dependent.metadata["deletionTimestamp"] == nil
    else { return }
    let owners = owners(dependent.json)
    // Of kinds that are not served nothing can be known.
    guard !owners.isEmpty,
      owners.allSatisfy({ self.address(ofOwner: $0, of: dependent.json, cluster.registry) != nil })
    else { return }
    let living = owners.filter { isLiving($0, of: dependent.json, cluster) }
    if living.count == owners.count { return }
    if living.isEmpty {
      delete(resource, address, dependent, .background, cluster)
    } else {
      rewrite(address, cluster) { owners in owners.filter { isLiving($0, of: dependent.json, cluster) } }
    }
  }

  /// An owner is being deleted and has a finalizer of ours.
  static func advance(_ address: ObjectAddress, _ cluster: Cluster) {
    guard let resource = resource(of: address, cluster.registry),
      let owner = cluster.store.object(address.resource, address.key), owner.metadata["deletionTimestamp"] != nil
    else { return }
    let finalizers = (owner.metadata["finalizers"]?.arrayValue ?? []).compactMap(\.stringValue)
    let dependents = cluster.store.dependents(of: owner.uid)
    if finalizers.contains("orphan") {
      for dependent in dependents { rewrite(dependent, cluster) { $0.filter { $0["uid"]?.stringValue != owner.uid } } }
      _ = Finalizers.remove("orphan", from: resource, key: address.key, cluster)
      return
    }
    guard finalizers.contains("foregroundDeletion") else { return }
    var isBlocked = false
    for dependentAddress in dependents {
      guard let kind = Self.resource(of: dependentAddress, cluster.registry),
        let dependent = cluster.store.object(dependentAddress.resource, dependentAddress.key)
      else { continue }
      let references = owners(dependent.json)
      let blocks = references.contains {
        $0["uid"]?.stringValue == owner.uid && $0["blockOwnerDeletion"]?.boolValue == true
      }
      let others = references.filter {
        $0["uid"]?.stringValue != owner.uid && isLiving($0, of: dependent.json, cluster)
      }
      if !others.isEmpty {
        rewrite(dependentAddress, cluster) { $0.filter { $0["uid"]?.stringValue != owner.uid } }
        continue
      }
      if dependent.metadata["deletionTimestamp"] == nil {
        delete(kind, dependentAddress, dependent, blocks ? .foreground : .background, cluster)
      }
      if blocks, cluster.store.object(dependentAddress.resource, dependentAddress.key) != nil { isBlocked = true }
    }
    if !isBlocked { _ = Finalizers.remove("foregroundDeletion", from: resource, key: address.key, cluster) }
  }

  private static func delete(
    _ resource: Resource, _ address: ObjectAddress, _ dependent: StoredObject, _ propagation: DeleteOptions.Propagation,
    _ cluster: Cluster
  ) {
    var options = DeleteOptions()
    options.uid = dependent.uid
    // An own wish to orphan or to wait, already recorded, is kept.
    if !waits(dependent.json), propagation == .foreground { options.propagation = .foreground }
    let name = dependent.metadata["name"]?.stringValue ?? ""
    _ = try? Deleter(cluster: cluster).delete(resource, key: address.key, name: name, options)
  }

  private static func rewrite(_ address: ObjectAddress, _ cluster: Cluster, _ change: ([JSON]) -> [JSON]) {
    for _ in 0..<16 {
      guard let current = cluster.store.object(address.resource, address.key) else { return }
      let owners = owners(current.json)
      let left = change(owners)
      if left == owners { return }
      var json = current.json
      json.setValue(left.isEmpty ? nil : .array(left), at: ["metadata", "ownerReferences"])
      do {
        _ = try cluster.store.commit(
          .init(resource: address.resource, key: address.key, expected: current.revision, state: json))
        return
      } catch .stale {
        continue
      } catch {
        return
      }
    }
  }
}
