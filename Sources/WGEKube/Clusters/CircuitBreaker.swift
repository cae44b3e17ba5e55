/// Keeps calls away from a cluster that does not answer.
///
/// Problem: a dead cluster costs each caller a connection time-out, and holds a place in every
/// fan-out meanwhile. Idea: after some failures in a row calls fail at once; after a pause one call
/// is let through as a probe, and its outcome decides. The pause doubles with each probe that fails.
///
/// Only the lack of an answer is a failure: a server that refuses is alive. Pure: the caller says
/// what time it is.
struct CircuitBreaker: Sendable, Hashable {
  enum State: Sendable, Hashable {
    /// Calls pass. How many failed in a row.
    case closed(failures: Int)
    /// Calls fail at once until then.
    case open(until: Duration, pause: Duration)
    /// One call is out to see; nobody else passes, unless it takes too long.
    case probing(since: Duration, pause: Duration)
  }

  enum Admission: Sendable, Hashable {
    case pass
    /// This call decides. Its end must be reported, also that it was given up.
    case probe
    /// Not now; a probe is due after that time.
    case refused(Duration)
  }

  let options: CircuitBreakerOptions
  private(set) var state = State.closed(failures: 0)

  init(_ options: CircuitBreakerOptions) { self.options = options }

  var isOpen: Bool { if case .closed = state { false } else { true } }

  mutating func admit(now: Duration) -> Admission {
    switch state {
    case .closed: return .pass
    case .open(let until, let pause):
      guard now >= until else { return .refused(until - now) }
      state = .probing(since: now, pause: pause)
      return .probe
    case .probing(let since, let pause):
      // A probe that nobody heard of again must not close the door for ever.
      let patience = max(pause, options.maximumPause)
      guard now >= since + patience else { return .refused(since + patience - now) }
      state = .probing(since: now, pause: pause)
      return .probe
    }
  }

  /// An answer came, of whatever call: the cluster lives.
  mutating func succeeded() { state = .closed(failures: 0) }

  /// - Returns: True when this failure opened the breaker.
  mutating func failed(now: Duration, isProbe: Bool) -> Bool {
    switch state {
    case .closed(let failures):
      guard failures + 1 >= options.failures else {
        state = .closed(failures: failures + 1)
        return false
      }
      state = .open(until: now + options.pause, pause: options.pause)
      return true
    case .open: return false  // sent before it opened
    case .probing(_, let pause):
      guard isProbe else { return false }
      let longer = min(pause * 2, options.maximumPause)
      state = .open(until: now + longer, pause: longer)
      return false
    }
  }

  /// The probe was given up before it had an outcome: the next call is one.
  mutating func abandoned(now: Duration) {
    if case .probing(_, let pause) = state { state = .open(until: now, pause: pause) }
  }
}

/// When calls to a cluster that does not answer are refused at once.
public struct CircuitBreakerOptions: Sendable, Hashable {
  /// Failures in a row that open the breaker.
  public var failures: Int
  /// How long it stays open the first time; doubles with each probe that fails.
  public var pause: Duration
  /// The longest that it stays open.
  public var maximumPause: Duration

  /// With these values; the properties say what they mean.
  public init(
    failures: Int = KubeDefaults.circuitFailures, pause: Duration = KubeDefaults.circuitPause,
    maximumPause: Duration = KubeDefaults.maximumCircuitPause
  ) {
    self.failures = max(1, failures)
    self.pause = pause
    self.maximumPause = max(pause, maximumPause)
  }

  /// Never refuses a call.
  public static let never = CircuitBreakerOptions(failures: .max)
}
