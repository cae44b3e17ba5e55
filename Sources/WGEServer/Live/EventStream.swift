#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import NIOCore
  internal import ServiceLifecycle
  internal import WGEAPI
  internal import WGEAuth
  internal import WGECore
  internal import WGEHTTP

  /// `GET /v1/stream`: news as server-sent events.
  ///
  /// Events say which topic changed, not which object: the caller reads again, with their own
  /// rights. An id is `EPOCH.SEQUENCE`; a client that comes back with one goes on after it, or is
  /// told to read everything again.
  struct EventStreamRoute: Sendable {
    /// What a stream waits for.
    private enum Wake: Sendable {
      case news
      case heartbeat
      case recheck
    }

    let hub: EventHub
    let authenticator: Authenticator
    let heartbeat: Duration
    let recheck: Duration
    let batching: Duration

    private static let lastEventID = HTTPField.Name.wellKnown("Last-Event-ID")

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
      guard context.user != nil else { return (context.refusal ?? .unauthenticated).response }
      guard let query = PercentEncoding.decodeQuery(request.uri.query ?? "") else {
        return .failure(APIStatus(.invalidArgument, "the query is not well formed"))
      }
      let topics = Set(
        query.filter { $0.name == "topics" }.flatMap { $0.value.split(separator: ",") }.map(String.init))
      guard topics.count <= 32 else { return .failure(APIStatus(.invalidArgument, "at most 32 topics")) }
      guard let signals = hub.listen() else {
        return .failure(APIStatus(.unavailable, "too many streams", retryAfter: .seconds(10)))
      }
      let place = place(request.headers[Self.lastEventID])
      let credentials = RequestCredentials(
        authorization: request.headers[values: .authorization], cookies: request.headers[values: .cookie])
      var headers: HTTPFields = [.contentType: "text/event-stream; charset=utf-8"]
      headers[.cacheControl] = "no-cache, no-transform"
      headers[HTTPField.Name.wellKnown("X-Accel-Buffering")] = "no"
      return Response(
        status: .ok, headers: headers,
        body: ResponseBody { writer in
          try await write(to: &writer, signals, from: place, topics: topics, credentials)
          try await writer.finish(nil)
        })
    }

    /// Where a stream begins; nil: after something that was missed.
    private func place(_ lastEventID: String?) -> UInt64? {
      guard let lastEventID, !lastEventID.isEmpty else { return hub.position }
      let parts = lastEventID.split(separator: ".", maxSplits: 1)
      guard parts.count == 2, parts[0] == hub.epoch, let sequence = UInt64(parts[1]) else { return nil }
      return sequence
    }

    private func write(
      to writer: inout any ResponseBodyWriter, _ signals: AsyncStream<Void>, from place: UInt64?,
      topics: Set<String>, _ credentials: RequestCredentials
    ) async throws {
      // Some proxies hold back the first two kilobytes.
      try await writer.write(ByteBuffer(string: ":" + String(repeating: " ", count: 2048) + "\nretry: 3000\n\n"))
      var position: UInt64
      if let place {
        position = place
      } else {
        position = hub.position
        try await writer.write(ByteBuffer(string: event("reset", id: position, data: "{}")))
      }
      // The end is the stream's own, which no later wake can push out of the buffer.
      let (wakes, wake) = AsyncStream<Wake>.makeStream(bufferingPolicy: .bufferingNewest(8))
      try await withThrowingTaskGroup(of: Void.self) { group in
        defer { group.cancelAll() }
        group.addTask {
          for await _ in signals { wake.yield(.news) }
          wake.finish()
        }
        for (interval, signal) in [(heartbeat, Wake.heartbeat), (recheck, .recheck)] {
          group.addTask {
            while !Task.isCancelled {
              try await Task.sleep(for: interval)
              wake.yield(signal)
            }
          }
        }
        group.addTask {
          try? await gracefulShutdown()
          wake.finish()
        }
        wake.yield(.news)  // whatever came before listening began
        for await reason in wakes {
          switch reason {
          case .news:
            switch hub.news(after: position, topics: topics) {
            case .events(let events):
              position = events.last?.sequence ?? position
              guard !events.isEmpty else { continue }
              try await writer.write(ByteBuffer(string: batch(events, position)))
              try await Task.sleep(for: batching)  // what comes meanwhile is one batch
            case .gap:
              position = hub.position
              try await writer.write(ByteBuffer(string: event("reset", id: position, data: "{}")))
            case .closed:
              try await writer.write(ByteBuffer(string: farewell))
              return
            }
          case .heartbeat:
            try await writer.write(ByteBuffer(string: ":\n\n"))
          case .recheck:
            let isGood = (try? await authenticator.authenticate(credentials)) ?? nil
            guard isGood != nil else {
              try await writer.write(ByteBuffer(string: event("auth", id: position, data: "{}")))
              return
            }
          }
        }
        try await writer.write(ByteBuffer(string: farewell))
      }
    }

    /// One event for each topic, however many objects of it changed.
    private func batch(_ events: [LiveEvent], _ position: UInt64) -> String {
      Set(events.map(\.topic)).sorted().map { topic in
        let data: JSON = ["topic": .string(topic)]
        return event("changed", id: position, data: String(decoding: data.serialized(), as: UTF8.self))
      }.joined()
    }

    private func event(_ name: String, id: UInt64, data: String) -> String {
      "id: \(hub.epoch).\(id)\nevent: \(name)\ndata: \(data)\n\n"
    }

    /// Clients come back spread over a few seconds, not all at once.
    private var farewell: String { "retry: \(Int.random(in: 1000...5000))\nevent: bye\ndata: {}\n\n" }
  }
#endif
