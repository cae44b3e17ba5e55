import WGECore
import WGEPipelines

let start = Timestamp(seconds: 1_767_225_600)

func target(_ namespace: String, _ cluster: String? = nil) -> PipelineTarget {
  PipelineTarget(namespace: namespace, clusterRef: cluster.map { ClusterReference(name: $0, namespace: "fleet") })
}

let fleet = PullRequestPromotion(
  type: .local, url: "acme/fleet", baseBranch: "main", secretRef: SecretReference(name: "promo"))

/// dev → staging → prod, one target each; prod optionally manual.
func shopSpec(manual: Bool = false, promotion: Promotion? = .pullRequest(fleet)) -> PipelineSpec {
  PipelineSpec(
    appRef: .helmRelease("shop"),
    environments: [
      PipelineEnvironment(name: "dev", targets: [target("shop-dev")]),
      PipelineEnvironment(name: "staging", targets: [target("shop", "eu")]),
      PipelineEnvironment(
        name: "prod", targets: [target("shop", "eu"), target("shop", "us")],
        promotion: manual ? .pullRequest(fleet, manual: true) : nil),
    ], promotion: promotion)
}

func pullRequest(_ number: Int = 7, _ state: PullRequestState = .open) -> PullRequestRecord {
  PullRequestRecord(url: "https://git.example/acme/fleet/pulls/\(number)", number: number, state: state)
}

/// A pipeline between two runs of the engine: what the tables below drive.
struct Bench {
  var engine = PromotionEngine()
  var key = ObjectKey(namespace: "delivery", name: "shop")
  var spec: PipelineSpec
  var status = PipelineStatus()
  var generation: Int64 = 1
  var now = start
  var targets: [[TargetObservation]]
  var decision: PromotionDecision?

  init(_ spec: PipelineSpec, _ targets: [[TargetObservation]]) {
    self.spec = spec
    self.targets = targets
  }

  /// Decides with the given observations and keeps the status.
  @discardableResult
  mutating func step(_ promotions: [String: PromotionObservation] = [:]) -> PromotionDecision {
    let decided = engine.decide(
      PromotionInput(
        pipeline: key, uid: "u-1", generation: generation, spec: spec, status: status, targets: targets,
        promotions: promotions, now: now))
    status = decided.status
    decision = decided
    return decided
  }

  func record(_ environment: String) -> PromotionRecord? { status.environments[environment]?.promotion }
  func state(_ environment: String) -> PromotionState? { record(environment)?.state }
  func waiting(_ environment: String) -> String? { status.environments[environment]?.waitingRevision }
  var reasons: [String] { (decision?.events ?? []).map(\.reason) }

  mutating func answer(
    _ environment: String, _ decision: ApprovalRecord.Decision = .approved, actor: String = "alice"
  ) {
    guard let revision = waiting(environment) else { return }
    let approval = ApprovalRecord(revision: revision, decision: decision, actor: actor, time: now)
    let approvals = (record(environment)?.approvals ?? []) + [approval]
    status.environments[environment]?.promotion?.approvals = approvals
  }
}

extension [PromotionEffect] {
  /// `propose staging 1.1.0`, and so on.
  var words: [String] {
    map { effect in
      let request = effect.request
      return switch effect {
      case .propose: "propose \(request.environment) \(request.revision)"
      case .notify: "notify \(request.environment) \(request.revision)"
      case .close: "close \(request.environment) \(request.revision)"
      }
    }
  }
}
