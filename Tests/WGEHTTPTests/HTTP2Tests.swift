import Foundation
import HTTPTypes
import Testing
import WGETestSupport

@testable import WGEHTTP

private let nodeServer = """
  const http2 = require('http2'), fs = require('fs');
  const [cert, key, streams] = process.argv.slice(1);
  let sessions = 0, sent = 0, closed = 0, hanging = 0;
  const server = http2.createSecureServer({
    cert: fs.readFileSync(cert), key: fs.readFileSync(key), allowHTTP1: true,
    settings: { maxConcurrentStreams: Number(streams) } });
  server.on('session', session => { sessions++; session.on('error', () => {}); });
  server.on('request', (request, response) => {
    request.on('error', () => {}); response.on('error', () => {});
    const url = new URL(request.url, 'https://x');
    if (url.pathname === '/stats') return response.end(JSON.stringify({ sessions, sent, closed, hanging }));
    if (url.pathname === '/echo') { response.writeHead(200, { 'x-length': request.headers['content-length'] || '-' }); return request.pipe(response); }
    if (url.pathname === '/big') {
      let left = Number(url.searchParams.get('n'));
      const chunk = Buffer.alloc(65536, 1);
      const pump = () => {
        while (left > 0) {
          const size = Math.min(left, chunk.length); left -= size; sent += size;
          if (!response.write(chunk.subarray(0, size))) return response.once('drain', pump);
        }
        response.addTrailers({ 'x-sum': '1' });
        response.end();
      };
      return pump();
    }
    if (url.pathname === '/hang') {
      hanging++;
      request.on('close', () => { closed++; });
      response.writeHead(200); response.write('x'); return;
    }
    if (url.pathname === '/silent') { hanging++; request.on('close', () => { closed++; }); return; }
    if (url.pathname === '/reset') { return request.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR); }
    if (url.pathname === '/cut') { response.writeHead(200, { 'content-length': '100' }); response.write('short'); return setTimeout(() => request.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), 50); }
    if (url.pathname === '/bomb') { const h = {}; for (let i = 0; i < 40; i++) h['x-' + i] = 'b'.repeat(1000); response.writeHead(200, h); return response.end(); }
    response.end(request.method + ' ' + request.url + ' ' + (request.headers[':authority'] || request.headers.host));
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.on('end', () => process.exit()).resume();
  """

extension HTTPSuites {
  /// Many requests over one connection.
  @Suite struct HTTP2Tests {
    private struct Stats: Decodable {
      var sessions: Int
      var sent: Int
      var closed: Int
      var hanging: Int
    }

    private func with(
      streams: Int = 1000, serverName: String? = nil, _ body: (String, CurlTransport) async throws -> Void
    ) async throws {
      try await TestKeys.with { keys in
        guard
          let server = try await ScriptServer.start(
            "node", nodeServer, [keys.path("server.pem"), keys.path("server.key"), "\(streams)"])
        else { return }
        defer { server.stop() }
        let tls = TLSConfiguration(trustRoots: .pem(try keys.bytes("ca.pem")), serverName: serverName)
        try await CurlTransport.with({ $0.tls = tls }) { try await body("https://localhost:\(server.port)", $0) }
      }
    }

    private func stats(_ url: String, _ transport: CurlTransport) async throws -> Stats {
      let bytes = try await transport.execute(HTTPTransportRequest(url: url + "/stats")).body.collect()
      return try JSONDecoder().decode(Stats.self, from: Data(bytes))
    }

    @Test func isNegotiatedAndShared() async throws {
      try await with { url, transport in
        let texts = try await withThrowingTaskGroup(of: (String, HTTPVersion).self) { group in
          for number in 0..<500 {
            group.addTask {
              let response = try await transport.execute(HTTPTransportRequest(url: url + "/\(number)"))
              return (String(decoding: try await response.body.collect(), as: UTF8.self), response.version)
            }
          }
          var all: [(String, HTTPVersion)] = []
          for try await one in group { all.append(one) }
          return all
        }
        #expect(texts.allSatisfy { $0.1 == .http2 })
        let authority = url.dropFirst("https://".count)
        #expect(Set(texts.map(\.0)) == Set((0..<500).map { "GET /\($0) \(authority)" }))
        let sessions = try await stats(url, transport).sessions
        #expect(sessions <= 8)
      }
    }

    @Test func keepsTheAuthorityUnderAnotherServerName() async throws {
      try await with(serverName: "inside.example") { url, transport in
        let response = try await transport.execute(HTTPTransportRequest(url: url + "/a"))
        #expect(response.version == .http2)
        #expect(
          String(decoding: try await response.body.collect(), as: UTF8.self)
            == "GET /a \(url.dropFirst("https://".count))")
      }
    }

    @Test(arguments: [true, false]) func sendsBodies(knowsLength: Bool) async throws {
      try await with { url, transport in
        let total = 8 * 1024 * 1024
        let given = Counter()
        let body = AsyncStream<[UInt8]> {
          guard given.value < total else { return nil }
          given.add(32 * 1024)
          if given.value % (1024 * 1024) == 0 { try? await Task.sleep(for: .milliseconds(5)) }
          return [UInt8](repeating: UInt8(truncatingIfNeeded: given.value / 32768), count: 32 * 1024)
        }
        let response = try await transport.execute(
          HTTPTransportRequest(
            method: .post, url: url + "/echo", body: .stream(HTTPBody(body), length: knowsLength ? total : nil)))
        #expect(response.fields[try #require(HTTPField.Name("x-length"))] == (knowsLength ? "\(total)" : "-"))
        var count = 0
        var isRight = true
        for try await chunk in response.body {
          for index in stride(from: 0, to: chunk.count, by: 991) {
            if chunk[index] != UInt8(truncatingIfNeeded: (count + index) / 32768 + 1) { isRight = false }
          }
          count += chunk.count
        }
        #expect(count == total)
        #expect(isRight)
      }
    }

    @Test func talksBothWaysAtOnce() async throws {
      try await with { url, transport in
        let (sent, continuation) = AsyncStream<[UInt8]>.makeStream()
        let response = try await transport.execute(
          HTTPTransportRequest(method: .post, url: url + "/echo", body: .stream(HTTPBody(sent))))
        var reader = response.body.makeAsyncIterator()
        for word in ["ping", "pong", "bye"] {
          continuation.yield(Array(word.utf8))
          #expect(try await reader.next() == Array(word.utf8))
        }
        continuation.finish()
        #expect(try await reader.next() == nil)
      }
    }

    @Test func aSlowConsumerStopsItsStreamAndNoOther() async throws {
      try await with { url, transport in
        let total = 200_000_000
        let response = try await transport.execute(HTTPTransportRequest(url: url + "/big?n=\(total)"))
        var last = -1
        var same = 0
        try await eventually("the server stops sending") {
          let sent = try await stats(url, transport).sent
          same = sent == last ? same + 1 : 0
          last = sent
          return same >= 40
        }
        #expect(last < 64 * 1024 * 1024)
        var count = 0
        for try await chunk in response.body { count += chunk.count }
        #expect(count == total)
        #expect(response.body.trailers?[try #require(HTTPField.Name("x-sum"))] == "1")
        #expect(try await stats(url, transport).sessions == 1)
      }
    }

    @Test(arguments: ["/hang", "/silent"]) func cancellingResetsTheStreamOnly(path: String) async throws {
      try await with { url, transport in
        let tasks = (0..<20).map { _ in
          Task {
            let response = try await transport.execute(HTTPTransportRequest(url: url + path))
            for try await _ in response.body {}
          }
        }
        try await eventually { try await stats(url, transport).hanging == 20 }
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: HTTPError.cancelled) { try await task.value } }
        try await eventually("the streams are closed") { try await stats(url, transport).closed == 20 }
        #expect(try await stats(url, transport).sessions == 1)
      }
    }

    @Test func opensAnotherConnectionWhenStreamsRunOut() async throws {
      try await with(streams: 10) { url, transport in
        let tasks = (0..<25).map { _ in Task { try await transport.execute(HTTPTransportRequest(url: url + "/hang")) } }
        try await eventually { try await stats(url, transport).hanging == 25 }
        #expect(try await stats(url, transport).sessions >= 3)
        for task in tasks { #expect(try await task.value.status == .ok) }
      }
    }

    @Test func faults() async throws {
      try await with { url, transport in
        for path in ["/reset", "/cut"] {
          let error = await transport.failure(HTTPTransportRequest(url: url + path))
          switch error {
          case .connectionLost?, .protocolError?: break
          default: Issue.record("\(path): \(String(describing: error))")
          }
        }
        let options = HTTPRequestOptions(limits: HTTPLimits(headerBytes: 20_000))
        let bomb = await transport.failure(HTTPTransportRequest(url: url + "/bomb", options: options))
        #expect(bomb == .headersTooLarge(target: url + "/bomb", limit: 20_000))
        let text1 = try await transport.text(HTTPTransportRequest(url: url + "/fine"))
        #expect(text1.hasPrefix("GET /fine"))
      }
    }

    @Test func canBeSwitchedOff() async throws {
      try await TestKeys.with { keys in
        guard
          let server = try await ScriptServer.start(
            "node", nodeServer, [keys.path("server.pem"), keys.path("server.key"), "9"])
        else { return }
        defer { server.stop() }
        let tls = TLSConfiguration(trustRoots: .pem(try keys.bytes("ca.pem")))
        try await CurlTransport.with({
          $0.tls = tls
          $0.versions = .http1
        }) { transport in
          let response = try await transport.execute(HTTPTransportRequest(url: "https://localhost:\(server.port)/"))
          #expect(response.version == .http1_1)
        }
      }
    }
  }
}
