import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct OpenAPITests {
  private let clock = ManualClock()
  private let pod = GroupVersionKind(group: "", version: "v1", kind: "Pod")

  private static func document(_ text: String) -> JSON {
    [
      "openapi": "3.0.0",
      "components": [
        "schemas": [
          "io.k8s.Pod": [
            "description": .string(text),
            "x-kubernetes-group-version-kind": [["group": "", "version": "v1", "kind": "Pod"]],
          ]
        ]
      ],
    ]
  }

  @Test func documentsAreFetchedOncePerHash() async throws {
    let hash = Shared("A")
    let transport = ScriptedTransport { request, _ in
      let now = hash.value
      if request.path == "/openapi/v3" {
        return .json(["paths": ["api/v1": ["serverRelativeURL": .string("/openapi/v3/api/v1?hash=\(now)")]]])
      }
      return .json(Self.document(now))
    }
    let client = KubeClient(transport: transport, clock: clock)
    for _ in 0..<3 { #expect(try await client.openAPI.schema(for: pod)?["description"] == "A") }
    #expect(transport.requests.map(\.target) == ["GET /openapi/v3", "GET /openapi/v3/api/v1?hash=A"])
    #expect(try await client.openAPI.paths() == ["api/v1"])
    clock.advance(by: KubeDefaults.discoveryLifetime)
    _ = try await client.openAPI.document(group: "", version: "v1")
    #expect(transport.requests.count == 3)
    hash.withLock { $0 = "B" }
    client.openAPI.invalidate()
    #expect(try await client.openAPI.schema(for: pod)?["description"] == "B")
    #expect(transport.requests.count == 5)
    #expect(try await client.openAPI.schema(for: GroupVersionKind(group: "", version: "v1", kind: "X")) == nil)
    // What is not there is looked for again, but not with every call.
    for _ in 0..<3 {
      let error = await #expect(throws: KubeError.self) {
        try await client.openAPI.document(group: "example.com", version: "v1")
      }
      #expect(error?.isNotFound == true)
    }
    #expect(transport.requests.count == 5)
    clock.advance(by: KubeDefaults.discoveryMissInterval)
    await #expect(throws: KubeError.self) { try await client.openAPI.document(group: "example.com", version: "v1") }
    #expect(transport.requests.count == 6)
  }

  @Test func anAddressWithoutHashStandsAsLongAsTheIndex() async throws {
    let transport = ScriptedTransport { request, index in
      request.path == "/openapi/v3"
        ? .json(["paths": ["api/v1": ["serverRelativeURL": "/openapi/v3/api/v1"]]])
        : .json(Self.document("\(index)"))
    }
    let client = KubeClient(transport: transport, clock: clock)
    for _ in 0..<3 { #expect(try await client.openAPI.schema(for: pod)?["description"] == "1") }
    client.openAPI.invalidate()
    for _ in 0..<3 { #expect(try await client.openAPI.schema(for: pod)?["description"] == "3") }
  }

  @Test func oldServersGiveTheSecondVersion() async throws {
    let transport = ScriptedTransport { request, _ in
      if request.path == "/openapi/v3" { return .failure(404, "NotFound") }
      if request.header("If-None-Match") == ["\"1\""] { return .init(status: 304) }
      return .json(
        ["swagger": "2.0", "definitions": Self.document("old")["components"]?["schemas"] ?? [:]],
        headers: [("ETag", "\"1\"")])
    }
    let client = KubeClient(transport: transport, clock: clock)
    for _ in 0..<2 { #expect(try await client.openAPI.schema(for: pod)?["description"] == "old") }
    #expect(transport.requests.map(\.path) == ["/openapi/v3", "/openapi/v2", "/openapi/v2"])
  }

  @Test(arguments: ["https://evil/openapi/v3/x", "//evil/x", "/openapi/v3/../../api/v1/secrets", "/api/v1/secrets"])
  func addressesElsewhereAreRefused(_ address: String) async throws {
    let transport = ScriptedTransport([.json(["paths": ["api/v1": ["serverRelativeURL": .string(address)]]])])
    let client = KubeClient(transport: transport)
    await #expect(throws: KubeError.self) { try await client.openAPI.document(group: "", version: "v1") }
    #expect(transport.requests.count == 1)
  }
}
