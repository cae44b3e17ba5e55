import HTTPTypes

/// HTTP/1.1 and HTTP/2 over libcurl: one thread that serves any number of requests, and reuses
/// their connections.
///
/// ```swift
/// let transport = try CurlTransport()
/// let response = try await transport.execute(HTTPTransportRequest(url: "https://example.org/"))
/// let text = String(decoding: try await response.body.collect(), as: UTF8.self)
/// ```
///
/// A transport has one TLS configuration and one proxy policy; make one per cluster or account,
/// not one per request. It may be used from any task. When the transport and every body that it
/// gave are gone, its connections are closed and its thread ends; ``shutdown()`` does so at once.
public final class CurlTransport: HTTPTransport {
  /// What holds for all requests of a transport.
  public struct Configuration: Sendable, Hashable {
    /// Whom to trust, and who we are.
    public var tls: TLSConfiguration
    /// Default: what the environment says when the configuration is made.
    public var proxy: ProxyPolicy
    /// Default: HTTP/2 where a TLS server offers it.
    public var versions: Versions
    /// Connections to one host at once; requests beyond wait. HTTP/2 carries many requests over one.
    /// Default ``HTTPDefaults/connectionsPerHost``.
    public var connectionsPerHost: Int
    /// Connections kept for reuse, over all hosts. Default ``HTTPDefaults/idleConnections``.
    public var idleConnections: Int
    /// Bytes of one answer that wait for a slow consumer. Default ``HTTPDefaults/responseBufferBytes``.
    public var responseBufferBytes: Int
    /// What User-Agent says when the request does not. Default ``HTTPDefaults/userAgent``.
    public var userAgent: String

    /// A configuration; without arguments, the defaults of each part.
    public init(
      tls: TLSConfiguration = TLSConfiguration(), proxy: ProxyPolicy = .environment, versions: Versions = .automatic,
      connectionsPerHost: Int = HTTPDefaults.connectionsPerHost, idleConnections: Int = HTTPDefaults.idleConnections,
      responseBufferBytes: Int = HTTPDefaults.responseBufferBytes, userAgent: String = HTTPDefaults.userAgent
    ) {
      self.tls = tls
      self.proxy = proxy
      self.versions = versions
      self.connectionsPerHost = connectionsPerHost
      self.idleConnections = idleConnections
      self.responseBufferBytes = responseBufferBytes
      self.userAgent = userAgent
    }

    /// Which versions of HTTP are spoken.
    public enum Versions: Sendable, Hashable {
      /// HTTP/2 where a TLS server offers it, else HTTP/1.1.
      case automatic
      /// HTTP/1.1 only.
      case http1
    }
  }

  private let configuration: Configuration
  private let lease: LoopLease

  /// Starts the transport's thread.
  ///
  /// - Throws: ``HTTPError/tls(target:_:)`` for trust roots or an identity that are not PEM,
  ///   ``HTTPError/invalidRequest(_:)`` for other values that cannot be used.
  public init(_ configuration: Configuration = Configuration()) throws(HTTPError) {
    try configuration.tls.validate()
    guard configuration.connectionsPerHost > 0, configuration.idleConnections >= 0,
      configuration.responseBufferBytes > 0
    else { throw .invalidRequest("the transport's limits must be positive") }
    guard configuration.userAgent.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw .invalidRequest("the user agent contains a control or a non-ASCII character")
    }
    self.configuration = configuration
    lease = LoopLease(try CurlLoop(configuration))
  }

  /// Sends the request, following redirects as its options say.
  public func execute(_ request: HTTPTransportRequest) async throws -> HTTPTransportResponse {
    var hop = try PreparedRequest(request)
    var followed = 0
    while true {
      let response = try await send(hop)
      guard case .follow(let limit) = hop.options.redirects,
        let next = try RedirectPlanner.next(
          after: hop, status: response.status.code, location: response.fields[.location])
      else { return response }
      followed += 1
      guard followed <= limit else { throw HTTPError.tooManyRedirects(target: next.url.target, limit: limit) }
      try await response.body.discard(upTo: HTTPDefaults.redirectBodyBytes)
      hop = next
    }
  }

  /// Fails the requests in flight with ``HTTPError/shutDown``, closes all connections and ends the
  /// thread; returns when that is done. Later requests fail likewise. Calling it again is harmless.
  public func shutdown() async {
    lease.loop.stop()
    await lease.loop.stopped()
  }

  private func send(_ request: PreparedRequest) async throws -> HTTPTransportResponse {
    let exchange = Exchange(
      id: lease.loop.makeID(), request: request, loop: lease.loop,
      responseBufferBytes: configuration.responseBufferBytes)
    let head = try await exchange.head()
    return HTTPTransportResponse(
      status: head.status, fields: head.fields, version: head.version, url: request.url.text,
      body: HTTPBody(
        network: ExchangeBody(exchange, lease, expectedLength: head.fields[.contentLength].flatMap { Int($0) })))
  }
}

/// The body of an exchange, whose last reader to let go ends the exchange.
private final class ExchangeBody: NetworkBody {
  private let exchange: Exchange
  private let lease: LoopLease
  let expectedLength: Int?

  init(_ exchange: Exchange, _ lease: LoopLease, expectedLength: Int?) {
    self.exchange = exchange
    self.lease = lease
    self.expectedLength = expectedLength
  }

  deinit { exchange.cancel() }

  var target: String { exchange.request.url.target }
  var trailers: HTTPFields? { exchange.trailers }
  func next() async throws -> [UInt8]? { try await exchange.next() }
  func cancel() { exchange.cancel() }
}
