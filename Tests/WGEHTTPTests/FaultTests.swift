import Foundation
import HTTPTypes
import Testing
import WGETestSupport

@testable import WGEHTTP

extension HTTPSuites {
  /// What servers and networks do wrong, and what the caller is told.
  @Suite struct FaultTests {
    @Test func saysThatNothingWasSentWhenNobodyListens() async throws {
      let server = try ScriptedServer { _ in }
      server.stop()
      try await CurlTransport.with { transport in
        let stream = Counter()
        let body = AsyncStream<[UInt8]> {
          stream.add()
          return nil
        }
        try await eventually("the port is closed") {
          let error = await transport.failure(
            HTTPTransportRequest(
              method: .post, url: server.url + "/p?token=s3cret", body: .stream(HTTPBody(body))))
          guard case .cannotConnect(let target, _)? = error else { return false }
          #expect(target == server.url + "/p")
          #expect(error?.nothingWasSent == true)
          #expect(error?.description.contains("s3cret") == false)
          return true
        }
        #expect(stream.value == 0, "the body must not be asked before there is a connection")
      }
    }

    @Test func namesThatDoNotResolve() async throws {
      try await CurlTransport.with { transport in
        let error = await transport.failure(HTTPTransportRequest(url: "http://does-not-exist.invalid/"))
        guard case .cannotResolve(_, let detail)? = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(detail.contains("does-not-exist.invalid"))
      }
    }

    @Test(arguments: [
      "Content-Length: 100\r\n\r\nshort", "Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
      "Transfer-Encoding: chunked\r\n\r\n64\r\nshort",
    ])
    func bodyCutShort(rest: String) async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.write("HTTP/1.1 200 OK\r\n\(rest)")
      }
      try await CurlTransport.with { transport in
        let response = try await transport.execute(HTTPTransportRequest(url: server.url))
        var received: [UInt8] = []
        do {
          for try await chunk in response.body { received += chunk }
          Issue.record("the body looked whole")
        } catch HTTPError.connectionLost(_, let sent, _) {
          #expect(sent > 0)
        }
        #expect(String(decoding: received, as: UTF8.self) == "short")
        await #expect(throws: HTTPError.self) {
          for try await _ in response.body {}
        }
        #expect(response.body.trailers == nil)
      }
    }

    @Test func halfClosedAfterTheHead() async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        connection.closeWriting()
        connection.waitForEnd()
      }
      try await CurlTransport.with { transport in
        let error = await transport.failure(HTTPTransportRequest(url: server.url))
        guard case .connectionLost? = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        try await eventually("our side is closed, too") { server.open == 0 }
      }
    }

    @Test(arguments: [true, false]) func closedInsteadOfAnAnswer(withReset: Bool) async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        if withReset { connection.resetOnClose() }
      }
      try await CurlTransport.with { transport in
        let error = await transport.failure(
          HTTPTransportRequest(method: .post, url: server.url, body: .bytes([1, 2, 3])))
        guard case .connectionLost(_, let sent, _)? = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(sent > 3)
        #expect(error?.nothingWasSent == false)
      }
    }

    /// The server closes a connection that is reused as soon as it sees the second request.
    @Test(arguments: ["GET", "PUT", "POST", "PATCH"])
    func sendsAgainOnlyWhatIsIdempotent(method: String) async throws {
      let requests = Counter()
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          _ = connection.readBody(of: request)
          requests.add()
          if requests.value == 2 { return }
          connection.answer(body: "\(requests.value)")
        }
      }
      try await CurlTransport.with { transport in
        let text1 = try await transport.text(HTTPTransportRequest(url: server.url))
        #expect(text1 == "1")
        let request = HTTPTransportRequest(
          method: try #require(HTTPRequest.Method(method)), url: server.url,
          body: method == "GET" ? .none : .bytes([1, 2, 3]))
        if method == "GET" || method == "PUT" {
          let text2 = try await transport.text(request)
          #expect(text2 == "3")
        } else {
          let error = await transport.failure(request)
          guard case .connectionLost? = error else {
            Issue.record("\(String(describing: error))")
            return
          }
          #expect(requests.value == 2)
        }
      }
    }

    @Test func aServerThatNeverAnswers() async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.waitForEnd()
      }
      try await CurlTransport.with { transport in
        for (timeouts, phase) in [
          (HTTPTimeouts(idle: .milliseconds(100)), HTTPError.TimeoutPhase.head),
          (HTTPTimeouts(head: .milliseconds(100)), .head), (HTTPTimeouts(total: .milliseconds(100)), .total),
        ] {
          let error = await transport.failure(
            HTTPTransportRequest(url: server.url + "/x", options: HTTPRequestOptions(timeouts: timeouts)))
          #expect(error == .timedOut(target: server.url + "/x", phase: phase))
        }
        try await eventually("the connections are closed") { server.open == 0 }
      }
    }

    /// A server that accepts and never shakes hands; those who wait for the same dial share its end.
    @Test func aHandshakeThatNeverEnds() async throws {
      let server = try ScriptedServer { $0.waitForEnd() }
      try await CurlTransport.with { transport in
        let options = HTTPRequestOptions(timeouts: HTTPTimeouts(connect: .seconds(1)))
        let url = "https://127.0.0.1:\(server.port)/"
        await withTaskGroup(of: HTTPError?.self) { group in
          for _ in 0..<20 {
            group.addTask { await transport.failure(HTTPTransportRequest(method: .post, url: url, options: options)) }
          }
          for await error in group {
            #expect(error == .timedOut(target: url, phase: .connect))
            #expect(error?.nothingWasSent == true)
          }
        }
        #expect(server.accepted < 5)
        try await eventually("the connections are closed") { server.open == 0 }
      }
    }

    @Test func headersThatTrickle() async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.write("HTTP/1.1 200 OK\r\n")
        while connection.write("X-Slow: 1\r\n") { usleep(20_000) }
      }
      try await CurlTransport.with { transport in
        let options = HTTPRequestOptions(timeouts: HTTPTimeouts(head: .milliseconds(200), idle: .seconds(5)))
        let error = await transport.failure(HTTPTransportRequest(url: server.url, options: options))
        #expect(error == .timedOut(target: server.url + "/", phase: .head))
        try await eventually("the connection is closed") { server.open == 0 }
      }
    }

    @Test func aBodyThatStalls() async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        connection.waitForEnd()
      }
      try await CurlTransport.with { transport in
        var error: HTTPError?
        // A server on a busy machine may take longer than the first of these to send the head.
        for idle in [.milliseconds(100), .seconds(2), .seconds(20)] as [Duration] {
          let options = HTTPRequestOptions(timeouts: HTTPTimeouts(head: .seconds(30), idle: idle))
          error = await transport.failure(HTTPTransportRequest(url: server.url, options: options))
          if error != .timedOut(target: server.url + "/", phase: .head) { break }
        }
        #expect(error == .timedOut(target: server.url + "/", phase: .body))
        let total = HTTPRequestOptions(timeouts: HTTPTimeouts(total: .milliseconds(100)))
        #expect(
          await transport.failure(HTTPTransportRequest(url: server.url, options: total))
            == .timedOut(target: server.url + "/", phase: .total))
      }
    }

    /// Silence while the caller itself is slow is no fault of the server.
    @Test func idleTimeSparesSlowConsumersAndSlowUploads() async throws {
      let big = [UInt8](repeating: 7, count: 8 * 1024 * 1024)
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          if request.method == "POST" {
            connection.answer(body: "\(connection.readBody(of: request).count)")
          } else {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(big.count)\r\n\r\n")
            connection.write(big)
          }
        }
      }
      try await CurlTransport.with { transport in
        // The caller is slow for several times as long; a busy machine may itself be as slow as the first of these.
        for idle in [.milliseconds(150), .milliseconds(1500), .seconds(8)] as [Duration] {
          let options = HTTPRequestOptions(timeouts: HTTPTimeouts(idle: idle))
          do {
            let response = try await transport.execute(HTTPTransportRequest(url: server.url, options: options))
            try await Task.sleep(for: idle * 4)
            #expect(try await response.body.collect().count == big.count)
            let (slow, continuation) = AsyncStream<[UInt8]>.makeStream()
            Task {
              for _ in 0..<2 {
                continuation.yield([1])
                try await Task.sleep(for: idle * 8 / 3)
              }
              continuation.finish()
            }
            let text = try await transport.text(
              HTTPTransportRequest(method: .post, url: server.url, body: .stream(HTTPBody(slow)), options: options))
            #expect(text == "2")
            return
          } catch HTTPError.timedOut {}
        }
        Issue.record("a slow caller was taken for a silent server")
      }
    }

    @Test(arguments: [
      "many lines", "one line", "endless line", "trailers", "early hints",
    ])
    func headerBombs(kind: String) async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        let line = "X-Bomb: " + String(repeating: "b", count: 1000) + "\r\n"
        switch kind {
        case "many lines":
          connection.write("HTTP/1.1 200 OK\r\n")
          while connection.write(line) {}
        case "one line":
          connection.write("HTTP/1.1 200 OK\r\nX-Bomb: " + String(repeating: "b", count: 80_000) + "\r\n\r\n")
          connection.waitForEnd()
        case "endless line":
          connection.write("HTTP/1.1 200 OK\r\nX-Bomb: ")
          while connection.write(String(repeating: "b", count: 10_000)) {}
        case "trailers":
          connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
          while connection.write(line) {}
        default:
          while connection.write("HTTP/1.1 103 Early Hints\r\n" + line + "\r\n") {}
        }
      }
      try await CurlTransport.with { transport in
        let error = await transport.failure(HTTPTransportRequest(url: server.url))
        #expect(error == .headersTooLarge(target: server.url + "/", limit: HTTPDefaults.headerBytes))
        try await eventually("the connection is closed") { server.open == 0 }
      }
    }

    @Test(arguments: [true, false]) func bodyLimits(announced: Bool) async throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() != nil {
          let body = String(repeating: "x", count: 1000)
          if announced {
            connection.answer(body: body)
          } else {
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n\(body)\r\n0\r\n\r\n")
          }
        }
      }
      try await CurlTransport.with { transport in
        for (limit, fits) in [(999, false), (1000, true)] {
          let options = HTTPRequestOptions(limits: HTTPLimits(bodyBytes: limit))
          let error = await transport.failure(HTTPTransportRequest(url: server.url, options: options))
          #expect(error == (fits ? nil : .bodyTooLarge(target: server.url + "/", limit: limit)))
          let response = try await transport.execute(HTTPTransportRequest(url: server.url))
          do {
            #expect(try await response.body.collect(upTo: limit).count == 1000)
            #expect(fits)
          } catch HTTPError.bodyTooLarge(_, let found) {
            #expect(found == limit && !fits)
          }
        }
      }
    }

    @Test func aDecompressionBombCountsDecompressed() async throws {
      let bomb = try await Tool.python(
        "import gzip,sys; sys.stdout.buffer.write(gzip.compress(bytes(200*1024*1024)))")
      guard let bomb else { return }
      let server = try ScriptedServer { connection in
        while connection.readRequest() != nil {
          connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n")
          connection.write(bomb)
        }
      }
      try await CurlTransport.with { transport in
        let options = HTTPRequestOptions(limits: HTTPLimits(bodyBytes: 1_000_000), decompressesBody: true)
        let error = await transport.failure(HTTPTransportRequest(url: server.url, options: options))
        #expect(error == .bodyTooLarge(target: server.url + "/", limit: 1_000_000))
        // Without a limit it flows through, however slow the reader is at first.
        let response = try await transport.execute(
          HTTPTransportRequest(url: server.url, options: HTTPRequestOptions(decompressesBody: true)))
        try await Task.sleep(for: .milliseconds(100))
        var count = 0
        for try await chunk in response.body { count += chunk.count }
        #expect(count == 200 * 1024 * 1024)
      }
    }

    @Test(arguments: [
      "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello", "HTTP/1.1 099 Low\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", "\u{0}\u{1}\u{2}\u{3}",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
    ])
    func answersThatAreNotHTTP(answer: String) async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.write(answer)
      }
      try await CurlTransport.with { transport in
        let options = HTTPRequestOptions(decompressesBody: true)
        let error = await transport.failure(HTTPTransportRequest(url: server.url, options: options))
        switch error {
        case .protocolError?, .connectionLost?: break
        default: Issue.record("\(answer.debugDescription): \(String(describing: error))")
        }
      }
    }

    @Test func anUploadThatFailsIsNotSentAsWhole() async throws {
      struct Broken: Error {}
      let whole = Counter()
      let server = try ScriptedServer { connection in
        guard let request = connection.readRequest() else { return }
        while let line = connection.readLine(), let size = Int(line, radix: 16) {
          if size == 0 { whole.add() }
          _ = connection.read(exactly: size)
          _ = connection.readLine()
        }
        _ = request
      }
      try await CurlTransport.with { transport in
        let body = AsyncThrowingStream<[UInt8], any Error> { continuation in
          continuation.yield([1, 2, 3])
          continuation.finish(throwing: Broken())
        }
        await #expect(throws: Broken.self) {
          try await transport.execute(
            HTTPTransportRequest(method: .post, url: server.url, body: .stream(HTTPBody(body))))
        }
        for length in [2, 4] {
          let error = await transport.failure(
            HTTPTransportRequest(method: .post, url: server.url, body: .stream(HTTPBody([1, 2, 3]), length: length)))
          guard case .invalidRequest? = error else {
            Issue.record("\(String(describing: error))")
            continue
          }
        }
        try await eventually("the connections are closed") { server.open == 0 }
        #expect(whole.value == 0)
      }
    }

    /// An answer to a request that is still being sent (too large, not allowed) reaches the caller.
    @Test func anEarlyRefusalOfAnUpload() async throws {
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
        connection.waitForEnd()
      }
      try await CurlTransport.with { transport in
        let endless = AsyncStream<[UInt8]> { [UInt8](repeating: 0, count: 10_000) }
        let response = try await transport.execute(
          HTTPTransportRequest(method: .post, url: server.url, body: .stream(HTTPBody(endless))))
        #expect(response.status.code == 413)
        #expect(try await response.body.collect() == Array("big".utf8))
      }
    }
  }
}
