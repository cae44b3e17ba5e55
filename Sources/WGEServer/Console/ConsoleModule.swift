#if Server
  internal import HTTPTypes
  public import Hummingbird
  internal import NIOCore
  internal import ServiceLifecycle
  internal import WGEAPI
  public import WGEAuth
  public import WGEClusters
  internal import WGECore
  public import WGEPipelines

  /// The web console as a part of a server: pages, their actions, and the stream that keeps them live.
  public struct ConsoleModule: ServerModule {
    private let console: Console
    private let signIn: SignIn?
    private let cookie: SessionCookie
    private let live: ConsoleStream

    /// - Parameters:
    ///   - clusters: nil leaves the section out; so for the others.
    ///   - signIn: the password form; nil where nobody signs in with one.
    ///   - cookie: the server's, `ServerConfiguration.sessionCookie`.
    ///   - events: wakes the open pages; they also look by themselves from time to time.
    /// - Throws: an error of the templates that ship, which tests exclude.
    public init(
      clusters: (any ClustersService)? = nil, pipelines: (any PipelinesService)? = nil,
      pullRequests: (any ConsolePullRequests)? = nil, signIn: SignIn?, cookie: SessionCookie, events: EventHub
    ) throws {
      console = try Console(clusters: clusters, pipelines: pipelines, pullRequests: pullRequests)
      self.signIn = signIn
      self.cookie = cookie
      live = ConsoleStream(console: console, events: events)
    }

    /// Largest form of the console in bytes: a comment and a few names.
    static let formBytes = 16 << 10

    /// See ``ServerModule/bodyLimits``.
    public var bodyLimits: [(prefix: String, limit: Int)] {
      ["/pipelines", "/pullrequests", "/login", "/logout", "/ui/"].map { ($0, Self.formBytes) }
    }

    /// See ``ServerModule/addRoutes(to:)``.
    public func addRoutes(to router: Router<ServerContext>) {
      for path in ["/", "/clusters", "/pipelines", "/pipelines/:namespace/:name", "/pullrequests", "/assets/:name"] {
        router.get(RouterPath(path)) { request, context in
          respond(await console.page(try pageRequest(request, context)), context)
        }
      }
      for path in ["/pipelines/:namespace/:name", "/pullrequests"] {
        router.post(RouterPath(path)) { request, context in
          respond(await console.submit(try await formRequest(request, context)), context)
        }
      }
      router.get("/login") { request, context in
        if signIn == nil || context.user != nil { return respond(.seeOther("/"), context) }
        return respond(console.signIn(try pageRequest(request, context)), context)
      }
      router.post("/login") { request, context in try await signInWithForm(request, context) }
      router.post("/logout") { request, context in
        var response = respond(.seeOther("/login"), context)
        response.headers[.setCookie] =
          signIn?.signOut(cookies: request.headers[values: .cookie]) ?? cookie.clearing
        return response
      }
      router.post("/ui/theme") { request, context in
        let form = try await formRequest(request, context)
        let next = form.form["next"] ?? "/"
        var response = respond(.seeOther(SafeLink.isLocalPath(next) ? next : "/"), context)
        let theme = form.form["theme"].flatMap { Self.themes.contains($0) ? $0 : nil } ?? ""
        response.headers[.setCookie] =
          "theme=\(theme); Path=\(context.routePrefix)/; Max-Age=\(theme.isEmpty ? 0 : 31_536_000); SameSite=Lax; HttpOnly"
        return response
      }
      router.get("/ui/stream") { request, context in
        guard context.user != nil else { return Response.refusal(.unauthorized, "Authentication required") }
        let query = try Self.fields(request.uri.query ?? "")
        var page = query["page"] ?? ""
        if page.hasPrefix(context.routePrefix) { page = String(page.dropFirst(context.routePrefix.count)) }
        return live.respond(try pageRequest(request, context, path: page))
      }
    }

    private static let themes: Set<String> = ["light", "dark", "contrast"]

    /// A page for people where a path leads nowhere.
    public func notFound(_ request: Request, _ context: ServerContext) async throws -> Response? {
      guard request.method == .get else { return nil }
      return respond(console.failure(404, "There is no such page.", try pageRequest(request, context)), context)
    }

    // MARK: Signing in

    private func signInWithForm(_ request: Request, _ context: ServerContext) async throws -> Response {
      var form = try await formRequest(request, context)
      guard let signIn else { return respond(.seeOther("/"), context) }
      let password = Secret(form.form["password"] ?? "")
      form.form["password"] = nil
      do {
        let user = form.form["username"] ?? ""
        let setCookie = try await signIn.signIn(user: user, password: password, from: context.client)
        let next = form.form["next"] ?? "/"
        var response = respond(.seeOther(SafeLink.isLocalPath(next) ? next : "/"), context)
        response.headers[.setCookie] = setCookie
        return response
      } catch let error as AuthError {
        let message =
          error == .unauthenticated ? "Incorrect user name or password." : "\(error)"
        return respond(
          console.signIn(form, message: message, status: Int(error.response.status.code)), context)
      }
    }

    // MARK: Requests and responses

    private func pageRequest(_ request: Request, _ context: ServerContext, path: String? = nil) throws -> ConsoleRequest
    {
      let path = path ?? request.uri.path
      let segments = try path.split(separator: "/").map { segment in
        guard let text = PercentEncoding.decode(segment.utf8) else {
          throw HTTPError(.badRequest, message: "the path is not well formed")
        }
        return text
      }
      return ConsoleRequest(
        segments: segments, path: path, query: try Self.fields(request.uri.query ?? ""),
        principal: context.user?.principal, base: context.routePrefix, theme: Self.theme(request))
    }

    private func formRequest(_ request: Request, _ context: ServerContext) async throws -> ConsoleRequest {
      guard request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true else {
        throw HTTPError(.unsupportedMediaType, message: "the console's forms are application/x-www-form-urlencoded")
      }
      let body = try await request.wholeBody(upTo: Self.formBytes, within: ServerDefaults.bodyTimeout)
      var result = try pageRequest(request, context)
      result.form = try Self.fields(String(decoding: body, as: UTF8.self))
      return result
    }

    private static func fields(_ text: String) throws -> [String: String] {
      guard let pairs = PercentEncoding.decodeQuery(text) else {
        throw HTTPError(.badRequest, message: "the form is not well formed")
      }
      return Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    private static func theme(_ request: Request) -> String? {
      for cookie in request.headers[values: .cookie].flatMap({ $0.split(separator: ";") }) {
        let pair = cookie.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
        if pair.count == 2, pair[0] == "theme", themes.contains(pair[1]) { return pair[1] }
      }
      return nil
    }

    private func respond(_ response: ConsoleResponse, _ context: ServerContext) -> Response {
      switch response {
      case .page(let status, let html):
        return Response(
          status: HTTPResponse.Status(code: status), headers: [.contentType: "text/html; charset=utf-8"],
          body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
      case .seeOther(let path):
        return Response(status: .seeOther, headers: [.location: context.routePrefix + path])
      case .asset(let asset):
        return Response(
          status: .ok,
          headers: [.contentType: asset.contentType, .cacheControl: "public, max-age=31536000, immutable"],
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
      }
    }
  }
#endif
