internal import WGECore

// A promotion under way: what outside answers does to it, and how it goes on, ends or gives way.
extension EnvironmentStep {
  // MARK: Answers from outside

  /// Takes over what is known of the promotion outside. Only states that asked something listen.
  mutating func fold() {
    guard let observation = input.promotions[environment.name], isUnderWay, let state = record?.state else { return }
    if state == .superseded { return foldSuperseded(observation) }
    if state == .failed { return foldFailed(observation) }
    guard state == .promoting || state == .pullRequestOpen else { return }
    switch observation {
    case .open(let pullRequest):
      record?.pullRequest = pullRequest
      record?.reason = nil
      record?.message = nil
      record?.nextAttemptTime = nil
      if state == .promoting {
        record?.state = .pullRequestOpen
        tell(
          .normal, "PullRequestOpened",
          "Pull request for promotion of \(input.pipeline) to \(environment.name) with version "
            + "\(record?.revision ?? ""): \(pullRequest.url)")
      }
    case .merged(let pullRequest):
      record?.pullRequest = pullRequest
      beginApplying()
      tell(
        .normal, "PullRequestMerged",
        "Pull request for promotion of \(input.pipeline) to \(environment.name) was merged: \(pullRequest.url)")
    case .closed(let pullRequest):
      record?.pullRequest = pullRequest
      // Closing the pull request of a revision that arrived by another way is no refusal of it.
      if settled == record?.revision { return }
      end(
        .abandoned, reason: "PullRequestClosed",
        message: "the pull request was closed without merging: \(pullRequest.url)")
    case .alreadyAtRevision:
      beginApplying()
      record?.reason = "AlreadyAtRevision"
      let revision = record?.revision ?? ""
      record?.message = "the base branch has \(revision) at every marker already"
    case .notified:
      beginApplying()
    case .missing:
      if settled == record?.revision {
        record?.pullRequest = nil
      } else if state == .pullRequestOpen {
        fail(
          PromotionFailure(
            "PullRequestMissing", "the pull request \(record?.pullRequest?.url ?? "") is not there any more"))
      }
    case .failed(let failure):
      if state == .promoting { return fail(failure) }
      // Not knowing how the pull request stands changes nothing about it.
      record?.reason = failure.reason
      record?.message = failure.message.cut(PipelineDefaults.recordMessageLength)
    }
  }

  /// A failed promotion asks nothing but to close a pull request that has become pointless.
  private mutating func foldFailed(_ observation: PromotionObservation) {
    switch observation {
    case .merged(let pullRequest), .closed(let pullRequest), .open(let pullRequest):
      record?.pullRequest = pullRequest
    case .missing, .alreadyAtRevision, .notified: record?.pullRequest = nil
    case .failed: break
    }
  }

  private mutating func foldSuperseded(_ observation: PromotionObservation) {
    switch observation {
    case .merged(let pullRequest), .closed(let pullRequest):
      record?.pullRequest = pullRequest
      end(.superseded, reason: "Superseded", message: record?.message)
    case .missing, .alreadyAtRevision, .notified:
      record?.pullRequest = nil
      end(.superseded, reason: "Superseded", message: record?.message)
    case .open(let pullRequest):
      record?.pullRequest = pullRequest
    case .failed(let failure):
      record?.reason = failure.reason
      wake = policy.backOffBase
    }
  }

  private mutating func beginApplying() {
    let now = now
    record?.state = .applying
    record?.appliedAt = now
    record?.nextAttemptTime = nil
    record?.reason = nil
    record?.message = nil
  }

  // MARK: A person's wish to try again

  mutating func takeRetry() {
    guard let retry = record?.retry else { return }
    let now = now
    record?.retry = nil
    switch record?.state {
    case .failed?:
      record?.nextAttemptTime = now
      record?.actor = retry.actor
    case .stalled? where isUnderWay:
      end(.superseded, reason: "Retried", message: "retried by \(retry.actor)")
      forgetPromotion()
    case .abandoned?, .applying?, .stalled?:
      // A history entry of this revision would forbid the promotion; marked as superseded it is only
      // a memory.
      var history = record?.history ?? []
      if let past = history.firstIndex(where: { $0.revision == record?.revision }) {
        for index in 0...past { history[index].state = .superseded }
        record?.history = history
      }
      forgetPromotion()
    default: break
    }
  }

  private mutating func forgetPromotion() {
    var fresh = PromotionRecord(revision: record?.revision ?? "", state: .waitingSource)
    fresh.history = record?.history
    record = fresh
  }

  // MARK: Going on

  mutating func continueUnderWay() {
    guard let current = record else { return }
    if case .other = current.state { return }
    if current.state == .superseded { return closeSuperseded() }
    if settled == current.revision, current.state != .promoting {
      if current.pullRequest?.state.isOpen == true, promotion?.strategy.pullRequest != nil {
        // The revision came by another way: the pull request has become pointless.
        return close()
      }
      return succeed()
    }
    if let candidate = source.offer, candidate != current.revision,
      PipelineValidation.problem(inRevision: candidate) == nil
    {
      if supersede(by: candidate) { return }
    }
    switch current.state {
    case .promoting:
      if input.promotions[environment.name] == nil { callOut() }
    case .pullRequestOpen:
      if promotion?.strategy.pullRequest == nil {
        return end(
          .superseded, reason: "StrategyChanged", message: "the environment does not promote by pull request any more")
      }
      wake = policy.pullRequestPollInterval
    case .applying, .stalled:
      checkDeadline(wasStalled: current.state == .stalled)
    case .failed:
      tryAgain(current)
    default: break
    }
  }

  private mutating func tryAgain(_ current: PromotionRecord) {
    let due = current.nextAttemptTime ?? now
    let specChanged = current.generation.map { $0 != input.generation } ?? false
    guard specChanged || due <= input.now else {
      wake = due.duration(since: input.now)
      return
    }
    let now = now
    record?.state = .promoting
    record?.attempt = (current.attempt ?? 1).saturatingSuccessor
    record?.lastAttemptedTime = now
    record?.nextAttemptTime = nil
    record?.generation = input.generation
    callOut()
  }

  mutating func fail(_ failure: PromotionFailure) {
    let before = record
    let attempt = record?.attempt ?? 1
    let pause = policy.pause(
      after: failure, attempt: attempt, seed: "\(input.pipeline)/\(environment.name)/\(record?.revision ?? "")")
    record?.state = .failed
    record?.reason = failure.reason
    record?.message = failure.message.cut(PipelineDefaults.recordMessageLength)
    // Rounded up: a time stored in whole seconds must not come too early.
    record?.nextAttemptTime = Timestamp(seconds: input.now.advanced(by: pause).seconds &+ 1)
    record?.generation = input.generation
    if let pullRequest = failure.pullRequest { record?.pullRequest = pullRequest }
    wake = pause
    // The same failure again is no news: the first attempt tells, later ones only when it changes.
    if attempt == 1 || before?.reason != nil && before?.reason != failure.reason {
      tell(
        .warning, "PromotionFailed",
        "Promotion of \(input.pipeline) to \(environment.name) with version \(record?.revision ?? "") failed: "
          + "\(failure.description)")
    }
  }

  private mutating func succeed() {
    end(.upToDate, reason: nil, message: nil)
    record?.succeeded = true
    tell(
      .normal, "PromotionSucceeded",
      "Promotion of \(input.pipeline) to \(environment.name) with version \(record?.revision ?? "") succeeded")
  }

  // MARK: Giving way to a newer revision

  /// - Returns: whether the promotion gave way, or is about to.
  private mutating func supersede(by candidate: String) -> Bool {
    guard let current = record else { return false }
    let isMerged = current.state == .applying || current.state == .stalled
    if common == candidate {
      // The targets run the candidate already. What was merged may still arrive; wait for it as long
      // as anyone would.
      if current.state == .applying { return false }
      if isMerged {
        end(.superseded, reason: "Superseded", message: "superseded by \(candidate)")
        return true
      }
      giveWay(to: candidate)
      return true
    }
    let mayStart =
      promotion != nil && !needsApproval(candidate) && !observations.contains { $0.revision == candidate }
      && pastOf(candidate) == nil
    if isMerged {
      end(.superseded, reason: "Superseded", message: "superseded by \(candidate)")
      return true
    }
    if mayStart, let promotion, promotion.strategy.pullRequest != nil {
      // The open pull request is retargeted in place: same branch, same number, new content.
      let open = current.pullRequest.flatMap { $0.state.isOpen ? $0 : nil }
      remember(.superseded, message: "superseded by \(candidate)")
      start(candidate, promotion, approvals: [], keeping: open)
      return true
    }
    giveWay(to: candidate)
    return true
  }

  /// The revision is out of the race; its pull request is closed before anything else starts.
  private mutating func giveWay(to candidate: String) {
    record?.state = .superseded
    record?.reason = "Superseded"
    record?.message = "superseded by \(candidate)"
    record?.nextAttemptTime = nil
    closeSuperseded()
  }

  private mutating func closeSuperseded() {
    guard promotion?.strategy.pullRequest != nil else {
      return end(.superseded, reason: "Superseded", message: record?.message)
    }
    close()
  }

  /// Asks to close the pull request, once per run.
  private mutating func close() {
    switch input.promotions[environment.name] {
    case nil, .open?:
      if let record, let request = input.request(for: record, environment: index) { effects.append(.close(request)) }
      wake = policy.pullRequestPollInterval
    default:
      wake = policy.backOffBase
    }
  }

  // MARK: Ending

  /// Ends the promotion under way and remembers it.
  mutating func end(_ state: PromotionState, reason: String?, message: String?) {
    let now = now
    record?.state = state
    record?.finishedAt = now
    record?.nextAttemptTime = nil
    record?.reason = reason
    record?.message = message
    record?.succeeded = state == .upToDate
    remember(state, message: message)
    if state == .abandoned {
      tell(
        .warning, "PromotionAbandoned",
        "Promotion of \(input.pipeline) to \(environment.name) with version \(record?.revision ?? "") was abandoned: "
          + "\(message ?? "")")
    }
  }

  /// Puts the record's promotion in front of the history.
  mutating func remember(_ state: PromotionState, message: String?) {
    guard let record else { return }
    let entry = PromotionHistoryEntry(
      revision: record.revision, state: state, startedAt: record.startedAt, finishedAt: now,
      pullRequestURL: record.pullRequest?.url, actor: record.actor, approvals: record.approvals, message: message)
    self.record?.history = Array(([entry] + (record.history ?? [])).prefix(PipelineDefaults.historyLimit))
  }
}

extension Int {
  var saturatingSuccessor: Int { self == .max ? .max : self + 1 }
}
