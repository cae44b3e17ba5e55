#if Server
  internal import Synchronization

  /// Something that has to work before the server can do its work.
  public struct ReadinessCheck: Sendable {
    /// Names it in `/readyz?verbose`.
    public var name: String
    /// Throws when it does not work. May take a few seconds.
    public var check: @Sendable () async throws -> Void

    /// A check.
    public init(_ name: String, check: @escaping @Sendable () async throws -> Void) {
      self.name = name
      self.check = check
    }
  }

  /// Asks all checks, no more often than once a second, however many probes there are.
  final class Readiness: Sendable {
    struct Report: Sendable {
      var failed: [String]
      var passed: [String]
    }

    private struct State {
      var stopping = false
      var last: (report: Report, at: ContinuousClock.Instant)?
      var running: Task<Report, Never>?
    }

    private let checks: [ReadinessCheck]
    private let timeout: Duration
    private let state = Mutex(State())

    init(_ checks: [ReadinessCheck], timeout: Duration = ServerDefaults.readinessTimeout) {
      self.checks = checks
      self.timeout = timeout
    }

    /// From now on the server is not ready, whatever the checks say.
    func stop() { state.withLock { $0.stopping = true } }

    func report() async -> Report {
      let now = ContinuousClock.now
      let task: Task<Report, Never>? = state.withLock { state in
        if let last = state.last, now - last.at < ServerDefaults.readinessCache { return nil }
        if let running = state.running { return running }
        let task = Task { await self.ask() }
        state.running = task
        return task
      }
      var report = await task?.value ?? state.withLock { $0.last?.report } ?? Report(failed: [], passed: [])
      if state.withLock({ $0.stopping }) { report.failed.append("shutdown") }
      return report
    }

    private func ask() async -> Report {
      let timeout = timeout
      var report = await withTaskGroup(of: (String, Bool).self) { group in
        for check in checks {
          group.addTask {
            do {
              try await withDeadline(timeout, or: { CancellationError() }, check.check)
              return (check.name, true)
            } catch {
              return (check.name, false)
            }
          }
        }
        return await group.reduce(into: Report(failed: [], passed: [])) { report, outcome in
          if outcome.1 { report.passed.append(outcome.0) } else { report.failed.append(outcome.0) }
        }
      }
      report.failed.sort()
      report.passed.sort()
      let done = report
      state.withLock { state in
        state.last = (done, .now)
        state.running = nil
      }
      return done
    }
  }
#endif
