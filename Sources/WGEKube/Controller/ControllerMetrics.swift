internal import CoreMetrics
internal import Metrics
internal import Synchronization
internal import WGECore

/// What a controller counts. Names follow client-go and controller-runtime, so that dashboards made
/// for those work.
final class ControllerMetrics: Sendable {
  enum Outcome: String, CaseIterable, Sendable {
    case success
    case requeueAfter = "requeue_after"
    case error
    case terminal
    case timeout
    case cancelled

    var isError: Bool { self == .error || self == .terminal || self == .timeout }
  }

  private let depth: Gauge
  private let processing: Gauge
  private let unfinished: Gauge
  private let longestRunning: Gauge
  private let adds: Counter
  private let retries: Counter
  private let queueTime: Metrics.Timer
  private let workTime: Metrics.Timer
  private let reconcileTime: Metrics.Timer
  private let totals: [Outcome: Counter]
  private let errors: Counter
  private let terminal: Counter
  private let timeouts: Counter
  private let slow: Counter
  private let abandoned: Counter
  private let counted = Mutex((adds: 0, retries: 0))

  init(controller: String, concurrency: Int, factory: (any MetricsFactory)?) {
    let factory = factory ?? MetricsSystem.factory
    let queue = [("controller", controller), ("name", controller)]
    let dimensions = [("controller", controller)]
    func timer(_ label: String, _ dimensions: [(String, String)]) -> Metrics.Timer {
      Timer(label: label, dimensions: dimensions, preferredDisplayUnit: .seconds, factory: factory)
    }
    func runtime(_ label: String) -> Counter {
      Counter(label: "controller_runtime_\(label)", dimensions: dimensions, factory: factory)
    }
    depth = Gauge(label: "workqueue_depth", dimensions: queue, factory: factory)
    unfinished = Gauge(label: "workqueue_unfinished_work_seconds", dimensions: queue, factory: factory)
    longestRunning = Gauge(label: "workqueue_longest_running_processor_seconds", dimensions: queue, factory: factory)
    adds = Counter(label: "workqueue_adds_total", dimensions: queue, factory: factory)
    retries = Counter(label: "workqueue_retries_total", dimensions: queue, factory: factory)
    queueTime = timer("workqueue_queue_duration_seconds", queue)
    workTime = timer("workqueue_work_duration_seconds", queue)
    reconcileTime = timer("controller_runtime_reconcile_time_seconds", dimensions)
    processing = Gauge(label: "controller_runtime_active_workers", dimensions: dimensions, factory: factory)
    totals = Dictionary(
      uniqueKeysWithValues: Outcome.allCases.map { outcome in
        (
          outcome,
          Counter(
            label: "controller_runtime_reconcile_total", dimensions: dimensions + [("result", outcome.rawValue)],
            factory: factory)
        )
      })
    errors = runtime("reconcile_errors_total")
    terminal = runtime("terminal_reconcile_errors_total")
    timeouts = runtime("reconcile_timeouts_total")
    // These two are ours: Go programs have no such thing.
    slow = runtime("reconcile_slow_total")
    abandoned = runtime("reconcile_abandoned_total")
    Gauge(label: "controller_runtime_max_concurrent_reconciles", dimensions: dimensions, factory: factory)
      .record(concurrency)
  }

  func reconciled(_ outcome: Outcome, time: Duration) {
    totals[outcome]?.increment()
    if outcome.isError { errors.increment() }
    if outcome == .terminal { terminal.increment() }
    if outcome == .timeout { timeouts.increment() }
    reconcileTime.record(duration: time)
    workTime.record(duration: time)
  }

  func taken(waited: Duration) { queueTime.record(duration: waited) }
  func isSlow() { slow.increment() }
  func wasAbandoned() { abandoned.increment() }

  /// How long the reconciles that run now have been running.
  func running(for times: [Duration]) {
    unfinished.record(times.reduce(.zero, +).fractionalSeconds)
    longestRunning.record((times.max() ?? .zero).fractionalSeconds)
  }

  /// Brings the queue's metrics up to its figures, which must come in the order in which they were read.
  func observe(_ figures: WorkQueue<ObjectKey>.Figures) {
    depth.record(figures.depth)
    processing.record(figures.processing)
    let (newAdds, newRetries) = counted.withLock { last in
      defer { last = (figures.adds, figures.retries) }
      return (figures.adds - last.adds, figures.retries - last.retries)
    }
    if newAdds > 0 { adds.increment(by: Int64(newAdds)) }
    if newRetries > 0 { retries.increment(by: Int64(newRetries)) }
  }
}

extension Duration {
  /// For people and gauges.
  var fractionalSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
