internal import WGECore

/// Empties namespaces that are being deleted.
enum NamespaceController {
  static func finish(_ name: String, _ cluster: Cluster) {
    guard let namespace = cluster.store.object("namespaces", name), namespace.metadata["deletionTimestamp"] != nil
    else {
      return
    }
    let deleter = Deleter(cluster: cluster)
    var remaining: [String: Int] = [:]
    var finalizers: [String: Int] = [:]
    for resource in cluster.registry.stored where resource.isNamespaced && resource.verbs.contains("delete") {
      for stored in cluster.store.read(resource.storageName).objects.values(prefix: "\(name)/") {
        let object = stored.metadata["name"]?.stringValue ?? ""
        let key = resource.storageKey(namespace: name, name: object)
        _ = try? deleter.delete(resource, key: key, name: object, DeleteOptions())
        guard let left = cluster.store.object(resource.storageName, key) else { continue }
        remaining["\(resource.plural).\(resource.group)", default: 0] += 1
        for finalizer in left.metadata["finalizers"]?.arrayValue ?? [] {
          finalizers[finalizer.stringValue ?? "", default: 0] += 1
        }
      }
    }
    report(name, remaining, finalizers, cluster)
    guard remaining.isEmpty else { return }
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

  /// Tells in the namespace's conditions what it still waits for.
  /// Source: k8s.io/kubernetes, controller/namespace/deletion status_condition_utils.
  private static func report(
    _ name: String, _ remaining: [String: Int], _ finalizers: [String: Int], _ cluster: Cluster
  ) {
    func list(_ counts: [String: Int], _ word: (String, Int) -> String) -> String {
      counts.sorted { $0.key < $1.key }.map { word($0.key, $0.value) }.joined(separator: ", ")
    }
    let content = list(remaining) { "\($0) has \($1) resource instances" }
    let waiting = list(finalizers) { "\($0) in \($1) resource instances" }
    let wanted: [(type: String, status: String, reason: String, message: String)] = [
      (
        "NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"
      ),
      (
        "NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions",
        "All legacy kube types successfully parsed"
      ),
      (
        "NamespaceDeletionContentFailure", "False", "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization"
      ),
      remaining.isEmpty
        ? ("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed")
        : ("NamespaceContentRemaining", "True", "SomeResourcesRemain", "Some resources are remaining: \(content)"),
      finalizers.isEmpty
        ? (
          "NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers",
          "All content-preserving finalizers finished"
        )
        : (
          "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
          "Some content in the namespace has finalizers remaining: \(waiting)"
        ),
    ]
    for _ in 0..<16 {
      guard let current = cluster.store.object("namespaces", name) else { return }
      var json = current.json
      let before = json["status"]?["conditions"]?.arrayValue ?? []
      let now = cluster.now.rfc3339
      let conditions = wanted.map { condition -> JSON in
        let old = before.first { $0["type"]?.stringValue == condition.type }
        let since = old?["status"]?.stringValue == condition.status ? old?["lastTransitionTime"] : nil
        return [
          "type": .string(condition.type), "status": .string(condition.status), "reason": .string(condition.reason),
          "message": .string(condition.message), "lastTransitionTime": since ?? .string(now),
        ]
      }
      if conditions == before { return }
      json.setValue(.array(conditions), at: ["status", "conditions"])
      do {
        _ = try cluster.store.commit(
          .init(resource: "namespaces", key: name, expected: current.revision, state: json))
        return
      } catch .stale {
        continue
      } catch {
        return
      }
    }
  }

  static func ensureRootAuthority(_ namespace: String, _ cluster: Cluster) {
    guard cluster.store.object("configmaps", "\(namespace)/kube-root-ca.crt") == nil,
      let current = cluster.store.object("namespaces", namespace), current.metadata["deletionTimestamp"] == nil
    else { return }
    let json: JSON = [
      "kind": "ConfigMap", "apiVersion": "v1",
      "metadata": [
        "name": "kube-root-ca.crt", "namespace": .string(namespace), "uid": .string(Cluster.makeUID()),
        "creationTimestamp": .string(cluster.now.rfc3339),
        "annotations": [
          "kubernetes.io/description":
            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
        ],
      ],
      "data": ["ca.crt": .string(cluster.configuration.rootAuthorityPEM)],
    ]
    _ = try? cluster.store.commit(
      .init(resource: "configmaps", key: "\(namespace)/kube-root-ca.crt", expected: nil, state: json))
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
