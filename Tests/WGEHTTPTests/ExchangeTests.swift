import HTTPTypes
import Testing
import WGETestSupport

@testable import WGEHTTP

extension HTTPSuites {
  /// What is sent and received when nothing goes wrong.
  @Suite struct ExchangeTests {
    @Test func answersWithStatusFieldsAndBody() async throws {
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          connection.answer(
            "404 Not Found", fields: ["X-Twice: a", "X-Twice: b", "X-Empty:"],
            body: "\(request.method) \(request.path) \(request.field("X-Test") ?? "")")
        }
      }
      try await CurlTransport.with { transport in
        let name = try #require(HTTPField.Name("X-Test"))
        let response = try await transport.execute(
          HTTPTransportRequest(url: server.url + "/a%2Fb/../c?q=1#part", fields: [name: "yes"]))
        #expect(response.status == .notFound)
        #expect(response.version == .http1_1)
        #expect(response.fields[values: try #require(HTTPField.Name("x-twice"))] == ["a", "b"])
        #expect(response.fields[try #require(HTTPField.Name("x-empty"))] == "")
        #expect(response.url == server.url + "/a%2Fb/../c?q=1")
        #expect(response.body.trailers == nil)
        let body = try await response.body.collect()
        #expect(String(decoding: body, as: UTF8.self) == "GET /a%2Fb/../c?q=1 yes")
        #expect(response.body.trailers == [:])
      }
    }

    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
    func sendsExactlyTheRequest(method: String) async throws {
      let seen = Collected<ServerConnection.Request>()
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          seen.add(request)
          connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(method == "HEAD" ? 5 : 0)\r\n\r\n")
        }
      }
      try await CurlTransport.with { transport in
        let response = try await transport.execute(
          HTTPTransportRequest(method: try #require(HTTPRequest.Method(method)), url: server.url + "/x"))
        #expect(try await response.body.collect().isEmpty)
      }
      let request = try #require(seen.values.first)
      let sendsLength = ["POST", "PUT", "PATCH"].contains(method)
      #expect(
        Set(request.lines)
          == Set(
            ["\(method) /x HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "User-Agent: wge", "Accept: */*"]
              + (sendsLength ? ["Content-Length: 0"] : [])))
    }

    /// Asked on a connection that stands; what it refuses the server never sees, and the connection serves on.
    @Test func isAskedRightBeforeItSends() async throws {
      struct NotNow: Error {}
      let seen = Collected<String>()
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          let body = connection.readBody(of: request)
          if body == Array("body".utf8) { seen.add(request.path) }
          connection.answer("200 OK", body: "yes")
        }
      }
      try await CurlTransport.with { transport in
        for path in ["/a", "/refused", "/b"] {
          var request = HTTPTransportRequest(method: .post, url: server.url + path, body: .bytes(Array("body".utf8)))
          request.beforeSending = { if path == "/refused" { throw NotNow() } }
          if path == "/refused" {
            await #expect(throws: NotNow.self) { try await transport.execute(request) }
          } else {
            let body = try await transport.execute(request).body.collect()
            #expect(body == Array("yes".utf8))
          }
        }
        // Refused when the head is out: the server never sees the end of the body.
        let asked = Collected<Int>()
        var late = HTTPTransportRequest(method: .patch, url: server.url + "/late", body: .bytes(Array("body".utf8)))
        late.beforeSending = {
          asked.add(1)
          if asked.values.count > 1 { throw NotNow() }
        }
        await #expect(throws: NotNow.self) { try await transport.execute(late) }
      }
      #expect(seen.values == ["/a", "/b"])
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET"], [true, false])
    func sendsBodies(method: String, knowsLength: Bool) async throws {
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          let body = connection.readBody(of: request)
          connection.answer(
            body:
              "\(request.method) \(request.field("Content-Length") ?? "-") \(request.field("Transfer-Encoding") ?? "-") "
              + "\(request.field("Expect") ?? "-") \(request.field("Content-Type") ?? "-") "
              + String(decoding: body, as: UTF8.self))
        }
      }
      try await CurlTransport.with { transport in
        let method = try #require(HTTPRequest.Method(method))
        let chunks = AsyncStream<[UInt8]> { continuation in
          for word in ["one ", "", "two ", "three"] { continuation.yield(Array(word.utf8)) }
          continuation.finish()
        }
        let stream = try await transport.text(
          HTTPTransportRequest(
            method: method, url: server.url, body: .stream(HTTPBody(chunks), length: knowsLength ? 13 : nil)))
        #expect(stream == "\(method.rawValue) \(knowsLength ? "13 -" : "- chunked") - - one two three")
        let bytes = try await transport.text(
          HTTPTransportRequest(
            method: method, url: server.url, fields: [.contentType: "text/plain"], body: .bytes(Array("abc".utf8))))
        #expect(bytes == "\(method.rawValue) 3 - - text/plain abc")
      }
    }

    @Test func reusesConnections() async throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() != nil { connection.answer(body: "hello") }
      }
      try await CurlTransport.with { transport in
        for _ in 0..<20 {
          let text1 = try await transport.text(HTTPTransportRequest(url: server.url))
          #expect(text1 == "hello")
        }
        #expect(server.accepted == 1)
      }
      try await eventually("the shutdown closes the connection") { server.open == 0 }
    }

    @Test func readsChunksWithTrailersAndEarlyHints() async throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() != nil {
          connection.write("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
          connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Folded: one\r\n  two\r\n\r\n")
          for piece in ["4\r\nWi", "ki\r\n", "5\r\npedia\r\n", "0\r\nX-Sum: 9\r\n", "X-More: a b\r\n\r\n"] {
            connection.write(piece)
          }
        }
      }
      try await CurlTransport.with { transport in
        for _ in 0..<2 {
          let response = try await transport.execute(HTTPTransportRequest(url: server.url))
          #expect(response.status == .ok)
          #expect(response.fields[try #require(HTTPField.Name("Link"))] == nil)
          #expect(response.fields[try #require(HTTPField.Name("X-Folded"))] == "one two")
          #expect(try await response.body.collect() == Array("Wikipedia".utf8))
          let trailers = try #require(response.body.trailers)
          #expect(trailers[try #require(HTTPField.Name("X-Sum"))] == "9")
          #expect(trailers[try #require(HTTPField.Name("X-More"))] == "a b")
        }
        #expect(server.accepted == 1)
      }
    }

    @Test func deliversTheHeadBeforeTheBodyAndTheAnswerBeforeTheUploadEnds() async throws {
      let server = try ScriptedServer { connection in
        guard connection.readRequest() != nil else { return }
        connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while let line = connection.readLine(), let size = Int(line, radix: 16), size > 0 {
          let bytes = connection.read(exactly: size)
          _ = connection.readLine()
          connection.write("\(String(size, radix: 16))\r\n" + String(decoding: bytes, as: UTF8.self) + "\r\n")
        }
        connection.write("0\r\n\r\n")
        connection.waitForEnd()
      }
      try await CurlTransport.with { transport in
        let (sent, continuation) = AsyncStream<[UInt8]>.makeStream()
        let response = try await transport.execute(
          HTTPTransportRequest(method: .post, url: server.url, body: .stream(HTTPBody(sent))))
        var reader = response.body.makeAsyncIterator()
        for word in ["ping", "pong", "bye"] {
          continuation.yield(Array(word.utf8))
          #expect(try await reader.next() == Array(word.utf8))
        }
        continuation.finish()
        #expect(try await reader.next() == nil)
      }
    }

    @Test func serves500RequestsAtOnce() async throws {
      let served = Counter()
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          served.add()
          connection.answer(body: request.path)
        }
      }
      try await CurlTransport.with({ $0.connectionsPerHost = 32 }) { transport in
        try await withThrowingTaskGroup(of: Bool.self) { group in
          for number in 0..<500 {
            group.addTask {
              try await transport.text(HTTPTransportRequest(url: server.url + "/\(number)")) == "/\(number)"
            }
          }
          for try await isRight in group { #expect(isRight) }
        }
        #expect(served.value == 500)
        #expect(server.accepted <= 32)
      }
    }

    @Test func decompressesOnlyWhenAsked() async throws {
      // gzip of "hello hello hello hello\n"
      let packed: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57,
        0xc8, 0x40, 0x27, 0xb9, 0x00, 0x00, 0x88, 0x59, 0x0b, 0x18, 0x00, 0x00, 0x00,
      ]
      let asked = Collected<String?>()
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          asked.add(request.field("Accept-Encoding"))
          connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
          connection.write(packed)
        }
      }
      try await CurlTransport.with { transport in
        let raw = try await transport.execute(HTTPTransportRequest(url: server.url))
        #expect(raw.fields[.contentEncoding] == "gzip")
        #expect(try await raw.body.collect() == packed)
        let decoded = try await transport.execute(
          HTTPTransportRequest(url: server.url, options: HTTPRequestOptions(decompressesBody: true)))
        #expect(decoded.fields[.contentEncoding] == nil)
        #expect(decoded.fields[.contentLength] == nil)
        #expect(String(decoding: try await decoded.body.collect(), as: UTF8.self).hasPrefix("hello hello"))
        #expect(asked.values == [nil, "gzip, deflate"])
      }
    }

    @Test func refusesWhatIsNotARequest() async throws {
      try await CurlTransport.with { transport in
        let requests = [
          HTTPTransportRequest(url: "ftp://localhost/"),
          HTTPTransportRequest(url: "http://user:pw@localhost/"),
          HTTPTransportRequest(method: .connect, url: "http://localhost/"),
          HTTPTransportRequest(method: .head, url: "http://localhost/", body: .bytes([1])),
          HTTPTransportRequest(url: "http://localhost/", fields: [.transferEncoding: "chunked"]),
          HTTPTransportRequest(url: "http://localhost/", fields: [.contentLength: "7"]),
          HTTPTransportRequest(url: "http://localhost/", fields: [.connection: "close"]),
        ]
        for request in requests {
          guard case .invalidRequest? = await transport.failure(request) else {
            Issue.record("\(request) was sent")
            continue
          }
        }
      }
    }

    @Test func headerValuesCannotBreakOut() async throws {
      let seen = Collected<ServerConnection.Request>()
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          seen.add(request)
          connection.answer()
        }
      }
      try await CurlTransport.with { transport in
        let name = try #require(HTTPField.Name("X-Value"))
        _ = await transport.failure(
          HTTPTransportRequest(url: server.url, fields: [name: "a\r\nX-Evil: 1\r\n\r\nGET /evil"]))
        _ = await transport.failure(HTTPTransportRequest(url: server.url, fields: [name: ""]))
      }
      #expect(seen.values.allSatisfy { $0.path == "/" && $0.field("X-Evil") == nil && $0.lines.count == 5 })
      #expect(seen.values.last?.field("X-Value") == "")
    }
  }
}
