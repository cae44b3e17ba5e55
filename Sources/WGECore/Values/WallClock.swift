#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What time it is, injected wherever a date is written or compared, so that tests set it.
///
/// For waiting and time-outs inject `any Clock<Duration>`; this is only for dates that people and
/// other processes read.
public protocol WallClock: Sendable {
  /// The current instant.
  func now() -> Timestamp
}

/// The system's real-time clock.
public struct SystemWallClock: WallClock {
  /// The system clock.
  public init() {}

  /// The current instant, as the system has it.
  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
  }
}
