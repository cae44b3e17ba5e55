/// The bounds of one request: how long, how large, how far.
public struct HTTPRequestOptions: Sendable, Hashable {
  /// How long each part may take.
  public var timeouts: HTTPTimeouts
  /// How large the answer may be.
  public var limits: HTTPLimits
  /// Redirects are not followed by default: the 3xx answer is returned.
  public var redirects: HTTPRedirectPolicy
  /// Asks for gzip or deflate and hands out the decoded body; the answer's Content-Encoding and
  /// Content-Length are then removed. Off by default: the body arrives as the server sent it.
  public var decompressesBody: Bool

  /// Options; without arguments, the defaults of each part.
  public init(
    timeouts: HTTPTimeouts = HTTPTimeouts(), limits: HTTPLimits = HTTPLimits(), redirects: HTTPRedirectPolicy = .none,
    decompressesBody: Bool = false
  ) {
    self.timeouts = timeouts
    self.limits = limits
    self.redirects = redirects
    self.decompressesBody = decompressesBody
  }
}

/// Time-outs of one request; `nil` means none. Each ends the request with
/// ``HTTPError/timedOut(target:phase:)``.
public struct HTTPTimeouts: Sendable, Hashable {
  /// To resolve the name, connect, pass the proxy and shake hands. Waiting for a free connection
  /// to the host does not count. Default ``HTTPDefaults/connectTimeout``.
  public var connect: Duration?
  /// From the start of a request (or of a redirect's next hop) until the whole head of the answer
  /// is there, waiting for a connection and sending the body included. Default: none.
  public var head: Duration?
  /// Without one byte in either direction while the transport waits for the peer. A consumer that
  /// is slow to read and a body sequence that is slow to give do not count. Default
  /// ``HTTPDefaults/idleTimeout``; set `nil` for a watch that may be silent.
  public var idle: Duration?
  /// From the call to the last byte of the body, redirects included. Default: none.
  public var total: Duration?

  /// Time-outs; `nil` for none.
  public init(
    connect: Duration? = HTTPDefaults.connectTimeout, head: Duration? = nil, idle: Duration? = HTTPDefaults.idleTimeout,
    total: Duration? = nil
  ) {
    self.connect = connect
    self.head = head
    self.idle = idle
    self.total = total
  }
}

/// Limits on what an answer may hold.
public struct HTTPLimits: Sendable, Hashable {
  /// Bytes of all header lines of one answer, trailers included. libcurl itself refuses single
  /// lines over 100 KB and heads over 300 KB. Default ``HTTPDefaults/headerBytes``.
  public var headerBytes: Int
  /// Bytes of the body as it is handed out, so after decompression; `nil`, the default, for no
  /// limit: a body that is streamed occupies a bounded buffer however long it is, and
  /// ``HTTPBody/collect(upTo:)`` has a limit of its own.
  public var bodyBytes: Int?

  /// Limits, in bytes.
  public init(headerBytes: Int = HTTPDefaults.headerBytes, bodyBytes: Int? = nil) {
    self.headerBytes = headerBytes
    self.bodyBytes = bodyBytes
  }
}

/// Whether an answer that says "look there" (301, 302, 303, 307, 308) is followed.
///
/// Another scheme, host or port is another origin. On the way to one, only fields that describe
/// the content wanted are kept (Accept and its kin, User-Agent, Range, conditions): no
/// Authorization, Cookie or unknown field goes along, nor the client certificate, nor the TLS
/// server name, nor a body. They stay behind even if a later redirect leads back.
///
/// 303 turns every method but HEAD into GET, 301 and 302 turn POST into GET. An answer that asks
/// to send a body again is returned as it is when the body was a stream or the origin is another.
public enum HTTPRedirectPolicy: Sendable, Hashable {
  case none
  /// At most this many; one more throws ``HTTPError/tooManyRedirects(target:limit:)``.
  case follow(Int)
}
