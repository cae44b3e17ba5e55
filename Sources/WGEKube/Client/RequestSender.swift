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
  /// Only these bytes are sent when the server still has what they stand for; from `ETag`.
  var ifNoneMatch: String?
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
  var rateLimit: RateLimit?
  var telemetry = RequestTelemetry()

  func send(_ call: Call) async throws -> KubeResponse {
    try await attempt(call, { $0.status.code }) { request in
      let response = try await transport.send(request)
      report(response.headers)
      if response.status.kind == .successful || (response.status == .notModified && call.ifNoneMatch != nil) {
        return response
      }
      throw error(response.status, response.headers, response.body)
    }
  }

  /// Sends and parses the answer.
  func json(_ call: Call) async throws -> JSON { try json(call, try await send(call)) }

  /// Parses an answer.
  func json(_ call: Call, _ response: KubeResponse) throws -> JSON {
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
    try await attempt(call, { $0.status.code }) { request in
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
    if let tag = call.ifNoneMatch { headers[.ifNoneMatch] = tag }
    return KubeRequest(method: call.method, path: call.path, query: call.query, headers: headers, body: call.body)
  }

  /// Sends until it succeeds or must not be tried again, and tells metrics and traces.
  private func attempt<Answer: Sendable>(
    _ call: Call, _ status: (Answer) -> Int, _ send: (KubeRequest) async throws -> Answer
  ) async throws -> Answer {
    var request = try request(for: call)
    let observation = telemetry.begin(call, clock: clock)
    telemetry.inject(observation, into: &request.headers)
    var attempts = 0
    do {
      let answer = try await attempt(call, request, observation, &attempts, send)
      telemetry.end(observation, attempts: attempts, code: String(status(answer)), error: nil)
      return answer
    } catch {
      let code = (error as? KubeError)?.metricCode ?? (error is CancellationError ? "cancelled" : "other")
      telemetry.end(observation, attempts: attempts, code: code, error: error)
      throw error
    }
  }

  private func attempt<Answer: Sendable>(
    _ call: Call, _ request: KubeRequest, _ observation: RequestTelemetry.Observation, _ attempts: inout Int,
    _ send: (KubeRequest) async throws -> Answer
  ) async throws -> Answer {
    while true {
      try Task.checkCancellation()
      if let rateLimit { telemetry.limited(try await rateLimit.acquire()) }
      attempts += 1
      let failure: KubeError
      do {
        return try await send(request)
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
        let pause = retry.pause(after: failure, attempt: attempts, isIdempotent: call.isIdempotent, random: random)
      else { throw failure }
      telemetry.retried(observation, after: failure)
      retryObserver?(RetryNotice(request: call.summary, attempt: attempts, error: failure, pause: pause))
      try await clock.sleep(for: pause)
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
