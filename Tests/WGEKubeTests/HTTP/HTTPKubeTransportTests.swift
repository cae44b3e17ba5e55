import FoundationEssentials
import HTTPTypes
import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEKube

/// An HTTP transport that answers what a test scripted.
private final class ScriptedHTTP: HTTPTransport {
  let asked = Shared<[HTTPTransportRequest]>([])
  let answer: @Sendable (HTTPTransportRequest) throws -> HTTPTransportResponse
  let name: String

  init(_ name: String, _ answer: @escaping @Sendable (HTTPTransportRequest) throws -> HTTPTransportResponse) {
    self.name = name
    self.answer = answer
  }

  func execute(_ request: HTTPTransportRequest) async throws -> HTTPTransportResponse {
    asked.withLock { $0.append(request) }
    return try answer(request)
  }
}

@Suite struct HTTPKubeTransportTests {
  private let clock = ManualClock()
  private let made = Shared<[CurlTransport.Configuration]>([])
  private let sent = Shared<[String]>([])

  /// A transport whose requests are noted as `connection: METHOD url [authorization]`, where the
  /// connection says whether it has a client certificate.
  private func transport(
    _ endpoint: KubeEndpoint,
    _ answer: @escaping @Sendable (HTTPTransportRequest) throws -> HTTPTransportResponse = {
      HTTPTransportResponse(status: .ok, url: $0.url, body: HTTPBody([123, 125]))
    }
  ) throws -> HTTPKubeTransport {
    let made = made
    let sent = sent
    return try HTTPKubeTransport(endpoint, clock: clock) { configuration in
      made.withLock { $0.append(configuration) }
      let identity =
        configuration.tls.clientIdentity.map { String(decoding: $0.certificateChain, as: UTF8.self) } ?? "anonymous"
      return ScriptedHTTP(identity) { request in
        sent.withLock {
          $0.append("\(identity): \(request.method.rawValue) \(request.url) \(request.fields[.authorization] ?? "-")")
        }
        return try answer(request)
      }
    }
  }

  private func get(_ path: String = "/x", authorization: String? = nil) -> KubeRequest {
    var headers = HTTPFields()
    if let authorization { headers[.authorization] = authorization }
    return KubeRequest(method: .get, path: path, query: [("a b", "c&d=é+")], headers: headers)
  }

  @Test func urlsAndTLS() async throws {
    let endpoint = KubeEndpoint(
      server: "https://x:6443/prefix", certificateAuthority: .inline(Secret([1, 2])), tlsServerName: "name",
      proxyURL: "http://proxy:3128", user: .init(name: "u", token: Secret("t")))
    let transport = try transport(endpoint)
    let response = try await transport.send(get("/api/v1/pods"))
    #expect(response.body == [123, 125] && response.status == .ok)
    #expect(sent.value == ["anonymous: GET https://x:6443/prefix/api/v1/pods?a%20b=c%26d%3D%C3%A9%2B Bearer t"])
    #expect(made.value.count == 1)
    #expect(made.value[0].tls == TLSConfiguration(trustRoots: .pem([1, 2]), serverName: "name"))
    let insecure = try self.transport(KubeEndpoint(server: "https://x", insecureSkipTLSVerify: true))
    _ = try await insecure.send(get())
    #expect(made.value.last?.tls.verifiesServer == false && made.value.last?.tls.trustRoots == .system)
  }

  @Test func aRequestsOwnCredentialGoesAlone() async throws {
    let user = Kubeconfig.User(name: "u", clientCertificate: .inline(Secret([67])), clientKey: .inline(Secret([75])))
    let transport = try transport(KubeEndpoint(server: "https://x", user: user))
    _ = try await transport.send(get())
    _ = try await transport.send(get(authorization: "Bearer mine"))
    let stream = try await transport.stream(get(authorization: "Bearer mine"))
    for try await _ in stream.body {}
    #expect(sent.value.map { $0.prefix { $0 != " " } } == ["C:", "anonymous:", "anonymous:"])
    #expect(sent.value.dropFirst().allSatisfy { $0.hasSuffix("Bearer mine") })
    #expect(made.value.count == 2)
  }

  @Test func a401AsksForAnotherCredentialOnce() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/token"
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      let transport = try transport(KubeEndpoint(server: "https://x", user: .init(name: "u", tokenFile: path))) {
        request in
        HTTPTransportResponse(
          status: request.fields[.authorization] == "Bearer new" ? .ok : .unauthorized, url: request.url)
      }
      #expect(try await transport.send(get()).status == .unauthorized)
      #expect(sent.value.count == 1)
      try Data("new".utf8).write(to: URL(fileURLWithPath: path))
      #expect(try await transport.send(get()).status == .ok)
      #expect(sent.value.map { $0.suffix(3) } == ["old", "old", "new"])
      #expect(try await transport.stream(get(authorization: "Bearer x")).status == .unauthorized)
      #expect(sent.value.count == 4)
    }
  }

  @Test func certificatesInFilesAreFollowed() async throws {
    let clock = clock
    try await withTemporaryDirectory { folder in
      func write(_ text: String) throws {
        for name in ["c", "k"] { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
      }
      try write("one")
      let user = Kubeconfig.User(name: "u", clientCertificate: .file("\(folder)/c"), clientKey: .file("\(folder)/k"))
      let transport = try transport(KubeEndpoint(server: "https://x", user: user))
      _ = try await transport.send(get())
      try write("two")
      _ = try await transport.send(get())
      clock.advance(by: KubeDefaults.tokenFileLifetime)
      _ = try await transport.send(get())
      #expect(sent.value.map { $0.prefix(4) } == ["one:", "one:", "two:"])
    }
  }

  @Test(
    arguments: [
      (.cannotResolve(target: "t", detail: "d"), .cannotResolve, false),
      (.cannotConnect(target: "t", detail: "d"), .cannotConnect, false),
      (.timedOut(target: "t", phase: .connect), .timedOut, false),
      (.timedOut(target: "t", phase: .body), .timedOut, true),
      (.connectionLost(target: "t", bytesSent: 5, detail: "d"), .connectionLost, true),
      (.bodyTooLarge(target: "t", limit: 1), .tooLarge, true),
      (.protocolError(target: "t", detail: "d"), .protocolViolation, true), (.shutDown, .closed, false),
    ] as [(HTTPError, TransportFailure.Kind, Bool)])
  func failures(error: HTTPError, kind: TransportFailure.Kind, reached: Bool) async throws {
    let transport = try transport(KubeEndpoint(server: "https://x")) { _ in throw error }
    let thrown = await #expect(throws: KubeError.self) { try await transport.send(get()) }
    guard case .transport(let failure)? = thrown else {
      Issue.record("\(thrown as Any)")
      return
    }
    #expect(failure.kind == kind && failure.mayHaveReachedServer == reached)
  }

  @Test func aRefusedStreamIsNotWaitedForForEver() async throws {
    let clock = clock
    let endless = AsyncStream<[UInt8]>.makeStream()
    defer { endless.continuation.finish() }
    let body = HTTPBody(endless.stream)
    let transport = try transport(KubeEndpoint(server: "https://x")) {
      HTTPTransportResponse(status: .internalServerError, url: $0.url, body: body)
    }
    let task = Task { try await transport.stream(get()).status }
    try await clock.waitForSleepers()
    clock.advance(by: KubeDefaults.requestTimeout)
    #expect(try await task.value == .internalServerError)

    let short = try self.transport(KubeEndpoint(server: "https://x")) {
      HTTPTransportResponse(status: .notFound, url: $0.url, body: HTTPBody([1, 2]))
    }
    var bytes: [UInt8] = []
    for try await chunk in try await short.stream(get()).body { bytes += chunk }
    #expect(bytes == [1, 2])
  }

  @Test func cancellationStaysCancellation() async throws {
    let transport = try transport(KubeEndpoint(server: "https://x")) { _ in throw HTTPError.cancelled }
    await #expect(throws: CancellationError.self) { try await transport.send(get()) }
    let invalid = try self.transport(KubeEndpoint(server: "https://x")) { _ in throw HTTPError.invalidRequest("r") }
    await #expect(throws: KubeError.request("r")) { try await invalid.send(get()) }
  }

  @Test func certificatesThatAreNoneFailAtOnce() async throws {
    func endpoint(_ authority: Material) -> KubeEndpoint {
      KubeEndpoint(server: "https://x", certificateAuthority: authority, source: "f", context: "x")
    }
    for authority in [Material.inline(Secret(Array("no pem".utf8))), .file("/nowhere/ca.crt")] {
      let error = #expect(throws: KubeError.self) { try HTTPKubeTransport(endpoint(authority)) }
      guard case .config(let problem)? = error else {
        Issue.record("\(error as Any)")
        continue
      }
      #expect(problem.file == "f" && problem.context == "x")
    }
  }

  @Test func aCredentialThatNoHeaderCarriesIsRefused() async throws {
    let transport = try transport(KubeEndpoint(server: "https://x", user: .init(name: "u", token: Secret("a\nb"))))
    await #expect(throws: KubeError.self) { try await transport.send(get()) }
    #expect(sent.value.isEmpty)
  }
}
