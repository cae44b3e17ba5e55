import HTTPTypes
import InMemoryTracing
import MetricsTestKit
import Testing
import Tracing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct TelemetryTests {
  private let key = ObjectKey(namespace: "shop", name: "a")

  @Test(
    arguments: [
      (HTTPRequest.Method.get, "/api/v1/namespaces/shop/configmaps/a", "get", "configmaps", "shop"),
      (.get, "/api/v1/namespaces/shop", "get", "namespaces", nil),
      (.put, "/api/v1/namespaces/shop/status", "update", "namespaces/status", nil),
      (.put, "/api/v1/namespaces/shop/finalize", "update", "namespaces/finalize", nil),
      (.get, "/api/v1/namespaces", "list", "namespaces", nil),
      (.post, "/apis/apps/v1/namespaces/x/deployments", "create", "deployments.apps", "x"),
      (.delete, "/apis/apps/v1/namespaces/x/deployments", "deletecollection", "deployments.apps", "x"),
      (.delete, "/apis/apps/v1/namespaces/x/deployments/d", "delete", "deployments.apps", "x"),
      (.get, "/apis/apps/v1/namespaces/x/deployments/d/scale", "get", "deployments.apps/scale", "x"),
      (.get, "/version", "get", "nonresource", nil), (.get, "/apis", "get", "nonresource", nil),
      (.get, "/apis/apps/v1", "get", "nonresource", nil), (.get, "/api", "get", "nonresource", nil),
      (.get, "", "get", "nonresource", nil), (.get, "//api//", "get", "nonresource", nil),
    ] as [(HTTPRequest.Method, String, String, String, String?)])
  func labelsHaveFewValues(
    method: HTTPRequest.Method, path: String, verb: String, resource: String, namespace: String?
  ) {
    let labels = CallLabels(Call(method: method, path: path))
    #expect(labels.verb == verb && labels.resource == resource && labels.namespace == namespace)
  }

  @Test func callsAreCounted() async throws {
    let metrics = TestMetrics()
    let clock = ManualClock()
    let transport = ScriptedTransport([
      .failure(429, "TooManyRequests", headers: [("Retry-After", "1")]), .json(configMap("a").json),
      .failure(404, "NotFound"), .init(failure: .transport(TransportFailure(.tls, message: "m"))),
    ])
    let client = KubeClient(transport: transport, clock: clock).observed(by: metrics)
    let key = key
    let task = Task { try await client.get(.configMaps, key) }
    try await clock.waitForSleepers()
    clock.advance(by: .seconds(2))
    _ = try await task.value
    await #expect(throws: KubeError.self) { try await client.get(.configMaps, key) }
    await #expect(throws: KubeError.self) { try await client.delete(.configMaps, key) }
    func count(_ label: String, _ verb: String, _ code: String) throws -> Int64 {
      try metrics.expectCounter(label, [("verb", verb), ("resource", "configmaps"), ("code", code)]).totalValue
    }
    #expect(try count("kube_client_requests_total", "get", "200") == 1)
    #expect(try count("kube_client_requests_total", "get", "404") == 1)
    #expect(try count("kube_client_requests_total", "delete", "tls") == 1)
    #expect(try count("kube_client_retries_total", "get", "429") == 1)
    let time = try metrics.expectTimer(
      "kube_client_request_duration_seconds", [("verb", "get"), ("resource", "configmaps")])
    #expect(time.values.count == 2)
  }

  @Test func callsAreTraced() async throws {
    let tracer = InMemoryTracer()
    let transport = ScriptedTransport([
      .json(configMapList(["a"])), .failure(403, "Forbidden"), .init(chunks: []),
    ])
    let client = KubeClient(transport: transport).observed(by: nil, tracer: tracer)
    _ = try await client.list(.configMaps, namespace: "shop")
    await #expect(throws: KubeError.self) { try await client.apply(.configMaps, configMap("a")) }
    _ = try await client.watch(.configMaps)
    let spans = tracer.finishedSpans
    #expect(spans.map(\.operationName) == ["kube list configmaps", "kube apply configmaps", "kube watch configmaps"])
    #expect(spans.allSatisfy { $0.kind == .client })
    #expect(spans[0].attributes["k8s.namespace.name"]?.toSpanAttribute() == "shop")
    #expect(spans[0].attributes["http.response.status_code"]?.toSpanAttribute() == .int64(200))
    #expect(spans[1].attributes["http.response.status_code"]?.toSpanAttribute() == .int64(403))
    #expect(spans[1].status?.code == .error && spans[1].errors.count == 1)
    // The server can hang its own spans below each.
    #expect(
      transport.requests.map { $0.header(InMemoryTracer.spanIDKey) } == spans.map { [$0.spanContext.spanID] })
  }

  @Test func bucketsHoldCallsBack() async throws {
    let clock = ManualClock()
    let waits = Shared<[Duration]>([])
    let bucket = RateLimit(queriesPerSecond: 2, burst: 2, clock: clock) { wait in waits.withLock { $0.append(wait) } }
    let client = KubeClient(transport: ScriptedTransport([.json(configMap("a").json)])).limited(by: bucket)
    let key = key
    for _ in 0..<2 { _ = try await client.get(.configMaps, key) }
    #expect(waits.value.isEmpty)
    let third = Task { try await client.get(.configMaps, key) }
    try await clock.waitForSleepers()
    let fourth = Task { try await client.get(.configMaps, key) }
    try await clock.waitForSleepers(2)
    #expect(waits.value == [.milliseconds(500), .seconds(1)] && bucket.waiting == 2)
    // A wait that is cancelled gives its token back.
    fourth.cancel()
    await #expect(throws: CancellationError.self) { try await fourth.value }
    clock.advance(by: .milliseconds(500))
    _ = try await third.value
    let fifth = Task { try await client.get(.configMaps, key) }
    try await clock.waitForSleepers()
    #expect(waits.value.last == .milliseconds(500) && bucket.waiting == 1)
    clock.advance(by: .milliseconds(500))
    _ = try await fifth.value
    clock.advance(by: .seconds(3600))
    for _ in 0..<2 { _ = try await client.get(.configMaps, key) }
    #expect(waits.value.count == 3)
  }

  @Test func warningsArePassedOnOnce() {
    let seen = Shared<[String]>([])
    let handler = KubeWarning.once(limit: 2) { warning in seen.withLock { $0.append(warning.text) } }
    for text in ["a", "a", "b", "a", "c", "b", "c", "a"] { handler(KubeWarning(text: text)) }
    // The oldest is forgotten for the third.
    #expect(seen.value == ["a", "b", "c", "a"])
  }
}
