import HTTPTypes
import Testing
import WGECore
import WGEKube
import WGETestSupport

/// Admission webhooks over real HTTPS, most of them out of order.
@Suite(.serialized) struct WebhookContractTests {
  static let validating = ResourceType(
    group: "admissionregistration.k8s.io", version: "v1", kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations", scope: .cluster)
  static let mutating = ResourceType(
    group: "admissionregistration.k8s.io", version: "v1", kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations", scope: .cluster)

  /// What became of a request.
  struct Outcome: Sendable {
    var code = 0
    var body: JSON = .null
    var warnings: [String] = []

    var message: String { body["message"]?.stringValue ?? "" }
  }

  /// Creates a ConfigMap and says what came of it.
  static func create(
    _ test: ContractContext, _ name: String, labels: [String: String] = [:], dryRun: Bool = false
  ) async throws -> Outcome {
    var object = test.map(name, ["x": "1"], labels: labels)
    object["kind"] = "ConfigMap"
    object["apiVersion"] = "v1"
    let request = KubeRequest(
      method: .post, path: "/api/v1/namespaces/\(test.namespace)/configmaps",
      query: dryRun ? [(name: "dryRun", value: "All")] : [], headers: [.contentType: "application/json"],
      body: object.json.serialized())
    let response = try await test.client.transport.send(request)
    return Outcome(
      code: response.status.code, body: (try? JSON(parsing: response.body)) ?? .null,
      warnings: response.headers.filter { $0.name.canonicalName == "warning" }.map(\.value))
  }

  /// A configuration of one webhook and, after it, one that leaves a warning: what shows that the
  /// configuration is in force.
  static func configure(
    _ test: ContractContext, _ resource: ResourceType, _ hooks: WebhookServer, _ client: JSON, _ more: JSON = [:],
    name: String = "hooks"
  ) async throws {
    func webhook(_ name: String, _ client: JSON, _ more: JSON) -> JSON {
      var webhook: JSON = [
        "name": .string(name), "sideEffects": "None", "admissionReviewVersions": ["v1"], "clientConfig": client,
        "timeoutSeconds": 10,
        "namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": .string(test.namespace)]],
        "rules": [["operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]]],
      ]
      for member in more.objectValue ?? [:] { webhook[member.key] = member.value }
      return webhook
    }
    var object = DynamicObject(resource, name: "\(test.namespace)-\(name)")
    object["webhooks"] = [
      webhook("tested.example.com", client, more), webhook("witness.example.com", hooks.client("allow"), [:]),
    ]
    try await test.createInCluster(resource, object)
  }

  static func remove(_ test: ContractContext, _ resource: ResourceType, name: String = "hooks") async throws {
    _ = try await test.client.delete(resource, ObjectKey(name: "\(test.namespace)-\(name)"))
    // A real server forgets it a moment later.
    try await eventually("the configuration is gone") {
      let outcome = try await create(test, "gone", dryRun: true)
      return outcome.code == 201 && outcome.warnings.isEmpty
    }
  }

  /// What a webhook that answers so makes of a request.
  static func outcome(
    _ test: ContractContext, _ resource: ResourceType, _ hooks: WebhookServer, _ client: JSON, _ more: JSON = [:]
  ) async throws -> Outcome {
    try await configure(test, resource, hooks, client, more)
    var outcome = Outcome()
    try await eventually("the configuration is in force") {
      outcome = try await create(test, "asked", dryRun: true)
      return outcome.code != 201 || !outcome.warnings.isEmpty
    }
    try await remove(test, resource)
    return outcome
  }

  /// How a call that is to fail is refused, for both kinds of webhook.
  private static let failures: [(path: String, problem: String)] = [
    ("slow", "failed to call webhook: Post \"URL/slow?timeout=2s\": context deadline exceeded"),
    ("garbage", "failed to call webhook: \(unreadable("string"))"),
    ("list", "failed to call webhook: \(unreadable("array"))"),
    (
      "empty",
      "failed to call webhook: 0-length response with status code: 200 and content type: application/json"
    ),
    ("object", "received invalid webhook response: webhook response was absent"),
    ("bare", "received invalid webhook response: webhook response was absent"),
    (
      "other",
      "failed to call webhook: no kind \"ConfigMap\" is registered for version \"v1\" in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\""
    ),
    (
      "old",
      "failed to call webhook: converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion"
    ),
    (
      "broken",
      "failed to call webhook: an error on the server (\"out of order\") has prevented the request from succeeding"
    ),
    (
      "brokenjson",
      "failed to call webhook: an error on the server (\"unknown\") has prevented the request from succeeding"
    ),
    ("status", "failed to call webhook: gone fishing"),
    ("missing", "failed to call webhook: the server could not find the requested resource"),
    ("hangup", "failed to call webhook: Post \"URL/hangup?timeout=10s\": EOF"),
    (
      "half",
      "failed to call webhook: unexpected error when reading response body. Please retry. Original error: unexpected EOF"
    ),
    ("unheard", "failed to call webhook: the server rejected our request for an unknown reason"),
  ]

  private static func unreadable(_ type: String) -> String {
    "couldn't get version/kind; json parse error: json: cannot unmarshal \(type) into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"
  }

  private static func expect(
    _ outcome: Outcome, _ hooks: WebhookServer, failsWith problem: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let message =
      "Internal error occurred: failed calling webhook \"tested.example.com\": "
      + problem.replacing("URL", with: "https://127.0.0.1:\(hooks.port)")
    #expect(outcome.code == 500 && outcome.body["reason"] == "InternalError", sourceLocation: sourceLocation)
    #expect(outcome.message == message, sourceLocation: sourceLocation)
  }

  @Test(arguments: ContractServer.available)
  func webhooksOutOfOrderFailRequests(_ server: ContractServer) async throws {
    try await server.withServer { test in
      try await WebhookServer.with { hooks in
        for resource in [Self.validating, Self.mutating] {
          for (path, problem) in Self.failures {
            // One that is slow is enough.
            if path == "slow", resource == Self.mutating { continue }
            let more: JSON = path == "slow" ? ["timeoutSeconds": 2] : [:]
            let outcome = try await Self.outcome(test, resource, hooks, hooks.client(path), more)
            Self.expect(outcome, hooks, failsWith: problem)
          }
        }
        let patched = try await Self.outcome(test, Self.validating, hooks, hooks.client("mark"))
        Self.expect(
          patched, hooks,
          failsWith: "received invalid webhook response: validating webhook may not return response.patch")
        let stranger = try await Self.outcome(test, Self.validating, hooks, hooks.client("stranger"))
        #expect(stranger.code == 500)
        #expect(stranger.message.contains("received invalid webhook response: expected response.uid="))
        #expect(stranger.message.hasSuffix(", got \"1\""))
        let nonsense = try await Self.outcome(test, Self.mutating, hooks, hooks.client("nonsense"))
        #expect(nonsense.code == 500 && nonsense.body["reason"] == "InternalError")
        // Only a local cluster gives up before its memory is full.
        guard server != .real else { return }
        let huge = try await Self.outcome(test, Self.validating, hooks, hooks.client("huge"))
        #expect(huge.code == 500)
        #expect(huge.message.contains("the body is larger than the limit"), "\(huge.message)")
      }
    }
  }

  @Test(arguments: ContractServer.available)
  func strangersAreNotBelieved(_ server: ContractServer) async throws {
    try await server.withServer { test in
      try await WebhookServer.with { hooks in
        let authority = Base64.encode(hooks.authority)
        func outcome(_ client: JSON) async throws -> Outcome {
          try await Self.outcome(test, Self.validating, hooks, client)
        }
        let verify = "tls: failed to verify certificate: x509: certificate"
        Self.expect(
          try await outcome(hooks.client("allow", trusting: hooks.stranger)), hooks,
          failsWith: "failed to call webhook: Post \"URL/allow?timeout=10s\": \(verify) signed by unknown authority")
        let elsewhere = try await outcome(hooks.client("allow", host: "127.0.0.2"))
        #expect(elsewhere.code == 500 && elsewhere.message.contains("\(verify) is valid for "))
        #expect(elsewhere.message.hasSuffix(", not 127.0.0.2"), "\(elsewhere.message)")
        Self.expect(
          try await outcome(["url": "https://127.0.0.1:1/x", "caBundle": .string(authority)]), hooks,
          failsWith:
            "failed to call webhook: Post \"https://127.0.0.1:1/x?timeout=10s\": dial tcp 127.0.0.1:1: connect: connection refused"
        )
        let unknown = try await outcome(["url": "https://no.such.host.invalid/x", "caBundle": .string(authority)])
        #expect(unknown.code == 500 && unknown.message.hasSuffix("no such host"), "\(unknown.message)")
        let service = try await outcome([
          "service": ["namespace": "nowhere", "name": "nothing"], "caBundle": .string(authority),
        ])
        #expect(
          service.message.contains("Post \"https://nothing.nowhere.svc:443/?timeout=10s\": "), "\(service.message)")
        Self.expect(
          try await outcome(["url": "https://127.0.0.1:1/x", "caBundle": "bm9uc2Vuc2U="]), hooks,
          failsWith:
            "could not get REST client: unable to load root certificates: unable to parse bytes as PEM block")
      }
    }
  }

  @Test(arguments: ContractServer.available)
  func webhooksDecide(_ server: ContractServer) async throws {
    try await server.withServer { test in
      try await WebhookServer.with { hooks in
        let seen = "299 - \"saw CREATE ConfigMap/asked by True dry True\""
        for resource in [Self.validating, Self.mutating] {
          func outcome(_ path: String, _ more: JSON = [:]) async throws -> Outcome {
            try await Self.outcome(test, resource, hooks, hooks.client(path), more)
          }
          let allowed = try await outcome("allow")
          #expect(allowed.code == 201 && allowed.warnings == [seen])
          let denied = try await outcome("deny")
          #expect(denied.code == 418 && denied.body["reason"] == "Teapot")
          #expect(denied.message == "admission webhook \"tested.example.com\" denied the request: not today")
          // A redirect is followed with the question.
          let elsewhere = try await outcome("elsewhere")
          #expect(elsewhere.code == 201 && elsewhere.warnings == [seen], "\(elsewhere.message)")
          let ignored = try await outcome("garbage", ["failurePolicy": "Ignore"])
          #expect(ignored.code == 201 && ignored.warnings == [seen])
          // A refusal is an answer, not a failure.
          #expect(try await outcome("deny", ["failurePolicy": "Ignore"]).code == 418)
          #expect(try await outcome("deny", ["sideEffects": "NoneOnDryRun"]).code == 418)
          let other: JSON = ["namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": "elsewhere"]]]
          #expect(try await outcome("deny", other).code == 201)
          #expect(try await outcome("deny", ["objectSelector": ["matchLabels": ["no": "such"]]]).code == 201)
          #expect(
            try await outcome(
              "deny", ["matchConditions": [["name": "no", "expression": "object.metadata.name != 'asked'"]]]
            ).code == 201)
          let wrong = try await outcome(
            "deny", ["matchConditions": [["name": "wrong", "expression": "object.data.nothing == '1'"]]])
          #expect(wrong.code == 403)
          #expect(
            wrong.message
              == "configmaps \"asked\" is forbidden: expression 'object.data.nothing == '1'' resulted in error: no such key: nothing"
          )
        }
        let marked = try await Self.outcome(test, Self.mutating, hooks, hooks.client("mark"))
        #expect(marked.body["data"] == ["marked": "yes", "x": "1"])
      }
    }
  }

  /// What is really stored, not only tried.
  @Test(arguments: ContractServer.available)
  func whatIsStoredHasPassedThem(_ server: ContractServer) async throws {
    try await server.withServer { test in
      try await WebhookServer.with { hooks in
        try await Self.configure(test, Self.mutating, hooks, hooks.client("mark"))
        var number = 0
        try await eventually("the configuration is in force") {
          number += 1
          let created = try await Self.create(test, "stored-\(number)")
          return !created.warnings.isEmpty
        }
        let stored = try await test.client.get(.configMaps, test.key("stored-\(number)"))
        #expect(stored["data"] == ["marked": "yes", "x": "1"])
        // Requests at once are asked about at once.
        try await withThrowingTaskGroup(of: Outcome.self) { group in
          for index in 0..<20 { group.addTask { try await Self.create(test, "many-\(index)") } }
          for try await outcome in group {
            #expect(outcome.code == 201 && outcome.body["data"]?["marked"] == "yes", "\(outcome.message)")
          }
        }
        try await Self.remove(test, Self.mutating)
      }
    }
  }
}
