#if Server
  import HTTPTypes
  import Hummingbird
  import HummingbirdTesting
  import Logging
  import NIOCore
  import Synchronization
  import Testing
  import WGEAPI
  import WGEAuth
  import WGECore
  import WGEKube
  import WGETestSupport

  @testable import WGEServer

  /// Knows one token.
  struct OneToken: TokenReviewer {
    func review(_ token: Secret<String>) async throws -> UserInfo? {
      token.reveal() == "good" ? UserInfo(name: "jane", groups: ["dev"]) : nil
    }
  }

  /// Keeps what was logged.
  struct LogLines: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    final class Lines: Sendable {
      let all = Mutex<[String]>([])
    }

    init(_ lines: Lines) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.all.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
  }

  /// A console of two pages and a place for uploads.
  struct TestModule: ServerModule {
    var bodyLimits: [(prefix: String, limit: Int)] { [("/upload", 100)] }

    func addRoutes(to router: Router<ServerContext>) {
      router.get("/") { _, context in "home of \(context.user?.id ?? "nobody") at \(context.routePrefix)" }
      router.get("/pages/{page}") { _, context in try context.parameters.require("page") }
      router.post("/upload") { request, _ in "\(try await request.body.collect(upTo: .max).readableBytes)" }
      router.get("/broken") { _, _ -> String in throw HTTPError(.conflict, message: "broken") }
    }

    func notFound(_ request: Request, _ context: ServerContext) async throws -> Response? {
      request.uri.path.hasPrefix("/pages/") ? Response(status: .notFound, headers: [.server: "module"]) : nil
    }
  }

  /// A server with an account `admin`/`s3cret`, a token `good` of `jane`, and endpoints that tests give.
  struct ServerFixture {
    let clock = ManualWallClock()
    let sessions: Sessions
    let server: GitOpsServer
    let lines = LogLines.Lines()

    init(
      configuration: ServerConfiguration? = nil, endpoints: [any APIEndpoint] = [], anonymous: String? = nil,
      account: (any ClusterUserSource)? = nil, readiness: [ReadinessCheck] = []
    ) throws {
      sessions = Sessions(keys: .random(at: clock.now()), clock: clock)
      let hash = try BcryptHash.make(Secret("s3cret"), cost: 4)
      let lines = lines
      server = try GitOpsServer(
        configuration: try configuration ?? ServerConfiguration(),
        authentication: .init(
          sessions: sessions,
          account: try account ?? FixedClusterUser(ClusterUserAccount(username: "admin", hash: hash)),
          bearer: BearerAuthenticator(reviewer: OneToken(), clock: clock), anonymous: anonymous,
          limiter: LoginLimiter(clock: clock)),
        information: ServerInformation(semver: "v1", flags: ["HIDDEN": "true"]), endpoints: endpoints,
        modules: [TestModule()], readiness: readiness,
        logger: Logger(label: "test") { _ in LogLines(lines) })
    }

    func test(_ body: @Sendable @escaping (any TestClientProtocol) async throws -> Void) async throws {
      let application = Application(
        responder: server.responder, logger: Logger(label: "test") { [lines] _ in LogLines(lines) })
      try await application.test(.router) { try await body($0) }
    }

    /// A cookie of a session that was opened behind the server's back.
    func cookie(_ user: String = "admin") async throws -> String {
      var cookie = ""
      try await test { _ in }
      let signIn = try await signIn()
      cookie = signIn
      return cookie
    }

    private func signIn() async throws -> String {
      let found = Mutex("")
      try await test { client in
        let response = try await client.post("/oauth2/sign_in", #"{"username":"admin","password":"s3cret"}"#)
        let header = try #require(response.headers[.setCookie])
        found.withLock { $0 = String(header.prefix { $0 != ";" }) }
      }
      return found.withLock { $0 }
    }
  }

  extension TestClientProtocol {
    func get(_ uri: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
      try await execute(uri: uri, method: .get, headers: headers)
    }

    /// A post as a script that knows the rules sends it.
    func post(_ uri: String, _ body: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
      var all: HTTPFields = [.contentType: "application/json"]
      if let name = HTTPField.Name(OriginRule.headerName) { all[name] = "1" }
      for field in headers { all[field.name] = field.value }
      return try await execute(uri: uri, method: .post, headers: all, body: ByteBuffer(string: body))
    }
  }

  extension TestResponse {
    var text: String { String(buffer: body) }

    var json: JSON {
      get throws { try JSON(parsing: text) }
    }
  }

  func field(_ name: String) -> HTTPField.Name {
    guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
    return field
  }

  let bearer: HTTPFields = [.authorization: "Bearer good"]
#endif
