import Testing
import WGEPipelines

/// The example of Documentation/Guides/EmbedPipelines.md: what a host's own test looks like.
private actor FakeRepository: PromotionRepository {
  private(set) var proposed: [String] = []
  private var pullRequest = PullRequestRecord(url: "https://git.example/pulls/1", state: .open)

  func merge() { pullRequest.state = .merged }
  func propose(_ request: PromotionRequest) -> PromotionObservation {
    proposed.append("\(request.environment) \(request.revision)")
    return .open(pullRequest)
  }
  func observe(_ request: PromotionRequest) -> PromotionObservation {
    pullRequest.state == .merged ? .merged(pullRequest) : .open(pullRequest)
  }
  func close(_ request: PromotionRequest) -> PromotionObservation { .closed(pullRequest) }
}

@Test func promotesFromDevToProd() async throws {
  let git = FakeRepository()
  let dev = PipelineEnvironment(name: "dev", targets: [PipelineTarget(namespace: "shop-dev")])
  let prod = PipelineEnvironment(name: "prod", targets: [PipelineTarget(namespace: "shop")])
  let fleet = PullRequestPromotion(type: .local, url: "fleet", baseBranch: "main")
  let spec = PipelineSpec(
    appRef: .helmRelease("shop"), environments: [dev, prod], promotion: .pullRequest(fleet))
  var pipeline = Pipeline(namespace: "delivery", name: "shop", spec: spec)

  var runner = PromotionRunner(
    observing: { _ in [[.ready("1.1.0")], [.ready("1.0.0")]] }, repository: { _ in git })
  try await runner.run(&pipeline)
  #expect(pipeline.promotion(into: "prod")?.state == .pullRequestOpen)

  await git.merge()
  runner.observe = { _ in [[.ready("1.1.0")], [.ready("1.1.0")]] }
  try await runner.run(&pipeline)
  #expect(pipeline.promotion(into: "prod")?.state == .upToDate)
  #expect(await git.proposed == ["prod 1.1.0"])
}
