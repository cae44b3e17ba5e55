import Testing
import WGECore
import WGEKube
import WGETestSupport

@Suite struct PerClusterTests {
  private let ids = (0..<5).map { ClusterID(namespace: "n", name: "c\($0)") }

  private func directory(_ ids: [ClusterID]) -> StaticClusterDirectory {
    StaticClusterDirectory(
      Dictionary(
        uniqueKeysWithValues: ids.map { id in
          (id, KubeClient(transport: ScriptedTransport([.json(["gitVersion": .string(id.name)])])))
        }))
  }

  @Test func everyClusterAnswersForItself() async throws {
    let directory = directory([ids[0], ids[1]])
    let missing = ids[4]
    let failing = ids[1]
    let answers = try await PerCluster.gather(directory, as: .server, clusters: [ids[1], ids[0], missing, ids[0]]) {
      id, client in
      if id == failing { throw KubeError.status(KubeStatus(code: 403, reason: .forbidden, message: "no")) }
      return try await client.serverVersion().gitVersion
    }
    #expect(answers.values == [ids[0]: "c0"])
    #expect(answers.orderedErrors.map(\.code) == [.forbidden, .unknownCluster])
    let mapped = answers.map { _, value in value.count }
    #expect(mapped.values == [ids[0]: 2] && mapped.errors == answers.errors)
    let all = try await PerCluster.gather(directory, as: .server) { id, _ in id.name }
    #expect(all.orderedValues.map(\.value) == ["c0", "c1"])
  }

  @Test func aDeadClusterDelaysNobodyPastTheDeadline() async throws {
    let clock = ManualClock()
    let dead = ids[0]
    let stuck = AsyncStream<Void>.makeStream()
    defer { stuck.continuation.finish() }
    let finished = Shared<[ClusterID]>([])
    let directory = directory(ids)
    // One at a time, the dead one first, and it ignores cancellation.
    let task = Task {
      try await PerCluster.gather(directory, as: .server, deadline: .seconds(5), concurrency: 1, clock: clock) {
        id, _ in
        if id == dead { await Task { for await _ in stuck.stream {} }.value }
        finished.withLock { $0.append(id) }
        return id.name
      }
    }
    try await clock.waitForSleepers()
    #expect(finished.value.isEmpty)
    clock.advance(by: .seconds(5))
    let answers = try await task.value
    #expect(answers.values.count == 4)
    #expect(answers.errors[dead]?.code == .timeout && answers.errors.count == 1)
    try await eventually { clock.sleeperCount == 0 }
  }

  @Test func theWholeAnswerCanHaveADeadlineToo() async throws {
    let clock = ManualClock()
    let directory = directory(ids)
    let task = Task {
      try await PerCluster.gather(
        directory, as: .server, deadline: .seconds(5), total: .seconds(8), concurrency: 2, clock: clock
      ) { _, _ in try await clock.sleep(for: .seconds(99)) }
    }
    // Two clusters take their five seconds, the next two the three that are left, the last none.
    for wait in [5, 3] {
      try await clock.waitForSleepers(4)
      clock.advance(by: .seconds(wait))
    }
    let answers = try await task.value
    #expect(answers.errors.count == 5 && answers.errors.values.allSatisfy { $0.code == .timeout })
    #expect(answers.orderedErrors.count { $0.message.contains("not asked") } == 1)
  }

  @Test func concurrencyIsLimited() async throws {
    let running = Shared((now: 0, most: 0))
    let many = (0..<40).map { ClusterID(namespace: "n", name: "c\($0)") }
    let answers = try await PerCluster.gather(directory(many), as: .server, concurrency: 3) { _, _ in
      running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      for _ in 0..<20 { await Task.yield() }
      running.withLock { $0.now -= 1 }
    }
    #expect(answers.values.count == 40 && (1...3).contains(running.value.most))
  }

  @Test func cancellationIsPrompt() async throws {
    let clock = ManualClock()
    let directory = directory(ids)
    let task = Task {
      try await PerCluster.gather(directory, as: .server, clock: clock) { _, _ in
        try await clock.sleep(for: .seconds(99))
      }
    }
    try await clock.waitForSleepers(10)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    try await eventually { clock.sleeperCount == 0 }
  }
}
