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
        == "selfsubjectreviews.authentication.k8s.io is forbidden: User \"bob\" cannot impersonate-on:user-info:create resource \"selfsubjectreviews\" in API group \"authentication.k8s.io\" at the cluster scope"
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

  @Test func theOlderRightToImpersonateStillSuffices() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.create(
      "\(Self.rbac)/clusterroles",
      role(
        "actor", [["apiGroups": [""], "resources": ["users", "groups"], "verbs": ["impersonate"]]], kind: "ClusterRole")
    )
    try await cluster.create(
      "\(Self.rbac)/clusterrolebindings",
      binding(
        "actor", role: "actor", roleKind: "ClusterRole", kind: "ClusterRoleBinding",
        subject: ["kind": "User", "name": "bob"]))
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    let body: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
    let carol = try await cluster.send("POST", path, body, headers: ["Impersonate-User": "carol"], as: Self.bob)
    #expect(carol.body["status"]?["userInfo"]?["username"] == "carol")
    let nobody = try await cluster.send("POST", path, body, headers: ["Impersonate-Uid": "x"], as: Self.bob)
    #expect(nobody.code == 400)
    #expect(
      nobody.message
        == "requested &user.DefaultInfo{Name:\"\", UID:\"x\", Groups:[]string(nil), Extra:map[string][]string(nil)} without impersonating a user name"
    )
  }

  @Test func constrainedImpersonationNeedsTheActionToo() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.create(
      "\(Self.rbac)/clusterroles",
      role(
        "actor",
        [
          [
            "apiGroups": ["authentication.k8s.io"], "resources": ["users"], "resourceNames": ["carol"],
            "verbs": ["impersonate:user-info"],
          ],
          ["apiGroups": [""], "resources": ["configmaps"], "verbs": ["impersonate-on:user-info:list"]],
        ], kind: "ClusterRole"))
    for (name, user) in [("actor", "bob"), ("reader", "carol")] {
      try await cluster.create(
        "\(Self.rbac)/clusterrolebindings",
        binding(
          name, role: name == "actor" ? "actor" : "view", roleKind: "ClusterRole", kind: "ClusterRoleBinding",
          subject: ["kind": "User", "name": .string(user)]))
    }
    let headers = ["Impersonate-User": "carol"]
    #expect(try await cluster.send("GET", TestCluster.configMaps, headers: headers, as: Self.bob).code == 200)
    let pods = try await cluster.send("GET", "/api/v1/namespaces/default/pods", headers: headers, as: Self.bob)
    #expect(pods.code == 403)
    #expect(pods.message.contains("cannot impersonate-on:user-info:list resource \"pods\""))
  }

  @Test func tokensAreBoundToObjectsAndAudiences() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let accounts = "/api/v1/namespaces/default/serviceaccounts"
    try await cluster.create(accounts, ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "robot"]])
    let secrets = "/api/v1/namespaces/default/secrets"
    try await cluster.create(secrets, ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "anchor"]])
    func request(_ spec: JSON) async throws -> TestCluster.Answer {
      try await cluster.create(
        "\(accounts)/robot/token", ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec])
    }
    func review(_ token: String, _ audiences: JSON = []) async throws -> JSON {
      try await cluster.create(
        "/apis/authentication.k8s.io/v1/tokenreviews",
        [
          "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
          "spec": ["token": .string(token), "audiences": audiences],
        ]
      ).body["status"] ?? [:]
    }
    let bound = try await request(["boundObjectRef": ["kind": "Secret", "apiVersion": "v1", "name": "anchor"]])
    let token = bound.body["status"]?["token"]?.stringValue ?? ""
    let status = try await review(token)
    #expect(status["authenticated"] == true)
    #expect(status["user"]?["username"] == "system:serviceaccount:default:robot")
    #expect(
      status["user"]?["extra"]?["authentication.kubernetes.io/credential-id"]?.arrayValue?.first?.stringValue?
        .hasPrefix("JTI=") == true)
    try await cluster.send("DELETE", "\(secrets)/anchor")
    #expect(try await review(token)["error"] == "invalid bearer token")
    let other = try await request(["audiences": ["vault"]]).body["status"]?["token"]?.stringValue ?? ""
    #expect(try await review(other, ["vault", "x"])["audiences"] == ["vault"])
    #expect(
      try await review(other)["error"]
        == "[invalid bearer token, token audiences [\"vault\"] is invalid for the target audiences [\"https://kubernetes.default.svc\"]]"
    )
    #expect(
      try await request(["boundObjectRef": ["kind": "Node", "apiVersion": "v1", "name": "absent"]]).code == 404)
    let odd = try await request(["boundObjectRef": ["kind": "ConfigMap", "apiVersion": "v1", "name": "a"]])
    #expect(odd.message == "cannot bind token to object of type /v1, Kind=ConfigMap")
  }

  @Test func rulesAreListedForTheCaller() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let answer = try await cluster.send(
      "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
      [
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": ["namespace": "default"],
      ], as: Self.bob)
    let resources = (answer.body["status"]?["resourceRules"]?.arrayValue ?? []).flatMap {
      $0["resources"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }
    #expect(resources.contains("selfsubjectreviews"))
    #expect(answer.body["status"]?["nonResourceRules"]?.arrayValue?.isEmpty == false)
  }
}
