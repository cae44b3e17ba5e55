/// A clock read as the time passed since the timeline was made.
///
/// `any Clock<Duration>` has no usable instants: they cannot be compared or subtracted once the
/// clock's type is gone. Opening the clock once and speaking in durations since a start keeps every
/// state machine free of generics: they take `now: Duration`.
struct Timeline: Sendable {
  private let elapsed: @Sendable () -> Duration
  private let sleeper: @Sendable (Duration) async throws -> Void

  init(_ clock: any Clock<Duration>) { self = Self.open(clock) }

  private init(
    elapsed: @escaping @Sendable () -> Duration, sleeper: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.elapsed = elapsed
    self.sleeper = sleeper
  }

  private static func open<C: Clock<Duration>>(_ clock: C) -> Timeline {
    let start = clock.now
    return Timeline(
      elapsed: { start.duration(to: clock.now) },
      sleeper: { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) })
  }

  /// The time since the timeline was made.
  var now: Duration { elapsed() }

  /// Waits until that time, but no longer than ``longestSleep``; returns at once when it has passed.
  /// - Throws: `CancellationError`.
  func sleep(until time: Duration) async throws {
    try await sleeper(min(time, elapsed() + Self.longestSleep))
  }

  /// - Throws: `CancellationError`.
  func sleep(for duration: Duration) async throws { try await sleep(until: elapsed() + duration) }

  /// Ten years. System timers count nanoseconds in 64 bits, and an interval that somebody wrote into
  /// an object may be longer than they hold.
  private static let longestSleep: Duration = .seconds(315_360_000)
}
