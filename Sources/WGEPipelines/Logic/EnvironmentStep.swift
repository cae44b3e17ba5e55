internal import WGECore

// One environment, one step.
//
// `run` first folds what is known from outside into the record (`fold`, in its own file), then
// decides. A promotion is under way when its record has a start and no end; everything else about an
// environment is derived afresh from the observations each time, so a lost or late write of it costs
// nothing. What must not be lost, the end of a promotion, is in the history.

/// The step of one environment. All inputs are fixed at the start; `run` fills the outputs.
struct EnvironmentStep {
  let input: PromotionInput
  let index: Int
  let observations: [TargetObservation]
  let source: PromotionSource
  let policy: PromotionPolicy

  var record: PromotionRecord?
  var waiting: String?
  var effects: [PromotionEffect] = []
  var events: [PipelineEvent] = []
  var wake: Duration?

  init(
    input: PromotionInput, index: Int, observations: [TargetObservation], source: PromotionSource,
    policy: PromotionPolicy
  ) {
    self.input = input
    self.index = index
    self.observations = observations
    self.source = source
    self.policy = policy
    record = previous?.promotion
  }

  var environment: PipelineEnvironment { input.spec.environments[index] }
  var previous: EnvironmentStatus? { input.status.environments[environment.name] }
  var promotion: Promotion? { input.spec.effectivePromotion(into: environment.name) }
  /// Engine times are whole seconds, as they are stored.
  var now: Timestamp { Timestamp(seconds: input.now.seconds) }

  // MARK: The targets

  /// The one revision of all targets, ready or not; nil when there is none.
  var common: String? {
    guard let first = observations.first?.revision, !first.isEmpty,
      observations.allSatisfy({ $0.revision == first && $0.failure == nil })
    else { return nil }
    return first
  }

  var settled: String? { observations.allSatisfy(\.ready) ? common : nil }

  /// Why the targets offer nothing.
  var unsettledProblem: String {
    if observations.isEmpty { return "environment \(environment.name) has no targets" }
    if common == nil { return PipelineConditions.differentRevisions }
    return PipelineConditions.notReady
  }

  /// What this environment offers to the next, once `run` decided.
  var offered: PromotionSource {
    let upToDate = record?.state == .upToDate
    return PromotionSource(
      environment: environment.name, settled: settled, offer: upToDate ? settled : nil,
      problem: settled == nil ? unsettledProblem : "it is \(record?.state.rawValue ?? "unknown")")
  }

  // MARK: The step

  mutating func run() {
    guard index > 0 else { return first() }
    fold()
    takeRetry()
    if isUnderWay {
      continueUnderWay()
      // A promotion that ended just now leaves the environment free to decide about the next.
      if isUnderWay || record?.state == .superseded && record?.finishedAt == nil { return }
      if endedNow { return settleAfterEnd() }
    }
    decide()
  }

  /// Nothing promotes into the first environment: its state only tells whether it has settled.
  private mutating func first() {
    if let settled {
      follow(settled, .upToDate, message: nil)
    } else {
      follow(common ?? record?.revision ?? "", .waitingSource, message: unsettledProblem)
    }
  }

  var isUnderWay: Bool { record.map { $0.startedAt != nil && $0.finishedAt == nil } ?? false }

  /// Whether the record ended in this very step, so that its end state is to be shown once.
  private var endedNow: Bool { record.map { $0.finishedAt != nil && $0.state != .superseded } ?? false }

  /// The state right after an end: the end itself.
  private mutating func settleAfterEnd() {
    waiting = nil
  }

  // MARK: Nothing under way

  private mutating func decide() {
    if observations.isEmpty {
      return follow("", .waitingSource, message: unsettledProblem)
    }
    guard let candidate = source.offer else { return withoutCandidate() }
    if let problem = PipelineValidation.problem(inRevision: candidate) {
      return follow(candidate, .failed, reason: "InvalidRevision", message: problem)
    }
    if settled == candidate {
      return follow(
        candidate, .upToDate, message: nil, succeeded: record?.revision == candidate ? record?.succeeded : nil)
    }
    if observations.contains(where: { $0.revision == candidate }) {
      return followApplying(candidate, message: "waiting for all targets to run \(candidate) and be ready")
    }
    switch pastOf(candidate)?.state {
    case .abandoned:
      return follow(
        candidate, .abandoned, reason: record?.reason ?? "Abandoned",
        message: pastOf(candidate)?.message
          ?? "the promotion of \(candidate) was abandoned; retry it or promote a newer revision")
    case .upToDate:
      return followApplying(
        candidate,
        message: "\(candidate) was promoted before and the environment left it; retry to promote it again")
    default:
      return gate(candidate)
    }
  }

  private mutating func withoutCandidate() {
    let problem = "waiting for environment \(source.environment ?? ""): \(source.problem ?? "no revision")"
    // A gate stays until its revision is superseded; an approval given meanwhile counts once the
    // source runs that revision, ready.
    if let gated = previous?.waitingRevision, record?.state == .gated, record?.revision == gated, common != gated {
      if source.settled == gated { return gate(gated) }
      if approvals(of: gated).contains(where: { $0.decision == .rejected }) { return gate(gated) }
      waiting = gated
      let approved = approvals(of: gated).contains { $0.decision == .approved }
      if approved { record?.message = "approved; \(problem)" }
      return
    }
    follow(common ?? record?.revision ?? "", .waitingSource, message: problem)
  }

  /// The newest promotion of a revision that ended, unless another one ended well or badly since.
  func pastOf(_ revision: String) -> PromotionHistoryEntry? {
    let last = record?.history?.first { $0.state != .superseded }
    return last?.revision == revision ? last : nil
  }

  func approvals(of revision: String) -> [ApprovalRecord] {
    record?.revision == revision ? (record?.approvals ?? []).filter { $0.revision == revision } : []
  }

  /// Lets a revision pass, or says what it waits for.
  private mutating func gate(_ candidate: String) {
    guard let promotion else {
      return follow(
        candidate, .gated, reason: "NoPromotion",
        message: "\(candidate) waits: environment \(environment.name) has no promotion strategy")
    }
    let answers = approvals(of: candidate)
    if needsApproval(candidate) || answers.contains(where: { $0.decision == .rejected }) {
      if let rejection = answers.first(where: { $0.decision == .rejected }) {
        return reject(candidate, rejection, answers)
      }
      guard answers.contains(where: { $0.decision == .approved }) else {
        return wait(for: candidate, promotion)
      }
    }
    start(candidate, promotion, approvals: answers)
  }

  func needsApproval(_ candidate: String) -> Bool { (promotion?.isManual ?? false) || isRollback(candidate) }

  /// Whether the candidate is lower than what runs here, or is about to.
  func isRollback(_ candidate: String) -> Bool {
    var present = observations.map(\.revision)
    if isUnderWay, let record, record.state == .applying || record.state == .stalled { present.append(record.revision) }
    return present.contains { SemanticVersion.isRollback(from: $0, to: candidate) }
  }

  private mutating func wait(for candidate: String, _ promotion: Promotion) {
    let before = record
    let rollback = isRollback(candidate)
    let message =
      rollback
      ? "\(candidate) is lower than what \(environment.name) runs: a rollback needs an approval"
      : "\(candidate) waits for an approval"
    let answers = approvals(of: candidate)
    follow(candidate, .gated, reason: rollback ? "Rollback" : "WaitingApproval", message: message)
    record?.approvals = answers.isEmpty ? nil : answers
    waiting = candidate
    if before?.state != .gated || before?.revision != candidate {
      tell(.normal, "PromotionBlocked", "Promotion of \(input.pipeline) to \(environment.name) is blocked: \(message)")
    }
  }

  private mutating func reject(_ candidate: String, _ rejection: ApprovalRecord, _ answers: [ApprovalRecord]) {
    let comment = rejection.comment.map { ": \($0)" } ?? ""
    let message = "\(candidate) was rejected by \(rejection.actor)\(comment)".cut(PipelineDefaults.recordMessageLength)
    follow(candidate, .abandoned, reason: "Rejected", message: message)
    record?.approvals = answers
    record?.actor = rejection.actor
    record?.succeeded = false
    remember(.abandoned, message: message)
    tell(
      .warning, "PromotionAbandoned", "Promotion of \(input.pipeline) to \(environment.name) was abandoned: \(message)")
  }

  // MARK: Starting

  /// Records a promotion before anything is called out. The start time is later than that of any
  /// other promotion into this environment, because it is part of the promotion's identity.
  mutating func start(
    _ revision: String, _ promotion: Promotion, approvals: [ApprovalRecord], keeping open: PullRequestRecord? = nil
  ) {
    let latest = ([record?.startedAt] + (record?.history ?? []).map(\.startedAt)).compactMap(\.self).max()
    var started = PromotionRecord(revision: revision, state: .promoting)
    started.startedAt = latest.map { max(now, $0.advanced(by: .seconds(1))) } ?? now
    started.lastAttemptedTime = now
    started.attempt = 1
    started.generation = input.generation
    started.actor = approvals.last { $0.decision == .approved }?.actor ?? PipelineDefaults.controllerActor
    started.approvals = approvals.isEmpty ? nil : approvals
    started.pullRequest = open
    started.history = record?.history
    record = started
    waiting = nil
    tell(
      .normal, "PromotionStarted",
      "Promotion of \(input.pipeline) to \(environment.name) with version \(revision) started")
    callOut()
  }

  /// Asks for the effect of a record in state `promoting`.
  mutating func callOut() {
    guard let record, let request = input.request(for: record, environment: index) else { return }
    let strategy = promotion?.strategy
    if strategy?.pullRequest != nil {
      effects.append(.propose(request))
    } else if strategy?.notification != nil {
      effects.append(.notify(request))
    } else {
      fail(.configuration("UnknownStrategy", "no known promotion strategy requested: set pull-request or notification"))
    }
  }

  // MARK: Writing the record

  /// A record that only says what is seen. It keeps the history and, for the same revision, who did
  /// what; the fields of a promotion under way are dropped.
  mutating func follow(
    _ revision: String, _ state: PromotionState, reason: String? = nil, message: String?, succeeded: Bool? = nil
  ) {
    var next = PromotionRecord(revision: revision, state: state)
    next.history = record?.history
    next.reason = reason
    next.message = message
    next.succeeded = succeeded
    if let record, record.revision == revision, !revision.isEmpty {
      next.startedAt = record.startedAt
      next.finishedAt = record.finishedAt
      next.lastAttemptedTime = record.lastAttemptedTime
      next.attempt = record.attempt
      next.succeeded = succeeded ?? record.succeeded
      next.actor = record.actor
      next.pullRequest = record.pullRequest
      next.approvals = record.approvals
    }
    record = next
  }

  /// Targets are on their way to a revision without a promotion of this pipeline.
  private mutating func followApplying(_ revision: String, message: String) {
    let before = record
    let since =
      (before?.state == .applying || before?.state == .stalled) && before?.revision == revision
      ? before?.appliedAt : nil
    follow(revision, .applying, message: message)
    let start = since ?? now
    record?.appliedAt = start
    checkDeadline(wasStalled: before?.state == .stalled && since != nil)
  }

  /// Turns applying into stalled when its deadline passed, else asks to be woken then.
  mutating func checkDeadline(wasStalled: Bool) {
    guard let since = record?.appliedAt else { return }
    let left = policy.applyDeadline - input.now.duration(since: since)
    if left > .zero {
      wake = [wake, left].compactMap(\.self).min()
      return
    }
    record?.state = .stalled
    record?.reason = "DeadlineExceeded"
    let unready = zip(environment.targets, observations).filter { !$1.ready || $1.revision != record?.revision }
    let names = unready.map { target, _ in
      (target.clusterRef.map { "\($0.key(inNamespace: input.pipeline.namespace)):" } ?? "") + target.namespace
    }
    let revision = record?.revision ?? ""
    record?.message =
      "targets did not run \(revision) within \(policy.applyDeadline.wholeMinutes) minutes: "
      + names.prefix(10).joined(separator: ", ")
    if !wasStalled {
      tell(
        .warning, "PromotionFailed",
        "Promotion of \(input.pipeline) to \(environment.name) stalled: \(record?.message ?? "")")
    }
  }

  mutating func tell(_ kind: PipelineEvent.Kind, _ reason: String, _ message: String) {
    events.append(
      PipelineEvent(
        kind, reason: reason, message: message.cut(PipelineDefaults.recordMessageLength),
        annotations: [
          "pipelines.weave.works/environment": environment.name,
          "pipelines.weave.works/revision": record?.revision ?? "",
        ]))
  }
}

extension Duration {
  /// Whole minutes, rounded down, for messages.
  var wholeMinutes: Int64 { components.seconds / 60 }
}
