internal import WGECore

/// Empties namespaces that are being deleted.
enum NamespaceController {
  static func finish(_ name: String, _ cluster: Cluster) {
    guard let namespace = cluster.store.object("namespaces", name), namespace.metadata["deletionTimestamp"] != nil
    else {
      return
    }
    let deleter = Deleter(cluster: cluster)
    var remaining = 0
    for resource in cluster.registry.stored where resource.isNamespaced {
      for stored in cluster.store.read(resource.storageName).objects.values(prefix: "\(name)/") {
        let object = stored.metadata["name"]?.stringValue ?? ""
        let key = resource.storageKey(namespace: name, name: object)
        _ = try? deleter.delete(resource, key: key, name: object, DeleteOptions())
        if cluster.store.object(resource.storageName, key) != nil { remaining += 1 }
      }
    }
    guard remaining == 0 else { return }
    for _ in 0..<16 {
      guard let current = cluster.store.object("namespaces", name) else { return }
      var json = current.json
      let others = (json["spec"]?["finalizers"]?.arrayValue ?? []).filter { $0.stringValue != "kubernetes" }
      json.setValue(others.isEmpty ? nil : .array(others), at: ["spec", "finalizers"])
      let isGone = others.isEmpty && (json["metadata"]?["finalizers"]?.arrayValue ?? []).isEmpty
      do {
        _ = try cluster.store.commit(
          .init(resource: "namespaces", key: name, expected: current.revision, state: isGone ? nil : json))
        return
      } catch .stale {
        continue
      } catch {
        return
      }
    }
  }

  static func ensureServiceAccount(_ namespace: String, _ cluster: Cluster) {
    guard cluster.store.object("serviceaccounts", "\(namespace)/default") == nil,
      let current = cluster.store.object("namespaces", namespace), current.metadata["deletionTimestamp"] == nil
    else { return }
    let json: JSON = [
      "kind": "ServiceAccount", "apiVersion": "v1",
      "metadata": [
        "name": "default", "namespace": .string(namespace), "uid": .string(Cluster.makeUID()),
        "creationTimestamp": .string(cluster.now.rfc3339),
      ],
    ]
    _ = try? cluster.store.commit(
      .init(resource: "serviceaccounts", key: "\(namespace)/default", expected: nil, state: json))
  }
}
