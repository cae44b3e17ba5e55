import Testing
import WGECore
import WGEPipelines

/// Rows of section 13.1 that need no cluster.
@Suite struct ControllerTableTests {
  private func two(_ first: [TargetObservation]) -> Bench {
    let spec = PipelineSpec(
      appRef: .helmRelease("app"),
      environments: [
        PipelineEnvironment(name: "dev", targets: first.indices.map { target("ns-\($0)") }),
        PipelineEnvironment(name: "prod", targets: [target("prod")]),
      ], promotion: .pullRequest(fleet))
    return Bench(spec, [first, [.ready("v0.9.0")]])
  }

  @Test("C-5, C-7: unreadable targets") func unreadable() {
    var bench = Bench(
      shopSpec(),
      [[.unreachable("GitopsCluster.gitops.weave.works \"x\" not found")], [.unready()], [.unready(), .unready()]])
    let decision = bench.step()
    #expect(bench.status.condition("Ready")?.status == .false)
    #expect(bench.status.condition("Ready")?.reason == "TargetNotReadable")
    #expect(bench.status.condition("Ready")?.message == "One or more targets was not reachable or not present")
    #expect(bench.reasons.contains("GetClusterError"))
    #expect(decision.requeueAfter == PipelineDefaults.unreadableTargetInterval)
    bench.step()
    #expect(bench.reasons.isEmpty, "told once")
    bench.targets[0] = [TargetObservation(failure: .application("helmreleases \"shop\" not found"))]
    bench.step()
    #expect(bench.reasons.contains("GetAppError"))
    bench.targets[0] = [.unready()]
    bench.step()
    #expect(bench.status.condition("Ready")?.status == .true)
  }

  @Test("C-6: an application without status does not make the pipeline unready") func unready() {
    var bench = Bench(shopSpec(), [[.unready()], [.unready()], [.unready(), .unready()]])
    bench.step()
    let status = bench.status.environments["dev"]?.targets?.first
    #expect(bench.status.condition("Ready")?.status == .true)
    #expect(status?.ready == false && status?.error == nil && status?.revision == nil)
  }

  @Test("C-12, C-13: the chain, twice") func chain() {
    var bench = Bench(shopSpec(), [[.ready("v1.0.0")], [.ready("v1.0.0")], [.ready("v1.0.0"), .ready("v1.0.0")]])
    bench.step()
    var proposed: [String] = []
    for revision in ["v1.0.1", "v1.0.2"] {
      bench.targets[0] = [.ready(revision)]
      for (index, environment) in [(1, "staging"), (2, "prod")] {
        bench.now = bench.now.advanced(by: .seconds(10))
        for _ in 0..<3 {
          proposed += bench.step().effects.words
          bench.step([environment: .merged(pullRequest(1, .merged))])
        }
        bench.targets[index] = bench.targets[index].map { _ in .ready(revision) }
      }
      proposed += bench.step().effects.words
    }
    #expect(
      proposed == ["propose staging v1.0.1", "propose prod v1.0.1", "propose staging v1.0.2", "propose prod v1.0.2"])
    #expect(["dev", "staging", "prod"].allSatisfy { bench.state($0) == .upToDate })
  }

  @Test("C-14, C-15, C-16: PromotionPending") func pending() {
    var bench = two([.ready("v1.0.0"), .unready()])
    #expect(bench.step().effects.isEmpty)
    var pending = bench.status.condition("PromotionPending")
    #expect(pending?.status == .true && pending?.reason == "EnvironmentNotReady")
    #expect(pending?.message == "Waiting for all targets to have the same revision")
    bench.targets[0] = [.ready("v1.0.0"), .unready("v1.0.0")]
    #expect(bench.step().effects.isEmpty)
    pending = bench.status.condition("PromotionPending")
    #expect(pending?.message == "Waiting for all targets to be ready")
    bench.targets[0] = [.ready("v1.0.0"), .ready("v1.0.0")]
    #expect(bench.step().effects.words == ["propose prod v1.0.0"])
    #expect(bench.status.condition("PromotionPending") == nil)
  }

  @Test("C-17: rollout in progress") func partial() {
    var bench = Bench(shopSpec(), [[.ready("2.0.0")], [.ready("2.0.0")], [.ready("2.0.0"), .ready("1.0.0")]])
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("prod") == .applying)
  }

  @Test("C-18: an unready environment promotes nothing on") func unreadySource() {
    var bench = Bench(shopSpec(), [[.ready("2.0.0")], [.unready("2.0.0")], [.ready("1.0.0"), .ready("1.0.0")]])
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("prod") == .waitingSource)
  }

  @Test("C-19: no promotion configured") func noPromotion() {
    var bench = Bench(
      shopSpec(promotion: nil), [[.ready("2.0.0")], [.ready("1.0.0")], [.ready("1.0.0"), .ready("1.0.0")]])
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("staging") == .gated)
    #expect(bench.waiting("staging") == nil)
    #expect(bench.status.condition("Ready")?.status == .true)
  }

  @Test("C-20: only the environment has a promotion") func ownPromotion() {
    var spec = shopSpec(promotion: nil)
    var own = fleet
    own.baseBranch = "production"
    spec.environments[1].promotion = .pullRequest(own)
    var bench = Bench(spec, [[.ready("2.0.0")], [.ready("1.0.0")], [.ready("1.0.0"), .ready("1.0.0")]])
    #expect(bench.step().effects.first?.request.pullRequest?.baseBranch == "production")
  }

  @Test("C-21, C-22: manual") func manual() {
    var spec = shopSpec()
    spec.environments[1].promotion = .pullRequest(fleet, manual: true)
    var bench = Bench(spec, [[.ready("2.0.0")], [.ready("1.0.0")], [.ready("1.0.0"), .ready("1.0.0")]])
    for _ in 0..<3 {
      #expect(bench.step().effects.isEmpty)
      #expect(bench.waiting("staging") == "2.0.0")
    }
  }

  @Test("C-23 and its kin: invalid specifications") func invalid() {
    func check(_ names: [String], _ message: String) {
      let spec = PipelineSpec(
        appRef: .helmRelease("app"),
        environments: names.map { PipelineEnvironment(name: $0, targets: [target("n")]) },
        promotion: .pullRequest(fleet))
      var bench = Bench(spec, names.map { _ in [.ready("1.0.0")] })
      let decision = bench.step()
      #expect(decision.effects.isEmpty)
      #expect(bench.status.condition("Ready")?.reason == "InvalidSpec")
      #expect(bench.status.condition("Ready")?.message.contains(message) == true)
      #expect(bench.reasons == ["InvalidSpec"])
      #expect(bench.step().events.isEmpty)
    }
    check([], "spec.environments is empty")
    check(["dev", ""], "spec.environments[1].name is empty")
    check(["dev", "prod", "dev"], "\"dev\" is already the name of spec.environments[0]")
    check(["dev", "a\nb"], "contains a control character")
    check([String(repeating: "x", count: 300)], "longer than 253 bytes")
  }

  @Test("C-27: nothing new, nothing told") func quiet() {
    var bench = Bench(shopSpec(), [[.ready("2.0.0")], [.ready("1.0.0")], [.ready("1.0.0"), .ready("1.0.0")]])
    bench.step()
    bench.step(["staging": .open(pullRequest())])
    let status = bench.status
    for minute in 1...10 {
      bench.now = start.advanced(by: .seconds(minute * 60))
      let decision = bench.step(["staging": .open(pullRequest())])
      #expect(decision.events.isEmpty && decision.effects.isEmpty)
      #expect(decision.status == status, "an unchanged status is not written")
    }
  }

  @Test("18.3 and 18.4: warnings") func warnings() {
    var spec = shopSpec()
    spec.environments[0].promotion = .notification()
    spec.promotion?.strategy.notification = NotificationPromotion()
    var bench = Bench(spec, [[.ready("1.0.0")], [.ready("1.0.0")], [.ready("1.0.0"), .ready("1.0.0")]])
    bench.step()
    let warning = bench.status.condition("SpecWarning")
    #expect(warning?.message.contains("nothing promotes into it") == true)
    #expect(warning?.message.contains("only pull-request is used") == true)
  }

  @Test func environmentWithoutTargets() {
    var spec = shopSpec()
    spec.environments[1].targets = []
    var bench = Bench(spec, [[.ready("2.0.0")], [], [.ready("1.0.0"), .ready("1.0.0")]])
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("staging") == .waitingSource)
    #expect(bench.record("staging")?.message == "environment staging has no targets")
    #expect(bench.state("prod") == .waitingSource)
  }

  @Test func oneDeadTargetDoesNotStopOthers() {
    var bench = Bench(
      shopSpec(), [[.ready("2.0.0")], [.ready("2.0.0")], [.ready("1.0.0"), .unreachable("no route to host")]])
    // prod has none at 2.0.0: the promotion goes on for the targets that answer.
    #expect(bench.step().effects.words == ["propose prod 2.0.0"])
    #expect(bench.status.environments["prod"]?.targets?.map(\.error) == [nil, "no route to host"])
  }

  @Test("C-8, C-9, C-11 and section 3.5: what an application says") func extraction() throws {
    func observe(_ json: String) throws -> TargetObservation {
      TargetObservation(application: try #require(DynamicObject(try JSON(parsing: json))))
    }
    let ready = #""conditions":[{"type":"Ready","status":"True"}]"#
    let v2 = #""apiVersion":"helm.toolkit.fluxcd.io/v2","kind":"HelmRelease""#
    #expect(try observe("{\(v2)}") == .unready())
    #expect(try observe(#"{\#(v2),"status":{\#(ready),"lastAppliedRevision":"v1.0.1"}}"#) == .ready("v1.0.1"))
    #expect(
      try observe(
        #"{\#(v2),"status":{\#(ready),"history":[{"chartVersion":"2.0.0","status":"failed"},{"chartVersion":"1.9.0","status":"deployed"}]}}"#
      )
        == .ready("1.9.0"))
    #expect(
      try observe(#"{\#(v2),"status":{\#(ready),"lastAttemptedRevision":"3.0.0"}}"#).problem
        == "unable to find .status.lastAppliedRevision in ready target object")
    #expect(
      try observe(
        #"{\#(v2),"spec":{"chartRef":{"kind":"OCIRepository"}},"status":{\#(ready),"history":[{"chartVersion":"1.2.3+0123456789ab","status":"deployed"}]}}"#
      )
        == .ready("1.2.3"))
    #expect(
      try observe(
        #"{\#(v2),"status":{\#(ready),"history":[{"chartVersion":"1.2.3+0123456789ab","status":"deployed"}]}}"#)
        == .ready("1.2.3+0123456789ab"), "a chart's own build metadata stays")
    let kustomization = #""apiVersion":"kustomize.toolkit.fluxcd.io/v1","kind":"Kustomization""#
    #expect(
      try observe(#"{\#(kustomization),"status":{\#(ready),"lastAppliedRevision":"main@sha1:abc"}}"#)
        == .ready("main@sha1:abc"))
    #expect(
      try observe(
        #"{\#(kustomization),"metadata":{"generation":3},"status":{\#(ready),"observedGeneration":2,"lastAppliedRevision":"x"}}"#
      )
        == .unready("x"), "a condition of an older generation does not count")
    #expect(
      try observe(
        #"{\#(kustomization),"metadata":{"generation":3},"status":{\#(ready),"observedGeneration":-1,"lastAppliedRevision":"x"}}"#
      )
        == .unready("x"))
    #expect(
      try observe(#"{"apiVersion":"v1","kind":"Odd","status":{"conditions":"no list","lastAppliedRevision":7}}"#)
        == .unready())
  }
}
