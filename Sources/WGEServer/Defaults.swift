/// Time-outs and limits of the server, each with its reason.
public enum ServerDefaults {
  /// Where servers of this family have always listened.
  public static let port = 8000
  /// Largest request body in bytes; modules may set their own.
  public static let bodySize = 10 << 20
  /// Largest body of a sign-in.
  public static let signInSize = 4 << 10
  /// Deepest JSON of a sign-in.
  public static let signInDepth = 8
  /// All headers of a request together, in bytes.
  public static let headerSize = 32 << 10
  /// A body must have arrived after this long.
  public static let bodyTimeout: Duration = .seconds(30)
  /// A call must be answered after this long.
  public static let callTimeout: Duration = .seconds(60)
  /// Connections without traffic are closed after this long, in seconds.
  public static let idleSeconds: Int64 = 120
  /// Calls under way when the server stops may take this long.
  public static let drain: Duration = .seconds(20)
  /// How often signing keys are read again.
  public static let keyReload: Duration = .seconds(60)
  /// Longest a readiness check may take.
  public static let readinessTimeout: Duration = .seconds(5)
  /// How long its outcome is used, so that probes cannot be made to load other systems.
  public static let readinessCache: Duration = .seconds(1)

  /// Events kept for streams that come back.
  public static let eventRing = 500
  /// Streams at the same time.
  public static let eventStreams = 1000
  /// How often a stream shows that it lives.
  public static let heartbeat: Duration = .seconds(15)
  /// Shortest time between two batches of one stream: bursts become one batch.
  public static let eventBatching: Duration = .milliseconds(500)
  /// How often a stream checks that its caller is still signed in.
  public static let streamRecheck: Duration = .seconds(60)

  /// Series per metric; further label values are counted together.
  public static let metricSeries = 500
  /// Metrics.
  public static let metricNames = 1000
}
