public import CoreMetrics
internal import DequeModule
public import Logging
internal import Metrics
internal import Synchronization
public import WGECore

/// How serious an event is.
public enum EventType: String, Sendable, Hashable {
  /// Something happened as it should.
  case normal = "Normal"
  /// Somebody should look.
  case warning = "Warning"
}

/// Tells people what happened to an object, as `kubectl describe` shows it: core/v1 Events.
///
/// ```swift
/// recorder.record(.warning, reason: "PromotionFailed", message: "…", regarding: pipeline)
/// ```
/// Recording never waits and never fails: events are sent in the background, equal ones within a
/// window raise a count, many different messages of one reason become one combined event, and what an
/// object has to say beyond its share is dropped and counted, as is what does not fit into the
/// buffer. What the server refuses is logged. Nothing secret belongs in a message.
///
/// Safe to use from any task.
public final class EventRecorder: Sendable {
  /// How a recorder works.
  public struct Options: Sendable {
    /// Equal events within this time of the last one are one event with a count. Default 10 minutes.
    public var window: Duration
    /// Events remembered for that. Default 4096.
    public var cacheSize: Int
    /// Events that may wait to be sent. Default 1024.
    public var buffer: Int
    /// Different messages of one object and reason within the window before they are combined.
    /// Default 10.
    public var similarLimit: Int
    /// Events about one object at once; further ones are dropped. Default 25.
    public var burst: Int
    /// The time after which an object may have one more. Default 5 minutes.
    public var refill: Duration
    /// What the window is measured with.
    public var clock: any Clock<Duration>
    /// What dates the events.
    public var wallClock: any WallClock
    /// Where refused and dropped events are reported.
    public var logger: Logger
    /// Where they are counted; nil for the global metrics system.
    public var metrics: (any MetricsFactory)?

    /// Options with their defaults.
    public init(
      window: Duration = KubeDefaults.eventWindow, cacheSize: Int = KubeDefaults.eventCacheSize,
      buffer: Int = KubeDefaults.eventBuffer, similarLimit: Int = KubeDefaults.eventSimilarLimit,
      burst: Int = KubeDefaults.eventBurst, refill: Duration = KubeDefaults.eventRefill,
      clock: any Clock<Duration> = ContinuousClock(),
      wallClock: any WallClock = SystemWallClock(), logger: Logger = Logger(label: "wge.kube.events"),
      metrics: (any MetricsFactory)? = nil
    ) {
      self.window = window
      self.cacheSize = cacheSize
      self.buffer = max(1, buffer)
      self.similarLimit = max(1, similarLimit)
      self.burst = max(1, burst)
      self.refill = refill
      self.clock = clock
      self.wallClock = wallClock
      self.logger = logger
      self.metrics = metrics
    }
  }

  private struct Waiting: Sendable {
    var identity: EventCorrelator.Identity
    var reference: ObjectReference
    var annotations: [String: String]
    var date: Timestamp
  }

  private struct State: Sendable {
    var waiting: Deque<Waiting> = []
    var correlator: EventCorrelator
    var isSending = false
    var flushes: [CheckedContinuation<Void, Never>] = []
  }

  private let client: KubeClient
  private let component: String
  private let instance: String
  private let options: Options
  private let timeline: Timeline
  private let state: Mutex<State>

  /// - Parameters:
  ///   - client: of the cluster that has the objects.
  ///   - component: who reports, `pipeline-controller`.
  ///   - instance: which of several, often the host name.
  public init(client: KubeClient, component: String, instance: String = "", options: Options = .init()) {
    self.client = client
    self.component = component
    self.instance = instance
    self.options = options
    timeline = Timeline(options.clock)
    state = Mutex(
      State(
        correlator: EventCorrelator(
          window: options.window, capacity: options.cacheSize,
          limits: .init(similar: options.similarLimit, burst: options.burst, refill: options.refill))))
  }

  // MARK: Recording

  /// Reports what happened to an object.
  ///
  /// - Parameters:
  ///   - reason: one word in CamelCase that programs can match, `PromotionFailed`.
  ///   - message: a sentence for people; cut at 1024 bytes.
  ///   - annotations: further facts for programs.
  public func record(
    _ type: EventType, reason: String, message: String, regarding reference: ObjectReference,
    annotations: [String: String] = [:]
  ) {
    let message = Self.cut(message, to: KubeDefaults.maximumEventMessage)
    let event = Waiting(
      identity: .init(regarding: reference, type: type, reason: reason, message: message), reference: reference,
      annotations: annotations, date: options.wallClock.now())
    enum Outcome { case start, queued, dropped }
    let outcome = state.withLock { state -> Outcome in
      guard state.waiting.count < options.buffer else { return .dropped }
      state.waiting.append(event)
      if state.isSending { return .queued }
      state.isSending = true
      return .start
    }
    switch outcome {
    case .queued: break
    case .dropped: count("dropped")
    // The task keeps the recorder alive until everything is sent, and ends then.
    case .start: Task { await self.send() }
    }
  }

  /// Reports what happened to an object.
  public func record(
    _ type: EventType, reason: String, message: String, regarding object: DynamicObject,
    annotations: [String: String] = [:]
  ) {
    record(type, reason: reason, message: message, regarding: ObjectReference(object), annotations: annotations)
  }

  /// Returns when everything recorded so far was sent or given up.
  public func flush() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if !state.isSending { return true }
        state.flushes.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
  }

  // MARK: Sending

  private func send() async {
    while let next = takeNext() {
      let now = timeline.now
      let identity = state.withLock { state -> EventCorrelator.Identity? in
        let identity = state.correlator.combine(next.identity, now: now)
        return state.correlator.admits(identity, now: now) ? identity : nil
      }
      guard let identity else {
        count("rate_limited")
        continue
      }
      do {
        try await send(next, as: identity, now: now)
        count("sent")
      } catch {
        state.withLock { $0.correlator.forget(identity) }
        count("failed")
        options.logger.warning(
          "event not recorded: \(error)",
          metadata: [
            "reason": "\(next.identity.reason)", "object": "\(next.reference.kind) \(next.reference.name)",
          ])
      }
    }
  }

  private func takeNext() -> Waiting? {
    let (next, flushes) = state.withLock { state -> (Waiting?, [CheckedContinuation<Void, Never>]) in
      if let next = state.waiting.popFirst() { return (next, []) }
      state.isSending = false
      defer { state.flushes = [] }
      return (nil, state.flushes)
    }
    for flush in flushes { flush.resume() }
    return next
  }

  private func send(_ event: Waiting, as identity: EventCorrelator.Identity, now: Duration) async throws {
    let message =
      identity.isCombined
      ? Self.cut("(combined from similar events): \(event.identity.message)", to: KubeDefaults.maximumEventMessage)
      : event.identity.message
    let decision = state.withLock { $0.correlator.decide(identity, now: now, date: event.date) }
    switch decision {
    case .create(let name):
      try await client.create(.events, object(event, name: name, message: message))
    case .raise(let key, let count):
      var patch: JSON = ["count": .number(.int(count)), "lastTimestamp": .string(event.date.rfc3339)]
      if identity.isCombined { patch["message"] = .string(message) }
      do {
        try await client.patch(.events, key, .merge(patch))
      } catch let error as KubeError where error.isNotFound {
        // The server forgets events after an hour, by default.
        let name = state.withLock { state -> String? in
          state.correlator.forget(identity)
          guard case .create(let name) = state.correlator.decide(identity, now: now, date: event.date)
          else { return nil }
          return name
        }
        if let name { try await client.create(.events, object(event, name: name, message: message)) }
      }
    }
  }

  private func object(_ event: Waiting, name: String, message: String) throws -> DynamicObject {
    var metadata = ObjectMeta(name: name, namespace: EventCorrelator.namespace(of: event.reference))
    if !event.annotations.isEmpty { metadata.annotations = event.annotations }
    var object = try DynamicObject(apiVersion: "v1", kind: "Event", metadata: metadata)
    let date = JSON.string(event.date.rfc3339)
    object["involvedObject"] = event.reference.json
    object["type"] = .string(event.identity.type.rawValue)
    object["reason"] = .string(event.identity.reason)
    object["message"] = .string(message)
    object["firstTimestamp"] = date
    object["lastTimestamp"] = date
    object["count"] = 1
    object["source"] = ["component": .string(component)]
    object["reportingComponent"] = .string(component)
    object["reportingInstance"] = .string(instance)
    return object
  }

  private func count(_ result: String) {
    Counter(
      label: "events_total", dimensions: [("component", component), ("result", result)],
      factory: options.metrics ?? MetricsSystem.factory
    ).increment()
  }

  /// Whole characters of at most so many bytes.
  static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var result = ""
    var bytes = 3
    for character in text {
      bytes += character.utf8.count
      if bytes > limit { break }
      result.append(character)
    }
    return result + "…"
  }
}
