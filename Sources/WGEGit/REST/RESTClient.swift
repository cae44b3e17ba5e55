internal import HTTPTypes
internal import WGECore
internal import WGEHTTP

/// What differs between the providers in how requests look and failures read.
protocol RESTDialect: Sendable {
  /// `GitHub`, for messages.
  var label: String { get }
  /// Fields of every request, the credential included.
  var fields: HTTPFields { get }
  /// Whether reads ask "changed since?" and are answered from memory when not.
  var asksConditionally: Bool { get }
  /// How far apart the host wants writes with one credential.
  var writeSpacing: Duration { get }
  /// How long the host asks to be left alone by an answer that is a success; nil: it does not.
  func pause(after answer: RESTAnswer, now: Timestamp) -> Duration?
  /// Whether a redirect of a read within the host is followed.
  var followsRedirects: Bool { get }
  /// The failure that an answer tells; nil for success.
  func failure(_ answer: RESTAnswer, to request: RESTRequest, now: Timestamp) -> GitHostError?
}

extension RESTDialect {
  var writeSpacing: Duration { .zero }

  func pause(after answer: RESTAnswer, now: Timestamp) -> Duration? { nil }

  /// What the requests' credential consists of, in every form in which a host may echo it.
  var secrets: [String] {
    var result: [String] = []
    for name in [.authorization, HTTPField.Name.wellKnown("PRIVATE-TOKEN")] {
      guard let value = fields[name] else { continue }
      let credential = value.split(separator: " ", maxSplits: 1).last.map(String.init) ?? value
      result.append(credential)
      if let pair = Base64.decode(credential).flatMap({ String(validating: $0, as: UTF8.self) }),
        let colon = pair.firstIndex(of: ":")
      {
        result += [pair, String(pair[pair.index(after: colon)...])]
      }
    }
    return result
  }
}

/// Sends requests to one host with one credential: retries what may be retried, honours rate limits,
/// and turns every failure into ``GitHostError``.
///
/// The credential goes to the root's scheme, host and port only, also by redirects and paging links.
final class RESTClient: Sendable {
  let root: String
  let dialect: any RESTDialect
  let settings: GitHostSettings
  private let transport: any HTTPTransport
  private let allowsPlainHTTP: Bool
  private let governor: RequestGovernor
  private let cache = ConditionalCache()
  /// Never in an error, also where the host echoes them.
  private let secrets: [String]

  /// - Parameters:
  ///   - root: scheme, host, port and context path, without a trailing slash.
  ///   - allowsPlainHTTP: also to hosts that are not this machine; otherwise every request to such a root is
  ///     refused with `validation` before anything is sent.
  init(
    root: String, dialect: any RESTDialect, transport: any HTTPTransport, settings: GitHostSettings,
    allowsPlainHTTP: Bool = false
  ) {
    self.allowsPlainHTTP = allowsPlainHTTP
    self.root = root
    self.dialect = dialect
    self.transport = transport
    self.settings = settings
    secrets = dialect.secrets
    governor = RequestGovernor(settings, writeSpacing: settings.writeSpacing ?? dialect.writeSpacing)
  }

  /// The answer of a success.
  func send(_ request: RESTRequest) async throws(GitHostError) -> RESTAnswer {
    guard allowsPlainHTTP || Self.isProtected(root) else {
      throw .validation(
        field: "webURL", "the credential would go over plain http to \(GitHostError.withoutUserInfo(root))",
        remedy: "use https")
    }
    var waited: Duration = .zero
    for attempt in 1... {
      var failure: GitHostError
      let mayRepeat: Bool
      do throws(Attempt) {
        return try await once(request)
      } catch {
        failure = error.failure
        mayRepeat = error.nothingHappened || request.isRepeatable && failure.mayPass(isRead: request.isRead)
      }
      if failure.code == .rateLimited {
        let rest = failure.retryAfter ?? governor.unnamedLimit()
        failure.retryAfter = rest
        // Requests beside this one, and the next one, would meet the same limit.
        governor.pause(until: settings.wallClock.now().advanced(by: rest))
      }
      guard failure.isTransient, mayRepeat, attempt < settings.attempts else { throw failure }
      // Who comes anew is told at once; who was at it already sees it through.
      if attempt == 1, failure.reason == RequestGovernor.circuitReason { throw failure }
      let pause = max(failure.retryAfter ?? .zero, backoff(attempt))
      guard waited + pause <= settings.patience else { throw failure }
      waited += pause
      try await sleep(pause, request)
    }
    throw GitHostError(.unavailable, "could not \(request.doing)")
  }

  /// The JSON of a success; null for a write whose answer is empty.
  func json(_ request: RESTRequest) async throws(GitHostError) -> JSON {
    try read(try await send(request), of: request)
  }

  /// The JSON of a success's answer.
  /// - Throws: `protocolViolation` for anything else, and for a read's empty answer unless its status says so:
  ///   a proxy's page would look like an empty listing.
  func read(_ answer: RESTAnswer, of request: RESTRequest) throws(GitHostError) -> JSON {
    let problem: String
    switch answer.parse() {
    case nil: problem = "answers with something else than JSON"
    case .null? where request.isRead && answer.status != 204: problem = "gives an empty answer"
    case let json?: return json
    }
    var error = GitHostError(
      .protocolViolation, "could not \(request.doing): \(dialect.label) \(problem)",
      remedy: "check the host's address and the proxies before it")
    error.status = answer.status
    throw error
  }

  /// That a URL which the host names is where the credential may go.
  func requireOrigin(of url: String, among roots: [String]) throws(GitHostError) {
    let origin = Self.origin(of: url).map(Self.withoutUsualPort)
    if let origin, roots.contains(where: { Self.origin(of: $0).map(Self.withoutUsualPort) == origin }) { return }
    throw GitHostError(
      .protocolViolation,
      "\(dialect.label) names \(GitHostError.quote(GitHostError.withoutUserInfo(url))) for pushes, which is another host",
      remedy: "reach the server by the address that it gives for itself; the credential was not sent elsewhere")
  }

  private static func withoutUsualPort(_ origin: String) -> String {
    for (scheme, port) in [("https://", ":443"), ("http://", ":80")]
    where origin.hasPrefix(scheme) && origin.hasSuffix(port) {
      return String(origin.dropLast(port.utf8.count))
    }
    return origin
  }

  /// Waits for something that the host computes.
  func sleep(_ duration: Duration, _ request: RESTRequest) async throws(GitHostError) {
    do {
      try await settings.clock.sleep(for: duration)
    } catch {
      throw GitHostError(.cancelled, "the attempt to \(request.doing) was cancelled")
    }
  }

  private func backoff(_ attempt: Int) -> Duration {
    settings.backoff * (1 << min(attempt - 1, 8)) * Double.random(in: 0...1)
  }

  // MARK: - One try

  private struct Attempt: Error {
    var failure: GitHostError
    /// The server did not act on the request.
    var nothingHappened: Bool
  }

  private func once(_ request: RESTRequest) async throws(Attempt) -> RESTAnswer {
    var request = request
    for _ in 0...GitDefaults.maximumRedirects {
      let answer = try await exchange(request)
      let isRedirect = [301, 302, 303, 307, 308].contains(answer.status)
      guard isRedirect, request.isRead, dialect.followsRedirects, let location = answer.field("location") else {
        let now = settings.wallClock.now()
        if let failure = dialect.failure(answer, to: request, now: now) {
          throw Attempt(failure: failure.hiding(secrets), nothingHappened: failure.code == .rateLimited)
        }
        if isRedirect {
          throw Attempt(failure: protocolFailure(request, "answers with a redirect"), nothingHappened: true)
        }
        governor.noLimit()
        if let pause = dialect.pause(after: answer, now: now) { governor.pause(until: now.advanced(by: pause)) }
        return answer
      }
      guard let next = url(location, isAtOrigin: request) else {
        throw Attempt(failure: protocolFailure(request, "leads to another host"), nothingHappened: true)
      }
      request.path = next
      request.query = []
    }
    throw Attempt(failure: protocolFailure(request, "redirects too often"), nothingHappened: true)
  }

  private func exchange(_ request: RESTRequest) async throws(Attempt) -> RESTAnswer {
    do throws(GitHostError) {
      try await governor.enter(request)
    } catch {
      throw Attempt(failure: error, nothingHappened: true)
    }
    var evidence = CircuitBreaker.Evidence.none
    defer { governor.leave(request, evidence) }
    let url = request.url(root: root)
    var fields = dialect.fields
    fields[.userAgent] = settings.userAgent
    for field in request.fields { fields[field.name] = field.value }
    if let accept = request.accept { fields[.accept] = accept }
    var body = HTTPRequestBody.none
    let boundary = "wge-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    if let content = request.content(boundary: boundary) {
      fields[.contentType] = content.type
      body = .bytes(content.bytes)
    }
    let known = dialect.asksConditionally && request.method == .get ? cache.answer(for: url) : nil
    if let known { fields[.ifNoneMatch] = known.tag }
    var options = HTTPRequestOptions(decompressesBody: true)
    options.timeouts.total = settings.requestTimeout
    options.timeouts.connect = min(GitDefaults.requestConnectTimeout, settings.requestTimeout)
    do {
      let response = try await transport.execute(
        HTTPTransportRequest(
          method: HTTPRequest.Method(rawValue: request.method.rawValue) ?? .get, url: url, fields: fields, body: body,
          options: options))
      evidence = (500...504).contains(response.status.code) && response.status.code != 501 ? .fails : .works
      if response.status.code == 304, let known {
        try await response.body.discard(upTo: 1 << 16)
        return known.answer
      }
      let bytes = request.method == .head ? [] : try await response.body.collect(upTo: request.maximumBytes)
      let answer = RESTAnswer(status: response.status.code, fields: response.fields, url: url, bytes: bytes)
      if dialect.asksConditionally, request.method == .get, answer.status == 200, let tag = answer.field("etag") {
        cache.keep(answer, tag: tag, for: url)
      }
      return answer
    } catch {
      let failure = GitHostError(transport: error, doing: request.doing, label: dialect.label)
      if failure.code == .timeout { evidence = .fails }
      throw Attempt(
        failure: failure,
        nothingHappened: (error as? HTTPError)?.nothingWasSent ?? false)
    }
  }

  private func protocolFailure(_ request: RESTRequest, _ problem: String) -> GitHostError {
    GitHostError(
      .protocolViolation, "could not \(request.doing): \(dialect.label) \(problem)",
      remedy: "check the host's address; the credential was not sent elsewhere")
  }

  // MARK: - Paging

  /// The pages of a listing, until `take` has enough.
  /// - Parameters:
  ///   - take: reads a page; false ends.
  ///   - next: the following request, from the answer.
  func pages(
    _ first: RESTRequest, take: (RESTAnswer) throws(GitHostError) -> Bool,
    next: (RESTAnswer, RESTRequest) -> RESTRequest?
  ) async throws(GitHostError) {
    var request = first
    var seen: Set<String> = []
    for _ in 0..<GitDefaults.maximumPages {
      guard seen.insert(request.url(root: root)).inserted else {
        throw GitHostError(.protocolViolation, "could not \(first.doing): the pages of \(dialect.label) form a circle")
      }
      var answer = try await send(request)
      answer.parsed = try read(answer, of: request)
      guard try take(answer), let following = next(answer, request) else { return }
      if following.path.contains("://") {
        guard let same = url(following.path, isAtOrigin: request) else {
          throw protocolFailure(first, "leads to another host for the next page")
        }
        request = following
        request.path = same
      } else {
        request = following
      }
    }
    throw GitHostError(.tooLarge, "could not \(first.doing): there are too many pages")
  }

  /// The elements of a listing whose pages are arrays and name the next in `Link`, until `take` has enough.
  func elements(
    _ first: RESTRequest, take: (JSON) throws(GitHostError) -> Bool
  ) async throws(GitHostError) {
    try await pages(
      first,
      take: { answer throws(GitHostError) in
        for element in answer.json.arrayValue ?? [] {
          if try !take(element) { return false }
        }
        return true
      }, next: Self.followLink)
  }

  /// A listing whose pages are named by `Link: rel="next"`.
  static func followLink(_ answer: RESTAnswer, _ request: RESTRequest) -> RESTRequest? {
    answer.link("next").map { url in
      var next = request
      next.path = url
      next.query = []
      return next
    }
  }

  /// A whole URL of a location, when it is at the root's scheme, host and port; else nil.
  private func url(_ location: String, isAtOrigin request: RESTRequest) -> String? {
    guard let origin = Self.origin(of: root) else { return nil }
    if location.hasPrefix("/"), !location.hasPrefix("//") { return origin + location }
    guard Self.origin(of: location) == origin else { return nil }
    return location
  }

  /// https, or http to this machine.
  static func isProtected(_ url: String) -> Bool {
    guard let origin = origin(of: url) else { return false }
    if origin.hasPrefix("https://") { return true }
    return ["http://localhost", "http://127.0.0.1", "http://[::1]"].contains {
      origin == $0 || origin.hasPrefix($0 + ":")
    }
  }

  /// `https://host:port` in lower case; nil when there is user info or no host.
  static func origin(of url: String) -> String? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let rest = url[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
    return (url[..<scheme.upperBound] + authority).lowercased()
  }
}
