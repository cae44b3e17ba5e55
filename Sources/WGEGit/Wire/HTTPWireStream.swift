internal import HTTPTypes
internal import WGECore
internal import WGEHTTP

/// One request and its answer.
///
/// What is written is kept until the first read, up to a mebibyte, and then sent with its length, which every
/// server understands; more is sent while it is written.
final class HTTPWireStream: GitWireStream {
  private enum Item: Sendable {
    case head(status: Int, location: String?, contentType: String, retryAfter: String?)
    case chunk([UInt8])
  }

  private let transfer: GitTransfer
  private let transport: any HTTPTransport
  private var request: HTTPTransportRequest
  private let contentType: String
  private let inbound = Inbound<Item>()
  private var task: Task<Void, Never>?
  private var waiting: [UInt8] = []
  private var outbound: Outbound?
  private var isAnswered = false
  private var location: String?
  private var chunk: ArraySlice<UInt8> = []

  init(
    _ transfer: GitTransfer, _ transport: any HTTPTransport, _ request: HTTPTransportRequest,
    expecting contentType: String
  ) {
    self.transfer = transfer
    self.transport = transport
    self.request = request
    self.contentType = contentType
  }

  deinit { close() }

  func write(_ bytes: UnsafeRawBufferPointer) throws(GitHostError) {
    if let outbound {
      try outbound.push([UInt8](bytes), transfer, unless: { inbound.isReady })
      return
    }
    waiting += bytes
    if waiting.count > GitDefaults.bufferedRequestBytes {
      let body = Outbound()
      outbound = body
      send(.stream(HTTPBody(body)))
      let first = waiting
      waiting = []
      try body.push(first, transfer, unless: { inbound.isReady })
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(GitHostError) -> Int {
    try answer()
    if let location { throw unexpected("redirects to \(GitHostError.quote(withoutQuery(location)))") }
    while chunk.isEmpty {
      guard case .chunk(let next)? = try inbound.take(transfer) else { return 0 }
      chunk = next[...]
    }
    let count = min(buffer.count, chunk.count)
    chunk.prefix(count).withUnsafeBytes { buffer.copyMemory(from: $0) }
    chunk = chunk.dropFirst(count)
    return count
  }

  /// Waits for the answer's head; where it leads when it is a redirect.
  func redirect() throws(GitHostError) -> String? {
    try answer()
    return location
  }

  func close() {
    outbound?.abandon()
    inbound.close()
    task?.cancel()
  }

  private func send(_ body: HTTPRequestBody) {
    request.body = body
    task = Task.detached { [transport, request, inbound, place = transfer.place] in
      do {
        let response = try await transport.execute(request)
        let head = Item.head(
          status: response.status.code, location: response.fields[.location],
          contentType: response.fields[.contentType] ?? "", retryAfter: response.fields[.retryAfter])
        guard await inbound.push(head) else { return }
        for try await chunk in response.body where !chunk.isEmpty {
          guard await inbound.push(.chunk(chunk)) else { return }
        }
        inbound.finish(.success(()))
      } catch {
        inbound.finish(.failure(GitHostError(transport: error, place: place)))
      }
    }
  }

  private func answer() throws(GitHostError) {
    if isAnswered { return }
    if let outbound { outbound.finish() } else { send(request.method == .get ? .none : .bytes(waiting)) }
    waiting = []
    guard case .head(let status, let location, let type, let retryAfter)? = try inbound.take(transfer) else {
      throw unexpected("gives no answer")
    }
    isAnswered = true
    switch status {
    case 200:
      // Another type is a page for people: a sign-in form, a proxy's notice.
      guard type.split(separator: ";").first?.trimmingWhitespace().lowercased() == contentType else {
        throw unexpected("answers with \(GitHostError.quote(type)), which is not Git's protocol")
      }
    case 301, 302, 303, 307, 308:
      guard let location else { throw refusal(status, retryAfter) }
      self.location = location
    default: throw refusal(status, retryAfter)
    }
  }

  private func refusal(_ status: Int, _ retryAfter: String?) -> GitHostError {
    let place = transfer.place
    var error: GitHostError
    switch status {
    case 401:
      error =
        transfer.remote.credentials == nil
        ? GitHostError(
          .unauthorized, "\(place) asks for a credential", remedy: "give a credential for this repository")
        : GitHostError(.unauthorized, "\(place) did not accept the credential", remedy: "renew the token")
    case 403:
      error = GitHostError(
        .forbidden, "\(place) does not let this credential do that", remedy: "check the credential's rights")
    case 404, 410:
      error = GitHostError(
        .notFound, "\(place) has no such repository", remedy: "check the URL and that the credential may see it")
    case 413: error = GitHostError(.tooLarge, "\(place) does not take so much in one push")
    case 429:
      error = GitHostError(.rateLimited, "\(place) asks to come back later")
      error.retryAfter = retryAfter.flatMap { Int64($0) }.map { .seconds(max(0, min($0, 86_400))) }
    case 500...599:
      error = GitHostError(.unavailable, "\(place) failed with HTTP status \(status)", remedy: "try again later")
      error.retryAfter = retryAfter.flatMap { Int64($0) }.map { .seconds(max(0, min($0, 86_400))) }
    default: error = unexpected("answers with HTTP status \(status)")
    }
    error.status = status
    return error
  }

  private func unexpected(_ what: String) -> GitHostError {
    GitHostError(
      .protocolViolation, "\(transfer.place) \(what)", remedy: "check that the URL is the one to clone from")
  }

  private func withoutQuery(_ url: String) -> String {
    GitHostError.withoutUserInfo(String(url.prefix { $0 != "?" && $0 != "#" }))
  }
}

extension Substring {
  fileprivate func trimmingWhitespace() -> String { String(self).trimmed }
}

extension GitHostError {
  /// What an ``HTTPTransport`` threw. Its errors hold neither header fields nor user information.
  init(transport error: any Error, place: String) {
    switch error {
    case let error as GitHostError: self = error
    case is CancellationError, HTTPError.cancelled, HTTPError.shutDown:
      self.init(.cancelled, "the exchange with \(place) was cancelled")
    case let error as HTTPError:
      let code: Code =
        switch error {
        case .tls: .tls
        case .timedOut: .timeout
        case .bodyTooLarge, .headersTooLarge: .tooLarge
        case .invalidRequest: .validation
        case .protocolError, .tooManyRedirects: .protocolViolation
        case .cannotResolve, .cannotConnect, .connectionLost, .cancelled, .shutDown: .network
        }
      self.init(code, "\(error)")
    default: self.init(.network, "the exchange with \(place) broke")
    }
  }
}
