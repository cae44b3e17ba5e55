/// How a ``Watcher`` lists and watches.
public struct WatcherOptions: Sendable {
  /// How the objects that exist are read.
  public enum InitialList: Sendable, Hashable {
    /// In pages, the newest state. The default: it never reads old state and keeps memory at one page.
    case consistent
    /// The first time from the server's cache, which may be a little old and ignores the page size
    /// on older servers, but costs etcd nothing. Lists after a lost place are consistent.
    case cached
    /// As the beginning of the watch (`sendInitialEvents`, Kubernetes 1.32 and later). Falls back to
    /// ``consistent`` where the server refuses it.
    case streaming
  }

  /// Label selector in Kubernetes' syntax; nil for all objects.
  public var labelSelector: String?
  /// Field selector in Kubernetes' syntax; nil for all objects.
  public var fieldSelector: String?
  /// How the objects that exist are read.
  public var initialList: InitialList
  /// Objects per page of a list. Default 500, as client-go has. Nil lists in one piece.
  public var pageSize: Int?
  /// The time after which the server is asked to end a watch, so that connections spread over its
  /// replicas again. Up to as much again is added at random. Default 5 minutes.
  public var watchTimeout: Duration
  /// Delays after failures. Default 0.8 s doubling to 30 s, as client-go has.
  public var backoff: Backoff
  /// A watch that lasted so long ends a row of failures. Default 30 s.
  public var healthyAfter: Duration
  /// What delays and time-outs are measured with.
  public var clock: any Clock<Duration>

  /// Options with their defaults.
  public init(
    labelSelector: String? = nil, fieldSelector: String? = nil, initialList: InitialList = .consistent,
    pageSize: Int? = KubeDefaults.pageSize, watchTimeout: Duration = KubeDefaults.watchTimeout,
    backoff: Backoff = KubeDefaults.watchBackoff,
    healthyAfter: Duration = KubeDefaults.watchHealthyAfter, clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.initialList = initialList
    self.pageSize = pageSize.map { max(1, $0) }
    self.watchTimeout = watchTimeout
    self.backoff = backoff
    self.healthyAfter = healthyAfter
    self.clock = clock
  }
}
