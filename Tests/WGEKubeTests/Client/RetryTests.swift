import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct RetryTests {
  private static func status(_ code: Int, _ reason: KubeStatus.Reason = .unknown, after: Duration? = nil) -> KubeError {
    .status(KubeStatus(code: code, reason: reason, message: "m", retryAfter: after))
  }

  private static func lost(_ kind: TransportFailure.Kind, reached: Bool? = nil) -> KubeError {
    .transport(TransportFailure(kind, message: "m", mayHaveReachedServer: reached))
  }

  /// The failure, whether a read is tried again, whether a create is.
  @Test(arguments: [
    (status(429, after: .seconds(1)), true, true), (status(429), true, false),
    (status(503, after: .seconds(1)), true, false), (status(500, .internalError, after: .seconds(1)), true, false),
    (status(503), true, false), (status(502), true, false), (status(504, .timeout), true, false),
    (status(500, .serverTimeout), true, false), (status(500, .internalError), false, false),
    (status(404, .notFound), false, false), (status(409, .conflict), false, false),
    (status(410, .expired), false, false),
    (status(401), false, false), (status(403), false, false), (status(422), false, false),
    (status(429, after: .seconds(31)), false, false), (status(429, after: .zero), true, true),
    (lost(.cannotConnect), true, true), (lost(.cannotResolve), true, true), (lost(.connectionLost), true, false),
    (lost(.connectionLost, reached: false), true, true), (lost(.timedOut), false, false), (lost(.tls), false, false),
    (lost(.tooLarge), false, false), (lost(.closed), false, false), (lost(.credentials), false, false),
    (.request("r"), false, false), (.decoding(what: "", problem: ""), false, false),
    (.config(KubeconfigProblem(problem: "")), false, false),
  ])
  func onlyWhereItIsSafe(error: KubeError, read: Bool, create: Bool) {
    let policy = RetryPolicy()
    #expect((policy.pause(after: error, attempt: 1, isIdempotent: true, random: 0) != nil) == read)
    #expect((policy.pause(after: error, attempt: 1, isIdempotent: false, random: 0) != nil) == create)
    #expect(policy.pause(after: error, attempt: 5, isIdempotent: true, random: 0) == nil)
    #expect(RetryPolicy.none.pause(after: error, attempt: 1, isIdempotent: true, random: 0) == nil)
  }

  @Test func pausesGrowAndAreBounded() {
    let policy = RetryPolicy(
      maximumAttempts: 1000, initialDelay: .milliseconds(100), maximumDelay: .seconds(1), jitter: 0.5)
    func pause(_ attempt: Int, _ random: Double) -> Duration? {
      policy.pause(after: Self.status(503), attempt: attempt, isIdempotent: true, random: random)
    }
    #expect((1...6).map { pause($0, 0) } == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
    #expect(pause(1, 1) == .milliseconds(150))
    #expect(pause(999, 0) == .seconds(1))
    #expect(
      policy.pause(after: Self.status(429, after: .seconds(7)), attempt: 1, isIdempotent: false, random: 0)
        == .seconds(7))
  }

  /// Runs a call against scripted answers while the clock is wound forwards.
  private func attempts(
    _ answers: [ScriptedTransport.Answer], _ call: @escaping @Sendable (KubeClient) async throws -> Void
  ) async throws -> (requests: Int, pauses: [Duration], result: Result<Void, any Error>) {
    let clock = ManualClock()
    let pauses = Shared<[Duration]>([])
    let transport = ScriptedTransport(answers)
    let client = KubeClient(transport: transport, clock: clock).retrying(RetryPolicy(jitter: 0)) { notice in
      pauses.withLock { $0.append(notice.pause) }
    }
    let task = Task { try await call(client) }
    let winder = Task {
      while !Task.isCancelled {
        if clock.sleeperCount > 0 { clock.advance(by: .seconds(30)) }
        await Task.yield()
      }
    }
    let result = await task.result
    winder.cancel()
    return (transport.requests.count, pauses.withLock { $0 }, result)
  }

  private let good = ScriptedTransport.Answer.json(configMap("a").json)
  private let key = ObjectKey(name: "a")

  @Test func callsAreRepeatedUntilTheySucceed() async throws {
    let key = key
    let busy = ScriptedTransport.Answer.failure(429, "TooManyRequests", headers: [("Retry-After", "2")])
    let created = try await attempts([busy, busy, good]) { _ = try await $0.create(.configMaps, configMap("a")) }
    #expect(created.requests == 3 && created.pauses == [.seconds(2), .seconds(2)])
    try created.result.get()

    let read = try await attempts([.text("bad gateway", status: 502), good]) { _ = try await $0.get(.configMaps, key) }
    #expect(read.requests == 2 && read.pauses == [.milliseconds(200)])

    let applied = try await attempts([.text("bad gateway", status: 502), good]) {
      _ = try await $0.apply(.configMaps, configMap("a"))
    }
    #expect(applied.requests == 2)

    let written = try await attempts([.text("bad gateway", status: 502), good]) {
      _ = try await $0.replace(.configMaps, configMap("a"))
    }
    #expect(written.requests == 1)
    #expect(throws: KubeError.self) { try written.result.get() }

    let watched = try await attempts([busy, .init()]) { _ = try await $0.watch(.configMaps) }
    #expect(watched.requests == 2)
  }

  @Test func attemptsAreBounded() async throws {
    let key = key
    let refused = ScriptedTransport.Answer(failure: Self.lost(.cannotConnect))
    let outcome = try await attempts([refused]) { _ = try await $0.get(.configMaps, key) }
    #expect(outcome.requests == KubeDefaults.maximumAttempts)
    #expect(outcome.pauses.count == KubeDefaults.maximumAttempts - 1)
    #expect(throws: KubeError.self) { try outcome.result.get() }
  }

  @Test func cancellationEndsAPause() async throws {
    let clock = ManualClock()
    let client = KubeClient(
      transport: ScriptedTransport([.failure(429, "TooManyRequests", headers: [("Retry-After", "20")])]), clock: clock)
    let key = key
    let task = Task { try await client.get(.configMaps, key) }
    try await clock.waitForSleepers()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(clock.sleeperCount == 0)
  }

  @Test func foreignErrorsBecomeTransportFailures() async {
    struct Odd: Error {}
    let client = KubeClient(transport: ScriptedTransport { _, _ in throw Odd() }, retry: .none)
    let error = await #expect(throws: KubeError.self) { try await client.get(.configMaps, key) }
    #expect(error?.isUnreachable == true)
  }
}
