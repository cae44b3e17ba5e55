#if Server
  internal import Hummingbird

  /// One step around every request, before any router sees it.
  protocol Step: Sendable {
    func handle(
      _ request: Request, _ context: ServerContext, next: @Sendable (Request, ServerContext) async throws -> Response
    ) async throws -> Response
  }

  /// Steps around a last responder, outermost first.
  ///
  /// A chain of its own, not the router's, because some steps change the path that is routed, and
  /// all of them hold for paths that no router knows.
  struct Pipeline: HTTPResponder {
    typealias Context = ServerContext

    private let chain: @Sendable (Request, ServerContext) async throws -> Response

    init(_ steps: [any Step], last: @escaping @Sendable (Request, ServerContext) async throws -> Response) {
      chain = steps.reversed().reduce(last) { next, step in
        { request, context in try await step.handle(request, context, next: next) }
      }
    }

    func respond(to request: Request, context: ServerContext) async throws -> Response {
      try await chain(request, context)
    }
  }
#endif
