#if Server
  public import Hummingbird
  internal import Logging
  internal import Synchronization
  public import WGEAPI
  public import WGEAuth

  /// What is known of a request besides its head and body. Handlers of modules get it too.
  public struct ServerContext: RequestContext {
    /// What the router needs.
    public var coreContext: CoreRequestContextStorage
    /// Where the request comes from; behind trusted proxies, the client before them.
    public var client: ClientAddress
    /// Identifies the request in logs and in the answer's `X-Request-Id`.
    public var requestID: String
    /// Who calls; nil when nobody has signed in, or when the credentials are not good.
    public var user: UserPrincipal?
    /// Why ``user`` is nil although the request carries credentials.
    public var refusal: AuthError?
    /// The path that the server is mounted under; links of modules start with it.
    public var routePrefix: String

    let notes = RequestNotes()

    /// Made by the server for each request.
    public init(source: ApplicationRequestContextSource) {
      coreContext = CoreRequestContextStorage(source: source)
      client = source.channel.remoteAddress?.ipAddress.flatMap { ClientAddress($0) } ?? .unknown
      requestID = ""
      user = nil
      refusal = nil
      routePrefix = ""
    }

    /// The request as services see it.
    public var call: APICall { APICall(user: user, requestID: requestID) }

    /// Names the route in logs and metrics. Templates only: every value is a series of its own.
    public func noteRoute(_ template: String) { notes.route = template }
  }

  /// What inner parts of the server tell outer ones about a request.
  final class RequestNotes: Sendable {
    private struct State {
      var route: String?
      var user: UserPrincipal?
    }

    private let state = Mutex(State())

    var route: String? {
      get { state.withLock { $0.route } }
      set { state.withLock { $0.route = newValue } }
    }

    var user: UserPrincipal? {
      get { state.withLock { $0.user } }
      set { state.withLock { $0.user = newValue } }
    }
  }
#endif
