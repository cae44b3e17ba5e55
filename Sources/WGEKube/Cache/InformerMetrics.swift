internal import CoreMetrics
internal import Metrics
internal import WGECore

/// What an informer counts. `reflector_…` are client-go's names.
struct InformerMetrics: Sendable {
  private let factory: any MetricsFactory
  private let resource: String
  private let objects: Gauge
  private let lists: Counter
  private let watches: Counter
  private let relists: Counter

  init(resource: ResourceType, factory: (any MetricsFactory)?) {
    let factory = factory ?? MetricsSystem.factory
    self.factory = factory
    self.resource = resource.groupResource
    let dimensions = [("resource", resource.groupResource)]
    objects = Gauge(label: "informer_objects", dimensions: dimensions, factory: factory)
    lists = Counter(label: "reflector_lists_total", dimensions: dimensions, factory: factory)
    watches = Counter(label: "reflector_watches_total", dimensions: dimensions, factory: factory)
    relists = Counter(label: "informer_relists_total", dimensions: dimensions, factory: factory)
  }

  /// A list was completed.
  func listed() { lists.increment() }

  /// The server accepted a watch.
  func watching() { watches.increment() }

  /// So many objects are kept.
  func holds(_ count: Int) { objects.record(count) }

  /// The watch broke off.
  func interrupted(_ interruption: WatchInterruption) {
    if interruption.relists { relists.increment() }
    Counter(
      label: "watch_restarts_total",
      dimensions: [
        ("resource", resource), ("reason", interruption.failure.kind.rawValue),
        ("relist", interruption.relists ? "true" : "false"),
      ],
      factory: factory
    ).increment()
  }
}
