#if Server
  import WGECore
  import WGEKube
  import WGEPipelines

  /// One pipeline: a column for each environment, and what happened before.
  struct PipelinePage: Sendable {
    let name: String
    let namespace: String
    let application: String
    let latest: String?
    let errors: [String]
    let hasErrors: Bool
    let lanes: [Lane]
    let histories: [History]
    let conditions: [ConditionRow]
    let yaml: String?

    struct Lane: Sendable {
      let name: String
      let status: Pill
      /// A class of the stylesheet: `needs` for one that waits for a person, `broken` for one that failed.
      let tone: String
      let revision: String
      let message: String?
      let gate: Gate?
      let link: Link?
      let retry: Retry?
      let targets: [Target]
    }

    struct Gate: Sendable {
      let action: String
      let environment: String
      let revision: String
    }

    struct Retry: Sendable {
      let action: String
      let environment: String
    }

    struct Link: Sendable {
      let href: String
      let label: String
    }

    struct Target: Sendable {
      let cluster: String
      let namespace: String
      let revision: String
      let status: Pill
      let error: String?
    }

    struct History: Sendable {
      let name: String
      let hasRecords: Bool
      let records: [Record]
    }

    struct Record: Sendable {
      let revision: String
      let status: Pill
      let started: String
      let finished: String
      let link: Link?
      let who: [String]
    }

    struct ConditionRow: Sendable {
      let type: String
      let value: String
      let reason: String
      let message: String
      let since: String
    }

    init(_ pipeline: PipelineView) {
      name = pipeline.key.name
      namespace = pipeline.key.namespace ?? ""
      application = "\(pipeline.appRef.kind)/\(pipeline.appRef.name)"
      latest = pipeline.latestRevision
      errors = pipeline.errors
      hasErrors = !errors.isEmpty
      let action = ConsolePath.pipeline(pipeline.key)
      lanes = pipeline.environments.map { Self.lane($0, action: action) }
      histories = pipeline.environments.dropFirst().map(Self.history)
      conditions = pipeline.conditions.map {
        ConditionRow(
          type: $0.type, value: $0.status.rawValue, reason: $0.reason, message: $0.message,
          since: Self.time($0.lastTransitionTime))
      }
      yaml = pipeline.yaml
    }

    /// What the environment runs: one revision, or how the targets differ.
    static func runningRevision(of environment: PipelineEnvironmentView) -> String {
      let revisions = environment.targets.map { $0.revision ?? "?" }
      guard let first = revisions.first else { return "–" }
      return revisions.allSatisfy { $0 == first } ? first : revisions.joined(separator: " · ")
    }

    private static func lane(_ environment: PipelineEnvironmentView, action: String) -> Lane {
      let gate = environment.waitingRevision.map {
        Gate(action: action, environment: environment.name, revision: $0)
      }
      let failed = environment.state == .failed || environment.state == .stalled || environment.state == .abandoned
      let open = environment.pullRequest.flatMap { $0.state.isOpen ? $0 : nil }
      return Lane(
        name: environment.name, status: Pill(environment.state),
        tone: gate != nil || open != nil ? "needs" : failed ? "broken" : "",
        revision: runningRevision(of: environment), message: environment.message, gate: gate,
        link: open.flatMap(link), retry: failed ? Retry(action: action, environment: environment.name) : nil,
        targets: environment.targets.map { target in
          Target(
            cluster: target.cluster.description, namespace: target.namespace, revision: target.revision ?? "–",
            status: Pill(ready: target.ready, error: target.error), error: target.error)
        })
    }

    private static func history(_ environment: PipelineEnvironmentView) -> History {
      var records: [Record] = []
      let settled: [PromotionState?] = [nil, .waitingSource]
      if let revision = environment.revision, environment.startedAt != nil, !settled.contains(environment.state) {
        records.append(
          Record(
            revision: revision, status: Pill(environment.state), started: time(environment.startedAt),
            finished: time(environment.finishedAt), link: environment.pullRequest.flatMap(link),
            who: who(environment.actor, environment.approvals)))
      }
      for entry in environment.history
      where entry.revision != records.first?.revision || entry.startedAt != environment.startedAt {
        records.append(
          Record(
            revision: entry.revision, status: Pill(entry.state), started: time(entry.startedAt),
            finished: time(entry.finishedAt),
            link: entry.pullRequestURL.flatMap { SafeLink.url($0).map { Link(href: $0, label: "Pull request") } },
            who: who(entry.actor, entry.approvals ?? [])))
      }
      return History(name: environment.name, hasRecords: !records.isEmpty, records: records)
    }

    private static func who(_ actor: String?, _ approvals: [ApprovalRecord]) -> [String] {
      let answers = approvals.map { approval in
        "\(approval.decision.rawValue) by \(approval.actor), \(time(approval.time))"
          + (approval.comment.map { ": \($0)" } ?? "")
      }
      return answers.isEmpty ? [actor].compactMap { $0 } : answers
    }

    private static func link(_ pullRequest: PullRequestRecord) -> Link? {
      SafeLink.url(pullRequest.url).map { url in
        Link(href: url, label: pullRequest.number.map { "Pull request #\($0)" } ?? "Pull request")
      }
    }

    /// To the second, in UTC; empty for none.
    static func time(_ time: Timestamp?) -> String {
      guard let text = time?.rfc3339 else { return "" }
      return text.prefix(19).split(separator: "T").joined(separator: " ") + " UTC"
    }
  }
#endif
