internal import WGECore

/// Writes into cluster roles with an aggregation rule the rules of the roles that they select.
/// Source: Kubernetes RBAC reference, "Aggregated ClusterRoles".
enum RoleAggregation {
  private static let resource = "clusterroles.\(Authorizer.group)"

  static func run(_ cluster: Cluster) {
    let roles = cluster.store.read(resource).objects.values()
    for role in roles {
      guard let selectors = role.json["aggregationRule"]?["clusterRoleSelectors"]?.arrayValue else { continue }
      let name = role.metadata["name"]?.stringValue ?? ""
      var rules: [JSON] = []
      for selector in selectors {
        let selection = LabelSelector(selector)
        // A role does not gather from itself.
        for other in roles where other !== role && selection.matches(other.json) {
          for rule in other.json["rules"]?.arrayValue ?? [] where !rules.contains(rule) { rules.append(rule) }
        }
      }
      write(.array(rules), name, cluster)
    }
  }

  private static func write(_ rules: JSON, _ name: String, _ cluster: Cluster) {
    for _ in 0..<16 {
      guard let current = cluster.store.object(resource, name) else { return }
      if current.json["rules"] == rules || (current.json["rules"]?.isNull != false && rules == []) { return }
      var json = current.json
      json["rules"] = rules
      do {
        _ = try cluster.store.commit(.init(resource: resource, key: name, expected: current.revision, state: json))
        return
      } catch .stale {
        continue
      } catch {
        return
      }
    }
  }
}
