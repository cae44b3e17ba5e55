import Testing
import WGECore
import WGEGit
import WGEKube
import WGEPipelines
import WGETestSupport

/// The controller on clusters and repositories in process.
@Suite struct ReconcilerTests {
  private func settle(_ stage: Stage, _ runs: Int = 3) async throws {
    for _ in 0..<runs { try await stage.reconcile() }
  }

  @Test func wholeStory() async throws {
    try await Stage.with { stage in
      try await settle(stage)
      #expect(try await stage.state("staging") == .upToDate)
      #expect(try await stage.state("prod") == .upToDate)
      let version = try await stage.pipeline().metadata.resourceVersion
      try await settle(stage)
      #expect(try await stage.pipeline().metadata.resourceVersion == version, "an unchanged status is not written")

      try await stage.bump("dev", "1.1.0")
      try await stage.flux()
      try await settle(stage)
      #expect(try await stage.state("staging") == .pullRequestOpen)
      #expect(try await stage.openPullRequest()?.title == "Promote delivery/shop in staging to 1.1.0")
      #expect(try await stage.merge())
      try await settle(stage)
      #expect(try await stage.state("staging") == .applying)
      try await stage.flux()
      try await settle(stage)
      #expect(try await stage.state("staging") == .upToDate)
      #expect(try await stage.state("prod") == .gated)

      let answer = PromotionAnswer(pipeline: Stage.key, environment: "prod", revision: "1.1.0", comment: "go")
      _ = try await stage.service().approve(as: .user(name: "root", groups: ["system:masters"]), answer)
      try await settle(stage)
      #expect(try await stage.state("prod") == .pullRequestOpen)
      #expect(try await stage.openPullRequest()?.body.contains("Approved by root") == true)
      #expect(try await stage.merge())
      try await stage.flux()
      try await settle(stage)
      let pipeline = try await stage.pipeline()
      #expect(pipeline.spec.environments.allSatisfy { pipeline.promotion(into: $0.name)?.state == .upToDate })
      let entry = pipeline.promotion(into: "prod")?.history?.first
      #expect(entry?.revision == "1.1.0" && entry?.actor == "root")
      #expect(entry?.approvals?.first?.comment == "go")
      #expect(try await stage.pullRequests().count == 2)
      #expect(pipeline.status?.condition("Ready")?.status == .true)
      #expect(pipeline.status?.condition("Healthy")?.status == .true)
    }
  }

  /// Every write of the controller, to Kubernetes and to the Git host, fails once, before and after
  /// it took effect, and the process dies with it.
  @Test func killedAtEveryWrite() async throws {
    var n = 0
    var kills = 0
    while true {
      let killed = try await Stage.with(manual: false, leaves: false) { stage -> Bool in
        var pending: Int? = n
        func run() async throws {
          for _ in 0..<3 {
            stage.faults.restart(failing: pending)
            do { try await stage.reconcile() } catch {
              #expect(stage.faults.isDead, "\(error)")
            }
            if stage.faults.isDead {
              pending = nil
            } else if let left = pending {
              pending = max(0, left - 2 * stage.faults.writes)
            }
          }
          stage.faults.restart(failing: nil)
        }
        try await stage.bump("dev", "1.1.0")
        try await stage.flux()
        try await run()
        #expect(try await stage.merge(), "kill \(n)")
        try await run()
        try await stage.flux()
        try await run()
        #expect(try await stage.merge(), "kill \(n)")
        try await stage.flux()
        try await run()
        let pipeline = try await stage.pipeline()
        #expect(
          pipeline.spec.environments.allSatisfy { pipeline.promotion(into: $0.name)?.state == .upToDate }, "kill \(n)")
        let titles = try await stage.pullRequests().map(\.title).sorted()
        #expect(
          titles == ["Promote delivery/shop in prod to 1.1.0", "Promote delivery/shop in staging to 1.1.0"], "kill \(n)"
        )
        return pending == nil
      }
      if !killed { break }
      kills += 1
      n += 1
    }
    #expect(kills >= 16, "there are at least eight writes in the story, found \(kills / 2)")
  }

  @Test("C-4, C-5, C-26 and issue: bad targets stay local") func badTargets() async throws {
    try await Stage.with { stage in
      var pipeline = try await stage.pipeline()
      pipeline.spec.environments[2].targets.append(
        PipelineTarget(namespace: "shop", clusterRef: ClusterReference(name: "mars", namespace: "fleet")))
      pipeline.spec.environments[2].targets.append(PipelineTarget(namespace: "nowhere"))
      _ = try await stage.admin.replace(pipeline)
      try await stage.bump("dev", "1.1.0")
      try await stage.flux()
      try await settle(stage)
      let status = try #require(try await stage.pipeline().status)
      #expect(status.condition("Ready")?.reason == "TargetNotReadable")
      let targets = status.environments["prod"]?.targets ?? []
      #expect(targets.map(\.ready) == [true, true, false, false])
      #expect(targets[2].error?.contains("GitopsCluster.gitops.weave.works \"mars\" not found") == true)
      #expect(targets[3].error?.contains("not found") == true)
      #expect(try await stage.state("staging") == .pullRequestOpen, "the others go on")
    }
  }

  @Test func deadLeafDelaysNobody() async throws {
    try await Stage.with { stage in
      struct Silent: KubeTransport {
        func send(_ request: KubeRequest) async throws -> KubeResponse {
          try await Task.sleep(for: .seconds(3600))
          throw CancellationError()
        }
        func stream(_ request: KubeRequest) async throws -> KubeByteStream { throw CancellationError() }
      }
      let directory = StaticClusterDirectory([
        .management: stage.admin, Stage.eu: stage.client(Stage.eu), Stage.us: KubeClient(transport: Silent()),
      ])
      let repositories = stage.repositories()
      let clock = ManualClock()
      let reconciler = PipelineReconciler(
        observer: TargetObserver(directory: directory, deadline: .seconds(5), clock: clock),
        repository: { try await repositories.repository(for: $0) }, wallClock: stage.wallClock)
      try await stage.bump("dev", "1.1.0")
      try await stage.flux()
      // The deadline passes when one cluster alone is waited for, and that for a while: the others have answered.
      let mover = Task {
        var calm = 0
        while !Task.isCancelled {
          calm = clock.sleeperCount == 1 ? calm + 1 : 0
          if calm == 20 {
            clock.advance(by: .seconds(5))
            calm = 0
          }
          try? await Task.sleep(for: .milliseconds(5))
        }
      }
      defer { mover.cancel() }
      let requeue = try await reconciler.reconcile(Stage.key, ReconcileContext(client: stage.admin, object: nil))
      #expect(requeue == .after(PipelineDefaults.pullRequestPollInterval))
      #expect(try await stage.state("staging") == .pullRequestOpen)
      let targets = try await stage.pipeline().status?.environments["prod"]?.targets ?? []
      #expect(targets.map { $0.error == nil } == [true, false])
    }
  }

  @Test("issue: a missing marker, credentials and a repository that refuses") func sentences() async throws {
    try await Stage.with(manual: false) { stage in
      func failure() async throws -> PromotionRecord? {
        try await settle(stage, 2)
        return try await stage.pipeline().promotion(into: "staging")
      }
      let path = try Stage.path("staging")
      _ = try await stage.host.commitFiles(
        CommitRequest(
          branch: BranchName("main"), message: "Lose the marker",
          changes: [.put(path, text: Stage.file("staging", "1.0.0").replacing("$promotion", with: "promotion"))]),
        in: RepositoryPath(Stage.repository))
      try await stage.bump("dev", "1.1.0")
      try await stage.flux()
      var record = try await failure()
      #expect(record?.state == .failed && record?.reason == "NoPromotionMarker")
      #expect(record?.message?.contains(#"{"$promotion": "delivery:shop:staging"}"#) == true)
      #expect(try await stage.pipeline().status?.condition("Healthy")?.reason == "PromotionFailed")

      var pipeline = try await stage.pipeline()
      pipeline.spec.promotion?.strategy.pullRequest?.secretRef = SecretReference(name: "absent")
      _ = try await stage.admin.replace(pipeline)
      record = try await failure()
      #expect(record?.reason == "CredentialsMissing")
      #expect(record?.message?.contains("failed to fetch credentials: failed to fetch Secret") == true)

      pipeline = try await stage.pipeline()
      pipeline.spec.promotion?.strategy.pullRequest?.secretRef = nil
      pipeline.spec.promotion?.strategy.pullRequest?.type = .github
      _ = try await stage.admin.replace(pipeline)
      record = try await failure()
      #expect(record?.reason == "InvalidRepositoryURL")
    }
  }

  @Test("C-23: duplicate environments") func invalidSpec() async throws {
    try await Stage.with { stage in
      var pipeline = try await stage.pipeline()
      pipeline.spec.environments[2].name = "dev"
      _ = try await stage.admin.replace(pipeline)
      try await settle(stage)
      let condition = try await stage.pipeline().status?.condition("Ready")
      #expect(condition?.reason == "InvalidSpec")
      #expect(condition?.message.contains("\"dev\" is already the name") == true)
    }
  }

  @Test func goneAndUnreadablePipelines() async throws {
    try await Stage.with { stage in
      let context = ReconcileContext(client: stage.admin, object: nil)
      let gone = ObjectKey(namespace: "delivery", name: "gone")
      let requeue = try await stage.reconciler().reconcile(gone, context)
      #expect(requeue == .done)
    }
  }

  @Test func fieldsOfOthersSurvive() async throws {
    try await Stage.with { stage in
      try await settle(stage)
      let foreign: JSON = ["status": ["environments": ["prod": ["note": "by somebody else"]]]]
      try await stage.admin.patch(Pipeline.resource, Stage.key, .merge(foreign), subresource: .status)
      try await stage.bump("dev", "1.1.0")
      try await stage.flux()
      try await settle(stage)
      let object = try await stage.admin.get(Pipeline.resource, Stage.key)
      #expect(object.value(at: ["status", "environments", "prod", "note"]) == "by somebody else")
      #expect(try await stage.state("staging") == .pullRequestOpen)
    }
  }

  /// The whole controller with its watches: nobody calls reconcile.
  @Test func controllerIsWokenByWhatHappens() async throws {
    try await Stage.with { stage in
      let clusters = try DynamicObject(
        YAML.parseSingle(
          """
          apiVersion: apiextensions.k8s.io/v1
          kind: CustomResourceDefinition
          metadata: {name: gitopsclusters.gitops.weave.works}
          spec:
            group: gitops.weave.works
            names: {kind: GitopsCluster, listKind: GitopsClusterList, plural: gitopsclusters, singular: gitopscluster}
            scope: Namespaced
            versions:
            - name: v1alpha1
              served: true
              storage: true
              schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
          """))
      try await stage.admin.create(.customResourceDefinitions, try #require(clusters))
      let repositories = stage.repositories()
      let events = EventRecorder(client: stage.admin, component: PipelineDefaults.controllerName)
      let controller = PipelineController.make(
        management: stage.admin, directory: stage.directory,
        repository: { try await repositories.repository(for: $0) },
        policy: PromotionPolicy(pullRequestPollInterval: .milliseconds(30)), events: events)
      let running = Task { try await controller.run() }
      defer { running.cancel() }
      try await eventually("settled") { try await stage.state("prod") == .upToDate }
      try await stage.bump("dev", "1.1.0")
      try await stage.flux()
      try await eventually("the pull request for staging is open") { try await stage.openPullRequest() != nil }
      try await eventually("told") { try await stage.state("staging") == .pullRequestOpen }
      #expect(try await stage.merge())
      try await eventually("seen as merged") { try await stage.state("staging") == .applying }
      try await stage.flux()
      try await eventually("prod waits") { try await stage.state("prod") == .gated }
      let answer = PromotionAnswer(pipeline: Stage.key, environment: "prod", revision: "1.1.0")
      let service = KubePipelinesService(directory: stage.directory, approvalWait: .seconds(30))
      let result = try await service.approve(as: .user(name: "root", groups: ["system:masters"]), answer)
      #expect(result.pullRequestURL != nil)
      #expect(try await stage.merge())
      try await stage.flux()
      try await eventually("prod follows") { try await stage.state("prod") == .upToDate }
      running.cancel()
      _ = try? await running.value
      await events.flush()
      let list = try await stage.admin.list(
        ResourceType(group: "", version: "v1", kind: "Event", plural: "events"), namespace: "delivery")
      let reasons = Set(list.items.compactMap { $0["reason"]?.stringValue })
      #expect(
        reasons.isSuperset(of: [
          "PromotionStarted", "PullRequestOpened", "PullRequestMerged", "PromotionSucceeded", "PromotionBlocked",
        ]), "\(reasons)")
      #expect(try await stage.pullRequests().count == 2)
    }
  }
}
