public import WGECore
public import WGEKube

/// Keeps pipelines: reads one, lets ``PromotionRunner`` work, stores what it decides.
///
/// Each status write carries the resource version that was read, so that an approval given meanwhile,
/// or another replica, makes the write fail and the pipeline is read again. The write comes before the
/// effect; a process that dies between any two writes leaves a record from which the next run goes on.
public struct PipelineReconciler: Reconciler {
  /// The loop, with everything but its way to store and tell.
  public typealias RunnerFactory = @Sendable (KubeClient) -> PromotionRunner

  private let runner: PromotionRunner
  private let onObserved: @Sendable (Pipeline?, ObjectKey) async -> Void

  /// - Parameters:
  ///   - observer: looks at targets.
  ///   - repository: finds the repository of a promotion, for instance
  ///     ``PromotionRepositories/repository(for:)``.
  ///   - events: tells people; nil for nobody.
  ///   - onObserved: called with each pipeline before it is worked on, and with nil when it is gone.
  public init(
    engine: PromotionEngine = PromotionEngine(), observer: TargetObserver,
    repository: @escaping @Sendable (PromotionRequest) async throws -> any PromotionRepository,
    events: EventRecorder? = nil, wallClock: any WallClock = SystemWallClock(),
    onObserved: @escaping @Sendable (Pipeline?, ObjectKey) async -> Void = { _, _ in }
  ) {
    self.onObserved = onObserved
    runner = PromotionRunner(
      engine: engine, observing: { try await observer.observe($0) }, repository: repository,
      tell: { event, pipeline in
        events?.record(
          event.kind == .normal ? .normal : .warning, reason: event.reason, message: event.message,
          regarding: ObjectReference(pipeline), annotations: event.annotations)
      }, wallClock: wallClock)
  }

  /// Brings one pipeline as far as it gets now.
  public func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
    let object: DynamicObject
    do { object = try await context.client.get(Pipeline.resource, key) } catch let error as KubeError
      where error.isNotFound
    {
      await onObserved(nil, key)
      return .done
    }
    guard !object.isBeingDeleted else {
      await onObserved(nil, key)
      return .done
    }
    var pipeline: Pipeline
    do { pipeline = try TypedCodec.decode(object) } catch { throw TerminalError(error) }
    await onObserved(pipeline, key)
    var runner = runner
    let client = context.client
    runner.store = { try await Self.store($1, of: $0, client: client) }
    return try await runner.run(&pipeline).map(Requeue.after) ?? .done
  }

  /// Writes only what changed of the fields that this module knows, and only onto the state that
  /// was read. Fields of others survive.
  static func store(_ status: PipelineStatus, of pipeline: Pipeline, client: KubeClient) async throws -> Pipeline {
    let old = try pipeline.status.map { try JSON(encoding: $0) } ?? .object([:])
    var patch = JSON.object([:])
    patch["status"] = JSON.mergePatch(from: old, to: try JSON(encoding: status))
    patch.setValue(pipeline.metadata.resourceVersion.map(JSON.string), at: ["metadata", "resourceVersion"])
    if let uid = pipeline.metadata.uid { patch.setValue(.string(uid), at: ["metadata", "uid"]) }
    let stored = try await client.patch(Pipeline.resource, pipeline.key, .merge(patch), subresource: .status)
    return try TypedCodec.decode(stored)
  }
}
