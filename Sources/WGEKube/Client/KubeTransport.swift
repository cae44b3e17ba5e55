public import HTTPTypes

/// One request to a Kubernetes API server, before it is bound to an address or credentials.
public struct KubeRequest: Sendable {
  /// The HTTP method.
  public var method: HTTPRequest.Method
  /// Absolute and percent-encoded per segment, without query: `/api/v1/namespaces/default/pods`.
  public var path: String
  /// Decoded names and values, in order; a name may repeat.
  public var query: [(name: String, value: String)]
  /// Accept, content type, identity. The transport adds its own.
  public var headers: HTTPFields
  /// Empty for no body; the type is in ``headers``.
  public var body: [UInt8]
  /// Asked as late as the transport can, over HTTP when the connection stands and the first byte is
  /// about to go out, and again with the body: what it throws is what the call throws, and the server
  /// has not seen the whole request.
  public var beforeSending: (@Sendable () throws -> Void)?

  /// With these values; the properties say what they mean.
  public init(
    method: HTTPRequest.Method, path: String, query: [(name: String, value: String)] = [],
    headers: HTTPFields = [:], body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }
}

/// A whole answer of an API server, whatever its status.
public struct KubeResponse: Sendable {
  /// The HTTP status.
  public var status: HTTPResponse.Status
  /// The header fields as the server sent them.
  public var headers: HTTPFields
  /// The whole body; empty for none.
  public var body: [UInt8]

  /// With these values; the properties say what they mean.
  public init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// An answer whose body is still arriving: a watch, a log that is followed.
public struct KubeByteStream: Sendable {
  /// The HTTP status.
  public var status: HTTPResponse.Status
  /// The header fields as the server sent them.
  public var headers: HTTPFields
  /// Chunks as they arrive; a chunk boundary means nothing. Ends when the server closes. Throws
  /// ``KubeError/transport(_:)`` when the connection breaks. One consumer only. Cancelling the
  /// consuming task closes the connection.
  public var body: AsyncThrowingStream<[UInt8], any Error>

  /// With these values; the properties say what they mean.
  public init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: AsyncThrowingStream<[UInt8], any Error>) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// The one seam between clients and API servers: over HTTP, or in process to a local cluster.
///
/// Implementations return answers of any status; turning a Status object into an error is the
/// client's work. They throw only when there is no answer. Calls may come from any task at once;
/// cancelling the calling task abandons the request promptly.
public protocol KubeTransport: Sendable {
  /// Sends and collects the whole answer.
  func send(_ request: KubeRequest) async throws -> KubeResponse

  /// Sends and returns as soon as the headers are there.
  func stream(_ request: KubeRequest) async throws -> KubeByteStream
}

extension KubeRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The method and the path. Never a header, a query or the body: they may hold credentials.
  public var description: String { "\(method.rawValue) \(path)" }

  /// As ``description``.
  public var debugDescription: String { description }

  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
