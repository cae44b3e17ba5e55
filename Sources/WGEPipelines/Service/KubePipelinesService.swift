public import WGECore
public import WGEKube

/// ``PipelinesService`` over the Kubernetes API.
///
/// Pipelines and applications are read as the principal. Answers are written with the host's own
/// identity after Kubernetes has said that the principal may `approve` the pipeline, since people have
/// no right to write a status. Everything is kept in the pipeline's status; the controller acts on it.
public struct KubePipelinesService: PipelinesService {
  /// Which right an answer takes.
  public enum ApprovalRight: Sendable, Hashable {
    /// The verb `approve` on `pipelines.pipelines.weave.works`, for the pipeline's name.
    case approve
    /// The verb `get`, as upstream has it: whoever sees a pipeline may approve. For hosts whose roles
    /// do not know `approve` yet.
    case get
  }

  let observer: TargetObserver
  let approvalRight: ApprovalRight
  let approvalWait: Duration
  let clock: any Clock<Duration>
  let wallClock: any WallClock

  /// - Parameters:
  ///   - directory: gives clients of the management cluster and of those that pipelines name.
  ///   - management: how the directory calls the management cluster.
  ///   - approvalRight: which right an answer takes.
  ///   - approvalWait: how long an approval waits for its pull request before it answers without.
  public init(
    directory: any ClusterDirectory, management: ClusterID = .management, approvalRight: ApprovalRight = .approve,
    approvalWait: Duration = PipelineDefaults.approvalWait, targetDeadline: Duration = PipelineDefaults.targetDeadline,
    clock: any Clock<Duration> = ContinuousClock(), wallClock: any WallClock = SystemWallClock()
  ) {
    observer = TargetObserver(directory: directory, management: management, deadline: targetDeadline, clock: clock)
    self.approvalRight = approvalRight
    self.approvalWait = approvalWait
    self.clock = clock
    self.wallClock = wallClock
  }

  // MARK: Reading

  /// See ``PipelinesService/get(as:_:)``.
  public func get(as principal: Principal, _ pipeline: ObjectKey) async throws -> PipelineView {
    try await translating(pipeline) {
      let (object, typed) = try await read(pipeline, as: principal)
      let answers = try await observer.answers(typed, as: principal)
      return PipelineViewBuilder(pipeline: typed, observer: observer).view(object: object, answers: answers)
    }
  }

  /// See ``PipelinesService/listPullRequests(as:_:)``. Tells what the controller saw at its last look,
  /// so that no Git credential is needed here.
  public func listPullRequests(as principal: Principal, _ pipeline: ObjectKey) async throws -> PullRequestList {
    try await translating(pipeline) {
      let (_, typed) = try await read(pipeline, as: principal)
      var list = PullRequestList(items: [])
      for environment in typed.spec.environments {
        guard let record = typed.status?.environments[environment.name]?.promotion,
          let pullRequest = record.pullRequest, pullRequest.state.isOpen
        else { continue }
        list.items.append(
          PullRequestList.Item(environment: environment.name, revision: record.revision, pullRequest: pullRequest))
        if record.state == .pullRequestOpen, let reason = record.reason {
          list.errors[environment.name] = "\(reason): \(record.message ?? "")"
        }
      }
      return list
    }
  }

  // MARK: Answering

  /// See ``PipelinesService/approve(as:_:)``.
  public func approve(as principal: Principal, _ answer: PromotionAnswer) async throws -> PromotionAnswerResult {
    try await translating(answer.pipeline) {
      let result = try await decide(.approved, as: principal, answer)
      return try await waitForPullRequest(result, answer)
    }
  }

  /// See ``PipelinesService/reject(as:_:)``.
  public func reject(as principal: Principal, _ answer: PromotionAnswer) async throws -> PromotionAnswerResult {
    try await translating(answer.pipeline) { try await decide(.rejected, as: principal, answer) }
  }

  /// See ``PipelinesService/retry(as:_:environment:)``.
  public func retry(
    as principal: Principal, _ pipeline: ObjectKey, environment: String
  ) async throws -> PromotionAnswerResult {
    try await translating(pipeline) {
      let actor = try await authorise(principal, pipeline, environment: environment)
      let now = Timestamp(seconds: wallClock.now().seconds)
      let changed = try await change(pipeline) { current in
        guard var status = current.environments[environment], var record = status.promotion,
          [.abandoned, .failed, .stalled].contains(record.state)
        else {
          let state = current.environments[environment]?.promotion?.state.rawValue ?? "unknown"
          throw PipelinesError(
            .notWaiting, "there is nothing to retry in environment \(environment) of \(pipeline): its state is \(state)"
          )
        }
        record.retry = RetryRecord(actor: actor, time: now)
        status.promotion = record
        current.environments[environment] = status
      }
      return try result(changed, environment)
    }
  }

  private func decide(
    _ decision: ApprovalRecord.Decision, as principal: Principal, _ answer: PromotionAnswer
  ) async throws -> PromotionAnswerResult {
    if let problem = PipelineValidation.problem(inRevision: answer.revision) { throw PipelinesError(.invalid, problem) }
    let actor = try await authorise(principal, answer.pipeline, environment: answer.environment)
    let record = ApprovalRecord(
      revision: answer.revision, decision: decision, actor: actor, time: Timestamp(seconds: wallClock.now().seconds),
      comment: answer.comment.flatMap { $0.isEmpty ? nil : $0.cut(PipelineDefaults.recordMessageLength) })
    let changed = try await change(answer.pipeline) { status in
      try Self.record(record, of: answer, in: &status)
    }
    return try result(changed, answer.environment)
  }

  /// Adds an answer to a status, or says why it comes too late.
  static func record(_ answer: ApprovalRecord, of request: PromotionAnswer, in status: inout PipelineStatus) throws {
    guard var environment = status.environments[request.environment] else {
      throw PipelinesError(
        .notWaiting, "environment status is not available for pipeline=\(request.pipeline): nothing was observed yet")
    }
    var promotion = environment.promotion ?? PromotionRecord(revision: request.revision, state: .gated)
    let sameAnswer = (promotion.approvals ?? []).contains {
      $0.revision == answer.revision && $0.decision == answer.decision && $0.actor == answer.actor
    }
    if sameAnswer, promotion.revision == answer.revision { return }
    guard environment.waitingRevision == request.revision else {
      let waiting = environment.waitingRevision.map { "\($0) does" } ?? "nothing does"
      throw PipelinesError(
        .notWaiting,
        "failed \(answer.decision == .approved ? "approving" : "rejecting") promotion: \(request.revision) does not wait "
          + "in environment \(request.environment) of \(request.pipeline); \(waiting)")
    }
    if promotion.revision != request.revision {
      // A waiting revision that an older controller wrote has no record of its own.
      let history = promotion.history
      promotion = PromotionRecord(revision: request.revision, state: .gated)
      promotion.history = history
    }
    promotion.approvals = Array(((promotion.approvals ?? []) + [answer]).suffix(PipelineDefaults.approvalLimit))
    environment.promotion = promotion
    status.environments[request.environment] = environment
  }

  /// Who the principal is, once it is clear that they may answer.
  private func authorise(_ principal: Principal, _ key: ObjectKey, environment: String) async throws -> String {
    let (_, pipeline) = try await read(key, as: principal)
    guard pipeline.spec.environment(named: environment) != nil else {
      let names = pipeline.spec.environments.map(\.name).prefix(20).joined(separator: ", ")
      throw PipelinesError(
        .notFound, "pipeline \(key) has no environment \"\(environment.cut(100))\"; it has: \(names)")
    }
    let client = try await observer.directory.client(for: observer.management, as: principal)
    if approvalRight == .approve {
      let decision = try await client.review(
        ResourceAttributes("approve", Pipeline.resource, namespace: key.namespace, name: key.name))
      guard decision.allowed else {
        throw PipelinesError(
          .forbidden,
          "\(principal.displayName) may not approve promotions of pipeline \(key): grant the verb \"approve\" on "
            + "pipelines.pipelines.weave.works")
      }
    }
    if case .user(let user) = principal { return user.name }
    return try await client.currentUser().name
  }

  // MARK: The parts

  private func read(_ key: ObjectKey, as principal: Principal) async throws -> (DynamicObject, Pipeline) {
    let client = try await observer.directory.client(for: observer.management, as: principal)
    let object = try await client.get(Pipeline.resource, key)
    return (object, try TypedCodec.decode(object))
  }

  /// Changes the status of a pipeline as it is at that moment, again when somebody was faster.
  private func change(_ key: ObjectKey, _ edit: (inout PipelineStatus) throws -> Void) async throws -> Pipeline {
    let client = try await observer.directory.client(for: observer.management, as: .server)
    for _ in 0..<PipelineDefaults.writeAttempts {
      let pipeline = try await client.get(Pipeline.self, key)
      var status = pipeline.status ?? PipelineStatus()
      try edit(&status)
      if status == pipeline.status { return pipeline }
      do {
        return try await PipelineReconciler.store(status, of: pipeline, client: client)
      } catch let error as KubeError where error.isConflict {
        continue
      }
    }
    throw PipelinesError(.conflict, "pipeline \(key) keeps changing: try again")
  }

  private func result(_ pipeline: Pipeline, _ environment: String) throws -> PromotionAnswerResult {
    let view = PipelineViewBuilder(pipeline: pipeline, observer: observer).view()
    guard let found = view.environment(named: environment) else {
      throw PipelinesError(
        .notFound, "pipeline \(pipeline.key) has no environment \"\(environment.cut(100))\" any more")
    }
    return PromotionAnswerResult(environment: found)
  }

  /// Looks whether the controller opened the pull request meanwhile, for a short time.
  private func waitForPullRequest(
    _ first: PromotionAnswerResult, _ answer: PromotionAnswer
  ) async throws -> PromotionAnswerResult {
    var latest = first
    var waited: Duration = .zero
    let pause: Duration = .milliseconds(100)
    while waited < approvalWait {
      let state = latest.environment.state
      if latest.environment.revision != answer.revision { return latest }
      if state != .gated, state != .promoting { return latest }
      try await clock.sleep(for: pause)
      waited += pause
      let client = try await observer.directory.client(for: observer.management, as: .server)
      latest = try result(try await client.get(Pipeline.self, answer.pipeline), answer.environment)
    }
    return latest
  }

  /// Kubernetes' errors in the words of this service.
  func translating<Value>(_ key: ObjectKey?, _ call: () async throws -> Value) async throws -> Value {
    do { return try await call() } catch let error as KubeError { throw Self.error(error, key) } catch let error
      as ClusterError
    {
      let code: PipelinesError.Code =
        switch error.code {
        case .unauthorized: .unauthenticated
        case .forbidden: .forbidden
        case .unreachable, .timeout, .tls, .notReady: .unavailable
        default: .other
        }
      throw PipelinesError(code, error.description)
    }
  }

  static func error(_ error: KubeError, _ key: ObjectKey?) -> PipelinesError {
    let code: PipelinesError.Code =
      if error.isUnauthorized {
        .unauthenticated
      } else if error.isForbidden {
        .forbidden
      } else if error.isNotFound {
        .notFound
      } else if error.isConflict {
        .conflict
      } else if error.isInvalid {
        .invalid
      } else if error.isTransient {
        .unavailable
      } else {
        .other
      }
    let what =
      key.map { "failed to find pipeline=\($0.name) in namespace=\($0.namespace ?? ""): " }.flatMap {
        error.isNotFound ? $0 : nil
      } ?? ""
    return PipelinesError(code, what + error.description)
  }
}
