#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import Logging
  internal import Metrics
  internal import WGEAPI
  internal import WGEAuth
  internal import WGECore
  internal import WGEHTTP

  /// Gives each request a name. One that a trusted proxy gave is kept.
  struct RequestIDStep: Step {
    let trusted: [AddressRange]

    static let header = HTTPField.Name.wellKnown("X-Request-Id")
    static let forwardedFor = HTTPField.Name.wellKnown("X-Forwarded-For")

    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      var context = context
      let given = request.headers[Self.header]
      let isTrusted = trusted.contains { $0.contains(context.client) }
      // Not the HTTP library's number: that lives in the logger, and some loggers keep nothing.
      context.requestID = isTrusted ? given.flatMap(Self.usable) ?? RequestNumber.next() : RequestNumber.next()
      context.logger[metadataKey: "requestID"] = "\(context.requestID)"
      context.client = ClientAddress.resolve(
        peer: context.client, forwardedFor: request.headers[values: Self.forwardedFor], trusted: trusted)
      var response = try await next(request, context)
      response.headers[Self.header] = context.requestID
      return response
    }

    private static func usable(_ id: String) -> String? {
      let fits =
        (1...128).contains(id.utf8.count)
        && id.utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
      return fits ? id : nil
    }
  }

  /// Logs and counts every request. Queries, headers and bodies are never logged: they hold codes,
  /// tokens and passwords.
  struct AccessLogStep: Step {
    let metrics: HTTPMetrics
    let logsUserNames: Bool

    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      let clock = ContinuousClock()
      let start = clock.now
      metrics.began()
      defer { metrics.ended() }
      let response = try await next(request, context)
      let time = clock.now - start
      let route = context.notes.route ?? "other"
      metrics.record(request.method, route: route, response.status, time: time, size: response.body.contentLength)

      let (seconds, attoseconds) = time.components
      var metadata: Logger.Metadata = [
        "method": "\(request.method.rawValue)", "uri": "\(Self.path(request))", "route": "\(route)",
        "status": "\(response.status.code)", "client": "\(context.client)",
        "duration_ms": "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)",
      ]
      if let user = context.notes.user {
        metadata["user"] = logsUserNames ? "\(user.id)" : "\(user.logID)"
      }
      switch response.status.code {
      case 500...: context.logger.error("server error", metadata: metadata)
      case 400..<500: context.logger.warning("request error", metadata: metadata)
      default: context.logger.debug("request", metadata: metadata)
      }
      return response
    }

    /// The path without query, cut, as it was sent: percent-encoded, so without control characters.
    private static func path(_ request: Request) -> String {
      let path = (request.head.path ?? "").prefix { $0 != "?" }
      return path.utf8.count > 256 ? String(path.prefix(256)) + "…" : String(path)
    }
  }

  /// Turns errors into answers, so that the steps around it see one for every request.
  struct ErrorStep: Step {
    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      do {
        return try await next(request, context)
      } catch let error as AnswerError {
        return error.response
      } catch let error as AuthError {
        if case .unavailable = error { context.logger.error("credentials cannot be checked", error) }
        return error.response
      } catch let error as Hummingbird.HTTPError {
        return .failure(
          APIStatus(Self.code(error.status), error.body ?? error.status.reasonPhrase), status: error.status)
      } catch {
        let status = ErrorMapping.status(of: error)
        if status.code == .unknown || status.code == .internalError {
          context.logger.error("a call failed", error)
        }
        return .failure(status)
      }
    }

    private static func code(_ status: HTTPResponse.Status) -> StatusCode {
      switch status.code {
      case 401: .unauthenticated
      case 403: .permissionDenied
      case 404: .notFound
      case 409: .aborted
      case 429: .resourceExhausted
      case 400..<500: .invalidArgument
      case 501: .unimplemented
      case 503: .unavailable
      case 504: .deadlineExceeded
      default: .internalError
      }
    }
  }

  extension Response {
    fileprivate static func failure(_ status: APIStatus, status http: HTTPResponse.Status) -> Response {
      var response = Response.failure(status)
      response.status = http
      return response
    }
  }

  extension Logger {
    fileprivate func error(_ message: Message, _ error: any Error) {
      self.error(message, metadata: ["error": "\(error)"])
    }
  }

  /// Headers that tell browsers what pages and answers of this server may do.
  struct SecurityHeadersStep: Step {
    let isSecure: Bool

    /// Only what the server itself serves, no inline code, no frames.
    static let policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
      + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; worker-src 'self'; "
      + "manifest-src 'self'; require-trusted-types-for 'script'; trusted-types wge"

    private static let fixed: [(HTTPField.Name, String)] = [
      (.xContentTypeOptions, "nosniff"),
      (HTTPField.Name.wellKnown("X-Frame-Options"), "DENY"),
      (HTTPField.Name.wellKnown("Cross-Origin-Opener-Policy"), "same-origin"),
      (HTTPField.Name.wellKnown("Cross-Origin-Resource-Policy"), "same-origin"),
      (
        HTTPField.Name.wellKnown("Permissions-Policy"),
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
      ),
    ]
    private static let referrerPolicy = HTTPField.Name.wellKnown("Referrer-Policy")

    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      var response = try await next(request, context)
      for (name, value) in Self.fixed where response.headers[name] == nil { response.headers[name] = value }
      if response.headers[.contentSecurityPolicy] == nil { response.headers[.contentSecurityPolicy] = Self.policy }
      if response.headers[Self.referrerPolicy] == nil {
        response.headers[Self.referrerPolicy] = request.uri.path.hasPrefix("/oauth2") ? "no-referrer" : "same-origin"
      }
      if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
      // Answers are about one caller unless their route says that they are not.
      if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
      return response
    }
  }
#endif
