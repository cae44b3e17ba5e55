#if Server
  import AsyncAlgorithms
  import HTTPTypes
  import Hummingbird
  import NIOCore
  import ServiceLifecycle
  import WGECore
  import WGEKube

  /// Turns one HTTP exchange into a ``KubeRequest`` and its answer back.
  struct RequestBridge: Sendable {
    let transport: any KubeTransport

    /// Hop-by-hop fields belong to the connection that ends here (RFC 9110 section 7.6.1).
    private static let connectionFields: Set<HTTPField.Name> = [
      .connection, .transferEncoding, .upgrade, .te, .trailer,
    ]

    func respond(to request: Request) async -> Response {
      let uri = request.head.path ?? "/"
      let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      guard let query = Self.parseQuery(parts.count > 1 ? parts[1] : "") else {
        return Self.failure(.badRequest, "BadRequest", "the query of the request is not valid percent-encoded UTF-8")
      }
      var headers = request.headers
      for name in Self.connectionFields { headers[name] = nil }
      var kube = KubeRequest(method: request.method, path: String(parts[0]), query: query, headers: headers)
      do {
        if Self.wantsStream(kube) { return try await stream(kube, request: request) }
        let body = try await request.body.collect(upTo: LocalClusterServer.Defaults.maximumBodyBytes)
        kube.body = Array(body.readableBytesView)
        let answer = try await transport.send(kube)
        return Response(
          status: answer.status, headers: Self.answerHeaders(answer.headers),
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
      } catch is NIOTooManyBytesError {
        return Self.failure(
          .contentTooLarge, "RequestEntityTooLarge",
          "Request entity too large: limit is \(LocalClusterServer.Defaults.maximumBodyBytes)")
      } catch {
        return Self.failure(.internalServerError, "InternalError", "\(error)")
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

    private func stream(_ kube: KubeRequest, request: Request) async throws -> Response {
      let answer = try await transport.stream(kube)
      let inbound = request.body
      return Response(
        status: answer.status, headers: Self.answerHeaders(answer.headers),
        body: ResponseBody { writer in
          // A client that goes away is noticed here, not at the next event, so its watch ends at once.
          do {
            var writer = writer
            try await inbound.consumeWithCancellationOnInboundClose { _ in
              try await Self.write(answer.body, to: &writer)
            }
            try await writer.finish(nil)
          } catch is CancellationError {
            // The client closed, or the server stops: nobody is left to answer.
          }
        })
    }

    /// Writes the chunks, until a graceful shutdown begins: a server that stops ends its watches, as a real
    /// one does, and its clients watch again elsewhere.
    private static func write(
      _ chunks: AsyncThrowingStream<[UInt8], any Error>, to writer: inout any ResponseBodyWriter
    ) async throws {
      // Holds one chunk at most: a slow client holds the source back.
      let channel = AsyncThrowingChannel<[UInt8], any Error>()
      try await withThrowingTaskGroup(of: Void.self) { group in
        defer { group.cancelAll() }
        group.addTask {
          do {
            for try await chunk in chunks { await channel.send(chunk) }
            channel.finish()
          } catch { channel.fail(error) }
        }
        group.addTask {
          try await gracefulShutdown()
          channel.finish()
        }
        for try await chunk in channel { try await writer.write(ByteBuffer(bytes: chunk)) }
      }
    }

    private static func answerHeaders(_ headers: HTTPFields) -> HTTPFields {
      var headers = headers
      for name in connectionFields { headers[name] = nil }
      headers[.contentLength] = nil
      return headers
    }

    private static func failure(_ status: HTTPResponse.Status, _ reason: String, _ message: String) -> Response {
      let quoted = JSON.string(message).description
      let body = """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":\(quoted),\
        "reason":"\(reason)","code":\(status.code)}
        """
      return Response(
        status: status, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    /// Splits and decodes as Go's `url.ParseQuery` does: `+` is a space. Nil for broken escapes.
    static func parseQuery(_ text: Substring) -> [(name: String, value: String)]? {
      var items: [(name: String, value: String)] = []
      for part in text.split(separator: "&") {
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = decode(pair[0]), let value = pair.count > 1 ? decode(pair[1]) : "" else { return nil }
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
      return String(validating: bytes, as: UTF8.self)
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
