public import WGECore

/// How a REST host is spoken to: clocks, patience and bounds.
public struct GitHostSettings: Sendable {
  /// For waiting between tries.
  public var clock: any Clock<Duration>
  /// For rate limits that name an instant, and for dates in commits.
  public var wallClock: any WallClock
  /// Tries of a request that may be repeated, the first included.
  public var attempts: Int
  /// The longest that one operation waits for a rate limit or a busy server before it reports it.
  public var patience: Duration
  /// The first pause between tries; doubled each time, of which a random part is waited.
  public var backoff: Duration
  /// The pause between looks at something that the host computes: mergeability, an asynchronous merge.
  public var pollInterval: Duration
  /// One request, from the first byte sent to the last one read.
  public var requestTimeout: Duration
  /// Requests in flight at once.
  public var concurrency: Int
  /// Writes in flight at once, of ``concurrency``.
  public var writeConcurrency: Int
  /// From the beginning of one write to that of the next; nil: as the provider wants it, which is a second
  /// for GitHub and nothing for the others.
  public var writeSpacing: Duration?
  /// What `User-Agent` says; GitHub demands one.
  public var userAgent: String
  /// Signs the commits that are pushed. Those that a provider's API makes are signed by the provider or not at
  /// all. Nil: pushed commits stay unsigned.
  public var signer: (any CommitSigner)?

  /// Settings; without arguments those of ``GitDefaults``.
  public init(
    clock: any Clock<Duration> = ContinuousClock(), wallClock: any WallClock = SystemWallClock(),
    attempts: Int = GitDefaults.requestAttempts, patience: Duration = GitDefaults.requestPatience,
    backoff: Duration = GitDefaults.requestBackoff, pollInterval: Duration = GitDefaults.pollInterval,
    requestTimeout: Duration = GitDefaults.requestTimeout, concurrency: Int = GitDefaults.requestConcurrency,
    writeConcurrency: Int = GitDefaults.writeConcurrency, writeSpacing: Duration? = nil,
    userAgent: String = "wge-sdk", signer: (any CommitSigner)? = nil
  ) {
    self.clock = clock
    self.wallClock = wallClock
    self.attempts = attempts
    self.patience = patience
    self.backoff = backoff
    self.pollInterval = pollInterval
    self.requestTimeout = requestTimeout
    self.concurrency = concurrency
    self.writeConcurrency = writeConcurrency
    self.writeSpacing = writeSpacing
    self.userAgent = userAgent
    self.signer = signer
  }
}

/// What a REST host's requests are signed with.
public enum GitHostCredential: Sendable {
  /// An OAuth, personal, project or app token; sent as the provider wants it.
  case token(Secret<String>)
  /// User name or e-mail address with a password or API token.
  case basic(username: String, password: Secret<String>)

  /// As most providers want it in the field `Authorization`.
  var authorization: String {
    switch self {
    case .token(let token): "Bearer \(token.reveal())"
    case .basic(let user, let password): "Basic " + Base64.encode("\(user):\(password.reveal())".utf8)
    }
  }
}
