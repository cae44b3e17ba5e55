import Testing
import WGECore
import WGEGit
import WGEKube
import WGEPipelines

/// Approvals (13.3) and the API's rows (13.7) that are not about the wire.
@Suite struct ServiceTests {
  private let root = Principal.user(name: "root", groups: ["system:masters"])
  private let alice = Principal.user(name: "alice")
  private let bob = Principal.user(name: "bob")

  private func object(_ yaml: String) throws -> DynamicObject {
    try #require(try DynamicObject(YAML.parseSingle(yaml)))
  }

  /// alice may read and approve in delivery, bob may only read there.
  private func grant(_ stage: Stage) async throws {
    let group = "rbac.authorization.k8s.io"
    let roles = ResourceType(group: group, version: "v1", kind: "Role", plural: "roles")
    let bindings = ResourceType(group: group, version: "v1", kind: "RoleBinding", plural: "rolebindings")
    for (user, verbs) in [("alice", "get, list, approve"), ("bob", "get, list")] {
      try await stage.admin.create(
        roles,
        try object(
          """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: Role
          metadata: {name: \(user), namespace: delivery}
          rules:
          - {apiGroups: [pipelines.weave.works], resources: [pipelines], verbs: [\(verbs)]}
          """))
      try await stage.admin.create(
        bindings,
        try object(
          """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: RoleBinding
          metadata: {name: \(user), namespace: delivery}
          roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: \(user)}
          subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: \(user)}]
          """))
    }
  }

  /// A stage where prod waits for 1.1.0.
  private func waiting(_ body: (Stage) async throws -> Void) async throws {
    try await Stage.with { stage in
      try await grant(stage)
      try await stage.bump("dev", "1.1.0")
      try await stage.bump("staging", "1.1.0")
      try await stage.flux()
      for _ in 0..<2 { try await stage.reconcile() }
      #expect(try await stage.state("prod") == .gated)
      try await body(stage)
    }
  }

  private func code(_ body: () async throws -> some Any) async -> PipelinesError? {
    do {
      _ = try await body()
      return nil
    } catch { return error as? PipelinesError }
  }

  private func answer(_ revision: String = "1.1.0", _ environment: String = "prod") -> PromotionAnswer {
    PromotionAnswer(pipeline: Stage.key, environment: environment, revision: revision)
  }

  @Test func approvalTakesTheVerb() async throws {
    try await waiting { stage in
      let service = stage.service()
      let refused = await code { try await service.approve(as: bob, answer()) }
      #expect(refused?.code == .forbidden)
      #expect(refused?.message.contains("grant the verb \"approve\"") == true)
      let stranger = await code { try await service.approve(as: .user(name: "eve"), answer()) }
      #expect(stranger?.code == .forbidden)
      #expect(try await stage.pipeline().promotion(into: "prod")?.approvals == nil)

      let result = try await service.approve(as: alice, answer())
      #expect(result.environment.approvals.map(\.actor) == ["alice"])
      #expect(result.pullRequestURL == nil)
      // A second click changes nothing and is no error.
      let again = try await service.approve(as: alice, answer())
      #expect(again.environment.approvals.count == 1)
      try await stage.reconcile()
      let url = try await service.approve(as: alice, answer()).pullRequestURL
      let opened = try await stage.openPullRequest()?.webURL
      #expect(url != nil && url == opened)
      #expect(try await stage.pipeline().status?.environments["prod"]?.waitingApproval == nil)
      let pulls = try await service.listPullRequests(as: bob, Stage.key)
      #expect(pulls.items.map(\.environment) == ["prod"])
      #expect(pulls.items.first?.pullRequest.url == url)
    }
  }

  @Test func readersMayApproveWhereTheHostSaysSo() async throws {
    try await waiting { stage in
      let result = try await stage.service(right: .get).approve(as: bob, answer())
      #expect(result.environment.approvals.map(\.actor) == ["bob"])
    }
  }

  @Test("V-5, Q-10 and 18.7: what does not wait is not approved") func refused() async throws {
    try await waiting { stage in
      let service = stage.service()
      let superseded = await code { try await service.approve(as: alice, answer("1.0.5")) }
      #expect(superseded?.code == .notWaiting)
      #expect(superseded?.message.contains("failed approving promotion") == true)
      #expect(superseded?.message.contains("1.1.0 does") == true)
      #expect(await code { try await service.approve(as: alice, answer("1.1.0", "staging")) }?.code == .notWaiting)
      let unknown = await code { try await service.approve(as: alice, answer("1.1.0", "moon")) }
      #expect(unknown?.code == .notFound)
      #expect(unknown?.message.contains("it has: dev, staging, prod") == true)
      #expect(await code { try await service.approve(as: alice, answer("a b")) }?.code == .invalid)
      var gone = answer()
      gone.pipeline.name = "gone"
      #expect(await code { try await service.approve(as: root, gone) }?.code == .notFound)

      // A newer revision arrives: the old page's button must not promote it, nor the old one.
      try await stage.bump("dev", "1.2.0")
      try await stage.bump("staging", "1.2.0")
      try await stage.flux()
      for _ in 0..<2 { try await stage.reconcile() }
      #expect(await code { try await service.approve(as: alice, answer()) }?.code == .notWaiting)
    }
  }

  @Test("V-7: revisions with slashes") func slash() async throws {
    try await waiting { stage in
      try await stage.bump("dev", "main@sha1:ab/c")
      try await stage.bump("staging", "main@sha1:ab/c")
      try await stage.flux()
      for _ in 0..<2 { try await stage.reconcile() }
      let result = try await stage.service().approve(as: alice, answer("main@sha1:ab/c"))
      #expect(result.environment.approvals.first?.revision == "main@sha1:ab/c")
      try await stage.reconcile()
      #expect(try await stage.state("prod") == .pullRequestOpen)
    }
  }

  @Test func rejectionAndRetry() async throws {
    try await waiting { stage in
      let service = stage.service()
      var no = answer()
      no.comment = "not on a Friday"
      _ = try await service.reject(as: alice, no)
      try await stage.reconcile()
      let prod = try await service.get(as: root, Stage.key).environment(named: "prod")
      #expect(prod?.state == .abandoned)
      #expect(prod?.message == "1.1.0 was rejected by alice: not on a Friday")
      #expect(prod?.history.first?.approvals?.first?.decision == .rejected)
      #expect(await code { try await service.retry(as: bob, Stage.key, environment: "prod") }?.code == .forbidden)
      #expect(await code { try await service.retry(as: alice, Stage.key, environment: "staging") }?.code == .notWaiting)
      _ = try await service.retry(as: alice, Stage.key, environment: "prod")
      try await stage.reconcile()
      #expect(try await stage.state("prod") == .gated)
      _ = try await service.approve(as: alice, answer())
      try await stage.reconcile()
      #expect(try await stage.state("prod") == .pullRequestOpen)
    }
  }

  @Test func answersAtTheSameTimeAreAllKept() async throws {
    try await waiting { stage in
      let service = stage.service(right: .get)
      let names = (1...8).map { "approver-\($0)" }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for name in names {
          tasks.addTask {
            for attempt in 1...20 {
              do {
                _ = try await service.approve(as: .user(name: name, groups: ["system:masters"]), answer())
                return
              } catch let error as PipelinesError where error.code == .conflict && attempt < 20 { continue }
            }
          }
        }
        try await tasks.waitForAll()
      }
      let approvals = try await stage.pipeline().promotion(into: "prod")?.approvals ?? []
      #expect(Set(approvals.map(\.actor)) == Set(names))
    }
  }

  @Test("Q-2, Q-3, Q-5, Q-7, Q-8, A-6: one pipeline") func one() async throws {
    try await waiting { stage in
      let view = try await stage.service().get(as: root, Stage.key)
      #expect(view.errors == [])
      #expect(view.environments.map(\.name) == ["dev", "staging", "prod"])
      #expect(view.environments[0].promotion?.strategy.pullRequest != nil)
      #expect(view.environments[2].promotion?.isManual == true)
      #expect(view.environments[2].waitingRevision == "1.1.0")
      let dev = view.environments[0].targets[0]
      #expect(dev.clusterRef == nil && dev.cluster == .management && dev.namespace == "shop-dev")
      #expect(dev.workloads.first?.version == "1.0.0" && dev.workloads.first?.lastAppliedRevision == "1.1.0")
      #expect(dev.ready && dev.revision == "1.1.0")
      #expect(view.environments[2].targets.map(\.cluster) == [Stage.eu, Stage.us])
      let yaml = try #require(view.yaml)
      #expect(yaml.contains("kind: Pipeline") && yaml.contains("apiVersion: pipelines.weave.works/v1alpha1"))
      #expect(!yaml.contains("managedFields"))
    }
  }

  @Test("Q-4, Q-6: partial answers") func partial() async throws {
    try await waiting { stage in
      var pipeline = try await stage.pipeline()
      pipeline.spec.environments[1].targets[0].clusterRef = ClusterReference(name: "mars")
      pipeline.spec.environments[1].targets.append(PipelineTarget(namespace: "nowhere"))
      _ = try await stage.admin.replace(pipeline)
      let view = try await stage.service().get(as: root, Stage.key)
      #expect(view.errors.count == 2)
      #expect(view.errors[0].hasPrefix("failed getting app=shop on cluster=delivery/mars: "))
      #expect(view.environments[1].targets[0].clusterRef?.namespace == "delivery")
      #expect(view.environments[2].targets.allSatisfy { $0.workloads.count == 1 })
      // Whoever may not read the applications sees the pipeline all the same.
      let limited = try await stage.service().get(as: bob, Stage.key)
      #expect(limited.environments.flatMap(\.targets).allSatisfy { $0.workloads.isEmpty && $0.error != nil })

      pipeline = try await stage.pipeline()
      pipeline.spec.appRef.kind = "helmrelease"
      _ = try await stage.admin.replace(pipeline)
      let wrong = try await stage.service().get(as: root, Stage.key)
      #expect(wrong.errors.contains("unknown workload kind for shop: helmrelease"))
    }
  }

  @Test func credentialsAreNotShown() async throws {
    try await waiting { stage in
      var pipeline = try await stage.pipeline()
      pipeline.spec.promotion?.strategy.pullRequest?.secretRef = SecretReference(name: "hidden")
      _ = try await stage.admin.replace(pipeline)
      let view = try await stage.service().get(as: root, Stage.key)
      #expect(view.promotion?.strategy.pullRequest?.secretRef == nil)
      #expect(view.environments.allSatisfy { $0.promotion?.strategy.pullRequest?.secretRef == nil })
    }
  }

  @Test("Q-1, Q-14: lists") func lists() async throws {
    try await waiting { stage in
      let service = stage.service()
      let url = "file:///x"
      for (namespace, name) in [("shop", "b"), ("shop", "a"), ("shop-dev", "c")] {
        try await stage.admin.create(
          Pipeline(namespace: namespace, name: name, spec: Stage.spec(manual: false, url: url)))
      }
      let all = try await service.list(as: root, namespace: nil)
      #expect(all.pipelines.map(\.key.description) == ["delivery/shop", "shop/a", "shop/b", "shop-dev/c"])
      #expect(all.errors.isEmpty)
      #expect(all.pipelines[0].environments[2].waitingRevision == "1.1.0")
      #expect(all.pipelines[0].yaml == nil)
      #expect(try await service.list(as: root, namespace: "shop").pipelines.count == 2)
      // bob may list in one namespace: the others are none of his business, and no error.
      let bobs = try await service.list(as: bob, namespace: nil)
      #expect(bobs.pipelines.map(\.key.description) == ["delivery/shop"])
      #expect(bobs.errors.isEmpty)
      let forbidden = try await service.list(as: bob, namespace: "shop")
      #expect(forbidden.pipelines.isEmpty)
      #expect(forbidden.errors.map(\.namespace) == ["shop"])
      #expect(try await service.list(as: .user(name: "eve"), namespace: nil).pipelines.isEmpty)
    }
  }
}
