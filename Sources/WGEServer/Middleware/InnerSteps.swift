#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import Logging
  internal import WGEAPI
  internal import WGEAuth

  /// Refuses requests that are addressed to another host: they come from a name that somebody else
  /// controls. Probes address the server by number, so the health routes are open.
  struct HostStep: Step {
    let hosts: Set<String>
    let openPaths: Set<String>

    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      guard !hosts.isEmpty, !openPaths.contains(request.uri.path) else { return try await next(request, context) }
      let host = request.head.authority?.lowercased() ?? ""
      guard hosts.contains(host) else {
        return .refusal(.misdirectedRequest, "this server does not serve that host")
      }
      return try await next(request, context)
    }
  }

  /// Stops bodies at a limit, declared or not.
  struct BodyLimitStep: Step {
    let limit: Int
    /// Path prefixes with limits of their own.
    let exceptions: [(prefix: String, limit: Int)]

    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      let path = request.uri.path
      let limit = exceptions.first { path.hasPrefix($0.prefix) }?.limit ?? self.limit
      if let length = request.headers[.contentLength] {
        guard let length = Int(length), length >= 0 else { return .refusal(.badRequest, "bad Content-Length") }
        guard length <= limit else { return .refusal(.contentTooLarge, "the body is too large") }
        return try await next(request, context)
      }
      guard request.headers[.transferEncoding] != nil else { return try await next(request, context) }
      var request = request
      request.body = RequestBody(asyncSequence: LimitedBody(base: request.body, limit: limit))
      return try await next(request, context)
    }
  }

  /// Takes the mount path off, and sends browsers that come without it to it.
  struct PrefixStep: Step {
    let prefix: String
    let openPaths: Set<String>

    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      var context = context
      context.routePrefix = prefix
      guard !prefix.isEmpty else { return try await next(request, context) }
      let path = request.head.path ?? "/"
      if path == prefix || path.hasPrefix(prefix + "?") || path.hasPrefix(prefix + "/") {
        var head = request.head
        let rest = path.dropFirst(prefix.count)
        head.path = rest.hasPrefix("/") ? String(rest) : "/" + rest
        return try await next(Request(head: head, body: request.body), context)
      }
      if openPaths.contains(request.uri.path) { return try await next(request, context) }
      if path == "/", request.method == .get || request.method == .head {
        return Response(status: .temporaryRedirect, headers: [.location: prefix + "/"])
      }
      return .notFound
    }
  }

  /// Refuses what other sites make a signed-in browser send; see ``OriginRule``.
  struct OriginStep: Step {
    let rule: OriginRule
    let cookie: SessionCookie
    /// Checked also without a cookie: signing a browser in as somebody else is an attack too.
    let alwaysChecked: Set<String>

    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      guard OriginRule.isUnsafe(request.method),
        BearerCredential(headers: request.headers[values: .authorization]) == .absent,
        alwaysChecked.contains(request.uri.path) || cookie.isPresent(in: request.headers[values: .cookie])
      else { return try await next(request, context) }
      if rule.refuses(request.method, request.headers, host: request.head.authority) {
        context.logger.warning(
          "cross-site request refused",
          metadata: ["client": "\(context.client)"])
        return .refusal(.forbidden, "cross-site request refused")
      }
      return try await next(request, context)
    }
  }

  /// Finds out who calls. Nobody is turned away here: routes decide who may use them.
  struct AuthenticationStep: Step {
    let authenticator: Authenticator
    let cookie: SessionCookie

    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      var context = context
      let cookies = request.headers[values: .cookie]
      let authorization = request.headers[values: .authorization]
      var renewal: String?
      do {
        if let found = try await authenticator.authenticate(
          RequestCredentials(authorization: authorization, cookies: cookies))
        {
          context.user = found.user
          context.notes.user = found.user
          renewal = found.renewal
        }
      } catch let error as AuthError {
        context.refusal = error
        context.logger.debug("credentials refused", metadata: ["reason": "\(error)"])
        // A browser with a dead session should stop sending it.
        if error == .unauthenticated, BearerCredential(headers: authorization) == .absent { renewal = cookie.clearing }
      }
      var response = try await next(request, context)
      // Signing in and out set the cookie themselves.
      if let renewal, response.headers[.setCookie] == nil {
        response.headers.append(HTTPField(name: .setCookie, value: renewal))
      }
      return response
    }
  }
#endif
