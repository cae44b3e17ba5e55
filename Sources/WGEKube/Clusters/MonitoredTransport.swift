internal import CoreMetrics
internal import Metrics
internal import Synchronization
internal import WGECore

/// Watches over the way to one cluster: notes what becomes of each call, and keeps calls away while
/// none is answered. One for each connection: after a rotation of credentials it begins anew.
///
/// Metrics, all with the label `cluster`: `kube_cluster_reachable` (1 or 0),
/// `kube_cluster_failures_total` (also by `kind`), `kube_cluster_circuit_opened_total`,
/// `kube_cluster_refused_total`.
final class ClusterMonitor: Sendable {
  private struct State {
    var breaker: CircuitBreaker
    var health = ClusterHealth()
  }

  let cluster: ClusterID
  private let timeline: Timeline
  private let wallClock: any WallClock
  private let factory: any MetricsFactory
  private let changed: @Sendable () -> Void
  private let state: Mutex<State>

  /// - Parameter changed: Called when the cluster becomes reachable or ceases to be.
  init(
    _ cluster: ClusterID, options: ConnectionOptions, changed: @escaping @Sendable () -> Void
  ) {
    self.cluster = cluster
    timeline = Timeline(options.clock)
    wallClock = options.wallClock
    factory = options.metrics ?? MetricsSystem.factory
    self.changed = changed
    state = Mutex(State(breaker: CircuitBreaker(options.circuitBreaker)))
  }

  var health: ClusterHealth {
    state.withLock { state in
      var health = state.health
      health.isCircuitOpen = state.breaker.isOpen
      return health
    }
  }

  func learned(_ version: ServerVersion) { state.withLock { $0.health.version = version } }

  /// Runs a call if the cluster is to be asked at all.
  func call<Answer: Sendable>(_ send: () async throws -> Answer) async throws -> Answer {
    let begin = timeline.now
    let (admission, last) = state.withLock { ($0.breaker.admit(now: begin), $0.health.lastError?.error.message) }
    if case .refused(let wait) = admission {
      counter("kube_cluster_refused_total").increment()
      throw KubeError.transport(
        TransportFailure(
          .circuitOpen,
          message: "cluster \(cluster) is not asked for another \(Self.seconds(wait)) s, "
            + "since it did not answer before: \(last ?? "no answer")"))
    }
    let isProbe = admission == .probe
    do {
      let answer = try await send()
      succeeded()
      return answer
    } catch {
      failed(error, isProbe: isProbe, after: timeline.now - begin)
      throw error
    }
  }

  private func succeeded() {
    let now = wallClock.now()
    let isNews = state.withLock { state -> Bool in
      state.breaker.succeeded()
      state.health.failuresInARow = 0
      state.health.lastSeen = now
      defer { state.health.isReachable = true }
      return state.health.isReachable != true
    }
    guard isNews else { return }
    gauge.record(1)
    changed()
  }

  private func failed(_ error: any Error, isProbe: Bool, after duration: Duration) {
    let now = timeline.now
    guard let failure = Self.failure(error, after: duration) else {
      // Not the cluster's doing, and no sign of life either.
      if isProbe { state.withLock { $0.breaker.abandoned(now: now) } }
      return
    }
    let date = wallClock.now()
    let (isNews, opened) = state.withLock { state -> (Bool, Bool) in
      let opened = state.breaker.failed(now: now, isProbe: isProbe)
      if state.health.failuresInARow < .max { state.health.failuresInARow += 1 }
      state.health.lastError = .init(error: ClusterError(cluster, KubeError.transport(failure)), time: date)
      defer { state.health.isReachable = false }
      return (state.health.isReachable != false, opened)
    }
    counter("kube_cluster_failures_total", ("kind", failure.kind.rawValue)).increment()
    if opened { counter("kube_cluster_circuit_opened_total").increment() }
    guard isNews else { return }
    gauge.record(0)
    changed()
  }

  /// The lack of an answer, when the error is one.
  private static func failure(_ error: any Error, after duration: Duration) -> TransportFailure? {
    switch error {
    case let error as KubeError:
      guard case .transport(let failure) = error else { return nil }
      switch failure.kind {
      case .cannotResolve, .cannotConnect, .tls, .timedOut, .connectionLost, .protocolViolation: return failure
      case .tooLarge, .closed, .credentials, .circuitOpen: return nil
      }
    case is CancellationError:
      // Whoever waits with a deadline of their own cancels before the transport's time-outs pass.
      guard duration >= KubeDefaults.silentAfter else { return nil }
      return TransportFailure(.timedOut, message: "no answer within \(seconds(duration)) s")
    default: return nil
    }
  }

  private static func seconds(_ duration: Duration) -> Int64 {
    let (seconds, rest) = duration.components
    return rest > 0 ? seconds &+ 1 : seconds
  }

  private var gauge: Gauge {
    Gauge(label: "kube_cluster_reachable", dimensions: [("cluster", cluster.description)], factory: factory)
  }

  private func counter(_ label: String, _ more: (String, String)...) -> Counter {
    Counter(label: label, dimensions: [("cluster", cluster.description)] + more, factory: factory)
  }
}

/// A transport whose calls a monitor sees.
struct MonitoredTransport: KubeTransport {
  let base: any KubeTransport
  let monitor: ClusterMonitor

  func send(_ request: KubeRequest) async throws -> KubeResponse {
    try await monitor.call { try await base.send(request) }
  }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream {
    try await monitor.call { try await base.stream(request) }
  }
}
