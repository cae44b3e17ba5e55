import Foundation
import HTTPTypes
import Synchronization
import Testing
import WGETestSupport

@testable import WGEHTTP

extension HTTPSuites {
  /// Whoever gives up, however, frees the connection.
  @Suite struct CancellationTests {
    private func silentServer(_ head: String = "") throws -> ScriptedServer {
      try ScriptedServer { connection in
        while let request = connection.readRequest() {
          if request.path == "/ok" {
            connection.answer(body: "ok")
          } else {
            connection.write(head)
            connection.waitForEnd()
          }
        }
      }
    }

    private static let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome"

    @Test func beforeTheHead() async throws {
      let server = try silentServer()
      try await CurlTransport.with { transport in
        let task = Task { try await transport.execute(HTTPTransportRequest(url: server.url)) }
        try await eventually { server.open == 1 }
        task.cancel()
        await #expect(throws: HTTPError.cancelled) { try await task.value }
        try await eventually("the connection is closed") { server.open == 0 }
      }
    }

    @Test func beforeItBegins() async throws {
      let server = try silentServer()
      try await CurlTransport.with { transport in
        let gate = AsyncStream<Void>.makeStream()
        let task = Task {
          for await _ in gate.stream {}
          return try await transport.execute(HTTPTransportRequest(url: server.url))
        }
        task.cancel()
        gate.continuation.finish()
        await #expect(throws: HTTPError.cancelled) { try await task.value }
        let text1 = try await transport.text(HTTPTransportRequest(url: server.url + "/ok"))
        #expect(text1 == "ok")
      }
    }

    @Test func inTheBody() async throws {
      let server = try silentServer(Self.head)
      try await CurlTransport.with { transport in
        let started = Counter()
        let task = Task {
          let response = try await transport.execute(HTTPTransportRequest(url: server.url))
          for try await _ in response.body { started.add() }
        }
        try await eventually { started.value > 0 }
        task.cancel()
        await #expect(throws: HTTPError.cancelled) { try await task.value }
        try await eventually("the connection is closed") { server.open == 0 }
      }
    }

    @Test func byDroppingTheBody() async throws {
      let server = try silentServer(Self.head)
      try await CurlTransport.with { transport in
        var response: HTTPTransportResponse? = try await transport.execute(HTTPTransportRequest(url: server.url))
        #expect(response?.status == .ok)
        #expect(server.open == 1)
        response = nil
        try await eventually("the connection is closed") { server.open == 0 }
      }
    }

    @Test func byCancellingTheBody() async throws {
      let server = try silentServer(Self.head)
      try await CurlTransport.with { transport in
        let response = try await transport.execute(HTTPTransportRequest(url: server.url))
        let body = response.body
        let reader = Task { for try await _ in body {} }
        body.cancel()
        await #expect(throws: HTTPError.cancelled) { try await reader.value }
        try await eventually("the connection is closed") { server.open == 0 }
      }
    }

    @Test func duringAnUpload() async throws {
      let server = try silentServer()
      try await CurlTransport.with { transport in
        let (begun, finished) = (Counter(), Counter())
        let (chunks, continuation) = AsyncStream<[UInt8]>.makeStream()
        continuation.onTermination = { _ in finished.add() }
        continuation.yield([1])
        let body = HTTPBody(
          chunks.map { chunk in
            begun.add()
            return chunk
          })
        let task = Task {
          try await transport.execute(HTTPTransportRequest(method: .post, url: server.url, body: .stream(body)))
        }
        // A connection is not enough: a body that nobody has asked for has no reader to let it go.
        try await eventually("the body is read") { begun.value == 1 }
        // The kernel connects before the server accepts.
        try await eventually("the server has the connection") { server.open == 1 }
        task.cancel()
        await #expect(throws: HTTPError.cancelled) { try await task.value }
        try await eventually("the connection is closed") { server.open == 0 }
        try await eventually("the body's sequence is let go") { finished.value == 1 }
      }
    }

    /// A look-up cannot be interrupted; it must not hold up the event loop.
    @Test func duringANameLookUp() async throws {
      let server = try silentServer()
      try await CurlTransport.with { transport in
        for number in 0..<10 {
          let task = Task {
            try await transport.execute(HTTPTransportRequest(url: "http://x\(number).example.invalid/"))
          }
          task.cancel()
          await #expect(throws: (any Error).self) { try await task.value }
        }
        let text2 = try await transport.text(HTTPTransportRequest(url: server.url + "/ok"))
        #expect(text2 == "ok")
      }
    }

    @Test func oneOfManyLeavesTheOthersAlone() async throws {
      let server = try silentServer()
      try await CurlTransport.with({ $0.connectionsPerHost = 2 }) { transport in
        let stuck = (0..<20).map { _ in Task { try await transport.execute(HTTPTransportRequest(url: server.url)) } }
        try await eventually { server.open == 2 }
        for task in stuck { task.cancel() }
        for task in stuck { await #expect(throws: HTTPError.cancelled) { try await task.value } }
        let text3 = try await transport.text(HTTPTransportRequest(url: server.url + "/ok"))
        #expect(text3 == "ok")
      }
    }

    @Test func shutdownEndsWhatIsInFlight() async throws {
      let server = try silentServer(Self.head)
      let transport = try CurlTransport(CurlTransport.Configuration(proxy: .off))
      let response = try await transport.execute(HTTPTransportRequest(url: server.url))
      let reader = Task { for try await _ in response.body {} }
      await transport.shutdown()
      await transport.shutdown()
      await #expect(throws: HTTPError.shutDown) { try await reader.value }
      await #expect(throws: HTTPError.shutDown) { try await transport.execute(HTTPTransportRequest(url: server.url)) }
      try await eventually("the connection is closed") { server.open == 0 }
    }

    @Test func aBodyOutlivesItsTransport() async throws {
      let goOn = Counter()
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        while goOn.value == 0 { usleep(1000) }
        connection.write("cd")
        connection.waitForEnd()
      }
      var transport: CurlTransport? = try CurlTransport(CurlTransport.Configuration(proxy: .off))
      weak let gone = transport
      let response = try await transport?.execute(HTTPTransportRequest(url: server.url))
      transport = nil
      try await eventually("the transport is gone") { gone == nil }
      goOn.add()
      #expect(try await response?.body.collect() == Array("abcd".utf8))
    }

    @Test func twoReadersAtOnceAreRefused() async throws {
      let server = try silentServer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
      try await CurlTransport.with { transport in
        let response = try await transport.execute(HTTPTransportRequest(url: server.url))
        let results = Collected<HTTPError>()
        let readers = (0..<2).map { _ in
          Task {
            do { for try await _ in response.body {} } catch let error as HTTPError { results.add(error) }
          }
        }
        try await eventually { results.values.count == 1 }
        guard case .invalidRequest? = results.values.first else {
          Issue.record("\(results.values)")
          return
        }
        response.body.cancel()
        for reader in readers { try await reader.value }
      }
    }
  }
}
