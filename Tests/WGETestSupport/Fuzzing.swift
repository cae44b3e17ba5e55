#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Long runs of random tests, for those who ask: `FUZZ_SECONDS` says how long each suite runs, and
/// `FUZZ_SEED` where it starts, to repeat a failure.
///
/// Seeds follow one another. The first is printed, and every second the one that was reached: a run
/// that ends in a trap ends within a second after the last line.
public enum Fuzzing {
  /// How long each suite runs; nil when nobody asked.
  public static let seconds = number("FUZZ_SECONDS").map { Int(clamping: $0) }

  /// Calls `round` with one seed after another until the time is over.
  ///
  /// - Returns: how many rounds ran, at least one.
  /// - Throws: what `round` throws, after printing its seed.
  @discardableResult
  public static func run(
    _ name: String, isolation: isolated (any Actor)? = #isolation, _ round: (_ seed: UInt64) async throws -> Void
  ) async throws -> Int {
    let first = number("FUZZ_SEED") ?? UInt64.random(in: 0...UInt64(UInt32.max))
    let clock = ContinuousClock()
    let end = clock.now + .seconds(min(seconds ?? 0, 86_400))
    var reported = clock.now
    var rounds = 0
    say("fuzz: \(name): first seed \(first)")
    repeat {
      let seed = first &+ UInt64(rounds)
      do { try await round(seed) } catch {
        say("fuzz: \(name): failed with seed \(seed): \(error)")
        throw error
      }
      rounds += 1
      // The suites share few threads, and some wait for other tasks of theirs.
      await Task.yield()
      if clock.now - reported > .seconds(1) {
        reported = clock.now
        say("\(name): passed seed \(seed)")
      }
    } while clock.now < end && !Task.isCancelled
    say("fuzz: \(name): \(rounds) rounds")
    return rounds
  }

  private static func number(_ variable: String) -> UInt64? {
    ProcessInfo.processInfo.environment[variable].flatMap { UInt64($0) }
  }

  /// Unbuffered, for a trap would lose what waits in a buffer.
  private static func say(_ line: String) {
    // A line that cannot be written is lost; there is nowhere to say so.
    _ = Array((line + "\n").utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
