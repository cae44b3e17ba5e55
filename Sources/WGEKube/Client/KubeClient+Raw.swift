internal import HTTPTypes

extension KubeClient {
  /// Sends any request with this client's identity: for paths that no verb covers, `/readyz` or a
  /// subresource that answers with text. Errors and retries are as with the verbs.
  ///
  /// The path goes out as it is: build it from constants, or encode what is put into it. Of the
  /// headers only `Accept` and `Content-Type` are taken over.
  /// - Parameter isIdempotent: Doing it twice is as good as once; nil for `GET`s alone.
  public func send(_ request: KubeRequest, isIdempotent: Bool? = nil) async throws -> KubeResponse {
    try await sender.send(call(request, isIdempotent))
  }

  /// Sends any request and returns the body as it arrives: for logs that are followed. See
  /// ``send(_:isIdempotent:)``.
  public func stream(_ request: KubeRequest, isIdempotent: Bool? = nil) async throws -> KubeByteStream {
    try await sender.stream(call(request, isIdempotent))
  }

  private func call(_ request: KubeRequest, _ isIdempotent: Bool?) -> Call {
    Call(
      method: request.method, path: request.path, query: request.query, accept: request.headers[.accept] ?? "*/*",
      contentType: request.headers[.contentType], body: request.body,
      isIdempotent: isIdempotent ?? (request.method == .get))
  }
}
