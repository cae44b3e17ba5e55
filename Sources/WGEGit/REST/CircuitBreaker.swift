internal import WGECore

/// Spares a host that fails: after so many failures in a row no request goes out for a while, then one
/// goes ahead to see. A value without a clock; ``RequestGovernor`` tells it the time.
struct CircuitBreaker: Sendable {
  /// What a request that went out showed about the host.
  enum Evidence: Sendable {
    /// It answered, with whatever but a failure of its own.
    case works
    /// It answered 5xx, or not in time.
    case fails
    /// Nothing: the request was cancelled or never arrived.
    case none
  }

  private enum State: Sendable {
    case closed(failures: Int)
    case open(until: Timestamp)
    /// One request looks whether the host works again.
    case probing
  }

  private let threshold: Int
  private let pause: Duration
  private var state = State.closed(failures: 0)

  /// - Parameters:
  ///   - threshold: failures in a row that open it.
  ///   - pause: how long it stays open.
  init(threshold: Int = GitDefaults.circuitFailures, pause: Duration = GitDefaults.circuitPause) {
    self.threshold = max(threshold, 1)
    self.pause = pause
  }

  /// How long a request has to stay away; nil: it may go.
  func remaining(at now: Timestamp) -> Duration? {
    switch state {
    case .closed: return nil
    case .probing: return GitDefaults.pollInterval
    case .open(let end):
      let rest = end.duration(since: now)
      // Longer than it was opened for: the wall clock was set back.
      return rest > .zero && rest <= pause ? rest : nil
    }
  }

  /// A request that may go does; the first one after the pause is the probe.
  mutating func admit() {
    if case .open = state { state = .probing }
  }

  /// What an admitted request showed.
  mutating func record(_ evidence: Evidence, at now: Timestamp) {
    switch (evidence, state) {
    case (.works, _): state = .closed(failures: 0)
    case (.fails, .closed(let failures)):
      state = failures + 1 >= threshold ? .open(until: now.advanced(by: pause)) : .closed(failures: failures + 1)
    case (.fails, .probing): state = .open(until: now.advanced(by: pause))
    // The next one is the probe.
    case (.none, .probing): state = .open(until: now)
    case (.fails, .open), (.none, _): break
    }
  }
}
