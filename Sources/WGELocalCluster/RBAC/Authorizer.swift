internal import Synchronization
internal import WGECore

/// Decides by the roles and bindings that are stored, as kube-apiserver's RBAC mode does.
///
/// The stored objects are compiled once and again after any of them changed.
final class Authorizer: Sendable {
  struct Decision: Sendable {
    var allowed: Bool
    /// Why, for access reviews; empty for system:masters.
    var reason = ""
  }

  private struct Subject: Sendable {
    var kind: String
    var name: String
    var namespace: String

    func matches(_ user: UserInfo) -> Bool {
      switch kind {
      case "User": user.name == name
      case "Group": user.groups.contains(name)
      case "ServiceAccount": user.name == "system:serviceaccount:\(namespace):\(name)"
      default: false
      }
    }

    var text: String { kind == "ServiceAccount" ? "ServiceAccount \"\(name)/\(namespace)\"" : "\(kind) \"\(name)\"" }
  }

  private struct Binding: Sendable {
    var text: String
    var roleText: String
    /// Empty for cluster role bindings.
    var namespace: String
    var subjects: [Subject]
    var rules: [PolicyRule]
  }

  private struct Policy: Sendable {
    var cluster: [Binding] = []
    var namespaced: [String: [Binding]] = [:]
  }

  static let group = "rbac.authorization.k8s.io"
  private static let watched: Set<String> = [
    "roles.\(group)", "clusterroles.\(group)", "rolebindings.\(group)", "clusterrolebindings.\(group)",
  ]

  private let store: Store
  private let compiled = Mutex<Policy?>(nil)

  init(store: Store) { self.store = store }

  /// Forgets what was compiled when the change concerns it.
  func changed(_ resource: String) {
    if Self.watched.contains(resource) { compiled.withLock { $0 = nil } }
  }

  func decide(_ user: UserInfo, _ access: AccessAttributes) -> Decision {
    if user.isSuperuser { return Decision(allowed: true) }
    for (binding, subject) in bindings(for: user, namespace: access.namespace) {
      guard binding.rules.contains(where: { $0.allows(access) }) else { continue }
      return Decision(
        allowed: true, reason: "RBAC: allowed by \(binding.text) of \(binding.roleText) to \(subject.text)")
    }
    return Decision(allowed: false)
  }

  /// All rules that the user holds in a namespace, those of the whole cluster included.
  func rules(for user: UserInfo, namespace: String) -> [PolicyRule] {
    if user.isSuperuser {
      return [
        PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"]), PolicyRule(verbs: ["*"], nonResourceURLs: ["*"]),
      ]
    }
    return bindings(for: user, namespace: namespace).flatMap(\.0.rules)
  }

  private func bindings(for user: UserInfo, namespace: String) -> [(Binding, Subject)] {
    let policy = policy()
    var candidates = policy.cluster
    if !namespace.isEmpty { candidates += policy.namespaced[namespace] ?? [] }
    return candidates.compactMap { binding in
      binding.subjects.first { $0.matches(user) }.map { (binding, $0) }
    }
  }

  private func policy() -> Policy {
    if let known = compiled.withLock({ $0 }) { return known }
    let made = compile()
    compiled.withLock { $0 = made }
    return made
  }

  /// The rules of a role, with those that a cluster role aggregates.
  func rules(ofKind kind: String, name: String, namespace: String) -> [PolicyRule]? {
    if kind == "Role" {
      return store.object("roles.\(Self.group)", "\(namespace)/\(name)").map { PolicyRule.list($0.json["rules"]) }
    }
    guard let role = store.object("clusterroles.\(Self.group)", name) else { return nil }
    var seen: Set<String> = [name]
    return gather(role.json, &seen)
  }

  /// A role's own rules and those of the roles that it selects, which may select others in turn.
  private func gather(_ role: JSON, _ seen: inout Set<String>) -> [PolicyRule] {
    var rules = PolicyRule.list(role["rules"])
    for selector in role["aggregationRule"]?["clusterRoleSelectors"]?.arrayValue ?? [] {
      let selection = LabelSelector(selector)
      for other in store.read("clusterroles.\(Self.group)").objects.values() where selection.matches(other.json) {
        guard seen.insert(other.metadata["name"]?.stringValue ?? "").inserted else { continue }
        for rule in gather(other.json, &seen) where !rules.contains(rule) { rules.append(rule) }
      }
    }
    return rules
  }

  private func compile() -> Policy {
    var policy = Policy()
    for binding in store.read("clusterrolebindings.\(Self.group)").objects.values() {
      if let compiled = compile(binding.json, kind: "ClusterRoleBinding", namespace: "") {
        policy.cluster.append(compiled)
      }
    }
    for binding in store.read("rolebindings.\(Self.group)").objects.values() {
      let namespace = binding.metadata["namespace"]?.stringValue ?? ""
      if let compiled = compile(binding.json, kind: "RoleBinding", namespace: namespace) {
        policy.namespaced[namespace, default: []].append(compiled)
      }
    }
    return policy
  }

  private func compile(_ json: JSON, kind: String, namespace: String) -> Binding? {
    let name = json["metadata"]?["name"]?.stringValue ?? ""
    let roleKind = json["roleRef"]?["kind"]?.stringValue ?? ""
    let roleName = json["roleRef"]?["name"]?.stringValue ?? ""
    guard let rules = rules(ofKind: roleKind, name: roleName, namespace: namespace) else { return nil }
    let subjects = (json["subjects"]?.arrayValue ?? []).map { subject in
      Subject(
        kind: subject["kind"]?.stringValue ?? "", name: subject["name"]?.stringValue ?? "",
        namespace: subject["namespace"]?.stringValue ?? namespace)
    }
    return Binding(
      text: namespace.isEmpty ? "\(kind) \"\(name)\"" : "\(kind) \"\(name)/\(namespace)\"",
      roleText: "\(roleKind) \"\(roleName)\"", namespace: namespace, subjects: subjects, rules: rules)
  }

  /// The refusal for a request, in kube-apiserver's words.
  /// - Parameter reason: what else is to be said.
  static func refusal(_ user: UserInfo, _ access: AccessAttributes, because reason: String = "") -> APIStatus {
    let more = reason.isEmpty ? "" : ": \(reason)"
    if let path = access.path {
      return APIStatus(
        403, "Forbidden",
        "forbidden: User \(FieldError.quote(user.name)) cannot \(access.verb) path \(FieldError.quote(path))",
        details: .init())
    }
    let place =
      access.namespace.isEmpty ? "at the cluster scope" : "in the namespace \(FieldError.quote(access.namespace))"
    let groupResource = access.group.isEmpty ? access.resource : "\(access.resource).\(access.group)"
    let subject = access.name.isEmpty ? groupResource : "\(groupResource) \(FieldError.quote(access.name))"
    return APIStatus(
      403, "Forbidden",
      "\(subject) is forbidden: User \(FieldError.quote(user.name)) cannot \(access.verb) resource \(FieldError.quote(access.fullResource)) in API group \(FieldError.quote(access.group)) \(place)\(more)",
      details: .init(name: access.name, group: access.group, kind: access.resource))
  }
}
