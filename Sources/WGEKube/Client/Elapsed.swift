/// A stopwatch on an injected clock.
struct Elapsed: Sendable {
  private let read: @Sendable () -> Duration

  /// Starts now.
  init(_ clock: any Clock<Duration>) {
    func start<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
      let begin = clock.now
      return { begin.duration(to: clock.now) }
    }
    read = start(clock)
  }

  /// The time since the start.
  var duration: Duration { read() }
}
