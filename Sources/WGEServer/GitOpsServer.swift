#if Server
  internal import CoreMetrics
  internal import Hummingbird
  internal import HummingbirdCore
  internal import HummingbirdHTTP2
  internal import HummingbirdTLS
  public import Logging
  internal import NIOCore
  internal import NIOSSL
  internal import WGECore
  public import ServiceLifecycle
  internal import UnixSignals
  internal import Synchronization
  public import WGEAPI
  public import WGEAuth

  /// The server: the API over HTTP and gRPC, signing in, news, health, and what modules add.
  ///
  /// ```swift
  /// let server = try GitOpsServer(
  ///   configuration: ServerConfiguration(port: 8000),
  ///   authentication: .init(sessions: sessions, account: account, bearer: bearer),
  ///   endpoints: PipelinesAPI(pipelines).endpoints,
  ///   modules: [console])
  /// try await server.runService()
  /// ```
  /// It is a `Service`: on graceful shutdown it stops being ready, ends streams with a farewell,
  /// takes no more connections and lets calls under way finish.
  public struct GitOpsServer: Service {
    /// How callers are recognised.
    public struct Authentication: Sendable {
      /// Opens and recognises sessions.
      public var sessions: Sessions
      /// The cluster-user account; nil: nobody signs in with a password.
      public var account: (any ClusterUserSource)?
      /// Whom to ask about bearer tokens; nil: they are refused.
      public var bearer: BearerAuthenticator?
      /// Everybody is this user; for servers behind a proxy that authenticates.
      public var anonymous: String?
      /// Slows down guessing.
      public var limiter: LoginLimiter
      /// Where signing keys come from; they are read again every minute. Nil: they stay.
      public var keys: SigningKeysSecret?

      /// At least one method has to be given.
      public init(
        sessions: Sessions, account: (any ClusterUserSource)? = nil, bearer: BearerAuthenticator? = nil,
        anonymous: String? = nil, limiter: LoginLimiter = LoginLimiter(), keys: SigningKeysSecret? = nil
      ) {
        self.sessions = sessions
        self.account = account
        self.bearer = bearer
        self.anonymous = anonymous
        self.limiter = limiter
        self.keys = keys
      }
    }

    /// News for `/v1/stream` and for modules. Publish what changes.
    public let events: EventHub
    /// What is served at `/metrics`.
    public let metrics: PrometheusMetrics

    let responder: Pipeline
    private let configuration: ServerConfiguration
    private let authentication: Authentication
    private let authenticator: Authenticator
    private let endpoints: [any APIEndpoint]
    private let readiness: Readiness
    private let logger: Logger
    private let onListening: @Sendable (ListeningPorts) -> Void

    /// - Parameters:
    ///   - information: what `/v1/version` and `/v1/featureflags` tell; login methods are added.
    ///   - endpoints: of the services that this server is composed with, without the core's.
    ///   - modules: parts with routes of their own.
    ///   - readiness: what has to work.
    ///   - onListening: told the ports, once they are open.
    /// - Throws: ``AuthError/configuration(_:)`` when nobody could ever sign in.
    public init(
      configuration: ServerConfiguration, authentication: Authentication,
      information: ServerInformation = ServerInformation(), endpoints: [any APIEndpoint] = [],
      modules: [any ServerModule] = [], readiness checks: [ReadinessCheck] = [], events: EventHub = EventHub(),
      metrics: PrometheusMetrics = PrometheusMetrics(), logger: Logger = Logger(label: "wge.server"),
      onListening: @escaping @Sendable (ListeningPorts) -> Void = { _ in }
    ) throws(AuthError) {
      let cookie = configuration.sessionCookie
      let authenticator = try Authenticator(
        sessions: authentication.sessions, cookie: cookie, account: authentication.account,
        bearer: authentication.bearer, anonymous: authentication.anonymous)
      var information = information
      for (flag, method) in [
        ("CLUSTER_USER_AUTH", AuthMethod.userAccount), ("OIDC_AUTH", .oidc), ("ANONYMOUS_AUTH", .anonymous),
      ] {
        information.flags[flag] = authenticator.enabledMethods.contains(method) ? "true" : ""
      }
      let all = CoreAPI(information).endpoints + endpoints
      let readiness = Readiness(checks)

      self.configuration = configuration
      self.authentication = authentication
      self.authenticator = authenticator
      self.endpoints = all
      self.readiness = readiness
      self.events = events
      self.metrics = metrics
      self.logger = logger
      self.onListening = onListening

      var routes = ExactRoutes()
      OperationRoutes(readiness: readiness, metrics: metrics, access: configuration.metricsAccess).add(to: &routes)
      let signIn =
        authenticator.enabledMethods.contains(.userAccount)
        ? authentication.account.map {
          SignIn(account: $0, sessions: authentication.sessions, cookie: cookie, limiter: authentication.limiter)
        } : nil
      SessionRoutes(signIn: signIn, cookie: cookie, bodyTimeout: configuration.bodyTimeout).add(to: &routes)
      let stream = EventStreamRoute(
        hub: events, authenticator: authenticator, heartbeat: ServerDefaults.heartbeat,
        recheck: ServerDefaults.streamRecheck, batching: ServerDefaults.eventBatching)
      routes.add(.get, "/v1/stream") { try await stream.respond($0, $1) }

      responder = Self.pipeline(
        configuration, cookie, authenticator, modules, HTTPMetrics(factory: metrics), routes,
        APIRoutes(
          table: RoutingTable(all), bodySize: configuration.bodySize, bodyTimeout: configuration.bodyTimeout,
          callTimeout: configuration.callTimeout))
    }

    /// Runs until it is shut down.
    public func run() async throws {
      let told = ListeningReport(expectsGRPC: configuration.grpc != nil, tell: onListening)
      let http = Application(
        responder: responder, server: try serverBuilder(),
        configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port)),
        onServerRunning: { channel in
          guard let port = channel.localAddress?.port else { return }
          logger.info("HTTP is served", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
          told.http(port)
        }, logger: logger)
      // In the order of starting; stopped the other way round.
      var services: [any Service] = [http]
      if let grpc = configuration.grpc {
        services.append(
          GRPCListener(
            configuration: grpc, tls: configuration.tls, endpoints: endpoints, authenticator: authenticator,
            logger: logger, onListening: { told.grpc($0) }))
      }
      if let keys = authentication.keys {
        services.append(KeyReload(keys: keys, sessions: authentication.sessions, logger: logger))
      }
      services.append(Farewell(readiness: readiness, events: events))
      var group = ServiceGroupConfiguration(services: services, logger: logger)
      group.maximumGracefulShutdownDuration = ServerDefaults.drain
      try await ServiceGroup(configuration: group).run()
    }

    /// Runs until the process is told to stop.
    public func runService() async throws {
      try await ServiceGroup(
        services: [self], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
      ).run()
    }

    private static func pipeline(
      _ configuration: ServerConfiguration, _ cookie: SessionCookie, _ authenticator: Authenticator,
      _ modules: [any ServerModule], _ metrics: HTTPMetrics, _ routes: ExactRoutes, _ api: APIRoutes
    ) -> Pipeline {
      let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
      for module in modules { module.addRoutes(to: router) }
      let moduleRoutes = router.buildResponder()
      return Pipeline(
        [
          RequestIDStep(trusted: configuration.trustedProxies),
          AccessLogStep(metrics: metrics, logsUserNames: configuration.logsUserNames),
          SecurityHeadersStep(isSecure: configuration.isSecure),
          ErrorStep(),
          HostStep(hosts: configuration.hosts, openPaths: OperationRoutes.healthPaths),
          PrefixStep(prefix: configuration.routePrefix, openPaths: OperationRoutes.healthPaths),
          BodyLimitStep(limit: configuration.bodySize, exceptions: modules.flatMap(\.bodyLimits)),
          OriginStep(
            rule: OriginRule(origins: configuration.publicURL.map { [$0] } ?? []), cookie: cookie,
            alwaysChecked: ["/oauth2/sign_in", "/login"]),
          AuthenticationStep(authenticator: authenticator, cookie: cookie),
        ],
        last: { request, context in
          if let response = try await routes.respond(request, context) { return response }
          let path = request.uri.path
          if path == "/v1" || path.hasPrefix("/v1/") { return try await api.respond(request, context) }
          if path == "/oauth2" || path.hasPrefix("/oauth2/") { return .notFound }
          let response = try await moduleRoutes.respond(to: request, context: context)
          // The router's own word for a path that no module has.
          guard let template = context.endpointPath, template != "NotFound" else {
            for module in modules {
              if let response = try await module.notFound(request, context) { return response }
            }
            return .notFound
          }
          if context.notes.route == nil { context.noteRoute(template) }
          return response
        })
    }

    private func serverBuilder() throws -> HTTPServerBuilder {
      let channel = HTTP1Channel.Configuration(
        idleTimeout: .seconds(ServerDefaults.idleSeconds),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: ServerDefaults.headerSize, maxHeaderListSize: ServerDefaults.headerSize,
          maxHeaderFieldCount: 200))
      guard let tls = configuration.tls else { return .http1(configuration: channel) }
      let chain: [NIOSSLCertificateSource]
      let key: NIOSSLPrivateKeySource
      do {
        chain = try NIOSSLCertificate.fromPEMBytes(Array(tls.certificateChain.utf8)).map { .certificate($0) }
        key = .privateKey(try NIOSSLPrivateKey(bytes: Array(tls.privateKey.reveal().utf8), format: .pem))
      } catch {
        throw AuthError.configuration("the TLS certificate or its key cannot be read as PEM: \(error)")
      }
      guard !chain.isEmpty else { throw AuthError.configuration("the TLS certificate chain is empty") }
      var settings = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
      settings.minimumTLSVersion = .tlsv12
      return try .http2Upgrade(
        tlsConfiguration: settings,
        configuration: .init(idleTimeout: .seconds(ServerDefaults.idleSeconds), streamConfiguration: channel))
    }
  }

  /// The ports that a server has opened.
  public struct ListeningPorts: Sendable, Hashable {
    /// Of HTTP or HTTPS.
    public var http = 0
    /// Of gRPC; nil without a listener for it.
    public var grpc: Int?
  }

  /// Waits until all ports are known, then tells them once.
  private final class ListeningReport: Sendable {
    private let ports = Mutex((http: Int?.none, grpc: Int?.none))
    private let expectsGRPC: Bool
    private let tell: @Sendable (ListeningPorts) -> Void

    init(expectsGRPC: Bool, tell: @escaping @Sendable (ListeningPorts) -> Void) {
      self.expectsGRPC = expectsGRPC
      self.tell = tell
    }

    func http(_ port: Int) { note { $0.http = port } }
    func grpc(_ port: Int) { note { $0.grpc = port } }

    private func note(_ change: (inout (http: Int?, grpc: Int?)) -> Void) {
      let known = ports.withLock { ports -> ListeningPorts? in
        change(&ports)
        guard let http = ports.http, !expectsGRPC || ports.grpc != nil else { return nil }
        return ListeningPorts(http: http, grpc: ports.grpc)
      }
      if let known { tell(known) }
    }
  }

  /// Reads signing keys again from time to time, so that rotation reaches every replica.
  private struct KeyReload: Service {
    let keys: SigningKeysSecret
    let sessions: Sessions
    let logger: Logger

    func run() async throws {
      await cancelWhenGracefulShutdown {
        while !Task.isCancelled {
          do {
            try await Task.sleep(for: ServerDefaults.keyReload)
            sessions.replaceKeys(try await keys.load())
          } catch is CancellationError {
            return
          } catch {
            logger.warning("signing keys cannot be read; the ones in force stay", metadata: ["error": "\(error)"])
          }
        }
      }
    }
  }

  /// The first to hear of a shutdown: takes the server out of rotation and ends streams, which would
  /// otherwise hold the listener open.
  private struct Farewell: Service {
    let readiness: Readiness
    let events: EventHub

    func run() async throws {
      try? await gracefulShutdown()
      readiness.stop()
      events.close()
    }
  }
#endif
