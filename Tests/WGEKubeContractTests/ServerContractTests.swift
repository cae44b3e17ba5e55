import HTTPTypes
import Testing
import WGECore
import WGEKube
import WGETestSupport

@Suite(.serialized) struct ServerContractTests {
  @Test(arguments: ContractServer.available)
  func kindsAreDiscovered(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let discovery = test.client.discovery
      let deployment = try await discovery.resource(
        for: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))
      #expect(deployment == .deployments)
      #expect(try await discovery.preferredResource(group: "", kind: "Pod") == .pods)
      for name in ["configmaps", "configmap", "cm", "ConfigMap"] {
        #expect(try await discovery.resource(named: name).resource == .configMaps)
      }
      let pods = try await discovery.resource(named: "pods")
      #expect(Set(pods.verbs).isSuperset(of: ["create", "delete", "get", "list", "patch", "update", "watch"]))
      #expect(Set(pods.subresources).isSuperset(of: ["status", "log", "eviction"]))
      #expect(try await discovery.resource(named: "namespaces").resource.scope == .cluster)
      #expect(try await discovery.snapshot().failures.isEmpty)
      let unknown = try await failure { try await discovery.resource(named: "unheard-of") }
      #expect(unknown.isNotFound)
      // A kind that comes later is found, though the answers are cached.
      let widgets = try await test.installWidgets()
      test.client.discovery.invalidate()
      try await eventually("widgets are discovered") {
        do {
          return try await test.client.discovery.resource(for: widgets.groupVersionKind) == widgets
        } catch let error as KubeError where error.isNotFound {
          test.client.discovery.invalidate()
          return false
        }
      }
      #expect(try await discovery.resource(named: "widgets.\(widgets.group)").shortNames == ["wd"])
      // Servers differ in form, not in content.
      #expect(try await test.client.serverVersion().major == "1")
    }
  }

  @Test(arguments: ContractServer.available)
  func schemasAreServed(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let openAPI = test.client.openAPI
      #expect(Set(try await openAPI.paths()).isSuperset(of: ["api/v1", "apis/apps/v1"]))
      let schema = try await openAPI.schema(for: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"))
      #expect(schema?["properties"]?["data"]?["type"] == "object")
      #expect(try await openAPI.secondVersion()["swagger"] == "2.0")
      let widgets = try await test.installWidgets()
      try await eventually("the schema of widgets") {
        test.client.openAPI.invalidate()
        do {
          let schema = try await test.client.openAPI.schema(for: widgets.groupVersionKind)
          return schema?["properties"]?["spec"]?["properties"]?["color"]?["default"] == "red"
        } catch let error as KubeError where error.isNotFound { return false }
      }
      let missing = try await failure { try await openAPI.document(group: "unheard.of", version: "v1") }
      #expect(missing.isNotFound)
    }
  }

  @Test(arguments: ContractServer.available)
  func definitionsRule(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let widgets = try await test.installWidgets()
      let created = try await client.create(widgets, test.widget(widgets, "w", ["size": 3]))
      #expect(created["spec"]?["color"] == "red" && created.generation == 1)
      let invalid = try await failure { try await client.create(widgets, test.widget(widgets, "x", ["size": 11])) }
      #expect(invalid.isInvalid && invalid.status?.details?.causes.first?.field == "spec.size")
      let missing = try await failure { try await client.create(widgets, test.widget(widgets, "x", [:])) }
      #expect(missing.isInvalid && missing.hasCause("FieldValueRequired"))
      let unknown = try await failure {
        try await client.create(
          widgets, test.widget(widgets, "x", ["size": 1, "nonsense": true]),
          options: WriteOptions(fieldValidation: .strict))
      }
      #expect(unknown.isBadRequest && unknown.description.contains("unknown field \"spec.nonsense\""))
      let strategic = try await failure {
        try await client.patch(widgets, test.key("w"), .strategic(["spec": ["size": 4]]))
      }
      #expect(strategic.isUnsupportedMediaType)
      // Its status is a part of its own.
      var status = created
      status["status"] = ["size": 3]
      status["spec"] = ["size": 9]
      let written = try await client.replaceStatus(widgets, status)
      #expect(written["status"]?["size"] == 3 && written["spec"]?["size"] == 3 && written.generation == 1)
      let scale = try await client.setScale(widgets, test.key("w"), replicas: 5)
      #expect(scale.desiredReplicas == 5 && scale.currentReplicas == 3)
      #expect(try await client.get(widgets, test.key("w")).generation == 2)
      // Lists with keys belong to several managers, entry by entry.
      for (manager, part) in [("one", "a"), ("two", "b")] {
        let desired = test.widget(widgets, "applied", ["size": 1, "parts": [["name": .string(part), "count": 1]]])
        try await client.apply(widgets, desired, force: true, options: WriteOptions(fieldManager: manager))
      }
      let applied = try await client.get(widgets, test.key("applied"))
      #expect(applied.value(at: ["spec", "parts"])?.arrayValue?.count == 2)
      try await client.deleteCollection(widgets, namespace: test.namespace)
    }
  }

  @Test(arguments: ContractServer.available)
  func aDefinitionThatCannotBeServedIsExplained(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let widgets = try await test.installWidgets()
      let group = widgets.group
      let clash: JSON = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": .string("gadgets.\(group)")],
        "spec": [
          "group": .string(group), "scope": "Namespaced",
          "names": ["kind": "Widget", "listKind": "GadgetList", "plural": "gadgets", "singular": "gadget"],
          "versions": [
            [
              "name": "v1", "served": true, "storage": true,
              "schema": ["openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]],
            ]
          ],
        ],
      ]
      let object = try #require(DynamicObject(clash))
      let error = await #expect(throws: DefinitionError.self) {
        try await DefinitionInstaller(client: test.client, timeout: .seconds(20)).install([object])
      }
      #expect(error?.description.contains("\"Widget\" is already in use") == true, "\(error?.description ?? "")")
      try await test.client.delete(.customResourceDefinitions, ObjectKey(name: "gadgets.\(group)"))
    }
  }

  @Test(arguments: ContractServer.available)
  func usersAreImpersonated(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let user = UserInfo(
        name: "jane@example.com", uid: "u-1", groups: ["team a", "system:authenticated"],
        extra: ["example.com/scope": ["read", "write"], "reason": ["maintenance (50%)"]])
      let jane = test.client.impersonating(user)
      let seen = try await jane.currentUser()
      #expect(seen.name == user.name && seen.uid == user.uid && seen.extra == user.extra)
      #expect(Set(seen.groups) == ["team a", "system:authenticated"])
      let forbidden = try await failure { try await jane.get(.configMaps, test.key("a")) }
      #expect(forbidden.isForbidden && forbidden.status?.reason == .forbidden)
      #expect(
        forbidden.status?.message
          == "configmaps \"a\" is forbidden: User \"jane@example.com\" cannot get resource \"configmaps\" in API group "
          + "\"\" in the namespace \"\(test.namespace)\"")
      // Who may not impersonate is told so.
      let nobody = test.client.impersonating(UserInfo(name: "nobody"))
      _ = try await nobody.currentUser()
      let unknown = try await failure {
        try await test.client.withBearerToken(Secret("not-a-token")).get(.configMaps, test.key("a"))
      }
      #expect(unknown.isUnauthorized)
    }
  }

  @Test(arguments: ContractServer.available)
  func accessIsReviewed(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      var role = DynamicObject(.roles, namespace: test.namespace, name: "reader")
      role["rules"] = [["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]]]
      try await client.create(.roles, role)
      var binding = DynamicObject(.roleBindings, namespace: test.namespace, name: "reader")
      binding["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"]
      binding["subjects"] = [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"]]
      try await client.create(.roleBindings, binding)
      let jane = client.impersonating(UserInfo(name: "jane", groups: ["system:authenticated"]))
      let read = ResourceAttributes("get", .configMaps, namespace: test.namespace)
      let write = ResourceAttributes("create", .configMaps, namespace: test.namespace)
      try await eventually("the binding counts") { try await jane.review(read).allowed }
      #expect(try await jane.review(read).reason.contains("RBAC: allowed by RoleBinding"))
      #expect(try await !jane.review(write).allowed)
      #expect(try await client.review(write).allowed)
      #expect(try await client.review(read, for: UserInfo(name: "jane")).allowed)
      #expect(try await !client.review(write, for: UserInfo(name: "jane")).allowed)
      #expect(try await client.review(read, for: UserInfo(name: "jane"), inNamespace: test.namespace).allowed)
      #expect(try await !client.review(write, for: UserInfo(name: "jane"), inNamespace: test.namespace).allowed)
      #expect(try await jane.review(verb: "get", path: "/version").allowed)
      #expect(try await !jane.review(verb: "get", path: "/metrics").allowed)
      let rules = try await jane.accessRules(namespace: test.namespace)
      #expect(rules.allows(read) && !rules.allows(write))
      #expect(rules.nonResourceRules.contains { $0.paths.contains("/version") || $0.paths.contains("/version/") })
      _ = try await jane.list(.configMaps, namespace: test.namespace)
      #expect(try await failure { try await jane.create(.configMaps, test.map("a")) }.isForbidden)
    }
  }

  @Test(arguments: ContractServer.available)
  func tokensAreMade(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      try await client.create(
        .serviceAccounts, DynamicObject(.serviceAccounts, namespace: test.namespace, name: "robot"))
      let made = try await client.requestToken(for: test.key("robot"), expiration: .seconds(3600))
      let robot = client.withBearerToken(made.token)
      let user = try await robot.currentUser()
      #expect(user.name == "system:serviceaccount:\(test.namespace):robot")
      #expect(user.groups.contains("system:serviceaccounts:\(test.namespace)"))
      #expect(made.expires > SystemWallClock().now())
      // A token for somebody else is none for this server.
      let other = try await client.requestToken(for: test.key("robot"), audiences: ["elsewhere"])
      #expect(try await failure { try await client.withBearerToken(other.token).currentUser() }.isUnauthorized)
      let short = try await failure { try await client.requestToken(for: test.key("robot"), expiration: .seconds(1)) }
      #expect(short.isInvalid)
      #expect(try await failure { try await client.requestToken(for: test.key("nobody")) }.isNotFound)
      try await client.delete(.serviceAccounts, test.key("robot"))
    }
  }

  @Test(arguments: ContractServer.available)
  func podsAreEvicted(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      var pod = DynamicObject(.pods, namespace: test.namespace, name: "web")
      pod["spec"] = ["containers": [["name": "a", "image": "a:1"]]]
      try await client.create(.pods, pod)
      let wrong = try await failure { try await client.evict(test.key("web"), options: DeleteOptions(uid: "another")) }
      #expect(wrong.isConflict, "\(wrong)")
      try await client.evict(test.key("web"), options: DeleteOptions(dryRun: true))
      _ = try await client.get(.pods, test.key("web"))
      // Nothing runs the pod, so that nobody would confirm its end.
      try await client.evict(test.key("web"), options: DeleteOptions(gracePeriod: .zero))
      try await eventually("the pod is gone") {
        do {
          _ = try await client.get(.pods, test.key("web"))
          return false
        } catch let error as KubeError where error.isNotFound { return true }
      }
      #expect(try await failure { try await client.evict(test.key("web")) }.isNotFound)
      // A pod that no node has started has no log.
      #expect(try await failure { try await client.log(test.key("web")) }.isNotFound)
    }
  }

  @Test(arguments: ContractServer.available)
  func failuresAreStatuses(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let nowhere = ResourceType(group: "unheard.of", version: "v1", kind: "Nothing", plural: "nothings")
      let unknown = try await failure { try await client.list(nowhere) }
      #expect(unknown.isNotFound, "\(unknown)")
      let method = try await failure {
        try await client.send(KubeRequest(method: .post, path: "/api/v1/namespaces/\(test.namespace)/configmaps/a"))
      }
      #expect(method.isMethodNotAllowed, "\(method)")
      let media = try await failure {
        try await client.send(
          KubeRequest(
            method: .post, path: "/api/v1/namespaces/\(test.namespace)/configmaps",
            headers: [.contentType: "text/html"], body: Array("<html>".utf8)))
      }
      #expect(media.isUnsupportedMediaType, "\(media)")
      let body = try await failure {
        try await client.send(
          KubeRequest(
            method: .post, path: "/api/v1/namespaces/\(test.namespace)/configmaps",
            headers: [.contentType: "application/json"], body: Array("{\"kind\":".utf8)))
      }
      #expect(body.isBadRequest, "\(body)")
      let huge = try await failure {
        try await client.create(.configMaps, test.map("huge", ["k": String(repeating: "x", count: 2 << 20)]))
      }
      #expect(huge.isInvalid || huge.isTooLarge, "\(huge)")
      for error in [unknown, method, media, body] { #expect(error.status?.message.isEmpty == false) }
    }
  }
}
