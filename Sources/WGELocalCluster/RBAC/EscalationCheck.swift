internal import WGECore

/// Nobody may grant what they do not hold: writes of roles and bindings are held against the
/// writer's own rules.
/// Source: Kubernetes RBAC reference, "Privilege escalation prevention and bootstrapping".
struct EscalationCheck {
  let authorizer: Authorizer
  let user: UserInfo

  func check(_ resource: Resource, _ json: JSON, old: JSON?, namespace: String) throws(APIStatus) {
    guard resource.group == Authorizer.group, !user.isSuperuser else { return }
    let name = json["metadata"]?["name"]?.stringValue ?? ""
    switch resource.kind {
    case "Role", "ClusterRole":
      if let old, old["rules"] == json["rules"], old["aggregationRule"] == json["aggregationRule"] { return }
      if allowed("escalate", resource.plural, name, namespace) { return }
      if resource.kind == "ClusterRole", json["aggregationRule"] != nil {
        let everything = PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"])
        if !authorizer.rules(for: user, namespace: "").contains(where: { $0.covers(everything) }) {
          throw .forbidden(resource, name, "must have cluster-admin privileges to use the aggregationRule")
        }
      }
      try confirm(PolicyRule.list(json["rules"]), resource, name, namespace)
    case "RoleBinding", "ClusterRoleBinding":
      if let old, old["roleRef"] == json["roleRef"], old["subjects"] == json["subjects"] { return }
      let roleKind = json["roleRef"]?["kind"]?.stringValue ?? ""
      let roleName = json["roleRef"]?["name"]?.stringValue ?? ""
      let plural = roleKind == "Role" ? "roles" : "clusterroles"
      if allowed("bind", plural, roleName, namespace) { return }
      guard let rules = authorizer.rules(ofKind: roleKind, name: roleName, namespace: namespace) else {
        // The lookup answers in the name of the resource that is being written.
        throw .notFound(resource, roleName)
      }
      try confirm(rules, resource, name, namespace)
    default: break
    }
  }

  private func allowed(_ verb: String, _ plural: String, _ name: String, _ namespace: String) -> Bool {
    authorizer.decide(
      user, AccessAttributes(verb: verb, group: Authorizer.group, resource: plural, name: name, namespace: namespace)
    ).allowed
  }

  private func confirm(_ wanted: [PolicyRule], _ resource: Resource, _ name: String, _ namespace: String)
    throws(APIStatus)
  {
    let held = authorizer.rules(for: user, namespace: namespace)
    let missing = wanted.filter { rule in !rule.atoms.allSatisfy { atom in held.contains { $0.covers(atom) } } }
    if missing.isEmpty { return }
    let groups = "[" + user.groups.map(FieldError.quote).joined(separator: " ") + "]"
    throw .forbidden(
      resource, name,
      "user \(FieldError.quote(user.name)) (groups=\(groups)) is attempting to grant RBAC permissions not currently held:\n"
        + missing.map(\.text).joined(separator: "\n"))
  }
}
