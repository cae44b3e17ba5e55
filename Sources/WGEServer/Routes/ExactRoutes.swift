#if Server
  internal import HTTPTypes
  internal import Hummingbird

  /// Routes of the server itself: fixed paths, matched exactly.
  struct ExactRoutes: Sendable {
    typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

    private var handlers: [String: [HTTPRequest.Method: Handler]] = [:]

    mutating func add(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
      handlers[path, default: [:]][method] = handler
    }

    /// Nil when the path is none of these.
    func respond(_ request: Request, _ context: ServerContext) async throws -> Response? {
      let path = request.uri.path
      guard let methods = handlers[path] else { return nil }
      context.noteRoute(path)
      let method = request.method == .head && methods[.head] == nil ? .get : request.method
      guard let handler = methods[method] else { return .methodNotAllowed(Array(methods.keys)) }
      let response = try await handler(request, context)
      return request.method == .head ? response.createHeadResponse() : response
    }
  }
#endif
