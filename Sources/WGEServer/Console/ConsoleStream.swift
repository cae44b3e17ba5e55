#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import NIOCore
  internal import ServiceLifecycle
  internal import WGECore
  internal import WGEHTTP

  /// Keeps an open page live: renders its main block for its user whenever there may be news, and sends it
  /// when it differs from what the page has.
  ///
  /// The block is read with the user's own rights each time, so a stream shows nothing that a reload would not.
  struct ConsoleStream: Sendable {
    let console: Console
    let events: EventHub

    /// Without news a page looks by itself this often: what no watch reports (a lost cluster) shows too.
    static let interval: Duration = .seconds(5)
    /// Bursts of news become one rendering.
    static let batching: Duration = .milliseconds(400)

    func respond(_ request: ConsoleRequest) -> Response {
      guard let signals = events.listen() else {
        return .refusal(.serviceUnavailable, "too many open pages", retryAfter: .seconds(10))
      }
      var headers: HTTPFields = [.contentType: "text/event-stream; charset=utf-8"]
      headers[.cacheControl] = "no-cache, no-transform"
      headers[HTTPField.Name.wellKnown("X-Accel-Buffering")] = "no"
      return Response(
        status: .ok, headers: headers,
        body: ResponseBody { writer in
          var writer = writer
          // Some proxies hold back the first two kilobytes.
          try await writer.write(ByteBuffer(string: ":" + String(repeating: " ", count: 2048) + "\nretry: 2000\n\n"))
          try await write(to: &writer, request, signals)
          try await writer.finish(nil)
        })
    }

    private func write(
      to writer: inout any ResponseBodyWriter, _ request: ConsoleRequest, _ signals: AsyncStream<Void>
    ) async throws {
      // The end is the stream's own, which no later wake can push out of the buffer.
      let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      try await withThrowingTaskGroup(of: Void.self) { group in
        defer { group.cancelAll() }
        group.addTask {
          for await _ in signals { wake.yield() }
          wake.finish()
        }
        group.addTask {
          while !Task.isCancelled {
            wake.yield()
            try await Task.sleep(for: Self.interval)
          }
        }
        group.addTask {
          try? await gracefulShutdown()
          wake.finish()
        }
        var shown: String?
        for await _ in wakes {
          let block: String?
          do {
            block = try await console.fragment(request)
          } catch {
            // The page says what is wrong on its next load; meanwhile it keeps what it shows.
            try await writer.write(ByteBuffer(string: "event: ping\ndata: {}\n\n"))
            continue
          }
          guard let block else { return }
          if shown == block {
            try await writer.write(ByteBuffer(string: "event: ping\ndata: {}\n\n"))
          } else {
            try await writer.write(ByteBuffer(string: "event: block\ndata: \(JSON.string(block))\n\n"))
          }
          shown = block
          try await Task.sleep(for: Self.batching)
        }
      }
    }
  }
#endif
