internal import SwiftProtobuf
internal import WGECore
internal import WGEKube
internal import WGEPipelines

extension Pipelines_V1_Pipeline {
  /// - Parameter detailed: with the state of every environment; lists go without it.
  init(_ view: PipelineView, detailed: Bool) {
    self.init()
    name = view.key.name
    namespace = view.key.namespace ?? ""
    appRef = .with {
      $0.apiVersion = view.appRef.apiVersion
      $0.kind = view.appRef.kind
      $0.name = view.appRef.name
    }
    environments = view.environments.map { environment in
      .with {
        $0.name = environment.name
        $0.targets = environment.targets.map { .init($0) }
        if let promotion = environment.promotion { $0.promotion = .init(promotion) }
      }
    }
    if detailed {
      status = .with {
        $0.environments = Dictionary(
          view.environments.map { ($0.name, .init($0)) }, uniquingKeysWith: { first, _ in first })
      }
      yaml = view.yaml ?? ""
    }
    type = Pipeline.resource.kind
    if let own = view.promotion { promotion = .init(own) }
    environmentSummaries = view.environments.map { .init($0) }
    conditions = view.conditions.map { .init($0) }
    latestRevision = view.latestRevision ?? ""
    createdAt = view.createdAt?.rfc3339 ?? ""
  }
}

extension Pipelines_V1_Target {
  fileprivate init(_ target: PipelineTargetView) {
    self.init()
    namespace = target.namespace
    if let reference = target.clusterRef { clusterRef = .init(reference) }
  }
}

extension Pipelines_V1_ClusterRef {
  fileprivate init(_ reference: ClusterReference) {
    self.init()
    kind = reference.kind
    name = reference.name
    namespace = reference.namespace ?? ""
  }
}

extension Pipelines_V1_Promotion {
  fileprivate init(_ promotion: Promotion) {
    self.init()
    manual = promotion.isManual
    strategy = .with {
      if let pullRequest = promotion.strategy.pullRequest {
        $0.pullRequest = .with {
          $0.type = pullRequest.type.rawValue
          $0.url = pullRequest.url
          $0.branch = pullRequest.baseBranch
        }
      }
      if promotion.strategy.notification != nil { $0.notification = .init() }
      if let secret = promotion.strategy.secretRef { $0.secretRef = .with { $0.name = secret.name } }
    }
  }
}

extension Pipelines_V1_EnvironmentStatus {
  init(_ view: PipelineEnvironmentView) {
    self.init()
    if let waiting = view.waitingRevision { waitingStatus = .with { $0.revision = waiting } }
    targetsStatuses = view.targets.map { .init($0) }
    state = view.state?.rawValue ?? ""
    message = view.message ?? ""
    revision = view.commonRevision ?? ""
    if view.state != nil, view.revision != nil { promotion = .init(view) }
    history = view.history.map { .init($0) }
    approvals = view.approvals.map { .init($0) }
  }
}

extension Pipelines_V1_EnvironmentSummary {
  fileprivate init(_ view: PipelineEnvironmentView) {
    self.init()
    name = view.name
    state = view.state?.rawValue ?? ""
    revision = view.commonRevision ?? ""
    waitingRevision = view.waitingRevision ?? ""
    readyTargets = Int32(clamping: view.targets.count(where: \.ready))
    totalTargets = Int32(clamping: view.targets.count)
    if let pullRequest = view.pullRequest, pullRequest.state.isOpen { pullRequestURL = pullRequest.url }
    message = view.message ?? ""
    promotionRevision = view.revision ?? ""
  }
}

extension PipelineEnvironmentView {
  /// The revision that every target has.
  fileprivate var commonRevision: String? {
    guard let first = targets.first?.revision, targets.allSatisfy({ $0.revision == first }) else { return nil }
    return first
  }
}

extension Pipelines_V1_PromotionRecord {
  fileprivate init(_ view: PipelineEnvironmentView) {
    self.init()
    revision = view.revision ?? ""
    state = view.state?.rawValue ?? ""
    message = view.message ?? ""
    reason = view.reason ?? ""
    startedAt = view.startedAt?.rfc3339 ?? ""
    finishedAt = view.finishedAt?.rfc3339 ?? ""
    nextAttemptAt = view.nextAttemptTime?.rfc3339 ?? ""
    pullRequestURL = view.pullRequest?.url ?? ""
    pullRequestState = view.pullRequest?.state.rawValue ?? ""
    actor = view.actor ?? ""
    attempt = Int32(clamping: view.attempt ?? 0)
    approvals = view.approvals.map { .init($0) }
  }

  fileprivate init(_ entry: PromotionHistoryEntry) {
    self.init()
    revision = entry.revision
    state = entry.state.rawValue
    message = entry.message ?? ""
    startedAt = entry.startedAt?.rfc3339 ?? ""
    finishedAt = entry.finishedAt.rfc3339
    pullRequestURL = entry.pullRequestURL ?? ""
    actor = entry.actor ?? ""
    approvals = (entry.approvals ?? []).map { .init($0) }
  }
}

extension Pipelines_V1_Approval {
  fileprivate init(_ record: ApprovalRecord) {
    self.init()
    revision = record.revision
    approvedBy = record.actor
    approvedAt = record.time.rfc3339
    comment = record.comment ?? ""
    decision = record.decision.rawValue
  }
}

extension Pipelines_V1_PipelineTargetStatus {
  fileprivate init(_ target: PipelineTargetView) {
    self.init()
    // Older clients take a missing reference for a fault: the management cluster has an empty one.
    clusterRef = target.clusterRef.map { .init($0) } ?? .init()
    namespace = target.namespace
    workloads = target.workloads.map { .init($0) }
    ready = target.ready
    revision = target.revision ?? ""
    error = target.error ?? ""
    clusterName = target.cluster.description
  }
}

extension Pipelines_V1_WorkloadStatus {
  fileprivate init(_ workload: PipelineWorkloadView) {
    self.init()
    kind = workload.kind
    name = workload.name
    version = workload.version
    lastAppliedRevision = workload.lastAppliedRevision
    conditions = workload.conditions.map { .init($0) }
    suspended = workload.isSuspended
    ready = workload.ready
  }
}

extension Pipelines_V1_Condition {
  fileprivate init(_ condition: Condition) {
    self.init()
    type = condition.type
    status = condition.status.rawValue
    reason = condition.reason
    message = condition.message
    timestamp = condition.lastTransitionTime?.rfc3339 ?? ""
  }
}
