import Testing
import WGECore
import WGEPipelines

/// Section 15 of the specification as a table of steps.
@Suite struct EngineStateTests {
  private func shop(manual: Bool = false) -> Bench {
    Bench(shopSpec(manual: manual), [[.ready("1.0.0")], [.ready("1.0.0")], [.ready("1.0.0"), .ready("1.0.0")]])
  }

  /// A bench whose staging has an open pull request for 1.1.0.
  private func open() -> Bench {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    bench.step()
    bench.step(["staging": .open(pullRequest())])
    return bench
  }

  @Test func everythingUpToDate() {
    var bench = shop()
    let decision = bench.step()
    #expect(["dev", "staging", "prod"].map { bench.state($0) } == [.upToDate, .upToDate, .upToDate])
    #expect(decision.effects.isEmpty)
    #expect(bench.status.latestRevision == "1.0.0")
    #expect(bench.status.condition("Ready")?.reason == "ReconciliationSucceeded")
    #expect(bench.status.condition("Ready")?.message == "All clusters checked")
    #expect(bench.status.condition("Healthy")?.status == .true)
    #expect(bench.reasons == ["Updated"])
    let again = bench.step()
    #expect(again.events.isEmpty && again.effects.isEmpty && again.requeueAfter == nil)
  }

  @Test func newRevisionIsRecordedBeforeItIsProposed() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    let decision = bench.step()
    #expect(decision.effects.words == ["propose staging 1.1.0"])
    #expect(bench.state("staging") == .promoting)
    #expect(bench.record("staging")?.startedAt == start)
    #expect(bench.record("staging")?.attempt == 1)
    #expect(bench.record("staging")?.actor == PipelineDefaults.controllerActor)
    #expect(bench.state("prod") == .waitingSource)
    #expect(bench.reasons.contains("PromotionStarted"))
    let request = decision.effects.first?.request
    #expect(request?.sourceEnvironment == "dev")
    #expect(request?.pipelineUID == "u-1")
  }

  @Test func crashAfterTheRecordRepeatsTheSameRequest() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    let first = bench.step().effects
    bench.now = start.advanced(by: .seconds(90))
    let second = bench.step()
    #expect(second.effects == first, "the identity must not change")
    #expect(!bench.reasons.contains("PromotionStarted"))
  }

  @Test func openPullRequestIsWatchedAndTold() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    bench.step()
    let decision = bench.step(["staging": .open(pullRequest())])
    #expect(bench.state("staging") == .pullRequestOpen)
    #expect(bench.record("staging")?.pullRequest == pullRequest())
    #expect(bench.reasons == ["PullRequestOpened"])
    #expect(decision.requeueAfter == PipelineDefaults.pullRequestPollInterval)
    let again = bench.step(["staging": .open(pullRequest())])
    #expect(again.events.isEmpty && again.effects.isEmpty)
  }

  @Test func mergedThenAppliedThenUpToDate() {
    var bench = open()
    bench.step(["staging": .merged(pullRequest(7, .merged))])
    #expect(bench.state("staging") == .applying)
    #expect(bench.reasons.contains("PullRequestMerged"))
    #expect(bench.decision?.requeueAfter == PipelineDefaults.applyDeadline)
    bench.targets[1] = [.unready("1.1.0")]
    bench.step()
    #expect(bench.state("staging") == .applying)
    bench.targets[1] = [.ready("1.1.0")]
    bench.now = start.advanced(by: .seconds(60))
    let decision = bench.step()
    #expect(bench.state("staging") == .upToDate)
    #expect(bench.record("staging")?.succeeded == true)
    #expect(bench.record("staging")?.finishedAt == bench.now)
    #expect(bench.reasons.contains("PromotionSucceeded"))
    let history = bench.record("staging")?.history ?? []
    #expect(history.map(\.revision) == ["1.1.0"])
    #expect(history.first?.state == .upToDate)
    #expect(history.first?.pullRequestURL == pullRequest().url)
    // The chain goes on in the same step: prod is promoted from what staging now runs.
    #expect(decision.effects.words == ["propose prod 1.1.0"])
  }

  @Test func mergeAndArrivalSeenAtOnce() {
    var bench = open()
    bench.targets[1] = [.ready("1.1.0")]
    bench.step(["staging": .merged(pullRequest(7, .merged))])
    #expect(bench.state("staging") == .upToDate)
    #expect(bench.reasons.contains("PullRequestMerged") && bench.reasons.contains("PromotionSucceeded"))
  }

  @Test func applyingTooLongStalls() {
    var bench = open()
    bench.step(["staging": .merged(pullRequest(7, .merged))])
    bench.now = start.advanced(by: PipelineDefaults.applyDeadline)
    bench.step()
    #expect(bench.state("staging") == .stalled)
    #expect(bench.record("staging")?.message?.contains("fleet/eu:shop") == true)
    #expect(bench.reasons.contains("PromotionFailed"))
    #expect(bench.status.condition("Healthy")?.reason == "PromotionStalled")
    bench.step()
    #expect(bench.reasons.isEmpty)
    bench.targets[1] = [.ready("1.1.0")]
    bench.step()
    #expect(bench.state("staging") == .upToDate)
  }

  @Test func closedPullRequestAbandonsForThisRevisionOnly() {
    var bench = open()
    bench.step(["staging": .closed(pullRequest(7, .abandoned))])
    #expect(bench.state("staging") == .abandoned)
    #expect(bench.record("staging")?.succeeded == false)
    #expect(bench.reasons.contains("PromotionAbandoned"))
    for _ in 0..<3 { #expect(bench.step().effects.isEmpty) }
    #expect(bench.state("staging") == .abandoned)
    // A source that is unready for a while does not make it forget.
    bench.targets[0] = [.unready("1.1.0")]
    bench.step()
    bench.targets[0] = [.ready("1.1.0")]
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("staging") == .abandoned)
    bench.targets[0] = [.ready("1.2.0")]
    #expect(bench.step().effects.words == ["propose staging 1.2.0"])
  }

  @Test func abandonedIsRetriedOnRequest() {
    var bench = open()
    let first = bench.record("staging")?.startedAt
    bench.step(["staging": .closed(pullRequest(7, .abandoned))])
    bench.status.environments["staging"]?.promotion?.retry = RetryRecord(actor: "bob", time: bench.now)
    let decision = bench.step()
    #expect(decision.effects.words == ["propose staging 1.1.0"])
    #expect(bench.record("staging")?.startedAt != first, "another promotion, so another identity")
    #expect(bench.record("staging")?.retry == nil)
    #expect(bench.record("staging")?.history?.count == 1)
  }

  @Test func failureBacksOffAndRepeats() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    bench.step()
    bench.step(["staging": .failed(PromotionFailure("GitHostTimeout", "no answer"))])
    #expect(bench.state("staging") == .failed)
    #expect(bench.reasons == ["PromotionFailed", "Updated"])
    let next = bench.record("staging")?.nextAttemptTime
    #expect(next.map { $0.duration(since: start) >= .seconds(10) && $0.duration(since: start) <= .seconds(13) } == true)
    #expect(bench.step().effects.isEmpty)
    bench.now = next ?? start
    let decision = bench.step()
    #expect(decision.effects.words == ["propose staging 1.1.0"])
    #expect(bench.record("staging")?.attempt == 2)
    #expect(bench.record("staging")?.startedAt == start, "the same promotion")
    bench.step(["staging": .failed(PromotionFailure("GitHostTimeout", "no answer"))])
    #expect(bench.reasons.filter { $0 == "PromotionFailed" }.isEmpty, "the same failure is told once")
    let pause = bench.record("staging")?.nextAttemptTime?.duration(since: bench.now) ?? .zero
    #expect(pause >= .seconds(20))
  }

  @Test func backOffIsCapped() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    bench.step()
    for _ in 0..<40 {
      bench.step(["staging": .failed(PromotionFailure("X", "y"))])
      let pause = bench.record("staging")?.nextAttemptTime?.duration(since: bench.now) ?? .zero
      #expect(pause <= .seconds(600 + 60 + 2))
      bench.now = bench.record("staging")?.nextAttemptTime ?? bench.now
      bench.step()
      #expect(bench.state("staging") == .promoting)
    }
  }

  @Test func configurationErrorWaitsForTheSpecification() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    bench.step()
    bench.step(["staging": .failed(.configuration("NoPromotionMarker", "no file bears it"))])
    bench.now = start.advanced(by: .seconds(300))
    #expect(bench.step().effects.isEmpty)
    bench.generation = 2
    #expect(bench.step().effects.words == ["propose staging 1.1.0"])
  }

  @Test func rateLimitIsHonoured() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    bench.step()
    bench.step(["staging": .failed(PromotionFailure("GitHostRateLimited", "slow down", retry: .after(.seconds(77))))])
    #expect(bench.record("staging")?.nextAttemptTime?.duration(since: start) == .seconds(78))
  }

  @Test func newerRevisionRetargetsTheOpenPullRequest() {
    var bench = open()
    bench.now = start.advanced(by: .seconds(5))
    bench.targets[0] = [.ready("1.2.0")]
    let decision = bench.step(["staging": .open(pullRequest())])
    #expect(decision.effects.words == ["propose staging 1.2.0"])
    #expect(decision.effects.first?.request.known == pullRequest())
    #expect(bench.record("staging")?.history?.map(\.state) == [.superseded])
    #expect(bench.record("staging")?.history?.map(\.revision) == ["1.1.0"])
  }

  @Test func sourceThatGoesBackClosesThePullRequest() {
    var bench = open()
    bench.targets[0] = [.ready("1.0.0")]
    let decision = bench.step(["staging": .open(pullRequest())])
    #expect(decision.effects.words == ["close staging 1.1.0"])
    #expect(bench.state("staging") == .superseded)
    bench.step(["staging": .closed(pullRequest(7, .abandoned))])
    #expect(bench.state("staging") == .upToDate)
    #expect(bench.record("staging")?.revision == "1.0.0")
    #expect(bench.record("staging")?.history?.first?.state == .superseded)
  }

  @Test func crashWhileClosingIsRepaired() {
    var bench = open()
    bench.targets[0] = [.ready("1.0.0")]
    bench.step(["staging": .open(pullRequest())])
    // The close was lost: the next run asks for it again.
    #expect(bench.step().effects.words == ["close staging 1.1.0"])
    bench.step(["staging": .failed(PromotionFailure("GitHostTimeout", "no answer"))])
    #expect(bench.state("staging") == .superseded)
    #expect(bench.step().effects.words == ["close staging 1.1.0"])
  }

  @Test func newerRevisionSupersedesWhatIsBeingApplied() {
    var bench = open()
    bench.step(["staging": .merged(pullRequest(7, .merged))])
    bench.targets[0] = [.ready("1.2.0")]
    #expect(bench.step().effects.words == ["propose staging 1.2.0"])
    #expect(bench.record("staging")?.pullRequest == nil)
  }

  @Test func mergedRevisionIsAwaitedThoughTheSourceWentBack() {
    var bench = open()
    bench.step(["staging": .merged(pullRequest(7, .merged))])
    bench.targets[0] = [.ready("1.0.0")]
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("staging") == .applying)
    bench.targets[1] = [.ready("1.1.0")]
    bench.step()
    #expect(bench.state("staging") == .upToDate)
    bench.step()
    // Now it is a rollback, which takes a person.
    #expect(bench.state("staging") == .gated)
    #expect(bench.waiting("staging") == "1.0.0")
  }

  @Test func revisionThatArrivesByAnotherWayClosesThePullRequest() {
    var bench = open()
    bench.targets[1] = [.ready("1.1.0")]
    #expect(bench.step(["staging": .open(pullRequest())]).effects.words == ["close staging 1.1.0"])
    bench.step(["staging": .closed(pullRequest(7, .abandoned))])
    #expect(bench.state("staging") == .upToDate)
    #expect(bench.record("staging")?.succeeded == true)
  }

  @Test func alreadyAtRevisionNeedsNoPullRequest() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0")]
    bench.step()
    bench.step(["staging": .alreadyAtRevision])
    #expect(bench.state("staging") == .applying)
    #expect(bench.record("staging")?.reason == "AlreadyAtRevision")
    #expect(bench.record("staging")?.pullRequest == nil)
  }

  @Test func unknownPullRequestIsProposedAnew() {
    var bench = open()
    bench.step(["staging": .missing])
    #expect(bench.state("staging") == .failed)
    #expect(bench.record("staging")?.reason == "PullRequestMissing")
  }

  @Test func unreachableHostChangesNothingAboutAnOpenPullRequest() {
    var bench = open()
    bench.step(["staging": .failed(PromotionFailure("GitHostUnavailable", "503"))])
    #expect(bench.state("staging") == .pullRequestOpen)
    #expect(bench.record("staging")?.reason == "GitHostUnavailable")
    bench.step(["staging": .open(pullRequest())])
    #expect(bench.record("staging")?.reason == nil)
  }

  // MARK: Gates

  private func gated() -> Bench {
    var bench = shop(manual: true)
    bench.targets[0] = [.ready("1.1.0")]
    bench.targets[1] = [.ready("1.1.0")]
    bench.step()
    return bench
  }

  @Test func manualWaits() {
    var bench = gated()
    #expect(bench.state("prod") == .gated)
    #expect(bench.waiting("prod") == "1.1.0")
    #expect(bench.decision?.effects.isEmpty == true)
    #expect(bench.reasons.contains("PromotionBlocked"))
    bench.step()
    #expect(bench.waiting("prod") == "1.1.0")
    #expect(bench.reasons.isEmpty)
  }

  @Test func approvalPromotesAndIsKept() {
    var bench = gated()
    bench.answer("prod")
    #expect(bench.step().effects.words == ["propose prod 1.1.0"])
    #expect(bench.waiting("prod") == nil)
    #expect(bench.record("prod")?.actor == "alice")
    bench.step(["prod": .merged(pullRequest(9, .merged))])
    bench.targets[2] = [.ready("1.1.0"), .ready("1.1.0")]
    bench.step()
    let entry = bench.record("prod")?.history?.first
    #expect(entry?.actor == "alice")
    #expect(entry?.approvals?.map(\.actor) == ["alice"])
  }

  @Test func rejectionAbandons() {
    var bench = gated()
    bench.answer("prod", .rejected, actor: "bob")
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("prod") == .abandoned)
    #expect(bench.record("prod")?.message?.contains("rejected by bob") == true)
    #expect(bench.waiting("prod") == nil)
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("prod") == .abandoned)
  }

  @Test func rejectionBeatsApproval() {
    var bench = gated()
    bench.answer("prod")
    bench.answer("prod", .rejected, actor: "bob")
    bench.step()
    #expect(bench.state("prod") == .abandoned)
  }

  @Test func newerRevisionDropsApprovals() {
    var bench = gated()
    bench.answer("prod")
    bench.targets[0] = [.ready("1.2.0")]
    bench.targets[1] = [.ready("1.2.0")]
    #expect(bench.step().effects.isEmpty)
    #expect(bench.waiting("prod") == "1.2.0")
    #expect(bench.record("prod")?.approvals == nil)
  }

  @Test func approvalCountsOnlyWhileTheSourceRunsTheRevision() {
    var bench = gated()
    bench.targets[1] = [.unready("1.1.0")]
    bench.step()
    #expect(bench.waiting("prod") == "1.1.0")
    bench.answer("prod")
    #expect(bench.step().effects.isEmpty)
    #expect(bench.record("prod")?.message?.hasPrefix("approved;") == true)
    bench.targets[1] = [.ready("1.1.0")]
    #expect(bench.step().effects.words == ["propose prod 1.1.0"])
  }

  @Test func approvalIsNotStarvedByABusySource() {
    var bench = gated()
    bench.targets[0] = [.ready("1.2.0")]
    bench.step()
    #expect(bench.state("staging") == .promoting)
    bench.step(["staging": .open(pullRequest())])
    bench.answer("prod")
    #expect(bench.step(["staging": .open(pullRequest())]).effects.words == ["propose prod 1.1.0"])
  }

  @Test func supersededApprovedPullRequestIsClosedBeforeTheNextGate() {
    var bench = gated()
    bench.answer("prod")
    bench.step()
    bench.step(["prod": .open(pullRequest(9))])
    bench.targets[0] = [.ready("1.2.0")]
    bench.targets[1] = [.ready("1.2.0")]
    #expect(bench.step(["prod": .open(pullRequest(9))]).effects.words == ["close prod 1.1.0"])
    bench.step(["prod": .closed(pullRequest(9, .abandoned))])
    #expect(bench.state("prod") == .gated)
    #expect(bench.waiting("prod") == "1.2.0")
  }

  @Test func lowerVersionNeedsAPerson() {
    var bench = shop()
    bench.targets[0] = [.ready("0.9.0")]
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("staging") == .gated)
    #expect(bench.record("staging")?.reason == "Rollback")
    bench.answer("staging")
    #expect(bench.step().effects.words == ["propose staging 0.9.0"])
  }

  @Test func revisionsWithoutOrderArePromotedEitherWay() {
    var bench = Bench(
      shopSpec(),
      [[.ready("main@sha1:bbb")], [.ready("main@sha1:aaa")], [.ready("main@sha1:aaa"), .ready("main@sha1:aaa")]])
    #expect(bench.step().effects.words == ["propose staging main@sha1:bbb"])
  }

  @Test func notificationIsSentOnce() {
    var bench = Bench(
      shopSpec(promotion: .notification()), [[.ready("1.1.0")], [.ready("1.0.0")], [.ready("1.0.0"), .ready("1.0.0")]])
    #expect(bench.step().effects.words == ["notify staging 1.1.0"])
    bench.step(["staging": .notified])
    #expect(bench.state("staging") == .applying)
    for _ in 0..<10 { #expect(bench.step().effects.isEmpty) }
  }

  @Test func strategyWithoutMembersIsAConfigurationError() {
    var bench = Bench(
      shopSpec(promotion: Promotion(strategy: PromotionStrategy())), [[.ready("1.1.0")], [.ready("1.0.0")], []])
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("staging") == .failed)
    #expect(bench.record("staging")?.message?.contains("no known promotion strategy requested") == true)
  }

  @Test func unknownStateIsLeftAlone() {
    var bench = open()
    bench.status.environments["staging"]?.promotion?.state = .other("Verifying")
    let before = bench.record("staging")
    #expect(bench.step().effects.isEmpty)
    #expect(bench.record("staging") == before)
  }

  @Test func revisionThatNoFileCanHoldIsRefused() {
    var bench = shop()
    bench.targets[0] = [.ready("1.1.0 # {}\nx: y")]
    #expect(bench.step().effects.isEmpty)
    #expect(bench.state("staging") == .failed)
    #expect(bench.record("staging")?.reason == "InvalidRevision")
  }

  @Test func historyIsBounded() {
    var bench = shop()
    for minor in 1...25 {
      let revision = "1.\(minor).0"
      bench.targets[0] = [.ready(revision)]
      bench.now = bench.now.advanced(by: .seconds(60))
      bench.step()
      bench.step(["staging": .merged(pullRequest(minor, .merged))])
      bench.targets[1] = [.ready(revision)]
      bench.step()
    }
    let history = bench.record("staging")?.history ?? []
    #expect(history.count == PipelineDefaults.historyLimit)
    #expect(history.first?.revision == "1.25.0")
  }
}
