#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import WGEAPI
  internal import WGEAuth

  /// The RPCs of the contract over HTTP: decode, call, encode.
  struct APIRoutes: Sendable {
    let table: RoutingTable
    let bodySize: Int
    let bodyTimeout: Duration
    let callTimeout: Duration

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
      let signedIn = context.user != nil
      guard let path = RequestPath(request.uri.path) else { return signedIn ? .notFound : refuse(context) }
      switch table.route(request.method, path) {
      case .endpoint(let endpoint, let fields):
        context.noteRoute(endpoint.rule.path)
        guard signedIn || endpoint.rule.isPublic else { return refuse(context) }
        return try await answer(endpoint, fields, request, context)
      case .methodNotAllowed(let allowed):
        return signedIn ? .methodNotAllowed(allowed) : refuse(context)
      case .notServed(let rule):
        guard signedIn || rule.isPublic else { return refuse(context) }
        context.noteRoute(rule.path)
        return .failure(APIStatus(.unimplemented, "this server is composed without \(rule.rpc)"))
      case .notFound:
        return signedIn ? .notFound : refuse(context)
      }
    }

    private func answer(
      _ endpoint: any APIEndpoint, _ fields: [String: String], _ request: Request, _ context: ServerContext
    ) async throws -> Response {
      guard let query = PercentEncoding.decodeQuery(request.uri.query ?? "") else {
        return .failure(APIStatus(.invalidArgument, "the query is not well formed"))
      }
      var body: [UInt8] = []
      if OriginRule.isUnsafe(request.method) {
        try request.requireJSON()
        body = try await request.wholeBody(upTo: bodySize, within: bodyTimeout)
      }
      let call = context.call
      let sent = body
      let text = try await withDeadline(
        callTimeout, or: { APIStatus(.deadlineExceeded, "the call took too long") },
        { try await endpoint.answer(path: fields, query: query, body: sent, call: call) })
      let response = Response.json(text)
      return request.method == .head ? response.createHeadResponse() : response
    }

    private func refuse(_ context: ServerContext) -> Response { (context.refusal ?? .unauthenticated).response }
  }
#endif
