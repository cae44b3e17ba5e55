internal import WGECore

/// What every cluster has from its first moment: the system namespaces, and the roles and bindings
/// without which nobody could discover anything.
/// Source: Kubernetes RBAC reference, "Default roles and role bindings".
enum Bootstrap {
  static func run(_ cluster: Cluster) throws {
    var wroteAny = false
    for (resource, key, json) in objects where cluster.store.object(resource, key) == nil {
      var object = json
      object.setValue(.string(Cluster.makeUID()), at: ["metadata", "uid"])
      object.setValue(.string(cluster.now.rfc3339), at: ["metadata", "creationTimestamp"])
      do {
        _ = try cluster.store.commit(.init(resource: resource, key: key, expected: nil, state: object))
      } catch let refusal {
        throw LocalClusterError.configuration("the first objects cannot be written: \(APIStatus(refusal).message)")
      }
      wroteAny = true
    }
    // Nobody has seen anything yet: history begins after these objects.
    if wroteAny { cluster.store.compact() }
  }

  private static let objects: [(resource: String, key: String, json: JSON)] =
    ["default", "kube-system", "kube-public", "kube-node-lease"].map { ("namespaces", $0, namespace($0)) }
    + DefaultRoles.roles.map { ("clusterroles.\(Authorizer.group)", $0.name, $0.json) }
    + DefaultRoles.bindings.map { ("clusterrolebindings.\(Authorizer.group)", $0.name, $0.json) }
    + [("services", "default/kubernetes", kubernetesService)]

  private static func namespace(_ name: String) -> JSON {
    [
      "kind": "Namespace", "apiVersion": "v1",
      "metadata": ["name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)]],
      "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
    ]
  }

  private static let kubernetesService: JSON = [
    "kind": "Service", "apiVersion": "v1",
    "metadata": [
      "name": "kubernetes", "namespace": "default", "labels": ["component": "apiserver", "provider": "kubernetes"],
    ],
    "spec": [
      "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
      "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "type": "ClusterIP",
      "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443]],
    ],
    "status": ["loadBalancer": [:]],
  ]
}
