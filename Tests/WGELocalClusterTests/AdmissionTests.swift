import HTTPTypes
import Synchronization
import Testing
import WGECore
import WGELocalCluster

/// Webhooks that a handler answers in this process, and policies.
@Suite struct AdmissionTests {
  /// What the webhooks were asked, and what they answer.
  final class Hooks: Sendable {
    typealias Answer = @Sendable (JSON) throws -> JSON

    private let asked = Mutex<[(name: String, request: JSON)]>([])
    private let answers: [String: Answer]

    init(_ answers: [String: Answer]) { self.answers = answers }

    var names: [String] { asked.withLock { $0.map(\.name) } }
    var requests: [JSON] { asked.withLock { $0.map(\.request) } }

    func answer(_ call: LocalCluster.WebhookCall) throws -> JSON? {
      let request = call.body["request"] ?? [:]
      asked.withLock { $0.append((call.name, request)) }
      guard let answer = answers[call.name] else { return nil }
      var response = try answer(request)
      response["uid"] = request["uid"]
      return ["apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response]
    }
  }

  private struct Refusal: Error, CustomStringConvertible {
    var description: String { "connection refused" }
  }

  private static let path = "/apis/admissionregistration.k8s.io/v1"

  private func cluster(_ hooks: Hooks) throws -> TestCluster {
    try TestCluster { $0.webhookHandler = { try hooks.answer($0) } }
  }

  private func webhook(_ name: String, _ more: JSON = [:]) -> JSON {
    var webhook: JSON = [
      "name": .string(name), "sideEffects": "None", "admissionReviewVersions": ["v1"],
      "clientConfig": ["url": .string("https://hooks.example.com/\(name)")],
      "rules": [
        ["operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]]
      ],
    ]
    for member in more.objectValue ?? JSONObject() { webhook[member.key] = member.value }
    return webhook
  }

  @discardableResult
  private func configure(_ cluster: TestCluster, _ kind: String, named name: String = "hooks", _ webhooks: [JSON])
    async throws
    -> TestCluster.Answer
  {
    try await cluster.create(
      "\(Self.path)/\(kind.lowercased())webhookconfigurations",
      [
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": .string("\(kind)WebhookConfiguration"),
        "metadata": ["name": .string(name)], "webhooks": .array(webhooks),
      ])
  }

  private static func patch(_ operations: JSON) -> JSON {
    ["allowed": true, "patchType": "JSONPatch", "patch": .string(base64(operations.serialized()))]
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var result = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let chunk = bytes[start..<min(start + 3, bytes.count)]
      let bits = chunk.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
      for index in 0..<4 {
        result.append(index <= chunk.count ? alphabet[bits >> (18 - 6 * index) & 63] : "=")
      }
    }
    return result
  }

  @Test func aMutatingWebhookChangesWhatIsStored() async throws {
    let hooks = Hooks([
      "label.example.com": { _ in
        Self.patch([["op": "add", "path": "/data/added", "value": "yes"]])
      }
    ])
    let cluster = try cluster(hooks)
    defer { cluster.cluster.close() }
    #expect(try await configure(cluster, "Mutating", [webhook("label.example.com")]).code == 201)
    let created = try await cluster.configMap("a", ["x": "1"])
    #expect(created.code == 201)
    #expect(created.body["data"] == ["x": "1", "added": "yes"])
    #expect(try await cluster.get(TestCluster.configMaps + "/a").body["data"]?["added"] == "yes")
    let request = hooks.requests.first ?? [:]
    #expect(request["operation"] == "CREATE")
    #expect(request["kind"] == ["group": "", "version": "v1", "kind": "ConfigMap"])
    #expect(request["namespace"] == "default")
    #expect(request["userInfo"]?["username"] == "kubernetes-admin")
    #expect(request["oldObject"] == .null)
    #expect(request["options"]?["kind"] == "CreateOptions")
  }

  @Test func aValidatingWebhookRefusesWarnsAndSeesBothStates() async throws {
    let hooks = Hooks([
      "gate.example.com": { request in
        let isBad = request["object"]?["data"]?["bad"] != nil
        return isBad
          ? ["allowed": false, "status": ["message": "bad data", "code": 403]]
          : ["allowed": true, "warnings": [.string("looked at \(request["name"]?.stringValue ?? "")")]]
      }
    ])
    let cluster = try cluster(hooks)
    defer { cluster.cluster.close() }
    try await configure(cluster, "Validating", [webhook("gate.example.com")])
    let created = try await cluster.configMap("a")
    #expect(created.code == 201)
    #expect(created.headers.contains { $0.value == "299 - \"looked at a\"" })
    let refused = try await cluster.merge(TestCluster.configMaps + "/a", ["data": ["bad": "1"]])
    #expect(refused.code == 403)
    #expect(refused.message == "admission webhook \"gate.example.com\" denied the request: bad data")
    #expect(hooks.requests.last?["oldObject"]?["metadata"]?["name"] == "a")
    #expect(try await cluster.send("DELETE", TestCluster.configMaps + "/a").code == 200)
    #expect(hooks.requests.last?["operation"] == "DELETE")
    #expect(hooks.requests.last?["object"] == .null)
  }

  @Test func failurePolicyDecidesWhenTheWebhookDoesNotAnswer() async throws {
    let hooks = Hooks(["down.example.com": { _ in throw Refusal() }])
    let cluster = try cluster(hooks)
    defer { cluster.cluster.close() }
    try await configure(cluster, "Validating", [webhook("down.example.com")])
    let refused = try await cluster.configMap("a")
    #expect(refused.code == 500)
    #expect(
      refused.message
        == "Internal error occurred: failed calling webhook \"down.example.com\": failed to call webhook: Post \"https://hooks.example.com/down.example.com?timeout=10s\": connection refused"
    )
    try await cluster.send("DELETE", "\(Self.path)/validatingwebhookconfigurations/hooks")
    try await configure(cluster, "Validating", [webhook("down.example.com", ["failurePolicy": "Ignore"])])
    #expect(try await cluster.configMap("a").code == 201)
  }

  @Test func wrongAnswersFail() async throws {
    let hooks = Hooks([
      "absent.example.com": { _ in [:] },
      "patching.example.com": { _ in Self.patch([["op": "add", "path": "/data/x", "value": "1"]]) },
    ])
    let cluster = try TestCluster {
      $0.webhookHandler = { call in
        if call.name == "absent.example.com" {
          return ["apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"]
        }
        return try hooks.answer(call)
      }
    }
    defer { cluster.cluster.close() }
    try await configure(cluster, "Validating", [webhook("absent.example.com")])
    #expect(
      try await cluster.configMap("a").message
        == "Internal error occurred: failed calling webhook \"absent.example.com\": received invalid webhook response: webhook response was absent"
    )
    try await cluster.send("DELETE", "\(Self.path)/validatingwebhookconfigurations/hooks")
    try await configure(cluster, "Validating", [webhook("patching.example.com")])
    #expect(try await cluster.configMap("a").message.hasSuffix("validating webhook may not return response.patch"))
  }

  @Test func rulesSelectorsAndConditionsNarrow() async throws {
    let hooks = Hooks(["narrow.example.com": { _ in ["allowed": false] }])
    let cluster = try cluster(hooks)
    defer { cluster.cluster.close() }
    try await configure(
      cluster, "Validating",
      [
        webhook(
          "narrow.example.com",
          [
            "objectSelector": ["matchLabels": ["watched": "yes"]],
            "namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": "default"]],
            "matchConditions": [["name": "not-free", "expression": "object.metadata.name != 'free'"]],
          ])
      ])
    #expect(try await cluster.configMap("plain").code == 201)
    #expect(try await cluster.configMap("free", labels: ["watched": "yes"]).code == 201)
    let refused = try await cluster.configMap("caught", labels: ["watched": "yes"])
    #expect(refused.code == 400)
    #expect(
      refused.message == "admission webhook \"narrow.example.com\" denied the request without explanation")
    let elsewhere: JSON = [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "caught", "labels": ["watched": "yes"]],
    ]
    #expect(try await cluster.create("/api/v1/namespaces/kube-system/configmaps", elsewhere).code == 201)
    #expect(
      try await cluster.create(
        "/api/v1/namespaces/default/secrets",
        ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "labels": ["watched": "yes"]]]
      ).code == 201)
    #expect(hooks.names == ["narrow.example.com"])
  }

  @Test func webhooksRunInOrderAndAgainWhenAsked() async throws {
    let hooks = Hooks([
      "first.example.com": { request in
        Self.patch([
          [
            "op": "add", "path": "/data/first",
            "value": .string(request["object"]?["data"]?["second"]?.stringValue ?? "unseen"),
          ]
        ])
      },
      "second.example.com": { _ in Self.patch([["op": "add", "path": "/data/second", "value": "seen"]]) },
    ])
    let cluster = try cluster(hooks)
    defer { cluster.cluster.close() }
    try await configure(cluster, "Mutating", named: "b", [webhook("second.example.com")])
    try await configure(
      cluster, "Mutating", named: "a", [webhook("first.example.com", ["reinvocationPolicy": "IfNeeded"])])
    let created = try await cluster.configMap("a", ["x": "1"])
    #expect(created.body["data"] == ["x": "1", "first": "seen", "second": "seen"])
    #expect(hooks.names == ["first.example.com", "second.example.com", "first.example.com"])
  }

  @Test func dryRunsNeedWebhooksWithoutSideEffects() async throws {
    let hooks = Hooks(["calm.example.com": { _ in ["allowed": true] }])
    let cluster = try cluster(hooks)
    defer { cluster.cluster.close() }
    try await configure(cluster, "Validating", [webhook("calm.example.com", ["sideEffects": "NoneOnDryRun"])])
    let map: JSON = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"]]
    let dry = try await cluster.send("POST", TestCluster.configMaps, map, query: ["dryRun": "All"])
    #expect(dry.code == 201)
    #expect(hooks.requests.last?["dryRun"] == true)
    #expect(try await cluster.get(TestCluster.configMaps + "/a").code == 404)
  }

  @Test func otherVersionsOfTheSameObjectsMatch() async throws {
    let hooks = Hooks(["scaler.example.com": { _ in ["allowed": true] }])
    let cluster = try cluster(hooks)
    defer { cluster.cluster.close() }
    let rules: JSON = [
      [
        "operations": ["CREATE"], "apiGroups": ["autoscaling"], "apiVersions": ["v1"],
        "resources": ["horizontalpodautoscalers"],
      ]
    ]
    try await configure(cluster, "Validating", [webhook("scaler.example.com", ["rules": rules])])
    let created = try await cluster.create(
      "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
      [
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": ["name": "a"],
        "spec": ["maxReplicas": 3, "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "d"]],
      ])
    #expect(created.code == 201)
    let request = hooks.requests.first ?? [:]
    #expect(request["kind"]?["version"] == "v1")
    #expect(request["requestKind"]?["version"] == "v2")
    #expect(request["object"]?["spec"]?["targetCPUUtilizationPercentage"] == 80)
  }

  @Test func configurationsAreChecked() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    var bad = webhook("short", ["timeoutSeconds": 31, "clientConfig": ["url": "http://a"]])
    bad["sideEffects"] = nil
    let refused = try await configure(cluster, "Validating", [bad])
    #expect(refused.code == 422)
    let fields = refused.body["details"]?["causes"]?.arrayValue?.compactMap { $0["field"]?.stringValue } ?? []
    #expect(
      fields == [
        "webhooks[0].name", "webhooks[0].sideEffects", "webhooks[0].timeoutSeconds", "webhooks[0].clientConfig.url",
      ])
  }

  @Test func policiesDenyAndWarn() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let policy: JSON = [
      "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
      "metadata": ["name": "small"],
      "spec": [
        "matchConstraints": [
          "resourceRules": [
            ["operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]]
          ]
        ],
        "paramKind": ["apiVersion": "v1", "kind": "ConfigMap"],
        "variables": [["name": "count", "expression": "has(object.data) ? size(object.data) : 0"]],
        "validations": [
          [
            "expression": "variables.count <= int(params.data.limit)",
            "messageExpression": "'at most ' + params.data.limit + ' entries'",
          ]
        ],
      ],
    ]
    try await cluster.configMap("limits", ["limit": "1"])
    #expect(try await cluster.create("\(Self.path)/validatingadmissionpolicies", policy).code == 201)
    func bind(_ actions: JSON) -> JSON {
      [
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": ["name": "small-here"],
        "spec": [
          "policyName": "small", "validationActions": actions,
          "paramRef": ["name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny"],
        ],
      ]
    }
    let bindings = "\(Self.path)/validatingadmissionpolicybindings"
    #expect(try await cluster.create(bindings, bind(["Deny"])).code == 201)
    #expect(try await cluster.configMap("fits", ["a": "1"]).code == 201)
    let refused = try await cluster.configMap("big", ["a": "1", "b": "2"])
    #expect(refused.code == 422)
    #expect(
      refused.message
        == "configmaps \"big\" is forbidden: ValidatingAdmissionPolicy 'small' with binding 'small-here' denied request: at most 1 entries"
    )
    let unversioned = try await cluster.send("PUT", "\(bindings)/small-here", bind(["Warn"]))
    #expect(unversioned.code == 422)
    var binding = try await cluster.send("GET", "\(bindings)/small-here").body
    binding.setValue(["Warn"], at: ["spec", "validationActions"])
    #expect(try await cluster.send("PUT", "\(bindings)/small-here", binding).code == 200)
    let warned = try await cluster.configMap("big", ["a": "1", "b": "2"])
    #expect(warned.code == 201)
    #expect(warned.headers.contains { $0.value.contains("at most 1 entries") })
  }
}
