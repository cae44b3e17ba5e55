import Synchronization
import Testing
import WGETestSupport

@testable import WGEKube

/// The queue's rules as a table of calls and answers.
@Suite struct ControllerQueueStateTests {
  typealias State = WorkQueueState<String>

  static func state() -> State { State(backoff: Backoff(initial: .seconds(1), cap: .seconds(8), jitter: 0)) }

  /// Takes everything there is at a time, without finishing it.
  static func take(_ state: inout State, at seconds: Int) -> [String] {
    var items: [String] = []
    while let taken = state.take(now: .seconds(seconds)) { items.append(taken.item) }
    return items
  }

  @Test func itemsComeOnceAndInOrder() {
    var state = Self.state()
    #expect(state.add("a", due: .zero) == true)
    #expect(state.add("b", due: .zero) == true)
    #expect(state.add("a", due: .zero) == false)
    #expect(state.pendingCount == 2)
    #expect(Self.take(&state, at: 0) == ["a", "b"])
    #expect(state.processingCount == 2)
    state.done("a")
    state.done("b")
    state.done("never taken")
    #expect(state.processingCount == 0 && state.pendingCount == 0 && state.heapCount == 0)
  }

  @Test func anItemAddedWhileProcessedComesOnceMore() {
    var state = Self.state()
    state.add("a", due: .zero)
    #expect(Self.take(&state, at: 0) == ["a"])
    for _ in 0..<5 { state.add("a", due: .zero) }
    #expect(Self.take(&state, at: 0) == [])
    state.done("a")
    #expect(Self.take(&state, at: 0) == ["a"])
    state.done("a")
    #expect(Self.take(&state, at: 0) == [])
  }

  @Test func theEarliestTimeWins() {
    var state = Self.state()
    state.add("a", due: .seconds(10))
    state.add("a", due: .seconds(5))
    state.add("a", due: .seconds(20))
    #expect(state.nextDue(now: .zero) == .seconds(5))
    #expect(Self.take(&state, at: 4) == [])
    #expect(Self.take(&state, at: 5) == ["a"])
    state.done("a")
    #expect(Self.take(&state, at: 100) == [])
    #expect(state.nextDue(now: .seconds(100)) == nil)
  }

  @Test func anImmediateAddOvertakesADelayedOne() {
    var state = Self.state()
    state.add("a", due: .seconds(600))
    state.add("a", due: .seconds(1))
    #expect(Self.take(&state, at: 1) == ["a"])
    // While it is processed its next time is remembered too.
    state.add("a", due: .seconds(50))
    state.add("a", due: .seconds(30))
    state.done("a")
    #expect(state.nextDue(now: .seconds(1)) == .seconds(30))
    #expect(Self.take(&state, at: 29) == [])
    #expect(Self.take(&state, at: 30) == ["a"])
  }

  @Test func priorityGoesBeforeAgeAndOnlyRises() {
    var state = Self.state()
    state.add("low", priority: .low, due: .zero)
    state.add("old", due: .seconds(1))
    state.add("new", due: .seconds(2))
    state.add("raised", priority: .low, due: .zero)
    state.add("raised", priority: .high, due: .seconds(3))
    state.add("old", priority: .low, due: .seconds(1))
    #expect(Self.take(&state, at: 3) == ["raised", "old", "new", "low"])
  }

  @Test func failuresWaitLongerAndLonger() {
    var state = Self.state()
    var delays: [Duration] = []
    var now = Duration.zero
    state.add("a", due: now)
    for _ in 0..<5 {
      guard let taken = state.take(now: now) else { break }
      #expect(taken.item == "a")
      let delay = state.retry("a", now: now, random: 0)
      state.done("a")
      delays.append(delay)
      #expect(state.take(now: now + delay - .milliseconds(1)) == nil)
      now += delay
    }
    #expect(delays == [1, 2, 4, 8, 8].map { .seconds($0) })
    #expect(state.failures(of: "a") == 5)
    state.forget("a")
    #expect(state.failures(of: "a") == 0)
    #expect(state.take(now: now)?.item == "a")
    #expect(state.retry("a", now: now, random: 0) == .seconds(1))
  }

  @Test func drainingHandsOutWhatIsReady() {
    var state = Self.state()
    state.add("busy", due: .zero)
    _ = state.take(now: .zero)
    state.add("busy", due: .zero)
    state.add("ready", due: .zero)
    state.add("later", due: .seconds(60))
    state.shutDown(.draining, now: .zero)
    #expect(state.add("new", due: .zero) == false)
    #expect(state.pendingCount == 2 && !state.isExhausted && !state.isDrained)
    #expect(Self.take(&state, at: 0) == ["ready"])
    state.done("busy")
    #expect(Self.take(&state, at: 0) == ["busy"])
    #expect(state.isExhausted && !state.isDrained)
    state.done("busy")
    state.done("ready")
    #expect(state.isDrained)
    #expect(state.nextDue(now: .zero) == nil)
  }

  @Test func immediateShutDownHandsOutNothing() {
    var state = Self.state()
    state.add("busy", due: .zero)
    _ = state.take(now: .zero)
    state.add("busy", due: .zero)
    state.add("ready", due: .zero)
    state.shutDown(.immediate, now: .zero)
    #expect(state.isExhausted && !state.isDrained)
    #expect(Self.take(&state, at: 100) == [])
    state.done("busy")
    #expect(state.isDrained)
    #expect(Self.take(&state, at: 100) == [])
  }

  @Test func reschedulingDoesNotGrowTheHeaps() {
    var state = Self.state()
    for number in stride(from: 100_000, to: 0, by: -1) { state.add("a", due: .seconds(number)) }
    #expect(state.heapCount < 200)
    #expect(Self.take(&state, at: 1) == ["a"])
  }

  /// Against a model without heaps.
  @Test func agreesWithAPlainModel() {
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var state = Self.state()
      var due: [String: Int] = [:]
      var busy: Set<String> = []
      var now = 0
      for _ in 0..<300 {
        let item = "\(random.next() % 10)"
        switch random.next() % 4 {
        case 0, 1:
          let time = now + Int(random.next() % 20)
          due[item] = min(due[item] ?? .max, time)
          state.add(item, priority: [.low, .normal, .high][Int(random.next() % 3)], due: .seconds(time))
        case 2:
          let expected = Set(due.filter { $0.value <= now && !busy.contains($0.key) }.keys)
          let ready = state.readyCount(now: .seconds(now))
          #expect(ready == expected.count)
          let taken = state.take(now: .seconds(now))
          #expect((taken == nil) == expected.isEmpty)
          if let taken {
            #expect(expected.contains(taken.item))
            due[taken.item] = nil
            busy.insert(taken.item)
          }
        default:
          if let item = busy.min() {
            busy.remove(item)
            state.done(item)
          }
          now += Int(random.next() % 4)
        }
        #expect(state.pendingCount == due.count && state.processingCount == busy.count)
        let next = due.filter { $0.value > now && !busy.contains($0.key) }.values.min()
        let nextDue = state.nextDue(now: .seconds(now))
        #expect(nextDue == next.map { .seconds($0) })
      }
    }
  }
}

/// Runs tasks when the test says so, on the test's thread.
private final class ManualExecutor: TaskExecutor {
  private let jobs = Locked<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  /// Runs what is ready, and what becomes ready by it.
  func runAll() {
    while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}

@Suite struct ControllerQueueTests {
  static func queue(_ clock: any Clock<Duration> = ContinuousClock()) -> WorkQueue<Int> {
    WorkQueue(backoff: Backoff(initial: .seconds(1), cap: .seconds(8), jitter: 0), clock: clock, random: { 0 })
  }

  @Test func workersNeverShareAnItemUnderTenThousandConcurrentAdds() async {
    let queue = Self.queue()
    let busy = Locked<Set<Int>>([])
    let overlaps = Recorded<Int>()
    let handled = Locked<[Int: Int]>([:])
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          while let work = await queue.next() {
            if !busy.withLock({ $0.insert(work.item).inserted }) { overlaps.append(work.item) }
            await Task.yield()
            handled.withLock { $0[work.item, default: 0] += 1 }
            _ = busy.withLock { $0.remove(work.item) }
            queue.done(work.item)
          }
        }
      }
      await withTaskGroup(of: Void.self) { adders in
        for adder in 0..<10 {
          adders.addTask {
            for number in 0..<1000 { queue.add((number &* 31 &+ adder) % 500) }
          }
        }
      }
      queue.shutDown(.draining)
    }
    #expect(overlaps.values.isEmpty)
    #expect(handled.withLock { $0.count } == 500)
    #expect(handled.withLock { $0.values.reduce(0, +) } == queue.figures.adds)
    try? await queue.waitUntilDrained()
    #expect(queue.figures.depth == 0 && queue.figures.processing == 0)
  }

  @Test func delayedItemsComeByTheClock() async throws {
    let clock = ManualClock()
    let queue = Self.queue(clock)
    queue.add(2, after: .seconds(20))
    queue.add(1, after: .seconds(10))
    let taken = Recorded<Int>()
    let worker = Task {
      while let work = await queue.next() {
        taken.append(work.item)
        queue.done(work.item)
      }
    }
    try await clock.waitForSleepers()
    clock.advance(by: .seconds(9))
    try await clock.waitForSleepers()
    #expect(taken.values.isEmpty)
    clock.advance(by: .seconds(1))
    try await eventually { taken.values == [1] }
    queue.add(2, after: .seconds(1))
    try await eventually { clock.nextDeadline == .init(elapsed: .seconds(11)) }
    clock.advance(by: .seconds(1))
    try await eventually { taken.values == [1, 2] }
    queue.retry(3)
    #expect(queue.figures == .init(depth: 1, processing: 0, adds: 3, retries: 1))
    queue.shutDown(.draining)
    await worker.value
    try await eventually("no timer is left") { clock.sleeperCount == 0 }
  }

  @Test func waitingWorkersEndWithTheirTask() async throws {
    let queue = Self.queue()
    let worker = Task { await queue.next() }
    worker.cancel()
    #expect(await worker.value?.item == nil)
    // The item goes to somebody else.
    queue.add(1)
    #expect(await queue.next()?.item == 1)
  }

  /// A worker that is woken for an item and cancelled before it runs leaves the item to another that waits.
  @Test func aWakeUpIsNotLostWithACancelledWorker() async {
    for _ in 0..<20 {
      let executor = ManualExecutor()
      let queue = Self.queue()
      let taken = Recorded<Int>()
      let workers = (0..<2).map { _ in
        Task(executorPreference: executor) { if let work = await queue.next() { taken.append(work.item) } }
      }
      executor.runAll()
      queue.add(7)
      // One of the two is about to run. Which one is not ours to know.
      workers[0].cancel()
      executor.runAll()
      #expect(taken.values == [7])
      queue.shutDown(.immediate)
      executor.runAll()
      for worker in workers { await worker.value }
    }
  }

  @Test func aQueueThatIsDroppedLeavesNoTimer() async throws {
    let clock = ManualClock()
    do {
      let queue = Self.queue(clock)
      queue.add(1, after: .seconds(10))
      try await clock.waitForSleepers()
    }
    try await eventually { clock.sleeperCount == 0 }
  }
}
