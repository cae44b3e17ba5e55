import Testing
import WGECore

@testable import WGEKube

@Suite struct PodTests {
  private let pod = ObjectKey(namespace: "shop", name: "web")

  @Test func logsAreAskedForWithAllOptions() async throws {
    let transport = ScriptedTransport([.text("one\ntwo\n", status: 200)])
    let client = KubeClient(transport: transport)
    let options = LogOptions(
      container: "app", previous: true, since: .seconds(90), tailLines: 10, limitBytes: 1000, timestamps: true)
    #expect(try await client.log(pod, options) == "one\ntwo\n")
    _ = try await client.followLog(pod, LogOptions(sinceTime: Timestamp(seconds: 0)))
    #expect(
      transport.requests.map(\.target) == [
        "GET /api/v1/namespaces/shop/pods/web/log?container=app&previous=true&sinceSeconds=90&tailLines=10"
          + "&limitBytes=1000&timestamps=true",
        "GET /api/v1/namespaces/shop/pods/web/log?follow=true&sinceTime=1970-01-01T00:00:00Z",
      ])
  }

  @Test func followedLogsComeLineByLine() async throws {
    let chunks = ["fir", "st\nsecond\r\n\nla", "st"].map { Array($0.utf8) }
    let client = KubeClient(transport: ScriptedTransport([.init(chunks: chunks)]))
    var lines: [LogLine] = []
    for try await line in try await client.followLog(pod) { lines.append(line) }
    #expect(lines.map(\.text) == ["first", "second", "", "last"])
    #expect(lines.map(\.isComplete) == [true, true, true, false])
  }

  @Test func aLineWithoutEndComesInParts() throws {
    var cutter = LogLineCutter(limit: 4)
    var lines: [LogLine] = []
    for chunk in ["abc", "defghij", "k\nxyz", "1234567890\n", "\n"] {
      cutter.append(Array(chunk.utf8))
      while let line = cutter.next() { lines.append(line) }
    }
    #expect(lines.map(\.text) == ["abcd", "efgh", "ijk", "xyz1", "2345", "6789", "0", ""])
    #expect(lines.map(\.isComplete) == [false, false, true, false, false, false, true, true])
    #expect(cutter.rest() == nil)
  }

  @Test func aBrokenLogThrowsWhatWasReadFirst() async throws {
    let lost = KubeError.transport(TransportFailure(.connectionLost, message: "m"))
    let client = KubeClient(transport: ScriptedTransport([.init(chunks: [Array("a\nb".utf8)], failure: lost)]))
    var iterator = try await client.followLog(pod).makeAsyncIterator()
    #expect(try await iterator.next()?.text == "a")
    await #expect(throws: lost) { try await iterator.next() }
  }

  @Test func evictionIsNotRepeated() async throws {
    let budget: JSON = [
      "kind": "Status", "code": 429, "reason": "TooManyRequests", "message": "Cannot evict pod",
      "details": ["causes": [["reason": "DisruptionBudget", "message": "The disruption budget web needs 2"]]],
    ]
    let transport = ScriptedTransport([
      .json(["kind": "Status", "status": "Success"], status: 201),
      .json(budget, status: 429, headers: [("Retry-After", "10")]),
    ])
    let client = KubeClient(transport: transport)
    try await client.evict(pod, options: DeleteOptions(gracePeriod: .seconds(5), uid: "u", dryRun: true))
    let request = try #require(transport.requests.first)
    #expect(request.target == "POST /api/v1/namespaces/shop/pods/web/eviction?dryRun=All")
    #expect(request.json?["deleteOptions"]?["preconditions"]?["uid"] == "u")
    #expect(request.json?["kind"] == "Eviction" && request.json?["metadata"]?["name"] == "web")
    let error = await #expect(throws: KubeError.self) { try await client.evict(pod) }
    #expect(error?.isBlockedByDisruptionBudget == true && transport.requests.count == 2)
  }

  @Test func tokensAreSecret() async throws {
    let answer: JSON = ["status": ["token": "abc.def", "expirationTimestamp": "2026-01-01T00:00:00Z"]]
    let transport = ScriptedTransport([.json(answer, status: 201), .json(["status": [:]], status: 201)])
    let client = KubeClient(transport: transport)
    let token = try await client.requestToken(
      for: ObjectKey(namespace: "shop", name: "robot"), audiences: ["vault"], expiration: .seconds(600),
      boundTo: TokenBinding(kind: "Pod", name: "web", uid: "u"))
    #expect(token.token.reveal() == "abc.def" && token.expires.rfc3339 == "2026-01-01T00:00:00Z")
    #expect(!"\(token)".contains("abc"))
    let request = try #require(transport.requests.first)
    #expect(request.target == "POST /api/v1/namespaces/shop/serviceaccounts/robot/token")
    #expect(
      request.json?["spec"] == [
        "audiences": ["vault"], "expirationSeconds": 600,
        "boundObjectRef": ["apiVersion": "v1", "kind": "Pod", "name": "web", "uid": "u"],
      ])
    await #expect(throws: KubeError.self) { try await client.requestToken(for: ObjectKey(name: "robot")) }
  }

  @Test func scaleIsReadAndSet() async throws {
    let scale: JSON = [
      "kind": "Scale", "apiVersion": "autoscaling/v1",
      "metadata": ["name": "web", "namespace": "shop", "resourceVersion": "4"], "spec": ["replicas": 3],
      "status": ["replicas": 2, "selector": "app=web"],
    ]
    let transport = ScriptedTransport([.json(scale), .json(scale), .json(configMap("x").json)])
    let client = KubeClient(transport: transport)
    let expected = Scale(
      key: pod, resourceVersion: "4", desiredReplicas: 3, currentReplicas: 2, selector: "app=web")
    #expect(try await client.scale(.deployments, pod) == expected)
    #expect(try await client.setScale(.deployments, pod, replicas: 3, resourceVersion: "3") == expected)
    #expect(
      transport.requests[1].target == "PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale?fieldManager=wge")
    #expect(transport.requests[1].json == ["spec": ["replicas": 3], "metadata": ["resourceVersion": "3"]])
    await #expect(throws: KubeError.self) { try await client.scale(.deployments, pod) }
  }
}
