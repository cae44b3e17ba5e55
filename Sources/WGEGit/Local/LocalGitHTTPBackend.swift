internal import Synchronization
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Serves a ``LocalGitHost``'s repositories to Git clients over http, for whatever HTTP server a program
/// has: a request comes in, a status, headers and a stream of bytes go out.
///
/// It answers Git's smart protocol (`info/refs`, `git-upload-pack`, `git-receive-pack`) by running
/// `git http-backend`, so **it needs the git command on this machine**; nothing else in this module
/// does. Who may read or write is the server's decision, made before calling. Hooks and configuration
/// from outside the repositories are off.
public struct LocalGitHTTPBackend: Sendable {
  /// What a Git client asks.
  public struct Request: Sendable {
    /// `GET` or `POST`.
    public var method: String
    /// Below the place where the repositories are served, percent-decoded: `/acme/fleet.git/info/refs`.
    public var path: String
    /// Without the question mark.
    public var query: String
    /// The header `Content-Type`.
    public var contentType: String?
    /// The header `Content-Encoding`; `gzip` is understood.
    public var contentEncoding: String?
    /// The header `Git-Protocol`.
    public var gitProtocol: String?
    /// The body, read only as fast as git takes it.
    public var body: any AsyncSequence<[UInt8], any Error> & Sendable

    /// A request as the HTTP server took it apart.
    public init(
      method: String, path: String, query: String = "", contentType: String? = nil, contentEncoding: String? = nil,
      gitProtocol: String? = nil, body: any AsyncSequence<[UInt8], any Error> & Sendable
    ) {
      self.method = method
      self.path = path
      self.query = query
      self.contentType = contentType
      self.contentEncoding = contentEncoding
      self.gitProtocol = gitProtocol
      self.body = body
    }
  }

  /// What to send back; the body's length is not known beforehand.
  public struct Response: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Headers to send as they are.
    public var headers: [(name: String, value: String)]
    /// The bytes to send.
    public var body: Body
  }

  /// Whether a request writes; decide with it before calling ``respond(to:as:)``.
  public enum Access: Sendable, Hashable { case read, write }

  private let host: LocalGitHost
  private let program: String
  private let slots: Slots

  /// - Parameters:
  ///   - git: the git program, a path or a name to look up.
  ///   - maximumProcesses: requests served at once; further ones get status 503.
  public init(host: LocalGitHost, git: String = "git", maximumProcesses: Int = 16) {
    self.host = host
    program = git
    slots = Slots(maximumProcesses)
  }

  /// The repository that a request is about and what it does; nil when it is not for Git.
  public func target(of request: Request) -> (repository: RepositoryPath, access: Access)? {
    guard let route = Route(request) else { return nil }
    return (route.repository, route.service == "git-receive-pack" ? .write : .read)
  }

  /// Answers one request. Failures before the first byte are statuses with a text body; later ones
  /// are thrown by the body.
  public func respond(to request: Request, as user: GitHostUser? = nil) async -> Response {
    guard let route = Route(request) else {
      return .text(404, "This is not a repository's address. Clone URLs look like /owner/name.git\n")
    }
    do {
      guard AtomicFile.isFolder(try host.diskPath(of: route.repository)) else {
        return .text(404, "There is no repository \(route.repository).\n")
      }
    } catch {
      return .text(404, "\(error)\n")
    }
    guard let slot = slots.take() else {
      var response = Response.text(503, "Too many Git requests are running; try again.\n")
      response.headers.append(("Retry-After", "1"))
      return response
    }
    do {
      let process = try GitSubprocess(
        program, ["http-backend"], environment: environment(for: request, route, user?.login ?? host.user.login))
      let feeding = Task { [body = request.body] in
        do {
          if request.method == "POST" { for try await piece in body { try await process.write(piece) } }
          process.closeInput()
        } catch {
          // A client that stops half-way must not look like one that has finished.
          process.kill()
        }
      }
      let body = Body(process: process, feeding: feeding, slot: slot)
      return try await body.readHead()
    } catch {
      return .text(500, "\(error)\n")
    }
  }

  private func environment(for request: Request, _ route: Route, _ login: String) -> [String] {
    let configuration = [
      ("http.receivepack", "true"), ("http.getanyfile", "false"), ("core.hooksPath", "/dev/null"),
      ("receive.autogc", "false"), ("safe.directory", "*"),
    ]
    var variables = [
      "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin",
      "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_PROJECT_ROOT": host.folder, "GIT_HTTP_EXPORT_ALL": "1", "GATEWAY_INTERFACE": "CGI/1.1",
      "REQUEST_METHOD": request.method, "PATH_INFO": "/\(route.repository).git/\(route.rest)",
      "QUERY_STRING": route.rest == "info/refs" ? "service=\(route.service)" : "",
      "REMOTE_USER": login, "REMOTE_ADDR": "127.0.0.1", "GIT_CONFIG_COUNT": String(configuration.count),
    ]
    for (index, (key, value)) in configuration.enumerated() {
      variables["GIT_CONFIG_KEY_\(index)"] = key
      variables["GIT_CONFIG_VALUE_\(index)"] = value
    }
    if request.method == "POST" { variables["CONTENT_TYPE"] = "application/x-\(route.service)-request" }
    if request.contentEncoding == "gzip" || request.contentEncoding == "x-gzip" {
      variables["HTTP_CONTENT_ENCODING"] = "gzip"
    }
    if let version = request.gitProtocol, version.utf8.count < 100,
      version.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    {
      variables["HTTP_GIT_PROTOCOL"] = version
    }
    return variables.map { "\($0.key)=\($0.value.filter { $0 != "\0" })" }
  }

  /// The three addresses of the smart protocol.
  private struct Route {
    let repository: RepositoryPath
    let service: String
    let rest: String

    init?(_ request: Request) {
      let rests = ["info/refs", "git-upload-pack", "git-receive-pack"]
      guard let rest = rests.first(where: { request.path.hasSuffix(".git/" + $0) }) else { return nil }
      let name = request.path.dropLast(rest.utf8.count + 5).drop { $0 == "/" }
      guard let repository = try? RepositoryPath(name) else { return nil }
      self.repository = repository
      self.rest = rest
      switch (request.method, rest) {
      case ("GET", "info/refs"):
        let services = request.query.split(separator: "&").filter { $0.hasPrefix("service=") }.map { $0.dropFirst(8) }
        guard services.count == 1, rests.dropFirst().contains(String(services[0])) else { return nil }
        service = String(services[0])
      case ("POST", "git-upload-pack"), ("POST", "git-receive-pack"):
        guard request.contentType == "application/x-\(rest)-request" else { return nil }
        service = rest
      default: return nil
      }
    }
  }
}

extension LocalGitHTTPBackend {
  /// The bytes to send; read by one consumer, at its pace.
  public struct Body: AsyncSequence, Sendable {
    /// A piece of the body.
    public typealias Element = [UInt8]

    fileprivate final class Source: Sendable {
      let process: GitSubprocess
      let feeding: Task<Void, Never>
      let slot: Slots.Slot
      let pending = Mutex<[UInt8]>([])

      init(process: GitSubprocess, feeding: Task<Void, Never>, slot: Slots.Slot) {
        self.process = process
        self.feeding = feeding
        self.slot = slot
      }

      deinit { feeding.cancel() }

      func next() async throws -> [UInt8]? {
        let pending = pending.withLock { pending in
          defer { pending = [] }
          return pending
        }
        if !pending.isEmpty { return pending }
        let piece = try await process.read()
        if !piece.isEmpty { return piece }
        let status = try await process.wait()
        feeding.cancel()
        // git http-backend reports a client's mistakes in its answer and ends with 0 or 1.
        guard status <= 1 else { throw GitHostError(.unavailable, "git ended with status \(status)") }
        return nil
      }
    }

    fileprivate enum Content: Sendable {
      case bytes([UInt8])
      case source(Source)
    }

    private let content: Content

    fileprivate init(bytes: [UInt8]) { content = .bytes(bytes) }

    fileprivate init(process: GitSubprocess, feeding: Task<Void, Never>, slot: Slots.Slot) {
      content = .source(Source(process: process, feeding: feeding, slot: slot))
    }

    /// Gives the pieces in order.
    public struct AsyncIterator: AsyncIteratorProtocol {
      fileprivate var content: Content?

      fileprivate init(content: Content) { self.content = content }

      /// The next piece; nil at the end. Cancelling the task stops git.
      public mutating func next() async throws -> [UInt8]? {
        switch content {
        case nil: return nil
        case .bytes(let bytes):
          content = nil
          return bytes.isEmpty ? nil : bytes
        case .source(let source):
          if let piece = try await source.next() { return piece }
          content = nil
          return nil
        }
      }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(content: content) }

    /// Reads the CGI header, at most 64 KiB, and keeps what follows it.
    fileprivate func readHead() async throws -> Response {
      guard case .source(let source) = content else { throw GitHostError(.corrupt, "the answer has no source") }
      var bytes: [UInt8] = []
      while true {
        if let end = Self.endOfHead(bytes) {
          let rest = Array(bytes[end...])
          source.pending.withLock { $0 = rest }
          return Self.parseHead(bytes[..<end], body: self)
        }
        guard bytes.count < 65_536 else { throw GitHostError(.protocolViolation, "git's answer has too long a header") }
        let piece = try await source.process.read()
        if piece.isEmpty { throw GitHostError(.unavailable, "git gave no answer; is it installed with http-backend?") }
        bytes += piece
      }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
      let newline = UInt8(ascii: "\n")
      var start = 0
      while let end = bytes[start...].firstIndex(of: newline) {
        let line = bytes[start..<end].filter { $0 != UInt8(ascii: "\r") }
        start = end + 1
        if line.isEmpty { return start }
      }
      return nil
    }

    private static func parseHead(_ head: ArraySlice<UInt8>, body: Body) -> Response {
      var response = Response(status: 200, headers: [], body: body)
      for line in String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline) {
        guard let colon = line.firstIndex(of: ":") else { continue }
        let name = String(line[..<colon])
        let value = String(line[line.index(after: colon)...]).trimmed
        if name.lowercased() == "status" {
          response.status = Int(value.prefix(3)) ?? 500
        } else {
          response.headers.append((name, value))
        }
      }
      return response
    }
  }

  /// How many processes may run.
  fileprivate final class Slots: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(max(count, 1)) }

    /// One of them, given back when the value goes.
    final class Slot: Sendable {
      private let slots: Slots
      init(_ slots: Slots) { self.slots = slots }
      deinit { slots.free.withLock { $0 += 1 } }
    }

    func take() -> Slot? {
      free.withLock { free in
        guard free > 0 else { return nil }
        free -= 1
        return Slot(self)
      }
    }
  }
}

extension LocalGitHTTPBackend.Response {
  fileprivate static func text(_ status: Int, _ text: String) -> Self {
    Self(
      status: status, headers: [("Content-Type", "text/plain; charset=utf-8")],
      body: LocalGitHTTPBackend.Body(bytes: Array(text.utf8)))
  }
}
