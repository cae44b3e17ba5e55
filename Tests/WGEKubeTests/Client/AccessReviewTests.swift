import Testing
import WGECore
import WGEKube

@Suite struct AccessReviewTests {
  @Test func decisions() async throws {
    let answer: JSON = [
      "kind": "SelfSubjectAccessReview", "status": ["allowed": true, "reason": "RBAC: allowed by x"],
    ]
    let transport = ScriptedTransport([.json(answer, status: 201)])
    let client = KubeClient(transport: transport)
    let decision = try await client.review(
      ResourceAttributes("patch", .deployments, subresource: "status", namespace: "shop", name: "web"))
    #expect(decision == AccessDecision(allowed: true, reason: "RBAC: allowed by x"))
    _ = try await client.review(verb: "get", path: "/healthz")
    _ = try await client.review(
      ResourceAttributes("list", .configMaps), for: UserInfo(name: "jo", uid: "1", groups: ["g"], extra: ["k": ["v"]]))
    _ = try await client.review(
      ResourceAttributes("list", .configMaps, namespace: "other"), for: UserInfo(name: "jo"), inNamespace: "shop")
    let requests = transport.requests
    #expect(requests[3].json?["metadata"] == ["namespace": "shop"])
    #expect(requests[3].json?["spec"]?["resourceAttributes"]?["namespace"] == "shop")
    #expect(
      requests.map(\.target) == [
        "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "POST /apis/authorization.k8s.io/v1/subjectaccessreviews",
        "POST /apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews",
      ])
    #expect(
      requests[0].json?["spec"] == [
        "resourceAttributes": [
          "verb": "patch", "group": "apps", "resource": "deployments", "subresource": "status", "namespace": "shop",
          "name": "web",
        ]
      ])
    #expect(requests[1].json?["spec"] == ["nonResourceAttributes": ["verb": "get", "path": "/healthz"]])
    #expect(
      requests[2].json?["spec"] == [
        "resourceAttributes": ["verb": "list", "group": "", "resource": "configmaps"], "user": "jo", "uid": "1",
        "groups": ["g"], "extra": ["k": ["v"]],
      ])
  }

  @Test(arguments: [[:], ["status": [:]], ["status": ["allowed": "yes"]], ["status": []]] as [JSON])
  func anAnswerWithoutADecisionIsNoPermission(answer: JSON) async {
    let client = KubeClient(transport: ScriptedTransport([.json(answer)]))
    await #expect(throws: KubeError.self) { try await client.review(ResourceAttributes("get", .configMaps)) }
  }

  @Test func rules() async throws {
    let answer: JSON = [
      "status": [
        "resourceRules": [
          ["verbs": ["get", "list"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["a"]],
          ["verbs": ["*"], "apiGroups": ["apps"], "resources": ["*/scale"]],
          ["verbs": ["get"], "apiGroups": ["*"], "resources": ["deployments", "deployments/status"]], 7,
        ],
        "nonResourceRules": [["verbs": ["get"], "nonResourceURLs": ["/healthz"]]], "incomplete": true,
        "evaluationError": "oops",
      ]
    ]
    let client = KubeClient(transport: ScriptedTransport([.json(answer)]))
    let rules = try await client.accessRules(namespace: "shop")
    #expect(rules.isIncomplete && rules.evaluationError == "oops" && rules.nonResourceRules.count == 1)
    let table: [(ResourceAttributes, Bool)] = [
      (.init("get", .configMaps, name: "a"), true), (.init("get", .configMaps, name: "b"), false),
      (.init("get", .configMaps), false), (.init("delete", .configMaps, name: "a"), false),
      (.init("update", .deployments, subresource: "scale"), true), (.init("update", .deployments), false),
      (.init("get", .deployments), true), (.init("get", .deployments, subresource: "status"), true),
      (.init("get", .deployments, subresource: "log"), false), (.init("list", .deployments), false),
    ]
    for (attributes, allowed) in table { #expect(rules.allows(attributes) == allowed, "\(attributes)") }
  }

  @Test func currentUser() async throws {
    let answer: JSON = ["status": ["userInfo": ["username": "jo", "uid": "1", "groups": ["g"], "extra": ["k": ["v"]]]]]
    let client = KubeClient(transport: ScriptedTransport([.json(answer)]))
    #expect(try await client.currentUser() == UserInfo(name: "jo", uid: "1", groups: ["g"], extra: ["k": ["v"]]))
  }
}
