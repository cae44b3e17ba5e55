import Testing
import WGETestSupport

@testable import WGEKube

@Suite struct ConcurrencyToolsTests {
  struct Boom: Error {}

  @Test func oneFlightServesAll() async throws {
    let flight = SingleFlight<Int>()
    let runs = Shared(0)
    let gate = AsyncStream<Void>.makeStream()
    let tasks = (0..<50).map { _ in
      Task {
        try await flight.run {
          runs.withLock { $0 += 1 }
          for await _ in gate.stream { break }
          return 7
        }
      }
    }
    try await eventually { runs.withLock { $0 } == 1 }
    for _ in 0..<100 { await Task.yield() }
    gate.continuation.finish()
    for task in tasks { #expect(try await task.value == 7) }
    #expect(runs.withLock { $0 } >= 1)
    #expect(try await flight.run { 8 } == 8)
    await #expect(throws: Boom.self) { try await flight.run { throw Boom() } }
    #expect(try await flight.run { 9 } == 9)
  }

  @Test func aCancelledCallerLeavesAndTheLastOneEndsTheFlight() async throws {
    let flight = SingleFlight<Int>()
    let clock = ManualClock()
    let cancelled = Shared(false)
    let body: @Sendable () async throws -> Int = {
      do { try await clock.sleep(for: .seconds(5)) } catch {
        cancelled.withLock { $0 = true }
        throw error
      }
      return 1
    }
    let first = Task { try await flight.run(body) }
    try await clock.waitForSleepers()
    let second = Task { try await flight.run(body) }
    for _ in 0..<50 { await Task.yield() }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    try await eventually { cancelled.withLock { $0 } }
    #expect(try await flight.run { 3 } == 3)
  }

  @Test func manyFlightsUnderCancellation() async throws {
    let flight = SingleFlight<Int>()
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<500 {
        group.addTask {
          let task = Task {
            try await flight.run {
              await Task.yield(); return 1
            }
          }
          if index % 3 == 0 { task.cancel() }
          if let value = try? await task.value { #expect(value == 1) }
        }
      }
    }
    #expect(try await flight.run { 2 } == 2)
  }

  @Test func deadlines() async throws {
    let clock = ManualClock()
    #expect(try await withDeadline(.seconds(1), clock: clock) { 5 } == 5)
    try await eventually { clock.sleeperCount == 0 }
    await #expect(throws: Boom.self) { try await withDeadline(.seconds(1), clock: clock) { throw Boom() } as Int? }

    // An operation that ignores cancellation delays nobody.
    let stuck = AsyncStream<Void>.makeStream()
    let late = Task {
      try await withDeadline(.seconds(1), clock: clock) {
        await Task { for await _ in stuck.stream {} }.value
        return 1
      }
    }
    try await clock.waitForSleepers()
    clock.advance(by: .seconds(1))
    #expect(try await late.value == nil)

    let cancelled = Task {
      try await withDeadline(.seconds(1), clock: clock) { try await clock.sleep(for: .seconds(9)) }
    }
    try await clock.waitForSleepers(2)
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    try await eventually { clock.sleeperCount == 0 }
    stuck.continuation.finish()
  }
}
