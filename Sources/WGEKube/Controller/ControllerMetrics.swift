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
  }

  private let depth: Gauge
  private let processing: Gauge
  private let adds: Counter
  private let retries: Counter
  private let queueTime: Metrics.Timer
  private let workTime: Metrics.Timer
  private let totals: [Outcome: Counter]
  private let slow: Counter
  private let abandoned: Counter
  private let counted = Mutex((adds: 0, retries: 0))

  init(controller: String, factory: (any MetricsFactory)?) {
    let factory = factory ?? MetricsSystem.factory
    let name = [("name", controller)]
    let dimensions = [("controller", controller)]
    depth = Gauge(label: "workqueue_depth", dimensions: name, factory: factory)
    processing = Gauge(label: "workqueue_processing", dimensions: name, factory: factory)
    adds = Counter(label: "workqueue_adds_total", dimensions: name, factory: factory)
    retries = Counter(label: "workqueue_retries_total", dimensions: name, factory: factory)
    queueTime = Timer(
      label: "workqueue_queue_duration_seconds", dimensions: name, preferredDisplayUnit: .seconds, factory: factory)
    workTime = Timer(
      label: "controller_reconcile_time_seconds", dimensions: dimensions, preferredDisplayUnit: .seconds,
      factory: factory)
    totals = Dictionary(
      uniqueKeysWithValues: Outcome.allCases.map { outcome in
        (
          outcome,
          Counter(
            label: "controller_reconcile_total", dimensions: dimensions + [("result", outcome.rawValue)],
            factory: factory)
        )
      })
    slow = Counter(label: "controller_reconcile_slow_total", dimensions: dimensions, factory: factory)
    abandoned = Counter(label: "controller_reconcile_abandoned_total", dimensions: dimensions, factory: factory)
  }

  func reconciled(_ outcome: Outcome, time: Duration) {
    totals[outcome]?.increment()
    workTime.record(duration: time)
  }

  func taken(waited: Duration) { queueTime.record(duration: waited) }
  func isSlow() { slow.increment() }
  func wasAbandoned() { abandoned.increment() }

  /// Brings the queue's metrics up to its figures.
  func observe(_ figures: WorkQueue<ObjectKey>.Figures) {
    depth.record(figures.depth)
    processing.record(figures.processing)
    let (newAdds, newRetries) = counted.withLock { last in
      // Figures read by two tasks may arrive here out of order; a counter only rises.
      defer { last = (max(last.adds, figures.adds), max(last.retries, figures.retries)) }
      return (figures.adds - last.adds, figures.retries - last.retries)
    }
    if newAdds > 0 { adds.increment(by: Int64(newAdds)) }
    if newRetries > 0 { retries.increment(by: Int64(newRetries)) }
  }
}
