#if Server
  import GRPCCore
  import GRPCNIOTransportHTTP2
  import HTTPTypes
  import Hummingbird
  import HummingbirdTesting
  import Logging
  import NIOCore
  import ServiceLifecycle
  import SwiftProtobuf
  import Synchronization
  import Testing
  import WGEAPI
  import WGEAuth
  import WGECore
  import WGETestSupport

  @testable import WGEServer

  /// The whole server on real sockets.
  @Suite struct LiveServerTests {
    /// Runs a server, and stops it gracefully when the body is done.
    func run(
      endpoints: [any APIEndpoint] = [], events: EventHub = EventHub(),
      _ body: @escaping @Sendable (ListeningPorts) async throws -> Void
    ) async throws {
      let (ports, open) = AsyncStream<ListeningPorts>.makeStream()
      let server = try GitOpsServer(
        configuration: try ServerConfiguration(port: 0, grpc: .init(port: 0)),
        authentication: .init(
          sessions: Sessions(keys: .random(at: SystemWallClock().now())),
          bearer: BearerAuthenticator(reviewer: OneToken())),
        endpoints: endpoints, events: events, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        onListening: { open.yield($0) })
      let group = ServiceGroup(
        configuration: .init(services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          // A server that cannot listen says so, and nobody waits for its ports.
          defer { open.finish() }
          try await group.run()
        }
        for await ports in ports {
          try await body(ports)
          break
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
      }
    }

    @Test func servesHTTPAndGRPC() async throws {
      try await run(endpoints: [getting()]) { ports in
        let client = TestClient(
          host: "127.0.0.1", port: ports.http, configuration: .init(timeout: .seconds(30)),
          eventLoopGroupProvider: .createNew)
        client.connect()
        let response = try await client.execute(
          TestClient.Request("/v1/pipelines/p?namespace=n", method: .get, headers: bearer))
        #expect(response.status == .ok)
        try await client.shutdown()

        let port = try #require(ports.grpc)
        try await withGRPCClient(
          transport: .http2NIOPosix(target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
        ) { client in
          let pipelines = Pipelines_V1_Pipelines.Client(wrapping: client)
          let request = Pipelines_V1_GetPipelineRequest.with {
            $0.name = "p"
            $0.namespace = "n"
          }
          let answer = try await pipelines.getPipeline(
            request: ClientRequest(message: request, metadata: ["authorization": "Bearer good"]))
          #expect(answer.pipeline.name == "p")
          let error = await #expect(throws: RPCError.self) {
            try await pipelines.getPipeline(
              request: ClientRequest(message: request, metadata: ["authorization": "Bearer bad"]))
          }
          #expect(error?.code == .unauthenticated)
        }
      }
    }

    @Test func streamsTellWhatChanges() async throws {
      let events = EventHub()
      let lines = LogLines.Lines()
      try await run(events: events) { ports in
        let reading = Task {
          for try await line in try await SocketLines.get(
            port: ports.http, path: "/v1/stream?topics=pipelines", headers: ["Authorization: Bearer good"])
          {
            lines.all.withLock { $0.append(line) }
          }
        }
        try await eventually("the stream listens") { events.listenerCount == 1 }
        events.publish("clusters", key: "hidden")
        events.publish("pipelines", key: "default/secret-pipeline")
        try await eventually("the change arrives") { lines.all.withLock { $0.contains("event: changed") } }
        // A line of its own, which comes next.
        try await eventually("with its data") { lines.all.withLock { $0.contains(#"data: {"topic":"pipelines"}"#) } }
        _ = reading
      }
      let all = lines.all.withLock { $0 }
      #expect(all.first == "HTTP/1.1 200 OK")
      #expect(all.contains { $0.lowercased() == "content-type: text/event-stream; charset=utf-8" })
      #expect(all.contains("id: \(events.epoch).2"))
      #expect(!all.contains { $0.contains("secret-pipeline") || $0.contains("clusters") })
      try await eventually("the place is given back") { events.listenerCount == 0 }
    }

    @Test func streamsSayGoodbyeAndGoOn() async throws {
      let events = EventHub()
      for _ in 0..<3 { events.publish("pipelines") }
      let resumed = LogLines.Lines()
      let strange = LogLines.Lines()
      try await run(events: events) { ports in
        _ = Task {
          for try await line in try await SocketLines.get(
            port: ports.http, path: "/v1/stream",
            headers: ["Authorization: Bearer good", "Last-Event-ID: \(events.epoch).1"])
          { resumed.all.withLock { $0.append(line) } }
        }
        _ = Task {
          for try await line in try await SocketLines.get(
            port: ports.http, path: "/v1/stream", headers: ["Authorization: Bearer good", "Last-Event-ID: other.1"])
          { strange.all.withLock { $0.append(line) } }
        }
        try await eventually("both have begun") {
          resumed.all.withLock { $0.contains("event: changed") } && strange.all.withLock { $0.contains("event: reset") }
        }
      }
      try await eventually("both hear the farewell") {
        resumed.all.withLock { $0.contains("event: bye") } && strange.all.withLock { $0.contains("event: bye") }
      }
      #expect(resumed.all.withLock { $0.contains("id: \(events.epoch).3") })
      #expect(resumed.all.withLock { !$0.contains("event: reset") })
    }
  }
#endif
