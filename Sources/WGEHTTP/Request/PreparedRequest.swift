import HTTPTypes
import WGECore

/// One hop of a request, checked and ready for libcurl: what can be wrong with the caller's values
/// was found before this exists.
struct PreparedRequest: Sendable {
  var method: String
  var url: HTTPURL
  var fields: HTTPFields
  var body: HTTPRequestBody
  var options: HTTPRequestOptions
  var beforeSending: (@Sendable () throws -> Void)?
  /// Whether this is still the origin that the caller named: only it gets the client certificate
  /// and the TLS server name.
  var isCallersOrigin = true
  /// When the whole request, redirects included, must be over.
  var deadline: ContinuousClock.Instant?

  init(_ request: HTTPTransportRequest) throws(HTTPError) {
    method = request.method.rawValue
    url = try HTTPURL(request.url)
    fields = request.fields
    body = request.body
    options = request.options
    beforeSending = request.beforeSending
    guard method != "CONNECT" else { throw .invalidRequest("the method CONNECT is for proxies") }
    guard !method.isEmpty, method.utf8.allSatisfy(Self.isToken) else {
      throw .invalidRequest("the method is not an HTTP token")
    }
    guard method != "HEAD" || !hasBody else { throw .invalidRequest("a HEAD request has no body") }
    try checkFields()
    if case .stream(_, let length?) = body, length < 0 {
      throw .invalidRequest("the length of the body is negative")
    }
    guard options.limits.headerBytes > 0, (options.limits.bodyBytes ?? 0) >= 0 else {
      throw .invalidRequest("a limit is negative, or that of the header lines is zero")
    }
    if let total = options.timeouts.total { deadline = .now.advanced(by: total) }
  }

  var hasBody: Bool {
    switch body {
    case .none: false
    case .bytes(let bytes): !bytes.isEmpty
    case .stream: true
    }
  }

  /// Bytes of the body; `nil` when they are not known before it was read.
  var bodyLength: Int? {
    switch body {
    case .none: 0
    case .bytes(let bytes): bytes.count
    case .stream(_, let length): length
    }
  }

  /// Whether sending the request twice means the same as once (RFC 9110, 9.2.2).
  var isIdempotent: Bool { ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(method) }

  /// The field lines, without those that the transport writes.
  var fieldLines: [(name: String, value: String)] {
    fields.compactMap { field in
      field.name == .contentLength ? nil : (field.name.rawName, field.value)
    }
  }

  private func checkFields() throws(HTTPError) {
    for field in fields {
      let name = field.name.rawName
      // HTTPField keeps line breaks out of values; this does not rely on it.
      guard name.utf8.allSatisfy(Self.isToken), !name.isEmpty,
        field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 })
      else {
        throw .invalidRequest("a header field contains a control character or a name that is not a token")
      }
      switch field.name.canonicalName {
      case "content-length":
        guard let length = bodyLength, field.value == String(length) else {
          throw .invalidRequest("Content-Length does not say the length of the body: leave the field out")
        }
      case "transfer-encoding", "connection", "keep-alive", "proxy-connection", "upgrade", "te", "expect", "host",
        "proxy-authorization":
        throw .invalidRequest("the field \(name) is the transport's own: leave it out")
      default: break
      }
    }
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
