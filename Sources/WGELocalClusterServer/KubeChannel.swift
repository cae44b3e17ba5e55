#if Server
  import HTTPTypes
  import HummingbirdCore
  import Logging
  import NIOCore
  import NIOHTTP2
  import NIOHTTPTypes
  import NIOHTTPTypesHTTP2
  import NIOSSL

  /// One connection of a client: TLS, then HTTP/2 or HTTP/1.1 as the client prefers.
  ///
  /// Hummingbird has such a channel too, but without a way to the limits of HTTP/2. Two of them do
  /// not suit an API server's clients: libcurl 7 resets every stream that it is done with, and NIO
  /// takes 200 resets in half a minute for an attack and closes the connection with all requests on
  /// it; and controllers keep a hundred watches open and want to read besides.
  struct KubeChannel: ServerChildChannel {
    typealias Parts = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    struct Value: ServerChildChannelValue {
      let negotiated: EventLoopFuture<NIONegotiatedHTTPVersion<Parts, HTTP2Connection>>
      let channel: any Channel
    }

    struct HTTP2Connection: Sendable {
      let streams: NIOHTTP2Handler.AsyncStreamMultiplexer<Parts>
      let channel: any Channel
    }

    private let bridge: RequestBridge
    private let tls: NIOSSLContext
    private let http1: HTTP1Channel
    private let closeTimeout: TimeAmount

    /// - Parameter closeTimeout: how long requests may go on when the server stops.
    init(tls: TLSConfiguration, closeTimeout: Duration, bridge: RequestBridge) throws {
      var tls = tls
      tls.applicationProtocols = NIOHTTP2SupportedALPNProtocols
      self.tls = try NIOSSLContext(configuration: tls)
      self.bridge = bridge
      self.closeTimeout = TimeAmount(closeTimeout)
      // Sets up the pipeline of a connection; requests are answered here.
      http1 = HTTP1Channel(responder: { _, writer, _ in try await writer.writeResponse(.init(status: .notFound)) })
    }

    private static var http2Configuration: NIOHTTP2Handler.Configuration {
      var configuration = NIOHTTP2Handler.Configuration()
      configuration.connection.initialSettings = [
        HTTP2Setting(parameter: .maxConcurrentStreams, value: LocalClusterServer.Defaults.maximumStreams),
        HTTP2Setting(parameter: .maxHeaderListSize, value: 64 << 10),
      ]
      // Still a bound, but one that no client reaches by being quick.
      configuration.stream.streamResetFrameRateLimit.maximumCount = 100_000
      configuration.stream.streamResetFrameRateLimit.windowLength = .seconds(1)
      return configuration
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
      do {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
      } catch { return channel.eventLoop.makeFailedFuture(error) }
      let closeTimeout = closeTimeout
      return channel.configureHTTP2AsyncSecureUpgrade { [http1] channel in
        http1.setup(channel: channel, logger: logger).flatMapThrowing { parts in
          try channel.pipeline.syncOperations.addHandler(InputEnd(), position: .first)
          return parts
        }
      } http2ConnectionInitializer: { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(FlushGathering())
          let streams = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
            mode: .server, configuration: Self.http2Configuration
          ) { stream in
            stream.eventLoop.makeCompletedFuture {
              try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPServerCodec())
              return try Parts(wrappingChannelSynchronously: stream)
            }
          }
          try channel.pipeline.syncOperations.addHandler(ConnectionEnd(closeTimeout: closeTimeout))
          return HTTP2Connection(streams: streams, channel: channel)
        }
      }
      .map { Value(negotiated: $0, channel: channel) }
    }

    func handle(value: Value, logger: Logger) async {
      do {
        switch try await value.negotiated.get() {
        case .http1_1(let parts): await handle(parts, logger: logger)
        case .http2(let connection):
          try await withThrowingDiscardingTaskGroup { group in
            for try await parts in connection.streams.inbound {
              group.addTask { await handle(parts, logger: logger) }
            }
          }
        }
      } catch {
        logger.debug("connection ended: \(error)")
      }
    }

    /// The requests of an HTTP/1.1 connection one after the other, or the one of an HTTP/2 stream.
    private func handle(_ parts: Parts, logger: Logger) async {
      do {
        try await withTaskCancellationHandler {
          try await parts.executeThenClose { inbound, outbound in
            var iterator = inbound.makeAsyncIterator()
            while let part = try await iterator.next() {
              // What a client still sends of a request that was answered is read, not refused.
              guard case .head(let head) = part else { continue }
              let goesOn = try await bridge.respond(
                to: head, &iterator, RequestBridge.Answer(outbound: outbound, channel: parts.channel))
              if !goesOn { break }
            }
          }
        } onCancel: {
          parts.channel.close(mode: .input, promise: nil)
        }
      } catch {
        logger.trace("request ended: \(error)")
      }
    }
  }

  /// Sends what many streams write in one go.
  ///
  /// Every stream flushes for itself; a change that two hundred watches see would be two hundred TLS
  /// records and as many system calls. The flush is put off until the event loop has done what it has
  /// at hand: nothing is held back while there is nothing else to do.
  private final class FlushGathering: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var isDue = false

    func flush(context: ChannelHandlerContext) {
      if isDue { return }
      isDue = true
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.execute {
        let (handler, context) = bound.value
        handler.send(context)
      }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
      send(context)
      context.close(mode: mode, promise: promise)
    }

    private func send(_ context: ChannelHandlerContext) {
      guard isDue else { return }
      isDue = false
      context.flush()
    }
  }

  /// Ends an HTTP/2 connection: tells the client when the server stops, and closes it after a while
  /// or when it is broken.
  private final class ConnectionEnd: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let closeTimeout: TimeAmount
    private var timer: Scheduled<Void>?

    init(closeTimeout: TimeAmount) { self.closeTimeout = closeTimeout }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if event is ChannelShouldQuiesceEvent, timer == nil {
        let goAway = HTTP2Frame(
          streamID: .rootStream, payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil))
        context.writeAndFlush(wrapOutboundOut(goAway), promise: nil)
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: closeTimeout) { channel.close(promise: nil) }
      }
      context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      // One stream's trouble is its own; anything else has broken the connection.
      if !(error is NIOHTTP2Errors.StreamError) { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
      timer?.cancel()
      context.fireChannelInactive()
    }
  }

  /// Closes an HTTP/1.1 connection when the client has closed its side, as Go's server does: a watch
  /// would otherwise not notice before its next event.
  private final class InputEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
      context.fireUserInboundEventTriggered(event)
    }
  }
#endif
