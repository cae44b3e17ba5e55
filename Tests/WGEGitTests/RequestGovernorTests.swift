import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

/// How many were inside at once, at most.
private final class Peak: Sendable {
  private let state = Mutex<(now: Int, most: Int)>((0, 0))

  var most: Int { state.withLock { $0.most } }

  func enter() {
    state.withLock { state in
      state.now += 1
      state.most = max(state.most, state.now)
    }
  }

  func leave() { state.withLock { $0.now -= 1 } }
}

@Suite struct RequestGovernorTests {
  @Test func atMostSoManyRequestsAtOnce() async throws {
    let governor = RequestGovernor(GitHostSettings(concurrency: 2))
    let request = RESTRequest(.get, "/", "test")
    let running = Peak()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await governor.enter(request)
          running.enter()
          await Task.yield()
          running.leave()
          governor.leave(request, .works)
        }
      }
      try await group.waitForAll()
    }
    #expect(running.most <= 2)
    // A waiter that is cancelled gives way.
    try await governor.enter(request)
    try await governor.enter(request)
    let waiter = Task { try await governor.enter(request) }
    waiter.cancel()
    #expect(await gitError { try await waiter.value }?.code == .cancelled)
    governor.leave(request, .works)
    governor.leave(request, .works)
    try await governor.enter(request)
    governor.leave(request, .works)
  }

  @Test func theQueueHeedsAPauseThatBeganMeanwhile() async throws {
    let clock = InstantClock()
    let wall = ManualWallClock()
    let settings = GitHostSettings(clock: clock, wallClock: wall, concurrency: 1)
    let governor = RequestGovernor(settings)
    let request = RESTRequest(.get, "/", "test")
    try await governor.enter(request)
    let queued = Task { try await governor.enter(request) }
    while governor.waitingCount == 0 { await Task.yield() }
    governor.pause(until: wall.now().advanced(by: .seconds(9)))
    governor.leave(request, .works)
    try await queued.value
    #expect(clock.sleeps.contains { $0 > .seconds(8) && $0 <= .seconds(9) })
    governor.leave(request, .works)
  }

  @Test func aThirdOfThePlacesIsForWrites() async throws {
    let governor = RequestGovernor(GitHostSettings(concurrency: 3, writeConcurrency: 1))
    let write = RESTRequest(.post, "/", "write")
    let read = RESTRequest(.get, "/", "read")
    try await governor.enter(write)
    let second = Task { try await governor.enter(write) }
    while governor.waitingCount == 0 { await Task.yield() }
    // Reads pass the write that waits.
    try await governor.enter(read)
    try await governor.enter(read)
    #expect(governor.waitingCount == 1)
    governor.leave(write, .works)
    try await second.value
    // A write that gives up leaves the place that writes have.
    let third = Task { try await governor.enter(write) }
    while governor.waitingCount == 0 { await Task.yield() }
    third.cancel()
    #expect(await gitError { try await third.value }?.code == .cancelled)
    governor.leave(write, .works)
    governor.leave(read, .works)
    governor.leave(read, .works)
    try await governor.enter(write)
  }

  @Test func writesKeepTheirDistance() async throws {
    let clock = InstantClock()
    let wall = ManualWallClock()
    let governor = RequestGovernor(GitHostSettings(clock: clock, wallClock: wall), writeSpacing: .seconds(1))
    func write() async throws {
      let request = RESTRequest(.post, "/", "write")
      try await governor.enter(request)
      governor.leave(request, .works)
    }
    try await write()
    #expect(clock.sleeps.isEmpty)
    wall.advance(by: .milliseconds(400))
    try await write()
    #expect(clock.sleeps == [.milliseconds(600)])
    wall.advance(by: .seconds(2))
    try await write()
    // The clock was set back by an hour: a second at most.
    wall.advance(by: .seconds(-3600))
    try await write()
    #expect(clock.sleeps == [.milliseconds(600), .seconds(1)])
    try await governor.enter(RESTRequest(.get, "/", "read"))
    #expect(clock.sleeps.count == 2)
  }
}
