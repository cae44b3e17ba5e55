#if Server
  internal import HTTPTypes
  public import Hummingbird
  internal import NIOCore
  public import WGEGit
  internal import WGEHTTP

  /// Serves the repositories of a local Git host over smart HTTP, so that people can clone and push.
  public struct GitModule: ServerModule {
    /// Whether a caller may read or write a repository; decided before Git sees the request.
    public typealias Authorization =
      @Sendable (ServerContext, RepositoryPath, LocalGitHTTPBackend.Access) async throws -> Bool

    /// Largest push in bytes.
    public static let pushBytes = 1 << 30

    private let backend: LocalGitHTTPBackend
    private let mount: String
    private let authorize: Authorization

    /// - Parameters:
    ///   - backend: runs Git for one request.
    ///   - mount: the path below which the repositories are, without a slash at its end.
    ///   - authorize: asked for each request.
    public init(backend: LocalGitHTTPBackend, mount: String = "/git", authorize: @escaping Authorization) {
      self.backend = backend
      self.mount = mount
      self.authorize = authorize
    }

    /// See ``ServerModule/bodyLimits``.
    public var bodyLimits: [(prefix: String, limit: Int)] { [(mount + "/", Self.pushBytes)] }

    /// See ``ServerModule/addRoutes(to:)``.
    public func addRoutes(to router: Router<ServerContext>) {
      for method in [HTTPRequest.Method.get, .post] {
        router.on("\(mount)/**", method: method) { request, context in
          context.noteRoute("\(mount)/**")
          return try await respond(request, context)
        }
      }
    }

    private func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
      let path = String(request.uri.path.dropFirst(mount.count))
      // The pull requests' own addresses lead to the console's page about them.
      let segments = path.split(separator: "/")
      if request.method == .get, segments.count >= 3, segments[segments.count - 2] == "pulls",
        let number = segments.last.flatMap({ Int($0) })
      {
        return Response(status: .seeOther, headers: [.location: "\(context.routePrefix)/pullrequests#pr-\(number)"])
      }
      let gitRequest = LocalGitHTTPBackend.Request(
        method: request.method.rawValue, path: path, query: request.uri.query ?? "",
        contentType: request.headers[.contentType], contentEncoding: request.headers[.contentEncoding],
        gitProtocol: request.headers[Self.gitProtocol], body: GitBody(body: request.body))
      if let target = backend.target(of: gitRequest) {
        guard try await authorize(context, target.repository, target.access) else {
          return context.user == nil
            ? .refusal(.unauthorized, "Authentication required")
            : .refusal(.forbidden, "no right to \(target.access == .write ? "push to" : "read") \(target.repository)")
        }
      }
      let answer = await backend.respond(to: gitRequest)
      var headers = HTTPFields()
      for header in answer.headers {
        if let name = HTTPField.Name(header.name) { headers.append(HTTPField(name: name, value: header.value)) }
      }
      let body = answer.body
      return Response(
        status: HTTPResponse.Status(code: answer.status), headers: headers,
        body: ResponseBody { writer in
          for try await piece in body { try await writer.write(ByteBuffer(bytes: piece)) }
          try await writer.finish(nil)
        })
    }

    private static let gitProtocol = HTTPField.Name.wellKnown("Git-Protocol")

    /// The request's body as the backend reads it.
    private struct GitBody: AsyncSequence, Sendable {
      let body: RequestBody

      struct Iterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator

        mutating func next() async throws -> [UInt8]? {
          try await base.next().map { Array($0.readableBytesView) }
        }
      }

      func makeAsyncIterator() -> Iterator { Iterator(base: body.makeAsyncIterator()) }
    }
  }
#endif
