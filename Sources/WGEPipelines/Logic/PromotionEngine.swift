public import WGECore

// How a revision travels.
//
// The engine is one function: from what is wanted (the specification), what was done before (the
// status) and what is seen now (targets, pull requests, the time) to what is true now (the new
// status) and what is to be done (effects). It has no memory of its own and decides from state,
// never from the event that woke its caller; called again with the same input it asks for nothing new.
//
// The order in which a caller must act makes crashes harmless:
//   1. observe targets, then pull requests;
//   2. call the engine; store the status BEFORE anything is called out (the write-ahead record);
//   3. carry out the effects; each is idempotent and recognises its own earlier work;
//   4. call the engine with what the effects answered; store the status again.
// After a crash between 2 and 3 or between 3 and 4 the stored state is `Promoting`, and the next run
// carries out the same effect with the same identity (revision and start time).
//
// Invariants, tested by random walks:
//   - at most one promotion is under way per environment, and none starts for a revision that is
//     under way, succeeded or was abandoned there, unless a person asks;
//   - nothing is promoted that its source environment does not run, ready, on all targets;
//   - a lower semantic version never replaces a higher one without a person's approval.

/// Everything that the engine decides from.
public struct PromotionInput: Sendable {
  /// Namespace and name of the pipeline.
  public var pipeline: ObjectKey
  /// The pipeline's uid; empty when it has none.
  public var uid: String
  /// `metadata.generation`.
  public var generation: Int64
  /// What is wanted.
  public var spec: PipelineSpec
  /// What was stored last.
  public var status: PipelineStatus
  /// Per environment, in the order of the specification, one observation per target.
  public var targets: [[TargetObservation]]
  /// Per environment name, what is known of its promotion outside.
  public var promotions: [String: PromotionObservation]
  /// The time.
  public var now: Timestamp

  /// An input from its parts.
  public init(
    pipeline: ObjectKey, uid: String = "", generation: Int64 = 1, spec: PipelineSpec,
    status: PipelineStatus = PipelineStatus(), targets: [[TargetObservation]],
    promotions: [String: PromotionObservation] = [:], now: Timestamp
  ) {
    self.pipeline = pipeline
    self.uid = uid
    self.generation = generation
    self.spec = spec
    self.status = status
    self.targets = targets
    self.promotions = promotions
    self.now = now
  }

  /// The input for a pipeline as it was read.
  public init(
    _ pipeline: Pipeline, targets: [[TargetObservation]], promotions: [String: PromotionObservation] = [:],
    now: Timestamp
  ) {
    self.init(
      pipeline: pipeline.key, uid: pipeline.metadata.uid ?? "", generation: pipeline.metadata.generation ?? 0,
      spec: pipeline.spec, status: pipeline.status ?? PipelineStatus(), targets: targets, promotions: promotions,
      now: now)
  }
}

/// What the engine decided.
public struct PromotionDecision: Sendable, Hashable {
  /// The status to store, before any effect is carried out.
  public var status: PipelineStatus
  /// What to do once the status is stored.
  public var effects: [PromotionEffect]
  /// What to tell once the status is stored. Only transitions are told.
  public var events: [PipelineEvent]
  /// When to decide again though nothing happened; nil: not before something does.
  public var requeueAfter: Duration?
}

/// Decides promotions. See ``PromotionRunner`` for the loop around it.
public struct PromotionEngine: Sendable {
  /// The times that it reckons with.
  public var policy: PromotionPolicy

  /// An engine with the given times.
  public init(policy: PromotionPolicy = PromotionPolicy()) { self.policy = policy }

  /// The environments whose pull request must be looked at before ``decide(_:)``, as requests that
  /// name it.
  public func pullRequestsToObserve(_ pipeline: Pipeline) -> [PromotionRequest] {
    guard PipelineValidation.problems(in: pipeline.spec).isEmpty else { return [] }
    let input = PromotionInput(pipeline, targets: [], now: Timestamp(seconds: 0))
    return pipeline.spec.environments.indices.dropFirst().compactMap { index in
      let environment = pipeline.spec.environments[index]
      guard let record = pipeline.status?.environments[environment.name]?.promotion,
        record.state == .pullRequestOpen, record.finishedAt == nil
      else { return nil }
      let request = input.request(for: record, environment: index)
      return request?.pullRequest == nil ? nil : request
    }
  }

  /// The new status and what to do, from what is wanted, was done and is seen.
  public func decide(_ input: PromotionInput) -> PromotionDecision {
    let problems = PipelineValidation.problems(in: input.spec)
    var status = input.status
    status.observedGeneration = input.generation
    guard problems.isEmpty else {
      return refuse(input, status: status, problems: problems)
    }

    var effects: [PromotionEffect] = []
    var events = targetEvents(input)
    var wake: Duration?
    var environments: [String: EnvironmentStatus] = [:]
    var source = PromotionSource(environment: nil, settled: nil, offer: nil, problem: nil)
    for (index, environment) in input.spec.environments.enumerated() {
      let observations = input.observations(ofEnvironment: index)
      var step = EnvironmentStep(input: input, index: index, observations: observations, source: source, policy: policy)
      step.run()
      environments[environment.name] = EnvironmentStatus(
        waitingApproval: step.waiting.map(WaitingApproval.init(revision:)),
        targets: zip(environment.targets, observations).map { target, observation in
          TargetStatus(
            clusterAppRef: ClusterAppReference(input.spec.appRef, in: target), ready: observation.ready,
            revision: observation.revision.isEmpty ? nil : observation.revision,
            error: (observation.failure?.message ?? observation.problem).map {
              $0.cut(PipelineDefaults.recordMessageLength)
            })
        },
        promotion: step.record)
      effects += step.effects
      events += step.events
      wake = [wake, step.wake].compactMap(\.self).min()
      source = step.offered
      if index == 0, let settled = step.offered.settled { status.latestRevision = settled }
    }
    status.environments = environments
    if input.targets.contains(where: { $0.contains { $0.failure != nil } }) {
      wake = min(wake ?? policy.unreadableTargetInterval, policy.unreadableTargetInterval)
    }
    status.conditions = PipelineConditions.conditions(after: input, environments: environments)
    if PipelineConditions.differsForPeople(status, input.status) {
      events.append(PipelineEvent(reason: "Updated", message: "Updated pipeline \(input.pipeline)"))
    }
    return PromotionDecision(status: status, effects: effects, events: events, requeueAfter: wake)
  }

  private func refuse(_ input: PromotionInput, status: PipelineStatus, problems: [String]) -> PromotionDecision {
    var status = status
    status.conditions = PipelineConditions.invalid(after: input, problems: problems)
    var events: [PipelineEvent] = []
    if input.status.condition("Ready")?.message != status.condition("Ready")?.message {
      events.append(
        PipelineEvent(.warning, reason: "InvalidSpec", message: status.condition("Ready")?.message ?? ""))
    }
    return PromotionDecision(status: status, effects: [], events: events, requeueAfter: nil)
  }

  /// A warning for each target that became unreadable, or unreadable for another reason.
  private func targetEvents(_ input: PromotionInput) -> [PipelineEvent] {
    var events: [PipelineEvent] = []
    for (index, environment) in input.spec.environments.enumerated() {
      let before = input.status.environments[environment.name]?.targets ?? []
      for (position, observation) in input.observations(ofEnvironment: index).enumerated() {
        guard let failure = observation.failure else { continue }
        let message = failure.message.cut(PipelineDefaults.recordMessageLength)
        if before.indices.contains(position), before[position].error == message { continue }
        events.append(event(for: failure, target: environment.targets[position], input: input, message: message))
      }
    }
    return events
  }

  private func event(
    for failure: TargetObservation.Failure, target: PipelineTarget, input: PromotionInput, message: String
  ) -> PipelineEvent {
    let cluster = target.clusterRef?.key(inNamespace: input.pipeline.namespace)
    switch failure {
    case .cluster:
      return PipelineEvent(
        .warning, reason: "GetClusterError",
        message:
          "Failed to get cluster \(cluster?.description ?? "management") for pipeline \(input.pipeline): \(message)")
    case .application:
      let place = cluster.map { "\($0):" } ?? ""
      return PipelineEvent(
        .warning, reason: "GetAppError",
        message: "Failed to get application object \(place)\(target.namespace)/\(input.spec.appRef.name) "
          + "for pipeline \(input.pipeline): \(message)")
    }
  }
}

/// What an environment offers to the next one.
struct PromotionSource {
  /// Nil before the first environment.
  var environment: String?
  /// The one revision that all targets run, ready.
  var settled: String?
  /// ``settled``, when the environment is itself where its own source wants it.
  var offer: String?
  /// Why there is no offer.
  var problem: String?
}

extension PromotionInput {
  /// As many observations as there are targets; one that is lacking reads as unknown.
  func observations(ofEnvironment index: Int) -> [TargetObservation] {
    let count = spec.environments[index].targets.count
    let given = targets.indices.contains(index) ? targets[index] : []
    return (0..<count).map { given.indices.contains($0) ? given[$0] : TargetObservation() }
  }

  /// The promotion that a record speaks of. Nil while nothing was started.
  func request(for record: PromotionRecord, environment index: Int) -> PromotionRequest? {
    guard let startedAt = record.startedAt else { return nil }
    let name = spec.environments[index].name
    return PromotionRequest(
      pipeline: pipeline, pipelineUID: uid, environment: name,
      sourceEnvironment: index > 0 ? spec.environments[index - 1].name : nil, revision: record.revision,
      startedAt: startedAt, attempt: record.attempt ?? 1, actor: record.actor ?? PipelineDefaults.controllerActor,
      approvals: record.approvals ?? [], pullRequest: spec.effectivePromotion(into: name)?.strategy.pullRequest,
      known: record.pullRequest)
  }
}

extension String {
  /// At most so many characters, with an ellipsis when something was cut.
  func cut(_ length: Int) -> String { count > length ? prefix(length) + "..." : self }
}
