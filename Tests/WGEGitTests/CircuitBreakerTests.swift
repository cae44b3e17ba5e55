import Testing
import WGECore

@testable import WGEGit

@Suite struct CircuitBreakerTests {
  private let start = Timestamp(seconds: 1_767_225_600)

  private func later(_ seconds: Int) -> Timestamp { start.advanced(by: .seconds(seconds)) }

  private func opened() -> CircuitBreaker {
    var breaker = CircuitBreaker(threshold: 3, pause: .seconds(30))
    for _ in 0..<3 { breaker.record(.fails, at: start) }
    return breaker
  }

  @Test func failuresInARowOpenIt() {
    var breaker = CircuitBreaker(threshold: 3, pause: .seconds(30))
    for evidence in [CircuitBreaker.Evidence.fails, .fails, .works, .fails, .none, .fails] {
      breaker.record(evidence, at: start)
      #expect(breaker.remaining(at: start) == nil)
    }
    breaker.record(.fails, at: start)
    #expect(breaker.remaining(at: start) == .seconds(30))
    #expect(breaker.remaining(at: later(29)) == .seconds(1))
    #expect(breaker.remaining(at: later(30)) == nil)
  }

  @Test func oneProbes() {
    var breaker = opened()
    breaker.admit()
    #expect(breaker.remaining(at: later(30)) != nil)
    breaker.record(.works, at: later(31))
    #expect(breaker.remaining(at: later(31)) == nil)
    // It takes three failures again.
    breaker.record(.fails, at: later(31))
    #expect(breaker.remaining(at: later(31)) == nil)
  }

  @Test func aProbeThatFailsOpensItAgain() {
    var breaker = opened()
    breaker.admit()
    breaker.record(.fails, at: later(40))
    #expect(breaker.remaining(at: later(41)) == .seconds(29))
  }

  @Test func aProbeThatShowsNothingLeavesItToTheNext() {
    var breaker = opened()
    breaker.admit()
    breaker.record(.none, at: later(40))
    #expect(breaker.remaining(at: later(40)) == nil)
    breaker.admit()
    #expect(breaker.remaining(at: later(40)) != nil)
  }

  /// Those that were sent before it opened come back while it is open.
  @Test func latecomersCount() {
    var breaker = opened()
    breaker.record(.fails, at: later(10))
    #expect(breaker.remaining(at: later(10)) == .seconds(20))
    breaker.record(.works, at: later(10))
    #expect(breaker.remaining(at: later(10)) == nil)
  }

  @Test func aClockThatIsSetBackDoesNotHoldIt() {
    #expect(opened().remaining(at: later(-3600)) == nil)
  }
}
