public import CoreMetrics
internal import Metrics
internal import Synchronization
public import WGECore

/// How a directory keeps its clients.
public struct ConnectionOptions: Sendable {
  /// Clients kept ready for users, over all clusters; the least recently used goes first.
  public var maximumUserClients: Int
  /// A user's client that was not used for so long is dropped.
  public var userClientLifetime: Duration
  /// When calls to a cluster that does not answer are refused at once.
  public var circuitBreaker: CircuitBreakerOptions
  /// Where clients and clusters are counted; nil for the global metrics system.
  public var metrics: (any MetricsFactory)?
  /// For ages, deadlines and pauses.
  public var clock: any Clock<Duration>
  /// For when a cluster was seen last.
  public var wallClock: any WallClock

  /// With these values; the properties say what they mean.
  public init(
    maximumUserClients: Int = KubeDefaults.maximumUserClients,
    userClientLifetime: Duration = KubeDefaults.userClientLifetime,
    circuitBreaker: CircuitBreakerOptions = CircuitBreakerOptions(), metrics: (any MetricsFactory)? = nil,
    clock: any Clock<Duration> = ContinuousClock(), wallClock: any WallClock = SystemWallClock()
  ) {
    self.maximumUserClients = maximumUserClients
    self.userClientLifetime = userClientLifetime
    self.circuitBreaker = circuitBreaker
    self.metrics = metrics
    self.clock = clock
    self.wallClock = wallClock
  }
}

/// The clients of some clusters, one for each principal, and what is known of their health.
///
/// Invariants: a client is found only under the very cluster and principal that it was made for;
/// when a connection is replaced, every client of the old one is forgotten in the same step.
/// Whoever still holds one finishes with it: connections close when the last holder lets go.
final class ClusterConnections: Sendable {
  private struct Connected: Sendable {
    var client: KubeClient
    var monitor: ClusterMonitor
  }

  private struct State: Sendable {
    var connected: [ClusterID: Connected] = [:]
    var pool: ClientPool
  }

  let options: ConnectionOptions
  private let state: Mutex<State>
  private let changes = ClusterChangeHub()

  init(_ options: ConnectionOptions) {
    self.options = options
    state = Mutex(
      State(
        pool: ClientPool(
          capacity: options.maximumUserClients, lifetime: options.userClientLifetime, clock: options.clock)))
  }

  var clusters: Set<ClusterID> { state.withLock { Set($0.connected.keys) } }

  func isConnected(_ cluster: ClusterID) -> Bool { state.withLock { $0.connected[cluster] != nil } }

  /// Sets a cluster's way in, in place of the one before.
  /// - Parameter client: With the host's own identity.
  func connect(_ cluster: ClusterID, _ client: KubeClient) {
    let monitor = ClusterMonitor(cluster, options: options) { [changes] in changes.publish([cluster]) }
    let monitored = client.withTransport(MonitoredTransport(base: client.transport, monitor: monitor))
    state.withLock { state in
      state.connected[cluster] = Connected(client: monitored, monitor: monitor)
      state.pool.remove(cluster)
    }
    changes.publish([cluster])
  }

  func disconnect(_ cluster: ClusterID) {
    let wasConnected = state.withLock { state -> Bool in
      state.pool.remove(cluster)
      return state.connected.removeValue(forKey: cluster) != nil
    }
    if wasConnected { changes.publish([cluster]) }
  }

  /// - Returns: Nil for a cluster that is not connected.
  /// - Throws: ``ClusterError`` for a principal that cannot be acted for.
  func client(for cluster: ClusterID, as principal: Principal) throws -> KubeClient? {
    do {
      let (client, count) = try state.withLock { state -> (KubeClient?, Int) in
        guard let base = state.connected[cluster]?.client else { return (nil, state.pool.count) }
        if principal == .server { return (base, state.pool.count) }
        let client = try state.pool.client(for: ClientPool.Key(cluster: cluster, principal: principal)) {
          try base.acting(as: principal)
        }
        return (client, state.pool.count)
      }
      Gauge(label: "kube_cluster_user_clients", dimensions: [], factory: options.metrics ?? MetricsSystem.factory)
        .record(count)
      return client
    } catch {
      throw ClusterError(cluster, error)
    }
  }

  func health(of cluster: ClusterID) -> ClusterHealth? {
    state.withLock { $0.connected[cluster]?.monitor }?.health
  }

  /// Asks a cluster for its version, as the host itself.
  func probe(_ cluster: ClusterID, deadline: Duration) async throws -> ClusterHealth? {
    guard let connected = state.withLock({ $0.connected[cluster] }) else { return nil }
    let client = connected.client.retrying(.none)
    // What goes wrong is in the health.
    if let version = try? await withDeadline(deadline, clock: options.clock, { try await client.serverVersion() }) {
      connected.monitor.learned(version)
    }
    try Task.checkCancellation()
    return connected.monitor.health
  }

  /// Tells those who follow changes.
  func publish(_ clusters: Set<ClusterID>) { changes.publish(clusters) }

  /// See ``ClusterDirectory/changes()``.
  func follow() -> ClusterChanges { changes.subscribe() }
}
