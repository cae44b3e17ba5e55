/// An instant in UTC with nanosecond resolution, as `metav1.Time` and `metav1.MicroTime` carry it.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
  public let seconds: Int64
  /// Nanoseconds past ``seconds``, 0 to 999,999,999.
  public let nanoseconds: Int32

  /// Nanoseconds outside 0 to 999,999,999 are carried into the seconds.
  public init(seconds: Int64, nanoseconds: Int64 = 0) {
    let (carry, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let borrow: Int64 = rest < 0 ? 1 : 0
    self.seconds = seconds &+ carry &- borrow
    self.nanoseconds = Int32(rest + borrow * 1_000_000_000)
  }

  /// Earlier is less.
  public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
    (lhs.seconds, lhs.nanoseconds) < (rhs.seconds, rhs.nanoseconds)
  }

  /// This instant moved by a duration (nanosecond resolution; saturates nowhere near real dates).
  public func advanced(by duration: Duration) -> Timestamp {
    let (seconds, attoseconds) = duration.components
    return Timestamp(
      seconds: self.seconds &+ seconds, nanoseconds: Int64(nanoseconds) + attoseconds / 1_000_000_000)
  }

  /// The time from another instant to this one; negative when that one is later.
  public func duration(since other: Timestamp) -> Duration {
    .seconds(seconds &- other.seconds) + .nanoseconds(Int64(nanoseconds - other.nanoseconds))
  }
}
