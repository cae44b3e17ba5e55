internal import Synchronization
public import WGECore

/// A wall clock that shows the time it was set to.
///
/// Safe to use from any task.
public final class ManualWallClock: WallClock {
  private let time: Mutex<Timestamp>

  /// A clock that shows the given instant until it is told otherwise. The default is
  /// 2026-01-01T00:00:00Z.
  public init(_ now: Timestamp = Timestamp(seconds: 1_767_225_600)) { time = Mutex(now) }

  /// The instant last set.
  public func now() -> Timestamp { time.withLock { $0 } }

  /// Shows another instant, earlier or later.
  public func set(_ now: Timestamp) { time.withLock { $0 = now } }

  /// Moves the time shown, forwards or (with a negative duration) backwards.
  public func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}
