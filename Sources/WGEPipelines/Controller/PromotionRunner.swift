public import WGECore

/// The loop around ``PromotionEngine``: observe, decide, store, act, decide again.
///
/// It knows neither Kubernetes nor Git; both come in as functions, so that a unit test can drive a
/// promotion with a few lines of fakes, and the controller with the real things:
///
/// ```swift
/// let runner = PromotionRunner(
///   observing: { _ in [[.ready("1.1.0")], [.ready("1.0.0")]] },
///   repository: { _ in repository })
/// try await runner.run(&pipeline)
/// ```
/// One pipeline must not be run twice at the same time; different ones may.
public struct PromotionRunner: Sendable {
  /// Decides.
  public var engine: PromotionEngine
  /// One observation per target of each environment, in the order of the specification. Throws only
  /// when nothing at all can be said.
  public var observe: @Sendable (Pipeline) async throws -> [[TargetObservation]]
  /// The repository that a promotion by pull request changes.
  public var repository: @Sendable (PromotionRequest) async throws -> any PromotionRepository
  /// Stores a status durably and returns the pipeline as stored. Must fail when somebody else
  /// stored one meanwhile: the run then ends, and the next one decides anew.
  public var store: @Sendable (Pipeline, PipelineStatus) async throws -> Pipeline
  /// Tells people and programs.
  public var tell: @Sendable (PipelineEvent, Pipeline) async -> Void
  /// What time it is.
  public var wallClock: any WallClock

  /// A runner from its parts. Without `store` the status is kept in the pipeline value alone; without
  /// `tell` nobody is told.
  public init(
    engine: PromotionEngine = PromotionEngine(),
    observing observe: @escaping @Sendable (Pipeline) async throws -> [[TargetObservation]],
    repository: @escaping @Sendable (PromotionRequest) async throws -> any PromotionRepository,
    store: (@Sendable (Pipeline, PipelineStatus) async throws -> Pipeline)? = nil,
    tell: @escaping @Sendable (PipelineEvent, Pipeline) async -> Void = { _, _ in },
    wallClock: any WallClock = SystemWallClock()
  ) {
    self.engine = engine
    self.observe = observe
    self.repository = repository
    self.store =
      store ?? { pipeline, status in
        var stored = pipeline
        stored.status = status
        return stored
      }
    self.tell = tell
    self.wallClock = wallClock
  }

  /// Rounds of deciding and acting in one run. An environment acts at most three times in a row
  /// (close, start, propose); a longer chain would be a mistake of the engine and waits for the next run.
  private static let maximumRounds = 6

  /// Brings the pipeline as far as it gets now.
  ///
  /// - Parameter pipeline: as read; on return, and also when an error is thrown, as stored last.
  /// - Returns: when to run again though nothing happened; nil: not before something does.
  /// - Throws: what `observe` and `store` throw. Failures of a promotion are not thrown; they are
  ///   in the status.
  @discardableResult
  public func run(_ pipeline: inout Pipeline) async throws -> Duration? {
    let targets = try await observe(pipeline)
    var promotions = await observePullRequests(of: pipeline)
    var decision = engine.decide(
      PromotionInput(pipeline, targets: targets, promotions: promotions, now: wallClock.now()))
    for round in 1...Self.maximumRounds {
      if decision.status != pipeline.status { pipeline = try await store(pipeline, decision.status) }
      for event in decision.events { await tell(event, pipeline) }
      if decision.effects.isEmpty { break }
      guard round < Self.maximumRounds else { return engine.policy.backOffBase }
      promotions = [:]
      for effect in decision.effects {
        try Task.checkCancellation()
        promotions[effect.request.environment] = try await carryOut(effect, pipeline)
      }
      decision = engine.decide(
        PromotionInput(pipeline, targets: targets, promotions: promotions, now: wallClock.now()))
    }
    return decision.requeueAfter
  }

  private func observePullRequests(of pipeline: Pipeline) async -> [String: PromotionObservation] {
    var observations: [String: PromotionObservation] = [:]
    for request in engine.pullRequestsToObserve(pipeline) {
      observations[request.environment] = await Self.observation {
        try await repository(request).observe(request)
      }
    }
    return observations
  }

  private func carryOut(_ effect: PromotionEffect, _ pipeline: Pipeline) async throws -> PromotionObservation {
    let observation: PromotionObservation
    switch effect {
    case .propose(let request):
      observation = await Self.observation { try await repository(request).propose(request) }
    case .close(let request):
      observation = await Self.observation { try await repository(request).close(request) }
    case .notify(let request):
      await tell(.promote(request), pipeline)
      observation = .notified
    }
    // A cancelled call tells nothing; the stored record makes the next run repeat it.
    try Task.checkCancellation()
    return observation
  }

  private static func observation(
    _ call: () async throws -> PromotionObservation
  ) async -> PromotionObservation {
    do {
      return try await call()
    } catch let failure as PromotionFailure {
      return .failed(failure)
    } catch {
      return .failed(PromotionFailure("GitHostError", "\(error)".cut(PipelineDefaults.recordMessageLength)))
    }
  }
}
