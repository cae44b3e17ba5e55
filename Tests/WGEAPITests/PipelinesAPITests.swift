import Synchronization
import Testing
import WGEAPI
import WGEAuth
import WGECore
import WGEKube
import WGEPipelines

/// A service with two pipelines, that remembers who asked what.
final class FakePipelines: PipelinesService {
  let asked = Mutex<[String]>([])
  let failure = Mutex<PipelinesError?>(nil)

  static let view: PipelineView = {
    var status = EnvironmentStatus()
    var record = PromotionRecord(revision: "1.1.0", state: .gated)
    record.message = "waits for approval"
    record.startedAt = Timestamp(seconds: 1_767_225_600)
    record.attempt = 2
    record.pullRequest = PullRequestRecord(url: "https://git.test/pr/1", number: 1, state: .open)
    record.approvals = [
      ApprovalRecord(
        revision: "1.1.0", decision: .approved, actor: "jane", time: Timestamp(seconds: 1_767_225_600), comment: "ok")
    ]
    record.history = [
      PromotionHistoryEntry(
        revision: "1.0.0", state: .upToDate, startedAt: nil, finishedAt: Timestamp(seconds: 1_767_225_000),
        pullRequestURL: "https://git.test/pr/0", actor: "joe")
    ]
    status.promotion = record
    let promotion = Promotion.pullRequest(
      PullRequestPromotion(
        type: .github, url: "https://git.test/fleet.git", baseBranch: "main",
        secretRef: SecretReference(name: "hush-credentials")),
      manual: true)
    let leaf = ClusterReference(name: "eu", namespace: "flux-system")
    return PipelineView(
      key: ObjectKey(namespace: "default", name: "app"), appRef: .helmRelease("podinfo"),
      environments: [
        PipelineEnvironmentView(
          PipelineEnvironment(name: "dev", targets: [PipelineTarget(namespace: "dev")]), promotion: nil, status: nil,
          targets: [
            PipelineTargetView(
              cluster: .management, clusterRef: nil, namespace: "dev", ready: true, revision: "1.1.0",
              workloads: [
                PipelineWorkloadView(
                  kind: "HelmRelease", name: "podinfo", version: "1.1.0", lastAppliedRevision: "1.1.0",
                  conditions: [Condition(type: "Ready", status: .true, reason: "Ok", message: "fine")])
              ])
          ]),
        PipelineEnvironmentView(
          PipelineEnvironment(name: "prod", targets: [PipelineTarget(namespace: "prod", clusterRef: leaf)]),
          promotion: promotion, status: status,
          targets: [
            PipelineTargetView(
              cluster: ClusterID(namespace: "flux-system", name: "eu"), clusterRef: leaf, namespace: "prod",
              error: "unreachable")
          ]),
        PipelineEnvironmentView(
          PipelineEnvironment(name: "empty", targets: []), promotion: nil, status: nil, targets: []),
      ], promotion: promotion, yaml: "kind: Pipeline\n", errors: ["failed getting app"])
  }()

  private func note(_ text: String, _ principal: Principal) throws {
    asked.withLock { $0.append("\(principal.displayName): \(text)") }
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  func list(as principal: Principal, namespace: String?) async throws -> PipelineList {
    try note("list \(namespace ?? "*")", principal)
    return PipelineList(pipelines: [Self.view], errors: [.init(namespace: "secret", message: "forbidden")])
  }

  func get(as principal: Principal, _ pipeline: ObjectKey) async throws -> PipelineView {
    try note("get \(pipeline)", principal)
    return Self.view
  }

  func approve(as principal: Principal, _ answer: PromotionAnswer) async throws -> PromotionAnswerResult {
    try note(
      "approve \(answer.pipeline) \(answer.environment) \(answer.revision) \(answer.comment ?? "-")", principal)
    return PromotionAnswerResult(environment: Self.view.environments[1])
  }

  func reject(as principal: Principal, _ answer: PromotionAnswer) async throws -> PromotionAnswerResult {
    try note("reject \(answer.pipeline) \(answer.environment) \(answer.revision)", principal)
    return PromotionAnswerResult(environment: Self.view.environments[1])
  }

  func retry(
    as principal: Principal, _ pipeline: ObjectKey, environment: String
  ) async throws -> PromotionAnswerResult {
    try note("retry \(pipeline) \(environment)", principal)
    return PromotionAnswerResult(environment: Self.view.environments[1])
  }

  func listPullRequests(as principal: Principal, _ pipeline: ObjectKey) async throws -> PullRequestList {
    try note("prs \(pipeline)", principal)
    return PullRequestList(
      items: [
        .init(
          environment: "prod", revision: "1.1.0",
          pullRequest: PullRequestRecord(url: "https://git.test/pr/1", number: 1, state: .open))
      ], errors: ["staging": "host is down"])
  }
}

@Suite struct PipelinesAPITests {
  let service = FakePipelines()

  func call(
    _ method: String, path: [String: String] = [:], query: [(name: String, value: String)] = [], body: String = ""
  ) async throws -> JSON {
    let endpoint = try #require(
      PipelinesAPI(service).endpoints.first { $0.rule.rpc == "pipelines.v1.Pipelines/\(method)" })
    return try JSON(
      parsing: try await endpoint.answer(path: path, query: query, body: Array(body.utf8), call: caller))
  }

  @Test func servesEveryRPCOfTheService() {
    let served = Set(PipelinesAPI(service).endpoints.map(\.rule.rpc))
    #expect(served == Set(HTTPRule.all.map(\.rpc).filter { $0.hasPrefix("pipelines.v1.Pipelines/") }))
  }

  @Test func lists() async throws {
    let list = try await call("ListPipelines", query: [("namespace", "")])
    #expect(service.asked.withLock { $0 } == ["jane: list *"])
    #expect(list["errors"] == [["namespace": "secret", "message": "forbidden", "clusterName": ""]])
    let pipeline = try #require(list["pipelines"]?[0])
    #expect(pipeline["status"]?.isNull == true)
    #expect(pipeline["yaml"] == "")
    #expect(pipeline["type"] == "Pipeline")
    #expect(pipeline["targets"] == [])
    #expect(pipeline["environmentSummaries"]?[0]?["readyTargets"] == 1)
    #expect(pipeline["environmentSummaries"]?[1]?["state"] == "Gated")
    #expect(pipeline["environmentSummaries"]?[1]?["pullRequestUrl"] == "https://git.test/pr/1")
    _ = try await call("ListPipelines", query: [("namespace", "default")])
    #expect(service.asked.withLock { $0.last } == "jane: list default")
  }

  @Test func gets() async throws {
    let answer = try await call("GetPipeline", path: ["name": "app"], query: [("namespace", "default")])
    #expect(service.asked.withLock { $0 } == ["jane: get default/app"])
    #expect(answer["errors"] == ["failed getting app"])
    let pipeline = try #require(answer["pipeline"])
    #expect(pipeline["yaml"] == "kind: Pipeline\n")
    #expect(
      pipeline["appRef"] == ["apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "name": "podinfo"])
    #expect(
      pipeline["environments"]?[1]?["promotion"] == [
        "manual": true,
        "strategy": [
          "pullRequest": ["type": "github", "url": "https://git.test/fleet.git", "branch": "main"],
          "notification": .null, "secretRef": .null,
        ],
      ])
    #expect(pipeline["environments"]?[0]?["targets"]?[0] == ["namespace": "dev", "clusterRef": .null])
    let states = try #require(pipeline.value(at: ["status", "environments"])?.objectValue)
    #expect(Array(states.keys).sorted() == ["dev", "empty", "prod"])
    let dev = try #require(states["dev"]?["targetsStatuses"]?[0])
    #expect(dev["clusterRef"] == ["kind": "", "name": "", "namespace": ""])
    #expect(dev["workloads"]?[0]?["lastAppliedRevision"] == "1.1.0")
    #expect(dev["workloads"]?[0]?["conditions"]?[0]?["status"] == "True")
    #expect(states["dev"]?["revision"] == "1.1.0")
    #expect(states["dev"]?["promotion"]?.isNull == true)
    let prod = try #require(states["prod"])
    #expect(prod["state"] == "Gated")
    #expect(prod["promotion"]?["attempt"] == 2)
    #expect(prod["promotion"]?["startedAt"] == "2026-01-01T00:00:00Z")
    #expect(prod["approvals"]?[0]?["approvedBy"] == "jane")
    #expect(prod["approvals"]?[0]?["decision"] == "approved")
    #expect(prod["history"]?[0]?["revision"] == "1.0.0")
    #expect(
      prod["targetsStatuses"]?[0]?["clusterRef"]
        == ["kind": "GitopsCluster", "name": "eu", "namespace": "flux-system"])
    #expect(prod["targetsStatuses"]?[0]?["error"] == "unreachable")
    #expect(!answer.description.contains("hush-credentials"))
  }

  @Test func approvesRejectsAndRetries() async throws {
    let body = #"{"namespace":"default","env":"prod","revision":"1.1.0","comment":"go"}"#
    let approved = try await call("ApprovePromotion", path: ["name": "app"], body: body)
    #expect(approved["pullRequestUrl"] == "https://git.test/pr/1")
    #expect(approved["environment"]?["state"] == "Gated")
    _ = try await call("RejectPromotion", path: ["name": "app"], body: body)
    _ = try await call("RetryPromotion", path: ["name": "app"], body: body)
    #expect(
      service.asked.withLock { $0 } == [
        "jane: approve default/app prod 1.1.0 go", "jane: reject default/app prod 1.1.0",
        "jane: retry default/app prod",
      ])
  }

  @Test func listsPullRequests() async throws {
    let answer = try await call("ListPullRequests", path: ["name": "app"], body: #"{"namespace":"default"}"#)
    #expect(answer == ["pullRequests": ["prod": "https://git.test/pr/1"], "errors": ["staging: host is down"]])
  }

  @Test func errorsKeepTheirMeaning() async throws {
    service.failure.withLock { $0 = PipelinesError(.notWaiting, "1.2.0 waits, not 1.1.0") }
    let error = await #expect(throws: APIStatus.self) {
      try await call("GetPipeline", path: ["name": "app"], query: [("namespace", "default")])
    }
    #expect(error == APIStatus(.failedPrecondition, "1.2.0 waits, not 1.1.0"))
  }
}
