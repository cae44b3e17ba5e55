/// How long to wait before the next attempt after a number of failed ones.
///
/// The delay doubles (or grows by ``factor``) from ``initial`` up to ``cap``, then a random part of
/// it, up to ``jitter`` of the whole, is taken away, so that many clients that failed together do
/// not come back together and the cap is never exceeded.
public struct Backoff: Sendable, Hashable {
  /// The delay after the first failure, before jitter.
  public var initial: Duration
  /// What each further failure multiplies the delay by. 1 to 1000.
  public var factor: Double
  /// The longest delay.
  public var cap: Duration
  /// The part of a delay that is random: 0 for none, 1 for all of it.
  public var jitter: Double

  /// Values outside their ranges are brought to the nearest bound.
  public init(initial: Duration, factor: Double = 2, cap: Duration, jitter: Double = 0.5) {
    self.initial = max(.zero, initial)
    self.factor = factor.isFinite ? min(1000, max(1, factor)) : 2
    self.cap = max(.zero, cap)
    self.jitter = jitter.isFinite ? min(1, max(0, jitter)) : 0
  }

  /// - Parameters:
  ///   - failures: how many attempts failed in a row; 0 and less give no delay.
  ///   - random: uniform in 0..<1; decides the jitter.
  public func delay(afterFailures failures: Int, random: Double) -> Duration {
    guard failures > 0 else { return .zero }
    var delay = initial
    var remaining = failures - 1
    // Ends after log(cap / initial) rounds at the latest unless the factor is 1 or the delay is 0,
    // which do not change the result.
    while remaining > 0, delay < cap, factor > 1, delay > .zero {
      delay = delay * factor
      remaining -= 1
    }
    delay = min(delay, cap)
    let share = jitter * min(1, max(0, random.isFinite ? random : 0))
    // Multiplying by 1 would round long delays to what a double holds.
    return share > 0 ? delay * (1 - share) : delay
  }
}

/// A source of uniform numbers in 0..<1, injected where a delay is jittered.
typealias RandomUnit = @Sendable () -> Double

let systemRandomUnit: RandomUnit = { Double.random(in: 0..<1) }
