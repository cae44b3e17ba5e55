import Testing
import WGECore
import WGELocalCluster

@Suite struct AccessTests {
  private static let rbac = "/apis/rbac.authorization.k8s.io/v1"
  private static let bob = LocalCluster.Authentication.user(name: "bob", groups: ["dev"])

  private func role(_ name: String, _ rules: JSON, kind: String = "Role") -> JSON {
    [
      "apiVersion": "rbac.authorization.k8s.io/v1", "kind": .string(kind), "metadata": ["name": .string(name)],
      "rules": rules,
    ]
  }

  private func binding(
    _ name: String, role: String, roleKind: String = "Role", kind: String = "RoleBinding", subject: JSON
  ) -> JSON {
    [
      "apiVersion": "rbac.authorization.k8s.io/v1", "kind": .string(kind), "metadata": ["name": .string(name)],
      "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": .string(roleKind), "name": .string(role)],
      "subjects": [subject],
    ]
  }

  @Test func resourceNamesAndSubresourcesAreRespected() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.configMap("one")
    try await cluster.configMap("two")
    try await cluster.create(
      "\(Self.rbac)/namespaces/default/roles",
      role("r", [["apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["one"], "verbs": ["get"]]]))
    try await cluster.create(
      "\(Self.rbac)/namespaces/default/rolebindings", binding("b", role: "r", subject: ["kind": "User", "name": "bob"]))
    #expect(try await cluster.send("GET", TestCluster.configMaps + "/one", as: Self.bob).code == 200)
    #expect(try await cluster.send("GET", TestCluster.configMaps + "/two", as: Self.bob).code == 403)
    #expect(try await cluster.send("GET", TestCluster.configMaps, as: Self.bob).code == 403)
  }

  @Test func nobodyGrantsWhatTheyDoNotHold() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.create(
      "\(Self.rbac)/clusterroles",
      role(
        "granter",
        [
          [
            "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"],
            "verbs": ["create", "update"],
          ],
          ["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]],
        ], kind: "ClusterRole"))
    try await cluster.create(
      "\(Self.rbac)/clusterrolebindings",
      binding(
        "granter", role: "granter", roleKind: "ClusterRole", kind: "ClusterRoleBinding",
        subject: ["kind": "Group", "name": "dev"]))
    let roles = "\(Self.rbac)/namespaces/default/roles"
    let fine = role("fine", [["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]]])
    #expect(try await cluster.send("POST", roles, fine, as: Self.bob).code == 201)
    let much = role("much", [["apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]]])
    let refused = try await cluster.send("POST", roles, much, as: Self.bob)
    #expect(refused.code == 403)
    #expect(
      refused.message
        == "roles.rbac.authorization.k8s.io \"much\" is forbidden: user \"bob\" (groups=[\"dev\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}"
    )
    let admin = binding("up", role: "cluster-admin", roleKind: "ClusterRole", subject: ["kind": "User", "name": "bob"])
    #expect(
      try await cluster.send("POST", "\(Self.rbac)/namespaces/default/rolebindings", admin, as: Self.bob).code == 403)
  }

  @Test func impersonationNeedsItsOwnRight() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let headers = ["Impersonate-User": "carol", "Impersonate-Group": "ops"]
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    let body: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
    let carol = try await cluster.send("POST", path, body, headers: headers)
    #expect(carol.body["status"]?["userInfo"]?["username"] == "carol")
    #expect(carol.body["status"]?["userInfo"]?["groups"] == ["ops", "system:authenticated"])
    let refused = try await cluster.send("POST", path, body, headers: headers, as: Self.bob)
    #expect(refused.code == 403)
    #expect(
      refused.message
        == "users \"carol\" is forbidden: User \"bob\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope"
    )
    #expect(try await cluster.send("GET", TestCluster.configMaps, headers: ["Impersonate-User": "carol"]).code == 403)
  }

  @Test func serviceAccountTokensWorkUntilTheAccountGoes() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let accounts = "/api/v1/namespaces/default/serviceaccounts"
    try await cluster.create(accounts, ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "robot"]])
    let request: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": [:]]
    let token = try await cluster.create("\(accounts)/robot/token", request).body["status"]?["token"]?.stringValue ?? ""
    try await cluster.create(
      "\(Self.rbac)/clusterrolebindings",
      binding(
        "robot", role: "view", roleKind: "ClusterRole", kind: "ClusterRoleBinding",
        subject: ["kind": "ServiceAccount", "name": "robot", "namespace": "default"]))
    let bearer = ["Authorization": "Bearer \(token)"]
    #expect(try await cluster.send("GET", TestCluster.configMaps, headers: bearer, as: .anonymous).code == 200)
    #expect(try await cluster.send("GET", "/api/v1/secrets", headers: bearer, as: .anonymous).code == 403)
    let forged = String(token.dropLast(4)) + "AAAA"
    #expect(
      try await cluster.send("GET", TestCluster.configMaps, headers: ["Authorization": "Bearer \(forged)"]).code == 401)
    try await cluster.send("DELETE", "\(accounts)/robot")
    #expect(try await cluster.send("GET", TestCluster.configMaps, headers: bearer, as: .anonymous).code == 401)
  }

  @Test func clusterRolesAggregate() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    var extra = role(
      "widget-view", [["apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["list"]]], kind: "ClusterRole")
    extra.setValue(["rbac.authorization.k8s.io/aggregate-to-view": "true"], at: ["metadata", "labels"])
    try await cluster.create("\(Self.rbac)/clusterroles", extra)
    try await cluster.create(
      "\(Self.rbac)/namespaces/default/rolebindings",
      binding("v", role: "view", roleKind: "ClusterRole", subject: ["kind": "User", "name": "bob"]))
    let review: JSON = [
      "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
      "spec": [
        "resourceAttributes": ["namespace": "default", "verb": "list", "group": "example.com", "resource": "widgets"]
      ],
    ]
    let answer = try await cluster.send(
      "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, as: Self.bob)
    #expect(answer.body["status"]?["allowed"] == true)
  }

  @Test func anonymousCanBeTurnedAway() async throws {
    let cluster = try TestCluster { $0.allowsAnonymous = false }
    defer { cluster.cluster.close() }
    #expect(try await cluster.send("GET", "/healthz", as: .anonymous).code == 401)
  }

  @Test func twoUsersCannotShareAToken() {
    #expect(throws: LocalClusterError.self) {
      try TestCluster {
        $0.tokens = [.init(token: Secret("t"), user: "a"), .init(token: Secret("t"), user: "b")]
      }
    }
  }
}
