#if Server
  import HTTPTypes
  import NIOCore
  import NIOHTTPTypes
  import ServiceLifecycle
  import WGECore
  import WGEKube

  /// Turns one HTTP exchange into a ``KubeRequest`` and its answer back.
  struct RequestBridge: Sendable {
    typealias Parts = NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator

    /// Where the answer goes.
    struct Answer: Sendable {
      let outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>
      let channel: any Channel
    }

    let transport: any KubeTransport
    let certified: (@Sendable (ClientCertificate) -> any KubeTransport)?

    /// Hop-by-hop fields belong to the connection that ends here (RFC 9110 section 7.6.1).
    private static let connectionFields: Set<HTTPField.Name> = [
      .connection, .transferEncoding, .upgrade, .te, .trailer,
    ]

    /// The API server as the client of this connection sees it.
    private func transport(on channel: any Channel) async -> any KubeTransport {
      guard let certified, let client = await ClientCertificate.of(channel) else { return transport }
      return certified(client)
    }

    /// Reads one request and answers it.
    /// - Returns: false when the connection must not be used again.
    func respond(to head: HTTPRequest, _ parts: inout Parts, _ answer: Answer) async throws -> Bool {
      let goesOn = head.headerFields[.connection]?.lowercased() != "close"
      let uri = head.path ?? "/"
      let mark = uri.firstIndex(of: "?") ?? uri.endIndex
      let query = Self.parseQuery(mark == uri.endIndex ? "" : uri[uri.index(after: mark)...])
      var headers = head.headerFields
      for name in Self.connectionFields where headers.contains(name) { headers[name] = nil }
      var kube = KubeRequest(method: head.method, path: String(uri[..<mark]), query: query, headers: headers)
      let transport = await transport(on: answer.channel)
      if Self.wantsStream(kube) {
        try await stream(kube, by: transport, answer)
        return goesOn
      }
      if headers[.expect]?.lowercased() == "100-continue" {
        try await answer.outbound.write(.head(HTTPResponse(status: .continue)))
      }
      guard let body = try await Self.body(&parts) else {
        try await refuse(
          .contentTooLarge, "RequestEntityTooLarge",
          "Request entity too large: limit is \(LocalClusterServer.Defaults.maximumBodyBytes)", answer)
        return false
      }
      kube.body = body
      let response: KubeResponse
      do { response = try await transport.send(kube) } catch {
        try await refuse(.internalServerError, "InternalError", "\(error)", answer)
        return goesOn
      }
      try await write(
        response.status, response.headers, ByteBuffer(bytes: response.body), answer, isHead: head.method == .head)
      return goesOn
    }

    /// The rest of the request; nil when it is too large.
    private static func body(_ parts: inout Parts) async throws -> [UInt8]? {
      var body: [UInt8] = []
      while let part = try await parts.next() {
        switch part {
        case .head, .end: return body
        case .body(let buffer):
          guard body.count + buffer.readableBytes <= LocalClusterServer.Defaults.maximumBodyBytes else { return nil }
          body.append(contentsOf: buffer.readableBytesView)
        }
      }
      return body
    }

    /// The whole answer in one write, so that it leaves in as few packets as it can.
    private func write(
      _ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer, _ answer: Answer, isHead: Bool = false
    ) async throws {
      var headers = Self.answerHeaders(headers)
      headers[.contentLength] = String(body.readableBytes)
      let head = HTTPResponsePart.head(HTTPResponse(status: status, headerFields: headers))
      if isHead || body.readableBytes == 0 {
        try await answer.outbound.write(contentsOf: [head, .end(nil)])
      } else {
        try await answer.outbound.write(contentsOf: [head, .body(body), .end(nil)])
      }
    }

    /// A watch, or a log that is followed: the body is open-ended.
    private static func wantsStream(_ request: KubeRequest) -> Bool {
      guard request.method == .get else { return false }
      if request.path.contains("/watch/") { return true }
      return request.query.contains { item in
        (item.name == "watch" || item.name == "follow") && ["true", "1", ""].contains(item.value)
      }
    }

    /// Passes the chunks on one by one: a slow client holds the source back.
    ///
    /// A client that goes away is noticed at once, not at the next event. A server that stops ends
    /// its watches properly, as a real one does, and its clients watch again elsewhere.
    private func stream(_ kube: KubeRequest, by transport: any KubeTransport, _ answer: Answer) async throws {
      let stream: KubeByteStream
      do { stream = try await transport.stream(kube) } catch {
        return try await refuse(.internalServerError, "InternalError", "\(error)", answer)
      }
      let head = HTTPResponse(status: stream.status, headerFields: Self.answerHeaders(stream.headers))
      try await answer.outbound.write(.head(head))
      let writing = Task {
        for try await chunk in stream.body { try await answer.outbound.write(.body(ByteBuffer(bytes: chunk))) }
      }
      answer.channel.closeFuture.whenComplete { _ in writing.cancel() }
      let result = await withTaskCancellationOrGracefulShutdownHandler {
        await writing.result
      } onCancelOrGracefulShutdown: {
        writing.cancel()
      }
      if case .failure(let error) = result, !(error is CancellationError) { throw error }
      try await answer.outbound.write(.end(nil))
    }

    private static func answerHeaders(_ headers: HTTPFields) -> HTTPFields {
      var headers = headers
      for name in connectionFields { headers[name] = nil }
      headers[.contentLength] = nil
      return headers
    }

    private func refuse(
      _ status: HTTPResponse.Status, _ reason: String, _ message: String, _ answer: Answer
    ) async throws {
      let quoted = JSON.string(message).description
      let body = """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":\(quoted),\
        "reason":"\(reason)","code":\(status.code)}
        """
      try await write(status, [.contentType: "application/json"], ByteBuffer(string: body), answer)
    }

    /// Splits and decodes as Go's `url.ParseQuery` does: `+` is a space. Nil for broken escapes.
    /// Names and values in order. What cannot be one, for a broken escape or a semicolon, is left out, as
    /// the server of Kubernetes leaves it out.
    static func parseQuery(_ text: Substring) -> [(name: String, value: String)] {
      var items: [(name: String, value: String)] = []
      for part in text.split(separator: "&") where !part.utf8.contains(UInt8(ascii: ";")) {
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = decode(pair[0]), let value = pair.count > 1 ? decode(pair[1]) : "" else { continue }
        items.append((name, value))
      }
      return items
    }

    private static func decode(_ text: Substring) -> String? {
      var bytes: [UInt8] = []
      var rest = Array(text.utf8)[...]
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "+"): bytes.append(0x20)
        case UInt8(ascii: "%"):
          guard let high = rest.popFirst(), let low = rest.popFirst(), let a = hex(high), let b = hex(low) else {
            return nil
          }
          bytes.append(a << 4 | b)
        default: bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
      default: nil
      }
    }
  }
#endif
