#if Server
  public import Hummingbird

  /// A part of a server that brings routes of its own: the console, Git over HTTP.
  ///
  /// Every request has passed the server's steps: body limit, host and origin checks, and the search
  /// for its caller, whom ``ServerContext/user`` names. Who may use a route is the route's decision.
  /// Paths are without the mount prefix. `/v1`, `/oauth2` and the operation routes belong to the
  /// server and win.
  public protocol ServerModule: Sendable {
    /// Path prefixes whose bodies may be larger, or must be smaller, than others.
    var bodyLimits: [(prefix: String, limit: Int)] { get }

    /// Adds the routes. Called once, before the server starts.
    func addRoutes(to router: Router<ServerContext>)

    /// The answer for a path that nobody serves; nil for the next module's.
    func notFound(_ request: Request, _ context: ServerContext) async throws -> Response?
  }

  extension ServerModule {
    /// None.
    public var bodyLimits: [(prefix: String, limit: Int)] { [] }

    /// Nil.
    public func notFound(_ request: Request, _ context: ServerContext) async throws -> Response? { nil }
  }
#endif
