internal import HTTPTypes
internal import Synchronization
public import WGECore
public import WGEHTTP

/// Talks to the API server of an endpoint over HTTP.
///
/// A request that brings its own `Authorization` header goes out with that alone: over connections
/// without the endpoint's client certificate, since a server may prefer the certificate and take
/// the user for someone else. Every other request gets the endpoint's credentials, and once more
/// with renewed ones where the server answers 401 and they can be renewed.
///
/// Certificates and tokens in files are followed as they rotate. Connections are reused; they
/// close when the transport and the streams that it gave are gone.
public final class HTTPKubeTransport: KubeTransport {
  /// Limits of one request.
  public struct Options: Sendable, Hashable {
    /// Making a connection, TLS included.
    public var connectTimeout: Duration
    /// From the start of a request to the head of its answer, and the longest silence in a body
    /// that is collected. Streams may be silent: the kernel's keep-alive ends dead ones.
    public var requestTimeout: Duration
    /// A collected answer as a whole.
    public var totalTimeout: Duration
    /// Bytes of a collected answer, decompressed.
    public var maximumResponseBytes: Int
    /// What servers see in their audit logs.
    public var userAgent: String
    /// Ask for compressed answers. Streams never are.
    public var compressesAnswers: Bool
    /// How long a credential plugin may run.
    public var execTimeout: Duration

    /// With these values; the properties say what they mean.
    public init(
      connectTimeout: Duration = KubeDefaults.connectTimeout, requestTimeout: Duration = KubeDefaults.requestTimeout,
      totalTimeout: Duration = KubeDefaults.totalTimeout, maximumResponseBytes: Int = KubeDefaults.maximumResponseBytes,
      userAgent: String = KubeDefaults.userAgent, compressesAnswers: Bool = true,
      execTimeout: Duration = KubeDefaults.execTimeout
    ) {
      self.connectTimeout = connectTimeout
      self.requestTimeout = requestTimeout
      self.totalTimeout = totalTimeout
      self.maximumResponseBytes = maximumResponseBytes
      self.userAgent = userAgent
      self.compressesAnswers = compressesAnswers
      self.execTimeout = execTimeout
    }
  }

  /// Makes the connections for one TLS configuration.
  public typealias Connector = @Sendable (CurlTransport.Configuration) throws -> any HTTPTransport

  /// Connections with and without a client certificate. Replaced when the certificate changes.
  private struct Connections {
    var anonymous: (any HTTPTransport)?
    var identified: (identity: KubeCredential.Identity, transport: any HTTPTransport)?
  }

  private let endpoint: KubeEndpoint
  private let options: Options
  private let clock: any Clock<Duration>
  private let credentials: CredentialProvider
  private let connector: Connector
  private let connections = Mutex(Connections())

  /// - Parameters:
  ///   - clock: For the age of credentials that were read from files.
  ///   - wallClock: For the expiry of credentials that a plugin gave.
  ///   - connector: Nil for ``CurlTransport``.
  /// - Throws: ``KubeError/config(_:)`` when a certificate cannot be read or is none.
  public init(
    _ endpoint: KubeEndpoint, options: Options = Options(), clock: any Clock<Duration> = ContinuousClock(),
    wallClock: any WallClock = SystemWallClock(), connector: Connector? = nil
  ) throws {
    self.endpoint = endpoint
    self.options = options
    self.clock = clock
    self.connector = connector ?? { try CurlTransport($0) }
    credentials = CredentialProvider(endpoint, clock: clock, wallClock: wallClock, execTimeout: options.execTimeout)
    // Fails here rather than at the first request where the trust roots are no certificates.
    _ = try connection(nil)
  }

  /// Sends and collects the whole answer.
  public func send(_ request: KubeRequest) async throws -> KubeResponse {
    try await authenticated(request) { credential in
      let response = try await execute(request, credential, isStream: false)
      // What a proxy says in place of a Status may be endless; its beginning is enough for a message.
      let body =
        response.status.kind == .successful
        ? try await mapped { try await response.body.collect(upTo: options.maximumResponseBytes) }
        : try await mapped { try await Self.beginning(of: response.body) }
      return (KubeResponse(status: response.status, headers: response.fields, body: body), response.status)
    }
  }

  /// Sends and returns as soon as the headers are there.
  public func stream(_ request: KubeRequest) async throws -> KubeByteStream {
    try await authenticated(request) { credential in
      let response = try await execute(request, credential, isStream: true)
      if response.status.kind != .successful { return (try await refusal(response), response.status) }
      let reader = BodyReader(response.body)
      // Asked chunk by chunk, so a slow reader holds the server back.
      let chunks = AsyncThrowingStream<[UInt8], any Error> { try await Self.mapped { try await reader.next() } }
      return (KubeByteStream(status: response.status, headers: response.fields, body: chunks), response.status)
    }
  }

  /// Sends with the right credentials, and again with renewed ones after a 401. That is safe for
  /// every call, since servers authenticate before they do anything.
  private func authenticated<Answer: Sendable>(
    _ request: KubeRequest, _ send: (KubeCredential?) async throws -> (Answer, HTTPResponse.Status)
  ) async throws -> Answer {
    if request.headers[.authorization] != nil { return try await send(nil).0 }
    let credential = try await credentials.current()
    let (answer, status) = try await send(credential)
    if status == .unauthorized, let other = try await credentials.replacement(for: credential) {
      return try await send(other).0
    }
    return answer
  }

  private func execute(
    _ request: KubeRequest, _ credential: KubeCredential?, isStream: Bool
  ) async throws -> HTTPTransportResponse {
    var fields = request.headers
    if let authorization = credential?.authorization?.reveal() {
      guard HTTPField.isValidValue(authorization) else {
        throw endpoint.problem("users", "the credential holds characters that no header can carry")
      }
      fields[.authorization] = authorization
    }
    var options = HTTPRequestOptions(
      timeouts: HTTPTimeouts(connect: self.options.connectTimeout, head: self.options.requestTimeout, idle: nil))
    if !isStream {
      options.timeouts.idle = self.options.requestTimeout
      options.timeouts.total = self.options.totalTimeout
      options.decompressesBody = self.options.compressesAnswers
    }
    let connection = try connection(credential?.identity)
    var outgoing = HTTPTransportRequest(
      method: request.method, url: url(request), fields: fields,
      body: request.body.isEmpty ? .none : .bytes(request.body), options: options)
    outgoing.beforeSending = request.beforeSending
    do {
      return try await mapped { try await connection.execute(outgoing) }
    } catch let error as KubeError {
      // The authority may have been rotated in its file: the next request reads it again.
      if case .transport(let failure) = error, failure.kind == .tls, case .file? = endpoint.certificateAuthority {
        connections.withLock { $0 = Connections() }
      }
      throw error
    }
  }

  /// The first part of a body; what follows is not waited for.
  private static func beginning(of body: HTTPBody) async throws -> [UInt8] {
    let reader = BodyReader(body)
    var bytes: [UInt8] = []
    while let chunk = try await reader.next() {
      bytes += chunk.prefix(KubeDefaults.maximumErrorBytes - bytes.count)
      if bytes.count >= KubeDefaults.maximumErrorBytes {
        body.cancel()
        break
      }
    }
    return bytes
  }

  /// A stream that was refused: its body says why, is short, and must not be waited for for ever
  /// as a stream's may.
  private func refusal(_ response: HTTPTransportResponse) async throws -> KubeByteStream {
    let body = response.body
    let bytes = try await Self.mapped {
      try await withDeadline(options.requestTimeout, clock: clock) {
        try await body.collect(upTo: KubeDefaults.maximumErrorBytes)
      }
    }
    body.cancel()
    return KubeByteStream(
      status: response.status, headers: response.fields,
      body: AsyncThrowingStream { continuation in
        if let bytes { continuation.yield(bytes) }
        continuation.finish()
      })
  }

  private func url(_ request: KubeRequest) -> String {
    var text = endpoint.server + request.path
    var separator = "?"
    for (name, value) in request.query {
      text += separator + ResourcePath.percentEncoded(name) + "=" + ResourcePath.percentEncoded(value)
      separator = "&"
    }
    return text
  }

  // MARK: Connections

  private func connection(_ identity: KubeCredential.Identity?) throws -> any HTTPTransport {
    try connections.withLock { connections in
      guard let identity else {
        if let transport = connections.anonymous { return transport }
        let transport = try connect(nil)
        connections.anonymous = transport
        return transport
      }
      if let kept = connections.identified, kept.identity == identity { return kept.transport }
      let transport = try connect(identity)
      connections.identified = (identity, transport)
      return transport
    }
  }

  private func connect(_ identity: KubeCredential.Identity?) throws -> any HTTPTransport {
    var tls = TLSConfiguration()
    if let authority = endpoint.certificateAuthority {
      tls.trustRoots = .pem(
        try authority.read { problem in
          KubeconfigProblem(
            file: endpoint.source, context: endpoint.context, field: "certificate-authority",
            problem: problem.description, fix: "check the path")
        }.reveal())
    }
    tls.serverName = endpoint.tlsServerName
    tls.verifiesServer = !endpoint.insecureSkipTLSVerify
    tls.clientIdentity = identity.map {
      TLSConfiguration.ClientIdentity(certificateChain: $0.certificate, privateKey: $0.key)
    }
    var configuration = CurlTransport.Configuration(tls: tls, userAgent: options.userAgent)
    if let proxy = endpoint.proxyURL { configuration.proxy = .url(proxy) }
    do {
      return try connector(configuration)
    } catch let error as HTTPError {
      throw endpoint.problem(
        identity == nil ? "cluster" : "user", error.description,
        fix: "check the certificates and names in the kubeconfig")
    }
  }

  // MARK: Errors

  private func mapped<Value>(_ body: () async throws -> Value) async throws -> Value { try await Self.mapped(body) }

  private static func mapped<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as HTTPError {
      throw kubeError(error)
    }
  }

  /// The client's word for a failure of HTTP.
  static func kubeError(_ error: HTTPError) -> any Error {
    let kind: TransportFailure.Kind
    switch error {
    case .cancelled: return CancellationError()
    case .invalidRequest(let text): return KubeError.request(text)
    case .cannotResolve: kind = .cannotResolve
    case .cannotConnect: kind = .cannotConnect
    case .tls: kind = .tls
    case .timedOut: kind = .timedOut
    case .connectionLost: kind = .connectionLost
    case .bodyTooLarge, .headersTooLarge: kind = .tooLarge
    case .tooManyRedirects, .protocolError: kind = .protocolViolation
    case .shutDown: kind = .closed
    }
    return KubeError.transport(
      TransportFailure(kind, message: error.description, mayHaveReachedServer: error.nothingWasSent ? false : nil))
  }
}

/// Gives the chunks of a body one by one.
private actor BodyReader {
  private var iterator: HTTPBody.Iterator

  init(_ body: HTTPBody) { iterator = body.makeAsyncIterator() }

  func next() async throws -> [UInt8]? {
    var iterator = iterator
    defer { self.iterator = iterator }
    return try await iterator.next(isolation: self)
  }
}
