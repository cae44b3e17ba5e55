internal import WGECore

/// A leaf cluster as its `GitopsCluster` object describes it. Pure: what the directory does with
/// it is in ``GitopsClusterDirectory``.
struct GitopsLeaf: Sendable, Hashable {
  let id: ClusterID
  /// The Secret that holds the kubeconfig.
  let secret: ObjectKey?
  /// Why the cluster cannot be used, as far as the object says.
  let unavailable: ClusterError?
  /// The Secret's name is one that a Secret can have.
  let isNamed: Bool

  /// The data keys that may hold a kubeconfig; the first that is there and not empty wins.
  static let secretKeys = ["value.yaml", "value"]

  init?(_ object: DynamicObject, readiness: GitopsClusterDirectory.Readiness) {
    guard let namespace = object.namespace, !namespace.isEmpty, !object.name.isEmpty else { return nil }
    id = ClusterID(namespace: namespace, name: object.name)
    func reference(_ field: String) -> String? {
      object.value(at: ["spec", field, "name"])?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }
    // Cluster API names the Secret after its Cluster; it wins over an explicit reference.
    let name = reference("capiClusterRef").map { $0 + "-kubeconfig" } ?? reference("secretRef")
    secret = name.map { ObjectKey(namespace: namespace, name: $0) }
    isNamed = name.map { NameValidation.dns1123Subdomain($0).isEmpty } ?? false
    if let name, !isNamed {
      // It goes into a selector, where it could name other Secrets.
      unavailable = ClusterError(
        id, .invalidKubeconfig, "GitopsCluster \(object.key): \"\(name.prefix(64))\" is no name of a Secret")
    } else if secret == nil {
      unavailable = ClusterError(
        id, .invalidKubeconfig,
        "GitopsCluster \(object.key) names no kubeconfig: set spec.secretRef or spec.capiClusterRef")
    } else {
      unavailable = Self.notReady(object, id, readiness)
    }
  }

  private static func notReady(
    _ object: DynamicObject, _ id: ClusterID, _ readiness: GitopsClusterDirectory.Readiness
  ) -> ClusterError? {
    let wanted: [String]
    switch readiness {
    case .conditions: wanted = ["Ready", "ClusterConnectivity"]
    case .ready: wanted = ["Ready"]
    case .kubeconfig: wanted = []
    }
    let conditions = object.value(at: ["status", "conditions"])?.arrayValue ?? []
    for type in wanted {
      guard let condition = conditions.first(where: { $0["type"]?.stringValue == type }) else {
        return ClusterError(id, .notReady, "GitopsCluster \(object.key) has no condition \(type) yet")
      }
      if condition["status"]?.stringValue == "True" { continue }
      let why = [condition["reason"]?.stringValue, condition["message"]?.stringValue]
        .compactMap { $0.flatMap { $0.isEmpty ? nil : $0 } }.joined(separator: ": ")
      return ClusterError(
        id, .notReady,
        "GitopsCluster \(object.key): condition \(type) is not True\(why.isEmpty ? "" : " (\(why.prefix(512)))")")
    }
    return nil
  }

  /// The kubeconfig in a Secret.
  static func kubeconfig(in secret: DynamicObject, for id: ClusterID) throws -> Secret<[UInt8]> {
    for key in secretKeys {
      switch secret.secretDatum(key) {
      case .absent: continue
      case .malformed:
        throw ClusterError(id, .invalidKubeconfig, "Secret \(secret.key): data.\(key) is not base64")
      case .bytes(let bytes): return bytes
      }
    }
    throw ClusterError(
      id, .invalidKubeconfig,
      "Secret \(secret.key) holds no kubeconfig: put one into data.value (data[\"value.yaml\"] goes before it)")
  }
}
