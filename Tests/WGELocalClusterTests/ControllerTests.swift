import Testing
import WGECore
import WGELocalCluster

/// The built-in controllers, and what lies below pods.
@Suite struct ControllerTests {
  private static let pods = "/api/v1/namespaces/default/pods"
  private static let pod: JSON = [
    "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "labels": ["app": "x"]],
    "spec": ["containers": [["name": "c", "image": "a:1"]]],
  ]

  @Test func aNamespaceSaysWhatItWaitsFor() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.create(
      "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "team"]])
    let maps = "/api/v1/namespaces/team/configmaps"
    try await cluster.create(
      maps,
      ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "held", "finalizers": ["example.com/hold"]]])
    try await cluster.send("DELETE", "/api/v1/namespaces/team")
    await cluster.cluster.settle()
    let conditions = try await cluster.get("/api/v1/namespaces/team").body["status"]?["conditions"]?.arrayValue ?? []
    func message(_ type: String) -> String? {
      conditions.first { $0["type"]?.stringValue == type && $0["status"] == "True" }?["message"]?.stringValue
    }
    #expect(
      message("NamespaceContentRemaining") == "Some resources are remaining: configmaps. has 1 resource instances")
    #expect(
      message("NamespaceFinalizersRemaining")
        == "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances")
    try await cluster.merge("\(maps)/held", ["metadata": ["finalizers": .null]])
    await cluster.cluster.settle()
    #expect(try await cluster.get("/api/v1/namespaces/team").code == 404)
  }

  @Test func objectsOfAbsentOwnersAreCollectedAtOnce() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let absent: JSON = [["apiVersion": "v1", "kind": "ConfigMap", "name": "never", "uid": "no-such-uid"]]
    try await cluster.configMap("orphan", owners: absent)
    let unknown: JSON = [["apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "u"]]
    try await cluster.configMap("kept", owners: unknown)
    await cluster.cluster.settle()
    #expect(try await cluster.get(TestCluster.configMaps + "/orphan").code == 404)
    #expect(try await cluster.get(TestCluster.configMaps + "/kept").code == 200)
  }

  @Test func anOwnerInAnotherNamespaceIsNone() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let other = try await cluster.create(
      "/api/v1/namespaces/kube-system/configmaps",
      ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "owner"]])
    let owner: JSON = [
      [
        "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": other.body["metadata"]?["uid"] ?? "",
      ]
    ]
    try await cluster.configMap("child", owners: owner)
    await cluster.cluster.settle()
    #expect(try await cluster.get(TestCluster.configMaps + "/child").code == 404)
  }

  @Test func aClaimInUseStaysUntilItsPodGoes() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let claims = "/api/v1/namespaces/default/persistentvolumeclaims"
    let claim: JSON = [
      "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "data"],
      "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
    ]
    #expect(
      try await cluster.create(claims, claim).body["metadata"]?["finalizers"] == ["kubernetes.io/pvc-protection"])
    var pod = Self.pod
    pod.setValue(
      [["name": "data", "persistentVolumeClaim": ["claimName": "data"]]], at: ["spec", "volumes"])
    #expect(try await cluster.create(Self.pods, pod).code == 201)
    try await cluster.send("DELETE", "\(claims)/data")
    await cluster.cluster.settle()
    #expect(try await cluster.get("\(claims)/data").code == 200)
    let again = try await cluster.create(claims, claim)
    #expect(again.message == "object is being deleted: persistentvolumeclaims \"data\" already exists")
    try await cluster.send("DELETE", "\(Self.pods)/p")
    await cluster.cluster.settle()
    #expect(try await cluster.get("\(claims)/data").code == 404)
  }

  @Test func aggregatedRolesShowWhatTheyGather() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    try await cluster.create(
      roles,
      [
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": [
          "name": "widgets", "labels": ["rbac.authorization.k8s.io/aggregate-to-view": "true"],
        ],
        "rules": [["apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]]],
      ])
    await cluster.cluster.settle()
    for name in ["view", "edit", "admin"] {
      let rules = try await cluster.get("\(roles)/\(name)").body["rules"]?.arrayValue ?? []
      #expect(rules.contains { $0["apiGroups"] == ["example.com"] }, "\(name)")
    }
  }

  @Test func podsGetTheirAccountWhenAskedFor() async throws {
    let cluster = try TestCluster { $0.controllers.formUnion([.defaultServiceAccounts, .rootAuthorities]) }
    defer { cluster.cluster.close() }
    await cluster.cluster.settle()
    #expect(try await cluster.get(TestCluster.configMaps + "/kube-root-ca.crt").code == 200)
    let pod = try await cluster.create(Self.pods, Self.pod).body["spec"] ?? [:]
    #expect(pod["serviceAccountName"] == "default")
    #expect(
      pod["containers"]?.arrayValue?.first?["volumeMounts"]?.arrayValue?.first?["mountPath"]
        == "/var/run/secrets/kubernetes.io/serviceaccount")
    var other = Self.pod
    other.setValue("q", at: ["metadata", "name"])
    other.setValue("absent", at: ["spec", "serviceAccountName"])
    #expect(
      try await cluster.create(Self.pods, other).message
        == "pods \"q\" is forbidden: error looking up service account default/absent: serviceaccount \"absent\" not found"
    )
  }

  @Test func budgetsStandAgainstEvictions() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.create(Self.pods, Self.pod)
    try await cluster.send(
      "PATCH", "\(Self.pods)/p/status",
      ["status": ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]],
      type: "application/merge-patch+json")
    let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    try await cluster.create(
      budgets,
      [
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": ["name": "b"],
        "spec": ["minAvailable": 1, "selector": ["matchLabels": ["app": "x"]]],
      ])
    let eviction: JSON = ["apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": "p"]]
    func allow(_ count: Int64) async throws {
      try await cluster.send(
        "PATCH", "\(budgets)/b/status",
        [
          "status": [
            "observedGeneration": 1, "disruptionsAllowed": .number(.int(count)), "currentHealthy": 1,
            "desiredHealthy": 1, "expectedPods": 1,
          ]
        ], type: "application/merge-patch+json")
    }
    try await allow(0)
    let refused = try await cluster.create("\(Self.pods)/p/eviction", eviction)
    #expect(refused.code == 429)
    #expect(refused.message == "Cannot evict pod as it would violate the pod's disruption budget.")
    #expect(
      refused.body["details"]?["causes"]?.arrayValue?.first?["message"]
        == "The disruption budget b needs 1 healthy pods and has 1 currently")
    try await allow(1)
    #expect(try await cluster.create("\(Self.pods)/p/eviction", eviction).code == 201)
    #expect(try await cluster.get("\(Self.pods)/p").code == 404)
    #expect(try await cluster.get("\(budgets)/b").body["status"]?["disruptionsAllowed"] == 0)
  }

  @Test func podsAreBoundOnceAndTellWhatCannotBeDone() async throws {
    let cluster = try TestCluster { $0.podLogs = { _, pod, container in "\(pod)/\(container)\nlast\n" } }
    defer { cluster.cluster.close() }
    try await cluster.create(Self.pods, Self.pod)
    let binding: JSON = [
      "apiVersion": "v1", "kind": "Binding", "metadata": ["name": "p"], "target": ["kind": "Node", "name": "n"],
    ]
    #expect(try await cluster.create("\(Self.pods)/p/exec", [:]).message == "pod p does not have a host assigned")
    #expect(try await cluster.create("\(Self.pods)/p/binding", binding).code == 201)
    #expect(try await cluster.get("\(Self.pods)/p").body["spec"]?["nodeName"] == "n")
    let twice = try await cluster.create("\(Self.pods)/p/binding", binding)
    #expect(twice.code == 409)
    #expect(
      twice.message
        == "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"n\"")
    #expect(try await cluster.get("\(Self.pods)/p/log").text == "p/c\nlast\n")
    #expect(try await cluster.get("\(Self.pods)/p/log", query: ["tailLines": "1"]).text == "last\n")
    #expect(
      try await cluster.get("\(Self.pods)/p/log", query: ["container": "z"]).message
        == "container z is not valid for pod p")
    #expect(try await cluster.create("\(Self.pods)/p/exec", [:]).code == 501)
    let debug: JSON = ["spec": ["ephemeralContainers": [["name": "d", "image": "b:1"]]]]
    let patched = try await cluster.merge("\(Self.pods)/p/ephemeralcontainers", debug)
    #expect(patched.code == 200)
    #expect(patched.body["spec"]?["ephemeralContainers"]?.arrayValue?.count == 1)
  }
}
