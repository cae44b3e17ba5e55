import Synchronization
import WGECore
import WGEPipelines

/// A crash: the process is gone, whatever it was doing.
struct Crash: Error {}

/// A small world around a pipeline: clusters that follow a repository, a Git host with pull requests,
/// an API server that keeps one status. Any call may be told to crash before or after its effect.
final class World: Sendable {
  struct PullRequest: Sendable {
    var number: Int
    var environment: String
    var revision: String
    var startedAt: Timestamp
    var state: PullRequestState
  }

  struct State: Sendable {
    /// Per environment, what each target runs.
    var targets: [[TargetObservation]]
    /// Per environment, what the base branch says.
    var base: [String: String]
    var pullRequests: [PullRequest] = []
    /// Every pull request that was ever opened.
    var opened: [String] = []
    var notified: [String] = []
    var stored: Pipeline
    var version = 0
    var events: [String] = []
    /// Calls until the crash; nil for none. Even numbers crash before the effect, odd ones after.
    var crashIn: Int?
    var isCrashed = false
    /// Calls that could have crashed, in the present run.
    var calls = 0
    /// Failures that the host answers before it works again.
    var failures: [PromotionFailure] = []
  }

  let state: Mutex<State>
  let clock: any WallClock

  init(_ pipeline: Pipeline, revision: String, clock: any WallClock) {
    var stored = pipeline
    stored.metadata.uid = "u-1"
    stored.metadata.generation = 1
    stored.metadata.resourceVersion = "0"
    state = Mutex(
      State(
        targets: stored.spec.environments.map { $0.targets.map { _ in .ready(revision) } },
        base: Dictionary(uniqueKeysWithValues: stored.spec.environments.map { ($0.name, revision) }), stored: stored))
    self.clock = clock
  }

  /// Does something that a crash may hit, before or after it takes effect.
  private func effect<T>(_ body: (inout State) throws -> T) throws -> T {
    try state.withLock { state in
      state.calls += 1
      // A dead process does nothing any more.
      if state.isCrashed { throw Crash() }
      guard let left = state.crashIn else { return try body(&state) }
      state.crashIn = left - 2
      if left == 0 {
        state.isCrashed = true
        throw Crash()
      }
      let value = try body(&state)
      if left == 1 {
        state.isCrashed = true
        throw Crash()
      }
      return value
    }
  }

  func runner(engine: PromotionEngine = PromotionEngine()) -> PromotionRunner {
    PromotionRunner(
      engine: engine, observing: { _ in self.state.withLock(\.targets) }, repository: { _ in Repository(world: self) },
      store: { pipeline, status in
        try self.effect { state in
          guard state.stored.metadata.resourceVersion == pipeline.metadata.resourceVersion else { throw Conflict() }
          state.version += 1
          state.stored.status = status
          state.stored.metadata.resourceVersion = "\(state.version)"
          return state.stored
        }
      },
      tell: { event, _ in
        self.state.withLock { state in
          state.events.append(event.reason)
          if event.reason == "Promote" { state.notified.append(event.message) }
        }
      }, wallClock: clock)
  }

  struct Conflict: Error {}

  var callsOfLastRun: Int { state.withLock(\.calls) }

  /// One run of a fresh process. A crash anywhere ends it.
  @discardableResult
  func run(crashIn: Int? = nil, engine: PromotionEngine = PromotionEngine()) async throws -> Bool {
    state.withLock {
      $0.crashIn = crashIn
      $0.calls = 0
      $0.isCrashed = false
    }
    defer {
      state.withLock {
        $0.crashIn = nil
        $0.isCrashed = false
      }
    }
    var pipeline = state.withLock(\.stored)
    do {
      try await runner(engine: engine).run(&pipeline)
      return !state.withLock(\.isCrashed)
    } catch is Crash { return false }
  }

  // MARK: What people and Flux do

  func setSource(_ revision: String) {
    state.withLock { state in
      state.targets[0] = state.targets[0].map { _ in .ready(revision) }
      state.base[state.stored.spec.environments[0].name] = revision
    }
  }

  func merge(_ environment: String) {
    state.withLock { state in
      for index in state.pullRequests.indices
      where state.pullRequests[index].environment == environment && state.pullRequests[index].state == .open {
        state.pullRequests[index].state = .merged
        state.base[environment] = state.pullRequests[index].revision
      }
    }
  }

  func close(_ environment: String) {
    state.withLock { state in
      for index in state.pullRequests.indices
      where state.pullRequests[index].environment == environment && state.pullRequests[index].state == .open {
        state.pullRequests[index].state = .abandoned
      }
    }
  }

  /// Targets of all environments take over what the base says; ready or not yet.
  func sync(ready: Bool = true) {
    state.withLock { state in
      for (index, environment) in state.stored.spec.environments.enumerated() {
        let revision = state.base[environment.name] ?? ""
        state.targets[index] = state.targets[index].map { _ in ready ? .ready(revision) : .unready(revision) }
      }
    }
  }

  func answer(_ environment: String, _ decision: ApprovalRecord.Decision = .approved) {
    let now = clock.now()
    state.withLock { state in
      guard let revision = state.stored.status?.environments[environment]?.waitingRevision else { return }
      let approval = ApprovalRecord(revision: revision, decision: decision, actor: "alice", time: now)
      var record = state.stored.status?.environments[environment]?.promotion
      let approvals = (record?.approvals ?? []) + [approval]
      record?.approvals = approvals
      state.stored.status?.environments[environment]?.promotion = record
      state.version += 1
      state.stored.metadata.resourceVersion = "\(state.version)"
    }
  }

  func state(_ environment: String) -> PromotionState? {
    state.withLock { $0.stored.promotion(into: environment)?.state }
  }

  /// The Git host: finds its own earlier work by identity, as the real adapter does.
  struct Repository: PromotionRepository {
    let world: World

    private func record(_ pullRequest: PullRequest) -> PullRequestRecord {
      PullRequestRecord(url: "https://git/\(pullRequest.number)", number: pullRequest.number, state: pullRequest.state)
    }

    private func observation(_ pullRequest: PullRequest) -> PromotionObservation {
      switch pullRequest.state {
      case .merged: .merged(record(pullRequest))
      case .abandoned: .closed(record(pullRequest))
      case .open, .mergeable: .open(record(pullRequest))
      }
    }

    func propose(_ request: PromotionRequest) async throws -> PromotionObservation {
      try world.effect { state in
        if !state.failures.isEmpty { throw state.failures.removeFirst() }
        let same = state.pullRequests.last {
          $0.environment == request.environment && $0.revision == request.revision && $0.startedAt == request.startedAt
        }
        if let same, same.state != .open { return observation(same) }
        let open = state.pullRequests.lastIndex { $0.environment == request.environment && $0.state == .open }
        if state.base[request.environment] == request.revision {
          if let open { state.pullRequests[open].state = .abandoned }
          return .alreadyAtRevision
        }
        if let open {
          state.pullRequests[open].revision = request.revision
          state.pullRequests[open].startedAt = request.startedAt
          return observation(state.pullRequests[open])
        }
        let created = PullRequest(
          number: state.pullRequests.count + 1, environment: request.environment, revision: request.revision,
          startedAt: request.startedAt, state: .open)
        state.pullRequests.append(created)
        state.opened.append("\(request.environment) \(request.revision)")
        return observation(created)
      }
    }

    func observe(_ request: PromotionRequest) async throws -> PromotionObservation {
      try world.effect { state in
        state.pullRequests.first { $0.number == request.known?.number }.map(observation) ?? .missing
      }
    }

    func close(_ request: PromotionRequest) async throws -> PromotionObservation {
      try world.effect { state in
        if let open = state.pullRequests.lastIndex(where: { $0.environment == request.environment && $0.state == .open }
        ) {
          state.pullRequests[open].state = .abandoned
          return observation(state.pullRequests[open])
        }
        return state.pullRequests.last { $0.environment == request.environment }.map(observation) ?? .missing
      }
    }
  }
}
