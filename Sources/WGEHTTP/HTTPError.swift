/// Why there is no answer, or no more of it. Cases are named for what a caller can do.
///
/// `target` is the URL's scheme, host, port and path: never user information or query. No message
/// contains a header value, a body or a credential.
public enum HTTPError: Error, Sendable, Hashable {
  /// The request itself cannot be sent; the text says what to change. Nothing was sent.
  case invalidRequest(String)
  /// The name of the host (or proxy) is not known. Nothing was sent: safe to retry.
  case cannotResolve(target: String, detail: String)
  /// No connection to the host (or through the proxy). Nothing was sent: safe to retry.
  case cannotConnect(target: String, detail: String)
  /// The two sides did not agree on a secure connection. Retrying does not help; the reason says
  /// what to change.
  case tls(target: String, TLSFailure)
  /// Too slow. In phase ``TimeoutPhase/connect`` nothing was sent: safe to retry.
  case timedOut(target: String, phase: TimeoutPhase)
  /// The connection broke after the request was begun: the server may have acted on it.
  /// `bytesSent` counts what was handed to the connection, head and body.
  case connectionLost(target: String, bytesSent: Int64, detail: String)
  /// The body is larger than the limit, in bytes.
  case bodyTooLarge(target: String, limit: Int)
  /// The header lines are together larger than the limit, in bytes.
  case headersTooLarge(target: String, limit: Int)
  /// More redirects than allowed; `target` is where the last one led.
  case tooManyRedirects(target: String, limit: Int)
  /// The server's answer is not HTTP, or breaks its rules.
  case protocolError(target: String, detail: String)
  /// The calling task was cancelled, or the body's ``HTTPBody/cancel()`` called.
  case cancelled
  /// The transport was shut down before or during the request.
  case shutDown

  /// Which time-out struck.
  public enum TimeoutPhase: String, Sendable, Hashable {
    /// ``HTTPTimeouts/connect``.
    case connect
    /// ``HTTPTimeouts/head``, or ``HTTPTimeouts/idle`` before the head of the answer was there.
    case head
    /// ``HTTPTimeouts/idle`` in the body.
    case body
    /// ``HTTPTimeouts/total``.
    case total
  }

  /// Whether the server cannot have seen the request, so that sending it again repeats nothing.
  public var nothingWasSent: Bool {
    switch self {
    case .invalidRequest, .cannotResolve, .cannotConnect, .timedOut(_, .connect): true
    default: false
    }
  }
}

extension HTTPError {
  /// The same failure of another request that shared the dial.
  func about(_ target: String) -> HTTPError {
    switch self {
    case .cannotResolve(_, let detail): .cannotResolve(target: target, detail: detail)
    case .cannotConnect(_, let detail): .cannotConnect(target: target, detail: detail)
    case .tls(_, let failure): .tls(target: target, failure)
    case .timedOut(_, let phase): .timedOut(target: target, phase: phase)
    default: self
    }
  }
}

extension HTTPError: CustomStringConvertible {
  /// One sentence with the URL's scheme, host, port and path.
  public var description: String {
    switch self {
    case .invalidRequest(let text): "invalid request: \(text)"
    case .cannotResolve(let target, let detail): "\(target): cannot resolve the name: \(detail)"
    case .cannotConnect(let target, let detail): "\(target): cannot connect: \(detail)"
    case .tls(let target, let failure): "\(target): \(failure)"
    case .timedOut(let target, .connect): "\(target): timed out while connecting"
    case .timedOut(let target, .head): "\(target): timed out waiting for the answer"
    case .timedOut(let target, .body): "\(target): timed out in the body: the server sends nothing more"
    case .timedOut(let target, .total): "\(target): the request took longer than its total time-out"
    case .connectionLost(let target, let bytes, let detail):
      "\(target): connection lost after \(bytes) bytes were sent: \(detail)"
    case .bodyTooLarge(let target, let limit): "\(target): the body is larger than the limit of \(limit) bytes"
    case .headersTooLarge(let target, let limit):
      "\(target): the header lines are larger than the limit of \(limit) bytes"
    case .tooManyRedirects(let target, let limit): "\(target): more than \(limit) redirects"
    case .protocolError(let target, let detail): "\(target): not a valid HTTP answer: \(detail)"
    case .cancelled: "the request was cancelled"
    case .shutDown: "the HTTP transport was shut down"
    }
  }
}
