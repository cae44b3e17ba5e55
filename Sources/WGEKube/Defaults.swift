/// Every limit, time-out and default of the Kubernetes client, in one place.
public enum KubeDefaults {
  /// Objects asked for per page of a list: large enough that a page costs one round trip, small
  /// enough that a page of 100 kB objects stays near 50 MB.
  public static let pageSize = 500

  /// The longest single watch event. etcd refuses objects past 1.5 MB; events of custom API
  /// servers may be larger.
  public static let maximumWatchEventBytes = 16 << 20

  /// The longest error body that is read: a Status with hundreds of causes is smaller.
  public static let maximumErrorBytes = 1 << 20

  /// The longest message that is taken from a Status.
  public static let maximumMessageCharacters = 32 << 10

  /// How much of a body that is no Status goes into an error message.
  public static let errorExcerptBytes = 256

  /// Attempts of one call in all, the first included.
  public static let maximumAttempts = 5

  /// The pause before the first retry when the server names none; doubles with each.
  public static let initialRetryDelay = Duration.milliseconds(200)

  /// The longest pause that the client chooses by itself.
  public static let maximumRetryDelay = Duration.seconds(5)

  /// The longest `Retry-After` that a call waits for; past it the error goes to the caller.
  public static let maximumRetryAfter = Duration.seconds(30)

  /// The most that a pause is lengthened at random, as a share of it.
  public static let retryJitter = 0.2

  /// Warnings taken from one answer; more are dropped.
  public static let maximumWarnings = 64

  /// Warnings that a handler remembers to pass each on once.
  public static let rememberedWarnings = 1024

  /// The longest line of a log that is passed on whole; longer ones come in parts.
  public static let maximumLogLineBytes = 256 << 10

  /// OpenAPI documents kept per client: a server has some 60, of 10 to 500 kB each.
  public static let maximumOpenAPIDocuments = 256

  /// How long discovery answers stay fresh.
  public static let discoveryLifetime = Duration.seconds(300)

  /// A kind that discovery does not know is looked up anew, but not more often than this.
  public static let discoveryMissInterval = Duration.seconds(5)

  /// Group versions asked at a time by the old form of discovery.
  public static let discoveryConcurrency = 8

  /// The largest kubeconfig.
  public static let maximumKubeconfigBytes = 4 << 20

  /// The largest token, key or certificate file that a kubeconfig names.
  public static let maximumCredentialFileBytes = 1 << 20

  /// A token file is read again when its last reading is older than this. Kubelet rewrites
  /// projected tokens at 80 % of their life, so a minute would do; ten seconds keep revoked
  /// tokens short-lived.
  public static let tokenFileLifetime = Duration.seconds(10)

  /// The most that an exec credential plugin may write to its standard output.
  public static let maximumExecOutputBytes = 1 << 20

  /// How long an exec credential plugin may run.
  public static let execTimeout = Duration.seconds(60)

  /// An exec credential plugin runs no more often than this for one server.
  public static let execMinimumInterval = Duration.seconds(5)

  /// Credentials of a plugin are renewed this long before they expire.
  public static let execExpiryMargin = Duration.seconds(10)

  /// One cluster's share of a fan-out.
  public static let fanOutDeadline = Duration.seconds(30)

  /// Clusters asked at a time by a fan-out.
  public static let fanOutConcurrency = 16

  /// How long callers wait for the first list of leaf clusters, or for a kubeconfig, before they
  /// make do with what is known.
  public static let clusterSyncDeadline = Duration.seconds(10)

  /// A Secret or a `GitopsCluster` that is not known is looked for directly, but not more often.
  public static let clusterMissInterval = Duration.seconds(5)

  /// Leaf clusters that are followed; further ones are listed as unavailable.
  public static let maximumLeafClusters = 5000

  /// How long the probe of a cluster's health may take.
  public static let probeDeadline = Duration.seconds(10)

  /// A call that is cancelled after so long without an answer counts against its cluster.
  public static let silentAfter = Duration.seconds(5)

  /// Calls in a row without an answer after which a cluster is not asked for a while.
  public static let circuitFailures = 5

  /// How long a cluster is not asked then; doubles with each probe that fails.
  public static let circuitPause = Duration.seconds(5)

  /// The longest that a cluster is not asked.
  public static let maximumCircuitPause = Duration.seconds(60)

  /// User clients kept ready across all clusters; the least recently used goes first.
  public static let maximumUserClients = 1000

  /// A user client that was not used for so long is dropped.
  public static let userClientLifetime = Duration.seconds(30 * 60)

  /// From the start of a request to the head of its answer.
  public static let requestTimeout = Duration.seconds(30)

  /// Making a connection, TLS included.
  public static let connectTimeout = Duration.seconds(5)

  /// A whole answer that is collected: a large list over a slow line.
  public static let totalTimeout = Duration.seconds(300)

  /// What servers see in their audit logs.
  public static let userAgent = "wge"

  /// The largest answer that is collected in memory.
  public static let maximumResponseBytes = 512 << 20
}

// MARK: - Watching, caching, controlling
extension KubeDefaults {
  /// Delays of a watcher whose requests fail: those of client-go's reflector.
  public static let watchBackoff = Backoff(initial: .milliseconds(800), cap: .seconds(30))

  /// A watch that lasted so long ends a row of failures.
  public static let watchHealthyAfter = Duration.seconds(30)

  /// When the server is asked to end a watch, so that connections spread over its replicas again.
  /// Up to as much again is added at random.
  public static let watchTimeout = Duration.seconds(300)

  /// How long past its own end a watch may stay open before it is taken for dead.
  public static let watchOverrun = Duration.seconds(30)

  /// The longest that a watcher obeys a server's `Retry-After`.
  public static let maximumWatchRetryAfter = Duration.seconds(300)

  /// Changes that an informer keeps for a subscriber who is slow.
  public static let subscriptionBuffer = 1024

  /// How long a shared informer runs on when nobody holds it.
  public static let informerIdleTime = Duration.zero

  /// How long the first read through a cache waits until it is filled.
  public static let cacheReadTimeout = Duration.seconds(30)

  /// Delays of a key whose reconcile failed: those of controller-runtime.
  public static let retryBackoff = Backoff(initial: .milliseconds(5), cap: .seconds(1000), jitter: 0.1)

  /// Reconciles at a time.
  public static let reconcileConcurrency = 4

  /// Every object is looked at again after this time: that of controller-runtime.
  public static let resync = Duration.seconds(36_000)

  /// A reconcile that takes longer is cancelled.
  public static let reconcileTimeout = Duration.seconds(300)

  /// A reconcile that takes longer is reported.
  public static let slowReconcile = Duration.seconds(60)

  /// How long running reconciles may go on after a graceful stop.
  public static let stopDeadline = Duration.seconds(30)

  /// How long a cancelled reconcile may take to return before it is given up.
  public static let cancellationGrace = Duration.seconds(10)

  /// Reconciles of one controller that are given up at a time; past it workers wait for them.
  public static let maximumAbandonedReconciles = 64

  /// How often a controller says that its caches are not filled.
  public static let syncReminder = Duration.seconds(60)

  /// How long others wait after a leader's last sign of life: client-go's value.
  public static let leaseDuration = Duration.seconds(15)

  /// How long a leader leads after its last successful renewal.
  public static let renewDeadline = Duration.seconds(10)

  /// The time between two attempts to take or renew a lease.
  public static let leaseRetryPeriod = Duration.seconds(2)

  /// Equal events within this time are one event with a count.
  public static let eventWindow = Duration.seconds(600)

  /// Events remembered for that.
  public static let eventCacheSize = 4096

  /// Different messages of one object and reason within the window; more are combined: client-go's value.
  public static let eventSimilarLimit = 10

  /// Events about one object at once; more are dropped: client-go's value.
  public static let eventBurst = 25

  /// The time after which an object that used its burst up may have one more event: client-go's value.
  public static let eventRefill = Duration.seconds(300)

  /// Events that wait to be sent; more are dropped.
  public static let eventBuffer = 1024

  /// The longest event message, in bytes: the server's limit.
  public static let maximumEventMessage = 1024
}
