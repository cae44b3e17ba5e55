import HTTPTypes
import Testing

@testable import WGEHTTP

/// What needs no network.
@Suite struct PureTests {
  @Test(arguments: [
    ("http://host", "http://host/", "http://host/"),
    ("HTTPS://Host:443/a?b=c#d", "https://Host:443/a?b=c", "https://host/a"),
    ("https://host:8443/a/../b", "https://host:8443/a/../b", "https://host:8443/a/../b"),
    ("http://[::1]:80/x", "http://[::1]:80/x", "http://[::1]/x"),
    ("http://host?q", "http://host/?q", "http://host/"),
  ])
  func readsURLs(text: String, whole: String, target: String) throws {
    let url = try HTTPURL(text)
    #expect(url.text == whole)
    #expect(url.target == target)
  }

  @Test(arguments: [
    "", "host", "/path", "ftp://host/", "file:///etc/passwd", "http:/host", "http://", "http://ho st/",
    "http://host/\r\nX: y", "http://host/\n", "http://host:0/", "http://host:70000/", "http://user@host/",
    "http://user:pass@host/", "http://host/\u{e9}", "javascript:alert(1)", "http://host\0/", "http://[::1/",
  ])
  func refusesURLs(text: String) {
    #expect(throws: HTTPError.self) { try HTTPURL(text) }
  }

  @Test func refusesEndlessURLs() {
    #expect(throws: HTTPError.self) { try HTTPURL("http://host/" + String(repeating: "a", count: 70_000)) }
  }

  @Test(arguments: [
    ("/x", "https://host:8443/x"), ("x", "https://host:8443/a/x"), ("../x", "https://host:8443/x"),
    ("?q=2", "https://host:8443/a/b?q=2"), ("//other/x", "https://other/x"), ("http://other/x", "http://other/x"),
    ("https://host:8443", "https://host:8443/"),
  ])
  func resolvesReferences(reference: String, whole: String) throws {
    #expect(try HTTPURL("https://host:8443/a/b?q=1").resolving(reference).text == whole)
  }

  @Test func errorsAndDescriptionsKeepSecrets() throws {
    let request = HTTPTransportRequest(
      url: "https://host/path?token=s3cret", fields: [.authorization: "Bearer s3cret"],
      body: .bytes(Array("s3cret".utf8)))
    #expect(request.description == "GET https://host/path")
    let proxy = ProxyPolicy.url("http://user:s3cret@proxy:3128")
    let configuration = CurlTransport.Configuration(proxy: proxy)
    var dumped = ""
    dump(request, to: &dumped)
    dump(configuration, to: &dumped)
    for text in [
      "\(request)", String(reflecting: request), "\(proxy)", String(reflecting: proxy), "\(configuration)", dumped,
    ] {
      #expect(!text.contains("s3cret"))
    }
    #expect("\(HTTPTransportRequest(url: "https://u:s3cret@host/"))" == "GET <invalid URL>")
  }

  @Test(arguments: [
    ("example.org", "example.org", 443, true), ("example.org", "a.example.org", 443, true),
    ("example.org", "notexample.org", 443, false), (".example.org", "example.org", 443, false),
    (".example.org", "a.example.org", 443, true), ("*.example.org", "a.example.org", 443, true),
    ("EXAMPLE.org", "example.org", 443, true), ("example.org.", "example.org", 443, true),
    ("example.org:8443", "example.org", 443, false), ("example.org:8443", "example.org", 8443, true),
    ("10.0.0.0/8", "10.200.1.1", 80, true), ("10.0.0.0/8", "11.0.0.1", 80, false), ("10.1.2.3", "10.1.2.3", 80, true),
    ("10.1.2.0/23", "10.1.3.255", 80, true), ("10.1.2.0/23", "10.1.4.0", 80, false),
    ("fd00::/8", "[fd12::1]", 80, true), ("[::1]:80", "[::1]", 80, true), ("[::1]:80", "[::1]", 81, false),
    ("10.0.0.0/8", "[::ffff:10.0.0.1]", 80, true), ("*", "anything", 80, true), ("", "anything", 80, false),
    ("a, b ,c", "c", 80, true), ("0.0.0.0/0", "1.2.3.4", 80, true), ("10.0.0.0/99", "10.0.0.1", 80, false),
    (".", "host", 80, false), ("10.0.0.0/-1", "10.0.0.1", 80, false),
  ])
  func noProxyEntries(list: String, host: String, port: UInt16, expected: Bool) {
    #expect(NoProxyList(list).contains(HostPattern.Host(host), port: port) == expected)
  }

  @Test func proxyOfTheEnvironment() throws {
    func proxy(_ variables: [String: String], _ url: String) throws -> String? {
      ProxyPolicy.environment(variables).proxy(for: try HTTPURL(url).origin)
    }
    #expect(try proxy([:], "http://host") == nil)
    #expect(try proxy(["http_proxy": "p:1"], "http://host") == "p:1")
    #expect(try proxy(["http_proxy": "p:1"], "https://host") == nil)
    #expect(try proxy(["HTTPS_PROXY": "p:1"], "https://host") == "p:1")
    #expect(try proxy(["https_proxy": "small", "HTTPS_PROXY": "big"], "https://host") == "small")
    #expect(try proxy(["ALL_PROXY": "all"], "https://host") == "all")
    #expect(try proxy(["ALL_PROXY": "all", "https_proxy": "p"], "https://host") == "p")
    #expect(try proxy(["HTTP_PROXY": "p"], "http://host") == "p")
    #expect(try proxy(["HTTP_PROXY": "p", "REQUEST_METHOD": "GET"], "http://host") == nil)
    #expect(try proxy(["ALL_PROXY": "p", "no_proxy": "host"], "https://host") == nil)
    for local in ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
      #expect(try proxy(["ALL_PROXY": "p"], "https://\(local):6443") == nil)
    }
    #expect(ProxyPolicy.url("p").proxy(for: try HTTPURL("http://localhost").origin) == "p")
    #expect(ProxyPolicy.url("p", noProxy: ["localhost"]).proxy(for: try HTTPURL("http://localhost").origin) == nil)
    #expect(ProxyPolicy.off.proxy(for: try HTTPURL("http://host").origin) == nil)
  }

  private let key = DialGate.Key(
    origin: HTTPURL.Origin(scheme: "https", host: "host", port: 443), connectTimeout: nil, isCallersOrigin: true)

  @Test func theGateLetsOneDialFirst() {
    var gate = DialGate()
    var started: [[UInt64]] = []
    for id: UInt64 in 1...3 { started.append(gate.admit(id, key)) }
    // The leader gives up: the next one leads, and then all go.
    started.append(gate.ended(1, key))
    started.append(gate.connected(2, key))
    started.append(gate.admit(4, key))
    #expect(started == [[1], [], [], [2], [3], [4]])
    // When all are gone, the origin is forgotten.
    for id: UInt64 in 2...4 { _ = gate.ended(id, key) }
    started = [gate.admit(5, key), gate.admit(6, key), gate.ended(6, key), gate.ended(5, key), gate.admit(7, key)]
    #expect(started == [[5], [], [], [], [7]])
  }

  @Test func theGatePacesCrowds() {
    var gate = DialGate()
    for id: UInt64 in 1...100 { _ = gate.admit(id, key) }
    var started = gate.connected(1, key)
    // 64 in all are free, and one more sets the pace.
    #expect(started == Array(2...65))
    started = gate.connected(2, key)
    #expect(started.isEmpty)
    started = gate.connected(65, key)
    #expect(started == [66])
    started = gate.ended(66, key)
    #expect(started == [67])
    started = gate.speaksHTTP1(key)
    #expect(started == Array(68...100))
    started = gate.admit(101, key)
    #expect(started == [101])
  }

  @Test func deadlinesComeInOrder() {
    let start = ContinuousClock.now
    var queue = DeadlineQueue()
    var generator = SystemRandomNumberGenerator()
    let offsets = (0..<2000).map { _ in Int.random(in: 0..<1000, using: &generator) }
    for (id, offset) in offsets.enumerated() {
      queue.add(.init(due: start.advanced(by: .seconds(offset)), id: UInt64(id), kind: .total))
    }
    let early = queue.popDue(at: start.advanced(by: .seconds(-1)))
    #expect(early?.id == nil)
    queue.prune(unlessAbout: 10) { $0 % 2 == 0 }
    var popped: [ContinuousClock.Instant] = []
    while let entry = queue.popDue(at: start.advanced(by: .seconds(1000))) {
      #expect(entry.id % 2 == 0)
      popped.append(entry.due)
    }
    #expect(popped.count == 1000)
    #expect(popped == popped.sorted())
    #expect(queue.earliest == nil)
  }

  @Test func anUploadThatNeverRunsDryStaysSmall() {
    var queue = UploadQueue(capacity: 1000)
    var target = [UInt8](repeating: 0, count: 90)
    var largest = 0
    var taken: [UInt8] = []
    for number in 0..<1000 {
      _ = queue.push([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number == 0 ? 190 : 90))
      let take = target.withUnsafeMutableBytes { queue.take(into: $0) }
      guard case .bytes(90, _) = take else {
        Issue.record("\(take)")
        return
      }
      taken += target
      largest = max(largest, queue.storedBytes)
    }
    #expect(largest < 3000)
    // 190 zeros first, then 90 of each number: what came out is the front of what went in.
    #expect(taken.count == 90_000)
    #expect((190..<90_000).allSatisfy { taken[$0] == UInt8(truncatingIfNeeded: ($0 - 190) / 90 + 1) })
  }

  @Test func bodiesOfOtherSequences() async throws {
    #expect(try await HTTPBody().collect() == [])
    #expect(try await HTTPBody([1, 2]).collect() == [1, 2])
    let stream = AsyncStream<[UInt8]> { continuation in
      for number: UInt8 in 1...3 { continuation.yield([number]) }
      continuation.finish()
    }
    #expect(try await HTTPBody(stream).collect() == [1, 2, 3])
    await #expect(throws: HTTPError.bodyTooLarge(target: "HTTP body", limit: 1)) {
      try await HTTPBody([1, 2]).collect(upTo: 1)
    }
  }

  /// Whatever the order of lines and bytes, the parser answers or throws; it never traps.
  @Test func hostileHeaderLines() {
    let pieces = [
      "HTTP/1.1 200 OK", "HTTP/2 204", "X: y", ": z", " fold", "\t", "", "\r\n", "X", "HTTP/1.1", "\0", "é: ü", "A:",
    ]
    var seed: UInt64 = 7
    for _ in 0..<20_000 {
      var parser = ResponseHeadParser(limit: 200)
      for _ in 0..<8 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let line = Array((pieces[Int(seed >> 33) % pieces.count] + "\r\n").utf8)
        do {
          _ = try line.withUnsafeBytes { (bytes) throws(ResponseHeadParser.Failure) in try parser.take(bytes) }
        } catch { break }
      }
    }
  }
}
