public import HTTPTypes

/// What sends one HTTP request and brings back its answer.
///
/// The seam between everything in WGE that speaks HTTP and the network: ``CurlTransport`` is the
/// real one; a test or a host may supply another.
///
/// Answers of any status are returned, not thrown: an implementation throws only when there is no
/// answer. Calls may come from any task at once. Cancelling the calling task abandons the request
/// promptly and throws ``HTTPError/cancelled``.
public protocol HTTPTransport: Sendable {
  /// Sends the request and returns as soon as the headers of the answer are there.
  ///
  /// - Throws: ``HTTPError``, or the error that the sequence of a streaming request body or
  ///   ``HTTPTransportRequest/beforeSending`` threw.
  func execute(_ request: HTTPTransportRequest) async throws -> HTTPTransportResponse
}

/// One HTTP request: where to, what, and within which bounds.
public struct HTTPTransportRequest: Sendable {
  /// Any method but CONNECT.
  public var method: HTTPRequest.Method
  /// Absolute, `http` or `https`, percent-encoded ASCII, without user information. A fragment is
  /// not sent.
  public var url: String
  /// Header fields. The transport writes Host, Content-Length and Transfer-Encoding itself.
  public var fields: HTTPFields
  /// The body; ``HTTPRequestBody/none`` by default.
  public var body: HTTPRequestBody
  /// Time-outs, limits and redirect policy of this request.
  public var options: HTTPRequestOptions
  /// Asked when the connection stands, right before the first byte of the request goes out, and again
  /// before each part of the body and before it is sent anew: what it throws ends the request, of which
  /// the server has then not seen the end. For permissions that may end while a request waits. Runs on
  /// the transport's own thread and must not block. A transport that cannot ask so late asks as late as
  /// it can.
  public var beforeSending: (@Sendable () throws -> Void)?

  /// A request; only the URL is required.
  public init(
    method: HTTPRequest.Method = .get, url: String, fields: HTTPFields = [:], body: HTTPRequestBody = .none,
    options: HTTPRequestOptions = HTTPRequestOptions()
  ) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
    self.options = options
  }
}

extension HTTPTransportRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The method and the URL without user information and query. Fields and body are never shown.
  public var description: String { "\(method.rawValue) \(HTTPURL.redacted(url))" }
  /// The same as ``description``.
  public var debugDescription: String { description }
  /// Empty, so that a dump shows no credential.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// The body of a request.
public enum HTTPRequestBody: Sendable {
  /// No body. POST, PUT and PATCH then say `Content-Length: 0`.
  case none
  /// A body in memory, sent with its length.
  case bytes([UInt8])
  /// A body that is produced while it is sent. `length` is the number of bytes that it will give;
  /// without it the body is sent in chunks (HTTP/1.1) or frames (HTTP/2).
  ///
  /// The sequence is first asked when the connection stands, and only as fast as the peer takes
  /// it. The request cannot be sent again once the sequence was asked: redirects that need the
  /// body are then not followed.
  case stream(HTTPBody, length: Int? = nil)
}

/// The answer to a request: its head, and its body as it arrives.
public struct HTTPTransportResponse: Sendable {
  /// Any final status, 200 to 999.
  public var status: HTTPResponse.Status
  /// Header fields, in the order of the server.
  public var fields: HTTPFields
  /// The protocol that was negotiated.
  public var version: HTTPVersion
  /// The URL that answered: the request's, or the last one that a redirect led to.
  public var url: String
  /// The body. Dropping the last reference to it before its end closes the exchange.
  public var body: HTTPBody

  /// An answer, for transports that a test or a host supplies.
  public init(
    status: HTTPResponse.Status, fields: HTTPFields = [:], version: HTTPVersion = .http1_1, url: String,
    body: HTTPBody = HTTPBody()
  ) {
    self.status = status
    self.fields = fields
    self.version = version
    self.url = url
    self.body = body
  }
}

/// A version of the HTTP protocol.
public enum HTTPVersion: String, Sendable, Hashable, Comparable, CustomStringConvertible {
  case http1_0 = "HTTP/1.0"
  case http1_1 = "HTTP/1.1"
  case http2 = "HTTP/2"
  case http3 = "HTTP/3"

  /// As it is written on the wire: `HTTP/1.1`.
  public var description: String { rawValue }

  /// Older versions come first.
  public static func < (left: HTTPVersion, right: HTTPVersion) -> Bool { left.rawValue < right.rawValue }
}
