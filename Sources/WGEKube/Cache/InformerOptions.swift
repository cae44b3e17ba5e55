public import CoreMetrics
public import Logging
public import WGECore

/// How an ``Informer`` fills its store.
public struct InformerOptions<Object: Sendable>: Sendable {
  /// Selectors, paging, delays, clock.
  public var watcher: WatcherOptions
  /// What of each object is kept. Default: everything but field ownership.
  public var transform: ObjectTransform
  /// Functions that name the values under which an object is found. They are called under the
  /// store's lock: compute, and call nothing back.
  public var indexes: [String: @Sendable (Object) -> [String]]
  /// Where interruptions and undecodable objects are reported.
  public var logger: Logger
  /// Where `watch_restarts_total` is counted; nil for the global metrics system.
  public var metrics: (any MetricsFactory)?

  /// Options with their defaults.
  public init(
    watcher: WatcherOptions = .init(), transform: ObjectTransform = .dropManagedFields,
    indexes: [String: @Sendable (Object) -> [String]] = [:], logger: Logger = Logger(label: "wge.kube.informer"),
    metrics: (any MetricsFactory)? = nil
  ) {
    self.watcher = watcher
    self.transform = transform
    self.indexes = indexes
    self.logger = logger
    self.metrics = metrics
  }
}

/// Why a cache cannot be used.
public enum CacheError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The collection was not listed in time. Check the last failure: missing permission to list and
  /// watch, a missing custom resource definition, an unreachable server.
  case notSynced(resource: ResourceType, waited: Duration, lastFailure: String?)
  /// ``Informer/run()`` was called while another call runs.
  case alreadyRunning(resource: ResourceType)

  /// The resource, the problem and what to check.
  public var description: String {
    switch self {
    case .notSynced(let resource, let waited, let failure):
      "\(resource) was not listed within \(waited): \(failure ?? "the server has not answered yet")"
    case .alreadyRunning(let resource):
      "the informer of \(resource) is running already; run it once and share it"
    }
  }
}
