internal import Synchronization

/// Counts the cases of a conformance suite and prints the line that the chores look for:
/// `SUITE: N passed, N failed, N skipped`.
///
/// Safe to use from any task.
public final class SuiteReport: Sendable {
  private struct Counts {
    var passed = 0
    var failures: [(name: String, message: String)] = []
    var skipped = 0
  }

  private let name: String
  private let counts = Mutex(Counts())

  /// A report under the suite's name.
  public init(_ name: String) { self.name = name }

  /// Counts a case that passed.
  public func pass() { counts.withLock { $0.passed += 1 } }

  /// Counts a case that failed, with what to know about it.
  public func fail(_ name: String, _ message: String) { counts.withLock { $0.failures.append((name, message)) } }

  /// Counts a case that was left out.
  public func skip() { counts.withLock { $0.skipped += 1 } }

  /// Runs one case: it passes when the closure returns nil and fails with the message it returns
  /// or the error it throws.
  public func run(_ name: String, _ body: () throws -> String?) {
    do {
      if let message = try body() { fail(name, message) } else { pass() }
    } catch {
      fail(name, "\(error)")
    }
  }

  /// Cases that passed so far.
  public var passed: Int { counts.withLock { $0.passed } }

  /// Names of the cases that failed so far.
  public var failures: [String] { counts.withLock { $0.failures.map(\.name) } }

  /// Prints the summary and the first failures, and returns the summary.
  /// - Parameter limit: how many failures to show. Default 10.
  @discardableResult
  public func finish(limit: Int = 10) -> String {
    let counts = counts.withLock { ($0.passed, $0.failures, $0.skipped) }
    let summary = "\(name): \(counts.0) passed, \(counts.1.count) failed, \(counts.2) skipped"
    print(summary)
    for failure in counts.1.prefix(limit) { print("  \(failure.name): \(failure.message)") }
    if counts.1.count > limit { print("  ... and \(counts.1.count - limit) more") }
    return summary
  }
}
