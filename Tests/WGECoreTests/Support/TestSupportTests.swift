import Testing
import WGECore
import WGETestSupport

@Suite struct TestSupportTests {
  @Test func advancingWakesThoseThatAreDue() async throws {
    let clock = ManualClock()
    let early = Task { try await clock.sleep(for: .seconds(1)) }
    let late = Task { try await clock.sleep(for: .seconds(10)) }
    try await clock.waitForSleepers(2)
    #expect(clock.nextDeadline?.elapsed == .seconds(1))
    clock.advance(by: .seconds(5))
    try await early.value
    #expect(clock.sleeperCount == 1)
    clock.advance(by: .seconds(5))
    try await late.value
    #expect(clock.sleeperCount == 0)
  }

  @Test func cancelledSleepersWakeAndLeaveNothing() async throws {
    let clock = ManualClock()
    let sleeper = Task { try await clock.sleep(for: .seconds(1)) }
    try await clock.waitForSleepers()
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
    #expect(clock.sleeperCount == 0)

    let cancelledBefore = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await clock.sleep(for: .seconds(1))
    }
    await #expect(throws: CancellationError.self) { try await cancelledBefore.value }
  }

  @Test func manySleepersUnderCancellationRaces() async throws {
    let clock = ManualClock()
    let driver = Task {
      while !Task.isCancelled {
        clock.advance(by: .milliseconds(1))
        await Task.yield()
      }
    }
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<200 {
        group.addTask {
          let task = Task { try await clock.sleep(for: .milliseconds(index % 7)) }
          if index % 3 == 0 { task.cancel() }
          _ = await task.result
        }
      }
    }
    driver.cancel()
    await driver.value
    #expect(clock.sleeperCount == 0)
  }

  @Test func pastDeadlinesReturnAtOnce() async throws {
    let clock = ManualClock()
    clock.advance(by: .seconds(3))
    try await clock.sleep(until: ManualClock.Instant(elapsed: .seconds(3)))
  }

  @Test func wallClockShowsWhatItWasSetTo() {
    let clock = ManualWallClock()
    #expect(clock.now().description == "2026-01-01T00:00:00Z")
    clock.advance(by: .seconds(61))
    #expect(clock.now().description == "2026-01-01T00:01:01Z")
    clock.set(Timestamp(seconds: 0))
    #expect(clock.now() == Timestamp(seconds: 0))
  }

  @Test func eventuallyThrowsWhenTimeIsUp() async throws {
    await #expect(throws: TimeoutError.self) { try await eventually(timeout: .milliseconds(20)) { false } }
    var calls = 0
    try await eventually {
      calls += 1
      return calls == 3
    }
    #expect(calls == 3)
  }

  @Test func temporaryDirectoriesGoAway() async throws {
    let path = try await withTemporaryDirectory { path async in
      #expect(path.hasPrefix("/"))
      return path
    }
    #expect(throws: (any Error).self) { try Vectors.File(path: path).read() }
  }

  @Test func reportsCount() {
    let report = SuiteReport("sample")
    report.run("good") { nil }
    report.run("bad") { "no" }
    report.skip()
    #expect(report.finish() == "sample: 1 passed, 1 failed, 1 skipped")
    #expect(report.failures == ["bad"])
  }
}
