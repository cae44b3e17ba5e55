internal import HTTPTypes
internal import WGECore

/// One call, before it is bound to an identity.
struct Call: Sendable {
  var method: HTTPRequest.Method
  var path: String
  var query: [(name: String, value: String)] = []
  var accept = "application/json"
  var contentType: String?
  var body: [UInt8] = []
  /// Doing it twice is as good as once.
  var isIdempotent = false

  /// `GET /api/v1/pods`, for messages.
  var summary: String { "\(method.rawValue) \(path)" }
}

/// Sends calls: adds the identity, turns answers into errors, retries, hands out warnings.
struct RequestSender: Sendable {
  var transport: any KubeTransport
  var identity = RequestIdentity()
  var retry = RetryPolicy()
  var clock: any Clock<Duration> = ContinuousClock()
  var warningHandler: WarningHandler?
  var retryObserver: (@Sendable (RetryNotice) -> Void)?

  func send(_ call: Call) async throws -> KubeResponse {
    let request = try request(for: call)
    return try await attempt(call) {
      let response = try await transport.send(request)
      report(response.headers)
      if response.status.kind == .successful { return response }
      throw error(response.status, response.headers, response.body)
    }
  }

  /// Sends and parses the answer.
  func json(_ call: Call) async throws -> JSON {
    let response = try await send(call)
    do {
      return try JSON(parsing: response.body, options: JSONParseOptions(maximumBytes: response.body.count))
    } catch {
      // JSON that is cut may be a Secret's, so only other bodies are quoted.
      let isJSON = response.headers[.contentType]?.contains("json") ?? false
      let excerpt = isJSON ? "" : ": " + KubeStatus.excerpt(response.body)
      throw KubeError.decoding(what: call.summary, problem: "the answer is not JSON: \(error)\(excerpt)")
    }
  }

  func stream(_ call: Call) async throws -> KubeByteStream {
    let request = try request(for: call)
    return try await attempt(call) {
      let stream = try await transport.stream(request)
      report(stream.headers)
      if stream.status.kind == .successful { return stream }
      var body: [UInt8] = []
      for try await chunk in stream.body {
        body += chunk.prefix(KubeDefaults.maximumErrorBytes - body.count)
        if body.count >= KubeDefaults.maximumErrorBytes { break }
      }
      throw error(stream.status, stream.headers, body)
    }
  }

  private func request(for call: Call) throws -> KubeRequest {
    var headers = try identity.headers()
    headers[.accept] = call.accept
    if let contentType = call.contentType { headers[.contentType] = contentType }
    return KubeRequest(method: call.method, path: call.path, query: call.query, headers: headers, body: call.body)
  }

  private func attempt<Answer: Sendable>(_ call: Call, _ send: () async throws -> Answer) async throws -> Answer {
    var attempt = 1
    while true {
      try Task.checkCancellation()
      let failure: KubeError
      do {
        return try await send()
      } catch let error as KubeError {
        failure = error
      } catch let error as CancellationError {
        throw error
      } catch let error as LeaderElectionError {
        // A fenced transport did not send. Trying again would not be a leader's act either.
        throw error
      } catch {
        failure = .transport(TransportFailure(.connectionLost, message: "\(call.summary): \(error)"))
      }
      // A transport may report its own cancellation as a broken connection.
      try Task.checkCancellation()
      let random = Double.random(in: 0...1)
      guard
        let pause = retry.pause(after: failure, attempt: attempt, isIdempotent: call.isIdempotent, random: random)
      else { throw failure }
      retryObserver?(RetryNotice(request: call.summary, attempt: attempt, error: failure, pause: pause))
      try await clock.sleep(for: pause)
      attempt += 1
    }
  }

  private func report(_ headers: HTTPFields) {
    guard let warningHandler else { return }
    for warning in KubeWarning.parse(headers[values: .warning]) { warningHandler(warning) }
  }

  private func error(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: [UInt8]) -> KubeError {
    .status(
      KubeStatus(
        httpStatus: status.code, contentType: headers[.contentType], retryAfterHeader: headers[.retryAfter],
        body: body))
  }
}
