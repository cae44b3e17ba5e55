/// The decisions of a watcher, without its I/O.
///
/// The problem: keep a copy of a collection that lives on a server, through dropped connections,
/// expired resource versions and servers that misbehave, without missing a change and without
/// hammering the server.
///
/// The idea: one value that knows what was asked for last, and one function, ``step(_:random:)``,
/// that is told what came of it and answers with what to ask next. The driver
/// (``WatcherEngine``) performs requests and carries objects; it decides nothing.
///
/// ```
///          start                last page            410, lost its place
///   idle ────────▶ listing ──────────────▶ watching ─────────────────────┐
///                 ▲  │ ▲ next page          │  ▲ ended: watch again       │
///                 │  └─┘                    │  │                          │
///                 │   failed                │  │ failed                   │
///                 ├──────────▶ backing off ◀┴──┘                          │
///                 └───────────────────────────────────────────────────────┘
/// ```
///
/// Invariants:
/// - ``Signal/restarting`` comes before the first object of a list, ``Signal/restarted`` only after
///   the last one: whoever compares what was listed between them with what it knew before finds
///   every deletion, however long the watcher was away.
/// - A watch starts at the resource version of the list before it or of the last event seen, never
///   at "now", so there is no gap between them.
/// - Any sequence of failures without a healthy period in between is answered with growing delays.
struct WatcherState: Sendable, Hashable {
  /// What was asked for and is being waited for.
  enum Phase: Sendable, Hashable {
    case idle
    /// A page of a list; without a token the first one.
    case listing(token: String?)
    /// A watch that first delivers the objects that exist (a streaming list, KEP-3157).
    case streamingList
    /// A watch of what follows a resource version.
    case watching(resourceVersion: String)
    /// The time after which the request is made.
    case backingOff(Request)
  }

  /// What the driver is to ask the server.
  enum Request: Sendable, Hashable {
    /// A page of the collection. `limit` nil asks for all of it at once; `resourceVersion` nil for
    /// the newest state.
    case list(token: String?, limit: Int?, resourceVersion: String?)
    case streamList
    case watch(resourceVersion: String)
  }

  enum Command: Sendable, Hashable {
    case perform(Request)
    /// Wait, then step with ``Input/waited``.
    case wait(Duration)
  }

  enum Input: Sendable, Hashable {
    case start
    /// A page arrived. `next` is the continue token of the following one.
    case page(next: String?, resourceVersion: String)
    /// An ADDED, MODIFIED or DELETED event.
    case change(resourceVersion: String, isDeletion: Bool = false)
    case bookmark(resourceVersion: String, endsInitialEvents: Bool)
    /// A request was refused, its stream broke or an ERROR event came, so long after it was made.
    case failed(WatchFailure, after: Duration)
    /// The server closed a watch without complaint.
    case ended(after: Duration)
    case waited
  }

  /// What the driver tells the consumer, in this order.
  enum Signal: Sendable, Hashable {
    case restarting
    /// The objects of the page, or the object of the change, as part of a list.
    case listed
    case restarted
    /// The object of the change.
    case changed
    case interrupted(WatchInterruption)
  }

  struct Transition: Sendable, Hashable {
    var signals: [Signal] = []
    /// Nil: go on reading the stream that is open.
    var command: Command?
  }

  struct Settings: Sendable, Hashable {
    var pageSize: Int?
    var initialList: WatcherOptions.InitialList
    var backoff: Backoff
    var healthyAfter: Duration
    /// The longest that a server's Retry-After is obeyed.
    var retryAfterCap: Duration = KubeDefaults.maximumWatchRetryAfter
    /// Torn or senseless watch answers in a row after which the place is given up and listed anew,
    /// so that one event that cannot be read does not stop a watcher for good.
    var malformedLimit = 3
  }

  let settings: Settings
  private(set) var phase: Phase = .idle
  /// Failures since the last healthy period.
  private(set) var failures = 0
  private var malformed = 0
  /// Lists that expired half way since one succeeded.
  private var expiredLists = 0
  private var streamingUnsupported = false
  /// Streaming lists in a row that ended before their end was announced.
  private var endlessStreams = 0
  /// True once any list succeeded: from then on old state must not be read again.
  private var hasListed = false
  /// The resource version of the first page: where the watch starts. Later pages may be newer.
  private var listVersion: String?
  /// Set by the first change of a watch; an end without any is suspicious.
  private var receivedChange = false

  init(settings: Settings) { self.settings = settings }

  // MARK: The step function

  /// - Parameter random: uniform in 0..<1, for jitter.
  mutating func step(_ input: Input, random: Double) -> Transition {
    switch (phase, input) {
    case (.idle, .start):
      return Transition(command: .perform(begin(firstList())))

    case (.backingOff(let request), .waited):
      return Transition(command: .perform(begin(request)))

    case (.listing(let token), .page(let next, let resourceVersion)):
      return pageArrived(token: token, next: next, resourceVersion: resourceVersion, random: random)
    case (.listing(let token), .failed(let failure, _)):
      return listFailed(failure, token: token, random: random)

    case (.streamingList, .change):
      return Transition(signals: [.listed])
    case (.streamingList, .bookmark(let resourceVersion, true)) where !resourceVersion.isEmpty:
      listCompleted()
      phase = .watching(resourceVersion: resourceVersion)
      return Transition(signals: [.restarted])
    case (.streamingList, .bookmark):
      return Transition()
    case (.streamingList, .failed(let failure, _)):
      return streamFailed(failure, random: random)
    case (.streamingList, .ended(let after)):
      // Servers before 1.27 ignore the wish for initial events: they send objects, but no end of them.
      endlessStreams += 1
      if after >= settings.healthyAfter || endlessStreams >= 2 { streamingUnsupported = true }
      let failure = WatchFailure(.transient, "the server closed the watch before it had sent all objects")
      return backOff(failure, then: firstList(), random: random)

    case (.watching(let old), .change(let resourceVersion, let isDeletion)):
      receivedChange = true
      malformed = 0
      if ResourceVersionOrder.isOlder(resourceVersion, than: old) {
        // Seen already: something on the way repeats itself. What is gone may be back, so an addition
        // is dropped here; a deletion is for the consumer to judge, for none must be lost.
        return Transition(signals: isDeletion ? [.changed] : [])
      }
      phase = .watching(resourceVersion: Self.newer(resourceVersion, than: old))
      return Transition(signals: [.changed])
    case (.watching(let old), .bookmark(let resourceVersion, _)):
      phase = .watching(resourceVersion: Self.newer(resourceVersion, than: old))
      return Transition()
    case (.watching(let resourceVersion), .failed(let failure, let after)):
      return watchFailed(failure, resourceVersion: resourceVersion, after: after, random: random)
    case (.watching(let resourceVersion), .ended(let after)):
      return watchEnded(resourceVersion: resourceVersion, after: after, random: random)

    default:
      // An answer to a question that was not asked: a driver's mistake, which must not stop the
      // watcher in a release build. Starting over is always correct.
      assertionFailure("watcher in phase \(phase) cannot take \(input)")
      let failure = WatchFailure(.malformed, "unexpected \(input) while \(phase)")
      return backOff(failure, then: firstList(), random: random)
    }
  }

  // MARK: Lists

  private func firstList() -> Request {
    if case .streaming = settings.initialList, !streamingUnsupported { return .streamList }
    if case .cached = settings.initialList, !hasListed {
      return .list(token: nil, limit: pageLimit, resourceVersion: "0")
    }
    return .list(token: nil, limit: pageLimit, resourceVersion: nil)
  }

  /// A collection whose lists expire half way again and again is asked for in one piece.
  private var pageLimit: Int? { expiredLists >= 2 ? nil : settings.pageSize }

  private mutating func begin(_ request: Request) -> Request {
    receivedChange = false
    switch request {
    case .list(let token, _, _): phase = .listing(token: token)
    case .streamList: phase = .streamingList
    case .watch(let resourceVersion): phase = .watching(resourceVersion: resourceVersion)
    }
    return request
  }

  private mutating func listCompleted() {
    hasListed = true
    expiredLists = 0
    endlessStreams = 0
    malformed = 0
    listVersion = nil
  }

  private mutating func pageArrived(
    token: String?, next: String?, resourceVersion: String, random: Double
  ) -> Transition {
    if token == nil { listVersion = resourceVersion }
    let start = listVersion ?? resourceVersion
    guard !start.isEmpty, start != "0" else {
      let failure = WatchFailure(.malformed, "the list has no resource version to watch from")
      return backOff(failure, then: firstList(), random: random)
    }
    var signals: [Signal] = token == nil ? [.restarting, .listed] : [.listed]
    if let next, !next.isEmpty {
      return Transition(
        signals: signals, command: .perform(begin(.list(token: next, limit: pageLimit, resourceVersion: nil))))
    }
    signals.append(.restarted)
    listCompleted()
    return Transition(signals: signals, command: .perform(begin(.watch(resourceVersion: start))))
  }

  private mutating func listFailed(_ failure: WatchFailure, token: String?, random: Double) -> Transition {
    switch failure.kind {
    case .expired where token != nil:
      expiredLists += 1
      return startOver(failure, random: random)
    case .expired, .versionAhead, .unsupported:
      // Only a list that asks for a certain version can be refused for it; from here on ask for the
      // newest state.
      hasListed = true
      return startOver(failure, random: random)
    case .malformed, .notFound:
      return backOff(failure, then: firstList(), random: random)
    case .refused, .transient:
      let request: Request =
        token == nil ? firstList() : .list(token: token, limit: pageLimit, resourceVersion: nil)
      return backOff(failure, then: request, random: random)
    }
  }

  private mutating func streamFailed(_ failure: WatchFailure, random: Double) -> Transition {
    if failure.kind == .unsupported {
      streamingUnsupported = true
      return Transition(
        signals: [.interrupted(WatchInterruption(failure: failure, delay: .zero, relists: true))],
        command: .perform(begin(firstList())))
    }
    return backOff(failure, then: .streamList, random: random)
  }

  // MARK: Watches

  private mutating func watchFailed(
    _ failure: WatchFailure, resourceVersion: String, after: Duration, random: Double
  ) -> Transition {
    if after >= settings.healthyAfter { failures = 0 }
    switch failure.kind {
    case .expired, .versionAhead:
      return startOver(failure, random: random)
    case .notFound, .unsupported:
      return backOff(failure, then: firstList(), random: random)
    case .malformed:
      malformed += 1
      if malformed >= settings.malformedLimit { return backOff(failure, then: firstList(), random: random) }
      return backOff(failure, then: .watch(resourceVersion: resourceVersion), random: random)
    case .refused, .transient:
      return backOff(failure, then: .watch(resourceVersion: resourceVersion), random: random)
    }
  }

  private mutating func watchEnded(resourceVersion: String, after: Duration, random: Double) -> Transition {
    if after >= settings.healthyAfter { failures = 0 }
    // Servers end watches every few minutes; that costs nothing. One that ends them at once and
    // empty is in trouble.
    if after >= settings.healthyAfter || receivedChange {
      return Transition(command: .perform(begin(.watch(resourceVersion: resourceVersion))))
    }
    let failure = WatchFailure(.transient, "the server closed the watch at once")
    return backOff(failure, then: .watch(resourceVersion: resourceVersion), random: random)
  }

  // MARK: Delays

  /// Lists anew: at once the first time, with delays when it keeps happening.
  private mutating func startOver(_ failure: WatchFailure, random: Double) -> Transition {
    if failures > 0 || failure.retryAfter != nil { return backOff(failure, then: firstList(), random: random) }
    failures = 1
    return Transition(
      signals: [.interrupted(WatchInterruption(failure: failure, delay: .zero, relists: true))],
      command: .perform(begin(firstList())))
  }

  private mutating func backOff(_ failure: WatchFailure, then request: Request, random: Double) -> Transition {
    failures = failures < Int.max ? failures + 1 : failures
    var delay = settings.backoff.delay(afterFailures: failures, random: random)
    if let asked = failure.retryAfter { delay = max(delay, min(asked, settings.retryAfterCap)) }
    phase = .backingOff(request)
    let relists = if case .watch = request { false } else { true }
    return Transition(
      signals: [.interrupted(WatchInterruption(failure: failure, delay: delay, relists: relists))],
      command: .wait(delay))
  }

  /// Objects and bookmarks without a resource version, or with an older one, do not move the place.
  private static func newer(_ resourceVersion: String, than old: String) -> String {
    if resourceVersion.isEmpty || resourceVersion == "0" { return old }
    return ResourceVersionOrder.isOlder(resourceVersion, than: old) ? old : resourceVersion
  }
}
