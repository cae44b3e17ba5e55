import Testing
import WGECore
import WGEKube
import WGETestSupport

@Suite struct DiscoveryTests {
  private static func resource(_ plural: String, _ kind: String, namespaced: Bool = true, short: [JSON] = []) -> JSON {
    [
      "resource": .string(plural), "responseKind": ["kind": .string(kind)],
      "scope": namespaced ? "Namespaced" : "Cluster",
      "singularResource": .string(kind.lowercased()), "verbs": ["get", "list"], "shortNames": .array(short),
      "subresources": [["subresource": "status"]],
    ]
  }

  private static let core: JSON = [
    "kind": "APIGroupDiscoveryList",
    "items": [
      [
        "versions": [
          [
            "version": "v1",
            "resources": [
              resource("configmaps", "ConfigMap", short: ["cm"]),
              resource("namespaces", "Namespace", namespaced: false),
            ],
          ]
        ]
      ]
    ],
  ]

  private static let groups: JSON = [
    "kind": "APIGroupDiscoveryList",
    "items": [
      [
        "metadata": ["name": "apps"],
        "versions": [["version": "v1", "resources": [resource("deployments", "Deployment", short: ["deploy"])]]],
      ],
      [
        "metadata": ["name": "autoscaling"],
        "versions": [
          ["version": "v2", "resources": [resource("horizontalpodautoscalers", "HorizontalPodAutoscaler")]],
          [
            "version": "v1",
            "resources": [resource("horizontalpodautoscalers", "HorizontalPodAutoscaler"), 3, ["resource": "x"]],
          ],
        ],
      ],
      ["metadata": ["name": "metrics.k8s.io"], "versions": [["version": "v1beta1", "freshness": "Stale"]]], "odd",
    ],
  ]

  private static func aggregated(_ request: KubeRequest) -> ScriptedTransport.Answer {
    request.path == "/api" ? .json(core) : .json(groups)
  }

  @Test func aggregatedTakesTwoRequests() async throws {
    let transport = ScriptedTransport { request, _ in Self.aggregated(request) }
    let discovery = KubeClient(transport: transport).discovery
    #expect(
      try await discovery.resource(for: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))
        == .deployments)
    #expect(
      try await discovery.resource(for: GroupVersionKind(group: "", version: "v1", kind: "Namespace")) == .namespaces)
    #expect(
      try await discovery.preferredResource(group: "autoscaling", kind: "HorizontalPodAutoscaler").version == "v2")
    for name in ["cm", "configmaps", "ConfigMap", "configmap"] {
      #expect(try await discovery.resource(named: name).resource == .configMaps)
    }
    #expect(try await discovery.resource(named: "deployments.apps").subresources == ["status"])
    #expect(transport.requests.count == 2)
    #expect(
      transport.requests[0].header("Accept").first?.hasPrefix("application/json;g=apidiscovery.k8s.io;v=v2;") == true)
    #expect(try await discovery.snapshot().failures.keys.sorted() == ["metrics.k8s.io/v1beta1"])
  }

  private static func legacy(_ request: KubeRequest) -> ScriptedTransport.Answer {
    switch request.path {
    case "/api": .json(["kind": "APIVersions", "versions": ["v1"]])
    case "/apis":
      .json([
        "kind": "APIGroupList",
        "groups": [
          [
            "name": "apps",
            "versions": [
              ["groupVersion": "apps/v1beta1", "version": "v1beta1"], ["groupVersion": "apps/v1", "version": "v1"],
            ],
            "preferredVersion": ["version": "v1"],
          ], ["name": "broken.example.com", "versions": [["version": "v1"]]], ["name": 5],
          ["name": "../..", "versions": [["version": "v1"]]],
        ],
      ])
    case "/api/v1":
      .json([
        "kind": "APIResourceList",
        "resources": [
          ["name": "configmaps", "kind": "ConfigMap", "namespaced": true, "verbs": ["get"], "shortNames": ["cm"]],
          ["name": "namespaces", "kind": "Namespace", "namespaced": false],
          ["name": "namespaces/status", "kind": "Namespace"], 4,
        ],
      ])
    case "/apis/apps/v1", "/apis/apps/v1beta1":
      .json(["resources": [["name": "deployments", "kind": "Deployment", "namespaced": true]]])
    default: .failure(503, "ServiceUnavailable", message: "down")
    }
  }

  @Test func fallsBackToTheOldForm() async throws {
    let transport = ScriptedTransport { request, _ in Self.legacy(request) }
    let discovery = KubeClient(transport: transport, retry: .none).discovery
    #expect(try await discovery.preferredResource(group: "apps", kind: "Deployment") == .deployments)
    let snapshot = try await discovery.snapshot()
    #expect(snapshot.groups.map(\.versions) == [["v1"], ["v1", "v1beta1"], ["v1"], ["v1"]])
    #expect(snapshot.resource(named: "namespaces")?.subresources == ["status"])
    #expect(snapshot.resource(named: "namespaces")?.resource == .namespaces)
    // One group that is down, and one whose name would leave its path, take nothing else away.
    #expect(snapshot.failures.keys.sorted() == ["../../v1", "broken.example.com/v1"])
    let error = await #expect(throws: KubeError.self) {
      try await discovery.resource(for: GroupVersionKind(group: "broken.example.com", version: "v1", kind: "X"))
    }
    #expect(error?.code == 503 && error?.isNotFound == false)
    let missing = await #expect(throws: KubeError.self) {
      try await discovery.resource(for: GroupVersionKind(group: "apps", version: "v1", kind: "X"))
    }
    #expect(missing?.isNotFound == true)
  }

  @Test func answersAreKeptAndMissesLookAgain() async throws {
    let clock = ManualClock()
    let installed = Shared(false)
    let transport = ScriptedTransport { request, _ in
      if request.path == "/api" { return .json(Self.core) }
      return installed.withLock { $0 } ? .json(Self.groups) : .json(["kind": "APIGroupDiscoveryList", "items": []])
    }
    let discovery = KubeClient(transport: transport, clock: clock).discovery
    let kind = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    await #expect(throws: KubeError.self) { try await discovery.resource(for: kind) }
    #expect(transport.requests.count == 2)
    await #expect(throws: KubeError.self) { try await discovery.resource(for: kind) }
    #expect(transport.requests.count == 2)
    installed.withLock { $0 = true }
    clock.advance(by: KubeDefaults.discoveryMissInterval)
    #expect(try await discovery.resource(for: kind) == .deployments)
    #expect(transport.requests.count == 4)
    clock.advance(by: KubeDefaults.discoveryLifetime - .seconds(1))
    _ = try await discovery.snapshot()
    #expect(transport.requests.count == 4)
    clock.advance(by: .seconds(1))
    _ = try await discovery.snapshot()
    #expect(transport.requests.count == 6)
    discovery.invalidate()
    _ = try await discovery.snapshot()
    #expect(transport.requests.count == 8)
  }

  @Test func aServerThatCannotBeAskedIsAnError() async {
    let discovery = KubeClient(transport: ScriptedTransport([.failure(401, "Unauthorized")]), retry: .none).discovery
    let error = await #expect(throws: KubeError.self) { try await discovery.snapshot() }
    #expect(error?.isUnauthorized == true)
  }

  @Test func identitiesDoNotShareAnswers() async throws {
    let transport = ScriptedTransport { request, _ in Self.aggregated(request) }
    let client = KubeClient(transport: transport)
    _ = try await client.discovery.snapshot()
    let jane = client.impersonating(UserInfo(name: "jane"))
    _ = try await jane.discovery.snapshot()
    _ = try await jane.discovery.snapshot()
    #expect(transport.requests.map { $0.header("Impersonate-User") } == [[], [], ["jane"], ["jane"]])
  }
}
