internal import WGECore

/// Lets a number of calls through at once and the same number per minute after that.
struct TokenBucket: Sendable {
  private var tokens: Double
  private var last: Timestamp

  init(burst: Int, now: Timestamp) {
    tokens = Double(burst)
    last = now
  }

  /// Nil when the call may go on, else how long to wait.
  mutating func take(perMinute: Int, burst: Int, now: Timestamp) -> Duration? {
    let rate = Double(max(1, perMinute)) / 60
    let passed = now.duration(since: last)
    if passed < .zero {
      tokens = Double(burst)  // the clock was set back: what was counted means nothing any more
    } else {
      let (seconds, attoseconds) = passed.components
      tokens = min(Double(max(1, burst)), tokens + (Double(seconds) + Double(attoseconds) * 1e-18) * rate)
    }
    last = now
    guard tokens < 1 else {
      tokens -= 1
      return nil
    }
    return .seconds((1 - tokens) / rate)
  }
}
