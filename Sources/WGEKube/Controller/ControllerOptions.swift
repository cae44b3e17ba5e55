public import CoreMetrics
public import Logging
public import Tracing
public import WGECore

/// How a ``Controller`` works.
public struct ControllerOptions: Sendable {
  /// Reconciles at a time. Default 4.
  public var concurrency: Int
  /// Every object is looked at again after this time, at low priority; nil for never. Default 10
  /// hours, as controller-runtime has: correctness does not rest on it.
  public var resync: Duration?
  /// A reconcile that takes longer is cancelled and counts as failed; nil for no limit. Default 5
  /// minutes.
  public var reconcileTimeout: Duration?
  /// A reconcile that takes longer is reported, and again after each such time. Default 1 minute.
  public var slowReconcile: Duration
  /// How long running reconciles may go on after a graceful stop before they are cancelled.
  /// Default 30 s.
  public var stopDeadline: Duration
  /// How long a cancelled reconcile may take to return before the controller goes on without it.
  /// Its object stays untouched until it has returned. Default 10 s.
  public var cancellationGrace: Duration
  /// The delays of a key that failed. Default 5 ms doubling to 1000 s.
  public var backoff: Backoff
  /// How the controller's own informers list and watch; its clock is not used.
  public var watcher: WatcherOptions
  /// What of each object the controller's own informers keep.
  public var transform: ObjectTransform
  /// Informers that other controllers use too; nil for the controller's own.
  public var informers: SharedInformers?
  /// A reminder is logged for every such time in which the caches are not filled. Default 1 minute.
  public var syncReminder: Duration
  /// The election in which this process must lead before anything is reconciled; caches are filled
  /// before. Nil: every process reconciles.
  public var leadership: Leadership?
  /// What waits are measured with.
  public var clock: any Clock<Duration>
  /// What reconcilers date things with.
  public var wallClock: any WallClock
  /// Where the controller reports.
  public var logger: Logger
  /// Where the controller counts; nil for the global metrics system.
  public var metrics: (any MetricsFactory)?
  /// Who gets a span for each reconcile; nil for the global tracer.
  public var tracer: (any Tracer)?

  /// Options with their defaults.
  public init(
    concurrency: Int = KubeDefaults.reconcileConcurrency, resync: Duration? = KubeDefaults.resync,
    reconcileTimeout: Duration? = KubeDefaults.reconcileTimeout,
    slowReconcile: Duration = KubeDefaults.slowReconcile, stopDeadline: Duration = KubeDefaults.stopDeadline,
    cancellationGrace: Duration = KubeDefaults.cancellationGrace, backoff: Backoff = KubeDefaults.retryBackoff,
    watcher: WatcherOptions = .init(), transform: ObjectTransform = .dropManagedFields,
    informers: SharedInformers? = nil, syncReminder: Duration = KubeDefaults.syncReminder,
    leadership: Leadership? = nil,
    clock: any Clock<Duration> = ContinuousClock(), wallClock: any WallClock = SystemWallClock(),
    logger: Logger = Logger(label: "wge.kube.controller"), metrics: (any MetricsFactory)? = nil,
    tracer: (any Tracer)? = nil
  ) {
    self.concurrency = max(1, concurrency)
    self.resync = resync
    self.reconcileTimeout = reconcileTimeout
    self.slowReconcile = slowReconcile
    self.stopDeadline = stopDeadline
    self.cancellationGrace = cancellationGrace
    self.backoff = backoff
    self.watcher = watcher
    self.transform = transform
    self.informers = informers
    self.syncReminder = syncReminder
    self.leadership = leadership
    self.clock = clock
    self.wallClock = wallClock
    self.logger = logger
    self.metrics = metrics
    self.tracer = tracer
  }
}
