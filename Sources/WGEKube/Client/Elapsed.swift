/// A stopwatch on an injected clock: a ``Timeline`` of which only the present counts.
struct Elapsed: Sendable {
  private let timeline: Timeline

  /// Starts now.
  init(_ clock: any Clock<Duration>) { timeline = Timeline(clock) }

  /// The time since the start.
  var duration: Duration { timeline.now }
}
