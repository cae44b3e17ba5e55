/// A condition did not become true in time.
public struct TimeoutError: Error, CustomStringConvertible {
  /// What was waited for.
  public let what: String
  /// How long.
  public let timeout: Duration

  /// `timed out after 30.0 seconds: what`.
  public var description: String { "timed out after \(timeout): \(what)" }
}

/// Asks again and again, in real time, until the condition holds.
///
/// - Parameters:
///   - what: the condition in words, for the error.
///   - timeout: generous, since it costs nothing when the condition holds. Default 100 s,
///     less than the time limits of suites, so that the error says which condition it was.
///   - interval: the pause between two questions. Default 5 ms.
/// - Throws: ``TimeoutError``, `CancellationError`, or what the condition throws.
public func eventually(
  _ what: String = "the condition holds", timeout: Duration = .seconds(100), interval: Duration = .milliseconds(5),
  isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
  let clock = ContinuousClock()
  let deadline = clock.now.advanced(by: timeout)
  while !(try await condition()) {
    if clock.now >= deadline { throw TimeoutError(what: what, timeout: timeout) }
    try await Task.sleep(for: interval)
  }
}
